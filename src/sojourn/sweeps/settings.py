"""Settings of a sweep: the values that a study takes, by path."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, localcontext
from itertools import product
from math import prod

from sojourn.errors import Problem, SojournError

Setting = Mapping[str, object]
"""Values by path, as a change of a study takes them."""

MOST_SETTINGS = 10_000
_RANGE = re.compile(r"(?P<first>.+?)\s*\.\.\s*(?P<last>.+?)\s*/\s*(?P<count>\d+)")
_NUMBER = re.compile(r"(?P<number>[-+]?\d[\d,]*(?:\.\d+)?)\s*(?P<unit>.*)")
_DIGITS = 12
"""Significant digits of a value between two others, where it has more."""


def grid(varied: Mapping[str, object]) -> list[dict[str, object]]:
    """Every combination of values, the last path changing fastest.

    `varied`: by path a text as `read_values` takes it, or a sequence of values. Raises SojournError
    for a path without values and for more combinations than a sweep can hold.
    """
    values = {path: _values(path, given) for path, given in varied.items()}
    count = prod(map(len, values.values()))
    if count > MOST_SETTINGS:
        what = f"these are {count:,} settings; a sweep holds {MOST_SETTINGS:,} at most"
        raise SojournError(Problem(what, "vary fewer values, or give a table of settings"))
    return [dict(zip(values, chosen, strict=True)) for chosen in product(*values.values())]


def read_values(text: str) -> list[str]:
    """The values of a text: `A..B/N`, N from A to B evenly spaced; or some between semicolons.

    Values between are exact decimals, or have 12 significant digits. Raises SojournError if the
    two ends are not numbers of one unit.
    """
    found = _RANGE.fullmatch(text.strip())
    if found is None:
        return [value for part in text.split(";") if (value := part.strip())]
    ends = [_NUMBER.fullmatch(found[end]) for end in ("first", "last")]
    count = int(found["count"])
    if not all(ends) or not 2 <= count <= MOST_SETTINGS:
        what = f"`{text}` is not FIRST..LAST/N with two numbers and N from 2 to {MOST_SETTINGS:,}"
        raise SojournError(Problem(what, "write for example `200 people..600 people/5`"))
    units = [end["unit"].strip() for end in ends if end]
    unit = units[1]
    if units[0] not in ("", unit):
        what = f"`{text}` goes from {units[0]!r} to {unit!r}"
        raise SojournError(Problem(what, "give both ends in one unit"))
    first, last = (Decimal(end["number"].replace(",", "")) for end in ends if end)
    return [f"{_spaced(first, last, step, count)} {unit}".rstrip() for step in range(count)]


def _spaced(first: Decimal, last: Decimal, step: int, count: int) -> str:
    with localcontext() as context:
        context.prec = _DIGITS
        between = first + (last - first) * step / (count - 1)
    exact = {0: first, count - 1: last}.get(step, between)
    text = f"{exact:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _values(path: str, given: object) -> list[object]:
    if isinstance(given, str):
        found: list[object] = list(read_values(given))
    elif isinstance(given, Sequence):
        found = list(given)
    else:
        raise SojournError(Problem(f"`{type(given).__name__}` is not a list of values", path=path))
    if not found:
        raise SojournError(Problem("it has no values", "list at least one", path=path))
    return found


def settings_of(columns: Mapping[str, Sequence[object]]) -> list[dict[str, object]]:
    """The settings of a table, a row each; an empty cell leaves the study as it is.

    Raises SojournError for a table without rows, and for more rows than a sweep can hold.
    """
    rows = len(next(iter(columns.values()), ()))
    if not 1 <= rows <= MOST_SETTINGS:
        what = f"the table of settings has {rows:,} rows, not 1 to {MOST_SETTINGS:,}"
        raise SojournError(Problem(what, "give a column for each path and a row for each setting"))
    return [
        {path: values[row] for path, values in columns.items() if values[row] not in (None, "")}
        for row in range(rows)
    ]
