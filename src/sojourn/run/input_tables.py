"""The tables that need no simulation: people, rules, draws and quotations."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from sojourn.population.central_counts import (
    DAYS_IN_YEAR,
    admissions_of_streams,
    admissions_per_cell,
    stock_of_streams,
    stock_per_cell,
)
from sojourn.results.tables import Coded, build, empty, from_rows
from sojourn.rules.agreement.funnel import funnel
from sojourn.uncertainty.uncertain_quantities import uncertain_quantities
from sojourn.uncertainty.units_in_use import units_in_use
from sojourn.uncertainty.values_at_once import values_at_once

if TYPE_CHECKING:
    from sojourn.run.people_and_rules import Inputs
    from sojourn.study.checks.quotes import QuoteCheck
    from sojourn.study.model.study import StudyModel
    from sojourn.uncertainty.draws import Draw


def cells_table(study: StudyModel, inputs: Mapping[str, Inputs]) -> pa.Table:
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


def funnel_table(study: StudyModel, inputs: Mapping[str, Inputs]) -> pa.Table:
    """The table `funnel`, over the stock and all who are admitted in the study's period.

    Central values, at the rate of admissions of day 0.
    """
    years = study.period.days / DAYS_IN_YEAR
    rows: list[dict[str, object]] = []
    for given in inputs.values():
        people = stock_per_cell(given.scenario, given.cells)
        people += years * admissions_per_cell(given.scenario, given.cells, study.period.days)
        rows += funnel(given.scenario, given.cells, given.conditions, given.outcomes, people)
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


def draws_table(study: StudyModel, draws: Mapping[int, Draw]) -> pa.Table:
    """The table `draws`: the value of each uncertain quantity in each draw, by its path."""
    found, in_use = uncertain_quantities(study), units_in_use(study)
    uncertain = [found[path] for path in sorted(found)]
    if not uncertain:
        return empty("draws")
    unit_of = [in_use.get(quantity.path, quantity.unit) for quantity in uncertain]
    units = list(dict.fromkeys(unit_of))
    unit = np.array([units.index(each) for each in unit_of])
    values = np.array([values_at_once(draws.values(), quantity) for quantity in uncertain])
    return build(
        "draws",
        {
            "draw": np.repeat(np.array(list(draws), dtype=np.int32), len(uncertain)),
            "path": Coded(np.tile(np.arange(len(uncertain)), len(draws)), sorted(found)),
            "value": values.T.ravel(),
            "unit": Coded(np.tile(unit, len(draws)), units),
        },
    )


def quotes_table(quotes: Sequence[QuoteCheck]) -> pa.Table:
    """The table `quotes`."""
    names = ("path", "source", "quote", "by", "status", "note")
    return from_rows("quotes", ({name: getattr(q, name) for name in names} for q in quotes))
