"""The place of each word of a text in a YAML file, despite quotes, escapes and folds."""

from __future__ import annotations

import re
from typing import NamedTuple

_BEFORE = re.compile(r"(?:[&!][^\s]*\s+)*")
"""An anchor or a tag before a value."""
_ESCAPE = re.compile(r"x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.", re.DOTALL)


class Position(NamedTuple):
    """A place in a file; line and column count from 1."""

    file: str
    line: int
    column: int


class Break(NamedTuple):
    """From its character `offset` on, the text is at this line and column of the file."""

    offset: int
    line: int
    column: int


class TextSpan(Position):
    """The place of a text that the file writes differently."""

    breaks: tuple[Break, ...] = ()

    def __new__(cls, position: Position, breaks: tuple[Break, ...]) -> TextSpan:
        """A place with where the parts of the text stand, in order."""
        made = super().__new__(cls, *position)
        made.breaks = breaks
        return made


def breaks_of(position: tuple[str, int, int]) -> tuple[Break, ...]:
    """Where the parts of the text at a place stand; nothing if it stands as it reads."""
    return position.breaks if isinstance(position, TextSpan) else ()


def spanned(position: Position, source: str, start: int, text: str, style: str) -> Position:
    """The place of a scalar of a file, with its parts if it does not stand as it reads.

    `source` is the whole file, `start` the index at which the scalar begins, `text` what it reads
    without white space around it, and `style` its quote, its block sign (`|`, `>`), or nothing.
    """
    if not style and source.startswith(text, start):
        return position
    before = _BEFORE.match(source, start)
    at = before.end() if before else start
    if style in ("|", ">"):
        at = max(source.find("\n", at), at)
    elif style:
        at += 1
    if style in ("'", '"') and source.startswith(text, at):
        return TextSpan(position, (Break(0, position.line, position.column + at - start),))
    breaks: list[Break] = []
    line, head = position.line, start - (position.column - 1)
    line += source.count("\n", start, at)
    head = max(head, source.rfind("\n", start, at) + 1)
    expected = -1
    for offset, character in enumerate(text):
        if character.isspace():
            # Folds make one space of many, or many lines of one: what comes next settles it.
            if style == '"' and source.startswith("\\", at) and not _continued(source, at, style):
                at += _width(source, at, character, style)
            elif at < len(source) and source[at] == character and character != "\n":
                at += 1
            continue
        while at < len(source) and (source[at].isspace() or _continued(source, at, style)):
            if source[at] == "\n":
                line, head = line + 1, at + 1
            at += 1
        if expected != at - offset:
            breaks.append(Break(offset, line, at - head + 1))
            expected = at - offset
        at += _width(source, at, character, style)
    return TextSpan(position, tuple(breaks))


def _continued(source: str, at: int, style: str) -> bool:
    """Whether a backslash here only goes on with the next line."""
    return style == '"' and source.startswith(("\\\n", "\\\r\n"), at)


def _width(source: str, at: int, character: str, style: str) -> int:
    """How many characters of the file make this one of the text."""
    if style == "'" and character == "'":
        return 2
    if style == '"' and source.startswith("\\", at):
        escape = _ESCAPE.match(source, at + 1)
        return 1 + (escape.end() - escape.start() if escape else 0)
    return 1
