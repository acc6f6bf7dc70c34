"""The people whom no line can touch, set apart, so that scenarios share their history.

A person who can never reach a transition that needs something, nor a hard facility, lives
independently of everybody else. Such people of one population make a part: a program of its own,
whose counts are added to those of the rest. Scenarios that do not differ for a part have the same
part, to the bit, so it is run once under each draw. What is added up equals what one run of the
whole would have counted; the tests hold the two against each other.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from sojourn.engine.program import OUT, History, Program
from sojourn.engine.replicate import simulate
from sojourn.engine.tables import some_tables

Nodes = npt.NDArray[np.bool_]
"""[state, cell]"""


LARGE = 20_000
"""People from which an entrant makes a part of its own."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some people of a program as a program, and where its states, branches and groups belong."""

    program: Program
    states: npt.NDArray[np.int64]
    branches: npt.NDArray[np.int64]
    wanted_tables: npt.NDArray[np.int64]
    digest: bytes

    def run(self, whole: Program, seed: int, replicate: int) -> History:
        """Simulate the part; its tables are cut from the whole's only now."""
        tables = some_tables(whole.tables, self.wanted_tables)
        return simulate(replace(self.program, tables=tables), seed=seed, replicate=replicate)


Shared = dict[bytes, History]
"""Histories of parts under one draw and replicate, by digest."""


def simulate_in_parts(program: Program, *, seed: int, replicate: int, shared: Shared) -> History:
    """The same as `simulate`, part by part; parts found in `shared` are not run again."""
    bound = bound_nodes(program)
    free = (program.entrant_line < 0) & ~bound[program.entrant_state, program.entrant_cell]
    history = simulate(with_entrants(program, ~free), seed=seed, replicate=replicate)
    labels = _labels(program)
    for label in np.unique(labels[free]):
        part = part_of(program, free & (labels == label))
        found = shared.get(part.digest)
        if found is None:
            found = shared[part.digest] = part.run(program, seed, replicate)
        inside = part.states
        history.census[:, inside] += found.census[:, :-1]
        history.admitted[:, inside] += found.admitted
        history.flows[:, part.branches] += found.flows
    history.occupied[:] = program.already_held
    for s, facility in enumerate(program.state_facility):
        if facility >= 0:
            history.occupied[:, facility] += history.census[:, s].sum(axis=1)
    return history


def _labels(program: Program) -> npt.NDArray[np.int64]:
    """Which entrants make a part together: those of one population; a large one by itself.

    The rules of a scenario often touch some cells of a large population and leave the others as
    they are, so that a finer cut finds more in common.
    """
    people = program.entrant_count.astype(np.float64)
    people[program.stocks :] += program.admission_rate.sum(axis=0)
    names = list(dict.fromkeys(program.entrant_population))
    labels = np.array([names.index(name) for name in program.entrant_population], dtype=np.int64)
    large = people >= LARGE
    labels[large] = len(names) + np.flatnonzero(large)
    return labels


def bound_nodes(program: Program) -> Nodes:
    """Where a person may come to share something with others: a line, or a hard facility."""
    cells = len(program.cell_group)
    bound = np.zeros((len(program.state_names), cells), dtype=np.bool_)
    for s, facility in enumerate(program.state_facility):
        bound[s] = facility >= 0 and program.facility_hard[facility] == 1
    edges = _edges(program)
    while True:
        before = int(bound.sum())
        for s, target, holds, cell_after, needs in edges:
            if needs:
                bound[s] |= holds
            elif target != OUT:
                bound[s] |= holds & bound[target, cell_after]
        if int(bound.sum()) == before:
            return bound


def _edges(program: Program) -> list[tuple[int, int, Nodes, np.ndarray, bool]]:
    """For each branch: source, target, cells for which it holds, their cells after, and needs."""
    same = np.arange(len(program.cell_group))
    edges = []
    for b, t in enumerate(program.branch_transition):
        change = program.transition_becomes[t]
        after = same if change < 0 else program.becomes_map[change]
        edges.append(
            (
                int(program.branch_source[b]),
                int(program.branch_target[b]),
                program.transition_when[t].astype(np.bool_),
                after,
                bool(program.branch_line[b] >= 0),
            )
        )
    return edges


def reachable(program: Program, entrants: npt.NDArray[np.bool_]) -> Nodes:
    """Where these entrants may come."""
    nodes = np.zeros((len(program.state_names), len(program.cell_group)), dtype=np.bool_)
    nodes[program.entrant_state[entrants], program.entrant_cell[entrants]] = True
    edges = _edges(program)
    while True:
        before = int(nodes.sum())
        for s, target, holds, after, _ in edges:
            if target != OUT:
                nodes[target, after[holds & nodes[s]]] = True
        if int(nodes.sum()) == before:
            return nodes


def with_entrants(program: Program, kept: npt.NDArray[np.bool_]) -> Program:
    """The program with only these entrants; nobody's luck changes, for it hangs on names."""
    index = np.flatnonzero(kept)
    streams = index[index >= program.stocks] - program.stocks
    first, last = program.entrant_set_first[index], program.entrant_set_first[index + 1]
    base = int(program.set_first[-1])
    settings = np.concatenate(
        [np.arange(base), *(np.arange(a, b) for a, b in zip(first, last, strict=True))]
    ).astype(np.int64)
    return replace(
        program,
        entrant_names=tuple(program.entrant_names[i] for i in index),
        entrant_population=tuple(program.entrant_population[i] for i in index),
        entrant_cell=program.entrant_cell[index],
        entrant_state=program.entrant_state[index],
        entrant_count=program.entrant_count[index],
        entrant_age=program.entrant_age[index],
        entrant_line=program.entrant_line[index],
        entrant_set_first=(base + np.concatenate([[0], np.cumsum(last - first)])).astype(np.int64),
        stocks=int((index < program.stocks).sum()),
        admission_rate=np.ascontiguousarray(program.admission_rate[:, streams]),
        admission_fixed=program.admission_fixed[streams],
        set_clock=program.set_clock[settings],
        set_table=program.set_table[settings],
        set_day=program.set_day[settings],
        set_salt=program.set_salt[settings],
    )


def part_of(whole: Program, entrants: npt.NDArray[np.bool_]) -> Part:
    """The program of these entrants alone, numbered anew in a way that only they determine."""
    nodes = reachable(whole, entrants)
    program = with_entrants(whole, entrants)
    states = np.flatnonzero(nodes.any(axis=1))
    cells = np.flatnonzero(nodes.any(axis=0))
    new_state = np.full(len(whole.state_names) + 1, OUT)
    new_state[states] = np.arange(len(states))
    new_cell = np.zeros(len(whole.cell_group), dtype=np.int64)
    new_cell[cells] = np.arange(len(cells))
    source = np.searchsorted(whole.state_first, np.arange(len(whole.transition_names)), "right") - 1
    holds = whole.transition_when.astype(np.bool_) & nodes[source]
    transitions = np.flatnonzero(holds.any(axis=1))
    branches = np.concatenate(
        [np.arange(*whole.transition_first[t : t + 2]) for t in transitions] or [np.empty(0, int)]
    ).astype(np.int64)
    sizes = np.diff(whole.transition_first)[transitions]
    per_state = np.array([(source[transitions] == s).sum() for s in states], dtype=np.int64)
    settings = np.concatenate(
        [
            *(np.arange(*program.set_first[s : s + 2]) for s in states),
            np.arange(program.set_first[-1], len(program.set_clock)),
        ]
    ).astype(np.int64)
    set_sizes = np.diff(program.set_first)[states]
    moved = int(set_sizes.sum()) - int(program.set_first[-1])
    at = np.ix_(transitions, cells)
    changes = np.unique(whole.transition_becomes[transitions])
    changes = changes[changes >= 0]
    tables, numbers = _used_tables(whole, program, holds, branches, cells, settings)
    smaller = replace(
        program,
        cell_group=whole.cell_group[cells],
        state_names=tuple(whole.state_names[s] for s in states),
        state_facility=np.full(len(states), -1),
        state_end=whole.state_end[states],
        state_first=np.concatenate([[0], np.cumsum(per_state)]).astype(np.int64),
        set_first=np.concatenate([[0], np.cumsum(set_sizes)]).astype(np.int64),
        set_clock=program.set_clock[settings],
        set_table=numbers[program.set_table[settings]],
        set_day=program.set_day[settings],
        set_salt=program.set_salt[settings],
        transition_names=tuple(whole.transition_names[t] for t in transitions),
        transition_when=np.ascontiguousarray(holds[at].astype(np.uint8)),
        transition_chance=whole.transition_chance[transitions],
        transition_start=whole.transition_start[transitions],
        transition_running=whole.transition_running[transitions],
        transition_clock=whole.transition_clock[transitions],
        transition_offset=whole.transition_offset[transitions],
        transition_becomes=_positions(changes, whole.transition_becomes[transitions]),
        transition_first=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        salt_chance=whole.salt_chance[transitions],
        salt_branch=whole.salt_branch[transitions],
        salt_delay=whole.salt_delay[transitions],
        branch_transition=np.repeat(np.arange(len(transitions)), sizes),
        branch_source=new_state[whole.branch_source[branches]],
        branch_target=new_state[whole.branch_target[branches]],
        branch_share=whole.branch_share[branches],
        branch_line=whole.branch_line[branches],
        branch_table=np.ascontiguousarray(
            np.where(
                holds[whole.branch_transition[branches]][:, cells],
                numbers[whole.branch_table[branches][:, cells]],
                0,
            ).astype(np.int32)
        ),
        becomes_map=np.ascontiguousarray(
            new_cell[whole.becomes_map[changes][:, cells]].astype(np.int32)
        ),
        line_names=(),
        line_branch=np.empty(0, np.int64),
        line_target=np.empty(0, np.int64),
        line_facility=np.empty(0, np.int64),
        line_quota=np.empty(0, np.int64),
        line_priority=np.empty(0, np.int64),
        line_gates=(),
        quota_limit=np.zeros((whole.days, 0), np.int64),
        quota_period=np.zeros((whole.days, 0), np.int64),
        facility_names=(),
        facility_hard=np.empty(0, np.int64),
        capacity=np.zeros((whole.days, 0), np.int64),
        already_held=np.zeros((whole.days, 0), np.int64),
        gates=(),
        entrant_cell=new_cell[program.entrant_cell],
        entrant_state=new_state[program.entrant_state],
        entrant_age=numbers[program.entrant_age],
        entrant_set_first=program.entrant_set_first + moved,
        tables={},
        table_keys=tuple(whole.table_keys[i] for i in tables),
    )
    return Part(smaller, states, branches, tables, _digest(smaller))


def _used_tables(
    whole: Program,
    program: Program,
    holds: Nodes,
    branches: npt.NDArray[np.int64],
    cells: npt.NDArray[np.int64],
    settings: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The tables a part needs, in the order of their keys, and the new number of each."""
    here = holds[whole.branch_transition[branches]][:, cells]
    used = np.concatenate(
        [
            program.entrant_age,
            program.set_table[settings],
            whole.branch_table[branches][:, cells][here],
        ]
    )
    found = np.unique(used[used >= 0]).astype(np.int64)
    order = sorted(found.tolist(), key=lambda i: whole.table_keys[i])
    numbers = np.full(len(whole.table_keys) + 1, -1, dtype=np.int64)  # the last answers for -1
    numbers[order] = np.arange(len(order))
    return np.array(order, dtype=np.int64), numbers


def _positions(sorted_values: np.ndarray, values: np.ndarray) -> npt.NDArray[np.int64]:
    """Place of each value among the sorted ones; -1 stays -1."""
    if len(sorted_values) == 0:
        return np.full(len(values), -1, dtype=np.int64)
    return np.where(values < 0, -1, np.searchsorted(sorted_values, values)).astype(np.int64)


def _digest(program: Program) -> bytes:
    """Digest of everything in the part's program."""
    found = blake2b(digest_size=16)
    for item in fields(program):
        value = getattr(program, item.name)
        found.update(item.name.encode())
        if isinstance(value, np.ndarray):
            found.update(str(value.shape).encode())
            found.update(np.ascontiguousarray(value).tobytes())
        else:
            found.update(repr(value).encode())
    return found.digest()
