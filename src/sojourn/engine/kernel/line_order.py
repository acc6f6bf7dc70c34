"""Compiled parts of the kernel: lines in the order in which they are served."""

# Typed by Numba; see records.
# ruff: noqa: ANN001, ANN201
# mypy: disable-error-code="no-untyped-def, assignment"

import numpy as np

from sojourn.engine.kernel.batches import give_back
from sojourn.engine.kernel.compiled import compiled, inlined, prefetch
from sojourn.engine.kernel.layout import ENTRY_WHO, FULL, LOW, MOST_SHELVES, SHIFT, SLOT_TURN

AHEAD = 8
"""Slots are asked for this many entries before they are read."""


@inlined
def stale(who, slots):
    """Whether an entry points to somebody who has left the line since."""
    return slots[np.int64(who & LOW), SLOT_TURN] != who >> np.uint64(32)


@inlined
def step(line, front, position, queue_next, queue_store):
    """Take the first entry off a line that has one."""
    at = front[line]
    after = at + 1
    if after == position[line]:
        give_back(at >> SHIFT, queue_next, queue_store)
        position[line] = 0
    elif after & FULL == 0:
        chunk = at >> SHIFT
        front[line] = np.int64(queue_next[chunk]) << SHIFT
        give_back(chunk, queue_next, queue_store)
    else:
        front[line] = after


@inlined
def advance(line, front, position, queue_next, queue_store, queue, entry_words, slots, slot_words):
    """Take the first entry, one that points to a slot, off a line that has one."""
    at = front[line]
    # The slot of one who stands further behind is asked for before it is read.
    ahead = at + AHEAD
    if ahead >> SHIFT != at >> SHIFT:
        ahead = (np.int64(queue_next[at >> SHIFT]) << SHIFT) | (ahead & FULL)
    last = position[line] - 1
    if ahead >= 0 and (ahead <= last or ahead >> SHIFT != last >> SHIFT):
        slot = np.int64(queue[ahead * entry_words + ENTRY_WHO] & LOW)
        prefetch(slots, slot * slot_words)
    step(line, front, position, queue_next, queue_store)


@compiled
def by_lot(lots, whos, first, last, today_lot, today_who, shelf):
    """Write the lots and people from `first` up to `last` in order of the lots, to the same places.

    Shelves by the first bits of a lot, about one for each, leave little to insertion.
    """
    count = last - first
    shelves = 2
    shift = np.uint64(63)
    while shelves < count and shelves < MOST_SHELVES:
        shelves *= 2
        shift -= np.uint64(1)
    shelf[: shelves + 1] = 0
    for i in range(first, last):
        shelf[(lots[i] >> shift) + np.uint64(1)] += 1
    total = first
    for i in range(shelves):
        total += shelf[i]
        shelf[i] = total
    for i in range(first, last):
        lot = lots[i]
        on = lot >> shift
        to = np.uint64(shelf[on])
        shelf[on] += 1
        today_lot[to] = lot
        today_who[to] = whos[i]
    for i in range(first + 1, last):
        lot = today_lot[i]
        if today_lot[i - 1] <= lot:
            continue
        who = today_who[i]
        at = i
        while at > first and today_lot[at - 1] > lot:
            today_lot[at] = today_lot[at - 1]
            today_who[at] = today_who[at - 1]
            at -= 1
        today_lot[at] = lot
        today_who[at] = who


@compiled
def order_today(
    n_lines,
    line_alone,
    fresh_line,
    fresh_lot,
    fresh_who,
    n_fresh,
    today_first,
    today_last,
    today_lot,
    today_who,
    spare_lot,
    spare_who,
    slots,
    shelf,
):
    """Put those who have joined since the last time among those who joined today, by lot.

    The people of line l who joined today and still wait are today_first[l] … today_last[l]-1, in
    order of their lots, then of their slots.
    """
    # Those still there join the new ones again, line by line.
    for line in range(n_lines):
        for i in range(today_first[line], today_last[line]):
            if line_alone[line] == 1 or not stale(today_who[i], slots):
                fresh_line[n_fresh] = line
                fresh_lot[n_fresh] = today_lot[i]
                fresh_who[n_fresh] = today_who[i]
                n_fresh += 1
        today_first[line] = 0
        today_last[line] = 0
    others = np.int64(0)
    for i in range(n_fresh):
        others |= fresh_line[i] ^ fresh_line[0]
    if others == 0:
        line = fresh_line[0]
        by_lot(fresh_lot, fresh_who, 0, n_fresh, today_lot, today_who, shelf)
        today_last[line] = n_fresh
        return
    for i in range(n_fresh):
        today_last[fresh_line[i]] += 1
    start = 0
    for line in range(n_lines):
        today_first[line] = start
        start += today_last[line]
        today_last[line] = today_first[line]
    for i in range(n_fresh):
        line = fresh_line[i]
        at = today_last[line]
        today_last[line] = at + 1
        spare_lot[at] = fresh_lot[i]
        spare_who[at] = fresh_who[i]
    for line in range(n_lines):
        by_lot(
            spare_lot, spare_who, today_first[line], today_last[line], today_lot, today_who, shelf
        )
