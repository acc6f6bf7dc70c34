"""The meaning of a condition over many cases at once, in NumPy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from sojourn.rules.language.exact_numbers import divisor
from sojourn.rules.language.tree import (
    FIRST_DAY,
    LAST_DAY,
    Arithmetic,
    AsOf,
    AtLeast,
    Comparison,
    Constant,
    Count,
    Elapsed,
    Expression,
    Extreme,
    FactOf,
    Junction,
    Known,
    Membership,
    Moved,
    Negation,
    OfMembers,
    TreeNode,
    Type,
    type_of,
)
from sojourn.rules.meaning.reference import Documented, days_of
from sojourn.study.fact_numbers import PARTS, WITH_PARTS, exact, written_exactly
from sojourn.study.fact_types import mask, members

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Truth = NDArray[np.int8]
    """1 true, 0 false, −1 unknown."""
    Column: TypeAlias = Any
    """An array: of text and set, objects with None; of yes-no, int8 as truth; of all else, float64
    with NaN for unknown. Or `Wholes`."""


def evaluate_arrays(
    expression: Expression, columns: Mapping[str, Column], count: int | None = None
) -> Truth:
    """Whether a checked condition holds, for every case: int8, 1 true, 0 false, −1 unknown.

    `columns` are as `column` makes them, of one length; `count` is that length where the
    condition reads no fact.
    """
    import numpy as np  # noqa: PLC0415  (checking a study needs no arrays)

    if count is None:
        first = next(iter(columns.values()), [None])
        count = len(first.values if isinstance(first, Wholes) else first)
    return np.ascontiguousarray(np.broadcast_to(_truth(expression.root, columns), (count,)))


def column(values: Sequence[Documented], kind: Type) -> Column:
    """Documented values of one fact as an array that `evaluate_arrays` takes."""
    import numpy as np  # noqa: PLC0415

    if kind in {"text", "set"}:
        made = np.empty(len(values), dtype=object)
        made[:] = values
        return made
    if kind == "yes-no":
        return np.array([-1 if value is None else int(bool(value)) for value in values], np.int8)
    return np.array([_number(value) for value in values], np.float64)


def measured(values: NDArray[np.float64]) -> Wholes:
    """Results of a run as a column: doubles, each the decimal of 15 digits that is nearest."""
    import numpy as np  # noqa: PLC0415

    unknown = np.isnan(values)
    finite = np.nan_to_num(values)
    exact_values = [written_exactly(value) for value in finite.tolist()]
    parts = lcm(*(value.denominator for value in exact_values))
    wholes = np.empty(len(exact_values), object)
    wholes[:] = [int(value * parts) for value in exact_values]
    return Wholes(wholes, unknown, parts)


def _number(value: Documented) -> float:
    if value is None:
        return float("nan")
    return days_of(value) if isinstance(value, date | str) else float(value)


def _truth(node: TreeNode, columns: Mapping[str, Column]) -> Truth:  # noqa: PLR0912 -- one case a kind of node
    """A node of type yes-no."""
    import numpy as np  # noqa: PLC0415

    match node:
        case FactOf(name=name):
            return np.asarray(columns[name], np.int8)
        case Constant(value=value):
            return np.array([value is True], np.int8)
        case Known(operand=operand):
            return (~_unknown(operand, columns)).astype(np.int8)
        case OfMembers(quantifier=quantifier, fact=fact, options=options):
            held, known = _masks(fact, columns)
            within = mask(options, fact.values)
            holds = (held & within) != 0 if quantifier == "any" else (held & ~within) == 0
            return np.where(known, holds.astype(np.int8), np.int8(-1))
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
        case AtLeast(count=count, operands=operands):
            truths = [_truth(operand, columns) for operand in operands]
            true, false = (sum((each == value).astype(np.int16) for each in truths)
                           for value in (1, 0))  # fmt: skip
            decided = np.where(len(operands) - false < count, np.int8(0), np.int8(-1))
            return np.where(true >= count, np.int8(1), decided).astype(np.int8)
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


def _unknown(node: TreeNode, columns: Mapping[str, Column]) -> NDArray[np.bool_]:
    """Where a node of any type has no value."""
    import numpy as np  # noqa: PLC0415

    kind = type_of(node)
    if kind == "yes-no":
        return np.asarray(_truth(node, columns) < 0)
    if kind in {"text", "set"}:
        return _missing(_text(node, columns))
    return _numbers(node, columns).unknown


def _missing(texts: Column) -> NDArray[np.bool_]:
    import numpy as np  # noqa: PLC0415

    return np.fromiter((value is None for value in texts), np.bool_, len(texts))


def _text(node: TreeNode, columns: Mapping[str, Column]) -> Column:
    import numpy as np  # noqa: PLC0415

    if isinstance(node, FactOf):
        return columns[node.name]
    assert isinstance(node, Constant)
    return np.array([node.value], dtype=object)


def _masks(
    fact: FactOf, columns: Mapping[str, Column]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Sets as masks of their members, and where they are known."""
    import numpy as np  # noqa: PLC0415

    column = columns[fact.name]
    found = {value: mask(members(value), fact.values) for value in set(column) if value is not None}
    held = np.fromiter((found.get(value, 0) for value in column), np.int64, len(column))
    return held, ~_missing(column)


class Wholes(NamedTuple):
    """Numbers, durations in days, or dates in days since 1970-01-01, counted in parts of one."""

    values: NDArray[Any]
    """int64, or Python integers where those may be too small; of no meaning where unknown."""
    unknown: NDArray[np.bool_]
    parts: int = 1

    def within(self, parts: int) -> Wholes:
        """The same, counted in smaller parts."""
        return Wholes(_times(self.values, parts // self.parts), self.unknown, parts)


def _numbers(node: TreeNode, columns: Mapping[str, Column]) -> Wholes:  # noqa: PLR0912 -- one case a kind of node
    import numpy as np  # noqa: PLC0415

    match node:
        case FactOf(name=name, type="date"):
            days = np.asarray(columns[name], np.float64)
            return Wholes(np.nan_to_num(days).astype(np.int64), np.isnan(days))
        case Count(fact=FactOf() as fact):
            masks, known = _masks(fact, columns)
            return Wholes(np.bitwise_count(masks).astype(np.int64), ~known)
        case FactOf(name=name):
            held = columns[name]
            return held if isinstance(held, Wholes) else _documented(np.asarray(held, np.float64))
        case Constant(value=date() as day):
            return _constant(Fraction(days_of(day)))
        case Constant(value=Fraction() as value):
            return _constant(value)
        case Elapsed(unit=unit, first=first, last=last):
            one, other = _days(first, columns), _days(last, columns)
            count = _full_years if unit == "year" else _full_months
            return Wholes(count(one.values, other.values), one.unknown | other.unknown)
        case Moved(day=day, months=months):
            moved = _days(day, columns)
            return Wholes(_months_later(moved.values, months), moved.unknown)
        case AsOf(on=on, steps=steps):
            now = _numbers(on, columns)
            found = _alike([_numbers(value, columns) for _, value in steps])
            values, unknown = found[0].values, np.asarray(True)
            for (start, _), each in zip(steps, found, strict=True):
                past = now.values >= start * now.parts
                values, unknown = np.where(past, each.values, values), unknown & ~past
            return Wholes(values, unknown | now.unknown, found[0].parts)
        case Extreme(operator=operator, operands=operands):
            sides = _alike([_numbers(operand, columns) for operand in operands])
            choose = np.maximum if operator == "max" else np.minimum
            made = sides[0]
            for side in sides[1:]:
                made = Wholes(
                    choose(made.values, side.values), made.unknown | side.unknown, made.parts
                )
            return made
        case Arithmetic():
            return _arithmetic(node, columns)
        case _:
            raise AssertionError("not a number")


def _arithmetic(node: Arithmetic, columns: Mapping[str, Column]) -> Wholes:
    left = _numbers(node.left, columns)
    if node.operator == "/":
        by = divisor(node.right)
        values = _times(left.values, by.denominator if by > 0 else -by.denominator)
        return Wholes(values, left.unknown, left.parts * abs(by.numerator))
    right = _numbers(node.right, columns)
    unknown = left.unknown | right.unknown
    if node.operator == "*":
        roomy = _roomy(_greatest(left.values) * _greatest(right.values), left.values, right.values)
        return Wholes(roomy[0] * roomy[1], unknown, left.parts * right.parts)
    left, right = _alike([left, right])
    roomy = _roomy(_greatest(left.values) + _greatest(right.values), left.values, right.values)
    values = roomy[0] + roomy[1] if node.operator == "+" else roomy[0] - roomy[1]
    return Wholes(values, unknown, left.parts)


def _documented(column: NDArray[np.float64]) -> Wholes:
    import numpy as np  # noqa: PLC0415

    unknown = np.isnan(column)
    known = np.nan_to_num(column)
    if not known.size or np.abs(known).max() <= WITH_PARTS:
        return Wholes(np.floor(known * PARTS + 0.5).astype(np.int64), unknown, PARTS)
    values = np.empty(known.shape, object)
    values[:] = [int(exact(value) * PARTS) for value in known.tolist()]
    return Wholes(values, unknown, PARTS)


def _constant(value: Fraction) -> Wholes:
    import numpy as np  # noqa: PLC0415

    kind = np.int64 if abs(value.numerator) < _ROOM else object
    return Wholes(np.array([value.numerator], kind), np.array([False]), value.denominator)


_ROOM = 2**62


def _greatest(values: NDArray[Any]) -> int:
    return int(abs(values).max()) if values.size else 0


def _roomy(greatest: int, *arrays: NDArray[Any]) -> tuple[NDArray[Any], ...]:
    """The arrays, in a type that holds a result of this magnitude."""
    return arrays if greatest < _ROOM else tuple(each.astype(object) for each in arrays)


def _times(values: NDArray[Any], factor: int) -> NDArray[Any]:
    if factor == 1:
        return values
    (roomy,) = _roomy(max(_greatest(values), 1) * abs(factor), values)
    return roomy * factor


def _alike(numbers: Sequence[Wholes]) -> list[Wholes]:
    """The numbers, counted in the same parts."""
    parts = lcm(*(each.parts for each in numbers))
    return [each.within(parts) for each in numbers]


def _days(node: TreeNode, columns: Mapping[str, Column]) -> Wholes:
    """Dates within the years 1 to 9999, as datetime64 days; part of a day is the day."""
    import numpy as np  # noqa: PLC0415

    held = _numbers(node, columns)
    whole = np.minimum(np.maximum(held.values // held.parts, FIRST_DAY), LAST_DAY)
    return Wholes(whole.astype(np.int64).astype("datetime64[D]"), held.unknown)


def _full_years(first: NDArray[Any], last: NDArray[Any]) -> NDArray[np.int64]:
    import numpy as np  # noqa: PLC0415

    parts = []
    for dates in (first, last):
        months = dates.astype("datetime64[M]")
        years = months.astype("datetime64[Y]")
        place = (months - years).astype(np.int64) * 100 + (dates - months).astype(np.int64)
        parts.append((years.astype(np.int64), place))
    (first_year, first_place), (last_year, last_place) = parts
    return np.asarray(last_year - first_year - (last_place < first_place), np.int64)


def _full_months(first: NDArray[Any], last: NDArray[Any]) -> NDArray[np.int64]:
    import numpy as np  # noqa: PLC0415

    one, other = first.astype("datetime64[M]"), last.astype("datetime64[M]")
    due = np.minimum((first - one).astype(np.int64), _length(other) - 1)
    months = (other - one).astype(np.int64)
    return np.asarray(months - ((last - other).astype(np.int64) < due), np.int64)


def _months_later(days: NDArray[Any], months: int) -> NDArray[np.int64]:
    import numpy as np  # noqa: PLC0415

    month = days.astype("datetime64[M]")
    moved = month + months
    place = np.minimum((days - month).astype(np.int64), _length(moved) - 1)
    found = np.clip(moved.astype("datetime64[D]").astype(np.int64) + place, FIRST_DAY, LAST_DAY)
    return np.asarray(found, np.int64)


def _length(months: NDArray[Any]) -> NDArray[np.int64]:
    """The days of each month."""
    import numpy as np  # noqa: PLC0415

    ends = (months + 1).astype("datetime64[D]") - months.astype("datetime64[D]")
    return np.asarray(ends.astype(np.int64), np.int64)


def _compared(
    operator: str, left: TreeNode, right: TreeNode, columns: Mapping[str, Column]
) -> Truth:
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
        one, other = _alike([_numbers(left, columns), _numbers(right, columns)])
        first, second, missing = one.values, other.values, one.unknown | other.unknown
    holds = {
        "=": np.equal, "!=": np.not_equal, "<": np.less, "<=": np.less_equal,
        ">": np.greater, ">=": np.greater_equal,
    }[operator](first, second)  # fmt: skip
    return np.where(missing, np.int8(-1), np.asarray(holds, np.int8)).astype(np.int8)
