"""A checked condition as DuckDB SQL: TRUE, FALSE, or NULL for unknown.

Built from the typed tree alone: identifiers and texts are quoted, numbers are printed by us, and
the only cast is of a date to days, so that no text of a study can name a function, a table or a
file.
"""

from __future__ import annotations

from datetime import date

from sojourn.rules.evaluate import days_of
from sojourn.rules.tree import (
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
    Type,
    Years,
    type_of,
)

COLUMN_TYPES: dict[Type, str] = {
    "text": "VARCHAR",
    "number": "DOUBLE",
    "duration": "DOUBLE",
    "yes-no": "BOOLEAN",
    "date": "DATE",
}
"""The type of a fact's column; NULL is undocumented, and NaN and infinities are kept out."""


def to_sql(expression: Expression) -> str:
    """A checked condition as a DuckDB expression over columns named as the facts."""
    return _sql(expression.root)


def identifier(name: str) -> str:
    """A name in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text in single quotes; DuckDB has no other escape in them."""
    return "'" + text.replace("'", "''") + "'"


def _sql(node: Node) -> str:  # noqa: PLR0912 -- one case a kind of node
    match node:
        case FactOf(name=name, type="date"):
            return f"CAST(({identifier(name)} - DATE '1970-01-01') AS DOUBLE)"
        case FactOf(name=name):
            return identifier(name)
        case Constant(value=value):
            return _constant(value)
        case Known(operand=operand):
            return f"({_sql(operand)} IS NOT NULL)"
        case Arithmetic(operator=operator, left=left, right=right):
            return f"({_sql(left)} {operator} {_sql(right)})"
        case Years(first=first, last=last):
            return _years(_date(first), _date(last))
        case Dated(on=on, steps=steps):
            day = _sql(on)
            whens = "".join(
                f" WHEN {day} >= {_constant(start)} THEN {_sql(value)}"
                for start, value in reversed(steps)
            )
            return f"(CASE{whens} END)"
        case Comparison(operator=operator, left=left, right=right):
            sign = "<>" if operator == "!=" else operator
            return f"({_sql(left)} {sign} {_sql(right)})"
        case Membership(item=item, options=options):
            held = _sql(item)
            if type_of(item) == "yes-no" or not isinstance(item, FactOf):
                # One comparison each: an IN list may be rewritten for plain columns only.
                return "(" + " OR ".join(f"({held} = {_sql(option)})" for option in options) + ")"
            return f"({held} IN ({', '.join(_sql(option) for option in options)}))"
        case Negation(operand=operand):
            return f"(NOT {_sql(operand)})"
        case Junction(operator=operator, operands=operands):
            return "(" + f" {operator.upper()} ".join(_sql(operand) for operand in operands) + ")"
        case Name() | Passage():
            raise AssertionError(f"{node} is unchecked")


def _date(node: Node) -> str:
    """A node of type date as a date, within the years 1 to 9999."""
    if isinstance(node, FactOf):
        return identifier(node.name)
    if isinstance(node, Constant) and isinstance(node.value, date):
        return f"DATE '{node.value.isoformat()}'"
    days = f"LEAST(GREATEST(FLOOR({_sql(node)}), {FIRST_DAY}e0), {LAST_DAY}e0)"
    # LEAST and GREATEST pass over NULL, so the unknown is asked for apart.
    return (
        f"(CASE WHEN {_sql(node)} IS NOT NULL THEN DATE '1970-01-01' + CAST({days} AS INTEGER) END)"
    )


def _years(first: str, last: str) -> str:
    """Full years between two dates: those of the calendar, less one before the birthday."""
    return (
        f"CAST(YEAR({last}) - YEAR({first}) - CASE WHEN MONTH({last}) * 100 + DAY({last}) < "
        f"MONTH({first}) * 100 + DAY({first}) THEN 1 ELSE 0 END AS DOUBLE)"
    )


def _constant(value: str | float | bool | date) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return literal(value)
    number = days_of(value) if isinstance(value, date) else value
    # An exponent makes DuckDB read a double, never a decimal; brackets keep a sign apart.
    return f"({number!r}{'' if 'e' in repr(number) else 'e0'})"
