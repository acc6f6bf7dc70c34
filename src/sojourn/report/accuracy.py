"""Section: the study's measures, and how much of their range is the luck of histories."""

from __future__ import annotations

from sojourn.report import numbers, words
from sojourn.report.blocks import Block, Column, Heading, Prose, Section, Table
from sojourn.report.context import Context, tabs
from sojourn.report.spread import STATISTICS, Row

GIVEN = "value"


def accuracy(context: Context) -> Section:
    """Measures with their ranges, and simulation error apart from parameter error."""
    data = context.data
    rows = measure_rows(context)
    panels: dict[str, list[Block]] = {}
    for scenario in data.scenarios:
        own = [row for row in rows if row["scenario"] == scenario]
        if own:
            panels[scenario] = [_table(context, scenario, own)]
    blocks: list[Block] = [*tabs(panels)] or [Prose("The study names no measures.")]
    blocks += [Heading("Simulation error and parameter error"), *_errors(context, rows)]
    given = [row for row in rows if row["kind"] == GIVEN and row["scenario"] == data.baseline]
    blocks.append(Heading("Track record"))
    if given:
        blocks.append(
            Prose(
                "The study gives these numbers from its sources, to hold results against: "
                + "; ".join(f"{row['label']} {numbers.exact(row['mean'])} {row['unit']}".strip()
                            for row in given)
                + ". What differs from them is in the measures and claims above."
            )
        )  # fmt: skip
    else:
        blocks.append(
            Prose(
                "The study gives no numbers of what happened, so this projection has not been held "
                "against any. Its range covers the uncertainty that the study names, and no other."
            )
        )
    return Section("measures", "Measures and error", tuple(blocks))


def measure_rows(context: Context) -> list[Row]:
    """Each measure of each scenario: mean, percentiles, share determined, parts of variance."""
    data = context.data
    order = {name: place for place, name in enumerate(data.scenarios)}
    rows = data.rows(
        f"""
        WITH within AS (
            SELECT scenario, measure, avg(v) AS simulation FROM (
                SELECT scenario, measure, draw, var_samp(value) AS v, count(value) AS n
                FROM measures GROUP BY ALL) WHERE n > 1 GROUP BY ALL
        ),
        total AS (
            SELECT scenario, measure, {STATISTICS}, count(value) AS n, count(*) AS runs,
                   var_samp(value) AS variance
            FROM measures GROUP BY ALL
        )
        SELECT * FROM total LEFT JOIN within USING (scenario, measure)
        """
    )
    for row in rows:
        scenario = data.scenario(row["scenario"])
        measure = scenario.measures.get(row["measure"])
        row["label"] = words.measure_name(data.study, row["measure"])
        row["unit"] = measure.unit if measure else ""
        row["kind"] = measure.kind if measure else ""
        row["determined"] = row["n"] / row["runs"]
    places = {
        name: place
        for place, name in enumerate(
            dict.fromkeys(m for s in data.study.scenarios.values() for m in s.measures)
        )
    }
    return sorted(rows, key=lambda r: (order.get(r["scenario"], 99), places.get(r["measure"], 999)))


def _table(context: Context, scenario: str, rows: list[Row]) -> Table:
    def write(row: Row, key: str) -> str:
        return numbers.exact(row[key])

    return Table(
        f"Measures, {scenario}",
        (
            Column(
                "Measure",
                lambda r: r["label"] + (" (given by a source)" if r["kind"] == GIVEN else ""),
            ),
            Column("Unit", lambda r: r["unit"]),
            Column("Mean", lambda r: write(r, "mean"), number=True),
            Column("5 %", lambda r: write(r, "low"), number=True),
            Column("Median", lambda r: write(r, "median"), number=True),
            Column("95 %", lambda r: write(r, "high"), number=True),
            Column("Determined in", lambda r: numbers.percent(r["determined"]), number=True),
        ),
        rows,
        f"measures-{scenario}",
        "Over the runs in which the measure is determined.",
    )


def _errors(context: Context, rows: list[Row]) -> list[Block]:
    data = context.data
    runs = data.draws * data.replicates
    if runs == 1:
        return [Prose("One run only: neither kind of error can be told.")]
    if data.replicates == 1:
        return [
            Prose(
                "Each draw of the inputs was simulated once, so ranges hold both the uncertainty "
                "of the inputs and the luck of a history, and the two cannot be told apart. More "
                "than one replicate a draw would part them."
            ),
            _mean_error(rows),
        ]
    shown = [row for row in rows if row["variance"]]
    if not shown:
        return [Prose("No measure varies between runs.")]
    return [
        Prose(
            f"{data.draws:,} draws of the inputs, {data.replicates} histories each. Simulation "
            "error is what histories under the same inputs differ by; parameter error is the rest."
        ),
        Table(
            "Standard deviations of each measure",
            (
                Column("Scenario", lambda r: r["scenario"]),
                Column("Measure", lambda r: r["label"]),
                Column("Of a run", lambda r: numbers.exact(r["variance"] ** 0.5), number=True),
                Column("Simulation", lambda r: numbers.exact(_simulation(r) ** 0.5), number=True),
                Column("Parameters", lambda r: numbers.exact(_parameter(r) ** 0.5), number=True),
                Column("Standard error of the mean",
                       lambda r: numbers.exact(_standard_error(r, data.draws)), number=True),
            ),
            shown,
            "error",
            data=[
                {
                    "scenario": r["scenario"],
                    "measure": r["measure"],
                    "run_sd": r["variance"] ** 0.5,
                    "simulation_sd": _simulation(r) ** 0.5,
                    "parameter_sd": _parameter(r) ** 0.5,
                    "standard_error_of_mean": _standard_error(r, data.draws),
                }
                for r in shown
            ],
        ),
    ]  # fmt: skip


def _mean_error(rows: list[Row]) -> Table:
    shown = [row for row in rows if row["variance"]]
    return Table(
        "How exactly this many runs give each mean",
        (
            Column("Scenario", lambda r: r["scenario"]),
            Column("Measure", lambda r: r["label"]),
            Column("Mean", lambda r: numbers.exact(r["mean"]), number=True),
            Column("Standard error of the mean",
                   lambda r: numbers.exact((r["variance"] / r["n"]) ** 0.5), number=True),
        ),
        shown,
        "error",
        folded="How exactly this many runs give each mean",
        data=[
            {
                "scenario": r["scenario"],
                "measure": r["measure"],
                "mean": r["mean"],
                "standard_error_of_mean": (r["variance"] / r["n"]) ** 0.5,
            }
            for r in shown
        ],
    )  # fmt: skip


def _simulation(row: Row) -> float:
    return min(float(row["simulation"] or 0.0), float(row["variance"]))


def _parameter(row: Row) -> float:
    return max(float(row["variance"]) - _simulation(row), 0.0)


def _standard_error(row: Row, draws: int) -> float:
    """Draws are independent; histories under one draw share its inputs."""
    per_draw = row["n"] / draws
    return float(((_parameter(row) + _simulation(row) / max(per_draw, 1)) / draws) ** 0.5)
