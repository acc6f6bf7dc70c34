"""Running the worked cases of an agreement: what the rules say against what the file expects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sojourn.agreements.file import AgreementFile
from sojourn.rules.evaluate import Documented, evaluate


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One worked case: what was expected and what came out."""

    name: str
    says: str
    outcome: str
    """What the file expects: eligible, barred or referred."""
    because: tuple[str, ...]
    """The rules that the file says decide."""
    found: str
    """What the rules come to."""
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
        found, deciding = judge(agreement, case.facts)
        results.append(CaseResult(name, case.says, case.outcome, case.because, found, deciding))
    return tuple(results)


def judge(agreement: AgreementFile, facts: Mapping[str, Documented]) -> tuple[str, tuple[str, ...]]:
    """Eligible, barred or referred, and the rules that decide it.

    Barred if a rule fails, else referred if one is undetermined, else eligible: what is not
    documented never makes anybody eligible, unless the rule itself says `if unknown: pass`.
    """
    failed: list[str] = []
    unknown: list[str] = []
    for checked in agreement.rules:
        met = evaluate(checked.met, facts)
        if met is False or (met is None and checked.rule.if_unknown == "fail"):
            failed.append(checked.name)
        elif met is None and checked.refers:
            unknown.append(checked.name)
    if failed:
        return "barred", tuple(failed)
    return ("referred", tuple(unknown)) if unknown else ("eligible", ())
