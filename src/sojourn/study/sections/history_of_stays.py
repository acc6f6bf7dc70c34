"""An account of the history from a file of stays: who entered and left when, counted by period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from sojourn.arrays import Ints
from sojourn.study.files.suggest import did_you_mean
from sojourn.study.files.text_positions import Position
from sojourn.study.files.yaml import Node
from sojourn.study.identifying_facts import identifying
from sojourn.study.model.history import CountKind
from sojourn.study.sections.history_groups import AccountRows, Group
from sojourn.study.units import WordsError, read_date
from sojourn.study.words.file_tables import Sheet, column_of, open_sheet
from sojourn.study.words.periods import MONTHS, Calendar, PeriodStep
from sojourn.study.words.reader import Reader
from sojourn.study.words.table_cells import date_words

Counts = dict[CountKind, tuple[float | None, ...]]

FAR = date.max.toordinal()
"""The day on which those leave who are still there."""


@dataclass(frozen=True, slots=True)
class CountedPeriods:
    """What was counted, by period and group."""

    calendar: Calendar
    ends: tuple[date, ...]
    groups: tuple[Group, ...]
    counts: tuple[Counts, ...]
    """By group."""


def read_stays(
    reader: Reader, node: Node, path: str, where: Mapping[str, str], by: Sequence[str]
) -> CountedPeriods | None:
    """The counts of a file of stays, or None with a problem.

    A row is a stay: the day of entering, and that of leaving, empty if the person is still there.
    Only the days from `from` to before `to` are counted: who entered earlier is in the stock of the
    first day, and who leaves later in that of the last.
    """
    before = len(reader.problems)
    fields = reader.fields(node, path, "history of stays")
    entered, left = fields.text("entered"), fields.text("left")
    step: PeriodStep = fields.choice("step", tuple(MONTHS)) or "month"
    start, end = fields.date("from"), fields.date("to")
    fields.dates_in_order()
    header = f"write a header, as `{entered},{left}`"
    named = (*where, *by, *(name for name in (entered, left) if name is not None))
    sheet = fields.get(
        "file", lambda n, p: open_sheet(reader, n, p, reader.shared.folder, header, named)
    )
    if len(reader.problems) != before or sheet is None or start is None or end is None:
        return None
    assert entered is not None and left is not None
    calendar = Calendar(step, MONTHS[step] - 1)
    for key, day in (("from", start), ("to", end)):
        if not _first_day(calendar, day):
            fields.refuse(key, f"{day} is not the first day of a {step}", "count whole periods")
            return None
    names = (entered, left, *where, *by)
    place = _places(reader, path, sheet, names)
    if place is None:
        return None
    rows: dict[Group, list[tuple[int, int]]] = {}
    account = AccountRows(reader, path, sheet, where, by)
    for line, cells in sheet.rows:
        group = account.group(line, cells)
        if group is None:
            continue
        came = _day(reader, path, sheet, line, cells, place[entered])
        gone = _day(reader, path, sheet, line, cells, place[left], empty=FAR)
        if came is None or gone is None:
            continue
        if gone < came:
            at = sheet.place(line, cells, place[left])
            reader.refuse(at, path, "the person leaves before they enter", "mend the row")
        rows.setdefault(group, []).append((came, gone))
    if len(reader.problems) != before:
        return None
    if not rows:
        reader.refuse(Position(sheet.shown, 1, 1), path, "no row is left", "check `where`")
        return None
    ends = _ends(calendar, start, end)
    counted = tuple(counts_of(np.array(stays), start, ends) for stays in rows.values())
    return CountedPeriods(calendar, ends, tuple(rows), counted)


def counts_of(stays: Ints, start: date, ends: Sequence[date]) -> Counts:
    """Counts by period of stays [row, (entered, left)], days as ordinals.

    A person is there at the end of each day from that of entering to the day before they leave.
    """
    came, gone = np.sort(stays[:, 0]), np.sort(stays[:, 1])
    days = np.arange(start.toordinal(), ends[-1].toordinal() + 1)
    there = np.searchsorted(came, days, "right") - np.searchsorted(gone, days, "right")
    lasts = np.array([end.toordinal() for end in ends])
    firsts = np.concatenate(([days[0]], lasts[:-1] + 1))
    places = lasts - days[0]
    served: list[float | None] = []
    for first, last in zip(firsts, lasts, strict=True):
        out = (stays[:, 1] >= first) & (stays[:, 1] <= last)
        served.append(float((stays[out, 1] - stays[out, 0]).mean()) if out.any() else None)
    sums = np.add.reduceat(there, firsts - days[0])
    return {
        "stock": tuple(there[places].astype(float).tolist()),
        "admissions": _between(came, firsts, lasts),
        "releases": _between(gone, firsts, lasts),
        "average": tuple((sums / (lasts - firsts + 1)).tolist()),
        "time served": tuple(served),
    }


def _between(days: Ints, firsts: Ints, lasts: Ints) -> tuple[float, ...]:
    """How many of the sorted days lie in each period."""
    found = np.searchsorted(days, lasts, "right") - np.searchsorted(days, firsts, "left")
    return tuple(found.astype(float).tolist())


def _first_day(calendar: Calendar, day: date) -> bool:
    before = day - timedelta(days=1)
    return calendar.last_day(calendar.holding(before)) == before


def _ends(calendar: Calendar, start: date, end: date) -> tuple[date, ...]:
    first, last = calendar.holding(start), calendar.holding(end - timedelta(days=1))
    return tuple(calendar.last_day(number) for number in range(first, last + 1))


def _places(reader: Reader, path: str, sheet: Sheet, names: Sequence[str]) -> dict[str, int] | None:
    """Where each column stands; None with a problem."""
    before = len(reader.problems)
    for name in names:
        if name not in sheet.header:
            fix = did_you_mean(name, sheet.header, "column")
            reader.refuse(Position(sheet.shown, 1, 1), path, f"there is no column `{name}`", fix)
    for number, name in enumerate(sheet.header):
        if identifying(name) and name not in reader.facts:
            what = f"the column `{name}` would identify people; studies hold de-identified ones"
            at = Position(sheet.shown, 1, column_of(sheet.header, number))
            reader.refuse(at, path, what, "remove the column from the file")
    if len(reader.problems) != before:
        return None
    return {name: sheet.header.index(name) for name in names}


def _day(
    reader: Reader,
    path: str,
    sheet: Sheet,
    line: int,
    cells: tuple[str, ...],
    number: int,
    empty: int | None = None,
) -> int | None:
    """The day in a cell as an ordinal, or `empty`; None with a problem."""
    text = cells[number].strip()
    if not text and empty is not None:
        return empty
    try:
        return read_date(date_words(text)).toordinal()
    except WordsError as error:
        reader.refuse(sheet.place(line, cells, number), path, error.what, error.fix)
        return None
