"""Tables of a population: one row for each cell, with its share or count."""

from __future__ import annotations

import math
from pathlib import Path

from sojourn.study.files.suggest import did_you_mean
from sojourn.study.files.text_positions import Position
from sojourn.study.files.yaml import Node, shorten
from sojourn.study.model.facts import FactValue
from sojourn.study.units import WordsError, show
from sojourn.study.words.file_tables import Sheet, open_sheet
from sojourn.study.words.reader import Reader
from sojourn.study.words.table_cells import thousands_fault

Rows = tuple[tuple[dict[str, FactValue], float], ...]
WEIGHTS = ("share", "count")


def read_table(reader: Reader, node: Node, path: str, folder: Path) -> Rows | None:
    """The rows of a file as facts and share of the whole; None with a problem."""
    before = len(reader.problems)
    sheet = open_sheet(
        reader, node, path, folder, "write a header: facts, and share or count", WEIGHTS
    )
    rows = None if sheet is None else _CellTable(reader, path, sheet.shown).read(sheet)
    return rows if len(reader.problems) == before else None


class _CellTable:
    """One CSV file as it is read."""

    def __init__(self, reader: Reader, path: str, shown: str) -> None:
        self.reader = reader
        self.path = path
        self.shown = shown

    def refuse(self, line: int, what: str, fix: str, column: int = 1) -> None:
        self.reader.refuse(Position(self.shown, line, column), self.path, what, fix)

    def read(self, sheet: Sheet) -> Rows:
        header = list(sheet.header)
        weight = self.check_header(header)
        if weight is None:
            return ()
        found: list[tuple[dict[str, FactValue], float]] = []
        seen: dict[tuple[FactValue, ...], int] = {}
        for line, cells in sheet.rows:
            self.read_row(sheet, weight, cells, line, found, seen)
        return self.shares(found, header[weight])

    def check_header(self, header: list[str]) -> int | None:
        """The index of the column `share` or `count`."""
        facts = self.reader.facts
        weights = [n for n, name in enumerate(header) if name in WEIGHTS]
        known = True
        for n, name in enumerate(header):
            if name in header[:n]:
                self.refuse(1, f"the column `{name}` is there twice", "remove one of them")
                known = False
            elif name not in WEIGHTS and name not in facts:
                self.refuse(
                    1,
                    f"the column `{shorten(name)}` is not a declared fact, `share` or `count`",
                    did_you_mean(name, (*facts, *WEIGHTS)),
                )
                known = False
        if len(weights) != 1 and known:
            what = (
                "both columns `share` and `count` are there"
                if weights
                else ("no column `share` or `count` is there")
            )
            self.refuse(1, what, "one of the two says how many people each row stands for")
        return weights[0] if len(weights) == 1 and known else None

    def read_row(
        self,
        sheet: Sheet,
        weight: int,
        cells: tuple[str, ...],
        line: int,
        found: list[tuple[dict[str, FactValue], float]],
        seen: dict[tuple[FactValue, ...], int],
    ) -> None:
        share = self.number(sheet, cells[weight].strip(), sheet.header[weight], line)
        before = len(self.reader.problems)
        facts: dict[str, FactValue] = {}
        for n, name in enumerate(sheet.header):
            if n != weight:
                facts[name] = sheet.fact(self.reader, self.path, line, cells, n)
        if share is None or len(self.reader.problems) != before:
            return
        key = tuple(facts.values())
        if key in seen:
            self.refuse(line, f"the row repeats line {seen[key]}", "add the two together")
        seen[key] = line
        found.append((facts, share))

    def number(self, sheet: Sheet, text: str, name: str, line: int) -> float | None:
        percent = name == "share" and text.endswith("%")
        try:
            value = float(sheet.number(text).rstrip("%").strip()) / (100 if percent else 1)
        except WordsError as error:
            self.refuse(line, error.what, error.fix)
            return None
        except ValueError:
            value = math.nan
        if not math.isfinite(value) or value < 0:
            fix = "write a fraction or a percentage" if name == "share" else "write a count"
            if (why := thousands_fault(text)) is not None:
                self.refuse(line, *why)
                return None
            self.refuse(
                line,
                f"`{shorten(text)}` in the column `{name}` is not a number of people"
                if name == "count"
                else f"`{shorten(text)}` in the column `{name}` is not a share",
                fix,
            )
            return None
        return value

    def shares(self, found: list[tuple[dict[str, FactValue], float]], weight: str) -> Rows:
        total = math.fsum(share for _, share in found)
        if not found or total <= 0:
            if not any(p.file == self.shown for p in self.reader.problems):
                self.refuse(1, "the table has no people", "add a row")
            return ()
        if weight == "share" and abs(total - 1) > 1e-6:
            self.refuse(
                1,
                f"the column `share` sums to {show(round(total * 100, 6))} %, not to 100 %",
                "mend the shares, or name the column `count`",
            )
        return tuple((facts, share / total) for facts, share in found)
