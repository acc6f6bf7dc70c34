"""Observed stays with their way out and late entry: by hand, and by slow sums of their own."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sojourn.errors import StudyError
from sojourn.stays.incidence import LASTING, Observed, cumulative_incidence, unseen_day
from sojourn.study.load import load_study

STUDY = """\
study: Ways out
period: {{from: 2026-01-01, to: 2026-02-01}}
facts: {{offence: {{values: [theft, assault]}}}}
states: {{held: {{}}, bond: {{end: yes}}, transfer: {{end: yes}}}}
transitions:
{transitions}
populations:
  p:
    split: {{offence: {{theft: 50 %, assault: 50 %}}}}
    admissions: {{per day: 1 people, into: held}}
  bonded: {{facts: {{offence: theft}}, admissions: {{per day: 1 people, into: bond}}}}
  moved: {{facts: {{offence: theft}}, admissions: {{per day: 1 people, into: transfer}}}}
"""
ONE = "  held -> leaves: {to: [bond, transfer], after: {observed: stays.csv}}"
TWO = """\
  held -> bond: {after: {observed: b.csv}}
  held -> transfer: {after: {observed: t.csv, rest: never}}"""
SIX = "days,way out\n1,bond\n1,bond\n1,transfer\n2,bond\n2,transfer\n3,bond\n"
B = "days,ended\n1,yes\n1,yes\n1,no\n2,yes\n2,no\n3,yes\n"
T = "days,ended\n1,no\n1,no\n1,yes\n2,no\n2,yes\n3,no\n"


@pytest.fixture
def folder(tmp_path):
    def write(transitions: str, **files: str) -> Path:
        (tmp_path / "study.yaml").write_text(STUDY.format(transitions=transitions))
        for name, text in files.items():
            (tmp_path / f"{name}.csv").write_text(text)
        return tmp_path

    return write


def transitions(folder: Path):
    return load_study(folder).scenarios["base"].transitions


def problems(folder: Path):
    with pytest.raises(StudyError) as caught:
        load_study(folder)
    return caught.value.problems


# Estimates


def slow(rows, ways):
    """Shares by way and day, and what is left, in fractions; None where some day is not seen."""
    left = Fraction(1)
    found = [{} for _ in range(ways)]
    last = max(day for day, _, _, _ in rows)
    for day in range(last + 1):
        there = [row for row in rows if row[0] >= day and (row[3] == 0 or row[3] < day)]
        if not there or left == 0:
            return None
        risk = sum(row[2] for row in there)
        gone = [sum(r[2] for r in there if r[0] == day and r[1] == way) for way in range(ways)]
        for way in range(ways):
            if gone[way]:
                found[way][day] = left * gone[way] / risk
        left *= 1 - Fraction(sum(gone), risk)
    return found, left


ROW = st.tuples(
    st.integers(0, 12), st.integers(LASTING, 1), st.integers(1, 3), st.integers(0, 8)
).map(lambda row: row if row[3] < row[0] else (*row[:3], 0))


@settings(max_examples=400, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=12))
def test_the_shares_by_way_are_the_slow_ones(rows):
    days, ways, weights, entered = np.array(rows).T
    seen = Observed(days, ways, weights.astype(float), entered)
    truth = slow(rows, 2)
    assert (truth is None) == (unseen_day(seen) is not None)
    if truth is None:
        return
    points, left = cumulative_incidence(seen, 2)
    assert left == pytest.approx(float(truth[1]), abs=1e-13)
    assert (left == 0) == (truth[1] == 0)
    for found, wanted in zip(points, truth[0], strict=True):
        assert dict(found) == pytest.approx({day: float(share) for day, share in wanted.items()})


# One file


def test_shares_and_stays_of_six_by_hand(folder):
    (way,) = transitions(folder(ONE, stays=SIX))
    bond, transfer = way.branches
    assert (bond.to, transfer.to) == ("bond", "transfer")
    assert bond.share.value == pytest.approx(4 / 6)
    assert transfer.share.value == pytest.approx(2 / 6)
    assert dict(bond.after.points) == pytest.approx({1: 2 / 6, 2: 1 / 6, 3: 1 / 6})
    assert dict(transfer.after.points) == pytest.approx({1: 1 / 6, 2: 1 / 6})
    assert bond.after.never == transfer.after.never == 0
    assert bond.after.note == "6 stays in stays.csv, 0 of them not ended"


LAST = "days,way out,ended\n1,bond,yes\n2,transfer,yes\n4,,no\n4,,no\n"


@pytest.mark.parametrize("rest", ["never", "ends"])
def test_those_left_never_leave_or_leave_as_the_others_did(rest, folder):
    words = ONE.replace("stays.csv", f"stays.csv, rest: {rest}")
    bond, transfer = transitions(folder(words, stays=LAST))[0].branches
    # A quarter by each way, and half are left.
    assert (bond.share.value, transfer.share.value) == pytest.approx((0.5, 0.5))
    if rest == "never":
        assert (bond.after.points, bond.after.never) == (((1.0, 0.25),), 0.5)
    else:
        assert (bond.after.points, bond.after.never) == (((1.0, 0.25), (4.0, 0.25)), 0.0)


def test_what_the_file_calls_the_ways_out(folder):
    words = ONE.replace("[bond, transfer]", "{bond: {way out: [Bail, Bond posted]}, transfer: }")
    text = "Days;Way Out\n1,0;bail\n1.0;Bond  Posted\n2;Transfer\n"
    bond, transfer = transitions(folder(words, stays=text))[0].branches
    assert (bond.share.value, transfer.share.value) == pytest.approx((2 / 3, 1 / 3))


def test_one_way_out_of_a_file_has_the_others_not_ended(folder):
    words = "  held -> bond: {after: {observed: stays.csv, way out: bond}}"
    (way,) = transitions(folder(words, stays=SIX))
    # 2 of 6 on day 1, 1 of 3 on day 2, 1 of 1 on day 3.
    assert dict(way.branches[0].after.points) == pytest.approx({1: 1 / 3, 2: 2 / 9, 3: 4 / 9})


def test_a_family_is_fitted_to_each_way_out(folder):
    random = np.random.default_rng(1)
    times = np.stack([random.gamma(2.0, 4.0, 800), random.gamma(1.5, 8.0, 800)])
    days, ways = np.floor(random.random(800) + times.min(0)).astype(int), times.argmin(0)
    rows = [f"{day},{('bond', 'transfer')[way]}" for day, way in zip(days, ways, strict=True)]
    words = "\n".join(
        f"  held -> {way}: {{after: {{observed: stays.csv, fit: gamma, way out: {way}}}}}"
        for way in ("bond", "transfer")
    )
    made = transitions(folder(words, stays="\n".join(["days,way out", *rows, ""])))
    for way, mean, sd in zip(made, (8, 12), (8 / 2**0.5, 12 / 1.5**0.5), strict=True):
        found = way.branches[0].after.parameters
        # Standard errors are about 3 %.
        assert found["mean"].value == pytest.approx(mean, rel=0.12)
        assert found["sd"].value == pytest.approx(sd, rel=0.15)
        assert "gamma by maximum likelihood" in way.branches[0].after.note


def test_any_of_several_ends_the_stay(folder):
    words = "  held -> bond: {after: {observed: stays.csv, way out: [bond, transfer]}}"
    (way,) = transitions(folder(words, stays=SIX))
    assert dict(way.branches[0].after.points) == pytest.approx({1: 1 / 2, 2: 1 / 3, 3: 1 / 6})


def test_a_change_reads_another_file_or_gives_one_delay(folder):
    words = ONE.replace(
        "stays.csv}", "stays.csv}, changes: {2026-01-10: {after: {observed: late.csv}}, "
        "2026-01-20: {after: 9 days}}",
    )  # fmt: skip
    late = "days,way out\n5,transfer\n7,bond\n9,transfer\n"
    first, second = transitions(folder(words, stays=SIX, late=late))[0].changes
    assert [branch.share.value for branch in first.branches] == pytest.approx([1 / 3, 2 / 3])
    assert first.branches[0].after.points == ((7.0, pytest.approx(1 / 3)),)
    assert [branch.share.value for branch in second.branches] == pytest.approx([1 / 3, 2 / 3])
    assert {branch.after.family for branch in second.branches} == {"fixed"}


# A file for each way out


def outcome(ways):
    """Shares by target and day, when the ways race and the earlier in the file wins."""
    tables = [(way.branches[0].to, way.branches[0].after) for way in ways]
    days = sorted({day for _, stay in tables for day, _ in stay.points})
    found, left = {}, 1.0
    alive = [1.0 for _ in tables]
    for day in days:
        for number, (to, stay) in enumerate(tables):
            part = dict(stay.points).get(day, 0.0)
            if part:
                found[to, day] = left * part / alive[number]
                left -= found[to, day]
                alive[number] -= part
    return found


@pytest.mark.parametrize("turned", [False, True])
def test_two_files_give_what_one_gives_in_any_order(turned, folder):
    lines = TWO.splitlines()[:: -1 if turned else 1]
    found = outcome(transitions(folder("\n".join(lines), b=B, t=T)))
    wanted = {
        ("bond", 1): 2,
        ("bond", 2): 1,
        ("bond", 3): 1,
        ("transfer", 1): 1,
        ("transfer", 2): 1,
    }
    assert found == pytest.approx({key: count / 6 for key, count in wanted.items()})


def test_two_files_by_fact(folder):
    def by_fact(text):
        head, *rows = text.splitlines()
        both = [f"{row},{fact}" for fact in ("theft", "assault") for row in rows]
        return "\n".join([f"{head},offence", *both, ""])

    ways = transitions(folder(TWO, b=by_fact(B), t=by_fact(T)))
    plain = transitions(folder(TWO, b=B, t=T))
    for case in ("theft", "assault"):
        case_points = ways[1].branches[0].after.cases[case].points
        assert dict(case_points) == pytest.approx(dict(plain[1].branches[0].after.points))


def test_ways_out_for_different_people_do_not_meet(folder):
    words = """\
  held -> bond: {when: offence = 'theft', after: {observed: b.csv}}
  held -> transfer: {when: offence = 'assault', after: {observed: t.csv, rest: never}}"""
    ways = transitions(folder(words, b=B, t=T))
    alone = transitions(folder(TWO.splitlines()[1], t=T))
    assert ways[1].branches[0].after.points == alone[0].branches[0].after.points


ONE_TARGET = "  held -> bond: {{after: {{observed: stays.csv{}}}}}"
REFUSED = {
    "several ways and one target": (ONE_TARGET.format(""), SIX, None,
                                    "end by several ways out: `bond`, `transfer`",
                                    "to: [bond, transfer]"),
    "a way that is not there": (ONE_TARGET.format(", way out: bon"), SIX, None,
                                "has the way out `bon`", "`bond`"),
    "no column of ways": (ONE_TARGET.format(", way out: bond"), B, None, "no column `way out`",
                          "add it"),
    "no column for targets": (ONE, B, None, "to distinguish the targets", "a share"),
    "neither column": (ONE, "days\n1\n", 1, "no column `ended` or `way out`", "needs one"),
    "not a target": (ONE, SIX + "4,deported\n", 8, "`deported` is none of the targets",
                     "add a target"),
    "a target that nobody takes": (ONE, "days,way out\n1,bond\n", None,
                                   "has the way out `transfer`", "`bond`"),
    "ended without a way": (ONE, SIX.replace("way out", "way out,ended").replace(
        "bond", "bond,yes").replace("transfer", "transfer,yes") + "4,,yes\n", 8,
        "no way out, but `ended` is `yes`", "leave the way out empty"),
    "not ended with a way": (ONE, "days,way out,ended\n1,bond,no\n2,transfer,yes\n", 2,
                             "a way out, but `ended` is `no`", "leave the way out empty"),
    "some are left": (ONE, SIX + "9,\n", 8, "the longest stay, 9 days, has not ended: 14.2857 %",
                      "rest: never"),
    "rest not needed": (ONE.replace("stays.csv", "stays.csv, rest: ends"), SIX, None,
                        "the longest stay has ended", "remove `rest`"),
    "by fact": (ONE, "days,way out,offence\n1,bond,theft\n2,transfer,theft\n", None,
                "cannot differ by fact", "`when`"),
    "a fit of several": (ONE.replace("stays.csv", "stays.csv, fit: gamma"), SIX, None,
                         "a family is fitted to one way out", "way out: bond, fit: weibull"),
    "names beside shares": ("  held -> leaves: {to: {bond: {share: 40 %, way out: b}, transfer: }, "
                            "after: 3 days}", "", None, "`way out` belongs to targets", "nothing"),
    "a target twice": (ONE.replace("transfer", "bond"), SIX, None, "is there twice", "remove"),
    "entered later than left": (ONE_TARGET.format(""), "days,entered,ended\n9,0,yes\n5,6,yes\n", 3,
                                "first seen after 6 days, but lasted only 5 days", "below"),
    "entered as it left": (ONE_TARGET.format(""), "days,entered,ended\n9,0,yes\n5,5,yes\n", 3,
                           "first seen after 5 days", "below"),
    "entered half a day": (ONE_TARGET.format(""), "days,entered,ended\n9,0.5,yes\n", 2,
                           "`0.5` in the column `entered`", "nights"),
    "none from the beginning": (ONE_TARGET.format(""), "days,entered,ended\n9,2,yes\n5,3,yes\n", 2,
                                "no stay was seen from its beginning", "fit: weibull"),
    "all seen leave early": (ONE_TARGET.format(""), "days,entered,ended\n3,0,yes\n9,5,yes\n", 2,
                             "no stay that lasted longer than 3 days was seen by then",
                             "from earlier on"),
    "a gap": (ONE_TARGET.format(""), "days,entered,ended\n3,0,no\n9,5,yes\n", 2,
              "no stay that lasted longer than 3 days was seen by then", "from earlier on"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_place_and_remedy(name, folder):
    words, text, line, what, fix = REFUSED[name]
    found = problems(folder(words, stays=text))
    told = [each for each in found if what in each.what and fix in each.fix]
    assert told, [str(each) for each in found]
    assert told[0].file.endswith("study.yaml" if line is None else "stays.csv")
    assert told[0].line == (6 if line is None else line)


TOGETHER = {
    "a fixed one beside": (B, T, "  held -> transfer: {after: 5 days}", None),
    "a fit beside": (B, T + "9,yes\n" * 12 + "3,yes\n",
                     "  held -> transfer: {after: {observed: t.csv, fit: gamma}}", None),
    "more than are there": (B, "days,ended\n1,yes\n", "  held -> transfer: {after: {observed: "
                            "t.csv}}", "more leave by them together than are at risk"),
    "a chance": (B, T, "  held -> transfer: {chance: 50 %, after: {observed: t.csv, rest: never}}",
                 "has a chance"),
    "several targets": (B, SIX, "  held -> out: {to: [bond, transfer], after: {observed: t.csv}}",
                        "has several targets"),
    "other facts": (B, "days,ended,offence\n5,yes,theft\n4,yes,assault\n",
                    "  held -> transfer: {after: {observed: t.csv}}", "differ in their facts"),
    "a part": (B, T, "  held -> transfer: {after: {mixture: [{share: 50 %, after: {observed: t.csv,"
               " rest: never}}, {share: 50 %, after: 3 days}]}}", "only some of the stays"),
}  # fmt: skip


@pytest.mark.parametrize("name", TOGETHER)
def test_files_that_cannot_be_read_together(name, folder):
    b, t, words, what = TOGETHER[name]
    written = folder(f"{TWO.splitlines()[0]}\n{words}", b=b, t=t)
    if what is None:
        assert len(transitions(written)) == 2
        return
    (problem,) = problems(written)
    assert what in problem.what
    assert (Path(problem.file).name, problem.line) == ("study.yaml", 7)
    assert "one file with a column `way out`" in problem.fix


def test_one_for_some_people_comes_after_one_for_all(folder):
    some = "  held -> bond: {when: offence = 'theft', after: {observed: b.csv}}"
    for_all = TWO.splitlines()[1]
    (problem,) = problems(folder(f"{some}\n{for_all}", b=B, t=T))
    assert "write it after this one" in problem.what
    assert len(transitions(folder(f"{for_all}\n{some}", b=B, t=T))) == 2
