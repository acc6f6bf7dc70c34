"""Units that numbers in conditions carry."""

from __future__ import annotations

from sojourn.rules.language.refusal import Refusal
from sojourn.rules.language.tree import (
    Arithmetic,
    AsOf,
    Constant,
    Elapsed,
    Extreme,
    FactOf,
    TreeNode,
    children,
    type_of,
)
from sojourn.study.units import singular


def unit_of(node: TreeNode) -> str:
    """The unit of a number, singular; '' if it has none."""
    if isinstance(node, FactOf | Constant | Arithmetic | Extreme | Elapsed | AsOf):
        return singular(node.unit)
    return ""


def between_dates(node: TreeNode) -> bool:
    """Whether the time from one date to another is part of this duration."""
    if type_of(node) != "duration":
        return False
    if isinstance(node, Arithmetic) and type_of(node.left) == "date":
        return True
    return any(between_dates(part) for part in children(node))


def calendar_part(node: TreeNode) -> Constant | None:
    """The first duration of a value that was written in months or years, if there is one."""
    if isinstance(node, Constant):
        return node if node.months else None
    if type_of(node) not in {"duration", "number"}:
        return None
    return next(filter(None, map(calendar_part, children(node))), None)


def arithmetic_unit(operator: str, left: TreeNode, right: TreeNode, at: int) -> str:
    """The unit of a sum, difference or product of numbers."""
    first, second = unit_of(left), unit_of(right)
    plain = {"", "share"}
    if operator == "*":
        return second if first in plain else first if second in plain else ""
    if operator == "/":
        return first
    if first and second and first != second:
        raise Refusal(f"{first} and {second} do not add", "use one unit", at)
    return first or second
