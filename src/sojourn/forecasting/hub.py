"""Forecasts as a folder that the tools of hubverse read: model output, configuration, targets."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from io import StringIO
from typing import Any, Final

import numpy as np

from sojourn.arrays import Floats
from sojourn.forecasting.forecasters import FORECASTERS
from sojourn.forecasting.history import SeriesHistory
from sojourn.forecasting.quantiles import LEVELS
from sojourn.forecasting.rolling import Rolled
from sojourn.results.spreadsheets import neutral

OUTPUT: Final = "model-output"
TEAM: Final = "sojourn"
"""First half of every model's name in the hub, `sojourn-damped_trend`."""
COLUMNS: Final = (
    "origin_date", "target", "horizon", "location", "target_end_date",
    "output_type", "output_type_id", "value",
)  # fmt: skip
"""Columns of a file of model output: the task, the kind of output, and the value."""
TASKS: Final = "hub-config/tasks.json"
ADMIN: Final = "hub-config/admin.json"
SCHEMA: Final = "https://raw.githubusercontent.com/hubverse-org/schemas/main/v5.0.1"

LONGEST_ID: Final = 30
LONGEST_NAME: Final = 100
"""Most letters of a target's id and name in a hub."""


def model_id(forecaster: str) -> str:
    """The name of a forecaster in the hub: team and model, without spaces."""
    return f"{TEAM}-{re.sub(r'[^A-Za-z0-9]+', '_', forecaster)}"


def forecaster_of(model: str) -> str:
    """The forecaster that has this name in a hub; another team's keeps its own name."""
    return next((name for name in FORECASTERS if model_id(name) == model), model)


def output_files(rolled: Rolled, target: str) -> dict[str, str]:
    """The text of each file of model output, by its place in the hub."""
    files = {}
    calendar = rolled.history.calendar
    for name, quantiles in rolled.quantiles.items():
        for row, origin in enumerate(rolled.origins):
            lines = list(_lines(rolled, quantiles[row], origin, target))
            if lines:
                day = calendar.last_day(origin).isoformat()
                place = f"{OUTPUT}/{model_id(name)}/{day}-{model_id(name)}.csv"
                files[place] = _csv(COLUMNS, lines)
    return files


def _lines(
    rolled: Rolled, quantiles: Floats, origin: int, target: str
) -> Iterator[tuple[object, ...]]:
    calendar = rolled.history.calendar
    for series, name in enumerate(rolled.history.names):
        for place, horizon in enumerate(rolled.horizons):
            values = quantiles[series, place]
            if np.isnan(values).any():
                continue
            task = (
                calendar.last_day(origin).isoformat(), neutral(target), horizon, neutral(name),
                calendar.last_day(origin + horizon).isoformat(),
            )  # fmt: skip
            for level, value in zip(LEVELS, values, strict=True):
                yield *task, "quantile", f"{level:g}", f"{value:.10g}"


def hub_files(rolled: Rolled, target: str) -> dict[str, str]:
    """Every file of a hub: model output and metadata, configuration, and what came."""
    output = output_files(rolled, target)
    return {
        **output,
        **metadata_files(rolled),
        **config_files(output.values()),
        "target-data/time-series.csv": _csv(
            ("target_end_date", "target", "location", "observation"),
            _observed(rolled.history, target),
        ),
        "target-data/oracle-output.csv": _csv(
            ("target_end_date", "target", "location", "oracle_value"),
            _observed(rolled.history, target),
        ),
    }


def metadata_files(rolled: Rolled) -> dict[str, str]:
    """The description of each model, as hubs want it."""
    return {
        f"model-metadata/{model_id(name)}.yml": "".join(
            f"{key}: {json.dumps(value)}\n"
            for key, value in {
                "team_name": "Sojourn",
                "team_abbr": TEAM,
                "model_name": name,
                "model_abbr": model_id(name).partition("-")[2],
                "model_details": FORECASTERS[name].about if name in FORECASTERS else name,
            }.items()
        )
        for name in rolled.quantiles
    }


def _observed(history: SeriesHistory, target: str) -> list[tuple[object, ...]]:
    return [
        (
            history.calendar.last_day(history.first + column).isoformat(),
            neutral(target),
            neutral(name),
            f"{value:g}",
        )
        for name, values in zip(history.names, history.values, strict=True)
        for column, value in enumerate(values)
        if not np.isnan(value)
    ]


def config_files(output: Iterable[str]) -> dict[str, str]:
    """The configuration of a hub with these files of model output."""
    ids = COLUMNS[: COLUMNS.index("output_type")]
    read = (row for text in output for row in csv.DictReader(StringIO(text)))
    rows = [row for row in read if row.keys() >= set(ids)]
    tasks: dict[str, list[Any]] = {name: sorted({row[name] for row in rows}) for name in ids}
    tasks["horizon"] = sorted({int(row["horizon"]) for row in rows})
    return {
        TASKS: _json(_rounds(tasks)),
        ADMIN: _json(_ADMINISTRATION),
    }


def _rounds(tasks: Mapping[str, Any]) -> dict[str, Any]:
    """The rounds of a hub, by the values of each column of a task."""
    quantile = {
        "output_type_id": {"required": list(LEVELS)},
        "is_required": True,
        "value": {"type": "double", "minimum": 0},
    }
    # Its units of time know no quarter or year, so no target calls itself step ahead.
    metadata = [
        {
            "target_id": target[:LONGEST_ID],
            "target_name": target[:LONGEST_NAME],
            "target_units": "people",
            "target_keys": {"target": target},
            "target_type": "continuous",
            "is_step_ahead": False,
        }
        for target in tasks["target"]
    ]
    model_task = {
        "task_ids": {name: {"required": None, "optional": each} for name, each in tasks.items()},
        "output_type": {"quantile": quantile},
        "target_metadata": metadata,
    }
    only_round = {
        "round_id_from_variable": True,
        "round_id": "origin_date",
        "model_tasks": [model_task],
        "submissions_due": {"start": tasks["origin_date"][0], "end": tasks["origin_date"][-1]},
    }
    return {
        "schema_version": f"{SCHEMA}/tasks-schema.json",
        "rounds": [only_round],
        "derived_task_ids": ["target_end_date"],
    }


_ADMINISTRATION: Final = {
    "schema_version": f"{SCHEMA}/admin-schema.json",
    "name": "Forecasts written by Sojourn",
    "maintainer": "fill in",
    "contact": {"name": "fill in", "email": "fill-in@example.org"},
    "repository": {"host": "github", "owner": "fill in", "name": "fill in"},
    "file_format": ["csv"],
    "timezone": "Africa/Abidjan",  # UTC all the year; hubs do not take UTC by its name
    "model_output_dir": OUTPUT,
}


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _csv(columns: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> str:
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()
