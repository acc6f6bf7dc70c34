"""The SQL of DuckDB and of Spark for facts, conditions and cohorts.

Every text of an agreement or a cohort passes through `identifier` or `literal`, so that none can
name a function, a table or a file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sojourn.study.fact_numbers import PARTS, WITH_PARTS


@dataclass(frozen=True, slots=True)
class Dialect:
    """The words of one engine; each callable makes an SQL expression."""

    name: str
    text: str
    """The type of texts."""
    double: str
    """The type of doubles."""
    identifier: Callable[[str], str]
    """A name in quotes."""
    literal: Callable[[str], str]
    """A text in quotes."""
    number: Callable[[float], str]
    """A double as a constant."""
    wide: str
    """A type of whole numbers of 38 digits."""
    divided: Callable[[str, str], str]
    """A whole number divided by another, both above 0, and rounded down."""
    days: Callable[[str], str]
    """A date as a whole number: days since 1970-01-01."""
    day: Callable[[str], str]
    """The date of a whole number of days since 1970-01-01."""
    moved: Callable[[str, int], str]
    """A date so many calendar months later, at most on the last day of the month."""
    among: Callable[[str, Sequence[str]], str]
    """A text that is one of some values; NULL if it is another."""
    bit: Callable[[str, Sequence[str]], str]
    """1 << the place of a text among some values; NULL if it is none of them."""
    joined: Callable[[str], str]
    """The texts of a list in one, with `;` between them."""
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
    overflow_fails: bool = False
    """Whether a number too great for a type ends the query, also where it is refused anyway."""

    def years(self, first: str, last: str) -> str:
        """Full years between two dates: those of the calendar, less one before the birthday."""
        return (
            f"(YEAR({last}) - YEAR({first}) - CASE WHEN MONTH({last}) * 100 + DAY({last}) < "
            f"MONTH({first}) * 100 + DAY({first}) THEN 1 ELSE 0 END)"
        )

    def months(self, first: str, last: str) -> str:
        """Full months between two dates: those of the calendar, less one before the day."""
        return (
            f"((YEAR({last}) - YEAR({first})) * 12 + MONTH({last}) - MONTH({first}) - "
            f"CASE WHEN DAY({last}) < LEAST(DAY({first}), DAY(LAST_DAY({last}))) "
            f"THEN 1 ELSE 0 END)"
        )

    def nearest(self, value: str, greatest: float) -> str:
        """The double that names the decimal nearest to a number, at most so great, of a fact."""
        parts, half, most = self.number(PARTS), self.number(0.5), self.number(WITH_PARTS)
        found = f"(FLOOR({value} * {parts} + {half}) / {parts})"
        if greatest <= WITH_PARTS:
            return found
        return f"(CASE WHEN ABS({value}) <= {most} THEN {found} ELSE FLOOR({value} + {half}) END)"

    def millionths(self, value: str, greatest: int, kind: str) -> str:
        """A number of a fact, at most so great, as a whole number of millionths."""
        parts = f"CAST(FLOOR({value} * {self.number(PARTS)} + {self.number(0.5)}) AS {kind})"
        if greatest <= WITH_PARTS:
            return parts
        # Numbers beyond are whole, and too great for a double once they are multiplied.
        whole = f"CAST({value} AS {kind}) * CAST({PARTS} AS {kind})"
        most = self.number(WITH_PARTS)
        return f"(CASE WHEN ABS({value}) <= {most} THEN {parts} ELSE {whole} END)"


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


def _bit(value: str, values: Sequence[str]) -> str:
    return f"(CAST(1 AS BIGINT) << enum_code({_enumerated(value, values)}))"


_ISO = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_NUMBER = r"\s*[-+]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][-+]?[0-9]+)?\s*"

DUCKDB = Dialect(
    name="DuckDB",
    text="VARCHAR",
    double="DOUBLE",
    identifier=_double_quoted,
    literal=_quotes_doubled,
    number=_with_exponent,
    wide="HUGEINT",
    divided=lambda value, by: f"({value} // {by})",
    days=lambda value: f"({value} - DATE '1970-01-01')",
    day=lambda value: f"(DATE '1970-01-01' + CAST({value} AS INTEGER))",
    moved=lambda value, months: f"CAST({value} + to_months({months}) AS DATE)",
    among=_enumerated,
    bit=_bit,
    joined=lambda value: f"array_to_string({value}, ';')",
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


def _bit_listed(value: str, values: Sequence[str]) -> str:
    whens = " ".join(
        f"WHEN {_escaped(option)} THEN CAST({1 << place} AS BIGINT)"
        for place, option in enumerate(values)
    )
    return f"(CASE {value} {whens} END)"


SPARK = Dialect(
    name="Spark",
    text="STRING",
    double="DOUBLE",
    identifier=_backticks,
    literal=_escaped,
    number=lambda number: f"({number!r}D)",
    wide="DECIMAL(38, 0)",
    divided=lambda value, by: f"(({value} - {value} % {by}) div {by})",
    days=lambda value: f"CAST(unix_date({value}) AS BIGINT)",
    day=lambda value: f"date_from_unix_date(CAST({value} AS INT))",
    moved=lambda value, months: f"add_months({value}, {months})",
    among=_listed,
    bit=_bit_listed,
    joined=lambda value: f"array_join({value}, ';')",
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
    overflow_fails=True,
)  # fmt: skip
