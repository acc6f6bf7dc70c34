"""Units that numbers in conditions carry."""

from __future__ import annotations

from sojourn.rules.refusal import Refusal
from sojourn.rules.tree import Arithmetic, Constant, FactOf, Node

DAYS = {"hour": 1 / 24, "day": 1.0, "week": 7.0, "month": 30.4375, "year": 365.25}
"""Days in each unit of duration; a month is a twelfth of a year."""

_SAME = {"people": "person", "persons": "person", "%": "%", "shares": "share"}


def singular(unit: str) -> str:
    """A unit in one spelling: `arrests` and `arrest` are the same, as `people` and `person`."""
    word, per, rest = unit.strip().partition(" per ")
    word = _SAME.get(word, word[:-1] if len(word) > 3 and word.endswith("s") else word)
    return f"{word}{per}{rest}"


def unit_of(node: Node) -> str:
    """The unit of a number, singular; '' if it has none."""
    return singular(node.unit) if isinstance(node, FactOf | Constant | Arithmetic) else ""


def arithmetic_unit(operator: str, left: Node, right: Node, at: int) -> str:
    """The unit of a sum, difference or product of numbers."""
    first, second = unit_of(left), unit_of(right)
    if operator == "*":
        plain = {"", "share"}
        return second if first in plain else first if second in plain else ""
    if first and second and first != second:
        raise Refusal(f"{first} and {second} do not add", "use one unit", at)
    return first or second
