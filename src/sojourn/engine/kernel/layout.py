"""How the kernel's memory is laid out: records, slots, the chunks that hold them, and codes.

A person who waits for nothing exists only as a record in the bucket of the day of their next
event. Buckets are chains of chunks of 64 records, written in order and read in order, so memory
is touched as a stream whatever the number of people. A record is two words, and more if people
carry clocks or the day of their entry must be known:

    word 0  the person's key
    word 1  visit (20 bits) · cell (20) · state (10) · branch that fires (14)
    word 2  day of entry (32) · first clock (32)      only where one of them is needed
    word 3… two clocks a word

A line is a chain of chunks too, in its order. Where those who stand in it stand in no other line
and nothing but its call or their next move concerns them (see `line_kinds`), its entries hold all
that a record does. A record of what happens if nobody calls them points to the entry; where all of
a line leave it after the same number of days no such record is needed, for those who leave are in
front. Those who may stand in several lines have a slot, to which their record and their entries
point.
"""

import numpy as np
import numpy.typing as npt

from sojourn.engine.kernel.compiled import inlined

SHIFT = 6
CHUNK = 1 << SHIFT
FULL = CHUNK - 1
"""The places within a chunk, as bits of a place in all chunks."""

BIAS = 1 << 30
"""Added to days in records, so that they are never negative."""
LOW = np.uint64(0xFFFFFFFF)

BRANCH_BITS = 14
ENTERED = (1 << BRANCH_BITS) - 1
"""In place of a branch: has just moved here and has not been looked at."""
EVALUATE = (1 << BRANCH_BITS) - 2
"""To be looked at: a transition that needs something falls due, or a policy changes."""
WAITING = (1 << BRANCH_BITS) - 3
"""The record points to a slot: its key is the slot's turn, and its word the slot above these."""
IN_LINE = (1 << BRANCH_BITS) - 4
"""The record points to an entry in a line: its key is the person's `address`, and its word the
place of the entry above these bits."""
NOTHING = (1 << BRANCH_BITS) - 5
"""The record is void."""
MOST_BRANCHES = (1 << BRANCH_BITS) - 6
MOST_CELLS = 1 << 20
MOST_STATES = 1 << 10
MOST_VISITS = (1 << 20) - 1
LAST_VISIT = np.uint64(MOST_VISITS - 1) << np.uint64(44)

USED, FREE, FREE_COUNT, STORE_WORDS = range(4)
"""Of a store of chunks or slots: how many have ever been used, the first free one, how many are
free now."""

SLOT_KEY, SLOT_WORD, SLOT_DAYS, SLOT_TURN, SLOT_COUNT, SLOT_NEXT, SLOT_CLOCKS = range(7)
"""Words of a slot; the lines it stands in follow the clocks, each with its number (32) and the day
on which they joined (32). SLOT_DAYS is the day of entry (32) and the day of a record that is still
to be written (32, NEVER: none); SLOT_TURN grows each time the slot is freed, so that a record or an
entry that points to an earlier owner is known to be stale; SLOT_COUNT is the number of lines (16)
and the branch that fires next; SLOT_NEXT is the next free slot, or the entrant of one who waits
outside."""

ENTRY_WHO, ENTRY_LOT, ENTRY_DAY, ENTRY_WORDS = range(4)
"""Words of an entry that points to a slot: ENTRY_WHO is the slot (32) and its turn (32), ENTRY_DAY
the day on which they joined (32) and the line (32)."""
ENTRY_KEY, ENTRY_WORD = 0, 1
"""Of an entry that holds all: the two words of a record, and ENTRY_DAY; the words of clocks follow.
Those who have joined today are kept so too, with what they do if nobody calls them, and its day in
place of the day they joined."""
LEFT = np.uint64((1 << 64) - 1)
"""ENTRY_WORD of one who is no longer there."""

MOST_SHELVES = 1 << 16
"""Those who join a line on one day are sorted by shelves: the first bits of their lots."""

WAY_SHIFT = 3
"""Rows of `ways` are eight words, one line of the cache: a way out, then its arms (branches)."""
WAY_CHANCE, WAY_ARM, WAY_OTHERS, WAY_SALT_CHANCE, WAY_SALT_ARM, WAY_SALT_DELAY, WAY_BEFORE = range(
    7
)
"""Of a way: its chance as a bound (see `ways_out`), its first arm's row, how many others follow. Of
a single way: the bound of the quantiles with which it comes before all that needs no draw."""
ARM_SHARE, ARM_TABLE, ARM_GUIDE, ARM_BITS, ARM_LENGTH, ARM_FIXED, ARM_BRANCH, ARM_LINE = range(8)
"""Of an arm: its cumulative share as a bound, its law's first entry, the first of its guide, how
far bits are shifted to find one in the guide, the law's length, whole days (or -1), the branch and
the line that it needs (or -1)."""
WAYS_BITS = 16
WAYS_COUNT = (1 << WAYS_BITS) - 1
"""Where the ways of people of a cell begin in `ways`, and below these bits how many there are."""
SEVERAL, RACE, ONE, SINGLE, SURE = range(5)
"""Shapes of plain states, by what there is to draw. SEVERAL: any ways out. RACE: none needs a line.
ONE: the same way for everybody, whose branches take random times. SINGLE: the same for everybody,
one branch, and besides it certain ones of whole days. SURE: nothing, for there are none but such,
which join one line at most."""
RACE_SURE, RACE_WAYS = range(2)
"""Of the row before the ways of a race, or of a single way: the first of all that needs no draw, as
days and the row of its arm (days above the lower 32 bits), and the number of the other ways, whose
rows follow."""
SURE_DAYS, SURE_BRANCH, SURE_LINE = range(3)
"""Of a row of a sure state: days until the next move (NEVER: none), its branch, and the line that
all join at once (or -1)."""
ROOM = 2 * CHUNK
"""People who have come to a plain state, and are drawn together."""
CERTAIN = 1 << 53
"""The bound that all quantiles are below."""

SALT_AGE = 0x5D1E6C0F3A7B9428
SALT_LOT = 0xA8F04C7D21E39B56
SALT_TIME = 0x3C91A76BE05D4F12
"""Of the time of day at which somebody enters a state; later tries follow it."""
SALT_WITHIN = 0x71D2580E9FC3B6A4


S14, S24, S32, S44 = np.uint64(14), np.uint64(24), np.uint64(32), np.uint64(44)
BRANCH = np.uint64((1 << BRANCH_BITS) - 1)
STATE = np.uint64(MOST_STATES - 1)
CELL = np.uint64(MOST_CELLS - 1)
LINES = np.uint64((1 << 16) - 1)


@inlined
def branch_of(word):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 -- Numba infers
    """The branch of a record's word, or a code in its place."""
    return word & BRANCH


@inlined
def state_of(word):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 -- Numba infers
    """The state of a record's word."""
    return (word >> S14) & STATE


@inlined
def cell_of(word):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 -- Numba infers
    """The cell of a record's word."""
    return (word >> S24) & CELL


@inlined
def visit_of(word):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 -- Numba infers
    """The number of the visit of a record's word."""
    return word >> S44


@inlined
def with_branch(word, branch):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 -- Numba infers
    """A record's word with another branch, or a code in its place."""
    return ((word >> S14) << S14) | np.uint64(branch)


@inlined
def word_of(visit, cell, state, branch):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 -- Numba infers
    """A record's word."""
    return (
        (np.uint64(visit) << S44)
        | (np.uint64(cell) << S24)
        | (np.uint64(state) << S14)
        | np.uint64(branch)
    )


@inlined
def lines_of(count):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 -- Numba infers
    """The number of lines of a slot's SLOT_COUNT."""
    return count & LINES


def next_words(targets: npt.NDArray[np.int64]) -> npt.NDArray[np.uint64]:
    """[b] what is added to the visit and the cell of those who come to the states."""
    return np.uint64(1 << 44) + (np.maximum(targets, 0).astype(np.uint64) << np.uint64(BRANCH_BITS))
