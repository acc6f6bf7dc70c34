"""An agreement file, read whole and checked: one file serves a study, a cohort, a case, a proof."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from sojourn.errors import Problem, RuleError, StudyError
from sojourn.languages.phrases import language
from sojourn.rules.agreement.conditions import CheckedRule, Conditions, agreement_conditions
from sojourn.rules.language.tree import (
    Comparator,
    Comparison,
    Constant,
    Expression,
    FactOf,
    Junction,
    TreeNode,
)
from sojourn.rules.meaning.reference import Documented
from sojourn.study.checks.causes import causes_first
from sojourn.study.files.addresses import nearest
from sojourn.study.files.joined_agreements import library_file, library_names
from sojourn.study.files.suggest import did_you_mean
from sojourn.study.files.text_positions import Position
from sojourn.study.files.yaml import Node, read_yaml
from sojourn.study.identifying_facts import identity_problems
from sojourn.study.model.agreement import AgreementModel, DatedValue
from sojourn.study.model.facts import Fact
from sojourn.study.model.provisions import Provision
from sojourn.study.model.sources import Source
from sojourn.study.sections.agreement import read_agreement as read_terms
from sojourn.study.sections.agreement import refuse_names
from sojourn.study.sections.facts import read_fact_declaration
from sojourn.study.sections.period_and_sources import read_map, read_source
from sojourn.study.sections.provisions import read_provisions
from sojourn.study.sections.worked_cases import WorkedCase, read_worked_case
from sojourn.study.words.languages import spoken
from sojourn.study.words.reader import Reader, Shared


@dataclass(frozen=True, slots=True)
class AgreementFile:
    """Everything that an agreement file says."""

    name: str
    path: Path
    title: str
    sending: str
    receiving: str
    about: str | None
    eligible: str | None
    """What it means to be eligible, if the file says so."""
    today: date | str | None
    """The value of `today`: a date, or a fact of each case."""
    sources: Mapping[str, Source]
    facts: Mapping[str, Fact]
    values: Mapping[str, DatedValue]
    terms: Mapping[str, Expression]
    rules: tuple[CheckedRule, ...]
    """In the file's order. With a fixed day, the rules in force on it; otherwise all, and a rule
    with dates does not apply outside them."""
    provisions: Mapping[str, Provision]
    not_established: tuple[str, ...]
    cases: Mapping[str, WorkedCase]

    def facts_of(self, case: WorkedCase) -> dict[str, Documented]:
        """The facts of a worked case, its day among them if that is one."""
        found: dict[str, Documented] = dict(case.facts)
        if isinstance(self.today, str) and case.today is not None:
            found[self.today] = case.today
        return found


def read_agreement(place: Path | str, *, today: date | None = None) -> AgreementFile:
    """The agreement in a file, or of that name in the library, checked.

    A text in several languages is read in that of the moment. `today` overrides the day in the
    file. Rules that begin or end on a date need a day.
    Raises `StudyError` or `RuleError` with every problem and its place.
    """
    path = _path(place)
    root = read_yaml(path, str(place) if Path(place).is_file() else path.name)
    if root.items is None:
        raise StudyError(
            Problem(
                f"a mapping is needed here, not {root.kind}",
                "begin with `title: …`",
                *root.position,
            )
        )
    root, said = spoken(root, wanted=language())
    if said.problems:
        raise StudyError(*said.problems)
    return _AgreementLoader(path, root, today).load()


def _path(place: Path | str) -> Path:
    """The file at a place, or that of a name in the library."""
    path = Path(place)
    # A pipe is read too, as that of `sojourn prove <(…)`.
    if path.exists() and not path.is_dir():
        return path
    found = library_file(str(place))
    if found is not None:
        return found
    if path.is_dir():
        raise StudyError(
            Problem(
                "this is a folder", "give an agreement file, or a name in the library", str(place)
            )
        )
    near = did_you_mean(str(place), library_names(), "agreement")
    raise StudyError(
        Problem(f"there is no agreement `{place}`, neither a file nor in the library", near)
    )


class _AgreementLoader:
    """Reads one file; problems are gathered and raised together."""

    def __init__(self, path: Path, root: Node, today: date | None) -> None:
        self.path, self.root, self.today = path, root, today
        self.items = root.items or {}
        self.reader = Reader(Shared(path.parent))

    def load(self) -> AgreementFile:
        """The agreement; raises with all problems."""
        reader, items = self.reader, self.items
        sources = read_map(reader, items.get("sources"), "sources", read_source)
        reader.shared.sources = frozenset(
            (items["sources"].items or ()) if "sources" in items else ()
        )
        facts = read_map(reader, items.get("facts"), "facts", read_fact_declaration)
        reader.facts = facts
        refuse_names(reader, items.get("facts"), "facts")
        reader.units = frozenset(fact.unit for fact in facts.values() if fact.unit)
        agreement = read_terms(reader, self.root, "")
        provisions = read_provisions(reader, items.get("provisions"), "provisions")
        gaps = items.get("not established")
        not_established = reader.texts(gaps, "not established") if gaps is not None else ()
        cases = read_map(reader, items.get("cases"), "cases", read_worked_case)
        for problem in identity_problems(facts):
            reader.refuse(self.at(problem.path), problem.path, problem.what, problem.fix)
        if reader.problems or agreement is None:
            raise StudyError(*causes_first([], reader.problems, self.root))
        said = self.today or agreement.today
        conditions = self._conditions(agreement, facts)
        rules = self._in_force(conditions, said)
        self._check_cases(cases, set(agreement.rules))
        return AgreementFile(
            name=self.path.stem,
            path=self.path,
            title=agreement.title,
            sending=agreement.sending,
            receiving=agreement.receiving,
            about=agreement.about,
            eligible=agreement.eligible,
            today=said,
            sources=sources,
            facts=facts,
            values=agreement.values,
            terms=conditions.terms,
            rules=rules,
            provisions=provisions,
            not_established=not_established,
            cases=cases,
        )

    def at(self, path: str) -> Position:
        """The place of an address of the file, or of a study's agreement."""
        return nearest(self.root, path.removeprefix("agreement."))[0]

    def _conditions(self, agreement: AgreementModel, facts: Mapping[str, Fact]) -> Conditions:
        """The conditions of the rules and terms, with addresses as in the file."""
        decided = agreement.model_copy(update={"today": self.today or agreement.today})
        try:
            return agreement_conditions(decided, facts, self.at)
        except RuleError as error:
            raise RuleError(
                *(
                    replace(each, path=each.path.removeprefix("agreement."))
                    for each in error.problems
                )
            ) from None

    def _in_force(
        self, conditions: Conditions, today: date | str | None
    ) -> tuple[CheckedRule, ...]:
        """The rules in force on a fixed day, or all rules, with their dates as conditions."""
        if isinstance(today, date):
            return conditions.in_force(today)
        problems: list[Problem] = []
        for checked in conditions.rules:
            if today is None and checked.rule.spans:
                path = f"rules.{checked.name}"
                problems.append(
                    Problem(
                        "the rule is in force from or to a date, and the day of decision is not "
                        "known",
                        "say `today: FACT` or `today: 2025-03-15` in the file, or give --today",
                        *self.at(path),
                        path=path,
                    )
                )
        if problems:
            raise RuleError(*problems)
        return tuple(in_force_by(checked, str(today)) for checked in conditions.rules)

    def _check_cases(self, cases: Mapping[str, WorkedCase], rules: set[str]) -> None:
        """Refuse a case that names an unknown rule."""
        for name, case in cases.items():
            for rule in case.because:
                if rule not in rules:
                    path = f"cases.{name}.because"
                    fix = did_you_mean(rule, rules, "rule")
                    self.reader.refuse(self.at(path), path, f"there is no rule `{rule}`", fix)
        if self.reader.problems:
            raise StudyError(*dict.fromkeys(self.reader.problems))


def in_force_by(checked: CheckedRule, today: str) -> CheckedRule:
    """The rule, met on every day on which it is not in force; the day is a fact of the case."""
    outside: list[TreeNode] = []
    spans = checked.rule.spans
    ends = [None, *(span.end for span in spans)]
    starts = [*(span.start for span in spans), None]
    # The days before each span and after the one before it, and those after the last.
    for end, start in zip(ends, starts, strict=True) if spans else ():
        bounds = [_compared(today, ">=", end)] if end is not None else []
        bounds += [_compared(today, "<", start)] if start is not None else []
        if bounds:
            outside.append(bounds[0] if len(bounds) == 1 else Junction("and", tuple(bounds), 0))
    return replace(checked, outside=tuple(outside)) if outside else checked


def _compared(today: str, operator: Comparator, day: date) -> Comparison:
    return Comparison(operator, FactOf(today, "date", "", 0), Constant(day, "date", "", 0), 0)
