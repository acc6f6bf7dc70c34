"""Folders of forecasts, written whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from sojourn.errors import Problem, SojournError

RECORD: Final = "backtest.json"
FORMAT: Final = "sojourn-backtest-1"
_OURS: Final = {RECORD, "scores.parquet", "forecasts.parquet", "hub"}


def write_backtest(
    out: Path, tables: Mapping[str, pa.Table], record: Mapping[str, Any], hub: Mapping[str, str]
) -> None:
    """Write the tables as Parquet, the record, and the hub's files, into a folder.

    An earlier backtest in the folder is replaced as a whole. Raises SojournError if the folder
    holds anything else, or cannot be written.
    """
    refuse_other(out)
    stage = out.with_name(f".{out.name}.{os.getpid()}.unfinished")
    old = out.with_name(f".{out.name}.{os.getpid()}.old")
    try:
        stage.mkdir(parents=True)
        for name, table in tables.items():
            pq.write_table(table, stage / f"{name}.parquet")
        write_texts(stage / "hub", hub)
        text = json.dumps({"format": FORMAT, **record}, indent=2, ensure_ascii=False)
        (stage / RECORD).write_text(text + "\n", encoding="utf-8")
        if out.exists():
            out.rename(old)
        stage.rename(out)
    except OSError as error:
        raise SojournError(cannot_write(out, error)) from error
    finally:
        for left_over in (stage, old):
            shutil.rmtree(left_over, ignore_errors=True)


def refuse_other(out: Path) -> None:
    """Raise SojournError if something else than a backtest stands there."""
    if out.is_file():
        raise SojournError(Problem("this is a file, not a folder", "name a folder", str(out)))
    held = {path.name for path in out.iterdir()} if out.is_dir() else set()
    if held and not (held <= _OURS and RECORD in held):
        what = f"the folder holds something else: {', '.join(sorted(held - _OURS)[:5] or held)}"
        raise SojournError(Problem(what, "choose an empty or new folder", str(out)))


def write_texts(folder: Path, files: Mapping[str, str]) -> None:
    """Write texts by their place below a folder. Raises OSError."""
    for place, text in files.items():
        file = folder / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="")


def cannot_write(folder: Path, error: OSError) -> Problem:
    """The problem with a folder that cannot be written."""
    return Problem(f"the folder cannot be written: {error.strerror}", file=str(folder))
