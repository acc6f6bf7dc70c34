"""What has happened since stands in the first screen, with every scenario's place against it."""

from __future__ import annotations

import json

from rich.console import Console

from report.made_run import NAMES, make_run, number, study_dict
from report.reader import Page
from sojourn.report.page import write_report
from sojourn.report.summary_json import summary_dict
from sojourn.report.summary_text import terminal_summary

TITLE = "Compared with what has happened"


def run(folder, *values):
    """A run of two scenarios; nobody is held in the baseline, some thousands as offered."""
    study = study_dict(names=NAMES[:2], end="2025-08-04")
    study["outcomes"] = {
        f"count {place}": {
            "measure": "held_at_end", "value": number(value, "people"), "on": "2025-08-03",
            "source": "r004", "confidence": "secondary", "says": f"It was {value}.",
        }
        for place, value in enumerate(values)
    }  # fmt: skip
    return make_run(folder, study, draws=9)


def places(folder):
    found = json.loads(json.dumps(summary_dict(folder), allow_nan=False))["scenarios"]
    return [[row["place"] for row in scenario["outcomes"]] for scenario in found]


def spread(folder, name):
    found = summary_dict(folder)["scenarios"]
    (rows,) = (scenario["measures"] for scenario in found if scenario["scenario"] == name)
    return next(row for row in rows if row["measure"] == "held_at_end")


def test_a_scenario_lies_above_around_or_below_what_happened(tmp_path):
    offered = spread(run(tmp_path / "look", 0), "as offered")
    assert 0 < offered["low"] < offered["high"]
    inside, beyond = round(offered["median"]), round(offered["high"]) + 1
    folder = run(tmp_path / "run", 0, inside, beyond)
    assert places(folder) == [["within", "below", "below"], ["above", "within", "below"]]


def test_the_ends_of_the_range_belong_to_it(tmp_path):
    offered = spread(run(tmp_path / "look", 0), "as offered")
    folder = run(tmp_path / "run", offered["low"], offered["high"])
    assert places(folder)[1] == ["within", "within"]


def test_the_first_screen_of_the_page_says_it_before_any_number(tmp_path):
    text = Page(write_report(run(tmp_path / "run", 0)).read_text(encoding="utf-8")).text
    first = text[text.index(TITLE) : text.index("How far to trust this")]
    assert "0 people in fact (read elsewhere)" in first
    assert "Baseline: 0 people; the range holds what happened." in first
    assert "Above what happened under “as offered”." in first
    assert "It was 0." not in first and "It was 0." in text


def test_the_terminal_says_it_above_the_table(tmp_path):
    console = Console(width=200, record=True, file=open("/dev/null", "w"))  # noqa: SIM115, PTH123
    terminal_summary(run(tmp_path / "run", 10**6), console)
    console.file.close()
    text = console.export_text()
    assert text.index(TITLE) < text.index("┏")
    assert "1,000,000 people in fact (read elsewhere)" in text
    assert "Below what happened under “as offered”." in text


def test_where_all_others_lie_alike_they_are_not_listed(tmp_path):
    study = study_dict(end="2025-08-04")
    study["outcomes"] = {
        "count": {"measure": "held_at_end", "value": number(10**6, "people"), "on": "2025-08-03",
                  "source": "r004"}
    }  # fmt: skip
    text = Page(write_report(make_run(tmp_path / "run", study, draws=3)).read_text("utf-8")).text
    assert "Below what happened under every other scenario." in text


def test_a_study_without_outcomes_says_nothing_of_them(tmp_path):
    folder = run(tmp_path / "run")
    assert places(folder) == [[], []]
    assert TITLE not in Page(write_report(folder).read_text(encoding="utf-8")).text
