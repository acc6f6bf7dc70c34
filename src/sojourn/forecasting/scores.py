"""Scores of single forecasts: errors of the median, WIS, CRPS, coverage and width.

Every function takes quantiles of shape (..., levels) and actual values of shape (...), and is NaN
where either is.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from sojourn.arrays import Floats
from sojourn.forecasting.quantiles import LEVELS, MEDIAN

RANGES: Final = (50, 80, 95)
"""Central ranges, in percent, whose coverage and width are told."""
_LEVELS = np.array(LEVELS)


def quantile_losses(quantiles: Floats, actual: Floats, levels: Floats = _LEVELS) -> Floats:
    """The pinball loss at each level: (1{y ≤ q} − τ)(q − y)."""
    above = quantiles - actual[..., None]
    return np.where(above >= 0, (1 - levels) * above, -levels * above)


def weighted_interval_score(quantiles: Floats, actual: Floats, levels: Floats = _LEVELS) -> Floats:
    """The weighted interval score with weights α/2 for ranges and 1/2 for the median.

    Equal to twice the mean pinball loss over the levels, if they are symmetric about the median.
    Source: Bracher, Ray, Gneiting and Reich (2021), PLOS Computational Biology 17(2), equation 2.
    """
    score: Floats = 2 * quantile_losses(quantiles, actual, levels).mean(axis=-1)
    return score


def ranked_probability_score(quantiles: Floats, actual: Floats, levels: Floats = _LEVELS) -> Floats:
    """The CRPS of the distribution whose quantile function is linear between the levels.

    Below the first level and above the last one it is constant. Exact: twice the integral of the
    pinball loss over all levels. Source: Laio and Tamea (2007), HESS 11, equation 6.
    """
    shape = quantiles.shape[:-1]
    edges = np.concatenate(([0.0], levels, [1.0]))
    ends = np.concatenate((quantiles[..., :1], quantiles, quantiles[..., -1:]), axis=-1)
    low, high = ends[..., :-1], ends[..., 1:]
    start, length = edges[:-1], np.diff(edges)
    # On a part with levels start + length·s and values low + (high − low)·s, 0 ≤ s ≤ 1, the value
    # is below the actual one up to s = cut.
    rise = high - low
    y = actual[..., None]
    with np.errstate(divide="ignore", invalid="ignore"):
        cut = np.where(rise > 0, (y - low) / rise, np.where(y >= low, 1.0, 0.0))
    cut = np.clip(cut, 0, 1)
    gap = y - low
    whole = _linear_products(start, length, gap, -rise)
    below = _linear_products(start, length, gap, -rise, cut)
    # below the actual value: ∫ τ (y − q); above it: ∫ (1 − τ)(q − y)
    flat = gap - rise / 2, gap * cut - rise * cut**2 / 2
    above = (whole - below) - (flat[0] - flat[1])
    total: Floats = 2 * ((below + above) * length).sum(axis=-1)
    return total.reshape(shape)


def _linear_products(
    start: Floats, length: Floats, level: Floats, slope: Floats, upto: Floats | float = 1.0
) -> Floats:
    """∫₀ᵘ (start + length·s)(level + slope·s) ds."""
    u = np.asarray(upto)
    product: Floats = (
        start * level * u + (start * slope + length * level) * u**2 / 2 + length * slope * u**3 / 3
    )
    return product


def within(quantiles: Floats, actual: Floats, percent: int) -> Floats:
    """1 where the actual value lies in the central range, its ends included, else 0."""
    low, high = bounds(quantiles, percent)
    inside = ((low <= actual) & (actual <= high)).astype(float)
    return np.where(np.isnan(actual) | np.isnan(low), np.nan, inside)


def bounds(quantiles: Floats, percent: int) -> tuple[Floats, Floats]:
    """The ends of a central range."""
    tail = (100 - percent) / 200
    low, high = LEVELS.index(round(tail, 3)), LEVELS.index(round(1 - tail, 3))
    return quantiles[..., low], quantiles[..., high]


def on_log_scale(values: Floats) -> Floats:
    """log(x + 1), on which errors are relative.

    Source: Bosse et al. (2023), PLOS Computational Biology 19(8).
    """
    return np.log1p(values)


def median_of(quantiles: Floats) -> Floats:
    """The median, which is the forecast as one number."""
    return quantiles[..., MEDIAN]
