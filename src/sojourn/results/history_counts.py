"""One history as arrays, and what their axes stand for: what result tables are made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[Any]
"""Whole numbers; in an expected run, means."""


@dataclass(frozen=True, slots=True)
class Names:
    """What the axes of a history's arrays stand for."""

    day_0: date
    periods: tuple[date, ...]
    """First day of each reporting period."""
    custody: tuple[int, ...]
    """Days from day 0 to the first day of each segment of the table `custody`."""
    moves: tuple[date, ...]
    """First day of each segment of the table `moves`; every reporting period begins one."""
    states: tuple[str, ...]
    """`waiting outside` among them, if anybody may."""
    groups: tuple[str, ...]
    branches: tuple[tuple[str, str, str], ...]
    """Transition, source, target; ('admission', 'outside', state) for admissions."""
    lines: tuple[str, ...] = ()
    """Transition of each line."""
    facilities: tuple[str, ...] = ()
    gates: tuple[str, ...] = ()
    together: tuple[tuple[str, ...], ...] = ()
    """Sets of states whose joint peak is wanted."""
    daily: tuple[tuple[str, tuple[int, ...], tuple[int, ...]], ...] = ()
    """Sets of people counted by day: a label, numbers of states and of groups."""
    edges: tuple[int, ...] = ()
    """Days from day 0 to the first day of each step, and to the end; empty: a step is a day."""
    step: float = 1.0
    """Days of a step as a duration."""

    def day_of(self, step: Counts) -> Counts:
        """Days from day 0 to the first day of steps."""
        return np.asarray(self.edges, dtype=np.int64)[step] if self.edges else step

    def step_of(self, day: Counts) -> Counts:
        """The step that begins on each of these days from day 0."""
        return np.searchsorted(np.asarray(self.edges), day) if self.edges else day

    def person_time(self, counts: npt.NDArray[Any], before: npt.NDArray[Any]) -> Counts:
        """Person-days [step, …] from counts at the ends of steps.

        With steps of a day, the counts themselves (nights held). With months or years, the mean of
        the counts at both ends of a step times its days; `before` [...] is the count before day 0.
        """
        if not self.edges:
            return counts
        ends = np.concatenate((before[None], counts))
        return self.in_days((ends[:-1] + ends[1:]) / 2.0)

    def in_days(self, counts: npt.NDArray[Any]) -> Counts:
        """Counts [step, …] times the days of each step, which gives days or person-days."""
        if not self.edges:
            return counts
        days = np.diff(np.asarray(self.edges, dtype=np.int64))
        return np.asarray(counts * days.reshape(-1, *[1] * (counts.ndim - 1)))


@dataclass(frozen=True, slots=True)
class HistoryCounts:
    """One history as arrays of whole numbers, or the means; see `Names` for the axes.

    Days are the steps of the study.
    """

    period: Counts
    """[day] number of the reporting period, rising."""
    census: Counts
    """[day, state, group] people at the end of the day."""
    before: Counts
    """[state, group] people on the evening before day 0: the stock."""
    moves: Counts
    """[segment of moves, branch, group] people who moved."""
    waiting: Counts
    """[day, line] people in the line at the end of the day."""
    joined: Counts
    """[period, line]; so are the next three."""
    served: Counts
    left: Counts
    days_served: Counts
    occupied: Counts
    """[day, facility] places taken, including people already held."""
    occupied_before: Counts
    """[facility] places that the stock takes."""
    already_held: Counts
    """[day, facility]"""
    capacity: Counts
    """[day, facility]"""
    gate_open: npt.NDArray[np.bool_]
    """[day, gate]"""
    wait_served: Counts | None = None
    """[line, steps] people served after so many steps in the line; so are the next two."""
    wait_left: Counts | None = None
    wait_still: Counts | None = None
    """People waiting at the end, by the steps that they have waited."""
    events: Counts = field(default_factory=lambda: np.zeros((0, 5), dtype=np.int64))
    """[event, 5] day, person, visit, kind, group after. The kind is the number of a branch of
    `Names`; after the last branch follows one number per state, for the stock."""
