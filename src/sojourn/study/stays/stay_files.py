"""Stays from a file of the study's folder: one for all, or one for each combination of facts."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from sojourn.study.fact_types import fact_text
from sojourn.study.files.suggest import did_you_mean
from sojourn.study.files.text_positions import Position
from sojourn.study.files.yaml import Node, shorten
from sojourn.study.identifying_facts import identifying
from sojourn.study.model.stays import Stay
from sojourn.study.model.values import Quantity
from sojourn.study.stays.by_fact import ANY, case_name
from sojourn.study.stays.points import MAKERS, Point, Points
from sojourn.study.units import DAYS, MOST_DAYS, MOST_WEIGHT, WordsError
from sojourn.study.words.file_tables import ENDINGS, Sheet, column_of, open_sheet
from sojourn.study.words.reader import Reader
from sojourn.study.words.table_cells import thousands_fault, whole_number

TIMES = {f"{unit}s": length for unit, length in DAYS.items()}
"""Names of columns of times, and the days of their unit."""
RATES = {f"rate per {unit}": unit for unit in DAYS}
WEIGHTS = ("weight", "people", "count")

COLUMNS: dict[str, tuple[tuple[str, ...], ...]] = {
    "table": (("days",), WEIGHTS),
    "quantiles": (("share",), tuple(TIMES)),
    "survival": (tuple(TIMES), ("remaining",)),
    "hazard": (tuple(TIMES), tuple(RATES)),
    "observed": (("days",), ("ended", "way out")),
}
"""By form: for each column that it needs, the names that this may have."""
OPTIONAL = {"observed": ("entered", *WEIGHTS)}
TOGETHER = COLUMNS["observed"][1]
"""Names of which both may be there; these two are words, all others numbers."""


class TableRow(NamedTuple):
    """A row of the file without its facts: where it stands, and its cells by column."""

    at: Position
    number: int
    cells: dict[str, str]


class Groups(NamedTuple):
    """The rows of a file by the values of its columns that are facts, in the file's order."""

    sheet: Sheet
    facts: tuple[str, ...]
    rows: dict[tuple[str, ...], list[TableRow]]


def is_file(node: Node) -> bool:
    """Whether the words are meant as the name of a table's file."""
    return node.text is not None and node.text.strip().endswith(ENDINGS)


def read_groups(reader: Reader, node: Node, path: str, form: str) -> Groups | None:
    """The rows that a form needs, by facts; None with a problem."""
    names = [" or ".join(f"`{name}`" for name in each) for each in COLUMNS[form]]
    header = f"write a header with {' and '.join(names)}"
    own = {name for each in (*COLUMNS[form], OPTIONAL.get(form, ())) for name in each}
    sheet = open_sheet(reader, node, path, reader.shared.folder, header, own)
    if sheet is None or not _check_header(reader, sheet, path, form):
        return None
    before = len(reader.problems)
    places = [n for n, name in enumerate(sheet.header) if name not in own]
    found: dict[tuple[str, ...], list[TableRow]] = {}
    for number, cells in sheet.rows:
        values: list[str] = []
        for n in places:
            if cells[n].strip() == ANY and form != "observed":
                values.append(ANY)
            else:
                values.append(fact_text(sheet.fact(reader, path, number, cells, n)))
        own_cells = {
            name: _own_words(reader, sheet, path, number, cells, n)
            for n, name in enumerate(sheet.header)
            if name in own
        }
        line = TableRow(Position(sheet.shown, number, 1), number, own_cells)
        found.setdefault(tuple(values), []).append(line)
    if not found:
        reader.refuse(Position(sheet.shown, 1, 1), path, "the table has no rows", "add some")
    facts = tuple(sheet.header[n] for n in places)
    return Groups(sheet, facts, found) if len(reader.problems) == before else None


def _own_words(
    reader: Reader, sheet: Sheet, path: str, line: int, cells: tuple[str, ...], n: int
) -> str:
    """The words of a cell, of a number with a decimal point."""
    text = cells[n].strip()
    try:
        return text if sheet.header[n] in TOGETHER else sheet.number(text)
    except WordsError as error:
        reader.refuse(sheet.place(line, cells, n), path, error.what, error.fix)
        return text


def _check_header(reader: Reader, sheet: Sheet, path: str, form: str) -> bool:
    before = len(reader.problems)
    needed, facts = COLUMNS[form], reader.facts
    known = tuple(name for each in (*needed, OPTIONAL.get(form, ())) for name in each)
    for n, name in enumerate(sheet.header):
        at = Position(sheet.shown, 1, column_of(sheet.header, n))
        if name in sheet.header[:n]:
            reader.refuse(at, path, f"the column `{name}` is there twice", "remove one of them")
        elif name in known:
            continue
        elif identifying(name) and name not in facts:
            what = f"the column `{name}` would identify people; studies hold de-identified ones"
            reader.refuse(at, path, what, "remove the column from the file")
        elif form in ("table", "observed") and name in TIMES:
            what = f"`{name}` is not a number of whole days, which `{form}` counts"
            fix = "write the column `days`" + (
                "; `survival` and `quantiles` take other units" if form == "table" else ""
            )
            reader.refuse(at, path, what, fix)
        elif name not in facts:
            what = f"the column `{shorten(name)}` is neither a declared fact nor one of `{form}`"
            reader.refuse(at, path, what, did_you_mean(name, (*known, *facts)))
    at = Position(sheet.shown, 1, 1)
    for each in needed:
        there = [name for name in each if name in sheet.header]
        if each == TOGETHER and there:
            continue
        if len(there) != 1 and len(reader.problems) == before:
            named = " or ".join(f"`{name}`" for name in each)
            what = "the columns " + " and ".join(f"`{name}`" for name in there) + " are both there"
            reader.refuse(
                at, path, what if there else f"no column {named} is there", "the file needs one"
            )
    weights = [name for name in WEIGHTS if name in sheet.header]
    if form == "observed" and len(weights) > 1:
        what = "the columns " + " and ".join(f"`{name}`" for name in weights) + " are both there"
        reader.refuse(at, path, what, "keep one of them")
    return len(reader.problems) == before


def cases(
    groups: Groups, path: str, make: Callable[[list[TableRow], str], dict[str, Any] | None]
) -> dict[str, Any] | None:
    """What `make` makes of the rows: one stay, or one for each combination of facts."""
    if not groups.facts:
        return make(groups.rows[()], path)
    found: dict[str, Stay] = {}
    for values, lines in groups.rows.items():
        name = case_name(values)
        made = make(lines, f"{path}.{name}")
        if made:
            found[name] = Stay.model_validate(made)
    return {"family": "by facts", "facts": groups.facts, "cases": found}


def from_file(
    reader: Reader, node: Node, path: str, form: str, rest: str | None
) -> tuple[dict[str, Any] | None, str]:
    """A stay by its points in a file, and a note of where it comes from."""
    groups = read_groups(reader, node, path, form)
    if groups is None:
        return None, ""

    def make(lines: list[TableRow], place: str) -> dict[str, Any] | None:
        before = len(reader.problems)
        read = [_point(reader, line, path, place, form) for line in lines]
        if form in ("table", "quantiles"):
            _told_apart(reader, lines, path, "days" if form == "table" else "share")
        if len(reader.problems) != before:
            return None
        points = [point for point in read if point is not None]
        made = MAKERS[form](Points(reader, lines[0].at, path, points, rest))
        return made if len(reader.problems) == before else None

    rows = len(groups.sheet.rows)
    return cases(groups, path, make), f"{rows} row{'s' * (rows != 1)} of {node.text}"


def _told_apart(reader: Reader, lines: list[TableRow], path: str, column: str) -> None:
    seen: dict[str, int] = {}
    for line in lines:
        text = line.cells[column]
        if text in seen:
            what = f"`{text}` in the column `{column}` repeats line {seen[text]}"
            fix = "join the rows, or distinguish them by the column of a fact"
            reader.refuse(line.at, path, what, fix)
        seen.setdefault(text, line.number)


def _point(reader: Reader, line: TableRow, path: str, place: str, form: str) -> Point | None:
    found: list[tuple[str, float]] = []
    for name in line.cells:
        if name == "days" and form == "table":
            value: float | None = whole_days(reader, line, path, name, "write it as `30`")
        else:
            value = number(reader, line, path, name)
        if value is None:
            return None
        found.append((name, value))
    time, own, name = 0.0, 0.0, ""
    for column, value in found:
        if column in TIMES:
            time = value * TIMES[column]
        else:
            own, name = value, column
    if form != "hazard":
        return Point(line.at, path, time, own)
    unit = f"share per {RATES[name]}"
    rate = Quantity(value=own, unit=unit, path=f"{place}.line {line.number}")
    return Point(line.at, path, time, own, rate)


def _most(name: str) -> float:
    """The greatest number of a column."""
    if name in TIMES:
        return MOST_DAYS / TIMES[name]
    return math.inf if name in RATES else MOST_WEIGHT


def number(reader: Reader, line: TableRow, path: str, name: str) -> float | None:
    """A number of a column that is not negative; shares also as percentages."""
    text = line.cells[name]
    percent = name in ("share", "remaining", *RATES)
    scale = 100.0 if percent and text.endswith("%") else 1.0
    try:
        value = float((text[:-1] if scale != 1.0 else text).replace("_", "x")) / scale
    except ValueError:
        value = math.nan
    most = 1.0 if name in ("share", "remaining") else _most(name)
    if not math.isfinite(value) or not 0 <= value <= most:
        kind = "a share" if most == 1.0 else ("a rate" if name in RATES else "a number")
        shown = shorten(text) or " "
        what = f"`{shown}` in the column `{name}` is not {kind} in the possible range"
        fix = "write a fraction or a percentage" if percent else "write a number from 0"
        reader.refuse(line.at, path, *(thousands_fault(text) or (what, fix)))
        return None
    return value


def whole_days(reader: Reader, line: TableRow, path: str, name: str, fix: str) -> int | None:
    """A number of whole days of a column, also written `30.0`; `fix` is the remedy for others."""
    if number(reader, line, path, name) is None:
        return None
    try:
        return whole_number(line.cells[name], False, "a number of whole days")
    except WordsError as error:
        thousands = "thousands" in error.what
        what = error.what.replace("` ", f"` in the column `{name}` ", 1)
        reader.refuse(line.at, path, what, error.fix if thousands else fix)
        return None
