"""Dates as people write them in the language of the moment."""

from __future__ import annotations

import re
from datetime import date

from sojourn.languages.phrases import later, phrase
from sojourn.languages.signs import DASH

MONTHS = (
    later("January"), later("February"), later("March"), later("April"), later("May"),
    later("June"), later("July"), later("August"), later("September"), later("October"),
    later("November"), later("December"),
)  # fmt: skip
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_DATE = re.compile(r"`[^`]*`|(?<![\w/.-])\d{4}-\d\d-\d\d(?![\w/-])")


def day(value: date | None) -> str:
    """`4 February 2025`."""
    return DASH if value is None else _date(later("{day} {month} {year}"), value)


def short_day(value: date | None) -> str:
    """`4 Feb 2025`, for tables."""
    if value is None:
        return DASH
    return f"{value.day} {phrase(MONTHS[value.month - 1])[:3]} {value.year}"


def month(value: date | None) -> str:
    """`February 2025`."""
    return DASH if value is None else _date(later("{month} {year}"), value)


def of_file(text: str | None) -> str:
    """A date that a file writes as `2025-02-04` or `2025-02`; another text as it is."""
    if not text:
        return ""
    if re.fullmatch(r"\d{4}-\d\d", text) and 1 <= int(text[5:]) <= 12:
        return month(date(int(text[:4]), int(text[5:]), 1))
    return in_text(text)


def day_of_file(value: object) -> str:
    """The day that a file writes as `2025-02-04`, in words; empty for anything else."""
    return in_text(value) if isinstance(value, str) and _DAY.fullmatch(value) else ""


def in_text(text: str) -> str:
    """The text with its dates as the language writes them; what stands in backticks stays."""
    return _DATE.sub(_dated, text)


def _dated(found: re.Match[str]) -> str:
    try:
        return day(date.fromisoformat(found[0]))
    except ValueError:
        return found[0]


def _date(pattern: str, value: date) -> str:
    month = phrase(MONTHS[value.month - 1])
    return phrase(pattern, day=value.day, month=month, year=value.year)
