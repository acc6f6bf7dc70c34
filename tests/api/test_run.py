"""A run: its tables, where it is kept, values of the caller's own, and pieces."""

from __future__ import annotations

import gc
import json

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import sojourn as sj

SHARE, FEE = "parameters.lawsuit_share", "money.payments.fee.amount"
DRAWS = 4


@pytest.fixture(scope="module")
def study(whole_study):
    return sj.load(whole_study)


@pytest.fixture(scope="module")
def run(study):
    return study.run(draws=DRAWS, seed=3)


def assert_same(one, other, *, but=()):
    for name in one.tables:
        if name not in but:
            assert getattr(one, name) == getattr(other, name), name


def test_a_run_is_a_sentence_in_a_terminal_and_a_table_in_a_notebook(run):
    title, offered, baseline = repr(run).splitlines()
    assert title == "Two places"
    assert offered.startswith("as agreed: ")
    assert baseline.startswith("no agreement: In the baseline, ")
    assert "<td>as agreed</td>" in run._repr_html_()


def test_a_run_of_no_folder_goes_with_its_object(study):
    run = study.run(draws=1)
    folder, measures = run.folder, run.measures
    assert folder.is_dir()
    del run
    gc.collect()
    assert not folder.exists()
    assert len(measures) == 10


def test_a_run_is_kept_where_it_is_told_and_opened_again(study, run, tmp_path):
    kept = study.run(draws=DRAWS, seed=3, out=tmp_path / "kept")
    started = kept.record["started"]
    assert_same(kept, run)
    assert study.run(draws=DRAWS, seed=3, out=tmp_path / "kept").record["started"] == started
    assert_same(sj.open(tmp_path / "kept"), run)
    assert not kept.replaced
    assert study.run(draws=1, out=tmp_path / "kept").replaced["draws"] == DRAWS
    with pytest.raises(sj.SojournError, match="there is no such folder"):
        sj.open(tmp_path / "absent")
    with pytest.raises(sj.SojournError, match="this is a file"):
        sj.open(tmp_path / "kept" / "run.json")


def test_changes_are_recorded_and_make_another_run(study, tmp_path):
    first = study.run(draws=1, out=tmp_path / "run").record
    changed = study.change({FEE: "25000 USD"}).run(draws=1, out=tmp_path / "run")
    assert changed.record["options"]["changes"] == {FEE: "25000 USD"}
    assert changed.record["digest"] != first["digest"]
    # Histories know no price: they are those of the run before.
    assert changed.record["histories"] == first["histories"]
    page = changed.report().read_text(encoding="utf-8")
    assert "Changed in the study for this run" in page
    assert "--set" in page


def test_tables_go_to_duckdb_pandas_and_arrow_as_they_are(run):
    census = run.census
    assert duckdb.sql("select count(*) from census").fetchall() == [(len(census),)]
    assert pa.table(census).equals(census.to_arrow())
    frame = census.to_pandas()
    assert isinstance(frame, pd.DataFrame)
    assert list(frame.columns) == list(census.columns)
    assert census.select("state", "people").columns == ("state", "people")
    with pytest.raises(sj.SojournError, match="no column `stat`"):
        census.select("stat")


def test_a_library_that_is_missing_is_told(run, monkeypatch):
    monkeypatch.setattr("sojourn.api.tables.find_spec", lambda _: None)
    with pytest.raises(sj.SojournError, match=r"pip install '?polars"):
        run.measures.to_polars()


def test_a_table_is_a_sentence_and_its_first_rows(run):
    assert repr(run.claims).startswith("claims: 2 rows of scenario, claim, says")
    lines = str(run.census).splitlines()
    assert lines[0].split()[:3] == ["scenario", "draw", "replicate"]
    assert lines[-1].endswith(" more rows")
    assert "<th>scenario</th>" in run.census._repr_html_()
    assert next(iter(run.measures))["scenario"] == "no agreement"
    assert "census" in dir(run)
    with pytest.raises(AttributeError, match="it has: histories, periods"):
        _ = run.cencus


def test_queries_only_read(run):
    [row] = run.sql("select count(*) as rows from measures")
    assert row["rows"] == len(run.measures)
    with pytest.raises(sj.SojournError, match="one statement that reads"):
        run.sql("drop view measures")


def test_a_comparison_is_paired_by_draw(run):
    table = run.compare("as agreed", to="no agreement")
    values = {
        scenario: np.array([row["value"] for row in run.measures
                            if (row["scenario"], row["measure"]) == (scenario, "held_at_end")])
        for scenario in ("as agreed", "no agreement")
    }  # fmt: skip
    [row] = [row for row in table if row["measure"] == "held_at_end"]
    change = values["as agreed"] - values["no agreement"]
    assert row["mean"] == pytest.approx(change.mean())
    assert row["p95"] == pytest.approx(np.percentile(change, 95))
    assert table.name == "as agreed less no agreement"
    with pytest.raises(sj.SojournError, match="did you mean `as agreed`"):
        run.compare("as greed")


def test_a_summary_keeps_what_it_is_told(run):
    table = run.summary("census", by=["year"], value="average", where={"state": "prison"})
    assert table.columns[:2] == ("scenario", "year")
    assert len(table) == 2


@pytest.mark.parametrize(
    ("table", "options"),
    [
        ("census", {}), ("facilities", {"value": "occupied"}), ("measures", {}), ("gates", {}),
        ("money", {"where": {"costing": "any"}}), ("flows", {"by": "target"}), ("waits", {}),
    ],
)  # fmt: skip
def test_a_chart_has_a_line_for_each_scenario(run, table, options):
    spec = run.plot(table, **options).to_dict()
    assert spec["encoding" if "encoding" in spec else "facet"]
    assert "no agreement" in json.dumps(spec)


def test_a_chart_has_one_column_of_panels(run):
    with pytest.raises(sj.SojournError, match=r"by= cannot be \['group'\]\n    give a text"):
        run.plot("census", by=["group"])


def test_money_of_one_currency_needs_no_currency_named(run):
    table = run.summary("money", by=["payment", "year"])
    assert table.columns[:3] == ("scenario", "payment", "year") and len(table)
    with pytest.raises(sj.SojournError, match=r"group by `period` too \(by year,group,period\)"):
        run.summary("census", by=["year", "group"])


def test_a_report_and_an_export_are_written(run, tmp_path):
    assert run.report(tmp_path / "a.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert (run.export(tmp_path / "tables") / "datapackage.json").is_file()


def test_values_as_drawn_give_the_same_run(study, run):
    drawn = [row for row in run.draws if row["path"] == SHARE]
    given = study.run(parameters={SHARE: [row["value"] for row in drawn]}, seed=3)
    assert_same(given, run)
    assert given.record["digest"] != run.record["digest"]


def test_no_other_number_moves(study, run):
    """Of what is drawn, nor of people whom the given number does not reach."""
    given = study.run(parameters=pd.DataFrame({"lawsuit_share": [0.1, 0.2, 0.3, 0.9]}), seed=3)
    rows = "select * from draws where path <> 'parameters.lawsuit_share' order by all"
    assert given.sql(rows) == run.sql(rows)
    admitted = "select * from flows where source = 'outside' order by all"
    assert given.sql(admitted) == run.sql(admitted)


def test_a_certain_number_can_be_given(study):
    fees = [10000.0, 30000.0]
    swept = study.run(parameters=pa.table({FEE: fees}), seed=3)
    for draw, fee in enumerate(fees):
        alone = study.change({FEE: f"{fee} USD"}).run(draws=draw + 1, seed=3)
        query = f"select * exclude (real, discounted) from money where draw = {draw} order by all"
        assert swept.sql(query) == alone.sql(query)
    page = swept.report().read_text(encoding="utf-8")
    assert "Given for this run" in page


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"lawsuit_shar": [0.1]}, "did you mean `lawsuit_share`"),
        ({"lawsuit_share": [1.5]}, "a share must be at most 100 %"),
        ({"lawsuit_share": [None]}, "other than finite numbers"),
        ({"lawsuit_share": [0.1], SHARE: [0.1]}, "two columns give"),
        ({"lawsuit_share": [0.1, 0.2], FEE: [1.0]}, "unequal lengths"),
        ({}, "`parameters` has no rows"),
        (17, "`int` is not a table"),
    ],
)
def test_values_that_cannot_stand_in_the_study_are_refused(study, parameters, said):
    with pytest.raises(sj.SojournError, match=said):
        study.run(parameters=parameters)


def test_rows_are_draws(study):
    """Of more rows than draws the first are used."""
    fewer, first = study.run(parameters={SHARE: [0.1, 0.2]}, draws=1, seed=3), {SHARE: [0.1]}
    assert_same(fewer, study.run(parameters=first, seed=3))
    with pytest.raises(sj.SojournError, match="has 2 rows, fewer than the 3 draws"):
        study.run(parameters={SHARE: [0.1, 0.2]}, draws=3)


def test_a_scenario_keeps_the_value_it_sets(study):
    fixed = study.change({"scenarios.as agreed.parameters.lawsuit_share": "25 %"})
    given = fixed.run(parameters={SHARE: [0.5]}, seed=3)
    alone = fixed.run(draws=1, seed=3)
    query = "select * from census where scenario = 'as agreed' order by all"
    assert given.sql(query) == alone.sql(query)
    both = fixed.change({"scenarios.no agreement.parameters.lawsuit_share": "25 %"})
    with pytest.raises(sj.SojournError, match="every scenario sets it"):
        both.run(parameters={SHARE: [0.5]})


def test_pieces_are_the_run_done_at_once_row_for_row(study, run, tmp_path):
    last = study.run(draws=1, first_draw=3, seed=3, out=tmp_path / "last")
    first = study.run(draws=3, seed=3)
    whole = sj.merge([last.folder, first])
    assert_same(whole, run)
    assert whole.record["digest"] == run.record["digest"]
    assert whole.answer == run.answer


def test_pieces_with_given_values_are_merged(study):
    values = [0.1, 0.2, 0.3]
    at_once = study.run(parameters={SHARE: values}, seed=3)
    pieces = [
        study.run(parameters={SHARE: values[place : place + 2]}, first_draw=place, seed=3)
        for place in (0, 2)
    ]
    whole = sj.merge(pieces)
    assert_same(whole, at_once)
    assert whole.record["digest"] == at_once.record["digest"]


def test_expected_means_are_merged():
    study = sj.load(EXACT)
    whole = sj.merge([study.run(draws=1, first_draw=n, expected=True) for n in (1, 0)])
    assert_same(whole, study.run(draws=2, expected=True))


EXACT = """
study: Exact
period: {from: 2026-01-01, to: 2027-01-01}
states: {prison: {}, free: {end: yes}}
transitions: {prison -> free: {after: {mean: 100 days}}}
populations:
  p: {stock: {count: {between: [90 people, 110 people]}, state: prison, served: 0 days}}
measures: {left: {people: prison, at: end}}
"""


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([{"first_draw": 0}, {"first_draw": 2}], "draws 1 to 1 are missing"),
        ([{"first_draw": 0}, {"first_draw": 0}], "draws 0 to 0 are there twice"),
        ([{"first_draw": 0}, {"first_draw": 1, "seed": 4}], "not pieces of one run"),
    ],
)
def test_what_are_not_pieces_is_refused(options, said):
    study = sj.load(EXACT)
    with pytest.raises(sj.SojournError, match=said):
        sj.merge([study.run(draws=1, **each) for each in options])


def test_merging_nothing_is_refused():
    with pytest.raises(sj.SojournError, match="there are no runs"):
        sj.merge([])


def test_progress_is_told_to_whoever_asks(study, capsys):
    steps = []
    study.run(draws=1, progress=steps.append)
    assert (steps[0].what, steps[0].done) == ("histories", 0)
    assert steps[-1].what == "measures and claims"
    study.run(draws=1, progress=True)
    assert "histories  2 of 2" in capsys.readouterr().err
    study.run(draws=1)
    assert capsys.readouterr().err == ""
