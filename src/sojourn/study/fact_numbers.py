"""Numbers and durations of facts: exact decimals, carried by doubles.

A double cannot hold 0.1, but it names one decimal: **a number of a fact is a whole number of
millionths up to 1e9, and a whole number beyond, up to 1e15**. Each of these has a double of its
own, in the same order, so two facts, or a fact and a constant of at most 15 digits, compare as
doubles. Everything that is computed from facts is computed with whole numbers of millionths.
"""

from __future__ import annotations

from fractions import Fraction
from math import floor

GREATEST = 10**15
"""Largest magnitude of a number: whole numbers up to it are exact."""
PARTS = 10**6
"""A number of a fact is a multiple of one part in so many."""
WITH_PARTS = 10**9
"""Largest magnitude of a number with parts; beyond, numbers are whole."""
DIGITS = 15
"""Digits of a decimal that has a double of its own."""


def exact(value: float) -> int | Fraction:
    """The decimal that a double of a fact names."""
    if value == int(value) or abs(value) > WITH_PARTS:
        return floor(value + 0.5)
    # Halves go up, as in SQL with `floor`.
    return Fraction(floor(value * PARTS + 0.5), PARTS)


def nearest(value: float) -> float:
    """The double that names the decimal nearest to a number: what a fact holds."""
    found = exact(value)
    # Zero has one spelling, so that equal cells are one cell.
    return (float(found) if isinstance(found, int) else found.numerator / found.denominator) + 0.0


def written_exactly(value: float) -> Fraction:
    """The decimal of at most 15 digits that a double of a study was computed to be."""
    return Fraction(f"{value:.{DIGITS}g}")


_LONG = (("year", 365.25), ("week", 7.0), ("day", 1.0))
"""Units in which a duration is written, longest first; months are told in days."""


def number_words(value: float) -> str:
    """A number in digits, without exponent."""
    return (
        f"{value:.15g}" if 1e-4 <= abs(value) < 1e15 or value == 0 else f"{value:.20f}".rstrip("0")
    )


def duration_words(days: float) -> str:
    """A number of days in the longest unit that divides it."""
    for unit, length in _LONG:
        count = days / length
        if count == int(count) and count and (unit != "week" or abs(count) < 9):
            return f"{count:.0f} {unit}{'' if abs(count) == 1 else 's'}"
    return f"{number_words(days)} days"
