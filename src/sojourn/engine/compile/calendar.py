"""Dates to numbers of steps: segments of moves, periods of quotas, values that hold from a date."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sojourn.study.contract_days import move_starts

if TYPE_CHECKING:
    from sojourn.study.model.study import StudyModel
    from sojourn.study.model.values import Dated, PeriodUnit, Quantity
    from sojourn.study.time_steps import Steps


def move_segments(study: StudyModel) -> tuple[tuple[date, ...], npt.NDArray[np.int64]]:
    """First day of each segment by which moves are counted, and the segment of each step.

    Each segment lies within one reporting period and, if a payment counts moves, between two
    contract dates.
    """
    starts = np.array(move_starts(study), dtype=np.int64)
    edges = np.array(study.period.steps.edges()[:-1], dtype=np.int64)
    index = np.searchsorted(starts, edges, side="right") - 1
    return tuple(study.period.start + timedelta(days=day) for day in starts.tolist()), index


@lru_cache(maxsize=64)
def period_index(per: PeriodUnit, steps: Steps) -> npt.NDArray[np.int64]:
    """Number of each step's period: weeks from day 0, months and years by the calendar.

    A period is as long as a step or longer. Kept, for every draw asks: not to be written into.
    """
    day = np.array(steps.edges()[:-1], dtype=np.int64)
    start = steps.start
    if per == "day":
        return day
    if per == "week":
        return day // 7
    dates = np.datetime64(start) + day
    unit = "M" if per == "month" else "Y"
    whole = dates.astype(f"datetime64[{unit}]").astype(np.int64)
    return whole - (whole[0] if len(day) else 0)


@lru_cache(maxsize=64)
def days_in_period(per: PeriodUnit, start: date, days: int) -> npt.NDArray[np.float64]:
    """Length in days of the calendar period that each day lies in. Kept, as `period_index` is."""
    if per in {"day", "week"}:
        return np.full(days, 1.0 if per == "day" else 7.0)
    dates = np.datetime64(start) + np.arange(days)
    unit = "M" if per == "month" else "Y"
    first = dates.astype(f"datetime64[{unit}]")
    length = (first + 1).astype("datetime64[D]") - first.astype("datetime64[D]")
    return np.asarray(length, dtype=np.float64)


def dated_values(
    dated: Sequence[Dated], value: Callable[[Quantity], float], steps: Steps
) -> npt.NDArray[np.float64]:
    """A dated quantity as a number for each step; the first holds from the beginning."""
    numbers = np.empty(len(steps))
    for position, item in enumerate(dated):
        first = 0 if position == 0 else max(0, steps.step_of(item.start))
        numbers[first:] = value(item.quantity)
    return numbers


def span_steps(first: date | None, end: date | None, steps: Steps) -> slice:
    """Steps from `first` up to, not including, `end`."""
    a = 0 if first is None else steps.step_of(first)
    b = len(steps) if end is None else steps.step_of(end)
    return slice(min(max(a, 0), len(steps)), min(max(b, 0), len(steps)))
