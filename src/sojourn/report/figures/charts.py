"""The kinds of chart the page uses, in one quiet style that survives colour blindness and print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sojourn.languages.phrases import cached_by_language, phrase
from sojourn.report.figures.on_first_use import on_first_use
from sojourn.report.wording import numbers
from sojourn.report.wording.ranges import Row

if TYPE_CHECKING:
    import altair as alt
else:
    alt = on_first_use("altair")

INK, MUTED, GRID = "#1d2530", "#5b6673", "#e4e8ec"
BASELINE = "#5b6673"
COLORS = ("#0072b2", "#d55e00", "#009e73", "#b0508f", "#8a6d00", "#3a3f8f", "#7a3b12")
"""After Okabe and Ito; the pale ones are darkened so that a line keeps 3:1 against white."""
FILLS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#999999")
DASHES = ((1, 0), (6, 3), (2, 2), (8, 3, 2, 3), (12, 3), (4, 1), (12, 3, 2, 3, 2, 3))
MOST_BANDS = 3
"""Bands that can be told apart in one chart; beyond, lines stand alone."""

ROWS, LIMIT = "rows", "limit"
"""Names of the data of a chart."""

WIDE, NARROW, SMALL = 760, 330, 232


Spec = dict[str, Any]
"""A Vega-Lite specification without its data."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A specification and its data, apart: charts that look alike share the specification."""

    spec: Spec
    datasets: dict[str, list[Row]]

    def to_dict(self) -> Spec:
        """The whole specification."""
        return {**self.spec, "datasets": self.datasets}


def color(position: int) -> str:
    """A scenario's colour by its place; the baseline is grey."""
    return BASELINE if position == 0 else COLORS[(position - 1) % len(COLORS)]


def dash(position: int) -> tuple[int, ...]:
    """A scenario's line pattern, so that lines differ by more than colour."""
    if position == 0:
        return (5, 3)
    # Colours repeat after seven scenarios, with another pattern.
    turn, place = divmod(position - 1, len(DASHES))
    return DASHES[(place + turn) % len(DASHES)]


def dash_text(position: int) -> str:
    """The pattern as SVG writes it."""
    return " ".join(map(str, dash(position)))


def band_lines(
    rows: Sequence[Row],
    positions: Sequence[int],
    *,
    width: int,
    height: int = 150,
    steps: Sequence[Row] = (),
) -> Drawing:
    """Means as lines in bands from the 5th to the 95th percentile.

    Args:
        rows: `day`, `position` (of the scenario), `low`, `mean`, `high`.
        positions: the scenarios that occur, in order.
        width: of the plot, in pixels.
        height: of the plot, in pixels.
        steps: `day` and `value` of a limit, drawn as a dashed step line.
    """
    values = [
        {
            "day": _iso(row["day"]),
            "series": str(row["position"]),
            "low": row["low"],
            "mean": row["mean"],
            "high": row["high"],
        }
        for row in rows
    ]
    limit = [{"day": _iso(row["day"]), "value": row["value"]} for row in steps]
    band = len(positions) <= MOST_BANDS and any(row["high"] > row["low"] for row in rows)
    spec = _band_lines(tuple(positions), width, height, band=band, limit=bool(limit))
    return Drawing(spec, {ROWS: values, LIMIT: limit})


@cached_by_language
def _band_lines(
    positions: tuple[int, ...], width: int, height: int, *, band: bool, limit: bool
) -> Spec:
    domain = [str(p) for p in positions]
    colors = alt.Color(
        "series:N", scale=alt.Scale(domain=domain, range=[color(p) for p in positions]), legend=None
    )
    dashes = alt.StrokeDash(
        "series:N", scale=alt.Scale(domain=domain, range=[dash(p) for p in positions]), legend=None
    )
    base = _chart(ROWS).encode(x=_time(width))
    scale, axis = alt.Scale(zero=True, nice=4), _count_axis(False)
    layers: list[alt.Chart] = []
    if band:
        layers.append(
            base.mark_area(opacity=0.16).encode(
                y=alt.Y("low:Q", axis=axis, scale=scale), y2="high:Q", color=colors
            )
        )
    layers.append(
        base.mark_line(strokeWidth=2).encode(
            y=alt.Y("mean:Q", axis=axis, scale=scale), color=colors, strokeDash=dashes
        )
    )
    if limit:
        layers.append(
            _chart(LIMIT)
            .mark_line(interpolate="step-before", strokeWidth=1.5, color="#a3170f")
            .encode(x="day:T", y=alt.Y("value:Q", axis=axis))
        )
    return _style(alt.layer(*layers), width, height)


def open_share(rows: Sequence[Row], *, width: int, height: int = 110) -> Drawing:
    """Share of histories in which a gate is open, over time: `day` and `share`."""
    values = [{"day": _iso(row["day"]), "share": row["share"]} for row in rows]
    return Drawing(_open_share(width, height), {ROWS: values})


@cached_by_language
def _open_share(width: int, height: int) -> Spec:
    chart = (
        _chart(ROWS)
        .mark_area(
            interpolate="step-after",
            opacity=0.3,
            color=COLORS[2],
            line={"color": COLORS[2], "strokeWidth": 2},
        )
        .encode(
            x=_time(width),
            y=alt.Y("share:Q", axis=_count_axis(True), scale=alt.Scale(domain=[0, 1])),
        )
    )
    return _style(chart, width, height)


def funnel(rows: Sequence[Row], *, width: int) -> Drawing:
    """Bars of the people left after each rule; the people it removes are paler.

    `rows`: `label`, `remaining`, `taken`; in order.
    """
    values = [
        {
            "order": place,
            "label": _wrap(row["label"], 26 if width > 400 else 18),
            "remaining": row["remaining"],
            "end": row["remaining"] + row["taken"],
            "text": numbers.exact(row["remaining"]),
        }
        for place, row in enumerate(rows)
    ]
    return Drawing(_funnel(len(rows), width), {ROWS: values})


@cached_by_language
def _funnel(count: int, width: int) -> Spec:
    base = _chart(ROWS).encode(y=alt.Y("order:O", axis=None))
    bars = [
        *_names(base),
        base.mark_bar(color="#c9d3dc", height=18).encode(
            x=alt.X("remaining:Q", axis=_count_axis(False, "x")), x2="end:Q"
        ),
        base.mark_bar(color=COLORS[0], height=18).encode(x="remaining:Q"),
        base.mark_text(align="left", dx=5, color=INK, fontSize=12).encode(x="end:Q", text="text:N"),
    ]
    plot = width - 190 if width > 400 else width - 120
    return _style(alt.layer(*bars), plot, 34 * count)


def tornado(rows: Sequence[Row], mean: float, *, width: int) -> Drawing:
    """Bars from where an input is low to where it is high, about the mean, with 95 % intervals.

    `rows`: `label`, `at_low`, `at_high`, `error` (of the change), `told`, `text`; in order.
    """
    values = [
        {
            "order": place,
            "label": _wrap(row["label"], 34 if width > 400 else 18),
            "start": row["at_low"],
            "end": row["at_high"],
            "sign": "more" if row["at_high"] >= row["at_low"] else "less",
            "told": bool(row["told"]),
            "least": row["at_high"] - 1.96 * row["error"],
            "most": row["at_high"] + 1.96 * row["error"],
            "edge": max(row["at_low"], row["at_high"] + 1.96 * row["error"]),
            "text": row["text"],
        }
        for place, row in enumerate(rows)
    ]
    return Drawing(_tornado(len(rows), width), {ROWS: values, LIMIT: [{"at": mean}]})


@cached_by_language
def _tornado(count: int, width: int) -> Spec:
    base = _chart(ROWS).encode(y=alt.Y("order:O", axis=None))
    colors = alt.Color(
        "sign:N", scale=alt.Scale(domain=["more", "less"], range=[COLORS[0], COLORS[1]]),
        legend=None,
    )  # fmt: skip
    pale = alt.Opacity(
        "told:N", scale=alt.Scale(domain=[True, False], range=[1.0, 0.35]), legend=None
    )
    scale = alt.Scale(zero=False, nice=4)
    plot = width - 330 if width > 400 else width - 200
    layers = [
        *_names(base),
        base.mark_bar(height=16).encode(
            x=alt.X("start:Q", axis=_count_axis(False, "x"), scale=scale), x2="end:Q",
            color=colors, opacity=pale,
        ),
        base.mark_rule(color=INK, strokeWidth=1).encode(x="least:Q", x2="most:Q"),
        base.mark_text(align="left", dx=6, fontSize=12, color=INK).encode(
            x=alt.X("edge:Q"), text="text:N"
        ),
        _chart(LIMIT).mark_rule(color=MUTED, strokeDash=[3, 3]).encode(x="at:Q"),
    ]  # fmt: skip
    return _style(alt.layer(*layers), plot, 30 * count)


def intervals(rows: Sequence[Row], *, width: int) -> Drawing:
    """Means as points on their ranges, a line each: `label`, `mean`, `low`, `high`, `text`."""
    values = [
        {**row, "order": place, "label": _wrap(row["label"], 34 if width > 400 else 18)}
        for place, row in enumerate(rows)
    ]
    return Drawing(_intervals(len(rows), width), {ROWS: values, LIMIT: [{"at": 0.0}]})


@cached_by_language
def _intervals(count: int, width: int) -> Spec:
    base = _chart(ROWS).encode(y=alt.Y("order:O", axis=None))
    x = alt.X("mean:Q", axis=_count_axis(False, "x"), scale=alt.Scale(zero=True, nice=4))
    layers = [
        *_names(base),
        _chart(LIMIT).mark_rule(color=MUTED).encode(x="at:Q"),
        base.mark_rule(color=COLORS[0], strokeWidth=3).encode(x=alt.X("low:Q"), x2="high:Q"),
        base.mark_point(color=COLORS[0], fill="white", size=60, strokeWidth=2, opacity=1).encode(
            x=x
        ),
        base.mark_text(dy=-11, fontSize=11, color=INK).encode(x="mean:Q", text="text:N"),
    ]
    plot = width - 290 if width > 400 else width - 160
    return _style(alt.layer(*layers), plot, 38 * count)


def stacked_years(rows: Sequence[Row], categories: Sequence[str], *, width: int) -> Drawing:
    """Amounts a year as stacked bars: `year`, `category`, `amount`."""
    values = [
        {"year": str(row["year"]), "category": row["category"], "amount": row["amount"]}
        for row in rows
    ]
    years = len({value["year"] for value in values})
    return Drawing(_stacked_years(tuple(categories), years, width), {ROWS: values})


@cached_by_language
def _stacked_years(categories: tuple[str, ...], years: int, width: int) -> Spec:
    chart = (
        _chart(ROWS)
        .mark_bar(size=min(44, width // (2 * max(years, 1))))
        .encode(
            x=alt.X("year:O", axis=alt.Axis(title=None, labelAngle=0, ticks=False)),
            y=alt.Y("amount:Q", stack=True, axis=_count_axis(False), scale=alt.Scale(nice=4)),
            color=alt.Color(
                "category:N",
                scale=alt.Scale(domain=list(categories), range=list(FILLS[: len(categories)])),
                legend=None,
            ),
        )
    )
    return _style(chart, width, 170)


def _chart(name: str) -> alt.Chart:
    return alt.Chart(alt.NamedData(name))


def _time(width: int) -> alt.X:
    return alt.X(
        "day:T",
        scale=alt.Scale(type="utc", nice=False),
        axis=alt.Axis(title=None, format="%b %Y", tickCount=max(2, width // 90), grid=False),
    )


def _names(base: alt.Chart) -> list[alt.Chart]:
    """Labels to the left of bars, on one line or two.

    They are data, never parts of an expression: a study's words cannot become code.
    """
    return [
        base.transform_filter(f"length(datum.label) == {lines}")
        .mark_text(align="right", baseline="middle", fontSize=12, lineHeight=14, color=INK, dy=dy)
        .encode(x=alt.value(-8), text="label:N")
        for lines, dy in ((1, 0), (2, -7))
    ]


def _count_axis(share: bool, scale: str = "y") -> alt.Axis:
    expression = "format(datum.value, '.0%')"
    if not share:
        top = f"domain('{scale}')[1]"
        expression = (
            "datum.value == 0 ? '0' : "
            f"{top} >= 1e9 ? format(datum.value / 1e9, ',.3~r') + '{phrase(' bn')}' : "
            f"{top} >= 1e6 ? format(datum.value / 1e6, ',.3~r') + '{phrase(' m')}' : "
            "format(datum.value, ',~r')"
        )
    return alt.Axis(
        title=None, tickCount=4, labelExpr=expression, domain=False, ticks=False, minExtent=50
    )


def _wrap(text: str, width: int) -> list[str]:
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + len(word) >= width:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    if len(lines) > 2:
        lines = [lines[0], lines[1][: width - 1].rstrip() + "…"]
    return [line if len(line) <= width + 6 else line[: width + 5] + "…" for line in lines]


def _iso(value: date) -> str:
    return value.isoformat()


def _style(chart: alt.Chart | alt.LayerChart | alt.FacetChart, width: int, height: int) -> Spec:
    styled = (
        chart.properties(width=width, height=height, padding=4)
        .configure(font="Helvetica, Arial, sans-serif", background="transparent")
        .configure_view(stroke=None)
        .configure_axis(
            gridColor=GRID,
            labelColor=MUTED,
            labelFontSize=12,
            domainColor="#aab3bd",
            tickColor="#aab3bd",
            labelPadding=5,
        )
    )
    # Altair takes most of a second to compare a chart with its schema, and Vega refuses it anyway.
    spec: Spec = styled.to_dict(validate=False)
    return spec
