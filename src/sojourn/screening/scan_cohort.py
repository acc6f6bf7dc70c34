"""A cohort screened by an agreement: the whole funnel from one scan, and each row's outcome."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sojourn.errors import Problem
from sojourn.rules.agreement.conditions import CheckedRule, places
from sojourn.rules.language.tree import births_of
from sojourn.screening.cohort import CohortError
from sojourn.screening.cohort_columns import Choices, Door, Reading, open_door
from sojourn.screening.counts import Screened, counted
from sojourn.screening.queries import FACTS_IN_WORD, Engine, by_row, grouped
from sojourn.study.identifying_facts import telling
from sojourn.study.model.facts import Fact

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_ECHOED = 60
"""Characters of a value that a message shows."""
FEW = 20
"""Rows below which it is not asked whether texts are nearly all different."""
MOST_IN_ROWS = 63
"""Most rules in a row's outcome: a mask has 63 bits, which every reader can read."""


def screen(
    engine: Engine, rules: Sequence[CheckedRule], facts: Mapping[str, Fact], choices: Choices
) -> Screened:
    """Count the outcomes of a cohort under these rules, in one scan.

    Raises `CohortError` with every column and value that is refused.
    """
    needed = _needed(rules)
    door = _door(engine, rules, facts, choices)
    found = engine.fetch(grouped(engine, rules, needed, door, choices))
    _refuse_values(engine, door, found)
    _refuse_unique(engine, door)
    return counted(rules, needed, door, choices, found)


def write_rows(
    engine: Engine,
    rules: Sequence[CheckedRule],
    facts: Mapping[str, Fact],
    choices: Choices,
    target: str,
) -> None:
    """Write the outcome of each row as Parquet, which appears complete or not at all.

    Columns: `file`, `row` (from 1 in its file), the identifier if one is chosen, `failed` and
    `unknown` (bit i is rule i, from 0 in the file's order), `status`, `first_failing`. Values are
    not checked, so screen first. Raises `CohortError` for more than 63 rules.
    """
    if max(places(rules), default=0) >= MOST_IN_ROWS:
        raise CohortError(
            Problem(
                f"{max(places(rules)) + 1} rules do not fit into a mask of {MOST_IN_ROWS} bits",
                "leave out --rows, or join rules into one with `all of`",
            )
        )
    if engine.row is None:
        raise CohortError(
            Problem(
                "the rows of a CSV file have no numbers on Spark",
                "convert the cohort to Parquet, or leave out --on",
                engine.place,
            )
        )
    engine.write(rows_query(engine, rules, facts, choices), target)


def rows_query(
    engine: Engine, rules: Sequence[CheckedRule], facts: Mapping[str, Fact], choices: Choices
) -> str:
    """The query whose rows are those that `write_rows` writes."""
    door = _door(engine, rules, facts, choices)
    return by_row(engine, rules, _needed(rules), door, choices)


def _door(
    engine: Engine, rules: Sequence[CheckedRule], facts: Mapping[str, Fact], choices: Choices
) -> Door:
    born = {fact for checked in rules for fact in births_of(checked.met)}
    return open_door(
        engine.columns, facts, _needed(rules), choices, engine.dialect, engine.place, born
    )


def _needed(rules: Iterable[CheckedRule]) -> list[str]:
    return list(dict.fromkeys(fact for checked in rules for fact in checked.facts))


def _refuse_values(engine: Engine, door: Door, found: Mapping[str, NDArray[Any]]) -> None:
    """Raise `CohortError` for the values that the scan refused, with the first of each column."""
    problems = []
    for at, fact in enumerate(door.births):
        first, last = (_known(found[f"{which} {at}"]) for which in ("first", "last"))
        if len(first) and first.min() != last.max():
            problems.append(
                Problem(
                    f"the dates of birth show the day: days of the month from "
                    f"{int(first.min())} to {int(last.max())} occur",
                    "cohorts are de-identified: put the first of the month, or of the year, in "
                    f"place of each date; or add --drop {fact} --undocumented {fact}",
                    engine.place,
                    path=door.facts[fact].column,
                )
            )
    if (_known(found["wanting 0"]) >> FACTS_IN_WORD).any():
        problems += [
            problem
            for reading in (*door.facts.values(), *door.others)
            if reading.wrong and (problem := _wrong(engine, reading)) is not None
        ]
    if problems:
        raise CohortError(*problems)


def _refuse_unique(engine: Engine, door: Door) -> None:
    """Raise `CohortError` for open texts of which nearly everybody has one of their own."""
    if not door.open_texts:
        return
    raw = [engine.dialect.identifier(column) for column in door.open_texts]
    counts = ", ".join(f"count({column}), approx_count_distinct({column})" for column in raw)
    ((*found,),) = engine.rows(f"SELECT {counts} FROM {engine.source} AS cohort")
    problems = [
        Problem(
            "it has about as many different texts as rows, so a text could identify a person",
            f"group its values, or add --drop {column}",
            engine.place,
            path=column,
        )
        for column, known, different in zip(
            door.open_texts, map(_whole, found[::2]), map(_whole, found[1::2]), strict=True
        )
        if known >= FEW and different > known / 2
    ]
    if problems:
        raise CohortError(*problems)


def _whole(value: object) -> int:
    assert isinstance(value, int)
    return value


def _wrong(engine: Engine, reading: Reading) -> Problem | None:
    """The refused values of one column: the first, its place, and their number."""
    raw = engine.dialect.identifier(reading.column)
    text = engine.dialect.text
    # Never a WHERE: engines skip groups of rows by the minimum and maximum stored in the file,
    # which leave out NaN.
    step = (
        f"(SELECT CASE WHEN {reading.wrong} THEN 1 END AS wrong, {engine.file} AS file_of_row, "
        f"{engine.row or 'NULL'} AS number_of_row, CAST({raw} AS {text}) AS shown "
        f"FROM {engine.numbered} AS cohort) AS looked_at"
    )

    def first(what: str, where: str) -> object:
        ((found,),) = engine.rows(f"SELECT min(CASE WHEN {where} THEN {what} END) FROM {step}")
        return found

    ((count,),) = engine.rows(f"SELECT count(wrong) FROM {step}")
    if not count:
        return None
    assert isinstance(count, int)
    file = first("file_of_row", "wrong = 1")
    here = f"wrong = 1 AND file_of_row = {engine.dialect.literal(str(file))}"
    row = first("number_of_row", here)
    value = first("shown", here if row is None else f"{here} AND number_of_row = {row}")
    line = engine.line(str(file), row) if isinstance(row, int) else None
    wrong = "nothing is written" if value is None else f"{_echoed(str(value))} is not a value of it"
    what = (
        "it holds values that could identify a person, "
        if reading.fix.startswith("cohorts are")
        else f"{wrong}, "
    )
    many = "in one row" if count == 1 else f"one of {count:,} rows"
    return Problem(
        f"{what}{many}: {'' if row is None else f'row {row} of '}{file}"
        f"{'' if line is None else f', line {line}'}",
        reading.fix,
        engine.place,
        path=reading.column,
    )


def _echoed(value: str) -> str:
    """A value for a message: short, on one line, and hidden if it may identify a person."""
    if telling(value):
        return "a value that may identify a person"
    shown = value if len(value) <= MOST_ECHOED else f"{value[:MOST_ECHOED]}…"
    plain = "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode() for one in shown
    )
    return f"`{plain}`"


def _known(values: NDArray[Any]) -> NDArray[Any]:
    """The values of an answer's column that are not NULL."""
    import numpy as np  # noqa: PLC0415

    return np.ma.compressed(np.ma.masked_invalid(values) if values.dtype.kind == "f" else values)
