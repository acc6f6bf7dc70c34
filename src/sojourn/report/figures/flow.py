"""A drawing of boxes in rows and of the moves between them, from top to bottom.

Sugiyama, Tagawa and Toda (1981): moves that would close a circle are turned around, each box
stands below those that lead to it, a move over several rows gets a place in each, and the places
of a row are put in the order of their neighbours' means.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from sojourn.report.figures.drawing import (
    INK,
    LETTER,
    MUTED,
    Drawing,
    Place,
    element,
    lines_of_text,
    short,
    text,
    wrapped,
)

BOX, GAP, PASSAGE, TIGHT, LANE = 136.0, 10.0, 10.0, 5.0, 62.0
"""Pixels: width of a box, room beside an item, width of a passing move, distance of two such moves
in a crowded row, height between rows."""
SWEEPS = 12
STRETCHES = (0.5, 0.36, 0.64, 0.22, 0.78)
"""Where a number may stand on its way between two rows, best first."""
THINNEST, THICKEST = 1.2, 9.0
FILL, LINE, EDGE = "#f6f8f9", "#7fa3bb", "#5b6673"


@dataclass(frozen=True, slots=True)
class StateBox:
    """A state: its name, the lines under it, and whether nobody leaves it."""

    key: str
    title: str
    under: tuple[str, ...] = ()
    end: bool = False


@dataclass(frozen=True, slots=True)
class Arrow:
    """People who move between two boxes: how many, and how that is written."""

    source: str
    target: str
    people: float
    label: str


@dataclass
class _Item:
    """A box, or the place where a move passes a row."""

    width: float
    above: list[_Item] = field(default_factory=list)
    below: list[_Item] = field(default_factory=list)
    x: float = 0.0
    box: StateBox | None = None


def flow(boxes: Sequence[StateBox], arrows: Sequence[Arrow], *, width: float) -> Drawing:
    """Boxes with arrows between them, as thick as people are many.

    Moves that lead upwards are dashed. Boxes that no arrow touches are drawn too.
    """
    down = _without_circles(boxes, arrows)
    levels = _levels(boxes, list(dict.fromkeys(down)))
    rows, paths = _rows(boxes, levels, dict.fromkeys(down), int(width // (BOX + 2 * GAP)))
    _order(rows)
    _place(rows, width)
    titles = {box.key: wrapped(box.title, 20, most=3) for box in boxes}
    heights = [
        max([14.0 * (len(titles[i.box.key]) + len(i.box.under)) + 12 for i in row if i.box] or [8])
        for row in rows
    ]
    tops = [4.0]
    for height in heights:
        tops.append(tops[-1] + height + LANE)
    level = {id(item): place for place, row in enumerate(rows) for item in row}
    most = max((arrow.people for arrow in arrows), default=1.0) or 1.0
    ports = _ports(rows)
    drawn, told = "", ""
    taken: list[tuple[float, float, float]] = []
    for arrow, pair in zip(arrows, down, strict=True):
        items = paths[pair]
        thick = THINNEST + (THICKEST - THINNEST) * arrow.people / most
        points: list[Place] = []
        for place, item in enumerate(items):
            top, height = tops[level[id(item)]], heights[level[id(item)]]
            if place:
                points.append((ports.get((id(item), id(items[place - 1])), item.x), top))
            if place < len(items) - 1:
                points.append((ports.get((id(item), id(items[place + 1])), item.x), top + height))
        turned = pair != (arrow.source, arrow.target)
        drawn += _arrow(points, thick, turned=turned)
        told += _number(arrow.label, points, taken)
    body = element("g", drawn, fill="none", stroke=LINE) + told
    for row, top, height in zip(rows, tops, heights, strict=False):
        body += "".join(_box(i, i.box, titles[i.box.key], top, height) for i in row if i.box)
    return Drawing(width, tops[-1] - LANE + 6, body)


def _without_circles(boxes: Sequence[StateBox], arrows: Sequence[Arrow]) -> list[tuple[str, str]]:
    """Each arrow's ends, turned around where a greater one would close a circle with it."""
    after: dict[str, set[str]] = {box.key: set() for box in boxes}

    def leads(start: str, goal: str) -> bool:
        seen, waiting = {start}, [start]
        while waiting:
            here = waiting.pop()
            if here == goal:
                return True
            waiting += after[here] - seen
            seen |= after[here]
        return False

    found: dict[int, tuple[str, str]] = {}
    for place, arrow in sorted(enumerate(arrows), key=lambda item: -item[1].people):
        pair = (arrow.source, arrow.target)
        if leads(arrow.target, arrow.source):
            pair = (arrow.target, arrow.source)
        after[pair[0]].add(pair[1])
        found[place] = pair
    return [found[place] for place in range(len(arrows))]


def _levels(boxes: Sequence[StateBox], pairs: Iterable[tuple[str, str]]) -> dict[str, int]:
    """How many moves, at most, lead to each box."""
    before: dict[str, list[str]] = {box.key: [] for box in boxes}
    for source, target in pairs:
        before[target].append(source)
    found: dict[str, int] = {}

    def level(key: str) -> int:
        if key not in found:
            found[key] = max((level(source) + 1 for source in before[key]), default=0)
        return found[key]

    for key in before:
        level(key)
    return found


def _rows(
    boxes: Sequence[StateBox],
    levels: Mapping[str, int],
    pairs: Iterable[tuple[str, str]],
    most: int,
) -> tuple[list[list[_Item]], dict[tuple[str, str], list[_Item]]]:
    """The rows of boxes and passing moves, and the items along each move."""
    rows: list[list[_Item]] = []
    items = {box.key: _Item(BOX, box=box) for box in boxes}
    place: dict[str, int] = {}
    for level in sorted(set(levels.values())):
        here = [box.key for box in boxes if levels[box.key] == level]
        for start in range(0, len(here), max(most, 1)):
            part = here[start : start + max(most, 1)]
            place |= dict.fromkeys(part, len(rows))
            rows.append([items[key] for key in part])
    paths: dict[tuple[str, str], list[_Item]] = {}
    for source, target in pairs:
        between = [_Item(PASSAGE) for _ in range(place[source] + 1, place[target])]
        for row, item in zip(rows[place[source] + 1 : place[target]], between, strict=True):
            row.append(item)
        path = [items[source], *between, items[target]]
        for upper, lower in pairwise(path):
            upper.below.append(lower)
            lower.above.append(upper)
        paths[source, target] = path
    return rows, paths


def _order(rows: list[list[_Item]]) -> None:
    """Put each row in the order of its neighbours' means, downwards and upwards in turn."""
    for row in rows:
        for place, item in enumerate(row):
            item.x = (place + 0.5) / len(row)
    for sweep in range(SWEEPS):
        downwards = sweep % 2 == 0
        for row in rows if downwards else rows[::-1]:
            mean = {
                id(item): _mean(item.above if downwards else item.below, item.x) for item in row
            }
            row.sort(key=lambda item: mean[id(item)])
            for place, item in enumerate(row):
                item.x = (place + 0.5) / len(row)


def _place(rows: list[list[_Item]], width: float) -> None:
    """Give each item a place on the paper: near its neighbours' mean, and none on another."""
    for row in rows:
        for item in row:
            item.x *= width
    for sweep in range(2 * SWEEPS):
        for row in rows if sweep % 2 == 0 else rows[::-1]:
            wanted = [_mean(item.above + item.below, item.x) for item in row]
            steps = _steps(row, width - 4)
            low = row[0].width / 2 + 2
            room = width - 4 - steps[-1] - (row[0].width + row[-1].width) / 2
            free = _rising([want - step for want, step in zip(wanted, steps, strict=True)])
            for item, start, step in zip(row, free, steps, strict=True):
                item.x = min(max(start, low), low + max(room, 0.0)) + step


def _steps(row: Sequence[_Item], width: float) -> list[float]:
    """How far each item stands to the right of the first; closer where the row is crowded."""
    pairs = [(left.width + right.width) / 2 for left, right in pairwise(row)]
    tight = [
        step if left.box or right.box else TIGHT
        for step, (left, right) in zip(pairs, pairwise(row), strict=True)
    ]
    room = width - (row[0].width + row[-1].width) / 2
    spare = sum(pairs) + GAP * len(pairs) - sum(tight)
    part = min(1.0, max(0.0, (room - sum(tight)) / spare)) if spare else 1.0
    steps = [0.0]
    for step, least in zip(pairs, tight, strict=True):
        steps.append(steps[-1] + least + (step + GAP - least) * part)
    return steps


def _rising(values: Sequence[float]) -> list[float]:
    """The nearest numbers, by least squares, that never fall (pool adjacent violators)."""
    blocks: list[tuple[float, int]] = []
    for value in values:
        blocks.append((value, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (b, m), (a, n) = blocks.pop(), blocks.pop()
            blocks.append(((a * n + b * m) / (n + m), n + m))
    return [mean for mean, count in blocks for _ in range(count)]


def _mean(items: Sequence[_Item], otherwise: float) -> float:
    return sum(item.x for item in items) / len(items) if items else otherwise


def _ports(rows: Iterable[Sequence[_Item]]) -> dict[tuple[int, int], float]:
    """Where each move touches a box: side by side, in the order of the other ends."""
    found: dict[tuple[int, int], float] = {}
    for item in (item for row in rows for item in row if item.box):
        for others in (item.above, item.below):
            ends = sorted(others, key=lambda other: other.x)
            step = (item.width - 24) / max(len(ends), 4)
            for place, other in enumerate(ends):
                found[id(item), id(other)] = item.x + step * (place - (len(ends) - 1) / 2)
    return found


def _arrow(points: Sequence[Place], thick: float, *, turned: bool) -> str:
    """A bent line through the points with a head at its end; dashed if it leads upwards."""
    if turned:
        points = points[::-1]
    x, y = points[-1]
    head, side = (6.0 + thick / 2, 3.0 + thick / 2)
    sign = -1.0 if turned else 1.0
    path = f"M{short(points[0][0])},{short(points[0][1])}"
    for (x0, y0), (x1, y1) in zip(points, [*points[1:-1], (x, y - sign * head)], strict=False):
        bend = (y1 - y0) / 2
        bends = ((x0, y0 + bend), (x1, y1 - bend), (x1, y1))
        path += "C" + " ".join(f"{short(px)},{short(py)}" for px, py in bends)
    line = element("path", d=path, stroke_width=thick, stroke_dasharray="5 3" if turned else None)
    tip = f"M{short(x)},{short(y)}l{short(-side)},{short(-sign * head)}h{short(2 * side)}Z"
    return line + element("path", d=tip, fill=LINE, stroke="none")


def _number(label: str, points: Sequence[Place], taken: list[tuple[float, float, float]]) -> str:
    """How many move, on the first stretch of the way, off the numbers in `taken` if it can be.

    `taken` has the middle and the width of each number, and gets this one's.
    """
    (x0, y0), (x1, y1) = points[0], points[1]
    wide = len(label) * LETTER * 0.92 + 4

    def place(part: float) -> Place:
        bent = part * part * (3 - 2 * part)
        return x0 + (x1 - x0) * bent, y0 + (y1 - y0) * part

    def covered(middle: Place) -> float:
        return sum(
            max(0.0, (wide + each) / 2 - abs(middle[0] - x)) * max(0.0, 14 - abs(middle[1] - y))
            for x, y, each in taken
        )

    x, y = min(map(place, STRETCHES), key=covered)
    taken.append((x, y, wide))
    back = element(
        "rect", x=x - wide / 2, y=y - 7, width=wide, height=14, fill="#fff", opacity=".85"
    )
    return back + text(label, x, y + 4, font_size=11, text_anchor="middle", fill=INK)


def _box(item: _Item, box: StateBox, title: Sequence[str], top: float, height: float) -> str:
    """A frame with the name and what stands under it; round if nobody leaves it."""
    x = item.x
    frame = element(
        "rect", x=x - BOX / 2, y=top, width=BOX, height=height, rx=12 if box.end else 3,
        fill=FILL, stroke=EDGE,
    )  # fmt: skip
    name = lines_of_text(title, x, top + 4 + 7 * len(title), font_weight=600, fill=INK)
    under = "".join(
        text(line, x, top + 14 * (len(title) + 1 + place), fill=MUTED, font_size=11)
        for place, line in enumerate(box.under)
    )
    return frame + element("g", name + under, text_anchor="middle")
