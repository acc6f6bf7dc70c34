"""Result tables behind one DuckDB connection, whether they are files or in memory."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb
import pyarrow as pa

from sojourn.results.columns import SPECS
from sojourn.results.tables import empty

Tables = Mapping[str, pa.Table] | Path
"""Result tables by name, or the folder that holds one Parquet file for each."""


def quoted(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def listed(texts: tuple[str, ...] | list[str]) -> str:
    """Texts as an SQL list for `in`; the empty list matches nothing."""
    return "(" + (", ".join(quoted(text) for text in texts) or "null") + ")"


def connect(tables: Tables) -> duckdb.DuckDBPyConnection:
    """A connection with one view for each table that is there, and empty ones for the rest."""
    connection = duckdb.connect(config={"python_enable_replacements": False})
    for name in SPECS:
        add(connection, name, tables)
    return connection


def add(connection: duckdb.DuckDBPyConnection, name: str, tables: Tables) -> None:
    """Add or replace the view of one table."""
    if isinstance(tables, Path):
        file = tables / f"{name}.parquet"
        if file.exists():
            parquet = f"read_parquet({quoted(str(file))})"
            connection.execute(f'create or replace view "{name}" as select * from {parquet}')
            return
        connection.register(name, empty(name))
    else:
        connection.register(name, tables.get(name, empty(name)))
