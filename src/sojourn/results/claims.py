"""What somebody said, held against the measures: a verdict for each claim."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sojourn.results.tables import from_rows
from sojourn.rules.claims import claims_hold, parse_claim
from sojourn.rules.tree import Expression
from sojourn.study.model import Claim, Scenario, Study

Verdict = Literal["holds", "does not hold", "depends", "cannot be determined"]

SURE = 0.95
"""Share of all histories from which on a claim holds, or does not."""
OF_MEANS = "; of means: what single histories may differ by is left out"
ENOUGH = 0.5
"""Share of histories that must be determined for a verdict."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict with its shares and, in words, why."""

    verdict: Verdict
    share: float | None
    determined: float
    reason: str


def claims_table(study: Study, measures: pa.Table, *, means: bool = False) -> pa.Table:
    """The table `claims`: each claim once, in the scenario that it names.

    `measures` is the table of that name; the share of histories is over draws and replicates.
    With `means` the measures are those of an expected run, and the reasons say so. Raises RuleError
    if a condition is not one over measures.
    """
    claims: dict[str, Claim] = {}
    for scenario in study.scenarios.values():
        claims = scenario.claims | claims  # the earliest scenario says where a claim is tested
    rows = []
    for name, first in claims.items():
        where = first.scenario or _first_variant(study)
        tested = study.scenarios.get(where)
        claim = first if tested is None else tested.claims.get(name, first)
        judged = _judged(name, claim, where, tested, measures)
        rows.append(
            {
                "scenario": where,
                "claim": name,
                "says": claim.says,
                "by": claim.by,
                "source": claim.source,
                "quote": claim.quote,
                "condition": claim.holds_if,
                "verdict": judged.verdict,
                "share_holds": judged.share,
                "determined": judged.determined,
                "reason": judged.reason + OF_MEANS * (means and judged.share is not None),
            }
        )
    return from_rows("claims", rows)


def _first_variant(study: Study) -> str:
    names = list(study.scenarios)
    return names[1] if len(names) > 1 else names[0]


def _judged(
    name: str, claim: Claim, where: str, tested: Scenario | None, measures: pa.Table
) -> Judged:
    if claim.holds_if is None:
        reason = claim.cannot or "the study gives no condition for it"
        return Judged("cannot be determined", None, 0.0, reason)
    if tested is None:
        return Judged("cannot be determined", None, 0.0, f"scenario {where!r} was not run")
    condition = parse_claim(
        claim.holds_if,
        {measure: tested.measures[measure].unit for measure in tested.measures},
        constants=tested.parameters,
        path=f"claims.{name}.holds if",
    )
    return judge(condition, _values(measures, where, tested))


def judge(condition: Expression, values: Mapping[str, npt.NDArray[np.float64]]) -> Judged:
    """Verdict on a condition, given each measure's value in every history (NaN: undetermined)."""
    count = max((len(value) for value in values.values()), default=1)
    truth = claims_hold(condition, values, count)
    known = int((truth >= 0).sum())
    if known == 0 or known < ENOUGH * count:
        reason = f"it can be determined in {known} of {count} histories only"
        share = known / count if count else 0.0
        return Judged("cannot be determined", None, share, reason + _undetermined(values))
    true, false = int((truth == 1).sum()), int((truth == 0).sum())
    share = true / known
    # Sure of all histories, not of those alone in which it can be told.
    verdict: Verdict = "depends"
    if true >= SURE * count:
        verdict = "holds"
    elif false >= SURE * count:
        verdict = "does not hold"
    reason = f"the condition is true in {true} of {known} histories"
    if known < count:
        reason += f"; {count - known} more are undetermined"
    return Judged(verdict, share, known / count, reason)


def _undetermined(values: Mapping[str, npt.NDArray[np.float64]]) -> str:
    missing = [name for name, value in values.items() if np.isnan(value).any()]
    return f"; without a value in some: {', '.join(missing)}" if missing else ""


def _values(
    measures: pa.Table, scenario: str, tested: Scenario
) -> dict[str, npt.NDArray[np.float64]]:
    """Value of each measure [history], histories in one order."""
    rows = measures.filter(pc.equal(measures["scenario"], scenario))
    rows = rows.sort_by([("draw", "ascending"), ("replicate", "ascending")])
    found = {}
    for name in tested.measures:
        values = rows.filter(pc.equal(rows["measure"], name))["value"]
        found[name] = np.asarray(values.to_numpy(), dtype=np.float64)
        if tested.measures[name].kind == "first full":
            # Never full is later than any day, not unknown.
            found[name] = np.where(np.isnan(found[name]), np.inf, found[name])
    return found
