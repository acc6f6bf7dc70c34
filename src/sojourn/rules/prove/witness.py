"""From what Z3 found to a case that a person can read and the evaluators confirm."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction

import z3

from sojourn.rules.language.tree import Expression, facts_of
from sojourn.rules.meaning.reference import Documented, evaluate
from sojourn.rules.meaning.sql import closed_database, identifier, to_sql
from sojourn.rules.meaning.z3_facts import FactVariables
from sojourn.rules.prove.ordinary import Goal, OrdinaryValues, near
from sojourn.rules.prove.z3_solver import NotProven, Solver, TimeIsOver
from sojourn.study.fact_numbers import exact, nearest
from sojourn.study.fact_types import FACT_TYPES
from sojourn.study.model.facts import Fact


@dataclass(frozen=True, slots=True)
class Witness:
    """A case that shows something; None is undocumented."""

    facts: tuple[tuple[str, Documented], ...]

    @property
    def row(self) -> dict[str, Documented]:
        """The facts by name."""
        return dict(self.facts)


class TooManyDigits(NotProven):
    """The case found has numbers with more digits than a fact has."""


def find_witness(
    solver: Solver,
    names: Iterable[str],
    goal: Goal,
    ordinary: OrdinaryValues,
    assumed: Iterable[z3.BoolRef] = (),
) -> Witness | None:
    """A case of the solver's problem, as `read_witness` reads it; None if there is none.

    If Z3 gives up, or answers with numbers that no fact has, it is asked again for whole numbers;
    if dates are far from those that are expected, for dates near them. Raises `NotProven`.
    """
    names, assumed = tuple(names), tuple(assumed)

    def found() -> Witness | None:
        model = solver.case(assumed)
        return None if model is None else read_witness(
            model, solver.variables, names, goal, ordinary
        )  # fmt: skip

    try:
        witness = found()
    except TimeIsOver:
        raise
    except NotProven:
        with solver.given(*solver.variables.whole()):
            witness = found()
        if witness is None:
            raise
    if witness is None or ordinary.near(witness.row):
        return witness
    dates = ordinary.dates(names)
    with (
        suppress(NotProven),
        solver.given(*(solver.variables.during(name, *ordinary.years) for name in dates)),
    ):
        return found() or witness
    return witness


def read_witness(
    model: z3.ModelRef,
    variables: FactVariables,
    names: Iterable[str],
    goal: Goal,
    ordinary: OrdinaryValues,
) -> Witness:
    """The case of a model, made as plain as can be, for which `goal` holds by the reference.

    A fact that need not be missing is given some value.

    Raises `NotProven` if no number near those found is one of a fact and reaches the goal, and
    `AssertionError` if Z3 and the reference disagree where no number can have been rounded.
    """
    found = {name: variables.value(model, name) for name in names}
    row = {name: _double(value) for name, value in found.items()}
    if not goal(row) and not _settled(row, found, goal):
        if any(
            isinstance(value, Fraction) and exact(float(value)) != value
            for value in found.values()
        ):  # fmt: skip
            raise TooManyDigits("the only case found has numbers with more digits than a fact has")
        raise AssertionError(f"Z3 and the reference disagree on {row}")
    ordinary.made_plain(row, goal)
    return Witness(tuple(row.items()))


def _double(value: Documented | Fraction) -> Documented:
    return nearest(float(value)) if isinstance(value, Fraction) else value


def _settled(
    row: dict[str, Documented],
    found: Mapping[str, Documented | Fraction],
    goal: Goal,
) -> bool:
    """Whether moving one rounded number a little reaches the goal; changes the row if so."""
    for name, value in found.items():
        if not isinstance(value, Fraction):
            continue
        for other in map(float, near(value)):
            if goal({**row, name: other}):
                row[name] = other
                return True
    return False


def confirm(
    rows: Sequence[Mapping[str, Documented]],
    expressions: Iterable[Expression],
    facts: Mapping[str, Fact],
) -> None:
    """Run every case through DuckDB; raises `AssertionError` if it and the reference disagree."""
    wanted = list(dict.fromkeys(expressions))
    if not rows or not wanted:
        return
    read = (name for each in wanted for name in facts_of(each))
    names = list(dict.fromkeys([*(name for row in rows for name in row), *read]))
    types = {name: FACT_TYPES[facts[name].type] for name in names}
    columns = ", ".join(f"{identifier(name)} {types[name].sql_types['DuckDB']}" for name in names)
    places = ", ".join("?" * (len(names) + 1))
    with closed_database() as connection:
        connection.execute(f'CREATE TEMP TABLE cases ("case number" INTEGER, {columns})')
        connection.executemany(
            f"INSERT INTO cases VALUES ({places})",
            [
                [place, *(_stored(row.get(name), facts[name]) for name in names)]
                for place, row in enumerate(rows)
            ],
        )
        judged = ", ".join(to_sql(each) for each in wanted)
        found = connection.execute(f'SELECT {judged} FROM cases ORDER BY "case number"').fetchall()
    for row, values in zip(rows, found, strict=True):
        for expression, value in zip(wanted, values, strict=True):
            if evaluate(expression, row) is not value:
                raise AssertionError(f"DuckDB alone says {value} of `{expression.text}` for {row}")


def _stored(value: Documented, fact: Fact) -> object:
    """A documented value as it stands in a column of DuckDB."""
    return None if value is None else FACT_TYPES[fact.type].stored(value, fact)
