"""Folders of forecasts, written whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from sojourn.disk.faults import problem_of
from sojourn.disk.whole import (
    clear,
    complete,
    created,
    put_file,
    put_folder,
    staged,
    sync_folder,
    write_text,
)
from sojourn.errors import Problem, SojournError

RECORD: Final = "backtest.json"
FORMAT: Final = "sojourn-backtest-1"
_HUB: Final = "hub"
_OURS: Final = {RECORD, "scores.parquet", "forecasts.parquet", _HUB}


def write_backtest(
    out: Path, tables: Mapping[str, pa.Table], record: Mapping[str, Any], hub: Mapping[str, str]
) -> None:
    """Write the tables as Parquet, the record, and the hub's files, into a folder.

    An earlier backtest in the folder is replaced as a whole. Raises SojournError if the folder
    holds anything else, or cannot be written.
    """
    refuse_other(out)
    try:
        with staged(out) as stage:
            made = stage / "backtest"
            made.mkdir()
            for name, table in tables.items():
                with created(made / f"{name}.parquet") as sink:
                    pq.write_table(table, sink)
            for place, text in hub.items():
                file = made / _HUB / place
                file.parent.mkdir(parents=True, exist_ok=True)
                write_text(file, text)
                sync_folder(file.parent)
            text = json.dumps({"format": FORMAT, **record}, indent=2, ensure_ascii=False)
            write_text(made / RECORD, text + "\n")
            put_folder(made, out, RECORD)
    except OSError as error:
        raise SojournError(problem_of(error, "the folder cannot be written", out)) from error


def refuse_other(out: Path) -> None:
    """Raise SojournError if something else than a backtest stands there.

    What a process that died has begun is completed, or removed.
    """
    if out.is_file():
        raise SojournError(Problem("this is a file, not a folder", "name a folder", str(out)))
    if not out.is_dir():
        return
    try:
        clear(out)
        complete(out, RECORD)
        held = {path.name for path in out.iterdir()}
    except OSError as error:
        raise SojournError(problem_of(error, "the folder cannot be used", out)) from error
    if held and not (held <= _OURS and RECORD in held):
        what = f"the folder holds something else: {', '.join(sorted(held - _OURS)[:5] or held)}"
        raise SojournError(Problem(what, "choose an empty or new folder", str(out)))


def put_texts(folder: Path, files: Mapping[str, str]) -> None:
    """Put texts at their places below a folder, in this order, each whole.

    Raises SojournError if the folder cannot be written.
    """
    try:
        with staged(folder) as stage:
            for place, text in files.items():
                made, target = stage / "text", folder / place
                write_text(made, text)
                target.parent.mkdir(parents=True, exist_ok=True)
                put_file(made, target)
    except OSError as error:
        raise SojournError(problem_of(error, "the folder cannot be written", folder)) from error
