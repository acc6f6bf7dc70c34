"""The conditions of a scenario, parsed and checked: its agreement's rules and its `when`s."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from sojourn.errors import Problem, RuleError
from sojourn.rules.check import Checker
from sojourn.rules.parse import parse
from sojourn.rules.tree import Expression, Junction, Negation, Node, facts_of
from sojourn.study.model import Fact, Rule, Scenario

Place = tuple[str, int, int]
"""File, line and column, both from 1; 0 is unknown."""
Positions = Callable[[str], Place]
"""Where the value at an address of the study stands."""

OUTCOMES = ("eligible", "barred", "referred")
"""Names that a transition's `when` may use: what the agreement's rules come to for the case."""


def nowhere(_path: str) -> Place:
    """A place that is not known."""
    return ("", 0, 0)


@dataclass(frozen=True, slots=True)
class CheckedRule:
    """A rule and what it reads as.

    `met` is true where the rule does not stand in the way: a requirement true, a bar false, or
    `when` false. It is unknown where a missing fact decides.
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

        A bar is never passed for want of a fact: nobody moves unless it is known not to apply.
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

    def in_force(self, on: date) -> tuple[CheckedRule, ...]:
        """The rules in force on a date: from their first day up to, not including, their last."""
        return tuple(
            checked
            for checked in self.rules
            if (checked.rule.start is None or checked.rule.start <= on)
            and (checked.rule.end is None or on < checked.rule.end)
        )


def read_conditions(scenario: Scenario, positions: Positions = nowhere) -> Conditions:
    """Parse and check every condition of a scenario; raises `RuleError` with all problems."""
    problems: list[Problem] = []
    agreement = scenario.agreement
    terms: dict[str, Expression] = {}
    for name, text in (agreement.terms if agreement else {}).items():
        with _gathered(problems):
            terms[name] = _parsed(text, f"agreement.terms.{name}", positions)
    problems.extend(_clashes(scenario, terms, positions))
    checker = Checker(scenario.facts, terms, scenario.parameters)
    for term in terms.values():
        with _gathered(problems):
            checker.check(term)
    rules: list[CheckedRule] = []
    for name, rule in (agreement.rules if agreement else {}).items():
        with _gathered(problems):
            rules.append(checked_rule(name, rule, checker, positions))
    types = {**scenario.facts, **{name: Fact(type="yes-no") for name in OUTCOMES}}
    later = Checker(types, terms, scenario.parameters)
    when: dict[str, Expression] = {}
    for transition in scenario.transitions:
        if transition.when is not None:
            with _gathered(problems):
                path = f"transitions.{transition.name}.when"
                when[transition.name] = later.check(_parsed(transition.when, path, positions))
    if problems:
        raise RuleError(*dict.fromkeys(problems))
    return Conditions(tuple(rules), when)


@contextmanager
def _gathered(problems: list[Problem]) -> Iterator[None]:
    try:
        yield
    except RuleError as error:
        problems.extend(error.problems)


def _parsed(text: str, path: str, positions: Positions) -> Expression:
    file, line, column = positions(path)
    return parse(text, file=file, line=line, column=column, path=path)


def checked_rule(name: str, rule: Rule, checker: Checker, positions: Positions) -> CheckedRule:
    """A rule of the agreement with its conditions checked; raises `RuleError`."""
    path = f"agreement.rules.{name}"
    problems: list[Problem] = []
    condition = when = None
    with _gathered(problems):
        condition = checker.check(_parsed(rule.condition, f"{path}.{rule.kind}", positions))
    if rule.when is not None:
        with _gathered(problems):
            when = checker.check(_parsed(rule.when, f"{path}.when", positions))
    if rule.kind == "bar" and rule.if_unknown == "pass":
        file, line, column = positions(f"{path}.if unknown")
        problems.append(
            Problem(
                "a bar cannot be passed for want of a fact",
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


def _met(rule: Rule, condition: Expression, when: Expression | None) -> Expression:
    """`when` implies the requirement (or that the bar is false), in three values."""
    root: Node = condition.root
    if rule.kind == "bar":
        root = Negation(root, 0)
    if when is not None:
        root = Junction("or", (Negation(when.root, 0), root), 0)
    return Expression(
        root, condition.text, condition.file, condition.line, condition.column, condition.path
    )


def _clashes(
    scenario: Scenario, terms: dict[str, Expression], positions: Positions
) -> Iterator[Problem]:
    """Names that mean two things."""
    for name in (*OUTCOMES, "known"):
        for section, names in (
            ("facts", scenario.facts),
            ("agreement.terms", terms),
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
    for name in scenario.parameters:
        if name in scenario.facts:
            path = f"parameters.{name}"
            yield Problem(
                f"`{name}` is also a fact", "give one another name", *positions(path), path
            )
