"""Documented values of facts: from the words of a study to one canonical value."""

from __future__ import annotations

import math
import re
from datetime import date

from sojourn.errors import Problem, StudyError
from sojourn.study.files.suggest import did_you_mean
from sojourn.study.model import Fact, FactValue
from sojourn.study.units import DAYS

UNKNOWN = "unknown"
"""Written for undocumented."""

GREATEST = 1e15
"""Largest magnitude of a number: whole numbers up to it are exact."""

_SAME = {"people": "person", "persons": "person"}
_YES, _NO = {"yes", "true"}, {"no", "false"}


def singular(unit: str) -> str:
    """A unit in one spelling: `arrests` and `arrest` are the same, as `people` and `person`."""
    word, per, rest = unit.strip().partition(" per ")
    word = _SAME.get(word, word[:-1] if len(word) > 3 and word.endswith("s") else word)
    return f"{word}{per}{rest}"


def documented(name: str, fact: Fact, value: object, path: str) -> FactValue:
    """The canonical value of a fact: text, float (durations in days), bool, or ISO date text.

    'unknown' and None are undocumented: None. Raises `StudyError` for what the fact cannot be.
    """
    if value is None or (isinstance(value, str) and value.strip().lower() == UNKNOWN):
        return None
    match fact.type:
        case "text":
            found: FactValue = _text(fact, value)
        case "yes-no":
            found = _yes_no(value)
        case "date":
            found = _date(value)
        case _:
            found = _number(fact, value)
    if found is None:
        raise StudyError(_wrong(name, fact, value, path))
    return found


def shown(value: FactValue) -> str:
    """A value in words: `unknown`, `yes`, `3`, `SV`."""
    if value is None:
        return UNKNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.15g}"
    return str(value)


def _text(fact: Fact, value: object) -> str | None:
    if isinstance(value, bool):
        # YAML's yes and no, where the text itself is meant.
        value = "yes" if value else "no"
    text = shown(float(value)) if isinstance(value, int | float) else str(value)
    return text if not fact.values or text in fact.values else None


def _yes_no(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    return True if word in _YES else False if word in _NO else None


def _date(value: object) -> str | None:
    try:
        return date.fromisoformat(str(value).strip()).isoformat()
    except ValueError:
        return None


def _number(fact: Fact, value: object) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        number = float(value)
    else:
        read = re.fullmatch(r"([-−+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?)(?:\s+(.+))?", str(value).strip())
        if read is None:
            return None
        number = float(read.group(1).replace("−", "-"))
        unit = singular(read.group(2) or "")
        if fact.type == "duration" and unit in DAYS:
            number *= DAYS[unit]
        elif unit and unit != singular(fact.unit or ""):
            return None
    low, high = fact.least, fact.most
    if not math.isfinite(number) or abs(number) > GREATEST:
        return None
    if (low is not None and number < low) or (high is not None and number > high):
        return None
    # Zero has one spelling, so that equal cells are one cell.
    return number + 0.0


def _wrong(name: str, fact: Fact, value: object, path: str) -> Problem:
    """The problem of an impossible value, with the values that the fact may have."""
    if fact.type == "text":
        fix = did_you_mean(str(value), [*fact.values, UNKNOWN])
    elif fact.type == "yes-no":
        fix = "write yes, no or unknown"
    elif fact.type == "date":
        fix = "write year-month-day, as 2025-02-04, or unknown"
    else:
        low = "any" if fact.least is None else f"{fact.least:g}"
        high = "any" if fact.most is None else f"{fact.most:g}"
        fix = f"write a number, {low} to {high}" + (
            ", with its unit, as 90 days" if fact.type == "duration" else ""
        )
    return Problem(f"'{value}' cannot be a value of `{name}`", fix, path=path)
