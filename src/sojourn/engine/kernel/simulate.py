"""One history of a program: draws what it needs, runs the kernel, hands back what it counted."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sojourn.engine.kernel import day_loop, layout
from sojourn.engine.kernel.arrivals import arrivals, curve_arguments, gate_days, table_arguments
from sojourn.engine.kernel.memory import check_memory, least_bytes, outgrown
from sojourn.engine.kernel.prepared import leaving_branches, prepared
from sojourn.engine.kernel.workspace import workspace
from sojourn.engine.program import History, Keys, Program
from sojourn.engine.random import run_key, stream_key
from sojourn.errors import SojournError


def entrant_keys(program: Program, run: int) -> Keys:
    """Keys of the program's streams within one history."""
    return np.array([stream_key(run, name) for name in program.entrant_names], dtype=np.uint64)


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
    check_memory(program, at_once=at_once, wanted=least_bytes(program))
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
    made = prepared(program)
    people = int(program.entrant_count.sum() + came.sum())
    branch_leaves, leaving = leaving_branches(program, people)
    while True:
        census = np.zeros((days, states + 1, groups), np.int64)
        flows = np.zeros((periods, branches, groups), np.int64)
        admitted = np.zeros((periods, states, groups), np.int64)
        line_counts = [np.zeros((periods, lines), np.int64) for _ in range(4)]
        line_waiting = np.zeros((days, lines), np.int64)
        waits = [np.zeros((lines, days), np.int64) for _ in range(3)]
        occupied = np.zeros((days, len(program.facility_names)), np.int64)
        events = np.zeros((rows, 6), np.uint64)
        memory, short = workspace(program, people, times, at_once, len(leaving))
        code, logged, _ = day_loop.run_days(
            days,
            program.period_of_day,
            clocks,
            made.keeps_entry,
            program.cell_group,
            program.state_facility,
            program.state_end,
            made.plain,
            made.room_shapes,
            program.state_first,
            program.set_first,
            program.set_clock,
            program.set_table,
            program.set_day,
            program.set_from,
            program.set_until,
            program.set_salt,
            program.set_condition,
            program.set_given,
            program.transition_when,
            program.transition_start,
            program.transition_running,
            program.transition_becomes,
            program.transition_first,
            program.policy_first,
            program.policy_day,
            program.policy_everyone,
            program.policy_clock,
            program.policy_offset,
            program.policy_chance,
            program.policy_branch,
            program.look_first,
            program.look_day,
            program.salt_chance,
            program.salt_branch,
            program.salt_delay,
            program.branch_transition,
            made.branch_kind,
            branch_leaves,
            leaving,
            program.branch_source,
            program.branch_target,
            made.branch_into,
            made.next_word,
            program.branch_share,
            program.branch_line,
            program.branch_table,
            program.becomes_map,
            program.line_branch,
            program.line_target,
            program.line_facility,
            program.line_quota,
            program.line_priority,
            program.line_otherwise,
            made.line_alone,
            made.line_patience,
            made.line_straight,
            lines_open(program, gate_open),
            made.longest_line_list,
            program.quota_limit,
            program.quota_period,
            made.room_for,
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
            made.several,
            *curve_arguments(program),
            *made.ways,
            made.bound,
            made.curves,
            *memory,
            census,
            flows,
            admitted,
            line_waiting,
            *line_counts,
            *waits,
            occupied,
            events,
            below,
            nobody_stops() if stop is None else stop,
        )
        if code == day_loop.STOPPED:
            raise StoppedError
        if code == day_loop.NO_ROOM:
            if short:
                raise outgrown(people, short)
            # Those who left a line leave a record behind, so there may be more records than people.
            times *= 2
            continue
        if code != day_loop.DONE:
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
        wait_served=waits[0],
        wait_left=waits[1],
        wait_still=waits[2],
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
    day_loop.TOO_MANY_VISITS: "a person moved more than a million times: shorten the period",
    day_loop.ZERO_CYCLE: "a person goes round for ever within one day: a cycle of zero-day stays",
}
