"""Bills from the study's text to its tables: what is settled when, and what is never added."""

from __future__ import annotations

import math
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from sojourn.errors import SojournError
from sojourn.run.run import Options, run_study
from sojourn.study.load import load_study

ARRIVALS = "date,people\n2026-07-01,200\n"
STUDY = """\
study: One bill
period: {from: 2026-01-01, to: 2027-01-01, report: REPORT}
states: {held: {}, gone: {end: yes}}
transitions: {held -> gone: {after: STAY}}
populations: {p: {admissions: {file: arrivals.csv, into: held}}}
money:
  currency: USD
  payments:
PAYMENTS
measures:
MEASURES
"""


@pytest.fixture
def run(tmp_path: Path):
    """Measures of a study with these payments, and its folder."""

    def made(payments, measures=None, *, report="month", stay="2 years", expected=False, **files):
        measures = measures or {name: f"{{money: {name}}}" for name in payments}
        lines = "\n".join(f"    {name}: {{{text}}}" for name, text in payments.items())
        asked = "\n".join(f"  {name}: {text}" for name, text in measures.items())
        text = STUDY.replace("REPORT", report).replace("STAY", stay)
        text = text.replace("PAYMENTS", lines).replace("MEASURES", asked)
        text = text.replace("currency: USD", files.pop("money", "currency: USD"))
        folder = tmp_path / "study"
        folder.mkdir(exist_ok=True)
        (folder / "study.yaml").write_text(text, encoding="utf-8")
        (folder / "arrivals.csv").write_text(files.pop("arrivals", ARRIVALS), encoding="utf-8")
        for name, content in files.items():
            (folder / f"{name}.csv").write_text(content, encoding="utf-8")
        run_study(folder, out=tmp_path / "run", options=Options(draws=1, expected=expected))
        return {row["measure"]: row["value"] for row in rows(tmp_path, "measures")}

    made.path = tmp_path
    return made


def rows(path: Path, table: str):
    return pq.read_table(path / "run" / f"{table}.parquet").to_pylist()


A_DAY = "payer: A, payee: B, per: person-day in held, amount: 100 USD"


@pytest.mark.parametrize("expected", [False, True], ids=["simulated", "expected"])
@pytest.mark.parametrize("report", ["month", "year"])
def test_reporting_never_moves_a_bill(run, report, expected):
    """Nobody until July, then 200 people: by the day, whatever the report."""
    found = run(
        {
            "minimum": f"{A_DAY}, minimum: 100 people",
            "tier": f"{A_DAY}, tiers: [{{above: 100 people, amount: 50 USD}}]",
            "begins": f"{A_DAY}, from: 2026-07-16",
            "yearly": f"{A_DAY}, minimum: 120 people, settled: year",
            "by_quarter": f"{A_DAY}, minimum: 150 people, settled: quarter, to: 2026-07-11",
        },
        report=report,
        expected=expected,
    )
    assert found["minimum"] == pytest.approx(100 * 181 * 100 + 200 * 184 * 100)
    assert found["tier"] == pytest.approx(184 * (100 * 100 + 100 * 50))
    assert found["begins"] == pytest.approx(200 * 169 * 100)
    # 200 people for 184 of 365 days are 100.8 on average: 120 are paid for.
    assert found["yearly"] == pytest.approx(120 * 365 * 100)
    # The third quarter has ten days within the contract, with 200 people.
    assert found["by_quarter"] == pytest.approx((150 * 181 + 200 * 10) * 100)


def test_a_contract_that_begins_on_the_day_the_people_come(run):
    found = run(
        {"days": f"{A_DAY}, from: 2026-03-15"},
        report="year",
        arrivals="date,people\n2026-03-15,100\n",
    )
    assert found["days"] == pytest.approx(292 * 100 * 100)


def test_the_day_of_departure(run):
    """200 people stay ten nights: ten days for them, or eleven with both ends."""
    found = run(
        {
            "nights": A_DAY,
            "both": f"{A_DAY}, days: both ends",
            "both_with_minimum": f"{A_DAY}, days: both ends, minimum: 100 people, settled: month",
            "both_by_day": f"{A_DAY}, days: both ends, minimum: 100 people",
        },
        stay="10 days",
        report="year",
    )
    assert found["nights"] == pytest.approx(200 * 10 * 100)
    assert found["both"] == pytest.approx(200 * 11 * 100)
    # In July 2,200 days are paid for, 71 people a day: fewer than 100.
    assert found["both_with_minimum"] == pytest.approx(100 * 365 * 100)
    # On eleven days 200 are paid for, on the others 100.
    assert found["both_by_day"] == pytest.approx((11 * 200 + 354 * 100) * 100)


def test_tiers_of_moves(run):
    """200 leave in July and 200 in November: the first 150 of the term cost more."""
    move = "payer: A, payee: B, per: person over held -> gone, amount: 10 USD"
    tier = "tiers: [{above: 150 people, amount: 1 USD}]"
    found = run(
        {"term": f"{move}, {tier}", "by_month": f"{move}, {tier}, settled: month",
         "by_day": f"{move}, {tier}, settled: day",
         "later": f"{move}, {tier}, from: 2026-07-12"},
        stay="10 days",
        report="year",
        arrivals="date,people\n2026-07-01,200\n2026-11-01,200\n",
    )  # fmt: skip
    assert found["term"] == pytest.approx(150 * 10 + 250)
    assert found["by_month"] == found["by_day"] == pytest.approx(2 * (150 * 10 + 50))
    # Those of July left on the 11th, the day before the contract.
    assert found["later"] == pytest.approx(150 * 10 + 50)


def test_nominal_real_and_discounted(run):
    pay = "payer: A, payee: B, per: once, on: 2026-07-01, amount: 1000 USD"
    found = run(
        {"fee": f"{pay}, price year: 2024"},
        {"nominal": "{money: fee}", "real": "{money: fee, prices: real}",
         "discounted": "{money: fee, discounted: yes}"},
        money="currency: USD\n  discount rate: 3 % per year\n"
        "  prices: {year: 2025, index: cpi.csv, then: 10 % per year}",
        cpi="year,index\n2024,100\n2025,104\n",
    )  # fmt: skip
    assert found["nominal"] == pytest.approx(1144)
    assert found["real"] == pytest.approx(1040)
    assert found["discounted"] == pytest.approx(1040 * 1.03 ** (-181 / 365.25))


TWO = {
    "average": f"{A_DAY}, category: custody, costing: average",
    "marginal": "payer: A, payee: B, per: wing-month in held, wing: {places: 150 places}, "
    "amount: 300 USD, category: custody, costing: marginal",
    "fee": "payer: A, payee: C, per: month, amount: 10 USD",
}


def test_average_and_marginal_cost_are_two_costings(run):
    found = run(
        TWO,
        {"average": "{money: {payer: A, costing: average}}",
         "marginal": "{money: {payer: A, costing: marginal}}", "fees": "{money: {payee: C}}"},
    )  # fmt: skip
    assert found["fees"] == pytest.approx(120)
    assert found["average"] == pytest.approx(200 * 184 * 100 + 120)
    assert found["marginal"] == pytest.approx(6 * 2 * 300 + 120)
    from sojourn.report.page import write_report
    from sojourn.report.summary_json import summary_dict

    told = summary_dict(run.path / "run")
    assert told["costing"] == "average"
    paid = {row["party"]: row["paid"]["mean"] for row in told["scenarios"][0]["money"]}
    assert paid["A"] == pytest.approx(found["average"])
    page = write_report(run.path / "run").read_text(encoding="utf-8")
    assert "Each party’s view, marginal costing" in page.replace("'", "’").replace("&#39;", "’")


@pytest.mark.parametrize("measure", ["{money: {payer: A}}", "{money: [average, marginal]}"])
def test_costings_are_not_added(run, measure):
    with pytest.raises(SojournError) as error:
        run(TWO, {"total": measure})
    (problem,) = error.value.problems
    assert problem.what == "costings are not added together: `average` (average) and `marginal` " \
        "(marginal)"  # fmt: skip
    assert "costing: average" in problem.fix
    assert problem.line


@pytest.mark.parametrize(
    ("payment", "what"),
    [
        ("per: month, minimum: 3 people", "`minimum` belongs to `per: person-year in STATE`"),
        ("per: once, on: 2026-03-01, settled: month", "`settled` belongs to"),
        ("per: wing-year in held", "`wing` is missing"),
        ("per: wing-year in held, wing: {places: 0 places}", "must be above 0"),
        ("per: wing-year in held, wing: {places: 5 places, kept: 10 days}",
         "whole number of months"),
        ("per: wing-year in held, wing: {places: 5 places, opening: 5 EUR}", "another currency"),
        ("per: person-week in held", "not what a payment can be for"),
        ("per: person-day in held, settled: week", "not known here"),
    ],
)  # fmt: skip
def test_payments_without_meaning_are_refused(run, payment, what):
    with pytest.raises(SojournError) as error:
        run({"fee": f"payer: A, payee: B, amount: 1 USD, {payment}"})
    assert any(what in problem.what for problem in error.value.problems), error.value.problems
    assert all(problem.line and problem.fix for problem in error.value.problems)


@pytest.mark.parametrize(
    ("table", "extra", "what"),
    [
        ("year,index\n2025,100\n", "", "ends with 2025 and is needed for 2026"),
        ("year,index\n2026,100\n", "", "begins on 2026-01-01 and is needed for 2025"),
        ("year,index\n2024,100\n2026,104\n", "", "the year 2025 is missing"),
        ("date,index\n2024-01-01,100\n2024-01-01,104\n", ", then: 1 % per year", "does not come"),
        ("year,level\n2025,100\n", "", "the columns are year, level"),
        ("year,index\n2025,0\n", "", "`0` is not an index"),
        ("year,index\nlast,1\n", "", "`last` is not a year"),
        ("year,index\n", "", "has no rows"),
    ],
)
def test_an_index_that_does_not_say_what_prices_are_is_refused(run, table, extra, what):
    with pytest.raises(SojournError) as error:
        run(
            {"fee": f"{A_DAY}, price year: 2025"},
            money=f"currency: USD\n  prices: {{year: 2025, index: cpi.csv{extra}}}",
            cpi=table,
        )
    assert any(what in problem.what for problem in error.value.problems), error.value.problems


def test_a_price_without_a_year_is_refused_where_there_is_an_index(run):
    with pytest.raises(SojournError, match="`fee` has no price year"):
        run(
            {"fee": A_DAY},
            money="currency: USD\n  prices: {year: 2026, index: cpi.csv}",
            cpi="year,index\n2026,100\n",
        )


def test_a_new_price_needs_no_new_simulation_and_a_new_date_does(run):
    def histories(text):
        run({"days": text}, report="year")
        import json

        return json.loads((run.path / "run" / "run.json").read_text())["histories"]

    first = histories(A_DAY)
    assert histories(f"{A_DAY}, escalator: 2 % per year, settled: year, minimum: 5 people") == first
    assert histories(f"{A_DAY}, from: 2026-03-01") == first
    assert histories(f"{A_DAY}, from: 2026-03-15") != first
    assert histories(f"{A_DAY}, minimum: 5 people") != first


SHRINKING = """\
study: A closed group that shrinks
period: {from: 2026-01-01, to: 2031-01-01, step: STEP, report: year}
facilities: {house: {capacity: 2000 people, already held: 10 people, limit: soft}}
states: {a: {place: house}, b: {end: yes}}
transitions: {a -> b: {after: {hazard: {0 days: 35 % per year}}}}
populations: {p: {stock: {count: 1000 people, state: a, served: equilibrium}}}
money: {payments: {care: {payer: A, payee: B, per: person-year in a, amount: 10000 USD}}}
measures: {care: {money: care}, years: {person-years: a}, mean: {average: house}}
"""


@pytest.mark.parametrize("expected", [True, False], ids=["expected", "simulated"])
@pytest.mark.parametrize(("step", "error"), [("day", 1e-3), ("month", 1e-3), ("year", 0.0103)])
def test_a_shrinking_stock_by_steps(tmp_path, step, error, expected):
    """1000 (1 − e^−1.75) / 0.35 person-years; by years a twelfth of 0.35² more."""
    (tmp_path / "study.yaml").write_text(SHRINKING.replace("STEP", step), encoding="utf-8")
    run_study(tmp_path, out=tmp_path / "run", options=Options(draws=1, expected=expected))
    found = {row["measure"]: row["value"] for row in rows(tmp_path, "measures")}
    want = 1000 * (1 - math.exp(-1.75)) / 0.35
    # One history: the standard error of the person-years of 1,000 people is below 55.
    near = {"rel": error} if expected else {"abs": 200}
    assert found["years"] == pytest.approx(want, **near)
    assert found["care"] == pytest.approx(10000 * found["years"])
    days = rows(tmp_path, "periods")
    mean = sum(row["person_days"] for row in rows(tmp_path, "census") if row["state"] == "a")
    assert found["mean"] == pytest.approx(10 + mean / sum(row["days"] for row in days))


def test_the_study_reads_as_its_text_says(run):
    run({"fee": f"{A_DAY}, settled: whole term"})
    payment = load_study(run.path / "study").scenarios["base"].money.payments["fee"]
    assert payment.settlement == "whole term"
