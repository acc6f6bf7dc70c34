"""The value of information for the decisions of a study, from the draws of a finished run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from sojourn.analysis.answers import refuse_few, refuse_without_inputs
from sojourn.analysis.break_even import BreakEven, Gap, break_even
from sojourn.analysis.draws_of_run import (
    DrawnInputs,
    averaged,
    inputs_of,
    paths_behind,
)
from sojourn.analysis.repriced import Repriced
from sojourn.analysis.settings import Simulated, option_values, repriced_as, with_settings
from sojourn.analysis.value_of_information import DrawnDecision, Sampling, Worth, binomial, normal
from sojourn.arrays import Floats
from sojourn.errors import Problem, ResultsError
from sojourn.results.run_folder.folder import RunFolder
from sojourn.study.files.suggest import did_you_mean
from sojourn.study.model.decisions import Decision, Sample
from sojourn.study.model.values import Quantity
from sojourn.uncertainty.uncertain_quantities import walk

Row = dict[str, Any]

PRICE_PART = 1e-4
"""A price is found to this part of the range where it is looked for."""

_LARGE = 1e4
EVERYTHING, ALL_INPUTS = "everything, chance too", "all inputs"


@dataclass(frozen=True, slots=True)
class Information:
    """What it is worth to know before a decision."""

    name: str
    stated: Decision
    unit: str
    means: tuple[float, ...]
    """Of the measure, by option."""
    shares: tuple[float, ...]
    """Of draws in which each option is the best."""
    best: str
    """The option taken now."""
    rows: tuple[Row, ...]
    """kind, what, value, error, by_chance, told."""

    @property
    def about(self) -> str:
        """Who takes what now, and what else could be best."""
        unit = f" {self.unit}" if self.unit else ""
        means = ", ".join(
            f"{option} {_number(mean)}{unit} (best in {share:.0%} of draws)"
            for option, mean, share in zip(
                self.stated.options, self.means, self.shares, strict=True
            )
        )
        wants = f"{self.stated.wants} {self.stated.measure}"
        return f"{self.stated.who} wants the {wants}: {means}. Taken now: {self.best}."


def _number(mean: float) -> str:
    return f"{mean:,.0f}" if abs(mean) >= _LARGE else f"{mean:.4g}"


def decision_names(run: RunFolder) -> list[str]:
    """Decisions of the study of which every option was run, or is another price in one that was."""
    ran, settings = set(run.scenarios), run.study.settings
    return [
        name for name, decision in run.study.decisions.items()
        if all(option in ran or (option in settings and repriced_as(run, option))
               for option in decision.options)
    ]  # fmt: skip


def information(
    run: RunFolder, name: str | None = None, simulate: Simulated | None = None
) -> Information:
    """The value of information for a decision of the study; by default its first.

    `simulate` runs settings that move people; without it they are refused.

    Raises ResultsError if the study states no such decision, an option was not run, or the run has
    too few draws or nothing uncertain.
    """
    decisions = run.study.decisions
    if not decisions:
        what = "the study states no decision"
        fix = "write `decisions: {NAME: {who: …, options: [A, B], least: MEASURE}}`, and run it"
        raise ResultsError(Problem(what, fix, path="decisions"))
    name = name or next(iter(decisions))
    if name not in decisions:
        fix = did_you_mean(name, list(decisions))
        raise ResultsError(Problem(f"the study has no decision `{name}`", fix))
    stated = decisions[name]
    for option in stated.options:
        if option not in run.study.settings:
            run.known(option)
    sign = 1.0 if stated.wants == "greatest" else -1.0
    values = np.column_stack(
        [option_values(run, option, stated.measure, simulate) for option in stated.options]
    )
    known = np.isfinite(values).all(axis=1)
    refuse_few(run, int(known.sum()), stated.measure)
    behind = paths_behind(with_settings(run.study), stated.options, stated.measure)
    inputs = inputs_of(run, behind)
    refuse_without_inputs(run, inputs)
    decision = DrawnDecision(
        inputs.values[known], sign * values[known], seed=int(run.record["seed"])
    )
    first = run.study.option(stated.options[0]).measures[stated.measure]
    return Information(
        name, stated, first.unit,
        tuple(map(float, sign * decision.means)), tuple(map(float, decision.shares)),
        stated.options[decision.best], tuple(_rows(decision, stated, inputs)),
    )  # fmt: skip


def _rows(decision: DrawnDecision, stated: Decision, inputs: DrawnInputs) -> Iterator[Row]:
    place = {path: number for number, path in enumerate(inputs.paths)}
    yield _row("everything", EVERYTHING, decision.everything())
    yield _row("inputs", ALL_INPUTS, decision.inputs_alone(range(len(place))))
    for group, paths in stated.groups.items():
        kept = [place[path] for path in paths if path in place]
        yield _row("group", group, decision.inputs_alone(kept))
    for sample, one in stated.samples.items():
        if one.of in place:
            yield _row("sample", sample, decision.sample(place[one.of], _sampling(one)))
    singles = [_row("input", path, decision.inputs_alone([at])) for path, at in place.items()]
    yield from sorted(singles, key=lambda row: (not row["told"], -row["value"], row["what"]))


@dataclass(frozen=True, slots=True)
class Turn:
    """The price at which another option is as good as the one taken now."""

    path: str
    unit: str
    option: str
    low: float
    high: float
    found: BreakEven


def turns(run: RunFolder, decided: Information) -> list[Turn]:
    """For each price that the decision names, and each other option, where the two are equal.

    A price is looked for from 0 to `price_reach`. Settings are left out, as they have own prices.
    """
    stated = decided.stated
    options = [name for name in stated.options if name not in run.study.settings]
    if decided.best not in options:
        return []
    numbers = {
        number.path: number
        for name in options
        for number in walk(run.study.scenarios[name])
        if number.path in stated.turns_at
    }
    found = []
    for path, number in numbers.items():
        remade = Repriced(run, [path], {name: [stated.measure] for name in options})
        high = price_reach(number)
        for option in options:
            if option != decided.best and high > 0.0:
                gap = _gap(remade, path, stated.measure, option, decided.best)
                crossing = break_even(gap, len(run.draws), 0.0, high, within=high * PRICE_PART)
                found.append(Turn(path, number.unit, option, 0.0, high, crossing))
    return found


def price_reach(number: Quantity) -> float:
    """How far a price is looked for: to ten times the high end of its range, or its value."""
    return 10.0 * abs(number.value if number.high is None else number.high)


def _gap(remade: Repriced, path: str, measure: str, option: str, best: str) -> Gap:
    def gap(values: Floats) -> Floats:
        table = remade.measures({path: values})
        return averaged(table, option, measure) - averaged(table, best, measure)

    return gap


def _row(kind: str, what: str, worth: Worth) -> Row:
    return {"kind": kind, "what": what, "value": worth.value, "error": worth.error,
            "by_chance": worth.by_chance, "told": worth.told}  # fmt: skip


def _sampling(sample: Sample) -> Sampling:
    if sample.people is not None:
        return binomial(sample.people)
    assert sample.observations is not None
    assert sample.deviation is not None
    return normal(sample.observations, sample.deviation.value)
