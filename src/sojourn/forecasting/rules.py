"""The simple rules that a forecast must beat, each a path from the past of one series."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sojourn.arrays import Floats
from sojourn.forecasting.history import SeriesHistory

SMALLEST = 0.5
"""People that stand for none where a logarithm is taken."""
DAMPING = 0.8
"""Share of its growth that a damped trend keeps from each year to the next."""


def no_change(past: SeriesHistory, horizons: Sequence[int]) -> Floats:
    """The last value, at every horizon."""
    return np.repeat(past.values[:, -1:], len(horizons), axis=1)


def drift(past: SeriesHistory, horizons: Sequence[int]) -> Floats:
    """The straight line from the first known value of the last run to the last value."""
    paths = np.full((len(past.names), len(horizons)), np.nan)
    for row, values in enumerate(past.values):
        run = last_run(values)
        if len(run) >= 2:
            paths[row] = run[-1] + np.array(horizons) * (run[-1] - run[0]) / (len(run) - 1)
    return not_below_zero(paths)


def linear(past: SeriesHistory, horizons: Sequence[int]) -> Floats:
    """The least-squares line through the last 24 months, the last value included."""
    length = 2 * past.calendar.per_year + 1
    places = np.arange(1 - length, 1)
    paths = np.full((len(past.names), len(horizons)), np.nan)
    for row, values in enumerate(past.values):
        run = last_run(values)[-length:]
        if len(run) == length:
            slope, level = np.polyfit(places, run, 1)
            paths[row] = level + slope * np.array(horizons)
    return not_below_zero(paths)


def damped_trend(past: SeriesHistory, horizons: Sequence[int]) -> Floats:
    """The mean growth of the last three years, of which each year keeps 80 % of the one before."""
    per_year = past.calendar.per_year
    growth = mean_growth(past, 3 * per_year)
    kept = DAMPING ** (1 / per_year)
    sums = np.array([kept * (1 - kept**h) / (1 - kept) for h in horizons])
    paths: Floats = past.values[:, -1:] * np.exp(growth[:, None] * sums)
    return paths


def not_below_zero(values: Floats) -> Floats:
    """The values, or zero where they are below it."""
    found: Floats = np.maximum(values, 0)
    return found


def mean_growth(past: SeriesHistory, steps: int) -> Floats:
    """The mean growth of each series over its last steps, as a logarithm per step."""
    if past.values.shape[1] <= steps:
        return np.full(len(past.names), np.nan)
    logs = np.log(np.maximum(past.values[:, [-1 - steps, -1]], SMALLEST))
    growth: Floats = (logs[:, 1] - logs[:, 0]) / steps
    return growth


def last_run(values: Floats) -> Floats:
    """What is known of a series since its last gap; nothing if the last value is unknown."""
    gaps = np.flatnonzero(np.isnan(values))
    return values[gaps[-1] + 1 :] if len(gaps) else values
