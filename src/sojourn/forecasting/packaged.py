"""Models of statsforecast, fitted to each series alone, with the ranges that they state."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

import numpy as np

from sojourn.arrays import Floats
from sojourn.forecasting.history import SeriesHistory
from sojourn.forecasting.quantiles import LEVELS, MEDIAN
from sojourn.forecasting.rules import last_run, not_below_zero

FEWEST: Final = 8
"""Values since the last gap that a model is fitted to, at least."""


def packaged(model: str, past: SeriesHistory, horizons: Sequence[int]) -> Floats:
    """Quantiles of each series, (series, horizons, levels); NaN where a model cannot be fitted."""
    from statsforecast import models  # noqa: PLC0415 -- takes seconds to load, and is an extra

    season = past.calendar.per_year
    found = np.full((len(past.names), len(horizons), len(LEVELS)), np.nan)
    for row, values in enumerate(past.values):
        run = last_run(values)
        if len(run) >= max(FEWEST, 2 * season + 1 if season > 1 else 0):
            fitted = getattr(models, model)(season_length=season)
            found[row] = _quantiles(fitted, run, horizons)
    return not_below_zero(found)


class _Forecasting(Protocol):
    """What is used of a model of statsforecast."""

    def forecast(self, y: Floats, h: int, level: list[int]) -> Mapping[str, Floats]: ...


def _quantiles(model: _Forecasting, run: Floats, horizons: Sequence[int]) -> Floats:
    ranges = [round(100 * (1 - 2 * level)) for level in LEVELS[:MEDIAN]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the optimiser, on its way
        try:
            told = model.forecast(y=run, h=max(horizons), level=ranges)
        except (ValueError, ZeroDivisionError, IndexError, np.linalg.LinAlgError):
            # A constant series, for one; then there is no forecast, and no score.
            return np.full((len(horizons), len(LEVELS)), np.nan)
    columns = [
        *(told[f"lo-{each}"] for each in ranges),
        told["mean"],
        *(told[f"hi-{each}"] for each in reversed(ranges)),
    ]
    places = np.array(horizons) - 1
    quantiles: Floats = np.stack([np.asarray(column)[places] for column in columns], axis=-1)
    return np.sort(quantiles, axis=-1)
