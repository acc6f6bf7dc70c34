"""Result tables as Arrow: schemas made from `columns`, and builders that check what they get."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sojourn.results.column_specs import ColumnSpec
from sojourn.results.columns import SPECS

_TYPES: dict[str, Any] = {
    "text": pa.dictionary(pa.int32(), pa.string()),
    "int32": pa.int32(),
    "int64": pa.int64(),
    "double": pa.float64(),
    "date": pa.date32(),
}


class Coded(NamedTuple):
    """A text or date column as indices into a short list of labels."""

    codes: npt.NDArray[np.integer[Any]]
    labels: Sequence[Any] | npt.NDArray[Any]


def constant(label: str, rows: int) -> Coded:
    """One text in every row."""
    return Coded(np.zeros(rows, dtype=np.int32), (label,))


@cache
def schema(name: str, *, means: bool = False) -> pa.Schema:
    """Arrow schema of a table; each field's metadata says what the column means.

    With `means`, the schema of an expected run, which holds means instead of counts.
    """
    spec = SPECS[name]
    return pa.schema(
        [
            pa.field(
                c.name,
                _TYPES["double" if means and c.mean else c.kind],
                nullable=c.nullable,
                metadata={"about": c.about},
            )
            for c in spec.columns
        ],
        metadata={"table": name, "about": spec.about},
    )


def build(name: str, columns: Mapping[str, object]) -> pa.Table:
    """Make a table from columns: NumPy arrays, sequences, Arrow arrays or `Coded`.

    Numbers may widen but never lose anything; where counts are given as floating-point arrays the
    table is that of an expected run. Raises ValueError if a column is missing, unknown,
    of another length or type, empty where it may not be, or not finite.
    """
    spec = SPECS[name]
    if set(columns) != set(spec.names):
        missing = sorted(set(spec.names) - set(columns))
        unknown = sorted(set(columns) - set(spec.names))
        raise ValueError(f"table {name}: missing columns {missing}, unknown columns {unknown}")
    means = any(_fractional(columns[column.name]) for column in spec.columns if column.mean)
    typed = [replace(c, kind="double") if means and c.mean else c for c in spec.columns]
    arrays = [_array(name, column, columns[column.name]) for column in typed]
    if len({len(array) for array in arrays}) > 1:
        lengths = {c.name: len(a) for c, a in zip(spec.columns, arrays, strict=True)}
        raise ValueError(f"table {name}: columns of unequal length {lengths}")
    return pa.Table.from_arrays(arrays, schema=schema(name, means=means))


def _fractional(values: object) -> bool:
    return isinstance(values, np.ndarray) and np.issubdtype(values.dtype, np.floating)


def from_rows(name: str, rows: Iterable[Mapping[str, object]]) -> pa.Table:
    """Make a small table from rows; a nullable column may be absent from a row."""
    spec = SPECS[name]
    names = set(spec.names)
    needed = {column.name for column in spec.columns if not column.nullable}
    kept = list(rows)
    for row in kept:
        if not needed <= row.keys() <= names:
            wrong = (row.keys() - names) | (needed - row.keys())
            raise ValueError(f"table {name}: row with missing or unknown columns {sorted(wrong)}")
    return build(name, {c: [row.get(c) for row in kept] for c in spec.names})


def empty(name: str) -> pa.Table:
    """The table without rows."""
    return schema(name).empty_table()


def _array(table: str, column: ColumnSpec, values: object) -> pa.Array:
    try:
        array = _convert(column, values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, TypeError) as error:
        raise ValueError(
            f"table {table}: column {column.name} is not {column.kind}: {error}"
        ) from error
    if array.null_count and not column.nullable:
        raise ValueError(f"table {table}: column {column.name} has empty entries")
    if column.kind == "double":
        numbers = array.drop_null() if array.null_count else array
        if not np.isfinite(numbers.to_numpy(zero_copy_only=False)).all():
            raise ValueError(f"table {table}: column {column.name} holds NaN or infinity")
    return array


def _convert(column: ColumnSpec, values: object) -> pa.Array:
    kind = _TYPES[column.kind]
    if isinstance(values, Coded):
        return _decoded(column, values)
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if isinstance(values, pa.Array):
        return values.cast(kind)
    if column.kind == "text":
        return pa.array(values, pa.string()).dictionary_encode()
    if isinstance(values, np.ndarray) or column.kind == "date":
        return _cast(pa.array(values), kind)
    return pa.array(values, kind)


def _decoded(column: ColumnSpec, values: Coded) -> pa.Array:
    codes = np.asarray(values.codes, dtype=np.int32)
    if column.kind == "text":
        return pa.DictionaryArray.from_arrays(codes, pa.array(list(values.labels), pa.string()))
    return pa.array(np.asarray(values.labels, dtype="datetime64[D]")[codes], _TYPES[column.kind])


def _cast(array: pa.Array, kind: pa.DataType) -> pa.Array:
    """Refuse values that are no dates; Arrow would convert any number or text."""
    if pa.types.is_date(kind) and not (
        pa.types.is_date(array.type) or pa.types.is_null(array.type)
    ):
        raise TypeError(f"{array.type} is no date")
    return array.cast(kind)
