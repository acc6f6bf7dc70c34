"""Agreed prices as figures per person or place and day.

A year has 365 days here and a month is a twelfth of it: these figures compare agreements; the
bill of a run follows the calendar.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from math import inf

from sojourn.study.model.provisions import AgreedPayment, AgreedRate, Price

YEAR = 365.0
_DAYS = {"day": 1.0, "month": YEAR / 12, "year": YEAR}


@dataclass(frozen=True, slots=True)
class AgreedSum:
    """A sum of money for what it buys, and the arithmetic behind it."""

    payment: str
    """Which payment it comes from; several are joined by ` + `."""
    amount: float
    currency: str
    per: str
    """place-day, person-day or person."""
    how: str
    """The arithmetic in words."""
    since: date | None = None


def figures(price: Price) -> tuple[AgreedSum, ...]:
    """Every figure per place, person and day that follows from the price, in the file's order.

    A price per place or person and time is divided by the days of that time; a sum per time also
    by the price's places; a sum paid once by the people and days that it finally paid for.
    """
    return (*_single(price), *_together(price))


def place_day(price: Price) -> tuple[AgreedSum, ...]:
    """Those of `figures` that are per place or person and day."""
    return tuple(figure for figure in figures(price) if figure.per.endswith("-day"))


def _single(price: Price) -> Iterator[AgreedSum]:
    for name, payment in price.payments.items():
        for rate in payment.rates:
            yield from _of_rate(name, payment, rate, price.places)


def _of_rate(
    name: str, payment: AgreedPayment, rate: AgreedRate, places: float | None
) -> Iterator[AgreedSum]:
    what, _, unit = payment.per.partition("-")
    amount, since = rate.amount, rate.start
    shown = f"{amount:,.12g} {payment.currency}"

    def figure(value: float, per: str, how: str) -> AgreedSum:
        return AgreedSum(name, value, payment.currency, per, how, since)

    if unit:
        how = {"day": shown, "month": f"{shown} × 12 / 365", "year": f"{shown} / 365"}[unit]
        yield figure(amount / _DAYS[unit], f"{what}-day", how)
    elif what in _DAYS and places:
        how = {"day": "", "month": " × 12 / 365", "year": " / 365"}[what]
        yield figure(
            amount / _DAYS[what] / places, "place-day", f"{shown} / {places:g} places{how}"
        )
    elif what == "once" and payment.people:
        how = f"{shown} / {payment.people:g} people"
        yield figure(amount / payment.people, "person", how)
        if payment.days:
            per_day = amount / payment.people / payment.days
            yield figure(per_day, "person-day", f"{how} / {payment.days:g} days")
    elif what == "person":
        yield figure(amount, "person", shown)


def _together(price: Price) -> Iterator[AgreedSum]:
    """Sums for the same places, added up: sums per year, and a first sum spread over the years."""
    places = price.places
    yearly = _fixed(price, "year")
    if not places or not yearly:
        return
    years = max((payment.years or 0.0 for payment in yearly.values()), default=0.0)
    once = _fixed(price, "once") if years else {}
    added = {**once, **yearly}
    currencies = {payment.currency for payment in added.values()}
    if len(added) < 2 or len(currencies) > 1:
        return
    total = sum(payment.rates[0].amount for payment in yearly.values())
    first = sum(payment.rates[0].amount for payment in once.values())
    (currency,) = currencies
    how = f"{total:,.12g} {currency}"
    if once:
        how = f"({how} + {first:,.12g} {currency} / {years:g} years)"
        total += first / years
    how = f"{how} / {places:g} places / 365"
    yield AgreedSum(" + ".join(added), total / places / YEAR, currency, "place-day", how)


def _fixed(price: Price, per: str) -> dict[str, AgreedPayment]:
    """Payments of one kind whose amount never changes."""
    return {
        name: payment
        for name, payment in price.payments.items()
        if payment.per == per and len(payment.rates) == 1
    }


def day_cost(payment: AgreedPayment, people: float) -> float:
    """The cost of a day with this many people, at the first rate, in the payment's currency.

    Places up to the minimum are paid even if empty; above the start of a tier, each place costs
    the tier's amount. A price per month or year is divided by its days. Raises ValueError for
    more people than the maximum, and for a price that is not per person or place and time.
    """
    what, _, unit = payment.per.partition("-")
    if not unit:
        raise ValueError(f"a price per {what} does not go by people and time")
    if payment.maximum is not None and people > payment.maximum:
        raise ValueError(f"{people:g} people are more than the {payment.maximum:g} places")
    paid = max(people, payment.minimum or 0.0)
    starts = [
        (0.0, payment.rates[0].amount),
        *((tier.above, tier.amount) for tier in payment.tiers),
    ]
    total = sum(
        (min(paid, end) - start) * amount
        for (start, amount), (end, _) in pairwise([*starts, (inf, 0.0)])
        if paid > start
    )
    return total / _DAYS[unit]
