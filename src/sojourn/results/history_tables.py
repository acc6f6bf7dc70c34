"""From the daily arrays of one simulated history to its rows in the result tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sojourn.results.tables import Coded, build, constant
from sojourn.study.sections.pathway.facilities_and_states import TOGETHER

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
class History:
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


class _Rows:
    """Adds the columns that name the history and the period."""

    def __init__(self, names: Names, scenario: str, draw: int, replicate: int) -> None:
        self.names, self.scenario, self.draw, self.replicate = names, scenario, draw, replicate
        self.dates = np.asarray(names.periods, dtype="datetime64[D]")

    def table(self, name: str, period: Counts | None, columns: dict[str, object]) -> pa.Table:
        first = next(iter(columns.values()))
        rows = len(first.codes) if isinstance(first, Coded) else len(np.asarray(first))
        head: dict[str, object] = {
            "scenario": constant(self.scenario, rows),
            "draw": np.full(rows, self.draw, dtype=np.int32),
            "replicate": np.full(rows, self.replicate, dtype=np.int32),
        }
        if period is not None:
            head["period"] = self.dates[period]
        return build(name, head | columns)


def tables_of(
    history: History, names: Names, *, scenario: str, draw: int, replicate: int
) -> dict[str, pa.Table]:
    """All rows that one history adds, by table name (`columns.PER_HISTORY`)."""
    rows = _Rows(names, scenario, draw, replicate)
    first, last = _bounds(history.period, len(names.periods))
    days = int(names.day_of(np.asarray([len(history.period)]))[0])
    return {
        "histories": rows.table("histories", None, {"days": np.asarray([days])}),
        "census": _census(rows, history, first, last),
        "custody": _custody(rows, history, days),
        "custody_days": _custody_days(rows, history.census),
        "peaks": _peaks(rows, history.census, first),
        "flows": _flows(rows, history.moves),
        "moves": _moves(rows, history.moves, days),
        "waits": _waits(rows, history, first, last),
        "wait_days": _wait_days(rows, history),
        "facilities": _facilities(rows, history, first, last),
        "firsts": _firsts(rows, history),
        "gates": _gates(rows, history, first, last),
        "events": _events(rows, history.events),
    }


def _bounds(period: Counts, periods: int) -> tuple[Counts, Counts]:
    """First and last day of each period; every period must have a day."""
    first = np.flatnonzero(np.diff(period, prepend=-1))
    if len(first) != periods or (np.diff(period) < 0).any():
        raise ValueError("the days do not run through the reporting periods in order")
    return first, np.append(first[1:], len(period)) - 1


def _added(values: Counts, first: Counts) -> Counts:
    """Sums over the days of each period."""
    means = np.issubdtype(values.dtype, np.floating)
    return np.add.reduceat(values, first, axis=0, dtype=np.float64 if means else np.int64)


def _census(rows: _Rows, history: History, first: Counts, last: Counts) -> pa.Table:
    census = history.census
    person_days = _added(rows.names.person_time(census, history.before), first)
    period, state, group = np.nonzero(person_days)
    at = (period, state, group)
    return rows.table(
        "census",
        period,
        {
            "state": Coded(state, rows.names.states),
            "group": Coded(group, rows.names.groups),
            "people": census[last][at],
            "person_days": person_days[at].astype(np.float64),
            "peak": np.maximum.reduceat(census, first, axis=0)[at],
        },
    )


def _segments(rows: _Rows, starts: Counts, days: int, segment: Counts) -> dict[str, object]:
    """First day and length of the segments that rows belong to; `starts` are days from day 0."""
    dates = np.datetime64(rows.names.day_0) + starts
    return {"segment": Coded(segment, dates), "days": np.diff(starts, append=days)[segment]}


def _custody(rows: _Rows, history: History, days: int) -> pa.Table:
    names = rows.names
    starts = np.asarray(names.custody, dtype=np.int64)
    person_time = names.person_time(history.census, history.before)
    person_days = _added(person_time, names.step_of(starts))
    segment, state, group = np.nonzero(person_days)
    return rows.table(
        "custody",
        None,
        {
            **_segments(rows, starts, days, segment),
            "state": Coded(state, names.states),
            "group": Coded(group, names.groups),
            "person_days": person_days[segment, state, group].astype(np.float64),
        },
    )


def _custody_days(rows: _Rows, census: Counts) -> pa.Table:
    """A row for day 0, and for each day on which the number differs from the day before."""
    day, label, people = [], [], []
    for number, (_, states, groups) in enumerate(rows.names.daily):
        held = census[:, list(states)][:, :, list(groups)].sum(axis=(1, 2))
        changed = np.flatnonzero(np.diff(held, prepend=-1))
        day.append(changed)
        label.append(np.full(len(changed), number))
        people.append(held[changed])
    days = np.concatenate([np.zeros(0, np.int64), *day])
    return rows.table(
        "custody_days",
        None,
        {
            "date": np.datetime64(rows.names.day_0) + days,
            "held": Coded(
                np.concatenate([np.zeros(0, np.int64), *label]),
                [label for label, _, _ in rows.names.daily],
            ),
            "people": np.concatenate([census[:0, 0, 0], *people]),
        },
    )


def _peaks(rows: _Rows, census: Counts, first: Counts) -> pa.Table:
    names = rows.names
    by_state = np.einsum("dsg->ds", census)
    labels = list(names.states)
    for states in names.together:
        columns = [names.states.index(state) for state in states if state in names.states]
        by_state = np.column_stack((by_state, by_state[:, columns].sum(axis=1)))
        labels.append(TOGETHER.join(states))
    peak = np.maximum.reduceat(by_state, first, axis=0)
    period, state = np.nonzero(peak)
    return rows.table("peaks", period, {"state": Coded(state, labels), "peak": peak[period, state]})


def _flows(rows: _Rows, moves: Counts) -> pa.Table:
    """Segments of moves added up to the reporting periods that hold them."""
    starts = np.asarray(rows.names.moves, dtype="datetime64[D]")
    flows = _added(moves, np.searchsorted(starts, rows.dates))
    period, branch, group = np.nonzero(flows)
    return rows.table("flows", period, _moved(rows, flows, period, branch, group))


def _moves(rows: _Rows, moves: Counts, days: int) -> pa.Table:
    starts = np.asarray(rows.names.moves, dtype="datetime64[D]")
    from_0 = (starts - np.datetime64(rows.names.day_0)).astype(np.int64)
    segment, branch, group = np.nonzero(moves)
    columns = _moved(rows, moves, segment, branch, group)
    return rows.table("moves", None, {**_segments(rows, from_0, days, segment), **columns})


def _moved(
    rows: _Rows, moves: Counts, when: Counts, branch: Counts, group: Counts
) -> dict[str, object]:
    columns: dict[str, object] = {}
    for place, column in enumerate(("transition", "source", "target")):
        columns[column] = _shared(branch, [names[place] for names in rows.names.branches])
    columns["group"] = Coded(group, rows.names.groups)
    columns["people"] = moves[when, branch, group]
    return columns


def _shared(codes: Counts, labels: list[str]) -> Coded:
    """Codes into distinct labels, because a dictionary must not hold a label twice."""
    distinct = list(dict.fromkeys(labels))
    place = {label: number for number, label in enumerate(distinct)}
    lookup = np.asarray([place[label] for label in labels], dtype=np.int32)
    return Coded(lookup[codes], distinct)


def _grid(periods: int, things: int) -> tuple[Counts, Counts]:
    return np.repeat(np.arange(periods), things), np.tile(np.arange(things), periods)


def _waits(rows: _Rows, history: History, first: Counts, last: Counts) -> pa.Table:
    waiting = history.waiting
    period, line = _grid(len(first), len(rows.names.lines))
    # All lines are empty on the evening before day 0.
    person_time = rows.names.person_time(waiting, np.zeros_like(waiting[0]))
    return rows.table(
        "waits",
        period,
        {
            "transition": _shared(line, list(rows.names.lines)),
            "waiting": waiting[last].ravel(),
            "person_days": _added(person_time, first).ravel().astype(np.float64),
            "joined": history.joined.ravel(),
            "served": history.served.ravel(),
            "left": history.left.ravel(),
            "days_served": _whole(history.days_served * rows.names.step).ravel(),
        },
    )


def _wait_days(rows: _Rows, history: History) -> pa.Table:
    none = np.zeros((len(rows.names.lines), 0), dtype=np.int64)
    served, left, still = (
        none if counts is None else counts
        for counts in (history.wait_served, history.wait_left, history.wait_still)
    )
    line, steps = np.nonzero(served + left + still)
    return rows.table(
        "wait_days",
        None,
        {
            "transition": _shared(line, list(rows.names.lines)),
            "days": _whole(steps * rows.names.step),
            "served": served[line, steps],
            "left": left[line, steps],
            "waiting": still[line, steps],
        },
    )


def _whole(days: npt.NDArray[Any]) -> Counts:
    """To the nearest day."""
    return np.asarray(np.rint(days), dtype=np.int64)


def _full(history: History) -> npt.NDArray[np.bool_]:
    """[day, facility]; a facility without places and people counts as not yet open, not as full."""
    # A mean may be below a whole number by rounding.
    full: npt.NDArray[np.bool_] = history.occupied > history.capacity - 1e-6
    full &= history.occupied > 0
    return full


def _facilities(rows: _Rows, history: History, first: Counts, last: Counts) -> pa.Table:
    occupied = history.occupied
    # Those already held change on the first day of a step, and are there for all of it.
    others = history.already_held
    days = rows.names.person_time(occupied - others, history.occupied_before)
    days = days + rows.names.in_days(others)
    days_full = rows.names.in_days(_full(history))
    period, facility = _grid(len(first), len(rows.names.facilities))
    return rows.table(
        "facilities",
        period,
        {
            "facility": Coded(facility, rows.names.facilities),
            "capacity": history.capacity[last].ravel(),
            "occupied": occupied[last].ravel(),
            "person_days": _added(days, first).ravel().astype(np.float64),
            "peak": np.maximum.reduceat(occupied, first, axis=0).ravel(),
            "days_full": np.add.reduceat(days_full, first, axis=0, dtype=np.int64).ravel(),
        },
    )


def _firsts(rows: _Rows, history: History) -> pa.Table:
    full = _full(history)
    day = np.datetime64(rows.names.day_0) + rows.names.day_of(full.argmax(axis=0))
    day[~full.any(axis=0)] = np.datetime64("NaT")
    facility = np.arange(len(rows.names.facilities))
    return rows.table(
        "firsts",
        None,
        {"facility": Coded(facility, rows.names.facilities), "first_full": day},
    )


def _gates(rows: _Rows, history: History, first: Counts, last: Counts) -> pa.Table:
    period, gate = _grid(len(first), len(rows.names.gates))
    names = rows.names
    days_open = np.add.reduceat(names.in_days(history.gate_open), first, axis=0, dtype=np.int64)
    return rows.table(
        "gates",
        period,
        {
            "gate": Coded(gate, rows.names.gates),
            "days": (names.day_of(last + 1) - names.day_of(first))[period],
            "days_open": days_open.ravel(),
        },
    )


def _events(rows: _Rows, events: Counts) -> pa.Table:
    day, person, visit, what, group = events.T
    states = [target for _, source, target in rows.names.branches if source == "outside"]
    branches = [*rows.names.branches, *(("stock", "stock", state) for state in states)]
    columns: dict[str, object] = {
        "date": np.datetime64(rows.names.day_0) + rows.names.day_of(day),
        "person": np.ascontiguousarray(person),
        "visit": visit.astype(np.int32),
    }
    for place, column in enumerate(("transition", "source", "target")):
        columns[column] = _shared(what, [names[place] for names in branches])
    columns["group"] = Coded(group, rows.names.groups)
    return rows.table("events", None, columns)
