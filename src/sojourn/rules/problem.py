"""The rules of one agreement as Z3 terms: when each passes, fails or refers, and the outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sojourn.rules.conditions import OUTCOMES, CheckedRule
from sojourn.rules.evaluate import Documented, evaluate
from sojourn.rules.symbols import Bit, Symbols, Truth, both, either, negated
from sojourn.rules.tree import Expression
from sojourn.rules.verdict import judge

Row = Mapping[str, Documented]


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
        """It stands in nobody's way."""
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

    def outcomes(self) -> dict[str, Truth]:
        """The three outcomes as conditions; never unknown."""
        bits = {"eligible": self.eligible, "barred": self.barred, "referred": self.referred}
        return {name: Truth(bit, negated(bit)) for name, bit in bits.items()}


def _encoded(rule: CheckedRule, symbols: Symbols) -> Encoded:
    met = symbols.truth(rule.met)
    # Kept as written where a rule is always known, so that the terms stay small.
    fails_unknown = rule.rule.if_unknown == "fail"
    failed = negated(met.true) if fails_unknown else met.false
    return Encoded(rule, met, failed, met.unknown if rule.refers else False)


def with_outcome(rules: Sequence[CheckedRule], row: Row) -> dict[str, Documented]:
    """The case with its outcome as three yes-no facts, for conditions that speak of it."""
    status = judge(rules, row).status
    return {**row, **{name: name == status for name in OUTCOMES}}


def holds(expression: Expression, rules: Sequence[CheckedRule], row: Row) -> bool | None:
    """The value of a condition that may speak of the outcome, by the reference."""
    return evaluate(expression, with_outcome(rules, row))
