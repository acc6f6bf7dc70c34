"""What the agreed prices of the library come to, against figures computed by hand."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from library.reading import price_of, provisions_of
from sojourn.library.agreed_prices import day_cost, figures, place_day
from sojourn.money.fees import at_least, priced

THE_DIGIT = 1e-9


def amounts(name: str, per: str) -> dict[tuple[str, date | None], float]:
    return {
        (figure.payment, figure.since): figure.amount
        for figure in figures(price_of(name))
        if figure.per == per
    }


# 270 million crowns for 242 places, 30 million euro for 500, 15 and 6 million for 300,
# 8,500 a month, 20,000 dollars a year.
@pytest.mark.parametrize(
    ("name", "payment", "per", "expected"),
    [
        ("norway-netherlands", "rent and staff", "place-day", 270e6 / 242 / 365),
        ("belgium-netherlands", "yearly fee", "place-day", 30e6 / 500 / 365),
        ("denmark-kosovo", "fee", "place-day", 15e6 / 300 / 365),
        ("denmark-kosovo", "fee + green aid", "place-day", 21e6 / 300 / 365),
        ("sweden-estonia", "places", "place-day", 8500 * 12 / 365),
        ("us-el-salvador-grant", "price behind it", "person-day", 20000 / 365),
        ("us-el-salvador-grant", "grant", "person-day", 4.76e6 / 238 / 125),
        ("us-el-salvador-grant", "grant", "person", 20000),
        ("us-third-country-removals", "Equatorial Guinea", "person", 7.5e6 / 29),
        ("us-third-country-removals", "Eswatini", "person", 340000),
        ("us-guantanamo", "both departments", "person-day", 78.4e6 / 708 / 14),
        (
            "australia-nauru",
            "on first arrival + each year",
            "place-day",
            (408e6 / 30 + 70e6) / 354 / 365,
        ),
    ],
)
def test_figures_by_hand(name, payment, per, expected):
    found = [amount for (of, _), amount in amounts(name, per).items() if of == payment]
    assert found[0] == pytest.approx(expected, rel=THE_DIGIT)


@pytest.mark.parametrize(
    ("name", "payment", "published"),
    [
        ("norway-netherlands", "rent and staff", "3,057"),
        ("belgium-netherlands", "yearly fee", "164.38"),
        ("denmark-kosovo", "fee", "136.99"),
        ("denmark-kosovo", "fee + green aid", "191.78"),
        ("sweden-estonia", "places", "279.45"),
        ("us-el-salvador-grant", "price behind it", "54.79"),
        ("us-el-salvador-grant", "grant", "160.00"),
    ],
)
def test_figures_as_they_are_quoted(name, payment, published):
    figure = next(each for each in place_day(price_of(name)) if each.payment == payment)
    digits = 2 if "." in published else 0
    assert f"{figure.amount:,.{digits}f}" == published


def test_a_rate_for_each_of_four_years():
    found = amounts("vermont-mississippi", "place-day")
    assert [found["bed-day", date(2018 + n, 10, 1)] for n in range(4)] == [71, 72.99, 75.04, 77.15]


def test_nobody_received_has_no_price_per_person():
    assert ("Palau", None) not in amounts("us-third-country-removals", "person")
    assert price_of("us-third-country-removals").payments["Palau"].people == 0


def test_the_minimum_of_tartu_is_the_yearly_sum():
    (places,) = price_of("sweden-estonia").payments.values()
    by_year = 365 / 12 * 12
    assert day_cost(places, 0) * by_year == pytest.approx(30.6e6, rel=THE_DIGIT)
    assert day_cost(places, 300) == day_cost(places, 10)
    assert day_cost(places, 600) * by_year == pytest.approx(61.2e6, rel=THE_DIGIT)
    assert day_cost(places, 301) - day_cost(places, 300) == pytest.approx(279.452054794, rel=1e-9)
    with pytest.raises(ValueError, match="more than the 600 places"):
        day_cost(places, 601)


def test_one_more_person_above_the_guarantee_costs_the_tier():
    tiers = price_of("us-ice-contracts").payments
    paso = tiers["El Paso 2015"]
    assert day_cost(paso, 100) == day_cost(paso, 500) == pytest.approx(500 * 168.84)
    assert day_cost(paso, 501) - day_cost(paso, 500) == pytest.approx(9.87)
    elizabeth = tiers["Elizabeth 2015"]
    by_hand = 285 * 130.81 + 15 * 129.57 + 4 * 32.57
    assert day_cost(elizabeth, 304) == pytest.approx(by_hand, rel=THE_DIGIT)
    otero = tiers["Otero County 2015"]
    assert day_cost(otero, 10) == pytest.approx(910.3)


def test_a_day_costs_what_the_bill_of_a_run_would_say():
    """The same minimum and tiers as in `sojourn.money`, for every contract of the library."""
    for name, payment in price_of("us-ice-contracts").payments.items():
        most = payment.maximum or 3000
        people = most * np.asarray([[0.0, 0.01, 0.3, 0.5, 0.7, 0.9, 0.99, 1.0]])
        paid = at_least(people, np.asarray([payment.minimum or 0.0]))
        starts = [(0.0, payment.rates[0].amount)] + [
            (tier.above, tier.amount) for tier in payment.tiers
        ]
        bounds, prices = (
            np.asarray([[value] for value in column]) for column in zip(*starts, strict=True)
        )
        billed = priced(paid, bounds, prices)[0]
        ours = [day_cost(payment, number) for number in people[0]]
        assert ours == pytest.approx(billed, rel=THE_DIGIT), name


def test_guaranteed_minimums_of_fiscal_2021():
    rows = {
        name: payment
        for name, payment in price_of("us-ice-contracts").payments.items()
        if name.endswith("FY2021")
    }
    places = sum(row.minimum for row in rows.values())
    paid = sum(row.minimum * row.rates[0].amount for row in rows.values())
    assert (len(rows), places) == (27, 22518)
    assert paid / places == pytest.approx(126.46, abs=0.005)
    twice = rows["La Palma (APSO) FY2021"]
    rest, less = paid - twice.minimum * twice.rates[0].amount, places - twice.minimum
    assert less == 20718
    assert rest / less == pytest.approx(128.13, abs=0.005)


def test_a_price_once_has_no_cost_of_a_day():
    grant = price_of("us-el-salvador-grant").payments["grant"]
    with pytest.raises(ValueError, match="does not go by people and time"):
        day_cost(grant, 238)


def test_the_sums_add_up():
    assert 238 * 20000 == 4_760_000
    nauru = price_of("australia-nauru").payments
    total = nauru["on first arrival"].rates[0].amount + 30 * nauru["each year"].rates[0].amount
    assert total == pytest.approx(2.508e9)
    kosovo = price_of("denmark-kosovo").payments.values()
    assert 10 * sum(payment.rates[0].amount for payment in kosovo) == 210e6
    assert "210 million" in provisions_of("denmark-kosovo")["price"].says
    assert 225 * 8500 * 12 == 22_950_000
