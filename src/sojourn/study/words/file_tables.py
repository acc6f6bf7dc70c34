"""Tables in files of the study's folder (CSV, Parquet, XLSX), as rows of text with their lines."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from sojourn.disk.faults import is_file
from sojourn.errors import Problem, SojournError, install
from sojourn.study.fact_types import UNKNOWN
from sojourn.study.files.suggest import did_you_mean
from sojourn.study.files.text_positions import Position
from sojourn.study.files.yaml import Node, shorten
from sojourn.study.model.facts import FactValue
from sojourn.study.units import WordsError, show
from sojourn.study.words.reader import Reader, Shared
from sojourn.study.words.table_cells import (
    date_words,
    flag_words,
    known_as,
    point_number,
    whole_number,
)

ENDINGS = (".csv", ".parquet", ".xlsx")
"""Of the names of files that hold tables."""
MOST_CELLS = 20_000_000
"""In a table of a study: as text with its places, a cell takes about a hundred bytes."""
GREATEST_CSV = 500_000_000
"""Bytes, of which some millions of rows are made."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A header and rows of as many cells each; rows without a word in them are left out."""

    shown: str
    """The file's name in messages."""
    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    """(line, cells); of a Parquet file the line is the row's number and one for the header."""
    decimal_comma: bool = False
    """Whether numbers may have one: where columns are not separated by commas."""

    def number(self, text: str) -> str:
        """A number's words with a decimal point. Raises WordsError."""
        return point_number(text, self.decimal_comma)

    def whole(self, text: str, noun: str) -> int:
        """A whole number from 0; `noun` says what it is. Raises WordsError."""
        return whole_number(text, self.decimal_comma, noun)

    def place(self, line: int, cells: tuple[str, ...], number: int) -> Position:
        """Where the cell of this number stands."""
        return Position(self.shown, line, column_of(cells, number))

    def fact(
        self, reader: Reader, path: str, line: int, cells: tuple[str, ...], number: int
    ) -> FactValue:
        """The value of the fact in the column of this number; an empty cell is unknown."""
        name, text = self.header[number], cells[number].strip() or UNKNOWN
        fact, at = reader.facts.get(name), self.place(line, cells, number)
        try:
            if fact is not None and text != UNKNOWN:
                text = _FACT_WORDS.get(fact.type, Sheet.number)(self, text)
        except WordsError as error:
            reader.refuse(at, path, error.what, error.fix)
            return None
        return reader.fact_words(text, at, path, name)


_FACT_WORDS: dict[str, Callable[[Sheet, str], str]] = {
    "text": lambda _, text: text,
    "date": lambda _, text: date_words(text),
    "yes-no": lambda _, text: flag_words(text),
    "set": lambda _, text: text,
}
"""By type of fact: what is made of a cell's words before they are read; others are numbers."""


def inside(folder: Path, name: str) -> Path | None:
    """The file of that name, or None if it leaves the folder."""
    # Not Path.resolve, which raises where links go round in a circle.
    path, root = (Path(os.path.realpath(place)) for place in (folder / name, folder))
    return path if path.is_relative_to(root) else None


def column_of(cells: tuple[str, ...], number: int) -> int:
    """The column of a line of text at which the cell of this number begins, without quotes."""
    return 1 + sum(len(cell) + 1 for cell in cells[:number])


def open_sheet(
    reader: Reader,
    node: Node,
    path: str,
    folder: Path,
    write_header: str,
    known: Iterable[str] = (),
) -> Sheet | None:
    """The table in the file that the node names; None with a problem.

    `write_header` is the remedy for a file without a header; `known` are the names that columns
    may have, besides facts, in any mixture of capitals, spaces and underscores.
    """
    name = reader.text(node, path)
    if name is None:
        return None
    file = inside(folder, name)
    if file is None:
        reader.refuse(node, path, f"`{name}` leaves the study folder", "move the file into it")
        return None
    if not is_file(file):
        near = [
            found.relative_to(folder.resolve()).as_posix()
            for found in (file.parent.glob("*") if file.parent.is_dir() else ())
            if found.suffix in ENDINGS
        ]
        fix = did_you_mean(name, near) or "put the file into the study folder"
        reader.refuse(node, path, f"the file `{name}` does not exist", fix)
        return None
    shown = str(Path(node.position.file).parent / name)
    before = len(reader.problems)
    try:
        sheet = _read(reader, path, file, shown)
    except OSError as error:
        why = error.strerror or str(error)
        reader.refuse(node, path, f"`{name}` cannot be read: {why}", "check the file")
        return None
    if sheet is None or len(reader.problems) != before:
        return None
    if not sheet.header:
        reader.refuse(Position(shown, 1, 1), path, "the table is empty", write_header)
        return None
    names = (*known, *reader.facts)
    return replace(sheet, header=tuple(known_as(name, names) for name in sheet.header))


def read_sheet(file: Path) -> Sheet:
    """The table in a file that belongs to no study.

    Raises SojournError if the file is missing, or is not a table with a header.
    """
    shown, reader = str(file), Reader(Shared())
    try:
        sheet = _read(reader, "", file, shown)
    except OSError as error:
        why = error.strerror or str(error)
        raise SojournError(Problem(f"the file cannot be read: {why}", file=shown)) from error
    if reader.problems or sheet is None:
        raise SojournError(*reader.problems)
    if not sheet.header:
        raise SojournError(Problem("the table is empty", "write a header and rows", shown, 1, 1))
    return sheet


def sheet_of(columns: Mapping[str, Sequence[object]], shown: str) -> Sheet:
    """The table in columns of equal length, as values that Python or a data frame holds.

    `shown` names it in messages. A value that is missing is an empty cell.
    """
    cells = [[_words(value) for value in each] for each in columns.values()]
    rows = tuple(enumerate(zip(*cells, strict=True), 2))
    return Sheet(shown, tuple(columns), rows)


def _read(reader: Reader, path: str, file: Path, shown: str) -> Sheet | None:
    return _READERS.get(file.suffix, _read_csv)(reader, path, file, shown)


def _read_csv(reader: Reader, path: str, file: Path, shown: str) -> Sheet | None:
    if (size := file.stat().st_size) > GREATEST_CSV:
        _too_large(reader, path, shown, f"{size:,} bytes")
        return None
    with file.open("rb") as begin:
        if (signature := begin.read(4)) in _SPREADSHEETS:
            reader.refuse(Position(shown, 1, 1), path, *_SPREADSHEETS[signature])
            return None
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        at = Position(shown, 1, 1)
        reader.refuse(at, path, "the file is not UTF-8", "save it with the encoding UTF-8")
        return None
    rows_of_text = text.splitlines()
    sign = _separator(rows_of_text[0] if rows_of_text else "")
    columns = rows_of_text[0].count(sign) + 1 if rows_of_text else 0
    if len(rows_of_text) * columns > MOST_CELLS:
        _too_large(reader, path, shown, f"{len(rows_of_text):,} rows of {columns:,} cells")
        return None
    lines = csv.reader(rows_of_text, delimiter=sign, strict=True)
    header: tuple[str, ...] = ()
    rows: list[tuple[int, tuple[str, ...]]] = []
    before = 0  # the last line of the row before
    try:
        header = tuple(cell.strip() for cell in next(lines, []))
        before = lines.line_num
        if _is_title(header, csv.reader(rows_of_text[before : before + 5], delimiter=sign)):
            _refuse_title(reader, path, shown, header)
            return None
        for cells in lines:
            first, before = before + 1, lines.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                what = f"the row has {len(cells)} cells, the header {len(header)}"
                at = Position(shown, first, 1)
                reader.refuse(at, path, what, f"add or remove a {_SEPARATORS[sign]}")
            else:
                rows.append((lines.line_num, tuple(cells)))
    except csv.Error as error:
        open_quote = "unexpected end" in str(error)
        at = Position(shown, before + 1 if open_quote else lines.line_num, 1)
        why = "a quote in this row is not closed" if open_quote else error
        what = f"this is not CSV: {why}"
        reader.refuse(at, path, what, "check the quotes")
        return None
    return Sheet(shown, header if any(header) else (), tuple(rows), sign != ",")


def _too_large(reader: Reader, path: str, shown: str, many: str) -> None:
    what = f"the table is too large: {many}; {MOST_CELLS:,} cells are the most"
    fix = "add up rows that are alike, and leave out columns that the study does not name"
    reader.refuse(Position(shown, 1, 1), path, what, fix)


def _is_title(header: Sequence[str], below: Iterable[Sequence[str]]) -> bool:
    """Whether one cell stands alone in the first row, and several do in one of those below."""
    rows = (sum(bool(cell.strip()) for cell in row) for row in below)
    return sum(map(bool, header)) == 1 and max(rows, default=0) > 1


def _refuse_title(reader: Reader, path: str, shown: str, header: Sequence[str]) -> None:
    title = shorten(next(filter(None, header)))
    what = f"the first row holds no names of columns: `{title}` stands alone in it"
    fix = "delete what stands above the names of the columns, so that these are in row 1"
    reader.refuse(Position(shown, 1, 1), path, what, fix)


_SPREADSHEETS = {
    b"\xd0\xcf\x11\xe0": ("this is a workbook of an old Excel", "save it as .xlsx or CSV"),
    b"PK\x03\x04": (
        "this is a workbook, not CSV",
        "end its name in .xlsx if it is one of Excel, or save it as CSV",
    ),
}
"""By the first bytes of a file that is taken for CSV: what is wrong, and the remedy."""
_SEPARATORS = {"\t": "tab", ";": "semicolon", ",": "comma"}


def _separator(header: str) -> str:
    """What stands between the columns: a tab or a semicolon if the header has one."""
    unquoted = "".join(header.split('"')[::2])
    return next((sign for sign in _SEPARATORS if sign in unquoted), ",")


def _read_parquet(reader: Reader, path: str, file: Path, shown: str) -> Sheet | None:
    import pyarrow as pa  # noqa: PLC0415 -- a study without such a file need not wait for it
    from pyarrow import parquet  # noqa: PLC0415

    try:
        size = parquet.read_metadata(file)
        if size.num_rows * size.num_columns > MOST_CELLS:
            many = f"{size.num_rows:,} rows of {size.num_columns:,} cells"
            _too_large(reader, path, shown, many)
            return None
        table = parquet.read_table(file)
    except pa.ArrowInvalid:
        at = Position(shown, 1, 1)
        reader.refuse(at, path, "this is not a Parquet file", "write it again, or use CSV")
        return None
    header = tuple(str(name).strip() for name in table.column_names)
    columns = [
        # Python has no nanoseconds; of a time of day, the day alone is used.
        [_words(value) for value in _to_microseconds(column).to_pylist()]
        for column in table.columns
    ]
    rows = enumerate(zip(*columns, strict=True), 2)
    return Sheet(shown, header, tuple((line, row) for line, row in rows if any(row)))


def _read_xlsx(reader: Reader, path: str, file: Path, shown: str) -> Sheet | None:
    """The first sheet of a workbook, values in place of formulas; rows without a cell left out."""
    at = Position(shown, 1, 1)
    if find_spec("openpyxl") is None:
        what = "a workbook of Excel needs the package openpyxl"
        reader.refuse(at, path, what, install("openpyxl>=3.1") + ", or save it as CSV")
        return None
    from openpyxl import load_workbook  # noqa: PLC0415 -- an extra
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415

    try:
        book = load_workbook(file, read_only=True, data_only=True)
    except (BadZipFile, InvalidFileException, KeyError, ValueError):
        reader.refuse(at, path, "this is not a workbook of Excel", "save it again, or as CSV")
        return None
    try:
        page = book.worksheets[0]
        if (page.max_row or 0) * (page.max_column or 0) > MOST_CELLS:
            many = f"{page.max_row:,} rows of {page.max_column:,} cells"
            _too_large(reader, path, shown, many)
            return None
        lines = [tuple(map(_words, row)) for row in page.iter_rows(values_only=True)]
    finally:
        book.close()
    header = tuple(cell.strip() for cell in lines[0]) if lines else ()
    if _is_title(header, lines[1:6]):
        _refuse_title(reader, path, shown, header)
        return None
    if not all(map(all, lines)):
        for line, column in _not_computed(file):
            what = "the formula in this cell has no stored result"
            fix = "open the file in Excel and save it, or write the number"
            reader.refuse(Position(shown, line, column), path, what, fix)
    width = max((n for n, cell in enumerate(header, 1) if cell), default=0)
    rows = tuple(
        (line, row[:width] + ("",) * (width - len(row)))
        for line, row in enumerate(lines[1:], 2)
        if any(row[:width])
    )
    return Sheet(shown, header[:width], rows)


def _not_computed(file: Path) -> Iterator[tuple[int, int]]:
    """Row and column of formulas of the first sheet without a result; an empty text is one."""
    from openpyxl import load_workbook  # noqa: PLC0415 -- an extra

    books = [load_workbook(file, read_only=True, data_only=only) for only in (True, False)]
    try:
        values, formulas = (book.worksheets[0].iter_rows() for book in books)
        for row in zip(values, formulas, strict=True):
            for value, formula in zip(*row, strict=True):
                if formula.data_type == "f" and value.value is None and value.data_type == "n":
                    yield formula.row, formula.column
    finally:
        for book in books:
            book.close()


_READERS = {".parquet": _read_parquet, ".xlsx": _read_xlsx}
"""By ending; what ends otherwise is read as CSV."""


def _to_microseconds(column: Any) -> Any:  # noqa: ANN401 -- a column of PyArrow
    import pyarrow as pa  # noqa: PLC0415

    if not pa.types.is_timestamp(column.type):
        return column
    return column.cast(pa.timestamp("us", column.type.tz), safe=False)


def _words(value: object) -> str:
    """A cell as it would be written in CSV; nothing where it is null."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return show(value) if isinstance(value, float) else str(value)
