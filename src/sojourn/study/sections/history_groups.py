"""Which rows of a table belong to an account of the history, and to which of its groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sojourn.study.fact_types import fact_text
from sojourn.study.files.yaml import shorten
from sojourn.study.words.file_tables import Sheet
from sojourn.study.words.reader import Reader
from sojourn.study.words.table_cells import folded

Group = tuple[str, ...]
"""Values of the columns that tell groups apart."""


class AccountRows:
    """Reads the columns of `where` and `groups`, row by row.

    A word that differs from another by capitals or spaces alone would begin a group of its own, or
    leave its row out, and what it counts would be missed elsewhere without a word: it is refused.
    """

    def __init__(
        self,
        reader: Reader,
        path: str,
        sheet: Sheet,
        where: Mapping[str, str],
        by: Sequence[str],
    ) -> None:
        self.reader, self.path, self.sheet = reader, path, sheet
        self.where, self.by = where, by
        self._spelt: dict[tuple[str, str], tuple[str, int]] = {}

    def group(self, line: int, cells: tuple[str, ...]) -> Group | None:
        """The group of a row; None if the row is not of the account, or a word is a problem."""
        for name, word in self.where.items():
            text = cells[self.sheet.header.index(name)].strip()
            if text == word:
                continue
            if folded(text) == folded(word):
                self._refuse(line, cells, name, f"`{shorten(text)}` is `{word}` in `where`")
            return None
        values = [self._value(line, cells, name) for name in self.by]
        return tuple(value for value in values if value is not None) if None not in values else None

    def _value(self, line: int, cells: tuple[str, ...], name: str) -> str | None:
        number, fact = self.sheet.header.index(name), self.reader.facts.get(name)
        text = cells[number].strip()
        if fact is not None:
            before = len(self.reader.problems)
            text = fact_text(self.sheet.fact(self.reader, self.path, line, cells, number))
            if fact.type != "text" or fact.values or len(self.reader.problems) != before:
                return text if len(self.reader.problems) == before else None
        first, there = self._spelt.setdefault((name, folded(text)), (text, line))
        if first != text:
            self._refuse(line, cells, name, f"`{shorten(text)}` is `{first}` in line {there}")
            return None
        return text

    def _refuse(self, line: int, cells: tuple[str, ...], name: str, what: str) -> None:
        at = self.sheet.place(line, cells, self.sheet.header.index(name))
        self.reader.refuse(at, self.path, what, "write the two alike")
