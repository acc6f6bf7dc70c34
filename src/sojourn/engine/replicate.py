"""One history of a program: draws what it needs, runs the kernel, hands back what it counted."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sojourn.engine import kernel, layout
from sojourn.engine.chance import arrivals, gate_days, table_arguments
from sojourn.engine.lines import lines_alone, patience_of, straight_on
from sojourn.engine.memory import (
    check_memory,
    keeps_entry,
    outgrown,
)
from sojourn.engine.program import OUT, History, Ints, Keys, Program
from sojourn.engine.random import run_key, stream_key
from sojourn.engine.ways import bounds, plain_states, ways_of
from sojourn.engine.workspace import workspace
from sojourn.errors import SojournError

UNBOUNDED = 1 << 60
_FEW_COUNTS = 1 << 15
"""As many counts of those who leave cost next to nothing, however few the people are."""


def entrant_keys(program: Program, run: int) -> Keys:
    """Keys of the program's streams within one history."""
    return np.array([stream_key(run, name) for name in program.entrant_names], dtype=np.uint64)


def room_for(program: Program) -> np.ndarray:
    """Modelled people that each facility may hold on each day, [d, f]."""
    room = np.maximum(program.capacity - program.already_held, 0)
    room[:, program.facility_hard == 0] = UNBOUNDED
    return np.ascontiguousarray(room)


def lines_open(program: Program, gate_open: np.ndarray) -> np.ndarray:
    """Whether every gate that a line needs is open, [d, l]."""
    opened = np.ones((program.days, len(program.line_names)), dtype=np.uint8)
    for line, gates in enumerate(program.line_gates):
        for gate in gates:
            opened[:, line] &= gate_open[:, gate]
    return opened


class StoppedError(Exception):
    """The history was left because somebody asked for it."""


def nobody_stops() -> npt.NDArray[np.uint8]:
    """A `stop` that nobody sets."""
    return np.zeros(1, dtype=np.uint8)


def branch_kinds(program: Program, plain: np.ndarray) -> np.ndarray:
    """[b] what the kernel's batch does with those who take the branch; see `kernel.PLAIN`."""
    target, changes = program.branch_target, program.transition_becomes >= 0
    stays = (target == OUT) | (program.state_end[target] == 1)
    kinds = np.where(stays, kernel.STAYS, kernel.PLAIN)
    kinds = kinds + kernel.CHANGES * changes[program.branch_transition]
    kinds[(target != OUT) & (plain[target] == 0)] = kernel.NOT_PLAIN
    return np.asarray(kinds, dtype=np.int64)


def leaving_branches(
    program: Program, plain: np.ndarray, kinds: np.ndarray, people: int
) -> tuple[Ints, Ints]:
    """Branches whose people the kernel counts by the day on which they leave, and their numbers.

    From a plain state to the outside or to an end, facts unchanged: nothing else can happen to
    them. The first array [code] has the number of a branch among them, or -1; the second the
    branches. None if their counts of every day and group were many more than the people.
    """
    numbers = np.full(1 << layout.BRANCH_BITS, -1, dtype=np.int64)
    leaving = np.flatnonzero((kinds == kernel.STAYS) & (plain[program.branch_source] == 1))
    if program.days * len(leaving) * len(program.group_names) > max(people, _FEW_COUNTS):
        leaving = leaving[:0]
    numbers[leaving] = np.arange(len(leaving))
    return numbers, leaving


def simulate(
    program: Program,
    *,
    seed: int,
    replicate: int,
    log: bool = False,
    log_share: float = 1.0,
    stop: npt.NDArray[np.uint8] | None = None,
    at_once: int = 1,
) -> History:
    """Run one history.

    `at_once` histories share the memory there is. With `log`, the events
    of about `log_share` of all people are kept. The figures are the same
    for any number of threads and any order of replicates: they depend on the arguments alone.
    Raises `SojournError` if somebody goes round for ever within a day, or if there is not memory
    enough, and `StoppedError` soon after another thread has set `stop` [1].
    """
    check_limits(program)
    most_bytes = check_memory(program, at_once=at_once)
    run = run_key(seed, replicate)
    keys = entrant_keys(program, run)
    gate_open = gate_days(program, run)
    came = arrivals(program, keys, run)
    groups, lines = len(program.group_names), len(program.line_names)
    states, branches = len(program.state_names), len(program.branch_target)
    days, periods = program.days, program.periods
    clocks = len(program.clock_names)
    below = np.uint64(min(2**64 - 1, int(log_share * 2**64))) if log else np.uint64(0)
    rows = 1024 if log else 0
    times = 1
    plain = plain_states(program)
    alone = lines_alone(program, plain)
    shapes, *ways = ways_of(program, plain, alone)
    straight = straight_on(program, shapes)
    # After a room for each state, and one that stays empty, each line has two for those called.
    room_shapes = np.concatenate(
        [shapes, [layout.SEVERAL], np.repeat(shapes[program.line_target], 2)]
    )
    kinds = branch_kinds(program, plain)
    people = int(program.entrant_count.sum() + came.sum())
    branch_leaves, leaving = leaving_branches(program, plain, kinds, people)
    while True:
        census = np.zeros((days, states + 1, groups), np.int64)
        flows = np.zeros((periods, branches, groups), np.int64)
        admitted = np.zeros((periods, states, groups), np.int64)
        line_counts = [np.zeros((periods, lines), np.int64) for _ in range(4)]
        line_waiting = np.zeros((days, lines), np.int64)
        occupied = np.zeros((days, len(program.facility_names)), np.int64)
        events = np.zeros((rows, 6), np.uint64)
        memory, short = workspace(
            program, int(came.sum()), times, most_bytes, len(leaving)
        )
        code, logged, _ = kernel.run_days(
            days,
            program.period_of_day,
            clocks,
            keeps_entry(program),
            program.cell_group,
            program.state_facility,
            program.state_end,
            plain,
            room_shapes,
            program.state_first,
            program.set_first,
            program.set_clock,
            program.set_table,
            program.set_day,
            program.set_from,
            program.set_until,
            program.set_salt,
            program.set_condition,
            program.transition_when,
            program.transition_start,
            program.transition_running,
            program.transition_clock,
            program.transition_offset,
            program.transition_becomes,
            program.transition_first,
            program.policy_first,
            program.policy_day,
            program.policy_everyone,
            program.policy_chance,
            program.policy_branch,
            program.look_first,
            program.look_day,
            program.salt_chance,
            program.salt_branch,
            program.salt_delay,
            program.branch_transition,
            kinds,
            branch_leaves,
            leaving,
            program.branch_source,
            program.branch_target,
            np.where(program.branch_target == OUT, states, program.branch_target),
            layout.next_words(program.branch_target),
            program.branch_share,
            program.branch_line,
            program.branch_table,
            program.becomes_map,
            program.line_branch,
            program.line_target,
            program.line_facility,
            program.line_quota,
            program.line_priority,
            alone,
            patience_of(program, alone),
            np.where(straight, states + 1 + 2 * np.arange(lines), 0),
            lines_open(program, gate_open),
            program.longest_line_list,
            program.quota_limit,
            program.quota_period,
            room_for(program),
            keys,
            program.entrant_cell,
            program.entrant_state,
            program.entrant_count,
            program.entrant_age,
            program.entrant_line,
            program.entrant_set_first,
            program.stocks,
            came,
            *table_arguments(program),
            *ways,
            bounds(program.tables["cdf"]),
            *memory,
            census,
            flows,
            admitted,
            line_waiting,
            *line_counts,
            occupied,
            events,
            below,
            nobody_stops() if stop is None else stop,
        )
        if code == kernel.STOPPED:
            raise StoppedError
        if code == kernel.NO_ROOM:
            if short:
                raise outgrown(program, int(came.sum()), most_bytes)
            # Those who left a line leave a record behind, so there may be more records than people.
            times *= 2
            continue
        if code != kernel.DONE:
            raise SojournError(_FAILURES[code])
        if logged <= rows:
            break
        rows = int(logged)
    return History(
        census=census,
        flows=flows,
        admitted=admitted,
        line_waiting=line_waiting,
        line_joined=line_counts[0],
        line_served=line_counts[1],
        line_left=line_counts[2],
        line_days=line_counts[3],
        occupied=occupied + program.already_held,
        gate_open=gate_open,
        events=events[:logged],
    )


def check_limits(program: Program) -> None:
    """Refuse what a record cannot hold."""
    limits = (
        ("cells", len(program.cell_group), layout.MOST_CELLS),
        ("states", len(program.state_names), layout.MOST_STATES),
        ("transitions' branches", len(program.branch_target), layout.MOST_BRANCHES),
    )
    for what, count, most in limits:
        if count > most:
            raise SojournError(f"the study has {count:,} {what}; the engine holds {most:,}")


_FAILURES = {
    kernel.TOO_MANY_VISITS: "a person moved more than a million times: shorten the period",
    kernel.ZERO_CYCLE: "a person goes round for ever within one day: a cycle of zero-day stays",
}
