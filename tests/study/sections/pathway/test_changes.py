"""Changes of a transition on a date: what is refused, and where."""

from __future__ import annotations

import pytest

from sojourn.errors import StudyError
from sojourn.study.load import load_study

PLAIN = "suing -> prison: {after: {gamma: {mean: 60 days, sd: 30 days}}}"
ONE = "suing -> prison: {after: 9 days, changes: {%s}}"
TWO = "suing -> x: {after: 9 days, to: {prison: 40 %%, released: %s}, changes: {%s}}"
CLOCK = "suing -> prison: {at: sentence_end, changes: {%s}}"

CASES = {
    "on day 0": (ONE % "2026-01-01: {after: 9 days}", "not after 2026-01-01", "itself"),
    "no date": (ONE % "later: {after: 9 days}", "not a date", "2025-02-04"),
    "not a mapping": (ONE % "2026-03-01: 9 days", "where a mapping is needed", "{key: value}"),
    "nothing": (
        ONE % "2026-03-01: {for: everyone by pace}",
        "nothing changes",
        "`after`, `at`",
    ),
    "what of those there": (
        ONE % "2026-03-01: {after: 9 days, for: everyone}",
        "stays that have begun",
        "leaves at once; or `everyone by pace`",
    ),
    "the pace of a clock": (
        CLOCK % "2026-03-01: {chance: 9 %, for: everyone by pace}",
        "at no pace",
        "for: everyone",
    ),
    "whom": (ONE % "2026-03-01: {after: 9 days, for: all}", "not known", "everyone"),
    "one target": (ONE % "2026-03-01: {to: released}", "one target", "remove"),
    "unknown key": (ONE % "2026-03-01: {afer: 9 days}", "`afer` is not known", "`after`"),
    "target": (TWO % ("{}", "2026-03-01: {to: {prisn: 9 %}}"), "not a target", "`prison`"),
    "shares": (TWO % ("60 %", "2026-03-01: {to: {prison: 30 %}}"), "sum to 90 %", "mend"),
    "a clock of a stay": (ONE % "2026-03-01: {at: sentence_end}", "`after` a stay", "`after`"),
    "a clock that is not there": (CLOCK % "2026-03-01: {at: sentnce}", "`sentnce`", "sentence_end"),
    "clock": (CLOCK % "2026-03-01: {after: 9 days}", "`at` a clock", "remove"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_change_that_cannot_be_is_refused_at_its_place(case, write_study):
    new, what, fix = CASES[case]
    folder = write_study((PLAIN, new))
    with pytest.raises(StudyError) as caught:
        load_study(folder)
    problem = caught.value.problems[0]
    lines = (folder / "study.yaml").read_text(encoding="utf-8").splitlines()
    assert what in problem.what
    assert fix in problem.fix
    assert "changes: {" in lines[problem.line - 1]
    assert problem.column > 1
