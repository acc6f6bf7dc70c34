"""Numbers of conditions as whole numbers of equal parts, and how large these can become.

Each number of a checked condition is a whole number of 1/`parts`. So every evaluator can compute
with whole numbers alone, and the greatest of them tells how many digits that takes.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from sojourn.rules.language.tree import (
    FIRST_DAY,
    LAST_DAY,
    Arithmetic,
    AsOf,
    Constant,
    Count,
    Elapsed,
    Extreme,
    FactOf,
    Moved,
    TreeNode,
)
from sojourn.study.fact_numbers import DIGITS, PARTS
from sojourn.study.fact_types import MOST_MEMBERS

MOST = 10**37
"""The greatest whole number in any evaluator: engines of SQL compute with 38 digits."""
_DAYS = max(-FIRST_DAY, LAST_DAY)


@dataclass(frozen=True, slots=True)
class Scale:
    """A number counted in `parts` of one."""

    parts: int
    greatest: int
    """No greater magnitude is possible, counted in parts."""
    widest: int
    """The greatest magnitude of any whole number on the way to it."""

    def within(self, parts: int) -> Scale:
        """The same, counted in smaller parts."""
        if parts == self.parts:
            return self
        factor = parts // self.parts
        greatest = self.greatest * factor
        return Scale(parts, greatest, max(self.widest, greatest))


def scale_of(node: TreeNode) -> Scale:  # noqa: PLR0912 -- one case a kind of node
    """How a number, a duration in days, or a date in days is counted."""
    match node:
        case FactOf(type="date"):
            return Scale(1, _DAYS, _DAYS)
        case FactOf(greatest=greatest):
            return Scale(PARTS, greatest * PARTS, greatest * PARTS)
        case Constant(value=value):
            if not isinstance(value, Fraction):
                return Scale(1, _DAYS, _DAYS)
            return Scale(value.denominator, abs(value.numerator), abs(value.numerator))
        case Count():
            return Scale(1, MOST_MEMBERS, MOST_MEMBERS)
        case Elapsed(first=first, last=last):
            least = 12 * 10_000
            widest = max(scale_of(first).widest, scale_of(last).widest, least)
            return Scale(1, least, 2 * widest)
        case Moved(day=day):
            return Scale(1, _DAYS, 2 * max(_DAYS, scale_of(day).widest))
        case AsOf(on=on, steps=steps):
            held = alike([value for _, value in steps])
            return Scale(held.parts, held.greatest, max(held.widest, scale_of(on).widest))
        case Extreme(operands=operands):
            return alike(operands)
        case Arithmetic(operator="*", left=left, right=right):
            one, other = scale_of(left), scale_of(right)
            greatest = one.greatest * other.greatest
            return Scale(one.parts * other.parts, greatest, max(greatest, one.widest, other.widest))
        case Arithmetic(operator="/", left=left, right=right):
            one, by = scale_of(left), divisor(right)
            greatest = one.greatest * by.denominator
            return Scale(one.parts * abs(by.numerator), greatest, max(greatest, one.widest))
        case Arithmetic(left=left, right=right):
            held = alike([left, right])
            return Scale(held.parts, 2 * held.greatest, max(2 * held.greatest, held.widest))
        case _:
            raise AssertionError(f"{node} is no number")


def alike(nodes: tuple[TreeNode, ...] | list[TreeNode] | list[Constant]) -> Scale:
    """The scale in which several numbers are counted together."""
    held = scale_of(nodes[0])
    for node in nodes[1:]:
        other = scale_of(node)
        parts = lcm(held.parts, other.parts)
        held, other = held.within(parts), other.within(parts)
        held = Scale(parts, max(held.greatest, other.greatest), max(held.widest, other.widest))
    return held


def divisor(node: TreeNode) -> Fraction:
    """The constant by which a checked condition divides."""
    assert isinstance(node, Constant) and isinstance(node.value, Fraction)
    return node.value


def has_a_double(value: Fraction) -> bool:
    """Whether a number is a decimal of so few digits that its double is no other's."""
    return Fraction(f"{float(value):.{DIGITS}g}") == value
