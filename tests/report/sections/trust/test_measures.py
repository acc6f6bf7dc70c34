from __future__ import annotations

import re

from rich.console import Console

from report.made_run import NAMES, make_run, study_dict
from report.reader import Page
from sojourn.report.page import write_report
from sojourn.report.summary_text import terminal_summary


def text_of(folder) -> str:
    return Page(write_report(folder).read_text(encoding="utf-8")).text


def terminal(folder) -> str:
    console = Console(width=200, record=True, file=open("/dev/null", "w"))  # noqa: SIM115, PTH123
    terminal_summary(folder, console)
    console.file.close()
    return console.export_text()


def given(**more):
    """A study whose measure of the cost at home is a value with these properties."""
    study = study_dict(names=NAMES[:2], end="2025-08-04")
    for scenario in study["scenarios"].values():
        scenario["measures"]["home_cost"] |= more
    return study


def section(text: str, first: str, then: str) -> str:
    start = text.index(first)
    return text[start : text.index(then, start)]


def test_a_number_put_in_is_labelled_by_what_it_rests_on(tmp_path):
    for mark, word in (("secondary", "read elsewhere"), ("assumed", "assumed")):
        text = text_of(make_run(tmp_path / mark, given(confidence=mark), draws=3))
        row = section(text, "Inputs, not computed by the model, as offered", "Simulation error and")
        assert re.search(rf"home cost {word} USD", row)
        assert "given by a source" not in text


def test_track_record_holds_only_what_is_said_to_have_happened(tmp_path):
    for name, more, there in (
        ("price", {"confidence": "read"}, False),
        ("fact", {"confidence": "read", "happened": True}, True),
        ("guess", {"confidence": "assumed", "happened": True}, False),
        ("unsourced", {"source": None, "happened": True}, False),
        ("label", {"confidence": "read", "label": "Paid in fact"}, False),
    ):
        text = text_of(make_run(tmp_path / name, given(**more), draws=3))
        assert ("Track record" in text) is there
        if there:
            assert "Letter of 22 March" in section(text, "Track record", "Assumptions and limits")


def test_a_claim_shows_both_sides_and_its_scenario(page):
    text = Page(page).text
    claim = section(text, "The fee would be low for the U.S.", "As a table")
    assert "under “as offered”" in claim
    assert re.search(
        r"fee per person year USD\s[12]\d,\d+ per person-year \( 5–95\u202f% : 1\S+ to 2\S+\)",
        claim,
    )
    assert re.search(r"home cost USD\s47,162 \(from a source\)", claim)


def test_the_terminal_names_the_scenario_of_a_claim(run_folder):
    text = terminal(run_folder)
    assert (
        "✓ holds (under “as offered”, 100\u202f% of histories; 95\u202f% interval: 96.3\u202f% to "
        "100\u202f%): The fee would be low"
    ) in text


def test_what_a_study_lacks_has_no_empty_section(tmp_path):
    study = study_dict(end="2025-08-04")
    for scenario in study["scenarios"].values():
        scenario |= {"agreement": None, "claims": {}}
    study["statements"] = {}
    without = ("funnel", "claims", "quotes")
    read = Page(
        write_report(make_run(tmp_path / "run", study, draws=3, without=without)).read_text(
            encoding="utf-8"
        )
    )
    shown = {a.get("id") for a in read.all("section")}
    assert not shown & {"eligibility", "statements"} and "people" in shown
    assert "The baseline, “law as it stands”, keeps law and practice constant" in read.text
