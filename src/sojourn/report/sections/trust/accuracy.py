"""Section: the study's measures, and how much of their range is chance."""

from __future__ import annotations

from collections.abc import Callable

from sojourn.languages.phrases import phrase
from sojourn.languages.signs import inner
from sojourn.report.context import Context, tabs
from sojourn.report.figures.blocks import Block, Column, Heading, Prose, ReportTable, Section
from sojourn.report.sections.trust.measures import (
    GROUPS,
    determined_in,
    happened,
    leads_to,
    left_waiting,
    measure_rows,
    told,
    writer,
)
from sojourn.report.sections.trust.validation import validation_table
from sojourn.report.told_apart import Doubt
from sojourn.report.wording import numbers, study_words
from sojourn.report.wording.ranges import NINETY_FIVE, Row, Spread

MOST_ROWS = 200
"""Of the table of precision on a page; a longer one is left to the spreadsheet."""
LEAST = 1e5
"""From this amount on, money is in millions if other amounts of the table are."""


def accuracy(context: Context) -> Section:
    """Measures with their ranges, and simulation error apart from parameter error."""
    data = context.data
    rows = measure_rows(context)
    panels: dict[str, list[Block]] = {}
    for scenario in data.scenarios:
        own = [row for row in rows if row["scenario"] == scenario]
        if own:
            panels[scenario] = _groups(scenario, own)
    blocks: list[Block] = [*tabs(panels)] or [Prose(phrase("The study names no measures."))]
    blocks += [Heading(phrase("Simulation error and parameter error")), *_errors(context, rows)]
    blocks += _record(context, rows)
    blocks += [Heading(phrase("Validation")), validation_table(context)]
    return Section("measures", phrase("Measures and error"), tuple(blocks))


def _groups(scenario: str, rows: list[Row]) -> list[Block]:
    """A table for each kind of measure, so that like stands beside like."""
    parted = {group: [row for row in rows if row["group"] == group] for group in GROUPS}
    return [_table(scenario, group, own) for group, own in parted.items() if own]


def _table(scenario: str, group: str, rows: list[Row]) -> ReportTable:
    tops: dict[str, float] = {}
    for row in rows:
        tops[row["unit"]] = max(tops.get(row["unit"], 0.0), _size(row))

    def written(row: Row) -> tuple[str, Callable[[float | None], str]]:
        # Amounts that are small beside others of their unit are not written in millions.
        return writer(row["unit"], tops[row["unit"]] if _size(row) >= LEAST else 0.0)

    def write(row: Row, key: str) -> str:
        return written(row)[1](getattr(Spread.of(row).allowed, key) if row["n"] else None)

    given = [Column(phrase("Basis"), lambda r: phrase(r["basis"]))] if group == GROUPS[-1] else []
    shown = ("scenario", "measure", "label", "unit", "basis", "mean", "low", "median", "high",
             "determined", "runs", "still_waiting")  # fmt: skip
    return ReportTable(
        f"{phrase(group)}, {scenario}",
        (
            Column(
                phrase("Measure"),
                lambda r: f"{r['label']} ({left_waiting(r)})" if r["still_waiting"] else r["label"],
            ),
            *given,
            Column(phrase("Unit"), lambda r: written(r)[0]),
            Column(phrase("Mean"), lambda r: write(r, "mean"), number=True),
            Column("5 %", lambda r: write(r, "low"), number=True),
            Column(phrase("Median"), lambda r: write(r, "median"), number=True),
            Column("95 %", lambda r: write(r, "high"), number=True),
            Column(phrase("Determined in histories"), determined_in, number=True),
        ),
        rows,
        f"measures-{scenario}-{group.split(maxsplit=1)[0].strip(',').lower()}",
        phrase("Over the histories in which the measure is determined."),
        data=[{key: row[key] for key in shown} for row in rows],
    )


def _size(row: Row) -> float:
    low, high = (float(row[key] or 0.0) for key in ("low", "high"))
    return max(abs(low), abs(high))


def _record(context: Context, rows: list[Row]) -> list[Block]:
    """What happened, and the claims that test the model on it; empty if the study records none."""
    data = context.data
    baseline = data.scenario(data.baseline)
    names = happened(data.study, baseline)
    own = [row for row in rows if row["scenario"] == data.baseline and row["measure"] in names]
    if not own:
        return []
    told_by: dict[str, list[str]] = {}
    for claim in data.rows("SELECT * FROM claims"):
        scenario = data.study.scenarios.get(claim["scenario"] or data.baseline, baseline)
        for name in leads_to(scenario, claim["condition"]) & set(names):
            told_by.setdefault(name, []).append(
                phrase(
                    "“{says}”: {verdict} under “{scenario}”",
                    says=inner(claim["says"]),
                    verdict=phrase(claim["verdict"]),
                    scenario=claim["scenario"],
                )
            )
    return [
        Heading(phrase("Track record")),
        Prose(
            phrase(
                "What happened according to the sources, and the claims that test the model on it."
            )
        ),
        ReportTable(
            phrase("What happened"),
            (
                Column(phrase("What"), lambda r: r["label"]),
                Column(phrase("Number"), lambda r: told({**r, "basis": ""})),
                Column(phrase("Basis"), lambda r: phrase(r["basis"])),
                Column(phrase("Source"), lambda r: _source_title(context, r["measure"])),
                Column(
                    phrase("Claims tested on it"),
                    lambda r: "; ".join(told_by.get(r["measure"], [])) or phrase("no claim"),
                ),
            ),
            own,
            "record",
            data=[
                {
                    "measure": r["measure"],
                    "label": r["label"],
                    "value": r["mean"],
                    "unit": r["unit"],
                    "basis": r["basis"],
                }
                for r in own
            ],
        ),
    ]


def _source_title(context: Context, name: str) -> str:
    measure = context.data.scenario(context.data.baseline).measures[name]
    key = measure.source or (measure.quantity.source if measure.quantity else None)
    source = study_words.source(context.data.study, key)
    return source.title if source else key or ""


def _errors(context: Context, rows: list[Row]) -> list[Block]:
    data = context.data
    if data.expected:
        told = phrase("Exact means: there is no simulation error.")
        if data.draws > 1:
            told += phrase(" Differences between draws come from uncertain inputs.")
        return [Prose(told)]
    if data.histories == 1:
        return [Prose(phrase("One history only: neither kind of error can be estimated."))]
    shown = [row for row in rows if row["variance"]]
    if not shown:
        return [Prose(phrase("No measure varies between histories."))]
    return [Prose(_how_told(context)), _error_table(shown, data.doubt)]


def _how_told(context: Context) -> str:
    """By what chance is told from the inputs."""
    data = context.data
    draws = numbers.whole(data.draws)
    if data.doubt == "chance alone":
        return phrase("No input is uncertain: histories differ by chance alone.")
    if data.doubt == "replicates":
        return phrase(
            "{draws} draws of the inputs, {replicates} histories each. Simulation error is "
            "the variation between histories with the same inputs; parameter error is the "
            "rest.",
            draws=draws,
            replicates=data.replicates,
        )
    if data.again is not None:
        return phrase(
            "{draws} draws of the inputs, one history each; {repeats} of the draws were simulated "
            "a second time. Simulation error is the variation between the two histories of a draw, "
            "and is itself known to about {share}; parameter error is the rest.",
            draws=draws,
            repeats=numbers.whole(data.again.draws),
            share=numbers.percent((2.0 * data.again.draws) ** -0.5),
        )
    return phrase(
        "Each draw of the inputs was simulated once, so that ranges hold both the uncertainty of "
        "the inputs and chance, and the two cannot be separated. A run of 16 draws or more "
        "simulates some of them a second time."
    )


def _error_table(shown: list[Row], doubt: Doubt) -> ReportTable:
    def half(row: Row, key: str) -> str:
        error = row[key]
        if doubt != "chance alone" and key == "error_parameters" and row["error_simulation"]:
            error = error or None  # too small to be told from 0 is not none
        return numbers.exact(None if error is None else float(f"{NINETY_FIVE * error:.2g}"))

    return ReportTable(
        phrase("Both errors of each measure"),
        (
            Column(phrase("Scenario"), lambda r: r["scenario"]),
            Column(phrase("Measure"), lambda r: r["label"]),
            Column(phrase("Mean"), lambda r: numbers.exact(numbers.to_error(
                r["mean"], (r["variance"] / r["n"]) ** 0.5)), number=True),
            Column(phrase("± by inputs"), lambda r: half(r, "error_parameters"), number=True),
            Column(phrase("± by chance"), lambda r: half(r, "error_simulation"), number=True),
            Column(phrase("Standard deviation of a history"),
                   lambda r: _two_digits(r["variance"] ** 0.5), number=True),
            Column(phrase("of it by chance"),
                   lambda r: _two_digits(r["deviation"]), number=True),
        ),
        shown,
        "error",
        phrase("±: 95 % interval of the mean; –: not told from 0 beside chance."),
        folded=phrase("Both errors of each measure"),
        page=len(shown) <= MOST_ROWS,
        data=[
            {
                "scenario": r["scenario"],
                "measure": r["measure"],
                "mean": r["mean"],
                "error_parameters": r["error_parameters"],
                "error_simulation": r["error_simulation"],
                "history_sd": r["variance"] ** 0.5,
                "simulation_sd": r["deviation"],
            }
            for r in shown
        ],
    )  # fmt: skip


def _two_digits(error: float | None) -> str:
    """An error, itself known to two digits at most."""
    return numbers.exact(None if error is None else numbers.to_error(error, error))
