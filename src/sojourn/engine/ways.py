"""What a person draws on entering a state, laid out for the kernel: one row a way and an arm.

Quantiles are whole numbers n of 53 bits, u = n / 2^53, and a probability p becomes the bound
⌈p 2^53⌉: u < p exactly if n is below it. So a draw compares whole numbers, and says the same as
`look_up` says of u.
"""

from __future__ import annotations

import numpy as np

from sojourn.engine import layout
from sojourn.engine.program import Floats, Ints, Program

COUNT_BITS = 16
"""In `ways_of`: how many ways, below the row of the first."""


def bounds(probabilities: Floats) -> Ints:
    """Whole numbers that the quantiles below these probabilities are below."""
    return np.ceil(probabilities * float(layout.CERTAIN)).astype(np.int64)


def plain_states(program: Program) -> np.ndarray:
    """[s] 1 where entering a state is no more than to draw its stays, or to remain for ever.

    No clock is set or read, no delay begins on a date, no policy changes. The kernel takes those
    who come to such states by the batch.
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
    return np.ascontiguousarray(plain.astype(np.uint8))


def ways_of(program: Program, plain: np.ndarray, alone: np.ndarray) -> tuple[Ints, Ints, Ints]:
    """For each state its shape, for each state and cell its ways out, and their rows.

    The shapes are `layout.SEVERAL` and so on; `alone` [l] tells the lines whose people stand in no
    other. The second array is flat, [s * cells + c]: the row of the first way, and below COUNT_BITS
    how many there are; 0 where the state is not plain or nobody leaves it. Cells that have the same
    ways share their rows. A state that is sure has one row for each.
    """
    cells = len(program.cell_group)
    found = np.zeros((len(program.state_names), cells), dtype=np.int64)
    shapes = np.full(len(program.state_names), layout.SEVERAL, dtype=np.int64)
    rows: list[tuple[int, ...]] = []
    salts = {
        name: getattr(program, f"salt_{name}").view(np.int64)
        for name in ("chance", "branch", "delay")
    }
    chance, share = bounds(program.policy_chance), bounds(program.branch_share)
    law = {
        name: array.tolist()
        for name, array in program.tables.items()
        if array.ndim == 1 and name not in ("cdf", "guide")
    }
    for state in np.flatnonzero(plain).tolist():
        first, last = program.state_first[state : state + 2].tolist()
        if first == last or program.state_end[state]:
            continue
        spans = [_branches(program, t) for t in range(first, last)]
        row_numbers = np.concatenate([np.arange(r, r + n) for _, r, n in spans])
        alike = np.vstack([program.transition_when[first:last], program.branch_table[row_numbers]])
        unlike, kind = alike, np.zeros(1, dtype=np.int64)
        if cells > 1:
            unlike, kind = np.unique(alike, axis=1, return_inverse=True)
        at = np.cumsum([0, *(n for _, _, n in spans)]).tolist()
        ways: list[list[tuple[tuple[int, ...], list[tuple[int, ...]]]]] = []
        for column in unlike.T.tolist():
            when, tables = column[: last - first], column[last - first :]
            ways.append([])
            for t in range(last - first):
                if not when[t]:
                    continue
                branch, row, count = spans[t]
                way = (
                    int(chance[program.policy_first[first + t]]),
                    *(int(salts[name][first + t]) for name in ("chance", "branch", "delay")),
                )
                arms = [
                    (
                        int(share[row + i]),
                        law["start"][table],
                        law["guide_start"][table],
                        64 - (law["guide_size"][table].bit_length() - 1),
                        law["length"][table],
                        law["fixed"][table],
                        branch + i,
                        int(program.branch_line[branch + i]),
                    )
                    for i, table in enumerate(tables[at[t] : at[t] + count])
                ]
                ways[-1].append((way, arms))
        sure = [_sure(of_cell, alone) for of_cell in ways]
        if None not in sure:
            shapes[state] = layout.SURE
        elif _one(ways):
            shapes[state] = layout.ONE
        elif all(a[layout.ARM_LINE] < 0 for of_cell in ways for _, arms in of_cell for a in arms):
            shapes[state] = layout.RACE
        codes = []
        for of_cell, known in zip(ways, sure, strict=True):
            begin = len(rows)
            if shapes[state] == layout.SURE and known is not None:
                codes.append(begin << COUNT_BITS | 1)
                rows.append((*known, 0, 0, 0, 0, 0))
                continue
            codes.append(begin << COUNT_BITS | len(of_cell))
            drawn = [not _certain(way, arms) for way, arms in of_cell]
            if shapes[state] != layout.RACE:
                drawn = [True] * len(of_cell)
            head = rows_of_race = int(shapes[state] == layout.RACE)
            rows += [()] * (head + sum(drawn))
            known_first = (layout.NEVER, len(rows))
            rows += [(0, 0, 0, 0, 0, 0, layout.EVALUATE, -1)] * head
            for (way, arms), draw in zip(of_cell, drawn, strict=True):
                if draw:
                    rows[begin + rows_of_race] = (way[0], len(rows), len(arms) - 1, *way[1:], 0, 0)
                    rows_of_race += 1
                else:
                    known_first = min(known_first, (arms[0][layout.ARM_FIXED], len(rows)))
                rows += arms
            if head:
                first_word = known_first[0] << 32 | known_first[1]
                rows[begin] = (first_word, sum(drawn), 0, 0, 0, 0, 0, 0)
        found[state] = np.array(codes, dtype=np.int64)[kind.reshape(-1)]
    made = np.zeros((max(1, len(rows)), 1 << layout.WAY_SHIFT), dtype=np.int64)
    if rows:
        made[:] = rows
    return shapes, found.reshape(-1), _in_lines(made)


def _sure(
    ways: list[tuple[tuple[int, ...], list[tuple[int, ...]]]], alone: np.ndarray
) -> tuple[int, int, int] | None:
    """What comes next without a draw: days until then, the branch, and the line joined at once.

    None if there is something to draw, or to look at again.
    """
    coming, branch, lines = layout.NEVER, layout.EVALUATE, []
    for way, arms in ways:
        if not _certain(way, arms):
            return None
        arm = arms[0]
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


def _certain(way: tuple[int, ...], arms: list[tuple[int, ...]]) -> bool:
    """Whether a way is taken by everybody after the same number of days."""
    return way[0] >= layout.CERTAIN and len(arms) == 1 and arms[0][layout.ARM_FIXED] >= 0


def _one(ways: list[list[tuple[tuple[int, ...], list[tuple[int, ...]]]]]) -> bool:
    """Whether everybody has one certain way out, whose branches take random times and no line."""
    arms = len(ways[0][0][1]) if ways[0] else 0
    return all(
        len(of_cell) == 1
        and of_cell[0][0][0] >= layout.CERTAIN
        and len(of_cell[0][1]) == arms
        and all(a[layout.ARM_FIXED] < 0 and a[layout.ARM_LINE] < 0 for a in of_cell[0][1])
        for of_cell in ways
    )


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
