"""The kinds of chart the page uses, in one quiet style that survives colour blindness and print."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sojourn.languages.phrases import phrase
from sojourn.report.figures.drawing import (
    AXIS,
    GRID,
    INK,
    LETTER,
    MUTED,
    AxisScale,
    Drawing,
    Place,
    axis_room,
    date_axis,
    element,
    height_axis,
    lines_of_text,
    polyline,
    ring,
    round_numbers,
    short,
    stairs,
    text,
    tick_texts,
    wrapped,
)
from sojourn.report.wording import numbers
from sojourn.report.wording.ranges import Row

BASELINE = "#5b6673"
COLORS = ("#0072b2", "#d55e00", "#009e73", "#b0508f", "#8a6d00", "#3a3f8f", "#7a3b12")
"""After Okabe and Ito; the pale ones are darkened so that a line keeps 3:1 against white."""
FILLS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#999999")
LIMIT, PALE = "#a3170f", "#c9d3dc"
DASHES = ((1, 0), (12, 2), (1, 2), (8, 3, 2, 3), (18, 5), (6, 1), (12, 3, 2, 3, 2, 3))
MOST_BANDS = 3
"""Bands that can be told apart in one chart; beyond, lines stand alone."""
WIDE, NARROW, SMALL = 760, 330, 232
TOP = 8.0
"""Pixels above a plot."""


def color(position: int) -> str:
    """A scenario's colour by its place; the baseline is grey."""
    return BASELINE if position == 0 else COLORS[(position - 1) % len(COLORS)]


def dash(position: int) -> tuple[int, ...]:
    """A scenario's line pattern, so that lines differ by more than colour."""
    if position == 0:
        return (4, 4)
    # Colours repeat after seven scenarios, with another pattern.
    turn, place = divmod(position - 1, len(DASHES))
    return DASHES[(place + turn) % len(DASHES)]


def dash_text(position: int) -> str:
    """The pattern as SVG writes it; empty for a whole line."""
    pattern = dash(position)
    return "" if pattern == (1, 0) else " ".join(map(str, pattern))


def band_lines(
    rows: Sequence[Row],
    positions: Sequence[int],
    *,
    width: int,
    height: int = 150,
    steps: Sequence[Row] = (),
    banded: Sequence[int] | None = None,
) -> Drawing:
    """Means as lines in bands from the 5th to the 95th percentile.

    Args:
        rows: `day`, `position` (of the scenario), `low`, `mean`, `high`; in order of days.
        positions: the scenarios that occur, in order.
        width: of the plot, in pixels.
        height: of the plot, in pixels.
        steps: `day` and `value` of a capacity, drawn as a line in steps with its name.
        banded: the scenarios that have a band; by default all, if these are few.
    """
    if banded is None:
        banded = positions if len(positions) <= MOST_BANDS else ()
    values = [row["mean"] for row in rows] + [row["value"] for row in steps]
    values += [row[end] for row in rows if row["position"] in banded for end in ("low", "high")]
    days = [row["day"] for row in (*rows, *steps)]
    ticks = round_numbers(min(0.0, *values), max(0.0, *values))
    frame = _Frame(ticks, min(days), max(days), width, height)
    areas, lines = "", ""
    for position in positions:
        own = [row for row in rows if row["position"] == position]
        if position in banded and any(row["high"] > row["low"] for row in own):
            areas += element("path", d=frame.band(own, "low", "high"), fill=color(position))
        lines += element(
            "path", d=frame.line(own, "mean"), stroke=color(position),
            stroke_dasharray=dash_text(position) or None,
        )  # fmt: skip
    body = frame.axes()
    body += element("g", areas, opacity=".16") if areas else ""
    body += element("g", lines, fill="none", stroke_width=2)
    body += _capacity(frame, steps) if steps else ""
    return Drawing(frame.width, frame.height, body)


def fan(
    rows: Sequence[Row], *, width: int, height: int, past: Sequence[Row] = (),
    baseline: Sequence[Row] = (),
) -> Drawing:  # fmt: skip
    """The middle half and the middle nine tenths of histories, their median, and the past.

    `rows`: `day`, `low`, `quarter`, `median`, `three_quarters`, `high`; `past`: `day` and `value`
    of what was counted, drawn as points; `baseline`: `day` and `median`, dashed. In order of days.
    """
    values = [row[key] for row in rows for key in ("low", "high")]
    values += [row["value"] for row in past] + [row["median"] for row in baseline]
    days = [row["day"] for row in (*rows, *past)]
    ticks = round_numbers(min(0.0, *values), max(0.0, *values))
    frame = _Frame(ticks, min(days), max(days), width, height)
    body = frame.axes()
    for low, high, opacity in (("low", "high", ".18"), ("quarter", "three_quarters", ".3")):
        body += element("path", d=frame.band(rows, low, high), fill=COLORS[0], opacity=opacity)
    if baseline:
        body += element("path", d=frame.line(baseline, "median"), fill="none", stroke=BASELINE,
                        stroke_width=1.5, stroke_dasharray=dash_text(0))  # fmt: skip
    body += element("path", d=frame.line(rows, "median"), fill="none", stroke=COLORS[0],
                    stroke_width=2)  # fmt: skip
    if past:
        dots = "".join(element("circle", cx=x, cy=y, r=2.8) for x, y in frame.points(past, "value"))
        body += element("path", d=frame.line(past, "value"), fill="none", stroke=INK)
        body += element("g", dots, fill=INK)
    return Drawing(frame.width, frame.height, body)


def _capacity(frame: _Frame, steps: Sequence[Row]) -> str:
    """A capacity in steps, with its name on it, so that it is told from lines without colour."""
    # A row holds the capacity of a whole period and its last day: the level before the day.
    levels = frame.points(steps, "value")
    corners: list[Place] = [(frame.x.start, levels[0][1])]
    for place, level in levels:
        if level != corners[-1][1]:
            corners += [(corners[-1][0], level)]
        corners.append((place, level))
    left, top = corners[0]
    line = element("path", d=polyline(corners), fill="none", stroke=LIMIT, stroke_width=1.5)
    under = top - 5 if top > TOP + 12 else top + 13
    name = text(phrase("capacity"), left + 3, under, fill=LIMIT, font_size=11)
    return line + name


def open_share(rows: Sequence[Row], *, width: int, height: int = 110) -> Drawing:
    """Share of histories in which a gate is open, over time: `day` and `share`."""
    ticks = [0.0, 0.25, 0.5, 0.75, 1.0]
    days = [row["day"] for row in rows]
    told = [numbers.percent(tick) for tick in ticks]
    frame = _Frame(ticks, days[0], days[-1], width, height, told)
    corners = stairs(frame.points(rows, "share"))
    floor = frame.y(0.0)
    area = f"{polyline(corners)}V{short(floor)}H{short(corners[0][0])}Z"
    body = frame.axes()
    body += element("path", d=area, fill=COLORS[2], opacity=".3")
    body += element("path", d=polyline(corners), fill="none", stroke=COLORS[2], stroke_width=2)
    return Drawing(frame.width, frame.height, body)


def stacked_years(rows: Sequence[Row], categories: Sequence[str], *, width: int) -> Drawing:
    """Amounts a year as stacked bars: `year`, `category`, `amount`; below zero if negative."""
    years = list(dict.fromkeys(str(row["year"]) for row in rows))
    tops = {year: [0.0, 0.0] for year in years}
    bars: list[tuple[str, str, float, float]] = []
    order = {category: place for place, category in enumerate(categories)}
    for row in sorted(rows, key=lambda row: order[row["category"]]):
        ends = tops[str(row["year"])]
        side = int(row["amount"] < 0)
        bars.append((str(row["year"]), row["category"], ends[side], ends[side] + row["amount"]))
        ends[side] += row["amount"]
    ticks = round_numbers(min(ends[1] for ends in tops.values()), max(e[0] for e in tops.values()))
    height = 170
    frame = _Frame(ticks, date.min, date.max, width, height)
    room = width / len(years)
    size = min(44.0, room * 0.62)
    center = {year: frame.x.start + room * (place + 0.5) for place, year in enumerate(years)}
    shown = ""
    for category in categories:
        path = "".join(
            f"M{short(center[year] - size / 2)},{short(frame.y(high))}h{short(size)}"
            f"V{short(frame.y(low))}h{short(-size)}Z"
            for year, own, low, high in bars
            if own == category and low != high
        )
        if path:
            fill = FILLS[order[category] % len(FILLS)]
            # A white edge keeps neighbours apart where their greys are alike.
            shown += element("path", d=path, fill=fill, stroke="#fff", stroke_width=0.8)
    every = 1 + int(len(max(years, key=len)) * LETTER * len(years) // width)
    names = "".join(text(year, center[year], TOP + height + 17) for year in years[::every])
    zero = f"M{short(frame.x.start)},{short(frame.y(0.0))}H{short(frame.x.stop)}"
    body = frame.heights() + shown + element("path", d=zero, stroke=AXIS)
    body += element("g", names, fill=MUTED, text_anchor="middle")
    return Drawing(frame.width, frame.height, body)


def funnel(rows: Sequence[Row], *, width: int) -> Drawing:
    """Bars of the people left after each rule; the people it removes are paler.

    `rows`: `label`, `remaining`, `taken`, and `cite`, which stands under the label; in order.
    """
    wide = width > 400
    cites = [_cut(row["cite"], 36 if wide else 23) for row in rows]
    told = [numbers.rounded(row["remaining"]) for row in rows]
    plot = _List(
        [wrapped(row["label"], 26 if wide else 18) for row in rows],
        round_numbers(0.0, max(row["remaining"] + row["taken"] for row in rows)),
        width, 46 if any(cites) else 34, 200 if wide else 130,
        max(map(len, told)) * LETTER + 12, cites,
    )  # fmt: skip
    removed, left, amounts = "", "", ""
    for place, row in enumerate(rows):
        y, middle = plot.middle(place), plot.x(row["remaining"])
        end = plot.x(row["remaining"] + row["taken"])
        removed += _bar(middle, end, y, 18) if row["taken"] else ""
        left += _bar(plot.x(0.0), middle, y, 18) if row["remaining"] else ""
        amounts += text(told[place], end + 6, y + 4)
    # The pale part has an edge, and so is seen without colours.
    body = element("path", d=removed, fill=PALE, stroke="#8b97a2", stroke_width=0.6)
    body += element("path", d=left, fill=COLORS[0])
    return plot.drawing(body + element("g", amounts, fill=INK))


def bars(rows: Sequence[Row], *, width: int) -> Drawing:
    """A bar for each row: `label`, `value` and `text`, how the value is written."""
    plot = _List(
        [wrapped(row["label"], 34 if width > 400 else 22, most=4) for row in rows],
        round_numbers(0.0, max(row["value"] for row in rows)), width, 64,
        240 if width > 400 else 150, max(len(row["text"]) for row in rows) * LETTER + 12,
    )  # fmt: skip
    drawn, told = "", ""
    for place, row in enumerate(rows):
        drawn += _bar(plot.x(0.0), plot.x(row["value"]), plot.middle(place), 18)
        told += text(row["text"], plot.x(row["value"]) + 6, plot.middle(place) + 4)
    return plot.drawing(element("path", d=drawn, fill=COLORS[0]) + element("g", told, fill=INK))


def tornado(rows: Sequence[Row], mean: float, *, width: int) -> Drawing:
    """Bars from where an input is low to where it is high, about the mean, with 95 % intervals.

    `rows`: `label`, `at_low`, `at_high`, `error` (of the change), `told`, `text`; in order.
    The end at which the input is high has a point; bars that are not told from 0 have no fill.
    """
    errors = [1.96 * row["error"] for row in rows]
    ends = [mean, *(row["at_low"] for row in rows)]
    ends += [row["at_high"] + side * error
             for row, error in zip(rows, errors, strict=True) for side in (-1, 1)]  # fmt: skip
    labels = [wrapped(row["label"], 34 if width > 400 else 18, most=3) for row in rows]
    plot = _List(
        labels, round_numbers(min(ends), max(ends)), width, 14.0 * max(2, *map(len, labels)) + 2,
        240 if width > 400 else 130, max(len(row["text"]) for row in rows) * LETTER + 14,
    )  # fmt: skip
    body = ""
    for place, (row, error) in enumerate(zip(rows, errors, strict=True)):
        y, low, high = plot.middle(place), plot.x(row["at_low"]), plot.x(row["at_high"])
        least, most = plot.x(row["at_high"] - error), plot.x(row["at_high"] + error)
        fill = COLORS[0] if row["at_high"] >= row["at_low"] else COLORS[1]
        body += element(
            "path", d=_bar(low, high, y, 16), fill=fill if row["told"] else "#fff",
            stroke=fill, stroke_dasharray=None if row["told"] else "3 2",
        )  # fmt: skip
        body += element("path", d=f"M{short(least)},{short(y)}H{short(most)}", stroke=INK)
        body += element("circle", cx=high, cy=y, r=3, fill="#fff", stroke=INK)
        body += text(row["text"], max(low, most) + 7, y + 4, fill=INK)
    return plot.drawing(body + plot.upright(mean, stroke=MUTED, stroke_dasharray="3 3"))


def intervals(rows: Sequence[Row], *, width: int) -> Drawing:
    """Means as points on their ranges, a line each: `label`, `mean`, `low`, `high`, `text`."""
    ends = [0.0, *(row[key] for row in rows for key in ("low", "mean", "high"))]
    plot = _List(
        [wrapped(row["label"], 34 if width > 400 else 18) for row in rows],
        round_numbers(min(ends), max(ends)), width, 38, 240 if width > 400 else 130, 24,
    )  # fmt: skip
    ranges, means, told = "", "", ""
    for place, row in enumerate(rows):
        y, mean = plot.middle(place), plot.x(row["mean"])
        ranges += f"M{short(plot.x(row['low']))},{short(y)}H{short(plot.x(row['high']))}"
        means += element("circle", cx=mean, cy=y, r=4)
        told += text(row["text"], mean, y - 8)
    body = plot.upright(0.0, stroke=MUTED)
    body += element("path", d=ranges, stroke=COLORS[0], stroke_width=3)
    body += element("g", means, fill="#fff", stroke=COLORS[0], stroke_width=2)
    return plot.drawing(body + element("g", told, fill=INK, text_anchor="middle", font_size=11))


def _cut(words: str, length: int) -> str:
    """The words, or their beginning and an ellipsis."""
    return words if len(words) <= length else words[: length - 1].rstrip() + "…"


def _bar(start: float, end: float, middle: float, size: float) -> str:
    """The `d` of a horizontal bar."""
    left, right = sorted((start, end))
    return f"M{short(left)},{short(middle - size / 2)}H{short(right)}v{short(size)}H{short(left)}Z"


class _Frame:
    """A plot with heights at the left and days below."""

    def __init__(
        self, ticks: Sequence[float], first: date, last: date, width: float, height: float,
        told: Sequence[str] = (),
    ) -> None:  # fmt: skip
        self._ticks, self._told = ticks, told or tick_texts(ticks)
        self._days = (first, last)
        left = axis_room(self._told)
        self.width, self.height = left + width + 14, TOP + height + 24
        self.y = AxisScale(ticks[0], ticks[-1], TOP + height, TOP)
        start = first.toordinal()
        self.x = AxisScale(start, max(last.toordinal(), start + 1), left, left + width)

    def points(self, rows: Sequence[Row], key: str) -> list[Place]:
        """Where the rows' numbers stand."""
        return [(self.x(row["day"].toordinal()), self.y(row[key])) for row in rows]

    def line(self, rows: Sequence[Row], key: str) -> str:
        """The `d` of a line through the rows' numbers."""
        return polyline(self.points(rows, key))

    def band(self, rows: Sequence[Row], low: str, high: str) -> str:
        """The `d` of the area between two numbers of each row."""
        return ring(self.points(rows, high), self.points(rows, low))

    def heights(self) -> str:
        """The axis of heights."""
        return height_axis(self.y, self._ticks, self._told, self.x.stop)

    def axes(self) -> str:
        """Both axes, and a line at zero if heights go below it."""
        below = self._ticks[0] < 0
        zero = f"M{short(self.x.start)},{short(self.y(0.0))}H{short(self.x.stop)}"
        line = element("path", d=zero, stroke=MUTED) if below else ""
        return self.heights() + line + date_axis(self.x, *self._days, self.y.start)


class _List:
    """A plot of one line for each label, with numbers below; `under` stands below a label."""

    def __init__(
        self, labels: Sequence[Sequence[str]], ticks: Sequence[float], width: float, step: float,
        left: float, right: float, under: Sequence[str] = (),
    ) -> None:  # fmt: skip
        self._labels, self._ticks, self._under = labels, ticks, under or [""] * len(labels)
        self._width, self._step, self._left = width, step, left
        self.top, self.bottom = TOP, TOP + step * len(labels)
        self.x = AxisScale(ticks[0], ticks[-1], left, width - right)

    def middle(self, place: int) -> float:
        """The height of a line's middle."""
        return self.top + self._step * (place + 0.5)

    def upright(self, value: float, **attributes: object) -> str:
        """A line from top to bottom at a number."""
        line = f"M{short(self.x(value))},{short(self.top)}V{short(self.bottom)}"
        return element("path", "", d=line, **attributes)

    def drawing(self, body: str) -> Drawing:
        """The whole chart: axes and labels behind `body`."""
        return Drawing(self._width, self.bottom + 24, self._axes() + self._names() + body)

    def _axes(self) -> str:
        told = tick_texts(self._ticks)
        room = (self.x.stop - self.x.start) / (len(told) - 1)
        every = 1 + int(max(map(len, told)) * LETTER * 1.15 // room)
        words = "".join(
            text(word, self.x(tick), self.bottom + 17)
            for tick, word in list(zip(self._ticks, told, strict=True))[::every]
        )
        lines = "".join(self.upright(tick) for tick in self._ticks)
        return element("g", lines, stroke=GRID) + element(
            "g", words, fill=MUTED, text_anchor="middle"
        )

    def _names(self) -> str:
        names, x = "", self._left - 8
        for place, (label, under) in enumerate(zip(self._labels, self._under, strict=True)):
            y = self.middle(place)
            names += lines_of_text(label, x, y - (7 if under else 0))
            if under:
                names += text(under, x, y + 4 + 7 * len(label), fill=MUTED, font_size=10)
        return element("g", names, fill=INK, text_anchor="end")
