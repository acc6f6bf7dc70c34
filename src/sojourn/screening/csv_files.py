"""A CSV file as a cohort: its header, which decides how it is read, and its errors.

Nothing is guessed from the rows: a reader that guesses may treat a broken quote as data, or the
header as a row.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sojourn.errors import Problem
from sojourn.study.sql_dialects import DUCKDB

SIGNS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
"""Separators of fields, and their names."""
LONGEST = 2_000_000
"""Most bytes in a line; a longer one has a quote that is not closed."""
ROWS_COUNTED = 2_000_000
"""The line number of a row below this one is not looked up."""

_ENCODING = "save it with the encoding UTF-8"
_QUOTES = 'close each quote; one inside a text in quotes is written twice: ""'


@dataclass(frozen=True, slots=True)
class Header:
    """The header of a CSV file."""

    sign: str
    """The separator of fields."""
    names: tuple[str, ...]
    """Without white space around them; a column without a name is `column0`, `column1`, …"""


def read_header(file: Path) -> Header | Problem:
    """The header of a file, or what is wrong with it."""
    shown = str(file)
    try:
        with file.open("rb") as opened:
            start = opened.readline(LONGEST)
    except OSError as error:
        return Problem(f"the file cannot be read: {error.strerror}", "check its name", shown)
    if len(start) == LONGEST and not start.endswith(b"\n"):
        return Problem(
            f"the header is longer than {LONGEST:,} bytes",
            "end the line of names with a line break, or use fewer or shorter names",
            shown,
            1,
        )
    if not start:
        return Problem("the file is empty", "write the columns' names into its first line", shown)
    if b"\0" in start and not start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Problem("the file is not text", "give a CSV file with the encoding UTF-8", shown, 1)
    try:
        # A file may end its lines with a carriage return alone.
        line = start.decode("utf-8-sig").rstrip("\r\n").partition("\r")[0]
    except UnicodeDecodeError as error:
        at = start[: error.start].count(b"\r") + 1
        return Problem(f"the file is not UTF-8: line {at}", _ENCODING, shown, at)
    if not line.strip():
        return Problem(
            "the first line is empty", "write the columns' names into the first line", shown, 1
        )
    if line.count('"') % 2:
        return Problem("a quote in the header is not closed", _QUOTES, shown, 1)
    sign = _sign(line, file)
    if isinstance(sign, Problem):
        return sign
    try:
        (fields,) = csv.reader([line], delimiter=sign, skipinitialspace=True, strict=True)
    except csv.Error:
        return Problem("a quote in the header is not closed", _QUOTES, shown, 1)
    names = tuple(field.strip() or f"column{at}" for at, field in enumerate(fields))
    return _twice(names, shown) or Header(sign, names)


def _sign(line: str, file: Path) -> str | Problem:
    """The separator of the names: the only candidate outside quotes."""
    bare = re.sub(r'"[^"]*"', "", line)
    found = [sign for sign in SIGNS if sign in bare]
    if file.suffix.lower() == ".tsv" and "\t" in found:
        return "\t"
    if len(found) > 1:
        return Problem(
            f"the header has {' and '.join(SIGNS[sign] for sign in found)}, so it is unclear which "
            "of them separate its names",
            "put names that contain such a character in quotes, or remove it",
            str(file),
            1,
        )
    return found[0] if found else ","


def _twice(names: Sequence[str], shown: str) -> Problem | None:
    """A column that is given twice; DuckDB does not distinguish capitals."""
    seen: dict[str, str] = {}
    for name in names:
        first = seen.setdefault(name.casefold(), name)
        if first is not name:
            also = "" if first == name else f", also as `{first}`"
            return Problem(
                f"the column `{name}` stands twice{also}", "give each column one name", shown, 1
            )
    return None


def exactly(file: Path) -> str:
    """A path as SQL of DuckDB, which would take `*`, `?` and `[` for patterns."""
    return DUCKDB.literal(re.sub(r"[*?\[]", r"[\g<0>]", str(file)))


def read_csv(files: Sequence[Path], header: Header) -> str:
    """SQL that reads files with the same header: all columns, as texts."""
    literal = DUCKDB.literal
    listed = ", ".join(map(exactly, files))
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in header.names)
    return (
        f"read_csv([{listed}], auto_detect = false, columns = {{{columns}}}, header = true, "
        f"delim = {literal(header.sign)}, quote = '\"', escape = '\"', strict_mode = true, "
        f"null_padding = false, max_line_size = {LONGEST}, hive_partitioning = false)"
    )


_FILE = re.compile(r"^\s*file = (.+)$", re.MULTILINE)
_LINE = re.compile(r"CSV Error on Line: (\d+)")
_FIELDS = re.compile(r"Expected Number of Columns: (\d+) Found: (\d+)")


def problem_of(words: str, headers: Mapping[Path, Header]) -> Problem | None:
    """DuckDB's error about a CSV file, in our words; None if it is another error.

    DuckDB's message quotes the line, which holds a person's data and is not shown.
    """
    named = _FILE.search(words)
    files = [str(file) for file in headers]
    shown = named[1].strip() if named else files[0]
    placed = _LINE.search(words)
    line = int(placed[1]) if placed else 0
    said = words.casefold()
    if fields := _FIELDS.search(words):
        return Problem(
            f"line {line} has {_counted(int(fields[2]))}, the header has {fields[1]}",
            "write as many as there are columns; put a text that holds the sign between fields in "
            "quotes",
            shown,
            line,
        )
    if "unterminated quote" in said:
        return Problem(f"line {line} has a quote that is not closed", _QUOTES, shown, line)
    if "not utf-8" in said or "invalid unicode" in said:
        return Problem(f"the file is not UTF-8: line {line}", _ENCODING, shown, line)
    if "maximum line size" in said:
        return Problem(
            f"line {line} is longer than {LONGEST:,} bytes: a quote may not be closed",
            _QUOTES,
            shown,
            line,
        )
    if "invalid state" in said:
        return Problem(
            "its lines end in different ways, or a quote is not closed",
            "save it anew as CSV, with one kind of line end",
            shown,
            line,
        )
    return None


def _counted(fields: int) -> str:
    return "1 field" if fields == 1 else f"{fields} fields"


def line_of(file: Path, header: Header, row: int) -> int | None:
    """The line on which a row begins, from 1; rows count from 1 after the header.

    Texts in quotes may hold several lines, and empty lines are not rows. None if the row is too
    far down, or the line is unknown.
    """
    if row > ROWS_COUNTED:
        return None
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            reader = csv.reader(opened, delimiter=header.sign, skipinitialspace=True)
            next(reader, None)
            before, seen = reader.line_num, 0
            for fields in reader:
                seen += bool(fields) or len(header.names) == 1
                if seen == row:
                    return before + 1
                before = reader.line_num
    except (OSError, UnicodeDecodeError, csv.Error):
        return None
    return None
