"""Whether every cell has a stay where stays differ by fact."""

from __future__ import annotations

from collections.abc import Iterator

from sojourn.errors import Problem
from sojourn.population.cells import Cells
from sojourn.study.model.facts import FactValue
from sojourn.study.model.stays import Stay
from sojourn.study.model.study import Scenario
from sojourn.study.stays.by_fact import BY_FACTS, case_of, no_case


def uncovered(scenario: Scenario, cells: Cells) -> list[Problem]:
    """A problem for each stay and each combination of facts that it has no case for."""
    found: list[Problem] = []
    rows = [cells.facts_of(cell) for cell in range(len(cells))]
    for path, stay in _stays(scenario):
        found += _missing(stay, rows, path)
    return list(dict.fromkeys(found))


def _missing(stay: Stay, rows: list[dict[str, FactValue]], path: str) -> Iterator[Problem]:
    for _, part in stay.parts:
        yield from _missing(part, rows, path)
    if stay.family not in BY_FACTS:
        return
    names = (stay.fact or "",) if stay.family == "by fact" else stay.facts
    # People who differ in other facts alone have the same case.
    alike = {tuple(row.get(name) for name in names): row for row in rows}
    inner: dict[str, list[dict[str, FactValue]]] = {}
    for row in alike.values():
        if case_of(stay, row) is None:
            yield no_case(stay, row, path)
    for row in rows:
        chosen = case_of(stay, row)
        if chosen is not None and (chosen.parts or chosen.family in BY_FACTS):
            inner.setdefault(chosen.model_dump_json(), []).append(row)
    for case in (*stay.cases.values(), stay.otherwise):
        held = inner.get(case.model_dump_json()) if case and inner else None
        if case is not None and held:
            yield from _missing(case, held, path)


def _stays(scenario: Scenario) -> Iterator[tuple[str, Stay]]:
    """Every stay that is read for each cell, with its path."""
    for transition in scenario.transitions:
        for branch in (branch for _, branches in transition.policies for branch in branches):
            if branch.after is not None and transition.at is None:
                yield f"transitions.{transition.name}.after", branch.after
    for name, population in scenario.populations.items():
        stock = population.stock
        if stock is not None and isinstance(stock.served, Stay):
            yield f"populations.{name}.stock.served", stock.served
