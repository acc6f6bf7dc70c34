"""A study as it was known on a day of the past: its history until then, and nothing dated later."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel

from sojourn.errors import Problem, StudyError
from sojourn.forecasting.rates_from_history import with_rates
from sojourn.study.model.history import Account
from sojourn.study.model.pathway import Change, Transition
from sojourn.study.model.study import StudyModel
from sojourn.study.model.values import AsCounted, Dated, Span


def as_known(study: StudyModel, scenario: str, day: date) -> StudyModel:
    """The study with one scenario, from what was known at the end of a day.

    Periods of the history that end later are cut off, and breaks in them. Of the scenario, what is
    dated later is left out: values by date, changes of transitions, transitions that start then,
    and days on which a gate opens or closes. Numbers `as counted` are forecast from what is left.
    Whatever else the study says stays: its priors, and what it dates earlier.

    Raises StudyError if too little is left of an account that the study needs, or if a file lists
    people who come later.
    """
    for name, population in study.scenarios[scenario].populations.items():
        came = population.admissions.arrivals if population.admissions is not None else ()
        if any(each.dates[-1] > day for each in came):
            what = f"the file of arrivals lists people who come after {day}"
            fix = "write `as counted: ACCOUNT`, which is forecast from what was known"
            raise StudyError(Problem(what, fix, path=f"populations.{name}.admissions.file"))
    history = {name: _cut(account, day) for name, account in study.history.items()}
    only = {scenario: _without_later(study.scenarios[scenario], day)}
    known, problems = with_rates(study.model_copy(update={"history": history, "scenarios": only}))
    if problems:
        raise StudyError(*problems)
    return known


def _cut(account: Account, day: date) -> Account:
    ends = tuple(end for end in account.ends if end <= day)
    counted = {
        kind: each.model_copy(
            update={"values": tuple(values[: len(ends)] for values in each.values)}
        )
        for kind, each in account.counted.items()
    }
    breaks = {end: words for end, words in account.breaks.items() if end <= day}
    return account.model_copy(update={"ends": ends, "counted": counted, "breaks": breaks})


def _without_later(value: object, day: date) -> object:
    """The value without what is dated after a day, at any depth."""
    if isinstance(value, Span):
        later = value.end is not None and value.end > day
        return value.model_copy(update={"end": None}) if later else value
    if isinstance(value, AsCounted):
        start = date.max if value.start is not None and value.start > day else value.start
        end = None if value.end is not None and value.end > day else value.end
        times = _without_later(value.times, day)
        return value.model_copy(update={"start": start, "end": end, "times": times})
    if isinstance(value, BaseModel):
        parts = {name: getattr(value, name) for name in type(value).model_fields}
        made = {name: _without_later(part, day) for name, part in parts.items()}
        new = {name: part for name, part in made.items() if part is not parts[name]}
        return value.model_copy(update=new) if new else value
    if isinstance(value, dict):
        return {key: _without_later(part, day) for key, part in value.items()}
    if isinstance(value, tuple):
        return tuple(_without_later(part, day) for part in value if not _later(part, day))
    return value


def _later(part: object, day: date) -> bool:
    if isinstance(part, Dated | Change):
        return part.start > day
    if isinstance(part, Transition):
        return part.starts is not None and part.starts > day
    if isinstance(part, tuple) and part and isinstance(part[0], date):
        return part[0] > day  # a clock's later rule
    return isinstance(part, Span) and part.start is not None and part.start > day
