"""An agreement in a file of its own, checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from sojourn.errors import Problem, RuleError, StudyError
from sojourn.rules.check import Checker
from sojourn.rules.conditions import CheckedRule, Place, checked_rule
from sojourn.rules.parse import parse
from sojourn.rules.tree import Expression
from sojourn.study.agreement import read_agreement as read_terms
from sojourn.study.basics import read_map
from sojourn.study.facts import read_fact_declaration
from sojourn.study.identity import identity_problems
from sojourn.study.model import Fact
from sojourn.study.paths import nearest
from sojourn.study.reader import Reader, Shared
from sojourn.study.yaml import read_yaml


@dataclass(frozen=True, slots=True)
class AgreementFile:
    """An agreement with the facts that it reads."""

    name: str
    title: str
    today: date | None
    """The day of decision, on which rules are in force or not."""
    facts: Mapping[str, Fact]
    terms: Mapping[str, Expression]
    rules: tuple[CheckedRule, ...]
    """Those in force, in the file's order."""


def read_agreement(place: Path | str, *, today: date | None = None) -> AgreementFile:
    """Read a file with the keys of an agreement and `facts`; raises `StudyError` or `RuleError`.

    Rules that begin or end on a date need `today`.
    """
    path = Path(place)
    if not path.is_file():
        raise StudyError(Problem("there is no such agreement", "name a YAML file", str(place)))
    root = read_yaml(path, str(path))
    if root.items is None:
        raise StudyError(
            Problem(f"{root.kind} stands where a mapping is needed", "", *root.position)
        )
    reader = Reader(Shared(path.parent))
    facts = read_map(reader, root.items.get("facts"), "facts", read_fact_declaration)
    rest = {key: node for key, node in root.items.items() if key != "facts"}
    agreement = read_terms(reader, replace(root, items=rest), "")
    problems = [*reader.problems, *identity_problems(facts)]
    if problems or agreement is None:
        raise StudyError(*problems)

    def position(address: str) -> Place:
        return nearest(root, address.removeprefix("agreement."))[0]

    terms: dict[str, Expression] = {}
    rules: list[CheckedRule] = []
    found: list[Problem] = []
    for name, text in agreement.terms.items():
        with _gathered(found):
            file, line, column = position(f"terms.{name}")
            terms[name] = parse(text, file=file, line=line, column=column, path=f"terms.{name}")
    checker = Checker(facts, terms, {})
    for name, rule in agreement.rules.items():
        if today is None and (rule.start or rule.end):
            what = "the rule is in force from or to a date, and the day of decision is not known"
            found.append(Problem(what, "give it with --today", *position(f"rules.{name}")))
        elif today is None or _in_force(rule.start, rule.end, today):
            with _gathered(found):
                rules.append(checked_rule(name, rule, checker, position))
    checked = {}
    for name, term in terms.items():
        with _gathered(found):
            checked[name] = checker.check(term)
    if found:
        raise RuleError(*dict.fromkeys(found))
    return AgreementFile(path.stem, agreement.title, today, facts, checked, tuple(rules))


def _in_force(start: date | None, end: date | None, on: date) -> bool:
    return (start is None or start <= on) and (end is None or on < end)


@contextmanager
def _gathered(problems: list[Problem]) -> Iterator[None]:
    try:
        yield
    except RuleError as error:
        problems.extend(error.problems)
