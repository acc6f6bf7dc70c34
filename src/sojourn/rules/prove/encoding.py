"""The rules of one agreement as Z3 terms: when each passes, fails or refers, and the outcome."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sojourn.errors import Problem, RuleError
from sojourn.rules.agreement.conditions import OUTCOMES, CheckedRule
from sojourn.rules.agreement.file import AgreementFile
from sojourn.rules.agreement.verdict import judge
from sojourn.rules.language.parse import parse
from sojourn.rules.language.tree import Constant, Expression, FactOf, TreeNode
from sojourn.rules.language.type_check import check
from sojourn.rules.meaning.reference import CaseFacts, Documented
from sojourn.rules.meaning.z3_logic import Bit, Truth, Worded, both, either, negated
from sojourn.rules.meaning.z3_terms import Symbols
from sojourn.study.model.facts import Fact

STATUS = "status"
"""The name of the outcome in a question, unless a fact has this name."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """One rule as Z3 terms."""

    rule: CheckedRule
    met: Truth
    failed: Bit
    """It excludes, or is undetermined with `if unknown: fail`."""
    refers: Bit
    """It is undetermined and refers the case."""

    @property
    def passed(self) -> Bit:
        """It neither excludes nor refers."""
        return both(negated(self.failed), negated(self.refers))


class Encoding:
    """The rules of one agreement over the facts of a problem."""

    def __init__(self, rules: Sequence[CheckedRule], symbols: Symbols) -> None:
        self.rules = tuple(rules)
        self.encoded = tuple(_encoded(rule, symbols) for rule in rules)
        self.barred = either(*(each.failed for each in self.encoded))
        open_question = either(*(each.refers for each in self.encoded))
        self.referred = both(negated(self.barred), open_question)
        self.eligible = both(negated(self.barred), negated(open_question))

    def define_outcomes(self, symbols: Symbols) -> None:
        """Let conditions use the outcome, as `outcome_facts` declares it."""
        bits = {"eligible": self.eligible, "barred": self.barred, "referred": self.referred}
        for name, bit in bits.items():
            symbols.define(name, Truth(bit, negated(bit)))
        if STATUS not in symbols.variables.facts:
            symbols.define(STATUS, Worded(True, bits))


def _encoded(rule: CheckedRule, symbols: Symbols) -> Encoded:
    met = symbols.truth(rule.met)
    # Kept as written where a rule is always known, so that the terms stay small.
    fails_unknown = rule.rule.if_unknown == "fail"
    failed = negated(met.true) if fails_unknown else met.false
    return Encoded(rule, met, failed, met.unknown if rule.refers else False)


def outcome_facts(facts: Mapping[str, Fact]) -> dict[str, Fact]:
    """The names for the outcome in a question, declared as facts.

    `eligible`, `barred` and `referred` are yes or no, and `status` is one of these words, unless
    the agreement has a fact of that name.
    """
    found = {name: Fact(type="yes-no") for name in OUTCOMES}
    return found if STATUS in facts else {**found, STATUS: Fact(values=OUTCOMES)}


def with_outcome(
    rules: Sequence[CheckedRule], facts: Mapping[str, Fact], row: CaseFacts
) -> dict[str, Documented]:
    """The case with its outcome, for conditions that use it."""
    status = judge(rules, row).status
    found: dict[str, Documented] = {**row, **{name: name == status for name in OUTCOMES}}
    return found if STATUS in facts else {**found, STATUS: status}


def read_question(text: str, option: str, agreement: AgreementFile) -> Expression:
    """A condition over facts, terms, values and the outcome, checked; raises `RuleError`.

    `option` is where it was written, as `--never`.
    """
    types = {**agreement.facts, **outcome_facts(agreement.facts)}
    try:
        return check(
            parse(text, path=option),
            types,
            agreement.terms,
            dated=agreement.values,
            today=_today(agreement),
        )
    except RuleError as error:
        named = STATUS in agreement.facts and re.search(rf"\b{STATUS}\b", text)
        if named and re.search(_OUTCOME, text):
            what = f"`{STATUS}` is a fact of this agreement, not the outcome"
            fix = "write `eligible`, `barred` or `referred` for the outcome"
            raise RuleError(Problem(what, fix, path=option), *error.problems) from error
        raise


def _today(agreement: AgreementFile) -> TreeNode | None:
    """The day of decision, as conditions read it."""
    if agreement.today is None:
        return None
    if isinstance(agreement.today, str):
        return FactOf(agreement.today, "date", "", 0)
    return Constant(agreement.today, "date", "", 0)


_OUTCOME = "['\"](?:" + "|".join(OUTCOMES) + ")['\"]"
