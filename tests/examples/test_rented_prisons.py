"""The two studies of rented prisons: what went into them, and sums by hand.

Their numbers are those of `expected.csv`, which tests/baseline holds against a run.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from sojourn.population.cells import build_cells
from sojourn.results.run_folder.query import query
from sojourn.run.run import run_study
from sojourn.study.checks.quotes import check_quotes
from sojourn.study.files.joined_agreements import library_file
from sojourn.study.load import load_study
from sojourn.study.model.study import StudyModel

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "src" / "sojourn" / "examples"
NORWAY, SWEDEN = "norway-netherlands", "sweden-estonia"
MOST_WORDS = 12
"""Of one quote: the texts stay with their publishers."""
LATER = {"nrk", "ntb_end", "union", "annual_2017", "ombudsman", "nltimes"}
"""Sources of the Norwegian study from after the day to which its inputs go, 12 January 2016."""
NOT_ITS_OUTCOME = {"filter", "ssb_2015"}
"""Published later, about 2015 and the first day of it."""


@pytest.fixture(scope="module", params=[NORWAY, SWEDEN])
def study(request: pytest.FixtureRequest) -> StudyModel:
    return load_study(EXAMPLES / request.param)


@pytest.fixture(scope="module")
def norway() -> StudyModel:
    return load_study(EXAMPLES / NORWAY)


def values(name: str, scenario: str, measure: str) -> list[float]:
    """The measure in each draw of the short run that lies beside the example."""
    with (EXAMPLES / name / "expected.csv").open(encoding="utf-8", newline="") as file:
        rows = [r for r in csv.DictReader(file) if r["scenario"] == scenario]
    found = [float(r["value"]) for r in rows if r["measure"] == measure]
    assert len(found) == 2
    return found


def cited(part: Any) -> Iterator[str]:
    """Every source named somewhere in a part of a study."""
    if isinstance(part, dict):
        if isinstance(part.get("source"), str):
            yield part["source"]
        part = list(part.values())
    if isinstance(part, list | tuple):
        for inner in part:
            yield from cited(inner)


def test_quotes_are_short(study: StudyModel) -> None:
    quotes = {check.quote for check in check_quotes(study, None)}
    assert len(quotes) > 15
    assert [quote for quote in quotes if len(quote.split()) > MOST_WORDS] == []


def test_every_statement_is_modelled_or_says_why_not(study: StudyModel) -> None:
    silent = [
        name
        for name, statement in study.statements.items()
        if not statement.models and "ot modelled" not in (statement.says or "")
    ]
    assert silent == []


@pytest.mark.parametrize("name", [NORWAY, SWEDEN])
def test_every_source_is_used(name: str) -> None:
    study = load_study(EXAMPLES / name)
    own = set(yaml.safe_load((EXAMPLES / name / "sources.yaml").read_text(encoding="utf-8")))
    assert own <= set(study.sources)
    assert own - set(cited(study.model_dump(exclude={"sources"}))) == set()


def test_who_may_be_sent_to_tartu_is_told_by_the_agreement_of_the_library() -> None:
    rules = load_study(EXAMPLES / SWEDEN).scenarios["as agreed"].agreement
    assert rules is not None
    assert set(rules.rules) == set(
        yaml.safe_load(library_file("sweden-estonia").read_text(encoding="utf-8"))["rules"]
    )


def test_cells_stay_few(study: StudyModel) -> None:
    for scenario in study.scenarios.values():
        assert len(build_cells(study, scenario)) <= 600


def test_no_input_of_the_norwegian_study_comes_from_its_outcome(norway: StudyModel) -> None:
    inputs = {"populations", "transitions", "states", "facilities", "quotas", "gates", "agreement"}
    found: set[str] = set()
    for scenario in norway.scenarios.values():
        whole = scenario.model_dump()
        assert inputs <= set(whole)
        found |= set(cited([whole[key] for key in inputs]))
        found |= set(cited(whole["money"]))
    assert found.isdisjoint(LATER)
    years = {
        name: max(int(year) for year in re.findall(r"20\d\d", norway.sources[name].date or ""))
        for name in found - NOT_ITS_OUTCOME
    }
    assert max(years.values()) <= date(2016, 1, 12).year


def test_the_worked_cases_of_the_norwegian_agreement_pass(sojourn: Any) -> None:
    done = sojourn("agreements", EXAMPLES / NORWAY / "agreement.yaml", "--cases")
    assert done.returncode == 0, done.stderr
    assert "4 of 4 cases pass" in done.stdout + done.stderr


def test_the_first_rent_is_as_reported() -> None:
    # 85 million kroner for the last four months of 2015, before any rise.
    for rent in values(NORWAY, "as agreed", "rent_first_months"):
        assert rent == pytest.approx(85e6)


def test_a_fixed_price_is_dearer_a_day_the_less_it_is_used() -> None:
    for measure in ("per_person_day", "per_place_day"):
        for value in values(NORWAY, "as agreed", measure):
            assert value > 2900
    pairs = zip(
        values(NORWAY, "as agreed", "per_person_day"),
        values(NORWAY, "only on application", "per_person_day"),
        strict=True,
    )
    assert all(all_places < few for all_places, few in pairs)


@pytest.mark.parametrize(
    ("scenario", "held"), [("150 held", 150), ("300 held", 300), ("450 held", 450)]
)
def test_a_day_used_in_tartu_by_hand(scenario: str, held: int) -> None:
    by_hand = max(300, held) * 8500 * 12 / (365 * held)
    assert values(SWEDEN, scenario, "fee_per_day_used") == pytest.approx([by_hand] * 2, rel=1e-12)


def test_the_most_that_tartu_costs_in_a_year() -> None:
    # A place may stand empty for the days until somebody comes: at most a few of 600 times 365.
    for days, fee in zip(
        values(SWEDEN, "as agreed", "days_2029"),
        values(SWEDEN, "as agreed", "fee_2029"),
        strict=True,
    ):
        assert days <= 600 * 365
        assert fee <= 61.2e6 * (1 + 1e-12)
        assert fee == pytest.approx(61.2e6, rel=1e-4)


def test_the_transition_year_is_paid_for_225_places() -> None:
    # The ramp of 33 a month: with 150 places used at most, never above the minimum.
    assert values(SWEDEN, "150 held", "fee_transition") == pytest.approx([22.95e6] * 2)
    # The four years after it are paid for 300.
    assert values(SWEDEN, "150 held", "fee_total") == pytest.approx([22.95e6 + 4 * 30.6e6] * 2)


# ---- the tables of the pages, from whole runs ----------------------------------------------------

ROWS = {
    "sent by 15 February 2018": ("sent", "{:,.0f}", 1.0),
    "share of them who had applied": ("applied_share", "{:.0f}", 100.0),
    "days until Norgerhaven is full": ("first_full", "{:.0f}", 1.0),
    "held at the end of October 2015": ("held_october", "{:.0f}", 1.0),
    "share of foreigners, early 2018": ("foreign_share_held", "{:.0f}", 100.0),
    "queue at home, end of 2015": ("queue_january_2016", "{:.0f}", 1.0),
    "queue at home, end of April 2017": ("queue_april_2017", "{:.0f}", 1.0),
    "queue at home, end of 2017": ("queue_end_2017", "{:.0f}", 1.0),
    "paid in the first year, million NOK": ("paid_first_year", "{:.0f}", 1e-6),
    "paid in three years, million NOK": ("paid", "{:.0f}", 1e-6),
    "NOK for a place-day": ("per_place_day", "{:,.0f}", 1.0),
    "NOK for a person-day used": ("per_person_day", "{:,.0f}", 1.0),
}


@pytest.mark.slow
def test_the_table_of_projected_and_happened(tmp_path: Path) -> None:
    run = run_study(EXAMPLES / NORWAY, out=tmp_path / "run")
    sql = (
        "select measure, avg(value) mean, quantile_cont(value, 0.05) low, "
        "quantile_cont(value, 0.95) high, count(*) filter (value < 936) below, count(*) draws "
        "from measures where scenario = 'as agreed' group by measure"
    )
    found = {row["measure"]: row for row in query(run, sql).to_pylist()}
    assert (found["sent"]["below"], found["sent"]["draws"]) == (85, 100)
    for page in (ROOT / "docs" / "studies.md", EXAMPLES / NORWAY / "README.md"):
        text = page.read_text(encoding="utf-8")
        for title, (measure, form, factor) in ROWS.items():
            mean, low, high = (
                form.format(found[measure][key] * factor) for key in ("mean", "low", "high")
            )
            percent = " %" if factor == 100.0 else ""
            row = f"| {title} | {mean}{percent} | {low}–{high}{percent} |"
            assert row in text, (page.name, row)


@pytest.mark.slow
def test_the_table_of_a_day_used(tmp_path: Path) -> None:
    run = run_study(EXAMPLES / SWEDEN, out=tmp_path / "run")
    sql = (
        "select scenario, measure, avg(value) mean, quantile_cont(value, 0.05) low, "
        "quantile_cont(value, 0.95) high from measures group by all"
    )
    found = {(row["scenario"], row["measure"]): row for row in query(run, sql).to_pylist()}
    lines = []
    for held, scenario in ((150, "150 held"), (300, "300 held"), (450, "450 held"),
                           (600, "as agreed")):  # fmt: skip
        fee = found[scenario, "fee_2029"]["mean"] / 1e6
        day = found[scenario, "fee_per_day_used"]["mean"]
        saved = found[scenario, "saved_per_day"]["mean"]
        side = "less" if saved > 0 else "more"
        lines.append(f"| {held} | {fee:.1f} | {day:.2f} | {abs(saved):.0f} {side} |")
    few = {measure: row for (name, measure), row in found.items() if name == "only those who agree"}
    held_row, fee_row, day_row = few["held_2029"], few["fee_2029"], few["fee_per_day_used"]
    lines.append(
        f"| {held_row['mean']:.0f} ({held_row['low']:.0f}–{held_row['high']:.0f}), only those who "
        f"agree | {fee_row['mean'] / 1e6:.1f} ({fee_row['low'] / 1e6:.1f}–"
        f"{fee_row['high'] / 1e6:.1f}) | {day_row['mean']:.0f} ({day_row['low']:.0f}–"
        f"{day_row['high']:.0f}) |"
    )
    for page in (ROOT / "docs" / "studies.md", EXAMPLES / SWEDEN / "README.md"):
        text = page.read_text(encoding="utf-8")
        assert [line for line in lines if line not in text] == [], page.name
