"""Two drafts of an agreement: the cases that only one accepts, and the rule responsible."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import z3

from sojourn.errors import Problem, RuleError
from sojourn.rules.agreement.conditions import CheckedRule
from sojourn.rules.agreement.verdict import fails, judge
from sojourn.rules.language.write import written
from sojourn.rules.meaning.reference import Case, evaluate
from sojourn.rules.meaning.z3_terms import Symbols, both, either, negated, same, texts_of
from sojourn.rules.prove.encoding import Encoding
from sojourn.rules.prove.witness import Witness, confirm, read_witness
from sojourn.rules.prove.z3_solver import NotProven, Solver
from sojourn.study.model import Fact
from sojourn.study.units import singular

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
class Difference:
    """The differences between two drafts."""

    equal: bool | None
    """Every case, whatever is missing, has the same outcome; None if that is not proven."""
    other: Witness | None
    """If the drafts agree on documented cases: a case with missing facts on which they differ."""
    only_old: Only
    only_new: Only
    rules: tuple[RuleChange, ...]
    """Rules added, removed, or not written as before."""
    declarations: tuple[str, ...]
    """Differences of declared facts, in words."""
    seconds: float


def compare(old: Draft, new: Draft, seconds: float = 10.0) -> Difference:
    """Compare two drafts in this time, over the cases that both can document.

    Raises `RuleError` if they give one name to facts of different types or units, and
    `AssertionError` if the evaluators disagree on a case.
    """
    return _Comparison(old, new, seconds).difference()


def declared(old: Mapping[str, Fact], new: Mapping[str, Fact]) -> tuple[dict[str, Fact], list[str]]:
    """The facts of both, as far as both can document them, and the differences in words.

    Raises `RuleError` for a fact whose values of one draft mean nothing in the other.
    """
    facts: dict[str, Fact] = {}
    told: list[str] = []
    for name in dict.fromkeys([*old, *new]):
        if name not in old or name not in new:
            facts[name] = old[name] if name in old else new[name]
            told.append(f"`{name}` is declared in the {'old' if name in old else 'new'} one only")
            continue
        one, other = old[name], new[name]
        if one.type != other.type or singular(one.unit or "") != singular(other.unit or ""):
            raise RuleError(
                Problem(
                    f"`{name}` is a {_kind(one)} in the old agreement and a {_kind(other)} in the "
                    "new one, so no case can be decided under both",
                    "give one of them another name",
                    path=f"facts.{name}",
                )
            )
        facts[name] = _common(name, one, other, told)
    return facts, told


def _kind(fact: Fact) -> str:
    return f"{fact.type} in {fact.unit}" if fact.unit else fact.type


def _common(name: str, one: Fact, other: Fact, told: list[str]) -> Fact:
    values = one.values or other.values
    if one.values and other.values:
        values = tuple(value for value in one.values if value in other.values)
    for draft, fact, beside in (("old", one, other), ("new", other, one)):
        if fact.type == "text" and bool(fact.values) != bool(beside.values) and not fact.values:
            told.append(f"`{name}` may be any text in the {draft} one only")
        lost = [value for value in fact.values if value not in values]
        if lost:
            told.append(f"`{name}` may be {', '.join(lost)} in the {draft} one only")
    if one.values and other.values and not values:
        raise RuleError(
            Problem(
                f"the two agreements have no value of `{name}` in common",
                "use the same words for the same things",
                path=f"facts.{name}",
            )
        )
    least = max((each for each in (one.least, other.least) if each is not None), default=None)
    most = min((each for each in (one.most, other.most) if each is not None), default=None)
    if (one.least, one.most) != (other.least, other.most):
        told.append(f"`{name}` has different ranges; only their common part is compared")
        if least is not None and most is not None and least > most:
            raise RuleError(
                Problem(
                    f"the ranges of `{name}` have nothing in common",
                    "use the same unit in both",
                    path=f"facts.{name}",
                )
            )
    return one.model_copy(update={"values": values, "least": least, "most": most})


class _Comparison:
    def __init__(self, old: Draft, new: Draft, seconds: float) -> None:
        self.begun = time.perf_counter()
        self.old, self.new = old, new
        self.facts, self.told = declared(old.facts, new.facts)
        rules = [*old.rules, *new.rules]
        self.symbols = Symbols(self.facts, texts_of(rule.met for rule in rules))
        self.before = Encoding(old.rules, self.symbols)
        self.after = Encoding(new.rules, self.symbols)
        self.solver = Solver(self.symbols, seconds)
        self.documented = z3.Bool("documented")
        self.solver.add(self.documented == z3.And(self.symbols.documented()))
        self.witnesses: list[Witness] = []

    def difference(self) -> Difference:
        only_old = self.only(self.before, self.after)
        only_new = self.only(self.after, self.before)
        equal, other = self.equal(only_old, only_new)
        changes = self.changes()
        confirm(
            [witness.row for witness in self.witnesses],
            [rule.met for rule in (*self.old.rules, *self.new.rules)],
            self.facts,
        )
        return Difference(
            equal, other, only_old, only_new, tuple(changes), tuple(self.told),
            time.perf_counter() - self.begun,
        )  # fmt: skip

    def only(self, mine: Encoding, other: Encoding) -> Only:
        """A documented case eligible under `mine` alone."""

        def shows(row: Case) -> bool:
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
        return Only("some", witness, names)

    def equal(self, only_old: Only, only_new: Only) -> tuple[bool | None, Witness | None]:
        """Whether all cases have the same outcome; else, if only missing facts differ, a case."""
        if "some" in (only_old.answer, only_new.answer):
            return False, None
        apart = either(
            negated(same(self.before.eligible, self.after.eligible)),
            negated(same(self.before.barred, self.after.barred)),
        )

        def shows(row: Case) -> bool:
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

        def shows(row: Case) -> bool:
            met = evaluate(rule.met, row)
            stopped = fails(rule, met) or (met is None and rule.refers)
            return stopped and judge(mine.rules, row).status == "eligible"

        def shows_alone(row: Case) -> bool:
            others = [each for at, each in enumerate(other.rules) if at != place]
            return shows(row) and judge(others, row).status == "eligible"

        alone = self.look(both(mine.eligible, stops, *rest), shows_alone)
        if alone is not None:
            return alone, True
        return self.look(both(mine.eligible, stops), shows), False

    def look(
        self, wanted: object, shows: Callable[[Case], bool], documented: bool = True
    ) -> Witness | None:
        """A case, documented or with facts missing, for which a term holds."""
        with self.solver.given(wanted):
            model = self.solver.case([self.documented] if documented else ())
            if model is None:
                return None
            found = read_witness(model, self.symbols, self.symbols.used, shows)
        self.witnesses.append(found)
        return found
