"""A checked condition as SQL: TRUE, FALSE, or NULL for unknown.

It is built from the typed tree only: identifiers and texts are quoted, numbers are printed by us,
and the only cast is from a date to days. So no text of a study can name a function, a table or a
file.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING

from sojourn.rules.language.exact_numbers import alike, divisor, has_a_double, scale_of
from sojourn.rules.language.tree import (
    FIRST_DAY,
    LAST_DAY,
    Arithmetic,
    AsOf,
    AtLeast,
    Comparison,
    Constant,
    Count,
    Elapsed,
    Expression,
    Extreme,
    FactOf,
    Junction,
    Known,
    Membership,
    Moved,
    Negation,
    OfMembers,
    TreeNode,
    type_of,
    walk,
)
from sojourn.rules.meaning.reference import days_of
from sojourn.study.fact_types import mask
from sojourn.study.sql_dialects import DUCKDB, Dialect

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def closed_database() -> DuckDBPyConnection:
    """A connection to a DuckDB of the process in which no statement can open a file.

    No condition can name one; that is a second safeguard. What is made must be temporary: then
    other connections do not see it.
    """
    return _closed().cursor()


@cache
def _closed() -> DuckDBPyConnection:
    # Loading DuckDB takes longer than checking a study, and making a database than a question.
    import duckdb  # noqa: PLC0415

    return duckdb.connect(":memory:", config={"threads": 1, "enable_external_access": "false"})


identifier, literal = DUCKDB.identifier, DUCKDB.literal


def to_sql(expression: Expression, dialect: Dialect = DUCKDB) -> str:
    """A checked condition as an expression over columns named as the facts."""
    return _sql(expression.root, dialect)


def _sql(node: TreeNode, dialect: Dialect) -> str:  # noqa: PLR0912 -- one case a kind of node
    """A node of type text or yes-no."""

    def sql(part: TreeNode) -> str:
        return _sql(part, dialect)

    match node:
        case FactOf(name=name):
            return dialect.identifier(name)
        case Constant(value=bool() as value):
            return "TRUE" if value else "FALSE"
        case Constant(value=str() as text):
            return dialect.literal(text)
        case Known(operand=operand):
            return f"({sql(operand)} IS NOT NULL)"
        case OfMembers(quantifier=quantifier, fact=fact, options=options):
            held = dialect.identifier(fact.name)
            every = mask(fact.values, fact.values)
            among = mask(options, fact.values)
            if quantifier == "any":
                return f"({held} & CAST({among} AS BIGINT) <> 0)"
            return f"({held} & CAST({every & ~among} AS BIGINT) = 0)"
        case Comparison(operator=operator, left=left, right=right):
            return _compared("<>" if operator == "!=" else operator, left, right, dialect)
        case Membership(item=item, options=options):
            if type_of(item) == "text" and isinstance(item, FactOf):
                return f"({sql(item)} IN ({', '.join(map(sql, options))}))"
            # One comparison each: an IN list may be rewritten for plain columns only.
            return _joined("OR", [_compared("=", item, option, dialect) for option in options])
        case Negation(operand=operand):
            return f"(NOT {sql(operand)})"
        case Junction(operator=operator, operands=operands):
            return _joined(operator.upper(), list(map(sql, operands)))
        case AtLeast(count=count, operands=operands):
            parts = list(map(sql, operands))
            true, false = (
                _joined("+", [f"CASE WHEN {part} IS {word} THEN 1 ELSE 0 END" for part in parts])
                for word in ("TRUE", "FALSE")
            )
            most = len(parts) - count
            return f"(CASE WHEN {true} >= {count} THEN TRUE WHEN {false} > {most} THEN FALSE END)"
        case _:
            raise AssertionError(f"{node} is no checked condition")


def _joined(word: str, parts: Sequence[str]) -> str:
    return "(" + f" {word} ".join(parts) + ")"


def _compared(sign: str, left: TreeNode, right: TreeNode, dialect: Dialect) -> str:
    if type_of(left) in {"text", "yes-no"}:
        return f"({_sql(left, dialect)} {sign} {_sql(right, dialect)})"
    sides = _plain(left, dialect), _plain(right, dialect)
    if sides[0] is None or sides[1] is None:
        held = alike([left, right])
        wholes = _SqlWholes(dialect, held.widest >= _WIDE)
        sides = wholes.within(left, held.parts), wholes.within(right, held.parts)
    return f"({sides[0]} {sign} {sides[1]})"


def _plain(node: TreeNode, dialect: Dialect) -> str | None:
    """A fact as it stands in its column, or a constant beside it, if the two compare exactly."""
    match node:
        case FactOf(name=name):
            return dialect.identifier(name)
        case Constant(value=date() as day):
            return f"DATE '{day.isoformat()}'"
        case Constant(value=Fraction() as value) if has_a_double(value):
            return dialect.number(float(value))
        case _:
            return None


_WIDE = 2**62


class _SqlWholes:
    """Numbers as whole numbers of parts, of 64 bits or, if `wide`, of 38 digits."""

    def __init__(self, dialect: Dialect, wide: bool) -> None:
        self.dialect, self.kind = dialect, dialect.wide if wide else "BIGINT"

    def within(self, node: TreeNode, parts: int) -> str:
        """A number in parts of one, which its own parts divide."""
        found, own = self.of(node), scale_of(node).parts
        return found if own == parts else f"({found} * {self._whole(parts // own)})"

    def alike(self, nodes: Sequence[TreeNode]) -> list[str]:
        """Several numbers, counted in the same parts."""
        parts = alike(list(nodes)).parts
        return [self.within(node, parts) for node in nodes]

    def of(self, node: TreeNode) -> str:
        """A number in its own parts, as `scale_of` says."""
        dialect = self.dialect
        match node:
            case FactOf(type="date", name=name):
                return f"CAST({dialect.days(dialect.identifier(name))} AS {self.kind})"
            case Count(fact=FactOf(name=name)):
                return f"CAST(bit_count({dialect.identifier(name)}) AS {self.kind})"
            case FactOf(name=name, greatest=greatest):
                return dialect.millionths(dialect.identifier(name), greatest, self.kind)
            case Constant(value=date() as day):
                return self._whole(days_of(day))
            case Constant(value=Fraction() as value):
                return self._whole(value.numerator)
            case Elapsed(unit=unit, first=first, last=last):
                count = dialect.years if unit == "year" else dialect.months
                return f"CAST({count(self._date(first), self._date(last))} AS {self.kind})"
            case Moved(day=day, months=months):
                moved = dialect.days(dialect.moved(self._date(day), months))
                return f"CAST({self._within_calendar(node, moved)} AS {self.kind})"
            case AsOf(on=on, steps=steps):
                values = self.alike([value for _, value in steps])
                now, parts = self.of(on), scale_of(on).parts
                whens = "".join(
                    f" WHEN {now} >= {self._whole(start * parts)} THEN {value}"
                    for (start, _), value in reversed(list(zip(steps, values, strict=True)))
                )
                return f"(CASE{whens} END)"
            case Extreme(operator=operator, operands=operands):
                sides = self.alike(operands)
                word = "GREATEST" if operator == "max" else "LEAST"
                return self._if_known(node, sides, f"{word}({', '.join(sides)})")
            case Arithmetic():
                return self._arithmetic(node)
            case _:
                raise AssertionError(f"{node} is no number")

    def _arithmetic(self, node: Arithmetic) -> str:
        if node.operator == "*":
            return f"({self.of(node.left)} * {self.of(node.right)})"
        if node.operator == "/":
            by = divisor(node.right)
            factor = by.denominator if by > 0 else -by.denominator
            return f"({self.of(node.left)} * {self._whole(factor)})"
        left, right = self.alike([node.left, node.right])
        return f"({left} {node.operator} {right})"

    def _date(self, node: TreeNode) -> str:
        """A date of the engine, within the years 1 to 9999; part of a day is the day."""
        if isinstance(node, FactOf):
            return self.dialect.identifier(node.name)
        days, scale = self.of(node), scale_of(node)
        if scale.parts > 1:
            # Division rounds towards zero: added to above zero, that is down.
            up = -(-scale.greatest // scale.parts)
            above = f"({days} + {self._whole(up * scale.parts)})"
            days = f"({self.dialect.divided(above, self._whole(scale.parts))} - {self._whole(up)})"
        return self.dialect.day(self._within_calendar(node, days))

    def _within_calendar(self, node: TreeNode, days: str) -> str:
        within = f"LEAST(GREATEST({days}, {FIRST_DAY}), {LAST_DAY})"
        return self._if_known(node, [days], within)

    def _if_known(self, node: TreeNode, parts: Sequence[str], found: str) -> str:
        """What LEAST or GREATEST give, which ignore NULL; NULL where the node is unknown."""
        below = list(walk(node))
        if not any(isinstance(each, AsOf) for each in below):
            # Facts are short, and conditions may be nested.
            parts = [self.dialect.identifier(each.name) for each in below
                     if isinstance(each, FactOf)]  # fmt: skip
        known = " AND ".join(f"{part} IS NOT NULL" for part in dict.fromkeys(parts))
        return f"(CASE WHEN {known} THEN {found} END)" if known else found

    def _whole(self, number: int) -> str:
        return f"CAST({number} AS {self.kind})"
