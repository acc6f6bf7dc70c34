"""Files of people: how many came on which date, or have served how many days, by their facts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from pathlib import Path
from typing import Generic, TypeVar

from sojourn.study.fact_types import fact_text
from sojourn.study.files.suggest import did_you_mean
from sojourn.study.files.text_positions import Position
from sojourn.study.files.yaml import Node, shorten
from sojourn.study.model.facts import FactValue
from sojourn.study.units import WordsError, read_date
from sojourn.study.words.file_tables import Sheet, open_sheet
from sojourn.study.words.reader import Reader
from sojourn.study.words.table_cells import date_words

K = TypeVar("K", date, int)
"""What people are counted by: their date, or the days that they have served."""

PEOPLE = "people"
MOST_PEOPLE = 10_000_000
"""In one row: more is a misprint."""


@dataclass(frozen=True, slots=True)
class PeopleFile(Generic[K]):
    """The rows of a file, added up."""

    shown: str
    """The file's name in messages."""
    facts: tuple[str, ...]
    """The columns that are facts."""
    keyed: bool
    """Whether a column says the date or the days served."""
    people: dict[tuple[FactValue, ...], dict[K, int]]
    """Values of these facts -> date or days served, rising -> people, above 0."""
    lines: dict[tuple[FactValue, ...], int]
    """The first line of each."""
    last: dict[tuple[FactValue, ...], int]
    """The line of the latest date, or the most days served, of each."""

    @property
    def total(self) -> int:
        """People of the whole file."""
        return sum(sum(counts.values()) for counts in self.people.values())

    def refuse(self, reader: Reader, path: str, line: int, what: str, fix: str) -> None:
        """Remember a problem of a line."""
        reader.refuse(Position(self.shown, line, 1), path, what, fix)


def read_arrivals(
    reader: Reader, node: Node, path: str, folder: Path, outside: str
) -> PeopleFile[date] | None:
    """A file of dates; those outside the period are refused, or left out with `ignore`."""
    lost: list[tuple[int, date, int]] = []
    first, end = reader.shared.start, reader.shared.end

    def kept(line: int, day: date, people: int) -> bool:
        if first <= day < end:
            return True
        lost.append((line, day, people))
        return False

    found = _read(reader, node, path, folder, "date", _read_day, kept)
    if found is None or not lost or outside == "ignore":
        return found
    line, day, _ = lost[0]
    people = sum(each for _, _, each in lost)
    found.refuse(
        reader,
        path,
        line,
        f"{people:,} people of {len(lost):,} {'row' if len(lost) == 1 else 'rows'} come outside "
        f"the study's period, the first of them on {day}",
        f"write dates from {first} to before {end}, or `outside: ignore`",
    )
    return None


def read_served(reader: Reader, node: Node, path: str, folder: Path) -> PeopleFile[int] | None:
    """A file of days served; without that column all are under 0."""
    return _read(reader, node, path, folder, "served", _read_days, lambda *_: True, 0)


def _read_day(sheet: Sheet, text: str) -> date:
    return read_date(date_words(text))


def _read_days(sheet: Sheet, text: str) -> int:
    days = sheet.whole(text, "a number of days served")
    if days > 120 * 366:
        what = f"`{shorten(text)}` is not a number of days served"
        raise WordsError(what, "write whole days since they came, from 0, as `180`")
    return days


def _read(
    reader: Reader,
    node: Node,
    path: str,
    folder: Path,
    key: str,
    read: Callable[[Sheet, str], K],
    kept: Callable[[int, K, int], bool],
    absent: K | None = None,
) -> PeopleFile[K] | None:
    """`absent`: what people are counted under if no column says it; None: it is needed."""
    before = len(reader.problems)
    header = f"write a header, as `{key},{PEOPLE}`"
    sheet = open_sheet(reader, node, path, folder, header, (key, PEOPLE))
    if sheet is None or not _header(reader, path, sheet, key, needed=absent is None):
        return None
    facts = tuple(name for name in sheet.header if name not in (key, PEOPLE))
    counts: dict[tuple[FactValue, ...], dict[K, int]] = {}
    lines: dict[tuple[FactValue, ...], int] = {}
    last: dict[tuple[FactValue, ...], tuple[K, int]] = {}
    # A file of many people says the same words again and again: they are read once.
    at_of, people_of = cache(partial(read, sheet)), cache(partial(_read_people, sheet))
    columns = [sheet.header.index(name) for name in facts]
    values_of: dict[tuple[str, ...], tuple[FactValue, ...]] = {}
    for line, cells in sheet.rows:
        row = _PeopleLine(reader, path, sheet, line, cells)
        at = row.take(key, at_of) if key in sheet.header else absent
        people = row.take(PEOPLE, people_of) if PEOPLE in sheet.header else 1
        words = tuple([cells[number] for number in columns])
        values = values_of.get(words)
        if values is None:
            problems = len(reader.problems)
            values = tuple(row.fact(number) for number in columns)
            if len(reader.problems) == problems:
                values_of[words] = values
        if at is None or people is None or not kept(line, at, people) or people == 0:
            continue
        lines.setdefault(values, line)
        held = counts.setdefault(values, {})
        held[at] = held.get(at, 0) + people
        if values not in last or at > last[values][0]:
            last[values] = at, line
    if len(reader.problems) != before:
        return None
    rising = {values: dict(sorted(held.items())) for values, held in counts.items()}
    ends = {values: line for values, (_, line) in last.items()}
    return PeopleFile(sheet.shown, facts, key in sheet.header, rising, lines, ends)


def _header(reader: Reader, path: str, sheet: Sheet, key: str, *, needed: bool) -> bool:
    """Whether the columns are known, and those needed there."""
    before = len(reader.problems)
    at = Position(sheet.shown, 1, 1)
    for n, name in enumerate(sheet.header):
        if name in sheet.header[:n]:
            reader.refuse(at, path, f"the column `{name}` is there twice", "remove one of them")
        elif name not in (key, PEOPLE) and name not in reader.facts:
            reader.refuse(
                at,
                path,
                f"the column `{shorten(name)}` is not `{key}`, `{PEOPLE}` or a declared fact",
                did_you_mean(name, (key, PEOPLE, *reader.facts)),
            )
    if needed and key not in sheet.header and len(reader.problems) == before:
        reader.refuse(at, path, f"no column `{key}` is there", f"add it, as `{key},{PEOPLE}`")
    return len(reader.problems) == before


@dataclass(frozen=True, slots=True)
class _PeopleLine:
    """One line of a file."""

    reader: Reader
    path: str
    sheet: Sheet
    line: int
    cells: tuple[str, ...]

    def take(self, column: str, read: Callable[[str], K]) -> K | None:
        """What `read` makes of a column's cell, or None with a problem."""
        number = self.sheet.header.index(column)
        try:
            return read(self.cells[number].strip())
        except WordsError as error:
            at = self.sheet.place(self.line, self.cells, number)
            self.reader.refuse(at, self.path, error.what, error.fix)
            return None

    def fact(self, number: int) -> FactValue:
        """The value of the fact in the column of this number; an empty cell is unknown."""
        return self.sheet.fact(self.reader, self.path, self.line, self.cells, number)


def _read_people(sheet: Sheet, text: str) -> int:
    people = sheet.whole(text, "a number of people")
    if people > MOST_PEOPLE:
        raise WordsError(f"`{shorten(text)}` people in one row", f"write at most {MOST_PEOPLE:,}")
    return people


def values_in_words(facts: tuple[str, ...], values: tuple[FactValue, ...]) -> str:
    """`citizenship home, convicted yes`."""
    return ", ".join(f"{f} {fact_text(v)}" for f, v in zip(facts, values, strict=True))
