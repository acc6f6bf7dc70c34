"""A checked condition written in the rule language; parsing the text gives the same meaning."""

from __future__ import annotations

from datetime import date

from sojourn.rules.language.number_units import between_dates
from sojourn.rules.language.tree import (
    Arithmetic,
    Comparison,
    Constant,
    Dated,
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
from sojourn.rules.meaning.reference import date_of

_LONG = (("year", 365.25), ("week", 7.0), ("day", 1.0))
"""Units in which a duration is written, longest first; months are told in days."""


def written(node: Node) -> str:  # noqa: PLR0912 -- one case a kind of node
    """The node as text that `parse` and `check` read back.

    Terms are written out. The only text that cannot be read back is `known(a and b)` from a term.
    """
    match node:
        case FactOf(name=name) | Name(name=name):
            return name
        case Constant():
            return constant(node)
        case Known(operand=operand):
            return f"known({written(operand)})"
        case Arithmetic(operator=operator, left=left, right=right):
            sign = {"+": "+", "-": "−", "*": "×"}[operator]
            plain = node.type == "date"
            return f"{_factor(left, plain)} {sign} {_factor(right, plain)}"
        case Years(first=first, last=last):
            return f"years({written(first)}, {written(last)})"
        case Dated(on=on, steps=steps):
            return f"{_changing(steps)} by {written(on)}"
        case Passage(expression=expression):
            return written(expression.root)
        case Comparison(operator=operator, left=left, right=right):
            plain = between_dates(left) or between_dates(right)
            return f"{_side(left, plain)} {operator} {_side(right, plain)}"
        case Membership():
            return _member(node, "in")
        case Negation(operand=Membership() as inner):
            return _member(inner, "not in")
        case Negation(operand=FactOf() | Known() as inner):
            return f"not {written(inner)}"
        case Negation(operand=inner):
            return f"not ({written(inner)})"
        case Junction(operator=operator, operands=operands):
            return f" {operator} ".join(_joined(operand) for operand in operands)


def _changing(steps: tuple[tuple[float, Constant], ...]) -> str:
    """A value that changes on dates, for people: the language can only refer to it by name."""
    told = ", ".join(f"from {date_of(start)} {constant(value)}" for start, value in steps)
    return f"({told})"


def constant(node: Constant) -> str:
    """A value as it stands in a condition: `'US'`, `30 %`, `90 days`, `2025-02-04`, `yes`."""
    value = node.value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if node.type == "duration":
        return duration(value)
    if node.unit == "share":
        return f"{value * 100:.15g} %"
    return f"{number(value)} {node.unit}".strip()


def number(value: float) -> str:
    """A number in digits, without exponent."""
    return (
        f"{value:.15g}" if 1e-4 <= abs(value) < 1e15 or value == 0 else f"{value:.20f}".rstrip("0")
    )


def duration(days: float) -> str:
    """A number of days in the longest unit that divides it."""
    for unit, length in _LONG:
        count = days / length
        if count == int(count) and count and (unit != "week" or abs(count) < 9):
            return f"{count:.0f} {unit}{'' if abs(count) == 1 else 's'}"
    return f"{number(days)} days"


def _member(node: Membership, word: str) -> str:
    plain = between_dates(node.item)
    options = ", ".join(_side(option, plain) for option in node.options)
    return f"{_side(node.item)} {word} ({options})"


def _side(node: Node, plain: bool = False) -> str:
    """A side of a comparison: bracketed unless it is a value; in days if `plain`."""
    text = _in_days(node) if plain else written(node)
    grouped = isinstance(node, Junction | Negation | Comparison | Membership)
    return f"({text})" if grouped else text


def _joined(node: Node) -> str:
    """A part of an `and` or an `or`."""
    text = written(node)
    return f"({text})" if isinstance(node, Junction) else text


def _in_days(node: Node) -> str:
    """The node, with durations in days: years are refused with dates."""
    if isinstance(node, Constant) and node.type == "duration" and isinstance(node.value, float):
        return f"{number(node.value)} day{'' if abs(node.value) == 1 else 's'}"
    return written(node)


def _factor(node: Node, plain: bool = False) -> str:
    text = _in_days(node) if plain else written(node)
    return f"({text})" if isinstance(node, Arithmetic) else text
