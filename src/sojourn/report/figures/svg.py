"""Charts as small SVG texts that can stand in a page together and be read aloud."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from functools import cache
from typing import Any, Protocol

import vl_convert
from markupsafe import Markup, escape

from sojourn.languages.phrases import DEFAULT, language, phrase
from sojourn.languages.signs import SIGNS
from sojourn.report.wording import numbers

_NUMBER = re.compile(r"-?\d+\.\d{2,}")
_PLACED = re.compile(r' (d|transform|x|y|x1|x2|y1|y2|width|height)="([^"]*)"')
_ARIA = re.compile(r' (?:role|aria-[a-z]+|pointer-events)="[^"]*"')
_CLASS = re.compile(r' class="[^"]*"')
_ROOT = re.compile(r'<svg [^>]*?width="([\d.]+)" height="([\d.]+)" viewBox="([^"]+)"[^>]*>')
_UNSEEN = re.compile(
    r'<path(?: [a-z-]+="[^"]*")*? d=""(?: [a-z-]+="[^"]*")*?/>'
    r'|<path d="M0,0h0v0h0Z"/>|<path d="M0,0h[\d.]+v[\d.]+h-[\d.]+Z"/>'
)
_DEFAULT = re.compile(
    r' (?:opacity="1"|stroke-width="1"|transform="translate\(0,0\)"|font-family="[^"]*"'
    r'|font-size="12px"|x2="0"|y2="0")'
)
"""Attributes that are SVG's defaults, or that the page's style sets for all charts."""
_LINE = re.compile(r' d="M([-\d.,]+(?:L[-\d.,]+)+)(Z?)"')
"""A path of straight lines between places on the page."""
UNSEEN_SHIFT = 0.3
"""Pixels by which a line may be moved without anybody seeing it."""
_BACKGROUND = re.compile(r'<rect width="[\d.]+" height="[\d.]+" fill="white"/>')


class Chart(Protocol):
    """Anything that gives a Vega-Lite specification."""

    def to_dict(self) -> dict[str, Any]:
        """The specification."""


class Press:
    """Draws charts; every SVG of one page gets identifiers of its own."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def draw(self, chart: Chart, title: str, about: str = "") -> Markup:
        """The chart as SVG, with a title and a description for screen readers."""
        text = vl_convert.vegalite_to_svg(
            chart.to_dict(), allowed_base_urls=[], **locales(language())
        )
        return tidy(text, f"chart{next(self._numbers)}", title, about)


@cache
def locales(code: str) -> dict[str, Any]:
    """How a chart writes numbers and dates; as Vega does in English."""
    if code == DEFAULT:
        return {}
    decimal, thousands = SIGNS[code]
    months = [phrase(month) for month in numbers.MONTHS]
    # Vega asks for days, times and a currency too; no chart shows them.
    unused = {"dateTime": "%x", "date": "%x", "time": "%X", "periods": ["", ""]}
    return {
        "format_locale": {
            "decimal": decimal,
            "thousands": thousands,
            "grouping": [3],
            "currency": ["", ""],
            "percent": f"{numbers.NARROW}%",
        },
        "time_format_locale": {
            **unused,
            "days": [""] * 7,
            "shortDays": [""] * 7,
            "months": months,
            "shortMonths": [month[:3] for month in months],
        },
    }


def tidy(text: str, key: str, title: str, about: str = "") -> Markup:
    """An SVG of Vega without what a page does not need, named and scaled to its column."""
    text = _BACKGROUND.sub("", text, count=1)
    text = _ARIA.sub("", text)
    text = _CLASS.sub("", text)
    text = re.sub(r'id="([^"]+)"', rf'id="{key}-\1"', text)
    text = re.sub(r"url\(#([^)]+)\)", rf"url(#{key}-\1)", text)
    text = _LINE.sub(_simpler, text)
    text = _PLACED.sub(lambda m: f' {m[1]}="{_NUMBER.sub(_short, m[2])}"', text)
    text = _DEFAULT.sub("", _UNSEEN.sub("", text))
    while "<g></g>" in text:
        text = text.replace("<g></g>", "")
    head = f'<title id="{key}-t">{escape(title)}</title>'
    named = f"{key}-t"
    if about:
        head += f'<desc id="{key}-d">{escape(about)}</desc>'
        named += f" {key}-d"
    text = _ROOT.sub(
        rf'<svg role="img" aria-labelledby="{named}" width="\1" height="\2" viewBox="\3">'
        + head.replace("\\", "\\\\"),
        text,
        count=1,
    )
    return Markup(text)  # vl-convert escapes the texts of a chart; title and about are ours


def standalone(drawing: Markup) -> Markup:
    """The drawing with its font, for files in which no style of a page sets it."""
    font = 'font-family="Helvetica, Arial, sans-serif" font-size="12"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {font} '
    return Markup(str(drawing).replace("<svg ", head, 1))


def _simpler(match: re.Match[str]) -> str:
    """The path without the points that lie on the line between their neighbours."""
    points = [complex(*map(float, point.split(","))) for point in match[1].split("L")]
    kept = simplified(points, UNSEEN_SHIFT)
    return ' d="M' + "L".join(f"{p.real:.2f},{p.imag:.2f}" for p in kept) + match[2] + '"'


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


def _short(match: re.Match[str]) -> str:
    return f"{float(match[0]):.1f}".removesuffix(".0")
