"""The calendar as Z3 terms: full years and months between two days, and days months later.

A day is split into its year and its place in a leap year, from 0 for 1 January to 365 for 31
December; an ordinary year has no place 59, which is 29 February. Two places compare as month and
day do, so a birthday needs no months, and a proof with two dates takes milliseconds. Where months
matter, the place is split further, into the month and the day of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise

import z3

from sojourn.rules.language.tree import EPOCH, FIRST_DAY, LAST_DAY
from sojourn.rules.meaning.reference import date_of, full_months, full_years, months_later
from sojourn.rules.meaning.z3_logic import Z3Number

LEAP_DAY = 59
"""The place of 29 February."""
STARTS = (0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335, 366)
"""The place of the first day of each month, and of the end of the year."""
NEAR = (1900, 2199)
"""Years of the dates of cases."""
AROUND = (1800, 2299)
"""Years of dates that are moved by at most a century from those of cases."""
MOST_AROUND = 1200
"""Months of a century."""


@dataclass(frozen=True, slots=True)
class Split:
    """A day in its year."""

    year: Z3Number
    place: Z3Number
    leap: Z3Number


class Z3Calendar:
    """Splits days; constraints on the new variables go to `domain`."""

    def __init__(self, domain: list[z3.BoolRef]) -> None:
        self._domain = domain
        self._split: dict[tuple[Z3Number, bool], Split] = {}
        self._months: dict[tuple[Z3Number, bool], tuple[Z3Number, Z3Number]] = {}
        self._made = 0

    def years(
        self, first: Z3Number, last: Z3Number, first_near: bool = False, last_near: bool = False
    ) -> Z3Number:
        """Full years from one day to another, in days since 1970-01-01, as `tree.Elapsed` says.

        A settled day is a Fraction, any other an integer or real term; `near` says that it lies
        in the years of `NEAR`. Two settled days give a Fraction.
        """
        if isinstance(first, Fraction) and isinstance(last, Fraction):
            return Fraction(full_years(date_of(first), date_of(last)))
        born, now = self._of(first, first_near), self._of(last, last_near)
        return now.year - born.year - z3.If(now.place < born.place, 1, 0)

    def months(
        self, first: Z3Number, last: Z3Number, first_near: bool = False, last_near: bool = False
    ) -> Z3Number:
        """Full months from one day to another; the rest as of `years`."""
        if isinstance(first, Fraction) and isinstance(last, Fraction):
            return Fraction(full_months(date_of(first), date_of(last)))
        (month, day), (now_month, now_day) = (
            self._month_of(first, first_near),
            self._month_of(last, last_near),
        )
        begun, now = self._of(first, first_near), self._of(last, last_near)
        end = _length(now_month, now.leap) - 1
        due = z3.If(day < end, day, end)
        between = 12 * (now.year - begun.year) + now_month - month
        return between - z3.If(now_day < due, 1, 0)

    def moved(self, day: Z3Number, months: int, near: bool = False) -> Z3Number:
        """The day so many calendar months later, as `tree.Moved` says; the rest as of `years`."""
        if isinstance(day, Fraction):
            later = months_later(date_of(day), months)
            return Fraction(later.toordinal() - EPOCH)
        old = self._of(day, near)
        years, rest = divmod(months, 12)
        span = AROUND if near and abs(months) <= MOST_AROUND else None
        if not rest:
            year, leap, start = self._year(old.year + years, span)
            lost = z3.And(old.place == LEAP_DAY, z3.Not(leap))
            place = z3.If(lost, LEAP_DAY - 1, old.place)
        else:
            month, of_month = self._month_of(day, near)
            later, wrapped = z3.Int(self._name("month")), z3.Int(self._name("wrapped"))
            self._domain += [
                month + rest == 12 * wrapped + later, later >= 0, later <= 11,
                wrapped >= 0, wrapped <= 1,
            ]  # fmt: skip
            year, leap, start = self._year(old.year + years + wrapped, span)
            end = _length(later, leap) - 1
            place = _by_month(later, STARTS) + z3.If(of_month < end, of_month, end)
        found = _day(start, place, leap)
        if span is not None:
            return found
        found = z3.If(year > date.max.year, LAST_DAY, found)
        return z3.If(year < date.min.year, FIRST_DAY, found)

    def _of(self, day: Z3Number, near: bool) -> Split:
        """Year and place of a day."""
        if isinstance(day, Fraction):
            settled = date_of(day)
            leap = settled.year % 4 == 0 and (settled.year % 100 != 0 or settled.year % 400 == 0)
            place = _days(settled.replace(year=2000)) - _days(date(2000, 1, 1))
            return Split(settled.year, place, z3.BoolVal(leap))
        if (day, near) not in self._split:
            year, leap, start = self._year(z3.Int(self._name("year")), NEAR if near else None)
            place = z3.Int(self._name("place"))
            self._domain += [
                year >= 1, year <= 9999,
                place >= 0, place <= 365, z3.Or(leap, place != LEAP_DAY),
                (day if near else _within(day)) == _day(start, place, leap),
            ]  # fmt: skip
            self._split[(day, near)] = Split(year, place, leap)
        return self._split[(day, near)]

    def _month_of(self, day: Z3Number, near: bool) -> tuple[Z3Number, Z3Number]:
        """Month and day of the month, both from 0."""
        if isinstance(day, Fraction):
            settled = date_of(day)
            return settled.month - 1, settled.day - 1
        if (day, near) not in self._months:
            place = self._of(day, near).place
            month, of_month = z3.Int(self._name("month")), z3.Int(self._name("day"))
            self._domain.append(
                z3.Or(
                    *(
                        z3.And(month == number, place >= first, place < end,
                               of_month == place - first)
                        for number, (first, end) in enumerate(pairwise(STARTS))
                    )
                )
            )  # fmt: skip
            self._months[(day, near)] = (month, of_month)
        return self._months[(day, near)]

    def _name(self, word: str) -> str:
        self._made += 1
        return f"{word} {self._made}"

    def _year(
        self, year: Z3Number, span: tuple[int, int] | None
    ) -> tuple[Z3Number, z3.BoolRef, Z3Number]:
        """A year, whether it is a leap year, and its first day; `span` are years it lies in."""
        if span is None:
            leap = z3.And(year % 4 == 0, z3.Or(year % 100 != 0, year % 400 == 0))
            past = year - 1
            return year, leap, _days(date.min) + 365 * past + past / 4 - past / 100 + past / 400
        # Within a few centuries, leap years need no division by 100.
        first, last = span
        skipped = [year for year in range(first, last + 1, 100) if year % 400]
        quarter, rest = z3.Int(self._name("quarter")), z3.Int(self._name("rest"))
        self._domain += [
            year == 4 * quarter + rest, rest >= 0, rest <= 3, year >= first, year <= last,
        ]  # fmt: skip
        leap = z3.And(rest == 0, *(year != common for common in skipped))
        leaps = quarter - z3.If(rest == 0, 1, 0) - (first - 1) // 4
        for common in skipped:
            leaps = leaps - z3.If(year > common, 1, 0)
        return year, leap, _days(date(first, 1, 1)) + 365 * (year - first) + leaps


def _day(start: Z3Number, place: Z3Number, leap: Z3Number) -> Z3Number:
    """The day at a place of the year that begins with `start`."""
    return start + place - z3.If(z3.And(place > LEAP_DAY, z3.Not(leap)), 1, 0)


def _by_month(month: Z3Number, values: tuple[Z3Number, ...]) -> Z3Number:
    if isinstance(month, int):
        return values[month]
    found = values[11]
    for number in range(10, -1, -1):
        found = z3.If(month == number, values[number], found)
    return found


def _length(month: Z3Number, leap: Z3Number) -> Z3Number:
    """The days of a month."""
    lengths: list[Z3Number] = [end - start for start, end in pairwise(STARTS)]
    lengths[1] = z3.If(leap, 29, 28)
    return _by_month(month, tuple(lengths))


def _within(day: Z3Number) -> Z3Number:
    """The whole day, the first or the last of the calendar beyond it."""
    whole = day if z3.is_int(day) else z3.ToInt(day)
    return z3.If(whole < FIRST_DAY, FIRST_DAY, z3.If(whole > LAST_DAY, LAST_DAY, whole))


def _days(day: date) -> int:
    return day.toordinal() - EPOCH
