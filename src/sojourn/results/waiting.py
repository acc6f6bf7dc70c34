"""Waits of all who joined a line: who is served, who is not, and the median by Kaplan and Meier."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sojourn.arrays import Floats

MOST_STILL_WAITING = 0.1
"""If more than this share still waits, no claim is decided by the mean wait of people served."""


class Median(NamedTuple):
    """The median wait in days, NaN if it lies beyond the longest wait seen; and that wait."""

    days: float
    longest: float


def median_wait(days: Floats, served: Floats, others: Floats) -> Median:
    """The wait within which half are served, by Kaplan and Meier over all who joined.

    `days` rise; `served` people were served after that many days, and `others` left or still wait
    after that many: they are censored. So the result is the median wait of a line that nobody
    leaves unserved.
    """
    if not len(days):
        return Median(np.nan, np.nan)
    there = np.cumsum((served + others)[::-1])[::-1]
    left = np.cumprod(1.0 - served / np.maximum(there, 1.0))
    reached = np.flatnonzero(left <= 0.5 + 1e-12)  # 3/4 · 2/3 is above a half by its rounding
    return Median(float(days[reached[0]]) if len(reached) else np.nan, float(days[-1]))
