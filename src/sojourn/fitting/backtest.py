"""A study rolled through its own history: fitted, projected and scored from many origins."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

import numpy as np

from sojourn.arrays import Floats
from sojourn.errors import Problem, StudyError
from sojourn.fitting.as_known import as_known
from sojourn.fitting.counted_by_model import CountedByModel, Target, targets_of
from sojourn.fitting.fit import marked, model_to_fit, past_of, posterior, spaced
from sojourn.fitting.posterior import split_r_hat
from sojourn.forecasting.forecasters import Forecaster, chosen
from sojourn.forecasting.history import SeriesHistory
from sojourn.forecasting.quantiles import LEVELS
from sojourn.forecasting.rolling import Rolled, Told, roll, untold
from sojourn.run.check import Checked
from sojourn.study.model.history import Account, CountKind
from sojourn.study.model.study import StudyModel
from sojourn.study.words.periods import Calendar, calendar_ending, read_horizons, read_periods

STUDY: Final = "study"
"""The name of the study among the forecasters."""
DRAWS: Final = 200
"""Joint draws that make the quantiles of a projection."""
FEW_PEOPLE: Final = 10_000
"""Of more people the chance of their histories is below 1 %, and means are enough."""
KINDS: Final[tuple[CountKind, ...]] = ("stock", "admissions", "releases", "average")
_FLOWS: Final[tuple[CountKind, ...]] = ("admissions", "releases")


@dataclass(frozen=True, slots=True)
class Component:
    """One series of the history: a kind of count of a group of an account."""

    account: str
    group: tuple[str, ...]
    kind: CountKind

    @property
    def name(self) -> str:
        """As `prisoners, stock`."""
        return ", ".join((self.account, *self.group, self.kind))


@dataclass(frozen=True, slots=True)
class RolledStudy:
    """Forecasts by the study and by others, and how well each fit was drawn."""

    rolled: Rolled
    fits: tuple[Mapping[str, Any], ...] = ()
    """By origin: the numbers fitted, their targets, evaluations, and the greatest R-hat."""
    left_out: tuple[str, ...] = ()
    """Accounts that are counted by other periods."""
    without: range = range(0)
    """Target periods that are not scored."""


@dataclass(frozen=True, slots=True)
class Rolling:
    """How a study is rolled."""

    origins: str
    horizons: str
    forecasters: Sequence[Forecaster]
    """Those beside the study."""
    scenario: str | None = None
    without: str | None = None
    evaluations: int = 400
    draws: int = DRAWS
    seed: int | None = None
    told: Told = untold


def beside_study(names: Iterable[str] | None) -> tuple[Forecaster, ...]:
    """The forecasters of these names beside the study, which is always there, named or not.

    None: all that can run here. Raises SojournError as `chosen` does.
    """
    if names is None:
        return chosen(None)
    given = list(names)
    others = [name for name in given if name != STUDY]
    return () if given and not others else chosen(others, beside=STUDY)


def roll_study(checked: Checked, how: Rolling) -> RolledStudy:
    """Forecasts of every series of the history, from every origin, by the study and by others.

    From an origin the study is what was known then (`as_known`); it is fitted to that history, and
    projected under draws of the posterior and of its other uncertain numbers. Quantiles hold the
    error of measurement.

    Raises StudyError if the history holds no series that the study counts, or if nothing can be
    fitted or forecast from an origin. Few people, and a scenario without exact means, are
    simulated, a history for each draw.
    """
    study = checked.study
    scenario = past_of(study, how.scenario)
    accounts, calendar, left_out = _counted(study)
    components = [
        Component(name, group, kind)
        for name, account in accounts.items()
        for kind in KINDS
        if kind in account.counted
        for group in account.groups
    ]
    history = _series(accounts, components, calendar)
    origins = read_periods(how.origins, calendar, "--origins")
    horizons = read_horizons(how.horizons)
    without = read_periods(how.without, calendar, "--without") if how.without else range(0)
    _refuse_outside(study, history, origins)
    quantiles, fits = [], []
    for number, origin in enumerate(origins):
        how.told(STUDY, number / len(origins))
        made, fit = _project(checked, scenario, components, calendar, origin, horizons, how)
        quantiles.append(made)
        fits.append({"origin": calendar.show(origin), **fit})
    beside = _beside(accounts, components, calendar, how, origins, horizons)
    every = {STUDY: np.array(quantiles), **beside}
    rolled = Rolled(history, tuple(origins), horizons, every)
    return RolledStudy(rolled, tuple(fits), left_out, without)


def _counted(study: StudyModel) -> tuple[dict[str, Account], Calendar, tuple[str, ...]]:
    """Accounts of what the model counts, those of one calendar, and the names of the others."""
    told = {
        name: account
        for name, account in study.history.items()
        if account.states
        and set(account.columns) <= set(study.period.by)
        and any(kind in account.counted for kind in KINDS)
    }
    if not told:
        what = "the history counts nothing that the study does"
        raise StudyError(Problem(what, "add an account with `states: [prison]`", path="history"))
    calendars = {name: calendar_ending(a.ends[0], a.months) for name, a in told.items()}
    first = next(iter(calendars.values()))
    same = {name: account for name, account in told.items() if calendars[name] == first}
    return same, first, tuple(name for name in told if name not in same)


def _refuse_outside(study: StudyModel, history: SeriesHistory, origins: range) -> None:
    calendar = history.calendar
    start, last = study.period.start, history.last
    early = calendar.last_day(origins[0]) < start
    if early or origins[-1] >= last:
        wrong = origins[0] if early else origins[-1]
        raise StudyError(
            Problem(
                f"--origins: nothing can be fitted or scored from {calendar.show(wrong)}",
                f"the study begins on {start}, and its history ends with {calendar.show(last)}; "
                "choose origins after the first, and before the last",
            )
        )


def _project(
    checked: Checked,
    scenario: str,
    components: Sequence[Component],
    calendar: Calendar,
    origin: int,
    horizons: Sequence[int],
    how: Rolling,
) -> tuple[Floats, dict[str, Any]]:
    """Quantiles [series, horizon, level] from one origin, and figures of the fit."""
    found = np.full((len(components), len(horizons), len(LEVELS)), np.nan)
    study = as_known(checked.study, scenario, calendar.last_day(origin))
    within = [h for h in horizons if calendar.last_day(origin + h) < study.period.end]
    if not within:
        return found, {}
    inputs = checked.inputs[scenario]
    priors, targets = marked(study.scenarios[scenario]), targets_of(study)
    values, figures = np.empty((1, 0)), {}
    if priors:
        model = model_to_fit(study, scenario, inputs, priors, targets)
        drawn, _ = posterior(
            study, model, priors, targets,
            seed=how.seed, evaluations=how.evaluations, told=lambda *_: None,
        )  # fmt: skip
        values = drawn.flat[0]
        r_hat = max(split_r_hat(drawn.z[:, :, n]) for n in range(len(priors)))
        figures = {
            "numbers": len(priors),
            "targets": len(targets),
            "evaluations": drawn.evaluations,
            "r_hat": r_hat,
        }
    last = calendar.last_day(origin + max(within))
    ahead = CountedByModel(study, scenario, inputs, [prior.path for prior in priors], last)
    asked = [_target(each, calendar, origin + h) for each in components for h in within]
    few = max(_known(study, components), default=0.0) <= FEW_PEOPLE
    simulated = few or bool(ahead.no_means([prior.value for prior in priors], asked))
    rows = np.array(
        [
            ahead.counts(values[place], asked, draw=draw, history=draw if simulated else None)
            for draw, place in enumerate(spaced(len(values), how.draws))
        ]
    ).reshape(how.draws, len(components), len(within))
    random = np.random.default_rng(origin)
    for number, each in enumerate(components):
        error = study.history[each.account].counted[each.kind].error
        if error is not None:
            sizes = rows[:, number] if error.unit == "share" else 1.0
            noise = random.standard_normal(rows[:, number].shape)
            rows[:, number] += error.value * sizes * noise
    places = [list(horizons).index(h) for h in within]
    levels = np.quantile(np.maximum(rows, 0.0), LEVELS, axis=0)
    found[:, places] = np.moveaxis(levels, 0, -1)
    return found, figures


def _known(study: StudyModel, components: Sequence[Component]) -> Iterator[float]:
    """Every count of these components."""
    for each in components:
        counted = study.history[each.account].counted[each.kind].values
        yield from (value for row in counted for value in row if value is not None)


def _target(each: Component, calendar: Calendar, period: int) -> Target:
    start = calendar.last_day(period - 1) + timedelta(days=1)
    words, end = calendar.show(period), calendar.last_day(period)
    return Target(each.account, each.kind, each.group, words, start, end, None)


def _series(
    accounts: Mapping[str, Account], components: Sequence[Component], calendar: Calendar
) -> SeriesHistory:
    """The history of these components, in one calendar."""
    spans = [(calendar.holding(each.ends[0]), len(each.ends)) for each in accounts.values()]
    first = min(begins for begins, _ in spans)
    columns = max(begins + length for begins, length in spans) - first
    values = np.full((len(components), columns), np.nan)
    for row, each in enumerate(components):
        account = accounts[each.account]
        own = account.counted[each.kind].values[account.groups.index(each.group)]
        begins = calendar.holding(account.ends[0]) - first
        values[row, begins : begins + len(own)] = np.array(own, dtype=np.float64)
    return SeriesHistory(tuple(each.name for each in components), calendar, first, values)


def _beside(
    accounts: Mapping[str, Account],
    components: Sequence[Component],
    calendar: Calendar,
    how: Rolling,
    origins: range,
    horizons: Sequence[int],
) -> dict[str, Floats]:
    """Quantiles of the other forecasters; those of a stock see its flows too."""
    shape = (len(origins), len(components), len(horizons), len(LEVELS))
    found = {each.name: np.full(shape, np.nan) for each in how.forecasters}
    for kind in dict.fromkeys(each.kind for each in components):
        places = [n for n, each in enumerate(components) if each.kind == kind]
        alike = [components[n] for n in places]
        flows = _FLOWS if kind in ("stock", "average") else ()
        series = _series(accounts, alike, calendar)
        beside: dict[str, Floats] = {}
        for flow in flows:
            rows = [Component(each.account, each.group, flow) for each in alike]
            there = [flow in accounts[each.account].counted for each in rows]
            if any(there):
                known = [row for row, is_there in zip(rows, there, strict=True) if is_there]
                beside[flow] = np.full(series.values.shape, np.nan)
                beside[flow][there] = _series(accounts, known, calendar).values
        rolled = roll(replace(series, beside=beside), how.forecasters, origins, horizons, how.told)
        for name, quantiles in rolled.quantiles.items():
            found[name][:, places] = quantiles
    return found
