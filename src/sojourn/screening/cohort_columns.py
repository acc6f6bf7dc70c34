"""The columns of a cohort: which are read, which values they may have, which are refused."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from sojourn.errors import Problem
from sojourn.screening.cohort import OWN, CohortColumn, CohortError
from sojourn.screening.identifying_columns import named, of_birth
from sojourn.study.fact_numbers import GREATEST
from sojourn.study.fact_types import FACT_TYPES
from sojourn.study.files.suggest import did_you_mean
from sojourn.study.identifying_facts import CONTENTS
from sojourn.study.model.facts import Fact
from sojourn.study.sql_dialects import Dialect

OUTCOME = ("file", "row", "failed", "unknown", "status", "first_failing")
"""Columns of the outcome of a row, beside the identifier."""


@dataclass(frozen=True, slots=True)
class Choices:
    """The user's choices about the cohort's columns."""

    undocumented: tuple[str, ...] = ()
    """Facts for which no case has a value."""
    drop: tuple[str, ...] = ()
    """Columns to ignore."""
    weights: str | None = None
    """A column of whole numbers: how many people a row stands for."""
    by: str | None = None
    """A text or yes-no fact whose values are counted separately."""
    identifier: str | None = None
    """A column copied unchanged into the rows' outcomes."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One column that is read, as SQL over the file's columns."""

    column: str
    value: str
    """In the fact's own type; NULL is undocumented."""
    wrong: str
    """True where the file has an impossible value."""
    fix: str


@dataclass(frozen=True, slots=True)
class Door:
    """The columns of a cohort that are read."""

    facts: Mapping[str, Reading]
    """By fact: facts that rules read, and the fact that counts are grouped by."""
    others: tuple[Reading, ...]
    """Weights, and free texts, which are searched only for values that identify a person."""
    births: Mapping[str, str]
    """By date of birth: SQL of its day of the month, which must be the same in all rows."""
    open_texts: tuple[str, ...]
    """Columns that are read and may hold any text."""
    weight: str | None
    unread: tuple[str, ...]
    """Columns of declared facts that no rule reads; their values are not checked."""


def open_door(
    columns: Sequence[CohortColumn],
    facts: Mapping[str, Fact],
    needed: Iterable[str],
    choices: Choices,
    dialect: Dialect,
    place: str,
    born: Container[str] = (),
) -> Door:
    """Type a cohort's columns against the declared facts; raises `CohortError` with all problems.

    `needed` are the facts that rules read; `born` those that are a birth because a rule computes
    an age from them, whatever they are called.
    """
    wanted = list(dict.fromkeys([*needed, *([choices.by] if choices.by else [])]))
    problems = [*_of_choices(columns, facts, choices, place)]
    kept = {column.name: column for column in columns if column.name not in choices.drop}
    problems += _of_columns(kept, facts, wanted, choices, place)
    readings: dict[str, Reading] = {}
    for name in wanted:
        if name not in facts or name in choices.undocumented:
            readings[name] = Reading("", f"CAST(NULL AS {_type(facts, name, dialect)})", "", "")
        elif name in kept:
            made = _reading(kept[name], facts[name], dialect)
            if isinstance(made, str):
                problems.append(Problem(made, _remedy(facts[name]), place, path=name))
            else:
                readings[name] = made
    others = [
        _open_text(kept[name], dialect)
        for name in kept
        if kept[name].kind == "text"
        and name not in readings
        and (name == choices.identifier or (name in facts and _is_open(facts[name])))
    ]
    weight = None
    if choices.weights is not None and choices.weights in kept:
        counted = _weights(kept[choices.weights], dialect)
        if isinstance(counted, str):
            problems.append(Problem(counted, _WHOLE, place, path=choices.weights))
        else:
            others.append(counted)
            weight = counted.value
    if problems:
        raise CohortError(*dict.fromkeys(problems))
    return Door(
        facts=readings,
        others=tuple(others),
        births={
            name: f"day({readings[name].value})"
            for name in wanted
            if facts[name].type == "date"
            and readings[name].column
            and (of_birth(name) or name in born)
        },
        open_texts=tuple(
            readings[name].column
            for name in wanted
            if _is_open(facts[name]) and readings[name].column
        ),
        weight=weight,
        unread=tuple(name for name in kept if name in facts and name not in readings),
    )


def _type(facts: Mapping[str, Fact], name: str, dialect: Dialect) -> str:
    """The type of a fact's column."""
    return FACT_TYPES[facts[name].type if name in facts else "text"].sql_types[dialect.name]


def _of_choices(
    columns: Sequence[CohortColumn], facts: Mapping[str, Fact], choices: Choices, place: str
) -> Iterator[Problem]:
    """Options that name unknown facts or columns."""
    names = [column.name for column in columns]
    for option, given, known, what in (
        ("--undocumented", choices.undocumented, list(facts), "fact"),
        ("--drop", choices.drop, names, "column"),
        ("--weights", [choices.weights] if choices.weights else [], names, "column"),
        ("--id", [choices.identifier] if choices.identifier else [], names, "column"),
        ("--by", [choices.by] if choices.by else [], list(facts), "fact"),
    ):
        for name in given:
            if name not in known:
                yield Problem(
                    f"{option} names `{name}`, which is no {what}", did_you_mean(name, known), place
                )
    if choices.identifier is not None and choices.identifier.casefold() in OUTCOME:
        yield Problem(
            f"--id names `{choices.identifier}`, but a column of the outcome has this name",
            f"rename it: --rows writes {', '.join(OUTCOME)}",
            place,
        )
    for name in choices.undocumented:
        if name in facts and name in names and name not in choices.drop:
            yield Problem(
                f"--undocumented names `{name}`, but the cohort has it",
                f"leave out --undocumented, or add --drop {name}",
                place,
            )
    if (
        choices.by is not None
        and choices.by in facts
        and facts[choices.by].type not in {"text", "yes-no"}
    ):
        yield Problem(
            f"--by names `{choices.by}`, a {facts[choices.by].type}",
            "group by a fact of type text or yes-no",
            place,
        )
    elif choices.by is not None and choices.by in facts and _is_open(facts[choices.by]):
        yield Problem(
            f"--by names `{choices.by}`, a text without declared values",
            "declare its `values`: which texts there are in a cohort would tell of single people",
            place,
        )


def _of_columns(
    kept: Mapping[str, CohortColumn],
    facts: Mapping[str, Fact],
    wanted: Sequence[str],
    choices: Choices,
    place: str,
) -> Iterator[Problem]:
    """Columns that are unknown, missing, or could identify a person."""
    used = {choices.weights, choices.identifier}
    lost = [name for name in wanted if name not in kept and name not in choices.undocumented]
    spare = [name for name in kept if name not in facts]
    for name in kept:
        kind = named(name)
        # Dates of birth are judged by their values: a month is allowed, a day is not.
        harmless = name in facts and (
            _is_closed(facts[name]) or (facts[name].type == "date" and of_birth(name))
        )
        if kind and not harmless:
            yield Problem(f"the column seems to hold {kind}", _out(name), place, path=name)
            continue
        if name in OWN:
            yield Problem(
                "a column cannot have this name, which the reader of files uses itself",
                "rename it", place, path=name,
            )  # fmt: skip
        if name in wanted and name in facts and _is_open(facts[name]) and not facts[name].open:
            yield Problem(
                "any text may stand in it, so it could name a person",
                "declare the fact's `values`; or say with `open:` in its declaration why any text "
                "may, and that none names a person",
                place,
                path=name,
            )
        if name not in facts and name not in used:
            near = get_close_matches(name.casefold(), [fact.casefold() for fact in lost], 1, 0.6)
            meant = [fact for fact in lost if near and fact.casefold() == near[0]]
            fix = f"did you mean the fact `{meant[0]}`? " if meant else ""
            yield Problem(
                "the column is not a fact of the agreement",
                f"{fix}rename it, or add --drop {_shell(name)}",
                place,
                path=name,
            )
    for name in lost:
        if name in facts:
            meant_by = did_you_mean(name, spare) if spare else ""
            fix = f"{meant_by} " if meant_by.startswith("did") else ""
            yield Problem(
                f"there is no column `{name}`, a fact that the agreement's rules read",
                f"{fix}rename the column, or give --undocumented {name} if no case has it",
                place,
            )


def _shell(name: str) -> str:
    return name if name.replace("_", "").isalnum() else f"'{name}'"


def _is_open(fact: Fact) -> bool:
    """Whether any text is allowed as its value."""
    return fact.type == "text" and not fact.values


def _is_closed(fact: Fact) -> bool:
    """Whether it has too few values to identify a person, whatever its name."""
    return fact.type in {"yes-no", "duration"} or bool(fact.values)


def _reading(column: CohortColumn, fact: Fact, dialect: Dialect) -> Reading | str:
    """How to read a fact from its column, or the problem with the column's type."""
    raw = dialect.identifier(column.name)
    record = FACT_TYPES[fact.type]
    found = record.column(raw, column.kind, column.type, fact, dialect)
    if found is None:
        return f"the column is {column.type} in the file, the fact is of type {fact.type}"
    if _is_open(fact):
        wrong = _identifies(raw, dialect) if column.kind == "text" else "FALSE"
        return Reading(column.name, found[0], wrong, _out(column.name))
    return Reading(column.name, *found, _remedy(fact))


def _out(name: str) -> str:
    return f"cohorts are de-identified: leave the column out, or add --drop {_shell(name)}"


def _remedy(fact: Fact) -> str:
    """The values that the fact may have."""
    return f"{FACT_TYPES[fact.type].remedy(fact)}, or leave the cell empty"


def _identifies(text: str, dialect: Dialect) -> str:
    return "(" + " OR ".join(dialect.matches(text, p) for p in CONTENTS.values()) + ")"


_WHOLE = "a weight is a whole number from 0: how many people the row stands for"


def _weights(column: CohortColumn, dialect: Dialect) -> Reading | str:
    raw = dialect.identifier(column.name)
    if column.kind not in {"whole", "number", "text"}:
        return f"the column is {column.type} in the file, weights are numbers"
    number = (
        dialect.read_number(raw) if column.kind == "text" else f"CAST({raw} AS {dialect.double})"
    )
    most = dialect.number(GREATEST)
    wrong = (
        f"({number}) IS NULL OR isnan({number}) OR floor({number}) <> ({number}) "
        f"OR NOT ({number}) BETWEEN {dialect.number(0.0)} AND {most}"
    )
    return Reading(column.name, f"TRY_CAST({number} AS BIGINT)", wrong, _WHOLE)


def _open_text(column: CohortColumn, dialect: Dialect) -> Reading:
    raw = dialect.identifier(column.name)
    return Reading(column.name, raw, _identifies(raw, dialect), _out(column.name))
