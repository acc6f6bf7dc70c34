"""Stays that were observed, some of them not to their end: the product-limit table, or a fit."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sojourn.study.families import FITTED
from sojourn.study.fit import FewError, fit
from sojourn.study.model import Quantity
from sojourn.study.reader import Reader
from sojourn.study.stay_table import OPTIONAL, Line, cases, number, read_groups
from sojourn.study.values import WordsError, read_flag, show
from sojourn.study.yaml import Node

Floats = npt.NDArray[np.float64]


class Observed(NamedTuple):
    """Stays in whole days, each with whether it has ended by then, and its weight."""

    days: npt.NDArray[np.int64]
    ended: npt.NDArray[np.bool_]
    weights: Floats


def product_limit(seen: Observed) -> tuple[tuple[tuple[float, float], ...], float]:
    """The days on which stays end with their shares, and the share left after the last day.

    Kaplan and Meier, Journal of the American Statistical Association 53 (1958): a stay last seen
    after d days could have ended on day d, and did not.
    """
    times, place = np.unique(seen.days, return_inverse=True)
    ended = np.bincount(place, seen.weights * seen.ended, len(times))
    lost = np.bincount(place, seen.weights * ~seen.ended, len(times))
    total = ended + lost
    there = np.cumsum(total[::-1])[::-1]
    hazard = np.divide(ended, there, out=np.zeros(len(times)), where=there > 0)
    left = np.cumprod(1.0 - hazard)
    share = np.concatenate([[1.0], left[:-1]]) * hazard
    points = tuple((float(d), float(s)) for d, s in zip(times, share, strict=True) if s > 0)
    return points, float(left[-1])


def read_observed(
    reader: Reader, node: Node, path: str, family: str | None, rest: str | None
) -> tuple[dict[str, Any] | None, str]:
    """A stay from the file of stays that the node names, and a note of what the file holds."""
    groups = read_groups(reader, node, path, "observed")
    if groups is None:
        return None, ""
    lasting: list[int] = []
    left_over: list[float] = []

    def make(lines: list[Line], place: str) -> dict[str, Any] | None:
        seen = _observed(reader, lines, path)
        if seen is None:
            return None
        lasting.append(int(np.count_nonzero(~seen.ended)))
        of = "" if not groups.facts else f" of {place.removeprefix(f'{path}.')}"
        if not np.any(seen.ended & (seen.weights > 0)):
            what = f"no stay{of} has ended in the file, so nothing says how long they are"
            fix = "leave them out, or give them a stay of their own with `by` and `of`"
            reader.refuse(lines[0].at, path, what, fix)
            return None
        if family is not None:
            return _fitted(reader, lines, place, family, seen, of)
        points, left = product_limit(seen)
        left_over.append(left)
        if left > 0 and rest is None:
            last = lines[int(np.argmax(seen.days))]
            what = (
                f"the longest stay{of}, {int(seen.days.max())} days, has not ended: "
                f"{show(round(100 * left, 4))} % are left"
            )
            fix = "add `rest: never` if they never leave, or `rest: ends` if they do on that day"
            reader.refuse(last.at, path, what, fix)
            return None
        if left > 0 and rest == "ends":
            points, left = _ended(points, float(seen.days.max()), left), 0.0
        return {"family": "table", "points": points, "never": left}

    made = cases(groups, path, make)
    if rest is not None and left_over and max(left_over) == 0.0:
        what = "`rest` has no meaning: in the file, the longest stay has ended"
        reader.refuse(node, path, what, "remove `rest`")
    rows = len(groups.sheet.rows)
    note = f"{rows} stays in {node.text}, {sum(lasting)} of them not ended"
    if family is not None:
        note += f"; {family} by maximum likelihood"
    return made, note


def _ended(
    points: tuple[tuple[float, float], ...], day: float, left: float
) -> tuple[tuple[float, float], ...]:
    """The points with those who are left added on that day, the last."""
    if points[-1][0] == day:
        return (*points[:-1], (day, points[-1][1] + left))
    return (*points, (day, left))


def _observed(reader: Reader, lines: list[Line], path: str) -> Observed | None:
    days, ended, weights = [], [], []
    before = len(reader.problems)
    heavy = next((name for name in OPTIONAL["observed"] if name in lines[0].cells), None)
    for line in lines:
        day = number(reader, line, path, "days")
        if day is not None and day != int(day):
            what = f"`{line.cells['days']}` in the column `days` is not a number of whole days"
            reader.refuse(line.at, path, what, "count the nights of the stay")
        try:
            over = read_flag(line.cells["ended"].lower())
        except WordsError as error:
            fix = "write `yes` for a stay that has ended, `no` for one that had not when last seen"
            reader.refuse(line.at, path, f"in the column `ended`, {error.what}", fix)
            continue
        weight = 1.0 if heavy is None else number(reader, line, path, heavy)
        if day is not None and weight is not None:
            days.append(int(day))
            ended.append(over)
            weights.append(weight)
    if len(reader.problems) != before:
        return None
    return Observed(np.array(days), np.array(ended, dtype=bool), np.array(weights, dtype=float))


def _fitted(
    reader: Reader, lines: list[Line], place: str, family: str, seen: Observed, of: str
) -> dict[str, Any] | None:
    try:
        found = fit(family, seen.days, seen.ended, seen.weights)
    except FewError as error:
        reader.refuse(lines[0].at, place, f"{family} cannot be fitted{of}: {error}", error.fix)
        return None
    return {
        "family": family,
        "parameters": {
            name: Quantity(
                value=value,
                unit="day" if duration else "",
                path=f"{place}.{family}.{name}",
            )
            for (name, duration), value in zip(FITTED[family], found, strict=True)
        },
    }
