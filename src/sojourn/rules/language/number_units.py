"""Units that numbers in conditions carry."""

from __future__ import annotations

from sojourn.population.fact_values import singular
from sojourn.rules.language.refusal import Refusal
from sojourn.rules.language.tree import Arithmetic, Constant, Dated, FactOf, Node, Years, type_of


def unit_of(node: Node) -> str:
    """The unit of a number, singular; '' if it has none."""
    if isinstance(node, FactOf | Constant | Arithmetic | Years | Dated):
        return singular(node.unit)
    return ""


def between_dates(node: Node) -> bool:
    """Whether this is the time from one date to another."""
    return (
        isinstance(node, Arithmetic)
        and node.operator == "-"
        and type_of(node.left) == "date" == type_of(node.right)
    )


def arithmetic_unit(operator: str, left: Node, right: Node, at: int) -> str:
    """The unit of a sum, difference or product of numbers."""
    first, second = unit_of(left), unit_of(right)
    if operator == "*":
        plain = {"", "share"}
        return second if first in plain else first if second in plain else ""
    if first and second and first != second:
        raise Refusal(f"{first} and {second} do not add", "use one unit", at)
    return first or second
