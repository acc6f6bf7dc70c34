"""Whether a run fits into memory, and a history into a day, told before it begins.

First the arrays, whose sizes are products of what the study declares (`check_arrays`), then the
people (`check_people`). A person takes memory from their entry to their last move within the
study's days, except while that move is all that can still happen to them (`Prepared.counted`). The
expected solver gives the mean number of such people at a time, as if nobody had to wait. It is
asked only if all people together would not fit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from sojourn.arrays import Floats, Ints
from sojourn.engine.expected.graph import Graph, graph_of
from sojourn.engine.expected.shape import NOT_AGED, mean_admissions
from sojourn.engine.expected.solver import ExpectedSolver, Tally
from sojourn.engine.kernel import memory
from sojourn.engine.kernel.memory import check_memory, too_large
from sojourn.engine.kernel.prepared import longest_record, prepared
from sojourn.engine.program import Program
from sojourn.engine.reuse.independent_people import cut_of, with_entrants
from sojourn.errors import Problem, SojournError

LOOKS = 16
"""Days on which those who still have a move to come are counted."""

PEOPLE_A_SECOND = 5_000_000
"""Some moves of a person cost a core less than a fifth of a microsecond, few cost more."""
LONGEST_HISTORY = 24 * 3600.0
"""Seconds; a history is kept when it is finished, so all of a longer one is at stake."""


@dataclass(frozen=True, slots=True)
class Extent:
    """What the arrays of a scenario are the products of."""

    steps: int
    periods: int
    cells: int
    groups: int
    streams: int
    states: int
    branches: int

    @property
    def compiled_bytes(self) -> int:
        """Rates of admission while they are made, and the way of each cell through each branch."""
        return 16 * self.steps * self.streams + 8 * self.cells * self.branches

    @property
    def result_bytes(self) -> int:
        """What one history counts, and about as much again while its tables are made."""
        by_step = (self.states + 1) * self.groups + self.streams
        by_period = self.groups * (self.states + self.branches)
        return 16 * (self.steps * by_step + self.periods * by_period)


def check_arrays(extents: Mapping[str, Extent], *, at_once: int = 1) -> None:
    """Raise `SojournError` with the estimate if the arrays of a run need more memory than there is.

    `extents` are those of the scenarios, of which all are compiled for each of `at_once` draws,
    and one is simulated.
    """
    compiled = sum(extent.compiled_bytes for extent in extents.values())
    name, most = max(extents.items(), key=lambda item: item[1].result_bytes)
    need, free = compiled + most.result_bytes, memory.free_bytes()
    if need * at_once <= free:
        return
    what = (
        f"{_number(most.cells, 'cell')} in {_number(most.groups, 'group')}, "
        f"{_number(most.states, 'state')}, {_number(most.branches, 'way')} out of them, "
        f"{_number(most.steps, 'step')} and {_number(len(extents), 'scenario')} need "
        f"{_megabytes(need)} of memory for each draw at work; {_megabytes(free)} are free for "
        f"{at_once:,} of them"
    )
    if need <= free:
        fix = f"use fewer threads: `--threads {free // need}`"
    elif compiled > most.result_bytes:
        fix = "split populations by fewer facts, shorten the period, or write `step: month`"
    else:
        fix = "name fewer facts in `by`, shorten the period, or write `step: month`"
    raise SojournError(Problem(what, fix, path=f"scenarios.{name}"))


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s'[: count != 1]}"


def seconds_of(program: Program) -> float:
    """About how long one history takes, on one core; raises `SojournError` if it is over a day."""
    people = float(program.entrant_count.sum() + mean_admissions(program).sum())
    seconds = people / PEOPLE_A_SECOND
    if seconds > LONGEST_HISTORY:
        what = (
            f"{people:,.0f} people come into one history, which takes about "
            f"{seconds / 86400:,.0f} days on one core, and nothing of it is kept before it ends"
        )
        fix = "scale the populations down, or shorten the period"
        raise SojournError(Problem(what, fix))
    return seconds


def check_people(program: Program, *, at_once: int = 1) -> None:
    """Raise `SojournError` with the estimate if a history needs more memory than there is.

    `at_once` histories share the memory. People whom no line can touch are simulated apart from
    the others, so each part must fit.
    """
    if _fits_at_once(program, at_once):
        return
    cut = cut_of(program)
    numbers = np.arange(len(cut.bound))
    for mask in (cut.bound, *(np.isin(numbers, plan.entrants) for plan in cut.plans)):
        part = with_entrants(program, mask)
        free = check_memory(part, at_once=at_once)
        size = 8 * prepared(part).record_words
        coming = mean_admissions(part)
        if size * float(part.entrant_count.sum() + coming.sum()) <= free:
            continue
        people = most_at_once(part)
        if size * people > free:
            raise too_large(
                f"a history holds about {people:,.0f} people at once, who need "
                f"{_megabytes(size * people)} of memory; {_megabytes(free)} are free for it"
            )


def _fits_at_once(program: Program, at_once: int) -> bool:
    """Whether all people that there ever are would fit together, each with the longest record.

    Then so does each part. It is asked of every draw, so nothing is prepared for it.
    """
    people = float(program.entrant_count.sum() + mean_admissions(program).sum())
    wanted = 8.0 * longest_record(program) * people + memory.result_bytes(program)
    return wanted * at_once <= memory.free_bytes()


def _megabytes(count: float) -> str:
    return f"{count / 1e9:,.1f} GB" if count >= 1e9 else f"{count / 1e6:,.1f} MB"


def most_at_once(program: Program) -> float:
    """The mean number of people with a move to come, on the day when there are most.

    Nobody is taken to wait. Where the expected solver has no answer, those who come on one day.
    """
    coming = mean_admissions(program).sum(axis=1)
    coming[0] += program.entrant_count.sum()
    most = float(coming.max(initial=0.0))
    try:
        graph = graph_of(_without_lines(program))
    except SojournError:
        return most
    solver = ExpectedSolver(program, graph)
    pending = _Pending(program, graph, solver)
    solver.solve(solver.sources(), pending)
    return max(most, float(pending.people.max()))


def _without_lines(program: Program) -> Program:
    return replace(
        program,
        branch_line=np.full_like(program.branch_line, -1),
        entrant_line=np.full_like(program.entrant_line, -1),
    )


class _Pending(Tally):
    """Adds up those who are in a state on some days, and will leave it before the last one.

    By a branch before which they need a record.
    """

    def __init__(self, program: Program, graph: Graph, solver: ExpectedSolver) -> None:
        super().__init__(program, graph)
        self._graph, self._solver = graph, solver
        self._looks = np.unique(np.linspace(0, program.days - 1, LOOKS).astype(np.int64))
        self._counted = prepared(program).counted
        self.people = np.zeros(len(self._looks))

    def enter(self, nodes: Ints, entries: Floats) -> None:
        """Entries [node, day]."""
        super().enter(nodes, entries)
        laws = self._solver.laws
        for row, node in enumerate(nodes.tolist()):
            race, ages = self._graph.races[node], self._graph.nodes[node].ages
            kept = ~self._counted[np.array(self._graph.branches[node], dtype=np.int64)]
            if not kept.any():
                continue
            if ages != NOT_AGED:
                leaving = entries[row, 0] * laws.aged(race, ages)[kept].sum(axis=0)
                left = leaving.cumsum()
                self.people += left[-1] - left[self._looks]
                continue
            for i, day in enumerate(self._looks.tolist()):
                come = entries[row].copy()
                come[day + 1 :] = 0.0
                self.people[i] += laws.exits(race, come[None])[kept, 0, day + 1 :].sum()
