"""The most ordinary case that shows the same: values that a reader expects, always the same ones.

Z3 finds any case. From there each fact in turn gets the plainest value with which the case still
shows what it is to show: a day near those that the rules name, a round number or one that they
name, one member of a set, `no` before `yes`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from fractions import Fraction
from itertools import chain, combinations

from sojourn.rules.language.tree import (
    EPOCH,
    AsOf,
    Comparison,
    Constant,
    Expression,
    FactOf,
    Membership,
    TreeNode,
    births_of,
    walk,
)
from sojourn.rules.meaning.reference import CaseFacts, Documented, months_later
from sojourn.rules.meaning.turning_points import EARLIEST_CASE, LATEST_CASE
from sojourn.study.fact_numbers import PARTS, exact
from sojourn.study.fact_types import NOTHING, limits
from sojourn.study.model.facts import Fact
from sojourn.study.units import singular

Goal = Callable[[CaseFacts], bool]

PLAIN_DAY = date(2025, 1, 1)
"""The day of a case whose rules name none."""
PLAIN_NUMBERS = (0, 1, 10, 30, 50, 100, 365, 1000)
PLAIN_AGES = (30, 40, 20, 50, 15, 10, 5, 1)
PLAIN_DAYS = (365, 30, 10, 1, 100, 1000)
AGES_BEFORE = (360, 480, 240, 600, 180, 120, 60)
"""Months from a birth to the day of decision."""
MONTHS_BEFORE = (1, 3, 6, 12, 24, 60, 120)
"""Months from another date to the day of decision; some are as much later."""
PASSES = 2
"""How often all facts are gone through, as one may become plainer once another has."""


class OrdinaryValues:
    """Values of facts, plainest first.

    `facts` are those of a problem by name, `conditions` all that are asked of them, and `options`
    gives the texts that a text fact may have.
    """

    def __init__(
        self,
        conditions: Iterable[Expression],
        facts: Mapping[str, Fact],
        options: Callable[[str], tuple[str, ...]],
    ) -> None:
        conditions = tuple(conditions)
        nodes = [node for each in conditions for node in walk(each.root)]
        named = [node.value for node in nodes if isinstance(node, Constant)]
        steps = [start for node in nodes if isinstance(node, AsOf) for start, _ in node.steps]
        days = {each for each in named if isinstance(each, date)}
        days |= {date.fromordinal(start + EPOCH) for start in steps}
        self._days = sorted(day for day in days if EARLIEST_CASE < day < LATEST_CASE)
        self._numbers = sorted({each for each in named if isinstance(each, Fraction)})
        self._texts = _texts_beside(nodes)
        self._births = {name for each in conditions for name in births_of(each)}
        self._dates = tuple(name for name, fact in facts.items() if fact.type == "date")
        self._facts, self._options = facts, options

    @property
    def years(self) -> tuple[date, date]:
        """The first and last day of the years in which cases are expected."""
        first, last = (self._days or [PLAIN_DAY])[0], (self._days or [PLAIN_DAY])[-1]
        low, high = max(first.year - 1, EARLIEST_CASE.year), min(last.year + 1, LATEST_CASE.year)
        return date(low, 1, 1), date(high, 12, 31)

    def dates(self, names: Iterable[str]) -> list[str]:
        """The dates among these facts that are no births; the first is the day of decision."""
        names = set(names)
        return [name for name in self._dates if name in names and name not in self._births]

    def near(self, row: CaseFacts) -> bool:
        """Whether all dates of a case but births are in the years that are expected."""
        first, last = self.years
        held = (row[name] for name in self.dates(row))
        return all(first <= day <= last for day in held if isinstance(day, date))

    def made_plain(self, row: dict[str, Documented], goal: Goal) -> None:
        """Change a case that reaches the goal, so that it still does with the plainest values.

        A missing fact is given a value where it need not be missing.
        """
        for _ in range(PASSES):
            before = dict(row)
            dates = self.dates(row)
            if dates:
                self._move(row, dates[0], goal)
            for name in row:
                self._choose(row, name, self._values(name, row), goal)
            if row == before:
                break

    def _choose(
        self, row: dict[str, Documented], name: str, values: Iterable[Documented], goal: Goal
    ) -> None:
        for value in values:
            if value == row[name]:
                return
            if goal({**row, name: value}):
                row[name] = value
                return

    def _move(self, row: dict[str, Documented], decided: str, goal: Goal) -> None:
        """Move the day of decision to the plainest day, if need be with all other dates."""
        now = row[decided]
        for day in self._decision_days():
            if day == now:
                return
            others = [{**row, decided: day}]
            if isinstance(now, date):
                others += _shifted(row, day - now)
            for other in others:
                if goal(other):
                    row.update(other)
                    return

    def _decision_days(self) -> Iterator[date]:
        """The first of the month after each day that is named, these days, and those before."""
        days = self._days[::-1]
        yield from (months_later(day.replace(day=1), 1) for day in days)
        yield from days
        yield from (day - timedelta(days=1) for day in days)
        years = [date(year, 1, 1) for year in range(self.years[1].year, self.years[0].year - 1, -1)]
        yield from (PLAIN_DAY, *years)

    def _values(self, name: str, row: CaseFacts) -> Iterator[Documented]:
        fact = self._facts[name]
        match fact.type:
            case "yes-no":
                return iter((False, True))
            case "text":
                # Of an open text: what conditions hold it against, then a text that none names.
                named, others = self._texts.get(name, ()), self._options(name)[::-1]
                return iter(fact.values or (*named, *others))
            case "set":
                return _sets(fact.values)
            case "date":
                return self._other_days(name, row)
            case _:
                return self._few_digits(fact, row[name])

    def _other_days(self, name: str, row: CaseFacts) -> Iterator[date]:
        """Days of a date: a birth, or one that is told from the day of decision."""
        others = self.dates(row)
        decided = row[others[0]] if others else None
        if others[:1] == [name]:
            return
        start = decided if isinstance(decided, date) else PLAIN_DAY
        ages = [months_later(start, -each) for each in AGES_BEFORE]
        around = [
            day
            for sign in (-1, 1)
            for day in (
                start + timedelta(days=10 * sign),
                *(months_later(start, sign * each) for each in MONTHS_BEFORE),
                start + timedelta(days=sign),
            )
        ]
        first, last = (ages, around) if name in self._births else (around, ages)
        for day in (*first, start, *self._decision_days(), *last):
            if EARLIEST_CASE <= day <= LATEST_CASE:
                yield day

    def _few_digits(self, fact: Fact, now: Documented) -> Iterator[float]:
        low, high = limits(fact)
        age = singular(fact.unit or "") == "year"
        plain = PLAIN_DAYS if fact.type == "duration" else PLAIN_AGES if age else PLAIN_NUMBERS
        around = (each + step for each in self._numbers for step in (0, 1, -1))
        near_now = near(Fraction(exact(now))) if isinstance(now, float) else ()
        ends = (each for each in (fact.least, fact.most) if each is not None)
        found: Iterator[float | Fraction] = chain(plain, around, ends, near_now)
        yield from (float(each) + 0.0 for each in found if low <= each <= high)


def _texts_beside(nodes: Iterable[TreeNode]) -> dict[str, list[str]]:
    """By fact, the texts that it is compared with."""
    found: dict[str, list[str]] = {}
    for node in nodes:
        if isinstance(node, Comparison):
            sides: tuple[TreeNode, ...] = (node.left, node.right)
        elif isinstance(node, Membership):
            sides = (node.item, *node.options)
        else:
            continue
        texts = [
            each.value
            for each in sides
            if isinstance(each, Constant) and isinstance(each.value, str)
        ]
        for each in sides:
            if isinstance(each, FactOf) and each.type == "text":
                found.setdefault(each.name, []).extend(texts)
    return found


def _sets(values: tuple[str, ...]) -> Iterator[str]:
    """One member, two members, then none."""
    yield from values
    yield from ("; ".join(pair) for pair in combinations(values, 2))
    yield NOTHING


def _shifted(row: CaseFacts, by: timedelta) -> list[dict[str, Documented]]:
    """The case with all its dates moved, unless one would leave the years of cases."""
    days = {name: day for name, day in row.items() if isinstance(day, date)}
    if not all(EARLIEST_CASE - by <= day <= LATEST_CASE - by for day in days.values()):
        return []
    return [{**row, **{name: day + by for name, day in days.items()}}]


def near(value: Fraction) -> Iterator[Fraction]:
    """Numbers close to another, those with the fewest digits first."""
    for parts in (1, 2, 4, 16, 100, 10_000, PARTS):
        whole = int(value * parts)
        yield from (Fraction(whole + step, parts) for step in (0, 1, -1))
