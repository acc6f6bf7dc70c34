"""Sums, differences and products of measures: what does not go together is refused at its place."""

from __future__ import annotations

import pytest

from sojourn.errors import StudyError
from sojourn.run.check import check_study
from sojourn.study.load import load_study

PAYMENTS = (
    "category: custody}",
    "category: custody}\n"
    "    a: {payer: A, payee: B, per: person-day in prison, amount: 90 USD, costing: average}\n"
    "    m: {payer: A, payee: B, per: person-day in prison, amount: 20 USD, costing: marginal}\n"
    "    e: {payer: A, payee: B, per: person-day in held, amount: 10 EUR}",
)
MEASURES = (
    "  held_at_end: {people: held, at: end}",
    "  held_at_end: {people: held, at: end}\n  days: {person-days: held}\n"
    "  average: {money: a}\n  marginal: {money: m}\n  euros: {money: e}\n"
    "  rate: {value: 1.1}\n  part: {value: 40 %}\n  made: ",
)


def made(write_study, measure: str, *more: tuple[str, str]):
    """A study with one more measure, `made`."""
    old, new = MEASURES
    return write_study(PAYMENTS, (old, f"{new}{measure}"), *more)


@pytest.mark.parametrize(
    ("measure", "what", "fix"),
    [
        ("{sum: [held_at_end, fee_total]}", "`held_at_end` (people) and `fee_total` (USD)",
         "`ratio`"),
        ("{difference: [held_at_end, days]}", "are not subtracted: `held_at_end` (people)",
         "`ratio`"),
        ("{sum: [fee_total, part]}", "`fee_total` (USD) and `part` (share)", "`ratio`"),
        ("{sum: [fee_total, fee_per_year]}", "`fee_per_year` (USD per person-year)", "`unit`"),
        ("{sum: [fee_total, euros]}", "`fee_total` (USD) and `euros` (EUR)",
         "`{product: [euros, RATE], unit: USD}`"),
        ("{sum: [average, marginal]}",
         "costings are not added together: `average` (average) and `marginal` (marginal)",
         "each costing apart"),
        ("{difference: [average, marginal]}", "costings are not subtracted", "each costing apart"),
        ("{product: [fee_total, euros]}",
         "amounts of money are multiplied: `fee_total` (USD) and `euros` (EUR)",
         "without money"),
        ("{product: [fee_total, fee_total]}", "amounts of money are multiplied", "without money"),
        ("{sum: [euros, euros], unit: USD}", "`euros` is in EUR", "`unit: EUR`"),
        ("{money: e, unit: USD}", "`e` is paid in EUR", "`unit: EUR`"),
        ("{money: [fee, e]}", "currencies are not added together: `fee` (USD) and `e` (EUR)",
         "each apart"),
    ],
)  # fmt: skip
def test_unlike_measures_do_not_make_one_number(measure, what, fix, write_study):
    folder = made(write_study, measure)
    with pytest.raises(StudyError) as caught:
        load_study(folder)
    (problem,) = caught.value.problems
    assert what in problem.what
    assert fix in (problem.fix or "")
    lines = (folder / "study.yaml").read_text(encoding="utf-8").splitlines()
    assert problem.file.endswith("study.yaml")
    assert lines[problem.line - 1].startswith("  made:")
    assert problem.path.startswith("measures.made.")


@pytest.mark.parametrize(
    ("measure", "unit"),
    [
        ("{sum: [fee_total, average]}", "USD"),
        ("{difference: [euros, euros]}", "EUR"),
        ("{money: e}", "EUR"),
        ("{sum: [held_at_end, held_at_end]}", "people"),
        ("{sum: [held_at_end, rate]}", "people"),  # a bare number may be of any unit
        ("{ratio: [fee_total, held_at_end]}", ""),
        ("{ratio: [average, marginal]}", ""),
        ("{ratio: [fee_total, euros]}", ""),
        ("{product: [average, part]}", "USD"),
        ("{product: [fee_per_year, held_years]}", "USD"),
        ("{product: [euros, rate], unit: USD}", "USD"),
        ("{product: [held_at_end, rate], unit: people}", "people"),
    ],
)
def test_like_measures_have_the_unit_of_what_they_are_made_of(measure, unit, write_study):
    study = load_study(made(write_study, measure))
    assert {each.measures["made"].unit for each in study.scenarios.values()} == {unit}


def test_a_claim_is_held_against_the_unit_of_a_sum(write_study):
    claim = "holds if: fee_per_year < home_per_year"
    right = made(write_study, "{sum: [euros, euros]}", (claim, "holds if: made < 800 EUR"))
    check_study(right, None)
    text = (right / "study.yaml").read_text(encoding="utf-8")
    (right / "study.yaml").write_text(text.replace("800 EUR", "800 USD"), encoding="utf-8")
    with pytest.raises(StudyError) as caught:
        check_study(right, None)
    (problem,) = caught.value.problems
    assert "EUR" in problem.what + (problem.fix or "")
    assert problem.path == "claims.cheap.holds if"


def test_nobody_pays_themselves(write_study):
    folder = write_study(("payer: A, payee: Prisons", "payer: A, payee: A"))
    with pytest.raises(StudyError) as caught:
        load_study(folder)
    (problem,) = caught.value.problems
    assert (problem.what, problem.path) == (
        "`A` pays itself, which is a cost and a receipt at once", "money.payments.home.payee"
    )  # fmt: skip
    assert "name who is paid" in problem.fix
    lines = (folder / "study.yaml").read_text(encoding="utf-8").splitlines()
    assert lines[problem.line - 1].lstrip().startswith("home:")
