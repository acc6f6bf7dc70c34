"""The values of a fact at which comparisons change, for one case.

Texts and yes-no facts have few values. For a number, a duration or a date, it suffices to try the
values at which a comparison changes while the other facts stay the same, and one value between
each two of them: all other values give the same results as one of these.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from math import ceil, floor

from sojourn.population.fact_values import GREATEST
from sojourn.rules.language.tree import (
    EPOCH,
    Comparison,
    Constant,
    Dated,
    Expression,
    FactOf,
    Membership,
    Node,
    type_of,
    walk,
)
from sojourn.rules.meaning.reference import Case, Documented, days_of, value_of
from sojourn.study.model import Fact

EARLIEST_CASE, LATEST_CASE = date(1900, 1, 1), date(2199, 12, 31)
"""Dates of cases in searches and proofs."""
ANOTHER = "another"
"""Represents any text that no condition names."""

Pair = tuple[Node, Node]


class Turning:
    """Finds the values that matter of each fact that these conditions read."""

    def __init__(self, conditions: Iterable[Expression], facts: Mapping[str, Fact]) -> None:
        self._facts = facts
        self._pairs: dict[str, list[Pair]] = defaultdict(list)
        """Of each fact, the two sides of the comparisons that read it, each once."""
        seen: set[Pair] = set()
        for pair in (pair for each in conditions for pair in _compared(each.root)):
            if pair not in seen:
                seen.add(pair)
                for name in _read(pair):
                    self._pairs[name].append(pair)
        self._others = {
            name: tuple(dict.fromkeys(n for pair in pairs for n in _read(pair) if n != name))
            for name, pairs in self._pairs.items()
        }
        self._found: dict[tuple[object, ...], tuple[Documented, ...]] = {}

    def values(self, name: str, row: Case) -> tuple[Documented, ...]:
        """The values of a fact that matter in this case, the nearest to its present one first."""
        key = (name, row.get(name), *(row.get(other) for other in self._others.get(name, ())))
        if key not in self._found:
            self._found[key] = tuple(self._values(name, row))
        return self._found[key]

    def _values(self, name: str, row: Case) -> list[Documented]:
        fact, now = self._facts[name], row.get(name)
        if fact.type == "yes-no":
            return [value for value in (True, False) if value is not now]
        if fact.type == "text":
            return [value for value in self._texts(name, fact, row) if value != now]
        if fact.type == "date":
            days = between(self._turns_of_date(name, row), *_calendar(), step=1.0)
            present = None if now is None else days_of(now)  # type: ignore[arg-type]  # a date
            return [date.fromordinal(int(day) + EPOCH) for day in _nearest(days, present)]
        low = -GREATEST if fact.least is None else fact.least
        high = GREATEST if fact.most is None else fact.most
        numbers = between(self._turns_of_number(name, row), low, high)
        return list(_nearest(numbers, None if now is None else float(now)))  # type: ignore[arg-type]  # a number

    def _texts(self, name: str, fact: Fact, row: Case) -> list[str]:
        if fact.values:
            return list(fact.values)
        found = [
            text
            for pair in self._pairs[name]
            for node in pair
            if isinstance(text := value_of(node, {**row, name: None}), str)
        ]
        return [*dict.fromkeys(found), ANOTHER]

    def _turns_of_number(self, name: str, row: Case) -> Iterator[float]:
        """Where one side becomes greater than the other, if both are linear in the fact."""
        for pair in self._pairs[name]:
            difference = _difference(pair, name, row)
            at_none, at_one = difference(0.0), difference(1.0)
            if at_none is not None and at_one is not None and at_one != at_none:
                yield at_none / (at_none - at_one)

    def _turns_of_date(self, name: str, row: Case) -> Iterator[float]:
        """Days on which a side reaches the other and goes past it, or a dated value changes."""
        first, last = _calendar()
        for pair in self._pairs[name]:
            difference = _difference(pair, name, row)
            steps = sorted(day for day in _steps(pair, name) if first < day < last)
            yield from (day - before for day in steps for before in (1.0, 0.0))
            # Between two steps the difference only rises or only falls.
            for low, high in zip([first, *steps], [*(day - 1 for day in steps), last], strict=True):
                yield from _crossings(difference, low, high)


def _crossings(
    difference: Callable[[float], float | None], low: float, high: float
) -> Iterator[float]:
    """The whole numbers on each side of where a difference reaches 0 and goes past it."""
    ends = difference(low), difference(high)
    for past in (float.__ge__, float.__gt__):
        before, after = low, high
        at_low, at_high = ends
        if at_low is None or at_high is None or past(at_low, 0.0) == past(at_high, 0.0):
            continue
        # Most differences are linear in the date; then three days suffice.
        straight = before - at_low * (after - before) // (at_high - at_low)
        tried = [straight + step for step in (0.0, 1.0, -1.0)]
        while after - before > 1:
            middle = tried.pop() if tried else (before + after) // 2
            if not before < middle < after:
                continue
            at_middle = difference(middle)
            assert at_middle is not None
            if past(at_middle, 0.0) == past(at_low, 0.0):
                before = middle
            else:
                after = middle
        yield before
        yield after


def _steps(pair: Pair, name: str) -> set[float]:
    """Days on which values that change with this fact do so."""
    return {
        start
        for side in pair
        for node in walk(side)
        if isinstance(node, Dated) and isinstance(node.on, FactOf) and node.on.name == name
        for start, _ in node.steps
    }


def between(turns: Iterable[float], low: float, high: float, step: float = 0.0) -> list[float]:
    """The turns within the range, a value between each two, and one beyond the first and the last.

    A whole number is taken where there is one; with `step` 1 there are only whole numbers.
    """
    inside = sorted({turn + 0.0 for turn in turns if low <= turn <= high})
    if not inside:
        return [min(max(0.0, low), high)]
    found = list(inside)
    for one, other in zip([low, *inside], [*inside, high], strict=True):
        if one >= other or (step and other - one < 2 and one in inside and other in inside):
            continue
        outer_low, outer_high = one not in inside, other not in inside
        if outer_low:
            value = max(ceil(other) - 1.0, one)
        elif outer_high:
            value = min(floor(one) + 1.0, other)
        else:
            value = float(int((one + other) / 2))
            value = value if one < value < other else (one + other) / 2
        found.append(value)
    return sorted(set(found))


def _nearest(values: Iterable[float], now: float | None) -> Iterator[float]:
    """Other values than the present one, nearest first."""
    others = [value for value in values if value != now]
    return iter(others if now is None else sorted(others, key=lambda value: abs(value - now)))


def _calendar() -> tuple[float, float]:
    return days_of(EARLIEST_CASE), days_of(LATEST_CASE)


def _compared(root: Node) -> Iterator[Pair]:
    for node in walk(root):
        if isinstance(node, Comparison) and type_of(node.left) != "yes-no":
            yield (node.left, node.right)
        elif isinstance(node, Membership) and type_of(node.item) != "yes-no":
            yield from ((node.item, option) for option in node.options)


def _read(pair: Pair) -> list[str]:
    nodes = (node for side in pair if not isinstance(side, Constant) for node in walk(side))
    return list(dict.fromkeys(node.name for node in nodes if isinstance(node, FactOf)))


def _difference(pair: Pair, name: str, row: Case) -> Callable[[float], float | None]:
    """The left side less the right one as a function of one fact; None where it is unknown."""
    changed = dict(row)
    kinds = {
        node.type for side in pair for node in walk(side)
        if isinstance(node, FactOf) and node.name == name
    }  # fmt: skip

    def difference(value: float) -> float | None:
        changed[name] = date.fromordinal(int(value) + EPOCH) if "date" in kinds else value
        left, right = (value_of(side, changed) for side in pair)
        return left - right if isinstance(left, float) and isinstance(right, float) else None

    return difference
