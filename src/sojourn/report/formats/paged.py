"""What of a document goes on paper: one scenario in full, the others in an annex."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from sojourn.languages.phrases import phrase
from sojourn.report.figures.blocks import (
    Block,
    BulletList,
    Heading,
    Prose,
    ReportDocument,
    ReportTable,
    Section,
    Tabs,
)

LONGEST = 40
"""Rows of a table on paper; a longer one is left to the spreadsheet."""
IN_ANNEX = 14
"""The same in the annex, where every scenario repeats the tables."""
WIDEST = 10
"""Columns of numbers of a table on paper, beside its first column; a wider one is taken apart."""
OF_ANNEX = ("people", "capacity", "money")
"""Sections that the annex has for every scenario."""


def paged(document: ReportDocument) -> ReportDocument:
    """The document with the first shown scenario in its place and the others in an annex.

    The annex has their short tables of people, places and money, without figures. Wide tables are
    taken apart. Long and folded tables are left out; what is left out is named where it stood, and
    the page and the spreadsheet have it.
    """
    sections = tuple(
        replace(section, blocks=tuple(_blocks(section.blocks, document.start)))
        for section in document.sections
    )
    return replace(document, sections=(*sections, *_annex(document)))


def _blocks(blocks: Iterable[Block], start: str) -> Iterator[Block]:
    for block in blocks:
        if isinstance(block, Tabs):
            panels = dict(block.panels)
            name = _chosen(block, start)
            yield Heading(name)
            yield from _blocks(panels[name], start)
        elif isinstance(block, ReportTable) and (
            block.folded or not block.page or len(block.rows) > LONGEST
        ):
            yield _left_out(block)
        elif isinstance(block, ReportTable):
            yield from _narrow(block)
        else:
            yield block


def _narrow(table: ReportTable) -> Iterator[ReportTable]:
    """The table, or its columns of numbers in tables that fit the page, each with the first."""
    first, *numbers = table.columns
    parts = -(-len(numbers) // WIDEST)
    if parts < 2:
        yield table
        return
    each = -(-len(numbers) // parts)
    for part in range(parts):
        yield replace(
            table,
            caption=phrase("{caption} ({part} of {parts})", caption=table.caption, part=part + 1,
                           parts=parts),
            columns=(first, *numbers[part * each : (part + 1) * each]),
            note=table.note if part == parts - 1 else "",
        )  # fmt: skip


def _chosen(tabs: Tabs, start: str) -> str:
    """The scenario that is shown in its place: the first shown, or the first that there is."""
    names = [name for name, _ in tabs.panels]
    return start if start in names else names[0]


def _annex(document: ReportDocument) -> Iterator[Section]:
    """A section for each scenario that is not shown in its place."""
    found: dict[str, list[Block]] = {}
    for section in (each for each in document.sections if each.key in OF_ANNEX):
        for tabs in (block for block in section.blocks if isinstance(block, Tabs)):
            for name, blocks in tabs.panels:
                own = list(_short(blocks))
                if name != _chosen(tabs, document.start) and own:
                    found.setdefault(name, []).extend((Heading(section.title), *own))
    for place, (name, kept) in enumerate(found.items(), start=1):
        yield Section(
            f"annex-{place}",
            phrase("Annex {number}: {scenario}", number=place, scenario=name),
            tuple(kept),
        )


def _short(blocks: Iterable[Block]) -> Iterator[Block]:
    """The sentences and the short tables of a panel."""
    for block in blocks:
        if isinstance(block, BulletList) or (isinstance(block, Prose) and not block.small):
            yield block
        elif isinstance(block, ReportTable) and (
            block.rows and block.page and not block.folded and len(block.rows) <= IN_ANNEX
        ):
            yield from _narrow(replace(block, note=""))


def _left_out(table: ReportTable) -> Block:
    return Prose(
        phrase(
            "{caption}: {count} rows, in the page and the spreadsheet.",
            caption=table.caption,
            count=len(table.rows),
        ),
        True,
    )
