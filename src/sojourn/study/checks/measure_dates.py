"""Dates of measures: the result tables know only the ends of reporting periods."""

from __future__ import annotations

from datetime import date, timedelta

from sojourn.errors import Problem
from sojourn.study.model.measures import Measure
from sojourn.study.model.study import Period, StudyModel

COUNTED = frozenset({"moves", "turned away", "wait", "share served", "peak"})
"""Kinds that cannot be split within a period; sums over days are split in proportion."""


def date_problems(study: StudyModel) -> list[Problem]:
    """Measures that ask for what happened within a reporting period."""
    found: dict[str, Problem] = {}
    for scenario in study.scenarios.values():
        for name, measure in scenario.measures.items():
            problem = _problem(study.period, f"measures.{name}", measure)
            if problem is not None:
                found.setdefault(name, problem)
    return list(found.values())


def _problem(period: Period, path: str, measure: Measure) -> Problem | None:
    if isinstance(measure.at, date) and not begins(period, measure.at + timedelta(days=1)):
        last = measure.at.replace(day=1) - timedelta(days=1)
        return Problem(
            f"{measure.at} is not the last day of a {period.report}",
            f"people are counted at the ends of periods: write such a day, as {last}",
            path=f"{path}.at",
        )
    if measure.kind not in COUNTED:
        return None
    for key, day in (("from", measure.start), ("to", measure.end)):
        if day is not None and not begins(period, day):
            return Problem(
                f"{day} lies within a {period.report}, and {measure.kind} are counted by the "
                f"{period.report}",
                f"write the first day of one, as {day.replace(day=1)}",
                path=f"{path}.{key}",
            )
    return None


def begins(period: Period, day: date) -> bool:
    """Whether a reporting period begins on this day, or the last one has just ended."""
    if day in (period.start, period.end):
        return True
    return day.day == 1 and (period.report == "month" or day.month == 1)
