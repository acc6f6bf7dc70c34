"""Section: what the model was checked against, kind by kind, and what was not checked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np

from sojourn.languages import dates
from sojourn.languages.phrases import later, phrase, plural
from sojourn.report.context import Context
from sojourn.report.figures.blocks import Column, ReportTable
from sojourn.report.sections.trust.outcomes import INSIDE, outcome_rows
from sojourn.report.wording import numbers, study_words
from sojourn.report.wording.ranges import Row, Spread
from sojourn.results.views import listed, quoted
from sojourn.study.model.history import Account

TITLE = later("What the model was checked against")
EXTERNAL = later("External: does it agree with what was observed elsewhere?")
PREDICTIVE = later("Predictive: does it agree with what came later?")
UNEXPLAINED = 1e-6
"""People, relative to those of the state, by which exact means may miss a sum: their rounding."""


def validation_table(context: Context) -> ReportTable:
    """A row for each kind of check of Eddy et al. (2012): face, verification, cross, external,
    predictive; a kind that this run does not have says so."""
    study = context.data.study
    rows: list[Row] = [
        {
            "kind": phrase("Face: do the parts make sense to those who know the field?"),
            "compared": phrase(
                "{assumptions} assumptions and {limits} limits are written down for readers to "
                "judge; quotations are held against the texts of their sources.",
                assumptions=len(study.assumptions),
                limits=len(study.limits),
            ),
            "result": _quotations(context),
        },
        {
            "kind": phrase("Verification: does the program do what it says?"),
            "compared": phrase(
                "In every scenario, history and state: people at the end of each period against "
                "those at the end of the one before, plus those who entered, less those who left."
            ),
            "result": _balance(context),
        },
        {
            "kind": phrase("Cross: does another model say the same?"),
            "compared": phrase("Nothing else computed these numbers."),
            "result": phrase(
                "Not checked. Where nobody waits for a place, `sojourn run --expected` computes "
                "averages by another method, without random numbers."
            ),
        },
        *_external(context),
        *_predictive(context),
    ]
    return ReportTable(
        phrase(TITLE),
        (
            Column(phrase("Kind"), lambda row: row["kind"]),
            Column(phrase("Compared"), lambda row: row["compared"]),
            Column(phrase("Result"), lambda row: row["result"]),
        ),
        rows,
        "validation",
        phrase("Kinds after the task force of ISPOR and SMDM on models in health (2012)."),
    )


def _quotations(context: Context) -> str:
    """How many quotations were found, in short; the section of statements says the rest."""
    (found,) = context.data.rows(
        "SELECT count(*) AS quoted, count(*) FILTER (status = 'found') AS found FROM quotes"
    )
    return phrase("{found} of {quoted} quotations were found word for word.", **found)


def _balance(context: Context) -> str:
    """How many sums of people are right, over all scenarios, histories, states and periods."""
    data = context.data
    held = data.counted("SELECT *, people AS value FROM held", ("scenario", "state", "period"), 0.0)
    states = {state: at for at, state in enumerate(dict.fromkeys(key[:2] for key in held.keys))}
    periods = {span.start: at for at, span in enumerate(data.periods)}
    every = [(*state, start) for state in states for start in periods]
    people = held.of(every, 0.0).reshape(len(states), len(periods), data.histories)
    change = np.zeros_like(people)
    ends = ("scenario", "period", "source", "target")
    moves = data.counted("SELECT *, people AS value FROM went", ends, 0.0)
    for (scenario, period, *ends_of_move), moved in zip(moves.keys, moves.values, strict=True):
        for state, sign in zip(ends_of_move, (-1.0, 1.0), strict=True):
            if (scenario, state) in states:
                change[states[scenario, state], periods[period]] += sign * moved.ravel()
    gaps = np.abs(np.diff(people, axis=1) - change[:, 1:])
    if not gaps.size:
        return phrase("Not checked: the run has one reporting period only.")
    sums = numbers.whole(gaps.size)
    wrong = int(np.count_nonzero(gaps > UNEXPLAINED * np.maximum(people[:, 1:], 1.0)))
    if wrong:
        return phrase("{wrong} of {sums} sums differ: people appear or vanish.",
                      wrong=numbers.whole(wrong), sums=sums)  # fmt: skip
    return phrase("All {sums} sums agree.", sums=sums)


def _external(context: Context) -> Iterator[Row]:
    """The model against what had come to pass when it ran."""
    kind = phrase(EXTERNAL)
    started = _started(context)
    seen = [row for row in outcome_rows(context) if row["on"] <= started]
    yield from _outcomes(context, kind, seen)
    counted = list(_histories(context, kind))
    yield from counted
    if not seen and not counted:
        yield {
            "kind": kind,
            "compared": phrase("The study records no outcomes and no counts within its period."),
            "result": phrase("Not checked."),
        }


def _predictive(context: Context) -> Iterator[Row]:
    """The model against what came to pass after it ran."""
    kind = phrase(PREDICTIVE)
    started = _started(context)
    since = [row for row in outcome_rows(context) if row["on"] > started]
    yield from _outcomes(context, kind, since)
    if not since:
        yield {
            "kind": kind,
            "compared": phrase("No outcome of the study is later than this run."),
            "result": phrase(
                "Not checked. Keep this report: outcomes that come to pass later can be held "
                "against it."
            ),
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
                "compared": plural(
                    "{count} outcome against “{scenario}”.",
                    "{count} outcomes against “{scenario}”.",
                    len(own),
                    count=len(own),
                    scenario=name,
                ),
                "result": phrase(
                    "In {inside} the range holds what happened; in {outside} it does not.",
                    inside=inside,
                    outside=len(own) - inside,
                ),
            }


def _histories(context: Context, kind: str) -> Iterator[Row]:
    """People counted within the period, against the baseline at the ends of reporting periods.

    Counts of other days have a row that says so: a run keeps no number of people for those days.
    """
    data = context.data
    ends = {span.last: span.start for span in data.periods}
    for name, account in data.study.history.items():
        if not account.states:
            continue
        within = {day: count for day, count in stock(account).items()
                  if data.periods[0].start <= day <= data.last_day}  # fmt: skip
        counted = {day: count for day, count in within.items() if day in ends}
        others = len(within) - len(counted)
        if others:
            yield {
                "kind": kind,
                "compared": plural(
                    "{count} count of “{account}” within the period, on a day that ends no "
                    "reporting period.",
                    "{count} counts of “{account}” within the period, on days that end no "
                    "reporting period.",
                    others,
                    count=others,
                    account=study_words.plain(name),
                ),
                "result": phrase(
                    "Not checked: this run keeps people at the ends of reporting periods. With "
                    "`report: month` under `period:` it keeps those days too."
                ),
            }
        if not counted:
            continue
        modelled = {
            row["period"]: Spread.of(row)
            for row in data.spreads(
                "SELECT period, draw, replicate, sum(people) AS value FROM held WHERE scenario = "
                f"{quoted(data.baseline)} AND state IN {listed(account.states)} GROUP BY ALL",
                ["period"],
                "SELECT period FROM spans",
            )
        }
        inside = sum(
            modelled[ends[day]].low <= count <= modelled[ends[day]].high
            for day, count in counted.items()
        )
        last = max(counted)
        yield {
            "kind": kind,
            "compared": plural(
                "{count} count of “{account}” within the period against “{scenario}”.",
                "{count} counts of “{account}” within the period against “{scenario}”.",
                len(counted),
                count=len(counted),
                account=study_words.plain(name),
                scenario=data.baseline,
            ),
            "result": phrase(
                "In {inside} the range holds the count. On {day}: {counted} counted, {modelled} "
                "in the model. {fitted}",
                inside=inside,
                day=dates.day(last),
                counted=numbers.exact(counted[last]),
                modelled=modelled[ends[last]].table(),
                fitted=_fitted(context),
            ).strip(),
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


def _fitted(context: Context) -> str:
    """A remark if numbers of the study were learned from its counts."""
    if not any(found.quantity.fit for found in context.quantities):
        return ""
    return phrase("Numbers of the study are fitted to its counts, so agreement is expected.")
