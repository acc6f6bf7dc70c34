"""From what Z3 found to a case that a person can read and the evaluators confirm."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import z3

from sojourn.rules.language.tree import Expression, facts_of
from sojourn.rules.meaning.reference import CaseFacts, Documented, evaluate
from sojourn.rules.meaning.sql import closed_database, identifier, to_sql
from sojourn.rules.meaning.z3_facts import FactVariables
from sojourn.rules.prove.z3_solver import NotProven, Solver, TimeIsOver
from sojourn.study.fact_numbers import PARTS, exact, nearest
from sojourn.study.fact_types import FACT_TYPES, NOTHING, limits
from sojourn.study.model.facts import Fact

_PLAIN_DATES = tuple(date(year, 1, 1) for year in (1990, 1980, 2000, 1970, 2010, 2025, 2030))
"""Dates to try first, so that a case looks natural."""
_PLAIN_NUMBERS = (0.0, 1.0, 10.0, 30.0, 50.0, 100.0, 365.0, 1000.0)


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
    goal: Callable[[CaseFacts], bool],
    assumed: Iterable[z3.BoolRef] = (),
) -> Witness | None:
    """A case of the solver's problem, as `read_witness` reads it; None if there is none.

    If Z3 gives up, or answers with numbers that no fact has, it is asked again for whole numbers.
    Raises `NotProven`.
    """
    names, assumed = tuple(names), tuple(assumed)
    try:
        model = solver.case(assumed)
        return None if model is None else read_witness(model, solver.variables, names, goal)
    except TimeIsOver:
        raise
    except NotProven:
        with solver.given(*solver.variables.whole()):
            model = solver.case(assumed)
            if model is not None:
                return read_witness(model, solver.variables, names, goal)
        raise


def read_witness(
    model: z3.ModelRef,
    variables: FactVariables,
    names: Iterable[str],
    goal: Callable[[CaseFacts], bool],
) -> Witness:
    """The case of a model, as plain as can be, for which `goal` holds by the reference.

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
    for name, value in row.items():
        fact = variables.facts[name]
        choices = _any_value(name, variables) if value is None else _plainer(value, fact)
        for plainer in choices:
            if goal({**row, name: plainer}):
                row[name] = plainer
                break
    return Witness(tuple(row.items()))


def _double(value: Documented | Fraction) -> Documented:
    return nearest(float(value)) if isinstance(value, Fraction) else value


def _settled(
    row: dict[str, Documented],
    found: Mapping[str, Documented | Fraction],
    goal: Callable[[CaseFacts], bool],
) -> bool:
    """Whether moving one rounded number a little reaches the goal; changes the row if so."""
    for name, value in found.items():
        if not isinstance(value, Fraction):
            continue
        for other in _near(value):
            if goal({**row, name: other}):
                row[name] = other
                return True
    return False


def _near(value: Fraction) -> Iterator[float]:
    for parts in (1, 2, 4, 16, 100, 10_000, PARTS):
        whole = int(value * parts)
        yield from ((whole + step) / parts for step in (0, 1, -1))


def _any_value(name: str, variables: FactVariables) -> Iterator[Documented]:
    """Give values to missing facts; only facts that must be missing stay so."""
    fact = variables.facts[name]
    if fact.type == "yes-no":
        yield from (False, True)
    elif fact.type == "text":
        yield from variables.options(name)
    elif fact.type == "set":
        yield from (*fact.values, NOTHING)
    else:
        yield from _plainer(_PLAIN_DATES[0] if fact.type == "date" else fact.least or 0.0, fact)


def _plainer(value: Documented, fact: Fact) -> Iterator[Documented]:
    """Values that are easier to read, plainest first."""
    if isinstance(value, date):
        yield from _PLAIN_DATES
    elif isinstance(value, float):
        low, high = limits(fact)
        numbers = (*_PLAIN_NUMBERS, *_near(Fraction(value)))
        yield from (number + 0.0 for number in numbers if low <= number <= high)


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
