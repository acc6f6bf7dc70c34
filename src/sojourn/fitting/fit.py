"""A study's numbers fitted to its history: from the study to draws, figures and warnings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from scipy.special import ndtr

from sojourn.arrays import Floats, Ints
from sojourn.errors import Problem, StudyError
from sojourn.fitting.by_simulation import sample_by_simulation
from sojourn.fitting.counted_by_model import CountedByModel, Target, targets_of, untried
from sojourn.fitting.posterior import (
    STEP,
    PosteriorSample,
    Told,
    sample,
    split_r_hat,
    values_at,
)
from sojourn.run.check import Checked
from sojourn.run.people_and_rules import Inputs
from sojourn.study.files.suggest import did_you_mean
from sojourn.study.model.history import CountKind
from sojourn.study.model.study import Scenario, StudyModel
from sojourn.study.model.values import Quantity
from sojourn.study.uncertain_shapes import at_quantile
from sojourn.uncertainty.uncertain_quantities import walk
from sojourn.uncertainty.units_in_use import units_in_use

LEAST_EVALUATIONS: Final = 200
"""Of the model, that a fit takes."""
LOW, HIGH = 0.1, 0.9
"""Quantiles of the ranges that are told: they hold 80 %."""
TOGETHER: Final = 0.9
"""Correlation from which the data cannot tell two numbers apart."""
LITTLE: Final = 0.9
"""Of the prior's range: if the posterior's is as wide, history says little of the number."""
EDGE: Final = 0.02
"""Quantile of the prior below which, or above its complement, a median lies at its edge."""
FAR: Final = 3.0
"""Errors by which a count is missed that is told."""
MOST_R_HAT, LEAST_SIZE = 1.1, 100.0
"""Beyond these the draws are too few."""
TRIED_ERROR: Final = 0.02
"""Share of each value of a series that the study lacks, when it is asked if it would help."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number that was fitted."""

    prior: Quantity
    low: float
    """10th, 50th and 90th percentile of the posterior, in the canonical unit."""
    median: float
    high: float
    at: float
    """Quantile of the prior at the posterior's median."""
    width: float
    """Width of the posterior's 80 % range over that of the prior."""
    r_hat: float
    size: float
    """Effective number of independent draws."""

    def prior_at(self, u: float) -> float:
        """A quantile of the prior, in the canonical unit."""
        return at_quantile(self.prior, u)

    @property
    def name(self) -> str:
        """Its path; of a parameter its name alone."""
        return self.prior.path.removeprefix("parameters.")


@dataclass(frozen=True, slots=True)
class FittedCount:
    """A target, and what the fitted model says would be counted, errors included."""

    target: Target
    low: float
    median: float
    high: float
    missed: float
    """Counted less the median, in standard deviations of the error."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """The result of a fit."""

    scenario: str
    numbers: tuple[Number, ...]
    counts: tuple[FittedCount, ...]
    draws: dict[str, tuple[float, ...]]
    """Values of each number by its path, in canonical units; a row is one joint draw."""
    correlation: Floats
    """[number, number] of the posterior."""
    acceptance: float
    evaluations: int
    no_means: str
    """Why histories were simulated (ABC-SMC); empty if exact means were computed."""
    warnings: tuple[str, ...]


def fit(
    checked: Checked,
    *,
    scenario: str | None,
    draws: int | None,
    seed: int | None,
    evaluations: int,
    told: Told,
) -> Fitted:
    """Fit the numbers marked `fit: yes` of one scenario (by default the baseline).

    Raises StudyError if the study has no such number or no target, and SojournError if emcee is
    needed and not installed, or if no values meet the counts.
    """
    study = checked.study
    name = past_of(study, scenario)
    priors, targets = marked(study.scenarios[name]), targets_of(study)
    model = model_to_fit(study, name, checked.inputs[name], priors, targets)
    more = untried(study)
    found, no_means = posterior(
        study, model, priors, targets, more, seed=seed, evaluations=evaluations, told=told
    )
    values, counts = found.flat
    chosen = spaced(len(values), draws or study.run.draws)
    units = units_in_use(study)
    said = (p.model_copy(update={"unit": units.get(p.path, p.unit)}) for p in priors)
    numbers = tuple(_number(prior, found, n) for n, prior in enumerate(said))
    correlation = np.atleast_2d(np.corrcoef(values.T))
    against = tuple(
        _count(target, counts[:, n], np.random.default_rng(n)) for n, target in enumerate(targets)
    )
    warnings = (
        *_unfinished(numbers),
        *_together(numbers, correlation, found, model, more),
        *_of_prior(numbers),
        *_missed(against),
    )
    return Fitted(
        name,
        numbers,
        against,
        {prior.path: tuple(values[chosen, n].tolist()) for n, prior in enumerate(priors)},
        correlation,
        found.acceptance,
        found.evaluations,
        no_means,
        warnings,
    )


def past_of(study: StudyModel, scenario: str | None) -> str:
    """The scenario under which the past happened, by default the baseline; it must be there."""
    name = scenario or study.baseline
    if name not in study.scenarios:
        fix = did_you_mean(name, study.scenarios)
        raise StudyError(Problem(f"the study has no scenario '{name}'", fix))
    return name


def model_to_fit(
    study: StudyModel,
    scenario: str,
    inputs: Inputs,
    priors: Sequence[Quantity],
    targets: Sequence[Target],
) -> CountedByModel:
    """What the scenario counts up to the last target; refuses a study with nothing to fit."""
    _refuse_nothing(priors, targets)
    last = max(target.end for target in targets)
    return CountedByModel(study, scenario, inputs, [prior.path for prior in priors], last)


def posterior(
    study: StudyModel,
    model: CountedByModel,
    priors: Sequence[Quantity],
    targets: Sequence[Target],
    more: Sequence[Target] = (),
    *,
    seed: int | None,
    evaluations: int,
    told: Told,
) -> tuple[PosteriorSample, str]:
    """Draws of the posterior of the priors, given the targets, and why they are by simulation.

    By exact means where the model has them (then the words are empty); otherwise by simulated
    histories, which count `more` too. Raises StudyError for too few evaluations.
    """
    if evaluations < LEAST_EVALUATIONS:
        what = f"{evaluations} evaluations are too few for a fit"
        raise StudyError(Problem(what, f"ask for {LEAST_EVALUATIONS} or more"))
    counted = np.array([target.value for target in targets], dtype=np.float64)
    errors = np.array([target.sd for target in targets])
    seed = study.run.seed if seed is None else seed
    no_means = model.no_means(values_at(priors, np.zeros(len(priors))), targets)
    if not no_means:
        found = sample(
            priors, lambda values: model.counts(values, targets), counted, errors,
            seed=seed, evaluations=evaluations, told=told,
        )  # fmt: skip
        return found, ""
    _refuse_time_served(targets, no_means)
    every = (*targets, *more)
    found = sample_by_simulation(
        priors, lambda values, number: model.counts(values, every, history=number),
        counted, errors, seed=seed, evaluations=evaluations, told=told,
    )  # fmt: skip
    return found, no_means


def spaced(count: int, wanted: int) -> Ints:
    """Places of so many draws, evenly spaced over all."""
    return np.linspace(0, count - 1, wanted).round().astype(np.int64)


def marked(scenario: Scenario) -> tuple[Quantity, ...]:
    """The numbers to fit, each once."""
    found: dict[str, Quantity] = {}
    for quantity in walk(scenario):
        if quantity.fit and quantity.uncertain:
            found.setdefault(quantity.path, quantity)
    return tuple(found.values())


def _refuse_nothing(priors: Sequence[Quantity], targets: Sequence[Target]) -> None:
    if not priors:
        what = "no number of the scenario is marked to be fitted"
        fix = "mark uncertain numbers, as `{between: [2 years, 4 years], fit: yes}`"
        raise StudyError(Problem(what, fix))
    if not targets:
        what = "no count of the history is a target within the study's period"
        fix = "give a column an error, as `stock: {column: prisoners, error: 1 %}`, and let the "
        fix += "period begin before the counts"
        raise StudyError(Problem(what, fix, path="history"))


def _refuse_time_served(targets: Sequence[Target], no_means: str) -> None:
    for target in targets:
        if target.kind == "time served":
            what = f"time served is fitted by exact means alone: {no_means}"
            fix = "leave out its `error`"
            raise StudyError(Problem(what, fix, path=f"history.{target.account}.{target.kind}"))


def _number(prior: Quantity, found: PosteriorSample, n: int) -> Number:
    values = found.values[:, :, n]
    low, median, high = np.quantile(values, [LOW, 0.5, HIGH]).tolist()
    width = at_quantile(prior, HIGH) - at_quantile(prior, LOW)
    return Number(
        prior,
        low,
        median,
        high,
        float(ndtr(np.median(found.z[:, :, n]))),
        (high - low) / width if width else 1.0,
        split_r_hat(found.z[:, :, n]),
        found.sizes[n],
    )


def _count(target: Target, modelled: Floats, random: np.random.Generator) -> FittedCount:
    repeated = modelled + target.sd * random.standard_normal(len(modelled))
    low, high = np.quantile(repeated, [LOW, HIGH]).tolist()
    median = float(np.median(modelled))
    assert target.value is not None
    return FittedCount(target, low, median, high, (target.value - median) / target.sd)


def _unfinished(numbers: tuple[Number, ...]) -> list[str]:
    poor = [n for n in numbers if n.r_hat > MOST_R_HAT or n.size < LEAST_SIZE]
    if not poor:
        return []
    return [
        f"too few draws of {', '.join(number.name for number in poor)}: R-hat up to "
        f"{max(number.r_hat for number in poor):.2f}, at least "
        f"{min(number.size for number in poor):.0f} independent draws; ask for more evaluations"
    ]


def _of_prior(numbers: tuple[Number, ...]) -> list[str]:
    said = []
    for number in numbers:
        if number.width > LITTLE:
            said.append(
                f"history says little about {number.name}: its 80 % range is {number.width:.0%} as "
                "wide as its prior's"
            )
        elif not EDGE < number.at < 1 - EDGE:
            end = "lower" if number.at < 0.5 else "upper"
            said.append(f"history draws {number.name} to the {end} end of its prior")
    return said


def _missed(counts: tuple[FittedCount, ...]) -> list[str]:
    """What the model cannot meet, whatever the values."""
    far = sorted((c for c in counts if abs(c.missed) > FAR), key=lambda c: -abs(c.missed))
    if not far:
        return []
    told = "; ".join(f"{c.target.words} by {c.missed:+.1f} errors" for c in far[:3])
    more = f", and {len(far) - 3} more" if len(far) > 3 else ""
    return [f"the model misses {told}{more}: the ranges are too narrow if these counts are right"]


def _together(
    numbers: tuple[Number, ...],
    correlation: Floats,
    found: PosteriorSample,
    model: CountedByModel,
    more: tuple[Target, ...],
) -> list[str]:
    """Pairs that the data cannot tell apart, and the series that would."""
    pairs = [
        (i, j)
        for i, j in combinations(range(len(numbers)), 2)
        if abs(correlation[i, j]) >= TOGETHER
    ]
    if not pairs:
        return []
    slopes = _slopes(numbers, found, model, more)
    precision = np.eye(len(numbers)) + found.slopes.T @ found.slopes
    said = []
    for i, j in pairs:
        head = f"{numbers[i].name} and {numbers[j].name} move together: correlation "
        head += f"{correlation[i, j]:.2f}".replace("-", "−")
        with_series = {
            series: _correlation(precision + own.T @ own, i, j) for series, own in slopes.items()
        }
        best = min(with_series, key=lambda series: abs(with_series[series]), default=None)
        if best is None or abs(with_series[best]) > TOGETHER:
            said.append(f"{head}; no series of these accounts would tell them apart")
            continue
        left = f"{with_series[best]:.2f}".replace("-", "−")
        said.append(
            f"{head}; {best[1]} of {best[0]}, counted within {TRIED_ERROR:.0%}, would tell "
            f"them apart ({left})"
        )
    return said


def _slopes(
    numbers: tuple[Number, ...],
    found: PosteriorSample,
    model: CountedByModel,
    more: tuple[Target, ...],
) -> dict[tuple[str, CountKind], Floats]:
    """By account and kind: how the counts that are not there would change with z, over an error."""
    if not more:
        return {}
    if found.more is not None and found.more_slopes is not None:
        scaled = found.more_slopes / np.maximum(found.more.mean(axis=0) * TRIED_ERROR, 1.0)[:, None]
        return _by_series(scaled, more)

    def counts(z: Floats) -> Floats:
        quantiles = zip(numbers, ndtr(z).tolist(), strict=True)
        return model.counts([at_quantile(n.prior, u) for n, u in quantiles], more)

    at_mode = np.maximum(counts(found.mode) * TRIED_ERROR, 1.0)
    steps = STEP * np.eye(len(numbers))
    columns = [
        (counts(found.mode + step) - counts(found.mode - step)) / (2 * STEP) / at_mode
        for step in steps
    ]
    return _by_series(np.column_stack(columns), more)


def _by_series(slopes: Floats, more: tuple[Target, ...]) -> dict[tuple[str, CountKind], Floats]:
    series = [(target.account, target.kind) for target in more]
    return {each: slopes[[other == each for other in series]] for each in dict.fromkeys(series)}


def _correlation(precision: Floats, i: int, j: int) -> float:
    covariance = np.linalg.inv(precision)
    return float(covariance[i, j] / np.sqrt(covariance[i, i] * covariance[j, j]))
