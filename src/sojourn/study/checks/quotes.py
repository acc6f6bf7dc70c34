"""Whether a study's quotations are in the texts of its sources."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sojourn.disk.faults import is_file
from sojourn.study.model.sources import Quoted, Source
from sojourn.study.model.study import StudyModel
from sojourn.study.words.file_tables import inside

FOUND: Literal["found"] = "found"
NOT_FOUND: Literal["not found"] = "not found"
NOT_CHECKED: Literal["not checked, text not at hand"] = "not checked, text not at hand"
QuoteStatus = Literal["found", "not found", "not checked, text not at hand"]

GREATEST_TEXT = 50_000_000
"""Bytes of a source's text; more is not read."""

_SAME = str.maketrans(
    {
        **dict.fromkeys("“”„‟«»″＂", '"'),
        **dict.fromkeys("‘’‚‛′`´ʼ＇", "'"),
        **dict.fromkeys("‐‑‒–—―−﹣－", "-"),
        "…": "...",
        "\u00ad": None,
        "\u200b": None,
        "\ufeff": None,
    }
)
_DASHES = re.compile(r"\s*-[\s-]*")
_DOTS = re.compile(r"\s*(?:\.\s?){3,}")


@dataclass(frozen=True, slots=True)
class QuoteCheck:
    """One quotation, and whether its source has it."""

    path: str
    source: str
    quote: str
    by: str | None
    status: QuoteStatus
    note: str
    """Why it was not checked; empty otherwise."""
    file: str
    line: int
    column: int


def normalise(text: str) -> str:
    """The text with one kind of white space, quotation marks, dashes and ellipses, case folded."""
    text = unicodedata.normalize("NFKC", text.translate(_SAME)).translate(_SAME)
    text = _DOTS.sub(" ... ", text.replace("''", '"'))
    return " ".join(_DASHES.sub("-", text).casefold().split())


def check_quotes(study: StudyModel, sources_dir: Path | None) -> list[QuoteCheck]:
    """Every quotation of the study, compared with its source's text.

    A source's `file` is looked for in `sources_dir` first, then in the study's folder. An ellipsis
    in a quote means words left out: the parts must follow one another in the text.
    """
    texts: dict[str, tuple[str | None, str]] = {}
    found: list[QuoteCheck] = []
    for quoted in study.quotes:
        if quoted.source not in texts:
            source = study.sources.get(quoted.source)
            texts[quoted.source] = _text_of(source, Path(study.path), sources_dir)
        found.append(_check(quoted, *texts[quoted.source]))
    return found


def _check(quoted: Quoted, text: str | None, note: str) -> QuoteCheck:
    status: QuoteStatus = NOT_CHECKED
    if text is not None:
        status = FOUND if holds(text, quoted.quote) else NOT_FOUND
    return QuoteCheck(
        quoted.path,
        quoted.source,
        quoted.quote,
        quoted.by,
        status,
        note,
        quoted.file,
        quoted.line,
        quoted.column,
    )


def holds(text: str, quote: str) -> bool:
    """Whether a normalised text holds the quote, part by part between ellipses."""
    whole = normalise(quote)
    parts = [part.strip() for part in whole.split("...") if part.strip()]
    if parts and whole in text:
        return True
    start = 0
    for part in parts:
        place = text.find(part, start)
        if place < 0:
            return False
        start = place + len(part)
    return bool(parts)


def _text_of(
    source: Source | None, folder: Path, sources_dir: Path | None
) -> tuple[str | None, str]:
    """The normalised text of a source, or None and why."""
    if source is None or source.file is None:
        return None, "the source names no file"
    for place in (sources_dir, folder):
        if place is None:
            continue
        # `sources_dir` may hold all files flat, whatever folder the study names.
        for name in (source.file, Path(source.file).name):
            path = inside(place, name)
            if path is None or not is_file(path):
                continue
            try:
                if path.stat().st_size > GREATEST_TEXT:
                    return None, f"{name} is too large"
                return normalise(path.read_text(encoding="utf-8-sig")), ""
            except OSError as error:
                return None, f"{name} cannot be read: {error.strerror}"
            except UnicodeDecodeError:
                return None, f"{name} cannot be read as UTF-8 text"
    return None, f"{source.file} is not at hand"
