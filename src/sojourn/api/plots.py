"""Charts of a run's summaries, with Altair, in the colours of the report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

import altair as alt

from sojourn.errors import Problem, SojournError
from sojourn.report.figures.charts import NARROW, color, dash
from sojourn.results.summary import SUMMED

if TYPE_CHECKING:
    from sojourn.api.run import Run

_HEIGHT = 160
_TIME = ("period", "year")


def plot(
    run: Run,
    table: str,
    *,
    value: str | None,
    by: str | None,
    where: Mapping[str, object] | None,
) -> alt.FacetChart:
    """A panel for each value of `by`: lines over time by scenario, or points of measures."""
    kind = SUMMED.get(table)
    keys = kind.by if kind else ()
    panel = by or next((key for key in keys if key not in _TIME), "")
    time = next((key for key in keys if key in _TIME), None)
    # Amounts in different currencies cannot be added, so they stay apart even if not drawn.
    number = value or next(iter(kind.values), "") if kind else ""
    apart = kind.values[number].apart if kind and number in kind.values else ()
    kept = list(dict.fromkeys([*([time] if time else []), panel, *apart]))
    summed = run.summary(table, by=kept, value=value, where=where)
    rows = summed.to_dicts()
    if not rows:
        raise SojournError(Problem("there is nothing to draw", "loosen the filter `where`"))
    for row in rows:
        for key in kept:
            row[key] = str(row[key])
    scenarios = list(run.record["scenarios"])
    extra = [key for key in kept if key not in (time, panel) and len({r[key] for r in rows}) > 1]
    if extra:
        fix = f"choose one in where={{'{extra[0]}': …}}"
        what = f"`{number}` cannot be added up over `{extra[0]}`"
        raise SojournError(Problem(what, fix))
    shades = alt.Color(
        "scenario:N",
        scale=alt.Scale(domain=scenarios, range=[color(n) for n in range(len(scenarios))]),
        title=None,
        legend=alt.Legend(orient="bottom", symbolType="stroke", symbolOpacity=1, labelLimit=400),
    )
    base = alt.Chart(alt.InlineData(values=rows)).encode(color=shades)
    large = max(abs(row["mean"] or 0) for row in rows) >= 1e6
    axis = alt.Axis(format="~s" if large else ",", tickCount=4, labelOverlap="greedy")
    layers = _over_time(base, time, scenarios, axis) if time else _points(base, axis)
    chart: alt.FacetChart = (
        layers.properties(width=NARROW, height=_HEIGHT if time else alt.Step(14))
        .facet(
            facet=alt.Facet(f"{panel}:N", title=None, sort=None),
            columns=min(2, len({row[panel] for row in rows})),
        )
        .resolve_scale(x="shared" if time else "independent", y="independent")
        .properties(title=f"{run.record['title']}: {table}, {number} (mean, 5–95 %)")
    )
    return chart


def _over_time(base: alt.Chart, time: str, scenarios: list[str], axis: alt.Axis) -> alt.LayerChart:
    day = alt.X(f"{time}:{'T' if time == 'period' else 'O'}", title=None)
    patterns = alt.StrokeDash(
        "scenario:N",
        scale=alt.Scale(domain=scenarios, range=[dash(n) for n in range(len(scenarios))]),
        legend=None,
    )
    band = base.mark_area(opacity=0.16).encode(
        x=day, y=alt.Y("p5:Q", title=None, axis=axis).stack(False), y2="p95:Q"
    )
    line = base.mark_line(strokeWidth=2).encode(
        x=day, y=alt.Y("mean:Q", title=None, axis=axis), strokeDash=patterns
    )
    return cast("alt.LayerChart", band + line)


def _points(base: alt.Chart, axis: alt.Axis) -> alt.LayerChart:
    scenario = alt.Y("scenario:N", title=None, sort=None, axis=None)
    ranges = base.mark_rule(strokeWidth=2).encode(
        x=alt.X("p5:Q", title=None, axis=axis).scale(zero=False), x2="p95:Q", y=scenario
    )
    means = base.mark_point(filled=True, size=60).encode(x="mean:Q", y=scenario)
    return cast("alt.LayerChart", ranges + means)
