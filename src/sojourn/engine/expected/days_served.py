"""Exact means of the time that those who leave have served.

Time served is the time of leaving less that of entering, and expectations are linear. So it takes a
second solution, within the states alone whose time is asked, in which a person weighs as much as
the time of their entry: what then leaves is the sum of those times over all who leave.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sojourn.arrays import Flags, Floats, Ints
from sojourn.engine.expected.exits import ExitLaws
from sojourn.engine.expected.graph import Graph, graph_of
from sojourn.engine.expected.shape import NOT_AGED
from sojourn.engine.expected.solver import ExpectedSolver, Inflow, Tally, add_rows
from sojourn.engine.program import OUT, Program


def days_served(program: Program, inside: Flags, starts: Floats, length: float) -> Floats:
    """Days that those who leave these states have been in them, summed over people [p, g].

    They count from entering the states, or for a stock from the days it has served, and are a mean
    over all histories. A person who leaves within the step of entering has served none.

    Args:
        program: what is solved.
        inside: [s] the states; moves among them do not count as leaving.
        starts: [d] day on which each step begins, from day 0.
        length: days of a step before day 0.

    Raises NoMeansError like `expected`.
    """
    graph = graph_of(program)
    there = np.array([inside[node.state] for node in graph.nodes], dtype=np.bool_)
    solver = ExpectedSolver(program, graph)
    entering = _Entering(program, graph, solver, there)
    sources = solver.sources()
    solver.solve(sources, entering)
    left = _left(program, entering, inside)

    only = ExpectedSolver(program, _within(graph, there), ExitLaws(program, of_age=True))
    weighed: list[Inflow] = []
    for node, people in sources:
        if not there[node]:
            continue
        aged = graph.nodes[node].ages != NOT_AGED
        weighed.append((node, -length * people if aged else people * starts[: len(people)]))
    weighed += [
        (int(node), entering.came[node] * starts)
        for node in np.flatnonzero(there & entering.came.any(axis=1))
    ]
    tally = only.solve(weighed, Tally(program, only.graph, daily=True))
    entered = _left(program, tally, inside)
    periods = np.searchsorted(program.period_of_day, np.arange(program.periods))
    return np.asarray(np.add.reduceat(left * starts - entered, periods, axis=1).T)


class _Entering(Tally):
    """Also keeps who comes into the states from others, by node and day."""

    def __init__(
        self, program: Program, graph: Graph, solver: ExpectedSolver, there: Flags
    ) -> None:
        super().__init__(program, graph, daily=True)
        self._target = solver.target
        into = (solver.target != OUT) & ~there[solver.source]
        into[into] = there[solver.target[into]]
        self._into = into
        self.came = np.zeros((len(graph.nodes), program.days))

    def leave(self, nodes: Ints, edges: Ints, leaving: Floats) -> None:
        """As of every tally."""
        super().leave(nodes, edges, leaving)
        into = self._into[edges]
        if into.any():
            add_rows(self.came, self._target[edges[into]], leaving[into])


def _left(program: Program, tally: Tally, inside: Flags) -> Floats:
    """What leaves the states [g, day]."""
    target = program.branch_target[tally.branch]
    ended = inside[program.branch_source[tally.branch]]
    ended &= (target == OUT) | ~inside[target]
    found = np.zeros((len(program.group_names), program.days))
    np.add.at(found, tally.branch_group[ended], tally.by_day()[ended])
    return found


def _within(graph: Graph, there: Flags) -> Graph:
    """The graph in which those who leave these nodes are gone."""
    targets = [
        tuple(target if target != OUT and there[target] else OUT for target in each)
        for each in graph.targets
    ]
    return replace(graph, shape=replace(graph.shape, targets=targets))
