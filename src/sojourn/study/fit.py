"""Families of durations fitted to stays in whole days, some of them not seen to their end.

The likelihood is that of the days as they are counted: a stay T crosses K midnights, with
P(K > k) the mean of P(T > x) over x from k to k + 1. So stays of no days need no rule of thumb,
and short stays are not taken for their rounded lengths. A stay last seen after d days has K > d.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from sojourn.study.families import FITTED

Floats = npt.NDArray[np.float64]

FEWEST = 10
"""Stays that have ended, below which nothing is fitted."""
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
_MOST = 12.0
"""Natural logarithm by which a parameter may leave where it starts, or a shape 1."""


class FewError(ValueError):
    """Nothing can be fitted; `fix` says what would help."""

    def __init__(self, what: str, fix: str) -> None:
        super().__init__(what)
        self.fix = fix


def fit(
    family: str,
    days: npt.NDArray[np.int64],
    ended: npt.NDArray[np.bool_],
    weights: Floats,
) -> tuple[float, ...]:
    """The parameters of the greatest likelihood, in the order of `FITTED`; durations in days.

    Raises `FewError` where fewer than ten stays have ended, where all that have are alike, and
    where the likelihood has no greatest value that the search finds.
    """
    from scipy import optimize  # noqa: PLC0415 -- a study without a fit need not wait for it

    use = weights > 0
    days, ended, weights = days[use], ended[use], weights[use]
    count = int(np.count_nonzero(ended))
    if count < FEWEST:
        fix = "use the table (leave out `fit`), or fewer columns of facts"
        raise FewError(f"{count} stays have ended, {FEWEST} at least are needed", fix)
    if len(FITTED[family]) > 1 and np.all(days[ended] == days[ended][0]):
        what = f"all stays that have ended have {days[ended][0]} days"
        raise FewError(what, "use the table (leave out `fit`), or `fit: exponential`")
    mean = float(np.sum(days * weights) / np.sum(weights[ended]))
    if mean <= 0:
        raise FewError("all stays have 0 days", "use the table (leave out `fit`)")
    # Stays alike are looked at once, with their weights together.
    alike, place = np.unique(np.stack([days, ended]), axis=1, return_inverse=True)
    number, over = alike[0], alike[1].astype(bool)
    heavy = np.bincount(place.ravel(), weights) / np.sum(weights)
    start = np.log(mean)

    def minus(theta: Floats) -> float:
        if np.any(np.abs(theta - [start, *[0.0] * (len(theta) - 1)]) > _MOST):
            return math.inf
        after = _later(family, theta, number)
        likely = np.where(over, _later(family, theta, number - 1) - after, after)
        with np.errstate(divide="ignore"):
            return float(-np.sum(heavy * np.log(np.maximum(likely, 0.0))))

    best: Any = None
    for shape in (0.0, 0.7, -0.7):
        first = np.array([start, shape][: len(FITTED[family])])
        options = {"xatol": 1e-8, "fatol": 1e-13, "maxiter": 4000, "maxfev": 8000}
        found = optimize.minimize(minus, first, method="Nelder-Mead", options=options)
        if math.isfinite(found.fun) and (best is None or found.fun < best.fun):
            best = found
    fix = "try another family, or use the table (leave out `fit`)"
    if best is None or not best.success:
        raise FewError("the search for the greatest likelihood does not come to an end", fix)
    if np.any(np.abs(best.x - [start, *[0.0] * (len(best.x) - 1)]) > _MOST - 0.01):
        raise FewError("the likelihood grows towards parameters without bound", fix)
    return _parameters(family, best.x)


def _later(family: str, theta: Floats, days: npt.NDArray[np.int64]) -> Floats:
    """P(K > k) for each k of `days`, 1 for k = -1, by Gauss and Legendre's rule of 16 points."""
    x = np.maximum(days, 0)[:, None] + (1.0 + _NODES) / 2
    return np.where(days < 0, 1.0, _frozen(family, theta).sf(x) @ _WEIGHTS / 2)


def _frozen(family: str, theta: Floats) -> Any:  # noqa: ANN401 -- SciPy's frozen distribution
    """SciPy's distribution: theta is log scale and log shape, the scale being mean or median."""
    from scipy import stats  # noqa: PLC0415

    scale = math.exp(theta[0])
    if family == "exponential":
        return stats.expon(scale=scale)
    shape = math.exp(theta[1])
    if family == "gamma":
        return stats.gamma(shape, scale=scale / shape)
    if family == "lognormal":
        return stats.lognorm(shape, scale=scale)
    return (stats.weibull_min if family == "weibull" else stats.fisk)(shape, scale=scale)


def _parameters(family: str, theta: Floats) -> tuple[float, ...]:
    scale = math.exp(theta[0])
    if family == "exponential":
        return (scale,)
    shape = math.exp(theta[1])
    if family == "gamma":
        return scale, scale / math.sqrt(shape)
    if family == "lognormal":
        if shape > 8:
            what = f"the logarithms of the stays spread by {shape:.1f}, so the mean has no meaning"
            raise FewError(what, "use the table (leave out `fit`), or `fit: log-logistic`")
        mean = scale * math.exp(shape**2 / 2)
        return mean, mean * math.sqrt(math.expm1(shape**2))
    return scale, shape
