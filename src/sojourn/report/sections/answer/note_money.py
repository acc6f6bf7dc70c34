"""The fiscal note's money: whether cost changes, by how much for each payer, and per person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sojourn.languages import dates
from sojourn.languages.phrases import phrase
from sojourn.languages.units import unit_words
from sojourn.report import yearly
from sojourn.report.context import Context
from sojourn.report.figures.blocks import Block, Column, ReportTable
from sojourn.report.sections.answer.note_years import NoteYears
from sojourn.report.sections.money.costings import price_years
from sojourn.report.wording import numbers, study_words
from sojourn.report.wording.ranges import NOTHING, Estimate, Row, Spread
from sojourn.report.yearly import Bill
from sojourn.study.model.money import Payment
from sojourn.study.payment_bases import BY_NAME

MOST_PAYERS = 3
"""Payers whose change stands in the sentence on cost."""

Found = dict[tuple[str, Bill, str, int | None], Estimate]


def impact(context: Context, years: NoteYears) -> str:
    """Yes, no, or why there is no estimate, and the change for each payer."""
    data = context.data
    if not data.scenario(data.lead).money.payments:
        return phrase("No estimate available, because the study names no prices.")
    if not data.variants:
        return phrase(
            "No estimate available, because the study compares no scenario with the baseline."
        )
    found = yearly.money(context, years.earlier)
    if not yearly.changes(found, data.lead):
        return phrase("No. Nobody pays more or less than in the baseline in any history.")
    totals = _totals(found, data.lead)
    told = "; ".join(_told(bill, each.change) for bill, each in totals[:MOST_PAYERS])
    span = phrase(
        "over {start} to {last_day}, nominal",
        start=dates.day(years.start),
        last_day=dates.day(data.last_day),
    )
    if all(each.change.unclear for _, each in totals):
        return phrase(
            "No estimate available of its direction, because each range runs on both sides "
            "of zero: {told}, {span}. The cost of one person stands below.",
            told=told,
            span=span,
        )
    return phrase("Yes. {told}, {span}.", told=told, span=span)


def _totals(found: Found, scenario: str) -> list[tuple[Bill, Estimate]]:
    """What each payer pays in the whole period where it changes, in the first costing."""
    own = {
        bill: each
        for (name, bill, prices, year), each in found.items()
        if name == scenario and prices == "amount" and year is None and bill.part == "paid"
        and (each.change.mean or each.change.wide)
    }  # fmt: skip
    first = max((bill.costing for bill in own), default="any")
    chosen = [(bill, each) for bill, each in own.items() if bill.costing == first]
    return sorted(chosen, key=lambda item: -abs(item[1].change.mean))


def _told(bill: Bill, change: Spread) -> str:
    def write(value: float | None) -> str:
        return numbers.signed_money(value, bill.currency)

    costing = (
        "" if bill.costing == "any" else phrase(", {costing} cost", costing=phrase(bill.costing))
    )
    return f"{bill.payer}{costing}: {change.sentence(write)}"


def tables(context: Context, years: NoteYears) -> Iterator[Block]:
    """Change in cost by payer and year; where no total can be given, the cost of one person."""
    data = context.data
    found = yearly.money(context, years.earlier)
    bills = sorted(
        {
            bill
            for (name, bill, _, _), each in found.items()
            if name == data.lead and (each.change.mean or each.change.wide or not data.variants)
        },
        key=_order,
    )
    for currency in dict.fromkeys(bill.currency for bill in bills):
        yield _by_year(context, years, found, [bill for bill in bills if bill.currency == currency])
    totals = _totals(found, data.lead)
    if not totals or all(each.change.unclear for _, each in totals):
        unit = _unit_costs(context)
        if unit.rows:
            yield unit


def _order(bill: Bill) -> tuple[str, str, int, int]:
    """Marginal before average, what is paid before its parts and what is received."""
    costings, parts = ("marginal", "any", "average"), ("paid", "step costs", "received")
    return bill.currency, bill.payer, costings.index(bill.costing), parts.index(bill.part)


def _label(bill: Bill) -> str:
    costing = "" if bill.costing == "any" else f", {phrase(bill.costing)}"
    match bill.part:
        case "paid":
            return phrase("{payer} pays{costing}", payer=bill.payer, costing=costing)
        case "received":
            return phrase("{payer} receives{costing}", payer=bill.payer, costing=costing)
        case part:
            return phrase("of it {part}, {payer}", part=phrase(part), payer=bill.payer)


def _by_year(context: Context, years: NoteYears, found: Found, bills: list[Bill]) -> ReportTable:
    """Nominal by year; the whole period also in one price year and at present value."""
    data = context.data
    part = "change" if data.variants else "value"
    terms = data.scenario(data.lead).money
    real = (
        [("real", phrase("All, prices of {year}", year=terms.prices.year))] if terms.prices else []
    )
    rate = (
        phrase(" at {discount_rate}", discount_rate=study_words.quantity(terms.discount_rate))
        if terms.discount_rate
        else ""
    )
    rate = rate.replace(" " + unit_words("per year"), "")
    present = [("discounted", phrase("All, present value{rate}", rate=rate))] if rate else []
    shown: list[tuple[str, int | None, str]] = [
        *(("amount", year, data.year_head(year)) for year in years.shown),
        ("amount", None, phrase("All, nominal")),
        *((prices, None, label) for prices, label in (*real, *present)),
    ]
    rows: list[dict[Any, Any]] = [
        {"bill": bill, **{
            label: getattr(found.get((data.lead, bill, prices, year), NOTHING), part)
            for prices, year, label in shown
        }}
        for bill in bills
    ]  # fmt: skip
    size = max((abs(row[label].mean) for row in rows for _, _, label in shown), default=0.0)
    word, by = (phrase(" million"), 1e6) if size >= 1e6 else ("", 1.0)

    def write(value: float | None) -> str:
        text = numbers.exact(None if value is None else value / by)
        return numbers.signed(text, value) if data.variants else text

    currency = bills[0].currency
    what = (
        phrase("Change in cost against “{baseline}”", baseline=data.baseline)
        if data.variants
        else phrase("Cost")
    )
    costings = {bill.costing for bill in bills} - {"any"}
    apart = ""
    if len(costings) > 1:
        apart = phrase(
            " Marginal and average cost are two costings of the same custody, never added."
        )
    only = (
        ""
        if costings
        else phrase(" The study prices custody once, and tells no marginal cost apart.")
    )
    unindexed = (
        "" if real else phrase(" Without a price index there are no amounts in one year's prices.")
    )
    return ReportTable(
        f"{what}, {currency}{word}: {data.lead}",
        (
            Column(phrase("Payer"), lambda row: _label(row["bill"])),
            *(
                Column(
                    label,
                    lambda row, key=label: row[key].cell(write),  # type: ignore[misc]
                    number=True,
                    value=lambda row, key=label: row[key],  # type: ignore[misc]
                    unit=currency,
                )
                for _, _, label in shown
            ),
        ),
        rows,
        f"note-cost-{currency}",
        phrase(
            "{spreads} All: {start} to {last_day}. {price_years}.{apart}{only}{unindexed}",
            spreads=context.spreads,
            start=dates.day(years.start),
            last_day=dates.day(data.last_day),
            price_years=price_years(terms),
            apart=apart,
            only=only,
            unindexed=unindexed,
        ),
    )


def _unit_costs(context: Context) -> ReportTable:
    """The price of one person's custody or move, by payment of the lead scenario."""
    data = context.data
    payments = data.scenario(data.lead).money.payments
    rows: list[Row] = [
        {"name": name, "payment": payment}
        for name, payment in payments.items()
        if payment.basis in ("person-time", "move")
    ]

    def price_year(payment: Payment) -> str:
        year = payment.price_year or data.scenario(data.lead).money.price_year
        return str(year) if year else numbers.DASH

    return ReportTable(
        phrase("Cost of one person"),
        (
            Column(
                phrase("Payment"),
                lambda row: row["payment"].label or study_words.plain(row["name"]),
            ),
            Column(phrase("Payer"), lambda row: row["payment"].payer),
            Column(phrase("Price"), lambda row: study_words.quantity(row["payment"].amount)),
            Column(
                phrase("For"),
                lambda row: unit_words(BY_NAME[row["payment"].basis].unit(row["payment"].per)),
            ),
            Column(phrase("Costing"), lambda row: phrase(row["payment"].costing or "not named")),
            Column(phrase("Prices of"), lambda row: price_year(row["payment"])),
        ),
        rows,
        "note-one-person",
        phrase("A price is that of the study; it holds for each person more or fewer."),
        data=[
            {
                "payment": row["name"],
                "payer": row["payment"].payer,
                "low": row["payment"].amount.low,
                "price": row["payment"].amount.value,
                "high": row["payment"].amount.high,
                "currency": row["payment"].currency,
                "unit": BY_NAME[row["payment"].basis].unit(row["payment"].per),
            }
            for row in rows
        ],
    )
