"""The pieces of the page: prose, tables with their CSV, figures, and a panel per scenario."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar, Literal
from urllib.parse import quote

from markupsafe import Markup

from sojourn.languages.phrases import phrase
from sojourn.languages.signs import inner
from sojourn.report.wording import numbers
from sojourn.report.wording.ranges import Row, Spread


@dataclass(frozen=True)
class Column:
    """A column: its heading and how it writes a row; numbers stand on the right."""

    label: str
    text: Callable[[Row], object]
    number: bool = False
    link: Callable[[Row], str | None] | None = None
    """The address that the cell links to."""
    value: Callable[[Row], object] | None = None
    """What a spreadsheet holds: a number or a `Spread`; without it, the text."""
    unit: str = ""
    """Of `value`, for the heading in a spreadsheet."""

    @classmethod
    def of_spread(
        cls, label: str, spread: Callable[[Row], object], unit: str,
        write: Callable[[float | None], str] = numbers.exact,
    ) -> Column:  # fmt: skip
        """Of a `Spread`, or of the word that stands in its place."""

        def text(row: Row) -> object:
            value = spread(row)
            return value.cell(write) if isinstance(value, Spread) else value

        return cls(label, text, number=True, value=spread, unit=unit)


@dataclass(frozen=True)
class SheetChart:
    """A chart of a spreadsheet's own: columns of the table's sheet against its first column."""

    kind: Literal["line", "column"]
    """A column stands on the one before it."""
    labels: tuple[str, ...]
    """Of the table's columns; of a spread its mean is drawn."""
    ranged: tuple[str, ...] = ()
    """Of these, low and high are drawn too, as thin lines."""


@dataclass(frozen=True)
class ReportTable:
    """A table and the rows behind it, which its CSV gives in full."""

    kind: ClassVar[str] = "table"
    caption: str
    columns: tuple[Column, ...]
    rows: Sequence[Row]
    name: str
    """Of the CSV file."""
    note: str = ""
    folded: str = ""
    """Behind this summary line, unless empty."""
    anchor: Callable[[Row], str] | None = None
    """Identifier of a row, for links to it."""
    data: Sequence[Row] | None = None
    """Rows of the CSV, where they are not those that are shown."""
    page: bool = True
    """False: too much for a page; only the spreadsheet has it."""
    every: Sequence[Row] | None = None
    """Rows of the spreadsheet, where a page shows only some."""
    chart: SheetChart | None = None
    """What the spreadsheet draws beside them."""

    def cells(self, row: Row) -> list[tuple[Column, object]]:
        """The columns with what each shows for `row`."""
        return [(column, column.text(row)) for column in self.columns]

    @property
    def marks(self) -> str:
        """Styles that put its numbers on the right: `num` for all but the first, else `n2 n4`."""
        places = [place for place, column in enumerate(self.columns, 1) if column.number]
        if places and places == list(range(2, len(self.columns) + 1)):
            return "num"
        return " ".join(f"n{place}" for place in places)

    @property
    def link(self) -> Markup:
        """The CSV as a `data:` address, for a download that works offline.

        It stands between single quotes, and is safe there: what has a meaning in a page or in an
        address is encoded. Letters of other languages stand as they are, a third as long.
        """
        encoded = _WITH_MEANING.sub(lambda one: quote(one[0], safe=""), self.csv())
        return Markup("data:text/csv;charset=utf-8," + encoded)

    def csv(self) -> str:
        """The rows as CSV; texts that a spreadsheet would run as formulas are made harmless."""
        rows = [dict(_parts(row)) for row in (self.rows if self.data is None else self.data)]
        out = io.StringIO()
        columns = list(dict.fromkeys(key for row in rows for key in row))
        writer = csv.DictWriter(out, columns, lineterminator="\n")
        if rows:
            writer.writeheader()
        writer.writerows(rows)
        return out.getvalue()


@dataclass(frozen=True)
class Panel:
    """One drawing of a figure: for wide pages, and for narrow ones if that differs."""

    svg: Markup
    title: str = ""
    narrow: Markup | None = None


@dataclass(frozen=True)
class LegendKey:
    """One line of a legend."""

    label: str
    color: str
    dash: str = ""
    mark: str = "line"


@dataclass(frozen=True)
class Figure:
    """A chart with its table, source line and CSV."""

    kind: ClassVar[str] = "figure"
    title: str
    note: str
    panels: tuple[Panel, ...]
    table: ReportTable
    source: str
    """Which tables of the run it was made from."""
    legend: tuple[LegendKey, ...] = ()


@dataclass(frozen=True)
class Prose:
    """A paragraph; `small` for remarks."""

    kind: ClassVar[str] = "prose"
    text: str
    small: bool = False


@dataclass(frozen=True)
class BulletList:
    """A list of sentences."""

    kind: ClassVar[str] = "points"
    items: tuple[str, ...]


@dataclass(frozen=True)
class Cards:
    """Claims or statements: each a row of named parts, laid out by the template."""

    kind: ClassVar[str] = "cards"
    items: Sequence[Row]


@dataclass(frozen=True)
class Callout:
    """A sentence that must be seen, under a few words that say what it answers."""

    kind: ClassVar[str] = "callout"
    title: str
    text: str
    notice: bool = False
    """A warning, which stands back behind an answer."""


@dataclass(frozen=True)
class Heading:
    """A heading inside a section."""

    kind: ClassVar[str] = "heading"
    text: str


@dataclass(frozen=True)
class Tabs:
    """The same blocks for each scenario, one shown at a time where scripts run."""

    kind: ClassVar[str] = "tabs"
    panels: tuple[tuple[str, tuple[Block, ...]], ...]


_WITH_MEANING = re.compile(r"[\x00-\x1f\x7f%#&<>'`\\^{|}\[\]]")
Block = Prose | BulletList | ReportTable | Figure | Cards | Callout | Heading | Tabs


@dataclass(frozen=True)
class Section:
    """A numbered part of the page."""

    key: str
    title: str
    blocks: tuple[Block, ...] = field(default_factory=tuple)
    lead: str = ""


@dataclass(frozen=True)
class ReportDocument:
    """What is written as a file, whatever its format."""

    kind: str
    """`Projection report` or `Fiscal note`."""
    title: str
    about: str
    facts: tuple[str, ...]
    """Days, runs and versions, for the line under the title."""
    sections: tuple[Section, ...]
    start: str
    """The scenario that is shown first."""
    made_by: str
    """Version and run, for the source lines of figures."""
    citation: str
    """How to cite the report."""

    def source_of(self, figure: Figure) -> str:
        """The run and the tables that a figure is made from, and how to cite it."""
        return phrase(
            "Source: {run}, {tables}. Cite as: “{title}”, in {report}.",
            run=self.made_by,
            tables=figure.source,
            title=inner(figure.title),
            report=self.citation,
        )


def plain_text(value: object) -> str:
    """What a cell shows, without markup: a range goes into a line of its own."""
    if not isinstance(value, Markup):
        return str(value)
    return "\n".join(Markup(part).striptags() for part in str(value).split("<small>"))


def _parts(row: Row) -> Iterator[tuple[str, object]]:
    """Columns and cells of a row of a CSV; a spread has a column for each of its numbers."""
    for key, value in row.items():
        if isinstance(value, Spread):
            yield f"{key} mean", _cell(value.mean)
            yield f"{key} p5", _cell(value.low)
            yield f"{key} p50", _cell(value.median)
            yield f"{key} p95", _cell(value.high)
            yield f"{key} error_parameters", _cell(value.error_parameters)
            yield f"{key} error_simulation", _cell(value.error_simulation)
        else:
            yield key, _cell(value)


def _cell(value: object) -> object:
    if isinstance(value, float):
        if not math.isfinite(value):
            return ""
        # To a thousandth of itself or better: beyond, a run of a hundred draws says nothing.
        near = float(f"{value:.4g}") if abs(value) < 1e3 else round(value)
        return int(near) if near == int(near) else near
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + value
    return "" if value is None else value
