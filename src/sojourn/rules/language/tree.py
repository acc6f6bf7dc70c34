"""The typed tree of a condition: the one meaning that every evaluator follows.

Truth is Kleene's: true, false, or unknown if a deciding fact is undocumented. `parse` makes trees
with `Name`s; `check` replaces each name by a typed `FactOf`, a `Constant`, or the condition named
by a term. Evaluators take checked trees only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Literal, TypeAlias

from sojourn.errors import Problem
from sojourn.study.fact_numbers import GREATEST
from sojourn.study.fact_types import FactTypeName
from sojourn.study.files.text_positions import Break

Type: TypeAlias = FactTypeName
"""A condition is itself of type yes-no. Durations are days."""

Comparator = Literal["=", "!=", "<", "<=", ">", ">="]

EPOCH = date(1970, 1, 1).toordinal()
"""Dates are compared as days since 1970-01-01."""
FIRST_DAY, LAST_DAY = date.min.toordinal() - EPOCH, date.max.toordinal() - EPOCH
"""Of the years 1 to 9999."""


@dataclass(frozen=True, slots=True)
class Name:
    """A word as written: a fact, a term or a parameter; `at` is its offset in the text."""

    name: str
    at: int


@dataclass(frozen=True, slots=True)
class FactOf:
    """The value of a declared fact, or unknown."""

    name: str
    type: Type
    unit: str
    at: int
    greatest: int = GREATEST
    """The greatest magnitude of a number or duration, by its declaration."""
    values: tuple[str, ...] = ()
    """The values that may be members of a set."""


@dataclass(frozen=True, slots=True)
class Constant:
    """A value written in the condition; `unit` as written until checked. Numbers are exact."""

    value: str | Fraction | bool | date
    type: Type
    unit: str
    at: int
    months: Fraction | None = None
    """The calendar months of a duration that was written in months or years."""


@dataclass(frozen=True, slots=True)
class Known:
    """Whether the operand has a value; never unknown itself."""

    operand: TreeNode
    at: int


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """A sum, difference, product, or a division by a constant; unknown if either side is."""

    operator: Literal["+", "-", "*", "/"]
    left: TreeNode
    right: TreeNode
    at: int
    type: Type = "number"
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Each:
    """`any(x)` or `all(x)` of a set, before it is checked: each member is to be compared."""

    quantifier: Literal["any", "all"]
    operand: TreeNode
    at: int


@dataclass(frozen=True, slots=True)
class OfMembers:
    """Whether any member of a set, or all of them, are among the options; unknown if the set is.

    Of a set without members, any is false and all is true.
    """

    quantifier: Literal["any", "all"]
    fact: FactOf
    options: tuple[str, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Count:
    """How many members a set has; unknown if the set is."""

    fact: TreeNode
    at: int
    type: Type = "number"
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Extreme:
    """The greatest or the least of several values; unknown if any of them is."""

    operator: Literal["max", "min"]
    operands: tuple[TreeNode, ...]
    at: int
    type: Type = "number"
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Elapsed:
    """Full years or full calendar months from one date to another; unknown if either is.

    Years are counted by birthdays: the count grows on the month and day of `first`. For 29
    February, the birthday in common years is 1 March. Months end on the day of the month of
    `first`, or on the last day of a shorter month: the count is the greatest for which `first`
    moved by so many months is not after `last`. The count is negative if `last` comes before
    `first`, and is rounded down then too. Days outside the years 1 to 9999 count as the first or
    last day of this range; part of a day counts as the day.
    """

    unit: Literal["year", "month"]
    first: TreeNode
    last: TreeNode
    at: int
    age: bool = False
    """Written `age(…)`: `first` is a birth, whatever its name."""
    type: Type = "number"


@dataclass(frozen=True, slots=True)
class Moved:
    """A date so many calendar months later, or earlier if negative; unknown if the date is.

    It has the same day of the month, or the last day of a shorter month. Days outside the years 1
    to 9999 are the first or last day of this range, before and after; part of a day is the day.
    """

    day: TreeNode
    months: int
    at: int
    type: Type = "date"
    unit: str = ""


@dataclass(frozen=True, slots=True)
class AsOf:
    """A value that changes on dates, as of the date `on`.

    `steps` are days since 1970-01-01, rising, each with the value from then on; unknown before
    the first, and where `on` is.
    """

    on: TreeNode
    steps: tuple[tuple[int, Constant], ...]
    type: Type
    unit: str
    at: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two values compared; unknown if either is."""

    operator: Comparator
    left: TreeNode
    right: TreeNode
    at: int


@dataclass(frozen=True, slots=True)
class Membership:
    """Whether the item equals one of the options: the disjunction of those equalities."""

    item: TreeNode
    options: tuple[TreeNode, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Negation:
    """True for false, false for true, unknown for unknown."""

    operand: TreeNode
    at: int


@dataclass(frozen=True, slots=True)
class Junction:
    """All (`and`) or any (`or`) of the operands, in three values."""

    operator: Literal["and", "or"]
    operands: tuple[TreeNode, ...]
    at: int


@dataclass(frozen=True, slots=True)
class AtLeast:
    """At least so many of the operands: unknown if those that are unknown decide."""

    count: int
    operands: tuple[TreeNode, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Passage:
    """A condition with a text and a place of its own, one of a group, before it is checked."""

    expression: Expression
    at: int = 0


TreeNode: TypeAlias = (
    Name
    | Passage
    | FactOf
    | Constant
    | Known
    | Arithmetic
    | Each
    | OfMembers
    | Count
    | Extreme
    | Elapsed
    | Moved
    | AsOf
    | Comparison
    | Membership
    | Negation
    | Junction
    | AtLeast
)


@dataclass(frozen=True, slots=True)
class Expression:
    """A tree with the text it was read from, and where that text stands."""

    root: TreeNode
    text: str
    file: str = ""
    line: int = 0
    column: int = 0
    path: str = ""
    breaks: tuple[Break, ...] = ()
    """The places of parts of the text, if the file writes it differently."""

    def problem(self, what: str, fix: str = "", at: int = 0) -> Problem:
        """A problem at an offset of this text."""
        return locate(
            self.text, what, fix, at, file=self.file, line=self.line, column=self.column,
            path=self.path, breaks=self.breaks,
        )  # fmt: skip


def locate(
    text: str,
    what: str,
    fix: str,
    at: int,
    *,
    file: str = "",
    line: int = 0,
    column: int = 0,
    path: str = "",
    breaks: tuple[Break, ...] = (),
) -> Problem:
    """Make a problem that shows the line with a caret under offset `at`, then the fix."""
    at = max(0, min(at, len(text)))
    first = text.rfind("\n", 0, at) + 1
    last = text.find("\n", at)
    last = len(text) if last < 0 else last
    # A window of the line, so that a very long one stays readable.
    begin, end = max(first, at - 60), min(last, at + 40)
    head = "…" if begin > first else ""
    tail = "…" if end < last else ""
    # Invisible characters are replaced, so that the caret is right and control codes do nothing.
    seen = (c if c.isprintable() else " " if c.isspace() else "�" for c in text[begin:end])
    excerpt = head + "".join(seen) + tail
    caret = " " * (len(head) + at - begin) + "^"
    row = text.count("\n", 0, at)
    # The column is known for the first line only; the indent of later lines is unknown.
    place = (line + row if line else 0, column + at if column and not row else 0)
    for part in breaks:
        if part.offset <= at:
            place = (part.line, part.column + at - part.offset)
    return Problem(
        what,
        "\n    ".join(part for part in (excerpt, caret, fix) if part),
        file=file,
        line=place[0],
        column=place[1],
        path=path,
    )


def type_of(node: TreeNode) -> Type:
    """The type of a checked node; one that has none of its own is a condition."""
    found: Type = getattr(node, "type", "yes-no")
    return found


def children(node: TreeNode) -> tuple[TreeNode, ...]:
    """The nodes directly below."""
    return () if isinstance(node, _LEAVES) else _below(node)


_LEAVES = (Name, FactOf, Constant)


def _below(node: TreeNode) -> tuple[TreeNode, ...]:
    match node:
        case Known(operand=operand) | Negation(operand=operand) | Each(operand=operand):
            return (operand,)
        case Arithmetic(left=left, right=right) | Comparison(left=left, right=right):
            return (left, right)
        case Passage(expression=expression):
            return (expression.root,)
        case Elapsed(first=first, last=last):
            return (first, last)
        case Moved(day=day):
            return (day,)
        case OfMembers(fact=fact) | Count(fact=fact):
            return (fact,)
        case AsOf(on=on, steps=steps):
            return (on, *(value for _, value in steps))
        case Membership(item=item, options=options):
            return (item, *options)
        case Junction(operands=operands) | AtLeast(operands=operands) | Extreme(operands=operands):
            return operands
        case _:
            return ()


def walk(node: TreeNode) -> Iterator[TreeNode]:
    """Every node, parents first, left to right."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(children(node)))


def births_of(expression: Expression) -> tuple[str, ...]:
    """Names of the facts from which a checked expression computes an age."""
    ages = (node.first for node in walk(expression.root) if isinstance(node, Elapsed) and node.age)
    found = (part.name for first in ages for part in walk(first) if isinstance(part, FactOf))
    return tuple(dict.fromkeys(found))


def facts_of(expression: Expression) -> tuple[str, ...]:
    """Names of the facts that a checked expression reads, each once, in order."""
    found = (node.name for node in walk(expression.root) if isinstance(node, FactOf))
    return tuple(dict.fromkeys(found))
