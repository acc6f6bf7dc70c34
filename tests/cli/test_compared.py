"""What `sojourn compare` prints."""

from __future__ import annotations

import pytest

from called import called

STUDY = """\
study: Certain
period: {from: 2026-01-01, to: 2026-03-01}
states: {held: {}, free: {end: yes}}
transitions: {held -> free: {after: {exponential: {mean: 30 days}}}}
populations: {all: {stock: {count: 20 people, state: held}}}
measures: {left: {people: held}}
scenarios:
  now: {}
  more: {populations.all.stock.count: 40 people}
"""


@pytest.mark.parametrize("how", [("--expected",), ("--draws", 4)])
def test_scenarios_without_an_uncertain_number_are_compared(tmp_path, how):
    study, out = tmp_path / "study.yaml", tmp_path / "run"
    study.write_text(STUDY, encoding="utf-8")
    assert called("run", study, *how, "--out", out)[0] == 0
    for table in ("measures", "census"):
        status, told, wrong = called("compare", out, "more", "--table", table)
        assert (status, wrong) == (0, "")
        assert "now" in told


def test_what_follows_from_a_shared_number_is_shared(tmp_path):
    study, out = tmp_path / "study.yaml", tmp_path / "run"
    shared = STUDY.replace("mean: 30 days", "mean: {parameter: stay}").replace(
        "scenarios:\n", "parameters: {stay: {between: [20 days, 40 days]}}\nscenarios:\n"
    )
    stay = "transitions.held -> free.after.exponential.mean"
    text = shared + f"  less: {{{stay}: {{parameter: stay, times: 90 %}}}}\n"
    study.write_text(text, encoding="utf-8")
    assert called("run", study, "--expected", "--draws", 4, "--out", out)[0] == 0
    _, told, wrong = called("compare", out, "less")
    assert "in one of the two alone" not in told + wrong
    own = text.replace("{parameter: stay, times: 90 %}", "{between: [18 days, 36 days]}")
    study.write_text(own, encoding="utf-8")
    assert called("run", study, "--expected", "--draws", 4, "--out", out)[0] == 0
    _, told, wrong = called("compare", out, "less")
    assert "in one of the two alone" in told + wrong
