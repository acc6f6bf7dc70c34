"""The reporting periods of a study: calendar months or years, cut at its first and last day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from sojourn.arrays import Ints
from sojourn.errors import Problem, ResultsError
from sojourn.results.tables import build
from sojourn.study.model.study import Period
from sojourn.study.time_steps import cuts, year_of
from sojourn.study.units import MONTHS


@dataclass(frozen=True, slots=True)
class ReportingPeriods:
    """The reporting periods in order.

    `index` [day] is the number of each day's period, `days` [period] the days of each, and
    `first` [period] the day on which each begins. `end` is the first day after the last.
    """

    starts: tuple[date, ...]
    end: date
    index: Ints
    days: Ints
    first: Ints

    @property
    def ends(self) -> tuple[date, ...]:
        """The first day after each period."""
        return (*self.starts[1:], self.end)


def reporting_periods(period: Period) -> ReportingPeriods:
    """Cut the study's days into calendar months or reporting years; first and last may be cut."""
    starts = cuts(period.start, period.end, period.report, period.year_starts)
    bounds = [(start - period.start).days for start in starts] + [period.days]
    edges = np.asarray(bounds, dtype=np.int64)
    days = edges[1:] - edges[:-1]
    index = np.repeat(np.arange(len(starts), dtype=np.int64), days)
    return ReportingPeriods(tuple(starts), period.end, index, days, edges[:-1])


def check_years(period: Period, year_starts: int) -> None:
    """Raise ResultsError if a run's reporting periods do not make up years that start so.

    `year_starts` is the month on whose first day a year starts.
    """
    if period.report == "month" or year_starts == period.year_starts:
        return
    asked = f"1 {MONTHS[year_starts - 1].capitalize()}"
    if period.step == "year":
        what = "the run goes by calendar years"
        fix = "write `step: month` or `step: day` under `period:`, and run again"
    else:
        what = f"the run is reported by years from 1 {MONTHS[period.year_starts - 1].capitalize()}"
        fix = f"write `report: month`, or `year starts: {asked}`, under `period:`, and run again"
    raise ResultsError(Problem(f"{what}: no years from {asked} can be made of them", fix))


def periods_table(period: Period) -> pa.Table:
    """The table `periods`."""
    found = reporting_periods(period)
    return build(
        "periods",
        {
            "period": list(found.starts),
            "days": found.days,
            "year": np.asarray(
                [year_of(start, period.year_starts) for start in found.starts], dtype=np.int32
            ),
        },
    )
