"""States, transitions, branches and lines as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sojourn.engine.compile.clock_settings import (
    ClockNumbers,
    Setting,
    clock_numbers,
    clock_settings,
)
from sojourn.engine.program import ALWAYS, OUT, OWN_STAY, PACE, PathwayProgram
from sojourn.engine.random import salt
from sojourn.engine.stay_tables import TablePool
from sojourn.stays.law import Law

if TYPE_CHECKING:
    from sojourn.engine.compile.scenario import DrawnLaws
    from sojourn.population.cells import Cells
    from sojourn.study.model.pathway import Branch, Quota, Transition
    from sojourn.study.model.study import Scenario
    from sojourn.study.time_steps import Steps

NO_START = -(1 << 30)
OUTSIDE = "outside"
_EVERYONE = {"no": 0, "own stay": OWN_STAY, "pace": PACE}


@dataclass(frozen=True, slots=True)
class Pathway:
    """Arrays of the program that describe the pathway, and what the entrants need to know of it."""

    arrays: PathwayProgram
    quotas: dict[str, Quota]
    state_index: dict[str, int]
    clock_index: ClockNumbers
    by_state: tuple[tuple[Transition, ...], ...]
    hard: frozenset[int]
    """States whose facility is hard."""
    settings: tuple[tuple[Setting, ...], ...]
    """Per state."""
    admission_line: dict[int, int]
    """State -> line in which its admissions wait outside."""


def pathway_of(
    scenario: Scenario,
    cells: Cells,
    when: Mapping[str, Any],
    laws: DrawnLaws,
    pool: TablePool,
    steps: Steps,
) -> Pathway:
    """Number the states, order the transitions by state, find the lines."""
    states = list(scenario.states.items())
    state_index = {name: i for i, (name, _) in enumerate(states)}
    facility_index = {name: i for i, name in enumerate(scenario.facilities)}
    clock_index = clock_numbers(scenario)
    hard_facility = {facility_index[n] for n, f in scenario.facilities.items() if f.limit == "hard"}
    state_facility = [-1 if s.place is None else facility_index[s.place] for _, s in states]
    hard = frozenset(i for i, f in enumerate(state_facility) if f in hard_facility)
    by_state = tuple(
        tuple(t for t in scenario.transitions if t.state == name) for name, _ in states
    )
    settings = tuple(
        tuple(
            setting
            for clock, rule in state.sets.items()
            for setting in clock_settings(name, clock, rule, clock_index, laws, pool, steps)
        )
        for name, state in states
    )

    numbers = _NumberOf(
        state=state_index,
        facility_of=tuple(state_facility),
        hard=frozenset(hard_facility),
        clock=clock_index,
        gate={name: i for i, name in enumerate(scenario.gates)},
        quota={name: i for i, name in enumerate(scenario.quotas)},
    )
    columns = _PathwayColumns()
    for s, group in enumerate(by_state):
        for transition in group:
            holds = None if transition.when is None else when[transition.name]
            _add_transition(columns, s, transition, holds, numbers, cells, laws, pool, steps)
    columns.transition_first.append(len(columns.branch_transition))
    columns.policy_first.append(len(columns.policy_day))
    _add_otherwise(columns, by_state, numbers)
    admission_line = _admission_lines(columns, scenario, numbers)
    count = len(cells.rows)
    sizes = [len(group) for group in by_state]
    look_first, look_day = looks(
        columns.policy_first, columns.policy_day, columns.policy_everyone, sizes
    )
    arrays = PathwayProgram(
        state_names=tuple(scenario.states),
        state_facility=_ints(state_facility),
        state_end=_ints([int(s.end) for _, s in states]),
        state_first=_ints(np.concatenate([[0], np.cumsum(sizes)])),
        set_first=_ints(np.concatenate([[0], np.cumsum([len(g) for g in settings])])),
        clock_names=tuple(at.told for at in clock_index),
        transition_names=tuple(columns.transition_names),
        transition_when=np.array(columns.when, dtype=np.uint8).reshape(-1, count),
        transition_start=_ints(columns.transition_start),
        transition_running=_ints(columns.transition_running),
        transition_becomes=_ints(columns.transition_becomes),
        transition_first=_ints(columns.transition_first),
        policy_first=_ints(columns.policy_first),
        policy_day=_ints(columns.policy_day),
        policy_everyone=_ints(columns.policy_everyone),
        policy_clock=_ints(columns.policy_clock),
        policy_offset=_ints(columns.policy_offset),
        policy_chance=np.array(columns.policy_chance, dtype=np.float64),
        policy_branch=_ints(columns.policy_branch),
        look_first=look_first,
        look_day=look_day,
        salt_chance=np.array(columns.salt_chance, dtype=np.uint64),
        salt_branch=np.array(columns.salt_branch, dtype=np.uint64),
        salt_delay=np.array(columns.salt_delay, dtype=np.uint64),
        branch_transition=_ints(columns.branch_transition),
        branch_source=_ints(columns.branch_source),
        branch_target=_ints(columns.branch_target),
        branch_share=np.array(columns.branch_share, dtype=np.float64),
        branch_line=_ints(columns.branch_line),
        branch_table=np.array(columns.branch_table, dtype=np.int32).reshape(-1, count),
        becomes_map=np.array(columns.becomes_rows, dtype=np.int32).reshape(-1, count),
        line_names=tuple(columns.line_names),
        line_branch=_ints(columns.line_branch),
        line_otherwise=_ints(columns.line_otherwise),
        line_target=_ints(columns.line_target),
        line_facility=_ints(columns.line_facility),
        line_quota=_ints(columns.line_quota),
        line_priority=_ints(columns.line_priority),
        line_gates=tuple(columns.line_gates),
    )
    return Pathway(
        arrays=arrays,
        quotas=dict(scenario.quotas),
        state_index=state_index,
        clock_index=clock_index,
        by_state=by_state,
        hard=hard,
        settings=settings,
        admission_line=admission_line,
    )


def _add_transition(
    columns: _PathwayColumns,
    s: int,
    t: Transition,
    holds: Any,  # noqa: ANN401 -- a bool array, or None for every cell
    numbers: _NumberOf,
    cells: Cells,
    laws: DrawnLaws,
    pool: TablePool,
    steps: Steps,
) -> None:
    """Append one transition out of state `s`, with its branches and their lines."""
    count = len(cells.rows)
    index = len(columns.transition_names)
    columns.transition_names.append(t.name)
    first_day = NO_START if t.starts is None else steps.step_of(t.starts)
    columns.transition_start.append(first_day if first_day >= 0 else NO_START)
    columns.transition_becomes.append(columns.change(t, cells))
    columns.transition_first.append(len(columns.branch_transition))
    columns.salt_chance.append(salt("transition", t.state, t.name, "chance"))
    columns.salt_branch.append(salt("transition", t.state, t.name, "branch"))
    columns.salt_delay.append(salt("transition", t.state, t.name, "delay"))
    columns.when.append(np.ones(count, np.uint8) if holds is None else np.asarray(holds, np.uint8))
    columns.policy_first.append(len(columns.policy_day))
    for policy, (chance, branches) in enumerate(t.policies):
        change = None if policy == 0 else t.changes[policy - 1]
        columns.policy_day.append(ALWAYS if change is None else steps.step_of(change.start))
        columns.policy_everyone.append(0 if change is None else _EVERYONE[change.everyone])
        at = t.at if change is None or change.at is None else change.at
        columns.policy_clock.append(-1 if at is None else numbers.clock[at.whole])
        columns.policy_offset.append(0 if at is None else steps.count(at.offset))
        columns.policy_chance.append(1.0 if chance is None else laws.value(chance))
        columns.policy_branch.append(len(columns.branch_share))
        columns.branch_share += _shares(branches, laws)
        columns.branch_table += [_delay_tables(t, b, laws, pool, count) for b in branches]
    for branch in t.branches:
        target = OUT if branch.to == "out" else numbers.state[branch.to]
        place = -1 if target == OUT else numbers.facility_of[target]
        needed = place if place in numbers.hard and place != numbers.facility_of[s] else -1
        line = -1
        if t.gates or t.quota is not None or needed >= 0:
            several = len(t.branches) > 1
            line = columns.add_line(
                f"{t.name} · {branch.to}" if several else t.name,
                branch=len(columns.branch_transition),
                target=target,
                facility=needed,
                quota=-1 if t.quota is None else numbers.quota[t.quota],
                priority=t.priority,
                gates=tuple(numbers.gate[g] for g in t.gates),
            )
        columns.branch_transition.append(index)
        columns.branch_source.append(s)
        columns.branch_target.append(target)
        columns.branch_line.append(line)
    columns.transition_running.append(int(not t.gates and t.quota is None))


def _add_otherwise(
    columns: _PathwayColumns, by_state: tuple[tuple[Transition, ...], ...], numbers: _NumberOf
) -> None:
    """Append, after all others, the branches for people who cannot move on the day they join."""
    for t, transition in enumerate(one for group in by_state for one in group):
        lines = [
            line
            for line, branch in enumerate(columns.line_branch)
            if columns.branch_transition[branch] == t
        ]
        if transition.otherwise is None or not lines:
            continue
        for line in lines:
            columns.line_otherwise[line] = len(columns.branch_transition)
        columns.branch_transition.append(t)
        columns.branch_source.append(numbers.state[transition.state])
        away = transition.otherwise
        columns.branch_target.append(OUT if away == "out" else numbers.state[away])
        columns.branch_line.append(-1)


def _admission_lines(
    columns: _PathwayColumns, scenario: Scenario, numbers: _NumberOf
) -> dict[int, int]:
    """Admissions into a hard facility wait outside, in a line of their own: state -> line."""
    entered = {p.admissions.into for p in scenario.populations.values() if p.admissions}
    lines = {}
    for name, s in numbers.state.items():
        if name in entered and numbers.facility_of[s] in numbers.hard:
            lines[s] = columns.add_line(
                f"admission -> {name}",
                branch=-1,
                target=s,
                facility=numbers.facility_of[s],
                quota=-1,
                priority=0,
                gates=(),
            )
    return lines


def looks(
    policy_first: list[int], policy_day: list[int], policy_everyone: list[int], sizes: list[int]
) -> tuple[np.ndarray, np.ndarray]:
    """For each state the days on which a policy for everyone begins; `sizes` [s]: transitions."""
    found: list[list[int]] = []
    first = 0
    for size in sizes:
        policies = range(policy_first[first], policy_first[first + size])
        found.append(sorted({policy_day[p] for p in policies if policy_everyone[p]}))
        first += size
    first_of_state = np.concatenate([[0], np.cumsum([len(days) for days in found])])
    return _ints(first_of_state), _ints([day for days in found for day in days])


def _shares(branches: tuple[Branch, ...], laws: DrawnLaws) -> list[float]:
    """Cumulative shares of the branches; branches without a share divide the rest equally."""
    given = [None if b.share is None else laws.value(b.share) for b in branches]
    open_shares = given.count(None)
    total = sum(share for share in given if share is not None)
    rest = (1.0 - total) / open_shares if open_shares else 0.0
    shares = np.array([rest if share is None else share for share in given])
    # Uncertain shares are drawn one by one; a draw keeps their proportions.
    cumulative = np.cumsum(shares / shares.sum())
    cumulative[-1] = 1.0
    return [float(c) for c in cumulative]


def _delay_tables(
    transition: Transition, branch: Branch, laws: DrawnLaws, pool: TablePool, count: int
) -> np.ndarray:
    # A clock's remaining days replace the stay; with neither, people move at once.
    if branch.after is None or transition.at is not None:
        return np.full(count, pool.law(Law("fixed", (0.0,))), dtype=np.int32)
    return laws.tables(pool, branch.after, f"transitions.{transition.name}.after")


def _ints(values: Any) -> np.ndarray:  # noqa: ANN401 -- any sequence of whole numbers
    return np.asarray(values, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class _NumberOf:
    """Names of the scenario as numbers."""

    state: dict[str, int]
    facility_of: tuple[int, ...]
    """Facility of each state, -1: none."""
    hard: frozenset[int]
    clock: ClockNumbers
    gate: dict[str, int]
    quota: dict[str, int]


class _PathwayColumns:
    """The lists that become arrays."""

    def __init__(self) -> None:
        self.becomes_names: list[str] = []
        self.becomes_rows: list[np.ndarray] = []
        self.transition_names: list[str] = []
        self.transition_start: list[int] = []
        self.transition_running: list[int] = []
        self.transition_becomes: list[int] = []
        self.transition_first: list[int] = []
        self.policy_first: list[int] = []
        self.policy_day: list[int] = []
        self.policy_everyone: list[int] = []
        self.policy_clock: list[int] = []
        self.policy_offset: list[int] = []
        self.policy_chance: list[float] = []
        self.policy_branch: list[int] = []
        self.when: list[np.ndarray] = []
        self.salt_chance: list[int] = []
        self.salt_branch: list[int] = []
        self.salt_delay: list[int] = []
        self.branch_transition: list[int] = []
        self.branch_source: list[int] = []
        self.branch_target: list[int] = []
        self.branch_share: list[float] = []
        self.branch_line: list[int] = []
        self.branch_table: list[np.ndarray] = []
        self.line_names: list[str] = []
        self.line_branch: list[int] = []
        self.line_otherwise: list[int] = []
        self.line_target: list[int] = []
        self.line_facility: list[int] = []
        self.line_quota: list[int] = []
        self.line_priority: list[int] = []
        self.line_gates: list[tuple[int, ...]] = []

    def change(self, transition: Transition, cells: Cells) -> int:
        """Row of the map from cell to cell, -1 if the transition changes no fact."""
        if not transition.becomes:
            return -1
        if transition.name not in self.becomes_names:
            self.becomes_names.append(transition.name)
            self.becomes_rows.append(np.asarray(cells.becomes[transition.name], dtype=np.int32))
        return self.becomes_names.index(transition.name)

    def add_line(
        self,
        name: str,
        *,
        branch: int,
        target: int,
        facility: int,
        quota: int,
        priority: int,
        gates: tuple[int, ...],
    ) -> int:
        """Append a line; its number."""
        self.line_names.append(name)
        self.line_branch.append(branch)
        self.line_otherwise.append(-1)
        self.line_target.append(target)
        self.line_facility.append(facility)
        self.line_quota.append(quota)
        self.line_priority.append(priority)
        self.line_gates.append(gates)
        return len(self.line_names) - 1
