"""Charts as SVG texts that can stand in a page together and be read aloud."""

from __future__ import annotations

import itertools

from markupsafe import Markup, escape

from sojourn.report.figures.drawing import Drawing, short


class Press:
    """Draws charts; every SVG of one page gets identifiers of its own."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def draw(self, chart: Drawing, title: str, about: str = "") -> Markup:
        """The chart as SVG, with a title and a description for screen readers."""
        key = f"chart{next(self._numbers)}"
        head, named = f'<title id="{key}-t">{escape(title)}</title>', f"{key}-t"
        if about:
            head += f'<desc id="{key}-d">{escape(about)}</desc>'
            named += f" {key}-d"
        size = short(chart.width), short(chart.height)
        # Drawings escape the texts that they hold.
        return Markup(
            f'<svg role="img" aria-labelledby="{named}" width="{size[0]}" height="{size[1]}" '
            f'viewBox="0 0 {" ".join(size)}">{head}{chart.body}</svg>'
        )


def standalone(drawing: Markup) -> Markup:
    """The drawing with its font, for files in which no style of a page sets it."""
    font = 'font-family="Helvetica, Arial, sans-serif" font-size="12"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {font} '
    return Markup(str(drawing).replace("<svg ", head, 1))
