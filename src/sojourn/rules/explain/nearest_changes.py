"""The fewest facts whose change would change the outcome of a case; every answer is verified.

A search over the values at which conditions turn (`turning_points`): it takes a rule that blocks
the outcome, changes one of the facts that this rule reads, and goes on with the next rule, up to a
number of facts, fewest first. Every solution must change a fact of that rule, so none is missed if
each comparison is linear in each fact. The answers say which facts would have to be documented
differently; whether that is possible is not considered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from operator import itemgetter

from sojourn.rules.agreement.conditions import CheckedRule
from sojourn.rules.agreement.verdict import Status, Verdict, fails, verdict_of
from sojourn.rules.meaning.reference import CaseFacts, Documented, evaluate
from sojourn.rules.meaning.turning_points import Turning
from sojourn.study.model.facts import Fact

MOST_FACTS = 4
"""Facts changed together, at most."""
MOST_TRIES = 1_000
"""Cases tried in one search."""


Blocks = Callable[[int, bool | None], bool]
"""Whether a rule with this value blocks an outcome."""
Found = dict[frozenset[tuple[str, Documented]], None]


@dataclass(frozen=True, slots=True)
class NearestChange:
    """Facts with their new values, and the resulting outcome."""

    facts: tuple[tuple[str, Documented], ...]
    verdict: Verdict


@dataclass(slots=True)
class Changes:
    """The smallest changes that lead to one outcome."""

    to: Status
    found: list[NearestChange] = field(default_factory=list)
    """All changes of the smallest size; empty if there are none."""
    searched: int = 0
    """Every set of up to this many facts was tried, so `found` is complete up to that size."""
    whole: bool = True
    """Whether the search was finished; else it was stopped after `MOST_TRIES` cases of a group."""


class Search:
    """Searches for changes of one case.

    Sets of rules and of facts are bits of whole numbers: bit i is the i-th.
    """

    def __init__(
        self, rules: Sequence[CheckedRule], facts: Mapping[str, Fact], row: CaseFacts
    ) -> None:
        self.rules = rules
        self.turning = Turning((rule.met for rule in rules), facts)
        self._reads = [rule.facts for rule in rules]
        self._names = list(dict.fromkeys(name for names in self._reads for name in names))
        # Dates as dates, so that their text is not read again for each case that is tried.
        self.row: dict[str, Documented] = dict.fromkeys(self._names) | {
            name: date.fromisoformat(value)
            if isinstance(value, str) and name in facts and facts[name].type == "date"
            else value
            for name, value in row.items()
        }
        self._held: list[Callable[[CaseFacts], object]] = [
            itemgetter(*names) if names else len for names in self._reads
        ]
        """By rule: of a case, the values that it reads."""
        self._bit = {name: 1 << at for at, name in enumerate(self._names)}
        self._masks = [sum(self._bit[name] for name in names) for names in self._reads]
        self._read_by = {
            name: [place for place, names in enumerate(self._reads) if name in names]
            for name in self._names
        }
        self._known: list[dict[object, bool | None]] = [{} for _ in rules]
        """By rule: its values so far."""

    def eligible(self, facts: frozenset[str] | None = None) -> Changes:
        """The smallest changes that make the case eligible; if facts are given, of these only."""

        def blocks(place: int, met: bool | None) -> bool:
            return fails(self.rules[place], met) or (met is None and self.rules[place].refers)

        return self._search("eligible", [range(len(self.rules))], blocks, facts)

    def referred(self, facts: frozenset[str] | None = None) -> Changes:
        """The smallest changes after which no rule excludes, though some stay undetermined."""

        def blocks(place: int, met: bool | None) -> bool:
            return fails(self.rules[place], met)

        return self._search("referred", [range(len(self.rules))], blocks, facts)

    def barred(self, facts: frozenset[str] | None = None) -> Changes:
        """The smallest changes after which a rule excludes; if facts are given, of these only."""

        def blocks(place: int, met: bool | None) -> bool:
            return not fails(self.rules[place], met)

        return self._search("barred", [[place] for place in range(len(self.rules))], blocks, facts)

    def _search(
        self,
        to: Status,
        groups: Iterable[Iterable[int]],
        blocks: Blocks,
        facts: frozenset[str] | None,
    ) -> Changes:
        """Make none of the rules of one of these groups block, with the fewest changes.

        Each size is searched for all groups before the next, as most searches end with one fact.
        """
        changes = Changes(to)
        free = sum(bit for name, bit in self._bit.items() if facts is None or name in facts)
        goals = [self._goal(places, blocks) for places in groups]
        for size in range(1, MOST_FACTS + 1):
            sets: Found = {}
            for goal in [each for each in goals if each.whole]:
                goal.seen.clear()
                goal.found.clear()
                goal.whole = self._deepen(goal, {}, self.row, goal.blocking, free, size)
                sets.update(goal.found)
            tried = [self._tried(dict(each)) for each in sets]
            # Where no rule excludes, the case may even be eligible, which is another answer.
            changes.found = [each for each in tried if each.verdict.status == to]
            changes.whole = all(goal.whole for goal in goals)
            if changes.whole:
                changes.searched = size
            if changes.found:
                break
        return changes

    def _goal(self, places: Iterable[int], blocks: Blocks) -> _Goal:
        """The goal that none of the rules at these places block."""
        goal = _Goal(blocks)
        for place in places:
            goal.within |= 1 << place
            if blocks(place, self._met(place, self.row)):
                goal.blocking |= 1 << place
        return goal

    def _deepen(
        self,
        goal: _Goal,
        changed: dict[str, Documented],
        row: CaseFacts,
        blocking: int,
        free: int,
        left: int,
    ) -> bool:
        """Add solutions with `left` more changes of the free facts; False if the tries ran out."""
        if not blocking:
            goal.found[frozenset(changed.items())] = None
            return True
        if not left:
            return True
        for name in self._ways(blocking, free, left):
            for value in self.turning.values(name, row):
                after = {**changed, name: value}
                key = frozenset(after.items())
                if key in goal.seen:
                    continue
                goal.seen.add(key)
                goal.tries += 1
                if goal.tries > MOST_TRIES:
                    return False
                then = {**row, name: value}
                still = blocking
                for place in self._read_by[name]:
                    bit = 1 << place
                    if goal.within & bit:
                        blocked = goal.blocks(place, self._met(place, then))
                        still = still | bit if blocked else still & ~bit
                rest = free & ~self._bit[name]
                if not self._deepen(goal, after, then, still, rest, left - 1):
                    return False
        return True

    def _ways(self, blocking: int, free: int, left: int) -> list[str]:
        """Facts of which any solution with `left` more changes changes one; empty if impossible.

        Every solution changes a fact of each blocking rule. So it changes a fact of the rule with
        the fewest facts, and, if one change is left, a fact that all these rules read. Rules
        without a common free fact need a change each.
        """
        fewest, common, taken, apart = free, free, 0, 0
        for place, mask in enumerate(self._masks):
            if blocking >> place & 1:
                read = mask & free
                if read.bit_count() <= fewest.bit_count():
                    fewest = read
                common &= read
                if not read & taken:
                    taken |= read
                    apart += 1
        if apart > left:
            return []
        chosen = common if left == 1 else fewest
        return [name for name in self._names if self._bit[name] & chosen]

    def _met(self, place: int, row: CaseFacts) -> bool | None:
        """The value of a rule, looked up if the same facts were tried before."""
        known, held = self._known[place], self._held[place](row)
        if held not in known:
            known[held] = evaluate(self.rules[place].met, row)
        return known[held]

    def _tried(self, changed: dict[str, Documented]) -> NearestChange:
        """The change with the outcome that the reference gives it."""
        ordered = tuple(sorted(changed.items()))
        row = {**self.row, **changed}
        values = (self._met(place, row) for place in range(len(self.rules)))
        return NearestChange(ordered, verdict_of(self.rules, values))


@dataclass(slots=True)
class _Goal:
    """The goal of a search, and its results so far."""

    blocks: Blocks
    within: int = 0
    """The rules that may block."""
    blocking: int = 0
    """Those that block the case as it is."""
    tries: int = 0
    whole: bool = True
    """Whether the tries sufficed so far."""
    found: Found = field(default_factory=dict)
    """Of the size that is searched, as is what was `seen`."""
    seen: set[frozenset[tuple[str, Documented]]] = field(default_factory=set)
