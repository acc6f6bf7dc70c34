"""A history: several series over the same periods, read from a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path

import numpy as np

from sojourn.arrays import Floats
from sojourn.errors import Problem, SojournError
from sojourn.study.files.suggest import did_you_mean
from sojourn.study.units import WordsError
from sojourn.study.words.file_tables import Sheet, column_of, read_sheet
from sojourn.study.words.periods import FIX, Calendar, calendar_of, last_month
from sojourn.study.words.table_cells import number_fault


@dataclass(frozen=True)
class SeriesHistory:
    """Series by period: `values[series, period]`, with NaN where nothing is known."""

    names: tuple[str, ...]
    calendar: Calendar
    first: int
    """Number of the first period, in the calendar's count."""
    values: Floats
    beside: Mapping[str, Floats] = field(default_factory=dict)
    """Other columns of the same shape, by name, as admissions and releases."""

    @property
    def last(self) -> int:
        """Number of the last period."""
        return self.first + int(self.values.shape[1]) - 1

    def until(self, period: int) -> SeriesHistory:
        """What was known at the end of a period: the same series without all that came later."""
        end = max(0, period - self.first + 1)
        beside = {name: values[:, :end] for name, values in self.beside.items()}
        return SeriesHistory(self.names, self.calendar, self.first, self.values[:, :end], beside)

    def at(self, period: int) -> Floats:
        """The value of each series in a period; NaN outside the history."""
        if not self.first <= period <= self.last:
            return np.full(len(self.names), np.nan)
        return self.values[:, period - self.first]


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns of a table hold what."""

    date: str
    value: str
    series: tuple[str, ...] = ()
    """Their values together name a series; none: the table holds one."""
    beside: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        """Every column that is read."""
        return (*self.series, self.date, self.value, *self.beside)


def read_history(file: Path, columns: Columns) -> SeriesHistory:
    """The history in a CSV or Parquet file, one row for each series and period.

    An empty cell is unknown. Raises SojournError with every place that cannot be used.
    """
    return history_of(read_sheet(file), columns)


def history_of(sheet: Sheet, columns: Columns) -> SeriesHistory:
    """The history in a table. Raises SojournError."""
    numbers = _column_numbers(sheet, columns)
    rows: dict[tuple[str, int], Sequence[float]] = {}
    problems: list[Problem] = []
    for line, cells in sheet.rows:
        try:
            key, found = _row(sheet, cells, numbers, columns)
            if key in rows:
                what = f"a second row for {cells[numbers[columns.date]]}"
                what += f" of `{key[0]}`" if key[0] else ""
                raise _BadCellError(columns.date, what, _TOLD_APART)
            rows[key] = found
        except _BadCellError as error:
            column = column_of(cells, numbers[error.column])
            problems.append(Problem(error.what, error.fix, sheet.shown, line, column))
    if not rows and not problems:
        problems.append(Problem("the table has no rows", "add them", sheet.shown))
    if problems:
        raise SojournError(*problems)
    return _arrange(rows, columns)


_TOLD_APART = "keep one row a period, or name with --series the columns that tell the series apart"


class _BadCellError(WordsError):
    """A cell of a named column that cannot be used."""

    def __init__(self, column: str, what: str, fix: str) -> None:
        super().__init__(what, fix)
        self.column = column


def _row(
    sheet: Sheet, cells: tuple[str, ...], numbers: Mapping[str, int], columns: Columns
) -> tuple[tuple[str, int], list[float]]:
    """The series and the last month of a row, and its numbers. Raises _BadCellError."""
    series = ", ".join(cells[numbers[name]].strip() for name in columns.series)
    words = cells[numbers[columns.date]].strip()
    try:
        month = last_month(words)
    except ValueError as error:
        raise _BadCellError(columns.date, f"`{words}` is not a date", FIX) from error
    values = [
        _number(sheet, name, cells[numbers[name]].strip())
        for name in (columns.value, *columns.beside)
    ]
    return (series, month), values


def _column_numbers(sheet: Sheet, columns: Columns) -> dict[str, int]:
    missing = [name for name in columns.all if name not in sheet.header]
    if missing:
        raise SojournError(
            *(
                Problem(
                    f"there is no column `{name}`", did_you_mean(name, sheet.header), sheet.shown, 1
                )
                for name in missing
            )
        )
    return {name: sheet.header.index(name) for name in columns.all}


def _number(sheet: Sheet, name: str, text: str) -> float:
    """A number of people, NaN if the cell says that it is unknown. Raises _BadCellError."""
    if text.casefold() in ("", "na", "nan"):
        return float("nan")
    fix = "write a number from 0, or leave the cell empty if it is unknown"
    try:
        value = float(sheet.number(text))
    except WordsError as error:
        raise _BadCellError(name, error.what, error.fix) from error
    except ValueError:
        value = float("nan")
    if not (isfinite(value) and value >= 0):
        what = f"`{text}` is not a number of people"
        raise _BadCellError(name, *(number_fault(text) or (what, fix)))
    return value


def _arrange(rows: Mapping[tuple[str, int], Sequence[float]], columns: Columns) -> SeriesHistory:
    calendar = calendar_of(month for _, month in rows)
    length = 12 // calendar.per_year
    names = tuple(dict.fromkeys(series for series, _ in rows))
    place = {name: number for number, name in enumerate(names)}
    months = [month for _, month in rows]
    first = min(months) // length
    cube = np.full((1 + len(columns.beside), len(names), max(months) // length - first + 1), np.nan)
    for (series, month), values in rows.items():
        cube[:, place[series], month // length - first] = values
    known = np.flatnonzero(np.isfinite(cube[0]).any(axis=0))
    if not len(known):
        raise SojournError(Problem(f"the column `{columns.value}` holds no number", "fill it"))
    cube, first = cube[:, :, known[0] : known[-1] + 1], first + int(known[0])
    shown = names if columns.series else (columns.value,)
    beside = dict(zip(columns.beside, cube[1:], strict=True))
    return SeriesHistory(shown, calendar, first, cube[0], beside)
