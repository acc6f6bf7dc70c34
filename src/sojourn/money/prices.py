"""What a unit of time costs on each day: the calendar, the contract's span, its escalator.

A price for a month buys one place for that calendar month, so a day of it costs the price over
the month's days; a price for a year is spread over the 365 or 366 days of the calendar year.
"""

from __future__ import annotations

from calendar import isleap, monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Protocol

import numpy as np
import numpy.typing as npt

from sojourn.results.periods import ReportingPeriods, first_of_next
from sojourn.study.model import Payment, Quantity

Floats = npt.NDArray[np.float64]

DAYS_OF_YEAR = 365.25
"""For discounting."""


class Valued(Protocol):
    """One draw: gives each uncertain quantity its value."""

    def value(self, quantity: Quantity) -> float:
        """The quantity in this draw, in its canonical unit."""


Draws = Mapping[int, Valued]
"""Draws by their number."""


@dataclass(frozen=True, slots=True)
class Spans:
    """The days on which a payment runs, cut where its price can change.

    Every array is over spans: `period` the number of the reporting period, `days`, `units` what
    the span is of the payment's unit of time (31 days of January are one month), and `rises`
    how often the escalator has risen before it.
    """

    period: npt.NDArray[np.int64]
    days: Floats
    units: Floats
    rises: Floats


def spans_of(payment: Payment, periods: ReportingPeriods) -> Spans:
    """Cut the payment's days at months, reporting periods and anniversaries."""
    study_start = periods.starts[0]
    anchor = payment.start or study_start
    start, end = max(anchor, study_start), min(payment.end or periods.end, periods.end)
    cuts = {start, end} | {day for day in periods.starts if start < day < end}
    day = first_of_next(start, "month")
    while day < end:
        cuts.add(day)
        day = first_of_next(day, "month")
    cuts |= {day for day in _anniversaries(anchor, end) if start < day < end}
    spans = [pair for pair in pairwise(sorted(cuts)) if start < end]
    return Spans(
        period=np.asarray([periods.index[(a - study_start).days] for a, _ in spans], np.int64),
        days=np.asarray([(b - a).days for a, b in spans], np.float64),
        units=np.asarray([_units(payment.per, a, (b - a).days) for a, b in spans], np.float64),
        rises=np.asarray([_whole_years(anchor, a) for a, _ in spans], np.float64),
    )


def _units(per: str, day: date, days: int) -> float:
    if per == "month":
        return days / monthrange(day.year, day.month)[1]
    if per == "year":
        return days / (366 if isleap(day.year) else 365)
    return float(days)


def _anniversary(anchor: date, years: int) -> date:
    """29 February has its anniversary on 1 March in a common year."""
    year = anchor.year + years
    if (anchor.month, anchor.day) == (2, 29) and not isleap(year):
        return date(year, 3, 1)
    return anchor.replace(year=year)


def _anniversaries(anchor: date, end: date) -> list[date]:
    return [_anniversary(anchor, years) for years in range(1, max(end.year - anchor.year, 0) + 1)]


def _whole_years(anchor: date, day: date) -> int:
    years = day.year - anchor.year
    return years if day >= _anniversary(anchor, years) else years - 1


def values(quantity: Quantity | None, draws: Draws, default: float) -> Floats:
    """The quantity [draw]; `default` where there is none."""
    if quantity is None:
        return np.full(len(draws), default)
    return np.asarray([draw.value(quantity) for draw in draws.values()], dtype=np.float64)


def rise(payment: Payment, draws: Draws, rises: Floats) -> Floats:
    """Factor of the escalator [draw, span]."""
    yearly = 1.0 + values(payment.escalator, draws, 0.0)
    return np.asarray(yearly[:, None] ** rises[None, :])


def sum_by_period(spans: Spans, weights: Floats, periods: int) -> Floats:
    """Weights [..., span] added up to [..., period]."""
    member = np.zeros((len(spans.period), periods))
    member[np.arange(len(spans.period)), spans.period] = 1.0
    return np.asarray(weights @ member)


def discounts(rate: Quantity | None, draws: Draws, days: Floats) -> Floats:
    """Factor [draw, day] that brings a sum of that day (counted from day 0) back to day 0."""
    yearly = 1.0 + values(rate, draws, 0.0)
    return np.asarray(yearly[:, None] ** (-days[None, :] / DAYS_OF_YEAR))
