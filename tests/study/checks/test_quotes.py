"""Quotations are held against the texts of their sources."""

from __future__ import annotations

import pytest

from sojourn.study.checks.quotes import check_quotes, holds, normalise
from sojourn.study.load import load_study

TEXT = normalise(
    "“We’re   ready…\nto take\u00a0them” — all of them. The prison – the ‘largest’ – is full."
)


@pytest.mark.parametrize(
    "quote",
    [
        '"We\'re ready... to take them"',
        "WE’RE READY",
        "to take them” - all of them",
        "We're ready ... all of them",
        "the prison—the 'largest'—is full",
        "…is full.",
    ],
)
def test_spelling_of_marks_does_not_matter(quote):
    assert holds(TEXT, quote)


@pytest.mark.parametrize(
    "quote", ["they're ready", "all of them … We're ready", "…", "largest prison"]
)
def test_other_words_are_not_found(quote):
    assert not holds(TEXT, quote)


def test_each_quotation_is_held_once_with_its_place(whole_study):
    study = load_study(whole_study)
    checks = {check.path: check for check in check_quotes(study, None)}
    assert set(checks) == {"agreement.rules.sentenced", "facilities.abroad.capacity"}
    rule = checks["agreement.rules.sentenced"]
    assert (rule.status, rule.source, rule.quote) == ("found", "memo", "only those convicted")
    lines = (whole_study / "study.yaml").read_text(encoding="utf-8").splitlines()
    assert "only those convicted" in lines[rule.line - 1]
    assert rule.file.endswith("study.yaml")


def test_a_folder_of_sources_comes_before_the_study(whole_study, tmp_path):
    study = load_study(whole_study)
    (tmp_path / "memo.txt").write_text("Nothing of the kind.", encoding="utf-8")
    assert {check.status for check in check_quotes(study, tmp_path)} == {"not found"}


def test_a_text_that_is_not_at_hand_is_said(write_study):
    folder = write_study(("file: memo.txt", "file: other.txt"))
    checks = check_quotes(load_study(folder), None)
    assert {check.status for check in checks} == {"not checked, text not at hand"}
    assert all("other.txt" in check.note for check in checks)


@pytest.mark.parametrize("name", ["../memo.txt", "/etc/hostname"])
def test_a_text_outside_is_not_read(name, write_study):
    folder = write_study(("file: memo.txt", f"file: {name}"), name="deep")
    (folder / "memo.txt").unlink()
    (folder.parent / "memo.txt").write_text("only those convicted, forty places", encoding="utf-8")
    checks = check_quotes(load_study(folder), None)
    assert {check.status for check in checks} == {"not checked, text not at hand"}


def test_a_quotation_in_an_override_is_checked_too(write_study):
    folder = write_study(
        (
            "  as agreed: {}",
            "  as agreed: {facilities.north: {capacity: 9 beds, source: memo, quote: nine}}",
        )
    )
    found = {(check.quote, check.status) for check in check_quotes(load_study(folder), None)}
    assert ("nine", "not found") in found
    assert len(found) == 3
