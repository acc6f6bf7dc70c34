"""Cells: people alike in every declared fact, of all populations together."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sojourn.errors import Problem, StudyError
from sojourn.population.fact_values import documented
from sojourn.population.streams import MOST_CELLS, CellFacts, Stream, split_population
from sojourn.study.fact_types import fact_text
from sojourn.study.files.suggest import did_you_mean
from sojourn.study.identifying_facts import identity_problems
from sojourn.study.model.facts import FactValue
from sojourn.study.model.pathway import Transition
from sojourn.study.model.study import Scenario, StudyModel

EVERYONE = "everyone"
"""The one reporting group of a study without `by`."""


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of a scenario, and the streams that fill them.

    Facts are in the order of declaration; values are text, float, bool, ISO date text, or None
    for undocumented. Cells that only a transition's `becomes` can reach follow the others.
    """

    facts: tuple[str, ...]
    rows: tuple[CellFacts, ...]
    streams: tuple[Stream, ...]
    becomes: Mapping[str, NDArray[np.int32]]
    """By transition: the cell that each cell turns into (itself where nothing changes)."""
    groups: tuple[str, ...]
    """Labels: values of the reporting facts, joined by ', '."""
    group: NDArray[np.int32]
    """The group of each cell."""
    by: tuple[str, ...]
    """The reporting facts."""
    group_values: tuple[tuple[str, ...], ...]
    """Of each group: the value of each reporting fact, in words."""

    def __len__(self) -> int:
        return len(self.rows)

    def facts_of(self, cell: int) -> dict[str, FactValue]:
        """The facts of one cell by name."""
        return dict(zip(self.facts, self.rows[cell], strict=True))

    def label(self, cell: int) -> str:
        """The documented facts of a cell in words."""
        known = self.facts_of(cell).items()
        return ", ".join(f"{fact} {fact_text(value)}" for fact, value in known if value is not None)


def build_cells(study: StudyModel, scenario: Scenario) -> Cells:
    """Make the cells of a scenario.

    Raises `StudyError` for facts that identify people, values that a fact cannot have, shares
    that do not sum to one, and more than 100,000 cells.
    """
    problems = identity_problems(scenario.facts)
    if problems:
        raise StudyError(*problems)
    facts = tuple(scenario.facts)
    numbers: dict[CellFacts, int] = {}
    streams: list[Stream] = []
    for name, population in scenario.populations.items():
        for row, stream in split_population(name, population, scenario, facts):
            cell = numbers.setdefault(row, len(numbers))
            streams.append(replace(stream, cell=cell))
        _refuse_many(len(numbers), f"populations.{name}")
    _refuse_twins(streams)
    becomes = _close(numbers, scenario, facts)
    rows = tuple(numbers)
    groups, group = _groups(rows, study.period.by, scenario)
    return Cells(
        facts,
        rows,
        tuple(streams),
        becomes,
        tuple(", ".join(values) for values in groups) if study.period.by else (EVERYONE,),
        group,
        study.period.by,
        groups,
    )


def _refuse_many(count: int, path: str) -> None:
    if count > MOST_CELLS:
        raise StudyError(
            Problem(
                f"more than {MOST_CELLS:,} cells",
                "split by fewer facts, or join values that the model treats alike",
                path=path,
            )
        )


def _refuse_twins(streams: list[Stream]) -> None:
    """Two rows of one table with the same facts would share their random draws."""
    seen: set[str] = set()
    for stream in streams:
        if stream.key in seen:
            raise StudyError(
                Problem(
                    f"the same facts twice: {stream.key}",
                    "join the rows, adding their shares",
                    path=f"populations.{stream.population}",
                )
            )
        seen.add(stream.key)


def _close(
    numbers: dict[CellFacts, int], scenario: Scenario, facts: tuple[str, ...]
) -> dict[str, NDArray[np.int32]]:
    """Add the cells that `becomes` can reach, and map each transition."""
    changes = {
        transition.name: _changes(transition, scenario, facts)
        for transition in scenario.transitions
    }
    # In the file's order, so that the numbers of cells are the same in every process.
    different = list(dict.fromkeys(tuple(c.items()) for c in changes.values() if c))
    waiting = deque(numbers)
    while waiting:
        row = waiting.popleft()
        for change in different:
            turned = _turned(row, dict(change))
            if turned not in numbers:
                numbers[turned] = len(numbers)
                _refuse_many(len(numbers), "transitions")
                waiting.append(turned)
    same = np.arange(len(numbers), dtype=np.int32)
    return {
        name: np.array([numbers[_turned(row, change)] for row in numbers], np.int32)
        if change
        else same
        for name, change in changes.items()
    }


def _changes(
    transition: Transition, scenario: Scenario, facts: tuple[str, ...]
) -> dict[int, FactValue]:
    """Column -> new value."""
    made = {}
    for fact, value in transition.becomes.items():
        path = f"transitions.{transition.name}.becomes.{fact}"
        if fact not in scenario.facts:
            raise StudyError(
                Problem(
                    f"the fact `{fact}` is not declared",
                    did_you_mean(fact, facts, "fact"),
                    path=path,
                )
            )
        made[facts.index(fact)] = documented(fact, scenario.facts[fact], value, path)
    return made


def _turned(row: CellFacts, change: dict[int, FactValue]) -> CellFacts:
    return tuple(change.get(column, value) for column, value in enumerate(row))


def _groups(
    rows: tuple[CellFacts, ...], by: tuple[str, ...], scenario: Scenario
) -> tuple[tuple[tuple[str, ...], ...], NDArray[np.int32]]:
    """Values of each group in the order of declaration, unknown last; and each cell's group."""
    facts = tuple(scenario.facts)
    for fact in by:
        if fact not in scenario.facts:
            raise StudyError(
                Problem(f"the fact `{fact}` is not declared", did_you_mean(fact, facts, "fact"),
                        path="period.by")
            )  # fmt: skip
    columns = [facts.index(fact) for fact in by]
    of_cell = [tuple(row[column] for column in columns) for row in rows]

    def order(values: CellFacts) -> list[tuple[int, float, str]]:
        return [
            _order(value, scenario.facts[fact].values)
            for fact, value in zip(by, values, strict=True)
        ]

    present = sorted(dict.fromkeys(of_cell), key=order) or [()]
    place = {values: number for number, values in enumerate(present)}
    labels = tuple(tuple(fact_text(value) for value in values) for values in present)
    return labels, np.array([place[values] for values in of_cell], np.int32)


def _order(value: FactValue, declared: tuple[str, ...]) -> tuple[int, float, str]:
    """Declared texts in their order, numbers by size, no before yes, unknown last."""
    if value is None:
        return (2, 0.0, "")
    if isinstance(value, str):
        return (0, float(declared.index(value)) if value in declared else 1e9, value)
    return (0, float(value), "")
