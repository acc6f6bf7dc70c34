"""An agreement file read whole: what it is about, its rules as conditions, provisions and cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Literal

from sojourn.agreements.shelf import SHELF, library_names
from sojourn.errors import Problem, StudyError
from sojourn.rules.conditions import CheckedRule, read_conditions
from sojourn.rules.evaluate import Documented
from sojourn.rules.tree import Comparison, Constant, FactOf, Junction, Node
from sojourn.study.agreement import read_agreement as read_terms
from sojourn.study.basics import read_map, read_source
from sojourn.study.facts import read_fact_declaration
from sojourn.study.identity import identity_problems
from sojourn.study.keys import NAMES
from sojourn.study.model import Agreement, Fact, Quantity, Scenario, Source
from sojourn.study.paths import nearest
from sojourn.study.provision import Provision
from sojourn.study.provisions import read_provisions
from sojourn.study.quantity import read_quantity
from sojourn.study.reader import Fields, Reader, Shared
from sojourn.study.suggest import did_you_mean
from sojourn.study.values import ANYTHING, looks_like_date
from sojourn.study.yaml import Node as Written
from sojourn.study.yaml import read_yaml

TODAY = "today"
"""The day on which a case is decided, as rules name it."""
_JOINS = {"all of": " and ", "any of": " or "}
_OWN = frozenset({"today", "sources", "facts", "values", "provisions", "cases", "not established"})
"""Keys of an agreement file beside those of a study's agreement."""


@dataclass(frozen=True, slots=True)
class WorkedCase:
    """An invented person described by facts alone, and what the file expects of the rules."""

    says: str
    facts: Mapping[str, Documented]
    """With `today`, the day on which the case is decided."""
    outcome: Literal["eligible", "barred", "referred"]
    because: tuple[str, ...]
    """Rules that fail if barred, that are undetermined if referred."""


@dataclass(frozen=True, slots=True)
class AgreementFile:
    """Everything that an agreement file says."""

    name: str
    title: str
    sending: str
    receiving: str
    about: str | None
    sources: Mapping[str, Source]
    facts: Mapping[str, Fact]
    values: Mapping[str, Quantity]
    terms: Mapping[str, str]
    rules: tuple[CheckedRule, ...]
    """In the file's order; one with dates stands in nobody's way outside them."""
    provisions: Mapping[str, Provision]
    not_established: tuple[str, ...]
    cases: Mapping[str, WorkedCase]


def read_file(place: Path | str) -> AgreementFile:
    """The agreement in a file, or of that name in the library.

    Raises `StudyError` or `RuleError` with every problem and its place.
    """
    path = _path(place)
    root = read_yaml(path, str(place))
    if root.items is None:
        raise StudyError(
            Problem(f"{root.kind} stands where a mapping is needed", "begin with `title: …`",
                    *root.position)
        )  # fmt: skip
    return _Loader(path, root).load()


def _path(place: Path | str) -> Path:
    """The file at a place, or that of a name in the library."""
    path = Path(place)
    if path.is_file():
        return path
    if str(place) in library_names():
        return SHELF / f"{place}.yaml"
    near = did_you_mean(str(place), library_names(), "agreement")
    raise StudyError(
        Problem(f"there is no agreement `{place}`, neither a file nor in the library", near)
    )


class _Loader:
    """One file as it is read; problems are gathered and raised together."""

    def __init__(self, path: Path, root: Written) -> None:
        self.path, self.root = path, root
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
        reader.units = frozenset(fact.unit for fact in facts.values() if fact.unit)
        values = read_map(reader, items.get("values"), "values", _read_value)
        provisions = read_provisions(reader, items.get("provisions"), "provisions")
        gaps = items.get("not established")
        not_established = reader.texts(gaps, "not established") if gaps is not None else ()
        agreement = self._agreement()
        cases = read_map(reader, items.get("cases"), "cases", _read_case)
        self._today(cases)
        for problem in identity_problems(facts):
            at = nearest(self.root, problem.path)[0]
            reader.refuse(at, problem.path, problem.what, problem.fix)
        if reader.problems or agreement is None:
            raise StudyError(*reader.problems)
        rules = self._rules(agreement, facts, values)
        self._check_cases(cases, {rule.name for rule in rules})
        return AgreementFile(
            name=self.path.stem,
            title=agreement.title,
            sending=agreement.sending,
            receiving=agreement.receiving,
            about=agreement.about,
            sources=sources,
            facts=facts,
            values=values,
            terms=agreement.terms,
            rules=rules,
            provisions=provisions,
            not_established=not_established,
            cases=cases,
        )

    def _agreement(self) -> Agreement | None:
        """The part that is also a study's agreement; nested requirements as one text."""
        known = (*NAMES["agreement"], *sorted(_OWN))
        for key in self.items:
            if key not in known:
                fix = did_you_mean(key, known)
                self.reader.refuse(self.root.keys[key], key, f"the key `{key}` is not known", fix)
        kept = {key: self.items[key] for key in NAMES["agreement"] if key in self.items}
        rules = kept.get("rules")
        if rules is not None and rules.items is not None:
            kept["rules"] = replace(
                rules, items={name: self._one_text(rule) for name, rule in rules.items.items()}
            )
        return read_terms(self.reader, replace(self.root, items=kept), "")

    def _one_text(self, rule: Written) -> Written:
        """The rule with `any of` and `all of` joined into a condition with brackets."""
        if rule.items is None:
            return rule
        joined = {
            key: Written(node.position, text=self._joined(node), quoted=True)
            for key, node in rule.items.items()
            if key in ("require", "bar", "when") and node.items is not None
        }
        return replace(rule, items={**rule.items, **joined})

    def _joined(self, node: Written) -> str:
        """A nested requirement as one condition with brackets."""
        if node.text is not None:
            return node.text
        items = node.items or {}
        key = next(iter(items), "")
        if len(items) != 1 or key not in _JOINS or not items[key].parts:
            self.reader.refuse(
                node, "rules", f"{node.kind} is no condition", "write a text, or `any of: […]`"
            )
            return "no"
        parts = (self._joined(part) for part in items[key].parts or ())
        return "(" + _JOINS[key].join(f"({part})" for part in parts) + ")"

    def _today(self, cases: dict[str, WorkedCase]) -> None:
        """Give each case the day that the file's `today` means, a fact of theirs or a date."""
        node = self.items.get("today")
        if node is None:
            return
        text = self.reader.text(node, "today") or ""
        fact = self.reader.facts.get(text)
        fixed = None
        if looks_like_date(text):
            fixed = self.reader.date(node, "today")
        elif fact is None or fact.type != "date":
            fix = "name a fact of `type: date`, or write a date"
            self.reader.refuse(node, "today", f"`{text}` is not a date", fix)
        for name, case in cases.items():
            day = case.facts.get(TODAY) or fixed or case.facts.get(text)
            cases[name] = replace(case, facts={**case.facts, TODAY: day})

    def _rules(
        self, agreement: Agreement, facts: Mapping[str, Fact], values: Mapping[str, Quantity]
    ) -> tuple[CheckedRule, ...]:
        """The rules checked, each in force on the days that it says."""
        scenario = Scenario(
            name=agreement.title,
            facts={**facts, TODAY: Fact(type="date")},
            parameters=dict(values),
            agreement=agreement,
            states={},
            transitions=(),
            populations={},
        )

        def positions(path: str) -> tuple[str, int, int]:
            return nearest(self.root, path.removeprefix("agreement."))[0]

        return tuple(_dated(rule) for rule in read_conditions(scenario, positions).rules)

    def _check_cases(self, cases: Mapping[str, WorkedCase], rules: set[str]) -> None:
        """Refuse a case that names a rule which is not there."""
        for name, case in cases.items():
            for rule in case.because:
                if rule not in rules:
                    path = f"cases.{name}.because"
                    at = nearest(self.root, path)[0]
                    fix = did_you_mean(rule, rules, "rule")
                    self.reader.refuse(at, path, f"there is no rule `{rule}`", fix)
        if self.reader.problems:
            raise StudyError(*self.reader.problems)


def _read_value(reader: Reader, node: Written, path: str, name: str) -> Quantity | None:
    """A value by name, alone or with where it comes from."""
    return read_quantity(reader, node, path, ANYTHING)


def _read_case(reader: Reader, node: Written, path: str, name: str) -> WorkedCase | None:
    before = len(reader.problems)
    fields = reader.fields(node, path, "worked case")
    says, outcome = (
        fields.text("says"),
        fields.choice("outcome", ("eligible", "barred", "referred")),
    )
    because = fields.names("because")
    if outcome in ("barred", "referred") and not because:
        fields.refuse("outcome", "no rule is named that decides", "add `because: [RULE, …]`")
    found = _case_facts(fields)
    if len(reader.problems) != before:
        return None
    today = fields.date("today")
    if today is not None:
        found[TODAY] = today
    return WorkedCase(says or "", found, outcome, because)


def _case_facts(fields: Fields) -> dict[str, Documented]:
    node = fields.node("facts")
    path = fields.at("facts")
    written = fields.reader.mapping(node, path, "value").items() if node is not None else ()
    return {
        name: fields.reader.fact_value(value, f"{path}.{name}", name) for name, value in written
    }


def _dated(checked: CheckedRule) -> CheckedRule:
    """The rule as met on every day on which it is not in force."""
    rule, root = checked.rule, checked.met.root
    outside: list[Node] = []
    if rule.start is not None:
        outside.append(_today("<", rule.start))
    if rule.end is not None:
        outside.append(_today(">=", rule.end))
    if not outside:
        return checked
    met = replace(checked.met, root=Junction("or", (*outside, root), 0))
    return CheckedRule(checked.name, rule, met)


def _today(operator: Literal["<", ">="], day: date) -> Comparison:
    return Comparison(operator, FactOf(TODAY, "date", "", 0), Constant(day, "date", "", 0), 0)
