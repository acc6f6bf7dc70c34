"""Which people no line can affect, and how they are separated: what is the same in all draws.

Parts are found once for each scenario and kept: its draws share the pathway, and so the people who
can reach a line, and differ only in chances, shares, stays and numbers of people.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import partial
from hashlib import blake2b
from threading import Lock
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from sojourn.arrays import Floats, Ints
from sojourn.engine.compile.pathway import looks
from sojourn.engine.program import OUT, Program

Made = TypeVar("Made")
Nodes = npt.NDArray[np.bool_]
"""[state, cell]"""

LARGE = 20_000
"""An entrant with at least this many people is a part of its own."""

DRAWN = frozenset(
    {
        "admission_from",
        "admission_rate",
        "admission_ratio",
        "admission_to",
        "already_held",
        "branch_share",
        "branch_table",
        "capacity",
        "entrant_age",
        "entrant_count",
        "gates",
        "policy_chance",
        "quota_limit",
        "set_given",
        "set_table",
        "table_keys",
        "tables",
    }
)
"""Fields of a program that may differ from draw to draw."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Some people of a program, and where their items are in the whole program."""

    skeleton: Program
    """Their own program, but for the fields in DRAWN."""
    entrants: Ints
    streams: Ints
    """Columns of admission_rate."""
    states: Ints
    cells: Ints
    groups: Ints
    transitions: Ints
    branches: Ints
    policies: Ints
    rows: Ints
    """Branches under policies."""
    settings: Ints
    here: npt.NDArray[np.bool_]
    """[row, cell] of theirs: whether the branch can be taken."""
    digest: bytes


@dataclass(frozen=True, slots=True)
class Cut:
    """The people of a scenario who may meet a line, and the parts of the others."""

    bound: npt.NDArray[np.bool_]
    """[entrant]"""
    plans: tuple[Plan, ...]


_KEPT: OrderedDict[bytes, Any] = OrderedDict()
_MOST_KEPT = 4096
_LOCK = Lock()


def cut_of(program: Program) -> Cut:
    """The cut of a program. What no draw changes is kept for its other draws."""
    labels = _labels(program)
    key = digest_of(program, skip=DRAWN)
    bound = _kept(key, partial(bound_nodes, program))
    free = (program.entrant_line < 0) & ~bound[program.entrant_state, program.entrant_cell]
    parts = [free & (labels == one) for one in np.unique(labels[free])]
    # Which entrants are large differs from draw to draw: each part is kept by itself.
    plans = (_kept(key + part.tobytes(), partial(_plan, program, part)) for part in parts)
    return Cut(~free, tuple(plans))


def _kept(key: bytes, make: Callable[[], Made]) -> Made:
    with _LOCK:
        found: Made | None = _KEPT.get(key)
    if found is None:
        found = make()
        with _LOCK:
            _KEPT[key] = found
            while len(_KEPT) > _MOST_KEPT:
                _KEPT.popitem(last=False)
    return found


def _labels(program: Program) -> npt.NDArray[np.int64]:
    """Which entrants make a part together: those of one population; a large one by itself.

    The rules of a scenario often touch some cells of a large population and leave the others as
    they are, so that a finer cut finds more in common.
    """
    names = list(dict.fromkeys(program.entrant_population))
    labels = np.array([names.index(name) for name in program.entrant_population], dtype=np.int64)
    large = people_of(program) >= LARGE
    labels[large] = len(names) + np.flatnonzero(large)
    return labels


def people_of(program: Program) -> Floats:
    """People of each entrant: those there on day 0, and the mean number of those admitted."""
    people = program.entrant_count.astype(np.float64)
    people[program.stocks :] += program.admission_rate.sum(axis=0)
    # The last column answers for streams without a list, whose quantiles are alike.
    listed = np.append(program.list_people.sum(axis=0), 0)[program.admission_list]
    people[program.stocks :] += listed * (program.admission_to - program.admission_from)
    return people


def bound_nodes(program: Program) -> Nodes:
    """Where a person may share something with others: a line, or a hard facility."""
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
    """The program with only these entrants. Random numbers depend on names, so none changes."""
    index = np.flatnonzero(kept)
    streams = index[index >= program.stocks] - program.stocks
    settings = _settings(program, index)
    lists = np.unique(program.admission_list[streams])
    lists = lists[lists >= 0]
    sizes = np.diff(program.entrant_set_first)[index]
    base = int(program.set_first[-1])
    return replace(
        program,
        entrant_names=tuple(program.entrant_names[i] for i in index),
        entrant_population=tuple(program.entrant_population[i] for i in index),
        entrant_cell=program.entrant_cell[index],
        entrant_state=program.entrant_state[index],
        entrant_count=program.entrant_count[index],
        entrant_age=program.entrant_age[index],
        entrant_line=program.entrant_line[index],
        entrant_set_first=(base + np.concatenate([[0], np.cumsum(sizes)])).astype(np.int64),
        stocks=int((index < program.stocks).sum()),
        admission_rate=np.ascontiguousarray(program.admission_rate[:, streams]),
        admission_fixed=program.admission_fixed[streams],
        admission_ratio=program.admission_ratio[streams],
        admission_list=_positions(lists, program.admission_list[streams]),
        admission_from=program.admission_from[streams],
        admission_to=program.admission_to[streams],
        list_names=tuple(program.list_names[i] for i in lists),
        list_people=np.ascontiguousarray(program.list_people[:, lists]),
        set_clock=program.set_clock[settings],
        set_table=program.set_table[settings],
        set_given=program.set_given[settings],
        set_day=program.set_day[settings],
        set_from=program.set_from[settings],
        set_until=program.set_until[settings],
        set_salt=program.set_salt[settings],
        set_condition=program.set_condition[settings],
    )


def _settings(program: Program, entrants: Ints) -> Ints:
    """Clock settings of the states, and of these entrants."""
    first, last = program.entrant_set_first[entrants], program.entrant_set_first[entrants + 1]
    own = [np.arange(a, b) for a, b in zip(first, last, strict=True)]
    return np.concatenate([np.arange(program.set_first[-1]), *own]).astype(np.int64)


def _plan(whole: Program, entrants: npt.NDArray[np.bool_]) -> Plan:
    """The program of these entrants alone, numbered anew in a way that only they determine."""
    nodes = reachable(whole, entrants)
    program = with_entrants(whole, entrants)
    states = np.flatnonzero(nodes.any(axis=1))
    cells = np.flatnonzero(nodes.any(axis=0))
    groups = np.unique(whole.cell_group[cells])
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
    policies = np.concatenate(
        [np.arange(*whole.policy_first[t : t + 2]) for t in transitions] or [np.empty(0, int)]
    ).astype(np.int64)
    policy_first = np.concatenate(
        [[0], np.cumsum(np.diff(whole.policy_first)[transitions])]
    ).astype(np.int64)
    of_policy = np.repeat(transitions, np.diff(whole.policy_first)[transitions])
    row_sizes = np.diff(whole.transition_first)[of_policy]
    rows = np.concatenate(
        [
            np.arange(first, first + size)
            for first, size in zip(whole.policy_branch[policies], row_sizes, strict=True)
        ]
        or [np.empty(0, int)]
    ).astype(np.int64)
    per_state = np.array([(source[transitions] == s).sum() for s in states], dtype=np.int64)
    settings = np.concatenate(
        [
            *(np.arange(*program.set_first[s : s + 2]) for s in states),
            np.arange(program.set_first[-1], len(program.set_clock)),
        ]
    ).astype(np.int64)
    set_sizes = np.diff(program.set_first)[states]
    moved = int(set_sizes.sum()) - int(program.set_first[-1])
    # Clocks that no transition of theirs reads need not be carried.
    clocks = np.unique(whole.policy_clock[policies])
    clocks = clocks[clocks >= 0]
    read = np.isin(program.set_clock[settings], clocks)
    settings_before = np.concatenate([[0], np.cumsum(read)]).astype(np.int64)
    settings = settings[read]
    at = np.ix_(transitions, cells)
    index = np.flatnonzero(entrants)
    changes = np.unique(whole.transition_becomes[transitions])
    changes = changes[changes >= 0]
    look_first, look_day = looks(
        policy_first.tolist(),
        whole.policy_day[policies].tolist(),
        whole.policy_everyone[policies].tolist(),
        per_state.tolist(),
    )
    smaller = replace(
        program,
        group_names=tuple(whole.group_names[g] for g in groups),
        cell_group=np.searchsorted(groups, whole.cell_group[cells]),
        state_names=tuple(whole.state_names[s] for s in states),
        state_facility=np.full(len(states), -1),
        state_end=whole.state_end[states],
        state_first=np.concatenate([[0], np.cumsum(per_state)]).astype(np.int64),
        set_first=settings_before[np.concatenate([[0], np.cumsum(set_sizes)])],
        set_clock=_positions(clocks, program.set_clock[settings]),
        clock_names=tuple(whole.clock_names[c] for c in clocks),
        set_day=program.set_day[settings],
        set_from=program.set_from[settings],
        set_until=program.set_until[settings],
        set_salt=program.set_salt[settings],
        set_condition=program.set_condition[settings],
        transition_names=tuple(whole.transition_names[t] for t in transitions),
        transition_when=np.ascontiguousarray(holds[at].astype(np.uint8)),
        transition_start=whole.transition_start[transitions],
        transition_running=whole.transition_running[transitions],
        transition_becomes=_positions(changes, whole.transition_becomes[transitions]),
        transition_first=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        policy_first=policy_first,
        policy_day=whole.policy_day[policies],
        policy_clock=_positions(clocks, whole.policy_clock[policies]),
        policy_offset=whole.policy_offset[policies],
        policy_everyone=whole.policy_everyone[policies],
        policy_branch=(np.cumsum(row_sizes) - row_sizes).astype(np.int64),
        look_first=look_first,
        look_day=look_day,
        salt_chance=whole.salt_chance[transitions],
        salt_branch=whole.salt_branch[transitions],
        salt_delay=whole.salt_delay[transitions],
        branch_transition=np.repeat(np.arange(len(transitions)), sizes),
        branch_source=new_state[whole.branch_source[branches]],
        branch_target=new_state[whole.branch_target[branches]],
        branch_line=whole.branch_line[branches],
        becomes_map=np.ascontiguousarray(
            new_cell[whole.becomes_map[changes][:, cells]].astype(np.int32)
        ),
        line_names=(),
        line_branch=np.empty(0, np.int64),
        line_otherwise=np.empty(0, np.int64),
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
        entrant_set_first=settings_before[program.entrant_set_first + moved],
        tables={},
        table_keys=(),
    )
    return Plan(
        skeleton=smaller,
        entrants=index,
        streams=index[index >= whole.stocks] - whole.stocks,
        states=states,
        cells=cells,
        groups=groups,
        transitions=transitions,
        branches=branches,
        policies=policies,
        rows=rows,
        settings=_settings(whole, index)[settings],
        here=holds[np.repeat(of_policy, row_sizes)][:, cells],
        digest=digest_of(smaller, skip=DRAWN),
    )


def _positions(sorted_values: np.ndarray, values: np.ndarray) -> npt.NDArray[np.int64]:
    """Place of each value among the sorted ones; -1 stays -1."""
    if len(sorted_values) == 0:
        return np.full(len(values), -1, dtype=np.int64)
    return np.where(values < 0, -1, np.searchsorted(sorted_values, values)).astype(np.int64)


def digest_of(program: Program, skip: frozenset[str]) -> bytes:
    """Digest of the fields of a program that are not skipped."""
    found = blake2b(digest_size=16)
    for item in fields(program):
        if item.name in skip:
            continue
        value = getattr(program, item.name)
        found.update(item.name.encode())
        if isinstance(value, np.ndarray):
            found.update(str(value.shape).encode())
            found.update(np.ascontiguousarray(value).data)
        else:
            found.update(repr(value).encode())
    return found.digest()
