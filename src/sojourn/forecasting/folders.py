"""Folders of forecasts, written whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Final

import pyarrow as pa
import pyarrow.parquet as pq

from sojourn.disk.faults import problem_of
from sojourn.disk.folders import FolderKind, Write
from sojourn.disk.whole import put_file, staged, write_text
from sojourn.errors import SojournError

RECORD: Final = "backtest.json"
_HUB: Final = "hub"
BACKTEST: Final = FolderKind(
    RECORD, "sojourn-backtest-1", frozenset({"scores.parquet", "forecasts.parquet", _HUB})
)


def write_backtest(
    out: Path, tables: Mapping[str, pa.Table], record: Mapping[str, Any], hub: Mapping[str, str]
) -> None:
    """Write the tables as Parquet, the record, and the hub's files, into a folder.

    An earlier backtest in the folder is replaced as a whole. Raises SojournError if the folder
    holds anything else, or cannot be written.
    """
    files: dict[str, Write] = {
        f"{name}.parquet": partial(_write_table, table) for name, table in tables.items()
    }
    files |= {f"{_HUB}/{place}": partial(_write_words, text) for place, text in hub.items()}
    BACKTEST.write(out, files, record)


def _write_table(table: pa.Table, stream: BinaryIO) -> None:
    pq.write_table(table, stream)


def _write_words(text: str, stream: BinaryIO) -> None:
    stream.write(text.encode())


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
