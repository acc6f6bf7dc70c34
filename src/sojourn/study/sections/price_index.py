"""The price index of a study, which brings payments of several price years to one."""

from __future__ import annotations

import math
from datetime import date

from sojourn.study.files.text_positions import Position
from sojourn.study.files.yaml import Node, shorten
from sojourn.study.model.money import Payment, Prices
from sojourn.study.units import RATE, WordsError, read_date, read_whole
from sojourn.study.words.file_tables import Sheet, column_of, open_sheet
from sojourn.study.words.quantities import quantity_key
from sojourn.study.words.reader import Fields, Reader

_HEADER = "write a header, `year,index` or `date,index`"


def read_prices(reader: Reader, node: Node, path: str) -> Prices | None:
    """The index and its year; a table that does not cover the study's days is refused."""
    before = len(reader.problems)
    fields = reader.fields(node, path, "prices")
    year, then = fields.whole("year"), quantity_key(fields, "then", RATE)
    index = fields.get("index", lambda n, p: _read_index(reader, n, p))
    if year is None or index is None or len(reader.problems) != before:
        return None
    prices = Prices(year=year, index=index, then=then)
    for wanted in (reader.shared.start.year, year):
        _check_year(fields, prices, wanted)
    last = reader.shared.end.year - (reader.shared.end.timetuple().tm_yday == 1)
    _check_year(fields, prices, last)
    return prices if len(reader.problems) == before else None


def check_price_years(fields: Fields, prices: Prices, payments: dict[str, Payment]) -> None:
    """Refuse a payment whose prices the index cannot bring to those of its year."""
    whole = fields.whole("price year")
    inner = Fields(fields.reader, fields.whole_node, fields.at("prices"), "prices", {})
    for name, payment in payments.items():
        year = payment.price_year or whole
        if year is not None:
            _check_year(inner, prices, year)
        elif payment.escalator is None:
            fields.refuse(
                "payments",
                f"the payment `{name}` has no price year, so the index cannot be applied to it",
                "add `price year: 2025`, or `escalator: 0 % per year` if the sum never changes",
            )


def _check_year(fields: Fields, prices: Prices, year: int) -> None:
    first, last = prices.index[0][0], prices.index[-1][0]
    if year < first.year or (year == first.year and (first.month, first.day) != (1, 1)):
        fields.refuse(
            "index", f"the price index begins on {first} and is needed for {year}", "add rows"
        )
    elif year > last.year and prices.then is None:
        fields.refuse(
            "index",
            f"the price index ends with {last.year} and is needed for {year}",
            "add rows, or what it does then, as `then: 2 % per year`",
        )


def _read_index(reader: Reader, node: Node, path: str) -> tuple[tuple[date, float], ...] | None:
    sheet = open_sheet(reader, node, path, reader.shared.folder, _HEADER)
    if sheet is None:
        return None
    if sheet.header not in (("year", "index"), ("date", "index")):
        what = f"the columns are {', '.join(sheet.header)}"
        reader.refuse(Position(sheet.shown, 1, 1), path, what, _HEADER)
        return None
    if not sheet.rows:
        reader.refuse(Position(sheet.shown, 1, 1), path, "the table has no rows", "add one")
        return None
    before = len(reader.problems)
    found: list[tuple[date, float]] = []
    for line, cells in sheet.rows:
        row = _read_row(reader, path, sheet, line, cells)
        if row is not None and found:
            _check_order(reader, path, Position(sheet.shown, line, 1), sheet, found[-1][0], row[0])
        if row is not None:
            found.append(row)
    return tuple(found) if len(reader.problems) == before else None


def _read_row(
    reader: Reader, path: str, sheet: Sheet, line: int, cells: tuple[str, ...]
) -> tuple[date, float] | None:
    when, level = (cell.strip() for cell in cells)
    try:
        day = date(read_whole(when), 1, 1) if sheet.header[0] == "year" else read_date(when)
    except (WordsError, ValueError):
        what = f"`{shorten(when)}` is not a {sheet.header[0]}"
        example = "2025" if sheet.header[0] == "year" else "2025-01-01"
        reader.refuse(Position(sheet.shown, line, 1), path, what, f"write {example}")
        return None
    try:
        value = float(level)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0.0):
        at = Position(sheet.shown, line, column_of(cells, 1))
        reader.refuse(at, path, f"`{shorten(level)}` is not an index", "write a number above 0")
        return None
    return day, value


def _check_order(
    reader: Reader, path: str, at: Position, sheet: Sheet, before: date, day: date
) -> None:
    if day <= before:
        reader.refuse(at, path, f"{day} does not come after {before}", "order the rows by date")
    elif sheet.header[0] == "year" and day.year != before.year + 1:
        reader.refuse(at, path, f"the year {before.year + 1} is missing", "add a row for it")
