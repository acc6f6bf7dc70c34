"""Days served that no stay allows are refused; all others are taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from sojourn.errors import StudyError
from sojourn.run.check import check_study

STUDY = """\
study: A stock that has served
period: {{from: 2026-01-01, to: 2027-01-01{step}}}
facts: {{kind: {{values: [short, long]}}}}
clocks: {{due: when it is over}}
facilities: {{unit: 5 people}}
states: {{held: {{}}, placed: {{place: unit}}, gone: {{end: yes}}}}
transitions:
  held -> gone: {ways}
  placed -> gone: {{after: 3 days}}
populations:
  p: {{{people}, stock: {{{stock}, state: held}}}}
  q: {{facts: {{kind: long}}, stock: {{count: 3 people, state: placed}}}}
"""
COUNT = "count: 100 people, served: {served}"


def write(folder: Path, ways: str, stock: str, people: str = "facts: {kind: long}", step: str = ""):
    text = STUDY.format(ways=ways, stock=stock, people=people, step=step)
    (folder / "study.yaml").write_text(text, encoding="utf-8")
    return folder


def served(folder, ways, days, **more):
    return check_study(write(folder, ways, COUNT.format(served=days), **more), None)


def refusal(folder, ways, days, **more):
    with pytest.raises(StudyError) as caught:
        served(folder, ways, days, **more)
    [problem] = caught.value.problems
    return problem


CLOCK = "facts: {kind: long}, clocks: {due: DUE}"
BY = "{by: kind, of: {short: 10 days, long: {table: {5: 1, 50: 1}}}}"
TOO_LONG = [
    ("{after: 10 days}", "40 days"),
    ("{after: 10 days}", "11 days"),
    ("{}", "1 day"),
    ("{after: {table: {3: 1, 30: 1, 90: 0}}}", "31 days"),
    ("{after: {uniform: {from: 1 day, to: 30 days}}}", "31 days"),
    ("{after: {quantiles: {0 %: 1 day, 100 %: 30 days}}}", "31 days"),
    ("{after: {survival: {0 days: 100 %, 30 days: 0 %}}}", "31 days"),
    ("{after: {between: [20 days, 60 days]}}", "30 days"),
    ("{after: 30 days}", "{between: [20 days, 40 days]}"),
    ("{after: 30 days}", "{table: {10: 9, 40: 1}}"),
    ("{after: 30 days}", "{uniform: {from: 1 day, to: 40 days}}"),
    (
        "{after: {mixture: [{share: 50 %, after: 9 days}, {share: 50 %, after: 30 days}]}}",
        "31 days",
    ),
    ("{after: " + BY + "}", "51 days"),
    ("{to: {gone: {share: 50 %, after: 9 days}, out: {after: 30 days}}}", "31 days"),
    ("{after: 30 days, when: kind = 'long'}", "31 days"),
]
POSSIBLE = [
    ("{after: 10 days}", "10 days"),
    ("{after: 10.4 days}", "11 days"),
    ("{}", "0 days"),
    ("{after: {mean: 10 days}}", "4000 days"),
    ("{after: {survival: {0 days: 100 %, 30 days: 20 %}, rest: never}}", "31 days"),
    ("{after: {hazard: {0 days: 5 % per day, 30 days: 0}}}", "31 days"),
    ("{after: {between: [40 days, 60 days]}}", "40 days"),
    ("{after: {mixture: [{share: 50 %, after: 9 days}, {share: 50 %, after: {mean: 3 days}}]}}",
     "90 days"),
    ("{after: " + BY + "}", "50 days"),
    ("{to: {gone: {share: 50 %, after: 9 days}, out: {after: 30 days}}}", "30 days"),
    ("{after: 30 days, when: kind = 'short'}", "31 days"),
    ("{after: 30 days, chance: 99 %}", "31 days"),
    ("{after: 30 days, at most: 3 people per week}", "31 days"),
    ("{after: 30 days, starts: 2026-02-01}", "31 days"),
    ("{after: 10 days}", "equilibrium"),
    ("{after: 10 days}", "new"),
]  # fmt: skip


@pytest.mark.parametrize(("ways", "days"), TOO_LONG)
def test_longer_than_the_longest_stay(ways, days, tmp_path):
    problem = refusal(tmp_path, ways, days)
    assert problem.what.startswith("some have served") and "held -> gone" in problem.what
    assert problem.path == "populations.p.stock.served"
    assert problem.line == 11 and problem.fix


@pytest.mark.parametrize(("ways", "days"), POSSIBLE)
def test_as_long_as_a_stay_may_be(ways, days, tmp_path):
    served(tmp_path, ways, days)


def test_a_place_may_be_waited_for(tmp_path):
    folder = write(tmp_path, "{after: 3 days}", COUNT.format(served="40 days"))
    text = (folder / "study.yaml").read_text(encoding="utf-8")
    waits = text.replace("held -> gone: {after", "held -> placed: {after")
    (folder / "study.yaml").write_text(waits, encoding="utf-8")
    check_study(folder, None)
    turned_away = waits.replace("held -> placed: {", "held -> placed: {otherwise: out, ")
    (folder / "study.yaml").write_text(turned_away, encoding="utf-8")
    with pytest.raises(StudyError, match="nobody stays longer than 3 days"):
        check_study(folder, None)


def test_the_shortest_of_several_ways_out_decides(tmp_path):
    ways = "{after: {mean: 5 days}}\n  held -> out: {after: 20 days}"
    assert "before `held -> out`" in refusal(tmp_path, ways, "21 days").what
    served(tmp_path, ways, "20 days")


def test_clocks(tmp_path):
    for due, days, fine in (
        ("20 days", "20 days", True),
        ("20 days", "21 days", False),
        ("{uniform: {from: 1 day, to: 20 days}}", "21 days", False),
        ("{mean: 20 days}", "400 days", True),
        ("2026-03-01", "400 days", True),
    ):
        people = CLOCK.replace("DUE", due)
        if fine:
            served(tmp_path, "{at: due}", days, people=people)
        else:
            refusal(tmp_path, "{at: due}", days, people=people)
    early = CLOCK.replace("DUE", "20 days")
    served(tmp_path, "{at: due + 5 days}", "25 days", people=early)
    refusal(tmp_path, "{at: due - 5 days}", "16 days", people=early)


def test_a_clock_that_the_state_sets_comes_first(tmp_path):
    people = CLOCK.replace("DUE", "20 days")
    folder = write(tmp_path, "{at: due}", COUNT.format(served="30 days"), people)
    text = (folder / "study.yaml").read_text(encoding="utf-8")
    text = text.replace("held: {}", "held: {sets: {due: 40 days}}")
    (folder / "study.yaml").write_text(text, encoding="utf-8")
    check_study(folder, None)


def test_only_the_people_of_one_fact(tmp_path):
    split = "split: {kind: {short: 50 %, long: 50 %}}"
    assert "10 days" in refusal(tmp_path, "{after: " + BY + "}", "11 days", people=split).what


def test_a_row_of_a_file(tmp_path):
    rows = "served,kind,people\n9,short,4\n50,long,1\n12,short,2\n49,long,1\n"
    (tmp_path / "stock.csv").write_text(rows, encoding="utf-8")
    folder = write(tmp_path, "{after: " + BY + "}", "file: stock.csv", "label: those of the file")
    with pytest.raises(StudyError) as caught:
        check_study(folder, None)
    [problem] = caught.value.problems
    assert "some have served 12 days, but nobody stays longer than 10 days" in problem.what
    assert (Path(problem.file).name, problem.line) == ("stock.csv", 4)
    (tmp_path / "stock.csv").write_text(rows.replace("12,", "10,"), encoding="utf-8")
    check_study(folder, None)


def test_by_months(tmp_path):
    monthly = ", step: month"
    served(tmp_path, "{after: 45 days}", "45 days", step=monthly)
    served(tmp_path, "{after: 45 days}", "60 days", step=monthly)  # two months, at most, of either
    refusal(tmp_path, "{after: 45 days}", "62 days", step=monthly)
