"""Dates to day numbers: reporting periods, periods of quotas, values that hold from a date."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from sojourn.study.model import Dated, Period, PeriodUnit, Quantity


def report_periods(period: Period) -> tuple[tuple[date, ...], npt.NDArray[np.int64]]:
    """First day of each reporting period, and the period of each day.

    The first and the last may be short: periods are calendar months or years.
    """
    starts: list[date] = []
    index = np.empty(period.days, dtype=np.int64)
    for day in range(period.days):
        current = period.start + timedelta(days=day)
        first = current.day == 1 and (period.report == "month" or current.month == 1)
        if first or not starts:
            starts.append(current)
        index[day] = len(starts) - 1
    return tuple(starts), index


def period_index(per: PeriodUnit, start: date, days: int) -> npt.NDArray[np.int64]:
    """Number of each day's period: weeks from day 0, months and years by the calendar."""
    day = np.arange(days)
    if per == "day":
        return day
    if per == "week":
        return day // 7
    dates = np.datetime64(start) + day
    unit = "M" if per == "month" else "Y"
    whole = dates.astype(f"datetime64[{unit}]").astype(np.int64)
    return whole - (whole[0] if days else 0)


def days_in_period(per: PeriodUnit, start: date, days: int) -> npt.NDArray[np.float64]:
    """Length in days of the calendar period that each day lies in."""
    if per in {"day", "week"}:
        return np.full(days, 1.0 if per == "day" else 7.0)
    dates = np.datetime64(start) + np.arange(days)
    unit = "M" if per == "month" else "Y"
    first = dates.astype(f"datetime64[{unit}]")
    length = (first + 1).astype("datetime64[D]") - first.astype("datetime64[D]")
    return np.asarray(length, dtype=np.float64)


def dated_days(
    dated: Sequence[Dated], value: Callable[[Quantity], float], start: date, days: int
) -> npt.NDArray[np.float64]:
    """A dated quantity as a number for each day; the first holds from the beginning."""
    numbers = np.empty(days)
    for position, item in enumerate(dated):
        first = 0 if position == 0 else max(0, (item.start - start).days)
        numbers[first:] = value(item.quantity)
    return numbers


def span_days(first: date | None, end: date | None, start: date, days: int) -> slice:
    """Days from `first` up to, not including, `end`."""
    a = 0 if first is None else (first - start).days
    b = days if end is None else (end - start).days
    return slice(min(max(a, 0), days), min(max(b, 0), days))
