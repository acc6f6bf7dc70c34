"""What the kernel needs besides a program's arrays, made once for all of its histories."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from sojourn.engine.kernel import day_loop, layout
from sojourn.engine.kernel.line_kinds import lines_alone, patience_of, straight_on
from sojourn.engine.kernel.ways_out import bounds, curves_by_law, plain_states, ways_of
from sojourn.engine.program import OUT, Ints, Keys, Program
from sojourn.engine.races import joins_at_random, several_random

UNBOUNDED = 1 << 60
_FEW_COUNTS = 1 << 15
"""As many counts of those who leave cost next to nothing, however few the people are."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """Derived from a program alone. What the kernel reads is explained in `arguments`."""

    keep_entry: bool
    state_plain: npt.NDArray[np.uint8]
    room_shape: Ints
    branch_kind: Ints
    branch_into: Ints
    next_word: Keys
    line_alone: npt.NDArray[np.uint8]
    line_patience: Ints
    line_straight: Ints
    most_lines: int
    room_for: Ints
    several: npt.NDArray[np.uint8]
    ways_of: Ints
    ways: Ints
    bound: Ints
    curve_of: Ints
    counted: npt.NDArray[np.bool_]
    """[b] 1 where whoever takes the branch next needs no record before: from a plain state to the
    outside or to an end, facts unchanged. Nothing else can happen to them."""
    record_words: int
    """Words of 8 bytes of a person's record."""
    slot_words: int
    """Words of a waiting person's slot; 0: nobody ever has one."""
    waiting_words: int
    """Words of a waiting person's slot, and of their places in lines."""


_MADE: WeakKeyDictionary[Program, Prepared] = WeakKeyDictionary()
_LOCK = Lock()


def prepared(program: Program) -> Prepared:
    """What is derived from a program, kept for as long as the program is."""
    with _LOCK:
        found = _MADE.get(program)
    if found is None:
        found = _prepare(program)
        with _LOCK:
            _MADE[program] = found
    return found


def _prepare(program: Program) -> Prepared:
    states, lines = len(program.state_names), len(program.line_names)
    several = several_random(program)
    joins = joins_at_random(program, several)
    plain = plain_states(program, joins)
    alone = lines_alone(program, plain)
    shapes, ways_of_states, ways = ways_of(program, plain, alone)
    straight = straight_on(program, shapes)
    kinds = branch_kinds(program, plain)
    target = program.branch_target
    most = program.longest_line_list
    keeps = keeps_entry(program)
    words = longest_record(program) if keeps else 2
    slot = 0
    if not alone.all():
        slot = whole_lines(layout.SLOT_CLOCKS + len(program.clock_names) + most)
    return Prepared(
        keep_entry=keeps,
        state_plain=plain,
        room_shape=np.concatenate(
            [shapes, [layout.SEVERAL], np.repeat(shapes[program.line_target], 2)]
        ),
        branch_kind=kinds,
        branch_into=np.where(target == OUT, states, target),
        next_word=layout.next_words(target),
        line_alone=alone,
        line_patience=patience_of(program, alone),
        line_straight=np.where(straight, states + 1 + 2 * np.arange(lines), 0),
        most_lines=most,
        room_for=room_for(program),
        several=several.astype(np.uint8) + joins,
        ways_of=ways_of_states,
        ways=ways,
        bound=bounds(program.tables["cdf"]),
        curve_of=curves_by_law(program),
        counted=(kinds == day_loop.STAYS) & (plain[program.branch_source] == 1),
        record_words=words,
        slot_words=slot,
        waiting_words=slot + most * (layout.ENTRY_WORDS + words - 2),
    )


def branch_kinds(program: Program, plain: np.ndarray) -> Ints:
    """[b] kinds of the branches."""
    target, changes = program.branch_target, program.transition_becomes >= 0
    stays = (target == OUT) | (program.state_end[target] == 1)
    kinds = np.where(stays, day_loop.STAYS, day_loop.PLAIN)
    kinds = kinds + day_loop.CHANGES * changes[program.branch_transition]
    kinds[(target != OUT) & (plain[target] == 0)] = day_loop.NOT_PLAIN
    return np.asarray(kinds, dtype=np.int64)


def room_for(program: Program) -> Ints:
    """Modelled people that each facility may hold on each day, [d, f]."""
    room = np.maximum(program.capacity - program.already_held, 0)
    room[:, program.facility_hard == 0] = UNBOUNDED
    return np.ascontiguousarray(room)


def leaving_branches(program: Program, people: int) -> tuple[Ints, Ints]:
    """Branches whose people are counted by the day on which they leave, and their numbers.

    The first array [code] has the number of a branch among them, or -1; the second the branches.
    None if their counts of every day and group were many more than the people of the history.
    """
    numbers = np.full(1 << layout.BRANCH_BITS, -1, dtype=np.int64)
    leaving = np.flatnonzero(prepared(program).counted)
    if program.days * len(leaving) * len(program.group_names) > max(people, _FEW_COUNTS):
        leaving = leaving[:0]
    numbers[leaving] = np.arange(len(leaving))
    return numbers, leaving


def longest_record(program: Program) -> int:
    """Words of the record of a person whose day of entry and clocks are kept."""
    return 2 + (len(program.clock_names) + 2) // 2


def keeps_entry(program: Program) -> bool:
    """Whether a record must hold the day of entry.

    It must where people carry clocks, and where they are looked at between their entry and their
    next move: as a policy changes, or a transition that needs something falls due later.
    """
    if program.clock_names or len(program.look_day):
        return True
    needing = np.unique(program.branch_transition[program.branch_line >= 0])
    for transition in needing.tolist():
        if program.transition_clock[transition] >= 0 or program.transition_start[transition] > 0:
            return True
        size = int(np.diff(program.transition_first)[transition])
        for policy in range(*program.policy_first[transition : transition + 2].tolist()):
            row = int(program.policy_branch[policy])
            tables = program.branch_table[row : row + size]
            if (program.tables["fixed"][tables] != 0).any():
                return True
    return False


def whole_lines(words: int) -> int:
    """Words of a row that lies in as few lines of the cache (8 words) as it can."""
    return -(-words // 4) * 4
