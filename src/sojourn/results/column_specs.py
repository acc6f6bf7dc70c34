"""What is said of a table and of a column, and the columns that many tables share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ColumnKind = Literal["text", "int32", "int64", "double", "date"]


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """One column: its name, type, meaning, and whether it may be empty."""

    name: str
    kind: ColumnKind
    about: str
    nullable: bool = False
    mean: bool = False
    """Whole people or days; an expected run holds their mean, as a double."""


@dataclass(frozen=True, slots=True)
class TableSpec:
    """One table of a run folder; `per_history` tables are written history by history."""

    name: str
    about: str
    columns: tuple[ColumnSpec, ...]
    per_history: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(column.name for column in self.columns)


def text(name: str, about: str, *, nullable: bool = False) -> ColumnSpec:
    """A column of texts."""
    return ColumnSpec(name, "text", about, nullable)


def count(name: str, about: str) -> ColumnSpec:
    """A column of whole numbers, in every run."""
    return ColumnSpec(name, "int64", about)


def mean(name: str, about: str) -> ColumnSpec:
    """A column of whole numbers; of their means in an expected run."""
    return ColumnSpec(name, "int64", about, mean=True)


def number(name: str, about: str, *, nullable: bool = False) -> ColumnSpec:
    """A column of numbers."""
    return ColumnSpec(name, "double", about, nullable)


SCENARIO = text("scenario", "Name of the scenario.")
HISTORY = (
    SCENARIO,
    ColumnSpec("draw", "int32", "Which value of every uncertain parameter; counts from 0."),
    ColumnSpec("replicate", "int32", "Which random history under that draw; counts from 0."),
)
PERIOD = ColumnSpec("period", "date", "First day of the reporting period.")
SEGMENT = (
    ColumnSpec("segment", "date", "First day of the segment."),
    ColumnSpec("days", "int64", "Its days."),
)
GROUP = text("group", "Reporting group.")
