"""A screening as it may be published: the counts, less those held back because they are small."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sojourn.rules.conditions import CheckedRule
from sojourn.rules.funnel import condition_of
from sojourn.rules.screened import Screened
from sojourn.rules.smallcells import held_back

SMALLEST = 10
"""Counts from 1 to below this are held back unless another threshold is given."""

Key = tuple[str, ...]
STATUSES = ("eligible", "barred", "referred")
OF_RULE = ("fails", "remaining", "only_this", "unknown", "undetermined_only")
OF_FACT = ("wanted", "only_this")
OF_GROUP = ("people", *STATUSES)


@dataclass(frozen=True, slots=True)
class Published:
    """Counts by what they count; None where one is held back."""

    smallest: int
    counts: dict[Key, int | None]
    statuses: list[dict[str, Any]]
    """`status`, `people`: all, then each status."""
    funnel: list[dict[str, Any]]
    """One row for each rule, in the file's order: what it is, and `OF_RULE`."""
    facts: list[dict[str, Any]]
    """One row for each fact that rules read: `fact`, and `OF_FACT`."""
    groups: list[dict[str, Any]]
    """One row for each value of the fact that counts are grouped by: `value`, and `OF_GROUP`."""

    @property
    def held_back(self) -> int:
        """How many counts are held back."""
        return sum(count is None for count in self.counts.values())

    def tables(self) -> dict[str, list[dict[str, Any]]]:
        """The tables by name; `groups` only if there are any."""
        made = {"statuses": self.statuses, "funnel": self.funnel, "facts": self.facts}
        return made | ({"groups": self.groups} if self.groups else {})


def publish(screened: Screened, rules: Sequence[CheckedRule], smallest: int) -> Published:
    """The counts that may be shown where nobody may be told from a number below `smallest`."""
    counts, sums = _cells(screened)
    # In the order in which they are kept if there is a choice: totals first.
    shown = [key for key in counts if key[0] != "-"]
    hidden = held_back(counts, sums, shown, smallest)
    told = {key: None if key in hidden else counts[key] for key in shown}
    return Published(
        smallest=smallest,
        counts=told,
        statuses=[{"status": name, "people": told[name,]} for name in ("people", *STATUSES)],
        funnel=[
            {
                "position": place + 1,
                "rule": checked.name,
                "kind": checked.rule.kind,
                "condition": condition_of(checked),
                "cite": checked.rule.cite,
                "source": checked.rule.source,
                "confidence": checked.rule.confidence,
                **{name: told["rule", str(place), name] for name in OF_RULE},
            }
            for place, checked in enumerate(rules)
        ],
        facts=[
            {"fact": one.fact, **{name: told["fact", one.fact, name] for name in OF_FACT}}
            for one in screened.facts
        ],
        groups=[
            {
                "value": one.value,
                **{name: told["group", str(place), name] for name in OF_GROUP},
            }
            for place, one in enumerate(screened.groups)
        ],
    )


def _cells(screened: Screened) -> tuple[dict[Key, int], list[tuple[Key, list[Key]]]]:
    """Every count, and how they add up; a key that begins with `-` is not shown.

    What a total leaves over is a cell of its own, so that it is protected too.
    """
    cells: dict[Key, int] = {("people",): screened.people}
    cells.update({(name,): getattr(screened, name) for name in STATUSES})
    sums: list[tuple[Key, list[Key]]] = []

    def parted(total: Key, *parts: Key, rest: str) -> None:
        left = cells[total] - sum(cells[part] for part in parts)
        key = ("-", *total, rest)
        cells[key] = left
        sums.append((total, [*parts, key]))

    sums.append((("people",), [(name,) for name in STATUSES]))
    before: Key = ("people",)
    for place, tally in enumerate(screened.rules):
        at = ("rule", str(place))
        cells.update({(*at, name): int(getattr(tally, name)) for name in OF_RULE})
        first = ("-", *at, "first to exclude")
        cells[first] = cells[before] - cells[*at, "remaining"]
        sums.append((before, [first, (*at, "remaining")]))
        before = (*at, "remaining")
        parted((*at, "fails"), first, rest="excluded before")
        parted(first, (*at, "only_this"), rest="and by a later one")
        parted(("people",), (*at, "fails"), (*at, "unknown"), rest=f"met {place}")
        parted((*at, "unknown"), (*at, "undetermined_only"), rest="not alone")
    sums.append((before, [("eligible",), ("referred",)]))
    places = range(len(screened.rules))
    parted(("barred",), *(("rule", str(p), "only_this") for p in places), rest="by several")
    parted(
        ("referred",), *(("rule", str(p), "undetermined_only") for p in places), rest="by several"
    )
    for one in screened.facts:
        at = ("fact", one.fact)
        cells.update({(*at, name): getattr(one, name) for name in OF_FACT})
        parted(("referred",), (*at, "wanted"), rest=f"not for {one.fact}")
        parted((*at, "wanted"), (*at, "only_this"), rest="with others")
    parted(
        ("referred",), *(("fact", one.fact, "only_this") for one in screened.facts), rest="facts"
    )
    for place, group in enumerate(screened.groups):
        at = ("group", str(place))
        cells.update({(*at, name): getattr(group, name) for name in OF_GROUP})
        parts: list[Key] = [(*at, name) for name in STATUSES]
        sums.append(((*at, "people"), parts))
    groups = [("group", str(place)) for place in range(len(screened.groups))]
    if groups:
        sums.extend(((name,), [(*at, name) for at in groups]) for name in OF_GROUP)
    return cells, sums
