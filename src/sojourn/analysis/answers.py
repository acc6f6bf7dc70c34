"""Which number matters: the answers of a finished run, as rows of tables."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from sojourn.analysis.discovery import FEWEST as FEWEST_OF_A_KIND
from sojourn.analysis.discovery import InputBox, discover
from sojourn.analysis.draws_of_run import (
    DrawnInputs,
    DrawnMeasure,
    first_variant,
    inputs_of,
    measured,
    paths_behind,
)
from sojourn.analysis.effects import FEWEST, Effects, effects_of
from sojourn.errors import Problem, ResultsError
from sojourn.results.claims import truth_by_draw
from sojourn.results.run_folder.folder import RunFolder

Row = dict[str, Any]

HALF = 0.5
"""Of the histories of a draw, the share from which a claim is said to hold there."""


@dataclass(frozen=True, slots=True)
class MeasureAsked:
    """A measure whose inputs are asked for, in words and numbers."""

    measure: str
    scenario: str
    against: str | None
    unit: str
    inputs: DrawnInputs
    outcome: DrawnMeasure
    effects: Effects
    undetermined: int
    """Draws left out, in which the measure has no value."""

    @property
    def about(self) -> str:
        """What was asked, and how well the effects explain the number."""
        less = f" less “{self.against}”" if self.against else ""
        text = f"{self.measure} under “{self.scenario}”{less}: {told(self.effects, self.outcome)}"
        if self.undetermined:
            text += f" Left out: {self.undetermined} draws in which it is undetermined."
        return text


def told(effects: Effects, outcome: DrawnMeasure) -> str:
    """How much of the variance the inputs' own effects foretell, and how much is chance."""
    text = (
        f"The inputs one by one foretell {effects.explained:.0%} of the variance of other draws; "
        "the rest is what inputs do together"
    )
    if outcome.chance == 0.0:
        return f"{text}, and what cannot be told from 0."
    if np.isfinite(outcome.chance):
        return f"{text}, and chance, {outcome.chance:.0%}."
    return f"{text}, what cannot be told from 0, and chance."


def asked(
    run: RunFolder, measure: str, scenario: str | None = None, against: str | None = None
) -> MeasureAsked:
    """The effects of all uncertain inputs on a measure of a scenario.

    By default the scenario is the first that is not the baseline. Raises ResultsError for unknown
    names, and where the run has too few draws or nothing uncertain.
    """
    scenario = scenario or first_variant(run)
    outcome = measured(run, measure, scenario, against)
    behind = paths_behind(run.study, [name for name in (scenario, against) if name], measure)
    inputs = inputs_of(run, behind)
    refuse_without_inputs(run, inputs)
    known = np.isfinite(outcome.values)
    refuse_few(run, int(known.sum()), measure)
    effects = effects_of(inputs.values[known], outcome.values[known])
    unit = run.study.scenarios[scenario].measures[measure].unit
    return MeasureAsked(
        measure, scenario, against, unit, inputs, outcome, effects, int((~known).sum())
    )


def refuse_without_inputs(run: RunFolder, inputs: DrawnInputs) -> None:
    """Raise ResultsError if no input that could matter differs between draws."""
    if not inputs.paths:
        what = "no uncertain number of the study can matter to this"
        fix = "write `between: [low, high]` for numbers that are not known for certain"
        raise ResultsError(Problem(what, fix, file=str(run.path)))


def refuse_few(run: RunFolder, draws: int, measure: str) -> None:
    """Raise ResultsError for fewer draws than effects can be estimated from."""
    if draws < FEWEST:
        what = f"{draws} draws with a value of `{measure}` cannot show which input matters"
        fix = f"at least {FEWEST} are needed: `sojourn run STUDY --draws 200`"
        raise ResultsError(Problem(what, fix, file=str(run.path)))


def tornado_rows(found: MeasureAsked) -> list[Row]:
    """A row for each input, those told from 0 first, by the size of the change."""
    rows = []
    for place in found.effects.strongest:
        effect = found.effects.effects[place]
        assert effect is not None
        rows.append(
            {
                "input": found.inputs.paths[place],
                "low": effect.low,
                "high": effect.high,
                "unit": found.inputs.units[place],
                "at_low": effect.at_low,
                "at_high": effect.at_high,
                "change": effect.change,
                "error": effect.error,
                "told": effect.told,
            }
        )
    return rows


def sensitivity_rows(found: MeasureAsked) -> list[Row]:
    """A row for each input, by its first Sobol index."""
    rows = []
    for place, effect in enumerate(found.effects.effects):
        assert effect is not None
        first, total = effect.first, effect.total
        rows.append(
            {
                "input": found.inputs.paths[place],
                "first": first.value,
                "first_low": first.low,
                "first_high": first.high,
                "total": total.value,
                "total_low": total.low,
                "total_high": total.high,
                "told": effect.told,
            }
        )
    return sorted(rows, key=lambda row: (not row["told"], -row["first"], row["input"]))


@dataclass(frozen=True, slots=True)
class Discovered:
    """The ranges of inputs in which a condition fails, or holds."""

    condition: str
    scenario: str
    fails: bool
    inputs: DrawnInputs
    box: InputBox

    @property
    def about(self) -> str:
        """How well the ranges tell the draws."""
        box, does = self.box, "fails" if self.fails else "holds"
        head = f"`{self.condition}` {does} under “{self.scenario}” in {box.share:.0%} of draws"
        if not box.ranges:
            return f"{head}; no range of an input tells these from the others."
        return (
            f"{head}. In these ranges are {box.inside} draws: {box.density:.0%} of them are such, "
            f"and {box.coverage:.0%} of such draws are there. On draws that the ranges were not "
            f"chosen by: {_percent(box.density_apart)} and {_percent(box.coverage_apart)}."
        )

    def rows(self) -> list[Row]:
        """A row for each range, the firmest first."""
        return [
            {
                "input": self.inputs.paths[one.place],
                "from": one.low,
                "to": one.high,
                "unit": self.inputs.units[one.place],
                "chance": one.chance,
            }
            for one in self.box.ranges
        ]


def _percent(share: float) -> str:
    return f"{share:.0%}" if np.isfinite(share) else "–"


def discovered(
    run: RunFolder, condition: str, scenario: str | None = None, *, fails: bool = True
) -> Discovered:
    """The ranges of inputs in which a condition over measures fails in most histories of a draw.

    `condition` is the name of a claim, or a condition as claims have it; a claim has its scenario.
    Raises ResultsError for a claim without a condition, and where it fails, or holds, too rarely.
    """
    claims = {name: claim for each in run.study.scenarios.values()
              for name, claim in each.claims.items()}  # fmt: skip
    claim = claims.get(condition)
    if claim is not None and claim.holds_if is None:
        raise ResultsError(Problem(f"the claim `{condition}` has no condition to test"))
    text = claim.holds_if if claim is not None and claim.holds_if else condition
    scenario = scenario or (claim.scenario if claim else None) or first_variant(run)
    run.known(scenario)
    truth = truth_by_draw(run.study, run.table("measures"), text, scenario)
    inputs = inputs_of(run, paths_behind(run.study, [scenario], *_measures_in(run, scenario, text)))
    refuse_without_inputs(run, inputs)
    known = np.isfinite(truth)
    happens = truth[known] < HALF if fails else truth[known] >= HALF
    count = int(happens.sum())
    if min(count, len(happens) - count) < FEWEST_OF_A_KIND:
        what = f"`{condition}` {'fails' if fails else 'holds'} in {count} of {len(happens)} draws"
        fix = f"at least {FEWEST_OF_A_KIND} of either kind are needed to tell them apart"
        raise ResultsError(Problem(what, fix, file=str(run.path)))
    return Discovered(condition, scenario, fails, inputs, discover(inputs.values[known], happens))


def _measures_in(run: RunFolder, scenario: str, text: str) -> list[str]:
    """The measures of a scenario that a condition names."""
    own = run.study.scenarios[scenario].measures
    return [name for name in own if re.search(rf"\b{re.escape(name)}\b", text)]
