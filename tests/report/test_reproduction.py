"""What a reader of the report needs to have its numbers again, and to check its quotations."""

from __future__ import annotations

import json

import pytest

from report.made_run import make_run
from report.reader import Page
from results.made import reseal
from sojourn.report.page import write_report


@pytest.fixture
def told(tmp_path):
    """The text of a report whose run.json has these values."""

    def write(**record) -> str:
        folder = make_run(tmp_path / "run")
        file = folder / "run.json"
        known = json.loads(file.read_text(encoding="utf-8"))
        file.write_text(json.dumps(known | record), encoding="utf-8")
        reseal(folder)
        return Page(write_report(folder).read_text(encoding="utf-8")).text

    return write


def test_a_study_that_ships_is_copied_first(told):
    text = told(study="trial", example="us-el-salvador")
    assert "sojourn new trial --example us-el-salvador" in text
    assert "sojourn run trial --seed 7 --draws 20 --replicates 1" in text
    assert "The study ships with Sojourn" in text


def test_of_another_study_the_report_says_that_it_is_needed(told):
    text = told(study="my prisons")
    assert "sojourn new" not in text
    assert "sojourn run 'my prisons' --seed 7" in text
    assert "“my prisons”. It is not in this file" in text


def test_the_command_has_every_option_that_the_run_had(told):
    text = told(options={"scenarios": ["as offered"], "events": 0.01})
    assert "--scenario 'as offered' --events 1%" in text


def test_a_run_with_a_table_of_values_names_it_in_the_command(told):
    given = {"paths": ["parameters.litigation_share"], "digest": "a392d2fc326c8cf1"}
    text = told(study="mine", given={**given, "table": "draws.csv"})
    assert "sojourn run mine --seed 7 --replicates 1 --parameters draws.csv" in text
    assert "1 numbers come from the table" not in text and "the table “draws.csv”" in text
    assert "(digest of the values a392d2fc326c)" in text
    text = told(study="mine", given={**given, "table": ""})
    assert "sojourn run mine" not in text and "No command repeats this run" in text


def test_unchecked_quotations_are_explained_with_the_way_to_check_them(told):
    text = told(study="trial")
    assert "Of 2 quotations, 1 was found word for word, 0 were not found, and 1 could not" in text
    assert "belong to their publishers" in text
    assert "sojourn check trial --sources FOLDER" in text
