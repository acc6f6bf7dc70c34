"""A document as a Word file, with real headings, captions, lists and table heads to edit."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any

import vl_convert

from sojourn.languages.phrases import language, phrase
from sojourn.report.figures.blocks import (
    Block,
    BulletList,
    Callout,
    Cards,
    Column,
    Figure,
    Heading,
    Panel,
    Prose,
    ReportDocument,
    ReportTable,
    plain_text,
)
from sojourn.report.figures.svg import standalone
from sojourn.report.formats.paged import paged

File = Any
"""A document of python-docx, whose types know no styles, fonts or parts of XML."""
WIDTH = 17.0
"""Centimetres between the margins."""
ACROSS = 3
"""Small drawings in a row."""
WIDEST = 48
"""Letters in a line of a table's column, beyond which it is not made wider."""
BESIDE = 3
"""Letters that fit into the margins of a cell."""
CODE = "Consolas"
_XML = "".join(chr(code) for code in range(32) if code not in (9, 10, 13))
_NOT_XML = re.compile(f"[{re.escape(_XML)}\ufffe\uffff]")


def content(document: ReportDocument) -> bytes:
    """The bytes of the file."""
    import docx  # noqa: PLC0415 -- only a Word file needs it
    from docx.shared import Cm, Pt  # noqa: PLC0415

    shown = paged(document)
    file: File = docx.Document()
    _properties(file, document)
    page = file.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin = page.right_margin = Cm((21 - WIDTH) / 2)
    page.top_margin = page.bottom_margin = Cm(1.8)
    normal = file.styles["Normal"]
    normal.font.name, normal.font.size = "Calibri", Pt(9.5)
    normal.paragraph_format.space_after = Pt(3)
    answer = file.styles["Intense Quote"].paragraph_format
    answer.left_indent = answer.right_indent = Cm(0.4)
    answer.space_before = answer.space_after = Pt(4)
    _page_numbers(file)
    file.add_paragraph(_text(document.kind), style="Subtitle")
    file.add_heading(_text(document.title), level=0)
    if document.about:
        file.add_paragraph(_text(document.about))
    file.add_paragraph(_text(" · ".join(document.facts)))
    if len(shown.sections) > 1:
        _contents(file, [section.title for section in shown.sections])
    for section in shown.sections:
        file.add_heading(_text(section.title), level=1)
        if section.lead:
            file.add_paragraph(_text(section.lead))
        for block in section.blocks:
            _add(file, block, document)
    stream = io.BytesIO()
    file.save(stream)
    return stream.getvalue()


def _properties(file: File, document: ReportDocument) -> None:
    core = file.core_properties
    core.title, core.author = _text(document.title), "Sojourn"
    core.comments, core.language = _text(document.made_by), language()


def _page_numbers(file: File) -> None:
    """The page's number at its foot, as a field that Word computes."""
    from docx.oxml import OxmlElement  # noqa: PLC0415
    from docx.oxml.ns import qn  # noqa: PLC0415

    paragraph = file.sections[0].footer.paragraphs[0]
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    paragraph._p.append(field)


def _contents(file: File, titles: Sequence[str]) -> None:
    """The titles of the sections, as a field that Word fills with the numbers of their pages."""
    from docx.oxml import OxmlElement  # noqa: PLC0415
    from docx.oxml.ns import qn  # noqa: PLC0415

    def mark(paragraph: File, kind: str) -> None:
        part = OxmlElement("w:fldChar")
        part.set(qn("w:fldCharType"), kind)
        paragraph.add_run()._r.append(part)

    style = "TOC Heading" if "TOC Heading" in file.styles else None
    file.add_paragraph(phrase("Contents"), style=style)
    lines = [file.add_paragraph(_text(title)) for title in titles]
    first = lines[0]._p
    start = file.add_paragraph()
    mark(start, "begin")
    asked = OxmlElement("w:instrText")
    asked.text = ' TOC \\o "1-1" \\h \\u '
    start.add_run()._r.append(asked)
    mark(start, "separate")
    for place, run in enumerate(list(start._p.r_lst)):
        first.insert(place + (first.pPr is not None), run)
    start._p.getparent().remove(start._p)
    mark(lines[-1], "end")


def _add(file: File, block: Block, document: ReportDocument) -> None:
    match block:
        case Heading():
            file.add_heading(_text(block.text), level=2)
        case Prose():
            _say(file.add_paragraph(), block.text)
        case Callout():
            paragraph = file.add_paragraph(style="Intense Quote")
            paragraph.add_run(_text(f"{block.title}. "))
            paragraph.add_run(_text(block.text)).italic = False
        case BulletList():
            for item in block.items:
                _say(file.add_paragraph(style="List Bullet"), item)
        case ReportTable():
            _table(file, block)
        case Figure():
            _figure(file, block, document)
        case Cards():
            for card in block.items:
                _card(file, card)


def _say(paragraph: File, text: str) -> None:
    """Write a text, with what stands between backticks as code."""
    for place, part in enumerate(_text(text).split("`")):
        run = paragraph.add_run(part)
        if place % 2:
            run.font.name = CODE


def _card(file: File, item: dict[str, Any]) -> None:
    verdict = f" – {item['verdict']}" if item.get("verdict") else ""
    file.add_heading(_text(f"{item['title']}{verdict}"), level=3)
    if item.get("quote"):
        said = ", ".join(str(part) for part in (item.get("by"), item.get("source")) if part)
        file.add_paragraph(_text(f"“{item['quote']}” {said}"), style="Quote")
    told = "; ".join(str(part) for part in (item.get("where"), item.get("share")) if part)
    if told:
        file.add_paragraph(_text(told))
    for label, text in item["parts"]:
        if text:
            file.add_paragraph(_text(f"{label}: {text}"))


def _caption(file: File, text: str) -> None:
    from docx.shared import Pt  # noqa: PLC0415

    form = file.add_paragraph(_text(text), style="Caption").paragraph_format
    form.keep_with_next, form.space_before, form.space_after = True, Pt(8), Pt(2)


def _table(file: File, table: ReportTable) -> None:
    """A table whose first row is its head, repeated on each page."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH  # noqa: PLC0415
    from docx.oxml import OxmlElement  # noqa: PLC0415
    from docx.oxml.ns import qn  # noqa: PLC0415
    from docx.shared import Cm, Pt  # noqa: PLC0415

    if not table.rows:
        return
    _caption(file, table.caption)
    grid = file.add_table(rows=len(table.rows) + 1, cols=len(table.columns))
    grid.style, grid.autofit = file.styles["Light List Accent 1"], False
    lines: list[Sequence[object]] = [[column.label for column in table.columns]]
    lines += [[text for _, text in table.cells(row)] for row in table.rows]
    # `table.cell()` reads the whole table for each cell, a row's cells only the row.
    widths = [Cm(width) for width in _widths(table.columns, lines)]
    for column, width in zip(grid.columns, widths, strict=True):
        column.width = width
    for line, (row, texts) in enumerate(zip(grid.rows, lines, strict=True)):
        for column, cell, text, width in zip(table.columns, row.cells, texts, widths, strict=True):
            cell.width = width
            _write(cell, text, Pt(8 if line else 7.5))
            if column.number:
                cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT
        properties = row._tr.get_or_add_trPr()
        properties.append(OxmlElement("w:cantSplit"))
        if not line:
            head = OxmlElement("w:tblHeader")
            head.set(qn("w:val"), "true")
            properties.append(head)
    if table.note:
        file.add_paragraph(_text(table.note)).runs[0].font.size = Pt(8)


def _widths(columns: Sequence[Column], lines: Sequence[Sequence[object]]) -> list[float]:
    """Centimetres of each column: as its longest number needs, and texts what is left to them."""
    wanted = []
    several = any(column.number for column in columns)
    for column, (head, *cells) in zip(columns, zip(*lines, strict=True), strict=True):
        longest = max((len(each) for cell in cells for each in _text(cell).split("\n")), default=0)
        texts = [head] if column.number else [head, *cells]
        word = max((len(each) for text in texts for each in _text(text).split()), default=0)
        line = longest if column.number else min(longest / 2 if several else longest, WIDEST)
        wanted.append(max(word, line) + BESIDE)
    return [WIDTH * each / sum(wanted) for each in wanted]


def _write(cell: File, text: object, size: File) -> None:
    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_after = 0
    paragraph.add_run(_text(text)).font.size = size


def _figure(file: File, figure: Figure, document: ReportDocument) -> None:
    from docx.shared import Cm, Pt  # noqa: PLC0415

    _caption(file, figure.title)
    if figure.note:
        _say(file.add_paragraph(), figure.note)
    paragraph = file.add_paragraph()
    for panel in figure.panels:
        alone = panel.narrow is not None
        width = WIDTH - 0.5 if alone else WIDTH / ACROSS - 0.2
        shape = paragraph.add_run().add_picture(io.BytesIO(_drawn(panel)), width=Cm(width))
        about = shape._inline.docPr
        about.set("descr", _text(f"{figure.title}. {panel.title}".strip()))
    file.add_paragraph(_text(document.source_of(figure))).runs[0].font.size = Pt(8)


def _drawn(panel: Panel) -> bytes:
    """A drawing as PNG; its title stands in it, since Word has no place for it."""
    png: bytes = vl_convert.svg_to_png(str(standalone(panel.svg)), scale=2)
    return png


def _text(value: object) -> str:
    """Plain text, without what XML cannot hold."""
    return _NOT_XML.sub("", plain_text(value))
