"""The calendar as Z3 terms: full years between two days.

A day is split into its year and its place in a leap year, from 0 for 1 January to 365 for 31
December; an ordinary year has no place 59, which is 29 February. Two places compare as month and
day do, so a birthday needs no months, and a proof with two dates takes milliseconds.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any, TypeAlias

import z3

from sojourn.rules.language.tree import EPOCH, FIRST_DAY, LAST_DAY
from sojourn.rules.meaning.reference import date_of, full_years

Number: TypeAlias = Any

LEAP_DAY = 59
"""The place of 29 February."""
NEAR = (1900, 2199)
"""Years within which the leap years need no division by 100."""


class Calendar:
    """Splits days; constraints on the new variables go to `domain`."""

    def __init__(self, domain: list[z3.BoolRef]) -> None:
        self._domain = domain
        self._split: dict[tuple[Number, bool], tuple[Number, Number]] = {}

    def years(
        self, first: Number, last: Number, first_near: bool = False, last_near: bool = False
    ) -> Number:
        """Full years from one day to another, in days since 1970-01-01, as `tree.Years` says.

        A settled day is a Fraction, any other an integer or real term; `near` says that it lies
        in the years of `NEAR`. Two settled days give a Fraction.
        """
        if isinstance(first, Fraction) and isinstance(last, Fraction):
            return Fraction(full_years(date_of(float(first)), date_of(float(last))))
        (born, birthday), (year, place) = self._of(first, first_near), self._of(last, last_near)
        return year - born - z3.If(place < birthday, 1, 0)

    def _of(self, day: Number, near: bool) -> tuple[Number, Number]:
        """Year and place of a day."""
        if isinstance(day, Fraction):
            settled = date_of(float(day))
            return settled.year, _days(settled.replace(year=2000)) - _days(date(2000, 1, 1))
        if (day, near) not in self._split:
            number = len(self._split)
            year, place = z3.Int(f"year {number}"), z3.Int(f"place {number}")
            leap, start = self._near(year, number) if near else self._far(year)
            skipped = z3.If(z3.And(place > LEAP_DAY, z3.Not(leap)), 1, 0)
            self._domain += [
                place >= 0, place <= 365, z3.Or(leap, place != LEAP_DAY),
                (day if near else _within(day)) == start + place - skipped,
            ]  # fmt: skip
            self._split[(day, near)] = (year, place)
        return self._split[(day, near)]

    def _near(self, year: Number, number: int) -> tuple[z3.BoolRef, Number]:
        """Whether the year is a leap year, and its first day, in the years of `NEAR`."""
        quarter, rest = z3.Int(f"quarter {number}"), z3.Int(f"rest {number}")
        first, last = NEAR
        self._domain += [
            year == 4 * quarter + rest,
            rest >= 0,
            rest <= 3,
            year >= first,
            year <= last,
        ]
        leap = z3.And(rest == 0, year != 1900, year != 2100)
        leaps = quarter - z3.If(rest == 0, 1, 0) - (first - 1) // 4
        leaps = leaps - z3.If(year > 1900, 1, 0) - z3.If(year > 2100, 1, 0)
        return leap, _days(date(first, 1, 1)) + 365 * (year - first) + leaps

    def _far(self, year: Number) -> tuple[z3.BoolRef, Number]:
        """The same for any year of the calendar."""
        self._domain += [year >= 1, year <= 9999]
        leap = z3.And(year % 4 == 0, z3.Or(year % 100 != 0, year % 400 == 0))
        past = year - 1
        return leap, _days(date.min) + 365 * past + past / 4 - past / 100 + past / 400


def _within(day: Number) -> Number:
    """The whole day, the first or the last of the calendar beyond it."""
    whole = day if z3.is_int(day) else z3.ToInt(day)
    return z3.If(whole < FIRST_DAY, FIRST_DAY, z3.If(whole > LAST_DAY, LAST_DAY, whole))


def _days(day: date) -> int:
    return day.toordinal() - EPOCH
