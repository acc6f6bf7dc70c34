"""Families of durations fitted to stays in whole days, some of them not seen to their end.

The likelihood is that of the days as they are counted: a stay T crosses K midnights, with
P(K > k) the mean of P(T > x) over x from k to k + 1. So stays of no days need no rule of thumb,
and short stays are not taken for their rounded lengths. A stay last seen after d days has K > d;
one first seen after e days, e above 0, counts given K > e.

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

from sojourn.arrays import Floats, Ints
from sojourn.stays.families import FAMILIES, FITTED
from sojourn.stays.incidence import LASTING, Observed

FEWEST = 10
"""Stays that have ended, below which nothing is fitted."""
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
_MOST = 12.0
"""Natural logarithm by which a parameter may leave where it starts, or a shape 1."""
_CELLS = np.linspace(0.0, 1.0, 19)
"""Parts of a day within which the rates of two ways out stand in one ratio."""
_FIRST_CELLS = np.concatenate([[0.0], 0.5 ** np.arange(10, 3, -1), np.linspace(1 / 11, 1.0, 11)])
"""Those of the first day, at whose beginning a rate may have no bound."""


_LEAST = 1e-300
"""In place of 0 where a logarithm is taken."""


class FewError(ValueError):
    """No family can be fitted; `fix` is the remedy."""

    def __init__(self, what: str, fix: str) -> None:
        super().__init__(what)
        self.fix = fix


def fit(family: str, seen: Observed) -> tuple[float, ...]:
    """The maximum-likelihood parameters, in their order; durations in days.

    Stays of way 0 have ended; those of any other way have ended by others. Raises `FewError` where
    fewer than ten stays have ended, where all that have are alike, and where the likelihood has no
    greatest value that the search finds.
    """
    others = np.where(seen.ways > 0, 0, LASTING)
    race = bool(np.any(others != LASTING))
    own = _alone(family, seen._replace(ways=np.where(seen.ways == 0, 0, LASTING)), rough=race)
    if not race:
        return _parameters(family, own)
    other_family = family
    try:
        other = _alone(family, seen._replace(ways=others), rough=True)
    except FewError:
        # Too few to fit a shape of their own; only their rate matters.
        gone = np.sum(seen.weights[others != LASTING])
        other_family, other = "exponential", np.log([np.sum(seen.days * seen.weights) / gone])
    likelihood = _RaceLikelihood(
        _alike(seen._replace(ways=np.minimum(seen.ways, 1))), family, other_family
    )
    found = _greatest(likelihood.minus, [np.concatenate([own, other])])
    return _parameters(family, found[: len(own)])


def _alone(family: str, seen: Observed, *, rough: bool) -> Floats:
    """Logarithms of scale and shape, for stays that end by one way out; `rough`: to begin with."""
    days, ended = seen.days, seen.ended
    count = int(np.count_nonzero(ended))
    if count < FEWEST:
        fix = "use the table (leave out `fit`), or fewer columns of facts"
        raise FewError(f"{count} stays have ended, {FEWEST} at least are needed", fix)
    if len(FAMILIES[family].parameters) > 1 and np.all(days[ended] == days[ended][0]):
        what = f"all stays that have ended have {days[ended][0]} days"
        raise FewError(what, "use the table (leave out `fit`), or `fit: exponential`")
    if not np.any(days > 0):
        raise FewError("all stays have 0 days", "use the table (leave out `fit`)")
    # Days under observation for each stay that has ended.
    mean = float(np.sum((days - seen.entered) * seen.weights) / np.sum(seen.weights[ended]))
    alike = _alike(seen)
    needed = np.stack([alike.days, alike.days - 1, alike.first - 1])
    needed, place = np.unique(needed, return_inverse=True)
    last, before, unseen = place.reshape(3, -1)

    def minus(theta: Floats) -> float:
        later = _later(family, theta, needed)
        likely = np.where(alike.ended, later[before] - later[last], later[last])
        return _minus(likely, later[unseen], alike.weights)

    start = math.log(max(mean, 0.5))
    shapes = (0.0, 0.7, -0.7) if len(FAMILIES[family].parameters) > 1 and not rough else (0.0,)
    starts = [np.array([start, shape][: len(FAMILIES[family].parameters)]) for shape in shapes]
    return _greatest(minus, starts, 1e-3 if rough else 1e-8)


def _alike(seen: Observed) -> Observed:
    """Each distinct stay once, with the summed weight of equal stays; the weights sum to 1."""
    kinds, place = np.unique(
        np.stack([seen.days, seen.ways, seen.entered]), axis=1, return_inverse=True
    )
    heavy = np.bincount(place.ravel(), seen.weights) / np.sum(seen.weights)
    return Observed(kinds[0], kinds[1], heavy, kinds[2])


def _minus(likely: Floats, given: Floats, weights: Floats) -> float:
    """Minus the mean logarithm of the likelihood of what was seen, given that it could be."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found = float(-np.sum(weights * (np.log(np.maximum(likely, 0.0)) - np.log(given))))
    return found if math.isfinite(found) else math.inf


def _greatest(
    minus: Callable[[Floats], float], starts: list[Floats], accuracy: float = 1e-8
) -> Floats:
    """The minimum of `minus`, over searches from all starts. Raises `FewError`."""
    from scipy import optimize  # noqa: PLC0415 -- a study without a fit need not wait for it

    best: Any = None
    first = starts[0]
    options = {"xatol": accuracy, "fatol": accuracy * 1e-5, "maxiter": 4000, "maxfev": 8000}

    def bounded(theta: Floats) -> float:
        return math.inf if np.any(np.abs(theta - first) > _MOST) else minus(theta)

    for start in starts:
        found = optimize.minimize(bounded, start, method="Nelder-Mead", options=options)
        if math.isfinite(found.fun) and (best is None or found.fun < best.fun):
            best = found
    fix = "try another family, or use the table (leave out `fit`)"
    if best is None or not best.success:
        raise FewError("the maximum-likelihood fit did not converge", fix)
    if np.any(np.abs(best.x - first) > _MOST - 0.01):
        raise FewError("the likelihood has no maximum: its parameters grow without bound", fix)
    return np.asarray(best.x)


def _later(family: str, theta: Floats, days: Ints) -> Floats:
    """P(K > k) for each k of `days`, 1 for k = -1, by Gauss and Legendre's rule of 16 points."""
    x = np.maximum(days, 0)[:, None] + (1.0 + _NODES) / 2
    return np.where(days < 0, 1.0, _left(family, theta, x) @ _WEIGHTS / 2)


class _RaceLikelihood:
    """The likelihood of stays that end by way 0 or by way 1, whichever is due first."""

    def __init__(self, alike: Observed, family: str, other: str) -> None:
        self.seen, self.families = alike, (family, other)
        self.split = len(FAMILIES[family].parameters)
        # Every day that some stay needs, and where those of each stay are among them.
        needed = (alike.days, np.maximum(alike.days - 1, 0), alike.entered)
        self.days, place = np.unique(np.concatenate(needed), return_inverse=True)
        self.last, self.before, unseen = place.reshape(3, -1)
        self.unseen = np.where(alike.entered > 0, unseen, -1)
        cells = np.where(self.days[:, None] == 0, _FIRST_CELLS, _CELLS)
        self.edges = self.days[:, None] + cells
        self.start, self.wide = cells[:, :-1], np.diff(cells)

    def minus(self, theta: Floats) -> float:
        """Minus the mean logarithm of the likelihood."""
        parts = (theta[: self.split], theta[self.split :])
        left = [_left(f, part, self.edges) for f, part in zip(self.families, parts, strict=True)]
        rates = [-np.diff(np.log(np.maximum(each, _LEAST))) for each in left]
        both, rate = left[0] * left[1], np.maximum(rates[0] + rates[1], _LEAST)
        gone = -np.diff(both)
        # Of each day: the chance to be there, and to leave by each way in each of its parts.
        mean = np.where(rate > 1e-6, gone / rate, both[:, :-1])
        there = np.append(np.sum(mean * self.wide, axis=1), 1.0)
        leave = [gone * each / rate for each in rates]
        # At a constant rate they leave this long after midnight, on average.
        steep = np.clip(rate, 1e-4, 500.0)
        time = self.start + self.wide * (1.0 / steep - 1.0 / np.expm1(steep))
        rising = np.stack([np.sum(each * time, axis=1) for each in leave])
        falling = np.stack([np.sum(each * (1.0 - time), axis=1) for each in leave])
        seen = self.seen
        way = np.maximum(seen.ways, 0)
        ends = falling[way, self.last] + np.where(seen.days > 0, rising[way, self.before], 0.0)
        likely = np.where(seen.ended, ends, there[self.last])
        return _minus(likely, there[self.unseen], seen.weights)


def _left(family: str, theta: Floats, x: Floats) -> Floats:
    """P(T > x): theta is the logarithm of the scale, and of the shape if there is one."""
    with np.errstate(divide="ignore", over="ignore"):
        return FITTED[family].left(x, *map(math.exp, theta))


def _parameters(family: str, theta: Floats) -> tuple[float, ...]:
    fitting, found = FITTED[family], [math.exp(each) for each in theta]
    refusal = fitting.refusal(*found)
    if refusal is not None:
        raise FewError(*refusal)
    return fitting.parameters(*found)
