"""What every part of a study is made of: numbers with unit and source, and from when they hold.

All durations are days, shares are fractions, money is in whole units of its currency.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Confidence = Literal["read", "secondary", "computed", "remembered", "assumed"]
PeriodUnit = Literal["day", "week", "month", "year"]


class Model(BaseModel):
    """A frozen value that refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Cited(Model):
    """Where a value comes from; every part is optional."""

    source: str | None = None
    quote: str | None = None
    by: str | None = None
    """Who said it."""
    confidence: Confidence | None = None
    note: str | None = None
    cite: str | None = None
    """A legal citation."""


class Quantity(Cited):
    """A number in a canonical unit, certain or uncertain.

    `path` is its address in the study; it names the random quantile of an uncertain quantity,
    so that scenarios share the draw and a new quantity moves no other.
    """

    value: float
    """The central value: what a certain quantity is, the best guess of an uncertain one."""
    low: float | None = None
    high: float | None = None
    shape: Literal["certain", "uniform", "triangular", "pert", "loguniform", "given"] = "certain"
    """`given`: the caller of the run has a value for each draw; `low` and `high` mean nothing."""
    unit: str = ""
    """Canonical: 'day', 'share', 'people', 'USD', or '' for a bare number."""
    months: float | None = None
    """The calendar months of a certain duration that was written in months or years."""
    path: str = ""
    times: float = 1.0
    """Of a parameter: by how much it is multiplied here; value, low and high are the product."""
    fit: bool = False
    """Whether `sojourn fit` learns it from the study's history; its range is then the prior."""

    @property
    def uncertain(self) -> bool:
        """Whether the value differs from draw to draw."""
        return self.shape != "certain"


class Dated(Model):
    """A quantity that holds from a date on."""

    start: date
    quantity: Quantity


class Span(Model):
    """Days from one up to, not including, another."""

    start: date | None = Field(default=None, alias="from")
    end: date | None = Field(default=None, alias="to")

    def words(self) -> str:
        """As `from 2025-01-01 to 2026-01-01`."""
        return " ".join(
            f"{word} {day}" for word, day in (("from", self.start), ("to", self.end)) if day
        )
