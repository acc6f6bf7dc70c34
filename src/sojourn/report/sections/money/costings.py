"""Costings, price years and discount rates of the payments, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sojourn.languages.phrases import phrase
from sojourn.report.context import Context
from sojourn.report.wording import numbers, study_words
from sojourn.report.wording.ranges import Row, Spread
from sojourn.study.model.money import Money
from sojourn.study.model.values import Quantity


def costings(context: Context) -> tuple[str, ...]:
    """The costings of the payments, which are never added together; `any` if there are none."""
    found = context.data.rows(
        "SELECT DISTINCT costing FROM money WHERE costing != 'any' ORDER BY 1"
    )
    return tuple(row["costing"] for row in found) or ("any",)


def costed(context: Context) -> str:
    """The costing of totals, to follow what they are: ", average costing"."""
    return in_words(costings(context)[0])


def in_words(costing: str) -> str:
    """The costing at the end of a title; empty if there is none."""
    return "" if costing == "any" else phrase(", {costing} costing", costing=phrase(costing))


def in_name(costing: str) -> str:
    """The costing at the end of a file's name; empty if there is none."""
    return "" if costing == "any" else f"-{costing}"


def part_of(costing: str) -> str:
    """SQL for the payments that are part of a costing."""
    return f"FROM (SELECT * FROM money WHERE costing IN ('any', '{costing}'))"


def _rate(rate: Quantity) -> str:
    text = study_words.quantity(rate)
    if "year" in rate.unit:
        return text
    return phrase("{rate} per year", rate=text)


def price_years(terms: Money) -> str:
    """The price years of the payments, and whether an index converts them to one year."""
    if terms.prices is not None:
        return phrase(
            "Nominal amounts follow the contracts' escalators, or else the price index; "
            "real amounts are in prices of {year}",
            year=terms.prices.year,
        )
    years = sorted({p.price_year or terms.price_year or 0 for p in terms.payments.values()})
    if not years or years == [0]:
        return phrase("The study names no price year")
    if len(years) == 1:
        return phrase("Prices are those of {years}", years=years[0])
    own = "; ".join(
        f"{payment.label or study_words.plain(name)}: {payment.price_year}"
        for name, payment in terms.payments.items()
        if payment.price_year not in (None, terms.price_year)
    )
    rest = (
        phrase(", the others in those of {price_year}", price_year=terms.price_year)
        if terms.price_year
        else ""
    )
    return phrase(
        "Payments are in the prices of different years and none is converted ({own}{rest})",
        own=own,
        rest=rest,
    )


def _discounting(terms: Money) -> str:
    if terms.discount_rate is None:
        if terms.prices:
            return phrase("no discount rate is given, so discounted amounts equal real ones")
        return phrase("no discount rate is given, so discounted amounts equal nominal ones")
    rate = _rate(terms.discount_rate)
    if terms.prices:
        return phrase("discounted to the first day at {rate}, from real amounts", rate=rate)
    return phrase("discounted to the first day at {rate}", rate=rate)


def terms_told(context: Context) -> tuple[str, ...]:
    """Price years, currency, discounting and costings, once for scenarios that share them."""
    data = context.data
    told: dict[str, list[str]] = {}
    for name in data.scenarios:
        terms = data.scenario(name).money
        if not terms.payments:
            continue
        price = price_years(terms)
        rate = _discounting(terms)
        told.setdefault(
            phrase(
                "{price}, in {currency}; {rate}.", price=price, currency=terms.currency, rate=rate
            ),
            [],
        ).append(name)
    found = costings(context)
    apart: tuple[str, ...] = ()
    if found != ("any",):
        names = ", ".join(map(phrase, found))
        apart = (
            phrase(
                "Costings, never added together: {names}. A payment without one is in each.",
                names=names,
            ),
        )
    if len(told) == 1:
        return (*told, *apart)
    return (*(f"{', '.join(names)}: {text}" for text, names in told.items()), *apart)


def in_millions(rows: Iterable[Row], *columns: str) -> tuple[str, Callable[[float | None], str]]:
    """Millions if amounts are that large: a word for headings, and how to write a number."""
    values = [row[c] for row in rows for c in columns]
    tops = [max(abs(v.high), abs(v.low)) if isinstance(v, Spread) else abs(v) for v in values]
    if max(tops, default=0) < 1e7:
        return "", numbers.exact
    return phrase(" million"), numbers.millions
