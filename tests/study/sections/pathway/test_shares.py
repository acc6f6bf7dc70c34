"""Release at a share of a length: what is meant, and what is refused."""

from __future__ import annotations

import pytest

from sojourn.errors import StudyError
from sojourn.study.load import load_study

PLAIN = "suing -> released: {at: sentence_end}"


def read(write_study, at: str, changes: str = "") -> object:
    folder = write_study((PLAIN, f"suing -> released: {{at: {at}{changes}}}"))
    found = load_study(folder).scenarios["as agreed"].transitions
    return next(t for t in found if t.name == "suing -> released")


@pytest.mark.parametrize(
    ("at", "bands", "offset"),
    [
        ("sentence_end", [], 0),
        ("sentence_end - 2 weeks", [], -14),
        ("50 % of sentence_end", [(0.5, None)], 0),
        ("50% of sentence_end + 3 days", [(0.5, None)], 3),
        ("66.7 percent of sentence_end - 45 days", [(0.667, None)], -45),
        ("{share: 40 %, of: sentence_end, credit: 30 days}", [(0.4, None)], -30),
        ("{of: sentence_end, credit: 30 days}", [], -30),
        (
            "{share: {above: 67 %, up to 2 years: 40 %, up to 12 months: 25 %}, of: sentence_end}",
            [(0.25, 365.0), (0.4, 730.0), (0.67, None)],
            0,
        ),
    ],
)
def test_what_a_share_means(at, bands, offset, write_study):
    found = read(write_study, at).at
    assert found.clock == "sentence_end"
    assert [(round(band.share.value, 9), band.upto) for band in found.shares] == bands
    assert found.offset == offset


def test_a_share_is_a_quantity_with_a_range(write_study):
    (band,) = read(write_study, "{share: {between: [40 %, 50 %]}, of: sentence_end}").at.shares
    assert (band.share.low, band.share.high) == (0.4, 0.5)
    assert band.share.path == "transitions.suing -> released.at.share"


def test_the_share_of_each_change_builds_on_the_one_before(write_study):
    changes = (
        ", changes: {2026-03-01: {at: 40 % of sentence_end, for: everyone}, "
        "2026-05-01: {chance: 90 %}, 2026-07-01: {at: sentence_end, for: everyone by own stay}}"
    )
    found = read(write_study, "50 % of sentence_end", changes).changes
    assert [c.at.told for c in found] == ["40 % of sentence_end"] * 2 + ["sentence_end"]
    assert [c.everyone for c in found] == ["own stay", "no", "own stay"]


@pytest.mark.parametrize(
    ("at", "what", "fix"),
    [
        ("50 % of sentnce_end", "`sentnce_end` is not declared", "sentence_end"),
        ("150 % of sentence_end", "at most 100 %", ""),
        ("0 % of sentence_end", "a share of 0 %", "`after: 0 days`"),
        ("{share: 50, of: sentence_end}", "has no unit", "50 %"),
        ("{share: 50 %}", "`of`", ""),
        ("{share: {up to 1 year: 25 %}, of: sentence_end}", "longer lengths", "`above: … %`"),
        (
            "{share: {up to 1 year: 50 %, above: 40 %}, of: sentence_end}",
            "above 365 days have a smaller share",
            "rise",
        ),
        ("{share: {up to 1 year: 25 %, over: 40 %}, of: sentence_end}", "`over` is not a band", ""),
        ("{share: {up to often: 25 %, above: 40 %}, of: sentence_end}", "`often`", ""),
    ],
)
def test_a_share_that_cannot_be_is_refused_at_its_place(at, what, fix, write_study):
    with pytest.raises(StudyError) as caught:
        read(write_study, at)
    problem = caught.value.problems[0]
    assert what in problem.what
    assert fix in problem.fix
    assert problem.line > 1
    assert problem.column > 1


def test_a_date_has_no_length(write_study):
    clock = "sentence_end: {lognormal: {mean: 300 days, sd: 200 days}}"
    with pytest.raises(StudyError, match="set to a date, so it has no length"):
        load_study(
            write_study(
                (PLAIN, "suing -> released: {at: 50 % of sentence_end}"),
                (clock, "sentence_end: 2026-09-01"),
            )
        )
