"""What has happened since: an observed value of a measure, of the same days as the measure."""

from __future__ import annotations

import pytest

from sojourn.errors import StudyError
from sojourn.study.load import load_study

STUDY = """\
study: a prison
period: {from: 2025-01-01, to: 2026-01-01}
sources:
  count: {title: A count, date: 2025-07-01}
states: {prison: {}, gone: {end: yes}}
transitions:
  prison -> gone: {after: {mean: 100 days}}
populations:
  people: {stock: {count: 100 people, state: prison}}
measures:
  in_june: {people: prison, at: 2025-06-30}
  left_in_spring: {moves: prison -> gone, to: 2025-06-01}
  left: {moves: prison -> gone}
  share_left: {ratio: [left_in_spring, people_once], unit: share}
  people_once: {value: 100 people}
outcomes:
  june: OUTCOME
"""
GOOD = "{measure: in_june, value: 20 people, on: 2025-06-30, source: count}"


def loaded(tmp_path, outcome):
    (tmp_path / "study.yaml").write_text(STUDY.replace("OUTCOME", outcome), encoding="utf-8")
    return load_study(tmp_path)


@pytest.mark.parametrize(
    "outcome",
    [
        GOOD,
        "{measure: left_in_spring, value: 70 people, on: 2025-05-31, cite: a register}",
        "{measure: left, value: 90 people, on: 2025-12-31, source: count}",
        "{measure: share_left, value: 75 %, on: 2025-05-31, source: count}",
    ],
)
def test_an_outcome_is_read_with_its_day_and_source(tmp_path, outcome):
    read = loaded(tmp_path, outcome).outcomes["june"]
    assert read.value.value in (20, 70, 90, 0.75)
    assert read.source == "count" or read.cite == "a register"


@pytest.mark.parametrize(
    ("outcome", "key", "what", "fix"),
    [
        (GOOD.replace("in_june", "in_jun"), "measure", "`in_jun` is not declared", "`in_june`"),
        (GOOD.replace("20 people", "20 days"), "value", "is in people", "in people"),
        (GOOD.replace("20 people", "{between: [10 people, 30 people]}"), "value", "one number", ""),
        (
            GOOD.replace("06-30}", "07-31}").replace("on: 2025-06-30", "on: 2025-07-31"),
            "on",
            "looks up to 2025-06-30, not to 2025-07-31",
            "`to`, `at`",
        ),
        (
            "{measure: left, value: 60 people, on: 2025-05-31, source: count}",
            "on",
            "looks up to 2025-12-31, not to 2025-05-31",
            "`to`, `at`",
        ),
        (
            "{measure: share_left, value: 75 %, on: 2025-12-31, source: count}",
            "on",
            "looks up to 2025-05-31",
            "",
        ),
        (GOOD.replace(", source: count", ""), "june", "the outcome has no source", "source: NAME"),
    ],
)
def test_an_outcome_that_says_something_else_is_refused_at_its_place(
    tmp_path, outcome, key, what, fix
):
    with pytest.raises(StudyError) as refused:
        loaded(tmp_path, outcome)
    (problem,) = refused.value.problems
    assert problem.path.endswith(key) and problem.line
    assert what in problem.what and fix in (problem.fix or "")


def test_a_claim_follows_from_paths_of_the_study_that_exist(tmp_path):
    claim = "claims:\n  few: {says: few leave, holds if: left < 200, follows from: [PATH]}\n"
    text = STUDY.replace("OUTCOME", GOOD) + claim
    (tmp_path / "study.yaml").write_text(text.replace("PATH", "populations.people"), "utf-8")
    read = next(iter(load_study(tmp_path).scenarios.values())).claims["few"]
    assert read.follows_from == ("populations.people",)
    (tmp_path / "study.yaml").write_text(text.replace("PATH", "populations.peple"), "utf-8")
    with pytest.raises(StudyError, match=r"the study has nothing at `populations\.peple`"):
        load_study(tmp_path)


def test_nothing_follows_where_no_condition_is_tested(tmp_path):
    claim = (
        "claims:\n  safe: {says: safer, cannot be determined: no measure, "
        "follows from: [populations.people]}\n"
    )
    (tmp_path / "study.yaml").write_text(STUDY.replace("OUTCOME", GOOD) + claim, "utf-8")
    with pytest.raises(StudyError, match="nothing follows without a condition"):
        load_study(tmp_path)
