"""Reading provisions: each in our own words with where it comes from, some with data of theirs."""

from __future__ import annotations

import re
from typing import Any

from sojourn.study.files.yaml import Node
from sojourn.study.model.provisions import (
    FORMS,
    PAID_FOR,
    AgreedPayment,
    AgreedRate,
    AgreedTier,
    Dates,
    Price,
    Provision,
)
from sojourn.study.sections.period_and_sources import read_map
from sojourn.study.units import MONEY, NUMBER, PEOPLE, RATE, looks_like_date
from sojourn.study.words.quantities import quantity_key, read_number
from sojourn.study.words.reader import Fields, Reader

_PART_OF_DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")
_DATES = ("signed", "from", "to", "status")
_PRICE = ("form", "places", "payments")
_BY_PLACE = ("place-", "person-")


def read_provisions(reader: Reader, node: Node | None, path: str) -> dict[str, Provision]:
    """Every provision of an agreement by name."""
    return read_map(reader, node, path, read_provision)


def read_provision(reader: Reader, node: Node, path: str, name: str) -> Provision | None:
    """One provision; it needs `says` and a source or citation."""
    before = len(reader.problems)
    fields = reader.fields(node, path, "provision")
    cited = fields.cited()
    if node.items is not None and cited.get("source") is None and cited.get("cite") is None:
        reader.refuse(node, path, "the provision has no source", "add `source: NAME` or `cite: …`")
    found: dict[str, Any] = {"says": fields.text("says"), **cited}
    if any(fields.has(key) for key in _DATES):
        found["dates"] = _read_dates(fields)
    if any(fields.has(key) for key in _PRICE):
        found["price"] = _read_price(fields)
    return Provision.model_validate(found) if len(reader.problems) == before else None


def _read_dates(fields: Fields) -> Dates:
    found = {key: fields.text(key) for key in _DATES}
    for key in _DATES[:-1]:
        text = found[key]
        if text is not None and not _PART_OF_DATE.fullmatch(text):
            fields.refuse(key, f"`{text}` is not a date", "write `2025-02-04`, `2025-02` or `2025`")
    start, end = found["from"], found["to"]
    if start and end and len(start) == len(end) and start > end:
        fields.refuse("to", f"`to` ({end}) is before `from` ({start})", "swap or mend them")
    return Dates(signed=found["signed"], start=start, end=end, status=found["status"])


def _read_price(fields: Fields) -> Price | None:
    reader = fields.reader
    form = fields.choice("form", FORMS)
    if form is None:
        if not fields.has("form"):
            fields.refuse("form", "the price has no form", f"write one of {', '.join(FORMS)}")
        return None
    places = quantity_key(fields, "places", PEOPLE)
    payments = read_map(reader, fields.node("payments"), fields.at("payments"), read_agreed)
    problem = _misfit(form, payments)
    if problem and not reader.problems:
        fields.refuse("form", f"the form is `{form}`, but {problem}", "mend the one or the other")
    return Price(form=form, places=places.value if places else None, payments=payments)


def _misfit(form: str, payments: dict[str, AgreedPayment]) -> str:
    """The conflict between the payments and the form; empty if there is none."""
    by_place = [pay for pay in payments.values() if pay.per.startswith(_BY_PLACE)]
    kinds = {pay.per for pay in payments.values()}
    found = {
        "per place": bool(by_place) and not any(pay.minimum or pay.tiers for pay in by_place),
        "per place with a minimum": any(pay.minimum for pay in by_place),
        "tiers": any(pay.tiers for pay in by_place),
        "fixed per year": "year" in kinds,
        "lump sum": "once" in kinds,
        "per person": kinds == {"person"},
        "staged": "once" in kinds and "person" in kinds,
        "up front and yearly": {"once", "year"} <= kinds,
        "own cost": True,
    }
    if form in ("none", "not stated"):
        return "payments are written" if payments else ""
    return "" if found[form] else "no payment is of that kind"


def read_agreed(reader: Reader, node: Node, path: str, name: str) -> AgreedPayment | None:
    """One price: an amount for what it buys, with minimum, tiers and escalator."""
    before = len(reader.problems)
    fields = reader.fields(node, path, "agreed payment")
    fields.dates_in_order()
    per = fields.choice("per", PAID_FOR)
    rates, currency = _read_rates(fields)
    found: dict[str, Any] = {"per": per, "currency": currency, "rates": rates, **fields.cited()}
    for key, kind in (
        ("minimum", PEOPLE), ("maximum", PEOPLE), ("people", PEOPLE), ("years", NUMBER),
        ("days", NUMBER),
    ):  # fmt: skip
        quantity = quantity_key(fields, key, kind)
        found[key] = None if quantity is None else quantity.value
    rise = quantity_key(fields, "escalator", RATE)
    if rise is not None:
        low, high = rise.low, rise.high
        found["escalator"] = (
            rise.value if low is None else low, rise.value if high is None else high
        )  # fmt: skip
    found["tiers"] = _read_tiers(fields, currency)
    found["start"], found["end"] = fields.date("from"), fields.date("to")
    _check_keys(fields, per)
    return AgreedPayment.model_validate(found) if len(reader.problems) == before else None


def _check_keys(fields: Fields, per: str | None) -> None:
    """Keys that have no meaning for what is paid for."""
    if per is None:
        return
    for key, fits in (
        ("minimum", per.startswith(_BY_PLACE)),
        ("maximum", per.startswith(_BY_PLACE)),
        ("tiers", per.startswith(_BY_PLACE)),
        ("years", per in ("year", "month", "day")),
        ("people", per == "once"),
        ("days", per == "once" and fields.has("people")),
    ):
        if fields.has(key) and not fits:
            fields.refuse(key, f"`{key}` has no meaning for `per: {per}`", "remove it")


def _read_rates(fields: Fields) -> tuple[tuple[AgreedRate, ...], str]:
    """The amounts in order of date, and their currency."""
    node, reader = fields.node("amount"), fields.reader
    if node is None:
        return (), ""
    dated = node.items is not None and any(looks_like_date(key) for key in node.items)
    found: list[AgreedRate] = []
    currencies: list[str] = []
    for key, part in (node.items or {}).items() if dated else [("", node)]:
        path = f"{fields.at('amount')}.{key}".removesuffix(".")
        day = reader.date(Node(node.keys[key], text=key), path) if dated else None
        number = read_number(reader, part, path, MONEY)
        if number is not None and (day is not None or not dated):
            found.append(AgreedRate(start=day, amount=number[0]))
            currencies.append(number[1])
    if len(set(currencies)) > 1:
        fields.refuse("amount", "the amounts have different currencies", f"write {currencies[0]}")
    found.sort(key=lambda rate: (rate.start is not None, rate.start))
    return tuple(found), currencies[0] if currencies else ""


def _read_tiers(fields: Fields, currency: str) -> tuple[AgreedTier, ...]:
    node, reader = fields.node("tiers"), fields.reader
    tiers: list[AgreedTier] = []
    for part, path in reader.parts(node, fields.at("tiers")) if node is not None else ():
        inner = reader.fields(part, path, "tier")
        above, amount = quantity_key(inner, "above", PEOPLE), quantity_key(inner, "amount", MONEY)
        if above is None or amount is None:
            continue
        if currency and amount.unit != currency:
            inner.refuse("amount", "the tier has another currency", f"write {currency}")
        if tiers and above.value <= tiers[-1].above:
            inner.refuse("above", "the tier is not above the one before", "order them upwards")
        tiers.append(AgreedTier(above=above.value, amount=amount.value))
    return tuple(tiers)
