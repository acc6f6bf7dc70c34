"""The expected solver: exact means of what the simulation estimates.

Without lines, people move independently of each other. So the mean number of entries into each node
follows from the nodes before it (see `exits`), and everything else from the entries: the census is
entries less exits so far.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sojourn.arrays import Floats, Ints
from sojourn.engine.expected.exits import ExitLaws, Ring, convolved_each
from sojourn.engine.expected.graph import Graph, graph_of
from sojourn.engine.expected.race import Race
from sojourn.engine.expected.shape import NOT_AGED, mean_admissions
from sojourn.engine.program import OUT, Program

NODES_AT_ONCE = 1 << 23
"""Days times nodes that are held in memory at once."""
AT_ONCE = 1 << 19
"""Days times nodes whose exits are computed at once."""
ROUNDING = 1e-12
"""Numbers below this share of all people count as zero; they are rounding errors."""


@dataclass(frozen=True, slots=True)
class Expected:
    """Means over all histories of what `History` counts; the axes are the same."""

    census: Floats
    """[d, s+1, g]; nobody waits outside, the last state."""
    flows: Floats
    """[p, b, g]"""
    admitted: Floats
    """[p, s, g]"""
    occupied: Floats
    """[d, f], with those already held."""


def expected(program: Program) -> Expected:
    """Exact means of a program's census, flows and admissions.

    Raises `SojournError` if the program has lines, or clocks that outlive the state which set
    them: it names the first such thing that people can reach.
    """
    graph = graph_of(program)
    solver = ExpectedSolver(program, graph)
    tally = solver.solve(solver.sources())
    least = ROUNDING * float(
        program.entrant_count[: program.stocks].sum() + mean_admissions(program).sum()
    )
    census = np.zeros((program.days, len(program.state_names) + 1, len(program.group_names)))
    census[:, tally.state, tally.group] = _cleaned(tally.census(), least).T
    flows = np.zeros((program.periods, len(program.branch_target), len(program.group_names)))
    flows[:, tally.branch, tally.branch_group] = _cleaned(tally.by_period(), least).T
    occupied = program.already_held.astype(np.float64)
    for s, facility in enumerate(program.state_facility):
        if facility >= 0:
            occupied[:, facility] += census[:, s].sum(axis=1)
    return Expected(
        census=census,
        flows=flows,
        admitted=admitted_of(program),
        occupied=occupied,
    )


def admitted_of(program: Program) -> Floats:
    """Mean admissions [p, s, g]."""
    out = np.zeros((program.periods, len(program.state_names), len(program.group_names)))
    first = np.searchsorted(program.period_of_day, np.arange(program.periods))
    by_period = np.add.reduceat(mean_admissions(program), first, axis=0)
    states = program.entrant_state[program.stocks :]
    groups = program.cell_group[program.entrant_cell[program.stocks :]]
    for stream, (state, group) in enumerate(zip(states.tolist(), groups.tolist(), strict=True)):
        out[:, state, group] += by_period[:, stream]
    return out


def _cleaned(values: Floats, least: float) -> Floats:
    return np.where(values < least, 0.0, values)


class Tally:
    """What is added up: entries less exits by state and group, moves by branch and group.

    With `apart` [node], nodes with different numbers are summed separately. With `daily`, moves are
    kept by day.
    """

    def __init__(
        self, program: Program, graph: Graph, *, apart: Ints | None = None, daily: bool = False
    ) -> None:
        rows = graph.shape.rows if apart is None else graph.shape.rows_of(apart)
        self.apart, self.state, self.group = rows.census
        """[row] of the census."""
        self.branch_apart, self.branch, self.branch_group = rows.moves
        """[row] of moves."""
        self._place, self._move = rows.of_node, rows.of_edge
        self._periods = np.searchsorted(program.period_of_day, np.arange(program.periods))
        self._daily = daily
        self._change = np.zeros((len(self.state), program.days))
        self._moves = np.zeros((len(self.branch), program.days if daily else program.periods))

    def enter(self, nodes: Ints, entries: Floats) -> None:
        """Entries [node, day]."""
        add_rows(self._change, self._place[nodes], entries)

    def leave(self, nodes: Ints, edges: Ints, leaving: Floats) -> None:
        """Exits [node, day] by one branch of each node: an edge of the graph, by number."""
        add_rows(self._change, self._place[nodes], -leaving)
        moved = leaving if self._daily else np.add.reduceat(leaving, self._periods, axis=1)
        add_rows(self._moves, self._move[edges], moved)

    def census(self) -> Floats:
        """[row, day]"""
        return self._change.cumsum(axis=1)

    def by_day(self) -> Floats:
        """Moves [row, day]."""
        assert self._daily
        return self._moves

    def by_period(self) -> Floats:
        """Moves [row, period]."""
        if self._daily:
            return np.add.reduceat(self._moves, self._periods, axis=1)
        return self._moves


def add_rows(to: Floats, rows: Ints, values: Floats) -> None:
    """to[rows] += values, where a row may be named more than once."""
    if len(rows) == 1:
        to[rows[0]] += values[0]
        return
    order = np.argsort(rows, kind="stable")
    sorted_rows = rows[order]
    first = np.flatnonzero(np.diff(sorted_rows, prepend=-1))
    if len(first) == len(rows):
        to[rows] += values
    else:
        to[sorted_rows[first]] += np.add.reduceat(values[order], first, axis=0)


Inflow = tuple[int, Floats]
"""A node, and how many people enter it on each day; a single number is for day 0."""


class ExpectedSolver:
    """Solves the nodes from where people come in to where they leave."""

    def __init__(self, program: Program, graph: Graph, laws: ExitLaws | None = None) -> None:
        self.program, self.graph = program, graph
        self.laws = laws or ExitLaws(program)
        self.count = len(graph.nodes)
        order = graph.shape.order
        self.source, self.position, self.target = order.source, order.position, order.target
        self.first, self.knot, self.part = order.first, order.knot, order.part
        self.ring, self.level = order.ring, order.level

    def sources(self) -> list[Inflow]:
        """Everybody who enters."""
        p, nodes = self.program, self.graph.entrants
        rate = mean_admissions(p)
        found: list[Inflow] = []
        for e in np.flatnonzero(nodes >= 0).tolist():
            if e < p.stocks:
                found.append((int(nodes[e]), np.array([float(p.entrant_count[e])])))
            else:
                found.append((int(nodes[e]), rate[:, e - p.stocks]))
        return found

    def solve(self, sources: Sequence[Inflow], tally: Tally | None = None) -> Tally:
        """Follow the people of these sources to the end, adding up in the tally."""
        tally = Tally(self.program, self.graph) if tally is None else tally
        reached = self.reached(np.unique([node for node, _ in sources]).astype(np.int64))
        parts = np.unique(self.part[reached])
        most = max(1, NODES_AT_ONCE // self.program.days)
        batch: list[int] = []
        size = 0
        sizes = np.bincount(self.part[reached], minlength=1)
        for part in parts.tolist():
            if batch and size + sizes[part] > most:
                self._solve_parts(batch, reached, sources, tally)
                batch, size = [], 0
            batch.append(part)
            size += int(sizes[part])
        if batch:
            self._solve_parts(batch, reached, sources, tally)
        return tally

    def reached(self, nodes: Ints) -> Ints:
        """These nodes and all after them, rising."""
        known = np.zeros(self.count, dtype=np.bool_)
        known[nodes] = True
        inside = self.target != OUT
        source, target = self.source[inside], self.target[inside]
        while True:
            more = target[known[source] & ~known[target]]
            if len(more) == 0:
                return np.flatnonzero(known)
            known[more] = True

    def _solve_parts(
        self, parts: list[int], reached: Ints, sources: Sequence[Inflow], tally: Tally
    ) -> None:
        nodes = reached[np.isin(self.part[reached], parts)]
        row = np.full(self.count, -1)
        row[nodes] = np.arange(len(nodes))
        entries = np.zeros((len(nodes), self.program.days))
        for node, people in sources:
            if row[node] >= 0:
                entries[row[node], : len(people)] += people
        for level in range(int(self.level[nodes].max(initial=0)) + 1):
            here = nodes[self.level[nodes] == level]
            self._close_ring(here[self.ring[here]], row, entries)
            tally.enter(here, entries[row[here]])
            self._let_go(here, row, entries, tally)

    def _close_ring(self, nodes: Ints, row: Ints, entries: Floats) -> None:
        """Entries of nodes whose people may come back to them."""
        if len(nodes) == 0:
            return
        edge = np.isin(self.source, nodes) & (self.target != OUT)
        edge[edge] = self.knot[self.source[edge]] == self.knot[self.target[edge]]
        local = np.full(self.count, -1)
        local[nodes] = np.arange(len(nodes))
        ring = Ring(
            self.laws,
            [self.graph.races[node] for node in nodes],
            local[self.source[edge]],
            self.position[edge],
            local[self.target[edge]],
        )
        own = entries[row[nodes]]
        ring.solve(own)
        entries[row[nodes]] = own

    def _let_go(self, nodes: Ints, row: Ints, entries: Floats, tally: Tally) -> None:
        """Exits of these nodes, added to the tally and to the entries of later nodes."""
        races, ages = self.graph.races, [node.ages for node in self.graph.nodes]
        steady = np.array(
            [ages[n] == NOT_AGED and not races[n].cuts for n in nodes.tolist()], dtype=np.bool_
        )
        at_once = max(1, AT_ONCE // self.program.days)
        plain = nodes[steady]
        for i in range(0, len(plain), at_once):
            some = plain[i : i + at_once]
            edges = np.concatenate([np.arange(*self.first[n : n + 2]) for n in some.tolist()])
            numbers: dict[tuple[Race, int], int] = {}
            places = zip(self.source[edges].tolist(), self.position[edges].tolist(), strict=True)
            which = [numbers.setdefault((races[n], b), len(numbers)) for n, b in places]
            laws = [self.laws.kernel(race, 0)[b] for race, b in numbers]
            if laws:
                rows = np.repeat(np.arange(len(some)), np.diff(self.first)[some])
                coming = entries[row[some]]
                leaving = convolved_each(coming, np.array(laws), rows, np.array(which))
                self._pass_on(edges, leaving, row, entries, tally)
        for (race, age), alike in self._alike(nodes[~steady]):
            if age == NOT_AGED:
                by_branch = self.laws.exits(race, entries[row[alike]])
            else:
                law = self.laws.aged(race, age)
                by_branch = law[:, None, :] * entries[row[alike], 0][None, :, None]
            for b in range(race.branches):
                self._pass_on(self.first[alike] + b, by_branch[b], row, entries, tally)

    def _pass_on(
        self, edges: Ints, leaving: Floats, row: Ints, entries: Floats, tally: Tally
    ) -> None:
        """Add who leaves by these edges [edge, day]."""
        tally.leave(self.source[edges], edges, leaving)
        source, target = self.source[edges], self.target[edges]
        later = target != OUT
        later[later] = self.knot[target[later]] != self.knot[source[later]]
        if later.any():
            add_rows(entries, row[target[later]], leaving[later])

    def _alike(self, nodes: Ints) -> list[tuple[tuple[Race, int], Ints]]:
        groups: dict[tuple[Race, int], list[int]] = {}
        for node in nodes.tolist():
            key = (self.graph.races[node], self.graph.nodes[node].ages)
            groups.setdefault(key, []).append(node)
        return [(key, np.array(found)) for key, found in groups.items()]
