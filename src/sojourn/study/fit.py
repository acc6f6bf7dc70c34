"""Families of durations fitted to stays in whole days, some of them not seen to their end.

The likelihood is that of the days as they are counted: a stay T crosses K midnights, with
P(K > k) the mean of P(T > x) over x from k to k + 1. So stays of no days need no rule of thumb,
and short stays are not taken for their rounded lengths. A stay last seen after d days has K > d;
one first seen after e days counts given K > e - 1.

Where stays also end by other ways out, the least of two durations of the family ends them: that
of the way that is fitted, and that of all others together. Both are fitted at once, with
P(K = k by a way) the mean over x of the density of its duration at x times the other's P(T > x),
weighted by the part of a day's times at which a stay of length x crosses k midnights.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from sojourn.study.families import FITTED
from sojourn.study.incidence import LASTING, Observed

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

FEWEST = 10
"""Stays that have ended, below which nothing is fitted."""
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
_MOST = 12.0
"""Natural logarithm by which a parameter may leave where it starts, or a shape 1."""
_CELLS = np.linspace(0.0, 1.0, 25)
"""Parts of a day within which the other ways out are taken for constant."""
_FIRST_CELLS = _CELLS**4
"""Those of the first day, where a density may have no bound."""


class FewError(ValueError):
    """Nothing can be fitted; `fix` says what would help."""

    def __init__(self, what: str, fix: str) -> None:
        super().__init__(what)
        self.fix = fix


def fit(family: str, seen: Observed) -> tuple[float, ...]:
    """The parameters of the greatest likelihood, in the order of `FITTED`; durations in days.

    Stays of way 0 have ended; those of any other way have ended by others. Raises `FewError` where
    fewer than ten stays have ended, where all that have are alike, and where the likelihood has no
    greatest value that the search finds.
    """
    own = _alone(family, seen._replace(ways=np.where(seen.ways == 0, 0, LASTING)))
    others = np.where(seen.ways > 0, 0, LASTING)
    if np.all(others == LASTING):
        return _parameters(family, own)
    other_family = family
    try:
        other = _alone(family, seen._replace(ways=others))
    except FewError:
        # Too few for a shape of their own: what matters is about how fast they go.
        gone = np.sum(seen.weights[others != LASTING])
        other_family, other = "exponential", np.log([np.sum(seen.days * seen.weights) / gone])
    alike = _alike(seen._replace(ways=np.minimum(seen.ways, 1)))
    likelihood = _Race(alike, family, other_family)
    return _parameters(
        family, _greatest(likelihood.minus, [np.concatenate([own, other])])[: len(own)]
    )


def _alone(family: str, seen: Observed) -> Floats:
    """Logarithms of scale and shape, for stays that end by one way out."""
    days, ended = seen.days, seen.ended
    count = int(np.count_nonzero(ended))
    if count < FEWEST:
        fix = "use the table (leave out `fit`), or fewer columns of facts"
        raise FewError(f"{count} stays have ended, {FEWEST} at least are needed", fix)
    if len(FITTED[family]) > 1 and np.all(days[ended] == days[ended][0]):
        what = f"all stays that have ended have {days[ended][0]} days"
        raise FewError(what, "use the table (leave out `fit`), or `fit: exponential`")
    # From when on they were seen: days under observation by stay that has ended.
    mean = float(np.sum((days - seen.entered) * seen.weights) / np.sum(seen.weights[ended]))
    if not np.any(days > 0):
        raise FewError("all stays have 0 days", "use the table (leave out `fit`)")
    start = math.log(max(mean, 0.5))
    alike = _alike(seen)
    late = alike.entered > 0

    def minus(theta: Floats) -> float:
        after = _later(family, theta, alike.days)
        likely = np.where(alike.ended, _later(family, theta, alike.days - 1) - after, after)
        likely[late] /= _later(family, theta, alike.entered[late] - 1)
        return _minus(likely, alike.weights)

    shapes = (0.0, 0.7, -0.7) if len(FITTED[family]) > 1 else (0.0,)
    return _greatest(minus, [np.array([start, shape][: len(FITTED[family])]) for shape in shapes])


def _alike(seen: Observed) -> Observed:
    """Each kind of stay once, with the weights of all that are alike, which make 1."""
    kinds, place = np.unique(
        np.stack([seen.days, seen.ways, seen.entered]), axis=1, return_inverse=True
    )
    heavy = np.bincount(place.ravel(), seen.weights) / np.sum(seen.weights)
    return Observed(kinds[0], kinds[1], heavy, kinds[2])


def _minus(likely: Floats, weights: Floats) -> float:
    with np.errstate(divide="ignore", invalid="ignore"):
        found = float(-np.sum(weights * np.log(np.maximum(likely, 0.0))))
    return found if math.isfinite(found) else math.inf


def _greatest(minus: Callable[[Floats], float], starts: list[Floats]) -> Floats:
    """Where `minus` is least, of the searches from all starts. Raises `FewError`."""
    from scipy import optimize  # noqa: PLC0415 -- a study without a fit need not wait for it

    best: Any = None
    first = starts[0]

    def bounded(theta: Floats) -> float:
        return math.inf if np.any(np.abs(theta - first) > _MOST) else minus(theta)

    for start in starts:
        options = {"xatol": 1e-8, "fatol": 1e-13, "maxiter": 4000, "maxfev": 8000}
        found = optimize.minimize(bounded, start, method="Nelder-Mead", options=options)
        if math.isfinite(found.fun) and (best is None or found.fun < best.fun):
            best = found
    fix = "try another family, or use the table (leave out `fit`)"
    if best is None or not best.success:
        raise FewError("the search for the greatest likelihood does not come to an end", fix)
    if np.any(np.abs(best.x - first) > _MOST - 0.01):
        raise FewError("the likelihood grows towards parameters without bound", fix)
    return np.asarray(best.x)


def _later(family: str, theta: Floats, days: Whole) -> Floats:
    """P(K > k) for each k of `days`, 1 for k = -1, by Gauss and Legendre's rule of 16 points."""
    x = np.maximum(days, 0)[:, None] + (1.0 + _NODES) / 2
    return np.where(days < 0, 1.0, _left(family, theta, x) @ _WEIGHTS / 2)


class _Race:
    """The likelihood of stays that end by way 0 or by way 1, whichever is due first."""

    def __init__(self, alike: Observed, family: str, other: str) -> None:
        self.seen, self.families = alike, (family, other)
        self.split = len(FITTED[family])
        # Every day that some stay needs, and where those of each stay are among them.
        needed = (alike.days, np.maximum(alike.days - 1, 0), np.maximum(alike.entered - 1, 0))
        self.days, place = np.unique(np.concatenate(needed), return_inverse=True)
        self.last, self.before, self.unseen = place.reshape(3, -1)
        cells = np.where(self.days[:, None] == 0, _FIRST_CELLS, _CELLS)
        self.edges = self.days[:, None] + cells
        self.middle = (cells[:, 1:] + cells[:, :-1]) / 2
        self.wide = np.diff(cells)

    def minus(self, theta: Floats) -> float:
        """Minus the mean logarithm of the likelihood."""
        parts = (theta[: self.split], theta[self.split :])
        left = [_left(f, part, self.edges) for f, part in zip(self.families, parts, strict=True)]
        mean = [(each[:, 1:] + each[:, :-1]) / 2 for each in left]
        # Of each day: the chance to be there, and to leave by each way in each of its parts.
        there = np.sum(mean[0] * mean[1] * self.wide, axis=1)
        leave = [-np.diff(left[way]) * mean[1 - way] for way in (0, 1)]
        rising = np.stack([np.sum(each * self.middle, axis=1) for each in leave])
        falling = np.stack([np.sum(each * (1.0 - self.middle), axis=1) for each in leave])
        seen = self.seen
        way = np.maximum(seen.ways, 0)
        ends = falling[way, self.last] + np.where(seen.days > 0, rising[way, self.before], 0.0)
        likely = np.where(seen.ended, ends, there[self.last])
        likely /= np.where(seen.entered > 0, there[self.unseen], 1.0)
        return _minus(likely, seen.weights)


def _left(family: str, theta: Floats, x: Floats) -> Floats:
    """P(T > x): theta is log scale and log shape, the scale being mean, median or Weibull's."""
    from scipy import special  # noqa: PLC0415

    scale = math.exp(theta[0])
    with np.errstate(divide="ignore", over="ignore"):
        if family == "exponential":
            return np.asarray(np.exp(-x / scale))
        shape = math.exp(theta[1])
        if family == "gamma":
            return np.asarray(special.gammaincc(shape, x / scale * shape))
        if family == "lognormal":
            return np.asarray(special.ndtr(-np.log(x / scale) / shape))
        power = (x / scale) ** shape
        return np.asarray(np.exp(-power) if family == "weibull" else 1.0 / (1.0 + power))


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
