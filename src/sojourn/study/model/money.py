"""Who pays whom how much for what, and in the prices of which year."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from sojourn.study.model.values import Cited, Model, Quantity
from sojourn.study.payment_bases import BY_NAME, BasisName, Settled
from sojourn.study.time_steps import anniversary


class Tier(Model):
    """A price for places (or moves) above a number."""

    above: Quantity
    amount: Quantity


class Wing(Model):
    """Places that are opened and closed together."""

    places: Quantity
    above: Quantity | None = None
    """People for whom there is room without a wing."""
    opening: Quantity | None = None
    """What each opening costs."""
    kept: int = 0
    """Settlements for which a wing stays open after the last that needed it."""


Costing = Literal["average", "marginal"]


class Payment(Cited):
    """Who pays whom how much for what."""

    payer: str
    payee: str
    basis: BasisName
    """See `sojourn.study.payment_bases`."""
    per: Literal["day", "month", "year", "person", "once"]
    """The unit of time of `amount` (or per person moved, or once)."""
    amount: Quantity
    currency: str
    states: tuple[str, ...] = ()
    transitions: tuple[str, ...] = ()
    where: dict[str, str] = Field(default_factory=dict)
    """Only people with these values of reporting facts."""
    days: Literal["nights", "both ends"] = "nights"
    """Whether the day of departure is paid for too."""
    places: Quantity | None = None
    wing: Wing | None = None
    minimum: Quantity | None = None
    """Guaranteed minimum, in places, paid for if used or not."""
    tiers: tuple[Tier, ...] = ()
    """Amounts for the places, or moves, above the first `above`."""
    settled: Settled | None = None
    """What minimum, tiers and wings are applied to the average of; None: see `settlement`."""
    escalator: Quantity | None = None
    """Relative rise per year, on the anniversary of `start`, from the price year on."""
    start: date | None = Field(default=None, alias="from")
    end: date | None = Field(default=None, alias="to")
    price_year: int | None = None
    costing: Costing | None = None
    """Payments of two costings are never added together; None: part of either."""
    category: Literal["fee", "custody", "transfer", "legal", "other"] = "other"
    label: str | None = None

    @property
    def settlement(self) -> Settled:
        """The period by which it is settled: that of its price, unless said."""
        if self.settled is not None:
            return self.settled
        usual = BY_NAME[self.basis].usual
        if usual is not None:
            return usual[1]
        match self.per:
            case "person" | "once":
                return "whole term"
            case unit:
                return unit

    @property
    def by_average(self) -> bool:
        """Whether it depends on what a settlement holds on average, not just on its sum."""
        return self.minimum is not None or bool(self.tiers) or BY_NAME[self.basis].by_average

    @property
    def counts_moves(self) -> bool:
        """Whether moves are counted to bill it."""
        return BY_NAME[self.basis].names == "transitions" or self.days == "both ends"


class Prices(Model):
    """A price index, and the year in whose prices real amounts are."""

    year: int
    index: tuple[tuple[date, float], ...]
    """What it is from each date on, in order; of a yearly table from 1 January."""
    then: Quantity | None = None
    """Relative change in each year after the last date's first year."""

    def days(self, end: date) -> tuple[date, ...]:
        """The days before `end` on which it changes."""
        last = self.index[-1][0]
        later = range(1, max(end.year - last.year, 0) + 1) if self.then is not None else ()
        return (*(day for day, _ in self.index), *(anniversary(last, n) for n in later))


class Money(Model):
    """The prices of a study."""

    currency: str = "USD"
    price_year: int | None = None
    prices: Prices | None = None
    discount_rate: Quantity | None = None
    payments: dict[str, Payment] = Field(default_factory=dict)
