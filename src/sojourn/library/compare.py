"""Agreements compared: tables of their provisions and prices, made from the files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from sojourn.languages.phrases import later, phrase
from sojourn.languages.signs import local
from sojourn.languages.units import unit_words
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
        later("Who may be sent"),
        (
            (later("who"), _provision("who")),
            (later("consent"), _provision("consent")),
            (later("excluded"), _provision("excluded")),
            (later("places"), _provision("places")),
        ),
    ),
    (
        later("Price"),
        (
            (later("form"), lambda agreement: phrase(price_form(agreement) or DASH)),
            (later("price"), _provision("price")),
            (
                later("per place, person or day"),
                lambda agreement: figures_in_words(price_of(agreement)),
            ),
            (later("minimum"), minimum_in_words),
            (later("escalator"), escalator_in_words),
        ),
    ),
    (
        later("Time and way out"),
        (
            (later("status and dates"), dates_in_words),
            (later("term"), _provision("term")),
            (later("exit"), _provision("exit")),
            (later("return"), _provision("return")),
            (later("law and staff"), _provision("law")),
        ),
    ),
)


def comparisons(agreements: Sequence[AgreementFile]) -> tuple[AgreementComparison, ...]:
    """Three tables, a row for each agreement: who, price, time; a dash where nothing is known."""
    return tuple(
        AgreementComparison(
            phrase(title),
            (phrase("agreement"), *(phrase(name) for name, _ in columns)),
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
        phrase("Minimums and tiers"),
        (
            phrase("agreement"),
            phrase("price"),
            phrase("minimum"),
            phrase("rate"),
            phrase("above"),
            phrase("a person-day at half the minimum"),
            phrase("at the minimum"),
            phrase("at most"),
        ),
        tuple(rows),
    )


def _cells(payment: AgreedPayment) -> tuple[str, ...]:
    currency, least, most = payment.currency, payment.minimum, payment.maximum
    above = "; ".join(
        phrase(
            "{amount} above {above}",
            amount=money(tier.amount, currency),
            above=local(f"{tier.above:,.0f}"),
        )
        for tier in payment.tiers
    )

    def average(people: float | None) -> str:
        if not people:
            return DASH
        return f"{money(day_cost(payment, people) / people, currency)} ({local(f'{people:,.0f}')})"

    return (
        phrase("{places} places", places=local(f"{least:,.0f}")) if least else DASH,
        phrase(
            "{amount} per {per}",
            amount=money(payment.rates[0].amount, currency),
            per=unit_words(payment.per),
        ),
        above or DASH,
        average(least / 2 if least else None),
        average(least),
        average(most),
    )
