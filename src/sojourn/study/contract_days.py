"""The days on which contracts divide a study into segments, so that bills can be settled later.

Person-days are always kept by calendar month and between contract dates; moves only if a payment
counts them. So prices, escalators, indexes and discount rates can be changed without a new
simulation; a new contract date within a month cannot.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import NamedTuple

from sojourn.study.model.money import Money, Payment
from sojourn.study.model.study import Period, StudyModel
from sojourn.study.time_steps import anniversary, cuts


class Daily(NamedTuple):
    """People whose number is kept by day."""

    states: tuple[str, ...]
    where: Mapping[str, str]


def daily_label(daily: Daily) -> str:
    """Their states and facts, as the table `custody_days` names them."""
    facts = (f"{fact} = {value}" for fact, value in sorted(daily.where.items()))
    return ", ".join((" + ".join(sorted(daily.states)), *facts))


def anchor_of(payment: Payment, terms: Money, day_0: date) -> date:
    """An escalator rises on anniversaries of this day: the first, in the price year if given."""
    start = payment.start or day_0
    year = payment.price_year or terms.price_year
    return start if year is None else anniversary(start, year - start.year)


def custody_starts(study: StudyModel) -> tuple[int, ...]:
    """Days from day 0 on which a segment of the table `custody` begins.

    In a study by months or years these are the steps: within one, person-time is even.
    """
    if study.period.step != "day":
        return study.period.steps.edges()[:-1]
    return _days(
        study.period, {*cuts(study.period.start, study.period.end, "month"), *_dates(study)}
    )


def move_starts(study: StudyModel) -> tuple[int, ...]:
    """Days from day 0 on which a segment of the table `moves` begins: it is within one step.

    Reporting periods, unless a payment counts moves; days, if one of these is settled by the day.
    """
    period = study.period
    counting = [payment for _, payment in _payments(study) if payment.counts_moves]
    if any(billed_by_day(payment, period) for payment in counting):
        return period.steps.edges()[:-1]
    if counting:
        return custody_starts(study)
    return _days(period, set(cuts(period.start, period.end, period.report, period.year_starts)))


def billed_by_day(payment: Payment, period: Period) -> bool:
    """Whether a bill of each day is made: a sum over more days is not enough.

    Within a longer step the number of people held is the same on every day; moves are spread.
    """
    uneven = period.step == "day" or payment.counts_moves
    return uneven and payment.settlement == "day" and payment.by_average


def daily_of(payment: Payment, period: Period) -> Daily | None:
    """The people to be counted by day to settle a payment; None if segments are enough."""
    if not payment.states or period.step != "day" or not billed_by_day(payment, period):
        return None
    return Daily(payment.states, payment.where)


def daily_sets(study: StudyModel, scenario: str) -> tuple[Daily, ...]:
    """Everybody whose number is kept by day."""
    payments = study.scenarios[scenario].money.payments.values()
    found = (daily_of(payment, study.period) for payment in payments)
    return tuple({daily_label(daily): daily for daily in found if daily is not None}.values())


def _payments(study: StudyModel) -> Iterator[tuple[Money, Payment]]:
    for scenario in study.scenarios.values():
        for payment in scenario.money.payments.values():
            yield scenario.money, payment


def _dates(study: StudyModel) -> Iterator[date]:
    """Contract dates and their anniversaries, and the days on which a price index changes."""
    start, end = study.period.start, study.period.end
    anchors = {start}
    for terms, payment in _payments(study):
        yield from (day for day in (payment.start, payment.end) if day is not None)
        anchors.add(anchor_of(payment, terms, start))
    for anchor in anchors:  # most payments share one
        yield from anniversaries(anchor, start, end)
    for scenario in study.scenarios.values():
        if scenario.money.prices is not None:
            yield from scenario.money.prices.days(end)


def anniversaries(anchor: date, start: date, end: date) -> Iterator[date]:
    """The anniversaries of a day in the years from `start` to `end`."""
    for year in range(start.year, end.year + 1):
        yield anniversary(anchor, year - anchor.year)


def _days(period: Period, dates: set[date]) -> tuple[int, ...]:
    """Dates within the period, as days from its start, which is the first."""
    inside = {day for day in dates if period.start < day < period.end} | {period.start}
    return tuple((day - period.start).days for day in sorted(inside))
