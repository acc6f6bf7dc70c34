"""Runs that lack what the page likes to show: it says so in words, and draws nothing empty."""

from __future__ import annotations

import pytest

from report.made_run import NAMES, make_run, study_dict
from report.reader import Page
from sojourn.errors import ResultsError
from sojourn.report.page import write_report
from sojourn.report.summary_json import summary_dict

TABLES = ("census", "peaks", "flows", "waits", "facilities", "firsts", "gates", "money", "claims",
          "measures", "funnel", "cells", "groups", "quotes", "draws", "histories")  # fmt: skip


def text_of(folder) -> str:
    summary_dict(folder)
    read = Page(write_report(folder).read_text(encoding="utf-8"))
    assert read.open == []
    assert "nan" not in read.text.lower().split() and "None" not in read.text.split()
    return read.text


@pytest.mark.parametrize("table", [table for table in TABLES if table != "peaks"])
def test_any_table_may_be_empty(table, tmp_path):
    text_of(
        make_run(
            tmp_path / "run",
            study_dict(names=NAMES[:2], end="2025-08-04"),
            draws=2,
            without=[table],
        )
    )


def test_a_run_that_does_not_tell_the_greatest_day_is_refused(tmp_path):
    """The greatest end of a month must not stand for it."""
    folder = make_run(tmp_path / "run", draws=2, without=["peaks"])
    with pytest.raises(ResultsError, match="greatest number of people held in CECOT on a day"):
        summary_dict(folder)


def test_all_tables_may_be_empty(tmp_path):
    text = text_of(make_run(tmp_path / "run", draws=2, without=TABLES))
    assert "Nobody is held in CECOT in any history of any scenario." in text
    assert "The study tests no claims." in text


def test_single_draw_has_no_ranges(tmp_path):
    text = text_of(make_run(tmp_path / "run", draws=1))
    assert "One history only: the numbers have no range" in text
    assert "5–95\u202f%:" not in text


def test_single_scenario_needs_no_tabs(tmp_path):
    text = text_of(make_run(tmp_path / "run", study_dict(names=NAMES[:1]), draws=3))
    assert "In the baseline" in text


def test_no_agreement_no_money_no_facilities(tmp_path):
    study = study_dict(end="2025-08-04")
    for scenario in study["scenarios"].values():
        scenario |= {"agreement": None, "facilities": {}, "money": {}, "claims": {}, "gates": {}}
        for state in scenario["states"].values():
            state.pop("place", None)
    study |= {"sources": {}, "statements": {}, "assumptions": [], "limits": []}
    empty = ("facilities", "firsts", "money", "claims", "funnel", "gates", "quotes", "waits")
    text = text_of(make_run(tmp_path / "run", study, draws=3, without=empty))
    assert "in any state of the model" in text
    assert "The study names no payments." in text
    assert "The study names no facilities." in text
    assert "Whom the rules keep" not in text


def test_long_names(tmp_path):
    long = "a scenario whose name goes on " * 8 + "x" * 120
    study = study_dict(names=("base", long), end="2025-08-04")
    study["scenarios"][long]["agreement"]["rules"]["r" * 90] = {
        "kind": "bar", "condition": "a > 1", "cite": "c"}  # fmt: skip
    text = text_of(make_run(tmp_path / "run", study, draws=3))
    assert long.rsplit(maxsplit=1)[-1] in text


def test_replicates_part_the_two_errors(tmp_path):
    text = text_of(make_run(tmp_path / "run", study_dict(end="2025-08-04"), draws=8, replicates=3))
    assert "8 draws of the inputs, 3 histories each." in text
    assert "Both errors of each measure" in text


def test_yearly_reports(tmp_path):
    study = study_dict()
    study["period"]["report"] = "year"
    text_of(make_run(tmp_path / "run", study, draws=3))
