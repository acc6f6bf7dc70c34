"""Every kind of measure against numbers worked by hand."""

import pytest

from results.made import Central, date, make_study
from sojourn.errors import ResultsError
from sojourn.results.measures import measures_table
from sojourn.results.periods import reporting_periods
from sojourn.results.tables import from_rows
from sojourn.study.model.measures import BillAsked, Measure
from sojourn.study.model.values import Quantity

START, END = "2025-01-01", "2025-04-01"


def tables():
    """`base` holds 10 home and 5 other people in draw 0, twice that in draw 1; `offer` one more."""
    starts = [date(START), date("2025-02-01"), date("2025-03-01")]
    days = [31, 28, 31]
    found = {
        name: []
        for name in ("histories", "census", "peaks", "flows", "waits", "facilities", "firsts")
    }
    money = []
    for scenario, more in (("base", 0), ("offer", 1)):
        for draw in (0, 1):
            head = {"scenario": scenario, "draw": draw, "replicate": 0}
            found["histories"].append(head | {"days": 90})
            firsts = head | {"facility": "abroad"}
            found["firsts"].append(firsts | ({"first_full": date("2025-02-10")} if draw else {}))
            for number, (start, length) in enumerate(zip(starts, days, strict=True)):
                at = head | {"period": start}
                for group, count in (("home", 10), ("other", 5)):
                    people = (count + more) * (draw + 1)
                    row = at | {"state": "held", "group": group, "people": people + number}
                    found["census"].append(
                        row | {"person_days": people * length, "peak": people + number}
                    )
                found["peaks"].append(at | {"state": "held", "peak": 20 + number})
                found["peaks"].append(at | {"state": "held + sent", "peak": 30 - number})
                move = {"transition": "send", "source": "a", "target": "held"}
                found["flows"] += [
                    at | move | {"group": "home", "people": 3},
                    at | move | {"group": "other", "people": 1},
                ]
                wait = {"waiting": 0, "person_days": 9, "joined": 2, "left": 0}
                served = 2 if scenario == "base" else 0
                found["waits"].append(
                    at | wait | {"transition": "send", "served": served, "days_served": 9 * served}
                )
                found["facilities"].append(
                    at
                    | {"facility": "abroad", "capacity": 40, "occupied": 30 + number}
                    | {"person_days": 30 * length, "peak": 35 + number, "days_full": 0}
                )
                pay = {"payee": "SV", "category": "fee", "unit": "once", "discounted": 0.0}
                pay |= {"payer": "US", "quantity": 1.0, "currency": "USD", "real": 0.0}
                pay |= {"costing": "any"}
                money += [
                    at | pay | {"payment": "fee", "amount": 100.0 * (draw + 1)},
                    at | pay | {"payment": "trip", "amount": 7.0, "category": "transfer"},
                ]
    found["money"] = money
    found["groups"] = [
        {"group": "home", "fact": "citizenship", "value": "US"},
        {"group": "other", "fact": "citizenship", "value": "SV"},
    ]
    return {name: from_rows(name, rows) for name, rows in found.items()}


def values(measures, scenario="base", given=None):
    """{measure: [value in draw 0, in draw 1]}."""
    study = make_study(START, END, measures=measures)
    draws = {0: Central(), 1: Central(1.0)}
    rows = measures_table(study, draws, given or tables()).to_pylist()
    found = {}
    for row in rows:
        if row["scenario"] == scenario:
            found.setdefault(row["measure"], []).append(row["value"])
    return found


def one(measure, scenario="base"):
    return values({"m": measure}, scenario)["m"]


HELD = {"states": ("held",)}
HOME = {"where": {"citizenship": "US"}}


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        (Measure(kind="people", **HELD), [15 + 4, 30 + 4]),
        (Measure(kind="people", at="end", **HELD, **HOME), [12, 22]),
        (Measure(kind="people", at=date("2025-02-28"), **HELD), [17, 32]),
        (Measure(kind="people", at=date("2025-03-01"), **HELD), [17, 32]),
        (Measure(kind="people", facility="abroad"), [32, 32]),
        (Measure(kind="average", **HELD), [15, 30]),
        (Measure(kind="average", facility="abroad"), [30, 30]),
        (Measure(kind="peak", **HELD), [22, 22]),
        (Measure(kind="peak", states=("held", "sent")), [30, 30]),
        (Measure(kind="peak", **HELD, **HOME), [12, 22]),
        (Measure(kind="peak", facility="abroad"), [37, 37]),
        (Measure(kind="person-days", **HELD), [15 * 90, 30 * 90]),
        (Measure(kind="person-years", **HELD), [15 * 90 / 365, 30 * 90 / 365]),
        (Measure(kind="moves", transitions=("send",)), [12, 12]),
        (Measure(kind="moves", transitions=("send",), **HOME), [9, 9]),
        (Measure(kind="money", bill=BillAsked(payments=("fee",))), [300, 600]),
        (Measure(kind="money", bill=BillAsked(payer="US")), [321, 621]),
        (Measure(kind="money", bill=BillAsked(payee="SV", category="transfer")), [21, 21]),
        (Measure(kind="first full", facility="abroad"), [None, 40]),
        (Measure(kind="wait", transitions=("send",)), [9, 9]),
        (Measure(kind="value", quantity=Quantity(value=5)), [5, 5]),
        (
            Measure(kind="value", quantity=Quantity(value=5, low=0, high=9, shape="pert")),
            [5, 6],
        ),
    ],
    ids=lambda value: value.kind if isinstance(value, Measure) else "",
)
def test_kinds(measure, expected):
    assert one(measure) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2025-02-01", "2025-03-01", 28),
        ("2025-01-16", None, 16 + 28 + 31),
        (None, "2030-01-01", 90),
    ],
)
def test_days_asked_for(start, end, days):
    span = {"from": start and date(start), "to": end and date(end)}
    assert one(Measure(kind="person-days", **span, **HELD)) == pytest.approx([15 * days, 30 * days])
    assert one(Measure(kind="average", **span, **HELD)) == pytest.approx([15, 30])


def test_no_days_no_average():
    span = {"from": date("2031-01-01"), "to": date("2032-01-01")}
    assert one(Measure(kind="average", **span, **HELD)) == [None, None]
    assert one(Measure(kind="peak", **span, **HELD)) == [0, 0]


def test_nobody_served_no_wait():
    assert one(Measure(kind="wait", transitions=("send",)), "offer") == [None, None]


def test_measures_of_measures():
    found = values(
        {
            "each": Measure(kind="ratio", measures=("fee", "years")),
            "years": Measure(kind="average", **HELD),
            "fee": Measure(kind="money", bill=BillAsked(payments=("fee",))),
            "nothing": Measure(kind="people", states=("nowhere",)),
            "over_nothing": Measure(kind="ratio", measures=("fee", "nothing")),
            "after": Measure(kind="sum", measures=("over_nothing", "fee")),
            "less": Measure(kind="difference", measures=("fee", "years")),
            "all": Measure(kind="sum", measures=("fee", "years", "years")),
            "times": Measure(kind="product", measures=("fee", "years")),
        }
    )
    assert found["each"] == pytest.approx([20, 20])
    assert found["over_nothing"] == found["after"] == [None, None]
    assert found["less"] == pytest.approx([285, 570])
    assert found["all"] == pytest.approx([330, 660])
    assert found["times"] == pytest.approx([4500, 18000])


def test_a_measure_of_another_scenario():
    measures = {
        "here": Measure(kind="average", **HELD),
        "there": Measure(kind="average", scenario="base", **HELD),
        "through": Measure(kind="sum", measures=("here", "here"), scenario="base"),
        "more": Measure(kind="difference", measures=("here", "there")),
        "gone": Measure(kind="average", scenario="elsewhere", **HELD),
    }
    found = values(measures, "offer")
    assert found["here"] == pytest.approx([17, 34])
    assert found["there"] == pytest.approx([15, 30])
    assert found["through"] == pytest.approx([30, 60])
    assert found["more"] == pytest.approx([2, 4])
    assert found["gone"] == [None, None]


def test_a_circle_is_refused():
    ring = {
        "a": Measure(kind="sum", measures=("b", "b")),
        "b": Measure(kind="sum", measures=("a", "a")),
    }
    with pytest.raises(ResultsError, match="a → b → a"):
        values(ring)


def test_an_unknown_measure_is_refused():
    measures = {
        "held": Measure(kind="average", **HELD),
        "sum": Measure(kind="sum", measures=("helt", "held")),
    }
    with pytest.raises(ResultsError, match="Did you mean 'held'"):
        values(measures)


def test_two_currencies_are_not_added():
    given = tables()
    rows = given["money"].to_pylist()
    rows[1]["currency"] = "EUR"
    given["money"] = from_rows("money", rows)
    with pytest.raises(ResultsError, match="EUR and USD"):
        values({"m": Measure(kind="money", bill=BillAsked(payer="US"))}, given=given)


def test_periods_of_the_made_tables():
    assert reporting_periods(make_study(START, END).period).days.tolist() == [31, 28, 31]
