"""What every part of a study is made of: numbers with unit and source, and from when they hold.

All durations are days, shares are fractions, money is in whole units of its currency.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from sojourn.languages.dates import day
from sojourn.languages.phrases import phrase
from sojourn.study.uncertain_shapes import MADE_OF_OTHERS, UNCERTAIN_SHAPES

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


def _shape(name: str) -> str:
    if name not in ("certain", "given", *UNCERTAIN_SHAPES, *MADE_OF_OTHERS):
        msg = f"there is no shape `{name}` of uncertain numbers"
        raise ValueError(msg)
    return name


class Quantity(Cited):
    """A number in a canonical unit, certain or uncertain.

    `path` is its address in the study; it names the random quantile of an uncertain quantity,
    so that scenarios share the draw and a new quantity moves no other.
    """

    value: float
    """The central value: what a certain quantity is, the best guess of an uncertain one."""
    low: float | None = None
    high: float | None = None
    """No value drawn is below `low` or above `high`."""
    shape: Annotated[str, AfterValidator(_shape)] = "certain"
    """`certain`; one of `UNCERTAIN_SHAPES`; one of `MADE_OF_OTHERS`; or `given`: the caller of the
    run has a value for each draw, and `low` and `high` mean nothing."""
    numbers: tuple[float, ...] = ()
    """Of its shape: mean and standard deviation (of the logarithm), the two parameters of a beta
    distribution, the rows of a table, the cumulative weights of `one of`, or the parameters of all
    shares that are counted together."""
    addresses: tuple[str, ...] = ()
    """Of the random numbers that it is made from, instead of its own `path`: of all shares that are
    counted together, of its table, or of the numbers with which it is correlated."""
    scores: tuple[float, ...] = ()
    """Of a correlated number: its normal score is the sum of those at `addresses` times these."""
    parts: tuple[tuple[str, Quantity], ...] = ()
    """The choices of `one of`, in their order; the numbers of a formula, as it names them."""
    formula: str = ""
    """Of a derived number: how it follows from its parts."""
    unit: str = ""
    """Canonical: 'day', 'share', 'people', 'USD', or '' for a bare number."""
    months: float | None = None
    """The calendar months of a certain duration that was written in months or years."""
    path: str = ""
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


class AsCounted(Model):
    """What an account of the history counted, and from its last count on a forecast of it."""

    account: str
    start: date | None = None
    """Nothing before this day."""
    end: date | None = None
    """Nothing from this day on."""
    times: tuple[Dated, ...] = ()
    """Factors, in order of date; 1 before the first."""


class Span(Model):
    """Days from one up to, not including, another."""

    start: date | None = Field(default=None, alias="from")
    end: date | None = Field(default=None, alias="to")

    def words(self) -> str:
        """As `from 1 January 2025 to 1 January 2026`."""
        start, end = day(self.start), day(self.end)
        if self.start and self.end:
            return phrase("from {start} to {end}", start=start, end=end)
        if self.start:
            return phrase("from {start}", start=start)
        return phrase("to {end}", end=end) if self.end else ""
