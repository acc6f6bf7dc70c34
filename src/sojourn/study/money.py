"""Payments: who pays whom how much for what."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from sojourn.study.basics import read_map
from sojourn.study.model import Money, Payment, Quantity, Tier
from sojourn.study.paths import per_source
from sojourn.study.quantity import quantity_key
from sojourn.study.reader import Fields, Reader, fact_text, split_names
from sojourn.study.suggest import did_you_mean
from sojourn.study.transitions import read_facts
from sojourn.study.values import MONEY, PEOPLE, RATE, is_currency
from sojourn.study.yaml import Node, canonical_key

CATEGORIES = ("fee", "custody", "transfer", "legal", "other")
_PER = re.compile(
    r"(?P<person>person)-(?P<unit>day|month|year) in (?P<states>.+)"
    r"|(?P<place>place)-(?P<place_unit>day|month|year)"
    r"|person over (?P<transitions>.+)"
    r"|(?P<time>day|month|year)"
    r"|(?P<once>once)"
)
PER_FORMS = (
    "person-year in STATE",
    "person-day in STATE",
    "person over SOURCE -> TARGET",
    "place-month",
    "month",
    "year",
    "once",
)


def read_money(reader: Reader, node: Node, path: str) -> Money | None:
    """The prices of a study."""
    before = len(reader.problems)
    fields = reader.fields(node, path, "money")
    currency = fields.text("currency") or "USD"
    if not is_currency(currency):
        fields.refuse("currency", f"`{currency}` is not a currency code", "write, as `USD`")
    money = Money(
        currency=currency,
        price_year=fields.whole("price year"),
        discount_rate=quantity_key(fields, "discount rate", RATE),
        payments=read_map(reader, fields.node("payments"), fields.at("payments"), read_payment),
    )
    return money if len(reader.problems) == before else None


def read_payment(reader: Reader, node: Node, path: str, name: str) -> Payment | None:
    """One payment, or None with a problem."""
    before = len(reader.problems)
    fields = reader.fields(node, path, "payment")
    amount = quantity_key(fields, "amount", MONEY)
    basis = fields.get("per", partial(_read_per, reader))
    fields.dates_in_order()
    found: dict[str, Any] = {
        "payer": fields.text("payer"),
        "payee": fields.text("payee"),
        "amount": amount,
        "currency": amount.unit if amount else "",
        "where": read_where(fields),
        "places": quantity_key(fields, "places", PEOPLE),
        "minimum": quantity_key(fields, "minimum", PEOPLE),
        "tiers": _read_tiers(fields, amount),
        "escalator": quantity_key(fields, "escalator", RATE),
        "from": fields.date("from"),
        "to": fields.date("to"),
        "price_year": fields.whole("price year"),
        "category": fields.choice("category", CATEGORIES) or "other",
        "label": fields.text("label"),
        **fields.cited(),
        **(basis or {}),
    }
    if basis is not None:
        _check_basis(fields, basis["basis"], found)
    return Payment.model_validate(found) if len(reader.problems) == before else None


def _read_per(reader: Reader, node: Node, path: str) -> dict[str, Any] | None:
    text = canonical_key(reader.text(node, path) or "")
    match = _PER.fullmatch(text)
    if match is None:
        reader.refuse(
            node, path, f"`{text}` is not what a payment can be for", did_you_mean(text, PER_FORMS)
        )
        return None
    if match["person"]:
        states = split_names(match["states"])
        return {"basis": "person-time", "per": match["unit"], "states": states}
    if match["place"]:
        return {"basis": "place-time", "per": match["place_unit"]}
    if match["transitions"]:
        moves = transition_names(split_names(match["transitions"]))
        return {"basis": "move", "per": "person", "transitions": moves}
    if match["time"]:
        return {"basis": "time", "per": match["time"]}
    return {"basis": "once", "per": "once"}


def _check_basis(fields: Fields, basis: str, found: dict[str, Any]) -> None:
    """What each form of `per` needs and cannot use."""
    if basis == "place-time" and not fields.has("places"):
        fields.refuse("per", "the number of places is missing", "add `places: 300 places`")
    if basis != "place-time" and fields.has("places"):
        fields.refuse("places", "`places` belongs to `per: place-month`", "remove it")
    if basis != "person-time":
        for key in ("minimum", "tiers"):
            if fields.has(key):
                fields.refuse(key, f"`{key}` belongs to `per: person-year in …`", "remove it")
    if basis not in ("person-time", "move") and fields.has("where"):
        fields.refuse("where", "`where` needs people to choose from", "remove it")
    day = fields.date("on")
    if basis == "once":
        found["from"] = day or found["from"]
        if found["from"] is None:
            fields.refuse("per", "the day of the payment is missing", "add `on: 2025-03-15`")
    elif fields.has("on"):
        fields.refuse("on", "`on` belongs to `per: once`", "write `from` and `to`")


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
