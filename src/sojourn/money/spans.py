"""The days on which a payment runs, cut where its price or its settlement can change.

A price for a month buys one place for that calendar month, so a day of it costs the price over
the month's days; a price for a year is spread over the 365 or 366 days of the calendar year.
"""

from __future__ import annotations

from calendar import isleap, monthrange
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from sojourn.arrays import Floats, Ints
from sojourn.study.contract_days import anchor_of, anniversaries, billed_by_day
from sojourn.study.model.money import Money, Payment
from sojourn.study.model.study import Period
from sojourn.study.time_steps import cuts, whole_years


@dataclass(frozen=True, slots=True, eq=False)
class Spans:
    """Every array is over spans, in order of date, without gaps."""

    first: Ints
    """Days from day 0."""
    last: Ints
    """The day after the last one."""
    day: tuple[date, ...]
    """The date of `first`."""
    settlement: Ints
    """Number of the settlement, from 0 without gaps."""
    units: Floats
    """What the span is of the payment's unit of time: 31 days of January are one month."""
    rises: Floats
    """How often the escalator has risen."""

    @property
    def days(self) -> Ints:
        """Days of each span."""
        return self.last - self.first

    @property
    def settlement_starts(self) -> Ints:
        """The first span of each settlement."""
        return np.flatnonzero(np.diff(self.settlement, prepend=-1))


def spans_of(payment: Payment, terms: Money, period: Period) -> Spans:
    """Cut the payment's days within the study; if it is billed by the day, each is a span."""
    start = max(payment.start or period.start, period.start)
    end = min(payment.end or period.end, period.end)
    days = _days(payment, terms, period, start, end) if start < end else []
    anchor = anchor_of(payment, terms, period.start)
    first = np.asarray([(day - period.start).days for day in days], np.int64)
    last = np.append(first[1:], [(end - period.start).days] if days else [])
    length = last - first
    settled = [_settlement(payment, day) for day in days]
    place = {key: number for number, key in enumerate(dict.fromkeys(settled))}
    return Spans(
        first=first,
        last=last.astype(np.int64),
        day=tuple(days),
        settlement=np.asarray([place[key] for key in settled], np.int64),
        units=np.asarray([_part(payment.per, day) for day in days], np.float64) * length,
        rises=np.asarray([whole_years(anchor, day) for day in days], np.float64),
    )


def _days(payment: Payment, terms: Money, period: Period, start: date, end: date) -> list[date]:
    """The first day of each span."""
    if billed_by_day(payment, period):
        return [start + timedelta(days=day) for day in range((end - start).days)]
    found = set(cuts(start, end, "month"))
    found.update(anniversaries(anchor_of(payment, terms, period.start), start, end))
    if terms.prices is not None:
        found.update(terms.prices.days(end))
    return sorted(day for day in found if start <= day < end)


def _settlement(payment: Payment, day: date) -> tuple[int, ...]:
    """What is the same for all days that are settled together."""
    match payment.settlement:
        case "whole term":
            return ()
        case "year":
            return (day.year,)
        case "quarter":
            return (day.year, (day.month - 1) // 3)
        case "month":
            return (day.year, day.month)
    # By the day; a study by months or years has the same number on all days of a span.
    return (day.toordinal(),)


def _part(per: str, day: date) -> float:
    """The share of the unit of time that a day is."""
    if per == "month":
        return 1.0 / monthrange(day.year, day.month)[1]
    if per == "year":
        return 1.0 / (366 if isleap(day.year) else 365)
    return 1.0
