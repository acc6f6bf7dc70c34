"""The outcome of the agreement for every cell, evaluated by DuckDB in one query."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, cast

from sojourn.population.cells import Cells
from sojourn.rules.agreement.conditions import (
    OUTCOMES,
    CheckedRule,
    Conditions,
    decided_on,
)
from sojourn.rules.language.tree import facts_of
from sojourn.rules.meaning.sql import closed_database, identifier, to_sql
from sojourn.study.fact_types import FACT_TYPES
from sojourn.study.model.study import Scenario
from sojourn.study.sql_dialects import DUCKDB

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    Truth = NDArray[np.int8]
    Mask = NDArray[np.bool_]

CellStatus = Literal["eligible", "barred", "referred", "none"]
STATUSES: tuple[CellStatus, ...] = ("eligible", "barred", "referred", "none")
"""In the order of the codes in `Outcomes.status`; 'none' where there is no agreement."""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Arrays over the cells of a scenario, on one date."""

    on: date
    rules: Mapping[str, Truth]
    """For each rule in force: 1 met (does not exclude), 0 not met, −1 unknown."""
    fails: Mapping[str, Mask]
    """For each rule in force: it excludes, or is undetermined with `if unknown: fail`."""
    undetermined: Mapping[str, Mask]
    """For each rule in force: undetermined, so that the case is referred."""
    status: NDArray[np.int8]
    """Code of `STATUSES`."""
    when: Mapping[str, Mask]
    """For every transition: its `when` is true (or it has none); false if unknown."""
    when_unknown: Mapping[str, Mask]
    """For every transition: its `when` is unknown."""

    @property
    def texts(self) -> tuple[CellStatus, ...]:
        """The outcome of each cell in words."""
        return tuple(STATUSES[code] for code in self.status)


def evaluate(scenario: Scenario, cells: Cells, conditions: Conditions, on: date) -> Outcomes:
    """Evaluate the agreement in force on a date, and every transition's `when`, for all cells.

    `conditions` are those of the scenario, read `on` the study's first day; a date in the agreement
    itself takes precedence. A case is barred if a rule fails; else referred if a rule that refers
    is undetermined; else eligible.
    """
    import numpy as np  # noqa: PLC0415  (checking a study needs no arrays)

    on = decided_on(scenario, on)
    rules = conditions.in_force(on)
    truths = _query(scenario, cells, conditions, rules)
    status = np.full(len(cells), STATUSES.index("none"), np.int8)
    if scenario.agreement is not None:
        for name in OUTCOMES:
            status[truths[name] == 1] = STATUSES.index(cast(CellStatus, name))
    met = {checked.name: truths[f"met {place}"] for place, checked in enumerate(rules)}
    always, never = np.ones(len(cells), np.bool_), np.zeros(len(cells), np.bool_)
    when: dict[str, Mask] = {}
    when_unknown: dict[str, Mask] = {}
    places = {name: place for place, name in enumerate(conditions.when)}
    for transition in scenario.transitions:
        name = transition.name
        found = truths[f"when {places[name]}"] if name in places else None
        when[name] = always if found is None else found == 1
        when_unknown[name] = never if found is None else found < 0
    return Outcomes(
        on=on,
        rules=met,
        fails={
            checked.name: (met[checked.name] == 0)
            | ((met[checked.name] < 0) & (checked.rule.if_unknown == "fail"))
            for checked in rules
        },
        undetermined={checked.name: (met[checked.name] < 0) & checked.refers for checked in rules},
        status=status,
        when=when,
        when_unknown=when_unknown,
    )


def _query(
    scenario: Scenario, cells: Cells, conditions: Conditions, rules: tuple[CheckedRule, ...]
) -> dict[str, Truth]:
    """Every condition over every cell: `met 0`…, `when 0`…, and the three outcomes."""
    needed = {fact for checked in rules for fact in checked.facts}
    needed.update(fact for when in conditions.when.values() for fact in facts_of(when))
    facts = [fact for fact in cells.facts if fact in needed]
    with closed_database() as connection:
        connection.register("cells", _table(scenario, cells, facts))
        found = connection.execute(_statement(scenario, conditions, rules)).fetchnumpy()
    return {name: _truth(values) for name, values in found.items() if name != "cell"}


def _statement(scenario: Scenario, conditions: Conditions, rules: tuple[CheckedRule, ...]) -> str:
    """The one query, in three steps: the rules, the outcome, and the transitions."""
    met = [f"met {place}" for place in range(len(rules))]
    judged = "".join(
        f", {to_sql(checked.met)} AS {identifier(name)}"
        for name, checked in zip(met, rules, strict=True)
    )
    fails = " OR ".join(
        f"COALESCE(NOT {identifier(name)}, {checked.rule.if_unknown == 'fail'})"
        for name, checked in zip(met, rules, strict=True)
    )
    unknown = " OR ".join(
        f"({identifier(name)} IS NULL)"
        for name, checked in zip(met, rules, strict=True)
        if checked.refers
    )
    barred, open_question = fails or "FALSE", unknown or "FALSE"
    if scenario.agreement is None:
        outcomes = "FALSE AS eligible, FALSE AS barred, FALSE AS referred"
    else:
        outcomes = (
            f"NOT ({barred}) AND NOT ({open_question}) AS eligible, ({barred}) AS barred, "
            f"NOT ({barred}) AND ({open_question}) AS referred"
        )
    whens = "".join(
        f", {to_sql(when)} AS {identifier(f'when {place}')}"
        for place, when in enumerate(conditions.when.values())
    )
    kept = "".join(f", {identifier(name)}" for name in (*met, *OUTCOMES))
    # Columns of our own have a space in their names; those of facts cannot.
    return (
        f"WITH judged AS (SELECT *{judged} FROM cells), "
        f"settled AS (SELECT *, {outcomes} FROM judged) "
        f'SELECT "cell number" AS cell{kept}{whens} FROM settled ORDER BY "cell number"'
    )


def _table(scenario: Scenario, cells: Cells, facts: list[str]) -> pa.Table:
    """The cells as an Arrow table of the facts needed; undocumented is null."""
    import pyarrow as pa  # noqa: PLC0415

    kinds = {
        "VARCHAR": pa.string(), "DOUBLE": pa.float64(), "BOOLEAN": pa.bool_(), "DATE": pa.date32(),
        "BIGINT": pa.int64(),
    }  # fmt: skip
    columns = {"cell number": pa.array(range(len(cells)), pa.int64())}
    for name in facts:
        place, fact = cells.facts.index(name), scenario.facts[name]
        record = FACT_TYPES[fact.type]
        values = [None if row[place] is None else record.stored(row[place], fact)
                  for row in cells.rows]  # fmt: skip
        columns[name] = pa.array(values, kinds[record.sql_types[DUCKDB.name]])
    return pa.table(columns)


def _truth(values: NDArray[Any]) -> Truth:
    """DuckDB's booleans as 1, 0, and −1 for NULL."""
    import numpy as np  # noqa: PLC0415

    found = np.asarray(np.ma.getdata(values)).astype(np.int8)
    found[np.ma.getmaskarray(values)] = -1
    return found
