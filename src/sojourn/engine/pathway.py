"""States, transitions, branches and lines as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from sojourn.engine.laws import Law
from sojourn.engine.program import OUT
from sojourn.engine.random import salt
from sojourn.engine.tables import TablePool

if TYPE_CHECKING:
    from sojourn.engine.compile import Laws
    from sojourn.population.cells import Cells
    from sojourn.study.model import Branch, ClockRule, Quota, Scenario, Transition

NO_START = -(1 << 30)
OUTSIDE = "outside"


@dataclass(slots=True)
class Setting:
    """One clock set on entering a state or on being admitted."""

    clock: int
    table: int
    day: int
    salt: int
    law: Law | None = None


@dataclass(frozen=True, slots=True)
class Pathway:
    """Arrays of the program that describe the pathway, and what the entrants need to know of it."""

    arrays: dict[str, Any]
    quotas: dict[str, Quota]
    state_index: dict[str, int]
    clock_index: dict[str, int]
    by_state: tuple[tuple[Transition, ...], ...]
    hard: frozenset[int]
    """States whose facility is hard."""
    settings: tuple[tuple[Setting, ...], ...]
    """Per state."""


def pathway_of(
    scenario: Scenario,
    cells: Cells,
    when: dict[str, Any],
    laws: Laws,
    pool: TablePool,
    start: date,
) -> Pathway:
    """Number the states, order the transitions by state, find the lines."""
    states = list(scenario.states.items())
    state_index = {name: i for i, (name, _) in enumerate(states)}
    facility_index = {name: i for i, name in enumerate(scenario.facilities)}
    clock_names = tuple(scenario.clocks)
    clock_index = {name: i for i, name in enumerate(clock_names)}
    gate_index = {name: i for i, name in enumerate(scenario.gates)}
    quota_index = {name: i for i, name in enumerate(scenario.quotas)}
    hard_facility = {
        facility_index[n] for n, f in scenario.facilities.items() if f.limit == "hard"
    }
    state_facility = [-1 if s.place is None else facility_index[s.place] for _, s in states]
    hard = frozenset(i for i, f in enumerate(state_facility) if f in hard_facility)
    by_state = tuple(
        tuple(t for t in scenario.transitions if t.state == name) for name, _ in states
    )
    settings = tuple(
        tuple(
            clock_setting(name, clock, rule, clock_index, laws, pool, start)
            for clock, rule in state.sets.items()
        )
        for name, state in states
    )

    columns = _Columns()
    transitions = [(s, t) for s, group in enumerate(by_state) for t in group]
    becomes_rows: list[np.ndarray] = []
    becomes_names: list[str] = []
    count = len(cells.rows)
    for s, t in transitions:
        index = len(columns.transition_names)
        columns.transition_names.append(t.name)
        columns.transition_chance.append(1.0 if t.chance is None else laws.value(t.chance))
        first_day = NO_START if t.starts is None else (t.starts - start).days
        columns.transition_start.append(first_day if first_day >= 0 else NO_START)
        columns.transition_clock.append(-1 if t.at is None else clock_index[t.at.clock])
        columns.transition_offset.append(0 if t.at is None else t.at.offset)
        if t.becomes:
            if t.name not in becomes_names:
                becomes_names.append(t.name)
                becomes_rows.append(np.asarray(cells.becomes[t.name], dtype=np.int32))
            columns.transition_becomes.append(becomes_names.index(t.name))
        else:
            columns.transition_becomes.append(-1)
        columns.transition_first.append(len(columns.branch_transition))
        for purpose in ("chance", "branch", "delay"):
            columns.salts[purpose].append(salt("transition", t.state, t.name, purpose))
        columns.when.append(
            np.ones(count, np.uint8)
            if t.when is None
            else np.asarray(when[t.name], dtype=np.uint8)
        )
        needs_any = False
        for branch, cumulative in zip(t.branches, _shares(t, laws), strict=True):
            target = OUT if branch.to == "out" else state_index[branch.to]
            place = -1 if target == OUT else state_facility[target]
            needed = place if place in hard_facility and place != state_facility[s] else -1
            needs = bool(t.gates) or t.quota is not None or needed >= 0
            needs_any = needs_any or needs
            line = -1
            if needs:
                line = len(columns.line_names)
                several = len(t.branches) > 1
                columns.line_names.append(f"{t.name} · {branch.to}" if several else t.name)
                columns.line_branch.append(len(columns.branch_transition))
                columns.line_target.append(target)
                columns.line_facility.append(needed)
                columns.line_quota.append(-1 if t.quota is None else quota_index[t.quota])
                columns.line_priority.append(t.priority)
                columns.line_gates.append(tuple(gate_index[g] for g in t.gates))
            columns.branch_transition.append(index)
            columns.branch_source.append(s)
            columns.branch_target.append(target)
            columns.branch_share.append(cumulative)
            columns.branch_line.append(line)
            columns.branch_table.append(_delay_tables(t, branch, laws, pool, count))
        columns.transition_needs.append(int(needs_any))
    columns.transition_first.append(len(columns.branch_transition))

    # Admissions into a hard facility wait outside, in a line of their own.
    entered = {p.admissions.into for p in scenario.populations.values() if p.admissions}
    admission_line = {}
    for name in scenario.states:
        if name in entered and state_index[name] in hard:
            admission_line[state_index[name]] = len(columns.line_names)
            columns.line_names.append(f"admission -> {name}")
            columns.line_branch.append(-1)
            columns.line_target.append(state_index[name])
            columns.line_facility.append(state_facility[state_index[name]])
            columns.line_quota.append(-1)
            columns.line_priority.append(0)
            columns.line_gates.append(())

    sizes = [len(group) for group in by_state]
    flat = [item for group in settings for item in group]
    arrays: dict[str, Any] = {
        "state_names": tuple(scenario.states),
        "state_facility": _ints(state_facility),
        "state_end": _ints([int(s.end) for _, s in states]),
        "state_first": _ints(np.concatenate([[0], np.cumsum(sizes)])),
        "set_first": _ints(np.concatenate([[0], np.cumsum([len(g) for g in settings])])),
        "clock_names": clock_names,
        "transition_names": tuple(columns.transition_names),
        "transition_when": np.array(columns.when, dtype=np.uint8).reshape(-1, count),
        "transition_chance": np.array(columns.transition_chance, dtype=np.float64),
        "transition_start": _ints(columns.transition_start),
        "transition_needs": _ints(columns.transition_needs),
        "transition_clock": _ints(columns.transition_clock),
        "transition_offset": _ints(columns.transition_offset),
        "transition_becomes": _ints(columns.transition_becomes),
        "transition_first": _ints(columns.transition_first),
        "salt_chance": np.array(columns.salts["chance"], dtype=np.uint64),
        "salt_branch": np.array(columns.salts["branch"], dtype=np.uint64),
        "salt_delay": np.array(columns.salts["delay"], dtype=np.uint64),
        "branch_transition": _ints(columns.branch_transition),
        "branch_source": _ints(columns.branch_source),
        "branch_target": _ints(columns.branch_target),
        "branch_share": np.array(columns.branch_share, dtype=np.float64),
        "branch_line": _ints(columns.branch_line),
        "branch_table": np.array(columns.branch_table, dtype=np.int32).reshape(-1, count),
        "becomes_map": np.array(becomes_rows, dtype=np.int32).reshape(-1, count),
        "line_names": tuple(columns.line_names),
        "line_branch": _ints(columns.line_branch),
        "line_target": _ints(columns.line_target),
        "line_facility": _ints(columns.line_facility),
        "line_quota": _ints(columns.line_quota),
        "line_priority": _ints(columns.line_priority),
        "line_gates": tuple(columns.line_gates),
        "admission_line": admission_line,
        "settings": flat,
    }
    return Pathway(
        arrays=arrays,
        quotas=dict(scenario.quotas),
        state_index=state_index,
        clock_index=clock_index,
        by_state=by_state,
        hard=hard,
        settings=settings,
    )


def clock_setting(
    owner: str,
    clock: str,
    rule: ClockRule,
    clock_index: dict[str, int],
    laws: Laws,
    pool: TablePool,
    start: date,
) -> Setting:
    """One clock setting; a clock that may differ by cell is refused by the loader."""
    key = salt("clock", owner, clock)
    if rule.on is not None:
        return Setting(clock_index[clock], -1, (rule.on - start).days, key)
    assert rule.stay is not None
    law = laws.of(rule.stay, None, f"{owner}.{clock}")
    return Setting(clock_index[clock], pool.law(law), 0, key, law)


def _shares(transition: Transition, laws: Laws) -> list[float]:
    """Cumulative shares of the branches; what is not given is spread over those without a share."""
    given = [None if b.share is None else laws.value(b.share) for b in transition.branches]
    open_shares = given.count(None)
    total = sum(share for share in given if share is not None)
    rest = (1.0 - total) / open_shares if open_shares else 0.0
    shares = np.array([rest if share is None else share for share in given])
    # Uncertain shares are drawn one by one; a draw keeps their proportions.
    cumulative = np.cumsum(shares / shares.sum())
    cumulative[-1] = 1.0
    return [float(c) for c in cumulative]


def _delay_tables(
    transition: Transition, branch: Branch, laws: Laws, pool: TablePool, count: int
) -> np.ndarray:
    # Only a clock's remaining days replace the stay; no stay at all means at once.
    if branch.after is None or transition.at is not None:
        return np.full(count, pool.law(Law("fixed", (0.0,))), dtype=np.int32)
    return laws.tables(pool, branch.after, f"transitions.{transition.name}.after")


def _ints(values: Any) -> np.ndarray:  # noqa: ANN401 -- any sequence of whole numbers
    return np.asarray(values, dtype=np.int64)


class _Columns:
    """The lists that become arrays."""

    def __init__(self) -> None:
        self.transition_names: list[str] = []
        self.transition_chance: list[float] = []
        self.transition_start: list[int] = []
        self.transition_needs: list[int] = []
        self.transition_clock: list[int] = []
        self.transition_offset: list[int] = []
        self.transition_becomes: list[int] = []
        self.transition_first: list[int] = []
        self.when: list[np.ndarray] = []
        self.salts: dict[str, list[int]] = {"chance": [], "branch": [], "delay": []}
        self.branch_transition: list[int] = []
        self.branch_source: list[int] = []
        self.branch_target: list[int] = []
        self.branch_share: list[float] = []
        self.branch_line: list[int] = []
        self.branch_table: list[np.ndarray] = []
        self.line_names: list[str] = []
        self.line_branch: list[int] = []
        self.line_target: list[int] = []
        self.line_facility: list[int] = []
        self.line_quota: list[int] = []
        self.line_priority: list[int] = []
        self.line_gates: list[tuple[int, ...]] = []
