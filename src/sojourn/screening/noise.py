"""Noise on the counts of a screening: on which counts, how much, and what one person changes.

All published tables are computed from a few counts, the *cells*, to each of which independent
normal noise is added. A person changes few cells, each by one; so how far the noise hides a person
is known exactly, whatever the rules are (Dong, Roth and Su, *Gaussian differential privacy*, 2022).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from statistics import NormalDist

from sojourn.rules.agreement.conditions import CheckedRule
from sojourn.screening.counts import Screened
from sojourn.study.model.facts import Fact

_NORMAL = NormalDist()
_BITS = 52

Cell = tuple[str, str | int | None, str]
"""What is counted: the table, the row in it, and who of them."""

STATUSES = ("eligible", "barred", "referred")


def cells_of(
    screened: Screened, rules: Sequence[CheckedRule], by: Fact | None = None
) -> dict[Cell, int]:
    """The exact counts that everything published is computed from.

    Which cells there are depends on the rules and on `by`, the fact that counts are grouped by,
    never on the cohort. Counts that the rules alone imply to be zero are left out.
    """
    found: dict[Cell, int] = {
        ("statuses", None, status): getattr(screened, status) for status in STATUSES
    }
    before = screened.people
    for at, (checked, tally) in enumerate(zip(rules, screened.rules, strict=True)):
        found["first", at, "fails"] = int(before - tally.remaining)
        before = int(tally.remaining)
        found["rule", at, "fails"] = int(tally.fails - tally.fails_unknown)
        found["alone", at, "fails"] = int(tally.only_this)
        if checked.refers:
            found["rule", at, "unknown"] = int(tally.unknown)
            found["alone", at, "unknown"] = int(tally.undetermined_only)
        else:
            found["rule", at, f"unknown, {checked.rule.if_unknown}"] = int(
                tally.passes_unknown + tally.fails_unknown
            )
    told = referring_facts(rules)
    for one in screened.facts:
        if one.fact in told:
            found["facts", one.fact, "wanted"] = one.wanted
            found["fact alone", one.fact, "wanted"] = one.only_this
    groups = {group.value: group for group in screened.groups}
    for value in values_of(by) if by else ():
        for status in STATUSES:
            people = getattr(groups[value], status) if value in groups else 0
            found["groups", value, status] = people
    return found


def values_of(by: Fact) -> tuple[str | None, ...]:
    """The groups by a fact's values; the last, None, is undocumented."""
    return (*(("true", "false") if by.type == "yes-no" else by.values), None)


def referring_facts(rules: Sequence[CheckedRule]) -> set[str]:
    """The facts that can be missing from a referred case."""
    return {fact for checked in rules if checked.refers for fact in checked.facts}


def most_changed(rules: Sequence[CheckedRule], *, by: bool) -> int:
    """The most that one person's facts can change the cells: the sum of squares of the changes.

    One person is counted in one status, in one cell of each rule, as decided by one rule alone,
    and either as first failing a rule or as lacking facts; with `by`, in one group. Another file
    of that person leaves these cells and enters as many others.
    """
    facts = len(referring_facts(rules))
    # Who lacks a single fact is counted for it twice: as lacking it, and as lacking it alone.
    lacking = max(facts, 2) if facts else 0
    return 2 * (1 + len(rules) + 1 + max(1, lacking) + by)


@dataclass(frozen=True, slots=True)
class Noise:
    """The noise of one answer; the same key gives the same noise."""

    smallest: int
    """Counts below this are held back; with 0 or 1 all are exact."""
    key: bytes

    @property
    def base(self) -> int:
        """Shown counts are multiples of this; it is also the standard deviation of the noise."""
        return base_of(self.smallest)

    def __call__(self, cells: Mapping[Cell, int]) -> dict[Cell, float]:
        """The cells with noise, which may be negative."""
        if self.smallest <= 1:
            return {cell: float(count) for cell, count in cells.items()}
        return {cell: count + self.base * self._normal(cell) for cell, count in cells.items()}

    def _normal(self, cell: Cell) -> float:
        drawn = blake2b(repr(cell).encode(), key=self.key[:64], digest_size=8).digest()
        uniform = (int.from_bytes(drawn, "big") >> 64 - _BITS) + 0.5
        return _NORMAL.inv_cdf(uniform / (1 << _BITS))

    def rounded(self, count: float) -> int:
        """The nearest multiple of the base, from 0."""
        return max(0, round(count / self.base) * self.base)


def base_of(smallest: int) -> int:
    """The step of shown counts, and the standard deviation of their noise."""
    return max(1, -(-smallest // 2))
