"""Summaries against the same sums in NumPy."""

import datetime as dt
import json
from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest

from results.made import make_study, measured, reseal, write_run
from sojourn.errors import ResultsError
from sojourn.results import summary
from sojourn.results.run_folder.folder import read_run
from sojourn.results.tables import from_rows
from sojourn.study.model.measures import Measure
from sojourn.study.model.pathway import State
from sojourn.study.model.values import Quantity

DRAWS, REPLICATES = 3, 2
DOUBTED = Quantity(value=1, low=0, high=2, shape="uniform", path="parameters.x")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Without groups' names or periods' zeros: rows of one state are taken out in one history."""
    study = make_study(parameters={"x": DOUBTED})
    out = write_run(
        tmp_path_factory.mktemp("runs") / "run", study, draws=DRAWS, replicates=REPLICATES
    )
    rows = pq.read_table(out / "census.parquet").to_pylist()
    kept = [r for r in rows if r["draw"] != 1 or r["replicate"] != 0 or r["state"] != "held"]
    pq.write_table(from_rows("census", kept), out / "census.parquet")
    reseal(out)
    return read_run(out)


def rows_of(run, table):
    return pq.read_table(run.path / f"{table}.parquet").to_pylist()


def held(run, scenario):
    """People held at the end of the first period [draw, replicate]."""
    found = np.zeros((DRAWS, REPLICATES))
    for row in rows_of(run, "census"):
        if (row["scenario"], row["state"]) == (scenario, "held") and row["period"].month == 2:
            found[row["draw"], row["replicate"]] += row["people"]
    return found


def row_of(table, **keys):
    [row] = [r for r in table.to_pylist() if all(r[key] == value for key, value in keys.items())]
    return row


def assert_spread(row, values):
    assert row["mean"] == pytest.approx(values.mean())
    for name, share in (("p5", 5), ("p50", 50), ("p95", 95)):
        assert row[name] == pytest.approx(np.percentile(values, share))
    within = values.var(axis=1, ddof=1).mean()
    assert row["simulation"] == pytest.approx(np.sqrt(within))
    rest = max(values.var(ddof=1) - within, 0)
    assert row["parameters"] == pytest.approx(np.sqrt(rest), abs=1e-9)
    assert row["determined"] == 1
    # One-way analysis of variance: draws are groups, replicates are within.
    of_mean = values.mean(axis=1).var(ddof=1) / DRAWS
    by_chance = within / (DRAWS * REPLICATES)
    assert row["error_simulation"] == pytest.approx(np.sqrt(by_chance))
    rest = max(of_mean - by_chance, 0)
    assert row["error_parameters"] == pytest.approx(np.sqrt(rest), abs=1e-9)


def test_a_state_without_rows_counts_as_zero(run):
    values = held(run, "offer")
    assert values[1, 0] == 0
    keys = {"scenario": "offer", "state": "held", "period": dt.date(2025, 2, 4)}
    assert_spread(row_of(summary.summary(run, "census"), **keys), values)


def test_differences_are_paired(run):
    table = summary.summary(run, "census", against="base")
    assert set(table["scenario"].to_pylist()) == {"offer"}
    row = row_of(table, state="held", period=dt.date(2025, 2, 4))
    offer, base = held(run, "offer"), held(run, "base")
    assert_spread(row, offer - base)
    apart = offer.var(ddof=1) + base.var(ddof=1)
    assert row["saved"] == pytest.approx(apart / (offer - base).var(ddof=1))


def test_average_census_is_person_days_over_days(run):
    keys = {"scenario": "base", "state": "prison", "period": dt.date(2025, 3, 1)}
    days = row_of(summary.summary(run, "census", value="person_days"), **keys)["mean"]
    assert row_of(summary.summary(run, "census", value="average"), **keys)["mean"] == pytest.approx(
        days / 31
    )


def test_by_group(run):
    table = summary.summary(run, "census", by=("period", "state", "group"))
    assert set(table["group"].to_pylist()) == {"home", "other"}


def test_flows_by_year_add_up(run):
    rows = rows_of(run, "flows")
    table = summary.summary(run, "flows")
    row = row_of(table, scenario="base", target="out", year=2025)
    total = sum(r["people"] for r in rows if (r["scenario"], r["target"]) == ("base", "out"))
    assert row["mean"] == pytest.approx(total / (DRAWS * REPLICATES))


def test_scenarios_come_in_the_order_of_the_study(run):
    scenarios = summary.summary(run, "facilities", value="peak")["scenario"].to_pylist()
    assert list(dict.fromkeys(scenarios)) == ["base", "offer"]


def test_waits_leave_out_years_in_which_nobody_was_served(run):
    rows = [r for r in rows_of(run, "waits") if r["scenario"] == "base"]
    waits = np.zeros((2, DRAWS, REPLICATES))
    for r in rows:
        waits[:, r["draw"], r["replicate"]] += (r["days_served"], r["served"])
    row = row_of(summary.summary(run, "waits"), scenario="base")
    assert row["mean"] == pytest.approx((waits[0] / waits[1]).mean())


def small_run(folder, *, parts=None, **tables):
    """A run with one replicate and other tables put in."""
    parts = {"parameters": {"x": DOUBTED}} if parts is None else parts
    out = write_run(folder / "run", make_study(**parts), draws=4, replicates=1)
    for name, table in tables.items():
        pq.write_table(table, out / f"{name}.parquet")
    reseal(out)
    return read_run(out)


def test_measures_and_one_replicate(tmp_path):
    given = measured({"base": {"m": [1.0, 2.0, 3.0, 4.0]}, "offer": {"m": [2.0, None, 9.0, 4.0]}})
    run = small_run(tmp_path, measures=given)
    row = row_of(summary.summary(run, "measures"), scenario="offer")
    assert (row["mean"], row["determined"], row["simulation"]) == (5.0, 0.75, None)
    row = row_of(summary.summary(run, "measures", against="base", only="offer"), scenario="offer")
    assert row["mean"] == pytest.approx((1 + 6 + 0) / 3)


def test_without_uncertain_numbers_all_variation_is_chance(tmp_path):
    given = measured({"base": {"m": [1.0, 2.0, 3.0, 4.0]}, "offer": {"m": [0.0] * 4}})
    run = small_run(tmp_path, parts={}, measures=given)
    row = row_of(summary.summary(run, "measures"), scenario="base")
    assert row["simulation"] == pytest.approx(np.std([1, 2, 3, 4], ddof=1))
    assert row["error_simulation"] == pytest.approx(row["simulation"] / 2)
    assert (row["parameters"], row["error_parameters"]) == (0, 0)


def test_exact_means_have_no_simulation_error(tmp_path):
    given = measured({"base": {"m": [1.0, 2.0, 3.0, 4.0]}, "offer": {"m": [0.0] * 4}})
    run = small_run(tmp_path, measures=given)
    exact = replace(run, record={**run.record, "solver": "expected"})
    row = row_of(summary.summary(exact, "measures"), scenario="base")
    assert (row["simulation"], row["error_simulation"]) == (0, 0)
    assert row["error_parameters"] == pytest.approx(np.std([1, 2, 3, 4], ddof=1) / 2)
    both = row_of(summary.summary(run, "measures"), scenario="base")
    assert (both["error_simulation"], both["error_parameters"]) == (
        None, pytest.approx(row["error_parameters"]))  # fmt: skip


def test_what_differs_in_its_last_digits_alone_does_not_differ(tmp_path):
    almost = [684.006, 684.006 + 1e-12, 684.006 - 1e-12, 684.006]
    run = small_run(tmp_path, measures=measured({"base": {"m": almost}}))
    exact = replace(run, record={**run.record, "solver": "expected"})
    row = row_of(summary.summary(exact, "measures"), scenario="base")
    assert (row["parameters"], row["error_parameters"]) == (0, 0)


def test_a_measure_that_is_never_determined_has_no_spread(tmp_path):
    run = small_run(tmp_path, measures=measured({"base": {"m": [None] * 4}}))
    row = row_of(summary.summary(run, "measures"), scenario="base")
    assert (row["mean"], row["parameters"], row["determined"]) == (None, None, 0)


def test_money_by_year(tmp_path):
    head = {"scenario": "base", "replicate": 0, "payment": "fee", "payer": "US", "payee": "SV"}
    head |= {"category": "fee", "unit": "once", "quantity": 1.0, "period": dt.date(2025, 3, 1)}
    head |= {"costing": "any", "real": 0.0}
    money = from_rows(
        "money",
        [
            head | {"draw": draw, "currency": currency, "amount": amount, "discounted": amount / 2}
            for draw, currency, amount in ((0, "USD", 100.0), (1, "USD", 300.0), (1, "EUR", 8.0))
        ],
    )
    run = small_run(tmp_path, money=money)
    dollars = {"scenario": "base", "currency": "USD", "year": 2025}
    assert row_of(summary.summary(run, "money"), **dollars)["mean"] == pytest.approx(100)
    discounted = summary.summary(run, "money", value="discounted")
    assert row_of(discounted, **dollars)["mean"] == pytest.approx(50)
    # All are of one costing, which need not be kept; amounts of two currencies are never added.
    by_currency = summary.summary(run, "money", by=["year", "currency"])
    assert row_of(by_currency, **dollars)["mean"] == pytest.approx(100)
    for by in (("year", "costing"), ("year",)):
        with pytest.raises(ResultsError, match="cannot be added up over `currency`"):
            summary.summary(run, "money", by=by)


def test_the_average_of_a_year_is_over_its_days(run):
    rows = [r for r in rows_of(run, "census") if (r["scenario"], r["state"]) == ("base", "prison")]
    days = sum(row["days"] for row in rows_of(run, "periods") if row["year"] == 2025)
    total = sum(row["person_days"] for row in rows if row["period"].year == 2025)
    table = summary.summary(run, "census", by=["year", "state"], value="average")
    row = row_of(table, scenario="base", state="prison", year=2025)
    assert row["mean"] == pytest.approx(total / days / (DRAWS * REPLICATES))


def test_people_of_several_ends_of_periods_are_never_added(run):
    with pytest.raises(ResultsError, match="the value `average`"):
        summary.summary(run, "census", by=["state"])
    one = {"period": dt.date(2025, 3, 1), "state": ["held", "prison"]}
    table = summary.summary(run, "census", by=["state"], where=one)
    assert set(table["state"].to_pylist()) == {"held", "prison"}


def test_without_keys_there_is_one_row_a_scenario(run):
    table = summary.summary(run, "flows", by=[])
    assert table["scenario"].to_pylist() == ["base", "offer"]
    assert table.column_names == ["scenario", *summary.SPREAD]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"table": "cencus"}, "did you mean `census`"),
        ({"table": "census", "by": ["stat"]}, "did you mean `state`"),
        ({"table": "census", "value": "average", "where": {"sate": "a"}}, "did you mean `state`"),
        ({"table": "measures", "against": "basis"}, "did you mean `base`"),
    ],
)
def test_a_wrong_name_is_refused_with_the_nearest(run, asked, said):
    with pytest.raises(ResultsError, match=said):
        summary.summary(run, **asked)


def test_the_record_is_json(run):
    assert json.loads((run.path / "run.json").read_text()) == run.record


def test_rows_come_in_the_order_in_which_the_study_names_them(tmp_path):
    named = ["years", "held_at_end", "a_cost"]
    study = make_study(
        measures={each: Measure(kind="sum", measures=()) for each in named},
        states={"prison": State(), "held": State()},
    )
    out = write_run(tmp_path / "run", study, draws=2, replicates=1)
    values = {name: {each: [1.0, 2.0] for each in sorted(named)} for name in study.scenarios}
    pq.write_table(measured(values), out / "measures.parquet")
    reseal(out)
    run = read_run(out)
    table = summary.summary(run, "measures")
    assert table["scenario"].to_pylist() == [name for name in study.scenarios for _ in named]
    assert table["measure"].to_pylist() == named * len(study.scenarios)
    census = summary.summary(run, "census", by=["state"], value="average")
    assert census["state"].to_pylist() == ["prison", "held"] * len(study.scenarios)


def test_fiscal_years_group_the_months_anew(run):
    total = {2025: 0.0, 2026: 0.0}
    for row in rows_of(run, "flows"):
        if row["scenario"] == "base" and row["target"] == "out":
            total[row["period"].year + (row["period"].month >= 4)] += row["people"]
    assert all(total.values())  # the run has months before and after 1 April
    table = summary.summary(run, "flows", by=["year", "target"], year_starts=4)
    for year, people in total.items():
        row = row_of(table, scenario="base", target="out", year=year)
        assert row["mean"] == pytest.approx(people / (DRAWS * REPLICATES))
    [average] = [
        row["mean"]
        for row in summary.summary(
            run, "census", by=["year"], value="average", where={"state": "prison"}, year_starts=4
        ).to_pylist()
        if (row["scenario"], row["year"]) == ("base", 2026)
    ]
    days = sum(r["person_days"] for r in rows_of(run, "census") if r["scenario"] == "base"
               and r["state"] == "prison" and r["period"].month == 4)  # fmt: skip
    assert average == pytest.approx(days / 30 / (DRAWS * REPLICATES))


def test_fiscal_years_without_years_are_refused(run):
    with pytest.raises(ResultsError, match="no meaning where nothing is by year"):
        summary.summary(run, "census", year_starts=7)
