"""Section: what the model was checked against, kind by kind, and what was not checked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sojourn.report.context import Context
from sojourn.report.figures.blocks import Column, ReportTable
from sojourn.report.sections.claims import quote_sentence
from sojourn.report.sections.outcomes import INSIDE, outcome_rows
from sojourn.report.wording import numbers
from sojourn.report.wording.ranges import Row, Spread
from sojourn.results.views import listed
from sojourn.study.model.history import Account

TITLE = "What the model was checked against"
UNEXPLAINED = 1e-6
"""People, relative to those of the state, by which exact means may miss a sum: their rounding."""


def validation_table(context: Context) -> ReportTable:
    """A row for each kind of check of Eddy et al. (2012): face, verification, cross, external,
    predictive; a kind that this run does not have says so."""
    study = context.data.study
    rows: list[Row] = [
        {
            "kind": "Face: do the parts make sense to those who know the field?",
            "compared": f"{_count(len(study.assumptions), 'assumption')} and "
            f"{_count(len(study.limits), 'limit')} are written down for readers to judge; "
            "quotations are held against the texts of their sources.",
            "result": quote_sentence(context).split(", because")[0].rstrip(".") + ".",
        },
        {
            "kind": "Verification: does the program do what it says?",
            "compared": "In every scenario, history and state: people at the end of each period "
            "against those at the end of the one before, plus those who entered, less those who "
            "left.",
            "result": _balance(context),
        },
        {
            "kind": "Cross: does another model say the same?",
            "compared": "Nothing else computed these numbers.",
            "result": "Not checked. Where nobody waits for a place, `sojourn run --expected` "
            "computes averages by another method, without random numbers.",
        },
        *_external(context),
        *_predictive(context),
    ]
    return ReportTable(
        TITLE,
        (
            Column("Kind", lambda row: row["kind"]),
            Column("Compared", lambda row: row["compared"]),
            Column("Result", lambda row: row["result"]),
        ),
        rows,
        "validation",
        "Kinds after the task force of ISPOR and SMDM on models in health (2012).",
    )


def _balance(context: Context) -> str:
    """How many sums of people are right, over all scenarios, histories, states and periods."""
    (found,) = context.data.rows(
        f"""
        WITH moved AS (
            SELECT scenario, draw, replicate, period, state, sum(people) AS moved FROM (
                SELECT scenario, draw, replicate, period, target AS state, people FROM flows
                UNION ALL
                SELECT scenario, draw, replicate, period, source, -people FROM flows
            ) GROUP BY ALL
        ),
        filled AS (
            SELECT scenario, state, draw, replicate, period, coalesce(people, 0) AS people,
                   coalesce(moved, 0) AS moved
            FROM (SELECT DISTINCT scenario, state FROM held) CROSS JOIN runs
            CROSS JOIN (SELECT period FROM spans)
            LEFT JOIN held USING (scenario, state, draw, replicate, period)
            LEFT JOIN moved USING (scenario, state, draw, replicate, period)
        ),
        gaps AS (
            SELECT people, people - moved - lag(people) OVER (
                PARTITION BY scenario, state, draw, replicate ORDER BY period) AS gap FROM filled
        )
        SELECT count(gap) AS sums,
               count(*) FILTER (abs(gap) > {UNEXPLAINED} * greatest(people, 1)) AS wrong FROM gaps
        """
    )
    if not found["sums"]:
        return "Not checked: the run has one reporting period only."
    if found["wrong"]:
        return f"{found['wrong']:,} of {found['sums']:,} sums differ: people appear or vanish."
    return f"All {found['sums']:,} sums agree."


def _external(context: Context) -> Iterator[Row]:
    """The model against what had come to pass when it ran."""
    kind = "External: does it agree with what was observed elsewhere?"
    started = _started(context)
    seen = [row for row in outcome_rows(context) if row["on"] <= started]
    yield from _outcomes(context, kind, seen)
    counted = list(_histories(context, kind))
    yield from counted
    if not seen and not counted:
        yield {
            "kind": kind,
            "compared": "The study records no outcomes and no counts within its period.",
            "result": "Not checked.",
        }


def _predictive(context: Context) -> Iterator[Row]:
    """The model against what came to pass after it ran."""
    kind = "Predictive: does it agree with what came later?"
    later = [row for row in outcome_rows(context) if row["on"] > _started(context)]
    yield from _outcomes(context, kind, later)
    if not later:
        yield {
            "kind": kind,
            "compared": "No outcome of the study is later than this run.",
            "result": "Not checked. Keep this report: outcomes that are added to the study later "
            "are held against it.",
        }


def _outcomes(context: Context, kind: str, rows: list[Row]) -> Iterator[Row]:
    """In how many outcomes the range holds what happened: in the baseline and in the lead."""
    data = context.data
    for name in dict.fromkeys((data.baseline, data.lead)):
        own = [row for row in rows if row["scenario"] == name]
        if own:
            inside = sum(row["place"] == INSIDE for row in own)
            yield {
                "kind": kind,
                "compared": f"{_count(len(own), 'outcome')} against “{name}”.",
                "result": f"In {inside} the range holds what happened; in {len(own) - inside} it "
                "does not.",
            }


def _histories(context: Context, kind: str) -> Iterator[Row]:
    """People counted at the ends of periods that the run covers, against the baseline."""
    data = context.data
    ends = {span.last: span.start for span in data.periods}
    for name, account in data.study.history.items():
        counted = {day: ends[day] for day in stock(account) if day in ends}
        if not counted or not account.states:
            continue
        modelled = {
            row["period"]: Spread.of(row)
            for row in data.spreads(
                "SELECT period, draw, replicate, sum(people) AS value FROM held WHERE scenario = "
                f"(SELECT scenario FROM scenario_list WHERE position = 0) AND state IN "
                f"{listed(account.states)} GROUP BY ALL",
                ["period"],
                "SELECT period FROM spans",
            )
        }
        inside = sum(
            modelled[start].low <= stock(account)[day] <= modelled[start].high
            for day, start in counted.items()
        )
        last = max(counted)
        yield {
            "kind": kind,
            "compared": f"{_count(len(counted), 'count')} of “{name.replace('_', ' ')}” within the "
            f"period against “{data.baseline}”.",
            "result": f"In {inside} the range holds the count. On {numbers.day(last)}: "
            f"{numbers.exact(stock(account)[last])} counted, "
            f"{modelled[counted[last]].table()} in the model.",
        }


def stock(account: Account) -> dict[date, float]:
    """People counted on each day, all groups together; days on which a group is unknown are not
    in it."""
    column = account.counted.get("stock")
    if column is None:
        return {}
    totals = zip(account.ends, zip(*column.values, strict=True), strict=True)
    return {
        day: sum(value for value in values if value is not None)
        for day, values in totals
        if None not in values
    }


def _started(context: Context) -> date:
    """The day of the run; before it, everything was known."""
    return date.fromisoformat(str(context.data.run.get("started") or "9999-12-31")[:10])


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
