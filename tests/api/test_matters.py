"""Which number matters, asked of a finished run, in Python and on the command line."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

import sojourn as sj
from sojourn.analysis.information import information
from sojourn.cli.app import app
from sojourn.report.page import open_context
from sojourn.report.run_data import RunData
from sojourn.report.sections.inputs.sensitivity import _information
from sojourn.report.wording.numbers import money
from sojourn.run.run import SettledRun

STUDY = """\
study: Two ways to spend
period: {from: 2026-01-01, to: 2031-01-01, step: year}
run: {seed: 3, draws: 60}
states: {prison: {}, released: {end: yes}}
parameters: {stay: {between: [18 months, 30 months]}}
transitions: {prison -> released: {after: {mean: {parameter: stay}}}}
populations:
  sentenced:
    stock: {count: 1000 people, state: prison, served: equilibrium}
    admissions: {per year: {between: [400 people, 600 people]}, into: prison}
money:
  currency: EUR
  payments:
    custody:
      {payer: State, payee: North, per: person-day in prison, amount: {between: [80 EUR, 120 EUR]}}
    programme: {payer: State, payee: North, per: year, amount: {between: [0 EUR, 9000000 EUR]}}
measures:
  held: {people: prison, at: end}
  years: {person-years: prison}
  cost: {money: [custody, programme]}
  custody: {money: custody}
claims:
  dear: {says: It costs much., holds if: cost > 195000000 EUR, scenario: programme}
  great: {says: It is great., cannot be determined: There is no measure of it.}
scenarios:
  as it is: {money.payments.programme: off}
  programme: {transitions.prison -> released.after: {mean: 20 months}}
decisions:
  the programme:
    who: State
    options: [as it is, programme]
    least: cost
    turns at: money.payments.programme.amount
    groups: {prices: [money.payments.custody.amount, money.payments.programme.amount]}
    samples: {prices seen: {of: money.payments.custody.amount, observations: 10, deviation: 20 EUR}}
"""
FEE, PER_DAY = "money.payments.programme.amount", "money.payments.custody.amount"
ADMITTED, STAY = "populations.sentenced.admissions.per year", "parameters.stay"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    out = tmp_path_factory.mktemp("matters") / "run"
    return sj.load(STUDY).run(expected=True, out=out, progress=False)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A run that is done again several times."""
    out = tmp_path_factory.mktemp("matters") / "small"
    return sj.load(STUDY).run(expected=True, draws=20, out=out, progress=False)


def by(table, column):
    return {row[column]: row for row in table}


def test_a_tornado_shows_what_each_input_does_in_the_measure_s_own_unit(run):
    found = run.tornado("cost", scenario="programme")
    rows = by(found, "input")
    assert set(rows) == {FEE, PER_DAY, ADMITTED}  # stays are certain there
    fee = rows[FEE]
    assert fee["change"] == pytest.approx(5.0 * (fee["high"] - fee["low"]), abs=4 * fee["error"])
    assert fee["told"] and fee["unit"] == "EUR"
    assert "foretell" in found.about
    changes = [abs(row["change"]) for row in found if row["told"]]
    assert changes == sorted(changes, reverse=True)


def test_a_tornado_of_a_difference_has_the_inputs_of_both(run):
    rows = by(run.tornado("held", scenario="programme", against="as it is"), "input")
    assert set(rows) == {STAY, ADMITTED}
    assert rows[STAY]["told"] and rows[STAY]["change"] < 0


def test_an_exact_bar_of_a_price_is_exact(run):
    (fee,) = run.tornado("cost", scenario="programme", exact=True, inputs=[FEE])
    assert fee["change"] == pytest.approx(5.0 * (fee["high"] - fee["low"]))
    assert fee["error"] == pytest.approx(0.0, abs=1e-3)


def test_an_exact_bar_of_what_moves_people_is_run_anew(small):
    (exact,) = small.tornado(
        "held", scenario="as it is", exact=True, inputs=[ADMITTED], progress=False
    )
    near = by(small.tornado("held", scenario="as it is"), "input")[ADMITTED]
    assert exact["change"] == pytest.approx(near["change"], abs=4 * near["error"] + 0.5)
    assert 0.0 < exact["error"] < 0.1 * exact["change"]  # how long they stay matters beside


@pytest.mark.slow  # 256 rows
def test_indices_by_a_design_of_its_own_agree_with_those_of_the_draws(run):
    near = by(run.sensitivity("years", scenario="as it is"), "input")
    exact = by(run.sensitivity("years", scenario="as it is", exact=64, progress=False), "input")
    assert set(near) == set(exact) == {STAY, ADMITTED}
    for path in near:
        # 64 rows tell little more than the order.
        assert near[path]["first"] == pytest.approx(exact[path]["first"], abs=0.35)
        assert near[path]["total"] >= near[path]["first"]
    assert sum(row["first"] for row in near.values()) == pytest.approx(1.0, abs=0.12)


def test_break_even_of_a_price_needs_no_simulation(run):
    found = run.break_even(FEE, "cost", against="as it is")
    (row,) = found
    assert "without simulation" in found.about
    costs = run.sql(
        "select draw, sum(value) filter (scenario = 'as it is') - sum(value) filter "
        "(scenario = 'programme') as saved from measures where measure = 'custody' "
        "group by draw order by draw"
    )
    saved = np.array([each["saved"] for each in costs])
    assert row["value"] == pytest.approx(saved.mean() / 5.0, rel=1e-3)  # in each of five years
    assert row["error"] == pytest.approx(saved.std(ddof=1) / np.sqrt(60) / 5.0, rel=1e-3)
    assert row["draws"] == pytest.approx((saved > 0).mean(), abs=0.05)


def test_break_even_of_what_moves_people_is_run_anew(small):
    found = small.break_even(
        ADMITTED, "held", equals="900 people", scenario="programme",
        between=("300 people", 900), progress=False,
    )  # fmt: skip
    (row,) = found
    assert "runs of its own" in found.about
    held = small.tornado("held", scenario="programme")
    slope = held.to_dicts()[0]
    per_person = slope["change"] / (slope["high"] - slope["low"])
    mean = np.mean([each["value"] for each in small.measures
                    if each["measure"] == "held" and each["scenario"] == "programme"])  # fmt: skip
    admitted = np.mean([each["value"] for each in small.draws if each["path"] == ADMITTED])
    assert row["value"] == pytest.approx(admitted + (900 - mean) / per_person, abs=8.0)
    assert row["p5"] == pytest.approx(row["p95"], abs=6.0)  # no other input matters


def test_thresholds_along_another_number(run):
    found = run.break_even(FEE, "cost", against="as it is", along={PER_DAY: ["50 EUR", "100 EUR"]})
    low, high = (row["value"] for row in found)
    assert high == pytest.approx(2.0 * low, rel=1e-6)
    assert [row["along"] for row in found] == [50.0, 100.0]


def test_along_what_moves_people_each_value_is_run_once(small, monkeypatch):
    """The price at which it turns is that of a study which states the value."""
    runs = []
    begin = SettledRun.into
    monkeypatch.setattr(SettledRun, "into", lambda *of: runs.append(of) or begin(*of))
    people = (450, 550)
    found = small.break_even(
        FEE, "cost", against="as it is", along={ADMITTED: people}, progress=False
    )
    assert len(runs) == len(people)
    assert found.about.endswith(f"without simulation; along {ADMITTED}, each value of which is run")
    for count, row in zip(people, found, strict=True):
        stated = STUDY.replace("{between: [400 people, 600 people]}", f"{count} people")
        (alone,) = (
            sj.load(stated).run(expected=True, draws=20).break_even(FEE, "cost", against="as it is")
        )
        assert row["along"] == count
        assert [row[key] for key in alone] == pytest.approx(list(alone.values()))


def test_it_is_worth_most_to_know_what_the_decision_hangs_on(run):
    found = run.value_of_information()
    rows = by(found, "what")
    assert run.decisions == ("the programme",)
    assert "Taken now:" in found.about
    everything = rows["everything, chance too"]["value"]
    assert rows["all inputs"]["value"] == pytest.approx(everything, rel=0.05)
    assert rows[STAY]["told"] and rows[FEE]["told"]
    # What a day costs is worth some 70,000 to know, of 7.5 million: less than can be told here.
    assert not rows[PER_DAY]["told"] and not rows["prices seen"]["told"]
    assert rows["prices seen"]["value"] < 3 * rows["prices seen"]["error"]
    assert rows["prices"]["value"] >= rows[FEE]["value"] - rows[FEE]["error"]
    assert all(row["value"] <= everything * 1.02 for row in rows.values())


SETTINGS = """\
  what to pay:
    who: State
    options: [as it is, programme, for little, shorter stays]
    least: cost
    settings:
      for little: {based on: programme, money.payments.programme.amount: 1000000 EUR}
      shorter stays: {based on: programme, transitions.prison -> released.after: {mean: 15 months}}
"""
AS_SCENARIOS = """\
  for little: {based on: programme, money.payments.programme.amount: 1000000 EUR}
  shorter stays: {based on: programme, transitions.prison -> released.after: {mean: 15 months}}
decisions:
  what to pay:
    who: State
    options: [as it is, programme, for little, shorter stays]
    least: cost
"""


def test_settings_are_chosen_among_as_scenarios_are(tmp_path):
    """A price is computed from the finished run, another stay needs a run."""
    run = sj.load(STUDY + SETTINGS).run(expected=True, draws=20, out=tmp_path / "settings")
    study = STUDY[: STUDY.index("decisions:")] + AS_SCENARIOS
    whole = sj.load(study).run(expected=True, draws=20)
    assert run.record["scenarios"] == ["as it is", "programme"]
    found = run.value_of_information("what to pay")
    assert found.about == whole.value_of_information("what to pay").about
    assert str(found.to_dicts()) == str(whole.value_of_information("what to pay").to_dicts())
    # Without a simulation the report leaves out what moves people.
    assert run.decisions == ("the programme",)
    with pytest.raises(sj.SojournError, match="needs a run of its own"):
        information(run._found, "what to pay")
    with pytest.raises(sj.SojournError, match="in scenarios alone"):
        run.value_of_information("what to pay", exact=True)
    command = ["matters", str(run.folder), "--decision", "what to pay", "--json"]
    told = json.loads(CliRunner().invoke(app, command).stdout)
    assert len(told["what to pay"]["rows"]) == len(found)


def test_the_ranges_in_which_a_claim_fails_are_those_of_its_inputs(run):
    found = run.discover("dear")
    assert "in these ranges" in found.about.lower() and len(found)
    assert found.to_dicts()[0]["input"] == PER_DAY
    assert found.to_dicts()[0]["from"] is None  # it fails where a day is cheap
    assert run.discover("cost > 195000000 EUR", scenario="programme") == found


@pytest.mark.parametrize(
    ("ask", "what"),
    [
        (lambda run: run.tornado("hold"), "no measure `hold`"),
        (lambda run: run.tornado("held", scenario="nix"), "no scenario `nix`"),
        (lambda run: run.tornado("held", inputs=["nix"]), "no uncertain number `nix`"),
        (lambda run: run.sensitivity("held", exact=100), "no power of 2|not a power of 2"),
        (lambda run: run.break_even(FEE, "cost"), "with one thing"),
        (lambda run: run.break_even(FEE, "cost", equals="3 days"), "not in EUR"),
        (lambda run: run.break_even(FEE, "cost", equals="3"), "`3` has no unit\\n.*write .* EUR"),
        (lambda run: run.break_even(FEE, "cost", equals=3, between=("0", "9 EUR")), "has no unit"),
        (lambda run: run.break_even(FEE, "years", equals="3 people"), "not in person-years"),
        (lambda run: run.break_even("money.fee", "cost", equals=3), "no number `money.fee`"),
        (lambda run: run.break_even(FEE, "cost", equals=3, between=(5, 5)), "not below"),
        (lambda run: run.value_of_information("nix"), "no decision `nix`"),
        (lambda run: run.discover("great"), "no condition to test"),
        (lambda run: run.discover("cost > 0 EUR"), "fails in 0 of 60 draws"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_refused(run, ask, what):
    with pytest.raises(sj.SojournError, match=what):
        ask(run)


def test_a_run_of_few_draws_says_how_many_are_needed(tmp_path):
    few = sj.load(STUDY).run(expected=True, draws=5, out=tmp_path / "run", progress=False)
    with pytest.raises(sj.SojournError, match=r"5 draws .* cannot show"):
        few.tornado("held")


def told(*words):
    done = CliRunner().invoke(app, ["matters", *map(str, words)])
    assert done.exit_code == 0, done.output
    return done.output


def test_the_command_gives_the_same_answers(run):
    found = json.loads(told(run.folder, "cost", "--scenario", "programme", "--json"))
    assert found["tornado"]["rows"] == run.tornado("cost", scenario="programme").to_dicts()
    assert found["sensitivity"]["about"] == found["tornado"]["about"]
    assert "Taken now:" in told(run.folder)
    assert FEE in told(run.folder, "cost", "--at", FEE, "--against", "as it is")
    assert PER_DAY in told(run.folder, "--claim", "dear")
    along = ("--at", FEE, "--against", "as it is", "--along", f"{PER_DAY}=50 EUR..100 EUR/2")
    low, high = json.loads(told(run.folder, "cost", *along, "--json"))["break_even"]["rows"]
    assert high["value"] == pytest.approx(2.0 * low["value"], rel=1e-6)


def test_the_command_says_that_no_value_was_found(run):
    dear = told(run.folder, "cost", "--at", FEE, "--equals", "1 EUR")
    assert "at_low, at_high: cost less that" in dear
    assert "no value from 0 to 90,000,000 EUR makes them equal on average: look elsewhere" in dear
    assert "with --between LOW HIGH" in dear
    same = told(run.folder, "years", "--at", FEE, "--equals", "1 person-years")
    assert "the difference is the same at both ends" in same
    assert "no value" not in told(run.folder, "cost", "--at", FEE, "--against", "as it is")


def test_the_command_asks_for_what_is_missing(run):
    done = CliRunner().invoke(app, ["matters", str(run.folder), "--at", FEE])
    assert isinstance(done.exception, sj.SojournError) or done.exit_code == 2


def test_the_report_says_what_is_worth_finding_out_and_where_the_decision_turns(run):
    with RunData(run.folder) as data:
        blocks = _information(open_context(data), information(data.folder))
    heading, first, turn, table = blocks
    assert heading.text == "Worth finding out: the programme"
    assert "State is taken to want the least of “cost”, and nothing else." in first.text
    (row,) = run.break_even(FEE, "cost", against="as it is")
    assert turn.text.startswith("“programme” is as good as “as it is” if programme › amount is EUR")
    assert money(row["value"], "EUR") in turn.text
    assert {shown["kind"] for shown in table.rows} >= {"everything", "inputs", "group", "input"}
    assert len(table.data) > len(table.rows)  # what is not told from 0 is in the CSV alone
