"""The parts of a checked rule: the days on which it is not in force, its `when`, its condition."""

from __future__ import annotations

from dataclasses import dataclass

from sojourn.rules.agreement.conditions import CheckedRule
from sojourn.rules.language.tree import Comparison, Constant, FactOf, Junction, Negation, Node


@dataclass(frozen=True, slots=True)
class Anatomy:
    """The parts of a rule. It is met if one of `outside` holds, `when` is false, or it is kept."""

    outside: tuple[Node, ...]
    """Conditions that hold on the days on which the rule is not in force."""
    when: Node | None
    condition: Node
    """The condition as written; for a bar, the condition that it bars."""


def anatomy(rule: CheckedRule) -> Anatomy:
    """Take a rule apart."""
    outside, root = _force(rule)
    when = None
    if rule.rule.when is not None:
        assert isinstance(root, Junction)
        first, root = root.operands
        assert isinstance(first, Negation)
        when = first.operand
    if rule.rule.kind == "bar":
        assert isinstance(root, Negation)
        root = root.operand
    return Anatomy(outside, when, root)


def _force(rule: CheckedRule) -> tuple[tuple[Node, ...], Node]:
    """The days outside the rule's dates, and the rest; no such days if `today` is fixed."""
    root = rule.met.root
    days = [
        (sign, day)
        for sign, day in (("<", rule.rule.start), (">=", rule.rule.end))
        if day is not None
    ]
    if days and isinstance(root, Junction) and len(root.operands) == len(days) + 1:
        *outside, rest = root.operands
        if all(_is_day(node, *day) for node, day in zip(outside, days, strict=True)):
            return tuple(outside), rest
    return (), root


def _is_day(node: Node, sign: str, day: object) -> bool:
    match node:
        case Comparison(operator=operator, left=FactOf(type="date"), right=Constant(value=value)):
            return operator == sign and value == day
        case _:
            return False
