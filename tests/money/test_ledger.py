"""Generated contracts: the bill is, to the cent, what a ledger by the day comes to."""

import datetime as dt
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from money import ledger
from sojourn.money.bill import bill
from sojourn.results.history_counts import HistoryCounts, Names
from sojourn.results.history_tables import tables_of
from sojourn.results.periods import reporting_periods
from sojourn.study.contract_days import custody_starts, daily_label, daily_sets, move_starts
from sojourn.study.model.money import Money, Payment, Prices, Tier, Wing
from sojourn.study.model.study import Period, Scenario, StudyModel
from sojourn.study.model.values import Quantity

STATES = ("held", "elsewhere")
BRANCHES = (("held -> elsewhere", "held", "elsewhere"), ("held -> out", "held", "out"),
            ("elsewhere -> held", "elsewhere", "held"))  # fmt: skip


class Central:
    def value(self, quantity):
        return quantity.value


def sure(value):
    return None if value is None else Quantity(value=float(value))


@st.composite
def contracts(draw):
    """A contract in the ledger's words."""
    some = lambda strategy: draw(st.none() | strategy)  # noqa: E731
    cents = st.integers(1, 10_000_00).map(lambda n: Fraction(n, 100))
    people = st.integers(1, 300).map(Fraction)
    basis = draw(
        st.sampled_from(["person-time", "person-time", "person-time", "move", "wing-time"])
    )
    found = {
        "basis": basis,
        "per": "person" if basis == "move" else draw(st.sampled_from(["day", "month", "year"])),
        "amount": draw(cents),
        "settled": some(st.sampled_from(["day", "month", "quarter", "year", "whole term"])),
        "from": some(st.dates(dt.date(2023, 6, 1), dt.date(2026, 3, 1))),
        "to": some(st.dates(dt.date(2024, 9, 1), dt.date(2027, 6, 1))),
        "escalator": some(st.integers(-30, 90).map(lambda n: Fraction(n, 1000))),
        "price year": some(st.integers(2022, 2026)),
    }
    if found["from"] and found["to"] and found["from"] >= found["to"]:
        found["to"] = None
    if basis == "person-time":
        found["minimum"] = some(people)
        found["both ends"] = draw(st.booleans())
    if basis == "wing-time":
        found |= {"places": draw(people), "above": draw(st.integers(0, 200).map(Fraction)),
                  "opening": draw(cents), "kept": draw(st.integers(0, 4))}  # fmt: skip
    else:
        edges = draw(st.lists(st.integers(1, 400), max_size=3, unique=True))
        found["tiers"] = [(Fraction(edge), draw(cents)) for edge in sorted(edges)]
    if draw(st.booleans()):
        yearly = draw(st.booleans())
        levels = draw(st.lists(st.integers(50, 200), min_size=5, max_size=5))
        starts = [dt.date(2022 + n, 1, 1 if yearly or n == 0 else 17) for n in range(5)]
        found["index"] = [(day, Fraction(n, 100)) for day, n in zip(starts, levels, strict=True)]
        found["then"] = Fraction(draw(st.integers(-20, 80)), 1000)
        found["base"] = draw(st.integers(2022, 2027))
    return found


def payment_of(contract):
    wing = None
    if contract["basis"] == "wing-time":
        wing = Wing(places=sure(contract["places"]), above=sure(contract["above"]),
                    opening=sure(contract["opening"]), kept=contract["kept"])  # fmt: skip
    return Payment(
        payer="A", payee="B", basis=contract["basis"], per=contract["per"],
        amount=sure(contract["amount"]), currency="EUR",
        states=() if contract["basis"] == "move" else ("held",),
        transitions=("held -> elsewhere",) if contract["basis"] == "move" else (),
        minimum=sure(contract.get("minimum")), wing=wing,
        tiers=tuple(Tier(above=sure(a), amount=sure(p)) for a, p in contract.get("tiers", [])),
        settled=contract["settled"], days="both ends" if contract.get("both ends") else "nights",
        escalator=sure(contract["escalator"]), start=contract["from"], end=contract["to"],
        price_year=contract["price year"],
    )  # fmt: skip


def study_of(contract, period):
    prices = None
    if contract.get("index"):
        index = tuple((day, float(value)) for day, value in contract["index"])
        prices = Prices(year=contract["base"], index=index, then=sure(contract["then"]))
    money = Money(payments={"fee": payment_of(contract)}, prices=prices)
    scenario = Scenario(name="a", facts={}, states={}, transitions=(), populations={}, money=money)
    return StudyModel(title="t", path="t", period=period, scenarios={"a": scenario})


def tables_for(study, census, before, moves):
    """Tables of a history: census [step, state], moves [step, branch]."""
    period = study.period
    steps = period.steps
    edges = np.array(steps.edges())
    starts = np.array(move_starts(study))
    reports = reporting_periods(period)
    segment = np.searchsorted(starts, edges[:-1], side="right") - 1
    counted = np.zeros((len(starts), moves.shape[1], 1), np.int64)
    np.add.at(counted[:, :, 0], segment, moves)
    names = Names(
        day_0=period.start, periods=reports.starts, custody=custody_starts(study),
        moves=tuple(period.start + dt.timedelta(days=int(day)) for day in starts),
        states=STATES, groups=("all",), branches=BRANCHES,
        daily=tuple((daily_label(d), (0,), (0,)) for d in daily_sets(study, "a")),
        edges=() if period.step == "day" else steps.edges(), step=steps.length,
    )  # fmt: skip
    none = np.zeros((len(reports.starts), 0), np.int64)
    daily = np.zeros((len(census), 0), np.int64)
    history = HistoryCounts(
        period=reports.index[edges[:-1]], census=census[:, :, None], before=before[:, None],
        moves=counted, waiting=daily, joined=none, served=none, left=none, days_served=none,
        occupied=daily, occupied_before=daily[0], already_held=daily, capacity=daily,
        gate_open=daily.astype(bool),
    )  # fmt: skip
    return tables_of(history, names, scenario="a", draw=0, replicate=0)


def compare(contract, step, start, length, seed, sizes):
    """The bills of all reports against the ledger."""
    rng = np.random.default_rng(seed)
    if step == "day":
        period = {"from": start, "to": start + dt.timedelta(days=length)}
    else:
        years, months = divmod(max(length // 40, 1), 12)
        first = start.replace(month=1, day=1) if step == "year" else start.replace(day=1)
        months = 0 if step == "year" else first.month - 1 + months
        end = dt.date(first.year + years + (step == "year") + months // 12, months % 12 + 1, 1)
        if end <= first:
            end = dt.date(first.year + 1, first.month, 1)
        period = {"from": first, "to": end}
    known = Period.model_validate({**period, "step": step, "report": "year"})
    steps = len(known.steps)
    census = rng.integers(0, sizes, (steps, 2))
    before = rng.integers(0, sizes, 2)
    moves = rng.integers(0, max(sizes // 20, 1), (steps, len(BRANCHES)))
    edges = known.steps.edges()
    held, leaving, moved = [], [], []
    for number, (a, b) in enumerate(pairwise(edges)):
        earlier = before if number == 0 else census[number - 1]
        mean = Fraction(int(earlier[0]) + int(census[number, 0]), 2)
        here = Fraction(int(census[number, 0])) if step == "day" else mean
        held += [here] * (b - a)
        leaving += [Fraction(int(moves[number, 0] + moves[number, 1]), b - a)] * (b - a)
        moved += [Fraction(int(moves[number, 0]), b - a)] * (b - a)
    costs = ledger.by_day(contract, known.start, held, leaving, moved)
    real = ledger.real(contract, costs) if contract.get("index") else costs
    totals = set()
    for report in ("year",) if step == "year" else ("month", "year"):
        study = study_of(contract, known.model_copy(update={"report": report}))
        rows = bill(
            study, "a", {0: Central()}, tables_for(study, census, before, moves)
        ).to_pylist()
        ends = reporting_periods(study.period).ends
        starts = reporting_periods(study.period).starts
        for row in rows:
            to = ends[starts.index(row["period"])]
            days = [day for day in costs if row["period"] <= day < to]
            assert row["amount"] == pytest.approx(float(sum(costs[d] for d in days)), abs=0.005)
            assert row["real"] == pytest.approx(float(sum(real[d] for d in days)), abs=0.005)
        totals.add(round(sum(row["amount"] for row in rows), 4))
        assert sum(row["amount"] for row in rows) == pytest.approx(
            float(sum(costs.values())), abs=0.005
        )
    assert max(totals) - min(totals) < 0.005


CASES = {
    "contract": contracts(),
    "start": st.dates(dt.date(2024, 1, 1), dt.date(2025, 12, 31)),
    "length": st.integers(1, 800),
    "seed": st.integers(0, 2**32),
    "sizes": st.sampled_from([2, 40, 400]),
}


@settings(max_examples=70, deadline=None)
@given(**CASES)
def test_by_days(contract, start, length, seed, sizes):
    compare(contract, "day", start, length, seed, sizes)


@settings(max_examples=40, deadline=None)
@given(**CASES, step=st.sampled_from(["month", "year"]))
def test_by_months_and_years(contract, start, length, seed, sizes, step):
    compare(contract, step, start, length, seed, sizes)


@pytest.mark.slow
@settings(max_examples=3000, deadline=None)
@given(**CASES, step=st.sampled_from(["day", "month", "year"]))
def test_thousands(contract, start, length, seed, sizes, step):
    compare(contract, step, start, length, seed, sizes)
