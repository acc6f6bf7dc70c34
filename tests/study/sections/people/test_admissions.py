"""Admissions as they are written: how many, when, and what is refused."""

from __future__ import annotations

import pytest

from sojourn.errors import StudyError
from sojourn.study.load import load_study

RATE = "per year: {between: [150 people, 250 people]}, into: prison"


def admissions(write_study, written):
    study = load_study(write_study((RATE, written)))
    return study.scenarios["as agreed"].populations["prisoners"].admissions


def test_season_and_weekdays(write_study):
    found = admissions(
        write_study,
        "per day: 2 people, into: prison, season: {january: 90 %, july: {between: [1 %, 140 %]}}, "
        "weekdays: {sunday: 20 %}",
    )
    assert found.season["january"].value == 0.9
    assert found.season["july"].low == pytest.approx(0.01)
    assert found.season["july"].high == pytest.approx(1.4)
    assert found.season["july"].path == "populations.prisoners.admissions.season.july"
    assert {day: factor.value for day, factor in found.weekdays.items()} == {"sunday": 0.2}


def test_an_over_dispersed_process(write_study):
    found = admissions(
        write_study,
        "per day: 2 people, into: prison, process: over-dispersed, variance ratio: 2.5",
    )
    assert (found.process, found.variance_ratio.value) == ("over-dispersed", 2.5)


MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
NOTHING = ", ".join(f"{month}: 0 %" for month in MONTHS)


@pytest.mark.parametrize(
    ("written", "what", "fix"),
    [
        ("process: over-dispersed", "the variance is not given", "variance ratio: 2.5"),
        ("variance ratio: 2", "no meaning with `process: poisson`", "process: over-dispersed"),
        ("process: fixed, variance ratio: 2", "no meaning with `process: fixed`", "remove"),
        ("process: over-dispersed, variance ratio: 0.5", "must be at least 1", "`2.5`"),
        ("process: over-dispersed, variance ratio: 2 people", "a bare number", "`2`"),
        ("season: {juli: 90 %}", "`juli` is not known", "`july`"),
        ("season: {july: -9 %}", "must be at least 0 %", "`120 %`"),
        ("season: {july: 1.2}", "has no unit", "%"),
        (f"season: {{{NOTHING}}}", "every factor is 0 %", "above 0 %"),
        ("weekdays: {sonday: 9 %}", "`sonday` is not known", "`sunday`"),
    ],
)
def test_what_is_refused(written, what, fix, write_study):
    with pytest.raises(StudyError) as caught:
        admissions(write_study, f"per day: 2 people, into: prison, {written}")
    told = [problem for problem in caught.value.problems if what in problem.what]
    assert told, caught.value
    assert fix in told[0].fix
    assert told[0].file.endswith("study.yaml")
    assert told[0].line
