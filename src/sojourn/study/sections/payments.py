"""Payments: who pays whom how much for what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import get_args

from sojourn.study.fact_types import fact_text
from sojourn.study.files.addresses import per_source
from sojourn.study.files.suggest import did_you_mean
from sojourn.study.files.yaml import Node, canonical_key
from sojourn.study.model.money import Money, Payment, Tier, Wing
from sojourn.study.model.values import Quantity
from sojourn.study.payment_bases import PER_FORMS, SPECIAL, Basis, Settled, basis_of, belongs_to
from sojourn.study.sections.pathway.transitions import read_facts
from sojourn.study.sections.period_and_sources import read_map
from sojourn.study.sections.price_index import check_price_years, read_prices
from sojourn.study.units import DAYS, DURATION, MONEY, PEOPLE, PLACES, RATE, is_currency
from sojourn.study.words.quantities import quantity_key
from sojourn.study.words.reader import Fields, Reader, split_names

CATEGORIES = ("fee", "custody", "transfer", "legal", "other")
COSTINGS = ("average", "marginal")
SETTLEMENTS: tuple[Settled, ...] = get_args(Settled)


def read_money(reader: Reader, node: Node, path: str) -> Money | None:
    """The prices of a study."""
    before = len(reader.problems)
    fields = reader.fields(node, path, "money")
    currency = fields.text("currency") or "USD"
    if not is_currency(currency):
        fields.refuse("currency", f"`{currency}` is not a currency code", "write, as `USD`")
    prices = fields.get("prices", partial(read_prices, reader))
    payments = read_map(reader, fields.node("payments"), fields.at("payments"), read_payment)
    if prices is not None:
        check_price_years(fields, prices, payments)
    money = Money(
        currency=currency,
        price_year=fields.whole("price year"),
        prices=prices,
        discount_rate=quantity_key(fields, "discount rate", RATE),
        payments=payments,
    )
    return money if len(reader.problems) == before else None


@dataclass(frozen=True, slots=True)
class _Per:
    """What `per` says: the basis, its unit, and the states or transitions that it names."""

    basis: Basis
    unit: str
    states: tuple[str, ...]
    transitions: tuple[str, ...]


def read_payment(reader: Reader, node: Node, path: str, name: str) -> Payment | None:
    """One payment, or None with a problem."""
    before = len(reader.problems)
    fields = reader.fields(node, path, "payment")
    amount = quantity_key(fields, "amount", MONEY)
    per = fields.get("per", partial(_read_per, reader))
    fields.dates_in_order()
    payer, payee = fields.text("payer"), fields.text("payee")
    if payer is not None and payer == payee:
        what = f"`{payer}` pays itself, which is a cost and a receipt at once"
        fields.refuse("payee", what, f"name who is paid, as `{payer} prisons`")
    where = read_where(fields)
    days = fields.choice("days", ("nights", "both ends")) or "nights"
    places = quantity_key(fields, "places", PEOPLE)
    minimum = quantity_key(fields, "minimum", PEOPLE)
    tiers = _read_tiers(fields, amount)
    settled = fields.choice("settled", SETTLEMENTS)
    escalator = quantity_key(fields, "escalator", RATE)
    start, end = fields.date("from"), fields.date("to")
    price_year = fields.whole("price year")
    costing = fields.choice("costing", COSTINGS)
    category = fields.choice("category", CATEGORIES) or "other"
    label, cited = fields.text("label"), fields.cited()
    wing = None
    if per is not None:
        if per.basis.on_one_day:
            start = fields.date("on") or start
        _check_basis(fields, per.basis, start)
        wing = _read_wing(fields, amount, settled)
    if per is None or amount is None or payer is None or payee is None:
        return None
    if len(reader.problems) > before:
        return None
    return Payment(
        payer=payer,
        payee=payee,
        basis=per.basis.name,
        per=per.unit,
        amount=amount,
        currency=amount.unit,
        states=per.states,
        transitions=per.transitions,
        where=where,
        days=days,
        places=places,
        wing=wing,
        minimum=minimum,
        tiers=tiers,
        settled=settled,
        escalator=escalator,
        start=start,
        end=end,
        price_year=price_year,
        costing=costing,
        category=category,
        label=label,
        **cited,
    )


def _read_per(reader: Reader, node: Node, path: str) -> _Per | None:
    text = canonical_key(reader.text(node, path) or "")
    match = basis_of(text)
    if match is None:
        reader.refuse(
            node, path, f"`{text}` is not what a payment can be for", did_you_mean(text, PER_FORMS)
        )
        return None
    basis, unit, written = match
    names = split_names(written)
    return _Per(
        basis,
        unit,
        states=names if basis.names == "states" else (),
        transitions=transition_names(names) if basis.names == "transitions" else (),
    )


def _check_basis(fields: Fields, basis: Basis, start: date | None) -> None:
    """What each form of `per` needs and cannot use."""
    for key in SPECIAL:
        if fields.has(key) and key not in basis.takes:
            fields.refuse(key, belongs_to(key), "remove it")
    if basis.on_one_day:
        if start is None:
            fields.refuse("per", "the day of the payment is missing", "add `on: 2025-03-15`")
        return
    for key, example in basis.needs:
        if not fields.has(key):
            fields.refuse("per", f"`{key}` is missing", f"add `{key}: {example}`")


def _read_wing(fields: Fields, amount: Quantity | None, settled: Settled | None) -> Wing | None:
    """The wing of a payment; how long it is kept becomes a number of settlements."""
    node = fields.node("wing")
    if node is None:
        return None
    inner = fields.reader.fields(node, fields.at("wing"), "wing")
    places, opening = quantity_key(inner, "places", PLACES), quantity_key(inner, "opening", MONEY)
    kept = quantity_key(inner, "kept", DURATION)
    if amount is not None and opening is not None and opening.unit != amount.unit:
        inner.refuse("opening", "the opening has another currency", f"write {amount.unit}")
    settlement = settled or "month"
    settlements = 0
    if kept is not None and settlement != "whole term":
        length = 3 * DAYS["month"] if settlement == "quarter" else DAYS[settlement]
        settlements = round(kept.value / length)
        if kept.uncertain or abs(kept.value - settlements * length) > 0.5:
            inner.refuse(
                "kept",
                f"this is not a certain whole number of {settlement}s, by which it is settled",
                f"write, as `2 {settlement}s`" if settlement != "quarter" else "write `6 months`",
            )
    if places is None:
        return None
    above = quantity_key(inner, "above", PEOPLE)
    return Wing(places=places, above=above, opening=opening, kept=settlements)


def _read_tiers(fields: Fields, amount: Quantity | None) -> tuple[Tier, ...]:
    node = fields.node("tiers")
    tiers: list[Tier] = []
    for part, path in fields.reader.parts(node, fields.at("tiers")) if node is not None else ():
        inner = fields.reader.fields(part, path, "tier")
        above = quantity_key(inner, "above", PEOPLE)
        price = quantity_key(inner, "amount", MONEY)
        if above is None or price is None:
            continue
        if amount is not None and price.unit != amount.unit:
            inner.refuse("amount", "the tier has another currency", f"write {amount.unit}")
        if tiers and above.value <= tiers[-1].above.value:
            inner.refuse("above", "the tier is not above the one before", "order them upwards")
        tiers.append(Tier(above=above, amount=price))
    return tuple(tiers)


def transition_names(written: tuple[str, ...]) -> tuple[str, ...]:
    """Names of transitions with one source each, as results have them."""
    names = (single for name in written for single in per_source(canonical_key(name)))
    return tuple(dict.fromkeys(names))


def read_where(fields: Fields) -> dict[str, str]:
    """Values of facts that choose people, in one spelling each."""
    return {fact: fact_text(value) for fact, value in read_facts(fields, "where").items()}
