"""Sealed forecasts: what was sealed is scored, and what was changed since is refused."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import sojourn as sj
from sojourn.forecasting.hub import hub_files

ASKED = {"date": "year", "value": "held", "series": "place", "horizons": "1-3",
         "forecasters": ["sojourn", "no change"]}  # fmt: skip


def table(last: int) -> pa.Table:
    random = np.random.default_rng(4)
    years = np.arange(1990, 2021)
    held = 500 * np.exp(np.cumsum(random.normal(0, 0.05, (2, len(years))), axis=1))
    rows = [
        {"place": place, "year": int(year), "held": round(float(count))}
        for place, counts in zip("ab", held, strict=True)
        for year, count in zip(years, counts, strict=True)
        if year <= last
    ]
    return pa.Table.from_pylist(rows)


def sealed(folder: Path, *lasts: int) -> Path:
    for last in lasts:
        sj.forecast(table(last), **ASKED, seal=folder)
    return folder


def test_a_sealed_forecast_scores_as_the_backtest_from_the_same_years(tmp_path):
    folder = sealed(tmp_path / "record", 2015, 2016)
    later = sj.score(folder, table(2020))
    again = sj.backtest(table(2020), **ASKED, origins="2015-2016")
    assert later.record["sealed"] == ["2015", "2016"]
    for one, other in zip(later.scores, again.scores, strict=True):
        for name, value in one.items():
            same = pytest.approx(value, 1e-7, 1e-7) if isinstance(value, float) else value
            assert other[name] == same, name


def test_a_series_named_as_a_formula_runs_in_no_spreadsheet_and_is_scored(tmp_path):
    names = {"a": "=1+1", "b": "'b"}

    def renamed(last):
        places = pa.array(names[name] for name in table(last)["place"].to_pylist())
        return table(last).set_column(0, "place", places)

    sj.forecast(renamed(2015), **ASKED, seal=tmp_path / "record")
    (file,) = (tmp_path / "record").glob("model-output/sojourn-no_change/*.csv")
    with file.open(encoding="utf-8", newline="") as opened:
        assert {row["location"] for row in csv.DictReader(opened)} == {"'=1+1", "''b"}
    assert sj.score(tmp_path / "record", renamed(2020)).by_horizon("wis")


def test_what_has_not_come_yet_is_not_scored(tmp_path):
    scores = sj.score(sealed(tmp_path / "record", 2015), table(2016)).by_horizon("wis")
    assert [row["2"] for row in scores] == [None, None]
    assert all(row["1"] is not None for row in scores)


def test_a_seal_says_when_from_what_and_of_which_files(tmp_path):
    folder = sealed(tmp_path / "record", 2015)
    seal = json.loads((folder / "seals" / "2015-12-31.json").read_text())
    assert seal["origin"] == "2015"
    assert seal["version"] == sj.__version__
    assert len(seal["history"]) == 64
    assert set(seal["files"]) == {
        f"model-output/sojourn-{name}/2015-12-31-sojourn-{name}.csv"
        for name in ("sojourn", "no_change")
    }


def test_a_changed_forecast_is_refused(tmp_path):
    folder = sealed(tmp_path / "record", 2015)
    (file,) = folder.glob("model-output/sojourn-sojourn/*.csv")
    file.write_text(file.read_text().replace("0.5,", "0.5,1"))
    with pytest.raises(sj.SojournError, match="not the file that was sealed"):
        sj.score(folder, table(2020))
    file.unlink()
    with pytest.raises(sj.SojournError, match="missing"):
        sj.score(folder, table(2020))


def test_a_seal_is_never_replaced(tmp_path):
    folder = sealed(tmp_path / "record", 2015)
    before = {path: path.read_bytes() for path in folder.rglob("*.*")}
    with pytest.raises(sj.SojournError, match="were sealed on"):
        sealed(folder, 2015)
    assert {path: path.read_bytes() for path in folder.rglob("*.*")} == before


def test_a_record_is_a_hub_of_all_its_origins(tmp_path):
    folder = sealed(tmp_path / "record", 2015)
    admin = folder / "hub-config" / "admin.json"
    admin.write_text(admin.read_text(encoding="utf-8").replace("fill in", "us"), encoding="utf-8")
    sealed(folder, 2016)
    (only,) = json.loads((folder / "hub-config" / "tasks.json").read_text())["rounds"]
    ids = only["model_tasks"][0]["task_ids"]
    assert ids["origin_date"]["optional"] == ["2015-12-31", "2016-12-31"]
    assert '"us"' in admin.read_text(encoding="utf-8")
    # Read back as any tool would: every row is one of the tasks, and there are all of them.
    rows = [
        row
        for file in folder.glob("model-output/*/*.csv")
        for row in csv.DictReader(file.read_text(encoding="utf-8").splitlines())
    ]
    for column, allowed in ids.items():
        assert {row[column] for row in rows} == {str(value) for value in allowed["optional"]}


def test_a_history_without_a_sealed_series_is_refused(tmp_path):
    folder = sealed(tmp_path / "record", 2015)
    newer = table(2020)
    with pytest.raises(sj.SojournError, match="no series `b`"):
        sj.score(
            folder, newer.filter(pa.array(place == "a" for place in newer["place"].to_pylist()))
        )
    with pytest.raises(sj.SojournError, match="no sealed forecasts"):
        sj.score(tmp_path, newer)


def test_the_hub_has_what_its_tools_ask_for(tmp_path):
    sj.backtest(table(2020), **ASKED, origins="2010-2015", out=tmp_path / "out")
    hub = tmp_path / "out" / "hub"
    (file,) = hub.glob("model-output/sojourn-no_change/2010-*.csv")
    with file.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) == 2 * 3 * 21
    assert rows[0] == {
        "origin_date": "2010-12-31", "target": "held", "horizon": "1", "location": "a",
        "target_end_date": "2011-12-31", "output_type": "quantile", "output_type_id": "0.025",
        "value": rows[0]["value"],
    }  # fmt: skip
    tasks = json.loads((hub / "hub-config" / "tasks.json").read_text())
    (only,) = tasks["rounds"][0]["model_tasks"]
    for column, allowed in only["task_ids"].items():
        assert {row[column] for row in rows} <= {str(value) for value in allowed["optional"]}
    levels = only["output_type"]["quantile"]["output_type_id"]["required"]
    assert {float(row["output_type_id"]) for row in rows} == set(levels)
    observed = (hub / "target-data" / "time-series.csv").read_text().splitlines()
    assert len(observed) == 1 + 2 * 31
    # As tasks-schema.json and admin-schema.json of hubverse 5.0.1 require.
    (target,) = only["target_metadata"]
    assert len(target["target_id"]) <= 30
    assert len(target["target_name"]) <= 100
    assert {"target_units", "target_type", "target_keys", "is_step_ahead"} <= set(target)
    assert set(tasks["rounds"][0]) >= {"round_id_from_variable", "round_id", "submissions_due"}
    admin = json.loads((hub / "hub-config" / "admin.json").read_text())
    assert set(admin) >= {"schema_version", "name", "maintainer", "contact", "repository",
                          "file_format", "timezone"}  # fmt: skip
    assert admin["repository"]["host"] == "github"
    assert not admin["timezone"].startswith(("Etc", "UTC", "GMT"))  # none of these is in its list


def test_a_hub_takes_a_column_with_a_long_name():
    long = "people_under_the_jurisdiction_of_the_state_on_31_december_as_published"
    known = table(2020)
    renamed = known.rename_columns([long if n == "held" else n for n in known.column_names])
    done = sj.backtest(renamed, **{**ASKED, "value": long}, origins="2010-2015")
    files = hub_files(done._rolled, long)
    (target,) = json.loads(files["hub-config/tasks.json"])["rounds"][0]["model_tasks"][0][
        "target_metadata"
    ]
    assert target["target_id"] == long[:30]
    assert target["target_keys"] == {"target": long}


def test_a_folder_with_other_things_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(sj.SojournError, match=r"mine\.txt"):
        sj.backtest(table(2020), **ASKED, origins="2010-2015", out=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_later_backtest_replaces_an_earlier_one(tmp_path):
    for origins in ("2010-2015", "2012"):
        sj.backtest(table(2020), **ASKED, origins=origins, out=tmp_path / "out")
    record = json.loads((tmp_path / "out" / "backtest.json").read_text())
    assert record["origins"] == ["2012", "2012"]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_series_that_is_not_known_at_the_end_is_named():
    counts = {"year": [*range(2000, 2012), *range(2000, 2011)], "held": [5.0] * 23,
              "place": ["a"] * 12 + ["b"] * 11}  # fmt: skip
    done = sj.forecast(counts, **ASKED)
    assert done.record["no forecast"] == ["b"]
    assert {row["series"] for row in done.forecasts} == {"a"}


def test_rescored_forecasts_are_those_of_a_backtest_that_asked_for_less():
    done = sj.backtest(table(2020), **ASKED, origins="2005-2015")
    less = sj.backtest(table(2020), **ASKED, origins="2008-2012", without="2010-2011")
    assert done.rescored(origins="2008-2012", without="2010-2011").scores == less.scores
    with pytest.raises(sj.SojournError, match="from 2005 to 2015"):
        done.rescored(origins="2016-2018")


def test_origins_outside_the_history_are_refused():
    for origins in ("1980-2000", "2010-2020"):
        with pytest.raises(sj.SojournError, match="from 1990 to 2020"):
            sj.backtest(table(2020), **ASKED, origins=origins)
