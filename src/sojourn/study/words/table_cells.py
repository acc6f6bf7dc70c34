"""How people write numbers, dates and yes or no in files of tables; the same for every reader."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from sojourn.study.files.yaml import shorten
from sojourn.study.units import WordsError, read_date

_FLAGS = {"yes": "yes", "y": "yes", "true": "yes", "t": "yes", "1": "yes", "1.0": "yes",
          "no": "no", "n": "no", "false": "no", "f": "no", "0": "no", "0.0": "no"}  # fmt: skip
_DECIMAL_COMMA = re.compile(r"([-+]?\d+),(\d+)(\D*)")
_WHOLE = re.compile(r"\d+(\.\d*)?([eE]\+?\d{1,2})?")
_GROUPED = re.compile(r"\d{1,3}([,'’\s]\d{3})+(\.\d+)?")
_THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}[.,]\d{3}[^\d.,eE]*")
"""Words that one country writes for thousands and another for a number with three decimals."""


def folded(name: str) -> str:
    """A name without what makes no difference in a header: capitals, spaces and underscores."""
    return " ".join(name.replace("_", " ").casefold().split())


def known_as(name: str, known: Iterable[str]) -> str:
    """The one of the known names that is meant, or the name itself."""
    names = tuple(known)
    if name in names:
        return name
    return next((each for each in names if folded(each) == folded(name)), name)


def point_number(text: str, commas: bool) -> str:
    """A number with a decimal point; `commas`: the file may write a decimal comma.

    Raises WordsError for words that may be thousands or decimals.
    """
    if not commas:
        return text
    _one_meaning(text)
    return _DECIMAL_COMMA.sub(r"\1.\2\3", text) if _DECIMAL_COMMA.fullmatch(text) else text


def thousands_fault(text: str) -> tuple[str, str] | None:
    """That a number has signs between its thousands, and how to write it; None if it has none."""
    if not _GROUPED.fullmatch(text):
        return None
    plain = re.sub(r"[,'’\s]", "", text)
    return f"`{shorten(text)}` has a sign between its thousands", f"write `{plain}`"


def number_fault(text: str) -> tuple[str, str] | None:
    """What is wrong with a count that nearly is one, and how to write it; None if it is not."""
    if re.fullmatch(r"[-−]\s*\d+(\.\d+)?", text):
        return f"`{shorten(text)}` is below 0", "write a number from 0"
    return thousands_fault(text)


def whole_number(text: str, commas: bool, noun: str) -> int:
    """A whole number from 0, also as programs write them, `185.0` and `1e+05`.

    Raises WordsError.
    """
    words = point_number(text, commas)
    if not text.isascii() or not _WHOLE.fullmatch(words) or not float(words).is_integer():
        what = f"`{shorten(text)}` is not {noun}"
        raise WordsError(what, "write a whole number from 0, as `180`")
    _one_meaning(text)
    return int(words) if words.isdigit() else int(float(words))


def _one_meaning(text: str) -> None:
    if _THOUSANDS.fullmatch(text):
        what = f"`{shorten(text)}` may be thousands or a number with three decimals"
        raise WordsError(what, "write `1000` without a sign, or one more decimal, as `1.2340`")


def flag_words(text: str) -> str:
    """`yes` or `no` for what people and programs write for them; else the words themselves."""
    return _FLAGS.get(text.casefold(), text)


def date_words(text: str) -> str:
    """The day of a date with a time of day, as it is written there; else the words themselves.

    A zone is left out with the time: the day is that of the clock on the wall.
    """
    try:
        if len(text) <= 10 or text[10] not in "T ":
            return text
        read_date(text[:10])
        return datetime.fromisoformat(text).date().isoformat()
    except ValueError:  # WordsError is one
        return text
