"""The meaning of a condition over many cases at once, in NumPy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from sojourn.rules.language.tree import (
    FIRST_DAY,
    LAST_DAY,
    Arithmetic,
    Comparison,
    Constant,
    Dated,
    Expression,
    FactOf,
    Junction,
    Known,
    Membership,
    Negation,
    Node,
    Type,
    Years,
    type_of,
)
from sojourn.rules.meaning.reference import Documented, days_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Truth = NDArray[np.int8]
    """1 true, 0 false, −1 unknown."""
    Column = NDArray[Any]
    """Text: objects with None; yes-no: int8 as truth; all else: float64 with NaN for unknown."""


def evaluate_arrays(
    expression: Expression, columns: Mapping[str, Column], count: int | None = None
) -> Truth:
    """Whether a checked condition holds, for every case: int8, 1 true, 0 false, −1 unknown.

    `columns` are as `column` makes them, of one length; `count` is that length where the
    condition reads no fact.
    """
    import numpy as np  # noqa: PLC0415  (checking a study needs no arrays)

    if count is None:
        count = len(next(iter(columns.values()))) if columns else 1
    return np.ascontiguousarray(np.broadcast_to(_truth(expression.root, columns), (count,)))


def column(values: Sequence[Documented], kind: Type) -> Column:
    """Documented values of one fact as an array that `evaluate_arrays` takes."""
    import numpy as np  # noqa: PLC0415

    if kind == "text":
        made = np.empty(len(values), dtype=object)
        made[:] = values
        return made
    if kind == "yes-no":
        return np.array([-1 if value is None else int(bool(value)) for value in values], np.int8)
    return np.array([_number(value) for value in values], np.float64)


def _number(value: Documented) -> float:
    if value is None:
        return float("nan")
    return days_of(value) if isinstance(value, date | str) else float(value)


def _truth(node: Node, columns: Mapping[str, Column]) -> Truth:
    """A node of type yes-no."""
    import numpy as np  # noqa: PLC0415

    match node:
        case FactOf(name=name):
            return np.asarray(columns[name], np.int8)
        case Constant(value=value):
            return np.array([value is True], np.int8)
        case Known(operand=operand):
            return (~_unknown(operand, columns)).astype(np.int8)
        case Comparison(operator=operator, left=left, right=right):
            return _compared(operator, left, right, columns)
        case Membership(item=item, options=options):
            found = np.array([0], np.int8)
            for option in options:
                found = _either(found, _compared("=", item, option, columns))
            return found
        case Negation(operand=operand):
            inner = _truth(operand, columns)
            return np.where(inner < 0, np.int8(-1), np.int8(1) - inner).astype(np.int8)
        case Junction(operator="or", operands=operands):
            found = _truth(operands[0], columns)
            for operand in operands[1:]:
                found = _either(found, _truth(operand, columns))
            return found
        case Junction(operands=operands):
            found = _truth(operands[0], columns)
            for operand in operands[1:]:
                found = _both(found, _truth(operand, columns))
            return found
        case _:
            raise AssertionError("not a checked condition")


def _either(left: Truth, right: Truth) -> Truth:
    import numpy as np  # noqa: PLC0415

    unknown = np.where((left < 0) | (right < 0), np.int8(-1), np.int8(0))
    return np.where((left == 1) | (right == 1), np.int8(1), unknown).astype(np.int8)


def _both(left: Truth, right: Truth) -> Truth:
    import numpy as np  # noqa: PLC0415

    unknown = np.where((left < 0) | (right < 0), np.int8(-1), np.int8(1))
    return np.where((left == 0) | (right == 0), np.int8(0), unknown).astype(np.int8)


def _unknown(node: Node, columns: Mapping[str, Column]) -> NDArray[np.bool_]:
    """Where a node of any type has no value."""
    import numpy as np  # noqa: PLC0415

    kind = type_of(node)
    if kind == "yes-no":
        return np.asarray(_truth(node, columns) < 0)
    if kind == "text":
        return _missing(_text(node, columns))
    return np.asarray(np.isnan(_numbers(node, columns)))


def _missing(texts: Column) -> NDArray[np.bool_]:
    import numpy as np  # noqa: PLC0415

    return np.fromiter((value is None for value in texts), np.bool_, len(texts))


def _text(node: Node, columns: Mapping[str, Column]) -> Column:
    import numpy as np  # noqa: PLC0415

    if isinstance(node, FactOf):
        return columns[node.name]
    assert isinstance(node, Constant)
    return np.array([node.value], dtype=object)


def _numbers(node: Node, columns: Mapping[str, Column]) -> NDArray[np.float64]:
    """A number, a duration in days, or a date as days since 1970-01-01; NaN where unknown."""
    import numpy as np  # noqa: PLC0415

    if isinstance(node, FactOf):
        return np.asarray(columns[node.name], np.float64)
    if isinstance(node, Constant):
        assert isinstance(node.value, float | date)
        return np.array([_number(node.value)], np.float64)
    if isinstance(node, Years):
        return _full_years(_numbers(node.first, columns), _numbers(node.last, columns))
    if isinstance(node, Dated):
        on = _numbers(node.on, columns)
        found = np.full(on.shape, np.nan)
        for start, value in node.steps:
            found = np.where(on >= start, _numbers(value, columns), found)
        return found
    assert isinstance(node, Arithmetic)
    left, right = _numbers(node.left, columns), _numbers(node.right, columns)
    if node.operator == "+":
        return left + right
    return left - right if node.operator == "-" else left * right


def _full_years(first: NDArray[np.float64], last: NDArray[np.float64]) -> NDArray[np.float64]:
    """Full years between days since 1970-01-01; NaN where either is."""
    import numpy as np  # noqa: PLC0415

    parts = []
    for days in (first, last):
        whole = np.clip(np.floor(np.nan_to_num(days)), FIRST_DAY, LAST_DAY)
        dates = whole.astype(np.int64).astype("datetime64[D]")
        months = dates.astype("datetime64[M]")
        years = months.astype("datetime64[Y]")
        place = (months - years).astype(np.int64) * 100 + (dates - months).astype(np.int64)
        parts.append((years.astype(np.int64), place))
    (first_year, first_place), (last_year, last_place) = parts
    found = (last_year - first_year - (last_place < first_place)).astype(np.float64)
    return np.where(np.isnan(first) | np.isnan(last), np.nan, found)


def _compared(operator: str, left: Node, right: Node, columns: Mapping[str, Column]) -> Truth:
    import numpy as np  # noqa: PLC0415

    kind = type_of(left)
    first: Column
    second: Column
    if kind == "text":
        first, second = _text(left, columns), _text(right, columns)
        missing = _missing(first) | _missing(second)
    elif kind == "yes-no":
        first, second = _truth(left, columns), _truth(right, columns)
        missing = (first < 0) | (second < 0)
    else:
        first, second = _numbers(left, columns), _numbers(right, columns)
        missing = np.isnan(first) | np.isnan(second)
    holds = {
        "=": np.equal, "!=": np.not_equal, "<": np.less, "<=": np.less_equal,
        ">": np.greater, ">=": np.greater_equal,
    }[operator](first, second)  # fmt: skip
    return np.where(missing, np.int8(-1), np.asarray(holds, np.int8)).astype(np.int8)
