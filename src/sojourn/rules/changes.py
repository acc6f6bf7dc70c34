"""What would change the outcome of a case: the fewest facts, each set tried before it is told.

A search over the values at which conditions turn (`turning`): it takes a rule that stands in the
way, changes one of the facts that this rule reads, and goes on with the next rule, up to a number
of facts, fewest first. Any smaller set would have to mend that rule too, so none is passed over
where each comparison is a straight line in each fact. What is found is what would have to be
documented otherwise; whether that can happen is not asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sojourn.rules.conditions import CheckedRule
from sojourn.rules.evaluate import Documented, evaluate
from sojourn.rules.turning import Turning
from sojourn.rules.verdict import Status, Verdict, fails, judge
from sojourn.study.model import Fact

MOST_FACTS = 4
"""Facts changed together, at most."""
MOST_TRIES = 2_000
"""Cases tried in one search."""


InTheWay = Callable[[Mapping[str, Documented]], list[int]]
"""The rules that stand in the way of an outcome in a case; none if it has that outcome."""


@dataclass(frozen=True, slots=True)
class Change:
    """Facts with the values they would have instead, and what the rules then come to."""

    facts: tuple[tuple[str, Documented], ...]
    verdict: Verdict


@dataclass(slots=True)
class Changes:
    """The smallest changes that lead to one outcome."""

    to: Status
    found: list[Change] = field(default_factory=list)
    """All of one size; empty if none was found."""
    searched: int = 0
    """Up to so many facts at once, everything was tried: what is not in `found` is not there."""
    whole: bool = True
    """Whether the search was finished; else it was stopped after `MOST_TRIES` cases."""


class Search:
    """Searches for changes of one case."""

    def __init__(
        self,
        rules: Sequence[CheckedRule],
        facts: Mapping[str, Fact],
        row: Mapping[str, Documented],
    ) -> None:
        self.rules, self.row = rules, dict(row)
        self._reads = [rule.facts for rule in rules]
        self.turning = Turning((rule.met for rule in rules), facts)
        self._known: dict[tuple[object, ...], bool | None] = {}
        self._tries = 0

    def met(self, place: int, row: Mapping[str, Documented]) -> bool | None:
        """The value of a rule, looked up if the same facts were tried before."""
        key = (place, *(row.get(name) for name in self._reads[place]))
        if key not in self._known:
            self._known[key] = evaluate(self.rules[place].met, row)
        return self._known[key]

    def eligible(self, facts: frozenset[str] | None = None) -> Changes:
        """The smallest changes that make the case eligible, of these facts alone if told."""

        def in_the_way(row: Mapping[str, Documented]) -> list[int]:
            return [
                place
                for place, rule in enumerate(self.rules)
                if fails(rule, met := self.met(place, row)) or (met is None and rule.refers)
            ]

        return self._search("eligible", in_the_way, facts)

    def referred(self) -> Changes:
        """The smallest changes after which no rule excludes, though some stay undetermined."""

        def in_the_way(row: Mapping[str, Documented]) -> list[int]:
            return [
                place for place, rule in enumerate(self.rules) if fails(rule, self.met(place, row))
            ]

        return self._search("referred", in_the_way, None)

    def barred(self, facts: frozenset[str] | None = None) -> Changes:
        """The smallest changes after which some rule excludes, of these facts alone if told."""
        best = Changes("barred", searched=MOST_FACTS)
        for place, rule in enumerate(self.rules):

            def holds(
                row: Mapping[str, Documented], place: int = place, rule: CheckedRule = rule
            ) -> list[int]:
                return [] if fails(rule, self.met(place, row)) else [place]

            most = len(best.found[0].facts) if best.found else MOST_FACTS
            changes = self._search("barred", holds, facts, most)
            best.searched = min(best.searched, changes.searched)
            best.whole = best.whole and changes.whole
            if changes.found:
                size = len(changes.found[0].facts)
                if not best.found or size < len(best.found[0].facts):
                    best.found = []
                told = {change.facts for change in best.found}
                best.found += [change for change in changes.found if change.facts not in told]
        return best

    def _search(
        self,
        to: Status,
        in_the_way: InTheWay,
        facts: frozenset[str] | None,
        most: int = MOST_FACTS,
    ) -> Changes:
        self._tries = 0
        changes = Changes(to)
        for size in range(1, most + 1):
            found: dict[frozenset[tuple[str, Documented]], None] = {}
            seen: set[frozenset[tuple[str, Documented]]] = set()
            whole = self._deepen({}, size, in_the_way, facts, found, seen)
            if found:
                changes.found = [self._tried(dict(each)) for each in found]
            if not whole:
                changes.whole = False
                return changes
            changes.searched = size
            if found:
                return changes
        return changes

    def _deepen(
        self,
        changed: dict[str, Documented],
        left: int,
        in_the_way: InTheWay,
        facts: frozenset[str] | None,
        found: dict[frozenset[tuple[str, Documented]], None],
        seen: set[frozenset[tuple[str, Documented]]],
    ) -> bool:
        """Add what `left` more changes can do to `found`; False if the tries ran out."""
        row = {**self.row, **changed}
        places = in_the_way(row)
        if not places:
            found[frozenset(changed.items())] = None
            return True
        # Every solution changes a fact of each rule in the way: the one with the fewest is tried.
        ways = [
            [name for name in self._reads[place] if name not in changed and _among(name, facts)]
            for place in places
        ]
        fewest = min(ways, key=len)
        if not left or not fewest:
            return True
        for name in fewest:
            for value in self.turning.values(name, row):
                after = {**changed, name: value}
                key = frozenset(after.items())
                if key in seen:
                    continue
                seen.add(key)
                self._tries += 1
                if self._tries > MOST_TRIES:
                    return False
                if not self._deepen(after, left - 1, in_the_way, facts, found, seen):
                    return False
        return True

    def _tried(self, changed: dict[str, Documented]) -> Change:
        """The change with the outcome that the reference gives it."""
        ordered = tuple(sorted(changed.items()))
        return Change(ordered, judge(self.rules, {**self.row, **changed}))


def _among(name: str, facts: frozenset[str] | None) -> bool:
    return facts is None or name in facts
