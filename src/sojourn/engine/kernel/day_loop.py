"""The event kernel: days in order, and on each the people who have something due.

Memory is laid out as `layout` says. Those who come to a plain state (one that sets and reads no
clock, where no policy changes) are drawn by the batch, in `batches`; all others one by one, here.
The meaning is that of `engine/twin.py`; the two give the same events.
"""

# One flat kernel on purpose (helpers that take many arrays cost 5 to 9 times), typed by Numba.
# ruff: noqa: PLR0912, PLR0915, ANN001, ANN201
# mypy: disable-error-code="no-untyped-def, assignment"

import numpy as np

from sojourn.engine.kernel.batches import (
    draw_batch,
    free_slot,
    give_back,
    place,
    read_clocks,
    take_slot,
    write_clocks,
    write_one_joiner,
    write_waiting,
)
from sojourn.engine.kernel.competing_ways import draw_ways
from sojourn.engine.kernel.compiled import compiled, prefetch
from sojourn.engine.kernel.layout import (
    BIAS,
    CHUNK,
    ENTERED,
    ENTRY_DAY,
    ENTRY_LOT,
    ENTRY_WHO,
    ENTRY_WORD,
    ENTRY_WORDS,
    EVALUATE,
    FREE,
    FREE_COUNT,
    FULL,
    IN_LINE,
    LAST_VISIT,
    LEFT,
    LOW,
    MOST_VISITS,
    NOTHING,
    ROOM,
    S14,
    S24,
    S32,
    S44,
    SALT_AGE,
    SALT_LOT,
    SHIFT,
    SLOT_CLOCKS,
    SLOT_COUNT,
    SLOT_DAYS,
    SLOT_KEY,
    SLOT_NEXT,
    SLOT_TURN,
    SLOT_WORD,
    USED,
    WAITING,
    branch_of,
    cell_of,
    lines_of,
    state_of,
    visit_of,
    with_branch,
    word_of,
)
from sojourn.engine.kernel.line_order import advance, order_today, stale, step
from sojourn.engine.kernel.served_time import DUE, PLACE, TIME, gone_in_steps, left_of
from sojourn.engine.random import address, bits, person_key, uniform
from sojourn.engine.stay_tables import NEVER, look_up

STAYS, PLAIN, NOT_PLAIN, CHANGES = 0, 1, 2, 4
"""Kinds of branches: out, or to an end that is plain; to a plain state; to one that is not. CHANGES
is added to the first two where facts change."""

DONE, TOO_MANY_VISITS, ZERO_CYCLE, NO_ROOM, STOPPED = 0, 1, 2, 3, 4

ADMITTED = 1 << 32
"""In an event, the number of an admission to state s is ADMITTED + s, …"""
IN_STOCK = 1 << 33
"""… and of one of the stock who is there on day 0 IN_STOCK + s."""

MOST_MOVES_A_DAY = 100_000
"""A person who moves more often within one day goes round for ever."""


@compiled
def write_event(log_rows, logged, day, key, visit, what, state, cell):
    """Keep an event if there is room for it; returns how many there have been."""
    if logged < log_rows.shape[0]:
        log_rows[logged, 0] = day
        log_rows[logged, 1] = key
        log_rows[logged, 2] = visit
        log_rows[logged, 3] = what
        log_rows[logged, 4] = np.uint64(state)
        log_rows[logged, 5] = cell
    return logged + 1


@compiled
def run_days(pathway, lines, entrants, laws, memory, counts, log_rows, log_below, stop):
    """Run all days; fill the counts; return (code, events logged, peak bytes of records).

    The groups of arrays are those of `arguments`; no group is handed on, for that costs 5 to 9
    times. NO_ROOM asks for more room. `log_rows` [n, 6] receives events of people whose mixed key
    is below `log_below`. Somebody else may set `stop` [1], which is looked at in every round.
    """
    days = pathway.days
    period_of_day = pathway.period_of_day
    clocks = pathway.clocks
    keep_entry = pathway.keep_entry
    cell_group = pathway.cell_group
    state_facility = pathway.state_facility
    state_end = pathway.state_end
    state_plain = pathway.state_plain
    room_shape = pathway.room_shape
    state_first = pathway.state_first
    set_first = pathway.set_first
    set_clock = pathway.set_clock
    set_table = pathway.set_table
    set_day = pathway.set_day
    set_from = pathway.set_from
    set_until = pathway.set_until
    set_salt = pathway.set_salt
    set_condition = pathway.set_condition
    set_given = pathway.set_given
    transition_when = pathway.transition_when
    transition_start = pathway.transition_start
    transition_running = pathway.transition_running
    transition_becomes = pathway.transition_becomes
    transition_first = pathway.transition_first
    policy_first = pathway.policy_first
    policy_day = pathway.policy_day
    policy_everyone = pathway.policy_everyone
    policy_clock = pathway.policy_clock
    policy_offset = pathway.policy_offset
    policy_chance = pathway.policy_chance
    policy_branch = pathway.policy_branch
    look_first = pathway.look_first
    look_day = pathway.look_day
    salt_chance = pathway.salt_chance
    salt_branch = pathway.salt_branch
    salt_delay = pathway.salt_delay
    branch_transition = pathway.branch_transition
    branch_kind = pathway.branch_kind
    branch_leaves = pathway.branch_leaves
    leaving_branch = pathway.leaving_branch
    branch_source = pathway.branch_source
    branch_target = pathway.branch_target
    branch_into = pathway.branch_into
    next_word = pathway.next_word
    branch_share = pathway.branch_share
    branch_line = pathway.branch_line
    branch_table = pathway.branch_table
    becomes_map = pathway.becomes_map

    line_branch = lines.line_branch
    line_target = lines.line_target
    line_facility = lines.line_facility
    line_quota = lines.line_quota
    line_priority = lines.line_priority
    line_otherwise = lines.line_otherwise
    line_alone = lines.line_alone
    line_patience = lines.line_patience
    line_straight = lines.line_straight
    line_open = lines.line_open
    most_lines = lines.most_lines
    quota_limit = lines.quota_limit
    quota_period = lines.quota_period
    room_for = lines.room_for

    entrant_key = entrants.entrant_key
    entrant_cell = entrants.entrant_cell
    entrant_state = entrants.entrant_state
    entrant_count = entrants.entrant_count
    entrant_age = entrants.entrant_age
    entrant_line = entrants.entrant_line
    entrant_set_first = entrants.entrant_set_first
    stocks = entrants.stocks
    arrivals = entrants.arrivals

    cdf = laws.cdf
    table_start = laws.table_start
    table_length = laws.table_length
    guide = laws.guide
    guide_start = laws.guide_start
    guide_size = laws.guide_size
    table_fixed = laws.table_fixed
    several = laws.several
    table_whole = laws.table_whole
    curve_x = laws.curve_x
    curve_gone = laws.curve_gone
    curve_start = laws.curve_start
    curve_size = laws.curve_size
    ways_of = laws.ways_of
    ways = laws.ways
    bound = laws.bound
    curve_of = laws.curve_of

    pool = memory.pool
    next_chunk = memory.next_chunk
    slots = memory.slots
    queue = memory.queue
    queue_next = memory.queue_next
    fresh_line = memory.fresh_line
    fresh_lot = memory.fresh_lot
    fresh_who = memory.fresh_who
    today_lot = memory.today_lot
    today_who = memory.today_who
    spare_lot = memory.spare_lot
    spare_who = memory.spare_who
    joiners = memory.joiners
    shelf = memory.shelf
    by_day = memory.by_day
    by_line = memory.by_line
    stores = memory.stores
    batch_key = memory.batch_key
    batch_word = memory.batch_word
    batch_more = memory.batch_more
    batch_due = memory.batch_due
    batch_joins = memory.batch_joins
    batch_line = memory.batch_line
    come = memory.come
    todo = memory.todo
    leaving = memory.leaving
    current = memory.current
    moved = memory.moved
    scratch = memory.scratch
    way_ints = memory.way_ints
    way_floats = memory.way_floats

    census = counts.census
    flows = counts.flows
    admitted = counts.admitted
    line_waiting = counts.line_waiting
    line_joined = counts.line_joined
    line_served = counts.line_served
    line_left = counts.line_left
    line_days = counts.line_days
    wait_served = counts.wait_served
    wait_left = counts.wait_left
    wait_still = counts.wait_still
    occupied = counts.occupied

    n_states = len(state_end)
    n_cells = len(cell_group)
    n_groups = census.shape[2]
    n_lines = len(line_target)
    n_quotas = quota_limit.shape[1]
    n_entrants = len(entrant_cell)
    n_facilities = room_for.shape[1]
    stride = 2 + ((clocks + 2) // 2 if keep_entry else 0)
    more = stride - 2

    # Parts of the room to work in; all begin with noughts.
    inside = scratch[0]  # by facility; the last counts those in no facility
    entered_before = scratch[1]
    clock = scratch[2]
    room = scratch[3]
    left_quota = scratch[4]
    joins = scratch[5]
    clock[:] = NEVER

    # The calendar: a chain of chunks for each day.
    head = by_day[0]
    position = by_day[1]
    chunks = by_day[2]
    head[:] = -1
    store = stores[0]
    store[FREE] = -1
    n_chunks = len(next_chunk)

    slot_store = stores[1]
    slot_store[FREE] = -1
    n_slots = len(slots)
    slot_words = slots.shape[1]
    line_word = SLOT_CLOCKS + clocks
    entry_words = ENTRY_WORDS + more

    # Lines: a chain of chunks for each, of those who came before today; `front` is its first.
    queue_head = by_line[0]
    front = by_line[1]
    queue_position = by_line[2]
    queue_chunks = by_line[3]
    queue_store = stores[2]
    queue_store[FREE] = -1
    # Those who join a line today: as they come, and in order of their lots.
    most_fresh = len(fresh_line)
    most_joiners = len(joiners) // entry_words
    n_fresh = 0
    n_joiners = 0
    points_to_entries = False
    today_first = by_line[4]
    today_last = by_line[5]
    waiting = by_line[6]
    joined = by_line[7]
    passes = by_line[8]
    # Whoever is called goes to the chain after that of the last day, and on from there in the next
    # round. Of each line: those called as they joined it in this round; those in that chain; and
    # those who go on in this round. Their places are counted when they are called. Of a line that
    # leads straight on: those who have gone on as they joined it, without that chain.
    passed = by_line[9]
    called = by_line[10]
    going_on = by_line[11]
    gone = by_line[12]
    wanted_by_facility = scratch[6]
    wanted_by_quota = scratch[7]

    # Those who have come to a plain state, `come` of them, are drawn by the batch. Room for those
    # who are called in a line that leads straight on follows that of the states.
    n_rooms = len(room_shape)
    short = more == 0 and log_below == 0
    n_branches = len(branch_target)
    leaving_row = len(leaving_branch) * n_groups
    logged = 0
    most_used = 0

    for day in range(days):
        period = period_of_day[day]
        for q in range(n_quotas):
            if day == 0 or quota_period[day, q] != quota_period[day - 1, q]:
                left_quota[q] = quota_limit[day, q]
            elif quota_limit[day, q] != quota_limit[day - 1, q]:
                left_quota[q] += quota_limit[day, q] - quota_limit[day - 1, q]
        for f in range(n_facilities):
            room[f] = room_for[day, f]
        # Those who leave today, of whom nothing but this was written down.
        for i in range(len(leaving_branch)):
            for group in range(n_groups):
                moved[leaving_branch[i], group] += leaving[day * leaving_row + i * n_groups + group]

        entrant = 0 if day == 0 else stocks
        number = 0
        rounds = 0
        while True:  # rounds of (3) transitions due today and (4) lines
            if stop[0] != 0:
                return STOPPED, logged, most_used
            rounds += 1
            if rounds > MOST_MOVES_A_DAY:
                return ZERO_CYCLE, logged, most_used
            for line in range(n_lines if rounds == 1 else 0):
                # Those whose patience ends are in front.
                patience = line_patience[line]
                if patience == 0 or queue_position[line] == 0:
                    continue
                if n_chunks - store[USED] + store[FREE_COUNT] < waiting[line] // CHUNK + 2:
                    return NO_ROOM, logged, most_used
                while queue_position[line] > 0:
                    at = front[line] * entry_words
                    if np.int64(queue[at + ENTRY_DAY] & LOW) + patience > day:
                        break
                    word = queue[at + ENTRY_WORD]
                    if word != LEFT:
                        to = place(day, position, head, chunks, next_chunk, store) * stride
                        pool[to] = queue[at]
                        pool[to + 1] = word
                        for i in range(more):
                            pool[to + 2 + i] = queue[at + ENTRY_WORDS + i]
                        waiting[line] -= 1
                        line_left[period, line] += 1
                        wait_left[line, patience] += 1
                    step(line, front, queue_position, queue_next, queue_store)
            # Room for all that this round can write.
            reading_fill = ((position[day] - 1) & FULL) + 1
            need = (chunks[day] - 1) * CHUNK + reading_fill if chunks[day] > 0 else 0
            for e in range(entrant, n_entrants):
                need += entrant_count[e] if e < stocks else arrivals[day, e - stocks]
            wanted = need // CHUNK + min(need, days) + 3
            if n_chunks - store[USED] + store[FREE_COUNT] < wanted:
                return NO_ROOM, logged, most_used
            if n_lines > 0 and (
                n_slots - slot_store[USED] + slot_store[FREE_COUNT] < need
                or most_fresh - n_fresh < need * most_lines
                or most_joiners - n_joiners < need
            ):
                return NO_ROOM, logged, most_used

            if n_lines > 0:
                # Lines that all of this round pass: nobody waits for what they need, and it is
                # enough for everybody. Who is served first does not matter in them.
                wanted_by_facility[:] = 0
                wanted_by_quota[:] = 0
                for line in range(n_lines):
                    wanted_by_facility[line_facility[line]] += waiting[line]
                    wanted_by_quota[line_quota[line]] += waiting[line]
                for line in range(n_lines):
                    f = line_facility[line]
                    quota = line_quota[line]
                    passes[line] = (
                        line_open[day, line] == 1
                        and waiting[line] == 0
                        and (f < 0 or (wanted_by_facility[f] == 0 and room[f] - inside[f] >= need))
                        and (
                            quota < 0 or (wanted_by_quota[quota] == 0 and left_quota[quota] >= need)
                        )
                    )

            # (2) and (3): those who enter, and transitions due today.
            reading = head[day]
            head[day] = -1
            position[day] = 0
            chunks[day] = 0
            place_in_todo = 0
            n_todo = np.int64(-1)  # the chunk has not been looked at
            some_point = points_to_entries or slot_store[USED] > 0
            # States from this one on where as many have come are drawn before anybody else comes.
            draw_from = np.int64(n_rooms)
            draw_least = CHUNK
            while True:
                while draw_from < n_rooms and come[draw_from] < draw_least:
                    draw_from += 1
                if draw_from < n_rooms:
                    # What is due at once of those called in this round is for the next.
                    today = np.int64(day) if draw_from < n_states else np.int64(days)
                    n_fresh, n_joiners = draw_batch(
                        room_shape[draw_from], draw_from * ROOM, come[draw_from], day, days,
                        stride, clocks, n_cells, most_lines, batch_key, batch_word, batch_more,
                        batch_due, batch_joins, batch_line, ways_of, ways, bound, guide, curve_of,
                        curve_x, curve_gone, position,
                        head, chunks, next_chunk, store, pool, slots, slot_store, fresh_line,
                        fresh_lot, fresh_who, n_fresh, joiners, n_joiners, line_alone, line_branch,
                        waiting, joined, passes, passed, cell_group, n_groups, leaving, leaving_row,
                        branch_leaves, log_below, line_straight, next_word, come, moved, gone,
                        today,
                    )  # fmt: skip
                    come[draw_from] = 0
                    draw_from += 1
                    continue
                if draw_least == 1:
                    break
                slot = np.int64(-1)
                fire = np.int64(-1)
                arriving = False
                own_sets = -1
                if entrant < n_entrants:
                    e = entrant
                    count = entrant_count[e] if e < stocks else arrivals[day, e - stocks]
                    if number >= count:
                        entered_before[e] += count
                        entrant += 1
                        number = 0
                        continue
                    cell = entrant_cell[e]
                    state = entrant_state[e]
                    for i in range(clocks):
                        clock[i] = NEVER
                    if (
                        state_plain[state] == 1
                        and entrant_line[e] < 0
                        and entrant_age[e] < 0
                        and entrant_set_first[e] == entrant_set_first[e + 1]
                    ):
                        coming_now = np.int64(min(CHUNK, count - number))
                        base = state * ROOM + come[state]
                        word = word_of(0, cell, state, 0)
                        for i in range(coming_now):
                            batch_key[base + i] = person_key(
                                entrant_key[e], entered_before[e] + number + i
                            )
                            batch_word[base + i] = word
                        for i in range(coming_now if more > 0 else 0):
                            write_clocks(batch_more, (base + i) * more - 2, day, clock, clocks)
                        number += coming_now
                        current[state, cell_group[cell]] += coming_now
                        inside[state_facility[state]] += coming_now
                        if e >= stocks:
                            admitted[period, state, cell_group[cell]] += coming_now
                        for i in range(coming_now if log_below > 0 else 0):
                            if batch_key[base + i] < log_below:
                                logged = write_event(
                                    log_rows, logged, day, batch_key[base + i], 0,
                                    (IN_STOCK if e < stocks else ADMITTED) + state, state, cell,
                                )  # fmt: skip
                        if state_end[state] == 0:
                            come[state] += coming_now
                            if come[state] >= CHUNK:
                                draw_from = np.int64(state)
                        continue
                    key = person_key(entrant_key[e], entered_before[e] + number)
                    number += 1
                    visit = np.int64(0)
                    entry = np.int64(day)
                    if entrant_line[e] >= 0:
                        # Admissions to a hard facility wait outside until they are served.
                        current[n_states, cell_group[cell]] += 1
                        line = entrant_line[e]
                        joined[line] += 1
                        if line_alone[line] == 1:
                            word = word_of(0, cell, state, ENTERED)
                            write_one_joiner(
                                key, word, NEVER, line, day, stride, clock, clocks, joiners,
                                n_joiners, fresh_line, fresh_lot, fresh_who, n_fresh,
                            )  # fmt: skip
                            n_joiners += 1
                            n_fresh += 1
                            waiting[line] += 1
                            continue
                        slot = take_slot(slots, slot_store)
                        slots[slot, SLOT_KEY] = key
                        slots[slot, SLOT_WORD] = word_of(0, cell, state, 0)
                        slots[slot, SLOT_DAYS] = np.uint64(day + BIAS) | (np.uint64(NEVER) << S32)
                        slots[slot, SLOT_NEXT] = np.uint64(e)
                        slots[slot, SLOT_COUNT] = 1
                        slots[slot, line_word] = np.uint64(line) | (np.uint64(day) << S32)
                        fresh_line[n_fresh] = line
                        fresh_lot[n_fresh] = bits(key, 0, np.uint64(SALT_LOT))
                        fresh_who[n_fresh] = np.uint64(slot) | (slots[slot, SLOT_TURN] << S32)
                        n_fresh += 1
                        waiting[line] += 1
                        continue
                    if entrant_age[e] >= 0:
                        entry = -look_up(
                            uniform(key, 0, np.uint64(SALT_AGE)), entrant_age[e], cdf,
                            table_start, table_length, guide, guide_start, guide_size,
                            table_fixed,
                        )  # fmt: skip
                    own_sets = e
                    current[state, cell_group[cell]] += 1
                    inside[state_facility[state]] += 1
                    if e >= stocks:
                        admitted[period, state, cell_group[cell]] += 1
                    if log_below > 0 and key < log_below:
                        logged = write_event(
                            log_rows, logged, day, key, visit,
                            (IN_STOCK if e < stocks else ADMITTED) + state, state, cell,
                        )  # fmt: skip
                    arriving = True
                else:
                    if reading < 0:
                        draw_from = np.int64(0)
                        draw_least = 1
                        continue
                    if n_todo < 0:
                        # Those who come to a plain state, or leave, are a batch; the others wait.
                        n_todo = np.int64(0)
                        place_in_todo = 0
                        following = np.int64(next_chunk[reading])
                        last_here = CHUNK
                        if following < 0:
                            last_here = reading_fill
                        else:
                            ahead = (following << SHIFT) * stride
                            for i in range(0, CHUNK * stride, 8):
                                prefetch(pool, ahead + i)
                        here = np.uint64(reading << SHIFT) * np.uint64(stride)
                        some_in_line = False
                        for i in range(last_here if some_point else 0):
                            word = pool[here + np.uint64(i * stride + 1)]
                            if branch_of(word) == np.uint64(WAITING):
                                prefetch(slots, np.int64(word >> S14) * slot_words)
                            elif branch_of(word) == np.uint64(IN_LINE):
                                prefetch(queue, np.int64(word >> S14) * entry_words)
                                some_in_line = True
                        for i in range(last_here if some_in_line else 0):
                            # Whoever is still there leaves the line: the record is theirs now.
                            to = (reading << SHIFT) * stride + i * stride
                            word = pool[to + 1]
                            if branch_of(word) == np.uint64(IN_LINE):
                                at = np.int64(word >> S14) * entry_words
                                word = queue[at + ENTRY_WORD]
                                if address(queue[at], visit_of(word)) != pool[to]:
                                    pool[to + 1] = np.uint64(NOTHING)
                                    continue
                                pool[to] = queue[at]
                                pool[to + 1] = word
                                for k in range(more):
                                    pool[to + 2 + k] = queue[at + ENTRY_WORDS + k]
                                queue[at + ENTRY_WORD] = LEFT
                                line = np.int64(queue[at + ENTRY_DAY] >> S32)
                                waiting[line] -= 1
                                line_left[period, line] += 1
                                wait_left[line, day - np.int64(queue[at + ENTRY_DAY] & LOW)] += 1
                        for i in range(last_here):
                            key = pool[here]
                            word = pool[here + np.uint64(1)]
                            what_next = branch_of(word)
                            if what_next < np.uint64(n_branches):
                                kind = branch_kind[what_next]
                                if short and kind <= PLAIN and word < LAST_VISIT:
                                    # As below, for most: two words, and no change of facts.
                                    group = cell_group[cell_of(word)]
                                    moved[what_next, np.uint64(group)] += 1
                                    into = np.uint64(branch_into[what_next])
                                    now = come[into]
                                    base = into * np.uint64(ROOM) + np.uint64(now)
                                    batch_key[base] = key
                                    batch_word[base] = ((word >> S24) << S24) + next_word[what_next]
                                    come[into] = now + kind
                                    here += np.uint64(2)
                                    continue
                                if kind == NOT_PLAIN or word >= LAST_VISIT:
                                    todo[n_todo] = i
                                    n_todo += 1
                                    here += np.uint64(stride)
                                    continue
                                target = branch_target[what_next]
                                cell = np.int64(cell_of(word))
                                group = cell_group[np.uint64(cell)]
                                moved[what_next, np.uint64(group)] += 1
                                if kind >= CHANGES:
                                    # The facts change, and with them perhaps the group.
                                    kind -= CHANGES
                                    cell = np.int64(
                                        becomes_map[
                                            transition_becomes[branch_transition[what_next]], cell
                                        ]
                                    )
                                    if target >= 0:
                                        current[target, group] -= 1
                                        current[target, cell_group[cell]] += 1
                                # The next visit, in the target state.
                                word = (
                                    ((word >> S44) << S44)
                                    + (np.uint64(1) << S44)
                                    + (np.uint64(cell) << S24)
                                )
                                if log_below > 0 and key < log_below:
                                    logged = write_event(
                                        log_rows, logged, day, key, visit_of(word),
                                        np.int64(what_next), target, cell,
                                    )  # fmt: skip
                                # Nobody can tell who leaves: this is written without a branch.
                                into = np.uint64(branch_into[what_next])
                                now = np.uint64(come[into])
                                base = into * np.uint64(ROOM) + now
                                batch_key[base] = key
                                batch_word[base] = word | (np.uint64(target) << S14)
                                for k in range(more):
                                    batch_more[base * np.uint64(more) + np.uint64(k)] = pool[
                                        here + np.uint64(2 + k)
                                    ]
                                come[into] = np.int64(now) + np.int64(kind != STAYS)
                            elif what_next == np.uint64(ENTERED):
                                into = state_of(word)
                                # Whoever has clocks to set is looked at, in a plain state too.
                                sets_clocks = clocks > 0 and (
                                    pool[here + np.uint64(2)] >> S32 < np.uint64(BIAS)
                                )
                                if state_plain[into] == 1 and not sets_clocks:
                                    base = into * np.uint64(ROOM) + np.uint64(come[into])
                                    batch_key[base] = key
                                    batch_word[base] = with_branch(word, 0)
                                    for k in range(more):
                                        batch_more[base * np.uint64(more) + np.uint64(k)] = pool[
                                            here + np.uint64(2 + k)
                                        ]
                                    come[into] += 1 - state_end[into]
                                else:
                                    todo[n_todo] = i
                                    n_todo += 1
                            elif what_next != np.uint64(NOTHING) and (
                                what_next != np.uint64(WAITING)
                                or slots[np.int64(word >> S14), SLOT_TURN] == key
                            ):
                                todo[n_todo] = i
                                n_todo += 1
                            here += np.uint64(stride)
                        draw_from = np.int64(0)
                        continue
                    if place_in_todo >= n_todo:
                        following = np.int64(next_chunk[reading])
                        give_back(reading, next_chunk, store)
                        reading = following
                        n_todo = np.int64(-1)
                        continue
                    at = ((reading << SHIFT) + todo[place_in_todo]) * stride
                    place_in_todo += 1
                    key = pool[at]
                    word = pool[at + 1]
                    branch = np.int64(branch_of(word))
                    if branch == WAITING:
                        slot = np.int64(word >> S14)
                        if slots[slot, SLOT_TURN] != key:
                            continue  # has moved since
                        key = slots[slot, SLOT_KEY]
                        word = slots[slot, SLOT_WORD]
                        state = np.int64(state_of(word))
                        cell = np.int64(cell_of(word))
                        visit = np.int64(visit_of(word))
                        entry = np.int64(slots[slot, SLOT_DAYS] & LOW) - BIAS
                        for i in range(clocks):
                            clock[i] = np.int64(slots[slot, SLOT_CLOCKS + i]) - BIAS
                        branch = np.int64(slots[slot, SLOT_COUNT] >> np.uint64(16))
                    else:
                        state = np.int64(state_of(word))
                        cell = np.int64(cell_of(word))
                        visit = np.int64(visit_of(word))
                        entry = np.int64(day)
                        if more > 0:
                            entry = read_clocks(pool, at + 2, clock, clocks)
                    if branch == ENTERED:
                        arriving = True
                        if clocks > 0 and clock[0] < 0:
                            # Admitted from outside, with clocks of their own: see serving.
                            own_sets = -clock[0] - 1
                            clock[0] = NEVER
                    elif branch != EVALUATE:
                        fire = branch

                moves = 0
                while True:  # the chain of states passed through today
                    if fire >= 0:
                        if slot >= 0:
                            for j in range(np.int64(lines_of(slots[slot, SLOT_COUNT]))):
                                line = np.int64(slots[slot, line_word + j] & LOW)
                                joined_on = np.int64(slots[slot, line_word + j] >> S32)
                                waiting[line] -= 1
                                line_left[period, line] += 1
                                wait_left[line, day - joined_on] += 1
                            free_slot(slot, slots, slot_store)
                            slot = np.int64(-1)
                        group = cell_group[cell]
                        flows[period, fire, group] += 1
                        current[state, group] -= 1
                        inside[state_facility[state]] -= 1
                        change = transition_becomes[branch_transition[fire]]
                        if change >= 0:
                            cell = np.int64(becomes_map[change, cell])
                        state = branch_target[fire]
                        visit += 1
                        moves += 1
                        if log_below > 0 and key < log_below:
                            logged = write_event(
                                log_rows, logged, day, key, visit, fire, state, cell
                            )
                        if state < 0:
                            break
                        current[state, cell_group[cell]] += 1
                        inside[state_facility[state]] += 1
                        if visit >= MOST_VISITS:
                            return TOO_MANY_VISITS, logged, most_used
                        if moves > MOST_MOVES_A_DAY:
                            return ZERO_CYCLE, logged, most_used
                        if state_plain[state] == 1 and state_end[state] == 0:
                            at = state * ROOM + come[state]
                            batch_key[at] = key
                            batch_word[at] = word_of(visit, cell, state, 0)
                            if more > 0:
                                write_clocks(batch_more, at * more - 2, day, clock, clocks)
                            come[state] += 1
                            if come[state] >= CHUNK:
                                draw_from = np.int64(state)
                            break
                        entry = np.int64(day)
                        arriving = True
                    if arriving:
                        arriving = False
                        served = -entry
                        if own_sets >= 0:
                            first_set = entrant_set_first[own_sets]
                            last_set = entrant_set_first[own_sets + 1]
                        else:
                            first_set = set_first[state]
                            last_set = set_first[state + 1]
                        own_sets = -1
                        for i in range(first_set, last_set):
                            if entry < set_from[i] or entry >= set_until[i]:
                                continue
                            c = set_clock[i]
                            if set_table[i] < 0:
                                clock[c] = set_day[i]
                            else:
                                u = uniform(key, visit, set_salt[i])
                                table = set_table[i]
                                given = set_given[i]
                                least = served - set_condition[i]
                                if served > 0 and least > 0 and table_fixed[given] < 0:
                                    # Would have left by this clock, had it rung earlier.
                                    last = min(least, table_length[given]) - 1
                                    below = cdf[table_start[given] + last]
                                    if below >= 1.0:
                                        stay = least
                                    else:
                                        stay = look_up(
                                            below + u * (1.0 - below), table, cdf, table_start,
                                            table_length, guide, guide_start, guide_size,
                                            table_fixed,
                                        )  # fmt: skip
                                else:
                                    stay = look_up(
                                        u, table, cdf, table_start, table_length, guide,
                                        guide_start, guide_size, table_fixed,
                                    )  # fmt: skip
                                clock[c] = NEVER if stay >= NEVER else entry + stay
                        if state_end[state] == 1:
                            break

                    # The race: what is due today, and what comes next.
                    fire = -1
                    n_joins = 0
                    # What needs nothing and comes first; and what else there is to look at.
                    coming = np.int64(NEVER)
                    coming_branch = np.int64(EVALUATE)
                    by_clock = False
                    first_stay = np.int64(NEVER + 2)
                    first_line = np.int64(NEVER)
                    evaluate = np.int64(NEVER)
                    in_time = several[state, cell] > 0 and entry < 0
                    for i in range(look_first[state], look_first[state + 1]):
                        in_time |= entry < look_day[i] <= day
                    last_way = state_first[state] if in_time else state_first[state + 1]
                    for t in range(state_first[state], last_way):
                        if transition_when[t, cell] == 0:
                            continue
                        first = transition_first[t]
                        last = transition_first[t + 1]
                        policy = policy_first[t]
                        while policy + 1 < policy_first[t + 1] and policy_day[policy + 1] <= entry:
                            policy += 1
                        row = policy_branch[policy] - first
                        chance = policy_chance[policy]
                        begin = max(entry, transition_start[t])
                        branch = first
                        below = 0.0
                        conditional = (
                            entry < 0
                            and begin < 0
                            and transition_running[t] == 1
                            and policy_clock[policy] < 0
                        )
                        if conditional:
                            # Has been in the race for -entry nights: each way out is weighed by
                            # its chance of not having been taken yet.
                            total = left_of(
                                row + first, last - first, chance, cell, np.float64(-entry), True,
                                branch_share, branch_table, cdf, table_start, table_length,
                                table_fixed, curve_x, curve_gone, curve_start, curve_size,
                            )  # fmt: skip
                            stays = 1.0 - chance
                            if total <= 0.0 and stays <= 0.0:
                                branch = first  # overdue: leaves on day 0
                            else:
                                if stays > 0.0:
                                    u = uniform(key, visit, salt_chance[t])
                                    if u * (total + stays) >= total:
                                        continue
                                if last - first > 1:
                                    u = uniform(key, visit, salt_branch[t]) * total
                                    before = 0.0
                                    sofar = 0.0
                                    for b in range(first, last):
                                        left = 1.0 - gone_in_steps(
                                            branch_table[row + b, cell], -entry, cdf, table_start,
                                            table_length, table_fixed,
                                        )  # fmt: skip
                                        weight = chance * (branch_share[row + b] - before) * left
                                        before = branch_share[row + b]
                                        if weight > 0.0:
                                            branch = b
                                        sofar += weight
                                        if u < sofar:
                                            break
                        else:
                            if begin < 0:
                                begin = np.int64(0)
                            if chance < 1.0 and uniform(key, visit, salt_chance[t]) >= chance:
                                continue
                            if last - first > 1:
                                u = uniform(key, visit, salt_branch[t])
                                while u >= branch_share[row + branch]:
                                    branch += 1
                        if policy_clock[policy] >= 0:
                            due = clock[policy_clock[policy]]
                            if due >= NEVER:
                                continue
                            due = max(begin, due + policy_offset[policy])
                        else:
                            table = np.int64(branch_table[row + branch, cell])
                            if table_fixed[table] >= 0:
                                due = begin + table_fixed[table]
                                if due < 0:
                                    due = np.int64(0)
                            else:
                                u = uniform(key, visit, salt_delay[t])
                                if conditional:
                                    i = min(-entry, table_length[table]) - 1
                                    below = cdf[table_start[table] + i]
                                    u = below + u * (1.0 - below)
                                stay = np.int64(-entry)
                                if below < 1.0:
                                    stay = look_up(
                                        u, table, cdf, table_start, table_length, guide,
                                        guide_start, guide_size, table_fixed,
                                    )  # fmt: skip
                                if stay >= NEVER:
                                    continue
                                due = begin + stay
                        if (
                            several[state, cell] > 1
                            and policy_clock[policy] < 0
                            and branch_line[branch] >= 0
                            and table_whole[branch_table[row + branch, cell]] == 0
                        ):
                            # The time of day tells on which day they join, if they come to it.
                            in_time |= first_stay - 1 <= due <= first_stay + 1
                            first_stay = min(first_stay, due)
                            first_line = min(first_line, due)
                        if due < day:
                            continue  # stands in its line already
                        if branch_line[branch] >= 0:
                            if due == day:
                                joins[n_joins] = branch_line[branch]
                                n_joins += 1
                            else:
                                evaluate = min(evaluate, due)
                        elif policy_clock[policy] >= 0:
                            # A clock rings as the day begins; of two the earlier in the file.
                            if due < coming or (due == coming and not by_clock):
                                coming = due
                                coming_branch = branch
                                by_clock = True
                        else:
                            # Of two stays the time of day tells which comes first, and when.
                            apart = min(1, several[state, cell])
                            in_time |= first_stay - apart <= due <= first_stay + apart
                            first_stay = min(first_stay, due)
                            if due < coming:
                                coming = due
                                coming_branch = branch
                                by_clock = False
                    alone_in_line = first_line < NEVER and first_line == first_stay
                    if alone_in_line and not in_time and first_line == day:
                        # Joins today. The time of day moves what is due later by a step at most:
                        # it is asked for only if they still wait by then.
                        later = min(coming, evaluate)
                        if day < later < NEVER:
                            coming = np.int64(NEVER)
                            evaluate = later if later == day + 1 else later - 1
                    elif in_time or (alone_in_line and first_line < day):
                        draw_ways(
                            state, cell, several[state, cell], key, visit, entry, day, clock,
                            way_ints, way_floats, state_first, transition_when, transition_start,
                            transition_running, transition_first, policy_first, policy_day,
                            policy_everyone, policy_clock, policy_offset, policy_chance,
                            policy_branch, look_first, look_day, salt_chance,
                            salt_branch, salt_delay, branch_share, branch_line, branch_table, cdf,
                            table_start, table_length, guide, guide_start, guide_size, table_fixed,
                            table_whole, curve_x, curve_gone, curve_start, curve_size,
                        )  # fmt: skip
                        n_joins = 0
                        coming = np.int64(NEVER)
                        coming_branch = np.int64(EVALUATE)
                        evaluate = np.int64(NEVER)
                        earliest = np.inf
                        for i in range(state_first[state + 1] - state_first[state]):
                            due = way_ints[DUE, i]
                            if due < day or due >= NEVER:
                                continue
                            branch = transition_first[state_first[state] + i] + way_ints[PLACE, i]
                            if branch_line[branch] >= 0:
                                if due == day:
                                    joins[n_joins] = branch_line[branch]
                                    n_joins += 1
                                else:
                                    evaluate = min(evaluate, due)
                            elif due < coming or (due == coming and way_floats[TIME, i] < earliest):
                                coming = due
                                coming_branch = branch
                                earliest = way_floats[TIME, i]
                    if coming == day:
                        fire = coming_branch
                        continue
                    if evaluate < coming:
                        coming = evaluate
                        coming_branch = np.int64(EVALUATE)
                    for i in range(look_first[state], look_first[state + 1]):
                        # A policy begins for everyone: calendar changes come before what is due.
                        if look_day[i] > day:
                            if look_day[i] <= coming:
                                coming = look_day[i]
                                coming_branch = EVALUATE
                            break
                    if n_joins > 0 and line_alone[joins[0]] == 1:
                        line = joins[0]
                        word = word_of(visit, cell, state, coming_branch)
                        write_one_joiner(
                            key, word, coming, line, entry, stride, clock, clocks, joiners,
                            n_joiners, fresh_line, fresh_lot, fresh_who, n_fresh,
                        )  # fmt: skip
                        n_joiners += 1
                        n_fresh += 1
                        waiting[line] += 1
                        joined[line] += 1
                        break
                    if n_joins > 0:
                        if slot < 0:
                            slot = take_slot(slots, slot_store)
                            slots[slot, SLOT_KEY] = key
                            slots[slot, SLOT_WORD] = word_of(visit, cell, state, 0)
                            slots[slot, SLOT_COUNT] = 0
                            for i in range(clocks):
                                slots[slot, SLOT_CLOCKS + i] = np.uint64(clock[i] + BIAS)
                        taken = np.int64(lines_of(slots[slot, SLOT_COUNT]))
                        lot = bits(key, visit, np.uint64(SALT_LOT))
                        for j in range(n_joins):
                            line = joins[j]
                            slots[slot, line_word + taken + j] = np.uint64(line) | (
                                np.uint64(day) << S32
                            )
                            fresh_line[n_fresh] = line
                            fresh_lot[n_fresh] = lot
                            fresh_who[n_fresh] = np.uint64(slot) | (slots[slot, SLOT_TURN] << S32)
                            n_fresh += 1
                            waiting[line] += 1
                            joined[line] += 1
                        slots[slot, SLOT_COUNT] = np.uint64(taken + n_joins)
                    if slot >= 0:
                        slots[slot, SLOT_COUNT] = lines_of(slots[slot, SLOT_COUNT]) | (
                            np.uint64(coming_branch) << np.uint64(16)
                        )
                        # Most may be served today: the record is written when the day is over.
                        slots[slot, SLOT_DAYS] = np.uint64(entry + BIAS) | (
                            np.uint64(coming if n_joins > 0 else NEVER) << S32
                        )
                    if n_joins == 0 and coming < days:
                        leaves = branch_leaves[coming_branch]
                        if slot < 0 and leaves >= 0 and key >= log_below and coming > day:
                            # Drawn in a plain state, by one of the stock who has served.
                            leaving[
                                coming * leaving_row + leaves * n_groups + cell_group[cell]
                            ] += 1
                        elif slot >= 0:
                            write_waiting(
                                coming, slot, stride, slots, position, head, chunks, next_chunk,
                                store, pool,
                            )  # fmt: skip
                        else:
                            at = place(coming, position, head, chunks, next_chunk, store) * stride
                            pool[at] = key
                            pool[at + 1] = word_of(visit, cell, state, coming_branch)
                            if more > 0:
                                write_clocks(pool, at, entry, clock, clocks)
                    break

            for branch in range(n_branches):
                for group in range(n_groups):
                    count = moved[branch, group]
                    if count > 0:
                        moved[branch, group] = 0
                        flows[period, branch, group] += count
                        state = branch_source[branch]
                        current[state, group] -= count
                        inside[state_facility[state]] -= count
                        target = branch_target[branch]
                        if target >= 0:
                            current[target, group] += count
                            inside[state_facility[target]] += count
            for line in range(n_lines):
                count = gone[line]
                if count > 0:
                    gone[line] = 0
                    line_served[period, line] += count
                    wait_served[line, 0] += count
                    if line_quota[line] >= 0:
                        left_quota[line_quota[line]] -= count
                # Those who went on have been counted twice.
                count = going_on[line]
                if count > 0:
                    going_on[line] = 0
                    inside[state_facility[branch_source[line_branch[line]]]] += count
                    if line_target[line] >= 0:
                        inside[state_facility[line_target[line]]] -= count
                count = passed[line]
                if count > 0:
                    passed[line] = 0
                    called[line] += count
                    line_served[period, line] += count
                    wait_served[line, 0] += count
                    if line_quota[line] >= 0:
                        left_quota[line_quota[line]] -= count
                    inside[state_facility[branch_source[line_branch[line]]]] -= count
                    if line_target[line] >= 0:
                        inside[state_facility[line_target[line]]] += count
            if head[day] >= 0:
                continue  # of a batch, those who move on at once
            if n_lines == 0:
                break

            # (4) Serve the lines, all together, whoever has waited longest first.
            if n_fresh > 0:
                total = n_fresh
                for line in range(n_lines):
                    total += today_last[line] - today_first[line]
                if total > most_fresh:
                    return NO_ROOM, logged, most_used
                order_today(
                    n_lines, line_alone, fresh_line, fresh_lot, fresh_who, n_fresh, today_first,
                    today_last, today_lot, today_who, spare_lot, spare_who, slots, shelf,
                )  # fmt: skip
                n_fresh = 0
            total = 0
            lowest = np.int64(n_lines)
            highest = np.int64(0)
            for line in range(n_lines):
                total += waiting[line]
                if waiting[line] > 0 and line_open[day, line] != 0:
                    lowest = min(lowest, np.int64(line))
                    highest = np.int64(line) + 1
            if n_chunks - store[USED] + store[FREE_COUNT] < total // CHUNK + 2:
                return NO_ROOM, logged, most_used
            if highest - lowest == 1 and line_alone[lowest] == 1 and line_branch[lowest] >= 0:
                # Nobody else competes: as many as there is room for, from the front.
                line = lowest
                f = line_facility[line]
                quota = line_quota[line]
                what = line_branch[line]
                most_calls = waiting[line]
                if f >= 0:
                    most_calls = min(most_calls, room[f] - inside[f])
                if quota >= 0:
                    most_calls = min(most_calls, left_quota[quota])
                most_calls = max(most_calls, np.int64(0))
                what_next = np.uint64(what)
                waited = np.int64(0)
                calls = np.int64(0)
                while calls < most_calls:
                    if queue_position[line] > 0:
                        # All that are left in the first chunk, or as many as are called.
                        here = np.uint64(front[line] * entry_words)
                        left_here = CHUNK - (front[line] & FULL)
                        if (queue_position[line] - 1) >> SHIFT == front[line] >> SHIFT:
                            left_here = queue_position[line] - front[line]
                        taken = np.int64(0)
                        while taken < left_here and calls < most_calls:
                            word = queue[here + np.uint64(ENTRY_WORD)]
                            if word != LEFT:
                                queue[here + np.uint64(ENTRY_WORD)] = LEFT
                                key = queue[here]
                                wait = day - np.int64(queue[here + np.uint64(ENTRY_DAY)] & LOW)
                                waited += wait
                                wait_served[line, wait] += 1
                                to = np.uint64(
                                    place(days, position, head, chunks, next_chunk, store)
                                ) * np.uint64(stride)
                                pool[to] = key
                                pool[to + np.uint64(1)] = with_branch(word, what_next)
                                for i in range(more):
                                    pool[to + np.uint64(2 + i)] = queue[
                                        here + np.uint64(ENTRY_WORDS + i)
                                    ]
                                calls += 1
                            taken += 1
                            here += np.uint64(entry_words)
                        front[line] += taken - 1
                        step(line, front, queue_position, queue_next, queue_store)
                    else:
                        here = np.uint64(today_who[today_first[line]]) * np.uint64(entry_words)
                        today_first[line] += 1
                        word = joiners[here + np.uint64(ENTRY_WORD)]
                        to = np.uint64(
                            place(days, position, head, chunks, next_chunk, store)
                        ) * np.uint64(stride)
                        pool[to] = joiners[here]
                        pool[to + np.uint64(1)] = with_branch(word, what_next)
                        for i in range(more):
                            pool[to + np.uint64(2 + i)] = joiners[here + np.uint64(ENTRY_WORDS + i)]
                        wait_served[line, 0] += 1
                        calls += 1
                waiting[line] -= calls
                line_served[period, line] += calls
                line_days[period, line] += waited
                if quota >= 0:
                    left_quota[quota] -= calls
                called[line] += calls
                inside[state_facility[branch_source[what]]] -= calls
                if line_target[line] >= 0:
                    inside[state_facility[line_target[line]]] += calls
                lowest = highest
            while True:
                best = np.int64(-1)
                best_today = False
                best_who = np.uint64(0)
                best_priority = np.int64(0)
                best_day = np.int64(day)
                best_lot = np.uint64(0)
                for line in range(lowest, highest):
                    if waiting[line] == 0 or line_open[day, line] == 0:
                        continue
                    quota = line_quota[line]
                    if quota >= 0 and left_quota[quota] <= 0:
                        continue
                    f = line_facility[line]
                    if f >= 0 and inside[f] >= room[f]:
                        continue
                    who = np.uint64(0)
                    found = False
                    while queue_position[line] > 0:
                        at = front[line] * entry_words
                        if line_alone[line] == 1:
                            if queue[at + ENTRY_WORD] != LEFT:
                                found = True
                                break
                            step(line, front, queue_position, queue_next, queue_store)
                        else:
                            who = queue[at + ENTRY_WHO]
                            if not stale(who, slots):
                                found = True
                                break
                            advance(
                                line, front, queue_position, queue_next, queue_store, queue,
                                entry_words, slots, slot_words,
                            )  # fmt: skip
                    is_today = not found
                    d = np.int64(day)
                    lot = np.uint64(0)
                    if found:
                        at = front[line] * entry_words
                        d = np.int64(queue[at + ENTRY_DAY] & LOW)
                        if line_alone[line] == 0:
                            lot = queue[at + ENTRY_LOT]
                        else:
                            lot = bits(
                                queue[at], visit_of(queue[at + ENTRY_WORD]), np.uint64(SALT_LOT)
                            )
                    else:
                        while today_first[line] < today_last[line]:
                            who = today_who[today_first[line]]
                            lot = today_lot[today_first[line]]
                            if line_alone[line] == 1 or not stale(who, slots):
                                found = True
                                break
                            today_first[line] += 1
                        if not found:
                            continue
                    p = line_priority[line]
                    if best < 0 or p < best_priority or (
                        p == best_priority
                        and (d < best_day or (d == best_day and lot < best_lot))
                    ):  # fmt: skip
                        best = np.int64(line)
                        best_today = is_today
                        best_who = who
                        best_priority = p
                        best_day = d
                        best_lot = lot
                if best < 0:
                    break
                line_served[period, best] += 1
                wait_served[best, day - best_day] += 1
                line_days[period, best] += day - best_day
                if line_quota[best] >= 0:
                    left_quota[line_quota[best]] -= 1
                what = line_branch[best]
                to = place(days, position, head, chunks, next_chunk, store) * stride
                if line_alone[best] == 1:
                    waiting[best] -= 1
                    if best_today:
                        at = np.int64(best_who) * entry_words
                        today_first[best] += 1
                        key = joiners[at]
                        word = joiners[at + ENTRY_WORD]
                        for i in range(more):
                            pool[to + 2 + i] = joiners[at + ENTRY_WORDS + i]
                    else:
                        at = front[best] * entry_words
                        key = queue[at]
                        word = queue[at + ENTRY_WORD]
                        for i in range(more):
                            pool[to + 2 + i] = queue[at + ENTRY_WORDS + i]
                        queue[at + ENTRY_WORD] = LEFT
                        step(best, front, queue_position, queue_next, queue_store)
                else:
                    if best_today:
                        today_first[best] += 1
                    else:
                        advance(
                            best, front, queue_position, queue_next, queue_store, queue,
                            entry_words, slots, slot_words,
                        )  # fmt: skip
                    slot = np.int64(best_who & LOW)
                    for j in range(np.int64(lines_of(slots[slot, SLOT_COUNT]))):
                        line = np.int64(slots[slot, line_word + j] & LOW)
                        waiting[line] -= 1
                        if line != best:
                            line_left[period, line] += 1
                            joined_on = np.int64(slots[slot, line_word + j] >> S32)
                            wait_left[line, day - joined_on] += 1
                    key = slots[slot, SLOT_KEY]
                    word = slots[slot, SLOT_WORD]
                    for i in range(clocks):
                        clock[i] = np.int64(slots[slot, SLOT_CLOCKS + i]) - BIAS
                    if what < 0:
                        # From outside: their own clocks are set when they are looked at, so the
                        # record names the entrant in place of a clock: as a negative number,
                        # which no clock of one who has just entered has.
                        e = np.int64(slots[slot, SLOT_NEXT])
                        for i in range(clocks):
                            clock[i] = NEVER
                        if entrant_set_first[e] < entrant_set_first[e + 1]:
                            clock[0] = -e - 1
                    if more > 0:
                        write_clocks(pool, to, day, clock, clocks)
                    free_slot(slot, slots, slot_store)
                pool[to] = key
                if what >= 0:
                    pool[to + 1] = with_branch(word, what)
                    called[best] += 1
                    inside[state_facility[branch_source[what]]] -= 1
                    if line_target[best] >= 0:
                        inside[state_facility[line_target[best]]] += 1
                else:
                    # The state is the one they wait to enter.
                    pool[to + 1] = with_branch(word, ENTERED)
                    state = np.int64(state_of(word))
                    cell = np.int64(cell_of(word))
                    group = cell_group[cell]
                    current[n_states, group] -= 1
                    current[state, group] += 1
                    inside[state_facility[state]] += 1
                    admitted[period, state, group] += 1
                    if log_below > 0 and key < log_below:
                        logged = write_event(
                            log_rows, logged, day, key, 0, ADMITTED + state, state, cell
                        )
            if head[days] < 0:
                turned_away = np.int64(0)
                for line in range(n_lines):
                    if line_otherwise[line] >= 0:
                        turned_away += today_last[line] - today_first[line]
                if turned_away == 0:
                    break
                if n_chunks - store[USED] + store[FREE_COUNT] < turned_away // CHUNK + 2:
                    return NO_ROOM, logged, most_used
                # Who cannot move on the day they join goes elsewhere.
                for line in range(n_lines):
                    if line_otherwise[line] < 0:
                        continue
                    for i in range(today_first[line], today_last[line]):
                        who = today_who[i]
                        if line_alone[line] == 0 and stale(who, slots):
                            continue
                        to = place(days, position, head, chunks, next_chunk, store) * stride
                        if line_alone[line] == 1:
                            at = np.int64(who) * entry_words
                            key = joiners[at]
                            word = joiners[at + ENTRY_WORD]
                            for k in range(more):
                                pool[to + 2 + k] = joiners[at + ENTRY_WORDS + k]
                            waiting[line] -= 1
                            line_left[period, line] += 1
                            wait_left[line, 0] += 1
                        else:
                            slot = np.int64(who & LOW)
                            for j in range(np.int64(lines_of(slots[slot, SLOT_COUNT]))):
                                other = np.int64(slots[slot, line_word + j] & LOW)
                                on = np.int64(slots[slot, line_word + j] >> S32)
                                waiting[other] -= 1
                                line_left[period, other] += 1
                                wait_left[other, day - on] += 1
                            key = slots[slot, SLOT_KEY]
                            word = slots[slot, SLOT_WORD]
                            for k in range(clocks):
                                clock[k] = np.int64(slots[slot, SLOT_CLOCKS + k]) - BIAS
                            if more > 0:
                                write_clocks(pool, to, day, clock, clocks)
                            free_slot(slot, slots, slot_store)
                        pool[to] = key
                        pool[to + 1] = with_branch(word, line_otherwise[line])
                    today_first[line] = 0
                    today_last[line] = 0
            # Those called go on.
            head[day] = head[days]
            position[day] = position[days]
            chunks[day] = chunks[days]
            head[days] = -1
            position[days] = 0
            chunks[days] = 0
            for line in range(n_lines):
                going_on[line] = called[line]
                called[line] = 0

        # Those who joined today and still wait go behind the others, and get their records.
        total = 0
        for line in range(n_lines):
            total += today_last[line] - today_first[line]
        if total > 0 and (
            n_chunks - store[USED] + store[FREE_COUNT] < total // CHUNK + min(total, days) + 2
            or len(queue_next) - queue_store[USED] + queue_store[FREE_COUNT]
            < total // CHUNK + 2 * n_lines
        ):
            return NO_ROOM, logged, most_used
        n_joiners = 0
        for line in range(n_lines):
            line_joined[period, line] += joined[line]
            joined[line] = 0
            joined_on = np.uint64(day) | (np.uint64(line) << S32)
            if line_alone[line] == 1:
                patience = line_patience[line]
                for i in range(today_first[line], today_last[line]):
                    empty = queue_position[line] == 0
                    at = place(
                        line, queue_position, queue_head, queue_chunks, queue_next, queue_store
                    )
                    if empty:
                        front[line] = at
                    to = at * entry_words
                    here_today = np.int64(today_who[i]) * entry_words
                    key = joiners[here_today]
                    word = joiners[here_today + ENTRY_WORD]
                    queue[to] = key
                    queue[to + ENTRY_WORD] = word
                    queue[to + ENTRY_DAY] = joined_on
                    for k in range(more):
                        queue[to + ENTRY_WORDS + k] = joiners[here_today + ENTRY_WORDS + k]
                    coming = np.int64(joiners[here_today + ENTRY_DAY])
                    if coming < days and coming - day != patience:
                        points_to_entries = True
                        to = place(coming, position, head, chunks, next_chunk, store) * stride
                        pool[to] = address(key, visit_of(word))
                        pool[to + 1] = (np.uint64(at) << S14) | np.uint64(IN_LINE)
            else:
                for i in range(today_first[line], today_last[line]):
                    who = today_who[i]
                    if stale(who, slots):
                        continue  # has moved since
                    empty = queue_position[line] == 0
                    at = place(
                        line, queue_position, queue_head, queue_chunks, queue_next, queue_store
                    )
                    if empty:
                        front[line] = at
                    to = at * entry_words
                    queue[to + ENTRY_WHO] = who
                    queue[to + ENTRY_DAY] = joined_on
                    queue[to + ENTRY_LOT] = today_lot[i]
                    slot = np.int64(who & LOW)
                    coming = np.int64(slots[slot, SLOT_DAYS] >> S32)
                    if coming < days:
                        slots[slot, SLOT_DAYS] = (slots[slot, SLOT_DAYS] & LOW) | (
                            np.uint64(NEVER) << S32
                        )
                        write_waiting(
                            coming, slot, stride, slots, position, head, chunks, next_chunk, store,
                            pool,
                        )  # fmt: skip
            today_first[line] = 0
            today_last[line] = 0
        # (5) The census.
        for s in range(n_states + 1):
            for g in range(n_groups):
                census[day, s, g] = current[s, g]
        for f in range(n_facilities):
            occupied[day, f] = inside[f]
        for line in range(n_lines):
            line_waiting[day, line] = waiting[line]
        used = store[USED] - store[FREE_COUNT]
        most_used = max(most_used, used * CHUNK * stride * 8)

    # Those who still wait.
    for line in range(n_lines):
        while queue_position[line] > 0:
            at = front[line] * entry_words
            still = queue[at + ENTRY_WORD] != LEFT
            if line_alone[line] == 0:
                still = not stale(queue[at + ENTRY_WHO], slots)
            if still:
                wait_still[line, days - 1 - np.int64(queue[at + ENTRY_DAY] & LOW)] += 1
            step(line, front, queue_position, queue_next, queue_store)
    return DONE, logged, most_used
