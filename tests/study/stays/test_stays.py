"""Stays by their points, from files, and as they were observed."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from sojourn.study.model.stays import Stay

from sojourn.errors import StudyError
from sojourn.results.run_folder.provenance import histories_digest
from sojourn.run.check import check_study
from sojourn.study.load import load_study
from sojourn.study.stays.by_fact import case_of

SUING = "gamma: {mean: 60 days, sd: 30 days}"


@pytest.fixture
def stay_study(write_study):
    """A study in which the stay of those suing is `words`, with files beside it."""

    def write(words: str, **files: str | bytes) -> Path:
        folder = write_study((SUING, words))
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            (folder / name.replace("_", ".")).write_bytes(data)
        return folder

    return write


def stay_of(folder: Path) -> Stay:
    (found,) = (
        transition.branches[0].after
        for transition in load_study(folder).scenarios["as agreed"].transitions
        if transition.name.replace("→", "->") == "suing -> prison"
    )
    return found


def refused(folder: Path):
    with pytest.raises(StudyError) as caught:
        load_study(folder)
    return caught.value.problems


def test_a_hazard_is_a_rate_for_a_unit_of_time(stay_study):
    words = "hazard: {0 days: {between: [0.1 %, 0.3 %]}, 30 days: 5 % per month, 1 year: 0}"
    words = words.replace("0.1 %, 0.3 %", "0.1 % per day, 0.3 % per day")
    stay = stay_of(stay_study(words))
    assert stay.family == "hazard"
    assert [(day, rate.value, rate.unit) for day, rate in stay.rates] == [
        (0.0, 0.002, "share per day"),
        (30.0, 0.05, "share per month"),
        (365.25, 0.0, "share per day"),
    ]
    assert stay.rates[0][1].uncertain
    assert stay.rates[0][1].path == "transitions.suing -> prison.after.hazard.0 days"


def test_a_rate_may_be_a_parameter_or_bare(stay_study):
    folder = stay_study("hazard: {0 days: {parameter: leaving}, 1 month: 0.5 per year}")
    study = (folder / "study.yaml").read_text()
    study = study.replace("parameters:\n", "parameters:\n  leaving: {value: 2 % per week}\n")
    (folder / "study.yaml").write_text(study)
    (first, second) = stay_of(folder).rates
    assert (first[1].value, first[1].unit, first[1].path) == (
        0.02, "share per week", "parameters.leaving"
    )  # fmt: skip
    assert (second[0], second[1].value, second[1].unit) == (30.4375, 0.5, "per year")


def test_a_survival_function(stay_study):
    stay = stay_of(stay_study("survival: {0 days: 100 %, 30 days: 80 %, 3 years: 0 %}"))
    assert stay.points == ((0.0, 1.0), (30.0, 0.8), (1095.75, 0.0))


def test_a_survival_function_that_some_outlive(stay_study):
    stay = stay_of(stay_study("survival: {0 days: 90 %, 30 days: 80 %}, rest: never"))
    assert stay.points == ((0.0, 0.9), (30.0, 0.8))


FILES = {
    "table": ("days,weight\n30,3\n0,1\n", "table", ((0.0, 1.0), (30.0, 3.0))),
    "table of people": ("people,days\n1,0\n3,30\n", "table", ((0.0, 1.0), (30.0, 3.0))),
    "quantiles": ("share,weeks\n0,1\n50 %,2\n1,10\n", "quantiles",
                  ((0.0, 7.0), (0.5, 14.0), (1.0, 70.0))),
    "survival": ("months,remaining\n0,1\n2,50 %\n12,0\n", "survival",
                 ((0.0, 1.0), (60.875, 0.5), (365.25, 0.0))),
    "with a byte order mark": ("\ufeffdays,remaining\n0,1\n9,0\n", "survival",
                               ((0.0, 1.0), (9.0, 0.0))),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_points_from_a_file(name, stay_study):
    text, form, points = FILES[name]
    stay = stay_of(stay_study(f"{form}: points.csv", points_csv=text))
    assert (stay.family, stay.points) == (form, points)
    assert stay.note == f"{len(points)} rows of points.csv"


def test_a_hazard_from_a_file(stay_study):
    stay = stay_of(stay_study("hazard: h.csv", h_csv="years,rate per year\n0,20 %\n1,0.5\n"))
    assert [(day, rate.value, rate.unit) for day, rate in stay.rates] == [
        (0.0, 0.2, "share per year"),
        (365.25, 0.5, "share per year"),
    ]


def test_points_from_parquet(stay_study, tmp_path):
    import pyarrow as pa
    from pyarrow import parquet

    columns = {"days": [0, 30, 10], "weight": [1.0, 3.0, 2.0],
               "convicted": [True, True, False], "offence": ["theft", "theft", None]}  # fmt: skip
    parquet.write_table(pa.table(columns), tmp_path / "w.parquet")
    stay = stay_of(stay_study("table: w.parquet", w_parquet=(tmp_path / "w.parquet").read_bytes()))
    assert stay.facts == ("convicted", "offence")
    assert {name: case.points for name, case in stay.cases.items()} == {
        "yes & theft": ((0.0, 1.0), (30.0, 3.0)),
        "no & unknown": ((10.0, 2.0),),
    }


BY_FACTS = """\
offence,days,weight,citizenship
theft,10,1,*
theft,20,1,*
*,30,1,other
*,5,1,*
"""


def test_facts_choose_the_stay(stay_study):
    stay = stay_of(stay_study("table: by.csv", by_csv=BY_FACTS))
    assert stay.family == "by facts"

    def points(offence, citizenship):
        chosen = case_of(stay, {"offence": offence, "citizenship": citizenship, "convicted": True})
        return chosen.points

    # The first column decides before the second.
    assert points("theft", "other") == ((10.0, 1.0), (20.0, 1.0))
    assert points("assault", "other") == ((30.0, 1.0),)
    assert points(None, "home") == ((5.0, 1.0),)


def test_a_combination_of_facts_without_a_row(stay_study):
    folder = stay_study("table: by.csv", by_csv="offence,convicted,days,weight\ntheft,yes,10,1\n")
    with pytest.raises(StudyError) as caught:
        check_study(folder, None)
    (problem,) = caught.value.problems
    assert problem.what == "no stay is given for `offence` assault, `convicted` unknown"
    assert "`*`" in problem.fix
    assert problem.line == line_of(folder, "suing -> prison:")


def test_a_value_of_one_fact_without_a_stay(stay_study):
    folder = stay_study("by: convicted, of: {yes: 9 days, no: 5 days}")
    with pytest.raises(StudyError) as caught:
        check_study(folder, None)
    (problem,) = caught.value.problems
    assert problem.what == "no stay is given for `convicted` unknown"
    assert "`otherwise" in problem.fix


def line_of(folder: Path, words: str) -> int:
    lines = (folder / "study.yaml").read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if words in line)


def test_time_served_from_a_table(write_study):
    folder = write_study(("served: equilibrium", "served: {table: served.csv}"))
    (folder / "served.csv").write_text("offence,days,people\ntheft,100,3\nassault,200,1\n")
    check_study(folder, None)
    stock = load_study(folder).scenarios["as agreed"].populations["prisoners"].stock
    assert stock.served.cases["assault"].points == ((200.0, 1.0),)


def test_what_a_file_holds_is_part_of_the_digest(stay_study):
    folder = stay_study("table: t.csv", t_csv="days,weight\n10,1\n20,1\n")
    before = histories_digest(load_study(folder), seed=1)
    assert histories_digest(load_study(folder), seed=1) == before
    (folder / "t.csv").write_text("days,weight\n10,1\n21,1\n")
    assert histories_digest(load_study(folder), seed=1) != before


# Observed stays

KAPLAN = """\
days,ended
2,yes
3,no
5,yes
5,yes
5,no
8,yes
9,no
"""
"""At 2 days 7 are there, at 5 days five of whom two leave, at 8 days two of whom one leaves."""


def test_product_limit_by_hand(stay_study):
    stay = stay_of(stay_study("observed: k.csv, rest: never", k_csv=KAPLAN))
    left = [1.0, 6 / 7, 6 / 7 * 3 / 5, 6 / 7 * 3 / 5 * 1 / 2]
    days, shares = zip(*stay.points, strict=True)
    assert days == (2.0, 5.0, 8.0)
    assert shares == pytest.approx([left[0] - left[1], left[1] - left[2], left[2] - left[3]])
    assert stay.never == pytest.approx(left[3])
    assert stay.note == "7 stays in k.csv, 3 of them not ended"


def test_those_left_may_leave_on_the_last_day(stay_study):
    stay = stay_of(stay_study("observed: k.csv, rest: ends", k_csv=KAPLAN))
    assert stay.never == 0.0
    assert stay.points[-1] == (9.0, pytest.approx(6 / 7 * 3 / 5 / 2))
    assert math.fsum(share for _, share in stay.points) == pytest.approx(1.0, abs=1e-15)


def test_product_limit_is_that_of_scipy():
    import numpy as np
    from scipy import stats

    from sojourn.stays.incidence import LASTING, Observed, cumulative_incidence

    random = np.random.default_rng(7)
    days = random.integers(0, 40, 300)
    ended = random.random(300) < 0.7
    data = stats.CensoredData.right_censored(days.astype(float), ~ended)
    truth = stats.ecdf(data).sf
    ways, never_late = np.where(ended, 0, LASTING), np.zeros(300, int)
    (points,), left = cumulative_incidence(Observed(days, ways, np.ones(300), never_late))
    survival = 1.0 - np.cumsum([share for _, share in points])
    np.testing.assert_allclose(survival, truth.evaluate([day for day, _ in points]), atol=1e-14)
    assert left == pytest.approx(float(truth.probabilities[-1]), abs=1e-14)
    # A weight of two is the same stay twice.
    twice = cumulative_incidence(
        Observed(np.repeat(days, 2), np.repeat(ways, 2), np.ones(600), np.zeros(600, int))
    )
    once = cumulative_incidence(Observed(days, ways, np.full(300, 2.0), never_late))
    np.testing.assert_allclose(once[0][0], twice[0][0], atol=1e-14)


def test_observed_stays_by_fact_and_weight(stay_study):
    text = "offence,days,ended,weight\ntheft,4,Yes,3\ntheft,6,yes,1\nassault,9,yes,5\n"
    stay = stay_of(stay_study("observed: k.csv", k_csv=text))
    assert stay.cases["theft"].points == ((4.0, 0.75), (6.0, 0.25))
    assert stay.cases["assault"].points == ((9.0, 1.0),)
    assert stay.note == "3 stays in k.csv, 0 of them not ended"


def test_the_note_is_kept_beside_our_own(stay_study):
    stay = stay_of(stay_study("observed: k.csv, rest: never, note: a census", k_csv=KAPLAN))
    assert stay.note == "a census (7 stays in k.csv, 3 of them not ended)"


REFUSED = {
    # words, file, line of the file (None: of the study), what, fix
    "hazard: none at the start": ("hazard: {1 day: 2 % per day}", "", None, "from the beginning",
                                  "0 days: 5 % per month"),
    "hazard: a probability": ("hazard: {0 days: 2 %}", "", None, "a rate of leaving", "per month"),
    "hazard: no unit": ("hazard: {0 days: 0.02}", "", None, "no unit", "per month"),
    "hazard: negative": ("hazard: {0 days: -2 % per day}", "", None, "at least 0", "5 % per month"),
    "hazard: times that fall": ("hazard: {0 days: 2 % per day, 30 days: 0, 20 days: 0}", "", None,
                                "20 days do not come after 30", "in order"),
    "hazard: the same time": ("hazard: {0 days: 2 % per day, 1 week: 0, 7 days: 0}", "", None,
                              "7 days do not come after 7", "each once"),
    "hazard: negative time": ("hazard: {-3 days: 2 % per day}", "", None, "at least 0", "90 days"),
    "hazard: nil": ("hazard: {0 days: 0, 9 days: 0 % per day}", "", None, "nobody ever", "above 0"),
    "hazard: nothing": ("hazard: {}", "", None, "no times are given", "0 days"),
    "survival: rising": ("survival: {0 days: 90 %, 3 days: 95 %, 9 days: 0 %}", "", None,
                         "rises from 90 % to 95 %", "mend"),
    "survival: above": ("survival: {0 days: 120 %, 3 days: 0 %}", "", None, "at most 100 %",
                        "30 %"),
    "survival: rest not said": ("survival: {0 days: 100 %, 3 days: 10 %}", "", None,
                                "10 % are left", "`rest: never`"),
    "survival: rest ends": ("survival: {0 days: 100 %, 3 days: 10 %}, rest: ends", "", None,
                            "`rest: ends` has no meaning", "0 %"),
    "survival: nobody": ("survival: {0 days: 100 %, 3 days: 100 %}, rest: never", "", None,
                         "nobody ever", "leave the transition out"),
    "survival: uncertain": ("survival: {0 days: {between: [80 %, 90 %]}, 9 days: 0 %}", "", None,
                            "must be certain", "one value"),
    "survival: not from 0": ("survival: {3 days: 80 %, 9 days: 0 %}", "", None, "not given",
                             "0 days: 100 %"),
    "quantiles: not from 0 %": ("quantiles: {10 %: 3 days, 100 %: 9 days}", "", None,
                                "begin at 10 %", "0 %: "),
    "quantiles: not to 100 %": ("quantiles: {0 %: 3 days, 90 %: 9 days}", "", None,
                                "end at 90 %", "100 %: "),
    "rest elsewhere": ("mean: 9 days, rest: never", "", None, "`rest` has no meaning", "remove"),
    "fit elsewhere": ("table: {3: 1}, fit: gamma", "", None, "`fit` has no meaning", "remove"),
    "not a file": ("observed: stays", "", None, "not the name of a table", ".csv"),
    "neither": ("survival: often", "", None, "neither a mapping nor", ".csv"),
    "no such file": ("table: g.csv", "", None, "`g.csv` does not exist", "`f.csv`"),
    "outside": ("table: ../f.csv", "", None, "leaves the study folder", "move"),
    "empty file": ("table: f.csv", " ", 1, "the table is empty", "`days`"),
    "no rows": ("table: f.csv", "days,weight\n", 1, "no rows", "add some"),
    "no days": ("table: f.csv", "weight\n3\n", 1, "no column `days`", "needs one"),
    "no weight": ("table: f.csv", "days\n3\n", 1, "no column `weight` or `people`", "needs one"),
    "two weights": ("table: f.csv", "days,weight,count\n3,1,1\n", 1, "are both there", "one"),
    "months of whole days": ("table: f.csv", "months,weight\n3,1\n", 1, "whole days",
                             "`survival`"),
    "half days": ("table: f.csv", "days,weight\n2.5,1\n", 2, "`2.5`", "`30`"),
    "negative days": ("table: f.csv", "days,weight\n-2,1\n", 2, "`-2`", "from 0"),
    "negative weight": ("table: f.csv", "days,weight\n2,-1\n", 2, "`-1`", "from 0"),
    "no weight above zero": ("table: f.csv", "days,weight\n2,0\n", 2, "above zero", "weight"),
    "NaN": ("table: f.csv", "days,weight\n2,1\n3,NaN\n", 3, "`NaN`", "from 0"),
    "infinite": ("table: f.csv", "days,weight\n2,1\ninf,1\n", 3, "`inf`", "from 0"),
    "nothing in a cell": ("table: f.csv", "days,weight\n2,\n", 2, "in the column `weight`",
                          "from 0"),
    "decimal comma": ("table: f.csv", 'days,weight\n2,"1,5"\n', 2, "`1,5`", "from 0"),
    "a cell too many": ("table: f.csv", "days,weight\n2,1,5\n", 2, "3 cells", "comma"),
    "quotes": ("table: f.csv", 'days,weight\n2,"1\n', 2, "not CSV", "quotes"),
    "not UTF-8": ("table: f.csv", b"days,weight\n2,\xff\n", 1, "not UTF-8", "UTF-8"),
    "a day twice": ("table: f.csv", "days,weight\n2,1\n2,4\n", 3, "repeats line 2", "fact"),
    "a column twice": ("table: f.csv", "days,days,weight\n2,2,4\n", 1, "twice", "remove"),
    "not a fact": ("table: f.csv", "days,weight,ofence\n2,4,x\n", 1, "`ofence`", "`offence`"),
    "not a value": ("table: f.csv", "days,weight,offence\n2,4,theff\n", 2, "`theff`", "`theft`"),
    "names": ("observed: f.csv", "days,ended,last_name\n2,yes,X\n", 1, "identify people",
              "remove"),
    "rate of no unit": ("hazard: f.csv", "days,rate\n0,0.1\n", 1, "`rate`", "`rate per day`"),
    "rising in a file": ("survival: f.csv", "days,remaining\n0,1\n5,0.2\n9,0.3\n", 4,
                         "rises from 20 % to 30 %", "mend"),
    "percent as numbers": ("survival: f.csv", "days,remaining\n0,100\n9,0\n", 2, "`100`",
                           "percentage"),
    "file out of order": ("survival: f.csv", "days,remaining\n0,1\n9,0.3\n5,0\n", 4,
                          "5 days do not come after 9", "in order"),
    "file with some left": ("survival: f.csv", "days,remaining\n0,1\n9,0.3\n", 3,
                            "30 % are left", "rest: never"),
    "ended?": ("observed: f.csv", "days,ended\n2,maybe\n", 2, "`maybe`", "`yes`"),
    "any in observed": ("observed: f.csv", "days,ended,offence\n2,yes,*\n", 2, "`*`", "theft"),
    "half a day observed": ("observed: f.csv", "days,ended\n2.5,yes\n", 2, "`2.5`", "nights"),
    "all censored": ("observed: f.csv, rest: never", "days,ended\n2,no\n5,no\n", 2,
                     "no stay has ended", "by"),
    "one fact all censored": ("observed: f.csv, rest: never",
                              "days,ended,offence\n2,yes,theft\n5,no,assault\n", 3,
                              "no stay of assault has ended", "by"),
    "longest censored": ("observed: f.csv", "days,ended\n2,yes\n5,no\n", 3,
                         "the longest stay, 5 days, has not ended: 50 % are left", "rest: ends"),
    "rest not needed": ("observed: f.csv, rest: ends", "days,ended\n2,no\n5,yes\n", None,
                        "the longest stay has ended", "remove"),
    "rest and fit": ("observed: f.csv, rest: ends, fit: gamma", "days,ended\n2,no\n5,yes\n",
                     None, "`rest` has no meaning with `fit`", "remove"),
    "no family": ("observed: f.csv, fit: normal", "days,ended\n2,no\n5,yes\n", None, "`normal`",
                  "lognormal"),
    "too few": ("observed: f.csv, fit: gamma", "days,ended\n" + "3,yes\n4,yes\n5,no\n" * 4, 2,
                "8 stays have ended, 10", "leave out `fit`"),
    "all alike": ("observed: f.csv, fit: weibull", "days,ended\n" + "3,yes\n" * 20 + "9,no\n", 2,
                  "all stays that have ended have 3 days", "exponential"),
    "all nothing": ("observed: f.csv, fit: exponential", "days,ended\n" + "0,yes\n" * 20, 2,
                    "0 days", "leave out `fit`"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_place_and_remedy(name, stay_study):
    words, text, line, what, fix = REFUSED[name]
    folder = stay_study(words, f_csv=text or "days,weight\n1,1\n")
    problems = refused(folder)
    told = [problem for problem in problems if what in problem.what and fix in problem.fix]
    assert told, [str(problem) for problem in problems]
    if line is None:
        assert told[0].file.endswith("study.yaml")
        assert told[0].line == line_of(folder, "suing -> prison:")
    else:
        assert told[0].file.endswith("f.csv")
        assert line in {problem.line for problem in told}


def test_a_file_that_is_not_parquet(stay_study):
    (problem,) = refused(stay_study("table: f.parquet", f_parquet="days,weight\n"))
    assert "not a Parquet file" in problem.what
