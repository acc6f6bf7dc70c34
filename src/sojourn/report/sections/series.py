"""Quantities over the reporting periods: a small chart for each, and one table for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sojourn.languages import dates
from sojourn.languages.phrases import phrase
from sojourn.report.context import Context
from sojourn.report.figures import charts
from sojourn.report.figures.blocks import Column, LegendKey, Panel, ReportTable, SheetChart
from sojourn.report.run_data import ReportingPeriod
from sojourn.report.wording import numbers
from sojourn.report.wording.ranges import ZERO, Row, Spread

Series = dict[tuple[str, str], dict[date, Spread]]
"""Scenario and name to the spread at each period's first day."""


MOST = 6
"""Small charts in one figure."""
MOST_ROWS = 24
"""Periods of a table on the page; beyond, it shows the last of each year."""


def told_periods(context: Context) -> tuple[tuple[ReportingPeriod, ...], str]:
    """The periods that a table on the page shows, and a remark if these are not all."""
    data = context.data
    if len(data.periods) <= MOST_ROWS:
        return data.periods, ""
    last = {data.year_of(span.start): span for span in data.periods}
    return tuple(last.values()), phrase(" Year-ends; the CSV has every period.")


def by_name(context: Context, table: str, name: str, value: str) -> Series:
    """Spreads of a table's column `value`, by scenario and the column `name`, in every period."""
    found: Series = {}
    for row in context.data.spreads(
        f"SELECT scenario, {name}, period, draw, replicate, {value} AS value FROM {table}",
        ["scenario", name, "period"],
        f"SELECT scenario, {name}, period FROM (SELECT DISTINCT scenario, {name} FROM {table}) "
        "CROSS JOIN spans",
    ):
        found.setdefault((row["scenario"], row[name]), {})[row["period"]] = Spread.of(row)
    return found


def of_headline(context: Context, column: str) -> dict[str, dict[date, Spread]]:
    """By scenario: a column of `headline` at each period's first day."""
    found: dict[str, dict[date, Spread]] = {}
    for row in context.data.spreads(
        f"SELECT scenario, period, draw, replicate, {column} AS value FROM headline",
        ["scenario", "period"],
    ):
        found.setdefault(row["scenario"], {})[row["period"]] = Spread.of(row)
    return found


def chosen(context: Context, series: Series, scenario: str, labels: Mapping[str, str]) -> list[str]:
    """The names to draw: the headline’s states, what differs most from the baseline, the rest."""
    shown = [name for name in labels if not empty(series.get((scenario, name), {}))]

    def weight(name: str) -> tuple[bool, float, float]:
        own = series[scenario, name]
        base = series.get((context.data.baseline, name), {})
        size = sum(spread.mean for spread in own.values())
        gap = sum(abs(spread.mean - base.get(day, ZERO).mean) for day, spread in own.items())
        other = scenario != context.data.baseline
        return name in context.subject.states, gap if other else 0.0, size

    first = set(sorted(shown, key=weight, reverse=True)[:MOST])
    return [name for name in shown if name in first]


def left_out(series: Series, scenario: str, labels: Mapping[str, str]) -> str:
    """A remark on the series that only the table shows."""
    shown = sum(not empty(series.get((scenario, name), {})) for name in labels)
    if shown <= MOST:
        return ""
    return phrase(
        " The {MOST} that differ most are drawn; the table has all {shown}.", MOST=MOST, shown=shown
    )


def told_most(
    context: Context, series: Series, scenario: str, labels: Mapping[str, str], told: str
) -> str:
    """A title that says which series is greatest at the end: `told` has {name} and {number}."""
    last = context.data.periods[-1].start
    ends = {
        name: series[scenario, name].get(last, ZERO)
        for name in labels
        if (scenario, name) in series
    }
    name, end = max(ends.items(), key=lambda item: item[1].mean)
    return phrase(told, name=labels[name], number=numbers.people(end.allowed.mean))


def empty(series: Mapping[date, Spread]) -> bool:
    """Whether it is zero in every history."""
    return not any(spread.high or spread.mean for spread in series.values())


def points(context: Context, scenario: str, series: Mapping[date, Spread]) -> list[Row]:
    """A series as rows for a chart, each at its period's last day."""
    position = context.position(scenario)
    return [
        {
            "day": span.last,
            "position": position,
            "low": spread.low,
            "mean": spread.mean,
            "high": spread.high,
        }
        for span in context.data.periods
        for spread in (series.get(span.start, ZERO),)
    ]


def panels(
    context: Context,
    series: Series,
    scenario: str,
    labels: Mapping[str, str],
    *,
    what: str,
    steps: Mapping[str, Sequence[Row]] | None = None,
) -> tuple[Panel, ...]:
    """A small chart for each name that is not always zero, with the baseline behind it.

    If there are more than `MOST`, only the table has the rest.
    """
    made = []
    for name in chosen(context, series, scenario, labels):
        label, own = labels[name], series[scenario, name]
        rows = points(context, scenario, own)
        shown = [context.position(scenario)]
        base = series.get((context.data.baseline, name), {})
        if scenario != context.data.baseline:
            rows = points(context, context.data.baseline, base) + rows
            shown = [0, *shown]
        chart = charts.band_lines(
            rows, shown, width=charts.SMALL, steps=(steps or {}).get(name, ())
        )
        last = own.get(context.data.periods[-1].start, ZERO).allowed
        about = phrase(
            "{what}. Mean at the end {mean}, 5 to 95 percent {low} to {high}.",
            what=what,
            mean=numbers.exact(last.mean),
            low=numbers.exact(last.low),
            high=numbers.exact(last.high),
        )
        made.append(Panel(context.press.draw(chart, f"{label}: {scenario}", about), label))
    return tuple(made)


def legend(
    context: Context, series: Series, scenario: str, labels: Mapping[str, str]
) -> tuple[LegendKey, ...]:
    """The scenario, and the baseline drawn behind it, even if that is always zero."""
    drawn = any(not empty(series.get((scenario, name), {})) for name in labels)
    return context.keys(context.data.baseline, scenario) if drawn else context.keys(scenario)


def table(
    context: Context,
    series: Series,
    scenario: str,
    labels: Mapping[str, str],
    *,
    caption: str,
    name: str,
    unit: str,
    steps: Mapping[str, Sequence[Row]] | None = None,
) -> ReportTable:
    """A row for each period, and a column for each name, beside it for its capacity if it has one.

    `unit` is told in a spreadsheet, which has every period and draws the names that are drawn.
    """
    shown = {n: label for n, label in labels.items() if not empty(series.get((scenario, n), {}))}
    told, remark = told_periods(context)
    limits = {n: {row["day"]: row["value"] for row in rows} for n, rows in (steps or {}).items()}
    every: list[Row] = [
        {
            "last": span.last,
            **{f"of {n}": series[scenario, n].get(span.start, ZERO) for n in shown},
            **{f"limit of {n}": limits[n].get(span.last) for n in shown if n in limits},
        }
        for span in context.data.periods
    ]
    days = {span.last for span in told}
    data = [
        {
            "period": span.start,
            **{
                f"{labels[n]}, {part}": value
                for n in shown
                for part, value in _numbers(series[scenario, n].get(span.start, ZERO)).items()
            },
        }
        for span in context.data.periods
    ]
    columns = [
        Column(
            phrase("At the end of"),
            lambda row: dates.short_day(row["last"]),
            value=lambda row: row["last"],
        )
    ]
    few, drawn = chosen(context, series, scenario, labels), []
    for n, label in shown.items():
        columns.append(
            Column(label, lambda row, key=f"of {n}": row[key].cell(), number=True,  # type: ignore[misc] # bound now
                   value=lambda row, key=f"of {n}": row[key], unit=unit)  # type: ignore[misc]
        )  # fmt: skip
        drawn += [label] if n in few else []
        if n in limits:
            places = phrase("{facility}, capacity", facility=label)
            columns.append(
                Column(places, lambda row, key=f"limit of {n}": numbers.exact(row[key]),  # type: ignore[misc]
                       number=True, value=lambda row, key=f"limit of {n}": row[key],  # type: ignore[misc]
                       unit=phrase("places"))
            )  # fmt: skip
            drawn += [places] if n in few else []
    return ReportTable(
        caption,
        tuple(columns),
        [row for row in every if row["last"] in days],
        name,
        context.spreads + remark,
        data=data,
        every=every,
        chart=SheetChart("line", tuple(drawn)),
    )


def _numbers(spread: Spread) -> Row:
    return {"mean": spread.mean, "5 %": spread.low, "95 %": spread.high}
