"""Estimates of how long people stay and how they leave, from observed stays, without a family."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sojourn.arrays import Floats, Ints

CurvePoints = tuple[tuple[float, float], ...]

LASTING = -1
"""The way out of a stay that had not ended when it was last seen."""


class Observed(NamedTuple):
    """Stays in whole days, one element each; all weights above 0."""

    days: Ints
    ways: Ints
    """The number of the way by which it ended, or `LASTING`."""
    weights: Floats
    entered: Ints
    """Days that it had lasted when it was first seen; 0: seen from its beginning."""

    @property
    def first(self) -> Ints:
        """The first day on which it could have been seen to end: the one after `entered`."""
        return np.where(self.entered > 0, self.entered + 1, 0)

    @property
    def ended(self) -> npt.NDArray[np.bool_]:
        """Whether it ended."""
        return np.not_equal(self.ways, LASTING)


def cumulative_incidence(seen: Observed, ways: int = 1) -> tuple[tuple[CurvePoints, ...], float]:
    """For each way out the days and the shares of all stays that end by it then; and what is left.

    Aalen and Johansen, Scandinavian Journal of Statistics 5 (1978); of one way out the
    product-limit estimate of Kaplan and Meier. On day d those are at risk who have been first seen
    before (after fewer than d days, or from the beginning) and last seen after d days or more: a
    stay last seen after d days could have ended on day d, and did not.
    """
    times, place = np.unique(seen.days, return_inverse=True)
    ended = np.zeros((ways, len(times)))
    np.add.at(ended, (seen.ways[seen.ended], place[seen.ended]), seen.weights[seen.ended])
    all_ended = ended.sum(0)
    lasting = np.bincount(place, seen.weights * ~seen.ended, len(times))
    # Summed from the end, so that nobody is left, exactly, where the last all leave.
    at_risk = np.cumsum((all_ended + lasting)[::-1])[::-1] - _later(seen, times)
    left = np.cumprod(1.0 - all_ended / at_risk)
    before = np.concatenate([[1.0], left[:-1]])
    shares = before * ended / at_risk
    points = tuple(
        tuple((float(day), float(share)) for day, share in zip(times, row, strict=True) if share)
        for row in shares
    )
    return points, float(left[-1])


def _later(seen: Observed, times: Ints) -> Floats:
    """The weight of those who are at risk only after each of these days."""
    order = np.argsort(seen.first, kind="stable")
    first, weights = seen.first[order], seen.weights[order]
    later = np.append(np.cumsum(weights[::-1])[::-1], 0.0)
    return later[np.searchsorted(first, times, side="right")]


def unseen_day(seen: Observed) -> tuple[int, int] | None:
    """The first day of a stay of which nothing is seen, and the shortest stay that lasted longer.

    None if there is no such day. It is one on which nobody is at risk, or the day after one on
    which all at risk leave, though longer stays are seen: their share of all cannot be known.
    """
    first, days = np.sort(seen.first), np.sort(seen.days)
    left = np.sort(seen.days[seen.ended])
    last = int(days[-1])
    for day in np.unique(np.concatenate([[0], seen.days + 1])):
        if day > last:
            return None
        at_risk = np.searchsorted(first, day, "right") - np.searchsorted(days, day, "left")
        before = np.searchsorted(first, day - 1, "right") - np.searchsorted(days, day - 1, "left")
        gone = np.searchsorted(left, day, "left") - np.searchsorted(left, day - 1, "left")
        if at_risk == 0 or (day > 0 and before == gone):
            return int(day), int(seen.days[seen.days >= day].min())
    return None
