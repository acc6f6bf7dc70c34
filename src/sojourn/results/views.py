"""Result tables, from files or memory, as views of one DuckDB connection."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from tempfile import gettempdir
from uuid import uuid4

import duckdb
import pyarrow as pa

from sojourn.disk.faults import SPILLED
from sojourn.results.columns import SPECS
from sojourn.results.tables import empty

Tables = Mapping[str, pa.Table | Path] | Path
"""Result tables by name, in memory or as Parquet files, or the folder that holds one for each."""


def stored(folder: Path) -> dict[str, Path]:
    """The Parquet file of each table that a folder holds."""
    files = {name: folder / f"{name}.parquet" for name in SPECS}
    return {name: file for name, file in files.items() if file.exists()}


def quoted(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def listed(texts: tuple[str, ...] | list[str]) -> str:
    """Texts as an SQL list for `in`; the empty list matches nothing."""
    return "(" + (", ".join(quoted(text) for text in texts) or "null") + ")"


def connect(
    tables: Tables, names: Iterable[str] = tuple(SPECS), *, alone: bool = False
) -> duckdb.DuckDBPyConnection:
    """A connection with one view for each table of these names; a missing table is an empty view.

    With `alone` its database is its own, so that it may change the settings.
    """
    given = stored(tables) if isinstance(tables, Path) else tables
    connection = _new() if alone else _shared().cursor()
    for name in names:
        table = given.get(name)
        if isinstance(table, Path):
            parquet = f"read_parquet({quoted(str(table))})"
            connection.execute(f'create temp view "{name}" as select * from {parquet}')
        else:
            connection.register(name, empty(name) if table is None else table)
    return connection


def _new(**more: int) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(
        config={
            "python_enable_replacements": False,
            # DuckDB would fetch an extension that it lacks from the network …
            "autoinstall_known_extensions": False,
            # … and spill what does not fit into memory into the folder where the user happens to
            # be. It makes this one when it needs it, and removes it in the end.
            "temp_directory": str(Path(gettempdir()) / f"{SPILLED}{uuid4()}"),
            **more,
        }
    )


@cache
def _shared() -> duckdb.DuckDBPyConnection:
    """One for the whole process, since making one takes longer than most questions.

    It has one thread: several add up in an order of their own, and the last digits of a sum differ
    from call to call.
    """
    return _new(threads=1)
