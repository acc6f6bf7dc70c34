"""The meaning of a condition for one case, in plain Python: the slow reference."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date

from sojourn.rules.language.tree import (
    EPOCH,
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
    Name,
    Negation,
    Node,
    Passage,
    Years,
)

Value = str | float | bool | None
"""A value in evaluation; dates are days since 1970-01-01, None is unknown."""

Documented = str | float | bool | date | None
"""A fact as documented; dates as dates or as ISO text."""
Case = Mapping[str, Documented]
"""The facts of a case by name; what is missing, or None, is undocumented."""


def evaluate(expression: Expression, row: Mapping[str, Documented]) -> bool | None:
    """Whether a checked condition holds for one case; None if that is unknown.

    A fact that `row` lacks, None and NaN are undocumented.
    """
    found = _value(expression.root, row)
    assert found is None or isinstance(found, bool)
    return found


def value_of(node: Node, row: Mapping[str, Documented]) -> Value:
    """The value of any part of a checked condition for one case; None if that is unknown."""
    return _value(node, row)


def days_of(value: date | str) -> float:
    """Days since 1970-01-01 of a date or its ISO text."""
    day = date.fromisoformat(value) if isinstance(value, str) else value
    return float(day.toordinal() - EPOCH)


def _value(node: Node, row: Mapping[str, Documented]) -> Value:
    match node:
        case FactOf(name=name, type=kind):
            return _documented(row.get(name), kind)
        case Constant(value=value):
            return days_of(value) if isinstance(value, date) else value
        case Known(operand=operand):
            return _value(operand, row) is not None
        case Arithmetic():
            return _arithmetic(node, row)
        case Years(first=first, last=last):
            return _full_years(_value(first, row), _value(last, row))
        case Dated(on=on, steps=steps):
            day = _value(on, row)
            assert day is None or isinstance(day, float)
            past = [value for start, value in steps if day is not None and start <= day]
            return _value(past[-1], row) if past else None
        case Comparison(operator=operator, left=left, right=right):
            return _compared(operator, _value(left, row), _value(right, row))
        case Membership(item=item, options=options):
            held = _value(item, row)
            return _any([_compared("=", held, _value(option, row)) for option in options])
        case Negation(operand=operand):
            inner = _value(operand, row)
            return None if inner is None else not inner
        case Junction(operator=operator, operands=operands):
            values = [_value(operand, row) for operand in operands]
            return _any(values) if operator == "or" else _all(values)
        case Name() | Passage():
            raise AssertionError(f"{node} is unchecked")


def _documented(value: Documented, kind: str) -> Value:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if kind == "date":
        assert isinstance(value, date | str)
        return days_of(value)
    if kind in {"number", "duration"}:
        assert isinstance(value, int | float)
        return float(value)
    assert isinstance(value, bool | str)
    return value


def _arithmetic(node: Arithmetic, row: Mapping[str, Documented]) -> float | None:
    left, right = _value(node.left, row), _value(node.right, row)
    if left is None or right is None:
        return None
    assert isinstance(left, float) and isinstance(right, float)
    if node.operator == "+":
        return left + right
    return left - right if node.operator == "-" else left * right


def date_of(days: float) -> date:
    """The date of days since 1970-01-01, within the years 1 to 9999; part of a day is the day."""
    return date.fromordinal(EPOCH + max(FIRST_DAY, min(LAST_DAY, math.floor(days))))


def full_years(first: date, last: date) -> int:
    """Full years from one date to another, as `Years` says."""
    before = (last.month, last.day) < (first.month, first.day)
    return last.year - first.year - before


def _full_years(first: Value, last: Value) -> float | None:
    if first is None or last is None:
        return None
    assert isinstance(first, float) and isinstance(last, float)
    return float(full_years(date_of(first), date_of(last)))


_ORDER: dict[str, Callable[[float, float], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def _compared(operator: str, left: Value, right: Value) -> bool | None:
    if left is None or right is None:
        return None
    if operator == "=":
        return left == right
    if operator == "!=":
        return left != right
    assert isinstance(left, float) and isinstance(right, float)
    return _ORDER[operator](left, right)


def _any(values: list[Value]) -> bool | None:
    if any(value is True for value in values):
        return True
    return None if any(value is None for value in values) else False


def _all(values: list[Value]) -> bool | None:
    if any(value is False for value in values):
        return False
    return None if any(value is None for value in values) else True
