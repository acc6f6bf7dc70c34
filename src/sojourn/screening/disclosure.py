"""A screening fit for publication: every count from cells with noise, small counts held back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sojourn.rules.agreement.conditions import CheckedRule
from sojourn.rules.agreement.funnel import condition_of
from sojourn.screening.noise import STATUSES, Cell, Noise, values_of
from sojourn.study.model.facts import Fact

SMALLEST = 20
"""Counts below this are held back, unless another threshold is given."""

OF_RULE = (
    "fails", "remaining", "only_this", "unknown", "undetermined_only", "passes_unknown",
    "fails_unknown",
)  # fmt: skip
OF_FACT = ("wanted", "only_this")
OF_GROUP = ("people", *STATUSES)


@dataclass(frozen=True, slots=True)
class Published:
    """Counts in tables; None where one is held back."""

    smallest: int
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


Rows = list[dict[str, Any]]


def publish(
    exact: Mapping[Cell, int],
    rules: Sequence[CheckedRule],
    facts: Sequence[str],
    noise: Noise,
    by: Fact | None = None,
) -> Published:
    """The tables that may be shown, computed from the cells with noise and from nothing else.

    `facts` are all that rules read; `by` is the fact that counts are grouped by. Whatever follows
    from the tables follows from the cells, so that sums and parts agree where that costs nothing:
    people are the statuses together, and no part is greater than its whole.
    """
    cells = noise(exact)
    statuses, left = _statuses(cells, len(rules), noise)

    def shown(count: int) -> int | None:
        return count if noise.smallest <= 1 or count >= noise.smallest else None

    def part(cell: Cell, *wholes: int) -> int:
        return min([noise.rounded(cells.get(cell, 0.0)), *wholes])

    funnel = [
        {
            "position": at + 1,
            "rule": checked.name,
            "kind": checked.rule.kind,
            "condition": condition_of(checked),
            "cite": checked.rule.cite,
            "source": checked.rule.source,
            "confidence": checked.rule.confidence,
            **{
                # What the rule itself says is no secret: that it refers nobody, say.
                name: 0 if name in _implied(checked) else shown(count)
                for name, count in _of_rule(at, statuses, left[at], part).items()
            },
        }
        for at, checked in enumerate(rules)
    ]
    return Published(
        smallest=noise.smallest,
        statuses=[{"status": name, "people": shown(count)} for name, count in statuses.items()],
        funnel=funnel,
        facts=_facts(facts, cells, statuses["referred"], part, shown),
        groups=_groups(cells, by, part, shown),
    )


def _statuses(
    cells: Mapping[Cell, float], rules: int, noise: Noise
) -> tuple[dict[str, int], list[int]]:
    """People of each status, and those left after each rule.

    The barred are counted twice, as a status and by the rule that first bars them; with noise the
    sums differ, and each cell gives way by an equal share, the best estimate for equal noise.
    """
    barred = cells["statuses", None, "barred"]
    first = [cells["first", at, "fails"] for at in range(rules)]
    share = (barred - sum(first)) / (rules + 1)
    eligible = noise.rounded(cells["statuses", None, "eligible"])
    referred = noise.rounded(cells["statuses", None, "referred"])
    found = {"eligible": eligible, "barred": noise.rounded(barred - share), "referred": referred}
    people = sum(found.values())
    left, above = [eligible + referred], 0.0
    for one in reversed(first[1:]):
        above += one + share
        left.append(min(people, max(left[-1], eligible + referred + noise.rounded(above))))
    return {"people": people, **found}, left[::-1]


Part = Callable[..., int]
Shown = Callable[[int], int | None]


def _of_rule(at: int, statuses: Mapping[str, int], left: int, part: Part) -> dict[str, int]:
    """The counts of one rule, `OF_RULE`."""
    people = statuses["people"]
    without = part(("rule", at, "unknown, fail"), statuses["barred"])
    fails = min(statuses["barred"], part(("rule", at, "fails"), people) + without)
    unknown = part(("rule", at, "unknown"), people)
    return {
        "fails": fails,
        "remaining": left,
        "only_this": part(("alone", at, "fails"), fails),
        "unknown": unknown,
        "undetermined_only": part(("alone", at, "unknown"), unknown, statuses["referred"]),
        "passes_unknown": part(("rule", at, "unknown, pass"), people),
        "fails_unknown": without,
    }


def _implied(checked: CheckedRule) -> set[str]:
    """Of `OF_RULE`, the counts that are zero whatever the cohort is."""
    follows = "refer" if checked.refers else checked.rule.if_unknown
    return {
        name
        for name, only in (
            ("unknown", "refer"), ("undetermined_only", "refer"), ("passes_unknown", "pass"),
            ("fails_unknown", "fail"),
        )
        if only != follows
    }  # fmt: skip


def _facts(
    facts: Sequence[str], cells: Mapping[Cell, float], referred: int, part: Part, shown: Shown
) -> Rows:
    """The facts that rules read, the most decisive first, by the counts as shown."""
    rows: Rows = []
    for fact in sorted(facts):
        if ("facts", fact, "wanted") not in cells:  # no rule that reads it refers
            rows.append({"fact": fact, **dict.fromkeys(OF_FACT, 0)})
            continue
        wanted = part(("facts", fact, "wanted"), referred)
        only = part(("fact alone", fact, "wanted"), wanted)
        rows.append({"fact": fact, "wanted": shown(wanted), "only_this": shown(only)})
    return sorted(rows, key=lambda row: [-(row[name] or 0) for name in reversed(OF_FACT)])


def _groups(cells: Mapping[Cell, float], by: Fact | None, part: Part, shown: Shown) -> Rows:
    """A row for each possible value of the fact, and one for undocumented."""
    if by is None:
        return []
    rows: Rows = []
    for value in values_of(by):
        of = {status: part(("groups", value, status)) for status in STATUSES}
        counts = {"people": sum(of.values()), **of}
        rows.append({"value": value, **{name: shown(count) for name, count in counts.items()}})
    return rows
