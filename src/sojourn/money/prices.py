"""The price on each day: escalator, price index, discounting."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

import numpy as np

from sojourn.arrays import Floats
from sojourn.money.spans import Spans
from sojourn.money.uncertain_values import values
from sojourn.study.model.money import Money, Payment, Prices
from sojourn.study.payment_bases import BY_NAME
from sojourn.study.time_steps import whole_years
from sojourn.uncertainty.draws import Draws

DAYS_OF_YEAR = 365.25
"""For discounting."""


class Factors(NamedTuple):
    """Factors of an amount, [draw, span]."""

    nominal: Floats
    """To the amount paid."""
    real: Floats
    """From the amount paid to prices of the index's year."""
    discount: Floats
    """From these prices to day 0, the mean over the days of the span."""
    first_day: Floats
    """The same of a sum that is due at noon of the span's first day."""


def factors_of(payment: Payment, terms: Money, draws: Draws, spans: Spans) -> Factors:
    """The factors of a payment.

    With an escalator the price follows it; without one, but with a price year and an index, it
    follows the index; otherwise it stays as it is.
    """
    ones = np.ones((len(draws), len(spans.first)))
    nominal = real = ones
    year = payment.price_year or terms.price_year
    if terms.prices is not None:
        now = index_on(terms.prices, spans.day, draws)
        real = index_of_year(terms.prices, terms.prices.year, draws)[:, None] / now
        if payment.escalator is None and year is not None:
            nominal = now / index_of_year(terms.prices, year, draws)[:, None]
    if payment.escalator is not None:
        yearly = 1.0 + values(payment.escalator, draws, 0.0)
        nominal = yearly[:, None] ** spans.rises[None, :]
    force = -np.log1p(values(terms.discount_rate, draws, 0.0))[:, None] / DAYS_OF_YEAR
    first_noon = np.asarray(np.exp(force * (spans.first + 0.5)))
    return Factors(nominal, real, _discounts(force, payment, spans), first_noon)


def index_on(prices: Prices, days: tuple[date, ...], draws: Draws) -> Floats:
    """The index [draw, day]."""
    starts = np.asarray([day for day, _ in prices.index], dtype="datetime64[D]")
    levels = np.asarray([level for _, level in prices.index])
    place = np.searchsorted(starts, np.asarray(days, dtype="datetime64[D]"), side="right") - 1
    last = prices.index[-1][0]
    years = np.asarray([max(whole_years(last, day), 0) for day in days], dtype=np.float64)
    yearly = 1.0 + values(prices.then, draws, 0.0)
    return np.asarray(levels[place] * yearly[:, None] ** years)


def index_of_year(prices: Prices, year: int, draws: Draws) -> Floats:
    """Mean of the index over the days of a calendar year [draw]."""
    first = date(year, 1, 1)
    days = [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]
    return np.asarray(index_on(prices, tuple(days), draws).mean(axis=1))


def _discounts(force: Floats, payment: Payment, spans: Spans) -> Floats:
    """Mean discount factor to day 0 over the days of each span [draw, span].

    A day's sum falls due at noon, a sum paid once at the start of its day. `force` is the
    logarithm of a day's factor [draw, 1].
    """
    if BY_NAME[payment.basis].on_one_day:
        return np.asarray(np.exp(force * spans.first))
    days = spans.days.astype(np.float64)
    whole = np.divide(
        np.expm1(force * days),
        np.expm1(force) * days,
        out=np.ones((len(force), len(days))),
        where=force != 0.0,
    )
    return np.asarray(np.exp(force * (spans.first + 0.5)) * whole)
