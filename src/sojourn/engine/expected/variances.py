"""Exact variances of what the simulation counts, where they are known.

Without lines, people are independent of each other. A person of a stock or a list of arrivals, who
is counted with probability p, adds p (1 - p). Of a Poisson number of admissions, the number counted
is Poisson too, so its variance is its mean. Of a day's admissions with mean m and variance φ m, the
number counted has mean p m and variance p m + (φ - 1) m p². If a person can make a move N times,
E[N] takes the place of p, and E[N (N - 1)] is added (see `repeated_moves`). Fixed admissions share
one phase; their variance is not computed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sojourn.arrays import Floats, Ints
from sojourn.engine.expected.exits import convolved
from sojourn.engine.expected.graph import Graph, graph_of
from sojourn.engine.expected.repeated_moves import repeated
from sojourn.engine.expected.shape import mean_admissions
from sojourn.engine.expected.solver import ExpectedSolver, Inflow, Tally
from sojourn.engine.program import Program


@dataclass(frozen=True, slots=True)
class Variances:
    """Variances over histories; NaN where none is known."""

    census: Floats
    """[d, s+1, g]"""
    flows: Floats
    """[p, b, g]"""
    unknown: tuple[str, ...]
    """Why some are NaN."""


@dataclass(frozen=True, slots=True)
class _PeopleOfOneLaw:
    """People who have one law: of a stock, of a list, or of admissions with a ratio."""

    nodes: tuple[int, ...]
    shares: tuple[float, ...]
    """Of them, at each node."""
    people: Floats
    """[day], or [1]: on day 0."""
    ratio: float
    """Variance of a day's number over its mean; 0: the number is known."""


def variances(program: Program) -> Variances:
    """Exact variances of a program's census and flows.

    Raises `SojournError` like `expected`.
    """
    return _VarianceSum(program).found()


class _VarianceSum:
    """Adds up the variances of independent people."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.graph: Graph = graph_of(program)
        self.solver = ExpectedSolver(program, self.graph)
        groups = len(program.group_names)
        self.census = np.zeros((program.days, len(program.state_names) + 1, groups))
        self.flows = np.zeros((program.periods, len(program.branch_target), groups))
        self.unknown: list[str] = []
        periods = np.arange(program.periods)
        self._start = np.searchsorted(program.period_of_day, periods)
        self._end = np.searchsorted(program.period_of_day, periods, side="right")

    def found(self) -> Variances:
        """All of it."""
        poisson, fixed, kinds = self._parted()
        if poisson:
            tally = self.solver.solve(poisson)
            self.census[:, tally.state, tally.group] += np.maximum(tally.census(), 0.0).T
            self.flows[:, tally.branch, tally.branch_group] += np.maximum(tally.by_period(), 0.0).T
        self._add_repeated()
        for some in _rounds(kinds, self.solver.part):
            self._add(some)
        for nodes, why in fixed:
            self._forget(np.array(nodes), why)
        # If everybody does the same, the sums leave about -1e-15 instead of 0.
        census, flows = np.maximum(self.census, 0.0), np.maximum(self.flows, 0.0)
        return Variances(census, flows, tuple(dict.fromkeys(self.unknown)))

    def _parted(
        self,
    ) -> tuple[list[Inflow], list[tuple[tuple[int, ...], str]], list[_PeopleOfOneLaw]]:
        """Poisson admissions; nodes whose entrants have no known variance; all others."""
        p, entered = self.program, self.graph.entrants
        rate = mean_admissions(p)
        poisson: list[Inflow] = []
        fixed: list[tuple[tuple[int, ...], str]] = []
        stock: dict[int, float] = {}
        kinds: list[_PeopleOfOneLaw] = []
        for e in np.flatnonzero(entered >= 0).tolist():
            node, stream = int(entered[e]), e - p.stocks
            if e < p.stocks:
                stock[node] = stock.get(node, 0.0) + float(p.entrant_count[e])
            elif p.admission_list[stream] >= 0:
                continue
            elif p.admission_fixed[stream]:
                fixed.append(((node,), "fixed admissions come in steps that share one phase"))
            elif p.admission_ratio[stream] == 1.0:
                poisson.append((node, rate[:, stream]))
            else:
                ratio = float(p.admission_ratio[stream])
                kinds.append(_PeopleOfOneLaw((node,), (1.0,), rate[:, stream], ratio))
        for node, people in stock.items():
            kinds.append(_PeopleOfOneLaw((node,), (1.0,), np.array([people]), 0.0))
        for number in range(len(p.list_names)):
            streams = np.flatnonzero(p.admission_list == number)
            streams = streams[entered[p.stocks + streams] >= 0]
            if len(streams):
                nodes = tuple(int(n) for n in entered[p.stocks + streams])
                shares = tuple((p.admission_to - p.admission_from)[streams].tolist())
                listed = p.list_people[:, number].astype(np.float64)
                kinds.append(_PeopleOfOneLaw(nodes, shares, listed, 0.0))
        known: list[_PeopleOfOneLaw] = []
        for kind in kinds:
            if len(kind.people) == 1 or not self._dated(kind.nodes):
                known.append(kind)
                continue
            fixed.append((kind.nodes, "the law of a stay changes on a date, and each day's number "
                                      "of admissions is not Poisson"))  # fmt: skip
        return poisson, fixed, known

    def _dated(self, nodes: tuple[int, ...]) -> bool:
        """Whether their future depends on the day on which they enter."""
        return any(
            self.graph.races[node].cuts for node in self.solver.reached(np.unique(nodes)).tolist()
        )

    def _add(self, kinds: Sequence[_PeopleOfOneLaw]) -> None:
        """People of kinds that never meet: one history of one person of each kind."""
        part = self.solver.part
        of_part = {int(part[node]): kind for kind in kinds for node in kind.nodes}
        sources = [
            (node, np.array([share]))
            for kind in kinds
            for node, share in zip(kind.nodes, kind.shares, strict=True)
        ]
        number = {id(kind): i for i, kind in enumerate(kinds)}
        apart = np.array([number.get(id(of_part.get(int(p))), -1) for p in part])
        daily = any(len(kind.people) > 1 for kind in kinds)
        tally = Tally(self.program, self.graph, apart=apart, daily=daily)
        self.solver.solve(sources, tally)
        there = np.clip(tally.census(), 0.0, 1.0)
        moved = np.maximum(tally.by_period(), 0.0)
        for i, kind in enumerate(kinds):
            rows = np.flatnonzero(tally.apart == i)
            moves = np.flatnonzero(tally.branch_apart == i)
            p, extra = there[rows], kind.ratio - 1.0
            if len(kind.people) == 1:
                census = kind.people[0] * (p + extra * p**2)
                flows = kind.people[0] * (moved[moves] + extra * moved[moves] ** 2)
            else:
                census = convolved(kind.people[None], p + extra * p**2)[:, 0]
                flows = self._flows(kind, np.maximum(tally.by_day()[moves], 0.0), extra)
            self.census[:, tally.state[rows], tally.group[rows]] += np.maximum(census, 0.0).T
            self.flows[:, tally.branch[moves], tally.branch_group[moves]] += flows.T

    def _flows(self, kind: _PeopleOfOneLaw, moved: Floats, extra: float) -> Floats:
        """Variance [row, period] of moves, given those of one person [row, days since]."""
        upto = np.concatenate([np.zeros((len(moved), 1)), moved.cumsum(axis=1)], axis=1)
        day = np.arange(self.program.days)
        found = np.empty((len(moved), len(self._start)))
        for period, (start, end) in enumerate(zip(self._start, self._end, strict=True)):
            last, first = np.maximum(end - day, 0), np.maximum(start - day, 0)
            p = upto[:, last] - upto[:, first]
            found[:, period] = (p + extra * p**2) @ kind.people
        return found

    def _add_repeated(self) -> None:
        """Of moves that a person may make twice, the mean number of pairs comes on top."""
        for (branch, group), pairs in repeated(self.program, self.graph, self.solver).items():
            self.flows[:, branch, group] += pairs

    def _forget(self, nodes: Ints, why: str) -> None:
        """Mark the variances as unknown wherever these people come."""
        reached = self.solver.reached(np.unique(nodes))
        for n in reached.tolist():
            node = self.graph.nodes[n]
            group = self.program.cell_group[node.cell]
            self.census[:, node.state, group] = np.nan
            for b in self.graph.branches[n]:
                self.flows[:, b, group] = np.nan
        self.unknown.append(why)


def _rounds(kinds: Sequence[_PeopleOfOneLaw], part: Ints) -> list[list[_PeopleOfOneLaw]]:
    """Kinds in groups, so that no two of a group can come to one place."""
    taken: list[set[int]] = []
    rounds: list[list[_PeopleOfOneLaw]] = []
    for kind in kinds:
        own = {int(part[node]) for node in kind.nodes}
        free = next((i for i, parts in enumerate(taken) if not parts & own), len(rounds))
        if free == len(rounds):
            rounds.append([])
            taken.append(set())
        rounds[free].append(kind)
        taken[free] |= own
    return rounds
