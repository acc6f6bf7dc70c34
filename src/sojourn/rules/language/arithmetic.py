"""Arithmetic of conditions: what may be added, multiplied and divided, and what moves a date."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from sojourn.rules.language.number_units import calendar_part, unit_of
from sojourn.rules.language.refusal import Refusal
from sojourn.rules.language.tree import (
    Arithmetic,
    Constant,
    Elapsed,
    FactOf,
    Moved,
    TreeNode,
    Type,
    type_of,
    walk,
)
from sojourn.rules.meaning.reference import number_of

SIGNS = {"+": "+", "-": "−", "*": "×", "/": "/"}
RESULTS: dict[tuple[str, Type, Type], Type] = {
    ("+", "number", "number"): "number",
    ("-", "number", "number"): "number",
    ("*", "number", "number"): "number",
    ("*", "number", "duration"): "duration",
    ("*", "duration", "number"): "duration",
    ("/", "number", "number"): "number",
    ("/", "duration", "number"): "duration",
    ("+", "duration", "duration"): "duration",
    ("-", "duration", "duration"): "duration",
    ("+", "date", "duration"): "date",
    ("+", "duration", "date"): "date",
    ("-", "date", "duration"): "date",
    ("-", "date", "date"): "duration",
}


MOST_MONTHS = 12_000
"""Calendar months by which a date is moved at most: a thousand years."""


def moved(node: Arithmetic, left: TreeNode, right: TreeNode) -> TreeNode:
    """A date and a duration: months and years that stand alone move it by the calendar."""
    day, length = (left, right) if type_of(left) == "date" else (right, left)
    months = calendar_part(length)
    if months is None:
        return Arithmetic(node.operator, left, right, node.at, "date")
    if length is not months:
        raise Refusal(
            "months and years beside a date are calendar months: they stand alone",
            "as: filed + 6 months + 10 days",
            months.at,
        )
    count = months.months
    assert count is not None
    if count.denominator != 1 or abs(count) > MOST_MONTHS:
        raise Refusal(
            f"a date is moved by {float(count):g} months",
            f"write whole months, at most {MOST_MONTHS:,}, or days",
            months.at,
        )
    return Moved(day, int(count if node.operator == "+" else -count), node.at)


def divided(node: Arithmetic, left: TreeNode, right: TreeNode, kind: Type) -> TreeNode:
    """A division by a number that is the same for all cases."""
    if any(isinstance(part, FactOf | Elapsed) for part in walk(right)) or unit_of(right) not in {
        "", "share",
    }:  # fmt: skip
        raise Refusal(
            "only a number without unit divides",
            "multiply the other side instead, as: served >= 55 % * sentence",
            right.at,
        )
    by = number_of(right, {})
    if not by:
        raise Refusal("a division by zero", "write another number", right.at)
    number = Fraction(by)
    if isinstance(left, Constant) and isinstance(left.value, Fraction):
        months = None if left.months is None else left.months / number
        return replace(left, value=left.value / number, months=months, at=node.at)
    constant = Constant(number, "number", "", right.at)
    unit = unit_of(left) if kind == "number" else ""
    return Arithmetic("/", left, constant, node.at, kind, unit)


def of_months(node: Arithmetic, left: TreeNode, right: TreeNode) -> Constant | None:
    """Arithmetic of durations that were written in months and years, as one such duration."""
    if not (isinstance(left, Constant) and isinstance(right, Constant)):
        return None
    one, other = left.value, right.value
    assert isinstance(one, Fraction) and isinstance(other, Fraction)
    if node.operator == "*":
        count, length = (one, right) if left.type == "number" else (other, left)
        months = None if length.months is None else length.months * count
        return Constant(one * other, "duration", "day", node.at, months)
    if left.months is None or right.months is None:
        return None
    sign = 1 if node.operator == "+" else -1
    months = left.months + sign * right.months
    return Constant(one + sign * other, "duration", "day", node.at, months)
