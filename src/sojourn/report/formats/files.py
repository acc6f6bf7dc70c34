"""The formats of a report, by the ending of its file's name."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from sojourn.disk.faults import problem_of
from sojourn.errors import Problem, ResultsError, install
from sojourn.report.figures.blocks import ReportDocument
from sojourn.report.formats import html, pdf, spreadsheet, word

MAKER = b"Sojourn"


@dataclass(frozen=True, slots=True)
class Format:
    """How a document becomes a file, and how such a file of ours is known."""

    content: Callable[[ReportDocument], bytes]
    ours: Callable[[Path], bool]
    module: str = ""
    """Library that it needs beyond Sojourn's own, which the extra `report` brings."""


def _page_is_ours(file: Path) -> bool:
    with file.open("rb") as stream:
        return html.GENERATOR.encode() in stream.read(4096)


def _pdf_is_ours(file: Path) -> bool:
    content = file.read_bytes()
    return content.startswith(b"%PDF") and MAKER in content


def _office_file_is_ours(file: Path) -> bool:
    try:
        with zipfile.ZipFile(file) as parts:
            return MAKER in parts.read("docProps/core.xml")
    except (zipfile.BadZipFile, KeyError):
        return False


_PAGE = Format(lambda document: html.page(document).encode(), _page_is_ours)
_FORMATS = {
    ".html": _PAGE,
    ".htm": _PAGE,
    ".pdf": Format(pdf.content, _pdf_is_ours, "weasyprint"),
    ".docx": Format(word.content, _office_file_is_ours, "docx"),
    ".xlsx": Format(spreadsheet.content, _office_file_is_ours),
}
ENDINGS = tuple(_FORMATS)


def format_of(out: Path) -> Format:
    """The format of a file to be written.

    Raises ResultsError if the file is there and not ours, or if a library is not installed.
    """
    found = _FORMATS[out.suffix.lower()]
    try:
        ours = found.ours(out)
    except FileNotFoundError:
        ours = True
    except OSError as error:
        raise ResultsError(problem_of(error, "the report cannot be written", out)) from error
    if not ours:
        raise ResultsError(
            Problem("this file is not a report of ours", "give the report another name", str(out))
        )
    if found.module and find_spec(found.module) is None:
        what = f"a report as {out.suffix.removeprefix('.').upper()}"
        raise ResultsError(
            Problem(
                f"{what} needs the library {found.module}, which is not installed",
                install("sojourn[report]"),
                str(out),
            )
        )
    return found
