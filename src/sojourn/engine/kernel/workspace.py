"""Room for the kernel to work in: it allocates nothing itself."""

from __future__ import annotations

import numpy as np

from sojourn.engine.kernel import layout, served_time
from sojourn.engine.kernel.arguments import WorkArrays
from sojourn.engine.kernel.memory import check_memory
from sojourn.engine.kernel.prepared import prepared
from sojourn.engine.program import Program


def workspace(
    program: Program, people: int, times: int, at_once: int, leaving: int
) -> tuple[WorkArrays, int]:
    """Arrays with room for every person.

    `people` are all who ever come. `times` that room is made: those who left a line leave a record
    behind, so there may be more records than people. The people of `leaving` branches are counted
    by the day. `at_once` histories share the memory there is. The second value is 0, or the bytes
    that are free where there is less room, for want of them. Only what is written to takes memory.
    """
    made = prepared(program)
    lines = len(program.line_names)
    groups, states = len(program.group_names), len(program.state_names)
    chunks = times * (people // layout.CHUNK + min(people, program.days)) + 64
    words = made.record_words
    most = made.most_lines
    entry = layout.ENTRY_WORDS + words - 2
    waiting = times * (people + 64) if lines else 1
    counts = program.days * leaving * groups
    wanted = 8 * (chunks * (layout.CHUNK * words + 1) + waiting * made.waiting_words + counts)
    free = check_memory(program, at_once=at_once, wanted=wanted)
    short = wanted > free
    if short:
        chunks = int(chunks * (free / wanted))
        waiting = max(1, int(waiting * (free / wanted)))
    queues = waiting * most // layout.CHUNK + 4 * lines + 4
    fresh = 2 * waiting * most + 1 if lines else 1
    width = max(
        len(program.facility_names) + 1,
        len(program.entrant_names),
        len(program.clock_names) + 1,
        program.quota_limit.shape[1] + 1,
        most,
    )
    ways = int(np.diff(program.state_first).max(initial=1))
    rooms = states + 1 + 2 * lines
    batch = rooms * layout.ROOM
    today = {
        name: unwritten(fresh, np.uint64)
        for name in ("fresh_lot", "fresh_who", "today_lot", "today_who", "spare_lot", "spare_who")
    }
    memory = WorkArrays(
        pool=unwritten(chunks * layout.CHUNK * words, np.uint64),
        next_chunk=unwritten(chunks, np.int32),
        slots=_rows(waiting, max(1, made.slot_words)),
        queue=unwritten(queues * layout.CHUNK * entry, np.uint64),
        queue_next=unwritten(queues, np.int32),
        fresh_line=unwritten(fresh, np.int64),
        **today,
        joiners=unwritten((waiting if lines else 0) * entry, np.uint64),
        shelf=np.zeros(layout.MOST_SHELVES + 1 if lines else 1, np.int64),
        by_day=np.zeros((3, program.days + 1), np.int64),
        by_line=np.zeros((13, lines + 1), np.int64),
        stores=np.zeros((3, layout.STORE_WORDS), np.int64),
        batch_key=unwritten(batch, np.uint64),
        batch_word=unwritten(batch, np.uint64),
        batch_more=unwritten(batch * (words - 2) + 1, np.uint64),
        batch_due=unwritten(batch, np.int64),
        batch_joins=unwritten(batch, np.int64),
        batch_line=unwritten(batch * most, np.int64),
        come=np.zeros(rooms, np.int64),
        todo=unwritten(layout.CHUNK, np.int64),
        leaving=np.zeros(counts + 1, np.int64),
        current=np.zeros((states + 1, groups), np.int64),
        moved=np.zeros((len(program.branch_target), groups), np.int64),
        scratch=np.zeros((8, width), np.int64),
        way_ints=np.zeros((served_time.INTS, ways), np.int64),
        way_floats=np.zeros((served_time.FLOATS, ways), np.float64),
    )
    return memory, free if short else 0


def _rows(count: int, words: int) -> np.ndarray:
    """Rows, the first of which begins with a line of the cache (8 words)."""
    space = unwritten(count * words + 7, np.uint64)
    first = -space.ctypes.data // 8 % 8
    return space[first : first + count * words].reshape(count, words)


def unwritten(count: int, kind: type[np.generic]) -> np.ndarray:
    """An array of which nothing is read before it is written; so tests fill it with nonsense."""
    return np.empty(count, kind)
