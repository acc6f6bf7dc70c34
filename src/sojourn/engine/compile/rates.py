"""How many people are expected to enter on each day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from sojourn.arrays import Floats
from sojourn.engine.compile.calendar import dated_values, days_in_period
from sojourn.errors import Problem, StudyError
from sojourn.study.time_steps import Steps
from sojourn.study.units import MONTHS, MOST_PEOPLE, WEEKDAYS

if TYPE_CHECKING:
    from sojourn.study.model.people import Admissions
    from sojourn.study.model.values import PeriodUnit, Quantity


DAYS_IN_YEAR = 365.25


def daily_rate(
    admissions: Admissions, value: Callable[[Quantity], float], start: date, days: int
) -> Floats:
    """People expected to enter on each day, over all cells.

    The rate of a period is spread over its days; then trend, season and weekdays multiply it.
    Raises `StudyError` if a draw makes every factor of a season or a week zero, or if a trend makes
    the numbers too large to count.
    """
    rate = dated_values(admissions.rate, value, Steps(start, start + timedelta(days=days)))
    rate = rate / days_in_period(admissions.per, start, days)
    if admissions.trend is not None:
        with np.errstate(over="ignore"):
            rate = rate * (1.0 + value(admissions.trend)) ** (np.arange(days) / DAYS_IN_YEAR)
        if rate.max(initial=0.0) > MOST_PEOPLE:
            raise StudyError(
                Problem(
                    f"more than {MOST_PEOPLE:,} people a day come in the end",
                    "lower the trend, or shorten the period",
                    path=admissions.trend.path,
                )
            )
    if admissions.season:
        rate = rate * _season(
            _factors(admissions.season, MONTHS, value), admissions.per, start, days
        )
    if admissions.weekdays:
        week = _factors(admissions.weekdays, WEEKDAYS, value)
        rate = rate * (week / week.mean())[(start.weekday() + np.arange(days)) % 7]
    return np.asarray(rate, dtype=np.float64)


def _factors(
    written: dict[str, Quantity], names: tuple[str, ...], value: Callable[[Quantity], float]
) -> Floats:
    """The factor of each month or weekday."""
    found = np.array([value(written[name]) if name in written else 1.0 for name in names])
    if found.sum() <= 0.0:
        path = next(iter(written.values())).path.rpartition(".")[0]
        raise StudyError(
            Problem("every factor is zero in a draw", "raise the lower limits", path=path)
        )
    return found


def _season(factors: Floats, per: PeriodUnit, start: date, days: int) -> Floats:
    """Factor of each day, scaled so that a calendar year has the people that its rate says.

    The mean is over the days of that year (its February, then, with or without the 29th); of a
    rate per month it is over the twelve months, for each has the same number of people.
    """
    last = np.datetime64(start) + max(0, days - 1)
    first = np.datetime64(f"{start.year:04}-01-01")
    end = (last.astype("datetime64[Y]") + 1).astype("datetime64[D]")
    calendar = np.arange(first, end)
    day_factor = factors[calendar.astype("datetime64[M]").astype(np.int64) % 12]
    year = calendar.astype("datetime64[Y]").astype(np.int64)
    year -= year[0]
    weight = 1.0 / days_in_period(per, first.astype(object), len(calendar))
    scale = np.bincount(year, weight) / np.bincount(year, weight * day_factor)
    before = int((np.datetime64(start) - first).astype(np.int64))
    return (day_factor * scale[year])[before : before + days]
