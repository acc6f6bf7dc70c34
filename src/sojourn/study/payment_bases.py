"""What a payment can be for: one record for each form of `per`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

BasisName = Literal["person-time", "place-time", "wing-time", "move", "time", "once"]


@dataclass(frozen=True, slots=True)
class Basis:
    """One form of `per`."""

    name: BasisName
    form: str
    """As it is written, with `year` for the unit of time."""
    pattern: str
    """Regular expression with groups `unit` and `names` where there are such."""
    noun: str
    """What is counted, in the unit of its quantity: `person-year`, `person`."""
    names: Literal["states", "transitions", ""]
    needs: tuple[str, ...]
    """Keys without which it has no meaning."""
    takes: frozenset[str]
    """Keys of a payment that not all bases have."""
    meaning: str

    def unit(self, per: str) -> str:
        """The unit of its quantity, as `person-year`, `month` or `once`."""
        return self.noun if per == "person" else "-".join(part for part in (self.noun, per) if part)


_TIME = r"(?P<unit>day|month|year)"
_IN = r" in (?P<names>.+)"

BASES: tuple[Basis, ...] = (
    Basis(
        "person-time", "person-year in STATE", rf"person-{_TIME}{_IN}", "person", "states", (),
        frozenset({"where", "minimum", "tiers", "settled", "days"}),
        "people in states, for a time",
    ),
    Basis(
        "wing-time", "wing-year in STATE", rf"wing-{_TIME}{_IN}", "wing", "states", ("wing",),
        frozenset({"where", "settled", "wing"}),
        "whole wings, as many as the people in states need",
    ),
    Basis(
        "move", "person over SOURCE -> TARGET", r"(?P<unit>person) over (?P<names>.+)", "person",
        "transitions", (), frozenset({"where", "tiers", "settled"}),
        "each move over transitions",
    ),
    Basis(
        "place-time", "place-month", rf"place-{_TIME}", "place", "", ("places",),
        frozenset({"places", "settled"}),
        "contracted places, used or not",
    ),
    Basis(
        "time", "month", _TIME, "", "", (), frozenset({"settled"}),
        "the calendar alone, whatever the use",
    ),
    Basis(
        "once", "once", r"(?P<unit>once)", "", "", ("on",), frozenset({"on"}),
        "one sum on a day",
    ),
)  # fmt: skip

BY_NAME: dict[str, Basis] = {basis.name: basis for basis in BASES}
PER_FORMS = (*(basis.form for basis in BASES), "person-day in STATE", "person-month in STATE",
             "place-year", "day", "year")  # fmt: skip
SPECIAL = tuple(sorted(frozenset[str]().union(*(basis.takes for basis in BASES))))
"""Keys that not all bases have."""


def basis_of(text: str) -> tuple[Basis, str, str] | None:
    """The basis that `per` names, its unit, and the names of states or transitions."""
    for basis in BASES:
        match = re.fullmatch(basis.pattern, text)
        if match is not None:
            found = match.groupdict()
            return basis, found["unit"], found.get("names") or ""
    return None


def takers(key: str) -> str:
    """The forms of `per` that a key belongs to, in words."""
    return " or ".join(f"`per: {basis.form}`" for basis in BASES if key in basis.takes)
