"""Hundreds of generated studies without lines against exact means: their z-scores are normal.

Each study is a random net of states with ways back, races, chances, branches and stays of no day;
its exact mean census is the Markov renewal equation by day (tests/engine/exact.py). One state and
day of each is looked at, chosen before anything is simulated, so the z-scores are independent.
"""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import pytest
from picture import COLOURS, keep
from scipy import stats

from engine.exact import Way, expected_census, race
from engine.studies import dated, number, scenario_program, stay, to
from engine.theory import Floats, mass
from sojourn.engine.laws import Law
from sojourn.engine.program import Program
from sojourn.engine.replicate import simulate
from sojourn.study.model import Admissions, Population, State, Stock, Transition

pytestmark = pytest.mark.slow

STUDIES, HISTORIES, SEED = 600, 300, 20250204
LEVEL = 0.001
LEAST_PEOPLE = 300
"""Expected in all histories together where a mean is looked at; fewer would not be normal."""


def some_law(rng: np.random.Generator) -> Law:
    mean = float(np.exp(rng.uniform(np.log(0.3), np.log(40))))
    spread = mean * rng.uniform(0.3, 2.0)
    return [
        Law("exponential", (mean,)),
        Law("lognormal", (mean, spread)),
        Law("gamma", (mean, spread)),
        Law("weibull", (mean, float(rng.uniform(0.6, 3)))),
        Law("uniform", (mean / 2, mean * 1.5)),
        Law("fixed", (float(rng.integers(0, 30)),)),
        Law("fixed", (mean,)),
    ][rng.integers(7)]


def some_study(rng: np.random.Generator) -> tuple[Program, Floats]:
    """A program, and its exact mean census [d, s]."""
    days, states = int(rng.integers(20, 150)), int(rng.integers(2, 6))
    names = [f"s{i}" for i in range(states)]
    transitions: list[Transition] = []
    ways: list[Way] = []
    for i, name in enumerate(names):
        delays: list[Floats] = []
        targets: list[list[tuple[int, float, Floats]]] = []
        for j in range(rng.integers(1, 4)):
            chance = 1.0 if rng.random() < 0.6 else float(rng.uniform(0.2, 1))
            split = rng.dirichlet(np.ones(rng.integers(1, 3)))
            branches, parts = [], []
            for share in split:
                target = int(rng.integers(-1, states))
                law = some_law(rng)
                if target >= 0 and target <= i:
                    law = Law("fixed", (float(rng.integers(1, 20)),))  # a way back takes a day
                branches.append(
                    to(
                        "out" if target < 0 else names[target],
                        stay(law.family, *law.parameters),
                        float(share),
                    )
                )
                parts.append((target, chance * share, chance * share * mass(law, days)))
            transitions.append(
                Transition(
                    name=f"{name} way {j}",
                    state=name,
                    branches=tuple(branches),
                    chance=number(chance) if chance < 1 else None,
                )
            )
            delays.append(np.sum([part[2] for part in parts], axis=0))
            targets.append(parts)
        for won, delay, parts in zip(race(delays), delays, targets, strict=True):
            # Given the day on which a way wins, its branch is in proportion to what falls due.
            share_of_day = np.divide(won, delay, out=np.zeros(days), where=delay > 0)
            ways += [Way(i, target, part * share_of_day) for target, _, part in parts]
    rate, count, begin = float(rng.uniform(0.2, 6)), int(rng.integers(0, 60)), rng.integers(states)
    outside = np.zeros((days, states))
    outside[:, 0] = rate
    outside[0, begin] += count
    people: dict[str, Any] = {
        "stock": Population(stock=Stock(count=number(count), state=names[begin])),
        "flow": Population(admissions=Admissions(rate=dated(rate), per="day", into=names[0])),
    }
    program = scenario_program(
        days,
        states={name: State() for name in names},
        transitions=transitions,
        populations=people,
    )
    return program, expected_census(states, ways, outside)


def score(study: int) -> float | None:
    """The z-score of one state and day of a study; None where too few people are expected."""
    rng = np.random.default_rng([SEED, study])
    program, want = some_study(rng)
    often = np.argwhere(want * HISTORIES > LEAST_PEOPLE)
    if not len(often):
        return None
    day, state = often[rng.integers(len(often))]
    got = np.array(
        [
            simulate(program, seed=SEED + study, replicate=r).census[day, state, 0]
            for r in range(HISTORIES)
        ],
        dtype=float,
    )
    error = got.std(ddof=1) / np.sqrt(HISTORIES)
    return float((got.mean() - want[day, state]) / error) if error > 0 else None


def test_scores_of_generated_studies_are_standard_normal() -> None:
    found = [score(study) for study in range(STUDIES)]
    z = np.sort([one for one in found if one is not None])
    n = len(z)
    assert n > 0.8 * STUDIES
    p_shape = float(stats.kstest(z, "norm").pvalue)
    p_mean = float(2 * stats.norm.sf(abs(z.sum()) / np.sqrt(n)))
    # Each z has its own estimated error: it is t with one degree less than histories.
    spread = float((z**2).sum() / (HISTORIES - 1) * (HISTORIES - 3))
    p_spread = float(2 * min(stats.chi2.sf(spread, n), stats.chi2.cdf(spread, n)))
    draw(z)
    keep_text = {"shape": p_shape, "mean": p_mean, "spread": p_spread}
    assert min(keep_text.values()) > LEVEL / 3, keep_text
    assert np.abs(z).max() < stats.norm.isf(LEVEL / 2 / n), z[[0, -1]]


def draw(z: Floats) -> None:
    n = len(z)
    place = np.arange(1, n + 1)
    theory = stats.norm.ppf((place - 0.5) / n)
    low, high = (stats.norm.ppf(stats.beta.ppf(q, place, n + 1 - place)) for q in (0.025, 0.975))
    rows = alt.InlineData(
        [
            {"theory": t, "z": s, "low": a, "high": b}
            for t, s, a, b in zip(theory, z, low, high, strict=True)
        ]
    )
    axis = alt.Scale(domain=[-4, 4], nice=False)
    plot = alt.Chart(rows).encode(x=alt.X("theory:Q", title="standard normal", scale=axis))
    band = plot.mark_area(color="#dddddd").encode(
        y=alt.Y("low:Q", title="z-score of a study", scale=axis), y2="high:Q"
    )
    dots = plot.mark_circle(size=14, color=COLOURS["Sojourn"], opacity=0.8, clip=True).encode(
        y="z:Q"
    )
    right = (band + dots).properties(
        width=330, height=300, title="Quantiles; the band holds each point in 95 %"
    )
    edges = np.linspace(-4, 4, 33)
    counts, _ = np.histogram(z, edges)
    bars = (
        alt.Chart(
            alt.InlineData(
                [
                    {"from": a, "to": b, "studies": int(c)}
                    for a, b, c in zip(edges[:-1], edges[1:], counts, strict=True)
                ]
            )
        )
        .mark_bar(color=COLOURS["Sojourn"], opacity=0.75)
        .encode(
            x=alt.X("from:Q", bin="binned", title="z-score of a study", scale=axis),
            x2="to:Q",
            y=alt.Y("studies:Q", title="studies"),
        )
    )
    x = np.linspace(-4, 4, 161)
    curve = (
        alt.Chart(
            alt.InlineData(
                [
                    {"x": float(a), "y": float(b)}
                    for a, b in zip(x, stats.norm.pdf(x) * n * 0.25, strict=True)
                ]
            )
        )
        .mark_line(color="#444444")
        .encode(x="x:Q", y="y:Q")
    )
    left = (bars + curve).properties(
        width=330, height=300, title=f"{n} studies and the normal curve"
    )
    within = float((np.abs(z) < 1.96).mean())
    keep(
        "scores",
        left | right,
        f"""
{n} generated studies of {HISTORIES} histories each: the simulated mean of one state and day of
each, less the exact mean, in standard errors. {100 * within:.1f} % lie within 1.96 (95 % if right);
the mean is {z.mean():+.3f} (standard error {1 / np.sqrt(n):.3f}), the standard deviation
{z.std(ddof=1):.3f} (standard error {1 / np.sqrt(2 * n):.3f}), the extremes {z[0]:.2f} and
{z[-1]:.2f}.
""",
    )
