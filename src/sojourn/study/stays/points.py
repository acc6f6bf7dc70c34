"""Stays by their points: weights of days, quantiles, survival functions and hazards."""

from __future__ import annotations

import itertools
from typing import Any, NamedTuple

from sojourn.study.files.text_positions import Position
from sojourn.study.files.yaml import Node
from sojourn.study.model.values import Quantity
from sojourn.study.units import (
    DURATION,
    LEAVING,
    MOST_DAYS,
    MOST_WEIGHT,
    SHARE,
    Kind,
    WordsError,
    read_words,
    show,
)
from sojourn.study.words.quantities import read_quantity
from sojourn.study.words.reader import Reader


class Point(NamedTuple):
    """A time and what belongs to it, and where that stands."""

    at: Node | Position
    path: str
    days: float
    value: float
    rate: Quantity | None = None


class Points(NamedTuple):
    """The points of one stay, as they are written, and where that stands."""

    reader: Reader
    at: Node | Position
    path: str
    points: list[Point]
    rest: str | None = None
    """What becomes of those who are left at the last point: `never` or `ends`."""

    def refuse(self, what: str, fix: str, point: Point | None = None) -> None:
        """A problem with the whole, or with one point."""
        at, path = (self.at, self.path) if point is None else (point.at, point.path)
        self.reader.refuse(at, path, what, fix)


def whole_days(text: str) -> float:
    """A number of whole days, written `30` or `30 days`. Raises WordsError."""
    value, unit = read_words(text)
    if unit not in ("", "day") or value < 0 or value != int(value):
        raise WordsError(f"`{text}` is not a number of whole days", "write it as `30`")
    if value > MOST_DAYS:
        raise WordsError(f"`{text}` is longer than a million years", "write a shorter stay")
    return value


def weight(text: str) -> float:
    """A weight. Raises WordsError."""
    value, unit = read_words(text)
    if unit not in ("", "share", "people") or value < 0:
        raise WordsError(f"`{text}` is not a weight", "write a bare number that is not negative")
    if value > MOST_WEIGHT:
        raise WordsError(f"`{text}` is too large for a weight", f"write at most {MOST_WEIGHT:,}")
    return value


def inline(reader: Reader, node: Node, path: str, form: str, rest: str | None) -> Points:
    """The points of a mapping, as the form writes them."""
    example = {"survival": "80 %", "hazard": "5 % per month", "table": "10"}.get(form, "30 days")
    found: list[Point] = []
    for key, part in reader.mapping(node, path, example).items():
        place = f"{path}.{key}"
        name = Node(node.keys[key], text=key)
        point: Point | None = None
        if form == "table":
            day, heavy = reader.words(name, place, whole_days), reader.words(part, place, weight)
            if day is not None and heavy is not None:
                point = Point(part, place, day, heavy)
        elif form == "hazard":
            time, rate = _certain(reader, name, place, DURATION), _rate(reader, part, place)
            if time is not None and rate is not None:
                point = Point(part, place, time, rate.value, rate)
        else:
            first, second = (SHARE, DURATION) if form == "quantiles" else (DURATION, SHARE)
            left, right = (
                _certain(reader, name, place, first),
                _certain(reader, part, place, second),
            )
            if left is not None and right is not None:
                pair = (right, left) if form == "quantiles" else (left, right)
                point = Point(part, place, *pair)
        if point is not None:
            found.append(point)
    return Points(reader, node, path, found, rest)


def _certain(reader: Reader, node: Node, path: str, kind: Kind) -> float | None:
    quantity = read_quantity(reader, node, path, kind)
    if quantity is not None and quantity.uncertain:
        reader.refuse(node, path, f"{kind.name} must be certain here", "write one value")
        return None
    return None if quantity is None else quantity.value


def _rate(reader: Reader, node: Node, path: str) -> Quantity | None:
    if node.text in ("0", "0 %"):  # nothing in any unit of time
        return Quantity(value=0.0, unit="share per day", path=path)
    return read_quantity(reader, node, path, LEAVING)


def table(given: Points) -> dict[str, Any]:
    """Whole days with their weights."""
    points = sorted((point.days, point.value) for point in given.points)
    if points and sum(heavy for _, heavy in points) <= 0:
        given.refuse("no weight is above zero", "give some days a weight")
    if not points:
        given.refuse("the table is empty", "write `{0: 10, 30: 90}`")
    return {"family": "table", "points": tuple(points)}


def quantiles(given: Points) -> dict[str, Any]:
    """Shares of all stays, and the days that these stays do not exceed."""
    points = sorted(given.points, key=lambda point: (point.value, point.days))
    if len(points) < 2:
        given.refuse("two quantiles at least are needed", "add `100 %: … days`")
        return {}
    for low, high in itertools.pairwise(points):
        if high.value == low.value or high.days < low.days:
            what = f"the quantile of {_percent(high)} is not above that of {_percent(low)}"
            given.refuse(what, "quantiles must rise")
    if points[0].value != 0.0:
        what = f"the quantiles begin at {_percent(points[0])}"
        given.refuse(what, "add `0 %: … days`, the shortest stay")
    if points[-1].value != 1.0:
        what = f"the quantiles end at {_percent(points[-1])}"
        given.refuse(what, "add `100 %: … days`, the longest stay")
    return {
        "family": "quantiles",
        "points": tuple((point.value, point.days) for point in points),
    }


def survival(given: Points) -> dict[str, Any]:
    """The share that is left after each time; straight between the points."""
    points = given.points
    if not _from_the_start(given, "the share that is left at once", "100 %"):
        return {}
    for before, after in itertools.pairwise(points):
        if after.value > before.value:
            what = f"the share that is left rises from {_percent(before)} to {_percent(after)}"
            given.refuse(what, "nobody comes back to a stay: mend one of the two", after)
    last = points[-1]
    if last.value >= 1.0:
        given.refuse("nobody ever leaves", "let the shares fall, or leave the transition out")
    elif last.value > 0 and given.rest != "never":
        what = f"{_percent(last)} are left at the last time"
        given.refuse(what, "add a time with 0 %, or `rest: never` if they never leave", last)
    return {
        "family": "survival",
        "points": tuple((point.days, point.value) for point in points),
    }


def hazard(given: Points) -> dict[str, Any]:
    """A rate of leaving from each time on, the last one for ever."""
    if not _from_the_start(given, "the rate from the beginning", "5 % per month"):
        return {}
    rates = [point.rate for point in given.points if point.rate is not None]
    if all(rate.value == 0 and not rate.uncertain for rate in rates):
        given.refuse("nobody ever leaves", "give some time a rate above 0")
    return {
        "family": "hazard",
        "rates": tuple((point.days, point.rate) for point in given.points),
    }


def _from_the_start(given: Points, what: str, example: str) -> bool:
    """Whether there are points, in order, from 0 days on."""
    if not given.points:
        given.refuse("no times are given", f"write `{{0 days: {example}, …}}`")
        return False
    first = given.points[0]
    if first.days != 0:
        given.refuse(f"{what} is not given", f"begin with `0 days: {example}`", first)
    rising = True
    for before, after in itertools.pairwise(given.points):
        if after.days <= before.days:
            what = f"{show(after.days)} days do not come after {show(before.days)} days"
            given.refuse(what, "write the times in order, each once", after)
            rising = False
    return rising


def _percent(point: Point) -> str:
    return f"{show(round(100 * point.value, 9))} %"


MAKERS = {"table": table, "quantiles": quantiles, "survival": survival, "hazard": hazard}
"""By form: from points to the family, its points or rates; problems go to the reader."""
