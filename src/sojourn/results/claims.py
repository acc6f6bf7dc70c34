"""Claims that somebody made, tested on the measures: a verdict for each.

A verdict is about all possible histories; a run is a sample of them. The share in which the claim
holds gets a Clopper–Pearson interval. Its number of trials is the number of histories, or of draws
if any input is uncertain: histories under one draw share its inputs, and the mean of D draws, whose
shares p_d lie between 0 and 1, has at most the variance of D trials, p (1 − p) / D. (With one
replicate per draw both numbers are the same.)
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from scipy.special import betaincinv

from sojourn.arrays import Floats
from sojourn.languages.phrases import later
from sojourn.results.tables import from_rows
from sojourn.results.waiting import MOST_STILL_WAITING
from sojourn.rules.agreement.claims import claim_condition, claims_hold
from sojourn.rules.language.tree import Expression, facts_of
from sojourn.study.model.measures import Claim
from sojourn.study.model.study import Scenario, StudyModel
from sojourn.uncertainty.uncertain_quantities import uncertain_quantities

ClaimVerdict = Literal[
    "holds", "does not hold", "depends", "follows from an assumption", "cannot be determined"
]

SURE = 0.95
"""A claim holds (or does not) if it does so in more than this share of all histories."""
ERROR = 0.05
"""Probability that an interval misses the share."""
FEWEST = math.ceil(math.log(ERROR / 2) / math.log(SURE))
"""Fewest trials for a verdict: with fewer, the interval reaches below SURE even if all agree."""
OF_MEANS = later("; tested on exact means, without the variation of single histories")
REASONS = {
    "no condition": later("the study gives no condition for it"),
    "not run": later("scenario {scenario} was not run"),
    "follows": later("it {verdict}, and the study says that {paths} decides it"),
    "not shown": later("; the study says that {paths} decides it, which this run does not show"),
    "few known": later("it can be determined in {known} of {count} histories only"),
    "true": later("the condition is true in {true} of {known} histories"),
    "undetermined": later("; {more} more are undetermined"),
    "exactly true": later("the condition is true of the exact means, and no input is uncertain"),
    "exactly false": later("the condition is false of the exact means, and no input is uncertain"),
    "draws": later(
        "; between {low} and {high} of all there could be ({sure} interval of {trials} draws)"
    ),
    "histories": later(
        "; between {low} and {high} of all there could be ({sure} interval of {trials} histories)"
    ),
    "more draws": later(", on both sides of {bound}: more draws may decide"),
    "more histories": later(", on both sides of {bound}: more histories may decide"),
    "one draw": later("; one draw decides nothing: at least {fewest} are needed"),
    "one history": later("; one history decides nothing: at least {fewest} are needed"),
    "few draws": later("; {trials} draws decide nothing: at least {fewest} are needed"),
    "few histories": later("; {trials} histories decide nothing: at least {fewest} are needed"),
    "cut short": later(
        "; a mean wait leaves out people still waiting, and more than {share} of all who joined "
        "still wait: {measures}"
    ),
    "without value": later("; without a value in some: {measures}"),
}
"""Parts of which the reason of a verdict is made; a report says them in its language."""
ENOUGH = 0.5
"""Share of histories that must be determined for a verdict."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict with its shares and, in words, why."""

    verdict: ClaimVerdict
    determined: float
    reason: str
    share: float | None = None
    low: float | None = None
    """Ends of the share's interval."""
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """The measures of one scenario."""

    low: Mapping[str, Floats]
    """Each measure [history]; NaN: undetermined; if the study ends first, the lower bound."""
    high: Mapping[str, Floats]
    """The same, but infinite if the study ends first."""
    cut_short: tuple[str, ...] = ()
    """Mean waits left undetermined because too many people still wait."""
    draws: int | None = None
    """Draws of the histories, if they share uncertain inputs by draw; else each is a trial."""
    exact: bool = False
    """The only history is the whole answer: exact means of certain inputs."""


def claims_table(
    study: StudyModel,
    measures: pa.Table,
    conditions: Mapping[str, Mapping[str, Expression]],
    *,
    means: bool = False,
) -> pa.Table:
    """The table `claims`: each claim once, in the scenario that it names.

    `measures` is the table of that name, `conditions` are those of the claims of each scenario, by
    name; the share of histories is over draws and replicates.
    With `means` the measures are those of an expected run, and the reasons say so. Raises RuleError
    if a condition is not one over measures.
    """
    claims: dict[str, Claim] = {}
    for scenario in study.scenarios.values():
        claims = scenario.claims | claims  # the earliest scenario says where a claim is tested
    uncertain = bool(uncertain_quantities(study))

    @cache
    def evidence_in(where: str) -> Evidence:
        return _evidence(measures, study.scenarios[where], uncertain=uncertain, means=means)

    rows = []
    for name, first in claims.items():
        where = first.scenario or _first_variant(study)
        tested = study.scenarios.get(where)
        claim = first if tested is None else tested.claims.get(name, first)
        if claim.holds_if is None:
            reason = claim.cannot or REASONS["no condition"]
            judged = Judged("cannot be determined", 0.0, reason)
        elif tested is None:
            reason = REASONS["not run"].format(scenario=repr(where))
            judged = Judged("cannot be determined", 0.0, reason)
        else:
            # A scenario that leaves a claim out may still be the one where it is tested.
            condition = conditions[where].get(name) or claim_condition(tested, name, claim.holds_if)
            judged = followed(judge(condition, evidence_in(where)), claim.follows_from)
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
                "share_low": judged.low,
                "share_high": judged.high,
                "determined": judged.determined,
                "reason": judged.reason + OF_MEANS * (means and judged.share is not None),
            }
        )
    return from_rows("claims", rows)


def _first_variant(study: StudyModel) -> str:
    names = list(study.scenarios)
    return names[1] if len(names) > 1 else names[0]


def followed(judged: Judged, paths: tuple[str, ...]) -> Judged:
    """The verdict on a claim of which the study says that these of its paths decide it.

    Only a run in which the claim holds, or does not, bears that out.
    """
    if not paths:
        return judged
    named = ", ".join(f"`{path}`" for path in paths)
    if judged.verdict in ("holds", "does not hold"):
        follows = REASONS["follows"].format(verdict=judged.verdict, paths=named)
        told = f"{follows}; {judged.reason}"
        return replace(judged, verdict="follows from an assumption", reason=told)
    told = judged.reason + REASONS["not shown"].format(paths=named)
    return replace(judged, reason=told)


def judge(condition: Expression, evidence: Evidence) -> Judged:
    """Verdict on a condition, given the measures in every history."""
    count = max((len(value) for value in evidence.low.values()), default=1)
    truth = _truth(condition, evidence, count)
    true, false = int((truth == 1).sum()), int((truth == 0).sum())
    known = true + false
    if known == 0 or known < ENOUGH * count:
        reason = REASONS["few known"].format(known=known, count=count)
        return Judged("cannot be determined", known / count, reason + _untold(condition, evidence))
    reason = REASONS["true"].format(true=true, known=known)
    if known < count:
        reason += REASONS["undetermined"].format(more=count - known)
        reason += _untold(condition, evidence)
    share = true / known
    if evidence.exact and known == count:
        reason = REASONS["exactly true" if true else "exactly false"]
        verdict: ClaimVerdict = "holds" if true else "does not hold"
        return Judged(verdict, 1.0, reason, share, share, share)
    trials = evidence.draws or count
    bounds = interval(true / count, trials)[0], interval(1.0 - false / count, trials)[1]
    verdict, why = _verdict(*bounds, trials, "draws" if evidence.draws else "histories")
    return Judged(verdict, known / count, reason + why, share, *bounds)


def truth_by_draw(study: StudyModel, measures: pa.Table, text: str, scenario: str) -> Floats:
    """Share of the histories of each draw in which a condition over measures is true [draw].

    NaN where it is undetermined in every one. Raises RuleError if it is no such condition.
    """
    tested = study.scenarios[scenario]
    condition = claim_condition(tested, "condition", text)
    evidence = _evidence(measures, tested, uncertain=True, means=False)
    own = measures.filter(pc.equal(measures["scenario"], scenario))
    own = own.sort_by([("draw", "ascending"), ("replicate", "ascending")])
    draws = own.filter(pc.equal(own["measure"], next(iter(tested.measures))))["draw"].to_numpy()
    truth = _truth(condition, evidence, len(draws)).astype(np.float64)
    truth[truth < 0] = np.nan
    _, row = np.unique(draws, return_inverse=True)
    known = np.bincount(row, np.isfinite(truth))
    true = np.bincount(row, np.nan_to_num(truth))
    return np.asarray(np.divide(true, known, out=np.full(len(known), np.nan), where=known > 0))


def _truth(condition: Expression, evidence: Evidence, count: int) -> npt.NDArray[np.int8]:
    """1 where the condition is true, 0 where it is false, −1 where it is either [history]."""
    named = facts_of(condition)
    low, high = (
        claims_hold(condition, {name: side[name] for name in named}, count)
        for side in (evidence.low, evidence.high)
    )
    return np.where(low == high, low, -1).astype(np.int8)


def interval(share: float, trials: int) -> tuple[float, float]:
    """The interval of Clopper and Pearson for a share of so many trials."""
    true = share * trials
    low = 0.0 if true <= 0.0 else float(betaincinv(true, trials - true + 1.0, ERROR / 2))
    high = 1.0 if true >= trials else float(betaincinv(true + 1.0, trials - true, 1 - ERROR / 2))
    return low, high


def _verdict(low: float, high: float, trials: int, what: str) -> tuple[ClaimVerdict, str]:
    """What the interval says, and why; undetermined histories are in it as either."""
    told = REASONS[what].format(
        low=_percent(low), high=_percent(high), sure=_percent(1 - ERROR), trials=trials
    )
    if low > SURE:
        return "holds", told
    if high < 1.0 - SURE:
        return "does not hold", told
    if low >= 1.0 - SURE and high <= SURE:
        return "depends", told
    if trials < FEWEST:
        one = "one draw" if what == "draws" else "one history"
        reason = REASONS[f"few {what}" if trials > 1 else one]
        return "cannot be determined", reason.format(trials=trials, fewest=FEWEST)
    bound = SURE if high > SURE else 1.0 - SURE
    return "depends", told + REASONS[f"more {what}"].format(bound=_percent(bound))


def _percent(share: float) -> str:
    return f"{share * 100:.3g} %"


def _untold(condition: Expression, evidence: Evidence) -> str:
    """Which of its measures have no value in some histories, and why."""
    named = facts_of(condition)
    cut_short = [name for name in evidence.cut_short if name in named]
    missing = [
        name
        for name, value in evidence.low.items()
        if name in named and name not in cut_short and np.isnan(value).any()
    ]
    told = ""
    if cut_short:
        told = REASONS["cut short"].format(
            share=_percent(MOST_STILL_WAITING), measures=", ".join(cut_short)
        )
    if missing:
        told += REASONS["without value"].format(measures=", ".join(missing))
    return told


def _evidence(measures: pa.Table, tested: Scenario, *, uncertain: bool, means: bool) -> Evidence:
    """The measures of the scenario in which a claim is tested, histories in one order."""
    rows = measures.filter(pc.equal(measures["scenario"], tested.name))
    rows = rows.sort_by([("draw", "ascending"), ("replicate", "ascending")])
    low, high, cut_short = {}, {}, []
    for name in tested.measures:
        own = rows.filter(pc.equal(rows["measure"], name))
        values, at_least, still = (
            np.asarray(own[column].to_numpy(), dtype=np.float64)
            for column in ("value", "at_least", "still_waiting")
        )
        untold = still > MOST_STILL_WAITING
        values = np.where(untold, np.nan, values)
        if untold.any():
            cut_short.append(name)
        known = np.isnan(at_least)
        low[name] = np.where(known, values, at_least)
        high[name] = np.where(known, values, np.inf)
    draws = pc.count_distinct(rows["draw"]).as_py()
    return Evidence(
        low,
        high,
        tuple(cut_short),
        draws=draws if uncertain else None,
        exact=means and not uncertain,
    )
