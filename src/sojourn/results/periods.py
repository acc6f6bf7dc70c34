"""The reporting periods of a study: calendar months or years, cut at its first and last day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sojourn.results.tables import build
from sojourn.study.model.study import Period
from sojourn.study.time_steps import cuts

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ReportingPeriods:
    """The reporting periods in order.

    `index` [day] is the number of each day's period, `days` [period] the days of each, and
    `first` [period] the day on which each begins. `end` is the first day after the last.
    """

    starts: tuple[date, ...]
    end: date
    index: IntArray
    days: IntArray
    first: IntArray

    @property
    def ends(self) -> tuple[date, ...]:
        """The first day after each period."""
        return (*self.starts[1:], self.end)


def reporting_periods(period: Period) -> ReportingPeriods:
    """Cut the study's days into calendar months or years; the first and last may be partial."""
    starts = cuts(period.start, period.end, period.report)
    bounds = [(start - period.start).days for start in starts] + [period.days]
    edges = np.asarray(bounds, dtype=np.int64)
    days = edges[1:] - edges[:-1]
    index = np.repeat(np.arange(len(starts), dtype=np.int64), days)
    return ReportingPeriods(tuple(starts), period.end, index, days, edges[:-1])


def periods_table(period: Period) -> pa.Table:
    """The table `periods`."""
    found = reporting_periods(period)
    return build(
        "periods",
        {
            "period": list(found.starts),
            "days": found.days,
            "year": np.asarray([start.year for start in found.starts], dtype=np.int32),
        },
    )
