"""Scenario discovery: the ranges of a few inputs in which something happens most of the time.

The patient rule induction method (Friedman and Fisher, Statistics and Computing 9, 1999) as used
for policy (Bryant and Lempert, Technological Forecasting and Social Change 77, 2010): from a box
that holds every draw, the slice of some input is peeled off whose loss leaves the densest box, and
so on. Of all boxes on the way the one is taken whose coverage and density have the greatest
harmonic mean, and a range that could be there by chance is given up again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from sojourn.analysis.regression import FOLDS
from sojourn.arrays import Floats

Flags = npt.NDArray[np.bool_]

PEEL = 0.05
"""Share of the draws in the box that a slice has."""
SLICE = 10.0
"""Draws that a slice has at least: of fewer, chance decides which is peeled."""
SMALLEST = 0.05
"""Share of all draws that a box holds at least."""
CHANCE = 0.05
"""Probability, by chance, of as dense a box without a range, above which the range is given up."""
FEWEST = 10
"""Fewest draws in which it happens, and in which it does not."""


@dataclass(frozen=True, slots=True)
class Range:
    """An input's range."""

    place: int
    low: float | None
    """None: there is no lower end."""
    high: float | None
    chance: float
    """Probability of as dense a box by chance, if this range did not matter."""


@dataclass(frozen=True, slots=True)
class InputBox:
    """Ranges of inputs, and how well they tell the draws in which something happens."""

    ranges: tuple[Range, ...]
    """In the order in which they matter; empty if no box is denser than all draws."""
    share: float
    """Of all draws, those in which it happens."""
    inside: int
    """Draws in the box."""
    coverage: float
    """Of the draws in which it happens, the share in the box."""
    density: float
    """Of the draws in the box, the share in which it happens."""
    coverage_apart: float
    """The same for draws that the box was not chosen by: each fifth, by a box of the others."""
    density_apart: float


def discover(inputs: Floats, happens: Flags) -> InputBox:
    """The box of inputs [draw, input] in which something happens [draw].

    Raises ValueError for fewer than FEWEST draws with it, or without it.
    """
    count = int(happens.sum())
    if min(count, len(happens) - count) < FEWEST:
        raise ValueError(f"scenario discovery needs {FEWEST} draws of either kind")
    ranges = _peeled(inputs, happens)
    inside = held(inputs, ranges)
    fold = np.arange(len(happens)) % FOLDS
    apart = np.zeros(len(happens), dtype=bool)
    for number in range(FOLDS):
        out = fold == number
        apart[out] = held(inputs[out], _peeled(inputs[~out], happens[~out]))
    return InputBox(
        tuple(ranges), count / len(happens), int(inside.sum()),
        _over(happens & inside, happens), _over(happens & inside, inside),
        _over(happens & apart, happens), _over(happens & apart, apart),
    )  # fmt: skip


def held(inputs: Floats, ranges: Sequence[Range]) -> Flags:
    """Whether each draw lies in every range."""
    inside = np.ones(len(inputs), dtype=bool)
    for one in ranges:
        values = inputs[:, one.place]
        inside &= values >= (-np.inf if one.low is None else one.low)
        inside &= values <= (np.inf if one.high is None else one.high)
    return inside


def _over(part: Flags, whole: Flags) -> float:
    return float(part.sum() / whole.sum()) if whole.any() else float("nan")


def _peeled(inputs: Floats, happens: Flags) -> list[Range]:
    low, high = (np.full(inputs.shape[1], end) for end in (-np.inf, np.inf))
    inside = np.ones(len(happens), dtype=bool)
    best, ends = _merit(happens, inside), (low.copy(), high.copy())
    while inside.sum() > SMALLEST * len(happens):
        peel = _slice(inputs[inside], happens[inside])
        if peel is None:
            break
        place, end, below = peel
        (low if below else high)[place] = end
        inside &= (inputs[:, place] >= low[place]) & (inputs[:, place] <= high[place])
        merit = _merit(happens, inside)
        if merit > best:
            best, ends = merit, (low.copy(), high.copy())
    return _needed(inputs, happens, *ends)


def _merit(happens: Flags, inside: Flags) -> float:
    """Harmonic mean of coverage and density."""
    return 2.0 * float((happens & inside).sum()) / float(happens.sum() + inside.sum())


def _slice(inputs: Floats, happens: Flags) -> tuple[int, float, bool] | None:
    """The slice to peel: input, new end of its range, and whether that is the lower end."""
    found, densest = None, -1.0
    slice_of = min(max(PEEL, SLICE / len(happens)), 0.5)
    for below, share in ((True, slice_of), (False, 1.0 - slice_of)):
        edges = np.quantile(inputs, share, axis=0)
        rest = inputs > edges if below else inputs < edges
        kept = rest.sum(axis=0)
        # Of few values, an end may be that of many draws.
        usable = (kept > 0) & (kept < len(happens))
        density = np.where(usable, happens.astype(float) @ rest / np.maximum(kept, 1), -1.0)
        place = int(np.argmax(density))
        if density[place] > densest:
            densest, values = float(density[place]), inputs[rest[:, place], place]
            found = (place, float(values.min() if below else values.max()), below)
    return found


def _needed(inputs: Floats, happens: Flags, low: Floats, high: Floats) -> list[Range]:
    """The ranges without which the box would be less dense than by chance, the firmest first."""
    from scipy.special import bdtrc  # noqa: PLC0415  -- only where a run is analysed

    ranges = [
        Range(int(place), _end(low[place]), _end(high[place]), 0.0)
        for place in np.flatnonzero(np.isfinite(low) | np.isfinite(high))
    ]
    while ranges:
        inside = held(inputs, ranges)
        hits, drawn = int((happens & inside).sum()), int(inside.sum())
        wider = [held(inputs, [other for other in ranges if other is not one]) for one in ranges]
        chances = [float(bdtrc(hits - 1, drawn, happens[each].mean())) for each in wider]
        if max(chances) <= CHANCE:
            tested = [replace(one, chance=p) for one, p in zip(ranges, chances, strict=True)]
            return sorted(tested, key=lambda one: one.chance)
        # The one that is missed least goes first.
        ranges.pop(int(np.argmax([_merit(happens, each) for each in wider])))
    return []


def _end(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
