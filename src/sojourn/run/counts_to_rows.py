"""From the engine's counts to the arrays of the result tables."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sojourn.engine.expected.solver import Expected
from sojourn.engine.kernel.day_loop import ADMITTED, IN_STOCK
from sojourn.engine.program import OUT, History, Program
from sojourn.population.cells import Cells
from sojourn.results.history_counts import HistoryCounts, Names
from sojourn.results.periods import reporting_periods
from sojourn.results.subject import joint_peaks
from sojourn.study.contract_days import custody_starts, daily_label, daily_sets
from sojourn.study.model.study import Scenario, StudyModel

OUTSIDE = "waiting outside"


def names_of(program: Program, study: StudyModel, scenario: Scenario, cells: Cells) -> Names:
    """Names of the axes: branches are followed by one admission for each state."""
    states = program.state_names
    branches = [
        (
            program.transition_names[transition],
            states[source],
            "out" if target == OUT else states[target],
        )
        for transition, source, target in zip(
            program.branch_transition.tolist(),
            program.branch_source.tolist(),
            program.branch_target.tolist(),
            strict=True,
        )
    ]
    return Names(
        day_0=study.period.start,
        periods=reporting_periods(study.period).starts,
        custody=custody_starts(study),
        moves=program.period_starts,
        states=(*states, OUTSIDE),
        groups=program.group_names,
        branches=(*branches, *(("admission", "outside", state) for state in states)),
        lines=tuple(dict.fromkeys(_line_names(program))),
        facilities=program.facility_names,
        gates=tuple(gate.name for gate in program.gates),
        together=joint_peaks(study),
        daily=_daily(study, scenario, states, cells),
        edges=() if study.period.step == "day" else study.period.steps.edges(),
        step=study.period.steps.length,
    )


def results_of(program: Program, counted: History, names: Names) -> HistoryCounts:
    """The counts of one history, lines of one transition taken together."""
    place = {name: number for number, name in enumerate(names.lines)}
    line = np.array([place[name] for name in _line_names(program)], dtype=np.int64)

    def by_name(values: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        summed = np.zeros((len(values), len(names.lines)), dtype=np.int64)
        np.add.at(summed.T, line, values.T)
        return summed

    period, first = _periods(program, names)
    before = _before(program)

    def in_periods(values: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        return np.add.reduceat(by_name(values), first, axis=0)

    def by_days(values: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        return np.ascontiguousarray(by_name(values.T).T)

    return HistoryCounts(
        period=period,
        census=counted.census,
        before=before,
        moves=np.concatenate([counted.flows, counted.admitted], axis=1),
        waiting=by_name(counted.line_waiting),
        joined=in_periods(counted.line_joined),
        served=in_periods(counted.line_served),
        left=in_periods(counted.line_left),
        days_served=in_periods(counted.line_days),
        wait_served=by_days(counted.wait_served),
        wait_left=by_days(counted.wait_left),
        wait_still=by_days(counted.wait_still),
        occupied=counted.occupied,
        occupied_before=_occupied(program, before),
        already_held=program.already_held,
        capacity=program.capacity,
        gate_open=counted.gate_open,
        events=_events(program, counted.events),
    )


def _events(program: Program, rows: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
    """Day, person, visit, branch as `Names` has it, group after; [event, 5]."""
    branches = len(program.branch_target)
    what = rows[:, 3].astype(np.int64)
    entrance = what >= ADMITTED
    # After the moves come the admissions to each state, and then its stock.
    state = what & 0xFFFFFFFF
    place = branches + state + np.where(what >= IN_STOCK, len(program.state_names), 0)
    return np.column_stack(
        (
            rows[:, 0].astype(np.int64),
            rows[:, 1].view(np.int64),
            rows[:, 2].astype(np.int64),
            np.where(entrance, place, what),
            program.cell_group[rows[:, 5].astype(np.int64)],
        )
    )


def means_of(
    program: Program, means: Expected, names: Names
) -> tuple[HistoryCounts, tuple[str, ...]]:
    """The exact means as a history, and its gates.

    Exact means exclude lines and random gates, so the history has neither.
    """
    dated = [g for g in program.gates if g.opens_after < 0 and g.closes_after < 0]
    gate_open = np.array([gate.fixed_open for gate in dated], dtype=np.bool_)
    no_days = np.zeros((program.days, 0), dtype=np.int64)
    no_periods = np.zeros((len(names.periods), 0), dtype=np.int64)
    period, _ = _periods(program, names)
    before = _before(program)
    history = HistoryCounts(
        period=period,
        census=means.census,
        before=before,
        moves=np.concatenate([means.flows, means.admitted], axis=1),
        waiting=no_days,
        joined=no_periods,
        served=no_periods,
        left=no_periods,
        days_served=no_periods,
        occupied=means.occupied,
        occupied_before=_occupied(program, before),
        already_held=program.already_held,
        capacity=program.capacity,
        gate_open=gate_open.reshape(len(dated), program.days).T,
    )
    return history, tuple(gate.name for gate in dated)


def _periods(program: Program, names: Names) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The reporting period of each step, and the first segment of moves of each period."""
    starts = np.asarray(program.period_starts, dtype="datetime64[D]")
    periods = np.asarray(names.periods, dtype="datetime64[D]")
    of_segment = np.searchsorted(periods, starts, side="right") - 1
    return of_segment[program.period_of_day], np.searchsorted(starts, periods)


def _before(program: Program) -> npt.NDArray[np.int64]:
    """People on the evening before day 0 [state, group]; nobody waits outside, the last state."""
    before = np.zeros((len(program.state_names) + 1, len(program.group_names)), dtype=np.int64)
    stock = slice(program.stocks)
    groups = program.cell_group[program.entrant_cell[stock]]
    np.add.at(before, (program.entrant_state[stock], groups), program.entrant_count[stock])
    return before


def _occupied(program: Program, before: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Places that the stock takes [facility]."""
    places = np.zeros(len(program.facility_names), dtype=np.int64)
    in_place = program.state_facility >= 0
    people = before[:-1].sum(axis=1)[in_place]
    np.add.at(places, program.state_facility[in_place], people)
    return places


def _daily(
    study: StudyModel, scenario: Scenario, states: tuple[str, ...], cells: Cells
) -> tuple[tuple[str, tuple[int, ...], tuple[int, ...]], ...]:
    """Label, states and groups of those whose number is kept by day."""
    place = {state: number for number, state in enumerate(states)}
    facts = [dict(zip(cells.by, values, strict=True)) for values in cells.group_values]
    return tuple(
        (
            daily_label(daily),
            tuple(place[state] for state in daily.states if state in place),
            tuple(n for n, own in enumerate(facts) if daily.where.items() <= own.items()),
        )
        for daily in daily_sets(study, scenario.name)
    )


def _line_names(program: Program) -> list[str]:
    """Transition of each line; those who wait outside wait for `admission -> STATE`."""
    branch = program.line_branch.tolist()
    return [
        name if at < 0 else program.transition_names[program.branch_transition[at]]
        for name, at in zip(program.line_names, branch, strict=True)
    ]
