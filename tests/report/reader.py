"""Reads a page as a browser would: what is an element and what is only text."""

from __future__ import annotations

import re
from html.parser import HTMLParser

VOID = {"meta", "link", "br", "hr", "img", "input"}
IMPLIED = {"td": ("td", "th", "p"), "th": ("td", "th", "p"), "tr": ("td", "th", "tr", "p")}
"""What a start tag closes by itself; so do the ends of `OUTER`."""
OUTER = ("thead", "tbody", "table")
_CELL = re.compile(r"(<t[hd][^>]*>.*?)(?=<t[hd]\b|<tr\b|</t|$)", re.S)


def rows_of(table: str) -> list[list[str]]:
    """The cells of a table's rows, as marked up, with their start tags."""
    return [_CELL.findall(row) for row in re.split(r"<tr\b[^>]*>", table)[1:]]


def path_points(path: str) -> list[tuple[float, float]]:
    """The corners of an SVG path of straight lines."""
    found, x, y = [], 0.0, 0.0
    for letter, told in re.findall("([MLHVlhv])([^A-Za-z]*)", path):
        steps = [float(each) for each in told.split(",")]
        if letter in "MLl":
            right, down = steps
        else:
            right, down = (steps[0], 0.0) if letter in "Hh" else (0.0, steps[0])
        x = right + x * letter.islower() if letter not in "Vv" else x
        y = down + y * letter.islower() if letter not in "Hh" else y
        found.append((x, y))
    return found


class Page(HTMLParser):
    """Elements, identifiers and text of a page; `open` is empty if all tags are closed."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, {key: value or "" for key, value in attrs}))
        self._close(IMPLIED.get(tag, ()))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, {key: value or "" for key, value in attrs}))

    def handle_endtag(self, tag):
        if tag in OUTER:
            self._close(IMPLIED["tr"])
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-3:]}"
        self.open.pop()

    def _close(self, tags):
        while self.open and self.open[-1] in tags:
            self.open.pop()

    def handle_data(self, data):
        if not self.open or self.open[-1] not in ("script", "style"):
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub("[ \n]+", " ", " ".join(self.words))

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]
