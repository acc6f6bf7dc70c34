"""A screening fit for publication: small counts held back, all others rounded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sojourn.rules.agreement.conditions import CheckedRule
from sojourn.rules.agreement.funnel import condition_of
from sojourn.screening.counts import FactCount, GroupCount, Screened
from sojourn.screening.rounding import Rounding
from sojourn.study.model.facts import Fact

SMALLEST = 10
"""Counts below this are held back, and others rounded to it, unless another is given."""

STATUSES = ("eligible", "barred", "referred")
OF_RULE = (
    "fails", "remaining", "only_this", "unknown", "undetermined_only", "passes_unknown",
    "fails_unknown",
)  # fmt: skip
OF_FACT = ("wanted", "only_this")
OF_GROUP = ("people", *STATUSES)
OTHERS = "(others)"
_FOLLOWS = {
    "unknown": "refer", "undetermined_only": "refer", "passes_unknown": "pass",
    "fails_unknown": "fail",
}  # fmt: skip
"""Of `OF_RULE`, those that only rules count with this consequence of a missing fact."""


@dataclass(frozen=True, slots=True)
class Published:
    """Counts in tables; None where one is held back."""

    smallest: int
    rows: int | None
    statuses: list[dict[str, Any]]
    """`status`, `people`: all, then each status."""
    funnel: list[dict[str, Any]]
    """One row for each rule, in the file's order: what it is, and `OF_RULE`."""
    facts: list[dict[str, Any]]
    """One row for each fact that rules read: `fact`, and `OF_FACT`."""
    groups: list[dict[str, Any]]
    """One row for each value of the fact that counts are grouped by: `value`, and `OF_GROUP`."""

    @property
    def people(self) -> int | None:
        """Everybody."""
        people: int | None = self.statuses[0]["people"]
        return people

    @property
    def held_back(self) -> int:
        """How many counts are held back."""
        return sum(
            row[name] is None
            for rows, names in (
                (self.statuses, ("people",)),
                (self.funnel, OF_RULE),
                (self.facts, OF_FACT),
                (self.groups, OF_GROUP),
            )
            for row in rows
            for name in names
        )

    def tables(self) -> dict[str, list[dict[str, Any]]]:
        """The tables by name; `groups` only if there are any."""
        made = {"statuses": self.statuses, "funnel": self.funnel, "facts": self.facts}
        return made | ({"groups": self.groups} if self.groups else {})


def publish(
    screened: Screened, rules: Sequence[CheckedRule], shown: Rounding, by: Fact | None = None
) -> Published:
    """The counts that may be shown, each as `shown` makes it.

    `by` is the fact that counts are grouped by. The choice and order of the rows reveal no more
    than the counts in them.
    """
    told = {fact for checked in rules if checked.refers for fact in checked.facts}
    return Published(
        smallest=shown.smallest,
        rows=shown(screened.rows),
        statuses=[
            {"status": name, "people": shown(getattr(screened, name))}
            for name in ("people", *STATUSES)
        ],
        funnel=[
            {
                "position": place + 1,
                "rule": checked.name,
                "kind": checked.rule.kind,
                "condition": condition_of(checked),
                "cite": checked.rule.cite,
                "source": checked.rule.source,
                "confidence": checked.rule.confidence,
                # What the rule itself says is no secret: that it refers nobody, say.
                **{
                    name: 0
                    if _FOLLOWS.get(name, _follows(checked)) != _follows(checked)
                    else shown(int(getattr(screened.rules[place], name)))
                    for name in OF_RULE
                },
            }
            for place, checked in enumerate(rules)
        ],
        facts=_facts(screened.facts, told, shown),
        groups=_groups(screened.groups, by, shown),
    )


def _follows(checked: CheckedRule) -> str:
    return "refer" if checked.refers else checked.rule.if_unknown


def _facts(facts: Sequence[FactCount], told: set[str], shown: Rounding) -> list[dict[str, Any]]:
    """The facts that rules read, the most decisive first, by the counts as shown."""
    rows = [
        {
            "fact": one.fact,
            **{name: shown(getattr(one, name)) if one.fact in told else 0 for name in OF_FACT},
        }
        for one in sorted(facts, key=lambda one: one.fact)
    ]
    return sorted(rows, key=lambda row: [-(row[name] or 0) for name in reversed(OF_FACT)])


def _groups(groups: Sequence[GroupCount], by: Fact | None, shown: Rounding) -> list[dict[str, Any]]:
    """A row for each possible value of the fact, and one for undocumented.

    If a text has no declared values, a rare value itself may identify a person. So all values
    with a count held back form one row, `OTHERS`.
    """
    if by is None:
        return []
    counts: dict[str | None, list[int]] = {
        one.value: [getattr(one, name) for name in OF_GROUP] for one in groups
    }
    nobody = [0] * len(OF_GROUP)
    declared = ("true", "false") if by.type == "yes-no" else by.values
    rows: list[tuple[str | None, list[int]]] = [
        (value, counts.pop(value, nobody)) for value in declared
    ]
    undocumented = counts.pop(None, nobody)
    many = [item for item in counts.items() if shown(item[1][0]) is not None]
    rows += sorted(many, key=lambda item: item[0] or "")
    if not declared:
        few = [of for of in counts.values() if shown(of[0]) is None]
        rows.append((OTHERS, [sum(column) for column in zip(nobody, *few, strict=True)]))
    rows.append((None, undocumented))
    return [
        {"value": value, **dict(zip(OF_GROUP, map(shown, of), strict=True))} for value, of in rows
    ]
