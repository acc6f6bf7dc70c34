"""The conditions of a scenario, parsed and checked: of its rules, its `when`s and its claims."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date

from sojourn.errors import Problem, RuleError
from sojourn.rules.agreement.claims import claim_condition
from sojourn.rules.language.parse import parse
from sojourn.rules.language.tree import (
    Constant,
    Expression,
    FactOf,
    Junction,
    Negation,
    Node,
    Passage,
    facts_of,
)
from sojourn.rules.language.type_check import Checker
from sojourn.study.files.text_positions import breaks_of
from sojourn.study.model import Fact, Group, Rule, Scenario

Place = tuple[str, int, int]
"""File, line and column, both from 1; 0 is unknown."""
Positions = Callable[[str], Place]
"""Where the value at an address of the study stands."""

OUTCOMES = ("eligible", "barred", "referred")
"""Names that a transition's `when` may use: the outcome of the agreement's rules for the case."""


WORDS = ("known", "today")
"""Words of the rule language that name nothing else."""


def nowhere(_path: str) -> Place:
    """An unknown place."""
    return ("", 0, 0)


@dataclass(frozen=True, slots=True)
class CheckedRule:
    """A rule and its checked condition.

    `met` is true if the rule does not exclude the case: a requirement is true, a bar is false, or
    `when` is false. It is unknown if a missing fact decides.
    """

    name: str
    rule: Rule
    met: Expression

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
        """The rules in force on a date: from their first day up to, not including, their last."""
        return tuple(
            checked
            for checked in self.rules
            if (checked.rule.start is None or checked.rule.start <= on)
            and (checked.rule.end is None or on < checked.rule.end)
        )


def decided_on(scenario: Scenario, first: date) -> date:
    """The day as of which a study applies the rules: its first, or the agreement's own."""
    said = scenario.agreement.today if scenario.agreement else None
    return said if isinstance(said, date) else first


def read_conditions(
    scenario: Scenario, positions: Positions = nowhere, on: date | None = None
) -> Conditions:
    """Parse and check every condition of a scenario; raises `RuleError` with all problems.

    `on` is the value of `today`, in a study its first day. A date in the agreement itself takes
    precedence; without either, `today` is the fact that the agreement names.
    """
    problems: list[Problem] = []
    agreement = scenario.agreement
    terms: dict[str, Expression] = {}
    groups = agreement.term_groups if agreement else {}
    for name, text in (agreement.terms if agreement else {}).items():
        written = groups.get(name, text)
        term = _read(written, f"agreement.terms.{name}", positions, problems)
        if term is not None:
            terms[name] = term
    problems.extend(_clashes(scenario, terms, positions))
    today: Node | None = None
    with _gathered(problems):
        today = _today(scenario, positions, on)
    dated = agreement.values if agreement else {}
    checker = Checker(scenario.facts, terms, scenario.parameters, dated, today)
    found: dict[str, Expression] = {}
    for name, term in terms.items():
        with _gathered(problems):
            found[name] = checker.check(term)
    rules: list[CheckedRule] = []
    for name, rule in (agreement.rules if agreement else {}).items():
        with _gathered(problems):
            rules.append(checked_rule(name, rule, checker, positions))
    types = {**scenario.facts, **{name: Fact(type="yes-no") for name in OUTCOMES}}
    later = Checker(types, terms, scenario.parameters, dated, today)
    when: dict[str, Expression] = {}
    for transition in scenario.transitions:
        if transition.when is not None:
            path = f"transitions.{transition.name}.when"
            parsed = _read(transition.when, path, positions, problems)
            with _gathered(problems):
                if parsed is not None:
                    when[transition.name] = later.check(parsed)
    claims: dict[str, Expression] = {}
    for name, claim in scenario.claims.items():
        if claim.holds_if is not None:
            place = positions(f"claims.{name}.holds if")
            with _gathered(problems):
                claims[name] = claim_condition(scenario, name, claim.holds_if, place)
    if problems:
        raise RuleError(*dict.fromkeys(problems))
    return Conditions(tuple(rules), when, found, claims)


def _today(scenario: Scenario, positions: Positions, on: date | None) -> Node | None:
    """The value of `today`."""
    said = scenario.agreement.today if scenario.agreement else None
    if isinstance(said, date):
        return Constant(said, "date", "", 0)
    if on is not None:
        return Constant(on, "date", "", 0)
    if said is None:
        return None
    fact = scenario.facts.get(said)
    if fact is None or fact.type != "date":
        what = f"`{said}` is a {fact.type}" if fact else f"`{said}` is neither a date nor a fact"
        fix = "write a date, as 2025-03-15, or the name of a fact of `type: date`"
        raise RuleError(Problem(what, fix, *positions("agreement.today"), "agreement.today"))
    return FactOf(said, "date", "", 0)


@contextmanager
def _gathered(problems: list[Problem]) -> Iterator[None]:
    try:
        yield
    except RuleError as error:
        problems.extend(error.problems)


def _read(
    condition: str | Group, path: str, positions: Positions, problems: list[Problem]
) -> Expression | None:
    """A condition or a group of them, parsed; each of a group has its own place and text.

    A part that does not parse is reported and left out, so that the rest can be checked too.
    """
    place = positions(path)
    file, line, column = place
    if isinstance(condition, str):
        breaks = breaks_of(place)
        with _gathered(problems):
            return parse(condition, file=file, line=line, column=column, path=path, breaks=breaks)
        return None
    word = "any of" if condition.operator == "or" else "all of"
    parts = [
        _read(part, f"{path}.{word}.{number}", positions, problems)
        for number, part in enumerate(condition.parts, 1)
    ]
    roots = tuple(Passage(part) for part in parts if part is not None)
    if not roots:
        return None
    root: Node = Junction(condition.operator, roots, 0) if len(roots) > 1 else roots[0]
    return Expression(root, condition.text(), file, line, column, path)


def checked_rule(name: str, rule: Rule, checker: Checker, positions: Positions) -> CheckedRule:
    """A rule of the agreement with its conditions checked; raises `RuleError`."""
    path = f"agreement.rules.{name}"
    problems: list[Problem] = []
    condition = _checked(
        rule.condition_group or rule.condition, f"{path}.{rule.kind}", checker, positions, problems
    )
    when = None
    if rule.when is not None:
        when = _checked(rule.when_group or rule.when, f"{path}.when", checker, positions, problems)
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
    return CheckedRule(name, rule, _met(rule, condition, when))


def _checked(
    condition: str | Group,
    path: str,
    checker: Checker,
    positions: Positions,
    problems: list[Problem],
) -> Expression | None:
    parsed = _read(condition, path, positions, problems)
    with _gathered(problems):
        return None if parsed is None else checker.check(parsed)
    return None


def _met(rule: Rule, condition: Expression, when: Expression | None) -> Expression:
    """`when` implies the requirement (or that the bar is false), in three values."""
    root: Node = condition.root
    if rule.kind == "bar":
        root = Negation(root, 0)
    if when is not None:
        root = Junction("or", (Negation(when.root, 0), root), 0)
    return replace(condition, root=root)


def _clashes(
    scenario: Scenario, terms: dict[str, Expression], positions: Positions
) -> Iterator[Problem]:
    """Names with two meanings."""
    for name in (*OUTCOMES, *WORDS):
        for section, names in (
            ("facts", scenario.facts),
            ("agreement.terms", terms),
            ("agreement.values", scenario.agreement.values if scenario.agreement else {}),
            ("parameters", scenario.parameters),
        ):
            if name in names:
                path = f"{section}.{name}"
                yield Problem(
                    f"`{name}` is a word of the rule language",
                    "give it another name",
                    *positions(path),
                    path,
                )
    for name in terms:
        other = (
            "a fact" if name in scenario.facts
            else "a parameter" if name in scenario.parameters else ""
        )  # fmt: skip
        if other:
            path = f"agreement.terms.{name}"
            yield Problem(
                f"`{name}` is also {other}", "give one another name", *positions(path), path
            )
    for name in scenario.agreement.values if scenario.agreement else ():
        other = (
            "a fact" if name in scenario.facts
            else "a term" if name in terms
            else "a parameter" if name in scenario.parameters else ""
        )  # fmt: skip
        if other:
            path = f"agreement.values.{name}"
            yield Problem(
                f"`{name}` is also {other}", "give one another name", *positions(path), path
            )
    for name in scenario.parameters:
        if name in scenario.facts:
            path = f"parameters.{name}"
            yield Problem(
                f"`{name}` is also a fact", "give one another name", *positions(path), path
            )
