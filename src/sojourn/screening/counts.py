"""The exact counts of a cohort, computed from the groups of one scan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Any

from sojourn.rules.agreement.conditions import CheckedRule
from sojourn.rules.agreement.funnel import RuleCounts, tallies
from sojourn.screening.cohort_columns import Choices, Door
from sojourn.screening.queries import FACTS_IN_WORD, RULES_IN_WORD

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class FactCount:
    """Referred people who lack one fact."""

    fact: str
    wanted: int
    """It is undocumented, and a rule that reads it is undetermined."""
    only_this: int
    """It is the only such fact: once it is documented, the case is decided, whatever its value."""


@dataclass(frozen=True, slots=True)
class GroupCount:
    """People with one value of the fact that counts are grouped by."""

    value: str | None
    people: int
    eligible: int
    barred: int
    referred: int


@dataclass(frozen=True, slots=True)
class Screened:
    """The exact counts of a cohort, which must not be published without rounding."""

    rows: int
    people: int
    """The sum of the weights, or the rows."""
    eligible: int
    barred: int
    referred: int
    rules: tuple[RuleCounts, ...]
    """Whole numbers, in the rules' order."""
    facts: tuple[FactCount, ...]
    """Facts that rules read, the most decisive first."""
    groups: tuple[GroupCount, ...]
    unread: tuple[str, ...]
    """Columns of declared facts that no rule reads."""


AT_ONCE = 1 << 16
"""Groups counted at once, which limits memory."""


def counted(
    rules: Sequence[CheckedRule],
    needed: Sequence[str],
    door: Door,
    choices: Choices,
    found: Mapping[str, NDArray[Any]],
) -> Screened:
    """The counts from the groups of one scan (`scan.grouped`)."""
    number = len(found["row count"])
    parts = [
        _part(
            rules,
            needed,
            door,
            choices,
            {name: values[start : start + AT_ONCE] for name, values in found.items()},
        )
        for start in range(0, max(number, 1), AT_ONCE)
    ]
    facts = sorted(
        (
            FactCount(fact, *(sum(part.facts[at][kind] for part in parts) for kind in (0, 1)))
            for at, fact in enumerate(needed)
        ),
        key=lambda count: (-count.only_this, -count.wanted),
    )
    groups: dict[str | None, list[int]] = {}
    for part in parts:
        for value, counts in part.groups.items():
            before = groups.get(value, [0, 0, 0, 0])
            groups[value] = [one + other for one, other in zip(before, counts, strict=True)]
    return Screened(
        rows=sum(part.rows for part in parts),
        people=sum(part.people for part in parts),
        eligible=sum(part.eligible for part in parts),
        barred=sum(part.barred for part in parts),
        referred=sum(part.referred for part in parts),
        rules=tuple(
            RuleCounts(*map(sum, zip(*(astuple(part.rules[at]) for part in parts), strict=True)))
            for at in range(len(rules))
        ),
        facts=tuple(facts),
        groups=tuple(
            GroupCount(value, *groups[value])
            for value in sorted(groups, key=lambda value: (value is None, value or ""))
        ),
        unread=door.unread,
    )


@dataclass(frozen=True, slots=True)
class _GroupCounts:
    """Counts of some of the groups."""

    rows: int
    people: int
    eligible: int
    barred: int
    referred: int
    rules: list[RuleCounts]
    facts: list[tuple[int, int]]
    """Wanted, and only this, of each fact."""
    groups: dict[str | None, list[int]]


def _part(
    rules: Sequence[CheckedRule],
    needed: Sequence[str],
    door: Door,
    choices: Choices,
    found: Mapping[str, NDArray[Any]],
) -> _GroupCounts:
    import numpy as np  # noqa: PLC0415

    def whole(column: str) -> Counts:
        return np.ma.filled(found[column], 0).astype(np.int64)

    def bits(kind: str, place: int, size: int, shift: int = 0) -> NDArray[np.bool_]:
        return np.asarray(
            (whole(f"{kind} {place // size}") >> (place % size + shift)) & 1, np.bool_
        )

    rows = whole("row count")
    people = whole("people count") if door.weight else rows
    fails = [bits("word", at, RULES_IN_WORD) for at in range(len(rules))]
    undecided = [bits("word", at, RULES_IN_WORD, RULES_IN_WORD) for at in range(len(rules))]
    unknown = [mask & rule.refers for rule, mask in zip(rules, undecided, strict=True)]
    nobody = np.zeros(len(rows), np.bool_)
    barred = np.logical_or.reduce([nobody, *fails])
    referred = np.logical_or.reduce([nobody, *unknown]) & ~barred
    eligible = ~barred & ~referred
    wanted = [bits("wanting", at, FACTS_IN_WORD) for at in range(len(needed))]
    number = sum((mask.astype(np.int64) for mask in wanted), np.zeros(len(rows), np.int64))

    def total(mask: NDArray[np.bool_]) -> int:
        return int(people[mask].sum())

    groups: dict[str | None, list[int]] = {}
    if choices.by:
        texts = np.ma.asarray(found["group value"]).tolist()  # None where it is masked
        for value in set(texts):
            mask = np.array([text == value for text in texts], np.bool_)
            groups[value] = [
                total(mask), total(mask & eligible), total(mask & barred), total(mask & referred),
            ]  # fmt: skip
    return _GroupCounts(
        rows=int(rows.sum()),
        people=int(people.sum()),
        eligible=total(eligible),
        barred=total(barred),
        referred=total(referred),
        rules=tallies(rules, fails, undecided, people),
        facts=[(total(mask), total(mask & (number == 1))) for mask in wanted],
        groups=groups,
    )
