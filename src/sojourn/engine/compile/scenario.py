"""Study to program: names become numbers, words become arrays."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from sojourn.engine.compile.admissions import admission_arrays
from sojourn.engine.compile.calendar import dated_values, move_segments, period_index, span_steps
from sojourn.engine.compile.entrants import entrants_of
from sojourn.engine.compile.pathway import pathway_of
from sojourn.engine.program import GateProgram, Program
from sojourn.engine.races import racing_tables
from sojourn.engine.stay_tables import TablePool
from sojourn.errors import Problem, StudyError
from sojourn.stays.families import PARAMETRIC
from sojourn.stays.law import Law, check_law
from sojourn.study.stays.by_fact import BY_FACTS, case_of, no_case
from sojourn.study.units import days_of

if TYPE_CHECKING:
    from sojourn.population.cells import Cells
    from sojourn.study.model.facts import FactValue
    from sojourn.study.model.pathway import ClockReference, Facility, Gate
    from sojourn.study.model.stays import Stay
    from sojourn.study.model.study import Scenario, StudyModel
    from sojourn.study.model.values import Quantity
    from sojourn.study.time_steps import Steps


class WhenHolds(Protocol):
    """The outcome of the rules for each cell: for each transition by name, a bool array."""

    @property
    def when(self) -> Mapping[str, npt.NDArray[np.bool_]]:
        """Whether each transition's condition holds."""
        ...


class DrawnLaws:
    """Turns stays of the study into laws under one draw."""

    def __init__(self, value: Callable[[Quantity], float], cells: Cells, steps: Steps) -> None:
        self.value = value
        self.cells = cells
        self.steps = steps

    def of(self, stay: Stay, facts: dict[str, FactValue] | None, where: str) -> Law:
        """The law of a stay for a cell with these facts."""
        if stay.family in BY_FACTS:
            if facts is None:
                raise StudyError(
                    Problem(
                        "a stay that differs by fact is used where nobody's facts are known",
                        "write one stay for all",
                        path=where,
                    )
                )
            chosen = case_of(stay, facts)
            if chosen is None:
                raise StudyError(no_case(stay, facts, where))
            return self.of(chosen, facts, where)
        # Uncertain shares are drawn one by one; a draw keeps their proportions.
        shares = [self.value(share) for share, _ in stay.parts]
        parts = tuple(
            (share / sum(shares), self.of(part, facts, where))
            for share, (_, part) in zip(shares, stay.parts, strict=True)
        )
        named = PARAMETRIC[stay.family].parameters if stay.family in PARAMETRIC else ()
        numbers = tuple(self.value(stay.parameters[each.name]) for each in named)
        points = stay.points
        if stay.family == "hazard":
            points = tuple((day, self.value(rate) / days_of(rate.unit)) for day, rate in stay.rates)
        made = Law(stay.family, numbers, points, parts, stay.never, self.steps.length)
        return check_law(made, where)

    def share_of(self, law: Law, at: ClockReference) -> Law:
        """The law of a share of a length, by bands of the length.

        Raises `StudyError` if a draw gives longer lengths a smaller share.
        """
        shares = [self.value(band.share) for band in at.shares]
        if shares != sorted(shares):
            what = "a longer length has a smaller share in a draw, so that its order is lost"
            fix = "narrow the ranges of the shares"
            raise StudyError(Problem(what, fix, path=at.shares[0].share.path))
        points = tuple(
            (math.inf if b.upto is None else b.upto, s)
            for b, s in zip(at.shares, shares, strict=True)
        )
        return Law("share", points=points, parts=((1.0, law),), step=law.step)

    def varies(self, stay: Stay) -> bool:
        """Whether the law may differ from cell to cell."""
        return stay.family in BY_FACTS or any(self.varies(part) for _, part in stay.parts)

    def tables(self, pool: TablePool, stay: Stay, where: str) -> npt.NDArray[np.int32]:
        """Number of the table for each cell."""
        count = len(self.cells.rows)
        if not self.varies(stay):
            return np.full(count, pool.law(self.of(stay, None, where)), dtype=np.int32)
        names = self.cells.facts
        return np.array(
            [
                pool.law(self.of(stay, dict(zip(names, row, strict=True)), where))
                for row in self.cells.rows
            ],
            dtype=np.int32,
        )


def compile_program(
    study: StudyModel,
    scenario: Scenario,
    cells: Cells,
    outcomes: WhenHolds,
    value: Callable[[Quantity], float],
) -> Program:
    """Compile one scenario under one draw.

    `value` gives each quantity its number (`Draw.value`). Raises `StudyError` where a draw makes
    an impossible distribution.
    """
    steps = study.period.steps
    laws = DrawnLaws(value, cells, steps)
    # A clock may ring after the last day and still matter, if something is due before it rings.
    offsets = (steps.count(at.offset) for t in scenario.transitions for at in t.clocks)
    before = max([0, *(-offset for offset in offsets)])
    pool = TablePool(len(steps) + 1 + before)
    pathway = pathway_of(scenario, cells, outcomes.when, laws, pool, steps)
    entrants = entrants_of(scenario, cells, pathway, laws, pool, steps)
    admissions = admission_arrays(scenario, cells, value, steps)
    period_starts, period_of_day = move_segments(study)
    gates = tuple(_gate(name, gate, laws, pool, steps) for name, gate in scenario.gates.items())
    quotas = [pathway.quotas[name] for name in pathway.quotas]
    facilities = list(scenario.facilities.items())
    program = Program(
        days=len(steps),
        period_of_day=period_of_day,
        period_starts=period_starts,
        group_names=tuple(cells.groups),
        cell_group=np.asarray(cells.group, dtype=np.int64),
        **vars(pathway.arrays),
        **vars(entrants),
        **vars(admissions),
        quota_limit=_columns(
            [np.floor(dated_values(q.count, value, steps)) for q in quotas], len(steps)
        ),
        quota_period=_columns([period_index(q.per, steps) for q in quotas], len(steps)),
        facility_names=tuple(name for name, _ in facilities),
        facility_hard=np.array([f.limit == "hard" for _, f in facilities], dtype=np.int64),
        capacity=_columns([_places(f, value, steps) for _, f in facilities], len(steps)),
        already_held=_columns([_held(f, value, steps) for _, f in facilities], len(steps)),
        gates=gates,
        tables={},
        table_keys=(),
    )
    for table in racing_tables(program):
        pool.races(table)
    return replace(program, tables=pool.arrays(), table_keys=pool.keys())


def _columns(columns: list[np.ndarray], days: int) -> npt.NDArray[np.int64]:
    """Stack day vectors as [day, item]."""
    if not columns:
        return np.zeros((days, 0), dtype=np.int64)
    return np.ascontiguousarray(np.stack(columns, axis=1).astype(np.int64))


def _places(facility: Facility, value: Callable[[Quantity], float], steps: Steps) -> np.ndarray:
    return np.round(dated_values(facility.capacity, value, steps))


def _held(facility: Facility, value: Callable[[Quantity], float], steps: Steps) -> np.ndarray:
    if not facility.already_held:
        return np.zeros(len(steps))
    return np.round(dated_values(facility.already_held, value, steps))


def _gate(name: str, gate: Gate, laws: DrawnLaws, pool: TablePool, steps: Steps) -> GateProgram:
    fixed = np.ones(len(steps), dtype=np.bool_)
    if gate.open:
        fixed[:] = False
        for span in gate.open:
            fixed[span_steps(span.start, span.end, steps)] = True
    for span in gate.closed:
        fixed[span_steps(span.start, span.end, steps)] = False

    first = 0 if gate.start is None else steps.step_of(gate.start)

    def table(stay: Stay | None, key: str) -> int:
        if stay is None:
            return -1
        number = pool.law(laws.of(stay, None, f"gates.{name}.{key}"))
        pool.need(number, len(steps) - min(0, first) + 1)  # its history may begin long before day 0
        return number

    return GateProgram(
        name=name,
        fixed_open=fixed,
        start=first,
        opens_after=table(gate.opens_after, "opens after"),
        closes_after=table(gate.closes_after, "closes after"),
        closed_for=table(gate.closed_for, "for"),
        again=gate.again,
        chance=1.0 if gate.chance is None else laws.value(gate.chance),
    )
