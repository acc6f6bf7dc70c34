"""Files of observed stays: the table of whole days they make, by way out, or a fitted family."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from sojourn.stays.families import FAMILIES
from sojourn.stays.fit import FewError, fit
from sojourn.stays.incidence import LASTING, CurvePoints, Observed, cumulative_incidence, unseen_day
from sojourn.study.files.suggest import did_you_mean, listed
from sojourn.study.files.yaml import Node, shorten
from sojourn.study.model.values import Quantity
from sojourn.study.stays.stay_files import (
    WEIGHTS,
    Groups,
    TableRow,
    cases,
    number,
    read_groups,
    whole_days,
)
from sojourn.study.units import WordsError, read_flag, show
from sojourn.study.words.reader import Reader
from sojourn.study.words.table_cells import flag_words, folded

WAY = "way out"
Named = dict[str, tuple[str, ...]]
"""Ways out: for each, in order, what the file calls it."""


class Asked(NamedTuple):
    """What is asked of a file of observed stays."""

    family: str | None
    rest: str | None
    """What becomes of those who are left at the end: `never` or `ends`."""
    ways: tuple[str, ...]
    """What the file calls the ways out that end the stay; none: all do."""


class _File:
    """One file of observed stays as it is read."""

    def __init__(self, reader: Reader, node: Node, path: str, groups: Groups) -> None:
        self.reader, self.node, self.path, self.groups = reader, node, path, groups
        self.header = groups.sheet.header
        self.weight = next((name for name in WEIGHTS if name in self.header), None)

    def refuse(self, at: TableRow | Node, what: str, fix: str) -> None:
        self.reader.refuse(at.at if isinstance(at, TableRow) else at, self.path, what, fix)

    def written_ways(self) -> dict[str, str]:
        """The ways out of the file, each as it is first written, by what is the same."""
        words = (line.cells[WAY] for lines in self.groups.rows.values() for line in lines)
        found: dict[str, str] = {}
        for word in words:
            if word:
                found.setdefault(folded(word), word)
        return found

    def numbers(self, named: Named) -> dict[str, int] | None:
        """The number of each way out by what the file calls it; None with a problem."""
        written = self.written_ways()
        found: dict[str, int] = {}
        before = len(self.reader.problems)
        for n, words in enumerate(named.values()):
            for word in words:
                if folded(word) not in written:
                    what = f"no stay in {self.groups.sheet.shown} has the way out `{shorten(word)}`"
                    self.refuse(self.node, what, did_you_mean(word, written.values()))
                elif found.setdefault(folded(word), n) != n:
                    self.refuse(
                        self.node, f"the way out `{shorten(word)}` is there twice", "mend it"
                    )
        return found if len(self.reader.problems) == before else None

    def observed(
        self, lines: list[TableRow], way_of: dict[str, int], other: int
    ) -> Observed | None:
        """The stays of these lines; `other` is the number of a way out that `way_of` has not."""
        before = len(self.reader.problems)
        rows = [row for line in lines if (row := self._row(line, way_of, other)) is not None]
        if len(self.reader.problems) != before:
            return None
        days, ways, weights, entered = (np.array(column) for column in zip(*rows, strict=True))
        use = weights > 0
        return Observed(days[use], ways[use], weights[use].astype(float), entered[use])

    def _row(
        self, line: TableRow, way_of: dict[str, int], other: int
    ) -> tuple[int, int, float, int] | None:
        reader, path = self.reader, self.path
        day = whole_days(reader, line, path, "days", "count the nights of the stay")
        weight = 1.0 if self.weight is None else number(reader, line, path, self.weight)
        entered: int | None = 0
        if "entered" in self.header:
            fix = "count the nights before it was first seen, 0 if it was seen from its beginning"
            entered = whole_days(reader, line, path, "entered", fix)
        way = self._way(line, way_of, other)
        if day is None or weight is None or entered is None or way is None:
            return None
        if entered > 0 and entered >= day:
            what = f"the stay was first seen after {entered} days, but lasted only {day} days"
            fix = "`entered` must be below `days`, or 0: mend one of them, or leave the stay out"
            self.refuse(line, what, fix)
            return None
        return day, way, weight, entered

    def _way(self, line: TableRow, way_of: dict[str, int], other: int) -> int | None:
        """The number of the line's way out, `LASTING`, or None with a problem."""
        over: bool | None = None
        if "ended" in self.header:
            try:
                over = read_flag(flag_words(line.cells["ended"]))
            except WordsError as error:
                fix = "write `yes` for a stay that has ended, `no` for one that had not when last "
                self.refuse(line, f"in the column `ended`, {error.what}", f"{fix}seen")
                return None
        if WAY not in self.header:
            return other if over else LASTING
        word = line.cells[WAY]
        if over is not None and over != bool(word):
            what = f"the stay has {'no' if over else 'a'} way out, but `ended` is "
            fix = "leave the way out empty where a stay had not ended, and there alone"
            self.refuse(line, f"{what}`{line.cells['ended']}`", fix)
            return None
        return way_of.get(folded(word), other) if word else LASTING

    def of(self, place: str) -> str:
        """Which stays are meant, in words for a message, where the file has facts."""
        return "" if not self.groups.facts else f" of {place.removeprefix(f'{self.path}.')}"

    def known_from_the_start(self, seen: Observed, of: str, lines: list[TableRow]) -> bool:
        """Whether some stay says something of every day up to the longest; else a problem."""
        unseen = unseen_day(seen)
        if unseen is None:
            return True
        day, length = unseen
        what = f"no stay{of} was seen from its beginning"
        if day > 0:
            what = f"no stay{of} that lasted longer than {day - 1} days was seen by then"
        what += f", so the share of stays that last {length} days is unknown"
        fix = "add stays that were seen from earlier on, or fit a family: `fit: weibull`"
        self.refuse(lines[0], what, fix)
        return False

    def leftover(self, seen: Observed, of: str, lines: list[TableRow], left: float) -> None:
        """Refuse that nothing is said of those who are left."""
        last = max(lines, key=lambda line: float(line.cells["days"]))
        what = (
            f"the longest stay{of}, {int(seen.days.max())} days, has not ended: "
            f"{show(round(100 * left, 4))} % are left"
        )
        fix = "add `rest: never` if they never leave, or `rest: ends` if they do on that day"
        self.refuse(last, what, fix)

    def needless(self, rest: str | None, left: float) -> None:
        """Refuse `rest` where nobody is left."""
        if rest is not None and left == 0.0:
            what = "`rest` has no meaning: in the file, the longest stay has ended"
            self.refuse(self.node, what, "remove `rest`")

    def note(self, lasting: int) -> str:
        """What the file holds."""
        rows = len(self.groups.sheet.rows)
        return f"{rows} stays in {self.node.text}, {lasting} of them not ended"


def _open(reader: Reader, node: Node, path: str) -> _File | None:
    groups = read_groups(reader, node, path, "observed")
    return None if groups is None else _File(reader, node, path, groups)


def read_observed(
    reader: Reader, node: Node, path: str, asked: Asked
) -> tuple[dict[str, Any] | None, str]:
    """A stay from the file of stays that the node names, and a note of what the file holds."""
    file = _open(reader, node, path)
    way_of = {} if file is None else _chosen(file, asked.ways)
    if file is None or way_of is None:
        return None, ""
    lasting: list[int] = []
    left_over: list[float] = []
    # A stay that ended by another way is censored for this one; a fit uses both.
    other = 0 if not asked.ways else 1 if asked.family is not None else LASTING

    def make(lines: list[TableRow], place: str) -> dict[str, Any] | None:
        seen = file.observed(lines, way_of, other)
        if seen is None:
            return None
        lasting.append(int(np.count_nonzero(~seen.ended)))
        of = file.of(place)
        if not np.any(seen.ways == 0):
            what = f"no stay{of} has ended in the file, so their length is unknown"
            fix = "leave them out, or give them a stay of their own with `by` and `of`"
            file.refuse(lines[0], what, fix)
            return None
        if asked.family is not None:
            return _fitted(file, lines, place, asked.family, seen)
        if not file.known_from_the_start(seen, of, lines):
            return None
        (points,), left = cumulative_incidence(seen)
        left_over.append(left)
        if left > 0 and asked.rest is None:
            file.leftover(seen, of, lines, left)
            return None
        if left > 0 and asked.rest == "ends":
            points, left = _ended(points, float(seen.days.max()), left), 0.0
        return {"family": "table", "points": points, "never": left}

    made = cases(file.groups, path, make)
    if left_over:
        file.needless(asked.rest, max(left_over))
    by = f" by {' or '.join(asked.ways)}" if asked.ways else ""
    note = file.note(sum(lasting)) + by
    if asked.family is not None:
        note += f"; {asked.family} by maximum likelihood"
    return made, note


def _chosen(file: _File, ways: tuple[str, ...]) -> dict[str, int] | None:
    """The ways out that end the stay, by what the file calls them; None with a problem."""
    if WAY not in file.header:
        if ways:
            what = f"{file.groups.sheet.shown} has no column `{WAY}`"
            file.refuse(file.node, what, f"add it to the file, or remove `{WAY}`")
            return None
        return {}
    if ways:
        return file.numbers({WAY: ways})
    written = list(file.written_ways().values())
    if len(written) > 1:
        named = listed([shorten(word) for word in written])
        what = f"the stays of {file.groups.sheet.shown} end by several ways out: {named}"
        fix = (
            f"write one transition with a target for each, as `to: [{written[0]}, {written[1]}]`; "
            f"or `{WAY}: {written[0]}` for one alone; or a list of all if any of them ends the stay"
        )
        file.refuse(file.node, what, fix)
        return None
    return {}


def read_ways(
    reader: Reader, node: Node, path: str, named: Named, rest: str | None
) -> tuple[dict[str, tuple[float, dict[str, Any]]], str] | None:
    """For each way out its share and its stay, and a note of what the file holds."""
    file = _open(reader, node, path)
    if file is None:
        return None
    if WAY not in file.header:
        what = f"{file.groups.sheet.shown} has no column `{WAY}` to distinguish the targets"
        file.refuse(node, what, "add the column, or give each target a share, as `{share: 40 %}`")
        return None
    if file.groups.facts:
        facts = ", ".join(f"`{fact}`" for fact in file.groups.facts)
        what = f"shares of ways out cannot differ by fact, and the file has {facts}"
        file.refuse(
            node, what, "write a transition for each value with `when` and a file of its own"
        )
        return None
    way_of = file.numbers(named)
    lines = file.groups.rows[()]
    strange = next((w for w in file.written_ways() if way_of is not None and w not in way_of), None)
    if strange is not None:
        line = next(each for each in lines if folded(each.cells[WAY]) == strange)
        what = f"the way out `{shorten(line.cells[WAY])}` is none of the targets"
        known = [word for words in named.values() for word in words]
        fix = did_you_mean(line.cells[WAY], known)
        file.refuse(line, what, f"{fix}; or add a target, or name it as `{WAY}` of one")
        return None
    seen = None if way_of is None else file.observed(lines, way_of, LASTING)
    if seen is None or not file.known_from_the_start(seen, "", lines):
        return None
    points, left = cumulative_incidence(seen, len(named))
    if left > 0 and rest is None:
        file.leftover(seen, "", lines, left)
        return None
    file.needless(rest, left)
    found: dict[str, tuple[float, dict[str, Any]]] = {}
    for way, own in zip(named, points, strict=True):
        if not own:
            file.refuse(node, f"no stay of weight above 0 ends by `{way}`", "remove the target")
            return None
        # Those left at the end are split as those who have left.
        share = sum(part for _, part in own) / (1.0 - left)
        table = _ended(own, float(seen.days.max()), left * share) if rest == "ends" else own
        never = left if rest == "never" else 0.0
        found[way] = share, {"family": "table", "points": table, "never": never}
    return found, file.note(int(np.count_nonzero(~seen.ended)))


def _ended(points: CurvePoints, day: float, left: float) -> CurvePoints:
    """The points with those who are left added on that day, the last."""
    if points[-1][0] == day:
        return (*points[:-1], (day, points[-1][1] + left))
    return (*points, (day, left))


def _fitted(
    file: _File, lines: list[TableRow], place: str, family: str, seen: Observed
) -> dict[str, Any] | None:
    try:
        found = fit(family, seen)
    except FewError as error:
        what = f"{family} cannot be fitted{file.of(place)}: {error}"
        file.reader.refuse(lines[0].at, place, what, error.fix)
        return None
    return {
        "family": family,
        "parameters": {
            each.name: Quantity(
                value=value,
                unit="day" if each.kind == "duration" else "",
                path=f"{place}.{family}.{each.name}",
            )
            for each, value in zip(FAMILIES[family].parameters, found, strict=True)
        },
    }
