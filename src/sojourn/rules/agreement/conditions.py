"""The conditions of a scenario, parsed and checked: of its rules, its `when`s and its claims."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

from sojourn.errors import Problem, RuleError
from sojourn.rules.agreement.claims import claim_condition
from sojourn.rules.language.parse import parse
from sojourn.rules.language.tree import (
    AtLeast,
    Constant,
    Expression,
    FactOf,
    Junction,
    Negation,
    Passage,
    TreeNode,
    facts_of,
    walk,
)
from sojourn.rules.language.type_check import MOST_IN_ALL, Checker
from sojourn.study.files.text_positions import breaks_of
from sojourn.study.model.agreement import AgreementModel, Group, Rule
from sojourn.study.model.facts import Fact
from sojourn.study.model.study import Scenario
from sojourn.study.model.values import Quantity

Place = tuple[str, int, int]
"""File, line and column, both from 1; 0 is unknown."""
PlaceOf = Callable[[str], Place]
"""Where the value at an address of the study stands."""

OUTCOMES = ("eligible", "barred", "referred")
"""Names that a transition's `when` may use: what the agreement's rules come to for the case."""


WORDS = ("known", "today")
"""Words of the rule language that name nothing else."""


def nowhere(_path: str) -> Place:
    """A place that is not known."""
    return ("", 0, 0)


@dataclass(frozen=True)
class CheckedRule:
    """A rule and its checked conditions."""

    name: str
    rule: Rule
    condition: Expression
    """As written: of a bar, what it bars."""
    when: TreeNode | None = None
    outside: tuple[TreeNode, ...] = ()
    """Conditions that hold on the days on which the rule is not in force."""
    place: int | None = field(default=None, compare=False)
    """In its file, from 0, whatever the day; None if it stands in none."""

    @cached_property
    def met(self) -> Expression:
        """True if the rule does not exclude the case; unknown if a missing fact decides.

        True outside the days of its force, if it does not apply, a requirement true, a bar false.
        """
        root: TreeNode = self.condition.root
        if self.rule.kind == "bar":
            root = Negation(root, 0)
        if self.when is not None:
            root = Junction("or", (Negation(self.when, 0), root), 0)
        if self.outside:
            root = Junction("or", (*self.outside, root), 0)
        return replace(self.condition, root=root)

    @property
    def facts(self) -> tuple[str, ...]:
        """The facts that it reads."""
        return facts_of(self.met)

    @property
    def refers(self) -> bool:
        """Whether the undetermined are referred.

        A missing fact never passes a bar: nobody moves unless the bar is known not to apply.
        """
        return self.rule.if_unknown == "refer" or (
            self.rule.kind == "bar" and self.rule.if_unknown == "pass"
        )


def places(rules: Sequence[CheckedRule]) -> list[int]:
    """The bit of each rule in the masks of an outcome: its place in the file, whatever the day."""
    return [at if one.place is None else one.place for at, one in enumerate(rules)]


@dataclass(frozen=True, slots=True)
class Conditions:
    """All conditions of a scenario, checked."""

    rules: tuple[CheckedRule, ...]
    """Of the agreement, in the file's order, whatever their dates."""
    when: dict[str, Expression]
    """By transition; may read the outcomes as yes-no facts."""
    terms: dict[str, Expression]
    """Of the agreement."""
    claims: dict[str, Expression]
    """By claim that has one: over the measures of the scenario."""

    def in_force(self, on: date) -> tuple[CheckedRule, ...]:
        """The rules in force on a date; the last day of a span is not in it."""
        return tuple(
            checked
            for checked in self.rules
            if not checked.rule.spans
            or any(
                (span.start is None or span.start <= on) and (span.end is None or on < span.end)
                for span in checked.rule.spans
            )
        )


def decided_on(scenario: Scenario, first: date) -> date:
    """The day on which the people of a study are decided: its first, or the agreement's own."""
    said = scenario.agreement.today if scenario.agreement else None
    return said if isinstance(said, date) else first


def read_conditions(
    scenario: Scenario, positions: PlaceOf = nowhere, on: date | None = None
) -> Conditions:
    """Parse and check every condition of a scenario; raises `RuleError` with all problems.

    `on` is the value of `today`, in a study its first day. A date in the agreement itself takes
    precedence; without either, `today` is the fact that the agreement names.
    """
    reading = _ConditionReader(
        scenario.agreement, scenario.facts, scenario.parameters, positions, on
    )
    reading.read_agreement()
    for transition in scenario.transitions:
        if transition.when is not None:
            reading.read_when(transition.name, transition.when)
    for name, claim in scenario.claims.items():
        if claim.holds_if is not None:
            place = positions(f"claims.{name}.holds if")
            with _gathered(reading.problems):
                reading.claims[name] = claim_condition(scenario, name, claim.holds_if, place)
    return reading.conditions()


def agreement_conditions(
    agreement: AgreementModel, facts: Mapping[str, Fact], positions: PlaceOf
) -> Conditions:
    """As `read_conditions`, of an agreement alone: its rules and terms over these facts."""
    reading = _ConditionReader(agreement, facts, {}, positions, None)
    reading.read_agreement()
    return reading.conditions()


class _ConditionReader:
    """The conditions of an agreement and of what uses it, as they are read."""

    def __init__(
        self,
        agreement: AgreementModel | None,
        facts: Mapping[str, Fact],
        parameters: Mapping[str, Quantity],
        positions: PlaceOf,
        on: date | None,
    ) -> None:
        self.agreement, self.facts, self.parameters = agreement, facts, parameters
        self.positions, self.on = positions, on
        self.problems: list[Problem] = []
        self.rules: list[CheckedRule] = []
        self.terms: dict[str, Expression] = {}
        self.when: dict[str, Expression] = {}
        self.claims: dict[str, Expression] = {}

    def read_agreement(self) -> None:
        """Read terms and rules; what cannot be read is a problem, and left out."""
        agreement, positions, problems = self.agreement, self.positions, self.problems
        parsed: dict[str, Expression] = {}
        parts = 0
        groups = agreement.term_groups if agreement else {}
        for name, text in (agreement.terms if agreement else {}).items():
            term = _read(groups.get(name, text), f"agreement.terms.{name}", positions, problems)
            if term is not None:
                parsed[name] = term
                parts += sum(1 for _ in walk(term.root))
                if parts > MOST_IN_ALL:
                    what = f"the terms have more than {MOST_IN_ALL:,} parts in all"
                    raise RuleError(term.problem(what, "use fewer terms, or shorter ones"))
        problems.extend(self._clashes(parsed))
        today: TreeNode | None = None
        with _gathered(problems):
            today = self._today()
        dated = agreement.values if agreement else {}
        checker = Checker(self.facts, parsed, self.parameters, dated, today)
        for name, term in parsed.items():
            with _gathered(problems):
                self.terms[name] = checker.check(term)
        for place, (name, rule) in enumerate((agreement.rules if agreement else {}).items()):
            with _gathered(problems):
                self.rules.append(checked_rule(name, rule, checker, positions, place))
        types = {**self.facts, **{name: Fact(type="yes-no") for name in OUTCOMES}}
        self._of_transitions = Checker(types, parsed, self.parameters, dated, today)

    def read_when(self, transition: str, text: str) -> None:
        """Read a transition's `when`, which may use what the agreement comes to."""
        path = f"transitions.{transition}.when"
        parsed = _read(text, path, self.positions, self.problems)
        with _gathered(self.problems):
            if parsed is not None:
                self.when[transition] = self._of_transitions.check(parsed)

    def conditions(self) -> Conditions:
        """All that was read; raises `RuleError` with every problem."""
        if self.problems:
            raise RuleError(*dict.fromkeys(self.problems))
        return Conditions(tuple(self.rules), self.when, self.terms, self.claims)

    def _today(self) -> TreeNode | None:
        """The date of which conditions speak."""
        said = self.agreement.today if self.agreement else None
        if isinstance(said, date):
            return Constant(said, "date", "", 0)
        if self.on is not None:
            return Constant(self.on, "date", "", 0)
        if said is None:
            return None
        fact = self.facts.get(said)
        if fact is None or fact.type != "date":
            what = (
                f"`{said}` is a {fact.type}" if fact else f"`{said}` is neither a date nor a fact"
            )
            fix = "write a date, as 2025-03-15, or the name of a fact of `type: date`"
            place = self.positions("agreement.today")
            raise RuleError(Problem(what, fix, *place, "agreement.today"))
        return FactOf(said, "date", "", 0)

    def _clashes(self, terms: Mapping[str, Expression]) -> Iterator[Problem]:
        """Names that mean two things."""
        values = self.agreement.values if self.agreement else {}
        for name in (*OUTCOMES, *WORDS):
            for section, names in (
                ("facts", self.facts),
                ("agreement.terms", terms),
                ("agreement.values", values),
                ("parameters", self.parameters),
            ):
                if name in names:
                    path = f"{section}.{name}"
                    yield Problem(
                        f"`{name}` is a word of the rule language",
                        "give it another name",
                        *self.positions(path),
                        path,
                    )
        for name in terms:
            other = (
                "a fact" if name in self.facts
                else "a parameter" if name in self.parameters else ""
            )  # fmt: skip
            if other:
                path = f"agreement.terms.{name}"
                yield Problem(
                    f"`{name}` is also {other}",
                    "give one another name",
                    *self.positions(path),
                    path,
                )
        for name in values:
            other = (
                "a fact" if name in self.facts
                else "a term" if name in terms
                else "a parameter" if name in self.parameters else ""
            )  # fmt: skip
            if other:
                path = f"agreement.values.{name}"
                yield Problem(
                    f"`{name}` is also {other}",
                    "give one another name",
                    *self.positions(path),
                    path,
                )
        for name in self.parameters:
            if name in self.facts:
                path = f"parameters.{name}"
                yield Problem(
                    f"`{name}` is also a fact", "give one another name", *self.positions(path), path
                )


@contextmanager
def _gathered(problems: list[Problem]) -> Iterator[None]:
    try:
        yield
    except RuleError as error:
        problems.extend(error.problems)


def _read(
    condition: str | Group, path: str, positions: PlaceOf, problems: list[Problem]
) -> Expression | None:
    """A condition or a group of them, parsed; each of a group has its own place and text.

    What does not parse is left out and told, so that the rest can be checked too.
    """
    place = positions(path)
    file, line, column = place
    if isinstance(condition, str):
        breaks = breaks_of(place)
        with _gathered(problems):
            return parse(condition, file=file, line=line, column=column, path=path, breaks=breaks)
        return None
    parts = [
        _read(part, f"{path}.{condition.word}.{number}", positions, problems)
        for number, part in enumerate(condition.parts, 1)
    ]
    roots = tuple(Passage(part) for part in parts if part is not None)
    if not roots:
        return None
    root: TreeNode
    if condition.operator == "at least":
        root = AtLeast(min(condition.count, len(roots)), roots, 0)
    else:
        root = Junction(condition.operator, roots, 0) if len(roots) > 1 else roots[0]
    return Expression(root, condition.text(), file, line, column, path)


def checked_rule(
    name: str, rule: Rule, checker: Checker, positions: PlaceOf, place: int | None = None
) -> CheckedRule:
    """A rule of the agreement with its conditions checked; raises `RuleError`."""
    path = f"agreement.rules.{name}"
    problems: list[Problem] = []
    condition = _checked(
        rule.condition_group or rule.condition, f"{path}.{rule.kind}", checker, positions, problems
    )
    when = None
    if rule.when is not None:
        when = _checked(rule.when_group or rule.when, f"{path}.when", checker, positions, problems)
    unless = None
    if rule.unless is not None:
        told = rule.unless_group or rule.unless
        unless = _checked(told, f"{path}.unless", checker, positions, problems)
    if rule.kind == "bar" and rule.if_unknown == "pass":
        file, line, column = positions(f"{path}.if unknown")
        problems.append(
            Problem(
                "a missing fact cannot pass a bar",
                "write `if unknown: refer`, or say in the populations what the fact is",
                file,
                line,
                column,
                path,
            )
        )
    if problems or condition is None:
        raise RuleError(*problems)
    return CheckedRule(name, rule, condition, _applies(when, unless), place=place)


def _applies(when: Expression | None, unless: Expression | None) -> TreeNode | None:
    """The condition under which a rule applies; None if it always does."""
    if unless is None:
        return None if when is None else when.root
    outside = Negation(unless.root, 0)
    return outside if when is None else Junction("and", (when.root, outside), 0)


def _checked(
    condition: str | Group,
    path: str,
    checker: Checker,
    positions: PlaceOf,
    problems: list[Problem],
) -> Expression | None:
    parsed = _read(condition, path, positions, problems)
    with _gathered(problems):
        return None if parsed is None else checker.check(parsed)
    return None
