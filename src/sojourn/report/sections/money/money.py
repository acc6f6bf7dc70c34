"""Section: who pays what, when, and each state's net cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sojourn.languages.phrases import later, phrase
from sojourn.languages.units import unit_words
from sojourn.report.context import Context, tabs
from sojourn.report.figures import charts
from sojourn.report.figures.blocks import (
    Block,
    BulletList,
    Column,
    Figure,
    Heading,
    LegendKey,
    Panel,
    Prose,
    ReportTable,
    Section,
    SheetChart,
)
from sojourn.report.sections.money.balances import balances
from sojourn.report.sections.money.costings import (
    costings,
    in_millions,
    in_name,
    in_words,
    part_of,
    terms_told,
)
from sojourn.report.sections.people.people import year_note
from sojourn.report.wording import numbers, study_words
from sojourn.report.wording.ranges import ZERO, Row, Spread

NO_MONEY = later("No payments are made in any history.")


def money(context: Context) -> Section:
    """Payments by year, category and party, nominal and discounted; each costing separately."""
    data = context.data
    years = {costing: _years(context, costing) for costing in costings(context)}
    if not any(row["high"] or row["low"] or row["mean"] for own in years.values() for row in own):
        has = any(data.scenario(name).money.payments for name in data.scenarios)
        text = phrase(NO_MONEY) if has else phrase("The study names no payments.")
        return Section("money", phrase("Money"), (Prose(text),))
    payments = _payments(context)
    parties = {costing: balances(context, costing) for costing in years}
    paid = {costing: _paid(context, costing) for costing in years}
    panels: dict[str, list[Block]] = {}
    for scenario in data.scenarios:
        blocks: list[Block] = []
        for costing, rows in years.items():
            own = [row for row in rows if row["scenario"] == scenario]
            if not any(row["mean"] or row["high"] for row in own):
                continue
            blocks += [
                *_figures(context, scenario, own, costing),
                *_payer_tables(context, scenario, paid[costing], costing),
                Heading(phrase("Each party's view{in_words}", in_words=in_words(costing))),
                *_balance(context, scenario, parties[costing], costing),
            ]
        if blocks:
            panels[scenario] = [*blocks, _payment_table(context, scenario, payments)]
        else:
            panels[scenario] = [Prose(phrase("No payments in this scenario."))]
    return Section("money", phrase("Money"), (BulletList(terms_told(context)), *tabs(panels)))


def _years(context: Context, costing: str) -> list[Row]:
    """Amounts by scenario, currency, payer, category and year."""
    keys = ["scenario", "currency", "payer", "category", "year"]
    return context.data.spreads(
        f"SELECT {', '.join(keys)}, draw, replicate, sum(amount) AS value {part_of(costing)} "
        "JOIN spans USING (period) GROUP BY ALL",
        keys,
        f"SELECT {', '.join(keys)} FROM (SELECT DISTINCT {', '.join(keys[:-1])} "
        f"{part_of(costing)}) CROSS JOIN (SELECT DISTINCT year FROM spans)",
    )


def _paid(context: Context, costing: str) -> list[Row]:
    """What each payer pays in each year, all categories together."""
    keys = ["scenario", "currency", "payer", "year"]
    return context.data.spreads(
        f"SELECT {', '.join(keys)}, draw, replicate, sum(amount) AS value {part_of(costing)} "
        "JOIN spans USING (period) GROUP BY ALL",
        keys,
        f"SELECT DISTINCT {', '.join(keys)} {part_of(costing)} JOIN spans USING (period)",
    )


def _payer_tables(
    context: Context, scenario: str, rows: list[Row], costing: str
) -> Iterator[ReportTable]:
    """A table for each currency: a row for each year, a column for each payer."""
    data = context.data
    mine = [row for row in rows if row["scenario"] == scenario]
    for currency in sorted({row["currency"] for row in mine}):
        own = [row for row in mine if row["currency"] == currency]
        payers = sorted({row["payer"] for row in own})
        word, write = in_millions(own, "high")
        years: list[dict[Any, Any]] = [
            {"year": year, **{row["payer"]: Spread.of(row) for row in own if row["year"] == year}}
            for year in data.years
        ]
        yield ReportTable(
            phrase(
                "Paid by payer and year, nominal{in_words}, {currency}{word}, {scenario}",
                in_words=in_words(costing), currency=currency, word=word, scenario=scenario,
            ),
            (
                Column(phrase("Year"), lambda row: data.year_head(row["year"]),
                       value=lambda row: data.year_head(row["year"])),
                *(
                    Column(
                        payer,
                        lambda row, key=payer, write=write: row.get(key, ZERO).cell(write),  # type: ignore[misc]
                        number=True, unit=currency,
                        value=lambda row, key=payer: row.get(key, ZERO),  # type: ignore[misc]
                    )
                    for payer in payers
                ),
            ),
            years,
            f"payers-{scenario}-{currency}{in_name(costing)}",
            context.spreads,
            data=[
                {"year": data.year_name(row["year"]),
                 **{f"{payer}, {part}": getattr(row.get(payer, ZERO), part)
                    for payer in payers for part in ("mean", "low", "high")}}
                for row in years
            ],
            chart=SheetChart("column", tuple(payers)),
            folded=phrase("Paid by payer and year"),
        )  # fmt: skip


def _figures(context: Context, scenario: str, rows: list[Row], costing: str) -> list[Block]:
    data = context.data
    blocks: list[Block] = []
    categories = sorted({row["category"] for row in rows})
    for currency in sorted({row["currency"] for row in rows}):
        panels, totals = [], {}
        mine = [row for row in rows if row["currency"] == currency]
        for payer in sorted({row["payer"] for row in mine}):
            bars = [
                {
                    "year": data.year_name(row["year"]),
                    "category": row["category"],
                    "amount": row["mean"],
                }
                for row in mine
                if row["payer"] == payer
            ]
            total = sum(bar["amount"] for bar in bars)
            if not total:
                continue
            totals[payer] = total
            chart = charts.stacked_years(bars, categories, width=charts.SMALL)
            about = phrase(
                "Mean over the whole period {total}.", total=numbers.money(total, currency)
            )
            panels.append(
                Panel(
                    context.press.draw(
                        chart,
                        phrase(
                            "Paid by {payer} a year{in_words}: {scenario}",
                            payer=payer,
                            in_words=in_words(costing),
                            scenario=scenario,
                        ),
                        about,
                    ),
                    phrase("Paid by {payer}", payer=payer),
                )
            )
        if panels:
            blocks.append(
                Figure(
                    phrase(
                        "Most is paid by {payer}{in_words}: {total} in the whole period",
                        payer=max(totals, key=lambda name: totals[name]),
                        in_words=in_words(costing),
                        total=numbers.money(max(totals.values()), currency),
                    ),
                    phrase(
                        "Payments by year, nominal, mean over histories. {year_note}",
                        year_note=year_note(context),
                    ),
                    tuple(panels),
                    _year_table(context, scenario, currency, mine, costing),
                    phrase("table money"),
                    tuple(
                        LegendKey(name, charts.FILLS[place % len(charts.FILLS)], mark="box")
                        for place, name in enumerate(categories)
                    ),
                )
            )
    return blocks


def _year_table(
    context: Context, scenario: str, currency: str, rows: list[Row], costing: str
) -> ReportTable:
    word, write = in_millions(rows, "high")
    return ReportTable(
        phrase(
            "Payments by year, nominal{in_words}, {currency}{word}, {scenario}",
            in_words=in_words(costing),
            currency=currency,
            word=word,
            scenario=scenario,
        ),
        (
            Column(phrase("Payer"), lambda row: row["payer"]),
            Column(phrase("Category"), lambda row: row["category"]),
            Column(phrase("Year"), lambda row: context.data.year_head(row["year"])),
            Column.of_spread(f"{currency}{word}", Spread.of, currency, write),
        ),
        [row for row in rows if row["mean"] or row["high"]],
        f"money-{scenario}-{currency}{in_name(costing)}",
        context.spreads,
        data=rows,
    )


def _payments(context: Context) -> list[Row]:
    keys = ["scenario", "payment", "payer", "payee", "category", "costing", "currency", "unit"]
    merged: dict[tuple[str, ...], Row] = {}
    for column in ("quantity", "amount", "real", "discounted"):
        query = (
            f"SELECT {', '.join(keys)}, draw, replicate, sum({column}) AS value FROM money "
            "GROUP BY ALL"
        )
        for row in context.data.spreads(query, keys):
            key = tuple(row[name] for name in keys)
            merged.setdefault(key, dict(zip(keys, key, strict=True)))[column] = Spread.of(row)
    return list(merged.values())


def _payment_table(context: Context, scenario: str, rows: list[Row]) -> ReportTable:
    own = [row for row in rows if row["scenario"] == scenario]
    payments = context.data.scenario(scenario).money.payments

    def name(row: Row) -> str:
        label = payments[row["payment"]].label if row["payment"] in payments else None
        return label or study_words.plain(row["payment"])

    word, write = in_millions(own, "amount")
    currency = " / ".join(dict.fromkeys(row["currency"] for row in own))
    # Columns that say nothing in a study without costings or a price index are left out.
    split = [
        Column(
            phrase("Costing"), lambda row: "" if row["costing"] == "any" else phrase(row["costing"])
        )
    ]
    indexed = context.data.scenario(scenario).money.prices
    year = indexed.year if indexed is not None else None
    discounted = (
        Column.of_spread(
            phrase("Discounted{word}", word=word), lambda row: row["discounted"], currency, write
        ),
    )
    real = [
        Column.of_spread(
            phrase("Prices of {year}{word}", year=year, word=word),
            lambda row: row["real"],
            currency,
            write,
        )
    ]
    return ReportTable(
        phrase("Each payment over the whole period, {scenario}", scenario=scenario),
        (
            Column(phrase("Payment"), name),
            Column(phrase("From"), lambda row: row["payer"]),
            Column(phrase("To"), lambda row: row["payee"]),
            Column(phrase("Category"), lambda row: row["category"]),
            *(split if any(row["costing"] != "any" for row in own) else ()),
            Column(phrase("Unit"), lambda row: unit_words(row["unit"])),
            Column.of_spread(phrase("Quantity"), lambda row: row["quantity"], ""),
            Column(phrase("Currency"), lambda row: row["currency"]),
            Column.of_spread(
                phrase("Nominal{word}", word=word), lambda row: row["amount"], currency, write
            ),
            *(real if year is not None else ()),
            *(discounted if context.data.scenario(scenario).money.discount_rate else ()),
        ),
        own,
        f"payments-{scenario}",
        context.spreads,
        folded=phrase("Each payment over the whole period"),
        data=[
            {
                **{k: v for k, v in row.items() if not isinstance(v, Spread)},
                **{f"{k}_mean": v.mean for k, v in row.items() if isinstance(v, Spread)},
            }
            for row in own
        ],
    )


def _balance(context: Context, scenario: str, rows: list[Row], costing: str) -> list[Block]:
    own = [
        row for row in rows
        if row["scenario"] == scenario and (row["paid"].high or row["received"].high
                                            or row["change"].wide or row["change"].mean)
    ]  # fmt: skip
    word, write = in_millions(own, "paid", "received")
    currency = " / ".join(dict.fromkeys(row["currency"] for row in own))

    def amount(label: str, key: str, write: Callable[[float | None], str] = write) -> Column:
        return Column.of_spread(label, lambda row: row[key], currency, write)

    discounted = (amount(phrase("Net cost, discounted"), "net_discounted"),)
    table = ReportTable(
        phrase(
            "Each party over the whole period{costing}{unit}, {scenario}",
            costing=in_words(costing),
            unit="," + word if word else "",
            scenario=scenario,
        ),
        (
            Column(phrase("Party"), lambda row: f"{row['party']} ({row['currency']})"),
            amount(phrase("Pays"), "paid"),
            amount(phrase("Receives"), "received"),
            amount(phrase("Net cost"), "net"),
            *(discounted if context.data.scenario(scenario).money.discount_rate else ()),
            amount(
                phrase("Change against the baseline"),
                "change",
                lambda v: numbers.signed(write(v), v),
            ),
        ),
        own,
        f"parties-{scenario}{in_name(costing)}",
        context.spreads
        + phrase(
            " A negative net cost is income. The change is taken history by history, nominal."
        ),
        data=[
            {
                **{k: v for k, v in row.items() if not isinstance(v, Spread)},
                **{f"{k}_mean": v.mean for k, v in row.items() if isinstance(v, Spread)},
                **{f"{k}_low": v.low for k, v in row.items() if isinstance(v, Spread)},
                **{f"{k}_high": v.high for k, v in row.items() if isinstance(v, Spread)},
            }
            for row in own
        ],
    )
    return [table]
