"""A drawing of how people move between states, with places and lines, in the lead scenario."""

from __future__ import annotations

from sojourn.languages.phrases import phrase
from sojourn.report.context import Context
from sojourn.report.figures import charts
from sojourn.report.figures.blocks import Block, Column, Figure, Panel, ReportTable
from sojourn.report.figures.flow import Arrow, StateBox, flow
from sojourn.report.wording import numbers, study_words
from sojourn.report.wording.ranges import ZERO, Row, Spread
from sojourn.results.views import quoted

OUTSIDE = "outside"
"""The source of those who enter the model."""
SHOWN = 12
"""Moves that are drawn on a narrow page."""
OUT = "out"
"""The target of those who leave it."""


def flow_picture(context: Context) -> list[Block]:
    """States as boxes and moves as arrows, as thick as people are many; none without moves."""
    data = context.data
    scenario = data.scenario(data.lead)
    moves = [
        {**row, "moved": Spread.of(row)}
        for row in data.spreads(
            f"SELECT source, target, draw, replicate, sum(people) AS value FROM went WHERE "
            f"scenario = {quoted(data.lead)} AND source <> target GROUP BY ALL",
            ["source", "target"],
        )
        if row["mean"] > 0
    ]
    if not moves:
        return []
    at_end = _at_end(context, "held", "state", "people")
    waiting = _waiting(context)
    touched = {row[end] for row in moves for end in ("source", "target")} - {OUTSIDE}
    names = [*scenario.states, *sorted(touched - set(scenario.states))]
    entered = {row["target"]: row["moved"] for row in moves if row["source"] == OUTSIDE}
    boxes = []
    for name in names:
        people = at_end.get(name, ZERO)
        if name not in touched and not people.mean:
            continue
        state = scenario.states.get(name)
        under = []
        if state and state.place:
            under.append(study_words.facility_name(data.study, state.place))
        if name in entered:
            under.append(phrase("{people} enter", people=_people(entered[name])))
        under.append(phrase("{people} at the end", people=_people(people)))
        if name in waiting:
            under.append(phrase("{people} of them wait", people=_people(waiting[name])))
        label = (
            phrase("Out of the model") if name == OUT else study_words.state_name(data.study, name)
        )
        boxes.append(StateBox(name, label, tuple(under), end=bool(state and state.end)))
    arrows = [
        Arrow(row["source"], row["target"], row["moved"].mean, _people(row["moved"]))
        for row in moves if row["source"] != OUTSIDE
    ]  # fmt: skip
    return [_figure(context, boxes, arrows, moves)] if arrows else []  # nobody moves: no picture


def _figure(
    context: Context, boxes: list[StateBox], arrows: list[Arrow], moves: list[Row]
) -> Figure:
    data = context.data
    names = {box.key: box.title for box in boxes} | {OUTSIDE: phrase("Outside the model")}
    top = max(arrows, key=lambda arrow: arrow.people, default=None)
    title = phrase("How people move: {scenario}", scenario=data.lead)
    if top is not None:
        title = phrase(
            "Most move from “{source}” to “{target}”: {people} under “{scenario}”",
            source=names[top.source], target=names[top.target], people=top.label,
            scenario=data.lead,
        )  # fmt: skip
    about = phrase(
        "{states} states and {kinds} kinds of move; the table has each with numbers.",
        states=len(boxes),
        kinds=len(arrows),
    )
    wide = context.press.draw(flow(boxes, arrows, width=charts.WIDE), title, about)
    # Boxes and arrows are unreadable on a narrow page: it has the greatest moves as bars.
    greatest = sorted(arrows, key=lambda arrow: -arrow.people)[:SHOWN]
    bars = [
        {"label": f"{names[a.source]} → {names[a.target]}", "value": a.people, "text": a.label}
        for a in greatest
    ]
    narrow = context.press.draw(charts.bars(bars, width=charts.NARROW), title, about)
    note = phrase(
        "Boxes are states, with their facility and the mean number of people there on the last "
        "day; round corners: people do not leave. Numbers on arrows: mean moves in the whole "
        "period; dashed arrows lead upwards."
    )
    table = ReportTable(
        phrase("Moves between states, whole period, {scenario}", scenario=data.lead),
        (
            Column(phrase("From"), lambda row: names.get(row["source"], row["source"])),
            Column(phrase("To"), lambda row: names.get(row["target"], row["target"])),
            Column(phrase("Moves"), lambda row: row["moved"].cell(), number=True,
                   value=lambda row: row["moved"], unit=phrase("people")),
        ),
        moves,
        "moves",
        context.spreads,
        data=[
            {"from": names[row["source"]], "to": names[row["target"]], "mean": row["moved"].mean,
             "low": row["moved"].low, "high": row["moved"].high}
            for row in moves
        ],
    )  # fmt: skip
    return Figure(
        title, note, (Panel(wide, narrow=narrow),), table, phrase("tables flows and census")
    )


def _at_end(context: Context, table: str, key: str, column: str) -> dict[str, Spread]:
    """People of the lead scenario at the end of the last period, by `key`."""
    rows = context.data.spreads(
        f"SELECT {key}, draw, replicate, sum({column}) AS value FROM {table} WHERE scenario = "
        f"{quoted(context.data.lead)} AND period = (SELECT max(period) FROM spans) GROUP BY ALL",
        [key],
    )
    return {row[key]: Spread.of(row) for row in rows}


def _waiting(context: Context) -> dict[str, Spread]:
    """People in lines at the end, by the state in which they wait."""
    data = context.data
    of = {transition.name: transition.state for transition in data.scenario(data.lead).transitions}
    rows = _at_end(context, "waits", "transition", "waiting")
    found: dict[str, Spread] = {}
    for name, spread in rows.items():
        if spread.mean and name in of:
            state, before = of[name], found.get(of[name], ZERO)
            # Means add up; nothing else of the sum is shown.
            found[state] = Spread(before.mean + spread.mean, 0.0, 0.0, 0.0)
    return found


def _people(spread: Spread) -> str:
    return numbers.people(spread.allowed.mean if spread.wide else spread.mean)
