"""The quantiles of a forecast, and how past errors become a range around a path."""

from __future__ import annotations

from typing import Final

import numpy as np

from sojourn.arrays import Floats

LEVELS: Final[tuple[float, ...]] = (0.025, *(round(0.05 * n, 2) for n in range(1, 20)), 0.975)
"""The 21 quantile levels of every forecast: 2.5 %, 5 % to 95 % by fives, 97.5 %."""
MEDIAN: Final = LEVELS.index(0.5)
"""Place of the median among the levels."""


def weighted_quantiles(values: Floats, weights: Floats, levels: Floats) -> Floats:
    """Quantiles of weighted numbers, linear between the middles of their weights."""
    order = np.argsort(values, kind="stable")
    held = weights[order]
    middles = (np.cumsum(held) - held / 2) / held.sum()
    return np.interp(levels, middles, values[order])
