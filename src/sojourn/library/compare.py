"""Agreements compared: tables of their provisions and prices, made from the files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from sojourn.library.agreed_prices import day_cost
from sojourn.library.agreement_words import (
    DASH,
    dates_in_words,
    escalator_in_words,
    figures_in_words,
    minimum_in_words,
    money,
    price_form,
    price_of,
    says,
)
from sojourn.study.confidence import marked
from sojourn.study.model.provisions import AgreedPayment

if TYPE_CHECKING:
    from sojourn.rules.agreement.file import AgreementFile


class AgreementComparison(NamedTuple):
    """A table of agreements."""

    title: str
    names: tuple[str, ...]
    """Headings of the columns; the first is the agreement's name."""
    rows: tuple[tuple[str, ...], ...]


ComparedColumn = tuple[str, Callable[["AgreementFile"], str]]


def _provision(name: str) -> Callable[[AgreementFile], str]:
    return lambda agreement: says(agreement, name)


_TABLES: tuple[tuple[str, tuple[ComparedColumn, ...]], ...] = (
    (
        "Who may be sent",
        (
            ("who", _provision("who")),
            ("consent", _provision("consent")),
            ("excluded", _provision("excluded")),
            ("places", _provision("places")),
        ),
    ),
    (
        "Price",
        (
            ("form", lambda agreement: price_form(agreement) or DASH),
            ("price", _provision("price")),
            ("per place, person or day", lambda agreement: figures_in_words(price_of(agreement))),
            ("minimum", minimum_in_words),
            ("escalator", escalator_in_words),
        ),
    ),
    (
        "Time and way out",
        (
            ("status and dates", dates_in_words),
            ("term", _provision("term")),
            ("exit", _provision("exit")),
            ("return", _provision("return")),
            ("law and staff", _provision("law")),
        ),
    ),
)


def comparisons(agreements: Sequence[AgreementFile]) -> tuple[AgreementComparison, ...]:
    """Three tables, a row for each agreement: who, price, time; a dash where nothing is known."""
    return tuple(
        AgreementComparison(
            title,
            ("agreement", *(name for name, _ in columns)),
            tuple((agreement.name, *(of(agreement) for _, of in columns))
                  for agreement in agreements),
        )
        for title, columns in _TABLES
    )  # fmt: skip


def minimums(agreements: Sequence[AgreementFile]) -> AgreementComparison:
    """Every price per place and time with a minimum or tiers, and its cost per person and day.

    The cost is given with half of the minimum in use, all of it, and the maximum.
    """
    rows = []
    for agreement in agreements:
        price = price_of(agreement)
        for name, payment in (price.payments if price else {}).items():
            if payment.minimum or payment.tiers:
                rows.append((agreement.name, marked(name, payment.confidence), *_cells(payment)))
    return AgreementComparison(
        "Minimums and tiers",
        ("agreement", "price", "minimum", "rate", "above", "a person-day at half the minimum",
         "at the minimum", "at most"),
        tuple(rows),
    )  # fmt: skip


def _cells(payment: AgreedPayment) -> tuple[str, ...]:
    currency, least, most = payment.currency, payment.minimum, payment.maximum
    above = "; ".join(
        f"{money(tier.amount, currency)} above {tier.above:,.0f}" for tier in payment.tiers
    )

    def average(people: float | None) -> str:
        if not people:
            return DASH
        return f"{money(day_cost(payment, people) / people, currency)} ({people:,.0f})"

    return (
        f"{least:,.0f} places" if least else DASH,
        f"{money(payment.rates[0].amount, currency)} per {payment.per}",
        above or DASH,
        average(least / 2 if least else None),
        average(least),
        average(most),
    )
