"""A study by months, from its text to its tables, its money and its report, by hand."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

STUDY = """\
study: A small prison by the month
period: {from: 2023-11-01, to: 2024-07-01, step: STEP, report: REPORT}
run: {seed: 3, draws: 1}
facilities: {house: 20 people}
states:
  held: {place: house}
  done: {end: yes}
transitions:
  held -> done: {after: 3 months, while: open_door}
gates: {open_door: {closed: [{from: 2024-04-01, to: 2024-05-01}]}}
populations:
  people:
    stock: {count: 4 people, state: held}
    admissions: {per month: 5 people, into: held, process: fixed}
money:
  payments:
    meals: {payer: A, payee: B, per: person-day in held, amount: 7 USD}
    rent: {payer: A, payee: B, per: person-month in held, amount: 310 USD}
    staff: {payer: A, payee: B, per: person-year in held, amount: 36600 USD}
    exits: {payer: A, payee: B, per: person over held -> done, amount: 50 USD}
measures:
  years: {person-years: held}
  mean: {average: held}
  most: {peak: held}
  at_end: {people: held, at: end}
  full: {first full: house}
  wait: {wait: held -> done}
scenarios: {base: {}}
"""

# 5 enter a month; the 4 of the stock stay November to January, each of the others three months.
# Those of January would leave in April, when the door is shut, and leave in May with February's.
MONTHS = ["2023-11", "2023-12", "2024-01", "2024-02", "2024-03", "2024-04", "2024-05", "2024-06"]
DAYS = [30, 31, 31, 29, 31, 30, 31, 30]
CENSUS = [9, 14, 19, 15, 15, 20, 15, 15]
# Person-time is the mean of both ends: 4 are there at first, and nobody is in a line.
PERSON_DAYS = [
    (a + b) / 2 * days for a, b, days in zip([4, *CENSUS[:-1]], CENSUS, DAYS, strict=True)
]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory):
    """Run the study with these steps and reporting periods; its tables as rows."""
    folder = tmp_path_factory.mktemp("monthly")

    def made(step: str, report: str) -> dict[str, list[dict[str, object]]]:
        from sojourn.run.run import Options, run_study

        study = folder / f"{step}-{report}"
        if not study.exists():
            study.mkdir()
            text = STUDY.replace("STEP", step).replace("REPORT", report)
            (study / "study.yaml").write_text(text, encoding="utf-8")
            run_study(study, out=study / "run", options=Options(events=1.0))
        return {
            path.stem: pq.read_table(path).to_pylist() for path in (study / "run").glob("*.parquet")
        }

    made.folder = folder
    return made


def of(rows: list[dict[str, object]], **where: object) -> list[dict[str, object]]:
    return [row for row in rows if all(row[key] == value for key, value in where.items())]


def test_the_census_and_its_person_days(run):
    tables = run("month", "month")
    held = of(tables["census"], state="held")
    assert [str(row["period"])[:7] for row in held] == MONTHS
    assert [row["people"] for row in held] == CENSUS
    assert [row["peak"] for row in held] == CENSUS
    assert [row["person_days"] for row in held] == PERSON_DAYS
    assert [row["days"] for row in tables["periods"]] == DAYS
    assert [row["days"] for row in tables["histories"]] == [sum(DAYS)]


def test_places_gates_and_waits_in_days(run):
    tables = run("month", "month")
    places = tables["facilities"]
    assert [row["person_days"] for row in places] == PERSON_DAYS
    assert [row["days_full"] for row in places] == [0, 0, 0, 0, 0, 30, 0, 0]
    assert str(tables["firsts"][0]["first_full"]) == "2024-04-01"
    assert [row["days_open"] for row in tables["gates"]] == [30, 31, 31, 29, 31, 0, 31, 30]
    assert [row["days"] for row in tables["gates"]] == DAYS
    line = of(tables["waits"], transition="held -> done")
    assert [row["person_days"] for row in line] == [0, 0, 0, 0, 0, 2.5 * 30, 2.5 * 31, 0]
    # Five people waited a month, which is 30.4375 days: to the nearest day.
    assert [row["days_served"] for row in line] == [0, 0, 0, 0, 0, 0, 152, 0]


def test_events_are_dated_by_the_first_days_of_months(run):
    moves = of(run("month", "month")["events"], transition="held -> done")
    dates = [str(row["date"]) for row in moves]
    want = {"2024-02-01": 9, "2024-03-01": 5, "2024-05-01": 10, "2024-06-01": 5}
    assert {day: dates.count(day) for day in sorted(set(dates))} == want


def test_money_to_the_digit(run):
    money = run("month", "month")["money"]

    def amounts(payment: str) -> list[float]:
        return [row["amount"] for row in of(money, payment=payment)]

    assert amounts("meals") == pytest.approx([7.0 * n for n in PERSON_DAYS], rel=1e-14)
    rent = [310.0 * n / days for n, days in zip(PERSON_DAYS, DAYS, strict=True)]
    assert amounts("rent") == pytest.approx(rent, rel=1e-14)
    year = [365, 365, *[366] * 6]
    want = [36600 * n / y for n, y in zip(PERSON_DAYS, year, strict=True)]
    assert amounts("staff") == pytest.approx(want, rel=1e-14)
    moves = [0, 0, 0, 9, 5, 0, 10, 5]
    assert amounts("exits") == pytest.approx([50.0 * n for n in moves], abs=1e-9)


def test_measures(run):
    found = {row["measure"]: row["value"] for row in run("month", "month")["measures"]}
    years = sum(PERSON_DAYS[:2]) / 365 + sum(PERSON_DAYS[2:]) / 366
    assert found["years"] == pytest.approx(years, rel=1e-14)
    assert found["mean"] == pytest.approx(sum(PERSON_DAYS) / sum(DAYS), rel=1e-14)
    assert (found["most"], found["at_end"]) == (20, 15)
    assert found["full"] == 152  # days from 1 November to 1 April
    # Of the 29 who left through the line, five waited a month: 152 days.
    assert found["wait"] == pytest.approx(152 / 29)


def test_years_of_months_add_up(run):
    months, years = run("month", "month"), run("month", "year")
    for name, column in (("census", "person_days"), ("flows", "people")):
        whole = sum(row[column] for row in months[name])
        assert sum(row[column] for row in years[name]) == whole
    # A bill is the same whichever period it is reported in.
    for payment in ("meals", "rent", "staff", "exits"):
        whole = sum(row["amount"] for row in of(months["money"], payment=payment))
        found = sum(row["amount"] for row in of(years["money"], payment=payment))
        assert found == pytest.approx(whole, rel=1e-12), payment
    assert [row["days"] for row in years["periods"]] == [61, 182]


def test_the_report_of_a_study_by_months(run, sojourn):
    run("month", "month")
    done = sojourn("report", run.folder / "month-month" / "run", "--out", run.folder / "r.html")
    assert done.returncode == 0, done.stderr
    page = Path(run.folder / "r.html").read_text(encoding="utf-8")
    assert "steps of a month" in page


def test_a_study_by_days_counts_the_same_people(run):
    # Admissions are spread over the days, and a month is 30.4375 days: three months' people are
    # within one month's of those by months.
    by_day = [row["people"] for row in of(run("day", "month")["census"], state="held")]
    assert all(abs(a - b) <= 5 for a, b in zip(by_day, CENSUS, strict=True))
