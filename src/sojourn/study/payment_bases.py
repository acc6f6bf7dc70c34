"""What a payment can be for: one record for each form of `per`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

BasisName = Literal["person-time", "place-time", "wing-time", "move", "time", "once"]


Settled = Literal["day", "month", "quarter", "year", "whole term"]


@dataclass(frozen=True, slots=True)
class Basis:
    """One form of `per`; `sojourn.money.bill` computes what each of them comes to."""

    name: BasisName
    form: str
    """As it is written, with `year` for the unit of time."""
    pattern: str
    """Regular expression with groups `unit` and `names` where there are such."""
    noun: str
    """What is counted, in the unit of its quantity: `person-year`, `person`."""
    names: Literal["states", "transitions", ""]
    takes: frozenset[str]
    """Keys of a payment that not all bases have."""
    meaning: str
    needs: tuple[tuple[str, str], ...] = ()
    """Keys without which it has no meaning, each with an example."""
    other_forms: tuple[str, ...] = ()
    """What a word that is not understood may have meant, beside `form`."""
    usual: tuple[str, Settled] | None = None
    """What is settled, in the plural, and by which period unless the payment says; None: by the
    unit of `per`."""
    by_average: bool = False
    """Whether it always depends on how many people a settlement holds on average."""

    @property
    def on_one_day(self) -> bool:
        """Whether it is paid on one day, not over a time."""
        return "on" in self.takes

    def unit(self, per: str) -> str:
        """The unit of its quantity, as `person-year`, `month` or `once`."""
        return self.noun if per == "person" else "-".join(part for part in (self.noun, per) if part)


_TIME = r"(?P<unit>day|month|year)"
_IN = r" in (?P<names>.+)"

BASES: tuple[Basis, ...] = (
    Basis(
        "person-time", "person-year in STATE", rf"person-{_TIME}{_IN}", "person", "states",
        frozenset({"where", "minimum", "tiers", "settled", "days"}),
        "people in states, for a time",
        other_forms=("person-day in STATE", "person-month in STATE"),
    ),
    Basis(
        "wing-time", "wing-year in STATE", rf"wing-{_TIME}{_IN}", "wing", "states",
        frozenset({"where", "settled", "wing"}),
        "whole wings, as many as the people in states need",
        needs=(("wing", "{places: 500 places}"),),
        usual=("wings", "month"),
        by_average=True,
    ),
    Basis(
        "move", "person over SOURCE -> TARGET", r"(?P<unit>person) over (?P<names>.+)", "person",
        "transitions", frozenset({"where", "tiers", "settled"}),
        "each move over transitions",
        usual=("moves", "whole term"),
    ),
    Basis(
        "place-time", "place-month", rf"place-{_TIME}", "place", "",
        frozenset({"places", "settled"}),
        "contracted places, used or not",
        needs=(("places", "300 places"),),
        other_forms=("place-year",),
    ),
    Basis(
        "time", "month", _TIME, "", "", frozenset({"settled"}),
        "the calendar alone, whatever the use",
        other_forms=("day", "year"),
    ),
    Basis(
        "once", "once", r"(?P<unit>once)", "", "", frozenset({"on"}),
        "one sum on a day",
        usual=("sums", "whole term"),
    ),
)  # fmt: skip

BY_NAME: dict[str, Basis] = {basis.name: basis for basis in BASES}
PER_FORMS = (*(basis.form for basis in BASES), *(form for b in BASES for form in b.other_forms))
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


def takers(key: str) -> tuple[str, ...]:
    """The forms of `per` that a key belongs to."""
    return tuple(basis.form for basis in BASES if key in basis.takes)


def belongs_to(key: str) -> str:
    """What to say of a key that stands with another form of `per`."""
    return f"`{key}` belongs to " + " or ".join(f"`per: {form}`" for form in takers(key))
