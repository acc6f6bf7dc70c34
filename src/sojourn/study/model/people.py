"""Who is there at the start, and who is admitted."""

from __future__ import annotations

from datetime import date
from typing import Literal, Self

from pydantic import Field

from sojourn.study.model.facts import FactValue
from sojourn.study.model.stays import ClockRule, Stay
from sojourn.study.model.values import AsCounted, Cited, Dated, Model, PeriodUnit, Quantity


class Held(Model):
    """People of a stock who are alike in the facts that a file names."""

    facts: dict[str, FactValue]
    served: tuple[int, ...] = ()
    """Days served, rising; empty if the file does not say."""
    people: tuple[int, ...]
    """As many have served each of these; or one number."""
    place: tuple[str, int] = Field(default=("", 0), exclude=True)
    """The file and the line of those who have served the most."""


class Arrivals(Model):
    """People entering on dates, who are alike in the facts that a file names."""

    facts: dict[str, FactValue]
    dates: tuple[date, ...]
    """Rising, within the study's period."""
    people: tuple[int, ...]
    """As many on each of these."""


class Stock(Cited):
    """People of a population on the evening before day 0."""

    count: Quantity
    """Of a file: its sum."""
    held: tuple[Held, ...] = ()
    """From a file: people of each cell."""
    state: str
    served: Literal["new", "equilibrium"] | Stay = "new"
    """Days already spent: none, in equilibrium, or from a distribution of whole days."""


class Admissions(Cited):
    """People entering from outside."""

    rate: tuple[Dated, ...] = ()
    """People per `per`, from a date on."""
    per: PeriodUnit = "day"
    arrivals: tuple[Arrivals, ...] = ()
    """From a file, instead of a rate."""
    as_counted: AsCounted | None = None
    """The rate is that of an account; `sojourn.forecasting.rates_from_history` writes it."""
    into: str
    process: Literal["poisson", "fixed", "over-dispersed"] = "poisson"
    variance_ratio: Quantity | None = None
    """Over-dispersed: variance of the number of a day over its mean, at least 1."""
    trend: Quantity | None = None
    """Relative change per year, compounded daily from day 0."""
    season: dict[str, Quantity] = Field(default_factory=dict)
    """Month ('january' …) -> factor relative to the other months; 1 where none is given."""
    weekdays: dict[str, Quantity] = Field(default_factory=dict)
    """Day of the week ('monday' …) -> factor relative to the other days; 1 where none is given."""

    @property
    def told(self) -> Self:
        """For readers: the rate's unit says per what, `people per day`."""
        told = (
            each.model_copy(
                update={
                    "quantity": each.quantity.model_copy(
                        update={"unit": f"{each.quantity.unit} per {self.per}"}
                    )
                }
            )
            for each in self.rate
        )
        return self.model_copy(update={"rate": tuple(told)})


class Population(Cited):
    """A stream of people; its cells are the products of `split`, or the rows of a table."""

    facts: dict[str, FactValue] = Field(default_factory=dict)
    split: dict[str, dict[str, Quantity]] = Field(default_factory=dict)
    """Fact -> value -> share, independent of each other; the value 'unknown' means undocumented."""
    rows: tuple[tuple[dict[str, FactValue], float], ...] = ()
    """From a CSV file: facts and share of the whole."""
    stock: Stock | None = None
    admissions: Admissions | None = None
    clocks: dict[str, ClockRule] = Field(default_factory=dict)
    label: str | None = None
