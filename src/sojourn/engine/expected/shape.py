"""The situations that decide a person's future, where they lead, and what the solver refuses.

A node is a state and a cell, with the dates of the clocks that still matter there. A clock that
was set to a date is the same for everybody who carries it, so it may be carried on; one that was
set to a random time is part of the node only where it is read in the very state that set it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import combinations

import numpy as np

from sojourn.arrays import Floats, Ints
from sojourn.engine.expected.order import Order, order_of
from sojourn.engine.expected.race import DATE, DRAWN, UNSET, ClockValue
from sojourn.engine.program import OUT, Program
from sojourn.engine.stay_tables import NEVER
from sojourn.errors import Problem, SojournError

ClockValues = tuple[tuple[int, ClockValue], ...]
"""Clock and value, by the number of the clock."""

NOT_AGED = -1
SOFT = "With `limit: soft` it turns nobody away, and exact means are possible. "
MOST_AGE = 1 << 29
"""More days than anybody has served."""


@dataclass(frozen=True, slots=True)
class GraphNode:
    """A node of the graph."""

    state: int
    cell: int
    clocks: ClockValues
    ages: int = NOT_AGED
    """Table of days served, for the stock's first stay; NOT_AGED: entered with none."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Nodes and edges that are added up."""

    census: Ints
    """[(apart, state, group), row]"""
    of_node: Ints
    """[node]: its row of the census."""
    moves: Ints
    """[(apart, branch, group), row]"""
    of_edge: Ints
    """[edge]: its row of the moves."""


@dataclass
class Shape:
    """Every node that somebody can reach, and where its ways lead: all but the numbers.

    Draws of a study mostly have one shape.
    """

    nodes: list[GraphNode] = field(default_factory=list)
    ways: list[list[tuple[int, list[int]]]] = field(default_factory=list)
    """Per node: the transitions of its race, and the numbers of their branches that can be
    taken."""
    targets: list[tuple[int, ...]] = field(default_factory=list)
    """Per node and branch of its race: node, or OUT."""
    branches: list[tuple[int, ...]] = field(default_factory=list)
    """Per node and branch of its race: branch of the program."""
    entrants: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    """[entrant]: the node that they enter, -1 if nobody ever does."""

    groups: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    """[node]: the group of its people."""

    @cached_property
    def order(self) -> Order:
        """In which order the nodes are solved."""
        return order_of(self.targets)

    @cached_property
    def rows(self) -> Rows:
        """What is added up by state and group."""
        return self.rows_of(np.zeros(len(self.nodes), np.int64))

    def rows_of(self, apart: Ints) -> Rows:
        """What is added up by state and group, nodes with different numbers separately."""
        states = np.array([node.state for node in self.nodes], dtype=np.int64)
        source = np.array([n for n, bs in enumerate(self.branches) for _ in bs], dtype=np.int64)
        branch = np.array([b for bs in self.branches for b in bs], dtype=np.int64)
        return Rows(
            *_numbered(apart, states, self.groups),
            *_numbered(apart[source], branch, self.groups[source]),
        )


def _numbered(*columns: Ints) -> tuple[Ints, Ints]:
    """The distinct rows of these columns [column, number], and the number of each row."""
    rows = np.stack(columns)
    if rows.shape[1] == 0:
        return rows, np.empty(0, np.int64)
    distinct, number = np.unique(rows, axis=1, return_inverse=True)
    return distinct, number.ravel()


def mean_admissions(program: Program) -> Floats:
    """People expected to enter from each stream on each day, [d, stream], listed ones included."""
    rate = program.admission_rate.copy()
    listed = np.flatnonzero(program.admission_list >= 0)
    share = program.admission_to[listed] - program.admission_from[listed]
    rate[:, listed] += program.list_people[:, program.admission_list[listed]] * share
    return rate


def policies_of(program: Program, transition: int) -> range:
    """Those of a transition that hold on some day of the program."""
    first, last = program.policy_first[transition : transition + 2].tolist()
    return range(first, first + int((program.policy_day[first:last] < program.days).sum()))


def shares_of(program: Program, transition: int, policy: int) -> Floats:
    """Of each branch of a transition under a policy."""
    first = int(program.policy_branch[policy])
    size = int(program.transition_first[transition + 1] - program.transition_first[transition])
    return np.diff(program.branch_share[first : first + size], prepend=0.0)


def shape_of(program: Program) -> Shape:
    """Everything reachable from the program's entrants.

    Raises `NoMeansError` naming any feature of the program that has no known exact solution.
    """
    return _ShapeBuilder(program).shape


class _ShapeBuilder:
    """Follows everybody from where they enter."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.shape = Shape()
        self._index: dict[GraphNode, int] = {}
        self._needed: dict[tuple[int, int], frozenset[int]] = {}
        self._branches: dict[int, list[int]] = {}
        self._sets = [
            self._settings(range(program.set_first[s], program.set_first[s + 1]), since=0)
            for s in range(len(program.state_names))
        ]
        self._find_needs()
        coming = np.concatenate(
            [program.entrant_count[: program.stocks] > 0, mean_admissions(program).any(axis=0)]
        )
        self.shape.entrants = np.array(
            [self._enter(e) if coming[e] else -1 for e in range(len(coming))], dtype=np.int64
        )
        done = 0
        while done < len(self.shape.nodes):
            self._follow(self.shape.nodes[done])
            done += 1
        cells = np.array([node.cell for node in self.shape.nodes], dtype=np.int64)
        self.shape.groups = program.cell_group[cells]

    def _settings(
        self, numbers: range, *, since: int, until: int = NEVER, aged: bool = False
    ) -> dict[int, ClockValue]:
        """Clocks as they are set for those who enter on the days since … until."""
        p = self.program
        found: dict[int, list[tuple[int, ClockValue]]] = {}
        for i in numbers:
            if p.set_until[i] > since and p.set_from[i] <= min(until, p.days - 1):
                dated = p.set_table[i] < 0
                value = ClockValue(
                    DATE if dated else DRAWN,
                    int(p.set_day[i] if dated else p.set_table[i]),
                    int(p.set_condition[i]) if aged and not dated else 0,
                )
                found.setdefault(int(p.set_clock[i]), []).append((int(p.set_from[i]), value))
        return {
            clock: replace(values[0][1], later=tuple(values[1:])) for clock, values in found.items()
        }

    def _ways(self, state: int, cell: int) -> list[int]:
        p = self.program
        if p.state_end[state]:
            return []
        return [
            t
            for t in range(p.state_first[state], p.state_first[state + 1])
            if p.transition_when[t, cell] and self._open(t)
        ]

    def _policies(self, transition: int) -> range:
        return policies_of(self.program, transition)

    def _open(self, transition: int) -> list[int]:
        """Numbers, within the transition, of the branches that can be taken on some day."""
        found = self._branches.get(transition)
        if found is None:
            p = self.program
            taken = [
                (shares_of(p, transition, q) > 0.0) & (p.policy_chance[q] > 0.0)
                for q in self._policies(transition)
            ]
            found = np.flatnonzero(np.any(taken, axis=0)).tolist()
            self._branches[transition] = found
        return found

    def _after(self, transition: int, cell: int) -> int:
        change = int(self.program.transition_becomes[transition])
        return cell if change < 0 else int(self.program.becomes_map[change, cell])

    def _next(self, state: int, cell: int) -> set[tuple[int, int]]:
        p = self.program
        return {
            (int(p.branch_target[p.transition_first[t] + j]), self._after(t, cell))
            for t in self._ways(state, cell)
            for j in self._open(t)
            if p.branch_target[p.transition_first[t] + j] != OUT
        }

    def _find_needs(self) -> None:
        """Which clocks matter in each state and cell: read there, or carried on to be read."""
        p = self.program
        reached = list(
            dict.fromkeys(zip(p.entrant_state.tolist(), p.entrant_cell.tolist(), strict=True))
        )
        known = set(reached)
        after: dict[tuple[int, int], set[tuple[int, int]]] = {}
        for place in reached:  # grows as it goes
            after[place] = self._next(*place)
            for one in sorted(after[place] - known):
                known.add(one)
                reached.append(one)
        self._needed = {
            place: frozenset(
                clock
                for t in self._ways(*place)
                for clock in p.policy_clock[self._policies(t)].tolist()
                if clock >= 0
            )
            for place in reached
        }
        changed = bool(p.clock_names)
        while changed:
            changed = False
            for place in reversed(reached):
                found = self._needed[place].union(*(self._carried(x) for x in after[place]))
                changed |= found != self._needed[place]
                self._needed[place] = found

    def _carried(self, place: tuple[int, int]) -> frozenset[int]:
        """Clocks that people must carry when they come to this place."""
        return self._needed[place] - frozenset(self._sets[place[0]])

    def _enter(self, e: int) -> int:
        p = self.program
        if p.entrant_line[e] >= 0:
            state = p.state_names[p.entrant_state[e]]
            raise _refused(
                f"admissions to {state!r} wait outside for a place in "
                f"{_facility(p, int(p.line_facility[p.entrant_line[e]]))}",
                SOFT,
            )
        ages = int(p.entrant_age[e])
        numbers = range(p.entrant_set_first[e], p.entrant_set_first[e + 1])
        if e < p.stocks:
            # On day 0, or that many days before it.
            since = -MOST_AGE if ages >= 0 else 0
            values = self._settings(numbers, since=since, until=0, aged=ages >= 0)
        else:
            values = self._settings(numbers, since=0)
        place = (int(p.entrant_state[e]), int(p.entrant_cell[e]))
        return self._node(place, values, ages)

    def _node(self, place: tuple[int, int], values: dict[int, ClockValue], ages: int) -> int:
        clocks = tuple((c, values.get(c, ClockValue(UNSET))) for c in sorted(self._needed[place]))
        node = GraphNode(*place, clocks, ages)
        found = self._index.get(node)
        if found is None:
            found = self._index[node] = len(self.shape.nodes)
            self.shape.nodes.append(node)
        return found

    def _follow(self, node: GraphNode) -> None:
        """Append the node's ways and where they lead."""
        p = self.program
        values = dict(node.clocks)
        ways: list[tuple[int, list[int]]] = []
        targets: list[int] = []
        branches: list[int] = []
        for t in self._ways(node.state, node.cell):
            opened = self._open(t)
            own = [int(p.transition_first[t]) + j for j in opened]
            for b in own:
                if p.branch_line[b] >= 0:
                    line = int(p.branch_line[b])
                    remedy = SOFT if p.line_facility[line] >= 0 else ""
                    raise _refused(_line(p, t, line), remedy)
            clock = int(p.transition_clock[t])
            if clock >= 0 and values[clock].kind == UNSET:
                continue
            policies = self._policies(t)
            if len(set(p.policy_clock[policies].tolist())) > 1 or np.ptp(p.policy_offset[policies]):
                raise _refused(
                    f"{p.transition_names[t]!r} changes what share of a length it waits for"
                )
            if p.policy_everyone[policies].any() and _random(clock, values):
                raise _refused(
                    f"{p.transition_names[t]!r} changes for everyone, and waits for the clock "
                    f"{p.clock_names[clock]!r}, which is random"
                )
            ways.append((t, opened))
            cell = self._after(t, node.cell)
            for b in own:
                branches.append(b)
                targets.append(self._move(node, values, int(p.branch_target[b]), cell))
        self._check_lengths({int(p.transition_clock[t]) for t, _ in ways}, values)
        self.shape.ways.append(ways)
        self.shape.targets.append(tuple(targets))
        self.shape.branches.append(tuple(branches))

    def _check_lengths(self, read: set[int], values: dict[int, ClockValue]) -> None:
        """Refuse two clocks that are shares of one random length."""
        p = self.program
        own = [clock for clock in sorted(read) if _random(clock, values)]
        for one, other in combinations(own, 2):
            salts = (p.set_salt[p.set_clock == clock] for clock in (one, other))
            if np.intersect1d(*salts).size:
                names = f"{p.clock_names[one]!r} and {p.clock_names[other]!r}"
                raise _refused(f"{names} are shares of one length, which is random")

    def _move(self, node: GraphNode, values: dict[int, ClockValue], target: int, cell: int) -> int:
        if target == OUT:
            return OUT
        brought = {}
        for clock in self._carried((target, cell)):
            if _random(clock, values):
                raise _refused(self._survives(clock, node.state, target))
            if values[clock].later:
                raise _refused(self._differs(clock, node.state, target))
            brought[clock] = values[clock]
        return self._node((target, cell), brought | self._sets[target], NOT_AGED)

    def _survives(self, clock: int, state: int, target: int) -> str:
        p = self.program
        readers = np.flatnonzero(p.transition_clock == clock)
        names = ", ".join(repr(p.transition_names[t]) for t in readers)
        return (
            f"clock {p.clock_names[clock]!r} runs on when people leave {p.state_names[state]!r} "
            f"for {p.state_names[target]!r}, and is read later (by {names})"
        )

    def _differs(self, clock: int, state: int, target: int) -> str:
        p = self.program
        return (
            f"clock {p.clock_names[clock]!r} is set otherwise from a date on, and runs on when "
            f"people leave {p.state_names[state]!r} for {p.state_names[target]!r}"
        )


def _random(clock: int, values: dict[int, ClockValue]) -> bool:
    return clock >= 0 and any(value.kind == DRAWN for value in values[clock].all)


def _line(program: Program, transition: int, line: int) -> str:
    name = program.transition_names[transition]
    if program.line_facility[line] >= 0:
        return f"{name!r} waits for a place in {_facility(program, program.line_facility[line])}"
    if program.line_quota[line] >= 0:
        return f"{name!r} waits for its quota"
    gates = [program.gates[gate] for gate in program.line_gates[line]]
    random = [gate for gate in gates if gate.opens_after >= 0 or gate.closes_after >= 0]
    gate = (random or gates)[0]
    kind = "random gate" if random else "gate"
    return f"{name!r} waits for the {kind} {gate.name!r}"


def _facility(program: Program, facility: int) -> str:
    return f"the hard facility {program.facility_names[facility]!r}"


class NoMeansError(SojournError):
    """A program whose exact means nobody knows; it can be simulated."""


def _refused(why: str, remedy: str = "") -> NoMeansError:
    return NoMeansError(Problem(f"no exact expectation: {why}", f"{remedy}Simulate it instead."))
