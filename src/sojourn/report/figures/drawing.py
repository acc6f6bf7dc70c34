"""Marks, scales and axes that charts are drawn with, as short SVG texts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from markupsafe import escape

from sojourn.languages import dates
from sojourn.languages.phrases import later, phrase
from sojourn.report.wording import numbers

INK, MUTED, GRID, AXIS = "#1d2530", "#5b6673", "#e4e8ec", "#aab3bd"
LETTER = 6.4
"""Pixels that a letter of 12 pixels takes, on average."""
UNSEEN_SHIFT = 0.5
"""Pixels by which a line may be moved without anybody seeing it."""
_MONTH_STEPS = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600)
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)

Place = tuple[float, float]
"""Pixels to the right and down."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart: the size of its paper in pixels, and SVG elements on it."""

    width: float
    height: float
    body: str


@dataclass(frozen=True, slots=True)
class AxisScale:
    """Numbers from `low` to `high` on pixels from `start` to `stop`."""

    low: float
    high: float
    start: float
    stop: float

    def __call__(self, value: float) -> float:
        """Where a number stands."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.stop - self.start)


def element(name: str, inside: str = "", **attributes: object) -> str:
    """An SVG element; `stroke_width=2` writes `stroke-width="2"`. Attributes of None are left out.

    `inside` is SVG; attributes are escaped.
    """
    told = "".join(
        f' {key.replace("_", "-")}="{short(value) if isinstance(value, float) else escape(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{told}>{inside}</{name}>" if inside else f"<{name}{told}/>"


def text(words: object, x: float, y: float, **attributes: object) -> str:
    """Words at a place; a study's words stay words."""
    return element("text", str(escape(words)), x=float(x), y=float(y), **attributes)


def lines_of_text(lines: Sequence[str], x: float, y: float, **attributes: object) -> str:
    """Lines under each other, their middle at `y`."""
    top = y + 4 - 7 * (len(lines) - 1)
    return "".join(text(line, x, top + 14 * k, **attributes) for k, line in enumerate(lines))


def polyline(points: Sequence[Place]) -> str:
    """The `d` of straight lines from point to point, without points that nobody would miss.

    Each point is written as its distance from the one before, which is shorter. Distances are whole
    tenths, so rounding does not add up along the line.
    """
    kept = simplified([complex(*point) for point in points], UNSEEN_SHIFT)
    tenths = [(round(10 * point.real), round(10 * point.imag)) for point in kept]
    steps = [(x1 - x0, y1 - y0) for (x0, y0), (x1, y1) in pairwise(tenths)]
    x, y = tenths[0]
    return f"M{short(x / 10)},{short(y / 10)}" + "".join(map(_step, steps))


def _step(tenths: tuple[int, int]) -> str:
    """A line to the right and down, as `d` has it."""
    right, down = (short(each / 10) for each in tenths)
    if down == "0":
        return f"h{right}"
    return f"v{down}" if right == "0" else f"l{right},{down}"


def ring(upper: Sequence[Place], lower: Sequence[Place]) -> str:
    """The `d` of the area between two lines that run from left to right."""
    return polyline(upper) + "L" + polyline(list(reversed(lower)))[1:] + "Z"


def stairs(points: Sequence[Place], end: float | None = None) -> list[Place]:
    """The corners of a line that keeps each height until the next point, or until `end`."""
    corners: list[Place] = []
    for x, y in points:
        if corners:
            corners.append((x, corners[-1][1]))
        corners.append((x, y))
    return [*corners, (end, corners[-1][1])] if end is not None and corners else corners


def simplified(points: Sequence[complex], shift: float) -> list[complex]:
    """The fewest of the points between which no other lies farther than `shift` from the line.

    The points are x + iy. Ramer (1972), Douglas and Peucker (1973): keep the two ends, and the
    point that lies farthest from the line between them if that is too far; then each half.
    """
    kept, open_ends = {0, len(points) - 1}, [(0, len(points) - 1)]
    while open_ends:
        first, last = open_ends.pop()
        if last - first < 2:
            continue
        start, along = points[first], points[last] - points[first]
        length = abs(along)
        far = [
            abs(((p - start) * along.conjugate()).imag) / length if length else abs(p - start)
            for p in points[first + 1 : last]
        ]
        most = max(far)
        if most > shift:
            middle = first + 1 + far.index(most)
            kept.add(middle)
            open_ends += [(first, middle), (middle, last)]
    return [points[place] for place in sorted(kept)]


def short(value: float) -> str:
    """A number of pixels to a tenth, in the fewest letters: `12`, `.5`, `-.5`."""
    told = f"{value:.1f}".removesuffix(".0")
    if told in ("0", "-0"):
        return "0"
    return told.replace("0.", ".", 1) if told.startswith(("0.", "-0.")) else told


def round_numbers(low: float, high: float, count: int = 4) -> list[float]:
    """Round numbers in equal steps, about `count` of them, that reach from below to above."""
    raw = (high - low or abs(high) or 1.0) / count
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(step for step in _STEPS if step * power >= raw * (1 - 1e-9)) * power
    first = math.floor(low / step + 1e-9)
    last = max(math.ceil(high / step - 1e-9), first + 1)
    return [step * place for place in range(first, last + 1)]


def tick_texts(ticks: Sequence[float]) -> list[str]:
    """Ticks as people write them: all in thousands of millions, in millions, or plain."""
    top = max(map(abs, ticks))
    size, word = next(
        (each for each in ((1e9, later(" bn")), (1e6, later(" m"))) if top >= each[0]),
        (1.0, ""),
    )
    return [
        numbers.rounded(tick / size, 6) + (phrase(word) if tick and word else "") for tick in ticks
    ]


def date_ticks(first: date, last: date, width: float) -> list[tuple[date, str]]:
    """First days of months or years, as many as fit, each with its text."""
    most = max(3, int(width // 80))
    months = (last.year - first.year) * 12 + last.month - first.month
    if months < 2:
        return [(day, dates.short_day(day)) for day in dict.fromkeys((first, last))]
    step = next((step for step in _MONTH_STEPS if months / step <= most), months)
    found = []
    for month in range(first.year * 12 + first.month - 1, last.year * 12 + last.month):
        day = date(month // 12, month % 12 + 1, 1)
        if month % step == 0 and first <= day <= last:
            month_name = phrase(dates.MONTHS[day.month - 1])[:3]
            name = str(day.year) if step >= 12 else f"{month_name} {day.year}"
            found.append((day, name))
    return found


def height_axis(scale: AxisScale, ticks: Sequence[float], told: Sequence[str], right: float) -> str:
    """Horizontal lines at the ticks of a scale of heights, with their texts at the left."""
    places = [scale(tick) for tick in ticks]
    left = axis_room(told)
    lines = "".join(f"M{short(left)},{short(y)}H{short(right)}" for y in places)
    words = "".join(text(word, left - 6, y + 4) for word, y in zip(told, places, strict=True))
    return element("path", d=lines, stroke=GRID) + element(
        "g", words, fill=MUTED, text_anchor="end"
    )


def axis_room(told: Iterable[str]) -> float:
    """Pixels to the left of a plot for the texts of its heights."""
    return max(44.0, max(map(len, told)) * LETTER + 10)


def date_axis(scale: AxisScale, first: date, last: date, bottom: float) -> str:
    """The line under a plot with dates; texts at its ends stay on the paper."""
    ticks, words = "", ""
    for day, name in date_ticks(first, last, scale.stop - scale.start):
        x, half = scale(day.toordinal()), len(name) * LETTER / 2
        ticks += f"M{short(x)},{short(bottom)}v4"
        anchor = "end" if x + half > scale.stop + 6 else None
        words += text(name, x, bottom + 17, text_anchor=anchor)
    line = f"M{short(scale.start)},{short(bottom)}H{short(scale.stop)}"
    return element("path", d=line + ticks, stroke=AXIS, fill="none") + element(
        "g", words, fill=MUTED, text_anchor="middle"
    )


def wrapped(words: str, width: int, most: int = 2) -> list[str]:
    """A text in lines of about `width` letters; what does not fit ends in an ellipsis."""
    lines = [""]
    for word in words.split():
        if lines[-1] and len(lines[-1]) + len(word) >= width:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    if len(lines) > most:
        lines = [*lines[: most - 1], lines[most - 1][: width - 1].rstrip() + "…"]
    return [line if len(line) <= width + 6 else line[: width + 5] + "…" for line in lines]
