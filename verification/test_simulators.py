"""SimPy and Ciw with the same models, many histories: pictures of whole distributions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import altair as alt
import numpy as np
import pytest
from scipy import stats

from cross import in_ciw, in_simpy
from cross.compare import LEVEL, p_values
from cross.models import Queue, Race, Returns, Sample, sojourn_queue, sojourn_race, sojourn_returns
from picture import COLOURS, coloured, keep
from sojourn.stays.law import Law

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Panel:
    """One number of a model: which, its title, and how it is told as whole numbers."""

    name: str
    title: str
    whole: Callable[[np.ndarray], np.ndarray] = lambda values: values


def panels(samples: dict[str, Sample], shown: list[Panel]) -> alt.VConcatChart:
    """One panel each, two in a row."""
    charts = [one_panel(samples, panel) for panel in shown]
    pairs = [alt.hconcat(*charts[i : i + 2], spacing=30) for i in range(0, len(charts), 2)]
    return alt.vconcat(*pairs, spacing=24)


def one_panel(samples: dict[str, Sample], panel: Panel) -> alt.LayerChart:
    """Shares of histories by value, with two standard errors either way."""
    names = list(samples)
    rows = []
    for i, (who, sample) in enumerate(samples.items()):
        whole = panel.whole(sample[panel.name]).astype(int)
        n = len(whole)
        values, counts = np.unique(whole, return_counts=True)
        for value, count in zip(values.tolist(), counts.tolist(), strict=True):
            if count < 0.001 * n:
                continue
            share = count / n
            error = 2 * np.sqrt(share * (1 - share) / n)
            rows.append(
                {
                    "simulator": who,
                    "value": value + 0.22 * (i - (len(names) - 1) / 2),
                    "share": share,
                    "low": max(0.0, share - error),
                    "high": share + error,
                }
            )
    plot = alt.Chart(alt.InlineData(rows)).encode(
        x=alt.X(
            "value:Q",
            title=panel.title,
            scale=alt.Scale(zero=False),
            axis=alt.Axis(tickMinStep=1, format="d"),
        ),
        color=alt.Color(
            "simulator:N", scale=coloured(names), sort=names, legend=alt.Legend(title=None)
        ),
    )
    bars = plot.mark_rule(strokeWidth=1.6).encode(
        y=alt.Y("low:Q", title="share of histories", axis=alt.Axis(format="%")), y2="high:Q"
    )
    dots = plot.mark_circle(size=34, opacity=1).encode(y="share:Q")
    return (bars + dots).properties(width=370, height=210)


def told(ours: Sample, others: dict[str, Sample]) -> tuple[str, list[float]]:
    """A line for each other simulator, and every p-value times how many were compared with it."""
    lines, found = [], []
    for who, sample in others.items():
        p = p_values(ours, sample)
        least = min(p, key=lambda name: p[name])
        n = len(next(iter(sample.values())))
        lines.append(
            f"{who}, {n:,} histories: {len(p)} distributions compared, the least p-value "
            f"{p[least]:.3g} ({least}); a level of {LEVEL} over all asks for {LEVEL / len(p):.1e}."
        )
        found += [one * len(p) for one in p.values()]
    return "\n".join(lines), found


def test_queue_with_reneging() -> None:
    model = Queue()
    ours = sojourn_queue(model, 20_000)
    others = {
        "SimPy": in_simpy.queue(model, 6_000, seed=11),
        "Ciw": in_ciw.queue(model, 5_000, seed=12),
    }
    text, found = told(ours, others)
    chart = panels(
        {"Sojourn": ours, **others},
        [
            Panel("lost", "people who lost patience"),
            Panel("served on the day they came", "people served on the day they came"),
            Panel("held and waiting on day 59", "waiting on the last evening", lambda x: x % 1000),
            Panel("longest wait of those served", "longest wait of those served, days"),
        ],
    )
    keep("queue", chart, f"Sojourn: 20,000 histories.\n{text}")
    assert min(found) > LEVEL, text


def test_returns() -> None:
    model = Returns()
    ours = sojourn_returns(model, 20_000)
    others = {
        "SimPy": in_simpy.returns(model, 2_000, seed=13),
        "Ciw": in_ciw.returns(model, 1_500, seed=14),
    }
    text, found = told(ours, others)
    day = f"held and free on day {model.looks[-1]}"
    chart = panels(
        {"Sojourn": ours, **others},
        [
            Panel(day, "held on the last evening", lambda x: x // 1000),
            Panel(day, "free on the last evening", lambda x: x % 1000),
        ],
    )
    keep("returns", chart, f"Sojourn: 20,000 histories.\n{text}")
    assert min(found) > LEVEL, text


def test_competing_ways_out() -> None:
    """Two exponentials, a lognormal and a fixed stay beside each other, in continuous time."""
    model = Race()
    ours = sojourn_race(model, 20_000)
    others = {
        "SimPy": in_simpy.race(model, 3_000, seed=16),
        "Ciw": in_ciw.race(model, 2_000, seed=17),
    }
    text, found = told(ours, others)
    chart = panels(
        {"Sojourn": ours, **others},
        [
            Panel("left by way 0", "left by the exponential of mean 12"),
            Panel("left by way 1", "left by that of mean 3, with a chance of 40 %"),
            Panel("left by way 2", "left by the lognormal, with a chance of 80 %"),
            Panel("left by way 3", "left after the fixed 14 days"),
        ],
    )
    keep("competing", chart, f"Sojourn: 20,000 histories.\n{text}")
    assert min(found) > LEVEL, text


def test_continuous_time_at_midnights() -> None:
    """Ciw in continuous time, Sojourn in days, and the Poisson law of both."""
    model = Returns(rate=2.0, held=("lognormal", 3.0, 5.0), again=0.0, days=40, looks=(0, 5, 39))
    ours = {
        name.replace(" and free", ""): values // 1000 if " on day " in name else values
        for name, values in sojourn_returns(model, 20_000).items()
        if name not in {"returns", "left for good"}
    }
    theirs = in_ciw.midnights(model, 5_000, seed=15)
    text, found = told(ours, {"Ciw": theirs})
    mean = {d: 2.0 * float(Law("lognormal", (3.0, 5.0)).survival(d + 1).sum()) for d in (0, 39)}
    charts = []
    for d in (0, 39):
        name = f"held on day {d}"
        chart = one_panel(
            {"Sojourn": ours, "Ciw": theirs}, Panel(name, f"held at the end of day {d}")
        )
        n = np.arange(18)
        law = alt.Chart(
            alt.InlineData(
                [
                    {"value": int(k), "share": float(p)}
                    for k, p in zip(n, stats.poisson.pmf(n, mean[d]), strict=True)
                    if p > 0.001
                ]
            )
        )
        bars = law.mark_bar(color=COLOURS["exact"], opacity=0.35, size=12).encode(
            x="value:Q", y="share:Q"
        )
        charts.append((bars + chart).properties(width=370, height=210))
    keep(
        "midnights",
        alt.hconcat(*charts, spacing=30),
        f"Sojourn: 20,000 histories. Grey: the Poisson law.\n{text}",
    )
    assert min(found) > LEVEL, text
