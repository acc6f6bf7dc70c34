"""Room for the kernel to work in: it allocates nothing itself."""

from __future__ import annotations

import numpy as np

from sojourn.engine import layout
from sojourn.engine.memory import record_words, slot_words, whole_lines
from sojourn.engine.program import Program


def workspace(
    program: Program, coming: int, times: int, most_bytes: int, leaving: int
) -> tuple[tuple[np.ndarray, ...], bool]:
    """Arrays in the order of the kernel's arguments from `pool` on, with room for every person.

    `coming` are the people of the history who are not in stock. `times` that room is made: those
    who left a line leave a record behind, so there may be more records than people. The people of
    `leaving` branches are counted and need no record. The second
    value says that there would be less, for want of memory. Only what is written to takes memory.
    """
    lines = len(program.line_names)
    people = int(program.entrant_count.sum()) + coming
    chunks = times * (people // layout.CHUNK + min(people, program.days)) + 64
    words = record_words(program)
    most = program.longest_line_list
    entry = layout.ENTRY_WORDS + words - 2
    waiting = times * (people + 64) if lines else 1
    wanted = 8 * (chunks * (layout.CHUNK * words + 1) + waiting * slot_words(program))
    short = wanted > most_bytes
    if short:
        chunks = int(chunks * (most_bytes / wanted))
        waiting = max(1, int(waiting * (most_bytes / wanted)))
    queues = waiting * most // layout.CHUNK + 4 * lines + 4
    fresh = 2 * waiting * most + 1 if lines else 1
    width = max(
        len(program.facility_names) + 1,
        len(program.entrant_names),
        len(program.clock_names) + 1,
        program.quota_limit.shape[1] + 1,
        most,
    )
    groups, states = len(program.group_names), len(program.state_names)
    rooms = states + 1 + 2 * lines
    batch = rooms * layout.ROOM
    memory: tuple[np.ndarray, ...] = (
        np.empty(chunks * layout.CHUNK * words, np.uint64),
        np.empty(chunks, np.int32),
        _rows(waiting, layout.SLOT_CLOCKS + len(program.clock_names) + most),
        np.empty(queues * layout.CHUNK * entry, np.uint64),
        np.empty(queues, np.int32),
        np.empty(fresh, np.int64),
        *(np.empty(fresh, np.uint64) for _ in range(6)),
        np.empty((waiting if lines else 0) * entry, np.uint64),
        np.zeros(layout.MOST_SHELVES + 1 if lines else 1, np.int64),
        np.zeros((3, program.days + 1), np.int64),
        np.zeros((13, lines + 1), np.int64),
        np.zeros((3, layout.STORE_WORDS), np.int64),
        np.empty(batch, np.uint64),
        np.empty(batch, np.uint64),
        np.empty(batch * (words - 2) + 1, np.uint64),
        np.empty(batch, np.int64),
        np.empty(batch, np.int64),
        np.empty(batch * most, np.int64),
        np.zeros(rooms, np.int64),
        np.empty(layout.CHUNK, np.int64),
        np.zeros(program.days * leaving * groups + 1, np.int64),
        np.zeros((states + 1, groups), np.int64),
        np.zeros((len(program.branch_target), groups), np.int64),
        np.zeros((8, width), np.int64),
    )
    return memory, short


def _rows(count: int, words: int) -> np.ndarray:
    """Rows that lie in as few lines of the cache (8 words) as they can."""
    words = whole_lines(words)
    space = np.empty(count * words + 7, np.uint64)
    first = -space.ctypes.data // 8 % 8
    return space[first : first + count * words].reshape(count, words)
