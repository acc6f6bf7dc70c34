"""Kleene's three values and exact numbers in Z3; what is settled folds away.

Three values need two bits: a condition is a `Truth`, with a term for true and a term for false; if
neither holds, it is unknown. A value is a `Valued`, with a term for known and a term for the value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

import z3

Bit: TypeAlias = Any
"""A Z3 Boolean, or a Python bool where it is settled."""
Z3Number: TypeAlias = Any
"""A Z3 integer or real, or a Fraction where it is settled."""


@dataclass(frozen=True, slots=True)
class Truth:
    """A condition: when it is true, and when it is false; unknown where neither."""

    true: Bit
    false: Bit

    @property
    def unknown(self) -> Bit:
        """The term for unknown: a missing fact decides."""
        return negated(either(self.true, self.false))


@dataclass(frozen=True, slots=True)
class Valued:
    """A number, a duration in days, or a date in days since 1970: whether known, and its value."""

    known: Bit
    value: Z3Number


@dataclass(frozen=True, slots=True)
class Worded:
    """A text: when it is known, and the term that says it is a given text (settled: a text)."""

    known: Bit
    options: Mapping[str, Bit]


@dataclass(frozen=True, slots=True)
class Grouped:
    """A set: when it is known, and for each value the bit that says it is a member."""

    known: Bit
    members: Mapping[str, Bit]


Meaning: TypeAlias = Truth | Valued | Worded | Grouped
"""What a fact is to Z3."""


def both(*bits: Bit) -> Bit:
    """All hold; settled bits fold away."""
    kept = [bit for bit in bits if bit is not True]
    if any(bit is False for bit in kept):
        return False
    return True if not kept else kept[0] if len(kept) == 1 else z3.And(*kept)


def either(*bits: Bit) -> Bit:
    """Any holds; settled bits fold away."""
    kept = [bit for bit in bits if bit is not False]
    if any(bit is True for bit in kept):
        return True
    return False if not kept else kept[0] if len(kept) == 1 else z3.Or(*kept)


def negated(bit: Bit) -> Bit:
    """It does not hold."""
    return (not bit) if isinstance(bit, bool) else z3.Not(bit)


def same(one: Bit, other: Bit) -> Bit:
    """Both hold or neither."""
    return either(both(one, other), both(negated(one), negated(other)))


def term(bit: Bit) -> z3.BoolRef:
    """A bit that a solver takes."""
    return z3.BoolVal(bit) if isinstance(bit, bool) else bit


def any_of(truths: list[Truth]) -> Truth:
    """Whether any of the conditions holds."""
    return Truth(either(*(each.true for each in truths)), both(*(each.false for each in truths)))


def all_of(truths: list[Truth]) -> Truth:
    """Whether all of the conditions hold."""
    return Truth(both(*(each.true for each in truths)), either(*(each.false for each in truths)))


def at_least(count: int, bits: list[Bit]) -> Bit:
    """At least so many of the bits hold; settled ones fold away."""
    count -= sum(bit is True for bit in bits)
    open_bits = [bit for bit in bits if not isinstance(bit, bool)]
    if count <= 0:
        return True
    return z3.PbGe([(bit, 1) for bit in open_bits], count) if count <= len(open_bits) else False


def ordered(operator: str, left: Z3Number, right: Z3Number) -> Bit:
    """How two numbers of one sort compare; two settled numbers give a settled bit."""
    return {
        "=": lambda: left == right, "!=": lambda: left != right, "<": lambda: left < right,
        "<=": lambda: left <= right, ">": lambda: left > right, ">=": lambda: left >= right,
    }[operator]()  # fmt: skip


def fraction(number: Z3Number) -> Fraction:
    """A Z3 number as a fraction; a root as one within 1e-20."""
    if z3.is_int_value(number):
        return Fraction(number.as_long())
    near = number.approx(20) if z3.is_algebraic_value(number) else number
    return Fraction(near.numerator_as_long(), near.denominator_as_long())


def lifted(number: Fraction, beside: Z3Number) -> Z3Number:
    """A fraction as a Z3 number, an integer beside an integer if it is whole."""
    if z3.is_int(beside) and number.denominator == 1:
        return z3.IntVal(number.numerator)
    return z3.RealVal(f"{number.numerator}/{number.denominator}")


def real(number: Z3Number) -> Z3Number:
    """A number as a Z3 real."""
    if isinstance(number, Fraction):
        return z3.RealVal(f"{number.numerator}/{number.denominator}")
    return z3.ToReal(number) if z3.is_int(number) else number


def alike(left: Z3Number, right: Z3Number) -> tuple[Z3Number, Z3Number]:
    """Both sides in one sort; two settled numbers stay settled."""
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        return left, right
    if isinstance(left, Fraction):
        left = lifted(left, right)
    elif isinstance(right, Fraction):
        right = lifted(right, left)
    if z3.is_int(left) != z3.is_int(right):
        left, right = (z3.ToReal(side) if z3.is_int(side) else side for side in (left, right))
    return left, right
