"""Two pictures of the headline: the lead scenario with the past, and what differs over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sojourn.languages import dates
from sojourn.languages.phrases import phrase
from sojourn.report.context import Context
from sojourn.report.figures import charts
from sojourn.report.figures.blocks import (
    Block,
    Column,
    Figure,
    LegendKey,
    Panel,
    ReportTable,
    SheetChart,
)
from sojourn.report.figures.drawing import INK
from sojourn.report.sections import series
from sojourn.report.sections.trust.validation import stock
from sojourn.report.wording import numbers
from sojourn.report.wording.ranges import Row, Spread

QUANTILES = {"low": 0.05, "quarter": 0.25, "median": 0.5, "three_quarters": 0.75, "high": 0.95}


def fan(context: Context) -> list[Block]:
    """The lead scenario's range over time, with what was counted before; none without a range."""
    data, subject = context.data, context.subject
    asked = ", ".join(f"quantile_cont(people, {q}) AS {name}" for name, q in QUANTILES.items())
    rows = data.rows(
        f"SELECT last AS day, {asked} FROM headline WHERE scenario = ? GROUP BY ALL ORDER BY day",
        data.lead,
    )
    if not any(row["high"] > row["low"] for row in rows):
        return []
    past = _past(context)
    baseline = [] if data.lead == data.baseline else data.rows(
        "SELECT last AS day, median(people) AS median FROM headline WHERE scenario = ? "
        "GROUP BY ALL ORDER BY day",
        data.baseline,
    )  # fmt: skip
    end = context.answers[data.lead].end.allowed
    ends = {key: numbers.exact(getattr(end, key)) for key in ("low", "median", "high")}
    title = phrase(
        "Nine in ten histories have {low} to {high} people {subject} on {day}",
        low=ends["low"], high=ends["high"], subject=subject.label,
        day=dates.day(data.last_day),
    )  # fmt: skip
    about = phrase(
        "{scenario}: the median is {median} at the end. {past}",
        scenario=data.lead, median=ends["median"], past=_told_past(past),
    )  # fmt: skip
    note = phrase(
        "“{scenario}”, at the end of each period. Line: median of {of_histories}. Dark band: the "
        "middle half; pale band: nine in ten. {past}",
        scenario=data.lead, of_histories=data.of_histories, past=_told_past(past),
    )  # fmt: skip
    table = _table(
        context, title, rows, f"fan-{data.lead}",
        {"low": "5 %", "quarter": "25 %", "median": phrase("Median"), "three_quarters": "75 %",
         "high": "95 %"},
        beside=series.of_headline(context, "people")[data.lead],
    )  # fmt: skip
    legend = [LegendKey(data.lead, charts.COLORS[0])]
    if past:
        legend.append(LegendKey(phrase("Counted"), INK))
    if baseline:
        legend.append(
            LegendKey(
                phrase("{scenario} (baseline), median", scenario=data.baseline),
                charts.BASELINE,
                charts.dash_text(0),
            )
        )
    wide, narrow = (
        context.press.draw(
            charts.fan(rows, width=width, height=height, past=past, baseline=baseline), title, about
        )
        for width, height in ((charts.WIDE - 60, 280), (charts.NARROW - 60, 220))
    )
    return [Figure(title, note, (Panel(wide, narrow=narrow),), table, phrase("table census"),
                   tuple(legend))]  # fmt: skip


def difference(context: Context) -> list[Block]:
    """The change against the baseline over time, about zero; none where nothing changes."""
    data = context.data
    found = series.of_headline(context, "change")
    shown = [
        name for name in data.variants
        if any(each.mean or each.wide for each in found.get(name, {}).values())
    ]  # fmt: skip
    if not shown:
        return []
    lead = data.lead if data.lead in shown else shown[0]
    end = found[lead][data.periods[-1].start]
    title = phrase(
        "“{scenario}” changes the number of people {subject} by {change} by {day}",
        scenario=lead, subject=context.subject.label, change=end.sentence(numbers.signed_people),
        day=dates.day(data.last_day),
    )  # fmt: skip
    about = "; ".join(
        f"{name}: {numbers.signed_people(found[name][data.periods[-1].start].allowed.mean)}"
        for name in shown
    )
    rows = [row for name in shown for row in series.points(context, name, found[name])]
    positions = [context.position(name) for name in shown]
    wide, narrow = (
        context.press.draw(
            charts.band_lines(rows, positions, width=width, height=height,
                              banded=[context.position(lead)]),
            title, about,
        )
        for width, height in ((charts.WIDE - 60, 260), (charts.NARROW - 60, 220))
    )  # fmt: skip
    table = _table(
        context,
        phrase("Change in people {subject} against “{baseline}”", subject=context.subject.label,
               baseline=data.baseline),
        [
            {"day": span.last,
             **{name: found[name][span.start] for name in shown}}
            for span in data.periods
        ],
        "change", {name: name for name in shown}, ranged=(lead,),
    )  # fmt: skip
    note = phrase(
        "People {subject} less those under “{baseline}”, history by history, at the end of each "
        "period. Lines: means. Band: 5th to 95th percentile of “{scenario}”.",
        subject=context.subject.label, baseline=data.baseline, scenario=lead,
    )  # fmt: skip
    return [Figure(title, note, (Panel(wide, narrow=narrow),), table, phrase("table census"),
                   context.keys(*shown))]  # fmt: skip


def _table(
    context: Context, caption: str, rows: Sequence[Row], name: str, labels: dict[str, str],
    ranged: tuple[str, ...] = (), beside: Mapping[date, Spread] | None = None,
) -> ReportTable:  # fmt: skip
    """A row for each period, a column for each series; the page shows few, the spreadsheet all.

    Percentiles are rounded as those of the spreads `beside` them, by the period's first day.
    """
    told, remark = series.told_periods(context)
    days = {span.last for span in told}
    spreads = {span.last: (beside or {}).get(span.start) for span in context.data.periods}

    def write(row: Row, key: str) -> object:
        value = row[key]
        if isinstance(value, Spread):
            return value.cell(numbers.signed_exact)
        spread = spreads[row["day"]]
        return numbers.exact(spread.percentile(value) if spread else value)

    return ReportTable(
        caption,
        (
            Column(phrase("At the end of"), lambda row: dates.short_day(row["day"]),
                   value=lambda row: row["day"]),
            *(
                Column(label, lambda row, key=key: write(row, key), number=True,  # type: ignore[misc]
                       value=lambda row, key=key: row[key], unit=phrase("people"))  # type: ignore[misc]
                for key, label in labels.items()
            ),
        ),
        [row for row in rows if row["day"] in days],
        name,
        context.spreads + remark,
        data=[{key: cell for name, value in row.items() for key, cell in _cells(name, value)}
              for row in rows],
        every=rows,
        chart=SheetChart("line", tuple(labels.values()), ranged),
    )  # fmt: skip


def _cells(name: str, value: object) -> list[tuple[str, object]]:
    """A number under its name, a spread under three."""
    if not isinstance(value, Spread):
        return [(name, value)]
    return [(f"{name}, {part}", getattr(value, part)) for part in ("mean", "low", "high")]


def _past(context: Context) -> list[Row]:
    """What was counted of the same people, in order of days: the study's longest account."""
    states = set(context.subject.states)
    found = [
        stock(account)
        for account in context.data.study.history.values()
        if set(account.states) == states
    ]
    days: dict[date, float] = max(found, key=len, default={})
    return [{"day": day, "value": value} for day, value in sorted(days.items())]


def _told_past(past: Sequence[Row]) -> str:
    if not past:
        return phrase("The study has no counts of these people in the past.")
    first, last = past[0]["day"], past[-1]["day"]
    return phrase(
        "Points: counted, {first} to {last}.", first=dates.day(first), last=dates.day(last)
    )
