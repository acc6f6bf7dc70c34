"""Numbers that follow from others by `+ - * /`, with their units: `stock * 12 % / 1 year`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING

from sojourn.study.units import DAYS, WordsError, is_currency

if TYPE_CHECKING:
    from sojourn.study.model.values import Quantity

_SIGN = re.compile(r"(\(|\)|(?<=\s)[-+−*×/÷](?=\s))")
_SAME = {"−": "-", "×": "*", "÷": "/"}
MOST_NAMES = 12
"""The most uncertain numbers in one formula: its bounds are looked for in all their ends."""

Dimension = Mapping[str, int]
"""Powers of people, days, currencies and declared units; nothing is a share or a bare number."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula: a name, or two formulas and the sign between them."""

    sign: str
    """One of `+ - * /`, or nothing."""
    name: str = ""
    sides: tuple[Formula, ...] = ()

    def names(self) -> tuple[str, ...]:
        """Names and numbers in it, each once."""
        inner = (name for side in self.sides for name in side.names())
        return tuple(dict.fromkeys(inner)) if self.sign else (self.name,)

    def value(self, of: Callable[[str], float]) -> float:
        """What it comes to. Raises ZeroDivisionError."""
        if not self.sign:
            return of(self.name)
        left, right = (side.value(of) for side in self.sides)
        match self.sign:
            case "+":
                return left + right
            case "-":
                return left - right
            case "*":
                return left * right
        return left / right

    def dimension(self, of: Callable[[str], Dimension]) -> Dimension:
        """The unit of what it comes to. Raises WordsError for a sum of different units."""
        if not self.sign:
            return of(self.name)
        left, right = (side.dimension(of) for side in self.sides)
        if self.sign in "+-":
            if left != right:
                what = f"`{told(left)}` and `{told(right)}` cannot be added or subtracted"
                raise WordsError(what, "multiply or divide by what is missing")
            return left
        found = Counter(left)
        (found.update if self.sign == "*" else found.subtract)(dict(right))
        return {unit: power for unit, power in found.items() if power}

    def divisors(self) -> tuple[Formula, ...]:
        """What it divides by."""
        inner = tuple(each for side in self.sides for each in side.divisors())
        return (*inner, self.sides[1]) if self.sign == "/" else inner

    def powers(self) -> tuple[Counter[str], Counter[str]]:
        """The degree of each name in numerator and denominator, written as one fraction."""
        if not self.sign:
            return Counter([self.name]), Counter()
        (above, below), (others_above, others_below) = (side.powers() for side in self.sides)
        if self.sign == "*":
            return above + others_above, below + others_below
        if self.sign == "/":
            return above + others_below, below + others_above
        if below == others_below:
            return above | others_above, below
        return (above + others_below) | (others_above + below), below + others_below


@lru_cache(maxsize=1024)
def parse_formula(text: str) -> Formula:
    """The formula in a text; signs stand between spaces. Raises WordsError."""
    words = [_SAME.get(word, word) for part in _SIGN.split(text) if (word := part.strip())]
    found, rest = _sum(words)
    if rest:
        raise WordsError(f"`{rest[0]}` stands where a sign is needed", "write `a * (b - c)`")
    return found


def _sum(words: Sequence[str]) -> tuple[Formula, Sequence[str]]:
    return _chain(words, "+-", lambda rest: _chain(rest, "*/", _atom))


def _chain(
    words: Sequence[str], signs: str, side: Callable[[Sequence[str]], tuple[Formula, Sequence[str]]]
) -> tuple[Formula, Sequence[str]]:
    found, words = side(words)
    while words and words[0] in signs:
        right, rest = side(words[1:])
        found, words = Formula(words[0], sides=(found, right)), rest
    return found, words


def _atom(words: Sequence[str]) -> tuple[Formula, Sequence[str]]:
    if not words or words[0] in "+-*/)":
        what = f"`{words[0]}` stands" if words else "the formula ends"
        raise WordsError(f"{what} where a number or a name is needed", "write `a * (b - c)`")
    if words[0] != "(":
        return Formula("", words[0]), words[1:]
    found, rest = _sum(words[1:])
    if not rest or rest[0] != ")":
        raise WordsError("a bracket is not closed", "write `)`")
    return found, rest[1:]


def dimension(unit: str) -> tuple[Dimension, float]:
    """The dimension of a canonical unit, and what a number of it is times days and people."""
    head, per, tail = unit.partition("per ") if unit.startswith("per ") else unit.partition(" per ")
    found = Counter({} if head in ("", "share") else {_ONE.get(head, head): 1})
    if not per:
        return found, 1.0
    what, _, time = tail.rpartition("-") if "-" in tail else ("", "", tail)
    if what:
        found["people"] -= 1
    if time in DAYS:
        found["day"] -= 1
        return {unit: power for unit, power in found.items() if power}, 1.0 / DAYS[time]
    found[_ONE.get(time, time)] -= 1
    return {unit: power for unit, power in found.items() if power}, 1.0


_ONE = {"places": "people", "person": "people", "place": "people", "move": "people"}


def told(found: Dimension) -> str:
    """A dimension in words: `people per day`."""
    above = [unit for unit, power in found.items() for _ in range(power)]
    below = [unit for unit, power in found.items() for _ in range(-power)]
    return (" × ".join(above) + "".join(f" per {unit}" for unit in below)).strip() or "share"


def unit_of(found: Dimension, parts: Mapping[str, Quantity], wanted: Sequence[str]) -> str:
    """The unit in which a result of this dimension is written: one of `wanted`, if any.

    Otherwise that of a named part, else of a number. Raises WordsError if no number has it.
    """
    named = sorted(parts.values(), key=lambda part: not part.path)
    own = [part.unit for part in named]
    usual = [
        *own,
        "share",
        "day",
        "people",
        "people per year",
        *(u for u in found if is_currency(u)),
    ]
    known = [unit for each in wanted for unit in (usual if each == "$" else [each])]
    for unit in known if wanted else usual:
        if dimension(unit)[0] == found and (not wanted or unit in wanted or is_currency(unit)):
            return unit
    what = f"the formula gives `{told(found)}`"
    if wanted:
        units = " or ".join("money" if unit == "$" else f"`{unit}`" for unit in wanted)
        fix = f"mend the formula so that it gives {units}"
        raise WordsError(f"{what}, which is not the unit needed here", fix)
    raise WordsError(f"{what}, which no number of a study has", "mend the formula")


def bounds(formula: Formula, parts: Mapping[str, Quantity]) -> tuple[float, float]:
    """The least and the greatest result while each part is between its ends.

    A formula that is linear in each number, or a ratio of two such, has them where every number is
    at an end. Raises WordsError for another one, and for a divisor that can be zero.
    """
    doubted = [name for name in formula.names() if parts[name].uncertain]
    above, below = formula.powers()
    for name in doubted:
        if max(above[name], below[name]) > 1:
            raise WordsError(
                f"`{name}` is multiplied by itself, or occurs too often, in this formula",
                "write it so that each uncertain number is multiplied once",
            )
    if len(doubted) > MOST_NAMES:
        raise WordsError(f"more than {MOST_NAMES} uncertain numbers", "derive it in two steps")
    ends = [_ends(parts[name]) for name in doubted]
    corners = [dict(zip(doubted, corner, strict=True)) for corner in product(*ends)]

    def at(corner: Mapping[str, float], of: Formula) -> float:
        def value(name: str) -> float:
            return corner.get(name, parts[name].value) * dimension(parts[name].unit)[1]

        return of.value(value)

    for divisor in formula.divisors():
        signs = {(found > 0) - (found < 0) for found in (at(each, divisor) for each in corners)}
        if len(signs) > 1 or 0 in signs:
            raise WordsError("the formula can divide by zero", "mend the range of the divisor")
    found = [at(corner, formula) for corner in corners]
    return min(found), max(found)


def _ends(part: Quantity) -> tuple[float, float]:
    return (
        part.value if part.low is None else part.low,
        part.value if part.high is None else part.high,
    )


def derived_value(number: Quantity, value: Callable[[Quantity], float]) -> float:
    """What a derived number comes to, in its unit, with `value` giving its parts theirs."""
    parts = dict(number.parts)

    def of(name: str) -> float:
        return value(parts[name]) * dimension(parts[name].unit)[1]

    return parse_formula(number.formula).value(of) / dimension(number.unit)[1]
