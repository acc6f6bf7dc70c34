"""What of a document goes on paper: everything that a reader must turn no leaf for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sojourn.languages.phrases import phrase
from sojourn.report.figures.blocks import Block, Heading, Prose, ReportDocument, ReportTable, Tabs

LONGEST = 40
"""Rows of a table on paper; a longer one is left to the spreadsheet."""


def paged(document: ReportDocument) -> ReportDocument:
    """The document without folded tables, long tables, and all scenarios but the first shown.

    What is left out is named where it stood; the page and the spreadsheet have it.
    """
    return replace(
        document,
        sections=tuple(
            replace(section, blocks=tuple(_blocks(section.blocks, document.start)))
            for section in document.sections
        ),
    )


def _blocks(blocks: Iterable[Block], start: str) -> Iterable[Block]:
    for block in blocks:
        if isinstance(block, Tabs):
            yield from _chosen(block, start)
        elif isinstance(block, ReportTable) and (
            block.folded or not block.page or len(block.rows) > LONGEST
        ):
            yield _left_out(block)
        else:
            yield block


def _chosen(tabs: Tabs, start: str) -> Iterable[Block]:
    """The panel of the scenario that is shown first, or the first that there is."""
    panels = dict(tabs.panels)
    name = start if start in panels else next(iter(panels))
    yield Heading(name)
    yield from _blocks(panels[name], start)
    others = [other for other in panels if other != name]
    if others:
        yield Prose(
            phrase(
                "The same for {others}: in the page and in the spreadsheet.",
                others=", ".join(others),
            ),
            True,
        )


def _left_out(table: ReportTable) -> Block:
    return Prose(
        phrase(
            "{caption}: {count} rows, in the page and the spreadsheet.",
            caption=table.caption,
            count=len(table.rows),
        ),
        True,
    )
