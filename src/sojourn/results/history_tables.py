"""From the daily arrays of one simulated history to its rows in the result tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sojourn.results.history_counts import Counts, HistoryCounts, Names
from sojourn.results.tables import Coded, build, constant
from sojourn.study.sections.pathway.facilities_and_states import TOGETHER


class _HistoryRows:
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
    history: HistoryCounts, names: Names, *, scenario: str, draw: int, replicate: int
) -> dict[str, pa.Table]:
    """All rows that one history adds, by table name (`columns.PER_HISTORY`)."""
    rows = _HistoryRows(names, scenario, draw, replicate)
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


def _census(rows: _HistoryRows, history: HistoryCounts, first: Counts, last: Counts) -> pa.Table:
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


def _segments(rows: _HistoryRows, starts: Counts, days: int, segment: Counts) -> dict[str, object]:
    """First day and length of the segments that rows belong to; `starts` are days from day 0."""
    dates = np.datetime64(rows.names.day_0) + starts
    return {"segment": Coded(segment, dates), "days": np.diff(starts, append=days)[segment]}


def _custody(rows: _HistoryRows, history: HistoryCounts, days: int) -> pa.Table:
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


def _custody_days(rows: _HistoryRows, census: Counts) -> pa.Table:
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


def _peaks(rows: _HistoryRows, census: Counts, first: Counts) -> pa.Table:
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


def _flows(rows: _HistoryRows, moves: Counts) -> pa.Table:
    """Segments of moves added up to the reporting periods that hold them."""
    starts = np.asarray(rows.names.moves, dtype="datetime64[D]")
    flows = _added(moves, np.searchsorted(starts, rows.dates))
    period, branch, group = np.nonzero(flows)
    return rows.table("flows", period, _moved(rows, flows, period, branch, group))


def _moves(rows: _HistoryRows, moves: Counts, days: int) -> pa.Table:
    starts = np.asarray(rows.names.moves, dtype="datetime64[D]")
    from_0 = (starts - np.datetime64(rows.names.day_0)).astype(np.int64)
    segment, branch, group = np.nonzero(moves)
    columns = _moved(rows, moves, segment, branch, group)
    return rows.table("moves", None, {**_segments(rows, from_0, days, segment), **columns})


def _moved(
    rows: _HistoryRows, moves: Counts, when: Counts, branch: Counts, group: Counts
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


def _waits(rows: _HistoryRows, history: HistoryCounts, first: Counts, last: Counts) -> pa.Table:
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


def _wait_days(rows: _HistoryRows, history: HistoryCounts) -> pa.Table:
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


def _full(history: HistoryCounts) -> npt.NDArray[np.bool_]:
    """[day, facility]; a facility without places and people counts as not yet open, not as full."""
    # A mean may be below a whole number by rounding.
    full: npt.NDArray[np.bool_] = history.occupied > history.capacity - 1e-6
    full &= history.occupied > 0
    return full


def _facilities(
    rows: _HistoryRows, history: HistoryCounts, first: Counts, last: Counts
) -> pa.Table:
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


def _firsts(rows: _HistoryRows, history: HistoryCounts) -> pa.Table:
    full = _full(history)
    day = np.datetime64(rows.names.day_0) + rows.names.day_of(full.argmax(axis=0))
    day[~full.any(axis=0)] = np.datetime64("NaT")
    facility = np.arange(len(rows.names.facilities))
    return rows.table(
        "firsts",
        None,
        {"facility": Coded(facility, rows.names.facilities), "first_full": day},
    )


def _gates(rows: _HistoryRows, history: HistoryCounts, first: Counts, last: Counts) -> pa.Table:
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


def _events(rows: _HistoryRows, events: Counts) -> pa.Table:
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
