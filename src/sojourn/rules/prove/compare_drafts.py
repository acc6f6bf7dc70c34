"""Two drafts of an agreement: the cases that only one accepts, and the rule responsible.

A case is any that either file can state, since the facts of two drafts may have other ranges or
values. Cases that both can state are shown first.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from math import ceil
from typing import Any, Literal

import z3

from sojourn.rules.agreement.conditions import CheckedRule
from sojourn.rules.agreement.verdict import fails, judge
from sojourn.rules.language.tree import Expression, FactOf
from sojourn.rules.language.write import written
from sojourn.rules.meaning.reference import CaseFacts, evaluate
from sojourn.rules.meaning.z3_logic import both, either, negated, same, term
from sojourn.rules.meaning.z3_terms import Symbols, texts_of
from sojourn.rules.prove.declared_facts import declared, states, values_apart
from sojourn.rules.prove.encoding import Encoding
from sojourn.rules.prove.ordinary import OrdinaryValues
from sojourn.rules.prove.witness import Witness, confirm, find_witness
from sojourn.rules.prove.z3_solver import NotProven, Solver
from sojourn.study.model.facts import Fact

CasesFound = Literal["none", "some", "not proven"]
Reads = Literal["added", "removed", "changed", "same"]


@dataclass(frozen=True, slots=True)
class Draft:
    """One side of a comparison."""

    rules: tuple[CheckedRule, ...]
    facts: Mapping[str, Fact]


@dataclass(frozen=True, slots=True)
class Only:
    """Whether a documented case is eligible under one draft alone."""

    answer: CasesFound
    witness: Witness | None = None
    rules: tuple[str, ...] = ()
    """The rules of the other draft that exclude or refer it."""
    stated: bool = True
    """Both files can state the case; else only one of them, as `Difference.declarations` says."""
    why: str = ""


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One rule of either draft."""

    rule: str
    reads: Reads
    """How the text of the rule changed; `same` if nothing that decides was changed."""
    means_same: bool | None
    """For a rule in both drafts: it has the same result in every case; None if not proven."""
    stops: Witness | None = None
    """A case eligible under the old draft that the rule stops in the new one."""
    stops_alone: bool = False
    """No other rule of the new draft stops that case."""
    lets: Witness | None = None
    """A case eligible under the new draft that the rule stopped in the old one."""
    lets_alone: bool = False
    """No other rule of the old draft stopped that case."""
    why: str = ""
    """The parts that are not proven, and why."""


@dataclass(frozen=True, slots=True)
class DraftDifference:
    """The differences between two drafts."""

    equal: bool | None
    """Both files can state the same cases, and each case, whatever is missing, has the same
    outcome; None if that is not proven."""
    same_outcomes: bool | None
    """Each case that either file can state has the same outcome; None if that is not proven."""
    other: Witness | None
    """If the drafts agree on documented cases: a case with missing facts on which they differ."""
    only_old: Only
    only_new: Only
    rules: tuple[RuleChange, ...]
    """Rules added, removed, or not written as before."""
    declarations: tuple[str, ...]
    """Differences of declared facts, in words."""
    seconds: float


def compare(old: Draft, new: Draft, seconds: float = 10.0) -> DraftDifference:
    """Compare two drafts in this time, over the cases that either can state.

    Raises `RuleError` if they give one name to facts of different types or units, and
    `AssertionError` if the evaluators disagree on a case.
    """
    return _DraftComparison(old, new, seconds).difference()


class _DraftComparison:
    def __init__(self, old: Draft, new: Draft, seconds: float) -> None:
        self.begun = time.perf_counter()
        self.old, self.new = old, new
        self.facts, self.told = declared(old.facts, new.facts)
        conditions = [rule.met for rule in (*old.rules, *new.rules)]
        values = (
            text for draft in (old, new) for fact in draft.facts.values() for text in fact.values
        )
        self.symbols = Symbols(self.facts, [*texts_of(conditions), *values])
        self.ordinary = OrdinaryValues(conditions, self.facts, self.symbols.variables.options)
        self.before = Encoding(old.rules, self.symbols)
        self.after = Encoding(new.rules, self.symbols)
        self.solver = Solver(self.symbols.variables, seconds)
        self.documented = z3.Bool("documented")
        self.solver.add(self.documented == z3.And(self.symbols.variables.documented()))
        self.stated = z3.Bool("stated in both")
        """Literal: either file can state the case."""
        within = [
            both(
                *(
                    self.symbols.variables.within(name, draft.facts[name])
                    for name in self.symbols.variables.used
                    if name in draft.facts
                )
            )
            for draft in (old, new)
        ]
        self.solver.add(either(*within), self.stated == term(both(*within)))
        self.witnesses: list[Witness] = []

    def difference(self) -> DraftDifference:
        only_old = self.only(self.before, self.after)
        only_new = self.only(self.after, self.before)
        alike, other = self.equal(only_old, only_new)
        changes = self.changes()
        confirm(
            [witness.row for witness in self.witnesses],
            [self.widened(rule.met) for rule in (*self.old.rules, *self.new.rules)],
            self.facts,
        )
        apart = any(
            values_apart(name, self.old.facts[name], self.new.facts[name])
            for name in self.old.facts
            if name in self.new.facts
        )
        return DraftDifference(
            alike and not apart, alike, other, only_old, only_new, tuple(changes), tuple(self.told),
            time.perf_counter() - self.begun,
        )  # fmt: skip

    def widened(self, condition: Expression) -> Expression:
        """A condition over the values that either draft can state, as SQL needs them."""

        def wide(part: Any) -> Any:  # noqa: ANN401  (a node, a tuple of nodes, or a field)
            if isinstance(part, FactOf):
                cases = [witness.row.get(part.name) for witness in self.witnesses]
                sizes = [ceil(abs(each)) for each in cases if isinstance(each, float)]
                values = self.facts[part.name].values if part.values else ()
                return replace(part, values=values, greatest=max(part.greatest, *sizes, 0))
            if isinstance(part, tuple):
                return tuple(wide(each) for each in part)
            if is_dataclass(part) and not isinstance(part, type):
                return replace(
                    part, **{each.name: wide(getattr(part, each.name)) for each in fields(part)}
                )
            return part

        return replace(condition, root=wide(condition.root))

    def only(self, mine: Encoding, other: Encoding) -> Only:
        """A documented case eligible under `mine` alone."""

        def shows(row: CaseFacts) -> bool:
            return (
                judge(mine.rules, row).status == "eligible"
                and judge(other.rules, row).status != "eligible"
            )

        try:
            witness = self.look(both(mine.eligible, negated(other.eligible)), shows)
        except NotProven as error:
            return Only("not proven", why=str(error))
        if witness is None:
            return Only("none")
        verdict = judge(other.rules, witness.row)
        mask = verdict.failed or verdict.unknown
        names = tuple(rule.name for at, rule in enumerate(other.rules) if mask >> at & 1)
        stated = all(states(draft.facts, witness.row) for draft in (self.old, self.new))
        return Only("some", witness, names, stated)

    def equal(self, only_old: Only, only_new: Only) -> tuple[bool | None, Witness | None]:
        """Whether all cases have the same outcome; else, if only missing facts differ, a case."""
        if "some" in (only_old.answer, only_new.answer):
            return False, None
        apart = either(
            negated(same(self.before.eligible, self.after.eligible)),
            negated(same(self.before.barred, self.after.barred)),
        )

        def shows(row: CaseFacts) -> bool:
            return judge(self.old.rules, row).status != judge(self.new.rules, row).status

        try:
            found = self.look(apart, shows, documented=False)
        except NotProven:
            return None, None
        if found is not None:
            return False, found
        return True, None

    def changes(self) -> list[RuleChange]:
        """Each rule that is not written as before."""
        old = {rule.name: place for place, rule in enumerate(self.old.rules)}
        new = {rule.name: place for place, rule in enumerate(self.new.rules)}
        found = []
        for name in dict.fromkeys([*old, *new]):
            reads = self._reads(old.get(name), new.get(name))
            if reads != "same":
                found.append(self._change(name, reads, old.get(name), new.get(name)))
        return found

    def _reads(self, old: int | None, new: int | None) -> Reads:
        if old is None or new is None:
            return "added" if old is None else "removed"
        one, other = self.old.rules[old], self.new.rules[new]
        alike = written(one.met.root) == written(other.met.root)
        alike = alike and one.rule.if_unknown == other.rule.if_unknown
        return "same" if alike else "changed"

    def _change(self, name: str, reads: Reads, old: int | None, new: int | None) -> RuleChange:
        stops = lets = None
        stops_alone = lets_alone = False
        means_same: bool | None = False
        why = ""
        try:
            if old is not None and new is not None:
                means_same = self._means_same(old, new)
            if not means_same:
                stops, stops_alone = self._stopped(self.before, self.after, new)
                lets, lets_alone = self._stopped(self.after, self.before, old)
        except NotProven as error:
            means_same, why = means_same or None, str(error)
        return RuleChange(name, reads, means_same, stops, stops_alone, lets, lets_alone, why)

    def _means_same(self, old: int, new: int) -> bool:
        one, other = self.before.encoded[old], self.after.encoded[new]
        apart = negated(both(same(one.failed, other.failed), same(one.refers, other.refers)))
        with self.solver.given(apart):
            return self.solver.case() is None

    def _stopped(
        self, mine: Encoding, other: Encoding, place: int | None
    ) -> tuple[Witness | None, bool]:
        """A case eligible under `mine` that a rule of `other` stops, if possible by itself."""
        if place is None:
            return None, False
        stops = negated(other.encoded[place].passed)
        rest = [each.passed for at, each in enumerate(other.encoded) if at != place]
        rule = other.rules[place]

        def shows(row: CaseFacts) -> bool:
            met = evaluate(rule.met, row)
            stopped = fails(rule, met) or (met is None and rule.refers)
            return stopped and judge(mine.rules, row).status == "eligible"

        def shows_alone(row: CaseFacts) -> bool:
            others = [each for at, each in enumerate(other.rules) if at != place]
            return shows(row) and judge(others, row).status == "eligible"

        alone = self.look(both(mine.eligible, stops, *rest), shows_alone)
        if alone is not None:
            return alone, True
        return self.look(both(mine.eligible, stops), shows), False

    def look(
        self, wanted: object, shows: Callable[[CaseFacts], bool], documented: bool = True
    ) -> Witness | None:
        """A case, documented or with facts missing, for which a term holds.

        One that both files can state, if there is one.
        """
        needed = [self.documented] if documented else []
        found = None
        for stated, files in (([self.stated], all), ([], any)):

            def fits(row: CaseFacts, files: Callable[[Iterable[bool]], bool] = files) -> bool:
                drafts = (self.old, self.new)
                return files(states(draft.facts, row) for draft in drafts) and shows(row)

            with self.solver.given(wanted):
                found = find_witness(
                    self.solver, self.symbols.variables.used, fits, self.ordinary,
                    [*needed, *stated],
                )  # fmt: skip
            if found is not None:
                self.witnesses.append(found)
                break
        return found
