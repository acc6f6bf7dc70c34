"""A checked condition as SQL: TRUE, FALSE, or NULL for unknown.

It is built from the typed tree only: identifiers and texts are quoted, numbers are printed by us,
and the only cast is from a date to days. So no text of a study can name a function, a table or a
file.
"""

from __future__ import annotations

from datetime import date

from sojourn.rules.language.tree import (
    FIRST_DAY,
    LAST_DAY,
    Arithmetic,
    Comparison,
    Constant,
    Dated,
    Expression,
    FactOf,
    Junction,
    Known,
    Membership,
    Name,
    Negation,
    Node,
    Passage,
    Years,
    type_of,
)
from sojourn.rules.meaning.reference import days_of
from sojourn.rules.meaning.sql_dialects import DUCKDB, Dialect

COLUMN_TYPES = DUCKDB.types
identifier, literal = DUCKDB.identifier, DUCKDB.literal


def to_sql(expression: Expression, dialect: Dialect = DUCKDB) -> str:
    """A checked condition as an expression over columns named as the facts."""
    return _sql(expression.root, dialect)


def _sql(node: Node, dialect: Dialect) -> str:  # noqa: PLR0912 -- one case a kind of node
    def sql(part: Node) -> str:
        return _sql(part, dialect)

    match node:
        case FactOf(name=name, type="date"):
            return dialect.days(dialect.identifier(name))
        case FactOf(name=name):
            return dialect.identifier(name)
        case Constant(value=value):
            return _constant(value, dialect)
        case Known(operand=operand):
            return f"({sql(operand)} IS NOT NULL)"
        case Arithmetic(operator=operator, left=left, right=right):
            return f"({sql(left)} {operator} {sql(right)})"
        case Years(first=first, last=last):
            return dialect.years(_date(first, dialect), _date(last, dialect))
        case Dated(on=on, steps=steps):
            day = sql(on)
            whens = "".join(
                f" WHEN {day} >= {dialect.number(start)} THEN {sql(value)}"
                for start, value in reversed(steps)
            )
            return f"(CASE{whens} END)"
        case Comparison(operator=operator, left=left, right=right):
            sign = "<>" if operator == "!=" else operator
            return f"({sql(left)} {sign} {sql(right)})"
        case Membership(item=item, options=options):
            held = sql(item)
            if type_of(item) == "yes-no" or not isinstance(item, FactOf):
                # One comparison each: an IN list may be rewritten for plain columns only.
                return "(" + " OR ".join(f"({held} = {sql(option)})" for option in options) + ")"
            return f"({held} IN ({', '.join(map(sql, options))}))"
        case Negation(operand=operand):
            return f"(NOT {sql(operand)})"
        case Junction(operator=operator, operands=operands):
            return "(" + f" {operator.upper()} ".join(map(sql, operands)) + ")"
        case Name() | Passage():
            raise AssertionError(f"{node} is unchecked")


def _date(node: Node, dialect: Dialect) -> str:
    """A node of type date as a date of the engine, within the years 1 to 9999."""
    if isinstance(node, FactOf):
        return dialect.identifier(node.name)
    days = _sql(node, dialect)
    within = f"LEAST(GREATEST(FLOOR({days}), {FIRST_DAY}), {LAST_DAY})"
    # LEAST and GREATEST ignore NULL, so unknown is tested separately.
    return f"(CASE WHEN {days} IS NOT NULL THEN {dialect.day(within)} END)"


def _constant(value: str | float | bool | date, dialect: Dialect) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return dialect.literal(value)
    return dialect.number(days_of(value) if isinstance(value, date) else value)
