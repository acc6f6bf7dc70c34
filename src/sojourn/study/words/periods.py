"""Periods of a series: years, quarters or months, as files and people write them."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sojourn.errors import Problem, SojournError

PeriodStep = Literal["year", "quarter", "month"]

MONTHS: dict[PeriodStep, int] = {"year": 12, "quarter": 3, "month": 1}
"""Months of a step, from the longest step to the shortest."""

_WORDS = re.compile(
    r"(?P<year>\d{4})(?:\.0)?"
    r"(?:-?[Qq](?P<quarter>[1-4])|-(?P<month>\d{1,2})(?:-(?P<day>\d{1,2})(?:[T ].*)?)?)?"
)
_RANGE = re.compile(r"\s*(?:\.\.|\bto\b)\s*")
_YEARS = re.compile(r"(\d{4})-(\d{4})")
_FISCAL = re.compile(r"(?:FY *(?P<ending>\d{4})|(?P<first>\d{4})/(?P<last>\d{2}|\d{4}))", re.I)
FIX = (
    "write dates as 1990, 1990-Q3, 1990-09 or 1990-09-30, and a fiscal year by its last month, as "
    "1990-06"
)


def remedy(words: str) -> str:
    """How to write what was meant by words that name no period."""
    fiscal = _FISCAL.fullmatch(words.strip())
    if fiscal and fiscal["last"] and not _follows(fiscal["first"], fiscal["last"]):
        return "write two years of which one follows the other, as 2015/16"
    if fiscal:
        return (
            "write a fiscal year by its last month, as 2016-06; or say in `period` when it begins, "
            "`year starts: 1 July`, and write FY 2016 or 2015/16"
        )
    return FIX


def _follows(first: str, last: str) -> bool:
    return str(int(first) + 1).endswith(last)


def last_month(words: str, year_starts: int = 1) -> int:
    """The last month of what a date's words name, counted from January of the year 0.

    `1990` ends in December, `1990-Q3` in September. Where fiscal years start in another month than
    January, `FY 2016` and `2015/16` are the one that ends in 2016. Raises ValueError for other
    words.
    """
    fiscal = _FISCAL.fullmatch(words.strip())
    if fiscal and year_starts != 1:
        ending = int(fiscal["ending"] or int(fiscal["first"]) + 1)
        if fiscal["last"] and not _follows(fiscal["first"], fiscal["last"]):
            raise ValueError(words)
        return 12 * ending + year_starts - 2
    found = _WORDS.fullmatch(words.strip())
    if not found:
        raise ValueError(words)
    year, quarter, month, day = (found[name] for name in ("year", "quarter", "month", "day"))
    number = int(month) if month else 3 * int(quarter) if quarter else 12
    date(int(year), number, int(day) if day else 1)  # raises ValueError for 1990-13
    return 12 * int(year) + number - 1


@dataclass(frozen=True, slots=True)
class Calendar:
    """The periods of a history: their step, and the month in which a year's last one ends."""

    step: PeriodStep
    remainder: int = 0
    """Last month of every period, modulo the months of a step."""

    @property
    def per_year(self) -> int:
        """Periods of a year: 1, 4 or 12."""
        return 12 // MONTHS[self.step]

    def number(self, words: str, year_starts: int = 1) -> int:
        """The period that contains a date, as a number that grows by 1 from each to the next.

        The year alone names its last period that begins in it. Raises ValueError.
        """
        return self._of_month(last_month(words, year_starts))

    def holding(self, day: date) -> int:
        """The number of the period that contains a day."""
        return self._of_month(12 * day.year + day.month - 1)

    def _of_month(self, month: int) -> int:
        return -((self.remainder - month) // MONTHS[self.step])

    def last_day(self, number: int) -> date:
        """The last day of a period."""
        year, month = divmod(number * MONTHS[self.step] + self.remainder, 12)
        return date(year, month + 1, monthrange(year, month + 1)[1])

    def show(self, number: int) -> str:
        """A period in words that `number` reads: `1990`, `1990-Q3` or `1990-09`."""
        end = self.last_day(number)
        if self.step == "year" and end.month == 12:
            return str(end.year)
        if self.step == "quarter" and end.month % 3 == 0:
            return f"{end.year}-Q{end.month // 3}"
        return f"{end.year}-{end.month:02}"


def calendar_of(months: Iterable[int]) -> Calendar:
    """The calendar with the longest step on which all these last months stand."""
    found = sorted(set(months))
    for step, length in MONTHS.items():
        if len({month % length for month in found}) == 1:
            return Calendar(step, found[0] % length)
    raise ValueError("no months")


def calendar_ending(end: date, months: int) -> Calendar:
    """The calendar of periods of so many months, one of which ends on this day."""
    step = next(step for step, length in MONTHS.items() if length == months)
    return Calendar(step, (12 * end.year + end.month - 1) % months)


def read_periods(words: str, calendar: Calendar, option: str) -> range:
    """A range of periods: `1990-2018`, `2010-Q1..2018-Q4`, `2015-03 to 2019-12`, or one date.

    Raises SojournError that names the option.
    """
    years = _YEARS.fullmatch(words.strip())
    ends = list(years.groups()) if years else _RANGE.split(words.strip())
    try:
        first, last = (calendar.number(end) for end in (ends[0], ends[-1]))
    except ValueError:
        ends = []
    if not 1 <= len(ends) <= 2 or first > last:
        raise SojournError(
            Problem(
                f"{option}: `{words}` is not a range of dates",
                "write the first and the last, as 1990-2018 or 2010-Q1..2018-Q4",
            )
        )
    return range(first, last + 1)


def read_horizons(words: str) -> tuple[int, ...]:
    """Horizons in steps, `1-5,10`, sorted. Raises SojournError."""
    found: set[int] = set()
    for part in words.split(","):
        ends = part.strip().split("-")
        if not all(end.strip().isascii() and end.strip().isdigit() for end in ends) or (
            len(ends) > 2
        ):
            found = {0}
            break
        found |= set(range(int(ends[0]), int(ends[-1]) + 1)) or {0}
    if min(found) < 1 or max(found) > LONGEST:
        raise SojournError(
            Problem(
                f"--horizons: `{words}` is not a list of horizons",
                f"write steps from 1 to {LONGEST}, as 1-5 or 1-5,10",
            )
        )
    return tuple(sorted(found))


LONGEST = 240
"""Steps of the longest horizon: twenty years of months."""
