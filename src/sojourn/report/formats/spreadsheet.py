"""A document's tables as an Excel file: a sheet for each, with numbers as numbers."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from sojourn.languages.phrases import later, phrase
from sojourn.report.figures.blocks import (
    Block,
    Column,
    Figure,
    ReportDocument,
    ReportTable,
    SheetChart,
    Tabs,
    plain_text,
)
from sojourn.report.wording.ranges import Row, Spread
from sojourn.results.spreadsheets import neutral

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

LONGEST_NAME = 31
"""Characters of a sheet's name in Excel."""
WIDEST = 60
PARTS = {"mean": later("mean"), "low": later("low"), "high": later("high")}
"""Columns of a spread; low and high are the 5th and 95th percentile."""


def content(document: ReportDocument) -> bytes:
    """The bytes of the file; the first sheet lists the others."""
    blocks = [block for section in document.sections for block in section.blocks]
    return workbook(document.title, document.facts, document.made_by, list(tables_in(blocks)))


def workbook(title: str, facts: Sequence[str], source: str, tables: Sequence[ReportTable]) -> bytes:
    """An Excel file of tables, with a first sheet that says what they are."""
    import xlsxwriter  # noqa: PLC0415 -- only a spreadsheet needs it

    stream = io.BytesIO()
    # A study's words are never run as formulas or links.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(stream, options) as book:
        book.set_properties({"title": title, "author": "Sojourn", "comments": source})
        bold = book.add_format({"bold": True})
        names = _names([table.name for table in tables])
        front = book.add_worksheet(phrase("Contents"))
        front.write_string(0, 0, title, book.add_format({"bold": True, "font_size": 14}))
        front.write_string(1, 0, " · ".join(facts))
        front.write_row(3, 0, [phrase("Sheet"), phrase("Table")], bold)
        front.set_column(0, 0, 34)
        front.set_column(1, 1, 100)
        for place, (name, table) in enumerate(zip(names, tables, strict=True)):
            front.write_url(4 + place, 0, f"internal:'{name}'!A1", string=name)
            front.write_string(4 + place, 1, neutral(table.caption))
            _sheet(book, book.add_worksheet(name), table, source)
    return stream.getvalue()


def tables_in(blocks: Iterable[Block]) -> Iterator[ReportTable]:
    """Every table that has rows: those that stand alone, those of figures, and of all scenarios."""
    for block in blocks:
        if isinstance(block, ReportTable) and block.rows:
            yield block
        elif isinstance(block, Figure) and block.table.rows:
            yield block.table
        elif isinstance(block, Tabs):
            for _, inner in block.panels:
                yield from tables_in(inner)


def _sheet(book: Workbook, sheet: Worksheet, table: ReportTable, source: str) -> None:
    """Caption, column heads in a frozen row, the rows, and under them remark and source."""
    heads, rows = _grid(table)
    if table.chart is not None:
        _draw(book, sheet, table, table.chart, heads, len(rows))
    sheet.write_string(0, 0, neutral(_in_ones(table.caption)), book.add_format({"bold": True}))
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    for column, each in enumerate(heads):
        sheet.write_string(2, column, neutral(each.text), head)
    number = {
        places: book.add_format({"num_format": "#,##0" + ("." + "0" * places if places else "")})
        for places in (0, 1, 2, 4)
    }
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for line, row in enumerate(rows, start=3):
        for column, value in enumerate(row):
            if isinstance(value, bool) or value is None:
                sheet.write(line, column, "" if value is None else str(value))
            elif isinstance(value, date):
                sheet.write_datetime(
                    line, column, datetime(value.year, value.month, value.day), day
                )
            elif isinstance(value, int | float):
                if math.isfinite(value):
                    sheet.write_number(line, column, value, number[_decimals(value)])
            else:
                sheet.write_string(line, column, neutral(plain_text(value)))
    sheet.freeze_panes(3, 1)
    sheet.repeat_rows(2)
    for column, each in enumerate(heads):
        longest = max(
            [len(str(row[column])) for row in rows if isinstance(row[column], str)] or [0]
        )
        sheet.set_column(column, column, min(max(12, len(each.text) / 2, longest + 1), WIDEST))
    under = 4 + len(rows)
    for place, text in enumerate([table.note, phrase("Source: {source}.", source=source)]):
        sheet.write_string(under + place, 0, neutral(text))


def _draw(
    book: Workbook, sheet: Worksheet, table: ReportTable, wanted: SheetChart,
    heads: Sequence[_Head], count: int,
) -> None:  # fmt: skip
    """A chart of Excel's own to the right of the rows, drawn from their cells."""
    options: dict[str, str] = {"type": wanted.kind}
    if wanted.kind == "column":
        options["subtype"] = "stacked"
    chart = book.add_chart(options)
    for column, head in enumerate(heads):
        middle = head.part in ("", next(iter(PARTS))) and head.label in wanted.labels
        if not middle and not (head.part and head.label in wanted.ranged):
            continue
        line = {"width": 2.0} if middle else {"width": 0.75, "dash_type": "dash"}
        chart.add_series(
            {
                "name": [sheet.get_name(), 2, column],
                "categories": [sheet.get_name(), 3, 0, 2 + count, 0],
                "values": [sheet.get_name(), 3, column, 2 + count, column],
                **({"line": line} if wanted.kind == "line" else {}),
            }
        )
    chart.set_title({"name": table.caption, "name_font": {"size": 11}})
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": 760, "height": 420})
    place = {"description": table.caption, "object_position": 3}
    sheet.insert_chart(2, len(heads) + 1, chart, place)


class _Head(NamedTuple):
    """A column of a sheet: its head, the table's column that it is of, and the part of a spread."""

    text: str
    label: str
    part: str = ""


def _grid(table: ReportTable) -> tuple[list[_Head], list[list[Any]]]:
    """Heads and rows: of the columns that have values, else of the rows of its CSV."""
    if any(column.value for column in table.columns):
        return _valued(table)
    data: Sequence[Row] = table.rows if table.data is None else table.data
    if not all(_plain(value) for row in data for value in row.values()):
        heads = [_Head(column.label, column.label) for column in table.columns]
        return heads, [[plain_text(text) for _, text in table.cells(row)] for row in table.rows]
    heads = [_Head(name, name) for name in (phrase(str(key)) for key in data[0])]
    return heads, [[_said(value) for value in row.values()] for row in data]


def _said(value: object) -> object:
    """A value of ours, such as a verdict, in the language of the moment."""
    return phrase(value) if isinstance(value, str) else value


def _plain(value: object) -> bool:
    return value is None or isinstance(value, str | int | float | date)


def _valued(table: ReportTable) -> tuple[list[_Head], list[list[Any]]]:
    """A column for each number, and three for a spread."""
    heads: list[_Head] = []
    columns: list[list[Any]] = []
    for column in table.columns:
        rows = table.rows if table.every is None else table.every
        values = [_value(column, row) for row in rows]
        label = _in_ones(column.label)
        if column.unit and not label.endswith(column.unit):
            label += f", {column.unit}"
        if any(isinstance(value, Spread) for value in values):
            heads += [
                _Head(f"{label}: {phrase(said)}", column.label, part)
                for part, said in PARTS.items()
            ]
            # A word in a number's place, why it is not shown, stands in each of its columns.
            columns += [[getattr(value, part, value) for value in values] for part in PARTS]
        else:
            heads.append(_Head(label, column.label))
            columns.append(values)
    return heads, [list(row) for row in zip(*columns, strict=True)]


def _in_ones(text: str) -> str:
    """A caption or head without the millions in which a page writes: the cells hold whole amounts.

    `Change in cost, USD million: as offered` reads `Change in cost, USD: as offered`.
    """
    millions = re.escape(phrase(" million"))
    return re.sub(rf",?{millions}(?=[,:]|$)", "", text)


def _value(column: Column, row: Row) -> object:
    if column.value is not None:
        return column.value(row)
    return plain_text(column.text(row))


def _decimals(value: float) -> int:
    """Decimals to show: the whole number stands in the cell."""
    if value == int(value) or abs(value) >= 100:
        return 0
    return 1 if abs(value) >= 10 else 2 if abs(value) >= 0.1 else 4


def _names(names: Sequence[str]) -> list[str]:
    """Names for sheets: what Excel allows, each once."""
    found: list[str] = []
    taken = {phrase("Contents").lower(), "history"}  # Excel keeps the second for itself
    for name in names:
        plain = re.sub(r"[\[\]:*?/\\']", "-", name).strip() or "table"
        short, number = plain[:LONGEST_NAME], 1
        while short.lower() in taken:
            number += 1
            short = f"{plain[: LONGEST_NAME - 1 - len(str(number))]} {number}"
        taken.add(short.lower())
        found.append(short)
    return found
