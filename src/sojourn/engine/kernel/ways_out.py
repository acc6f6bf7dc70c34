"""What a person draws on entering a state, laid out for the kernel: one row a way and an arm.

Quantiles are whole numbers n of 53 bits, u = n / 2^53, and a probability p becomes the bound
⌈p 2^53⌉: u < p exactly if n is below it. So a draw compares whole numbers, and says the same as
`look_up` says of u.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sojourn.engine.kernel import layout
from sojourn.engine.program import Floats, Ints, Program
from sojourn.engine.stay_tables import NEVER, curve_at


def bounds(probabilities: Floats) -> Ints:
    """Whole numbers that the quantiles below these probabilities are below."""
    return np.ceil(probabilities * float(layout.CERTAIN)).astype(np.int64)


def plain_states(program: Program, joins: np.ndarray) -> np.ndarray:
    """[s] 1 where entering a state is no more than to draw its stays, or to remain for ever.

    No clock is set or read, no delay begins on a date, no policy changes; and where several ways
    run in continuous time, none of these joins a line (`joins` [s, c], `races.joins_at_random`).
    The kernel takes those who come to such states by the batch.
    """
    count = len(program.state_names)
    transitions = len(program.transition_names)
    special = (
        (program.transition_clock >= 0)
        | (program.transition_start >= 0)
        | (np.diff(program.policy_first) > 1)
    )
    source = np.searchsorted(program.state_first, np.arange(transitions), side="right") - 1
    plain = np.diff(program.set_first)[:count] == 0
    plain &= np.bincount(source[special], minlength=count) == 0
    plain &= ~joins.any(axis=1)
    return np.ascontiguousarray(plain.astype(np.uint8))


Row = tuple[int, ...]

_OF_LAW = ("start", "guide_start", "guide_size", "length", "fixed")
"""What an arm holds of its law."""


@dataclass(frozen=True, slots=True)
class _Way:
    """One way out of a state in a cell."""

    chance: int
    """As a bound."""
    salts: Row
    arms: list[Row]

    @property
    def certain(self) -> bool:
        """Whether everybody takes it after the same number of days."""
        return (
            self.chance >= layout.CERTAIN
            and len(self.arms) == 1
            and self.arms[0][layout.ARM_FIXED] >= 0
        )


def ways_of(program: Program, plain: np.ndarray, alone: np.ndarray) -> tuple[Ints, Ints, Ints]:
    """For each state its shape, for each state and cell its ways out, and their rows.

    The shapes are `layout.SEVERAL` and so on; `alone` [l] tells the lines whose people stand in no
    other. The second array is flat, [s * cells + c]: the first row, and below WAYS_BITS bits how
    many ways there are; 0 where the state is not plain or nobody leaves it. Cells that have the
    same ways share their rows.
    """
    found = np.zeros((len(program.state_names), len(program.cell_group)), dtype=np.int64)
    shapes = np.full(len(program.state_names), layout.SEVERAL, dtype=np.int64)
    rows: list[Row] = []
    of_state = _StateWays(program)
    for state in np.flatnonzero(plain).tolist():
        first, last = program.state_first[state : state + 2].tolist()
        if first == last or program.state_end[state]:
            continue
        ways, kind = of_state(first, last)
        sure = [_sure(of_cell, alone) for of_cell in ways]
        shapes[state] = _shape(ways, sure)
        codes = []
        for of_cell, known in zip(ways, sure, strict=True):
            codes.append(len(rows) << layout.WAYS_BITS | len(of_cell))
            if shapes[state] == layout.SURE and known is not None:
                rows.append((*known, 0, 0, 0, 0, 0))
            elif shapes[state] in (layout.RACE, layout.SINGLE):
                _write_race(of_cell, rows)
                if shapes[state] == layout.SINGLE:
                    _write_before(program, of_cell, rows)
            else:
                _write(of_cell, rows)
        found[state] = np.array(codes, dtype=np.int64)[kind]
    made = np.zeros((max(1, len(rows)), 1 << layout.WAY_SHIFT), dtype=np.int64)
    if rows:
        made[:] = rows
    return shapes, found.reshape(-1), _in_lines(made)


class _StateWays:
    """Called with the transitions of a plain state: its ways in cells that differ."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._chance = bounds(program.policy_chance)
        self._share = bounds(program.branch_share)
        self._salts = {
            name: getattr(program, f"salt_{name}").view(np.int64)
            for name in ("chance", "branch", "delay")
        }
        self._law = {name: program.tables[name].tolist() for name in _OF_LAW}

    def __call__(self, first: int, last: int) -> tuple[list[list[_Way]], Ints]:
        """The ways in file order, for each kind of cell; and [c] its kind."""
        p = self._program
        spans = [_branches(p, t) for t in range(first, last)]
        row_numbers = np.concatenate([np.arange(r, r + n) for _, r, n in spans])
        alike = np.vstack([p.transition_when[first:last], p.branch_table[row_numbers]])
        unlike, kind = alike, np.zeros(1, dtype=np.int64)
        if len(p.cell_group) > 1:
            unlike, kind = np.unique(alike, axis=1, return_inverse=True)
        at = np.cumsum([0, *(n for _, _, n in spans)]).tolist()
        ways: list[list[_Way]] = []
        for column in unlike.T.tolist():
            when, tables = column[: last - first], column[last - first :]
            ways.append(
                [
                    _Way(
                        int(self._chance[p.policy_first[first + t]]),
                        tuple(
                            int(self._salts[name][first + t])
                            for name in ("chance", "branch", "delay")
                        ),
                        self._arms(spans[t], tables[at[t] : at[t + 1]]),
                    )
                    for t in range(last - first)
                    if when[t]
                ]
            )
        return ways, kind.reshape(-1)

    def _arms(self, span: tuple[int, int, int], tables: list[int]) -> list[Row]:
        branch, row, _ = span
        law = self._law
        return [
            (
                int(self._share[row + i]),
                law["start"][table],
                law["guide_start"][table],
                64 - (law["guide_size"][table].bit_length() - 1),
                law["length"][table],
                law["fixed"][table],
                branch + i,
                int(self._program.branch_line[branch + i]),
            )
            for i, table in enumerate(tables)
        ]


def _shape(ways: list[list[_Way]], sure: Sequence[Row | None]) -> int:
    """The shape of a state with these ways in its kinds of cells."""
    arms = [arm for of_cell in ways for way in of_cell for arm in way.arms]
    if None not in sure:
        return layout.SURE
    if any(arm[layout.ARM_LINE] >= 0 for arm in arms):
        return layout.SEVERAL
    drawn = [way for way in ways[0] if not way.certain]
    random = all(arm[layout.ARM_FIXED] < 0 for way in drawn for arm in way.arms)
    if len(ways) > 1 or len(drawn) > 1 or not random:
        return layout.RACE
    if len(drawn[0].arms) == 1:
        return layout.SINGLE
    if drawn[0].chance >= layout.CERTAIN and len(ways[0]) == 1:
        return layout.ONE
    return layout.RACE


def _sure(ways: list[_Way], alone: np.ndarray) -> Row | None:
    """What comes next without a draw: days until then, the branch, and the line joined at once.

    None if there is something to draw, or to look at again.
    """
    coming, branch, lines = NEVER, layout.EVALUATE, []
    for way in ways:
        if not way.certain:
            return None
        arm = way.arms[0]
        stay = arm[layout.ARM_FIXED]
        if arm[layout.ARM_LINE] >= 0:
            if stay > 0:
                return None
            lines.append(arm[layout.ARM_LINE])
        elif stay < coming:
            coming, branch = stay, arm[layout.ARM_BRANCH]
    if coming == 0 or not lines:
        return coming, branch, -1
    if len(lines) > 1 or not alone[lines[0]]:
        return None
    return coming, branch, lines[0]


def _write(ways: list[_Way], rows: list[Row]) -> None:
    """Add a row for each way, and then those of their arms."""
    begin = len(rows)
    rows += [()] * len(ways)
    for place, way in enumerate(ways):
        rows[begin + place] = (way.chance, len(rows), len(way.arms) - 1, *way.salts, 0, 0)
        rows += way.arms


def _write_race(ways: list[_Way], rows: list[Row]) -> None:
    """Add the row of a race, those of the ways in it that are drawn, and those of all arms.

    The arms are in the order of the file, which tells who goes first of two due on one day.
    """
    begin = len(rows)
    drawn = sum(not way.certain for way in ways)
    rows += [()] * (1 + drawn)
    known = (NEVER, len(rows))
    rows.append((0, 0, 0, 0, 0, 0, layout.EVALUATE, -1))
    place = begin
    for way in ways:
        if way.certain:
            known = min(known, (way.arms[0][layout.ARM_FIXED], len(rows)))
        else:
            place += 1
            rows[place] = (way.chance, len(rows), len(way.arms) - 1, *way.salts, 0, 0)
        rows += way.arms
    rows[begin] = (known[0] << 32 | known[1], drawn, 0, 0, 0, 0, 0, 0)


def _write_before(program: Program, ways: list[_Way], rows: list[Row]) -> None:
    """Add to the row of a single way the bound of the quantiles with which it comes first.

    `rows` ends with what `_write_race` wrote of these ways.
    """
    begin = len(rows) - 3 - sum(len(way.arms) for way in ways)
    known = rows[begin][layout.RACE_SURE]
    steps, number = known >> 32, known & 0xFFFFFFFF
    own = rows[begin + 1]
    before = layout.CERTAIN
    if steps < NEVER:
        arm = rows[own[layout.WAY_ARM]]
        now = own[layout.WAY_ARM] < number  # of two at once the earlier in the file
        gone = _gone_before(program, arm[layout.ARM_TABLE], arm[layout.ARM_LENGTH], steps, now=now)
        before = int(bounds(np.array([gone]))[0])
    rows[begin + 1] = (*own[: layout.WAY_BEFORE], before, *own[layout.WAY_BEFORE + 1 :])


def _gone_before(program: Program, first: int, length: int, steps: int, *, now: bool) -> float:
    """P(T < steps), or with `now` P(T ≤ steps), of the law whose table begins at `first`."""
    tables = program.tables
    table = int(np.searchsorted(tables["start"], first))
    if tables["curve_size"][table] > 0:
        curve = curve_at(tables, table)
        return float((curve.upto if now else curve.below)(np.array([float(steps)]))[0])
    last = min(steps if now else steps - 1, length - 1)
    return float(tables["cdf"][first + last]) if last >= 0 else 0.0


def curves_by_law(program: Program) -> Ints:
    """Beside each law's first entry in the tables the first point of its curve, and how many."""
    tables = program.tables
    found = np.zeros(len(tables["cdf"]), dtype=np.int64)
    found[tables["start"]] = tables["curve_start"]
    found[tables["start"] + 1] = tables["curve_size"]
    return found


def _branches(program: Program, transition: int) -> tuple[int, int, int]:
    """First branch, first row under the first policy, and how many."""
    first, last = program.transition_first[transition : transition + 2].tolist()
    row = int(program.policy_branch[program.policy_first[transition]])
    return first, row, last - first


def _in_lines(rows: np.ndarray) -> Ints:
    """The same numbers, flat, beginning with a line of the cache."""
    space = np.empty(rows.size + 8, dtype=np.int64)
    first = -space.ctypes.data // 8 % 8
    flat = space[first : first + rows.size]
    flat[:] = rows.reshape(-1)
    return flat
