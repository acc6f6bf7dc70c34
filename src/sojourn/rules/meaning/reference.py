"""The meaning of a condition for one case, in plain Python: the slow reference."""

from __future__ import annotations

import math
from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from operator import ge, gt, le, lt

from sojourn.rules.language.tree import (
    EPOCH,
    FIRST_DAY,
    LAST_DAY,
    Arithmetic,
    AsOf,
    AtLeast,
    Comparison,
    Constant,
    Count,
    Each,
    Elapsed,
    Expression,
    Extreme,
    FactOf,
    Junction,
    Known,
    Membership,
    Moved,
    Name,
    Negation,
    OfMembers,
    Passage,
    TreeNode,
)
from sojourn.study.fact_numbers import exact
from sojourn.study.fact_types import members

Number = int | Fraction
"""A number, a duration in days, or a date in days since 1970-01-01: exact."""
Value = str | Number | bool | None
"""A value in evaluation; None is unknown."""

Documented = str | float | bool | date | None
"""A fact as documented; dates as dates or as ISO text."""
CaseFacts = Mapping[str, Documented]
"""The facts of a case by name; what is missing, or None, is undocumented."""


def evaluate(expression: Expression, row: Mapping[str, Documented]) -> bool | None:
    """Whether a checked condition holds for one case; None if that is unknown.

    A fact that `row` lacks, None and NaN are undocumented.
    """
    found = _value(expression.root, row)
    assert found is None or isinstance(found, bool)
    return found


def value_of(node: TreeNode, row: Mapping[str, Documented]) -> Value:
    """The value of any part of a checked condition for one case; None if that is unknown."""
    return _value(node, row)


def days_of(value: date | str) -> int:
    """Days since 1970-01-01 of a date or its ISO text."""
    day = date.fromisoformat(value) if isinstance(value, str) else value
    return day.toordinal() - EPOCH


def number_of(node: TreeNode, row: Mapping[str, Documented]) -> Number | None:
    """The value of a part that is a number, a duration or a date; None if that is unknown."""
    found = _value(node, row)
    assert not isinstance(found, str | bool)
    return found


def _value(node: TreeNode, row: Mapping[str, Documented]) -> Value:  # noqa: PLR0912 -- one case a kind of node
    match node:
        case FactOf(name=name, type=kind):
            return _documented(row.get(name), kind)
        case Constant(value=value):
            return days_of(value) if isinstance(value, date) else value
        case Comparison(operator=operator, left=left, right=right):
            return _compared(operator, _value(left, row), _value(right, row))
        case Junction(operator=operator, operands=operands):
            each = (_value(operand, row) for operand in operands)
            return _settled(each, by=operator == "or")
        case Negation(operand=operand):
            inner = _value(operand, row)
            return None if inner is None else not inner
        case Known(operand=operand):
            return _value(operand, row) is not None
        case OfMembers(quantifier=quantifier, fact=fact, options=options):
            group = row.get(fact.name)
            if group is None:
                return None
            found = [member in options for member in members(str(group))]
            return any(found) if quantifier == "any" else all(found)
        case Count(fact=FactOf(name=name)):
            group = row.get(name)
            return None if group is None else len(members(str(group)))
        case Arithmetic():
            return _arithmetic(node, row)
        case Extreme(operator=operator, operands=operands):
            numbers = _numbers(operands, row)
            return None if numbers is None else max(numbers) if operator == "max" else min(numbers)
        case Elapsed(unit=unit, first=first, last=last):
            days = _numbers((first, last), row)
            if days is None:
                return None
            count = full_years if unit == "year" else full_months
            return count(date_of(days[0]), date_of(days[1]))
        case Moved(day=day, months=months):
            moved = number_of(day, row)
            return None if moved is None else days_of(months_later(date_of(moved), months))
        case AsOf(on=on, steps=steps):
            now = number_of(on, row)
            past = [value for start, value in steps if now is not None and start <= now]
            return _value(past[-1], row) if past else None
        case Membership(item=item, options=options):
            held = _value(item, row)
            alike = (_compared("=", held, _value(option, row)) for option in options)
            return _settled(alike, by=True)
        case AtLeast(count=count, operands=operands):
            values = [_value(operand, row) for operand in operands]
            true, unknown = values.count(True), values.count(None)
            return True if true >= count else False if true + unknown < count else None
        case Name() | Passage() | Each() | Count():
            raise AssertionError(f"{node} is unchecked")


def _documented(value: Documented, kind: str) -> Value:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if kind == "date":
        assert isinstance(value, date | str)
        return days_of(value)
    if kind in {"number", "duration"}:
        assert isinstance(value, int | float)
        return exact(value)
    assert isinstance(value, bool | str)
    return value


def _numbers(nodes: Sequence[TreeNode], row: Mapping[str, Documented]) -> list[Number] | None:
    """The values of numbers; None if one of them is unknown."""
    found = [number_of(node, row) for node in nodes]
    known = [value for value in found if value is not None]
    return known if len(known) == len(found) else None


def _arithmetic(node: Arithmetic, row: Mapping[str, Documented]) -> Number | None:
    sides = _numbers((node.left, node.right), row)
    if sides is None:
        return None
    left, right = sides
    match node.operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            return left / Fraction(right)


def date_of(days: Number) -> date:
    """The date of days since 1970-01-01, within the years 1 to 9999; part of a day is the day."""
    return date.fromordinal(EPOCH + max(FIRST_DAY, min(LAST_DAY, math.floor(days))))


def full_years(first: date, last: date) -> int:
    """Full years from one date to another, as `Elapsed` says."""
    before = (last.month, last.day) < (first.month, first.day)
    return last.year - first.year - before


def full_months(first: date, last: date) -> int:
    """Full calendar months from one date to another, as `Elapsed` says."""
    months = 12 * (last.year - first.year) + last.month - first.month
    return months - (last.day < min(first.day, monthrange(last.year, last.month)[1]))


def months_later(day: date, months: int) -> date:
    """The date so many calendar months later, as `Moved` says."""
    year, month = divmod(12 * day.year + day.month - 1 + months, 12)
    if not date.min.year <= year <= date.max.year:
        return date.min if year < date.min.year else date.max
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


_ORDER = {"<": lt, "<=": le, ">": gt, ">=": ge}


def _compared(operator: str, left: Value, right: Value) -> bool | None:
    if left is None or right is None:
        return None
    if operator == "=":
        return left == right
    if operator == "!=":
        return left != right
    assert not isinstance(left, str) and not isinstance(right, str)
    return bool(_ORDER[operator](left, right))


def _settled(values: Iterable[Value], *, by: bool) -> bool | None:
    """`by` if a value is that, as true settles an “or”; else unknown if one is, else the other."""
    found: bool | None = not by
    for value in values:
        if value is by:
            return by
        found = None if value is None else found
    return found
