"""An agreement in words: parties, dates, prices, each marked with its confidence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

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
    """Status and dates, as `ended, 2015-09-01 to 2018-08-31`."""
    dates = dates_of(agreement)
    if dates is None:
        return DASH
    span = " to ".join(day for day in (dates.start, dates.end) if day)
    if span and not dates.end:
        span = f"from {span}"
    if not dates.start and dates.signed:
        span = f"signed {dates.signed}"
    return ", ".join(part for part in (dates.status, span) if part) or DASH


def confidences(agreement: AgreementFile) -> tuple[Confidence | None, ...]:
    """The confidence of every rule and provision, in the file's order."""
    rules = (checked.rule.confidence for checked in agreement.rules)
    provisions = (provision.confidence for provision in agreement.provisions.values())
    return (*rules, *provisions)


def confidence_in_words(agreement: AgreementFile) -> str:
    """How many rules and provisions are known how well, as `9 read, 2 remembered (not read)`."""
    found = confidences(agreement)
    counts = counted_by_confidence(found)
    words = {"remembered": "remembered (not read)"}
    parts = [f"{count} {words.get(name, name)}" for name, count in counts.items()]
    if silent := sum(confidence is None for confidence in found):
        parts.append(f"{silent} not stated")
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
    return f"{currency} {amount:,.2f}" if abs(amount) < 1000 else f"{currency} {amount:,.0f}"


def figure_in_words(figure: AgreedSum) -> str:
    """A figure in words, as `EUR 136.99 per place-day (fee)`."""
    since = f", from {figure.since}" if figure.since else ""
    return f"{money(figure.amount, figure.currency)} per {figure.per} ({figure.payment}{since})"


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
    return (
        f"{len(shown)} rates, {money(low.amount, low.currency)} to "
        f"{money(high.amount, high.currency)} per {low.per}"
    )


def minimum_in_words(agreement: AgreementFile) -> str:
    """The places paid for even if empty: the provision, else the price's own minimum."""
    if "minimum" in agreement.provisions:
        return says(agreement, "minimum")
    price = price_of(agreement)
    least = [pay.minimum for pay in price.payments.values() if pay.minimum] if price else []
    return f"{sum(least):,.0f} places" if least else DASH


def escalator_in_words(agreement: AgreementFile) -> str:
    """How the price rises."""
    if "escalator" in agreement.provisions:
        return says(agreement, "escalator")
    price = price_of(agreement)
    rises = {pay.escalator for pay in price.payments.values() if pay.escalator} if price else set()
    return "; ".join(_rise(*rise) for rise in sorted(rises)) or DASH


def _rise(low: float, high: float) -> str:
    return (
        f"{100 * low:.3g} % a year"
        if low == high
        else f"{100 * low:.3g} to {100 * high:.3g} % a year"
    )


def payment_in_words(name: str, payment: AgreedPayment) -> Iterator[str]:
    """One price in words, a part each: amounts, minimum, maximum, tiers, escalator."""
    paid = "once" if payment.per == "once" else f"per {payment.per}"
    rates = ", ".join(_rate(rate, payment.currency) for rate in payment.rates)
    yield marked(f"{name}: {rates} {paid}", payment.confidence)
    if payment.years:
        yield f"for {payment.years:g} years"
    if payment.minimum:
        yield f"at least {payment.minimum:,.0f} places are paid for"
    if payment.maximum:
        yield f"at most {payment.maximum:,.0f} places"
    for tier in payment.tiers:
        yield f"{money(tier.amount, payment.currency)} for each above {tier.above:,.0f} places"
    if payment.escalator:
        yield f"rises by {_rise(*payment.escalator)}"
    if payment.people is not None:
        held = f", held {payment.days:g} days" if payment.days else ""
        yield f"came to {payment.people:,.0f} people{held}"
    if payment.note:
        yield payment.note


def _rate(rate: AgreedRate, currency: str) -> str:
    since = f" from {rate.start}" if rate.start else ""
    return f"{money(rate.amount, currency)}{since}"
