"""Section: people by month and state, by year, and by group."""

from __future__ import annotations

from sojourn.languages import dates
from sojourn.languages.phrases import later, phrase
from sojourn.languages.units import unit_words
from sojourn.report.context import Context, tabs
from sojourn.report.figures.blocks import (
    Block,
    Column,
    Figure,
    Heading,
    Prose,
    ReportTable,
    Section,
)
from sojourn.report.sections import series
from sojourn.report.sections.people.groups import group_table
from sojourn.report.sections.people.groups_by_year import group_year_table
from sojourn.report.sections.people.how_people_move import flow_picture
from sojourn.report.wording import study_words
from sojourn.report.wording.ranges import ZERO, Row, Spread
from sojourn.results.views import listed

OUTSIDE = "waiting outside"


def people(context: Context) -> Section:
    """Everyone in the model, by state, over time."""
    data = context.data
    found = series.by_name(context, "held", "state", "people")
    labels = state_labels(context, {state for _, state in found})
    if not found:
        return Section(
            "people", phrase("People"), (Prose(phrase("Nobody is in the model in any history.")),)
        )
    years = _year_rows(context)
    subject_years = _subject_years(context)
    panels: dict[str, list[Block]] = {}
    for scenario in data.scenarios:
        blocks: list[Block] = []
        drawn = series.panels(
            context, found, scenario, labels, what=phrase("People at the end of each period")
        )
        unused = [
            label for name, label in labels.items()
            if name in data.scenario(scenario).states
            and series.empty(found.get((scenario, name), {}))
        ]  # fmt: skip
        if drawn:
            blocks.append(
                Figure(
                    series.told_most(
                        context,
                        found,
                        scenario,
                        labels,
                        later("Most people at the end are: {name}, {number}"),
                    ),
                    phrase("People at the end of each period. ")
                    + context.ranges
                    + series.left_out(found, scenario, labels),
                    drawn,
                    series.table(
                        context,
                        found,
                        scenario,
                        labels,
                        caption=phrase(
                            "People at the end of each period, {scenario}", scenario=scenario
                        ),
                        name=f"people-{scenario}",
                        unit=phrase("people"),
                    ),
                    phrase("table census"),
                    series.legend(context, found, scenario, labels),
                )
            )
        if unused:
            blocks.append(
                Prose(
                    phrase("Nobody in any history: {names}.", names="; ".join(unused)), small=True
                )
            )
        blocks += _year_blocks(context, scenario, years, subject_years, labels)
        grouped = group_table(context, scenario)
        if grouped:
            blocks += [Heading(phrase("By group")), grouped]
            if scenario == data.lead:
                note = f"{context.spreads} {year_note(context)}"
                by_year = group_year_table(context, scenario, note)
                blocks += [by_year] if by_year else []
        panels[scenario] = blocks
    return Section(
        "people",
        phrase("People"),
        (*flow_picture(context), *tabs(panels)),
        phrase(
            "Everyone in the model, by the state they are in. A chart's scale is its own; read the "
            "numbers before comparing heights."
        ),
    )


def state_labels(context: Context, found: set[str]) -> dict[str, str]:
    """States in the study's order with their labels; the line outside comes last."""
    order = dict.fromkeys(
        state for s in context.data.study.scenarios.values() for state in s.states
    )
    names = [name for name in order if name in found] + sorted(found - set(order))
    return {
        name: phrase("Waiting outside for a place")
        if name == OUTSIDE
        else _capital(study_words.state_name(context.data.study, name))
        for name in names
    }


def year_note(context: Context) -> str:
    """What a year is."""
    start = context.data.year_starts
    kind = (
        phrase("Calendar years")
        if start == 1
        else phrase(
            "Fiscal years from 1 {month}, named by the year in which they end",
            month=phrase(dates.MONTHS[start - 1]),
        )
    )
    parts = [
        phrase(
            "{year} is a part of one, {days} days from {first} to {last}",
            year=context.data.year_name(year),
            days=days,
            first=dates.day(first),
            last=dates.day(last),
        )
        for year in context.data.years
        for first, last, days in (context.data.span_of(year),)
        if days is not None
    ]
    return f"{'; '.join([kind, *parts])}."


def _year_blocks(
    context: Context,
    scenario: str,
    years: list[Row],
    subject_years: list[Row],
    labels: dict[str, str],
) -> list[Block]:
    note = f"{context.spreads} {year_note(context)}"
    if not context.data.study.scenarios[scenario].states:
        return []
    subject = [row for row in subject_years if row["scenario"] == scenario]
    own = [row for row in years if row["scenario"] == scenario and row["state"] in labels]
    order = list(labels)
    own.sort(key=lambda row: (order.index(row["state"]), row["year"]))
    blocks: list[Block] = [Heading(phrase("By year"))]
    if any(row["peak"].mean or row["entered"].mean for row in subject):
        blocks.append(
            ReportTable(
                phrase(
                    "People {label}, by year, {scenario}",
                    label=context.subject.label,
                    scenario=scenario,
                ),
                _columns(context),
                subject,
                f"years-{scenario}",
                note,
                data=[_flat(row) for row in subject],
            )
        )
    else:
        blocks.append(
            Prose(phrase("Nobody is {label} in any history.", label=context.subject.label))
        )
    blocks.append(
        ReportTable(
            phrase("Each state by year, {scenario}", scenario=scenario),
            (Column(phrase("State"), lambda row: labels[row["state"]]), *_columns(context)),
            own,
            f"states-by-year-{scenario}",
            note,
            folded=phrase("Each state by year"),
            page=scenario in (context.data.lead, context.data.baseline),
            data=[_flat(row) for row in own],
        )
    )
    return blocks


def _columns(context: Context) -> tuple[Column, ...]:
    counts = {
        "entered": phrase("Entered"),
        "left": phrase("Left"),
        "average": phrase("Average held"),
        "peak": phrase("Peak of all days"),
    }
    return (
        Column(phrase("Year"), lambda row: context.data.year_head(row["year"])),
        *(
            Column(label, lambda row, key=key: row[key].cell(), number=True,  # type: ignore[misc]
                   value=lambda row, key=key: row[key], unit=unit_words("people"))  # type: ignore[misc]
            for key, label in counts.items()
        ),
    )  # fmt: skip


def _flat(row: Row) -> Row:
    flat: Row = {}
    for key, value in row.items():
        if isinstance(value, Spread):
            flat |= {f"{key}_mean": value.mean, f"{key}_low": value.low, f"{key}_high": value.high}
        else:
            flat[key] = value
    return flat


def _year_rows(context: Context) -> list[Row]:
    """Entered, left, average and peak of each state in each year."""
    keys = ["scenario", "state", "year"]
    domain = (
        "SELECT scenario, state, year FROM (SELECT DISTINCT scenario, state FROM held) "
        "CROSS JOIN (SELECT DISTINCT year FROM spans)"
    )
    days = "(SELECT year, sum(days) AS days FROM spans GROUP BY ALL)"
    queries = {
        "entered": "SELECT scenario, target AS state, year, draw, replicate, sum(people) AS value "
        "FROM went WHERE source <> target GROUP BY ALL",
        "left": "SELECT scenario, source AS state, year, draw, replicate, sum(people) AS value "
        "FROM went WHERE source <> target GROUP BY ALL",
        "average": "SELECT scenario, state, year, draw, replicate, sum(person_days) / "
        f"any_value(y.days) AS value FROM held JOIN spans USING (period) JOIN {days} y "
        "USING (year) GROUP BY ALL",
        "peak": "SELECT scenario, state, year, draw, replicate, max(peak) AS value FROM peaks "
        "JOIN spans USING (period) GROUP BY ALL",
    }
    merged: dict[tuple[str, str, int], Row] = {}
    for column, query in queries.items():
        for row in context.data.spreads(query, keys, domain):
            key = (row["scenario"], row["state"], row["year"])
            merged.setdefault(key, dict(zip(keys, key, strict=True)))[column] = Spread.of(row)
    return list(merged.values())


def _subject_years(context: Context) -> list[Row]:
    """The same for the headline's states together, moves among them left out."""
    keys = ["scenario", "year"]
    states = listed(context.subject.states)
    domain = "SELECT DISTINCT scenario, year FROM headline"
    moves = (
        "SELECT scenario, year, draw, replicate, sum(people) AS value FROM went WHERE {} IN "
        + states + " AND {} NOT IN " + states
        + " GROUP BY ALL"
    )  # fmt: skip
    per_year = "SELECT scenario, year, draw, replicate, {} AS value FROM headline GROUP BY ALL"
    queries = {
        "entered": moves.format("target", "source"),
        "left": moves.format("source", "target"),
        "average": per_year.format("sum(person_days) / sum(days)"),
        "peak": per_year.format("max(top)"),
    }
    merged: dict[tuple[str, int], Row] = {}
    for column, query in queries.items():
        for row in context.data.spreads(query, keys, domain):
            key = (row["scenario"], row["year"])
            start = {"scenario": key[0], "year": key[1], "entered": ZERO, "left": ZERO}
            merged.setdefault(key, start)[column] = Spread.of(row)
    return list(merged.values())


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
