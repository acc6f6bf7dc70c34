"""Tables of the Python API: for Arrow, Polars, pandas, DuckDB, the terminal and notebooks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from html import escape
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, BinaryIO

import pyarrow as pa

from sojourn.api.public import public
from sojourn.errors import Problem, SojournError, install

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

SHOWN = 20
"""Rows that are printed; a notebook shows as many."""


@public
class Table:
    """A table of named columns.

    DuckDB, Polars and pandas take it as it is, by Arrow's PyCapsule interface. `print` shows the
    first rows, and iterating gives each row as a dictionary.
    """

    def __init__(self, arrow: pa.Table, name: str = "table", about: str = "") -> None:
        self._arrow = arrow
        self.name = name
        self.about = about
        """What its rows are, in a sentence."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(self._arrow.column_names)

    def select(self, *columns: str) -> Table:
        """The same rows with these columns alone. Raises SojournError for one that is not there."""
        for column in columns:
            if column not in self.columns:
                raise SojournError(
                    Problem(
                        f"the table `{self.name}` has no column `{column}`",
                        f"it has: {', '.join(self.columns)}",
                    )
                )
        return Table(self._arrow.select(list(columns)), self.name, self.about)

    def to_arrow(self) -> pa.Table:
        """The table as a `pyarrow.Table`; texts are dictionary-encoded where they repeat."""
        return self._arrow

    def to_polars(self) -> pl.DataFrame:
        """The table as a `polars.DataFrame`. Raises SojournError if Polars is not installed."""
        _needs("polars", "Polars")
        import polars

        return polars.DataFrame(self._arrow)

    def to_pandas(self) -> pd.DataFrame:
        """The table as a `pandas.DataFrame`. Raises SojournError if pandas is not installed."""
        _needs("pandas", "pandas")
        return self._arrow.to_pandas()

    def to_dicts(self) -> list[dict[str, Any]]:
        """The rows as dictionaries."""
        rows: list[dict[str, Any]] = self._arrow.to_pylist()
        return rows

    def write(self, stream: BinaryIO, form: str) -> None:
        """Write the table into a binary stream.

        `form` is csv (UTF-8; a text that a spreadsheet could run as a formula, or that begins
        with an apostrophe, gets an apostrophe in front), arrow (an IPC stream) or parquet. Raises
        SojournError for another.
        """
        if form == "csv":
            _write_csv(self._arrow, stream)
        elif form == "arrow":
            with pa.ipc.new_stream(stream, self._arrow.schema) as writer:
                writer.write_table(self._arrow)
        elif form == "parquet":
            import pyarrow.parquet as pq

            pq.write_table(self._arrow, stream)
        else:
            raise SojournError(Problem(f"`{form}` is not csv, arrow or parquet"))

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._arrow.__arrow_c_stream__(requested_schema)

    def __len__(self) -> int:
        return int(self._arrow.num_rows)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.to_dicts())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Table) and bool(self._arrow.equals(other._arrow))

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        rows = "1 row" if len(self) == 1 else f"{len(self):,} rows"
        return f"{self.name}: {rows} of {', '.join(self.columns)}"

    def __str__(self) -> str:
        cells = [list(self.columns), *self._shown()]
        right = [pa.types.is_integer(kind) or pa.types.is_floating(kind)
                 for kind in self._arrow.schema.types]  # fmt: skip
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = [
            "  ".join(
                cell.rjust(width) if number else cell.ljust(width)
                for cell, width, number in zip(row, widths, right, strict=True)
            ).rstrip()
            for row in cells
        ]
        return "\n".join([*lines, *self._more()])

    def _repr_html_(self) -> str:
        heads = "".join(f"<th>{escape(name)}</th>" for name in self.columns)
        rows = "".join(
            "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>"
            for row in self._shown()
        )
        more = "".join(f"<p>{line}</p>" for line in self._more())
        return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>{more}"

    def _shown(self) -> list[list[str]]:
        return [[written(value) for value in row.values()]
                for row in self._arrow.slice(0, SHOWN).to_pylist()]  # fmt: skip

    def _more(self) -> list[str]:
        hidden = len(self) - SHOWN
        return [f"… and {hidden:,} more rows"] if hidden > 0 else []


def written(value: object) -> str:
    """A value for display: numbers with six digits, a dash if missing."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.6g}" if abs(value) < 1e5 else f"{value:,.0f}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return ", ".join(map(written, value))
    return str(value)


def from_rows(
    name: str,
    rows: Iterable[Mapping[str, object]],
    schema: Mapping[str, pa.DataType],
    about: str = "",
) -> Table:
    """A table made of rows, each with the columns of the schema or fewer."""
    return Table(pa.Table.from_pylist(list(rows), pa.schema(list(schema.items()))), name, about)


def of_texts(name: str, rows: Iterable[Mapping[str, object]], columns: Iterable[str]) -> Table:
    """A table of texts, made of rows."""
    return from_rows(name, rows, dict.fromkeys(columns, pa.string()))


def columns_of(data: object) -> dict[str, Sequence[Any]]:
    """The columns of a mapping, a data frame, or anything with the PyCapsule interface.

    Raises SojournError for anything else, and for columns of unequal length.
    """
    if isinstance(data, Mapping):
        single = [name for name in data if not is_list(data[name])]
        if single:
            what = f"the column `{single[0]}` is no list of values"
            raise SojournError(Problem(what, f"write `{{{single[0]!r}: [{data[single[0]]!r}]}}`"))
        columns: dict[str, Sequence[Any]] = {str(name): list(data[name]) for name in data}
    elif hasattr(data, "__arrow_c_stream__"):
        table = arrow_of(data)
        columns = {name: table[name].to_pylist() for name in table.column_names}
    else:
        raise SojournError(
            Problem(
                f"`{type(data).__name__}` is not a table",
                "give a data frame, an Arrow table, or a mapping of columns",
            )
        )
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        raise SojournError(Problem(f"the columns have unequal lengths: {lengths}"))
    return columns


def is_list(value: object) -> bool:
    """Whether a value is several: a list, an array, a column; a text is one."""
    return isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping)


def arrow_of(data: object) -> pa.Table:
    """A `pyarrow.Table` of any object with the PyCapsule interface."""
    return pa.RecordBatchReader.from_stream(data).read_all()


def _write_csv(table: pa.Table, stream: BinaryIO) -> None:
    """One header line and a line for each row; an empty field is a missing value."""
    import csv
    import io

    from sojourn.results.spreadsheets import neutral_table

    table = neutral_table(table)
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
    try:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(table.column_names)
        for batch in table.to_batches(max_chunksize=10_000):
            columns = [column.to_pylist() for column in batch.columns]
            writer.writerows(zip(*columns, strict=True))
    finally:
        text.detach()


def _needs(module: str, name: str) -> None:
    if find_spec(module) is None:
        raise SojournError(Problem(f"{name} is not installed", install(module)))
