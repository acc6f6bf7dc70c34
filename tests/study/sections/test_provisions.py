"""Provisions are read with their place, and what they cannot mean is refused."""

from __future__ import annotations

import pytest

from library.reading import provisions
from sojourn.errors import StudyError

HEAD = "sources: {t: {title: A treaty}}\nprovisions:\n"


def refusal(text: str) -> str:
    with pytest.raises(StudyError) as caught:
        provisions(HEAD + text)
    return str(caught.value)


def price(payment: str, form: str = "per place") -> str:
    return (
        f"  price:\n    says: a price\n    source: t\n    form: {form}\n"
        f"    payments: {{a: {{{payment}}}}}\n"
    )


def test_amounts_by_date_minimum_and_tiers():
    text = price(
        "per: place-day, amount: {2020-01-01: 12 EUR, 2019-01-01: 10 EUR}, minimum: 5 places, "
        "tiers: [{above: 5 places, amount: 2 EUR}], escalator: {between: [1 % per year, 3 % per "
        "year]}",
        "tiers",
    )
    found = provisions(HEAD + text)["price"].price
    payment = found.payments["a"]
    assert [rate.amount for rate in payment.rates] == [10, 12]
    assert payment.currency == "EUR"
    assert (payment.minimum, payment.tiers[0].above, payment.tiers[0].amount) == (5, 5, 2)
    assert payment.escalator == pytest.approx((0.01, 0.03))


@pytest.mark.parametrize(
    ("payment", "form", "what"),
    [
        ("per: once, amount: 5 EUR", "per place", "no payment is of that kind"),
        ("per: place-day, amount: 5 EUR", "tiers", "no payment is of that kind"),
        ("per: place-day, amount: 5 EUR", "none", "payments are written"),
        ("per: place-day, amount: 5", "per place", "has no unit"),
        ("per: place-day", "per place", "the key `amount` is missing"),
        ("per: year, amount: 5 EUR, minimum: 3 places", "fixed per year", "has no meaning"),
        ("per: once, amount: 5 EUR, days: 3", "lump sum", "`days` has no meaning"),
        ("per: week, amount: 5 EUR", "per place", "`week` is not known here"),
        (
            "per: place-day, amount: {2020-01-01: 5 EUR, 2021-01-01: 5 USD}",
            "per place",
            "different currencies",
        ),
        (
            "per: place-day, amount: 5 EUR, tiers: [{above: 3 places, amount: 1 USD}]",
            "tiers",
            "another currency",
        ),
        (
            "per: place-day, amount: 5 EUR, tiers: [{above: 3 places, amount: 1 EUR}, "
            "{above: 3 places, amount: 1 EUR}]",
            "tiers",
            "not above the one before",
        ),
        (
            "per: place-day, amount: 5 EUR, from: 2021-01-01, to: 2020-01-01",
            "per place",
            "not after",
        ),
    ],
)
def test_a_price_that_cannot_be_meant_is_refused(payment, form, what):
    assert what in refusal(price(payment, form))


def test_a_provision_without_a_source_is_refused():
    assert "no source" in refusal("  who: {says: everybody}\n")
    assert "`x` is not declared" in refusal("  who: {says: everybody, source: x}\n")
    assert "`says` is missing" in refusal("  who: {source: t}\n")


def test_a_misspelt_key_is_told_with_its_place():
    told = refusal("  who: {says: everybody, source: t, confidense: read}\n")
    assert "agreement.yaml:3" in told
    assert "did you mean `confidence`" in told


@pytest.mark.parametrize("day", ["2015", "2015-03", "2015-03-02"])
def test_dates_as_precise_as_known(day):
    found = provisions(HEAD + f"  term: {{says: a term, source: t, from: {day}}}\n")
    assert found["term"].dates.start == day


@pytest.mark.parametrize("day", ["2015-13", "spring 2015", "2015-3-2"])
def test_other_dates_are_refused(day):
    told = refusal(f"  term: {{says: a term, source: t, from: {day}}}\n")
    assert "is not a date" in told


def test_dates_out_of_order_are_refused():
    told = refusal("  term: {says: a term, source: t, from: 2016, to: 2015}\n")
    assert "is before" in told
