"""What a study says `as counted`: an account's numbers, and from its last count on their forecast.

Admissions are the people who came in each period. A pace of leaving is the people who left, over
the mean of the people at the two ends of the period; people leave at it whatever time they have
served. Forecasts are those of the forecaster `sojourn`, as a table of joint draws: each period has
the quantiles of the forecast, and periods go together as those of a random walk do. Admissions of
all groups together lead: the pace of leaving goes with them as its changes did (where more people
come, more leave), and so do the admissions of each group.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Final, Literal

import numpy as np
from pydantic import BaseModel

from sojourn.arrays import Floats
from sojourn.errors import Problem
from sojourn.forecasting.history import SeriesHistory
from sojourn.forecasting.joint_rows import joint_rows, togetherness
from sojourn.forecasting.quantiles import MEDIAN
from sojourn.study.fact_types import fact_text
from sojourn.study.model.facts import FactValue
from sojourn.study.model.history import Account, CountKind
from sojourn.study.model.pathway import Change, Transition
from sojourn.study.model.people import Population
from sojourn.study.model.study import Period, Scenario, StudyModel
from sojourn.study.model.values import AsCounted, Dated, Quantity
from sojourn.study.uncertain_shapes import TABLE
from sojourn.study.units import DAYS
from sojourn.study.words.periods import Calendar, calendar_ending
from sojourn.study.words.quantities import multiplied

What = Literal["admissions", "pace"]

FEWEST: Final = 4
"""Periods counted without which nothing is forecast."""
SCALE: Final = 1e6
"""Forecasters take numbers of people: a pace is given as those of a million who leave in a year."""


def with_rates(study: StudyModel) -> tuple[StudyModel, list[Problem]]:
    """The study with every number `as counted` written out, and what cannot be.

    A study in which they are written out already gets them anew, from the history it has now.
    """
    if not any(_used(scenario) for scenario in study.scenarios.values()):
        return study, []
    writer = _ForecastWriter(study)
    scenarios = {name: writer.scenario(each) for name, each in study.scenarios.items()}
    problems = list(dict.fromkeys(writer.problems))
    return study.model_copy(update={"scenarios": scenarios}), problems


def _used(value: object) -> list[AsCounted]:
    """Every use of an account within a value."""
    if isinstance(value, AsCounted):
        return [value]
    if isinstance(value, BaseModel):
        return [use for name in type(value).model_fields for use in _used(getattr(value, name))]
    if isinstance(value, dict):
        value = tuple(value.values())
    return [use for part in value for use in _used(part)] if isinstance(value, tuple) else []


class _ForecastWriter:
    """Writes out what one study has `as counted`."""

    def __init__(self, study: StudyModel) -> None:
        self.study = study
        self.problems: list[Problem] = []
        self._series: dict[tuple[str, What, tuple[str, ...] | None], _Counts] = {}

    def scenario(self, scenario: Scenario) -> Scenario:
        """The scenario, written out."""
        populations = {
            name: self._population(name, each) for name, each in scenario.populations.items()
        }
        transitions = tuple(self._transition(each) for each in scenario.transitions)
        made = scenario.model_copy(update={"populations": populations, "transitions": transitions})
        self._refuse_elsewhere(made)
        return made

    def _population(self, name: str, population: Population) -> Population:
        admissions = population.admissions
        if admissions is None or admissions.as_counted is None:
            return population
        path, use = f"populations.{name}.admissions.as counted", admissions.as_counted
        try:
            counts = self._counts(use.account, "admissions", population.facts)
            rate = tuple(
                Dated(start=day, quantity=quantity)
                for day, quantity in counts.dated(self.study.period, use, path)
            )
        except _RefusedError as error:
            self.problems.append(Problem(error.what, error.fix, path=path))
            return population
        made = admissions.model_copy(update={"rate": rate, "per": "day"})
        return population.model_copy(update={"admissions": made})

    def _transition(self, transition: Transition) -> Transition:
        first, *others = transition.branches
        stay = first.after
        if others or stay is None or stay.as_counted is None:
            return transition
        path = f"transitions.{transition.name}.after.as counted"
        try:
            counts = self._counts(stay.as_counted.account, "pace", {})
            dated = list(counts.dated(self.study.period, stay.as_counted, path))
        except _RefusedError as error:
            self.problems.append(Problem(error.what, error.fix, path=path))
            return transition
        stays = [
            (day, stay.model_copy(update={"parameters": {"mean": mean}})) for day, mean in dated
        ]
        changes = tuple(
            Change(
                start=day,
                everyone="pace",
                branches=(first.model_copy(update={"after": each}),),
            )
            for day, each in stays[1:]
        )
        begun = first.model_copy(update={"after": stays[0][1]})
        return transition.model_copy(update={"branches": (begun,), "changes": changes})

    def _counts(self, name: str, what: What, facts: dict[str, FactValue]) -> _Counts:
        account = self.study.history.get(name)
        if account is None:
            known = ", ".join(self.study.history) or "none"
            what_is = f"the history has no account `{name}`"
            raise _RefusedError(what_is, f"name one of `history`: {known}")
        if not account.ends:
            raise _RefusedError(f"nothing is known of the account `{name}`", "give its counts")
        own = all(column in facts for column in account.columns)
        group = tuple(fact_text(facts[column]) for column in account.columns) if own else None
        key = (name, what, group)
        if key not in self._series:
            self._series[key] = _Counts(account, name, what, group, self.study.period.end)
        return self._series[key]

    def _refuse_elsewhere(self, scenario: Scenario) -> None:
        """Only admissions, and the stay of a transition with one target, follow an account."""
        right = {
            id(use)
            for population in scenario.populations.values()
            if population.admissions is not None
            for use in _used(population.admissions)
        }
        right |= {
            id(use)
            for transition in scenario.transitions
            if len(transition.branches) == 1
            for use in (*_used(transition.branches), *_used(transition.changes))
        }
        for use in _used(scenario):
            if id(use) not in right:
                what = f"`as counted: {use.account}` does not belong here"
                fix = "use it for admissions, or for `after` of a transition with one target"
                self.problems.append(Problem(what, fix, path=f"history.{use.account}"))


class _RefusedError(Exception):
    """An account that cannot give what is asked for."""

    def __init__(self, what: str, fix: str) -> None:
        super().__init__(what)
        self.what, self.fix = what, fix


@dataclass
class _Counts:
    """Admissions or the pace of leaving of one group of an account; None: of all.

    An account that tells no groups apart has one, the group ().
    """

    account: Account
    name: str
    what: What
    group: tuple[str, ...] | None
    until: date
    """The day on which the study ends."""

    def dated(self, period: Period, use: AsCounted, path: str) -> Iterator[tuple[date, Quantity]]:
        """From each day on: people a day, or the mean stay; the first is the study's first day.

        Raises _RefusedError.
        """
        start = max(period.start, use.start or period.start)
        end = min(period.end, use.end or period.end)
        none = Quantity(value=0.0, unit="people", path=path)
        if start > period.start or end <= period.start:
            yield period.start, none
        if start >= end:
            return
        self._refuse_unknown(start, end)
        days = (*self._firsts(end), *(each.start for each in use.times))
        for day in sorted({start, *(day for day in days if start < day < end)}):
            held = [each.quantity for each in use.times if each.start <= day]
            yield day, self._on(day, held[-1] if held else None, path)
        if end < period.end:
            yield end, none

    @cached_property
    def values(self) -> Floats:
        """By period: people who came, or the pace a year; NaN where it is not known."""
        if self.what == "admissions":
            return self._column("admissions")
        stock, left = self._column("stock"), self._column("releases")
        before = np.concatenate(([np.nan], stock[:-1]))
        breaks = [end in self.account.breaks for end in self.account.ends]
        before = np.where(breaks, stock, before)  # what was counted otherwise is no start
        with np.errstate(divide="ignore", invalid="ignore"):
            pace: Floats = left / ((before + stock) / 2) / self._days * DAYS["year"]
        return np.where(np.isfinite(pace) & (pace > 0), pace, np.nan)

    @cached_property
    def _days(self) -> Floats:
        spans = zip(self.account.starts, self.account.ends, strict=True)
        return np.array([(end - start).days + 1.0 for start, end in spans])

    def _column(self, kind: CountKind) -> Floats:
        counted = self.account.counted.get(kind)
        if counted is None:
            what = f"the account `{self.name}` has no {kind}"
            raise _RefusedError(what, f"name their column: `{kind}: COLUMN`")
        table = np.array(counted.values, dtype=np.float64)
        if self.group is None:
            return np.asarray(table.sum(axis=0))
        if self.group not in self.account.groups:
            what = f"the account `{self.name}` has no group {', '.join(self.group)}"
            raise _RefusedError(what, "write its rows in the file")
        return np.asarray(table[self.account.groups.index(self.group)])

    @cached_property
    def last(self) -> int:
        """Place of the last period that is known. Raises _RefusedError."""
        known = np.flatnonzero(np.isfinite(self.values))
        if not len(known):
            what = f"the account `{self.name}` tells no {self.what} of any period"
            raise _RefusedError(what, "a pace needs releases, and the stock at both ends")
        return int(known[-1])

    def _refuse_unknown(self, start: date, end: date) -> None:
        known = np.isfinite(self.values)
        needed = [
            place
            for place, (first, last) in enumerate(
                zip(self.account.starts, self.account.ends, strict=True)
            )
            if last >= start and first < end and place <= self.last
        ]
        missing = [place for place in needed if not known[place]]
        if missing:
            what = f"the account `{self.name}` does not tell the {self.what} of the period that "
            what += f"ends on {self.account.ends[missing[0]]}"
            raise _RefusedError(what, "fill the gap, or let the study begin after it")
        if self.account.starts[0] > start:
            what = f"the account `{self.name}` begins after {start}"
            raise _RefusedError(what, "let it begin with its first period, or write the numbers")

    @cached_property
    def _calendar(self) -> Calendar:
        return calendar_ending(self.account.ends[0], self.account.months)

    @cached_property
    def _first_number(self) -> int:
        return self._calendar.holding(self.account.ends[0])

    def _number(self, day: date) -> int:
        """Place of the period that holds a day, counted from the account's first."""
        return self._calendar.holding(day) - self._first_number

    def _firsts(self, end: date) -> list[date]:
        """The first day of every period that begins before a day."""
        places = range(-1, self._number(end))
        return [self._last_day(place) + timedelta(days=1) for place in places]

    def _last_day(self, place: int) -> date:
        return self._calendar.last_day(self._first_number + place)

    def _on(self, day: date, times: Quantity | None, path: str) -> Quantity:
        """People a day, or days of stay, that hold from a day on."""
        place = self._number(day)
        path = f"{path}.{self._calendar.show(self._first_number + place)}"
        found = self._known(place, path) if place <= self.last else self._to_come(place, path)
        return found if times is None else multiplied(found, "counted", times, path)

    def _known(self, place: int, path: str) -> Quantity:
        (value,) = self._in_unit(self.values[[place]], place).tolist()
        source, confidence = self.account.source, self.account.confidence
        return Quantity(
            value=value, unit=self._unit, path=path, source=source, confidence=confidence
        )

    def _to_come(self, place: int, path: str) -> Quantity:
        middle, rows = self._forecast[place - self.last - 1]
        numbers = self._in_unit(rows, place).tolist()
        return Quantity(
            value=float(self._in_unit(np.array([middle]), place)[0]),
            low=min(numbers),
            high=max(numbers),
            shape=TABLE,
            numbers=tuple(numbers),
            addresses=(f"history.{self.name}.{self._drawn_with}",),
            unit=self._unit,
            path=path,
            source=self.account.source,
            confidence="computed",
            note=f"Forecast from the counts of {self.name}",
        )

    @cached_property
    def _drawn_with(self) -> What:
        """What the rows of the table are numbered by: a pace by its account's admissions."""
        came = self.account.counted.get("admissions")
        if self.what == "admissions" or came is None:
            return self.what
        known = replace(self, what="admissions")
        return "admissions" if known.enough and known.last == self.last else self.what

    @property
    def enough(self) -> bool:
        """Whether enough periods are known for a forecast."""
        return int(np.isfinite(self.values).sum()) >= FEWEST

    @property
    def _unit(self) -> str:
        return "people" if self.what == "admissions" else "day"

    def _in_unit(self, values: Floats, place: int) -> Floats:
        if self.what == "pace":
            return np.asarray(DAYS["year"] / values)
        return np.asarray(values / (self._last_day(place) - self._last_day(place - 1)).days)

    @cached_property
    def _forecast(self) -> list[tuple[float, Floats]]:
        """By horizon: the median, and the joint draws [row] of what `values` holds.

        The other groups of the account are forecast with it, and learned from. Counts before the
        last break are left out, if enough are left.
        """
        from sojourn.forecasting.forecasters import FORECASTERS, OURS  # noqa: PLC0415 -- SciPy
        from sojourn.forecasting.rolling import roll  # noqa: PLC0415 -- as above

        scale = SCALE if self.what == "pace" else 1.0
        if not self.enough:
            what = f"the account `{self.name}` tells the {self.what} of too few periods to forecast"
            raise _RefusedError(what, f"give {FEWEST} or more, or end the study with the account")
        breaks = [n for n, end in enumerate(self.account.ends) if end in self.account.breaks]
        first = max((n for n in breaks if n + FEWEST <= self.last + 1), default=0)
        series = [self, *(replace(self, group=g) for g in self.account.groups if g != self.group)]
        known = np.array([each.values[first : self.last + 1] for each in series]) * scale
        names = tuple(", ".join(each.group or (self.name,)) for each in series)
        history = SeriesHistory(names, self._calendar, self._first_number + first, known)
        ahead = self._number(self.until - timedelta(days=1)) - self.last
        rolled = roll(history, [FORECASTERS[OURS]], [history.last], range(1, ahead + 1))
        quantiles = rolled.quantiles[OURS][0, 0] / scale
        middle = quantiles[:, MEDIAN].tolist()
        all_groups = None if self.account.columns else ()
        leading, together = replace(self, what=self._drawn_with, group=all_groups), None
        if (leading.what, leading.group) != (self.what, self.group):
            counted = slice(first, self.last + 1)
            together = togetherness(leading.values[counted], self.values[counted])
        stream = 0 if not self.group else 1 + self.account.groups.index(self.group)
        return list(zip(middle, joint_rows(quantiles, together, stream).T, strict=True))
