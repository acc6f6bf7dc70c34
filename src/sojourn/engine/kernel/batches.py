"""Compiled parts of the kernel: chunks of records, and people who come by the batch."""

# Typed by Numba; they take many arrays on purpose (tuples of them cost 5 to 9 times).
# ruff: noqa: ANN001, ANN201, PLR0912, PLR0915
# mypy: disable-error-code="no-untyped-def, assignment"

import numpy as np

from sojourn.engine.kernel.compiled import compiled, compiled_within, inlined
from sojourn.engine.kernel.first_way import first_drawn
from sojourn.engine.kernel.layout import (
    ARM_BITS,
    ARM_BRANCH,
    ARM_FIXED,
    ARM_GUIDE,
    ARM_LENGTH,
    ARM_LINE,
    ARM_SHARE,
    ARM_TABLE,
    BIAS,
    CERTAIN,
    ENTRY_DAY,
    ENTRY_WORD,
    ENTRY_WORDS,
    EVALUATE,
    FREE,
    FREE_COUNT,
    FULL,
    LAST_VISIT,
    LOW,
    ONE,
    RACE,
    RACE_SURE,
    RACE_WAYS,
    ROOM,
    S14,
    S24,
    S32,
    SALT_LOT,
    SEVERAL,
    SHIFT,
    SINGLE,
    SLOT_CLOCKS,
    SLOT_COUNT,
    SLOT_DAYS,
    SLOT_KEY,
    SLOT_NEXT,
    SLOT_TURN,
    SLOT_WORD,
    SURE,
    SURE_BRANCH,
    SURE_DAYS,
    SURE_LINE,
    USED,
    WAITING,
    WAY_ARM,
    WAY_BEFORE,
    WAY_CHANCE,
    WAY_OTHERS,
    WAY_SALT_ARM,
    WAY_SALT_CHANCE,
    WAY_SALT_DELAY,
    WAY_SHIFT,
    WAYS_BITS,
    WAYS_COUNT,
    branch_of,
    cell_of,
    state_of,
    visit_of,
    with_branch,
)
from sojourn.engine.random import address, bits, mix
from sojourn.engine.stay_tables import NEVER

S11 = np.uint64(11)


@compiled
def new_chunk(next_chunk, store):
    """A chunk that is not in use, the last of its chain."""
    made = store[FREE]
    if made >= 0:
        store[FREE] = next_chunk[made]
        store[FREE_COUNT] -= 1
    else:
        made = store[USED]
        store[USED] += 1
    next_chunk[made] = -1
    return made


@compiled
def give_back(chunk, next_chunk, store):
    """The chunk is no longer in use."""
    next_chunk[chunk] = store[FREE]
    store[FREE] = chunk
    store[FREE_COUNT] += 1


@compiled
def begin_chunk(chain, at, head, chunks, next_chunk, store):
    """Begin a chunk of a chain whose last one ends before place `at`; returns its first place."""
    made = new_chunk(next_chunk, store)
    if at == 0:
        head[chain] = made
    else:
        next_chunk[(at >> SHIFT) - 1] = made
    chunks[chain] += 1
    return made << SHIFT


@inlined
def place(chain, position, head, chunks, next_chunk, store):
    """Where the next record of a chain goes, among all records.

    `position` [chain] is the place after the last one; a multiple of CHUNK where the last chunk is
    full, and 0 where the chain is empty.
    """
    at = position[np.uint64(chain)]
    if at & FULL == 0:
        at = begin_chunk(chain, at, head, chunks, next_chunk, store)
    position[np.uint64(chain)] = at + 1
    return at


@compiled
def write_clocks(pool, at, entry, clock, clocks):
    """Write the words of a record that follow the first two."""
    word = np.uint64(entry + BIAS)
    if clocks > 0:
        word |= np.uint64(clock[0] + BIAS) << S32
    pool[at + 2] = word
    for i in range(1, clocks):
        if i % 2 == 1:
            pool[at + 3 + (i - 1) // 2] = np.uint64(clock[i] + BIAS)
        else:
            pool[at + 3 + (i - 1) // 2] |= np.uint64(clock[i] + BIAS) << S32


@compiled
def read_clocks(words, at, clock, clocks):
    """Read clocks from the words of a record that begin at `at`; returns the day of entry."""
    both = words[at]
    if clocks > 0:
        clock[0] = np.int64(both >> S32) - BIAS
        for i in range(1, clocks):
            other = words[at + 1 + (i - 1) // 2]
            clock[i] = np.int64((other & LOW) if i % 2 == 1 else (other >> S32)) - BIAS
    return np.int64(both & LOW) - BIAS


@inlined
def take_slot(slots, slot_store):
    """A slot that nobody stands in."""
    slot = slot_store[FREE]
    if slot >= 0:
        slot_store[FREE] = np.int64(slots[slot, SLOT_NEXT]) - 1
        slot_store[FREE_COUNT] -= 1
    else:
        slot = slot_store[USED]
        slot_store[USED] += 1
        slots[slot, SLOT_TURN] = 0
    return slot


@inlined
def free_slot(slot, slots, slot_store):
    """Nobody stands in the slot any more; what points to it is stale."""
    slots[slot, SLOT_TURN] = (slots[slot, SLOT_TURN] + np.uint64(1)) & LOW
    slots[slot, SLOT_NEXT] = np.uint64(slot_store[FREE] + 1)
    slot_store[FREE] = slot
    slot_store[FREE_COUNT] += 1


@inlined
def found_at(n, z, first, arm, ways, guide, bound):
    """Where the law of an arm, which begins at `first`, has the quantile n (the bits z)."""
    entry = np.uint64(ways[arm + np.uint64(ARM_GUIDE)]) + (
        z >> np.uint64(ways[arm + np.uint64(ARM_BITS)])
    )
    at = first + np.uint64(guide[entry])
    # The guide is fine, so that one step, without a branch, is nearly always enough.
    at += np.uint64(bound[at] <= n)
    while bound[at] <= n:
        at += np.uint64(1)
    return at


@inlined
def write_record(
    chain, key, word, day, stride, first_more, batch_more, position, head, chunks, next_chunk,
    store, pool,
):  # fmt: skip
    """Write a record to a chain; `first_more` is the place of its clocks, of which the day of entry
    is written anew."""
    # Unsigned: an index that may be negative costs a test each time.
    to = np.uint64(place(chain, position, head, chunks, next_chunk, store)) * np.uint64(stride)
    pool[to] = key
    pool[to + np.uint64(1)] = word
    if stride > 2:
        to += np.uint64(2)
        pool[to] = (batch_more[first_more] & ~LOW) | np.uint64(day + BIAS)
        for i in range(1, stride - 2):
            pool[to + np.uint64(i)] = batch_more[first_more + i]


@inlined
def write_joiner(
    key, word, coming, line, day, stride, first_more, batch_more, joiners, n_joiners, fresh_line,
    fresh_lot, fresh_who, n_fresh,
):  # fmt: skip
    """Write down one who joins a line that they stand in alone."""
    fresh_line[np.uint64(n_fresh)] = line
    fresh_lot[np.uint64(n_fresh)] = bits(key, visit_of(word), np.uint64(SALT_LOT))
    fresh_who[np.uint64(n_fresh)] = np.uint64(n_joiners)
    to = np.uint64(n_joiners) * np.uint64(stride + 1)
    joiners[to] = key
    joiners[to + np.uint64(ENTRY_WORD)] = word
    joiners[to + np.uint64(ENTRY_DAY)] = np.uint64(coming)
    if stride > 2:
        to += np.uint64(ENTRY_WORDS)
        joiners[to] = (batch_more[first_more] & ~LOW) | np.uint64(day + BIAS)
        for i in range(1, stride - 2):
            joiners[to + np.uint64(i)] = batch_more[first_more + i]


@inlined
def write_one_joiner(
    key, word, coming, line, entry, stride, clock, clocks, joiners, n_joiners, fresh_line,
    fresh_lot, fresh_who, n_fresh,
):  # fmt: skip
    """The same of one who does not come by the batch."""
    fresh_line[n_fresh] = line
    fresh_lot[n_fresh] = bits(key, visit_of(word), np.uint64(SALT_LOT))
    fresh_who[n_fresh] = np.uint64(n_joiners)
    to = n_joiners * (stride + 1)
    joiners[to] = key
    joiners[to + ENTRY_WORD] = word
    joiners[to + ENTRY_DAY] = np.uint64(coming)
    if stride > 2:
        write_clocks(joiners, to + 1, entry, clock, clocks)


@compiled_within
def draw_batch(
    shape,
    base,
    count,
    day,
    days,
    stride,
    clocks,
    n_cells,
    most_lines,
    batch_key,
    batch_word,
    batch_more,
    batch_due,
    batch_joins,
    batch_line,
    ways_of,
    ways,
    bound,
    guide,
    curve_of,
    curve_x,
    curve_gone,
    position,
    head,
    chunks,
    next_chunk,
    store,
    pool,
    slots,
    slot_store,
    fresh_line,
    fresh_lot,
    fresh_who,
    n_fresh,
    joiners,
    n_joiners,
    line_alone,
    line_branch,
    waiting,
    joined,
    passes,
    passed,
    cell_group,
    n_groups,
    leaving,
    leaving_row,
    branch_leaves,
    log_below,
    line_straight,
    next_word,
    come,
    moved,
    gone,
    today,
):
    """Draw what comes next for people who have just come to a plain state, and write it down.

    First all draw, and then all are written. They are `count` from `base` on; `batch_word` holds
    visit, cell and state, `batch_more` the words of clocks. Who joins a line that all pass today
    (`passes`) is called at once: their record goes to the chain after that of the last day. Others
    go to `joiners` if they stand in that line alone, and else get a slot; with a row of `fresh` for
    each line. Returns how many rows of `fresh`, and joiners, there are now.

    Whose next move is their last needs no record: they are counted in `leaving`, by the day, the
    branch (`branch_leaves`, -1 for others) and the group; `leaving_row` counts are a day's.

    Those called in a line that leads straight on go to its room (`line_straight`, 0: none) at once,
    and are counted in `moved` and `gone`. What is due at once goes to the chain `today`.
    """
    more = stride - 2
    some_lines = len(waiting) > 1
    state = np.uint64(0)
    if count > 0:
        state = state_of(batch_word[base])
    ways_of_cell = state * np.uint64(n_cells)

    if shape == SURE:
        joining = np.uint64(0)
        n_joining = np.int64(0)
        n_gone = np.int64(0)
        short = more == 0 and log_below == np.uint64(0)
        first_free = np.uint64(0)
        for j in range(np.uint64(base), np.uint64(base + count)):
            word = batch_word[j]
            key = batch_key[j]
            cell = cell_of(word)
            row = np.uint64((ways_of[ways_of_cell + cell] >> 16) << WAY_SHIFT)
            coming = day + ways[row + np.uint64(SURE_DAYS)]
            branch = np.uint64(ways[row + np.uint64(SURE_BRANCH)])
            line = ways[row + np.uint64(SURE_LINE)]
            if line >= 0:
                # Whoever of a state joins a line joins this one.
                joining = np.uint64(line)
                n_joining += 1
                if passes[joining] == 0:
                    write_joiner(
                        key, word | branch, coming, line, day, stride, j * np.uint64(more),
                        batch_more, joiners, n_joiners, fresh_line, fresh_lot, fresh_who, n_fresh,
                    )  # fmt: skip
                    n_joiners += 1
                    n_fresh += 1
                    continue
                branch = np.uint64(line_branch[joining])
                if line_straight[joining] > 0 and word < LAST_VISIT and short:
                    if n_gone == 0:
                        room = np.uint64(line_straight[joining])
                        first_free = room * np.uint64(ROOM) + np.uint64(come[room])
                    moved[branch, np.uint64(cell_group[cell])] += 1
                    to = first_free + np.uint64(n_gone)
                    n_gone += 1
                    batch_key[to] = key
                    batch_word[to] = ((word >> S24) << S24) + next_word[branch]
                    continue
                coming = np.int64(days)
            elif coming >= days:
                continue
            else:
                leaves = branch_leaves[branch]
                if leaves >= 0 and coming > day and key >= log_below:
                    leaving[
                        np.uint64(coming * leaving_row + leaves * n_groups + cell_group[cell])
                    ] += 1
                    continue
            write_record(
                coming, key, word | branch, day, stride, j * np.uint64(more), batch_more, position,
                head, chunks, next_chunk, store, pool,
            )  # fmt: skip
        if n_joining > 0:
            joined[joining] += n_joining
            if passes[joining] == 0:
                waiting[joining] += n_joining
            else:
                passed[joining] += n_joining - n_gone
                gone[joining] += n_gone
                come[np.uint64(line_straight[joining])] += n_gone
        return n_fresh, n_joiners

    if shape == ONE and count > 0:
        cell = cell_of(batch_word[base])
        way = np.uint64((ways_of[ways_of_cell + cell] >> 16) << WAY_SHIFT)
        first_arm = np.uint64(ways[way + np.uint64(WAY_ARM)] << WAY_SHIFT)
        others = ways[way + np.uint64(WAY_OTHERS)]
        salt_arm = np.uint64(ways[way + np.uint64(WAY_SALT_ARM)])
        salt_delay = np.uint64(ways[way + np.uint64(WAY_SALT_DELAY)])
        first_share = ways[first_arm + np.uint64(ARM_SHARE)]
        for j in range(np.uint64(base), np.uint64(base + count)):
            word = batch_word[j]
            person = address(batch_key[j], visit_of(word))
            # Which one: without a branch between two, for nobody can tell.
            n = np.int64(mix(person ^ salt_arm) >> S11)
            arm = first_arm + (np.uint64(n >= first_share) << np.uint64(WAY_SHIFT))
            if others > 1:
                while n >= ways[arm + np.uint64(ARM_SHARE)]:
                    arm += np.uint64(1 << WAY_SHIFT)
            z = mix(person ^ salt_delay)
            n = np.int64(z >> S11)
            first = np.uint64(ways[arm + np.uint64(ARM_TABLE)])
            at = found_at(n, z, first, arm, ways, guide, bound)
            stay = np.int64(at - first)
            if stay >= ways[arm + np.uint64(ARM_LENGTH)]:
                stay = np.int64(NEVER)
            batch_due[j] = day + stay
            batch_word[j] = word | np.uint64(ways[arm + np.uint64(ARM_BRANCH)])

    if shape == SINGLE and count > 0:
        cell = cell_of(batch_word[base])
        row = np.uint64((ways_of[ways_of_cell + cell] >> 16) << WAY_SHIFT)
        sure = np.uint64(ways[row + np.uint64(RACE_SURE)])
        sure_branch = np.uint64(
            ways[((sure & LOW) << np.uint64(WAY_SHIFT)) + np.uint64(ARM_BRANCH)]
        )
        row += np.uint64(1 << WAY_SHIFT)
        chance = ways[row + np.uint64(WAY_CHANCE)]
        salt_chance = np.uint64(ways[row + np.uint64(WAY_SALT_CHANCE)])
        salt_delay = np.uint64(ways[row + np.uint64(WAY_SALT_DELAY)])
        number = np.uint64(ways[row + np.uint64(WAY_ARM)])
        arm = number << np.uint64(WAY_SHIFT)
        shift = np.uint64(ways[arm + np.uint64(ARM_BITS)])
        first_entry = np.uint64(ways[arm + np.uint64(ARM_GUIDE)])
        first = np.uint64(ways[arm + np.uint64(ARM_TABLE)])
        branch = np.uint64(ways[arm + np.uint64(ARM_BRANCH)])
        # It comes first where its quantile is below this bound.
        before = ways[row + np.uint64(WAY_BEFORE)]
        last = first + np.uint64(ways[arm + np.uint64(ARM_LENGTH)])
        sure_days = day + np.int64(sure >> S32)
        for j in range(np.uint64(base), np.uint64(base + count)):
            word = batch_word[j]
            person = address(batch_key[j], visit_of(word))
            coming = sure_days
            what_next = sure_branch
            if chance >= CERTAIN or np.int64(mix(person ^ salt_chance) >> S11) < chance:
                z = mix(person ^ salt_delay)
                n = np.int64(z >> S11)
                at = first + np.uint64(guide[first_entry + (z >> shift)])
                at += np.uint64(bound[at] <= n)
                while bound[at] <= n:
                    at += np.uint64(1)
                if n < before and at < last:
                    coming = day + np.int64(at - first)
                    what_next = branch
            batch_due[j] = coming
            batch_word[j] = word | what_next

    if shape == RACE:
        for j in range(np.uint64(base), np.uint64(base + count)):
            word = batch_word[j]
            person = address(batch_key[j], visit_of(word))
            cell = cell_of(word)
            row = np.uint64((ways_of[ways_of_cell + cell] >> 16) << WAY_SHIFT)
            # Days, and below them the row of the arm: of two due at once the earlier in the file.
            next_move = np.uint64(ways[row + np.uint64(RACE_SURE)])
            race = row
            near = np.uint64(0)
            for _ in range(ways[row + np.uint64(RACE_WAYS)]):
                row += np.uint64(1 << WAY_SHIFT)
                chance = ways[row + np.uint64(WAY_CHANCE)]
                if chance < CERTAIN:
                    salt = np.uint64(ways[row + np.uint64(WAY_SALT_CHANCE)])
                    if np.int64(mix(person ^ salt) >> S11) >= chance:
                        continue
                number = np.uint64(ways[row + np.uint64(WAY_ARM)])
                others = ways[row + np.uint64(WAY_OTHERS)]
                if others > 0:
                    salt = np.uint64(ways[row + np.uint64(WAY_SALT_ARM)])
                    n = np.int64(mix(person ^ salt) >> S11)
                    number += np.uint64(
                        n >= ways[(number << np.uint64(WAY_SHIFT)) + np.uint64(ARM_SHARE)]
                    )
                    if others > 1:
                        while n >= ways[(number << np.uint64(WAY_SHIFT)) + np.uint64(ARM_SHARE)]:
                            number += np.uint64(1)
                arm = number << np.uint64(WAY_SHIFT)
                stay = np.uint64(ways[arm + np.uint64(ARM_FIXED)])
                if ways[arm + np.uint64(ARM_FIXED)] < 0:
                    z = mix(person ^ np.uint64(ways[row + np.uint64(WAY_SALT_DELAY)]))
                    n = np.int64(z >> S11)
                    first = np.uint64(ways[arm + np.uint64(ARM_TABLE)])
                    at = found_at(n, z, first, arm, ways, guide, bound)
                    stay = at - first
                    if stay >= np.uint64(ways[arm + np.uint64(ARM_LENGTH)]):
                        continue
                near |= np.uint64(stay + np.uint64(1) - (next_move >> S32) <= np.uint64(2))
                next_move = min(next_move, np.uint64((stay << S32) | number))
            arm = (next_move & LOW) << np.uint64(WAY_SHIFT)
            batch_due[j] = day + np.int64(next_move >> S32)
            batch_word[j] = word | np.uint64(ways[arm + np.uint64(ARM_BRANCH)])
            if near > 0:
                # Two that are due within a day of each other: the time of day tells.
                batch_due[j], number = first_drawn(
                    person, day, np.int64(race >> np.uint64(WAY_SHIFT)) + 1,
                    ways[race + np.uint64(RACE_WAYS)], np.uint64(ways[race + np.uint64(RACE_SURE)]),
                    ways, guide, bound, curve_of, curve_x, curve_gone,
                )  # fmt: skip
                arm = np.uint64(number << WAY_SHIFT)
                batch_word[j] = word | np.uint64(ways[arm + np.uint64(ARM_BRANCH)])

    if shape != SEVERAL:
        for j in range(np.uint64(base), np.uint64(base + count)):
            coming = batch_due[j]
            if coming >= days:
                continue
            word = batch_word[j]
            key = batch_key[j]
            leaves = branch_leaves[branch_of(word)]
            if leaves >= 0 and coming > day and key >= log_below:
                group = cell_group[cell_of(word)]
                leaving[np.uint64(coming * leaving_row + leaves * n_groups + group)] += 1
                continue
            if coming == day:
                coming = today
            write_record(
                coming, key, word, day, stride, j * np.uint64(more), batch_more, position, head,
                chunks, next_chunk, store, pool,
            )  # fmt: skip
        return n_fresh, n_joiners

    for j in range(base, base + count):
        word = batch_word[j]
        key = batch_key[j]
        person = address(key, visit_of(word))
        cell = cell_of(word)
        code = ways_of[ways_of_cell + cell]
        row = np.uint64((code >> WAYS_BITS) << WAY_SHIFT)
        coming = np.int64(NEVER)
        branch = np.int64(EVALUATE)
        evaluate = np.int64(NEVER)
        joins = 0
        near = False
        some_random = False
        for _ in range(code & WAYS_COUNT):
            way = row
            row += np.uint64(1 << WAY_SHIFT)
            chance = ways[way + np.uint64(WAY_CHANCE)]
            if chance < CERTAIN:
                salt = np.uint64(ways[way + np.uint64(WAY_SALT_CHANCE)])
                if np.int64(mix(person ^ salt) >> S11) >= chance:
                    continue
            arm = np.uint64(ways[way + np.uint64(WAY_ARM)] << WAY_SHIFT)
            others = ways[way + np.uint64(WAY_OTHERS)]
            if others > 0:
                # Which one: without a branch between two, for nobody can tell.
                n = np.int64(mix(person ^ np.uint64(ways[way + np.uint64(WAY_SALT_ARM)])) >> S11)
                arm += np.uint64(n >= ways[arm + np.uint64(ARM_SHARE)]) << np.uint64(WAY_SHIFT)
                if others > 1:
                    while n >= ways[arm + np.uint64(ARM_SHARE)]:
                        arm += np.uint64(1 << WAY_SHIFT)
            stay = ways[arm + np.uint64(ARM_FIXED)]
            random = stay < 0
            if random:
                z = mix(person ^ np.uint64(ways[way + np.uint64(WAY_SALT_DELAY)]))
                n = np.int64(z >> S11)
                first = np.uint64(ways[arm + np.uint64(ARM_TABLE)])
                at = found_at(n, z, first, arm, ways, guide, bound)
                stay = np.int64(at - first)
                if stay >= ways[arm + np.uint64(ARM_LENGTH)]:
                    continue
            line = ways[arm + np.uint64(ARM_LINE)]
            if some_lines and line >= 0:
                if stay == 0:
                    batch_line[j * most_lines + joins] = line
                    joins += 1
                else:
                    evaluate = min(evaluate, stay)
                continue
            some_random |= random
            near |= some_random and abs(stay - coming) <= 1
            if stay < coming:
                coming = stay
                branch = ways[arm + np.uint64(ARM_BRANCH)]
        if near:
            coming, number = first_drawn(
                person, np.int64(0), code >> WAYS_BITS, code & WAYS_COUNT, np.uint64(NEVER) << S32,
                ways, guide, bound, curve_of, curve_x, curve_gone,
            )  # fmt: skip
            branch = ways[np.uint64(number << WAY_SHIFT) + np.uint64(ARM_BRANCH)]
        if evaluate < coming:
            coming = evaluate
            branch = np.int64(EVALUATE)
        if some_lines:
            batch_joins[j] = 0 if coming == 0 else joins
        batch_due[j] = day + coming
        batch_word[j] = word | np.uint64(branch)

    for j in range(base, base + count):
        coming = batch_due[j]
        word = batch_word[j]
        if some_lines and batch_joins[j] > 0:
            line = batch_line[j * most_lines]
            joined[line] += 1
            if batch_joins[j] == 1 and passes[line] == 1:
                passed[line] += 1
                word = with_branch(word, line_branch[line])
                coming = days
            else:
                waiting[line] += 1
                if line_alone[line] == 1:
                    write_joiner(
                        batch_key[j], word, coming, line, day, stride, j * more, batch_more,
                        joiners, n_joiners, fresh_line, fresh_lot, fresh_who, n_fresh,
                    )  # fmt: skip
                    n_joiners += 1
                    n_fresh += 1
                    continue
                slot = take_slot(slots, slot_store)
                slots[slot, SLOT_KEY] = batch_key[j]
                slots[slot, SLOT_WORD] = with_branch(word, 0)
                slots[slot, SLOT_DAYS] = np.uint64(day + BIAS) | (np.uint64(coming) << S32)
                slots[slot, SLOT_COUNT] = np.uint64(batch_joins[j]) | (
                    branch_of(word) << np.uint64(16)
                )
                if clocks > 0:
                    first_word = np.int64(j * more)
                    slots[slot, SLOT_CLOCKS] = batch_more[first_word] >> S32
                    for i in range(1, clocks):
                        other = batch_more[first_word + 1 + (i - 1) // 2]
                        slots[slot, SLOT_CLOCKS + i] = (
                            (other & LOW) if i % 2 == 1 else (other >> S32)
                        )
                lot = bits(batch_key[j], visit_of(word), np.uint64(SALT_LOT))
                who = np.uint64(slot) | (slots[slot, SLOT_TURN] << S32)
                for i in range(batch_joins[j]):
                    line = batch_line[j * most_lines + i]
                    slots[slot, SLOT_CLOCKS + clocks + i] = np.uint64(line) | (
                        np.uint64(day) << S32
                    )
                    fresh_line[n_fresh] = line
                    fresh_lot[n_fresh] = lot
                    fresh_who[n_fresh] = who
                    n_fresh += 1
                    if i > 0:
                        waiting[line] += 1
                        joined[line] += 1
                continue
        elif coming >= days:
            continue
        else:
            leaves = branch_leaves[branch_of(word)]
            if leaves >= 0 and batch_key[j] >= log_below and coming > day:
                group = cell_group[cell_of(word)]
                leaving[np.uint64(coming * leaving_row + leaves * n_groups + group)] += 1
                continue
        write_record(
            coming, batch_key[j], word, day, stride, j * more, batch_more, position, head, chunks,
            next_chunk, store, pool,
        )  # fmt: skip
    return n_fresh, n_joiners


@compiled
def write_waiting(coming, slot, stride, slots, position, head, chunks, next_chunk, store, pool):
    """Write the record of one who waits: what happens if nobody calls them until then."""
    at = place(coming, position, head, chunks, next_chunk, store) * stride
    pool[at] = slots[slot, SLOT_TURN]
    pool[at + 1] = (np.uint64(slot) << S14) | np.uint64(WAITING)
