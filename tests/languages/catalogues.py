"""Catalogues from the sources: `python tests/languages/catalogues.py` writes them anew.

It collects the texts of `phrase`, `plural` and `later` in the sources and templates into each
LANGUAGE.po, keeps the translations that are there, and compiles LANGUAGE.mo from them.
"""

from __future__ import annotations

import io
from datetime import datetime
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

import sojourn
from sojourn.languages.phrases import CATALOGUES, DEFAULT, LANGUAGES

SOURCES = Path(sojourn.__file__).parent
METHODS = [("**.py", "python"), ("report/formats/templates/**.html", "jinja2")]
KEYWORDS = {"phrase": None, "later": None, "plural": (1, 2)}
HEADER = "# Texts of Sojourn in {}. The English text is the key."
OTHERS = tuple(code for code in LANGUAGES if code != DEFAULT)


@cache
def texts() -> Catalog:
    """Every text of the sources, with the files in which it stands."""
    found = Catalog()
    for file, _, text, comments, context in extract_from_dir(
        SOURCES, METHODS, keywords=KEYWORDS, comment_tags=("For translators:",)
    ):
        found.add(text, locations=[(file, None)], auto_comments=comments, context=context)
    return found


def catalogue(code: str) -> Catalog:
    """The catalogue as it is."""
    with (CATALOGUES / f"{code}.po").open("rb") as stream:
        return read_po(stream, locale=code)


def renewed(code: str) -> Catalog:
    """The catalogue with the texts of the sources, and the translations that there are."""
    path = CATALOGUES / f"{code}.po"
    before = catalogue(code) if path.is_file() else Catalog(locale=code)
    made = Catalog(
        locale=code, project="Sojourn", header_comment=HEADER.format(LANGUAGES[code]), fuzzy=False,
    )  # fmt: skip
    # One and many; the forms of Unicode's tables add a third, for millions, that no text needs.
    made.mime_headers = [("Plural-Forms", "nplurals=2; plural=(n != 1);")]
    for message in texts():
        if message.id:
            old = before.get(message.id, message.context)
            made.add(
                message.id,
                old.string if old else "",
                locations=message.locations,
                auto_comments=message.auto_comments,
                context=message.context,
            )
    return made


def written(made: Catalog) -> bytes:
    """The catalogue as a .po file, without dates, which would change it each time."""
    stream = io.BytesIO()
    write_po(stream, made, width=100, include_lineno=False, ignore_obsolete=True)
    dated = (b'"POT-Creation-Date', b'"PO-Revision-Date', b'"Generated-By', b'"Last-Translator',
             b'"Language-Team', b'"Report-Msgid-Bugs-To')  # fmt: skip
    lines = stream.getvalue().splitlines(keepends=True)
    return b"".join(line for line in lines if not line.startswith(dated))


def compiled(made: Catalog) -> bytes:
    """The catalogue as a .mo file, of no particular day."""
    made.creation_date = made.revision_date = datetime(2000, 1, 1)
    stream = io.BytesIO()
    write_mo(stream, made)
    return stream.getvalue()


def write() -> None:
    """Write each catalogue anew, text and compiled."""
    for code in OTHERS:
        made = renewed(code)
        (CATALOGUES / f"{code}.po").write_bytes(written(made))
        (CATALOGUES / f"{code}.mo").write_bytes(compiled(catalogue(code)))


if __name__ == "__main__":
    write()
