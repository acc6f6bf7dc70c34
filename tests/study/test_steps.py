"""Days, months and years as steps: their calendar, and what would cut one is refused."""

from __future__ import annotations

from datetime import date

import pytest

from sojourn.errors import StudyError
from sojourn.run.check import check_study
from sojourn.study.load import load_study
from sojourn.study.time_steps import Steps

PERIOD = "period: {from: 2026-01-01, to: 2027-01-01, report: month, by: [citizenship]}"
MONTHLY = (PERIOD, PERIOD.replace("report: month", "step: month"))
YEARLY = (PERIOD, PERIOD.replace("report: month", "step: year"))
# The limit and the dates of the study that fit months; those of a year need more.
PER_MONTH = ("at most: 5 people per week", "at most: 20 people per month")


def test_months_have_their_own_lengths():
    steps = Steps(date(2023, 11, 1), date(2024, 4, 1), "month")
    assert len(steps) == 5
    assert steps.edges() == (0, 30, 61, 92, 121, 152)  # November to March of a leap year
    assert [steps.step_of(date(2024, 2, day)) for day in (1, 29)] == [3, 3]
    assert steps.step_of(date(2024, 3, 1)) == 4
    assert steps.step_of(date(2023, 10, 31)) == -1
    assert steps.first_day(2) == date(2024, 1, 1)
    assert steps.first_day(-11) == date(2022, 12, 1)


def test_years_have_their_own_lengths():
    steps = Steps(date(2023, 1, 1), date(2026, 1, 1), "year")
    assert steps.edges() == (0, 365, 731, 1096)
    assert steps.step_of(date(2024, 12, 31)) == 1
    assert steps.begins(date(2025, 1, 1))
    assert not steps.begins(date(2025, 2, 1))


@pytest.mark.parametrize("unit", ["day", "month", "year"])
def test_first_days_and_steps_agree(unit):
    steps = Steps(date(1999, 1, 1), date(2005, 1, 1), unit)
    assert steps.edges()[-1] == (steps.end - steps.start).days
    for step in range(-20, len(steps) + 5):
        assert steps.step_of(steps.first_day(step)) == step
        assert steps.begins(steps.first_day(step))


@pytest.mark.parametrize(
    ("unit", "days", "steps", "whole"),
    [
        ("day", 60, 60, True),
        ("month", 61, 2, True),  # two months, rounded to days
        ("month", 60, 2, False),
        ("month", -183, -6, True),
        ("year", 365, 1, True),
        ("year", 360, 1, False),
    ],
)
def test_durations_as_steps(unit, days, steps, whole):
    made = Steps(date(2025, 1, 1), date(2026, 1, 1), unit)
    assert (made.count(days), made.is_whole(days)) == (steps, whole)


def test_a_study_by_months_and_by_years(write_study):
    monthly = load_study(write_study(MONTHLY, name="monthly")).period
    assert (monthly.step, monthly.report, len(monthly.steps), monthly.days) == (
        "month", "month", 12, 365,
    )  # fmt: skip
    yearly = load_study(write_study(YEARLY, name="yearly")).period
    assert (yearly.step, yearly.report, len(yearly.steps)) == ("year", "year", 1)
    assert check_study(write_study(MONTHLY, PER_MONTH), None).study.period == monthly


@pytest.mark.parametrize(
    ("old", "new", "words", "what", "fix"),
    [
        ("from: 2026-01-01, to: 2027", "from: 2026-01-02, to: 2027", "2026-01-02",
         "2026-01-02 lies within a month", "2026-01-01"),
        ("to: 2027-01-01, step", "to: 2027-01-15, step", "2027-01-15",
         "2027-01-15 lies within a month", "2027-01-01"),
        ("to: 2026-11-01", "to: 2026-11-20", "2026-11-20", "2026-11-20 lies within a month",
         "2026-11-01 or 2026-12-01"),
        ("capacity: 400 people", "capacity: {2026-01-01: 4 people, 2026-03-05: 5 people}",
         "2026-03-05", "2026-03-05 lies within a month", "2026-03-01 or 2026-04-01"),
        ("20 people per month", "5 people per week", "5 people per week",
         "a limit per week is finer", "per month"),
        ("suing -> released: {at: sentence_end}", "suing -> released: {at: sentence_end - 40 days}",
         "40 days", "40 days is not a whole number of months", "sentence_end - 1 month"),
        ("after: 20 days, while", "after: 20 days, starts: 2026-02-03, while", "2026-02-03",
         "2026-02-03 lies within a month", "2026-02-01"),
        ("into: prison}", "into: prison, weekdays: {sunday: 0 %}}", "weekdays",
         "weekdays have no effect", "remove"),
    ],
)  # fmt: skip
def test_what_cuts_a_month_is_refused(old, new, words, what, fix, write_study):
    folder = write_study(MONTHLY, PER_MONTH)
    text = (folder / "study.yaml").read_text(encoding="utf-8")
    assert text.count(old) == 1
    text = text.replace(old, new)
    (folder / "study.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(StudyError) as caught:
        check_study(folder, None)
    told = [problem for problem in caught.value.problems if what in problem.what]
    assert told, caught.value
    assert fix in told[0].fix
    lines = text.splitlines()
    assert words in lines[told[0].line - 1]


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("step: year", "step: year, report: month", "a year cannot be reported by months"),
        ("to: 2027-01-01, step", "to: 2027-02-01, step", "2027-02-01 lies within a year"),
        ("into: prison}", "into: prison, season: {july: 0 %}}", "a season has no effect"),
        ("at most: 5 people per week", "at most: 5 people per month", "per month is finer"),
    ],
)
def test_what_cuts_a_year_is_refused(old, new, what, write_study):
    folder = write_study(YEARLY)
    text = (folder / "study.yaml").read_text(encoding="utf-8")
    assert text.count(old) == 1
    (folder / "study.yaml").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(StudyError) as caught:
        check_study(folder, None)
    assert any(what in problem.what for problem in caught.value.problems), caught.value


def test_a_month_is_a_whole_offset(write_study):
    changed = "suing -> released: {at: sentence_end - 2 months}"
    folder = write_study(MONTHLY, PER_MONTH, ("suing -> released: {at: sentence_end}", changed))
    check_study(folder, None)
