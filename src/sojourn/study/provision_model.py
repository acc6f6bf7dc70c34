"""What an agreement says beyond eligibility, as typed values: provisions, prices and dates."""

from __future__ import annotations

from datetime import date
from typing import Literal, get_args

from pydantic import Field

from sojourn.study.model.values import Cited, Model

PriceForm = Literal[
    "per place",
    "per place with a minimum",
    "tiers",
    "fixed per year",
    "lump sum",
    "per person",
    "staged",
    "up front and yearly",
    "own cost",
    "not stated",
    "none",
]
"""How an agreement pays: by place (with or without places paid for unused), by place with another
rate above a number of them, a sum a year, one sum, a sum for each person, several sums as things
happen, one sum and one a year, whatever it costs the sender itself, a price nobody named, or no
price at all."""

PaidFor = Literal[
    "place-day", "place-month", "place-year",
    "person-day", "person-month", "person-year",
    "person", "day", "month", "year", "once",
]  # fmt: skip
"""What one amount buys."""

FORMS: tuple[PriceForm, ...] = get_args(PriceForm)
PAID_FOR: tuple[PaidFor, ...] = get_args(PaidFor)


class AgreedRate(Model):
    """An amount of money that holds from a date on; None is from the beginning."""

    start: date | None = None
    amount: float


class AgreedTier(Model):
    """Another amount for each place above a number of places."""

    above: float
    amount: float


class AgreedPayment(Cited):
    """One price of an agreement."""

    per: PaidFor
    currency: str
    rates: tuple[AgreedRate, ...]
    """In order of date."""
    minimum: float | None = None
    """Places paid for if used or not."""
    maximum: float | None = None
    """The most places that can be had at this price."""
    tiers: tuple[AgreedTier, ...] = ()
    escalator: tuple[float, float] | None = None
    """Relative rise per year, as least and greatest share."""
    start: date | None = None
    end: date | None = None
    years: float | None = None
    """For how many years a yearly amount is paid."""
    people: float | None = None
    """Paid once: for how many people in the end."""
    days: float | None = None
    """Paid once: how many days each of them was held in the end."""


class Price(Model):
    """How an agreement pays."""

    form: PriceForm
    places: float | None = None
    """Places that a sum by time pays for."""
    payments: dict[str, AgreedPayment] = Field(default_factory=dict)


class Dates(Model):
    """When an agreement was signed, and holds; as precisely as known (year, month or day)."""

    signed: str | None = None
    start: str | None = None
    end: str | None = None
    """The last day."""
    status: str | None = None


class Provision(Cited):
    """One thing that an agreement says, in our own words."""

    says: str
    price: Price | None = None
    dates: Dates | None = None
