"""A finished run folder, opened for reading."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from sojourn.errors import Problem, ResultsError
from sojourn.results.run_folder.provenance import FORMAT
from sojourn.results.views import connect

RECORD = "run.json"
STUDY = "study.json"
PARTS = ".parts"
MARKER = "sojourn"
"""File in PARTS that marks an unfinished folder as ours."""


@dataclass(frozen=True)
class RunFolder:
    """A finished run: its folder and the content of run.json."""

    path: Path
    record: dict[str, Any]

    @cached_property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """A DuckDB connection with one view for each table."""
        return connect(self.path)

    @property
    def baseline(self) -> str:
        """Name of the baseline scenario."""
        return str(self.record["baseline"])

    @property
    def scenarios(self) -> tuple[str, ...]:
        """Names of the scenarios that were run, in the study's order."""
        return tuple(self.record["scenarios"])

    @property
    def draws(self) -> range:
        """Numbers of the draws."""
        first = int(self.record["first_draw"])
        return range(first, first + int(self.record["draws"]))

    def rows(self, table: str) -> list[dict[str, Any]]:
        """The rows of a small table, in its order."""
        return pq.read_table(self.path / f"{table}.parquet").to_pylist()  # type: ignore[no-any-return]

    def sql(self, text: str) -> pa.Table:
        """Answer of a query over the tables."""
        return self.connection.sql(text).to_arrow_table()


def read_run(folder: Path) -> RunFolder:
    """Open a finished run folder.

    Raises ResultsError if there is no folder, if it is not ours, or if the run was not finished.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ResultsError(
            Problem(
                "there is no such folder", "`sojourn run STUDY --out DIR` makes one.", str(folder)
            )
        )
    record = record_of(folder)
    if record is None:
        if (folder / PARTS / MARKER).exists():
            raise ResultsError(
                Problem(
                    "this run was not finished",
                    "Start it again with the same output folder; it will resume.",
                    str(folder),
                )
            )
        raise ResultsError(
            Problem(f"this is not a run folder: it has no {RECORD} of ours", file=str(folder))
        )
    return RunFolder(folder, record)


def record_of(folder: Path) -> dict[str, Any] | None:
    """Content of the folder's run.json; None if it is missing or not ours."""
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return record if isinstance(record, dict) and record.get("format") == FORMAT else None
