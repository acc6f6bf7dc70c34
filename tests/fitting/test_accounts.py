"""`sojourn history`: what was counted, and the periods that do not add up."""

from __future__ import annotations

import json

from typer.testing import CliRunner

from fitting.prison import prison
from sojourn.cli.app import app


def told(*words: str):
    return CliRunner().invoke(app, list(words))


def test_what_is_unaccounted_for_is_the_stock_before_with_flows_less_the_stock(tmp_path):
    rows = prison(tmp_path).history.counts.to_dicts()
    assert [row["unaccounted"] for row in rows] == [None, 20, -25, None, None]
    assert rows[1]["share"] == 20 / 1190
    assert [row["adds_up"] for row in rows] == [True, False, False, True, True]


def test_a_break_is_no_error(tmp_path):
    study = prison(tmp_path, ("releases: left", "releases: left\n    breaks: {2012: a new rule}"))
    assert [row["unaccounted"] for row in study.history.counts] == [None, 20, None, None, None]
    assert study.history.counts.to_dicts()[2]["note"] == "a new rule"
    assert study.history.problems == (
        "prisons 2011 does not add up: 20 people too few (1.7% of the stock)",
    )


def test_quarters_and_months_keep_their_words(tmp_path):
    for date, period in (("2010-Q3", "2010-Q3"), ("2010-09", "2010-09"), ("2010-09-30", "2010-09")):
        table = f"year,held,came,left\n{date},1,,\n{date.replace('2010', '2011')},2,,\n"
        table += f"{'2010-Q4' if 'Q' in date else '2010-10'},3,,\n"
        words = [row["period"] for row in prison(tmp_path, table=table).history.counts]
        assert words[0] == period


def test_the_command_lists_and_names_what_does_not_add_up(tmp_path):
    prison(tmp_path)
    done = told("history", str(tmp_path))
    assert done.exit_code == 0
    assert "prisons 2012 does not add up: 25 people too many (2.1% of the stock)" in done.stdout
    found = json.loads(told("history", str(tmp_path), "--json").stdout)
    assert found["counts"][0]["stock"] == 610
    assert len(found["problems"]) == 2
    assert told("history", str(tmp_path), "--out", str(tmp_path / "counted")).exit_code == 0
    assert {path.name for path in (tmp_path / "counted").iterdir()} == {
        "counts.csv", "counts.svg", "history.json",
    }  # fmt: skip
    assert "prisons: stock" in (tmp_path / "counted" / "counts.svg").read_text(encoding="utf-8")


def test_the_command_says_that_every_period_adds_up_whatever_stands_elsewhere(tmp_path):
    table = "year,held,came,left\n2010,610,600,0\n2011,1210,600,0\n2012,,600,0\n"
    prison(tmp_path, ("  more:\n", "  more:\n    nothing.here: 3\n"), table=table)
    done = told("history", str(tmp_path))
    assert done.exit_code == 0
    assert "Every period adds up (1 of 3 have what tells it)." in done.stdout
    prison(tmp_path, table="year,held,came,left\n2010,610,600,0\n")
    assert "No period has what tells" in told("history", str(tmp_path)).stdout


def test_a_study_without_history_says_so(tmp_path):
    prison(tmp_path)
    text = (tmp_path / "study.yaml").read_text()
    start, end = text.index("history:"), text.index("parameters:")
    (tmp_path / "study.yaml").write_text(text[:start] + text[end:])
    assert "The study has no history." in told("history", str(tmp_path)).stdout


def test_the_chart_has_a_point_for_each_count(tmp_path):
    drawn = prison(tmp_path).history.plot().to_dict()
    (rows,) = drawn["datasets"].values()
    assert len(rows) == 14
