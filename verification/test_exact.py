"""The exact daily laws of tests/engine/theory/exact.py with a hundred times the histories."""

from __future__ import annotations

import altair as alt
import numpy as np
import pytest
from scipy import stats
from sojourn.study.model.pathway import Facility, State

from engine.studies import dated, number, scenario_program, stay
from engine.theory.exact import Memoryless, Way, expected_census, places_chain, race
from engine.theory.shared import LEVEL, SEED, arriving, flow, law_p_value
from picture import COLOURS, keep
from sojourn.engine.kernel.simulate import simulate
from sojourn.stays.law import Law

pytestmark = pytest.mark.slow


def memoryless(mean: float) -> Memoryless:
    tail = Law("exponential", (mean,)).survival(3)
    return Memoryless(float(tail[0]), float(tail[1] / tail[0]))


def test_reneging_line_day_by_day() -> None:
    rate, mean, places, patience, days, most, count = 0.9, 4.0, 2, 3.0, 31, 30, 200_000
    law = places_chain(
        rate=rate,
        places=places,
        stays=memoryless(mean),
        patience=memoryless(patience),
        days=days,
        most=most,
    )
    program = scenario_program(
        days,
        states={"w": State(), "s": State(place="f")},
        transitions=[
            flow("w -> s", "w", "s"),
            flow("w -> out", "w", "out", stay("exponential", patience)),
            flow("s -> out", "s", "out", stay("exponential", mean)),
        ],
        facilities={"f": Facility(capacity=dated(places))},
        populations=arriving(rate, "w"),
    )
    looks = (0, 1, 3, 7, 15, 30)
    joint = np.empty((count, len(looks)), dtype=np.int64)
    for r in range(count):
        census = simulate(program, seed=SEED, replicate=r).census[looks, :2, 0]
        joint[r] = census[:, 1] * (most + 1) + census[:, 0]
    p = {day: law_p_value(joint[:, i], law[day].ravel()) for i, day in enumerate(looks)}
    # The last day as a picture: every joint state that can be told.
    exact = law[30].ravel()
    counts = np.bincount(joint[:, -1], minlength=len(exact))
    rows = []
    for state in np.flatnonzero(exact * count >= 20).tolist():
        held, waiting = divmod(state, most + 1)
        share = counts[state] / count
        error = np.sqrt(exact[state] * (1 - exact[state]) / count)
        rows.append(
            {
                "held": f"{held} of {places} places taken",
                "waiting": waiting,
                "exact": float(exact[state]),
                "share": share,
                "z": (share - float(exact[state])) / error,
            }
        )
    data = alt.InlineData(rows)
    widest = max(row["waiting"] for row in rows)
    waiting_scale = alt.Scale(domain=[-0.6, widest + 0.6], nice=False)
    waiting = alt.X(
        "waiting:Q",
        title="waiting",
        scale=waiting_scale,
        axis=alt.Axis(values=list(range(widest + 1)), format="d"),
    )
    base = alt.Chart(data).encode(x=waiting)
    bars = base.mark_bar(color=COLOURS["exact"], opacity=0.45, size=14).encode(
        y=alt.Y("exact:Q", title="probability")
    )
    dots = base.mark_circle(color=COLOURS["Sojourn"], size=34, opacity=1).encode(y="share:Q")
    full = alt.datum.held == f"{places} of {places} places taken"
    left = (
        (bars + dots)
        .transform_filter(full)
        .properties(width=330, height=230, title="Both places taken: exact law and simulated")
    )
    right = (
        alt.layer(
            alt.Chart(alt.InlineData([{"y": -2}, {"y": 2}]))
            .mark_rule(color="#bbbbbb", strokeDash=[4, 3])
            .encode(y="y:Q"),
            alt.Chart(data)
            .mark_circle(size=40, opacity=1)
            .encode(
                x=waiting,
                y=alt.Y("z:Q", title="standard errors from exact", scale=alt.Scale(domain=[-4, 4])),
                color=alt.Color(
                    "held:N",
                    scale=alt.Scale(range=["#9ecae1", "#4a8fc2", "#1b4b82"]),
                    legend=alt.Legend(title=None),
                ),
            ),
        )
    ).properties(width=330, height=230, title="Every state of day 30")
    said = ", ".join(f"day {day}: {value:.3f}" for day, value in p.items())
    keep(
        "reneging",
        left | right,
        f"{count:,} histories of a line with {places} places and reneging: chi-square p-values of "
        f"the joint law of held and waiting: {said}.",
    )
    assert min(p.values()) > LEVEL, p


def test_loops_day_by_day() -> None:
    """Prison, parole, hospital, freedom and back: the mean census of each day from exact."""
    days, count = 365, 4_000
    names = ["prison", "hospital", "parole", "free"]
    laws = {
        ("prison", "parole"): Law("gamma", (40.0, 25.0)),
        ("prison", "hospital"): Law("exponential", (90.0,)),
        ("hospital", "prison"): Law("uniform", (0.0, 9.0)),
        ("parole", "prison"): Law("exponential", (60.0,)),
        ("parole", "free"): Law("fixed", (45.0,)),
        ("free", "prison"): Law("weibull", (120.0, 0.7)),
    }
    ways = []
    for source in names:
        mine = [pair for pair in laws if pair[0] == source]
        delays = [
            [(0.4 if source == "free" else 1.0, laws[pair].family, laws[pair].parameters)]
            for pair in mine
        ]
        ways += [
            Way(names.index(source), names.index(pair[1]), won)
            for pair, (won,) in zip(mine, race(delays, days), strict=True)
        ]
    outside = np.zeros((days, 4))
    outside[:, 0] = 2.0
    want = expected_census(4, ways, outside)
    program = scenario_program(
        days,
        states={name: State() for name in names},
        transitions=[
            flow(
                f"{a} -> {b}",
                a,
                b,
                stay(law.family, *law.parameters),
                chance=number(0.4) if a == "free" else None,
            )
            for (a, b), law in laws.items()
        ],
        populations=arriving(2.0, "prison"),
    )
    got = np.array(
        [simulate(program, seed=SEED, replicate=r).census[:, :4, 0] for r in range(count)]
    )
    mean, error = got.mean(axis=0), got.std(axis=0, ddof=1) / np.sqrt(count)
    often = want * count > 400
    z = (mean - want)[often] / error[often]
    rows = [
        {"day": d, "state": names[s], "people": float(want[d, s])}
        for d in range(0, days, 2)
        for s in range(4)
    ]
    dots = [
        {"day": d, "state": names[s], "people": float(mean[d, s])}
        for d in range(0, days, 14)
        for s in range(4)
    ]
    of_days = alt.X("day:Q", title="day", scale=alt.Scale(domain=[0, days], nice=False))
    scale = alt.Scale(domain=names, range=["#1b4b82", "#d1651a", "#3d8a4e", "#8a5a9e"])
    colour = alt.Color("state:N", scale=scale, sort=names, legend=alt.Legend(title=None))
    lines = (
        alt.Chart(alt.InlineData(rows))
        .mark_line(strokeWidth=1.2)
        .encode(
            x=of_days,
            y=alt.Y("people:Q", title="people, mean"),
            color=colour,
        )
    )
    points = (
        alt.Chart(alt.InlineData(dots))
        .mark_circle(size=34, opacity=1)
        .encode(x=of_days, y="people:Q", color=colour)
    )
    away = (
        alt.Chart(
            alt.InlineData(
                [
                    {
                        "day": d,
                        "state": names[s],
                        "z": float((mean[d, s] - want[d, s]) / error[d, s]),
                    }
                    for d in range(0, days, 2)
                    for s in range(4)
                    if often[d, s]
                ]
            )
        )
        .mark_line(strokeWidth=1.2)
        .encode(
            x=of_days,
            y=alt.Y("z:Q", title="standard errors from exact", scale=alt.Scale(domain=[-4, 4])),
            color=colour,
        )
    )
    keep(
        "loops",
        (lines + points).properties(
            width=330, height=230, title="Exact (lines) and simulated (dots)"
        )
        | away.properties(width=330, height=230, title="Apart; neighbouring days go together"),
        f"{count:,} histories of a year with ways back at every depth: the mean census of each day "
        f"and state lies within {np.abs(z).max():.2f} standard errors of the renewal equation "
        f"({often.sum():,} numbers, which go together from day to day).",
    )
    # Bonferroni over the numbers looked at, though neighbours go together.
    assert np.abs(z).max() < stats.norm.isf(LEVEL / 2 / often.sum())
