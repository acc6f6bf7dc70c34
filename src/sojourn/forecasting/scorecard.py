"""The scores of a backtest as a table: by forecaster, by horizon and by series."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from sojourn.arrays import Floats
from sojourn.forecasting.forecasters import BASELINE
from sojourn.forecasting.history import SeriesHistory
from sojourn.forecasting.quantiles import LEVELS
from sojourn.forecasting.rolling import Rolled
from sojourn.forecasting.rules import last_run
from sojourn.forecasting.scores import (
    RANGES,
    bounds,
    median_of,
    on_log_scale,
    ranked_probability_score,
    weighted_interval_score,
    within,
)
from sojourn.forecasting.skill import by_chance, relative_skill

ALL = "all"
"""What `series` says in a row over all series."""

SCORES: dict[str, tuple[pa.DataType, str]] = {
    "forecaster": (pa.string(), "Name of the forecaster."),
    "horizon": (pa.int64(), "Steps from origin to target; empty: all horizons."),
    "series": (pa.string(), f"Name of the series; `{ALL}`: all of them."),
    "forecasts": (pa.int64(), "Forecasts that were scored."),
    "mape": (pa.float64(), "Mean absolute error of the median, in percent of the actual value."),
    "mase": (
        pa.float64(),
        "Mean absolute error of the median, in units of the mean change of the series from step to "
        "step before the origin.",
    ),
    "bias": (pa.float64(), "Mean error of the median, in percent of the actual value."),
    "wis": (pa.float64(), "Mean weighted interval score."),
    "wis_log": (pa.float64(), "The same of log(value + 1)."),
    "crps": (pa.float64(), "Mean CRPS of the distribution that the quantiles stand for."),
    "crps_log": (pa.float64(), "The same of log(value + 1)."),
    **{
        f"coverage_{percent}": (
            pa.float64(),
            f"Percent of actual values inside the central {percent} % range.",
        )
        for percent in RANGES
    },
    **{
        f"width_{percent}": (
            pa.float64(),
            f"Mean width of the {percent} % range, in percent of the actual value.",
        )
        for percent in RANGES
    },
    **{
        f"relative_{score}": (
            pa.float64(),
            f"Scaled relative skill by {word}: below 1 is better than `{BASELINE}` on the same "
            f"targets; empty without `{BASELINE}`.",
        )
        for score, word in (("mape", "MAPE"), ("wis", "WIS"), ("wis_log", "WIS of logarithms"))
    },
    "by_chance": (
        pa.float64(),
        f"p-value that it is as good as `{BASELINE}` by WIS of logarithms (Diebold and Mariano).",
    ),
}
"""Every column of the table of scores, its type and its meaning."""

FORECASTS: dict[str, tuple[pa.DataType, str]] = {
    "series": (pa.string(), "Name of the series."),
    "forecaster": (pa.string(), "Name of the forecaster."),
    "origin": (pa.string(), "Last period that was known."),
    "horizon": (pa.int64(), "Steps from origin to target."),
    "target": (pa.string(), "Period that is forecast."),
    "quantile": (pa.float64(), "Level of the quantile; 0.5 is the forecast as one number."),
    "value": (pa.float64(), "The quantile."),
    "actual": (pa.float64(), "What came; empty if it is not known."),
}
"""Every column of the table of forecasts, its type and its meaning."""

_MEANS = tuple(name for name, (kind, _) in SCORES.items()
               if kind == pa.float64() and not name.startswith(("relative", "by_")))  # fmt: skip


def scores_table(rolled: Rolled, without: Iterable[int] = ()) -> pa.Table:
    """One row for each forecaster, each of its horizons, and each of its series.

    Args:
        rolled: the forecasts.
        without: target periods that are left out.
    """
    left_out = set(without)
    targets = np.array(rolled.origins)[:, None] + np.array(rolled.horizons)
    kept = ~np.isin(targets, list(left_out))[:, None, :]
    scale = _steps_before(rolled.history, rolled.origins)
    each = {
        name: {score: np.where(kept, values, np.nan) for score, values in found.items()}
        for name, found in (
            (name, _single(quantiles, rolled.actual, scale))
            for name, quantiles in rolled.quantiles.items()
        )
    }
    return pa.Table.from_pylist(
        list(_rows(each, rolled)), pa.schema([(name, kind) for name, (kind, _) in SCORES.items()])
    )


def _single(quantiles: Floats, actual: Floats, scale: Floats) -> dict[str, Floats]:
    """Every score of every single forecast, (origins, series, horizons)."""
    error = median_of(quantiles) - actual
    logs, log_actual = on_log_scale(quantiles), on_log_scale(actual)
    with np.errstate(divide="ignore", invalid="ignore"):
        percent = np.where(actual > 0, 100 / actual, np.nan)
        found = {
            "mape": np.abs(error) * percent,
            "mase": np.where(scale > 0, np.abs(error) / scale, np.nan),
            "bias": error * percent,
            "wis": weighted_interval_score(quantiles, actual),
            "wis_log": weighted_interval_score(logs, log_actual),
            "crps": ranked_probability_score(quantiles, actual),
            "crps_log": ranked_probability_score(logs, log_actual),
        }
    for each in RANGES:
        low, high = bounds(quantiles, each)
        found[f"coverage_{each}"] = 100 * within(quantiles, actual, each)
        found[f"width_{each}"] = np.where(np.isnan(actual), np.nan, (high - low) * percent)
    return found


def _steps_before(history: SeriesHistory, origins: Sequence[int]) -> Floats:
    """The mean absolute change from step to step up to each origin, (origins, series, 1)."""
    found = np.full((len(origins), len(history.names), 1), np.nan)
    for row, origin in enumerate(origins):
        for column, values in enumerate(history.until(origin).values):
            steps = np.abs(np.diff(last_run(values)))
            if len(steps):
                found[row, column] = steps.mean()
    return found


@dataclass(frozen=True, slots=True)
class _ForecastGroup:
    """Forecasts whose mean is a row: a part of the axes origin, series and horizon."""

    horizon: int | None
    series: str
    part: tuple[Any, ...]
    steps: int
    """The longest horizon of the group."""


def _groups(rolled: Rolled) -> Iterator[_ForecastGroup]:
    every, longest = slice(None), max(rolled.horizons)
    yield _ForecastGroup(None, ALL, (every, every, every), longest)
    for place, horizon in enumerate(rolled.horizons):
        yield _ForecastGroup(horizon, ALL, (every, every, place), horizon)
    if len(rolled.history.names) > 1:
        for place, name in enumerate(rolled.history.names):
            yield _ForecastGroup(None, name, (every, place, every), longest)


def _rows(each: Mapping[str, Mapping[str, Floats]], rolled: Rolled) -> Iterator[dict[str, object]]:
    for group in _groups(rolled):
        parts = {
            name: {score: values[group.part] for score, values in scores.items()}
            for name, scores in each.items()
        }
        skills = {
            f"relative_{score}": relative_skill(
                {name: scores[score] for name, scores in parts.items()}, BASELINE
            )
            for score in ("mape", "wis", "wis_log")
        }
        for name, scores in parts.items():
            chance = float("nan")
            if name != BASELINE and BASELINE in parts:
                base = parts[BASELINE]["wis_log"]
                chance = by_chance(scores["wis_log"], base, _origins_apart(rolled, group.steps))
            row: dict[str, object] = {
                "forecaster": name,
                "horizon": group.horizon,
                "series": group.series,
                "forecasts": int(np.isfinite(scores["wis"]).sum()),
                **{score: _mean(scores[score]) for score in _MEANS},
                **{score: _told(found[name]) for score, found in skills.items()},
                "by_chance": _told(chance),
            }
            yield row


def _origins_apart(rolled: Rolled, steps: int) -> int:
    """How many origins pass until forecasts so many steps ahead no longer overlap."""
    first = rolled.origins[0]
    return max(1, sum(1 for origin in rolled.origins if origin < first + steps))


def _mean(values: Floats) -> float | None:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else None


def _told(value: float) -> float | None:
    return value if np.isfinite(value) else None


def forecasts_table(rolled: Rolled) -> pa.Table:
    """One row for each quantile of each forecast, in the order of the columns' names."""
    history, calendar = rolled.history, rolled.history.calendar
    origins = [calendar.show(origin) for origin in rolled.origins]
    targets = [[calendar.show(o + h) for h in rolled.horizons] for o in rolled.origins]
    parts = []
    for name, quantiles in rolled.quantiles.items():
        here = np.isfinite(quantiles)
        places = np.nonzero(here)
        origin, series, horizon, level = places
        actual = rolled.actual[origin, series, horizon]
        columns = {
            "series": np.array(history.names, dtype=object)[series],
            "forecaster": np.full(len(origin), name, dtype=object),
            "origin": np.array(origins, dtype=object)[origin],
            "horizon": np.array(rolled.horizons)[horizon],
            "target": np.array(targets, dtype=object)[origin, horizon],
            "quantile": np.array(LEVELS)[level],
            "value": quantiles[places],
        }
        arrays = {key: pa.array(values, FORECASTS[key][0]) for key, values in columns.items()}
        arrays["actual"] = pa.array(actual, pa.float64(), mask=np.isnan(actual))
        parts.append(pa.table(arrays))
    schema = pa.schema([(name, kind) for name, (kind, _) in FORECASTS.items()])
    return pa.concat_tables(parts).cast(schema) if parts else schema.empty_table()
