"""How many people pass the agreement: each rule's effect, alone and after the rules before it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from sojourn.population.cells import Cells
from sojourn.rules.agreement.conditions import CheckedRule, Conditions
from sojourn.rules.agreement.outcomes_by_cell import Outcomes
from sojourn.rules.language.tree import facts_of
from sojourn.study.model.study import Scenario

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class FunnelRow:
    """One rule of the funnel; all numbers are people."""

    scenario: str
    position: int
    """From 1, in the file's order, among the rules in force."""
    rule: str
    kind: str
    condition: str
    cite: str | None
    source: str | None
    confidence: str | None
    people: float
    """Everybody considered: the same in every row."""
    fails: float
    """Excluded by this rule, whatever the outcome of the others."""
    unknown: float
    """Undetermined by this rule, and so referred; not among `fails`."""
    remaining: float
    """Excluded neither by this rule nor by one before it."""
    only_this: float
    """Excluded by this rule and by no other."""
    undetermined_only: float
    """Excluded by no rule, and undetermined only by this one."""
    passes_unknown: float
    """Passes this rule for want of a fact: undetermined, with `if unknown: pass`."""
    fails_unknown: float
    """Excluded by this rule for want of a fact: undetermined, with `if unknown: fail`."""
    facts_missing: str
    """The missing facts that leave it undetermined."""


def funnel(
    scenario: Scenario,
    cells: Cells,
    conditions: Conditions,
    outcomes: Outcomes,
    weights: NDArray[np.float64],
) -> list[dict[str, object]]:
    """One row for each rule in force, requirements and bars in the file's order.

    `weights` are people per cell. The keys of a row are the columns of the `funnel` table.
    """
    rules = [checked for checked in conditions.rules if checked.name in outcomes.rules]
    fails = [outcomes.fails[rule.name] for rule in rules]
    undecided = [outcomes.rules[rule.name] < 0 for rule in rules]
    return [
        asdict(
            FunnelRow(
                scenario=scenario.name,
                position=position,
                rule=checked.name,
                kind=checked.rule.kind,
                condition=condition_of(checked),
                cite=checked.rule.cite,
                source=checked.rule.source,
                confidence=checked.rule.confidence,
                people=float(weights.sum()),
                **{name: float(count) for name, count in asdict(tally).items()},
                facts_missing=_missing(checked, cells, undecided[position - 1] & (weights > 0)),
            )
        )
        for position, (checked, tally) in enumerate(
            zip(rules, tallies(rules, fails, undecided, weights), strict=True), 1
        )
    ]


@dataclass(frozen=True, slots=True)
class RuleCounts:
    """Numbers of people for one rule; see `FunnelRow`."""

    fails: float
    unknown: float
    remaining: float
    only_this: float
    undetermined_only: float
    passes_unknown: float = 0
    fails_unknown: float = 0


def tallies(
    rules: Sequence[CheckedRule],
    fails: Sequence[NDArray[np.bool_]],
    undecided: Sequence[NDArray[np.bool_]],
    weights: NDArray[np.float64] | NDArray[np.int64],
) -> list[RuleCounts]:
    """The effect of each rule, in order, on groups of people of these sizes.

    `fails` and `undecided` hold one mask over the groups for each rule: it excludes them, and a
    missing fact leaves it unknown, whatever follows from that. Whole weights give whole counts.
    """
    import numpy as np  # noqa: PLC0415

    nobody = np.zeros(len(weights), np.int64)
    unknown = [mask & rule.refers for rule, mask in zip(rules, undecided, strict=True)]
    failing = sum((mask.astype(np.int64) for mask in fails), nobody)
    wanting = sum((mask.astype(np.int64) for mask in unknown), nobody)
    left = np.ones(len(weights), np.bool_)
    found = []
    for rule, fail, open_question, unsaid in zip(rules, fails, unknown, undecided, strict=True):
        follows = "" if rule.refers else rule.rule.if_unknown
        without = weights[unsaid].sum().item()
        left = left & ~fail
        found.append(
            RuleCounts(
                fails=weights[fail].sum().item(),
                unknown=weights[open_question].sum().item(),
                remaining=weights[left].sum().item(),
                only_this=weights[fail & (failing == 1)].sum().item(),
                undetermined_only=weights[open_question & (failing == 0) & (wanting == 1)]
                .sum()
                .item(),
                passes_unknown=without if follows == "pass" else 0,
                fails_unknown=without if follows == "fail" else 0,
            )
        )
    return found


def condition_of(checked: CheckedRule) -> str:
    """The text of a rule, in the rule language."""
    scope = checked.rule.scope
    return checked.rule.condition + (f" ({scope.strip()})" if scope else "")


def nobody_eligible(failed: Mapping[str, str]) -> str:
    """A sentence for a scenario in which nobody is eligible; `failed`: rules that all fail."""
    named = " and ".join(f"`{name}` ({condition})" for name, condition in failed.items())
    rules = "rule" if len(failed) == 1 else "rules"
    why = f"everybody fails the {rules} {named}" if failed else "the rules together exclude all"
    return f"nobody is eligible: {why}"


def never_eligible(conditions: Conditions, outcomes: Outcomes, own_day: bool) -> str:
    """Why no cell of a scenario is eligible, on one line; empty if one is, or none is asked.

    `own_day`: the agreement says itself on which day it is decided.
    """
    wanted = any("eligible" in facts_of(when) for when in conditions.when.values())
    if not wanted or "eligible" in outcomes.texts:
        return ""
    failed = {rule.name: rule for rule in conditions.rules
              if rule.name in outcomes.fails and outcomes.fails[rule.name].all()}  # fmt: skip
    said = nobody_eligible({name: condition_of(rule) for name, rule in failed.items()})
    said += f"; everyone is decided as of {outcomes.on}"
    if not own_day and any(not rule.facts for rule in failed.values()):
        said += ", the first day: write `agreement.today` if another day is meant"
    return said


def everybody_barred(rows: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Why nobody is eligible, with the scenarios, from rows of the table `funnel`."""
    rules_of: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        rules_of.setdefault(row["scenario"], []).append(row)
    found: dict[str, list[str]] = {}
    for name, rules in rules_of.items():
        if rules[-1]["people"] > 0 and rules[-1]["remaining"] == 0:
            failed = {each["rule"]: each["condition"] for each in rules
                      if each["fails"] == each["people"]}  # fmt: skip
            found.setdefault(nobody_eligible(failed), []).append(name)
    return tuple(f"{why} (scenarios: {', '.join(names)})" for why, names in found.items())


def _missing(checked: CheckedRule, cells: Cells, undetermined: NDArray[np.bool_]) -> str:
    """Facts of the rule that some undetermined people lack."""
    rows = [cells.rows[cell] for cell in undetermined.nonzero()[0]]
    return ", ".join(
        fact for fact in checked.facts if any(row[cells.facts.index(fact)] is None for row in rows)
    )
