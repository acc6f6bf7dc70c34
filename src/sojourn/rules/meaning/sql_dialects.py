"""The SQL of DuckDB and of Spark for the parts of conditions and cohorts.

Every text of an agreement or a cohort passes through `identifier` or `literal`, so that none can
name a function, a table or a file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sojourn.rules.language.tree import Type


@dataclass(frozen=True, slots=True)
class Dialect:
    """The words of one engine; each callable makes an SQL expression."""

    name: str
    types: Mapping[Type, str]
    """The type of a fact's column; NULL is undocumented, and NaN and infinities are kept out."""
    identifier: Callable[[str], str]
    """A name in quotes."""
    literal: Callable[[str], str]
    """A text in quotes."""
    number: Callable[[float], str]
    """A double as a constant."""
    days: Callable[[str], str]
    """A date as a double: days since 1970-01-01."""
    day: Callable[[str], str]
    """The date of a whole number of days since 1970-01-01."""
    among: Callable[[str, Sequence[str]], str]
    """A text that is one of some values; NULL if it is another."""
    read_number: Callable[[str], str]
    """The double that a text spells; NULL if it spells none."""
    read_date: Callable[[str], str]
    """The date that a text spells as year-month-day; NULL if it spells none."""
    matches: Callable[[str, str], str]
    """Whether some part of a text matches a regular expression that RE2 and Java both know."""
    shifted: Callable[[str, int], str]
    """A whole number without its lowest bits."""
    mask: str
    """The type of a mask of 63 bits."""

    def years(self, first: str, last: str) -> str:
        """Full years between two dates: those of the calendar, less one before the birthday."""
        return (
            f"CAST(YEAR({last}) - YEAR({first}) - CASE WHEN MONTH({last}) * 100 + DAY({last}) < "
            f"MONTH({first}) * 100 + DAY({first}) THEN 1 ELSE 0 END AS DOUBLE)"
        )


def _double_quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _quotes_doubled(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _with_exponent(number: float) -> str:
    # With an exponent DuckDB reads a double, never a decimal; brackets separate the sign.
    return f"({number!r}{'' if 'e' in repr(number) else 'e0'})"


def _enumerated(value: str, values: Sequence[str]) -> str:
    # A cast that cannot fail is computed per dictionary entry, not per row.
    options = ", ".join(_quotes_doubled(option) for option in dict.fromkeys(values))
    return f"TRY_CAST({value} AS ENUM({options}))"


_ISO = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_NUMBER = r"\s*[-+]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][-+]?[0-9]+)?\s*"

DUCKDB = Dialect(
    name="DuckDB",
    types={
        "text": "VARCHAR", "number": "DOUBLE", "duration": "DOUBLE", "yes-no": "BOOLEAN",
        "date": "DATE",
    },
    identifier=_double_quoted,
    literal=_quotes_doubled,
    number=_with_exponent,
    days=lambda value: f"CAST(({value} - DATE '1970-01-01') AS DOUBLE)",
    day=lambda value: f"(DATE '1970-01-01' + CAST({value} AS INTEGER))",
    among=_enumerated,
    read_number=lambda value: (
        f"CASE WHEN regexp_full_match({value}, '{_NUMBER}') THEN TRY_CAST({value} AS DOUBLE) END"
    ),
    read_date=lambda value: (
        f"CASE WHEN regexp_full_match({value}, '{_ISO}') THEN TRY_CAST({value} AS DATE) END"
    ),
    matches=lambda value, pattern: f"regexp_matches({value}, {_quotes_doubled(pattern)})",
    shifted=lambda value, places: f"({value} >> {places})",
    mask="UBIGINT",
)  # fmt: skip


def _backticks(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _escaped(text: str) -> str:
    # In Spark's texts a backslash escapes, and so has to be escaped itself.
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _listed(value: str, values: Sequence[str]) -> str:
    options = ", ".join(_escaped(option) for option in dict.fromkeys(values))
    return f"(CASE WHEN {value} IN ({options}) THEN {value} END)"


SPARK = Dialect(
    name="Spark",
    types={
        "text": "STRING", "number": "DOUBLE", "duration": "DOUBLE", "yes-no": "BOOLEAN",
        "date": "DATE",
    },
    identifier=_backticks,
    literal=_escaped,
    number=lambda number: f"({number!r}D)",
    days=lambda value: f"CAST(unix_date({value}) AS DOUBLE)",
    day=lambda value: f"date_from_unix_date(CAST({value} AS INT))",
    among=_listed,
    read_number=lambda value: (
        f"CASE WHEN {value} RLIKE {_escaped(f'^(?:{_NUMBER})$')} "
        f"THEN try_cast(trim({value}) AS DOUBLE) END"
    ),
    read_date=lambda value: (
        f"CASE WHEN {value} RLIKE {_escaped(f'^{_ISO}$')} THEN try_cast({value} AS DATE) END"
    ),
    matches=lambda value, pattern: f"({value} RLIKE {_escaped(pattern)})",
    shifted=lambda value, places: f"shiftright({value}, {places})",
    mask="BIGINT",  # Spark has no unsigned numbers; 63 bits need none
)  # fmt: skip
