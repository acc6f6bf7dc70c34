"""A document as a PDF, tagged for screen readers (PDF/UA) as far as WeasyPrint goes."""

from __future__ import annotations

from sojourn.report.figures.blocks import ReportDocument
from sojourn.report.formats.html import sheets
from sojourn.report.formats.paged import paged


def content(document: ReportDocument) -> bytes:
    """The bytes of the file; contents come first if there are several sections."""
    from weasyprint import HTML  # noqa: PLC0415 -- loads Pango, which only a PDF needs

    made: bytes = HTML(string=sheets(paged(document))).write_pdf(pdf_variant="pdf/ua-1")
    return made
