"""Ranges around a path from the errors that the same forecaster made at earlier origins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from sojourn.arrays import Floats
from sojourn.forecasting.history import SeriesHistory
from sojourn.forecasting.quantiles import LEVELS, weighted_quantiles
from sojourn.forecasting.rules import SMALLEST

FADING = 0.07
"""What an error's weight loses with each year of age."""
FARTHEST = float(np.log(4))
"""Errors beyond a factor of 4 count as that: a line that has run to zero says little of others."""
PRIOR_ERRORS = 6.0
"""Errors of the average series that each series' own size of errors is mixed with."""


@dataclass(frozen=True)
class Errors:
    """Errors known at an origin: log(actual / path), by horizon, origin and series."""

    values: Floats
    """Of shape (origins, series, horizons); NaN where the target is not yet known."""
    ages: Floats
    """Years from each earlier origin to this one."""
    horizons: Floats
    """Years of each horizon."""


def errors_before(
    past: SeriesHistory, paths: Mapping[int, Floats], horizons: Sequence[int]
) -> Errors:
    """The errors of earlier paths whose targets are known in this past."""
    origins = [origin for origin in paths if origin < past.last]
    found = np.full((len(origins), len(past.names), len(horizons)), np.nan)
    for row, origin in enumerate(origins):
        actual = np.stack([past.at(origin + horizon) for horizon in horizons], axis=1)
        found[row] = np.clip(logs(actual) - logs(paths[origin]), -FARTHEST, FARTHEST)
    ages = (past.last - np.array(origins, dtype=float)) / past.calendar.per_year
    return Errors(found, ages, np.array(horizons) / past.calendar.per_year)


def logs(values: Floats) -> Floats:
    """Logarithms, where none counts as half a person."""
    return np.log(np.maximum(values, SMALLEST))


def spread(errors: Errors) -> Floats:
    """Ranges as logarithms around a path, of shape (series, horizons, levels).

    Each series has its own size of errors, drawn towards that of all; errors in units of that size
    are pooled over series, both signs alike. The range of a longer horizon is never narrower, and
    never wider than in proportion to the horizon; it is that wide if no such error is known yet.
    Few errors make wider ranges, as Student's t does.
    """
    weights = (1 - FADING) ** errors.ages
    own = _own_sizes(errors.values, weights)
    scaled = errors.values / own[:, None]
    common = np.full((len(errors.horizons), len(LEVELS)), np.nan)
    for place, horizon in enumerate(errors.horizons):
        known = np.isfinite(scaled[:, :, place])
        if known.any():
            values = scaled[:, :, place][known]
            held = np.broadcast_to(weights[:, None], known.shape)[known]
            common[place] = weighted_quantiles(
                np.concatenate((values, -values)), np.concatenate((held, held)), np.array(LEVELS)
            ) * _for_few(known, errors.ages, horizon)
        if place:
            before = common[place - 1]
            most = before * horizon / errors.horizons[place - 1]
            here = np.where(np.isnan(common[place]), most, common[place])
            common[place] = np.sign(before) * np.clip(np.abs(here), np.abs(before), np.abs(most))
    ranges: Floats = own[:, None, None] * common
    return ranges


def _for_few(known: NDArray[np.bool_], ages: Floats, horizon: float) -> Floats:
    """By how much quantiles of Student's t exceed the normal's, for as many errors as are known.

    Errors of one series count as one for each horizon that passes: those between overlap.
    """
    origins = ages[known.any(axis=1)]
    count = known.any(axis=0).sum() * (1 + (origins.max() - origins.min()) / horizon)
    wider = np.ones(len(LEVELS))
    tails = np.array(LEVELS) != 0.5
    levels = np.array(LEVELS)[tails]
    wider[tails] = stats.t.ppf(levels, count) / stats.norm.ppf(levels)
    return wider


def _own_sizes(errors: Floats, weights: Floats) -> Floats:
    """Each series' mean absolute error in units of that of all, drawn towards 1."""
    size = np.where(np.isnan(errors), 0, np.abs(errors))
    held = weights[:, None, None] * np.isfinite(errors)
    all_held = held.sum(axis=(0, 1))
    all_sizes = (size * held).sum(axis=(0, 1)) / np.where(all_held > 0, all_held, 1)
    relative = size * held / np.where(all_sizes > 0, all_sizes, 1)
    own: Floats = (relative.sum(axis=(0, 2)) + PRIOR_ERRORS) / (
        held.sum(axis=(0, 2)) + PRIOR_ERRORS
    )
    return own


def around(path: Floats, ranges: Floats) -> Floats:
    """Quantiles from a path and ranges as logarithms; none is below zero, and the median is exact.

    Above a path of nobody, ranges are those of half a person.
    """
    from_path = np.where(ranges > 0, np.maximum(path, SMALLEST)[..., None], path[..., None])
    quantiles: Floats = from_path * np.exp(ranges)
    return quantiles
