"""An agreement in words: parties, dates, prices, each marked with its confidence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sojourn.languages import dates
from sojourn.languages.phrases import later, phrase
from sojourn.languages.signs import local
from sojourn.languages.units import unit_words
from sojourn.library.agreed_prices import AgreedSum, figures, place_day
from sojourn.study.confidence import counted_by_confidence, marked
from sojourn.study.model.provisions import (
    AgreedPayment,
    AgreedRate,
    Dates,
    Price,
    PriceForm,
    Provision,
)
from sojourn.study.model.values import Confidence

if TYPE_CHECKING:
    from sojourn.rules.agreement.file import AgreementFile

DASH = "–"
"""Shown where nothing is established."""
MOST_FIGURES = 4
"""More prices than this are summed up by their number and range."""


def parties(agreement: AgreementFile) -> str:
    """Who sends and who receives."""
    return f"{agreement.sending} → {agreement.receiving}"


def dates_of(agreement: AgreementFile) -> Dates | None:
    """The dates of the agreement, from whichever provision has them."""
    found = (provision.dates for provision in agreement.provisions.values() if provision.dates)
    return next(found, None)


def price_of(agreement: AgreementFile) -> Price | None:
    """The price of the agreement, from whichever provision has it."""
    found = (provision.price for provision in agreement.provisions.values() if provision.price)
    return next(found, None)


def price_form(agreement: AgreementFile) -> PriceForm | None:
    """How the agreement pays; None if the file says nothing of it."""
    price = price_of(agreement)
    return price.form if price else None


def dates_in_words(agreement: AgreementFile) -> str:
    """Status and dates, as `ended, 1 September 2015 to 31 August 2018`."""
    known = dates_of(agreement)
    if known is None:
        return DASH
    start, end = dates.of_file(known.start), dates.of_file(known.end)
    span = phrase(" to ").join(each for each in (start, end) if each)
    if start and not end:
        whole = len(known.start or "") == len("2025-02-04")
        span = phrase("from {start}", start=start) if whole else phrase("from {span}", span=start)
    if not start and known.signed:
        span = phrase("signed {signed}", signed=dates.of_file(known.signed))
    return (
        ", ".join(part for part in (phrase(known.status) if known.status else None, span) if part)
        or DASH
    )


def confidences(agreement: AgreementFile) -> tuple[Confidence | None, ...]:
    """The confidence of every rule and provision, in the file's order."""
    rules = (checked.rule.confidence for checked in agreement.rules)
    provisions = (provision.confidence for provision in agreement.provisions.values())
    return (*rules, *provisions)


def confidence_in_words(agreement: AgreementFile) -> str:
    """How many rules and provisions are known how well, as `9 read, 2 remembered (not read)`."""
    found = confidences(agreement)
    counts = counted_by_confidence(found)
    words = {"remembered": later("remembered (not read)")}
    parts = [f"{count} {phrase(words.get(name, name))}" for name, count in counts.items()]
    if silent := sum(confidence is None for confidence in found):
        parts.append(phrase("{silent} not stated", silent=silent))
    return ", ".join(parts) or DASH


def says(agreement: AgreementFile, name: str) -> str:
    """What a provision says, with the mark of its confidence; a dash if there is none."""
    provision = agreement.provisions.get(name)
    return DASH if provision is None else provision_in_words(provision)


def provision_in_words(provision: Provision) -> str:
    """What a provision says, with the mark of its confidence."""
    return marked(provision.says, provision.confidence)


def money(amount: float, currency: str) -> str:
    """An amount in words: cents below a thousand, as in a price for a day."""
    number = f"{amount:,.2f}" if abs(amount) < 1000 else f"{amount:,.0f}"
    return f"{currency} {local(number)}"


def figure_in_words(figure: AgreedSum) -> str:
    """A figure in words, as `EUR 136.99 per place-day (fee)`."""
    since = phrase(", from {since}", since=dates.day(figure.since)) if figure.since else ""
    return phrase(
        "{amount} per {per} ({payment}{since})",
        amount=money(figure.amount, figure.currency),
        per=unit_words(figure.per),
        payment=figure.payment,
        since=since,
    )


def figures_in_words(price: Price | None) -> str:
    """The figures per place, person and day in one cell; many of them as a range."""
    if price is None or not (found := figures(price)):
        return DASH
    by_day = place_day(price)
    shown = by_day or found
    if len(shown) <= MOST_FIGURES:
        return "; ".join(figure_in_words(figure) for figure in shown)
    low = min(shown, key=lambda figure: figure.amount)
    high = max(shown, key=lambda figure: figure.amount)
    return phrase(
        "{count} rates, {low} to {high} per {per}",
        count=len(shown),
        low=money(low.amount, low.currency),
        high=money(high.amount, high.currency),
        per=unit_words(low.per),
    )


def minimum_in_words(agreement: AgreementFile) -> str:
    """The places paid for even if empty: the provision, else the price's own minimum."""
    if "minimum" in agreement.provisions:
        return says(agreement, "minimum")
    price = price_of(agreement)
    least = [pay.minimum for pay in price.payments.values() if pay.minimum] if price else []
    return phrase("{places} places", places=local(f"{sum(least):,.0f}")) if least else DASH


def escalator_in_words(agreement: AgreementFile) -> str:
    """How the price rises."""
    if "escalator" in agreement.provisions:
        return says(agreement, "escalator")
    price = price_of(agreement)
    rises = {pay.escalator for pay in price.payments.values() if pay.escalator} if price else set()
    return "; ".join(_rise(*rise) for rise in sorted(rises)) or DASH


def _rise(low: float, high: float) -> str:
    return (
        phrase("{share} % a year", share=local(f"{100 * low:.3g}"))
        if low == high
        else phrase(
            "{low} to {high} % a year",
            low=local(f"{100 * low:.3g}"),
            high=local(f"{100 * high:.3g}"),
        )
    )


def payment_in_words(name: str, payment: AgreedPayment) -> Iterator[str]:
    """One price in words, a part each: amounts, minimum, maximum, tiers, escalator."""
    paid = (
        phrase("once")
        if payment.per == "once"
        else phrase("per {per}", per=unit_words(payment.per))
    )
    rates = ", ".join(_rate(rate, payment.currency) for rate in payment.rates)
    yield marked(f"{name}: {rates} {paid}", payment.confidence)
    if payment.years:
        yield phrase("for {years} years", years=local(f"{payment.years:g}"))
    if payment.minimum:
        yield phrase(
            "at least {minimum} places are paid for", minimum=local(f"{payment.minimum:,.0f}")
        )
    if payment.maximum:
        yield phrase("at most {maximum} places", maximum=local(f"{payment.maximum:,.0f}"))
    for tier in payment.tiers:
        yield phrase(
            "{amount} for each above {above} places",
            amount=money(tier.amount, payment.currency),
            above=local(f"{tier.above:,.0f}"),
        )
    if payment.escalator:
        yield phrase("rises by {rise}", rise=_rise(*payment.escalator))
    if payment.people is not None:
        held = phrase(", held {days} days", days=local(f"{payment.days:g}")) if payment.days else ""
        yield phrase(
            "came to {people} people{held}", people=local(f"{payment.people:,.0f}"), held=held
        )
    if payment.note:
        yield payment.note


def _rate(rate: AgreedRate, currency: str) -> str:
    since = phrase(" from {start}", start=dates.day(rate.start)) if rate.start else ""
    return f"{money(rate.amount, currency)}{since}"
