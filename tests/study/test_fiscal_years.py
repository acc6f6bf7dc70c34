"""`year starts`, `lead` and `held in`: read, used to cut periods, refused where impossible."""

from __future__ import annotations

from datetime import date

import pytest

from sojourn.errors import StudyError
from sojourn.results.periods import periods_table, reporting_periods
from sojourn.study.load import load_study
from sojourn.study.time_steps import cuts, year_of

STUDY = """
study: Fiscal years
period: {period}
states: {{prison: {{}}}}
transitions: {{prison -> out: {{after: 90 days}}}}
populations: {{all: {{stock: {{count: 10 people, state: prison, served: 0 days}}}}}}
lead: {lead}
scenarios: {{as it is: {{}}, "other": {{}}, third: {{}}}}
"""


@pytest.fixture
def read(tmp_path):
    def load(period, lead="third"):
        (tmp_path / "study.yaml").write_text(STUDY.format(period=period, lead=lead))
        return load_study(tmp_path)

    return load


def test_years_are_named_by_the_calendar_year_in_which_they_end():
    for day, starts, year in (
        (date(2026, 6, 30), 7, 2026), (date(2026, 7, 1), 7, 2027), (date(2026, 12, 31), 1, 2026),
        (date(2026, 9, 30), 10, 2026), (date(2026, 10, 1), 10, 2027),
    ):  # fmt: skip
        assert year_of(day, starts) == year


def test_years_and_quarters_are_cut_where_the_year_starts():
    span = date(2026, 1, 15), date(2027, 9, 1)
    assert cuts(*span, "year", 7) == [span[0], date(2026, 7, 1), date(2027, 7, 1)]
    assert cuts(*span, "year") == [span[0], date(2027, 1, 1)]
    assert cuts(date(2026, 1, 15), date(2026, 8, 1), "quarter", 2) == [
        date(2026, 1, 15), date(2026, 2, 1), date(2026, 5, 1),
    ]  # fmt: skip


def test_a_study_says_where_its_years_start_and_which_scenario_leads(read):
    study = read("{from: 2026-01-01, to: 2028-01-01, report: year, year starts: 1 July}")
    assert study.period.year_starts == 7 and study.lead == "third"
    assert reporting_periods(study.period).starts == (
        date(2026, 1, 1), date(2026, 7, 1), date(2027, 7, 1),
    )  # fmt: skip
    assert periods_table(study.period)["year"].to_pylist() == [2026, 2027, 2028]


@pytest.mark.parametrize(
    ("written", "what", "fix"),
    [
        ("6 April", "a year starts on the first of one", "`1 April`"),
        ("July", "is not a day and a month", "`1 July`"),
        ("1 Juli", "is not a day and a month", "`1 July`"),
    ],
)
def test_other_days_are_refused_with_a_remedy(read, written, what, fix):
    with pytest.raises(StudyError) as error:
        read(f"{{from: 2026-01-01, to: 2028-01-01, year starts: {written}}}")
    assert what in str(error.value) and fix in str(error.value)


def test_steps_of_calendar_years_make_no_fiscal_years(read):
    with pytest.raises(StudyError) as error:
        read("{from: 2026-01-01, to: 2028-01-01, step: year, year starts: 1 July}")
    assert "calendar years" in str(error.value) and "`step: month`" in str(error.value)


def test_a_lead_that_is_no_scenario_is_refused(read):
    with pytest.raises(StudyError) as error:
        read("{from: 2026-01-01, to: 2028-01-01}", lead="thirt")
    assert "no scenario `thirt`" in str(error.value) and "`third`" in str(error.value)


def test_a_place_to_count_that_holds_nobody_is_refused(tmp_path):
    text = STUDY.format(period="{from: 2026-01-01, to: 2028-01-01}", lead="third")
    text = text.replace("prison: {}", "prison: {place: jail}")
    text += "facilities: {jail: {capacity: 10 people}, camp: {capacity: 10 people}}\n"
    (tmp_path / "study.yaml").write_text(f"{text}held in: jail\n")
    assert load_study(tmp_path).held_in == ("jail",)
    (tmp_path / "study.yaml").write_text(f"{text}held in: [jail, camp]\n")
    with pytest.raises(StudyError) as error:
        load_study(tmp_path)
    assert "no state has the place `camp`" in str(error.value) and "`jail`" in str(error.value)
