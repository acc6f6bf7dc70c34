"""Bills against sums worked by hand; prices are those of published contracts."""

import datetime as dt
import time
from itertools import pairwise

import numpy as np
import pytest

from sojourn.errors import ResultsError
from sojourn.money.bill import USED, bill
from sojourn.results.periods import reporting_periods
from sojourn.results.tables import build, constant, from_rows
from sojourn.study.contract_days import custody_starts, daily_label, daily_sets
from sojourn.study.model.money import Money, Payment, Prices, Tier, Wing
from sojourn.study.model.study import Period, Scenario, StudyModel
from sojourn.study.model.values import Quantity
from sojourn.study.payment_bases import BASES, BY_NAME, basis_of


def date(text):
    return dt.date.fromisoformat(text)


def sure(value, unit=""):
    return Quantity(value=value, unit=unit)


class Central:
    """Every quantity at its central value, plus what the draw adds."""

    def __init__(self, add=0.0):
        self.add = add

    def value(self, quantity):
        return quantity.value + (self.add if quantity.uncertain else 0.0)


def payment(basis="person-time", per="year", amount=20000.0, **more):
    more.setdefault("currency", "USD")
    if basis == "person-time":
        more.setdefault("states", ("held",))
    return Payment(
        payer="US", payee="SV", basis=basis, per=per,
        amount=amount if isinstance(amount, Quantity) else sure(amount), **more,
    )  # fmt: skip


def study(start, end, report="month", discount_rate=None, **payments):
    money = Money(payments=payments, discount_rate=discount_rate)
    scenario = Scenario(
        name="offer", facts={}, states={}, transitions=(), populations={}, money=money
    )
    period = Period(**{"from": date(start), "to": date(end), "report": report})
    return StudyModel(title="t", path="t", period=period, scenarios={"offer": scenario})


def tables(of, people=0, moves=(), draws=1, replicates=1, groups=("all",)):
    """Constant census in `held`; moves over `sent` by reporting period."""
    periods = reporting_periods(of.period)
    starts = custody_starts(of)
    kept = daily_sets(of, "offer")
    found = {"histories": [], "custody": [], "custody_days": [], "moves": []}
    for draw in range(draws):
        for replicate in range(replicates):
            head = {"scenario": "offer", "draw": draw, "replicate": replicate}
            found["histories"].append(head | {"days": of.period.days})
            for first, end in pairwise((*starts, of.period.days)):
                at = head | {"segment": of.period.start + dt.timedelta(first), "days": end - first}
                found["custody"] += [
                    at | {"state": "held", "group": group, "person_days": people * (end - first)}
                    for group in groups
                    if people
                ]
            for each in kept:
                row = {"date": of.period.start, "held": daily_label(each), "people": people}
                found["custody_days"].append(head | row)
            for start, days, count in zip(periods.starts, periods.days, moves, strict=False):
                row = head | {"segment": start, "days": int(days), "transition": "sent"}
                row |= {"source": "here", "target": "held", "group": "all", "people": count}
                found["moves"].append(row)
    return {name: from_rows(name, rows) for name, rows in found.items()}


def billed(of, given, draws=None):
    return bill(of, "offer", draws or {0: Central()}, given)


def total(table, column="amount"):
    return sum(table[column].to_pylist())


def test_every_form_of_per_is_understood_and_computed():
    assert USED.keys() == BY_NAME.keys()
    for basis in BASES:
        for form in (basis.form, *basis.other_forms):
            found = basis_of(form)
            assert found is not None
            assert found[0] is basis
        assert {key for key, _ in basis.needs} <= basis.takes


def test_238_people_for_a_year_at_20000():
    of = study("2025-01-01", "2026-01-01", fee=payment())
    money = billed(of, tables(of, people=238))
    assert total(money) == pytest.approx(4_760_000)
    assert total(money, "quantity") == pytest.approx(238)
    assert money.num_rows == 12
    assert set(money["unit"].to_pylist()) == {"person-year"}
    assert total(money, "discounted") == pytest.approx(4_760_000)  # no rate: nothing taken off


@pytest.mark.parametrize("report", ["month", "year"])
@pytest.mark.parametrize(
    ("start", "end"), [("2024-01-01", "2025-01-01"), ("2025-01-01", "2026-01-01")]
)
@pytest.mark.parametrize(("per", "each"), [("month", 12), ("year", 1)])
def test_a_place_for_a_calendar_year_costs_the_same_in_a_leap_year(report, start, end, per, each):
    of = study(start, end, report, fee=payment(per=per, amount=100))
    assert total(billed(of, tables(of, people=10))) == pytest.approx(10 * each * 100)


def test_a_day_in_a_leap_year_is_a_366th_of_the_yearly_price():
    of = study("2024-02-29", "2024-03-01", fee=payment(amount=366))
    assert total(billed(of, tables(of, people=3))) == pytest.approx(3)


def test_per_diem():
    of = study("2025-02-01", "2025-03-01", fee=payment(per="day", amount=50))
    assert total(billed(of, tables(of, people=7))) == pytest.approx(7 * 28 * 50)


@pytest.mark.parametrize("people", [0, 120, 300])
def test_guaranteed_places_are_paid_for_used_or_not(people):
    """Sweden's places in Tartu: at least 300 at EUR 8,500 a month, EUR 30.6 million a year."""
    fee = payment(per="month", amount=8500, minimum=sure(300), currency="EUR")
    of = study("2027-01-01", "2028-01-01", fee=fee)
    money = billed(of, tables(of, people=people))
    assert total(money) == pytest.approx(30_600_000)
    assert set(money["currency"].to_pylist()) == {"EUR"}


def test_above_the_guarantee_use_is_paid_for():
    fee = payment(per="month", amount=8500, minimum=sure(300))
    of = study("2027-01-01", "2028-01-01", fee=fee)
    assert total(billed(of, tables(of, people=400))) == pytest.approx(400 * 8500 * 12)


def test_a_minimum_that_rises_after_a_transition_year_is_two_payments():
    """Tartu: EUR 22.95 million (225 places) in the transition year, then 30.6 million (300)."""
    price = {"per": "month", "amount": 8500, "currency": "EUR"}
    turn = date("2027-09-01")
    first = payment(minimum=sure(225), **price, **{"from": date("2026-09-01"), "to": turn})
    later = payment(minimum=sure(300), **price, **{"from": turn})
    of = study("2026-09-01", "2028-09-01", transition=first, fee=later)
    assert total(billed(of, tables(of))) == pytest.approx(22_950_000 + 30_600_000)
    # 250 people are above the first minimum and below the second.
    rows = billed(of, tables(of, people=250)).to_pylist()
    paid = dict.fromkeys(("transition", "fee"), 0.0)
    for row in rows:
        paid[row["payment"]] += row["amount"]
        assert (row["payment"] == "transition") == (row["period"] < turn)
    assert paid["transition"] == pytest.approx(250 * 8500 * 12)
    assert paid["fee"] == pytest.approx(30_600_000)


@pytest.mark.parametrize(
    ("people", "a_day"),
    [(1000, 1455 * 111.92), (1455, 1455 * 111.92), (1600, 1455 * 111.92 + 145 * 42.36)],
)
def test_a_lower_price_above_the_guarantee(people, a_day):
    """Adelanto, 2015: 1,455 guaranteed at USD 111.92 a day, then USD 42.36."""
    fee = payment(
        per="day", amount=111.92, minimum=sure(1455),
        tiers=(Tier(above=sure(1455), amount=sure(42.36)),),
    )  # fmt: skip
    of = study("2025-06-01", "2025-07-01", fee=fee)
    assert total(billed(of, tables(of, people=people))) == pytest.approx(30 * a_day)


def test_three_tiers():
    """Elizabeth, 2015: 285 at USD 130.81, 129.57, then 32.57; the second bound is made up."""
    fee = payment(
        per="day", amount=130.81,
        tiers=(
            Tier(above=sure(300), amount=sure(32.57)),
            Tier(above=sure(285), amount=sure(129.57)),
        ),
    )  # fmt: skip
    of = study("2025-06-01", "2025-06-02", fee=fee)
    expected = 285 * 130.81 + 15 * 129.57 + 5 * 32.57
    assert total(billed(of, tables(of, people=305))) == pytest.approx(expected)


def test_contracted_places():
    fee = payment("place-time", per="month", amount=1000, places=sure(300))
    of = study("2025-01-15", "2025-04-01", fee=fee)
    expected = 300 * 1000 * (17 / 31 + 1 + 1)
    money = billed(of, tables(of))
    assert total(money) == pytest.approx(expected)
    assert set(money["unit"].to_pylist()) == {"place-month"}


def test_a_sum_for_each_person_moved():
    """United Kingdom and Rwanda: GBP 20,000 for each person relocated."""
    fee = payment("move", per="person", amount=20_000, transitions=("sent",), currency="GBP")
    of = study("2025-01-01", "2025-05-01", fee=fee)
    money = billed(of, tables(of, moves=(0, 4, 100, 250)))
    assert money["amount"].to_pylist() == pytest.approx([0, 80_000, 2_000_000, 5_000_000])
    assert money["quantity"].to_pylist() == pytest.approx([0, 4, 100, 250])


def test_tiers_of_moves_count_over_the_whole_life():
    fee = payment(
        "move", per="person", amount=10, transitions=("sent",),
        tiers=(Tier(above=sure(300), amount=sure(1)),),
    )  # fmt: skip
    of = study("2025-01-01", "2025-05-01", fee=fee)
    money = billed(of, tables(of, moves=(100, 150, 100, 20)))
    assert money["amount"].to_pylist() == pytest.approx([1000, 1500, 50 * 10 + 50, 20])


def test_calendar_time_whatever_the_use():
    """Denmark and Kosovo: EUR 15 million a year, in days of the calendar year."""
    fee = payment("time", per="year", amount=15e6, start=date("2027-04-01"), end=date("2029-04-01"))
    of = study("2026-01-01", "2030-01-01", fee=fee)
    money = billed(of, tables(of))
    assert total(money) == pytest.approx(15e6 * (275 / 365 + 1 + 90 / 365))
    assert money.num_rows == 24


def test_once():
    paid = payment("once", per="once", amount=6e6, start=date("2025-03-22"))
    before = payment("once", per="once", amount=1e6, start=date("2024-12-31"))
    at_once = payment("once", per="once", amount=5.0)
    of = study("2025-02-04", "2025-06-01", paid=paid, before=before, at_once=at_once)
    money = billed(of, tables(of)).to_pylist()
    assert [(row["payment"], row["period"], row["amount"]) for row in money] == [
        ("paid", date("2025-03-01"), 6e6),
        ("at_once", date("2025-02-04"), 5.0),
    ]


def test_escalator_rises_on_the_anniversary():
    fee = payment("time", per="month", amount=100, escalator=sure(0.02), start=date("2024-07-16"))
    of = study("2025-07-01", "2025-08-01", fee=fee)
    assert total(billed(of, tables(of))) == pytest.approx(100 * (15 + 16 * 1.02) / 31)
    later = study("2026-08-01", "2026-09-01", fee=fee)
    assert total(billed(later, tables(later))) == pytest.approx(100 * 1.02**2)


def test_escalator_of_29_february():
    fee = payment("time", per="day", amount=1, escalator=sure(1.0), start=date("2024-02-29"))
    of = study("2025-02-28", "2025-03-02", fee=fee)
    assert total(billed(of, tables(of))) == pytest.approx(1 + 2)


def test_begins_and_ends_within_periods():
    fee = payment(per="day", amount=1, start=date("2025-01-11"), end=date("2025-02-15"))
    of = study("2025-01-01", "2025-04-01", fee=fee)
    money = billed(of, tables(of, people=2))
    assert money["amount"].to_pylist() == pytest.approx([2 * 21, 2 * 14])


@pytest.mark.parametrize("report", ["month", "year"])
def test_discounting_day_by_day_at_noon(report):
    fee = payment("time", per="year", amount=1000)
    of = study("2025-01-01", "2027-01-01", report, sure(0.03), fee=fee)
    money = billed(of, tables(of))
    expected = sum(1000 / 365 * 1.03 ** (-(day + 0.5) / 365.25) for day in range(730))
    assert total(money, "discounted") == pytest.approx(expected, rel=1e-12)
    assert total(money) == pytest.approx(2000)


def test_uncertain_prices_differ_by_draw_and_replicates_share_them():
    price = Quantity(value=20000, low=15000, high=25000, shape="pert", path="money.fee")
    of = study("2025-01-01", "2026-01-01", "year", fee=payment(amount=price))
    given = tables(of, people=1, draws=2, replicates=2)
    money = billed(of, given, {0: Central(), 1: Central(500.0)}).to_pylist()
    found = [(row["draw"], row["replicate"], round(row["amount"], 6)) for row in money]
    assert found == [(0, 0, 20000), (0, 1, 20000), (1, 0, 20500), (1, 1, 20500)]


def test_where_keeps_groups_by_their_facts():
    of = study("2025-01-01", "2025-02-01", fee=payment(per="day", amount=1, where={"from": "US"}))
    given = tables(of, people=5, groups=("US, young", "US, old", "SV, old"))
    rows = [("US, young", "US"), ("US, old", "US"), ("SV, old", "SV")]
    given["groups"] = from_rows(
        "groups", [{"group": group, "fact": "from", "value": value} for group, value in rows]
    )
    assert total(billed(of, given)) == pytest.approx(2 * 5 * 31)


def test_where_by_a_fact_that_is_not_reported_is_refused():
    of = study("2025-01-01", "2025-02-01", fee=payment(where={"age": "old"}))
    with pytest.raises(ResultsError, match="not reported by 'age'"):
        billed(of, tables(of, people=5))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (payment("move", per="person", minimum=sure(3)), "`minimum` belongs to `per: person-year"),
        (payment("time", tiers=(Tier(above=sure(1), amount=sure(1)),)), "`tiers` belongs to"),
        (payment("place-time"), "`places` is missing"),
    ],
)
def test_payments_without_meaning_are_refused(wrong, message):
    of = study("2025-01-01", "2025-02-01", fee=wrong)
    with pytest.raises(ResultsError, match=message):
        billed(of, tables(of))


def test_no_payments_no_rows():
    of = study("2025-01-01", "2025-02-01")
    assert billed(of, tables(of)).num_rows == 0


def test_a_contract_date_that_the_run_does_not_know_is_refused():
    """A date within a month cuts what the tables keep together; one on its first day does not."""
    of = study("2025-01-01", "2025-07-01", fee=payment(per="day", amount=1))
    kept = tables(of, people=2)
    whole = study("2025-01-01", "2025-07-01", fee=payment(per="day", start=date("2025-03-01")))
    assert total(billed(whole, kept), "quantity") == pytest.approx(2 * 122)
    cut = study("2025-01-01", "2025-07-01", fee=payment(per="day", start=date("2025-03-16")))
    with pytest.raises(ResultsError, match="changes on 2025-03-16, within days"):
        billed(cut, kept)
    by_day = study("2025-01-01", "2025-07-01", fee=payment(per="day", minimum=sure(3)))
    with pytest.raises(ResultsError, match="does not keep the number of those in held by day"):
        billed(by_day, kept)


def test_a_price_that_runs_from_its_price_year():
    """100 in the prices of 2023, 10 % a year: by 1 July 2025 it has risen twice, then thrice."""
    fee = payment(
        "time", per="month", amount=100, escalator=sure(0.1), start=date("2025-07-01"),
        price_year=2023,
    )  # fmt: skip
    of = study("2025-07-01", "2026-08-01", fee=fee)
    money = billed(of, tables(of))["amount"].to_pylist()
    assert money == pytest.approx([100 * 1.1**2] * 12 + [100 * 1.1**3])


def indexed(**payments):
    """Index 100, 110, 121 from 2023, then 20 % a year; real amounts are in prices of 2024."""
    index = tuple((dt.date(2023 + n, 1, 1), level) for n, level in enumerate((100, 110, 121)))
    of = study("2025-01-01", "2027-01-01", "year", **payments)
    money = of.scenarios["offer"].money.model_copy(
        update={"prices": Prices(year=2024, index=index, then=sure(0.2))}
    )
    scenario = of.scenarios["offer"].model_copy(update={"money": money})
    return of.model_copy(update={"scenarios": {"offer": scenario}})


def test_an_index_brings_prices_of_several_years_to_one():
    of = indexed(
        old=payment("time", amount=1000, price_year=2023),
        new=payment("time", amount=1000, price_year=2025),
        fixed=payment("time", amount=1000, escalator=sure(0.0)),
    )
    rows = billed(of, tables(of)).to_pylist()
    paid = {(r["payment"], r["period"].year): (r["amount"], r["real"]) for r in rows}
    # What cost 1,000 in 2023 costs 1,210 in 2025 and 1,452 in 2026: 1,100 of 2024 in both.
    assert paid["old", 2025] == pytest.approx((1210, 1100))
    assert paid["old", 2026] == pytest.approx((1452, 1100))
    assert paid["new", 2025] == pytest.approx((1000, 1100 / 1.21))
    # A sum that never changes is worth less as prices rise.
    assert paid["fixed", 2026] == pytest.approx((1000, 1000 * 110 / (121 * 1.2)))


def test_wings_open_when_needed_and_are_kept():
    """550 people need one wing of 500 above 300, 250 none, and 801 two."""
    wing = Wing(places=sure(500), above=sure(300), opening=sure(1_000_000), kept=2)
    fee = payment("wing-time", per="month", amount=1000, states=("held",), wing=wing)
    of = study("2025-01-01", "2025-07-01", fee=fee)
    given = tables(of, people=550)
    rows = given["custody"].to_pylist()
    for row in rows:
        month = row["segment"].month
        row["person_days"] = {1: 550, 5: 801}.get(month, 250) * row["days"]
    given["custody"] = from_rows("custody", rows)
    money = billed(of, given)
    # January needs one, which is kept in February and March; May needs two (501 people above).
    assert money["quantity"].to_pylist() == pytest.approx([1, 1, 1, 0, 2, 2])
    opened = [1e6, 0, 0, 0, 2e6, 0]
    assert money["amount"].to_pylist() == pytest.approx(
        [1000 * n + new for n, new in zip([1, 1, 1, 0, 2, 2], opened, strict=True)]
    )
    assert set(money["unit"].to_pylist()) == {"wing-month"}


def test_an_opening_is_discounted_from_the_first_day_of_its_settlement():
    """One wing from the first day, and a second from May; rent accrues, an opening does not."""
    wing = Wing(places=sure(500), above=sure(300), opening=sure(1_000_000))
    fee = payment("wing-time", per="month", amount=1000, states=("held",), wing=wing)
    of = study("2025-01-01", "2025-07-01", discount_rate=sure(0.1), fee=fee)
    given = tables(of, people=550)
    rows = given["custody"].to_pylist()
    for row in rows:
        row["person_days"] = (550 if row["segment"].month < 5 else 801) * row["days"]
    given["custody"] = from_rows("custody", rows)
    found = dict(zip(range(1, 7), billed(of, given)["discounted"].to_pylist(), strict=True))
    day, dates = 1.1 ** (-1 / 365.25), [np.arange(31), 120 + np.arange(31)]
    for number, (month, days) in enumerate(zip((1, 5), dates, strict=True), start=1):
        rent = sum(number * 1000 / 31 * day ** (days + 0.5))
        assert found[month] == pytest.approx(rent + 1_000_000 * day ** (days[0] + 0.5), rel=1e-12)


@pytest.mark.slow
def test_600_histories_of_60_months_and_10_payments_take_seconds():
    payments = {f"fee{number}": payment(minimum=sure(10)) for number in range(10)}
    of = study("2025-01-01", "2030-01-01", **payments)
    starts = np.asarray(custody_starts(of))
    rows = 600 * len(starts)
    history = np.arange(600, dtype=np.int32)
    head = {
        "scenario": constant("offer", rows),
        "draw": np.repeat(history // 6, len(starts)),
        "replicate": np.repeat(history % 6, len(starts)),
    }
    days = np.diff(starts, append=of.period.days)
    given = {
        "histories": build("histories", head | {"days": np.ones(rows, dtype=np.int64)}),
        "custody": build(
            "custody",
            head
            | {"segment": np.tile(np.datetime64(of.period.start) + starts, 600)}
            | {"days": np.tile(days, 600), "state": constant("held", rows)}
            | {"group": constant("all", rows), "person_days": np.tile(1.0 * days, 600)},
        ),
    }
    start = time.process_time()
    money = billed(of, given, {draw: Central() for draw in range(100)})
    assert money.num_rows == 10 * 600 * 60
    assert time.process_time() - start < 10
