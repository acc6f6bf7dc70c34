"""How people write numbers and dates, and their values in canonical units."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from sojourn.study.files.suggest import did_you_mean

DAYS = {"day": 1.0, "week": 7.0, "month": 30.4375, "year": 365.25}
"""Days of each unit of time; a month is a twelfth of a Julian year."""

MOST_DAYS = 1_000_000 * DAYS["year"]
"""The longest duration. Two of them and any day of a calendar are less than 2**30 days, which the
engine takes for never."""
MOST_PEOPLE = 10**12
"""The greatest number of people: of all days of a calendar the sum is less than 2**63."""
MOST_MONEY = 10**18
"""The greatest sum or price: times people and days it is still finite."""
MOST_WEIGHT = 10**15
"""The greatest weight of a table: many of them add up."""

MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_PEOPLE = ("people", "person", "persons", "inmates", "inmate", "prisoners", "moves")
_PLACES = ("places", "place", "beds", "bed")
_PER = (
    *DAYS,
    *(f"{what}-{unit}" for what in ("person", "place") for unit in DAYS),
    *("person", "place", "move"),
)
_SCALE = {"thousand": 1e3, "million": 1e6, "billion": 1e9}
_NUMBER = re.compile(
    r"(?P<number>[-+−]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?(?:[eE][-+]?\d+)?)"
    r"\s*(?P<unit>.*)",
    re.DOTALL,
)
_CURRENCY = re.compile(r"[A-Z]{3}")


class WordsError(ValueError):
    """The words mean nothing; `fix` says what would be right."""

    def __init__(self, what: str, fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix


def show(value: float) -> str:
    """A number for a message, without a needless `.0`."""
    return f"{value:.12g}"


def read_words(text: str, units: frozenset[str] = frozenset()) -> tuple[float, str]:
    """The value and canonical unit of `text`, as (180, 'day') for `180 days`.

    Units: 'day', 'share', 'people', 'places', a currency code, one of `units` (declared by
    facts), '' for a bare number, or 'X per Y' of these. Raises WordsError.
    """
    words = " ".join(text.split())
    match = _NUMBER.match(words)
    number = match["number"].replace(",", "").replace("−", "-") if match else ""
    if match is None or not any(character.isdigit() for character in number):
        raise WordsError(f"`{words}` is not a number", "write a number and its unit")
    value = float(number)
    refuse_ambiguous(number, match["unit"], words)
    unit, scale = _read_unit(match["unit"].strip(), words, units)
    value *= scale
    if not math.isfinite(value):
        raise WordsError(f"`{words}` is too large for a number", "write a finite number")
    if is_currency(unit.partition(" per ")[0]) and abs(value) > MOST_MONEY:
        raise WordsError(f"`{words}` is too large for a sum", f"write at most {MOST_MONEY:,}")
    return value, unit


_COUNTS = frozenset({*_PEOPLE, *_PLACES})
_THOUSANDS = re.compile(r"[-+−]?[1-9]\d{0,2}\.\d{3}")


def refuse_ambiguous(number: str, unit: str, words: str) -> None:
    """Refuse `10.000 EUR`, which is ten thousand to half of Europe. Raises WordsError.

    So are three digits after the point of any sum or count of people, and `000` before any unit.
    """
    if _THOUSANDS.fullmatch(number) is None:
        return
    of = unit.strip().partition(" per ")[0]
    if (of and number.endswith("000")) or is_currency(of) or of in _COUNTS:
        whole, _, parts = number.partition(".")
        less = f"{number}0" if parts.rstrip("0") else whole
        raise WordsError(
            f"`{words}` may be {less} or {whole}{parts}: the point may separate thousands",
            f"write `{f'{whole}{parts} {unit}'.strip()}` or `{f'{less} {unit}'.strip()}`",
        )


@lru_cache(maxsize=1024)
def singular(unit: str) -> str:
    """A unit in one spelling: `arrests` and `arrest` are the same, as `people` and `person`."""
    word, per, rest = unit.strip().partition(" per ")
    word = _SAME.get(word, word[:-1] if len(word) > 3 and word.endswith("s") else word)
    return f"{word}{per}{rest}"


_SAME = {"people": "person", "persons": "person"}


def _read_unit(text: str, words: str, units: frozenset[str]) -> tuple[str, float]:
    """Canonical unit and the factor that goes with it."""
    scale = 1.0
    first, _, rest = text.partition(" ")
    if first in _SCALE:
        scale, text = _SCALE[first], rest
    head, per, tail = text.partition(" per ")
    if text.startswith("per ") and text[4:] not in ("cent",):
        head, per, tail = "", " per ", text[4:]
    if tail.strip() == "cent":
        head, per, tail = "%", "", ""
    unit, factor = _simple_unit(head.strip(), words, units)
    if per:
        tail = tail.strip()
        if tail not in _PER and tail not in units:
            raise WordsError(
                f"`{tail}` in `{words}` is not a unit to count by", did_you_mean(tail, _PER)
            )
        unit = f"{unit} per {tail}" if unit else f"per {tail}"
    return unit, scale * factor


def _simple_unit(text: str, words: str, units: frozenset[str]) -> tuple[str, float]:
    if text == "":
        return "", 1.0
    if text in ("%", "percent", "per cent"):
        return "share", 0.01
    singular = text[:-1] if text.endswith("s") else text
    if singular in DAYS:
        return "day", DAYS[singular]
    if text in units:
        return text, 1.0
    if text in _PEOPLE:
        return "people", 1.0
    if text in _PLACES:
        return "places", 1.0
    if text == "$":
        raise WordsError(f"`$` in `{words}` may be any dollar", "write the code, as `USD`")
    if _CURRENCY.fullmatch(text):
        return text, 1.0
    known = [*(f"{unit}s" for unit in DAYS), "%", "people", "places", "USD", *sorted(units)]
    if text.upper() in ("USD", "EUR", "GBP"):
        raise WordsError(f"`{text}` in `{words}` is not a unit", f"did you mean `{text.upper()}`?")
    raise WordsError(f"`{text}` in `{words}` is not a unit", did_you_mean(text, known))


def months_of(text: str) -> float | None:
    """The calendar months of a duration that is written in months or years; else None."""
    match = _NUMBER.fullmatch(" ".join(text.split()))
    unit = singular(match["unit"]) if match else ""
    if match is None or not match["number"] or unit not in {"month", "year"}:
        return None
    return float(match["number"].replace(",", "").replace("−", "-")) * (12 if unit == "year" else 1)


def days_of(unit: str) -> float:
    """Days of the unit of time that a canonical unit ends with, as of `share per month`."""
    return DAYS[unit.rpartition(" ")[2]]


def is_currency(unit: str) -> bool:
    """Whether a canonical unit is money."""
    return _CURRENCY.fullmatch(unit) is not None


def one_unit(unit: str) -> str:
    """A unit in one spelling: `person` and `people` are the same, as `day` and `days`."""
    head, per, rest = unit.strip().partition(" per ")
    same = "people" if head in (*_PEOPLE, *_PLACES) else head.removesuffix("s")
    return f"{same}{per}{rest.strip()}"


def read_date(text: str) -> date:
    """A calendar date written YYYY-MM-DD. Raises WordsError."""
    try:
        if len(text) != 10:
            raise ValueError(text)
        return date.fromisoformat(text)
    except ValueError:
        raise WordsError(
            f"`{text}` is not a date", "write year, month and day, as `2025-02-04`"
        ) from None


def looks_like_date(text: str) -> bool:
    """Whether the words are meant as a date, right or wrong."""
    return re.fullmatch(r"\d{4}-\d{1,2}-\d{1,2}", text) is not None


def read_flag(text: str) -> bool:
    """`yes` or `no` (also `true` or `false`). Raises WordsError."""
    if text in ("yes", "true"):
        return True
    if text in ("no", "false"):
        return False
    raise WordsError(f"`{text}` is neither yes nor no", "write `yes` or `no`")


def read_whole(text: str) -> int:
    """A whole number without a unit. Raises WordsError."""
    try:
        value = int(text.replace("_", "x"))
    except ValueError:
        raise WordsError(f"`{text}` is not a whole number", "write it as `12`") from None
    if abs(value) >= 1 << 63:
        raise WordsError(f"`{text}` is too large for a whole number", "write fewer digits")
    return value


@dataclass(frozen=True)
class Kind:
    """What a number is there for: which units it may have and which values are possible."""

    name: str
    units: tuple[str, ...]
    """Canonical units; '$' stands for any currency; empty: any unit at all."""
    word: str
    """The unit to suggest for a bare number."""
    example: str
    least: float = -math.inf
    most: float = math.inf
    above: bool = False
    """`least` itself is refused."""
    whole: bool = False

    def check(self, value: float, unit: str, words: str) -> None:
        """Raise WordsError unless the value is possible here."""
        self._check_unit(value, unit, words)
        if value < self.least or (self.above and value <= self.least):
            bound = "above" if self.above else "at least"
            raise WordsError(
                f"`{words}` is impossible: {self.name} must be {bound} {self.bound(self.least)}",
                f"write a value such as `{self.example}`",
            )
        if value > self.most:
            raise WordsError(
                f"`{words}` is impossible: {self.name} must be at most {self.bound(self.most)}",
                f"write a value such as `{self.example}`",
            )
        if self.whole and value != int(value):
            raise WordsError(
                f"`{words}` is not a whole number", f"write a value such as `{self.example}`"
            )

    def bound(self, value: float) -> str:
        """A bound in the unit that people write."""
        if "day" in self.units and value >= DAYS["year"]:
            return f"{value / DAYS['year']:,.0f} years"
        if self.units and self.units[0].startswith("share"):
            return f"{show(value * 100)} % {self.units[0].removeprefix('share').strip()}".strip()
        return f"{value:,.0f}" if value > 1e6 else show(value)

    def _check_unit(self, value: float, unit: str, words: str) -> None:
        if not self.units or unit in self.units or ("$" in self.units and is_currency(unit)):
            return
        if unit == "" and self.word:
            share = self.word.startswith("%") and abs(value) <= 1
            number = show(value * 100 if share else value)
            raise WordsError(
                f"`{words}` has no unit; {self.name} is needed", f"write `{number} {self.word}`"
            )
        if self.units == ("",):
            raise WordsError(
                f"`{words}` has a unit; a bare number is needed", f"write `{show(value)}`"
            )
        fix = f"write a value such as `{self.example}`"
        money, per, basis = unit.partition(" per ")
        if "$" in self.units and per and is_currency(money):
            fix = (
                f"write `{show(value)} {money}`; what it is paid for stands under `per`, as "
                f"`per: person-{basis} in STATE`"
            )
        raise WordsError(f"`{words}` is not {self.name}", fix)


DURATION = Kind("a duration", ("day",), "days", "90 days", 0, MOST_DAYS)
LASTING = Kind("a duration", ("day",), "days", "90 days", 0, MOST_DAYS, above=True)
"""A duration that cannot be zero: a mean, a scale, a standard deviation."""
SHARE = Kind("a share", ("share",), "%", "30 %", 0, 1)
FACTOR = Kind("a factor", ("share",), "%", "120 %", 0)
RATIO = Kind("a ratio of variance to mean", ("",), "", "2.5", 1)
PEOPLE = Kind("a number of people", ("people", "places"), "people", "250 people", 0, MOST_PEOPLE)
PLACES = Kind(
    "a number of places", ("people", "places"), "places", "500 places", 0, MOST_PEOPLE, above=True
)
MONEY = Kind("an amount of money", ("$",), "USD", "20000 USD", 0)
NUMBER = Kind("a bare number", ("",), "", "1.5")
POSITIVE = Kind("a bare number", ("",), "", "1.5", 0, above=True)
LEAVING = Kind(
    "a rate of leaving",
    tuple(f"{what}per {unit}" for what in ("share ", "") for unit in DAYS),
    "per month",
    "5 % per month",
    0,
)
"""An intensity: that share of those present leaves in a unit of time that is short enough."""
RATE = Kind("a rate", ("share per year",), "% per year", "2 % per year", -0.99, 100)
QUOTA = Kind(
    "a number of people in a period",
    tuple(f"{what} per {unit}" for what in ("people", "places") for unit in DAYS),
    "people per week",
    "250 people per week",
    0,
    MOST_PEOPLE,
)
ANYTHING = Kind("a number", (), "", "50 %")
