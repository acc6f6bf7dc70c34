"""The outcome of an agreement's rules for one case: the slow reference."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sojourn.rules.agreement.conditions import CheckedRule
from sojourn.rules.meaning.reference import Documented, evaluate

Status = Literal["eligible", "barred", "referred"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of one case; bit i of a mask is the i-th rule of the agreement."""

    failed: int
    """Rules that exclude, or are undetermined with `if unknown: fail`."""
    unknown: int
    """Rules that are undetermined and refer the case to a person."""

    @property
    def status(self) -> Status:
        """Barred if a rule fails, else referred if one is undetermined, else eligible."""
        return "barred" if self.failed else "referred" if self.unknown else "eligible"


def fails(rule: CheckedRule, met: bool | None) -> bool:
    """Whether a rule excludes a case for which it has this value."""
    return met is False or (met is None and rule.rule.if_unknown == "fail")


def judge(rules: Sequence[CheckedRule], row: Mapping[str, Documented]) -> Verdict:
    """The outcome of a case of documented facts; facts missing from `row` are undocumented."""
    return verdict_of(rules, (evaluate(rule.met, row) for rule in rules))


def verdict_of(rules: Sequence[CheckedRule], values: Iterable[bool | None]) -> Verdict:
    """The outcome of a case for which the rules have these values."""
    failed = unknown = 0
    for place, (rule, met) in enumerate(zip(rules, values, strict=True)):
        if fails(rule, met):
            failed |= 1 << place
        elif met is None and rule.refers:
            unknown |= 1 << place
    return Verdict(failed, unknown)


def names(rules: Sequence[CheckedRule], mask: int) -> tuple[str, ...]:
    """The names of the rules in a mask."""
    return tuple(rule.name for place, rule in enumerate(rules) if mask >> place & 1)
