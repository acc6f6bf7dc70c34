"""The steps of a study, and the calendar days that they stand for."""

from __future__ import annotations

from calendar import isleap
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

from sojourn.study.units import DAYS, MONTHS, WordsError

Step = Literal["day", "month", "year"]


@dataclass(frozen=True, slots=True)
class Steps:
    """Days, calendar months or calendar years from `start` up to, not including, `end`.

    In a study by months or years both are first days of one.
    """

    start: date
    end: date
    unit: Step = "day"

    def __len__(self) -> int:
        return self.step_of(self.end)

    @property
    def length(self) -> float:
        """Days of a step as a duration: 1, 30.4375 or 365.25."""
        return DAYS[self.unit]

    def step_of(self, day: date) -> int:
        """Number of the step that holds the day; negative before the first."""
        if self.unit == "day":
            return (day - self.start).days
        if self.unit == "month":
            return (day.year - self.start.year) * 12 + day.month - self.start.month
        return day.year - self.start.year

    def first_day(self, step: int) -> date:
        """First day of a step."""
        if self.unit == "day":
            return self.start + timedelta(days=step)
        if self.unit == "year":
            return date(self.start.year + step, 1, 1)
        years, month = divmod(self.start.month - 1 + step, 12)
        return date(self.start.year + years, month + 1, 1)

    def begins(self, day: date) -> bool:
        """Whether a step begins on the day."""
        return self.unit == "day" or (day.day == 1 and (self.unit == "month" or day.month == 1))

    def edges(self) -> tuple[int, ...]:
        """Days from the start to the first day of each step, and to the end."""
        return _edges(self)

    def count(self, days: float) -> int:
        """The whole number of steps nearest to a duration in days."""
        return round(days / self.length)

    def is_whole(self, days: float) -> bool:
        """Whether a duration, rounded to days, is a whole number of steps."""
        return abs(days - self.count(days) * self.length) <= 0.5


@lru_cache(maxsize=64)
def _edges(steps: Steps) -> tuple[int, ...]:
    return tuple((steps.first_day(n) - steps.start).days for n in range(len(steps) + 1))


def first_of_next(day: date, unit: str, year_starts: int = 1) -> date:
    """First day of the month, quarter or year after that of `day`.

    Quarters and years are counted from the month `year_starts`, by default January.
    """
    months = {"month": 1, "quarter": 3, "year": 12}[unit]
    since = (day.month - year_starts) % 12
    years, month = divmod(day.month - 1 - since % months + months, 12)
    return date(day.year + years, month + 1, 1)


def cuts(start: date, end: date, unit: str, year_starts: int = 1) -> list[date]:
    """`start`, and the first day of each month, quarter or year between it and `end`."""
    found: list[date] = []
    day = start
    while day < end:
        found.append(day)
        day = first_of_next(day, unit, year_starts)
    return found


def year_of(day: date, year_starts: int = 1) -> int:
    """The reporting year of a day, named by the calendar year in which it ends."""
    return day.year + (1 < year_starts <= day.month)


def read_year_start(text: str) -> int:
    """The month (1 to 12) on whose first day a year starts, from `1 July`. Raises WordsError."""
    day, _, month = text.strip().lower().partition(" ")
    if month not in MONTHS or not day.isdecimal():
        raise WordsError(f"`{text}` is not a day and a month", "write `1 July` or `1 October`")
    if day != "1":
        raise WordsError(
            f"`{text}`: results are kept by calendar month, so a year starts on the first of one",
            f"write `1 {month.capitalize()}`",
        )
    return MONTHS.index(month) + 1


def anniversary(anchor: date, years: int) -> date:
    """The day of the anchor so many years later; of 29 February 1 March in a common year."""
    year = anchor.year + years
    if (anchor.month, anchor.day) == (2, 29) and not isleap(year):
        return date(year, 3, 1)
    return anchor.replace(year=year)


def whole_years(anchor: date, day: date) -> int:
    """Anniversaries from the anchor up to the day, that day included; negative before it."""
    years = day.year - anchor.year
    return years if day >= anniversary(anchor, years) else years - 1
