"""The steps of a study, and the calendar days that they stand for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from sojourn.study.values import DAYS

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
        return tuple((self.first_day(n) - self.start).days for n in range(len(self) + 1))

    def count(self, days: float) -> int:
        """The whole number of steps nearest to a duration in days."""
        return round(days / self.length)

    def is_whole(self, days: float) -> bool:
        """Whether a duration, rounded to days, is a whole number of steps."""
        return abs(days - self.count(days) * self.length) <= 0.5
