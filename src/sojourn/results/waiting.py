"""Waits of all who joined a line: who is served, who is not, and the median by Kaplan and Meier."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

MOST_STILL_WAITING = 0.1
"""Share of all who joined above which no claim is decided on the mean wait of the served alone."""


class Median(NamedTuple):
    """The median wait in days, NaN if it lies beyond the longest wait seen; and that wait."""

    days: float
    longest: float


def median_wait(days: Floats, served: Floats, others: Floats) -> Median:
    """The wait within which half are served, by Kaplan and Meier over all who joined.

    `days` rise; `served` were served after so many, `others` left or still wait after so many:
    they were among those who could have been served on that day, and of what comes later of them
    nothing is known. So it is the median wait of a line that nobody leaves unserved.
    """
    if not len(days):
        return Median(np.nan, np.nan)
    there = np.cumsum((served + others)[::-1])[::-1]
    left = np.cumprod(1.0 - served / np.maximum(there, 1.0))
    reached = np.flatnonzero(left <= 0.5 + 1e-12)  # 3/4 · 2/3 is above a half by its rounding
    return Median(float(days[reached[0]]) if len(reached) else np.nan, float(days[-1]))
