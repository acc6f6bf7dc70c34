"""The event kernel: one flat function over plain arrays, a calendar that streams.

A person who waits for nothing exists only as a record in the bucket of the day of their next
event. Buckets are chains of chunks of 64 records, written in order and read in order, so memory
is touched as a stream whatever the number of people. A record is two words, and more if people
carry clocks or may stand in lines:

    word 0  the person's key
    word 1  visit (20 bits) · cell (20) · state (10) · branch that fires (14)
    word 2  day of entry (32) · first clock (32)      only with clocks or lines
    word 3… two clocks a word

Those who stand in a line have a slot (a row of `slots`) with all of that, and their record points
to it; a row of `places` holds their place in one line. Where a row points to another, 0 is nobody.
The meaning is that of `reference.py`; the two give the same events.
"""

# One flat kernel on purpose (helpers that take many arrays cost 5 to 9 times), typed by Numba.
# ruff: noqa: PLR0912, PLR0915, ANN001, ANN201
# mypy: disable-error-code="no-untyped-def, assignment"

import numpy as np
from numba import njit

from sojourn.engine.changed import changed_way
from sojourn.engine.random import bits, person_key, uniform
from sojourn.engine.tables import look_up

CHUNK = 64
NEVER = 1 << 30
BIAS = 1 << 30
"""Added to days in records, so that they are never negative."""

ENTERED = (1 << 14) - 1
"""In place of a branch: has just moved here and has not been looked at."""
EVALUATE = (1 << 14) - 2
"""To be looked at: a transition that needs something falls due, or a policy changes."""
WAITING = (1 << 14) - 3
"""The record points to a slot."""
MOST_BRANCHES = (1 << 14) - 4
MOST_CELLS = 1 << 20
MOST_STATES = 1 << 10
MOST_VISITS = (1 << 20) - 1

NOT_PLAIN, STAYS, PLAIN, CHANGES = 0, 1, 2, 4
"""Kinds of branches: to a state that is not plain; out, or to an end that is; to a plain state;
CHANGES is added where facts change."""
LAST_VISIT = np.uint64(MOST_VISITS - 1) << np.uint64(44)

DONE, TOO_MANY_VISITS, ZERO_CYCLE, NO_ROOM, STOPPED = 0, 1, 2, 3, 4

ADMITTED = 1 << 32
"""In an event, the number of an admission to state s is ADMITTED + s, …"""
IN_STOCK = 1 << 33
"""… and of one of the stock who is there on day 0 IN_STOCK + s."""

LOW = np.uint64(0xFFFFFFFF)
NO_RECORD = np.uint64(NEVER << 32)
"""In a slot: there is no record to write when the day is over."""

SLOT_KEY, SLOT_WORD, SLOT_DAYS, SLOT_TURN, SLOT_COUNT, SLOT_NEXT, SLOT_CLOCKS = range(7)
"""Words of a slot; the lines it stands in follow the clocks. SLOT_DAYS is the day of entry (32) and
the day of a record that is still to be written (32, NEVER: none); SLOT_TURN grows each time the
slot is freed, so that a record or a place that points to an earlier owner is known to be stale;
SLOT_NEXT is the next free slot, or the entrant of one who waits outside."""
PLACE_WHO, PLACE_DAY, PLACE_LOT, PLACE_NEXT, PLACE_WORDS = range(5)
"""Words of a place; PLACE_WHO is the slot (32) and its turn (32)."""
MOST_SHELVES = 1 << 16
"""Those who join a line on one day are sorted by shelves: the first bits of their lots."""

SALT_AGE = 0x5D1E6C0F3A7B9428
SALT_LOT = 0xA8F04C7D21E39B56
MOST_MOVES_A_DAY = 100_000
"""A person who moves more often within one day goes round for ever."""


@njit(cache=True, nogil=True)
def run_days(
    days,
    period_of_day,
    clocks,
    keep_entry,
    cell_group,
    state_facility,
    state_end,
    state_plain,
    state_first,
    set_first,
    set_clock,
    set_table,
    set_day,
    set_from,
    set_until,
    set_salt,
    set_condition,
    transition_when,
    transition_start,
    transition_running,
    transition_clock,
    transition_offset,
    transition_becomes,
    transition_first,
    policy_first,
    policy_day,
    policy_everyone,
    policy_chance,
    policy_branch,
    look_first,
    look_day,
    salt_chance,
    salt_branch,
    salt_delay,
    branch_transition,
    branch_kind,
    branch_source,
    branch_target,
    branch_share,
    branch_line,
    branch_table,
    becomes_map,
    line_branch,
    line_target,
    line_facility,
    line_quota,
    line_priority,
    line_open,
    most_lines,
    quota_limit,
    quota_period,
    room_for,
    entrant_key,
    entrant_cell,
    entrant_state,
    entrant_count,
    entrant_age,
    entrant_line,
    entrant_set_first,
    stocks,
    arrivals,
    cdf,
    table_start,
    table_length,
    guide,
    guide_start,
    guide_size,
    table_fixed,
    table_rows,
    pool,
    next_chunk,
    slots,
    places,
    census,
    flows,
    admitted,
    line_waiting,
    line_joined,
    line_served,
    line_left,
    line_days,
    occupied,
    log_rows,
    log_below,
    stop,
):
    """Run all days; fill the outputs; return (code, events logged, peak bytes of records).

    `pool`, `next_chunk`, `slots` and `places` are room to work in; NO_ROOM asks for more. They
    are never replaced in here: an array that may be another one costs a count of its references
    at every turn of the loops, which is more than all the rest.
    `room_for` [d, f] is the number of modelled people that a facility may hold (a soft one:
    no bound). Somebody else may set `stop` [1], which is looked at in every round. `log_rows`
    [n, 6] receives events of people whose mixed key is below `log_below`.
    """
    n_states = len(state_end)
    n_groups = census.shape[2]
    n_lines = len(line_target)
    n_quotas = quota_limit.shape[1]
    n_entrants = len(entrant_cell)
    n_facilities = room_for.shape[1]
    stride = 2 + ((clocks + 2) // 2 if keep_entry else 0)

    current = np.zeros((n_states + 1, n_groups), np.int64)
    inside = np.zeros(n_facilities + 1, np.int64)  # the last counts those in no facility
    entered_before = np.zeros(n_entrants, np.int64)
    clock = np.full(max(1, clocks), NEVER, np.int64)

    bucket = np.zeros((days, 4), np.int64)  # head, tail, records in the tail chunk, records in all
    bucket[:, :2] = -1
    n_chunks = len(next_chunk)
    used_chunks = 0
    free_chunk = np.int64(-1)
    n_free = 0

    n_slots = len(slots)
    used_slots = 0
    free_slot = -1
    line_word = SLOT_CLOCKS + clocks
    n_places = len(places)
    used_places = 0
    free_place = -1

    old_head = np.full(n_lines + 1, -1, np.int64)
    old_tail = np.full(n_lines + 1, -1, np.int64)
    new_head = np.full(n_lines + 1, -1, np.int64)
    new_count = np.zeros(n_lines + 1, np.int64)
    unsorted = np.zeros(n_lines + 1, np.uint8)
    waiting = np.zeros(n_lines + 1, np.int64)
    waiting_total = 0
    room = np.zeros(n_facilities + 1, np.int64)
    left_quota = np.zeros(n_quotas + 1, np.int64)
    joins = np.empty(most_lines, np.int64)
    # Those who join a line today, in the order of its list, and by lot.
    joined_place = np.empty(n_places, np.int64)
    sorted_lot = np.empty(n_places, np.uint64)
    sorted_who = np.empty(n_places, np.uint64)
    shelf = np.zeros(MOST_SHELVES + 1, np.int64)
    # Up to a chunk of people who come to plain states: first all draw, and then all are written.
    batch_key = np.empty(CHUNK, np.uint64)
    batch_word = np.empty(CHUNK, np.uint64)
    batch_from = np.empty(CHUNK, np.int64)
    batch_due = np.empty(CHUNK, np.int64)
    todo = np.empty(CHUNK, np.int64)
    n_branches = len(branch_target)
    moved = np.zeros(n_branches * n_groups, np.int64)  # of batches, and not yet in the counts
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

        entrant = 0 if day == 0 else stocks
        number = 0
        drained = 0
        while True:  # rounds of (3) transitions due today and (4) lines
            if stop[0] != 0:
                return STOPPED, logged, most_used
            # Room for all that this round can write.
            need = bucket[day, 3]
            for e in range(entrant, n_entrants):
                need += entrant_count[e] if e < stocks else arrivals[day, e - stocks]
            wanted = need // CHUNK + min(need, days) + 2
            if n_chunks - used_chunks + n_free < wanted:
                return NO_ROOM, logged, most_used
            if n_lines > 0 and (
                n_slots - used_slots < need or n_places - used_places < need * most_lines
            ):
                return NO_ROOM, logged, most_used

            # (2) and (3): those who enter, and transitions due today.
            reading = bucket[day, 0]
            reading_fill = bucket[day, 2]
            bucket[day, 0] = -1
            bucket[day, 1] = -1
            bucket[day, 2] = 0
            bucket[day, 3] = 0
            position = 0
            n_todo = np.int64(-1)  # the chunk has not been looked at
            while True:
                in_batch = np.int64(0)
                slot = -1
                fire = -1
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
                    if (
                        state_plain[state] == 1
                        and entrant_line[e] < 0
                        and entrant_age[e] < 0
                        and entrant_set_first[e] == entrant_set_first[e + 1]
                    ):
                        in_batch = np.int64(min(CHUNK, count - number))
                        for i in range(in_batch):
                            batch_key[i] = person_key(
                                entrant_key[e], entered_before[e] + number + i
                            )
                            batch_word[i] = (np.uint64(cell) << np.uint64(24)) | (
                                np.uint64(state) << np.uint64(14)
                            )
                            batch_from[i] = -1
                        number += in_batch
                        current[state, cell_group[cell]] += in_batch
                        inside[state_facility[state]] += in_batch
                        if e >= stocks:
                            admitted[period, state, cell_group[cell]] += in_batch
                        for i in range(in_batch if log_below > 0 else 0):
                            if batch_key[i] < log_below:
                                if logged < log_rows.shape[0]:
                                    log_rows[logged, 0] = day
                                    log_rows[logged, 1] = batch_key[i]
                                    log_rows[logged, 2] = 0
                                    log_rows[logged, 3] = np.uint64(
                                        (IN_STOCK if e < stocks else ADMITTED) + state
                                    )
                                    log_rows[logged, 4] = state
                                    log_rows[logged, 5] = cell
                                logged += 1
                    else:
                        key = person_key(entrant_key[e], entered_before[e] + number)
                        number += 1
                    visit = 0
                    entry = np.int64(day)
                    for i in range(clocks):
                        clock[i] = NEVER
                    if in_batch > 0:
                        pass
                    elif entrant_line[e] >= 0:
                        # Admissions to a hard facility wait outside until they are served.
                        current[n_states, cell_group[cell]] += 1
                        own_sets = -2
                    else:
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
                            if logged < log_rows.shape[0]:
                                log_rows[logged, 0] = day
                                log_rows[logged, 1] = key
                                log_rows[logged, 2] = visit
                                log_rows[logged, 3] = np.uint64(
                                    (IN_STOCK if e < stocks else ADMITTED) + state
                                )
                                log_rows[logged, 4] = state
                                log_rows[logged, 5] = cell
                            logged += 1
                        arriving = True
                else:
                    if reading < 0:
                        break
                    if n_todo < 0:
                        # Those who come to a plain state, or leave, are a batch; the others wait.
                        n_todo = np.int64(0)
                        position = 0
                        last_here = reading_fill if next_chunk[reading] < 0 else CHUNK
                        for i in range(last_here):
                            at = (np.int64(reading) * CHUNK + i) * stride
                            key = pool[at]
                            word = pool[at + 1]
                            branch = np.int64(word & np.uint64(16383))
                            if branch < n_branches:
                                kind = branch_kind[branch]
                                if kind == NOT_PLAIN or word >= LAST_VISIT:
                                    todo[n_todo] = i
                                    n_todo += 1
                                    continue
                                target = branch_target[branch]
                                cell = np.int64((word >> np.uint64(24)) & np.uint64(1048575))
                                group = cell_group[cell]
                                moved[branch * n_groups + group] += 1
                                if kind >= CHANGES:
                                    # The facts change, and with them perhaps the group.
                                    kind -= CHANGES
                                    cell = np.int64(
                                        becomes_map[
                                            transition_becomes[branch_transition[branch]], cell
                                        ]
                                    )
                                    if target >= 0:
                                        current[target, group] -= 1
                                        current[target, cell_group[cell]] += 1
                                # The next visit, in the target state.
                                word = (
                                    ((word >> np.uint64(44)) << np.uint64(44))
                                    + (np.uint64(1) << np.uint64(44))
                                    + (np.uint64(cell) << np.uint64(24))
                                )
                                if log_below > 0 and key < log_below:
                                    if logged < log_rows.shape[0]:
                                        log_rows[logged, 0] = day
                                        log_rows[logged, 1] = key
                                        log_rows[logged, 2] = word >> np.uint64(44)
                                        log_rows[logged, 3] = branch
                                        log_rows[logged, 4] = np.uint64(target)
                                        log_rows[logged, 5] = cell
                                    logged += 1
                                # Nobody can tell who leaves: this is written without a branch.
                                batch_key[in_batch] = key
                                batch_word[in_batch] = word | (np.uint64(target) << np.uint64(14))
                                batch_from[in_batch] = at
                                in_batch += np.int64(kind != STAYS)
                            else:
                                state = np.int64((word >> np.uint64(14)) & np.uint64(1023))
                                if (
                                    branch != ENTERED
                                    or word < np.uint64(1) << np.uint64(44)
                                    or state_plain[state] == 0
                                ):
                                    todo[n_todo] = i
                                    n_todo += 1
                                    continue
                                if state_end[state] == 0:
                                    batch_key[in_batch] = key
                                    batch_word[in_batch] = (word >> np.uint64(14)) << np.uint64(14)
                                    batch_from[in_batch] = at
                                    in_batch += 1
                    elif position >= n_todo:
                        done_chunk = reading
                        reading = np.int64(next_chunk[reading])
                        next_chunk[done_chunk] = free_chunk
                        free_chunk = done_chunk
                        n_free += 1
                        n_todo = np.int64(-1)
                        continue
                    if in_batch == 0:
                        if position >= n_todo:
                            continue
                        at = (np.int64(reading) * CHUNK + todo[position]) * stride
                        position += 1
                        key = pool[at]
                        word = pool[at + 1]
                        branch = np.int64(word & np.uint64(16383))
                        if branch == WAITING:
                            slot = np.int64(word >> np.uint64(14))
                            if slots[slot, SLOT_TURN] != key:
                                continue  # has moved since
                            key = slots[slot, SLOT_KEY]
                            word = slots[slot, SLOT_WORD]
                            state = np.int64((word >> np.uint64(14)) & np.uint64(1023))
                            cell = np.int64((word >> np.uint64(24)) & np.uint64(1048575))
                            visit = np.int64(word >> np.uint64(44))
                            entry = np.int64(slots[slot, SLOT_DAYS] & np.uint64(0xFFFFFFFF)) - BIAS
                            for i in range(clocks):
                                clock[i] = np.int64(slots[slot, SLOT_CLOCKS + i]) - BIAS
                        else:
                            state = np.int64((word >> np.uint64(14)) & np.uint64(1023))
                            cell = np.int64((word >> np.uint64(24)) & np.uint64(1048575))
                            visit = np.int64(word >> np.uint64(44))
                            entry = np.int64(day)
                            if keep_entry:
                                both = pool[at + 2]
                                entry = np.int64(both & np.uint64(0xFFFFFFFF)) - BIAS
                                if clocks > 0:
                                    clock[0] = np.int64(both >> np.uint64(32)) - BIAS
                                    for i in range(1, clocks):
                                        both = pool[at + 3 + (i - 1) // 2]
                                        if i % 2 == 1:
                                            clock[i] = np.int64(both & np.uint64(0xFFFFFFFF)) - BIAS
                                        else:
                                            clock[i] = np.int64(both >> np.uint64(32)) - BIAS
                            if branch == ENTERED:
                                arriving = True
                                if visit == 0:
                                    own_sets = 0
                                    for i in range(clocks):
                                        if clock[i] < 0:  # admitted from outside: see serving
                                            own_sets = -clock[i]
                                            clock[i] = NEVER
                                            break
                                    own_sets -= 1
                            elif branch != EVALUATE:
                                fire = branch

                if in_batch > 0:
                    for j in range(in_batch):
                        key = batch_key[j]
                        word = batch_word[j]
                        # Unsigned numbers: an index that may be negative costs a test each time.
                        u_visit = word >> np.uint64(44)
                        u_cell = (word >> np.uint64(24)) & np.uint64(1048575)
                        u_state = (word >> np.uint64(14)) & np.uint64(1023)
                        coming = np.int64(NEVER)
                        coming_branch = np.uint64(0)
                        for t in range(state_first[u_state], state_first[u_state + np.uint64(1)]):
                            u_t = np.uint64(t)
                            if transition_when[u_t, u_cell] == 0:
                                continue
                            u_policy = np.uint64(policy_first[u_t])
                            chance = policy_chance[u_policy]
                            if chance < 1.0 and uniform(key, u_visit, salt_chance[u_t]) >= chance:
                                continue
                            u_branch = np.uint64(transition_first[u_t])
                            u_row = np.uint64(policy_branch[u_policy])
                            others = np.uint64(transition_first[u_t + np.uint64(1)]) - u_branch
                            others -= np.uint64(1)
                            if others > 0:
                                # Which one, by counting the shares that are passed: no branch.
                                u = uniform(key, u_visit, salt_branch[u_t])
                                passed = np.uint64(0)
                                for i in range(others):
                                    passed += np.uint64(u >= branch_share[u_row + np.uint64(i)])
                                u_row += passed
                                u_branch += passed
                            # As `look_up`, of a quantile below 1, with all of a table in one line.
                            u_table = np.uint64(branch_table[u_row, u_cell])
                            stay = table_rows[u_table, 4]
                            if stay < 0:
                                u = uniform(key, u_visit, salt_delay[u_t])
                                entry_of_guide = np.uint64(table_rows[u_table, 1]) + np.uint64(
                                    np.int64(u * table_rows[u_table, 2])
                                )
                                u_first = np.uint64(table_rows[u_table, 0])
                                u_at = u_first + np.uint64(guide[entry_of_guide])
                                while cdf[u_at] <= u:
                                    u_at += np.uint64(1)
                                stay = np.int64(u_at - u_first)
                                if stay >= table_rows[u_table, 3]:
                                    continue
                            if stay < coming:
                                coming = stay
                                coming_branch = u_branch
                        batch_due[j] = day + coming
                        batch_word[j] = word | coming_branch
                    for j in range(in_batch):
                        coming = batch_due[j]
                        if coming >= days:
                            continue
                        chunk = bucket[coming, 1]
                        if chunk < 0 or bucket[coming, 2] == CHUNK:
                            if free_chunk >= 0:
                                made = free_chunk
                                free_chunk = np.int64(next_chunk[made])
                                n_free -= 1
                            else:
                                made = np.int64(used_chunks)
                                used_chunks += 1
                            next_chunk[made] = -1
                            if chunk < 0:
                                bucket[coming, 0] = made
                            else:
                                next_chunk[chunk] = made
                            bucket[coming, 1] = made
                            bucket[coming, 2] = 0
                            chunk = made
                        at = (np.int64(chunk) * CHUNK + bucket[coming, 2]) * stride
                        bucket[coming, 2] += 1
                        bucket[coming, 3] += 1
                        pool[at] = batch_key[j]
                        pool[at + 1] = batch_word[j]
                        if keep_entry:
                            source = batch_from[j]
                            if source >= 0:
                                # Clocks run on.
                                pool[at + 2] = (pool[source + 2] & ~LOW) | np.uint64(day + BIAS)
                                for i in range(3, stride):
                                    pool[at + i] = pool[source + i]
                            else:
                                pool[at + 2] = np.uint64(day + BIAS)
                                if clocks > 0:
                                    pool[at + 2] |= np.uint64(NEVER + BIAS) << np.uint64(32)
                                for i in range(1, clocks):
                                    if i % 2 == 1:
                                        pool[at + 3 + (i - 1) // 2] = np.uint64(NEVER + BIAS)
                                    else:
                                        pool[at + 3 + (i - 1) // 2] |= np.uint64(
                                            NEVER + BIAS
                                        ) << np.uint64(32)
                    continue

                if own_sets == -2:
                    # Take a slot and a place in the line of admissions.
                    line = entrant_line[e]
                    if free_slot >= 0:
                        slot = free_slot
                        free_slot = np.int64(slots[slot, SLOT_NEXT]) - 1
                    else:
                        slot = used_slots
                        used_slots += 1
                        slots[slot, SLOT_TURN] = 0
                    slots[slot, SLOT_KEY] = key
                    slots[slot, SLOT_WORD] = (np.uint64(cell) << np.uint64(24)) | (
                        np.uint64(state) << np.uint64(14)
                    )
                    slots[slot, SLOT_DAYS] = np.uint64(day + BIAS) | NO_RECORD
                    slots[slot, SLOT_NEXT] = np.uint64(e)
                    slots[slot, SLOT_COUNT] = 1
                    slots[slot, line_word] = np.uint64(line)
                    if free_place >= 0:
                        place = free_place
                        free_place = np.int64(places[place, PLACE_NEXT]) - 1
                    else:
                        place = used_places
                        used_places += 1
                    places[place, PLACE_WHO] = np.uint64(slot) | (
                        slots[slot, SLOT_TURN] << np.uint64(32)
                    )
                    places[place, PLACE_DAY] = np.uint64(day)
                    places[place, PLACE_LOT] = bits(key, 0, np.uint64(SALT_LOT))
                    places[place, PLACE_NEXT] = np.uint64(new_head[line] + 1)
                    new_head[line] = place
                    new_count[line] += 1
                    unsorted[line] = 1
                    waiting[line] += 1
                    waiting_total += 1
                    line_joined[period, line] += 1
                    continue

                moves = 0
                while True:  # the chain of states passed through today
                    if fire >= 0:
                        if slot >= 0:
                            for j in range(np.int64(slots[slot, SLOT_COUNT])):
                                line = np.int64(slots[slot, line_word + j])
                                waiting[line] -= 1
                                line_left[period, line] += 1
                            waiting_total -= 1
                            slots[slot, SLOT_TURN] = (slots[slot, SLOT_TURN] + np.uint64(1)) & LOW
                            slots[slot, SLOT_NEXT] = np.uint64(free_slot + 1)
                            free_slot = slot
                            slot = -1
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
                            if logged < log_rows.shape[0]:
                                log_rows[logged, 0] = day
                                log_rows[logged, 1] = key
                                log_rows[logged, 2] = visit
                                log_rows[logged, 3] = fire
                                log_rows[logged, 4] = np.uint64(state)
                                log_rows[logged, 5] = cell
                            logged += 1
                        if state < 0:
                            break
                        current[state, cell_group[cell]] += 1
                        inside[state_facility[state]] += 1
                        if visit >= MOST_VISITS:
                            return TOO_MANY_VISITS, logged, most_used
                        if moves > MOST_MOVES_A_DAY:
                            return ZERO_CYCLE, logged, most_used
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
                                least = served - set_condition[i]
                                if served > 0 and least > 0 and table_fixed[table] < 0:
                                    # Would have left by this clock, had it rung earlier.
                                    last = min(least, table_length[table]) - 1
                                    below = cdf[table_start[table] + last]
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
                    coming = NEVER
                    coming_branch = EVALUATE
                    for t in range(state_first[state], state_first[state + 1]):
                        if transition_when[t, cell] == 0:
                            continue
                        first = transition_first[t]
                        last = transition_first[t + 1]
                        policy = policy_first[t]
                        changed = False
                        if policy + 1 < policy_first[t + 1]:
                            while (
                                policy + 1 < policy_first[t + 1] and policy_day[policy + 1] <= entry
                            ):
                                policy += 1
                            for i in range(policy + 1, policy_first[t + 1]):
                                if policy_everyone[i] == 1 and policy_day[i] <= day:
                                    changed = True
                        row = policy_branch[policy] - first
                        chance = policy_chance[policy]
                        begin = max(entry, transition_start[t])
                        branch = first
                        below = 0.0
                        due = np.int64(NEVER)
                        if changed:
                            branch, due = changed_way(
                                t, policy, key, visit, cell, entry, day,
                                clock[max(0, transition_clock[t])],
                                transition_start, transition_running, transition_clock,
                                transition_offset, transition_first, policy_first, policy_day,
                                policy_everyone, policy_chance, policy_branch, salt_chance,
                                salt_branch, salt_delay, branch_share, branch_table, cdf,
                                table_start, table_length, guide, guide_start, guide_size,
                                table_fixed,
                            )  # fmt: skip
                            if due >= NEVER:
                                continue
                        conditional = (
                            entry < 0
                            and begin < 0
                            and transition_running[t] == 1
                            and transition_clock[t] < 0
                        )
                        if changed:
                            pass
                        elif conditional:
                            # Has been in the race for -entry nights: each way out is weighed by
                            # its chance of not having been taken yet.
                            total = 0.0
                            before = 0.0
                            for b in range(first, last):
                                table = branch_table[row + b, cell]
                                if table_fixed[table] >= 0:
                                    left = 1.0 if table_fixed[table] >= -entry else 0.0
                                else:
                                    i = min(-entry, table_length[table]) - 1
                                    left = 1.0 - cdf[table_start[table] + i]
                                total += chance * (branch_share[row + b] - before) * left
                                before = branch_share[row + b]
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
                                        table = branch_table[row + b, cell]
                                        if table_fixed[table] >= 0:
                                            left = 1.0 if table_fixed[table] >= -entry else 0.0
                                        else:
                                            i = min(-entry, table_length[table]) - 1
                                            left = 1.0 - cdf[table_start[table] + i]
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
                        if changed:
                            pass
                        elif transition_clock[t] >= 0:
                            due = clock[transition_clock[t]]
                            if due >= NEVER:
                                continue
                            due = max(begin, due + transition_offset[t])
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
                        if due < day:
                            continue  # stands in its line already
                        free = branch_line[branch] < 0
                        if due == day:
                            if free:
                                fire = branch
                                break
                            joins[n_joins] = branch_line[branch]
                            n_joins += 1
                        elif due < coming:
                            coming = due
                            coming_branch = branch if free else EVALUATE
                        elif due == coming and free and coming_branch == EVALUATE:
                            coming_branch = branch
                    if fire >= 0:
                        continue
                    for i in range(look_first[state], look_first[state + 1]):
                        # A policy begins for everyone: calendar changes come before what is due.
                        if look_day[i] > day:
                            if look_day[i] <= coming:
                                coming = look_day[i]
                                coming_branch = EVALUATE
                            break

                    if n_joins > 0:
                        if slot < 0:
                            if free_slot >= 0:
                                slot = free_slot
                                free_slot = np.int64(slots[slot, SLOT_NEXT]) - 1
                            else:
                                slot = used_slots
                                used_slots += 1
                                slots[slot, SLOT_TURN] = 0
                            slots[slot, SLOT_KEY] = key
                            slots[slot, SLOT_WORD] = (
                                (np.uint64(visit) << np.uint64(44))
                                | (np.uint64(cell) << np.uint64(24))
                                | (np.uint64(state) << np.uint64(14))
                            )
                            slots[slot, SLOT_COUNT] = 0
                            for i in range(clocks):
                                slots[slot, SLOT_CLOCKS + i] = np.uint64(clock[i] + BIAS)
                            waiting_total += 1
                        for j in range(n_joins):
                            line = joins[j]
                            taken = np.int64(slots[slot, SLOT_COUNT])
                            slots[slot, line_word + taken] = np.uint64(line)
                            slots[slot, SLOT_COUNT] = np.uint64(taken + 1)
                            if free_place >= 0:
                                place = free_place
                                free_place = np.int64(places[place, PLACE_NEXT]) - 1
                            else:
                                place = used_places
                                used_places += 1
                            places[place, PLACE_WHO] = np.uint64(slot) | (
                                slots[slot, SLOT_TURN] << np.uint64(32)
                            )
                            places[place, PLACE_DAY] = np.uint64(day)
                            places[place, PLACE_LOT] = bits(key, visit, np.uint64(SALT_LOT))
                            places[place, PLACE_NEXT] = np.uint64(new_head[line] + 1)
                            new_head[line] = place
                            new_count[line] += 1
                            unsorted[line] = 1
                            waiting[line] += 1
                            line_joined[period, line] += 1

                    if n_joins > 0:
                        # Most may be served today: the record is written when the day is over.
                        slots[slot, SLOT_DAYS] = np.uint64(entry + BIAS) | (
                            np.uint64(coming) << np.uint64(32)
                        )
                    elif coming < days:
                        chunk = bucket[coming, 1]
                        if chunk < 0 or bucket[coming, 2] == CHUNK:
                            if free_chunk >= 0:
                                made = free_chunk
                                free_chunk = np.int64(next_chunk[made])
                                n_free -= 1
                            else:
                                made = np.int64(used_chunks)
                                used_chunks += 1
                            next_chunk[made] = -1
                            if chunk < 0:
                                bucket[coming, 0] = made
                            else:
                                next_chunk[chunk] = made
                            bucket[coming, 1] = made
                            bucket[coming, 2] = 0
                            chunk = made
                        at = (np.int64(chunk) * CHUNK + bucket[coming, 2]) * stride
                        bucket[coming, 2] += 1
                        bucket[coming, 3] += 1
                        if slot >= 0:
                            pool[at] = slots[slot, SLOT_TURN]
                            pool[at + 1] = (np.uint64(slot) << np.uint64(14)) | np.uint64(WAITING)
                        else:
                            pool[at] = key
                            pool[at + 1] = (
                                (np.uint64(visit) << np.uint64(44))
                                | (np.uint64(cell) << np.uint64(24))
                                | (np.uint64(state) << np.uint64(14))
                                | np.uint64(coming_branch)
                            )
                            if keep_entry:
                                word = np.uint64(entry + BIAS)
                                if clocks > 0:
                                    word |= np.uint64(clock[0] + BIAS) << np.uint64(32)
                                pool[at + 2] = word
                                for i in range(1, clocks):
                                    if i % 2 == 1:
                                        pool[at + 3 + (i - 1) // 2] = np.uint64(clock[i] + BIAS)
                                    else:
                                        pool[at + 3 + (i - 1) // 2] |= np.uint64(
                                            clock[i] + BIAS
                                        ) << np.uint64(32)
                    break

            if bucket[day, 0] >= 0:
                # Of a batch, those who move on at once.
                drained += 1
                if drained > MOST_MOVES_A_DAY:
                    return ZERO_CYCLE, logged, most_used
                continue
            for branch in range(n_branches):
                for group in range(n_groups):
                    count = moved[branch * n_groups + group]
                    if count > 0:
                        moved[branch * n_groups + group] = 0
                        flows[period, branch, group] += count
                        state = branch_source[branch]
                        current[state, group] -= count
                        inside[state_facility[state]] -= count
                        target = branch_target[branch]
                        if target >= 0:
                            current[target, group] += count
                            inside[state_facility[target]] += count
            if n_lines == 0:
                break

            # (4) Serve the lines, all together, whoever has waited longest first.
            served_now = 0
            if n_chunks - used_chunks + n_free < waiting_total // CHUNK + 2:
                return NO_ROOM, logged, most_used
            for line in range(n_lines):
                if unsorted[line] == 0:
                    continue
                unsorted[line] = 0
                # Those who joined today by lot: their places keep their order in the list, and so
                # in memory; who stands in them changes.
                count = 0
                place = new_head[line]
                while place >= 0:
                    joined_place[count] = place
                    count += 1
                    place = np.int64(places[place, PLACE_NEXT]) - 1
                shelves = 2
                shift = 63
                while shelves < count and shelves < MOST_SHELVES:
                    shelves *= 2
                    shift -= 1
                shelf[: shelves + 1] = 0
                for i in range(count):
                    lot = places[joined_place[i], PLACE_LOT]
                    shelf[np.int64(lot >> np.uint64(shift)) + 1] += 1
                for i in range(shelves):
                    shelf[i + 1] += shelf[i]
                for i in range(count):
                    place = joined_place[i]
                    lot = places[place, PLACE_LOT]
                    on = np.int64(lot >> np.uint64(shift))
                    at = shelf[on]
                    shelf[on] += 1
                    sorted_lot[at] = lot
                    sorted_who[at] = places[place, PLACE_WHO]
                for i in range(1, count):
                    lot = sorted_lot[i]
                    who = sorted_who[i]
                    at = np.int64(i)
                    while at > 0 and sorted_lot[at - 1] > lot:
                        sorted_lot[at] = sorted_lot[at - 1]
                        sorted_who[at] = sorted_who[at - 1]
                        at -= 1
                    sorted_lot[at] = lot
                    sorted_who[at] = who
                for i in range(count):
                    places[joined_place[i], PLACE_LOT] = sorted_lot[i]
                    places[joined_place[i], PLACE_WHO] = sorted_who[i]
            while True:
                best = -1
                best_place = np.int64(-1)
                best_priority = np.int64(0)
                best_day = np.int64(0)
                best_lot = np.uint64(0)
                for line in range(n_lines):
                    if waiting[line] == 0 or line_open[day, line] == 0:
                        continue
                    quota = line_quota[line]
                    if quota >= 0 and left_quota[quota] <= 0:
                        continue
                    f = line_facility[line]
                    if f >= 0 and inside[f] >= room[f]:
                        continue
                    place = old_head[line]
                    while place >= 0 and slots[
                        np.int64(places[place, PLACE_WHO] & np.uint64(0xFFFFFFFF)), SLOT_TURN
                    ] != places[place, PLACE_WHO] >> np.uint64(32):
                        old_head[line] = np.int64(places[place, PLACE_NEXT]) - 1
                        places[place, PLACE_NEXT] = np.uint64(free_place + 1)
                        free_place = place
                        place = old_head[line]
                    if place < 0:
                        old_tail[line] = -1
                        place = new_head[line]
                        while place >= 0 and slots[
                            np.int64(places[place, PLACE_WHO] & np.uint64(0xFFFFFFFF)),
                            SLOT_TURN,
                        ] != places[place, PLACE_WHO] >> np.uint64(32):
                            new_head[line] = np.int64(places[place, PLACE_NEXT]) - 1
                            new_count[line] -= 1
                            places[place, PLACE_NEXT] = np.uint64(free_place + 1)
                            free_place = place
                            place = new_head[line]
                        if place < 0:
                            continue
                    p = line_priority[line]
                    d = np.int64(places[place, PLACE_DAY])
                    lot = places[place, PLACE_LOT]
                    if best < 0 or p < best_priority or (
                        p == best_priority
                        and (d < best_day or (d == best_day and lot < best_lot))
                    ):  # fmt: skip
                        best = line
                        best_place = place
                        best_priority = p
                        best_day = d
                        best_lot = lot
                if best < 0:
                    break
                if old_head[best] == best_place:
                    old_head[best] = np.int64(places[best_place, PLACE_NEXT]) - 1
                    if old_head[best] < 0:
                        old_tail[best] = -1
                else:
                    new_head[best] = np.int64(places[best_place, PLACE_NEXT]) - 1
                    new_count[best] -= 1
                slot = np.int64(places[best_place, PLACE_WHO] & np.uint64(0xFFFFFFFF))
                places[best_place, PLACE_NEXT] = np.uint64(free_place + 1)
                free_place = best_place
                served_now += 1
                waiting_total -= 1
                for j in range(np.int64(slots[slot, SLOT_COUNT])):
                    line = np.int64(slots[slot, line_word + j])
                    waiting[line] -= 1
                    if line != best:
                        line_left[period, line] += 1
                line_served[period, best] += 1
                line_days[period, best] += day - best_day
                if line_quota[best] >= 0:
                    left_quota[line_quota[best]] -= 1
                key = slots[slot, SLOT_KEY]
                word = slots[slot, SLOT_WORD]
                state = np.int64((word >> np.uint64(14)) & np.uint64(1023))
                cell = np.int64((word >> np.uint64(24)) & np.uint64(1048575))
                visit = np.int64(word >> np.uint64(44))
                group = cell_group[cell]
                what = np.uint64(line_branch[best])
                for i in range(clocks):
                    clock[i] = np.int64(slots[slot, SLOT_CLOCKS + i]) - BIAS
                if line_branch[best] < 0:
                    # From outside: the state is the one they wait to enter; their own clocks are
                    # set when they are looked at, so the record names the entrant as a clock.
                    current[n_states, group] -= 1
                    admitted[period, state, group] += 1
                    what = np.uint64(ADMITTED + state)
                    for i in range(clocks):
                        clock[i] = NEVER
                    if clocks > 0:
                        clock[0] = -np.int64(slots[slot, SLOT_NEXT]) - 1
                else:
                    flows[period, line_branch[best], group] += 1
                    current[state, group] -= 1
                    inside[state_facility[state]] -= 1
                    change = transition_becomes[branch_transition[line_branch[best]]]
                    if change >= 0:
                        cell = np.int64(becomes_map[change, cell])
                    state = line_target[best]
                    visit += 1
                slots[slot, SLOT_TURN] = (slots[slot, SLOT_TURN] + np.uint64(1)) & LOW
                slots[slot, SLOT_NEXT] = np.uint64(free_slot + 1)
                free_slot = slot
                if log_below > 0 and key < log_below:
                    if logged < log_rows.shape[0]:
                        log_rows[logged, 0] = day
                        log_rows[logged, 1] = key
                        log_rows[logged, 2] = visit
                        log_rows[logged, 3] = what
                        log_rows[logged, 4] = np.uint64(state)
                        log_rows[logged, 5] = cell
                    logged += 1
                if state < 0:
                    continue
                if visit >= MOST_VISITS:
                    return TOO_MANY_VISITS, logged, most_used
                current[state, cell_group[cell]] += 1
                inside[state_facility[state]] += 1
                chunk = bucket[day, 1]
                if chunk < 0 or bucket[day, 2] == CHUNK:
                    if free_chunk >= 0:
                        made = free_chunk
                        free_chunk = np.int64(next_chunk[made])
                        n_free -= 1
                    else:
                        made = np.int64(used_chunks)
                        used_chunks += 1
                    next_chunk[made] = -1
                    if chunk < 0:
                        bucket[day, 0] = made
                    else:
                        next_chunk[chunk] = made
                    bucket[day, 1] = made
                    bucket[day, 2] = 0
                    chunk = made
                at = (np.int64(chunk) * CHUNK + bucket[day, 2]) * stride
                bucket[day, 2] += 1
                bucket[day, 3] += 1
                pool[at] = key
                pool[at + 1] = (
                    (np.uint64(visit) << np.uint64(44))
                    | (np.uint64(cell) << np.uint64(24))
                    | (np.uint64(state) << np.uint64(14))
                    | np.uint64(ENTERED)
                )
                word = np.uint64(day + BIAS)
                if clocks > 0:
                    word |= np.uint64(clock[0] + BIAS) << np.uint64(32)
                pool[at + 2] = word
                for i in range(1, clocks):
                    if i % 2 == 1:
                        pool[at + 3 + (i - 1) // 2] = np.uint64(clock[i] + BIAS)
                    else:
                        pool[at + 3 + (i - 1) // 2] |= np.uint64(clock[i] + BIAS) << np.uint64(32)
            if served_now > n_slots * MOST_MOVES_A_DAY:
                return ZERO_CYCLE, logged, most_used
            if served_now == 0 and bucket[day, 0] < 0:
                break

        # Those who joined today and still wait go behind the others, and get their records.
        wanted = 0
        for line in range(n_lines):
            wanted += new_count[line]
        if wanted > 0 and n_chunks - used_chunks + n_free < (
            wanted // CHUNK + min(wanted, days) + 2
        ):
            return NO_ROOM, logged, most_used
        for line in range(n_lines):
            place = new_head[line]
            if place < 0:
                continue
            if old_tail[line] < 0:
                old_head[line] = place
            else:
                places[old_tail[line], PLACE_NEXT] = np.uint64(place + 1)
            while place >= 0:
                old_tail[line] = place
                who = places[place, PLACE_WHO]
                place = np.int64(places[place, PLACE_NEXT]) - 1
                slot = np.int64(who & np.uint64(0xFFFFFFFF))
                if slots[slot, SLOT_TURN] != who >> np.uint64(32):
                    continue  # has moved since
                coming = np.int64(slots[slot, SLOT_DAYS] >> np.uint64(32))
                if coming >= days:
                    continue
                slots[slot, SLOT_DAYS] |= NO_RECORD
                chunk = bucket[coming, 1]
                if chunk < 0 or bucket[coming, 2] == CHUNK:
                    if free_chunk >= 0:
                        made = free_chunk
                        free_chunk = np.int64(next_chunk[made])
                        n_free -= 1
                    else:
                        made = np.int64(used_chunks)
                        used_chunks += 1
                    next_chunk[made] = -1
                    if chunk < 0:
                        bucket[coming, 0] = made
                    else:
                        next_chunk[chunk] = made
                    bucket[coming, 1] = made
                    bucket[coming, 2] = 0
                    chunk = made
                at = (np.int64(chunk) * CHUNK + bucket[coming, 2]) * stride
                bucket[coming, 2] += 1
                bucket[coming, 3] += 1
                pool[at] = slots[slot, SLOT_TURN]
                pool[at + 1] = (np.uint64(slot) << np.uint64(14)) | np.uint64(WAITING)
            new_head[line] = -1
            new_count[line] = 0
        # (5) The census.
        for s in range(n_states + 1):
            for g in range(n_groups):
                census[day, s, g] = current[s, g]
        for f in range(n_facilities):
            occupied[day, f] = inside[f]
        for line in range(n_lines):
            line_waiting[day, line] = waiting[line]
        most_used = max(most_used, (used_chunks - n_free) * CHUNK * stride * 8)

    return DONE, logged, most_used
