"""The top of the page: the answer in a sentence for each scenario, and what it depends on."""

from __future__ import annotations

from sojourn.languages import dates
from sojourn.languages.phrases import later, phrase
from sojourn.languages.units import unit_words
from sojourn.report.context import Context
from sojourn.report.figures import charts
from sojourn.report.figures.blocks import (
    Block,
    BulletList,
    Callout,
    Column,
    Figure,
    Heading,
    Panel,
    Prose,
    ReportTable,
    Section,
    SheetChart,
)
from sojourn.report.headline import Headline, headings, sentence
from sojourn.report.sections import series
from sojourn.report.sections.answer.caveats import caveats, notices
from sojourn.report.sections.answer.headline_pictures import difference, fan
from sojourn.report.sections.money.balances import balances
from sojourn.report.sections.money.costings import costed
from sojourn.report.sections.places.capacity import fillings, fills_in
from sojourn.report.sections.trust.outcomes import TITLE as OUTCOMES_TITLE
from sojourn.report.sections.trust.outcomes import outcome_table, record
from sojourn.report.wording import numbers
from sojourn.report.wording.ranges import ZERO, Row, Spread

RECOMMENDS_NOTHING = later(
    "A projection under stated assumptions. It describes; it makes no recommendation."
)


def answer(context: Context) -> Section:
    """The lead scenario in a sentence, all scenarios in one picture, and how far to trust it."""
    data = context.data
    told = dict(sentences(context))
    lead = data.lead
    if lead == data.baseline:
        lead = phrase("{name} (baseline)", name=lead)
    blocks: list[Block] = [Callout(lead, told[data.lead])]
    blocks += [Callout(phrase("Note"), text, notice=True) for text in notices(context)]
    blocks += _picture(context)
    if len(told) > 1:
        rows = [{"scenario": name, "answer": text} for name, text in told.items()]
        columns = (
            Column(phrase("Scenario"), lambda row: row["scenario"]),
            Column(phrase("Answer"), lambda row: row["answer"]),
        )
        every = phrase("Each scenario in a sentence")
        blocks.append(ReportTable(every, columns, rows, "answers", folded=every))
    for title, texts in (
        (phrase(OUTCOMES_TITLE), record(context)),
        (phrase("How far to trust this"), caveats(context)),
    ):
        if texts:
            blocks += [Heading(title), BulletList(tuple(texts))]
    blocks.append(Prose(phrase(RECOMMENDS_NOTHING), small=True))
    return Section("answer", phrase("The answer"), tuple(blocks))


def _picture(context: Context) -> list[Block]:
    """The change of each scenario on the last day, with its range; none where nothing changes."""
    data = context.data
    if all(context.answers[name].change == ZERO for name in data.variants):
        return []
    order = sorted(data.variants, key=lambda name: name != data.lead)
    changes = {name: context.answers[name].change for name in order}
    rows = [
        {
            "label": name,
            "mean": change.mean,
            "low": change.low,
            "high": change.high,
            "text": numbers.signed_people(change.allowed.mean),
        }
        for name, change in changes.items()
    ]
    last = dates.day(data.last_day)
    title = phrase(
        "Change in people {label} on {last}, against “{baseline}”",
        label=context.subject.label,
        last=last,
        baseline=data.baseline,
    )
    about = "; ".join(f"{row['label']}: {row['text']}" for row in rows)
    panel = Panel(
        context.press.draw(charts.intervals(rows, width=charts.WIDE), title, about),
        narrow=context.press.draw(charts.intervals(rows, width=charts.NARROW), title, about),
    )
    table = ReportTable(
        title,
        (
            Column(phrase("Scenario"), lambda row: row["label"]),
            Column.of_spread(
                phrase("Change"),
                lambda row: changes[row["label"]],
                unit_words("people"),
                numbers.signed_exact,
            ),
        ),
        rows,
        "change-by-scenario",
        context.spreads,
        data=[{key: row[key] for key in ("label", "mean", "low", "high")} for row in rows],
    )
    note = phrase("Point: mean. Line: 5th to 95th percentile of the histories.")
    return [Figure(title, note, (panel,), table, phrase("table census"))]


def sentences(context: Context) -> list[tuple[str, str]]:
    """Each scenario with its answer, the lead first and the baseline last."""
    variants = sorted(context.data.variants, key=lambda name: name != context.data.lead)
    order = (*variants, context.data.baseline)
    return [
        (name, sentence(context.data, context.subject, context.answers[name])) for name in order
    ]


def overview(context: Context) -> Section:
    """The headline of all scenarios in one chart and one table."""
    data = context.data
    found = series.of_headline(context, "people")
    shown = [n for n in data.scenarios if not series.empty(found.get(n, {}))]
    if shown and data.baseline not in shown:
        shown.insert(0, data.baseline)  # its line at zero is the reference for the others
    record = outcome_table(context)
    tables: tuple[Block, ...] = (_table(context), *((record,) if record else ()))
    if not shown:
        blocks: tuple[Block, ...] = (
            Prose(
                phrase(
                    "Nobody is {label} in any history of any scenario.", label=context.subject.label
                )
            ),
            *tables,
        )
        return Section("overview", phrase("At a glance"), blocks)
    rows = [row for name in shown for row in series.points(context, name, found[name])]
    positions = [context.position(name) for name in shown]
    title = phrase("People {label}, by scenario", label=context.subject.label)
    if context.subject.already:
        title += phrase(" (without the {already} already held)", already=context.subject.already)
    about = "; ".join(
        phrase(
            "{name}: {mean} at the end",
            name=name,
            mean=numbers.people(context.answers[name].end.allowed.mean),
        )
        for name in shown
    )
    panel = Panel(
        context.press.draw(
            charts.band_lines(rows, positions, width=charts.WIDE, height=280), title, about
        ),
        narrow=context.press.draw(
            charts.band_lines(rows, positions, width=charts.NARROW - 30, height=220), title, about
        ),
    )
    missing = [name for name in data.scenarios if name not in shown]
    told = context.ranges
    if len(shown) > charts.MOST_BANDS:
        told = phrase("Lines: means over histories; their ranges are in the table.")
    note = phrase(
        "At the end of each period; {why}. {uncounted} {told}",
        why=context.subject.why,
        uncounted=context.subject.uncounted,
        told=told,
    ).replace("  ", " ")
    if missing:
        note += phrase(" Nobody in any history: {names}.", names=", ".join(missing))
    told_spans, remark = series.told_periods(context)
    every = [
        {"last": span.last, **{f"of {n}": found[n][span.start] for n in shown}}
        for span in data.periods
    ]
    monthly = ReportTable(
        title,
        (
            Column(phrase("At the end of"), lambda row: dates.short_day(row["last"]),
                   value=lambda row: row["last"]),
            *(
                Column(name, lambda row, key=f"of {name}": row[key].cell(), number=True,  # type: ignore[misc] # bound now
                       value=lambda row, key=f"of {name}": row[key], unit=phrase("people"))  # type: ignore[misc]
                for name in shown
            ),
        ),
        [row for row in every if row["last"] in {span.last for span in told_spans}],
        "headline",
        context.spreads + remark,
        data=[
            {"scenario": n, "period": span.start, "last_day": span.last, **_flat(spread)}
            for n in shown
            for span in data.periods
            for spread in (found[n][span.start],)
        ],
        every=every,
        chart=SheetChart("line", tuple(shown), (data.lead,)),
    )  # fmt: skip
    ends = {name: context.answers[name].end.allowed.mean for name in shown}
    least, most = min(ends, key=lambda n: ends[n]), max(ends, key=lambda n: ends[n])
    seen = title
    if ends[least] < ends[most]:
        seen = phrase(
            "From {least} people under “{first}” to {most} under “{second}”, {subject} on {day}",
            least=numbers.people(ends[least]), first=least, most=numbers.people(ends[most]),
            second=most, subject=context.subject.label, day=dates.day(data.last_day),
        )  # fmt: skip
    figure = Figure(seen, note, (panel,), monthly, phrase("table census"), context.keys(*shown))
    pictures = (*fan(context), *difference(context))
    return Section("overview", phrase("At a glance"), (figure, *pictures, *tables))


def _table(context: Context) -> ReportTable:
    data = context.data
    last = dates.day(data.last_day)
    sending = next(
        (s.agreement.sending for s in data.study.scenarios.values() if s.agreement), None
    )
    costs = {
        row["scenario"]: row for row in balances(context) if row["party"] == sending
    }  # fmt: skip
    full = {
        row["scenario"]: row
        for row in fillings(context)
        if len(context.subject.facilities) == 1 and row["facility"] == context.subject.facilities[0]
    }
    rows, people = headings(context.answers), unit_words("people")

    def mine(row: Row) -> Headline:
        return context.answers[row["scenario"]]

    columns = [
        Column(phrase("Scenario"), lambda row: row["scenario"]),
        Column.of_spread(phrase("On {last}", last=last), lambda row: mine(row).end, people),
        Column.of_spread(
            phrase("Change against the baseline"),
            lambda row: numbers.DASH if row["scenario"] == data.baseline else mine(row).change,
            people,
            numbers.signed_exact,
        ),
        Column.of_spread(phrase("Average"), lambda row: mine(row).average, people),
        Column.of_spread(phrase("Peak of all days"), lambda row: mine(row).peak, people),
        Column(
            phrase("Peak in"),
            lambda row: data.period_name(row["peak_day"]) if row["peak_day"] else "–",
            number=True,
        ),
        Column.of_spread(phrase("Moved in"), lambda row: mine(row).moved, unit_words("moves")),
    ]
    if full:
        columns.append(
            Column(
                phrase("Histories in which it fills"),
                lambda row: (
                    fills_in(context, full[row["scenario"]]) if row["scenario"] in full else "–"
                ),
                number=True,
            )
        )
    if costs:
        currency = next(iter(costs.values()))["currency"]
        columns.append(
            Column.of_spread(
                phrase(
                    "Net cost to {sending}{costed}, {currency} million",
                    sending=sending,
                    costed=costed(context),
                    currency=currency,
                ),
                lambda row: costs[row["scenario"]]["net"],
                currency,
                numbers.millions,
            )
        )
        rows = [
            {
                **row,
                "net_cost_mean": costs[row["scenario"]]["net"].mean,
                "net_cost_low": costs[row["scenario"]]["net"].low,
                "net_cost_high": costs[row["scenario"]]["net"].high,
            }
            for row in rows
        ]
    return ReportTable(
        phrase("People {label}: scenarios side by side", label=context.subject.label),
        tuple(columns),
        rows,
        "scenarios",
        phrase(
            "{spreads} {uncounted} Moves are counted, not people: one person may move more "
            "than once.",
            spreads=context.spreads,
            uncounted=context.subject.uncounted,
        ),
    )


def _flat(spread: Spread) -> dict[str, float]:
    return {"mean": spread.mean, "low": spread.low, "median": spread.median, "high": spread.high}
