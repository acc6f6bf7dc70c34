"""Whom the agreement lets through: each rule's effect, alone and after those before it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from sojourn.population.cells import Cells
from sojourn.rules.conditions import CheckedRule, read_conditions
from sojourn.rules.outcomes import Outcomes
from sojourn.study.model import Scenario, Study

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
    """All considered: the same in every row."""
    fails: float
    """Excluded by this rule, whatever the others say."""
    unknown: float
    """Undetermined by this rule, and so referred; not among `fails`."""
    remaining: float
    """Excluded neither by this rule nor by one before it."""
    only_this: float
    """Excluded by this rule and by no other."""
    undetermined_only: float
    """Excluded by none, and undetermined by this rule alone."""
    facts_missing: str
    """The facts for want of which it is undetermined."""


def funnel(
    study: Study,
    scenario: Scenario,
    cells: Cells,
    outcomes: Outcomes,
    weights: NDArray[np.float64],
) -> list[dict[str, object]]:
    """One row for each rule in force, requirements and bars in the file's order.

    `weights` are people per cell. The keys of a row are the columns of the `funnel` table.
    """
    import numpy as np  # noqa: PLC0415  (checking a study needs no arrays)

    del study  # every row is of one scenario, which is whole
    rules = [
        checked for checked in read_conditions(scenario).rules if checked.name in outcomes.rules
    ]
    nobody = np.zeros(len(cells), np.int64)
    failing = sum((outcomes.fails[rule.name].astype(np.int64) for rule in rules), nobody)
    wanting = sum((outcomes.undetermined[rule.name].astype(np.int64) for rule in rules), nobody)
    left = np.ones(len(cells), np.bool_)
    rows: list[dict[str, object]] = []
    for position, checked in enumerate(rules, 1):
        fails, unknown = outcomes.fails[checked.name], outcomes.undetermined[checked.name]
        left = left & ~fails
        rows.append(
            asdict(
                FunnelRow(
                    scenario=scenario.name,
                    position=position,
                    rule=checked.name,
                    kind=checked.rule.kind,
                    condition=_condition(checked),
                    cite=checked.rule.cite,
                    source=checked.rule.source,
                    confidence=checked.rule.confidence,
                    people=float(weights.sum()),
                    fails=float(weights[fails].sum()),
                    unknown=float(weights[unknown].sum()),
                    remaining=float(weights[left].sum()),
                    only_this=float(weights[fails & (failing == 1)].sum()),
                    undetermined_only=float(
                        weights[unknown & (failing == 0) & (wanting == 1)].sum()
                    ),
                    facts_missing=_missing(checked, cells, unknown & (weights > 0)),
                )
            )
        )
    return rows


def _condition(checked: CheckedRule) -> str:
    when = checked.rule.when
    return checked.rule.condition + (f" (when {when})" if when else "")


def _missing(checked: CheckedRule, cells: Cells, undetermined: NDArray[np.bool_]) -> str:
    """Facts of the rule that some undetermined people lack."""
    rows = [cells.rows[cell] for cell in undetermined.nonzero()[0]]
    return ", ".join(
        fact for fact in checked.facts if any(row[cells.facts.index(fact)] is None for row in rows)
    )
