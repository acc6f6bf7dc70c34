"""Sealed forecasts: written before the outcome, with date and digest, and scored when it is known.

A folder of them is a record for anybody to check. It is a hub as well: the forecasts stand as
`model-output/MODEL/DATE-MODEL.csv`, and each has a seal `seals/DATE.json` with the SHA-256 of its
files and of the history it was made from.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any, Final

import numpy as np

from sojourn import __version__
from sojourn.disk.faults import problem_of
from sojourn.errors import Problem, SojournError
from sojourn.forecasting.folders import put_texts
from sojourn.forecasting.history import Columns, SeriesHistory
from sojourn.forecasting.hub import (
    ADMIN,
    OUTPUT,
    config_files,
    forecaster_of,
    metadata_files,
    output_files,
)
from sojourn.forecasting.quantiles import LEVELS
from sojourn.forecasting.rolling import Rolled
from sojourn.results.spreadsheets import as_meant

FORMAT: Final = "sojourn-seal-1"


def seal(folder: Path, rolled: Rolled, columns: Columns) -> Path:
    """Seal the forecasts of one origin in a folder, and return the seal's file.

    Raises SojournError if this origin is sealed there already: a seal is never replaced.
    """
    (origin,) = rolled.origins
    day = rolled.history.calendar.last_day(origin).isoformat()
    place = folder / "seals" / f"{day}.json"
    if place.exists():
        made = _read(place)["sealed"]
        what = f"the forecasts from {day} were sealed on {made}"
        raise SojournError(Problem(what, "seal into another folder", str(place)))
    files = output_files(rolled, columns.value)
    if not files:
        what = f"no forecaster can forecast from {rolled.history.calendar.show(origin)}"
        raise SojournError(Problem(what, "give a longer history"))
    record = {
        "format": FORMAT,
        "sealed": datetime.now(UTC).isoformat(timespec="seconds"),
        "origin": rolled.history.calendar.show(origin),
        "version": __version__,
        "columns": {
            "date": columns.date,
            "value": columns.value,
            "series": list(columns.series),
            "with": list(columns.beside),
        },
        "history": digest_of(rolled.history),
        "files": {name: sha256(text.encode()).hexdigest() for name, text in files.items()},
    }
    # The seal goes last: forecasts without one are unfinished, and are not read.
    seals = {f"seals/{day}.json": json.dumps(record, indent=2, ensure_ascii=False) + "\n"}
    config = config_files([*_output(folder), *files.values()])
    if (folder / ADMIN).exists():
        del config[ADMIN]  # somebody filled in contact and repository
    put_texts(folder, {**metadata_files(rolled), **config, **files, **seals})
    return place


def _output(folder: Path) -> list[str]:
    """The text of each file of model output that is there."""
    try:
        files = sorted(folder.glob(f"{OUTPUT}/*/*.csv"))
        return [file.read_text(encoding="utf-8", errors="replace") for file in files]
    except OSError as error:
        raise SojournError(problem_of(error, "the folder cannot be read", folder)) from error


def digest_of(history: SeriesHistory) -> str:
    """The SHA-256 of all that a history holds."""
    digest = sha256(repr((history.names, history.calendar, history.first)).encode())
    for name, values in (("", history.values), *sorted(history.beside.items())):
        digest.update(name.encode() + np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()


def sealed_columns(folder: Path) -> Columns:
    """The columns of the histories that the forecasts in a folder were made from.

    Raises SojournError if there is no seal, or if two seals name other columns.
    """
    found = {json.dumps(_read(place)["columns"]): place for place in _places(folder)}
    if len(found) > 1:
        what = f"its seals are of different series: {', '.join(p.name for p in found.values())}"
        raise SojournError(Problem(what, "keep one folder for each table of series", str(folder)))
    columns = json.loads(next(iter(found)))
    return Columns(columns["date"], columns["value"], tuple(columns["series"]))


def open_sealed(folder: Path, history: SeriesHistory) -> Rolled:
    """The sealed forecasts of a folder beside a newer history.

    Raises SojournError if a file is missing, or is not what was sealed, or names a series or a
    date that the history does not have.
    """
    rows: list[tuple[str, dict[str, str]]] = []
    problems: list[Problem] = []
    for place in _places(folder):
        for name, digest in _read(place)["files"].items():
            file = folder / name
            if not file.resolve().is_relative_to(folder.resolve()):
                what = f"`{name}` leaves the folder of the seal"
                problems.append(Problem(what, "use the folder as it was sealed", str(place)))
                continue
            if not file.is_file():
                problems.append(Problem("a sealed file is missing", "restore it", str(file)))
                continue
            content = file.read_bytes()
            if sha256(content).hexdigest() != digest:
                what = "this is not the file that was sealed: its SHA-256 is another"
                problems.append(Problem(what, "restore it", str(file)))
                continue
            model = Path(name).parent.name
            rows += (
                (forecaster_of(model), row) for row in csv.DictReader(StringIO(content.decode()))
            )
    problems += _unknown_series({as_meant(row["location"]) for _, row in rows}, history)
    if problems:
        raise SojournError(*problems)
    return _arrange(rows, history)


def _unknown_series(names: Iterable[str], history: SeriesHistory) -> list[Problem]:
    missing = sorted(set(names) - set(history.names))
    if not missing:
        return []
    what = f"the history has no series {', '.join(f'`{name}`' for name in missing[:5])}"
    return [Problem(what, "give a history with the names of the sealed one")]


def _arrange(rows: list[tuple[str, dict[str, str]]], history: SeriesHistory) -> Rolled:
    calendar = history.calendar
    origins = sorted({calendar.number(row["origin_date"]) for _, row in rows})
    horizons = sorted({int(row["horizon"]) for _, row in rows})
    shape = (len(origins), len(history.names), len(horizons), len(LEVELS))
    place = {name: number for number, name in enumerate(history.names)}
    level = {f"{each:g}": number for number, each in enumerate(LEVELS)}
    quantiles: dict[str, Any] = {}
    for forecaster, row in rows:
        values = quantiles.setdefault(forecaster, np.full(shape, np.nan))
        where = (
            origins.index(calendar.number(row["origin_date"])),
            place[as_meant(row["location"])],
            horizons.index(int(row["horizon"])),
            level[row["output_type_id"]],
        )
        values[where] = float(row["value"])
    return Rolled(history, tuple(origins), tuple(horizons), quantiles)


def _places(folder: Path) -> list[Path]:
    places = sorted((folder / "seals").glob("*.json"))
    if not places:
        what = "this folder holds no sealed forecasts"
        raise SojournError(
            Problem(what, "name the folder of `sojourn forecast --seal`", str(folder))
        )
    return places


def _read(place: Path) -> Mapping[str, Any]:
    try:
        record = json.loads(place.read_text(encoding="utf-8"))
        if record.get("format") == FORMAT:
            found: Mapping[str, Any] = record
            return found
        other = str(record.get("format"))
    except OSError as error:
        raise SojournError(problem_of(error, "the seal cannot be read", place)) from error
    except (ValueError, AttributeError):
        other = ""
    if other.startswith(FORMAT.rstrip("1")):
        what = f"the seal has the format `{other}`; this version reads `{FORMAT}`"
        fix = "use the version of Sojourn that wrote it, or a later one"
        raise SojournError(Problem(what, fix, str(place)))
    raise SojournError(Problem("this is not a seal", "restore it", str(place)))
