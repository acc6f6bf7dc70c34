"""Means, ranges and errors by scenario and year, as CSV files and one Excel file."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sojourn.disk.faults import problem_of
from sojourn.disk.whole import created, put_folder, staged, write_text
from sojourn.errors import ResultsError
from sojourn.report import yearly
from sojourn.report.context import Context
from sojourn.report.figures.blocks import Column, ReportTable
from sojourn.report.formats.spreadsheet import workbook
from sojourn.report.page import open_context
from sojourn.report.run_data import RunData
from sojourn.report.sections.people.groups_by_year import published
from sojourn.report.sections.people.people import year_note
from sojourn.report.wording import study_words
from sojourn.report.wording.ranges import Estimate, Row
from sojourn.results.column_specs import ColumnSpec, TableSpec
from sojourn.results.endings import refuse_file_name
from sojourn.results.run_folder.export import (
    PACKAGE,
    package_of,
    refuse_other_files,
    resource_of,
)
from sojourn.results.run_folder.folder import read_run
from sojourn.results.spreadsheets import neutral

BOOK = "summary.xlsx"


def _text(name: str, about: str) -> ColumnSpec:
    return ColumnSpec(name, "text", about)


def _number(name: str, about: str) -> ColumnSpec:
    return ColumnSpec(name, "double", about, nullable=True)


_SCENARIO = _text("scenario", "Name of the scenario.")
_YEAR = _text("year", "Reporting year, `2026` or `FY 2026`; `all` is the whole period.")
_DAYS = ColumnSpec(
    "days", "int32", "Days of the year that the study covers: a part of a year has fewer."
)
_UNIT = _text("unit", "Unit of all numbers of the row.")
_SPREAD = (
    _number("mean", "Mean over all histories."),
    _number("low", "5th percentile."),
    _number("median", "Median."),
    _number("high", "95th percentile."),
    _number("change_mean", "Mean of the difference from the baseline, history by history."),
    _number("change_low", "Its 5th percentile."),
    _number("change_median", "Its median."),
    _number("change_high", "Its 95th percentile."),
    _number(
        "simulation_sd",
        "Standard deviation of a history by chance; empty if it is not told from the inputs'.",
    ),
    _number(
        "parameter_sd",
        "The rest of the standard deviation, from uncertain inputs; empty as above.",
    ),
    *(
        _number(f"{start}error_{kind}", f"Standard error of {what} by {by}.")
        for start, what in (("", "the mean"), ("change_", "the mean difference"))
        for kind, by in (
            ("parameters", "uncertain inputs; by chance too, if the two are not told apart"),
            ("simulation", "chance; empty if it is not told from the inputs'"),
        )
    ),
)
SPECS = (
    TableSpec(
        "people",
        "People of the headline by year.",
        (_SCENARIO, _YEAR, _DAYS, _text("what", "What is counted."), _UNIT, *_SPREAD),
    ),
    TableSpec(
        "groups",
        "People of the headline by group and year; no rows if the study has no `by`.",
        (
            _SCENARIO,
            _YEAR,
            _DAYS,
            _text("group", "Reporting group: the values of the facts of `by`."),
            _text("what", "`admissions`, `releases`, `year_end` or `average`."),
            _UNIT,
            _text(
                "held_back",
                "`yes`: its numbers are empty, because fewer than 10 people are not published, or "
                "because a sum would reveal such a number; `change`: so is the difference alone.",
            ),
            *_SPREAD,
        ),
    ),
    TableSpec(
        "places",
        "Places of each facility by year.",
        (
            _SCENARIO,
            _YEAR,
            _DAYS,
            _text("facility", "Facility."),
            _text(
                "what",
                "`capacity` and `year_end` (places taken) at the end of the year; `average`; "
                "`peak`; `short`, the chance that it was full on a day up to then.",
            ),
            _UNIT,
            *_SPREAD,
        ),
    ),
    TableSpec(
        "cost",
        "Cost by payer and year. Costings are never added together.",
        (
            _SCENARIO,
            _YEAR,
            _DAYS,
            _text("payer", "Who pays, or is paid where `part` is `received`."),
            _text("costing", "`average` or `marginal`; `any` if the study tells no two apart."),
            _text("part", "`paid`; of it `step costs`; `received` from others."),
            _text("prices", "`nominal`; `real`, of one price year; `present value`."),
            _UNIT,
            *_SPREAD,
        ),
    ),
    TableSpec(
        "measures",
        "The study's measures over the histories in which they are determined.",
        (
            _SCENARIO,
            _text("measure", "Measure."),
            _text("label", "Its label."),
            _UNIT,
            *_SPREAD,
            _number("determined", "Share of histories in which it is determined."),
        ),
    ),
)


def write_summary(folder: Path, out: Path, *, year_starts: int | None = None) -> Path:
    """Write the summary of a finished run, and return `out`.

    The folder holds a CSV file for each table of `SPECS`, one Excel file with a sheet for each,
    and datapackage.json, which describes every column. It appears whole or not at all.

    Raises:
        ResultsError: the run is not finished or does not make up such years; `out` has a file's
            ending, cannot be written, or holds anything but an earlier summary.
    """
    out = Path(out)
    refuse_file_name(out, "a summary", "a CSV file for each table and one Excel file")
    ours = {PACKAGE, BOOK, *(f"{spec.name}.csv" for spec in SPECS)}
    try:
        refuse_other_files(out, ours)
        with RunData(Path(folder), year_starts=year_starts) as data:
            context = open_context(data)
            tables = {"people": [*_people(context)], "groups": [*_groups(context)],
                      "places": [*_places(context)], "cost": [*_cost(context)],
                      "measures": [*_measures(context)]}  # fmt: skip
            title, note = data.study.title, year_note(context)
            source = f"Sojourn {data.run.get('version')}, run {str(data.run.get('digest'))[:12]}"
        with staged(out) as stage:
            made = stage / "summary"
            made.mkdir()
            for spec in SPECS:
                _write_csv(made / f"{spec.name}.csv", spec, tables[spec.name])
            sheets = [_sheet(spec, tables[spec.name]) for spec in SPECS if tables[spec.name]]
            with created(made / BOOK) as stream:
                stream.write(workbook(title, (note,), source, sheets))
            run = read_run(Path(folder))
            package = package_of(run, [resource_of(s, made / f"{s.name}.csv") for s in SPECS])
            write_text(made / PACKAGE, json.dumps(package, indent=2, ensure_ascii=False) + "\n")
            put_folder(made, out, PACKAGE)
    except OSError as error:
        raise ResultsError(problem_of(error, "the folder cannot be written", out)) from error
    return out


def _people(context: Context) -> Iterator[Row]:
    for (scenario, what, year), each in _sorted(context, yearly.people(context)):
        yield {"scenario": scenario, **_year(context, year), "what": what,
               "unit": "people", **_numbers(each)}  # fmt: skip


def _groups(context: Context) -> Iterator[Row]:
    for row in published(context):
        told = _numbers(row["estimate"])
        if row["change_hidden"]:
            hidden = told if row["hidden"] else (key for key in told if key.startswith("change_"))
            told |= dict.fromkeys(hidden)
        held_back = "yes" if row["hidden"] else "change" if row["change_hidden"] else "no"
        yield {"scenario": row["scenario"], **_year(context, row["year"]), "group": row["group"],
               "what": row["what"], "unit": "people", "held_back": held_back, **told}  # fmt: skip


def _places(context: Context) -> Iterator[Row]:
    for (scenario, facility, what, year), each in _sorted(context, yearly.places(context.data)):
        unit = "share of histories" if what == "short" else "places"
        yield {"scenario": scenario, **_year(context, year), "facility": facility,
               "what": what, "unit": unit, **_numbers(each)}  # fmt: skip


def _cost(context: Context) -> Iterator[Row]:
    found = yearly.money(context)
    for (scenario, bill, prices, year), each in sorted(
        found.items(),
        key=lambda item: (context.position(item[0][0]), item[0][1:3], item[0][3] or 0),
    ):
        yield {"scenario": scenario, **_year(context, year), "payer": bill.payer,
               "costing": bill.costing, "part": bill.part, "prices": yearly.PRICES[prices],
               "unit": bill.currency, **_numbers(each)}  # fmt: skip


def _measures(context: Context) -> Iterator[Row]:
    data = context.data
    found = data.estimates("SELECT * FROM measures", ("measure",), absent=math.nan)
    shares = {
        (row["scenario"], row["measure"]): row["share"]
        for row in data.rows(
            "SELECT scenario, measure, count(value) / count(*) AS share FROM measures GROUP BY ALL"
        )
    }
    for (scenario, measure), each in _sorted(context, found):
        own = data.scenario(scenario).measures.get(measure)
        if own is not None and own.belongs_to(scenario):
            share, told = shares[scenario, measure], _numbers(each)
            yield {"scenario": scenario, "measure": measure,
                   "label": study_words.measure_name(data.study, measure), "unit": own.unit,
                   # A measure without a value in any history has no mean either, not one of 0.
                   **(told if share else dict.fromkeys(told)), "determined": share}  # fmt: skip


def _sorted(context: Context, found: dict[Any, Estimate]) -> list[tuple[Any, Estimate]]:
    """Scenarios as the study has them, then by the other keys."""
    return sorted(found.items(), key=lambda item: (context.position(item[0][0]), item[0][1:]))


def _year(context: Context, year: int | None) -> Row:
    if year is None:
        return {"year": "all", "days": context.data.study.period.days}
    first, last, _ = context.data.span_of(year)
    return {"year": context.data.year_name(year), "days": (last - first).days + 1}


def _numbers(each: Estimate) -> Row:
    spreads = (("", each.value), ("change_", each.change))
    return {
        **{f"{start}{part}": getattr(spread, part)
           for start, spread in spreads for part in ("mean", "low", "median", "high")},
        "simulation_sd": each.simulation,
        "parameter_sd": each.parameters,
        **{f"{start}{part}": getattr(spread, part)
           for start, spread in spreads for part in ("error_parameters", "error_simulation")},
    }  # fmt: skip


def _sheet(spec: TableSpec, rows: list[Row]) -> ReportTable:
    columns = tuple(
        Column(c.name, lambda row, key=c.name: row[key], value=lambda row, key=c.name: row[key])  # type: ignore[misc]
        for c in spec.columns
    )
    return ReportTable(spec.about, columns, rows, spec.name)


def _write_csv(file: Path, spec: TableSpec, rows: list[Row]) -> None:
    """One header line and a line for each row; an empty field is an empty value."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(spec.names)
    for row in rows:
        cells = (row[name] for name in spec.names)
        writer.writerow([neutral(cell) if isinstance(cell, str) else cell for cell in cells])
    write_text(file, out.getvalue())
