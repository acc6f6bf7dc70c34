"""Forecasts from many origins, each made from what was known at its origin and nothing later."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from sojourn.arrays import Floats
from sojourn.forecasting.forecasters import FORECASTERS, Forecaster, Path
from sojourn.forecasting.history import SeriesHistory
from sojourn.forecasting.packaged import packaged
from sojourn.forecasting.quantiles import LEVELS
from sojourn.forecasting.ranges import around, errors_before, spread

YEARS_OF_ERRORS = 25
"""Earlier origins whose errors make the ranges."""

Told = Callable[[str, float], None]
"""Told the forecaster at work, and the share of all that is done."""


def untold(what: str, share: float) -> None:
    """Nobody watches."""


@dataclass(frozen=True)
class Rolled:
    """Forecasts by forecaster: quantiles of shape (origins, series, horizons, levels)."""

    history: SeriesHistory
    origins: tuple[int, ...]
    horizons: tuple[int, ...]
    quantiles: dict[str, Floats]

    @property
    def actual(self) -> Floats:
        """What came, (origins, series, horizons); NaN where it is not known yet."""
        return np.stack(
            [
                np.stack([self.history.at(origin + h) for h in self.horizons], axis=-1)
                for origin in self.origins
            ]
        )


def roll(
    history: SeriesHistory,
    forecasters: Sequence[Forecaster],
    origins: Sequence[int],
    horizons: Sequence[int],
    told: Told = untold,
) -> Rolled:
    """Forecasts of every series by every forecaster from every origin.

    A forecaster is handed `history.until(origin)`, so nothing later can reach it. There is no
    forecast of a series whose value at the origin is unknown.
    """
    pasts = [history.until(origin) for origin in origins]
    parts = [FORECASTERS[name] for each in forecasters for name in each.median_of]
    working = {each.name: each for each in (*forecasters, *parts) if not each.median_of}
    made: dict[str, Floats] = {}
    for number, (name, forecaster) in enumerate(working.items()):

        def tell(done: int, name: str = name, number: int = number) -> None:
            told(name, (number + done / len(origins)) / len(working))

        if forecaster.path:
            made[name] = _roll_path(forecaster.path, history, pasts, horizons, tell)
        else:
            made[name] = _roll_model(forecaster.model, pasts, horizons, tell)
    for each in forecasters:
        if each.median_of:
            made[each.name] = np.median([made[name] for name in each.median_of], axis=0)
    known = np.isfinite([past.at(past.last) for past in pasts])[:, :, None, None]
    asked = {each.name: np.where(known, made[each.name], np.nan) for each in forecasters}
    return Rolled(history, tuple(origins), tuple(horizons), asked)


def without_forecast(rolled: Rolled) -> list[str]:
    """Series that no forecaster forecasts from the last origin."""
    made = [np.isfinite(quantiles[-1]).any(axis=(1, 2)) for quantiles in rolled.quantiles.values()]
    none = ~np.any(made, axis=0)
    return [name for name, missing in zip(rolled.history.names, none, strict=True) if missing]


def _roll_path(
    path: Path,
    history: SeriesHistory,
    pasts: Sequence[SeriesHistory],
    horizons: Sequence[int],
    tell: Callable[[int], None],
) -> Floats:
    """Quantiles around paths, by the errors of the same forecaster at earlier origins."""
    paths: dict[int, Floats] = {}
    per_year = history.calendar.per_year
    apart = max(1, per_year // 4)  # by months, a path a quarter is enough to know its errors

    def path_from(past: SeriesHistory) -> Floats:
        if past.last not in paths:
            paths[past.last] = path(past, horizons)
        return paths[past.last]

    found = np.full((len(pasts), len(history.names), len(horizons), len(LEVELS)), np.nan)
    for row, past in enumerate(pasts):
        tell(row)
        earliest = max(history.first + per_year, past.last - YEARS_OF_ERRORS * per_year)
        earlier = range(past.last - apart, earliest - 1, -apart)
        errors = errors_before(
            past, {origin: path_from(past.until(origin)) for origin in earlier}, horizons
        )
        found[row] = around(path_from(past), spread(errors))
    return found


def _roll_model(
    model: str, pasts: Sequence[SeriesHistory], horizons: Sequence[int], tell: Callable[[int], None]
) -> Floats:
    found = []
    for row, past in enumerate(pasts):
        tell(row)
        found.append(packaged(model, past, horizons))
    return np.stack(found)
