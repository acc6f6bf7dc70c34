"""Changes of the law within a study's period, although the study decides its people on one day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sojourn.errors import Problem
from sojourn.study.model.agreement import AgreementModel
from sojourn.study.model.study import Scenario


def changes_within(scenario: Scenario, start: date, end: date) -> Iterator[Problem]:
    """A problem for each rule and value of the agreement that changes after `start`, before `end`.

    None if the agreement gives the day of decision: then everything holds as of that day. A
    population that gives each person a day of their own is a problem too.
    """
    agreement = scenario.agreement
    if agreement is None or isinstance(agreement.today, date):
        return
    for name, rule in agreement.rules.items():
        days = [("from", "begins", span.start) for span in rule.spans]
        days += [("to", "ends", span.end) for span in rule.spans]
        for key, verb, day in days:
            if day is not None and start < day < end:
                path = f"agreement.rules.{name}"
                yield Problem(
                    f"the rule `{name}` {verb} on {day}, within the study's period",
                    f"{_ALL_AS_OF} {start}: leave `{key}` out, and write the law after {day} as a "
                    f"scenario (`{path}: off`, or `{path}.bar: …`); or begin or end the period "
                    f"there; or say `agreement.today`",
                    path=f"{path}.{key}",
                )
    for name, value in agreement.values.items():
        for day, _ in value.steps:
            if day is not None and start < day < end:
                path = f"agreement.values.{name}"
                yield Problem(
                    f"the value `{name}` changes on {day}, within the study's period",
                    f"{_ALL_AS_OF} {start}: write one value, and the later one as a scenario "
                    f"(`{path}: …`); or begin or end the period there; or say `agreement.today`",
                    path=path,
                )
    yield from _days_of_their_own(scenario, agreement, start)


_ALL_AS_OF = "a study decides everyone as of its first day,"


def _days_of_their_own(
    scenario: Scenario, agreement: AgreementModel, start: date
) -> Iterator[Problem]:
    for name, population in scenario.populations.items():
        given = {*population.facts, *population.split}
        given.update(fact for row, _ in population.rows for fact in row)
        if agreement.today in given:
            yield Problem(
                f"the population gives `{agreement.today}`, by which the agreement decides, but "
                f"{_ALL_AS_OF} {start}",
                f"leave it out, or write `agreement.today: {start}`",
                path=f"populations.{name}",
            )
