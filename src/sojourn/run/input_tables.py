"""The tables that need no simulation: people, rules, draws and quotations."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pyarrow as pa
from pydantic import BaseModel

from sojourn.population.cells import Cells, build_cells
from sojourn.population.central_counts import (
    DAYS_IN_YEAR,
    admissions_of_streams,
    admissions_per_cell,
    stock_of_streams,
    stock_per_cell,
)
from sojourn.population.streams import drawn_shares
from sojourn.results.tables import from_rows
from sojourn.rules.agreement.funnel import funnel
from sojourn.rules.agreement.outcomes_by_cell import Outcomes, evaluate
from sojourn.study.model import Quantity, Scenario, Study

if TYPE_CHECKING:
    from sojourn.study.checks.quotes import QuoteCheck
    from sojourn.uncertainty.draws import Draw


@dataclass(frozen=True, slots=True)
class Inputs:
    """People and rules of one scenario, the same in every draw."""

    scenario: Scenario
    cells: Cells
    outcomes: Outcomes

    def cells_under(self, draw: Draw) -> Cells:
        """The cells with the shares of their streams as drawn."""
        streams = self.cells.streams
        if not any(factor.uncertain for stream in streams for factor in stream.factors):
            return self.cells
        shares = drawn_shares(streams, self.scenario, draw.value)
        drawn = (replace(s, share=share) for s, share in zip(streams, shares, strict=True))
        return replace(self.cells, streams=tuple(drawn))


def inputs_of(study: Study, scenario: Scenario) -> Inputs:
    """The cells of the scenario, and the outcome of its rules for each."""
    cells = build_cells(study, scenario)
    return Inputs(scenario, cells, evaluate(scenario, cells, study.period.start))


def cells_table(study: Study, inputs: Mapping[str, Inputs]) -> pa.Table:
    """The table `cells`: one row for each population of a cell, at the central values."""
    rows: list[dict[str, object]] = []
    for name, given in inputs.items():
        cells, outcomes = given.cells, given.outcomes.texts
        stocks = stock_of_streams(given.scenario, cells)
        rates = admissions_of_streams(given.scenario, cells, study.period.days)
        people: dict[tuple[int, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
        for stream, stock, rate in zip(cells.streams, stocks, rates, strict=True):
            held = people[stream.cell, stream.population]
            held[0] += stock
            held[1] += rate
        rows += (
            {
                "scenario": name,
                "cell": cell,
                "group": cells.groups[cells.group[cell]],
                "population": population,
                "facts": json.dumps(cells.facts_of(cell), ensure_ascii=False),
                "stock": stock,
                "admissions_per_year": admissions,
                "outcome": outcomes[cell],
            }
            for (cell, population), (stock, admissions) in sorted(people.items())
        )
    return from_rows("cells", rows)


def funnel_table(study: Study, inputs: Mapping[str, Inputs]) -> pa.Table:
    """The table `funnel`, over the stock and all who are admitted in the study's period.

    Central values, at the rate of admissions of day 0.
    """
    years = study.period.days / DAYS_IN_YEAR
    rows: list[dict[str, object]] = []
    for given in inputs.values():
        people = stock_per_cell(given.scenario, given.cells)
        people += years * admissions_per_cell(given.scenario, given.cells, study.period.days)
        rows += funnel(study, given.scenario, given.cells, given.outcomes, people)
    return from_rows("funnel", rows)


def groups_table(inputs: Mapping[str, Inputs]) -> pa.Table:
    """The table `groups`: the facts that define each reporting group of any scenario."""
    found: dict[tuple[str, str], str] = {}
    for given in inputs.values():
        cells = given.cells
        for label, values in zip(cells.groups, cells.group_values, strict=True):
            found |= {(label, fact): value for fact, value in zip(cells.by, values, strict=True)}
    return from_rows(
        "groups",
        ({"group": g, "fact": f, "value": value} for (g, f), value in found.items()),
    )


def draws_table(study: Study, draws: Mapping[int, Draw]) -> pa.Table:
    """The table `draws`: the value of each uncertain quantity in each draw, by its path."""
    found: dict[str, Quantity] = {}
    for quantity in quantities(study):
        if quantity.uncertain:
            # A scenario may set another range: the table shows the first, the baseline's if any.
            found.setdefault(quantity.path, quantity)
    uncertain = [found[path] for path in sorted(found)]
    return from_rows(
        "draws",
        (
            {"draw": number, "path": q.path, "value": draw.value(q), "unit": q.unit}
            for number, draw in draws.items()
            for q in uncertain
        ),
    )


def quantities(value: object) -> Iterator[Quantity]:
    """Every quantity within a study, a scenario or a part of one."""
    if isinstance(value, Quantity):
        yield value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from quantities(getattr(value, name))
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from quantities(part)
    elif isinstance(value, tuple | list):
        for part in value:
            yield from quantities(part)


def quotes_table(quotes: Sequence[QuoteCheck]) -> pa.Table:
    """The table `quotes`."""
    names = ("path", "source", "quote", "by", "status", "note")
    return from_rows("quotes", ({name: getattr(q, name) for name in names} for q in quotes))
