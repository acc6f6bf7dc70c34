"""What was counted in the past: the accounts of a study's history."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from sojourn.study.model.values import Cited, Model, Quantity

CountKind = Literal["stock", "admissions", "releases", "average", "time served"]


class CountedColumn(Model):
    """One kind of count of an account."""

    values: tuple[tuple[float | None, ...], ...]
    """[group][period]: people, or days of time served; None: unknown."""
    error: Quantity | None = None
    """Standard deviation of its measurement, a share of each value or people; None: no target."""


class Account(Cited):
    """Counts of the same people over periods of one length, by group or in total."""

    months: int
    """Months of a period: 12, 3 or 1."""
    ends: tuple[date, ...]
    """The last day of each period; no period is left out between the first and the last."""
    columns: tuple[str, ...] = ()
    """Those whose values tell the groups apart."""
    groups: tuple[tuple[str, ...], ...] = ((),)
    states: tuple[str, ...] = ()
    """The model's states of the people who are counted."""
    counted: dict[CountKind, CountedColumn]
    breaks: dict[date, str] = Field(default_factory=dict)
    """By the last day of a period: what is counted otherwise from it on."""

    @property
    def starts(self) -> tuple[date, ...]:
        """The first day of each period."""
        months = (end.year * 12 + end.month - self.months for end in self.ends)
        return tuple(date(month // 12, month % 12 + 1, 1) for month in months)
