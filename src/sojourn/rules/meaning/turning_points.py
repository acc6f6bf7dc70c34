"""The values of a fact at which comparisons change, for one case.

Texts and yes-no facts have few values. For a number, a duration or a date, it suffices to try the
values at which a comparison changes while the other facts stay the same, and one value between
each two of them: all other values give the same results as one of these.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction
from functools import cache
from itertools import combinations, product
from math import ceil, floor
from operator import ge, gt

from sojourn.rules.language.tree import (
    EPOCH,
    Arithmetic,
    AsOf,
    Comparison,
    Constant,
    Count,
    Expression,
    Extreme,
    FactOf,
    Membership,
    OfMembers,
    TreeNode,
    type_of,
    walk,
)
from sojourn.rules.meaning.reference import CaseFacts, Documented, Number, days_of, value_of
from sojourn.study.fact_numbers import PARTS, WITH_PARTS, nearest
from sojourn.study.fact_types import NOTHING, limits, members
from sojourn.study.model.facts import Fact

EARLIEST_CASE, LATEST_CASE = date(1900, 1, 1), date(2199, 12, 31)
"""Dates of cases in searches and proofs."""
ANOTHER = "another"
"""Represents any text that no condition names."""
MOST_KINDS = 6
"""Kinds of members of which every combination is tried; of more, two at a time."""
MOST_BRANCHES = 64
"""Comparisons that stand for one with `max` and `min`."""

Pair = tuple[TreeNode, TreeNode]


class Turning:
    """Finds the values that matter of each fact that these conditions read."""

    def __init__(self, conditions: Iterable[Expression], facts: Mapping[str, Fact]) -> None:
        self._facts = facts
        self._pairs: dict[str, list[Pair]] = defaultdict(list)
        """Of each fact, the two sides of the comparisons that read it, each once."""
        self._beside: dict[str, list[list[str]]] = defaultdict(list)
        """Of each fact, by comparison, the other facts in it."""
        self._asked: dict[str, set[frozenset[str]]] = defaultdict(set)
        """Of each set, the groups of members of which conditions speak."""
        self._counted: set[str] = set()
        """The sets whose members are counted."""
        roots = [each.root for each in conditions]
        for node in (node for root in roots for node in walk(root)):
            if isinstance(node, OfMembers):
                self._asked[node.fact.name].add(frozenset(node.options))
            elif isinstance(node, Count) and isinstance(node.fact, FactOf):
                self._counted.add(node.fact.name)
        seen: set[Pair] = set()
        for pair in (pair for root in roots for pair in _compared(root)):
            if pair not in seen:
                seen.add(pair)
                for name in (read := _read(pair)):
                    self._pairs[name].append(pair)
                    self._beside[name].append([other for other in read if other != name])
        self._others = {
            name: tuple(dict.fromkeys(other for others in beside for other in others))
            for name, beside in self._beside.items()
        }
        self._found: dict[tuple[object, ...], tuple[Documented, ...]] = {}
        self._turns: dict[tuple[object, ...], list[Number]] = {}
        """Of a fact in one comparison, beside the values of the other facts in it."""

    def values(self, name: str, row: CaseFacts) -> tuple[Documented, ...]:
        """The values of a fact that matter in this case, the nearest to its present one first."""
        key = (name, row.get(name), *(row.get(other) for other in self._others.get(name, ())))
        if key not in self._found:
            self._found[key] = tuple(self._values(name, row))
        return self._found[key]

    def _values(self, name: str, row: CaseFacts) -> list[Documented]:
        fact, now = self._facts[name], row.get(name)
        if fact.type == "yes-no":
            return [value for value in (True, False) if value is not now]
        if fact.type == "text":
            return [value for value in self._texts(name, fact, row) if value != now]
        if fact.type == "set":
            return [value for value in self._sets(name, fact, now) if value != now]
        if fact.type == "date":
            days = between(self._turns_of(name, row, _turns_of_date), *_calendar(), step=1)
            present = None if now is None else days_of(now)  # type: ignore[arg-type]  # a date
            return [date.fromordinal(int(day) + EPOCH) for day in _nearest(days, present)]
        low, high = limits(fact)
        turns = (
            part for turn in self._turns_of(name, row, _turns_of_number) for part in _parts(turn)
        )
        numbers = map(nearest, between(turns, low, high))
        return list(_nearest(numbers, None if now is None else float(now)))  # type: ignore[arg-type]

    def _texts(self, name: str, fact: Fact, row: CaseFacts) -> list[str]:
        if fact.values:
            return list(fact.values)
        found = [
            text
            for pair in self._pairs[name]
            for node in pair
            if isinstance(text := value_of(node, {**row, name: None}), str)
        ]
        return [*dict.fromkeys(found), ANOTHER]

    def _sets(self, name: str, fact: Fact, now: Documented) -> list[str]:
        """Sets of which the conditions say different things, those nearest to the present first.

        Members of the same groups are alike, so one of each kind suffices, unless they are counted.
        """
        present = members(str(now)) if now is not None else ()
        kinds: dict[tuple[bool, ...], list[str]] = defaultdict(list)
        for value in sorted(fact.values, key=lambda value: value not in present):
            kinds[tuple(value in group for group in self._asked[name])].append(value)
        firsts = [each[0] for each in kinds.values()]
        others = [value for value in fact.values if value not in firsts]
        most = len(firsts) if len(firsts) <= MOST_KINDS else 2
        found = []
        for size in range(most + 1):
            for chosen in combinations(firsts, size):
                alike = [v for v in others if any(set(chosen) & set(k) for k in kinds.values()
                                                  if v in k)]  # fmt: skip
                more = range(len(alike) + 1) if name in self._counted else (0,)
                found += [{*chosen, *alike[:extra]} for extra in more]
                found.append({value for value in present if value in {*chosen, *alike}} | {*chosen})
        texts: dict[str, None] = {}
        for each in sorted(found, key=lambda each: len(each ^ set(present))):
            texts["; ".join(value for value in fact.values if value in each) or NOTHING] = None
        return list(texts)

    def _turns_of(
        self, name: str, row: CaseFacts, turns: Callable[[Pair, str, CaseFacts], Iterator[Number]]
    ) -> Iterator[Number]:
        """Where the comparisons that read a fact turn; each is asked once for the same facts."""
        for place, pair in enumerate(self._pairs[name]):
            key = (name, place, *(row.get(other) for other in self._beside[name][place]))
            if key not in self._turns:
                self._turns[key] = list(turns(pair, name, row))
            yield from self._turns[key]


def _turns_of_number(pair: Pair, name: str, row: CaseFacts) -> Iterator[Number]:
    """Where one side becomes greater than the other, if both are linear in the fact."""
    difference = _difference(pair, name, row, int)
    at_none, at_one = difference(0), difference(1)
    if at_none is not None and at_one is not None and at_one != at_none:
        yield Fraction(at_none) / (at_none - at_one)


def _turns_of_date(pair: Pair, name: str, row: CaseFacts) -> Iterator[Number]:
    """Days on which a side reaches the other and goes past it, or a dated value changes."""
    first, last = _calendar()
    difference = _difference(pair, name, row, lambda day: date.fromordinal(day + EPOCH))
    steps = sorted(day for day in _steps(pair, name) if first < day < last)
    yield from (day - before for day in steps for before in (1, 0))
    # Between two steps the difference only rises or only falls.
    for low, high in zip([first, *steps], [*(day - 1 for day in steps), last], strict=True):
        yield from _crossings(difference, low, high)


def _crossings(difference: Callable[[int], Number | None], low: int, high: int) -> Iterator[int]:
    """The whole numbers on each side of where a difference reaches 0 and goes past it."""
    ends = difference(low), difference(high)
    for past in (ge, gt):
        before, after = low, high
        at_low, at_high = ends
        if at_low is None or at_high is None or past(at_low, 0) == past(at_high, 0):
            continue
        # Most differences are linear in the date; then three days suffice.
        straight = before - floor(at_low * (after - before) / Fraction(at_high - at_low))
        tried = [straight + step for step in (0, 1, -1)]
        while after - before > 1:
            middle = tried.pop() if tried else (before + after) // 2
            if not before < middle < after:
                continue
            at_middle = difference(middle)
            assert at_middle is not None
            if past(at_middle, 0) == past(at_low, 0):
                before = middle
            else:
                after = middle
        yield before
        yield after


def _steps(pair: Pair, name: str) -> set[int]:
    """Days on which values that change with this fact do so."""
    return {
        start
        for side in pair
        for node in walk(side)
        if isinstance(node, AsOf) and isinstance(node.on, FactOf) and node.on.name == name
        for start, _ in node.steps
    }


def between(
    turns: Iterable[Number | float], low: float, high: float, step: float = 0.0
) -> list[float]:
    """The turns within the range, a value between each two, and one beyond the first and the last.

    A whole number is taken where there is one, but not the end of a range such as that from 0 to 1;
    otherwise one of few digits. With `step` 1 there are only whole numbers.
    """
    inside = sorted({float(turn) + 0.0 for turn in turns if low <= turn <= high})
    if not inside:
        return [min(max(0.0, low), high)]
    found = list(inside)
    for one, other in zip([low, *inside], [*inside, high], strict=True):
        if one >= other or (step and other - one < 2 and one in inside and other in inside):
            continue
        outer_low, outer_high = one not in inside, other not in inside
        if outer_low or outer_high:
            near, value = (other, ceil(other) - 1.0) if outer_low else (one, floor(one) + 1.0)
            plain = one <= value <= other and (step or high - low > 1)
            found.append(value if plain else _few_digits(one, other, near))
        else:
            found.append(_few_digits(one, other, (one + other) / 2))
    return sorted(set(found))


def _few_digits(low: float, high: float, near: float) -> float:
    """A number between two, with as few digits as there are, close to a third."""
    for digits in range(7):
        unit = 10.0**-digits
        for value in (round(near, digits), round(near - unit, digits), round(near + unit, digits)):
            if low < value < high:
                return value
    return (low + high) / 2


def _nearest(values: Iterable[float], now: float | None) -> Iterator[float]:
    """Other values than the present one, nearest first."""
    others = [value for value in values if value != now]
    return iter(others if now is None else sorted(others, key=lambda value: abs(value - now)))


def _calendar() -> tuple[int, int]:
    return days_of(EARLIEST_CASE), days_of(LATEST_CASE)


def _compared(root: TreeNode) -> Iterator[Pair]:
    for node in walk(root):
        if isinstance(node, Comparison) and type_of(node.left) != "yes-no":
            yield from _branches(node.left, node.right)
        elif isinstance(node, Membership) and type_of(node.item) != "yes-no":
            for option in node.options:
                yield from _branches(node.item, option)


def _branches(left: TreeNode, right: TreeNode) -> Iterator[Pair]:
    """Comparisons without `max` and `min`: where these turn, one of their values does."""
    return product(_values_of(left), _values_of(right))


def _values_of(node: TreeNode) -> list[TreeNode]:
    if isinstance(node, Extreme):
        return [value for operand in node.operands for value in _values_of(operand)]
    if isinstance(node, Arithmetic):
        sides = product(_values_of(node.left), _values_of(node.right))
        found: list[TreeNode] = [replace(node, left=left, right=right) for left, right in sides]
        return found[:MOST_BRANCHES]
    return [node]


def _read(pair: Pair) -> list[str]:
    nodes = (node for side in pair if not isinstance(side, Constant) for node in walk(side))
    return list(dict.fromkeys(node.name for node in nodes if isinstance(node, FactOf)))


def _parts(turn: int | Fraction) -> tuple[float, float]:
    """The values that a fact can have on each side of a number; the number itself if it can."""
    parts = PARTS if -WITH_PARTS <= turn <= WITH_PARTS else 1
    return floor(turn * parts) / parts, ceil(turn * parts) / parts


def _difference(
    pair: Pair, name: str, row: CaseFacts, fact: Callable[[int], Documented]
) -> Callable[[int], Number | None]:
    """The left side less the right one as a function of one fact; None where it is unknown."""
    changed = dict(row)

    @cache
    def difference(value: int) -> Number | None:
        changed[name] = fact(value)
        left, right = (value_of(side, changed) for side in pair)
        if left is None or right is None or isinstance(left, str) or isinstance(right, str):
            return None
        return left - right

    return difference
