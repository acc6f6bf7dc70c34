"""`sojourn backtest`, `forecast` and `score` as typed in a shell."""

from __future__ import annotations

import json

import pytest

COLUMNS = ("--date", "month", "--value", "held", "--forecasters", "sojourn,no change")


@pytest.fixture
def months(tmp_path):
    """A file of monthly counts, and a newer one."""
    for name, years in (("old.csv", 6), ("new.csv", 7)):
        rows = (
            f"{2015 + month // 12}-{month % 12 + 1:02},{1000 + 5 * month + 30 * (month % 12 == 5)}"
            for month in range(12 * years)
        )
        (tmp_path / name).write_text("month,held\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return tmp_path


def test_a_backtest_by_months_prints_and_writes_its_scores(sojourn, months):
    asked = ("--origins", "2018-01..2020-06", "--horizons", "1-3,6", "--out", "scores")
    done = sojourn("backtest", "--history", "old.csv", *COLUMNS, *asked, cwd=months)
    assert done.returncode == 0, done.stderr
    assert "Mean absolute error, percent, by horizon" in done.stdout
    assert {path.name for path in (months / "scores").iterdir()} == {
        "scores.parquet", "forecasts.parquet", "backtest.json", "hub",
    }  # fmt: skip


def test_a_forecast_is_sealed_and_scored_when_more_is_known(sojourn, months):
    done = sojourn("forecast", "--history", "old.csv", *COLUMNS, "--seal", "record", cwd=months)
    assert done.returncode == 0, done.stderr
    assert "2021-01" in done.stdout
    done = sojourn("score", "record", "--history", "new.csv", "--json", cwd=months)
    assert done.returncode == 0, done.stderr
    scores = json.loads(done.stdout)["scores"]
    assert {row["forecaster"] for row in scores} == {"sojourn", "no change"}
    ours = next(row for row in scores if row["forecaster"] == "sojourn")
    assert ours["relative_mape"] < 1


def test_a_wrong_column_ends_with_status_2_and_writes_nothing(sojourn, months):
    asked = ("--date", "month", "--value", "hold", "--origins", "2018-01", "--out", "scores")
    done = sojourn("backtest", "--history", "old.csv", *asked, cwd=months)
    assert done.returncode == 2
    assert "did you mean `held`?" in done.stderr
    assert not (months / "scores").exists()
