"""What `check` says of a change for everyone, with numbers worked out by hand."""

from __future__ import annotations

import pytest

from sojourn.run.check import check_study

STUDY = """\
study: A bill
period: {{from: 2026-01-01, to: 2027-01-01}}
clocks: {{sentence: its length}}
states: {{prison: {{}}}}
transitions: {{prison -> out: {transition}}}
populations:
  sentenced:
    clocks: {{sentence: {{uniform: {{from: 200 days, to: 400 days}}}}}}
    admissions: {{per day: 1 person, into: prison}}
"""
AT = "{{{first}, changes: {{2026-03-01: {{{second}, for: everyone{how}}}}}}}"


@pytest.mark.parametrize(
    ("first", "second", "how", "words"),
    [
        # 60 of 300 days of each stay lie behind the new end.
        ("after: 300 days", "after: 240 days", " by own stay",
         ("a stay of 300 days, the median, becomes one of 240", "20 % are past that")),
        ("after: {mean: 300 days}", "after: {mean: 240 days}", " by own stay",
         ("208 days", "becomes one of 166", "20 % are past that")),
        ("after: 240 days", "after: 300 days", " by own stay", ("0 % are past that",)),
        # 1 − exp(−30/240) and 1 − exp(−30/300).
        ("after: {mean: 300 days}", "after: {mean: 240 days}", " by pace",
         ("11.8 % leave within 30 days, in place of 9.52 %", "nobody is released at once")),
        # Of 300 days served alike, 61 are 240 or more.
        ("after: 300 days", "after: 240 days", " by pace", ("20 % of a stock",)),
        # Half of 300 days become two fifths: 150 and 120; a uniform law has E[0.1 T] / E[0.5 T].
        ("at: 50 % of sentence", "at: 40 % of sentence", "",
         ("`sentence` of 300 days, the median", "after 120 days in place of 150", "20")),
        ("chance: 30 %, after: 9 days", "chance: 80 %", " by pace", ("71.4 % of those there",)),
        ("chance: 80 %, after: 9 days", "chance: 60 %", " by own stay",
         ("25 % of those there whom it would have taken now never leave",)),
    ],
)  # fmt: skip
def test_what_check_says(first, second, how, words, tmp_path):
    transition = AT.format(first=first, second=second, how=how)
    (tmp_path / "study.yaml").write_text(STUDY.format(transition=transition), encoding="utf-8")
    (told,) = check_study(tmp_path, None).reforms
    assert told.startswith("on 2026-03-01 `prison -> out` changes for everyone")
    for each in words:
        assert each in told


def test_nothing_is_said_of_those_who_come(tmp_path):
    transition = AT.format(first="after: 9 days", second="after: 8 days", how="")
    text = STUDY.format(transition=transition).replace(", for: everyone", "")
    (tmp_path / "study.yaml").write_text(text, encoding="utf-8")
    assert check_study(tmp_path, None).reforms == {}


def test_each_law_of_a_fact_is_told(tmp_path):
    new = "after: {by: kind, of: {a: 80 days, b: 10 days}}, for: everyone by own stay"
    old = "after: {by: kind, of: {a: 100 days, b: 10 days}}"
    transition = f"{{{old}, changes: {{2026-03-01: {{{new}}}}}}}"
    text = STUDY.format(transition=transition) + "    split: {kind: {a: 50 %, b: 50 %}}\n"
    text += "facts: {kind: {values: [a, b]}}\n"
    (tmp_path / "study.yaml").write_text(text, encoding="utf-8")
    (told,) = check_study(tmp_path, None).reforms
    assert "a stay of 100 days, the median, becomes one of 80" in told
