"""The season of series by quarter or month: how each part of the year differs from its year."""

from __future__ import annotations

from typing import Final

import numpy as np

from sojourn.arrays import Floats

YEARS: Final = 6
"""Years that a season is estimated from, at most."""
FEWEST: Final = 3
"""Years without which there is no season."""


def season(heights: Floats, per_year: int) -> Floats:
    """What each part of the year adds to a series, as a logarithm, (series, parts of the year).

    The part of the last period stands last. The mean difference from the centred mean of a year is
    shrunk towards none by how much it varies from year to year (James and Stein), so that chance is
    not taken for a season. Zero by years, and for fewer than three years of a series.
    """
    found = np.zeros((len(heights), per_year))
    if per_year == 1:
        return found
    apart = heights - _year_around(heights, per_year)
    for row, values in enumerate(apart):
        whole = len(values) // per_year
        years = values[len(values) - whole * per_year :].reshape(whole, per_year)[-YEARS - 1 :]
        known = np.isfinite(years)
        counts = known.sum(axis=0)
        if whole < FEWEST or counts.min() < FEWEST:
            continue
        means = np.where(known, years, 0).sum(axis=0) / counts
        means -= means.mean()
        noise = (np.where(known, years - means, 0) ** 2).sum(axis=0) / (counts - 1) / counts
        signal = means @ means / (per_year - 1)
        found[row] = means * max(0.0, 1 - noise.mean() / signal) if signal > 0 else 0
    return found


def _year_around(heights: Floats, per_year: int) -> Floats:
    """The mean of the year around each period, its two ends counting half; NaN at both ends."""
    weights = np.ones(per_year + 1)
    weights[[0, -1]] = 0.5
    found = np.full(heights.shape, np.nan)
    if heights.shape[1] > per_year:
        windows = np.lib.stride_tricks.sliding_window_view(heights, per_year + 1, axis=1)
        half = per_year // 2
        found[:, half : heights.shape[1] - half] = windows @ weights / per_year
    return found
