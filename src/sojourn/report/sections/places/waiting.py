"""Section: how many people wait, how long, and the gates that stop them."""

from __future__ import annotations

import math
from datetime import date

import numpy as np

from sojourn.languages import dates
from sojourn.languages.phrases import later, phrase
from sojourn.languages.units import unit_words
from sojourn.report.context import Context, tabs
from sojourn.report.figures import charts
from sojourn.report.figures.blocks import (
    Block,
    Column,
    Figure,
    Heading,
    Panel,
    Prose,
    ReportTable,
    Section,
)
from sojourn.report.sections import series
from sojourn.report.wording import numbers, study_words
from sojourn.report.wording.ranges import Row, Spread
from sojourn.results.waiting import Median, median_wait


def line(context: Context) -> Section:
    """Lines and gates of each scenario."""
    data = context.data
    found = series.by_name(context, "waits", "transition", "waiting")
    totals = _totals(context)
    gates = _gates(context)
    panels: dict[str, list[Block]] = {}
    for scenario in data.scenarios:
        blocks: list[Block] = []
        labels = {
            name: study_words.transition_name(data.study, name)
            for of, name in sorted(found)
            if of == scenario
        }
        drawn = series.panels(context, found, scenario, labels, what=phrase("People waiting"))
        if drawn:
            blocks.append(
                Figure(
                    series.told_most(
                        context,
                        found,
                        scenario,
                        labels,
                        later("Most people wait for: {name}, {number} at the end"),
                    ),
                    phrase(
                        "People whose move is due but cannot happen yet, at the end of each "
                        "period. "
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
                            "People waiting at the end of each period, {scenario}",
                            scenario=scenario,
                        ),
                        name=f"waiting-{scenario}",
                        unit=phrase("people"),
                    ),
                    phrase("table waits"),
                    series.legend(context, found, scenario, labels),
                )
            )
        elif labels:
            blocks.append(
                Prose(
                    phrase(
                        "Nobody waits at the end of any period: {moves}.",
                        moves="; ".join(labels.values()),
                    )
                )
            )
        own = [row for row in totals if row["scenario"] == scenario]
        if own:
            blocks.append(_table(context, scenario, own))
        blocks += _gate_blocks(context, scenario, gates)
        panels[scenario] = blocks or [
            Prose(phrase("No transition of this scenario needs to wait."))
        ]
    return Section(
        "line",
        phrase("Queues and gates"),
        tabs(panels),
        phrase(
            "A move that needs an open gate, a free place or a quota waits until it has it; "
            "meanwhile the person stays where they are."
        ),
    )


def _totals(context: Context) -> list[Row]:
    """People of a whole period, the mean wait of those served, and the median of all who joined."""
    keys = ["scenario", "transition"]
    merged: dict[tuple[str, str], Row] = {}
    last = "WHERE period = (SELECT max(period) FROM spans)"
    for column, where in (("joined", ""), ("served", ""), ("left", ""), ("waiting", last)):
        query = (
            f'SELECT scenario, transition, draw, replicate, sum("{column}") AS value '
            f"FROM waits {where} GROUP BY ALL"
        )
        for row in context.data.spreads(query, keys):
            key = (row["scenario"], row["transition"])
            merged.setdefault(key, dict(zip(keys, key, strict=True)))[column] = Spread.of(row)
    for row in context.data.rows(
        "SELECT scenario, transition, sum(days_served) / nullif(sum(served), 0) AS days "
        "FROM waits GROUP BY ALL"
    ):
        merged[row["scenario"], row["transition"]]["days"] = row["days"]
    medians = _medians(context)
    for key, row in merged.items():
        row["median"] = medians.get(key)
        ends = row["served"].mean + row["left"].mean + row["waiting"].mean
        row["share"] = row["served"].mean / ends if ends else None
    return list(merged.values())


def _medians(context: Context) -> dict[tuple[str, str], Median]:
    """The median wait of each line, all histories together."""
    found: dict[tuple[str, str], list[Row]] = {}
    for row in context.data.rows(
        "SELECT scenario, transition, days, sum(served) AS served, "
        'sum("left") + sum(waiting) AS others FROM wait_days GROUP BY ALL ORDER BY days'
    ):
        found.setdefault((row["scenario"], row["transition"]), []).append(row)
    return {
        key: median_wait(
            *(np.array([r[name] for r in rows], float) for name in ("days", "served", "others"))
        )
        for key, rows in found.items()
    }


def _days(value: float | None) -> str:
    """A mean wait; a very small one is not written with meaningless digits."""
    return "< 0.1" if value is not None and 0 < value < 0.05 else numbers.exact(value)


def _median_cells(median: Median | None) -> Row:
    reached = median is not None and not math.isnan(median.days)
    return {
        "median_days": median.days if median and reached else None,
        "median_more_than": median.longest if median and not reached else None,
    }


def _middle(median: Median | None) -> str:
    """A median wait, or its lower bound."""
    if median is None or not math.isnan(median.days):
        return numbers.exact(None if median is None else median.days)
    return phrase("more than {longest}", longest=numbers.exact(median.longest))


def _table(context: Context, scenario: str, rows: list[Row]) -> ReportTable:
    return ReportTable(
        phrase("Queues over the whole period, {scenario}", scenario=scenario),
        (
            Column(
                phrase("Move waited for"),
                lambda row: study_words.transition_name(context.data.study, row["transition"]),
            ),
            *(
                Column.of_spread(label, lambda row, key=key: row[key], unit_words("people"))  # type: ignore[misc] # bound now
                for key, label in (
                    ("joined", phrase("Joined")),
                    ("served", phrase("Served")),
                    ("left", phrase("Left otherwise")),
                    ("waiting", phrase("Still waiting")),
                )
            ),
            Column(
                phrase("Share served"),
                lambda row: numbers.percent(row["share"]),
                number=True,
                value=lambda row: row["share"],
                unit=unit_words("share"),
            ),
            Column(
                phrase("Median wait of all, days"), lambda row: _middle(row["median"]), number=True
            ),
            Column(
                phrase("Mean wait of those served, days"),
                lambda row: _days(row["days"]),
                number=True,
                value=lambda row: row["days"],
            ),
        ),
        rows,
        f"lines-{scenario}",
        context.spreads
        + phrase(
            " Shares and waits are of all histories together. The median is a "
            "Kaplan–Meier estimate for all who joined: people who left otherwise, or still wait at "
            "the end, are censored. The mean covers only people who were served, so it is too "
            "short if many still wait."
        ),
        data=[
            {
                "scenario": row["scenario"],
                "transition": row["transition"],
                "joined_mean": row["joined"].mean,
                "served_mean": row["served"].mean,
                "left_mean": row["left"].mean,
                "waiting_mean": row["waiting"].mean,
                "share_served": row["share"],
                **_median_cells(row["median"]),
                "mean_days_served": row["days"],
            }
            for row in rows
        ],
    )


def _gates(context: Context) -> list[Row]:
    return context.data.rows(
        "SELECT scenario, gate, period, sum(days_open) / sum(days) AS share FROM gates "
        "GROUP BY ALL ORDER BY gate, period"
    )


def _gate_blocks(context: Context, scenario: str, rows: list[Row]) -> list[Block]:
    own = [row for row in rows if row["scenario"] == scenario]
    if not own:
        return []
    study = context.data.study
    panels, sentences = [], []
    names = list(dict.fromkeys(row["gate"] for row in own))
    for name in names:
        days = [{"day": row["period"], "share": row["share"]} for row in own if row["gate"] == name]
        days.append({"day": context.data.last_day, "share": days[-1]["share"]})
        label = study_words.gate_name(study, name)
        shares = {day["share"] for day in days}
        if shares in ({0.0}, {1.0}):
            always = (
                later("{gate}: open in every history throughout.")
                if 1.0 in shares
                else later("{gate}: closed in every history throughout.")
            )
            sentences.append(phrase(always, gate=label))
            continue
        about = phrase(
            "Open at the end in {share} of histories.", share=numbers.percent(days[-1]["share"])
        )
        chart = charts.open_share(days, width=charts.SMALL)
        panels.append(Panel(context.press.draw(chart, f"{label}: {scenario}", about), label))
    blocks: list[Block] = [Heading(phrase("Gates"))]
    told, remark = series.told_periods(context)
    open_in: dict[date, dict[str, float]] = {}
    for row in own:
        open_in.setdefault(row["period"], {})[row["gate"]] = row["share"]
    table = ReportTable(
        phrase("Share of histories in which each gate is open, {scenario}", scenario=scenario),
        (
            Column(phrase("From"), lambda row: dates.short_day(row["period"])),
            *(
                Column(
                    study_words.gate_name(study, name),
                    lambda row, key=f"of {name}": numbers.percent(row.get(key)),  # type: ignore[misc] # bound now
                    number=True,
                )
                for name in names
            ),
        ),
        [{"period": day, **{f"of {gate}": share for gate, share in shares.items()}}
         for day, shares in open_in.items() if day in {span.start for span in told}],
        f"gates-{scenario}",
        phrase("Share of days and histories within each period.{remark}", remark=remark),
        data=[{"period": day, **{study_words.gate_name(study, gate): share
                                 for gate, share in shares.items()}}
              for day, shares in open_in.items()],
    )  # fmt: skip
    if panels:
        blocks.append(
            Figure(
                phrase("Share of histories in which the gate is open"),
                phrase("Within each period, over days and histories."),
                tuple(panels),
                table,
                phrase("table gates"),
            )
        )
    if sentences:
        blocks.append(Prose(" ".join(sentences), small=bool(panels)))
    return blocks
