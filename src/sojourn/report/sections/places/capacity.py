"""Section: people and places, and when a facility fills."""

from __future__ import annotations

import math
from datetime import date

from markupsafe import Markup

from sojourn.languages import dates
from sojourn.languages.phrases import later, phrase, plural
from sojourn.languages.units import unit_words
from sojourn.report.context import Context, tabs
from sojourn.report.figures.blocks import Block, Column, Figure, Prose, ReportTable, Section
from sojourn.report.sections import series
from sojourn.report.wording import numbers, study_words
from sojourn.report.wording.ranges import RANGE, Row, Spread
from sojourn.results.claims import interval
from sojourn.study.checks.locks import path_of, rings


def capacity(context: Context) -> Section:
    """Occupancy of each facility against its capacity."""
    data = context.data
    found = series.by_name(context, "facilities", "facility", "occupied")
    if not found:
        return Section(
            "capacity", phrase("Capacity"), (Prose(phrase("The study names no facilities.")),)
        )
    limits = data.rows(
        "SELECT scenario, facility, period, last, avg(capacity) AS value FROM facilities "
        "JOIN spans USING (period) GROUP BY ALL ORDER BY period"
    )
    filling = fillings(context)
    panels: dict[str, list[Block]] = {}
    for scenario in data.scenarios:
        labels = {
            name: study_words.facility_name(data.study, name)
            for of, name in sorted(found)
            if of == scenario
        }
        steps = {
            name: [
                {"day": row["last"], "value": row["value"]}
                for row in limits
                if (row["scenario"], row["facility"]) == (scenario, name)
            ]
            for name in labels
        }
        if not labels:
            panels[scenario] = [Prose(phrase("No facilities in this scenario."))]
            continue
        drawn = series.panels(
            context, found, scenario, labels, what=phrase("Places taken"), steps=steps
        )
        own = [row for row in filling if row["scenario"] == scenario]
        blocks: list[Block] = [Prose(" ".join(sentence(context, row) for row in own))]
        blocks += [
            Prose(
                phrase(
                    "The facilities {ring} can lock: if each is full of people who can leave "
                    "it for a place only in the next, nobody moves again. Where that happened, "
                    "facilities stay full and lines only grow.",
                    ring=path_of(ring),
                )
            )
            for ring in rings(data.study.scenarios[scenario])
        ]
        if drawn:
            blocks.append(
                Figure(
                    _title(context, own),
                    phrase(
                        "Places taken; those already held by others are counted. Red: capacity. "
                    )
                    + context.ranges
                    + series.left_out(found, scenario, labels),
                    drawn,
                    series.table(
                        context,
                        found,
                        scenario,
                        labels,
                        caption=phrase(
                            "Places taken at the end of each period, {scenario}", scenario=scenario
                        ),
                        name=f"facilities-{scenario}",
                        unit=phrase("places taken"),
                        steps=steps,
                    ),
                    phrase("tables facilities and firsts"),
                    series.legend(context, found, scenario, labels),
                )
            )
        blocks.append(_table(context, scenario, own))
        panels[scenario] = blocks
    return Section(
        "capacity",
        phrase("Capacity"),
        tabs(panels),
        phrase("A facility is full on a day when no place is free at the end of it."),
    )


def _title(context: Context, rows: list[Row]) -> str:
    """How many facilities fill; of a single one, whether it does."""
    full = sum(row["full_runs"] > 0 for row in rows)
    if len(rows) > 1 and not full:
        return phrase("Of {count} facilities none fills on any day of any history", count=len(rows))
    if len(rows) > 1:
        return plural(
            "{full} of {count} facilities fills on some day of some history",
            "{full} of {count} facilities fill on some day of some history",
            full,
            count=len(rows),
            full=full,
        )
    name = study_words.facility_name(context.data.study, rows[0]["facility"])
    return phrase(
        later("{facility} fills on some day of some history")
        if full
        else later("{facility} fills in no history"),
        facility=name[:1].upper() + name[1:],
    )


def fillings(context: Context, since: date | None = None) -> list[Row]:
    """For each scenario and facility: probability and dates of filling, peak, days full.

    All of them from the first day of a reporting period on, if one is given; dates are then the
    last days of reporting periods.
    """
    table, firsts = "facilities", "firsts"
    if since is not None:
        table = f"(SELECT * FROM facilities WHERE period >= DATE '{since}') facilities"
        firsts = (
            "(SELECT scenario, facility, min(last) FILTER (days_full > 0) AS first_full "
            f"FROM {table} JOIN spans USING (period) GROUP BY scenario, facility, draw, replicate)"
        )
    data = context.data
    keys = ["scenario", "facility"]
    merged: dict[tuple[str, str], Row] = {}
    for column, query in {
        "peak": "max(peak)",
        "days_full": "sum(days_full)",
        "average": "sum(person_days) / sum(days)",
    }.items():
        values = (
            f"SELECT scenario, facility, draw, replicate, {query} AS value FROM {table} "
            "JOIN spans USING (period) GROUP BY ALL"
        )
        for row in data.spreads(values, keys):
            key = (row["scenario"], row["facility"])
            merged.setdefault(key, dict(zip(keys, key, strict=True)))[column] = Spread.of(row)
    for row in data.rows(
        "SELECT scenario, facility, first(capacity ORDER BY period) AS places, "
        f"last(capacity ORDER BY period) AS places_end FROM {table} GROUP BY ALL"
    ):
        merged[row["scenario"], row["facility"]] |= row
    dates = {
        (row["scenario"], row["facility"]): row
        for row in data.rows(
            "SELECT scenario, facility, count(first_full) AS full_runs, "
            "quantile_disc(first_full, 0.05) AS first, quantile_disc(first_full, 0.5) AS middle, "
            f"quantile_disc(first_full, 0.95) AS latest FROM {firsts} GROUP BY ALL"
        )
    }
    over = (
        "SELECT scenario, facility, draw, replicate, sum(greatest(person_days - capacity * days, "
        f"0)) / nullif(sum(days_full), 0) AS value FROM {table} JOIN spans USING (period) "
        "GROUP BY ALL"
    )
    for row in data.spreads_of(over, keys, absent=math.nan):
        merged[row["scenario"], row["facility"]]["over"] = Spread.of(row)
    for row in data.rows(
        "SELECT scenario, facility, quantile_disc(last, 0.5) AS last_over FROM (SELECT scenario, "
        f"facility, draw, replicate, max(last) FILTER (days_full > 0) AS last FROM {table} "
        "JOIN spans USING (period) GROUP BY ALL) GROUP BY ALL"
    ):
        merged[row["scenario"], row["facility"]] |= row
    nothing = {"full_runs": 0, "first": None, "middle": None, "latest": None}
    for key, found in merged.items():
        found.update(nothing | {k: v for k, v in dates.get(key, {}).items() if k in nothing})
        found["probability"] = found["full_runs"] / data.histories
    order = {name: place for place, name in enumerate(data.scenarios)}
    return sorted(merged.values(), key=lambda row: (order[row["scenario"]], row["facility"]))


TAIL = 0.1
"""A share of histories that is so small, or so near to all, is told with its error."""


def fills_in(context: Context, row: Row) -> str:
    """In how many histories a facility fills: `37 of 100 histories`.

    Few, or nearly all, have the 95 % interval of their share of all that could be.
    """
    data = context.data
    told = phrase(
        "{full_runs} of {histories} histories",
        full_runs=numbers.whole(row["full_runs"]),
        histories=numbers.whole(data.histories),
    )
    share = row["full_runs"] / data.histories
    if data.expected or TAIL < share < 1 - TAIL or row["full_runs"] in (0, data.histories):
        return told
    trials = data.draws if data.run.get("uncertain") else data.histories
    low, high = numbers.percents_around(*interval(share, trials))
    return phrase(
        "{share} (95\u202f% interval: {low} to {high})",
        share=told,
        low=low,
        high=high,
    )


def sentence(context: Context, row: Row) -> str:
    """Whether, when and how surely a facility fills."""
    name = study_words.facility_name(context.data.study, row["facility"])
    name = name[:1].upper() + name[1:]
    places = phrase("{places} places", places=numbers.exact(row["places"]))
    if row["places_end"] != row["places"]:
        places = phrase(
            "{places} places at first and {end} at the end",
            places=numbers.exact(row["places"]),
            end=numbers.exact(row["places_end"]),
        )
    facility = context.data.scenario(row["scenario"]).facilities.get(row["facility"])
    if not row["full_runs"]:
        return phrase(
            "{name} ({places}) is not full on any day in any history.", name=name, places=places
        )
    if facility is not None and facility.limit == "soft":
        return f"{name} ({places}): {_soft(context, row)}"
    held = facility.already_held[0].quantity if facility and facility.already_held else None
    share = fills_in(context, row)
    if row["full_runs"] == context.data.histories:
        share = phrase("every history")
    values = {"name": name, "share": share, "first": _first(row)}
    if held is not None and held.value:
        places += phrase(", {value} of them already taken", value=numbers.exact(held.value))
        if row["places_end"] == row["places"]:
            return phrase(
                "{name} ({places}): all {free} free places are taken in {share}, first on {first}.",
                places=places,
                free=numbers.exact(row["places"] - held.value),
                **values,
            )
        return phrase(
            "{name} ({places}): all free places are taken in {share}, first on {first}.",
            places=places,
            **values,
        )
    return phrase("{name} ({places}) fills in {share}, first on {first}.", places=places, **values)


def _first(row: Row) -> str:
    when = dates.day(row["middle"])
    if row["first"] != row["latest"]:
        when += phrase(
            " (median of these; {band}: {range})",
            band=RANGE,
            range=_range(row["first"], row["latest"]),
        )
    return when


def _soft(context: Context, row: Row) -> str:
    """By how much and how long a facility with a soft limit is above capacity."""
    data = context.data
    over = numbers.people(row["over"].mean)
    by = phrase("by {over} on average", over=over) if row["over"].mean else phrase("but only just")
    days = data.study.period.days
    if row["days_full"].mean >= days:
        return phrase("above capacity on every day of every history, {by}.", by=by)
    where = ""
    if row["probability"] < 1:
        where = phrase(" in {share}", share=fills_in(context, row))
    start = phrase("first on {first}", first=_first(row))
    if row["latest"] == data.study.period.start:
        start = phrase("from the first day")
    last = dates.month(row["last_over"])
    return phrase(
        "at or above capacity{where}, {start}, on {days_full} of {days} days, {by} on "
        "those days, last in {last}.",
        where=where,
        start=start,
        days_full=row["days_full"].sentence(),
        days=numbers.whole(days),
        by=by,
        last=last,
    )


def _range(first: date, last: date) -> str:
    return phrase("{first} to {last}", first=dates.day(first), last=dates.day(last))


def _table(context: Context, scenario: str, rows: list[Row]) -> ReportTable:
    def when(row: Row) -> str:
        first, middle, latest = (dates.short_day(row[key]) for key in ("first", "middle", "latest"))
        if first == latest:
            return middle
        return Markup("{}<small>{}</small>").format(
            middle, phrase("{first} to {last}", first=first, last=latest)
        )

    return ReportTable(
        phrase("Facilities over the whole period, {scenario}", scenario=scenario),
        (
            Column(
                phrase("Facility"),
                lambda r: study_words.facility_name(context.data.study, r["facility"]),
            ),
            Column(
                phrase("Places at the end"), lambda r: numbers.exact(r["places_end"]), number=True,
                value=lambda r: r["places_end"], unit=unit_words("places"),
            ),
            Column.of_spread(phrase("Average taken"), lambda r: r["average"], unit_words("places")),
            Column.of_spread(phrase("Peak of all days"), lambda r: r["peak"], unit_words("places")),
            Column.of_spread(phrase("Days full"), lambda r: r["days_full"], unit_words("days")),
            Column(
                phrase("Histories in which it fills"), lambda r: fills_in(context, r), number=True,
                value=lambda r: r["probability"], unit=phrase("share of histories"),
            ),
            Column(phrase("First full, median of these"), when, number=True,
                   value=lambda r: r["middle"]),
        ),
        rows,
        f"filling-{scenario}",
        context.spreads + phrase(" Dates are those of the histories in which it fills."),
        data=[
            {
                "scenario": r["scenario"],
                "facility": r["facility"],
                "places_end": r["places_end"],
                "average_mean": r["average"].mean,
                "peak_mean": r["peak"].mean,
                "peak_low": r["peak"].low,
                "peak_high": r["peak"].high,
                "days_full_mean": r["days_full"].mean,
                "probability": r["probability"],
                "full_in": r["full_runs"],
                "histories": context.data.histories,
                "first_full_5": r["first"],
                "first_full_50": r["middle"],
                "first_full_95": r["latest"],
            }
            for r in rows
        ],
    )  # fmt: skip
