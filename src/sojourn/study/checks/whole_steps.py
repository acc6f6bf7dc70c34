"""Studies in steps of months or years: dates and durations within a step are refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from sojourn.errors import Problem
from sojourn.study.model.pathway import Gate
from sojourn.study.model.stays import ClockRule
from sojourn.study.model.study import Scenario, StudyModel
from sojourn.study.model.values import Dated
from sojourn.study.time_steps import Steps
from sojourn.study.units import DAYS


def step_problems(study: StudyModel) -> list[Problem]:
    """Dates, offsets, quotas and weekdays that would cut a step."""
    steps = study.period.steps
    if steps.unit == "day":
        return []
    found: dict[Problem, None] = {}
    for scenario in study.scenarios.values():
        found |= dict.fromkeys(_problems(scenario, steps))
    return list(found)


def _problems(scenario: Scenario, steps: Steps) -> Iterator[Problem]:
    for path, day in _dates(scenario):
        if day is not None and day > steps.start and not steps.begins(day):
            first = steps.first_day(steps.step_of(day))
            after = steps.first_day(steps.step_of(day) + 1)
            yield Problem(
                f"{day} lies within a {steps.unit}, and the study goes by {steps.unit}s",
                f"write the first day of one, {first} or {after}",
                path=path,
            )
    for transition in scenario.transitions:
        for at in transition.clocks:
            if steps.is_whole(at.offset):
                continue
            yield Problem(
                f"an offset of {abs(at.offset)} days is not a whole number of {steps.unit}s",
                f"write one in {steps.unit}s, as `{at.clock} - 1 {steps.unit}`",
                path=f"transitions.{transition.name}.at",
            )
    for name, quota in scenario.quotas.items():
        if DAYS[quota.per] < steps.length:
            own = any(t.name == name for t in scenario.transitions)
            yield Problem(
                f"a limit per {quota.per} is finer than the study's steps, which are {steps.unit}s",
                f"write a limit per {steps.unit}",
                path=f"transitions.{name}.at most" if own else f"quotas.{name}",
            )
    for name, population in scenario.populations.items():
        admissions, path = population.admissions, f"populations.{name}.admissions"
        if admissions is not None and admissions.weekdays:
            what = f"weekdays have no effect in a study by {steps.unit}s"
            yield Problem(what, "remove them", path=f"{path}.weekdays")
        if admissions is not None and admissions.season and steps.unit == "year":
            what = "a season has no effect in a study by years"
            yield Problem(what, "remove it", path=f"{path}.season")


def _dates(scenario: Scenario) -> Iterator[tuple[str, date | None]]:
    """Dates on which something changes for all, with their places.

    Not the dates on which a person comes or a clock rings: these happen within a step.
    """
    for name, facility in scenario.facilities.items():
        yield from _dated(f"facilities.{name}.capacity", facility.capacity)
        yield from _dated(f"facilities.{name}.already held", facility.already_held)
    for name, quota in scenario.quotas.items():
        own = any(t.name == name for t in scenario.transitions)
        path = f"transitions.{name}.at most" if own else f"quotas.{name}.at most"
        yield from _dated(path, quota.count)
    for name, gate in scenario.gates.items():
        yield from _of_gate(f"gates.{name}", gate)
    for transition in scenario.transitions:
        path = f"transitions.{transition.name}"
        yield f"{path}.starts", transition.starts
        for change in transition.changes:
            yield f"{path}.changes.{change.start}", change.start
    for name, state in scenario.states.items():
        yield from _of_clocks(f"states.{name}.sets", state.sets)
    for name, population in scenario.populations.items():
        path = f"populations.{name}"
        yield from _of_clocks(f"{path}.clocks", population.clocks)
        if population.admissions is not None:
            rate = population.admissions.rate
            yield from _dated(f"{path}.admissions.per {population.admissions.per}", rate)


def _dated(path: str, dated: tuple[Dated, ...]) -> Iterator[tuple[str, date]]:
    for item in dated[1:]:
        yield f"{path}.{item.start}", item.start


def _of_gate(path: str, gate: Gate) -> Iterator[tuple[str, date | None]]:
    yield f"{path}.from", gate.start
    for key, spans in (("open", gate.open), ("closed", gate.closed)):
        for number, span in enumerate(spans, 1):
            yield f"{path}.{key}.{number}.from", span.start
            yield f"{path}.{key}.{number}.to", span.end


def _of_clocks(path: str, clocks: Mapping[str, ClockRule]) -> Iterator[tuple[str, date]]:
    for name, rule in clocks.items():
        for day, _ in rule.later:
            yield f"{path}.{name}.{day}", day
