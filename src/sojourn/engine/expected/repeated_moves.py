"""Moves that one person makes more than once, for their variance.

If a person makes N moves of one kind in a period, E[N (N - 1)] is twice the mean number of pairs of
an earlier and a later one. So it is twice the sum, over all such moves, of how many more the person
is expected to make before the period ends; and that is known by going back from its last day. Such
means add up over all people, however they came.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from sojourn.arrays import Floats, Ints
from sojourn.engine.expected.graph import Graph
from sojourn.engine.expected.race_steps import first_out
from sojourn.engine.expected.shape import NOT_AGED
from sojourn.engine.expected.solver import ExpectedSolver, Tally
from sojourn.engine.program import OUT, Program

MoveKind = tuple[int, int]
"""Moves over a branch by people of a group."""


@dataclass(slots=True)
class _ConnectedNodes:
    """Nodes that are connected, and the moves among them that may be repeated."""

    nodes: list[int]
    kinds: list[MoveKind]
    edges: dict[int, int] = field(default_factory=dict)
    """Edge of the graph -> its kind, by number."""


def repeated(program: Program, graph: Graph, solver: ExpectedSolver) -> dict[MoveKind, Floats]:
    """E[N (N - 1)] summed over all people, [period], of the moves that somebody may repeat."""
    parts = _parts(program, graph, solver)
    edges = np.array([edge for part in parts for edge in part.edges], dtype=np.int64)
    found: dict[MoveKind, Floats] = {}
    if not len(edges):
        return found
    moves = _Moves(program, graph, edges)
    solver.solve(solver.sources(), moves)
    # Transforms leave noise below zero.
    of_edge = dict(zip(edges.tolist(), np.maximum(moves.moved, 0.0), strict=True))
    ends = np.searchsorted(program.period_of_day, np.arange(program.periods), side="right")
    starts = np.concatenate([[0], ends[:-1]])
    for part in parts:
        still = _Still(program, graph, solver, part)
        for period, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
            more = still.before(start, end)
            for edge, kind in part.edges.items():
                target = int(solver.target[edge])
                if target == OUT:
                    continue
                pairs = of_edge[edge][start:end] @ more[:, part.nodes.index(target), kind]
                own = found.setdefault(part.kinds[kind], np.zeros(program.periods))
                own[period] += 2.0 * pairs
    return found


def _parts(program: Program, graph: Graph, solver: ExpectedSolver) -> list[_ConnectedNodes]:
    """Parts of the graph in which one person can make the same move again."""
    nodes = np.array([node.cell for node in graph.nodes], dtype=np.int64)
    group = program.cell_group[nodes]
    branch = np.array([b for bs in graph.branches for b in bs], dtype=np.int64)
    of_kind: dict[tuple[int, MoveKind], list[int]] = {}
    for edge, (b, s) in enumerate(zip(branch.tolist(), solver.source.tolist(), strict=True)):
        key = (int(solver.part[s]), (b, int(group[s])))
        of_kind.setdefault(key, []).append(edge)
    parts: dict[int, _ConnectedNodes] = {}
    for (number, kind), edges in of_kind.items():
        targets = solver.target[edges]
        targets = targets[targets != OUT]
        if len(targets) and np.isin(solver.source[edges], solver.reached(targets)).any():
            part = parts.get(number)
            if part is None:
                inside = np.flatnonzero(solver.part == number).tolist()
                part = parts[number] = _ConnectedNodes(inside, [])
            part.edges.update(dict.fromkeys(edges, len(part.kinds)))
            part.kinds.append(kind)
    return list(parts.values())


class _Moves(Tally):
    """Adds up moves over some edges by day."""

    def __init__(self, program: Program, graph: Graph, edges: Ints) -> None:
        super().__init__(program, graph)
        self._row = {edge: row for row, edge in enumerate(edges.tolist())}
        self.moved = np.zeros((len(edges), program.days))

    def leave(self, nodes: Ints, edges: Ints, leaving: Floats) -> None:
        """Exits [node, day] by one branch of each node: an edge of the graph, by number."""
        super().leave(nodes, edges, leaving)
        for edge, moved in zip(edges.tolist(), leaving, strict=True):
            row = self._row.get(edge)
            if row is not None:
                self.moved[row] += moved


class _Still:
    """The mean number of further moves of each kind by people who come to a node."""

    def __init__(
        self, program: Program, graph: Graph, solver: ExpectedSolver, part: _ConnectedNodes
    ) -> None:
        self._program, self._graph, self._solver, self._part = program, graph, solver, part
        self._dated = any(graph.races[node].cuts for node in part.nodes)
        self._longest: Floats | None = None

    def before(self, start: int, end: int) -> Floats:
        """Moves before day `end` by somebody who comes on a day from `start` on.

        [day, node, kind]
        """
        if self._dated:
            return self._back(start, end)
        if self._longest is None:
            lengths = np.bincount(self._program.period_of_day)
            self._longest = self._back(0, int(lengths.max()))
        return self._longest[len(self._longest) - (end - start) :]

    def _back(self, start: int, end: int) -> Floats:
        part, graph, solver = self._part, self._graph, self._solver
        place = {node: i for i, node in enumerate(part.nodes)}
        still = np.zeros((end - start, len(part.nodes), len(part.kinds)))
        for day in range(end - 1, start - 1, -1):
            now = still[day - start]
            # People who move from node to node on the day they come.
            at_once = np.zeros((len(part.nodes), len(part.nodes)))
            for i, node in enumerate(part.nodes):
                if graph.nodes[node].ages != NOT_AGED:
                    continue  # nobody comes to the first stay of a stock
                law = self._law(node, day, end)
                for b in range(len(law)):
                    edge = int(solver.first[node]) + b
                    kind, target = part.edges.get(edge), graph.targets[node][b]
                    if kind is not None:
                        now[i, kind] += law[b].sum()
                    if target != OUT:
                        j = place[target]
                        now[i] += law[b, 1:] @ still[day - start + 1 :, j]
                        at_once[i, j] += law[b, 0]
            if at_once.any():
                still[day - start] = np.linalg.solve(np.eye(len(at_once)) - at_once, now)
        return still

    def _law(self, node: int, day: int, end: int) -> Floats:
        """P(leaves after k days by each branch) [branch, k] of somebody who comes on this day."""
        race, laws = self._graph.races[node], self._solver.laws
        if race.branches == 0:
            return np.zeros((0, end - day))
        if not self._dated:
            return laws.kernel(race, 0)[:, : end - day]
        return np.asarray(first_out(race, laws.tables, np.array([day]), day, end)[0])
