"""Statements about every case under an agreement, proven by Z3 or refuted by a case.

*Documented* cases have a value for every fact that the rules read. Whether anybody can be eligible,
which rules conflict, and the effect of a rule refer to these; a user's question refers to all
cases, whatever facts are missing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import z3

from sojourn.rules.agreement.conditions import CheckedRule
from sojourn.rules.agreement.verdict import Status, judge
from sojourn.rules.language.tree import Expression
from sojourn.rules.meaning.reference import CaseFacts, evaluate
from sojourn.rules.meaning.z3_logic import Bit, both, negated, term
from sojourn.rules.meaning.z3_terms import Symbols, texts_of
from sojourn.rules.prove.encoding import Encoding, outcome_facts, with_outcome
from sojourn.rules.prove.ordinary import OrdinaryValues
from sojourn.rules.prove.smallest_conflict import smallest_conflict
from sojourn.rules.prove.witness import Witness, confirm, find_witness
from sojourn.rules.prove.z3_solver import NotProven, Solver
from sojourn.study.model.facts import Fact

Answer = Literal["yes", "no", "not proven"]
What = Literal[
    "redundant",
    "redundant if documented",
    "never applies",
    "never excludes",
    "always excludes",
]


@dataclass(frozen=True, slots=True)
class Possible:
    """Whether anybody can be eligible."""

    answer: Answer
    witness: Witness | None = None
    """An eligible case, every fact documented."""
    undocumented: Witness | None = None
    """If no documented case is eligible: a case with missing facts that is."""
    conflict: tuple[str, ...] = ()
    """If nobody can: the rules that no documented case meets together."""
    smallest: bool = True
    """Whether no smaller set conflicts; else time ran out before this was known."""
    why: str = ""
    """For `not proven`: why."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A statement about one rule that is true in every case."""

    rule: str
    what: What
    because: tuple[str, ...] = ()
    """For a redundant rule: the fewest other rules that imply it in documented cases."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A fact whose lack makes a case eligible that one of its values would not."""

    fact: str
    witness: Witness
    """The case with this value; without it, the case is eligible."""
    status: Status
    """The outcome of the case with the value."""


@dataclass(frozen=True, slots=True)
class AnsweredQuestion:
    """A question of the user's, answered."""

    kind: Literal["never", "always"]
    condition: str
    answer: Answer
    witness: Witness | None = None
    """For `no`: a case that shows it."""
    unknown: bool = False
    """The condition is unknown for that case: values of its missing facts decide."""
    why: str = ""


@dataclass(frozen=True, slots=True)
class AgreementProof:
    """All answers about one agreement."""

    possible: Possible
    findings: tuple[Finding, ...]
    unexamined: tuple[str, ...]
    """Rules that were not examined, as another excludes everybody by itself."""
    open: tuple[tuple[str, str], ...]
    """Rules about which something is not proven, with the reason."""
    missing: tuple[Missing, ...]
    """Facts that a case may lack to its advantage."""
    missing_settled: bool
    """Whether it is proven that there are no others."""
    asked: tuple[AnsweredQuestion, ...]
    seconds: float


def prove(
    rules: Sequence[CheckedRule],
    facts: Mapping[str, Fact],
    *,
    never: Sequence[Expression] = (),
    always: Sequence[Expression] = (),
    seconds: float = 10.0,
) -> AgreementProof:
    """Prove what can be proven of an agreement in this time.

    `never` and `always` are checked conditions over the facts and the outcomes `eligible`,
    `barred` and `referred`. Every case in the answer has been through the reference and DuckDB;
    raises `AssertionError` if these and Z3 disagree.
    """
    begun = time.perf_counter()
    return _Prover(rules, facts, [*never, *always], seconds).proof(never, always, begun)


class _Prover:
    def __init__(
        self,
        rules: Sequence[CheckedRule],
        facts: Mapping[str, Fact],
        questions: Sequence[Expression],
        seconds: float,
    ) -> None:
        self.rules, self.facts = tuple(rules), facts
        conditions = [*(rule.met for rule in rules), *questions]
        self.symbols = Symbols(facts, texts_of(conditions))
        self.ordinary = OrdinaryValues(conditions, facts, self.symbols.variables.options)
        self.encoding = Encoding(rules, self.symbols)
        self.read = self.symbols.variables.used
        """The facts that the rules read."""
        self.encoding.define_outcomes(self.symbols)
        self.solver = Solver(self.symbols.variables, seconds)
        self.documented = z3.Bool("documented")
        """Literal: every fact that the rules read is documented."""
        self.solver.add(self.documented == z3.And(self.symbols.variables.documented()))
        self.passes = [z3.Bool(f"rule {place} passes") for place in range(len(rules))]
        """Literals: the rule neither excludes nor refers."""
        for literal, each in zip(self.passes, self.encoding.encoded, strict=True):
            self.solver.add(literal == term(each.passed))
        self.witnesses: list[Witness] = []

    def proof(
        self, never: Sequence[Expression], always: Sequence[Expression], begun: float
    ) -> AgreementProof:
        possible = self.possible()
        findings: list[Finding] = []
        left_open: list[tuple[str, str]] = []
        unexamined: list[str] = []
        for place, rule in enumerate(self.rules):
            try:
                if len(possible.conflict) == 1 and possible.smallest:
                    # Beside a rule that excludes everybody, every other is idle.
                    if self._excludes_all(place):
                        findings.append(Finding(rule.name, "always excludes"))
                    else:
                        unexamined.append(rule.name)
                    continue
                findings += self.findings(place)
            except NotProven as error:
                left_open.append((rule.name, str(error)))
        asked = [self.asked("never", each) for each in never]
        asked += [self.asked("always", each) for each in always]
        # After the questions, which may need the time.
        missing, settled = self.missing()
        confirm(
            [with_outcome(self.rules, self.facts, each.row) for each in self.witnesses],
            [*(rule.met for rule in self.rules), *never, *always],
            {**self.facts, **outcome_facts(self.facts)},
        )
        return AgreementProof(
            possible, tuple(findings), tuple(unexamined), tuple(left_open), missing, settled,
            tuple(asked), time.perf_counter() - begun,
        )  # fmt: skip

    def possible(self) -> Possible:
        """Whether anybody can be eligible, and if not which rules conflict."""
        try:
            found = self.witness(self.read, self._is_eligible, [self.documented, *self.passes])
        except NotProven as error:
            return Possible("not proven", why=str(error))
        if found is not None:
            return Possible("yes", found)
        core = self.solver.core()
        rules = [place for place, literal in enumerate(self.passes) if literal in core]
        names = self._names(rules)
        try:
            smallest = self.conflict(range(len(self.rules)))
            assert smallest is not None
            names, least = self._names(smallest), True
        except NotProven:
            least = False
        other = None
        try:
            other = self.witness(self.read, self._is_eligible, self.passes)
        except NotProven:
            other = None
        return Possible("no", None, other, names, least)

    def findings(self, place: int) -> list[Finding]:
        """The findings about one rule; raises `NotProven`."""
        rule, each = self.rules[place], self.encoding.encoded[place]
        known = self.documented
        found: list[Finding] = []
        applies = [self.symbols.truth_of(node).false for node in rule.outside]
        if rule.when is not None:
            applies.append(self.symbols.truth_of(rule.when).true)
        if applies and not self._is_case(known, *applies):
            return [Finding(rule.name, "never applies")]
        if not self._is_case(known, each.met.false):
            return [Finding(rule.name, "never excludes")]
        if self._excludes_all(place):
            found.append(Finding(rule.name, "always excludes"))
        others = [literal for at, literal in enumerate(self.passes) if at != place]
        if self.solver.case([known, *others, z3.Not(self.passes[place])]) is not None:
            return found
        # Where a fact is missing, it may still be the one that refers or excludes.
        alone = negated(each.passed)
        with self.solver.given(alone):
            needed = self._alone_bars(place) or self._alone_refers(place)
            others_of = [at for at in range(len(self.rules)) if at != place]
            because = self.conflict(others_of)
        what: What = "redundant if documented" if needed else "redundant"
        return [*found, Finding(rule.name, what, self._names(because or ()))]

    def _excludes_all(self, place: int) -> bool:
        """Whether no documented case passes a rule."""
        return not self._is_case(self.documented, self.encoding.encoded[place].passed)

    def _alone_bars(self, place: int) -> bool:
        """Whether some case, whatever is missing, is barred by this rule and no other."""
        encoded = self.encoding.encoded
        others = [negated(other.failed) for at, other in enumerate(encoded) if at != place]
        return self._is_case(encoded[place].failed, *others)

    def _alone_refers(self, place: int) -> bool:
        """Whether some case is referred by this rule, and all others pass it."""
        others = [literal for at, literal in enumerate(self.passes) if at != place]
        return self._is_case(self.encoding.encoded[place].refers, *others)

    def asked(self, kind: Literal["never", "always"], condition: Expression) -> AnsweredQuestion:
        """Whether a condition is false in every case, or true in every case."""
        truth = self.symbols.truth(condition)
        # Where it is unknown, some value of a missing fact may make it so.
        against = negated(truth.false if kind == "never" else truth.true)

        def shows(row: CaseFacts) -> bool:
            value = evaluate(condition, with_outcome(self.rules, self.facts, row))
            return value is not (kind == "always")

        try:
            # A fully documented case says more, but any case will do.
            documented = self.symbols.variables.documented()
            with self.solver.given(against):
                names = self.symbols.variables.used
                witness = self.witness(names, shows, documented) or self.witness(names, shows)
            if witness is None:
                return AnsweredQuestion(kind, condition.text, "yes")
        except NotProven as error:
            return AnsweredQuestion(kind, condition.text, "not proven", why=str(error))
        value = evaluate(condition, with_outcome(self.rules, self.facts, witness.row))
        return AnsweredQuestion(kind, condition.text, "no", witness, value is None)

    def conflict(self, places: Sequence[int] | range) -> frozenset[int] | None:
        """The fewest of these rules that no documented case meets together."""
        order = list(places)

        def meet(wanted: frozenset[int]) -> frozenset[int] | None:
            model = self.solver.case(
                [self.documented, *(self.passes[order[at]] for at in sorted(wanted))]
            )
            if model is None:
                return None
            return frozenset(
                at
                for at, place in enumerate(order)
                if z3.is_true(model.eval(self.passes[place], model_completion=True))
            )

        found = smallest_conflict(len(order), meet)
        return None if found is None else frozenset(order[at] for at in found)

    def missing(self) -> tuple[tuple[Missing, ...], bool]:
        """The facts whose lack makes a case eligible; and whether no others do.

        The outcome without a fact, and the outcome with it, are the same term with the fact
        unknown and known.
        """
        found = []
        settled = True
        for name in self.read:
            known = self.symbols.variables.known(name)
            without, having = (
                z3.substitute(term(self.encoding.eligible), (known, z3.BoolVal(value)))
                for value in (False, True)
            )
            others = [self.symbols.variables.known(other) for other in self.read if other != name]

            def shows(row: CaseFacts, name: str = name) -> bool:
                return (
                    row[name] is not None
                    and self._is_eligible({**row, name: None})
                    and not self._is_eligible(row)
                )

            try:
                with self.solver.given(known, without, z3.Not(having)):
                    witness = self.witness(self.read, shows, others) or self.witness(
                        self.read, shows
                    )
            except NotProven:
                settled = False
                continue
            if witness is not None:
                found.append(Missing(name, witness, judge(self.rules, witness.row).status))
        return tuple(found), settled

    def witness(
        self,
        names: Sequence[str],
        goal: Callable[[CaseFacts], bool],
        assumed: Sequence[z3.BoolRef] = (),
    ) -> Witness | None:
        """A case for which the goal holds, kept to be run through DuckDB."""
        found = find_witness(self.solver, names, goal, self.ordinary, assumed)
        if found is not None:
            self.witnesses.append(found)
        return found

    def _is_case(self, *bits: Bit) -> bool:
        together = both(*bits)
        if isinstance(together, bool):
            return together
        with self.solver.given(together):
            return self.solver.case() is not None

    def _is_eligible(self, row: CaseFacts) -> bool:
        return judge(self.rules, row).status == "eligible"

    def _names(self, places: Sequence[int] | frozenset[int]) -> tuple[str, ...]:
        return tuple(self.rules[place].name for place in sorted(places))
