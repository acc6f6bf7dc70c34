"""Types of facts: one record each, and everything that is known of it.

How a value is written and read, in a study, in a case, in a cell and in a column of a cohort; how
it stands in SQL and in arrays; what the page of the language says. A type is added here, and in
`tests/study/test_fact_types.py`; `rules.language.node_types` says what conditions take it for. A
type with a meaning of its own in conditions is also added to the evaluators in `rules.meaning`.

A documented value is a text, a double (a number, or a duration in days: see `fact_numbers`), a
bool, or a date as ISO text. A set is the text of its members, in the order of the declaration, with
`; ` between them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from sojourn.study.fact_numbers import GREATEST, duration_words, nearest, number_words
from sojourn.study.files.suggest import did_you_mean, listed
from sojourn.study.units import (
    MOST_DAYS,
    WordsError,
    read_date,
    read_flag,
    read_words,
    refuse_ambiguous,
    show,
    singular,
)

if TYPE_CHECKING:
    from sojourn.study.model.facts import Fact, FactValue
    from sojourn.study.sql_dialects import Dialect

FactTypeName = Literal["text", "number", "yes-no", "date", "duration", "set"]

UNKNOWN = "unknown"
"""Written for undocumented."""
NOTHING = "none"
"""Written for a set that is known to have no members."""
MOST_MEMBERS = 62
"""Values that a set may declare: each is a bit of a whole number."""
FIRST_DATE, LAST_DATE = "0001-01-01", "9999-12-31"

ColumnInSql = tuple[str, str]
"""SQL of a fact's value, and SQL that is true where a column holds an impossible one."""


@dataclass(frozen=True, slots=True)
class FactType:
    """One type of fact."""

    name: FactTypeName
    meaning: str
    example: str
    """A declaration."""
    written_as: str
    """A value, as it is written."""
    takes: frozenset[str]
    """Keys of a declaration that have a meaning for it, beside `type` and `about`."""
    read: Callable[[object, Fact], FactValue]
    """The documented value that words or a value mean; None if the fact cannot have it. May raise
    `WordsError` with a closer reason."""
    remedy: Callable[[Fact], str]
    """The values that the fact may have."""
    sql_types: Mapping[str, str]
    """The type of its column, by engine; NULL is undocumented."""
    column: Callable[[str, str, str, Fact, Dialect], ColumnInSql | None]
    """From the SQL of a cohort's column, its kind and its type; None if the kind does not fit."""
    told: Callable[[Any, Fact | None], str] = lambda value, _: str(value)
    """A known value in words for people."""
    stored: Callable[[Any, Fact], object] = lambda value, _: value
    """A known value as it stands in a column of `sql_types`."""
    unit: str | None = None
    """The unit of its numbers, as `read_words` names it, where a declaration gives none."""
    greatest: float = GREATEST
    """Largest magnitude of its numbers."""


def read_fact(value: object, name: str, fact: Fact) -> FactValue:
    """The documented value of a fact; `unknown` and None are None. Raises `WordsError`."""
    if value is None or (isinstance(value, str) and value.strip().lower() == UNKNOWN):
        return None
    found = FACT_TYPES[fact.type].read(value, fact)
    if found is None:
        shown = " ".join(str(value).split())[:80]
        fix = (
            did_you_mean(shown, (*fact.values, UNKNOWN))
            if fact.values
            else FACT_TYPES[fact.type].remedy(fact)
        )
        raise WordsError(f"`{shown}` is not a value of the fact `{name}`", fix)
    return found


def fact_text(value: FactValue) -> str:
    """One spelling for each value of a fact: `unknown`, `yes`, `no`, `3`, or the text."""
    if value is None:
        return UNKNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.15g}" if isinstance(value, float) else value


def limits(fact: Fact) -> tuple[float, float]:
    """The least and the greatest value of a number or duration."""
    most = float(FACT_TYPES[fact.type].greatest)
    return (-most if fact.least is None else fact.least, most if fact.most is None else fact.most)


def number_units(kind: FactTypeName, declared: str | None) -> tuple[str, ...]:
    """The units in which a number of this type may be written, as `read_words` names them."""
    own = FACT_TYPES[kind].unit
    return (own,) if own is not None else ("", declared or "")


def members(value: str) -> tuple[str, ...]:
    """The members of a documented set."""
    return () if value == NOTHING else tuple(value.split("; "))


def mask(chosen: Sequence[str], values: Sequence[str]) -> int:
    """Members of a set as a whole number: bit i is the i-th declared value."""
    return sum(1 << place for place, value in enumerate(values) if value in chosen)


# Text


def _read_text(value: object, fact: Fact) -> str | None:
    if isinstance(value, bool):
        # YAML's yes and no, where the text itself is meant.
        value = "yes" if value else "no"
    text = fact_text(float(value)) if isinstance(value, int | float) else str(value)
    return text if not fact.values or text in fact.values else None


def _text_remedy(fact: Fact) -> str:
    return f"its values are {listed(fact.values)}" if fact.values else "write a text"


def _text_column(
    raw: str, kind: str, type_name: str, fact: Fact, sql: Dialect
) -> ColumnInSql | None:
    if kind not in {"text", "whole"}:
        return None
    text = raw if type_name in {"VARCHAR", "string"} else f"CAST({raw} AS {sql.text})"
    if fact.values:
        value = sql.among(text, fact.values)
        return value, f"{value} IS NULL AND {raw} IS NOT NULL AND NOT {_blank(text, sql)}"
    # Whether a free text identifies a person, the screening asks itself.
    return f"CASE WHEN NOT {_blank(text, sql)} THEN {text} END", "FALSE"


def _blank(text: str, sql: Dialect) -> str:
    """SQL: whether a text means that the fact is undocumented."""
    return f"(trim({text}) = '' OR lower(trim({text})) = {sql.literal(UNKNOWN)})"


# Yes or no


def _read_yes_no(value: object, _: Fact) -> bool:
    return value if isinstance(value, bool) else read_flag(str(value).strip().lower())


def _yes_no_column(
    raw: str, kind: str, _type: str, _fact: Fact, sql: Dialect
) -> ColumnInSql | None:
    if kind == "yes-no":
        return raw, "FALSE"
    if kind != "text":
        return None
    word = f"lower(trim({raw}))"
    value = (
        f"CASE WHEN {word} IN ('yes', 'true') THEN TRUE WHEN {word} IN ('no', 'false') "
        "THEN FALSE END"
    )
    return value, f"{raw} IS NOT NULL AND {value} IS NULL AND NOT {_blank(raw, sql)}"


# Date


def _read_date(value: object, _: Fact) -> str:
    return read_date(str(value).strip()).isoformat()


def _date_column(raw: str, kind: str, _type: str, _fact: Fact, sql: Dialect) -> ColumnInSql | None:
    first, last = f"DATE '{FIRST_DATE}'", f"DATE '{LAST_DATE}'"
    if kind == "date":
        return raw, f"NOT {raw} BETWEEN {first} AND {last}"
    if kind != "text":
        return None
    value = sql.read_date(f"trim({raw})")
    wrong = f"{raw} IS NOT NULL AND {value} IS NULL AND NOT {_blank(raw, sql)}"
    return value, f"({wrong}) OR NOT ({value}) BETWEEN {first} AND {last}"


# Number and duration

_NUMBER = re.compile(r"([-−+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?)\s*(.*)", re.IGNORECASE)


def _read_number(value: object, fact: Fact) -> float | None:
    if isinstance(value, bool):
        return None
    number = float(value) if isinstance(value, int | float) else _of_words(str(value), fact)
    low, high = limits(fact)
    if number is None or not math.isfinite(number):
        return None
    number = nearest(number) if abs(number) <= GREATEST else number
    if not low <= number <= high:
        raise WordsError(f"`{value}` is outside the range {show(low)} to {show(high)}",
                         "correct the number, or the range of the fact")  # fmt: skip
    return number


def _of_words(text: str, fact: Fact) -> float | None:
    """The number that words say, in the fact's unit or in days."""
    plain = _NUMBER.fullmatch(text.strip())
    if plain is not None and (not plain[2] or singular(plain[2]) == singular(fact.unit or "")):
        refuse_ambiguous(plain[1], plain[2] or fact.unit or "", text)
        return float(plain[1].replace("−", "-"))
    number, unit = read_words(text, frozenset([fact.unit] if fact.unit else []))
    return number if unit in number_units(fact.type, fact.unit) else None


def _number_remedy(fact: Fact) -> str:
    low, high = limits(fact)
    least = "any" if fact.least is None else show(low)
    most = "any" if fact.most is None else show(high)
    if fact.type == "duration":
        return f"write a duration such as `90 days`, {least} to {most} days"
    unit = f" ({fact.unit})" if fact.unit else ""
    return f"write a number, {least} to {most}{unit}"


def _number_column(
    raw: str, kind: str, type_name: str, fact: Fact, sql: Dialect
) -> ColumnInSql | None:
    greatest = max(map(abs, limits(fact)))
    low, high = map(sql.number, limits(fact))
    if kind == "whole":
        value = f"CAST({raw} AS {sql.double})"
        found, wrong = value, []
    elif kind == "number":
        value = raw if type_name.upper() == sql.double else f"CAST({raw} AS {sql.double})"
        # NaN is tested separately: engines trust the minimum and maximum stored in a file, which
        # leave out NaN.
        found, wrong = sql.nearest(value, greatest), [f"isnan({value})"]
    elif kind == "text":
        value = f"({sql.read_number(raw)})"
        wrong = [f"({raw} IS NOT NULL AND {value} IS NULL AND NOT {_blank(raw, sql)})"]
        found = sql.nearest(value, greatest)
    else:
        return None
    if sql.overflow_fails:
        found = f"(CASE WHEN {value} BETWEEN {low} AND {high} THEN {found} END)"
    return found, " OR ".join([*wrong, f"NOT {value} BETWEEN {low} AND {high}"])


# Set


def _read_set(value: object, fact: Fact) -> str | None:
    if isinstance(value, str) and value.strip().lower() == NOTHING:
        return NOTHING
    if isinstance(value, list | tuple | set | frozenset):
        found = [fact_text(each) if isinstance(each, bool) else str(each).strip() for each in value]
    else:
        found = [part.strip() for part in re.split("[;,]", str(value))]
    for each in found:
        if each not in fact.values:
            raise WordsError(f"`{each}` is not among its values", did_you_mean(each, fact.values))
    if len(set(found)) < len(found):
        raise WordsError("a member is written twice", "leave one of them out")
    return "; ".join(each for each in fact.values if each in found) or NOTHING


def _set_column(raw: str, kind: str, _type: str, fact: Fact, sql: Dialect) -> ColumnInSql | None:
    if kind not in {"text", "list"}:
        return None
    text = sql.joined(raw) if kind == "list" else f"replace(trim({raw}), '; ', ';')"
    held = f"(';' || {text} || ';')"
    bits, lengths = [], []
    for place, value in enumerate(fact.values):
        inside = f"contains({held}, {sql.literal(f';{value};')})"
        bits.append(f"CASE WHEN {inside} THEN CAST({1 << place} AS BIGINT) ELSE 0 END")
        lengths.append(f"CASE WHEN {inside} THEN {len(value) + 1} ELSE 0 END")
    nothing = f"{text} = {sql.literal('' if kind == 'list' else NOTHING)}"
    blank = "FALSE" if kind == "list" else _blank(raw, sql)
    # Most people have one member, which is found without a search in the text.
    only = sql.bit(text if kind == "list" else raw, fact.values)
    found = f"CASE WHEN {raw} IS NULL OR {blank} THEN NULL ELSE {' + '.join(bits)} END"
    # Nothing but members, each once, if their lengths come to that of the whole.
    wrong = f"NOT {nothing} AND NOT {blank} AND {' + '.join(lengths)} + 1 <> length({held})"
    return f"COALESCE({only}, {found})", f"{only} IS NULL AND {raw} IS NOT NULL AND {wrong}"


def _told_number(value: float, fact: Fact | None) -> str:
    unit = (fact.unit or "") if fact is not None else ""
    return f"{number_words(float(value))} {unit}".strip()


_DOUBLE = {"DuckDB": "DOUBLE", "Spark": "DOUBLE"}
_TEXT = {"DuckDB": "VARCHAR", "Spark": "STRING"}

FACT_TYPES: dict[FactTypeName, FactType] = {
    each.name: each
    for each in (
        FactType(
            "text", "one word or text of several", "{values: [theft, assault]}", "theft",
            frozenset({"values", "open"}), _read_text, _text_remedy, _TEXT, _text_column,
        ),
        FactType(
            "number", "a decimal, with a unit if it has one", "{type: number, unit: arrests}", "30",
            frozenset({"unit", "range"}), _read_number, _number_remedy, _DOUBLE, _number_column,
            _told_number,
        ),
        FactType(
            "yes-no", "yes or no", "{type: yes-no}", "yes", frozenset(), _read_yes_no,
            lambda _: "write yes or no", {"DuckDB": "BOOLEAN", "Spark": "BOOLEAN"},
            _yes_no_column, lambda value, _: "yes" if value else "no",
        ),
        FactType(
            "date", "a day", "{type: date}", "2025-02-04", frozenset(), _read_date,
            lambda _: "write dates as 2025-02-04", {"DuckDB": "DATE", "Spark": "DATE"},
            _date_column,
            stored=lambda value, _: date.fromisoformat(value) if isinstance(value, str) else value,
        ),
        FactType(
            "duration", "a length of time, in days where no unit is written", "{type: duration}",
            "90 days", frozenset({"range"}), _read_number, _number_remedy, _DOUBLE, _number_column,
            lambda value, _: duration_words(float(value)), unit="day", greatest=MOST_DAYS,
        ),
        FactType(
            "set", "any number of its values at once", "{type: set, values: [SV, US]}", "[SV, US]",
            frozenset({"values"}), _read_set,
            lambda fact: f"write some of {listed(fact.values)} with `; ` between them, or none",
            {"DuckDB": "BIGINT", "Spark": "BIGINT"}, _set_column,
            lambda value, _: str(value).replace("; ", " and ") if value != NOTHING else "none",
            lambda value, fact: mask(members(value), fact.values),
        ),
    )
}  # fmt: skip
"""By name."""
