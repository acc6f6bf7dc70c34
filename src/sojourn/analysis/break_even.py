"""Break-even: the value of an input at which a number reaches a mark, in each draw and on average.

The number is a function of the input by paired draws: everything else in a draw stays as it is. So
its crossing in a draw has no error but the search's, and the crossings of all draws show what the
other inputs do to it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sojourn.arrays import Floats

Gap = Callable[[Floats], Floats]
"""How far the number is above the mark in each draw, for the input's value there [draw]; NaN where
that is undetermined."""

_STRAIGHT = 1e-9
_REACHED = 1e-200
"""Stands for a gap of exactly 0, so that the search finds where the mark is first met."""


@dataclass(frozen=True, slots=True)
class BreakEven:
    """Where a number crosses a mark."""

    of_mean: float
    """The value at which the mean gap is 0; NaN if there is none in the range."""
    error: float
    """Standard error of that, over the draws."""
    by_draw: Floats
    """The value at which each draw's gap is 0; NaN if there is none in the range [draw]."""
    at_low: float
    """Mean gap where the input is at the low end of the range."""
    at_high: float

    @property
    def crossing(self) -> float:
        """Share of draws that have a crossing."""
        return float(np.isfinite(self.by_draw).mean())


def break_even(gap: Gap, draws: int, low: float, high: float, *, within: float) -> BreakEven:
    """Find the crossings of a gap between two values of an input, each to a width of `within`.

    A gap that is straight, as that of money in a price, is solved. Otherwise SciPy searches, by the
    method of Chandrupatla (Advances in Engineering Software 28, 1997), which halves where the gap
    jumps. Where it is 0 over a stretch, the crossing is the end where it begins to be 0.
    """
    ends, middle = np.array([low, high]), (low + high) / 2.0
    below, above, between = (gap(np.full(draws, value)) for value in (low, high, middle))
    at_ends = np.column_stack([below, above])
    known = np.asarray(np.isfinite(at_ends).all(axis=1))
    straight = bool(np.allclose(between[known], at_ends[known].mean(axis=1), rtol=_STRAIGHT))
    if straight:
        by_draw = np.array([_solved(ends, own) for own in at_ends])
    else:
        by_draw = _searched(gap, ends, at_ends, within)
    means = at_ends[known].mean(axis=0) if known.any() else np.full(2, np.nan)
    value, error = float("nan"), float("nan")
    sides = [at_ends[known, 0], at_ends[known, 1]]
    if straight:
        value, nearest = _solved(ends, means), ends
    elif _crosses(means[None])[0]:
        value, nearest, sides = _of_mean(gap, ends, at_ends, known, within)
    if np.isfinite(value) and known.sum() > 1:
        slope = float(np.diff([side.mean() for side in sides])[0] / np.diff(nearest)[0])
        way = (value - nearest[0]) / (nearest[1] - nearest[0])
        scatter = float(np.std(sides[0] * (1.0 - way) + sides[1] * way, ddof=1))
        error = abs(scatter / np.sqrt(known.sum()) / slope) if slope else error
    return BreakEven(value, error, by_draw, *map(float, means))


def _crosses(at_ends: Floats) -> npt.NDArray[np.bool_]:
    """Whether a gap has unlike signs at both ends, or is 0 at one of them [.., end]."""
    finite = np.isfinite(at_ends).all(axis=1)
    return np.asarray(finite & (at_ends.prod(axis=1) <= 0.0) & (at_ends != 0.0).any(axis=1))


def _solved(ends: Floats, at_ends: Floats) -> float:
    if not _crosses(at_ends[None])[0]:
        return float("nan")
    return float(ends[0] - at_ends[0] * (ends[1] - ends[0]) / (at_ends[1] - at_ends[0]))


def _signed(gaps: Floats, at_ends: Floats) -> Floats:
    """The gaps, a 0 among them taken for the sign of the end where the gap has gone."""
    away = np.where(at_ends[:, 0] != 0.0, -np.sign(at_ends[:, 0]), np.sign(at_ends[:, 1]))
    return np.where(gaps == 0.0, away * _REACHED, gaps)


def _searched(gap: Gap, ends: Floats, at_ends: Floats, within: float) -> Floats:
    """The crossing of each draw; those that are found stay where they are."""
    from scipy.optimize.elementwise import find_root  # noqa: PLC0415  -- it takes long to load

    values = np.full(len(at_ends), ends[0])
    places = np.flatnonzero(_crosses(at_ends))

    def signed(asked: Floats, at: Floats) -> Floats:
        own = at.astype(np.int64)
        values[own] = asked
        return _signed(gap(values)[own], at_ends[own])

    found = np.full(len(at_ends), np.nan)
    if len(places):
        bracket = tuple(np.full(len(places), end) for end in ends)
        at = (places.astype(float),)
        root = find_root(signed, bracket, args=at, tolerances=_to(within))
        found[places] = np.where(root.success, root.x, np.nan)
    return found


def _of_mean(
    gap: Gap, ends: Floats, at_ends: Floats, known: npt.NDArray[np.bool_], within: float
) -> tuple[float, Floats, list[Floats]]:
    """The crossing of the mean, the two nearest values that were tried, and the gaps there."""
    from scipy.optimize.elementwise import find_root  # noqa: PLC0415  -- it takes long to load

    tried = {float(end): at_ends[known, side] for side, end in enumerate(ends)}
    means = at_ends[known].mean(axis=0)[None]

    def signed(asked: Floats) -> Floats:
        for value in asked.ravel().tolist():
            if value not in tried:
                tried[value] = gap(np.full(len(known), value))[known]
        return _signed(np.array([tried[value].mean() for value in asked.ravel().tolist()]), means)

    value = float(find_root(signed, (ends[:1], ends[1:]), tolerances=_to(within)).x[0])
    nearest = sorted(sorted(tried, key=lambda one: abs(one - value))[:2])
    return value, np.array(nearest), [tried[one] for one in nearest]


def _to(within: float) -> dict[str, float]:
    return {"xatol": within, "xrtol": 0.0, "fatol": 0.0}
