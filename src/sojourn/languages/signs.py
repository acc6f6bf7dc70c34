"""Signs of numbers in the language of the moment, and of quotations."""

from __future__ import annotations

import re

from sojourn.languages.phrases import language

DASH = "–"
"""In place of a number or a date that is not known."""
NARROW = "\u202f"
"""A narrow space that breaks no line."""
SIGNS = {"en": (".", ","), "es": (",", NARROW)}
"""By language: decimal sign, and separator of thousands.

Spanish as the Academies write it: a space, because in some countries a point parts the decimals;
and none in a number of four figures.
"""

LARGE = {"en": (1e12, 1e9, 1e6), "es": (1e12, 1e6)}
"""By language: the sizes that have a word; in Spanish a thousand million has none of its own."""


_FOUR = re.compile(r"(?<![\d,.])(\d),(\d{3})(?![\d,])")
_INNER = str.maketrans("“”", "‘’")


def inner(text: str) -> str:
    """A text with the quotation marks that it has where it is itself quoted."""
    return text.translate(_INNER)


def local(text: str) -> str:
    """A number as Python writes it, such as `1,234.5`, with the signs of the language."""
    if language() == "es":
        text = _FOUR.sub(r"\1\2", text)
    point, between = SIGNS[language()]
    return text.translate({ord("."): point, ord(","): between})
