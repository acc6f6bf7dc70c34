"""Worked cases of an agreement: the outcome by the rules, compared with the one expected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sojourn.rules.agreement.file import AgreementFile, read_agreement
from sojourn.rules.agreement.verdict import judge as verdict_of
from sojourn.rules.agreement.verdict import names
from sojourn.rules.meaning.reference import Documented


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One worked case: what was expected and what came out."""

    name: str
    says: str
    outcome: str
    """What the file expects: eligible, barred or referred."""
    because: tuple[str, ...]
    """The deciding rules according to the file."""
    found: str
    """The outcome by the rules."""
    deciding: tuple[str, ...]
    """The rules that decide: those that fail if barred, those undetermined if referred."""

    @property
    def passed(self) -> bool:
        """Whether outcome and deciding rules are as expected, in any order."""
        return self.outcome == self.found and set(self.because) == set(self.deciding)


def run_cases(agreement: AgreementFile) -> tuple[CaseResult, ...]:
    """Every worked case in the file's order; a case without `because` expects no rule to decide."""
    results = []
    for name, case in agreement.cases.items():
        on = agreement
        if case.today is not None and not isinstance(agreement.today, str):
            on = read_agreement(agreement.path, today=case.today)
        found, deciding = judge(on, on.facts_of(case))
        results.append(CaseResult(name, case.says, case.outcome, case.because, found, deciding))
    return tuple(results)


def judge(agreement: AgreementFile, facts: Mapping[str, Documented]) -> tuple[str, tuple[str, ...]]:
    """Eligible, barred or referred, and the rules that decide it.

    Barred if a rule fails, else referred if one is undetermined, else eligible. A missing fact
    never makes anybody eligible, unless the rule itself says `if unknown: pass`.
    """
    verdict = verdict_of(agreement.rules, facts)
    return verdict.status, names(agreement.rules, verdict.failed or verdict.unknown)
