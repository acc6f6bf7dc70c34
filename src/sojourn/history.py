"""From what the engine counts to what the result tables are made of."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sojourn.engine.expected import Expected
from sojourn.engine.kernel import ADMITTED, IN_STOCK
from sojourn.engine.program import OUT, Program
from sojourn.engine.program import History as Counted
from sojourn.results.arrays import History, Names
from sojourn.results.subject import joint_peaks
from sojourn.study.model import Study

OUTSIDE = "waiting outside"


def names_of(program: Program, study: Study) -> Names:
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
        periods=program.period_starts,
        states=(*states, OUTSIDE),
        groups=program.group_names,
        branches=(*branches, *(("admission", "outside", state) for state in states)),
        lines=tuple(dict.fromkeys(_line_names(program))),
        facilities=program.facility_names,
        gates=tuple(gate.name for gate in program.gates),
        together=joint_peaks(study),
        edges=() if study.period.step == "day" else study.period.steps.edges(),
        step=study.period.steps.length,
    )


def results_of(program: Program, counted: Counted, names: Names) -> History:
    """The counts of one history, lines of one transition taken together."""
    place = {name: number for number, name in enumerate(names.lines)}
    line = np.array([place[name] for name in _line_names(program)], dtype=np.int64)

    def by_name(values: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        summed = np.zeros((len(values), len(names.lines)), dtype=np.int64)
        np.add.at(summed.T, line, values.T)
        return summed

    return History(
        period=program.period_of_day,
        census=counted.census,
        flows=np.concatenate([counted.flows, counted.admitted], axis=1),
        waiting=by_name(counted.line_waiting),
        joined=by_name(counted.line_joined),
        served=by_name(counted.line_served),
        left=by_name(counted.line_left),
        days_served=by_name(counted.line_days),
        occupied=counted.occupied,
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


def means_of(program: Program, means: Expected) -> tuple[History, tuple[str, ...]]:
    """What is expected, as a history of means; and the gates it tells of.

    Nobody waits in a line, and gates that open at random play no part, so neither is told.
    """
    dated = [g for g in program.gates if g.opens_after < 0 and g.closes_after < 0]
    gate_open = np.array([gate.fixed_open for gate in dated], dtype=np.bool_)
    no_days = np.zeros((program.days, 0), dtype=np.int64)
    no_periods = np.zeros((program.periods, 0), dtype=np.int64)
    history = History(
        period=program.period_of_day,
        census=means.census,
        flows=np.concatenate([means.flows, means.admitted], axis=1),
        waiting=no_days,
        joined=no_periods,
        served=no_periods,
        left=no_periods,
        days_served=no_periods,
        occupied=means.occupied,
        capacity=program.capacity,
        gate_open=gate_open.reshape(len(dated), program.days).T,
    )
    return history, tuple(gate.name for gate in dated)


def _line_names(program: Program) -> list[str]:
    """Transition of each line; those who wait outside wait for `admission -> STATE`."""
    branch = program.line_branch.tolist()
    return [
        name if at < 0 else program.transition_names[program.branch_transition[at]]
        for name, at in zip(program.line_names, branch, strict=True)
    ]
