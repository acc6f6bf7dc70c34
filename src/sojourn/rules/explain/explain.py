"""Why one case is eligible, barred or referred: each rule, and the facts that decided it.

A part of a condition *decides* if it determines the value of the whole: each false part of a false
`and`, each true part of a true `or`, each unknown part if the whole is unknown, and all parts
otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sojourn.rules.agreement.conditions import CheckedRule
from sojourn.rules.agreement.verdict import Verdict, judge
from sojourn.rules.explain.nearest_changes import Changes, NearestChange, Search
from sojourn.rules.language.tree import (
    Comparison,
    Expression,
    FactOf,
    Junction,
    Known,
    Membership,
    Negation,
    TreeNode,
    type_of,
    walk,
)
from sojourn.rules.language.write import written
from sojourn.rules.meaning.reference import Documented, Value, value_of
from sojourn.study.model.facts import Fact

RuleFinding = Literal[
    "met", "bar does not apply", "excludes", "undetermined", "does not apply", "not in force"
]
"""A requirement is met; a bar, whose condition is false, does not apply. A rule whose `when` is
false does not apply."""


@dataclass(frozen=True, slots=True)
class JudgedCondition:
    """A condition within a rule, with its value in this case."""

    text: str
    value: bool | None
    """None is unknown."""
    decides: bool
    """Whether it determines the rule's value."""
    term: str = ""
    """Its name under `terms`."""
    facts: tuple[tuple[str, Documented], ...] = ()
    """Of a single comparison: the facts that it reads, with their documented values."""
    parts: tuple[JudgedCondition, ...] = ()

    def leaves(self) -> Iterator[JudgedCondition]:
        """The single comparisons that decide."""
        if not self.decides:
            return
        if not self.parts:
            yield self
        for part in self.parts:
            yield from part.leaves()


@dataclass(frozen=True, slots=True)
class ExplainedRule:
    """One rule in one case."""

    rule: CheckedRule
    finding: RuleFinding
    follows: str
    """The consequence if the rule is undetermined: `refer`, `fail` or `pass`; else empty."""
    condition: JudgedCondition
    when: JudgedCondition | None
    outside: tuple[JudgedCondition, ...] = ()
    """Conditions that hold on days on which the rule is not in force."""

    @property
    def deciding(self) -> tuple[JudgedCondition, ...]:
        """The single comparisons that decided it, each once, in the rule's order."""
        parts = (part for part in (*self.outside, self.when, self.condition) if part is not None)
        return tuple(dict.fromkeys(leaf for part in parts for leaf in part.leaves()))

    @property
    def facts(self) -> dict[str, Documented]:
        """The facts that decided it; None is undocumented."""
        found = {name: value for leaf in self.deciding for name, value in leaf.facts}
        if self.finding == "undetermined":
            return {name: value for name, value in found.items() if value is None} or found
        return found


@dataclass(frozen=True, slots=True)
class Document:
    """A missing fact, with the outcome of a referred case for each value of this fact."""

    fact: str
    outcomes: tuple[NearestChange, ...]


@dataclass(frozen=True, slots=True)
class CaseExplanation:
    """One case, explained."""

    rules: tuple[ExplainedRule, ...]
    verdict: Verdict
    documents: tuple[Document, ...] = ()
    """For a referred case: each missing fact that decides an undetermined rule."""
    changes: tuple[Changes, ...] = ()
    """The smallest changes to another outcome, of facts that are not `fixed`; for a referred case,
    of missing facts only."""


def explain(
    rules: Sequence[CheckedRule],
    facts: Mapping[str, Fact],
    row: Mapping[str, Documented],
    terms: Mapping[str, Expression] | None = None,
) -> CaseExplanation:
    """Explain a case of documented facts under checked rules; facts not in `row` are undocumented.

    `terms` are the checked named conditions, shown by name where a rule uses them.
    """
    names = {term.root: name for name, term in (terms or {}).items()}
    verdict = judge(rules, row)
    explained = tuple(_rule(rule, row, names) for rule in rules)
    search = Search(rules, facts, row)
    if verdict.status == "referred":
        missing = [
            name
            for each in explained
            if each.follows == "refer"
            for name, value in each.facts.items()
            if value is None
        ]
        documents = tuple(_document(name, search) for name in dict.fromkeys(missing))
        # A fact that is `fixed` can still be documented.
        absent = frozenset(name for name in _read(rules) if row.get(name) is None)
        changes = (search.eligible(absent), search.barred(absent))
        return CaseExplanation(explained, verdict, documents, changes)
    free = frozenset(
        name for name in _read(rules) if row.get(name) is None or not facts[name].fixed
    )
    if verdict.status == "barred":
        eligible = search.eligible(free)
        other = () if eligible.found else (search.referred(free),)
        return CaseExplanation(explained, verdict, (), (eligible, *other))
    return CaseExplanation(explained, verdict, (), (search.barred(free),))


def _document(name: str, search: Search) -> Document:
    """A missing fact with the outcome for each value that matters."""
    return Document(
        name,
        tuple(
            NearestChange(((name, value),), judge(search.rules, {**search.row, name: value}))
            for value in search.turning.values(name, search.row)
        ),
    )


def _read(rules: Sequence[CheckedRule]) -> dict[str, None]:
    return dict.fromkeys(name for rule in rules for name in rule.facts)


def _rule(
    rule: CheckedRule, row: Mapping[str, Documented], names: Mapping[TreeNode, str]
) -> ExplainedRule:
    met = _value(rule.met.root, row)
    outside = [_value(node, row) for node in rule.outside]
    applies = None if rule.when is None else _value(rule.when, row)
    held = _value(rule.condition.root, row)
    kept_as: RuleFinding = "met" if rule.rule.kind == "require" else "bar does not apply"
    finding: RuleFinding = kept_as if met else "excludes" if met is False else "undetermined"
    if any(outside):
        finding = "not in force"
    elif applies is False:
        finding = "does not apply"
    # `met` means: not in force, not applicable, or kept. The first of these that is true decides.
    kept = held if rule.rule.kind == "require" or held is None else not held
    applies_not = None if applies is None else not applies
    by_condition = _settles(met, kept) and finding not in ("not in force", "does not apply")
    by_when = _settles(met, applies_not) and finding != "not in force"
    return ExplainedRule(
        rule,
        finding,
        ("refer" if rule.refers else rule.rule.if_unknown) if finding == "undetermined" else "",
        _part(rule.condition.root, row, by_condition, names),
        None if rule.when is None else _part(rule.when, row, by_when, names),
        tuple(
            _part(node, row, _settles(met, value), names)
            for node, value in zip(rule.outside, outside, strict=True)
        ),
    )


def _settles(value: bool | None, part: bool | None) -> bool:
    """Whether a part with this value determines the value of an `or`."""
    return part is value


def _value(node: TreeNode, row: Mapping[str, Documented]) -> bool | None:
    found: Value = value_of(node, row)
    assert found is None or isinstance(found, bool)
    return found


def _part(
    node: TreeNode, row: Mapping[str, Documented], decides: bool, names: Mapping[TreeNode, str]
) -> JudgedCondition:
    """The part with its own parts; `decides` says whether its value decides."""
    value = _value(node, row)
    parts = tuple(
        _part(below, row, decides and _rests(node, value, _value(below, row)), names)
        for below in _below(node)
    )
    facts = () if parts else tuple((name, row.get(name)) for name in _facts(node))
    return JudgedCondition(written(node), value, decides, names.get(node, ""), facts, parts)


def _below(node: TreeNode) -> tuple[TreeNode, ...]:
    """The conditions that a condition is made of; none for a single comparison."""
    match node:
        case Junction(operands=operands):
            return operands
        case Negation(operand=operand):
            return () if isinstance(operand, FactOf | Known | Membership) else (operand,)
        case Known(operand=operand) if not isinstance(operand, FactOf):
            return (operand,) if type_of(operand) == "yes-no" else ()
        case Comparison(left=left, right=right) if type_of(left) == "yes-no":
            sides = (left, right)
            return sides if all(isinstance(side, Junction | Comparison) for side in sides) else ()
        case _:
            return ()


def _rests(node: TreeNode, value: bool | None, below: bool | None) -> bool:
    """Whether a part with this value determines the value of a condition."""
    if isinstance(node, Junction):
        settles = node.operator == "or"
        return below is settles if value is settles else below is value
    if isinstance(node, Comparison) and value is None:
        return below is None
    return True


def _facts(node: TreeNode) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.name for each in walk(node) if isinstance(each, FactOf)))
