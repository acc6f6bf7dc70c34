"""Tables of a cohort model: who leaves a compartment for where after how many steps, and who comes.

Cohort tools move people between compartments in steps. People who enter a compartment together are
a cohort; a table says which share of it leaves for which compartment after how many steps.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from sojourn.errors import Problem, SojournError
from sojourn.study.files.suggest import did_you_mean
from sojourn.study.units import WordsError
from sojourn.study.words.file_tables import Sheet, column_of, read_sheet

Group = tuple[str, ...]
AppliesTo = Literal["new", "all"]

FROM, TO, STEPS, WEIGHT = "compartment", "outflow_to", "compartment_duration", "total_population"
STEP, PEOPLE = "time_step", "cohort_population"
TO_GROUP, SINCE, APPLIES = "to_group", "from_step", "applies_to"
_NAME: Final = re.compile(r"[^\W_][\w .&/+-]*")
MOST_STEPS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Outflow:
    """Where people go: a compartment, and a group if it changes."""

    to: str
    group: Group | None = None


@dataclass(frozen=True, slots=True)
class CohortLaw:
    """How a cohort leaves its compartment, from a step on."""

    since: int
    """The first step; 0 of what holds from the beginning."""
    applies_to: AppliesTo
    """To cohorts that enter from then on, or to all who are there."""
    weights: dict[Outflow, dict[int, float]] = field(default_factory=dict)
    """By outflow: steps -> weight, which is a share of the sum of all."""


@dataclass(frozen=True, slots=True)
class CohortModel:
    """A whole model, as its tables have it."""

    groups_by: tuple[str, ...]
    """Columns that tell groups apart."""
    laws: dict[tuple[str, Group], list[CohortLaw]]
    """By compartment and group, in order of step."""
    admissions: dict[tuple[str, Group], dict[int, float]]
    """By compartment and group: step -> people who come."""

    @property
    def groups(self) -> tuple[Group, ...]:
        """All groups, in order of appearance."""
        moved = (
            outflow.group
            for laws in self.laws.values()
            for law in laws
            for outflow in law.weights
            if outflow.group is not None
        )
        named = (group for _, group in (*self.laws, *self.admissions))
        return tuple(dict.fromkeys((*named, *moved)))

    @property
    def compartments(self) -> tuple[str, ...]:
        """All compartments, in order of appearance."""
        sources = [name for name, _ in (*self.laws, *self.admissions)]
        targets = [o.to for laws in self.laws.values() for law in laws for o in law.weights]
        return tuple(dict.fromkeys((*sources, *targets)))

    @property
    def last_step(self) -> int:
        """The last step on which people come."""
        return max(max(steps) for steps in self.admissions.values())


def read_cohort_model(transitions: Path, admissions: Path) -> CohortModel:
    """The model in two CSV or Parquet files.

    Raises SojournError with every place that cannot be used.
    """
    outflows, entries = (
        _CohortTable(transitions, (FROM, TO, STEPS, WEIGHT)),
        _CohortTable(admissions, (FROM, STEP, PEOPLE)),
    )
    known = {FROM, TO, STEPS, WEIGHT, TO_GROUP, SINCE, APPLIES}
    groups_by = tuple(name for name in outflows.sheet.header if name not in known)
    entries.need(groups_by)
    laws = _laws(outflows, groups_by)
    came: dict[tuple[str, Group], dict[int, float]] = {}
    for row in entries.rows():
        key = (row.name(FROM), tuple(row.name(column) for column in groups_by))
        step, people = row.whole(STEP), row.number(PEOPLE)
        steps = came.setdefault(key, {})
        steps[step] = steps.get(step, 0.0) + people
    problems = [*outflows.problems, *entries.problems]
    if not problems:
        problems += _unknown_ways(outflows, entries, laws, came)
    if problems:
        raise SojournError(*problems)
    return CohortModel(groups_by, laws, came)


def _laws(
    table: _CohortTable, groups_by: tuple[str, ...]
) -> dict[tuple[str, Group], list[CohortLaw]]:
    found: dict[tuple[str, Group], dict[int, CohortLaw]] = {}
    for row in table.rows():
        key = (row.name(FROM), tuple(row.name(column) for column in groups_by))
        since = row.whole(SINCE) if row.given(SINCE) else 0
        applies: AppliesTo = "all" if row.choice(APPLIES, ("new", "all"), "new") == "all" else "new"
        law = found.setdefault(key, {}).setdefault(since, CohortLaw(since, applies))
        if law.applies_to != applies:
            row.refuse(APPLIES, "one policy applies to new people and to all", "make it one")
        group = tuple(row.words(TO_GROUP).split("|")) if row.given(TO_GROUP) else None
        if group is not None and len(group) != len(groups_by):
            what = f"`{row.words(TO_GROUP)}` does not name a value for each of {groups_by}"
            row.refuse(TO_GROUP, what, "write the values in the order of the columns, with `|`")
        outflow = Outflow(row.name(TO), None if group == key[1] else group)
        steps = law.weights.setdefault(outflow, {})
        after = row.whole(STEPS)
        steps[after] = steps.get(after, 0.0) + row.number(WEIGHT)
    ordered = {key: [laws[since] for since in sorted(laws)] for key, laws in found.items()}
    for (name, group), laws in ordered.items():
        if laws and laws[0].since != 0 and not table.problems:
            what = f"nothing is said of `{name}` {', '.join(group)} before step {laws[0].since}"
            table.problems.append(Problem(what, "add rows without `from_step`", table.shown))
        for law in laws:
            if not table.problems and sum(sum(w.values()) for w in law.weights.values()) <= 0:
                what = f"nobody leaves `{name}` {', '.join(group)}: its populations are 0"
                table.problems.append(Problem(what, "remove its rows", table.shown))
    return ordered


def _unknown_ways(
    outflows: _CohortTable,
    entries: _CohortTable,
    laws: Mapping[tuple[str, Group], list[CohortLaw]],
    came: Mapping[tuple[str, Group], object],
) -> list[Problem]:
    """People who come to a compartment of which a law is known, but not for their group."""
    compartments = {name for name, _ in laws}
    groups = {group for _, group in laws}
    problems = []
    for name, group in came:
        if name in compartments and (name, group) not in laws:
            what = f"nothing is said of people of `{', '.join(group)}` who leave `{name}`"
            problems.append(Problem(what, f"add rows to {outflows.shown}", entries.shown))
    moved = {(o.to, o.group) for ls in laws.values() for law in ls for o in law.weights if o.group}
    for name, other in moved:
        if other not in groups or (name in compartments and (name, other) not in laws):
            what = f"nothing is said of people of `{', '.join(other)}` who leave `{name}`"
            problems.append(Problem(what, "add rows for them", outflows.shown))
    return problems


class _CohortTable:
    """A file whose rows are read one by one; what is wrong with them is remembered."""

    def __init__(self, file: Path, needed: tuple[str, ...]) -> None:
        self.sheet: Sheet = read_sheet(file)
        self.shown = self.sheet.shown
        self.problems: list[Problem] = []
        self.need(needed)

    def need(self, columns: tuple[str, ...]) -> None:
        """Raise SojournError for columns that are not there."""
        header = self.sheet.header
        missing = [name for name in columns if name not in header]
        if missing:
            raise SojournError(
                *(
                    Problem(f"there is no column `{name}`", did_you_mean(name, header), self.shown)
                    for name in missing
                )
            )

    def rows(self) -> list[_CohortRow]:
        """Every row."""
        return [_CohortRow(self, line, cells) for line, cells in self.sheet.rows]


@dataclass(frozen=True, slots=True)
class _CohortRow:
    table: _CohortTable
    line: int
    cells: tuple[str, ...]

    def given(self, column: str) -> bool:
        """Whether the column is there, and its cell is not empty."""
        return column in self.table.sheet.header and self.words(column) != ""

    def words(self, column: str) -> str:
        """The cell."""
        return self.cells[self.table.sheet.header.index(column)].strip()

    def name(self, column: str) -> str:
        """A name of a compartment or group."""
        words = self.words(column)
        if not _NAME.fullmatch(words):
            fix = "use letters, digits, spaces and _ . & / + -, with a letter or digit first"
            self.refuse(column, f"`{words}` cannot be a name", fix)
        return words

    def choice(self, column: str, choices: tuple[str, ...], usual: str) -> str:
        """One of a few words."""
        if not self.given(column):
            return usual
        words = self.words(column)
        if words not in choices:
            self.refuse(column, f"`{words}` is not known here", did_you_mean(words, choices))
        return words

    def whole(self, column: str) -> int:
        """A number of steps."""
        found = self._read(column, lambda text: self.table.sheet.whole(text, "a number of steps"))
        if found > MOST_STEPS:
            self.refuse(column, f"{found} steps are too many", f"write at most {MOST_STEPS:,}")
        return int(found)

    def number(self, column: str) -> float:
        """A number of people, or a share."""
        found = self._read(column, lambda text: float(self.table.sheet.number(text)))
        if not 0 <= found < float("inf"):
            self.refuse(column, f"`{self.words(column)}` is below 0", "write a number from 0")
        return found

    def _read(self, column: str, read: Callable[[str], float]) -> float:
        try:
            return read(self.words(column))
        except WordsError as error:
            self.refuse(column, error.what, error.fix)
        except ValueError:
            self.refuse(column, f"`{self.words(column)}` is not a number", "write a number from 0")
        return 0

    def refuse(self, column: str, what: str, fix: str) -> None:
        """Remember what is wrong with the cell."""
        number = self.table.sheet.header.index(column)
        at = column_of(self.cells, number)
        self.table.problems.append(Problem(what, fix, self.table.shown, self.line, at))
