"""The keys of money: payments, prices, tiers and wings."""

from __future__ import annotations

from typing import get_args

from sojourn.study.payment_bases import BASES, Settled, takers
from sojourn.study.words.keys.key import CITED, Key

_USUAL = ", ".join(
    f"{many}: the {period}" for many, period in
    (basis.usual for basis in BASES if basis.usual and "settled" in basis.takes)
)  # fmt: skip


def _with(key: str) -> str:
    return "with per: " + " or ".join(takers(key))


MONEY: dict[str, tuple[Key, ...]] = {
    "money": (
        Key("currency", "text", "Currency code", "USD"),
        Key("price year", "whole", "Price year of payments that give none", "2025"),
        Key("prices", "prices", "A price index, and the year of real amounts", "{}"),
        Key("discount rate", "rate", "Rate at which real amounts are discounted", "3 % per year"),
        Key("payments", "map of payment", "Who pays whom how much for what", "{}"),
    ),
    "prices": (
        Key("year", "whole", "The year in whose prices real amounts are given", "2025", True),
        Key("index", "text", "A table, `year,index` or `date,index`", "prices.csv", True),
        Key("then", "rate", "How it changes in each year after the table", "2 % per year"),
    ),
    "payment": (
        *CITED,
        Key("payer", "text", "Who pays", "US", True),
        Key("payee", "text", "Who is paid", "SV", True),
        Key("per", "text", "What the amount buys", "person-year in held", True),
        Key("amount", "amount", "The amount", "20000 USD", True),
        Key("where", "map of value", "Only people with these facts", "{citizenship: US}"),
        Key("places", "people", f"Contracted places ({_with('places')})", "300 places"),
        Key("wing", "wing", f"Size of a wing ({_with('wing')})", "{}"),
        Key("minimum", "people", "Places paid for, used or not", "300 places"),
        Key("tiers", "list of tier", "Amounts above a number of places, or of moves", "[{}]"),
        Key(
            "settled",
            f"one of: {', '.join(get_args(Settled))}",
            "Period over whose average the minimum and tiers apply; default: the unit of `per` "
            f"({_USUAL})",
            "month",
        ),
        Key(
            "days",
            "one of: nights, both ends",
            "Whether the day of departure is paid for too",
            "both ends",
        ),
        Key("escalator", "rate", "Relative increase on each anniversary of `from`", "2 % per year"),
        Key("from", "date", "First day", "2025-03-15"),
        Key("to", "date", "The first day after the last one", "2026-03-15"),
        Key("on", "date", f"The day ({_with('on')})", "2025-03-15"),
        Key(
            "price year",
            "whole",
            "Year of the price, from which the escalator or the index runs",
            "2025",
        ),
        Key(
            "costing",
            "one of: average, marginal",
            "One of two ways to cost the same custody; never added together",
            "marginal",
        ),
        Key("category", "one of: fee, custody, transfer, legal, other", "Kind", "fee"),
        Key("label", "words", "Name for people", "Fee"),
    ),
    "tier": (
        Key("above", "people", "Places (or moves) above this", "300 places", True),
        Key("amount", "amount", "The amount for each of them", "5000 USD", True),
    ),
    "wing": (
        Key("places", "people", "Places of one wing", "500 places", True),
        Key("above", "people", "People for whom there is room without a wing", "1200 people"),
        Key("opening", "amount", "What each opening costs", "2000000 USD"),
        Key("kept", "duration", "How long it stays open after it was last needed", "6 months"),
    ),
}
