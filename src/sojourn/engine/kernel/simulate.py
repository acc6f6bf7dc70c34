"""One history of a program: draws what it needs, runs the kernel, hands back what it counted."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sojourn.engine.kernel import day_loop, layout
from sojourn.engine.kernel.arguments import (
    CountArrays,
    EntrantArrays,
    LawArrays,
    LineArrays,
    PathwayArrays,
    grouped,
)
from sojourn.engine.kernel.arrivals import arrivals, curve_arrays, gate_days, table_arrays
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
    below = np.uint64(min(2**64 - 1, int(log_share * 2**64))) if log else np.uint64(0)
    rows = 1024 if log else 0
    times = 1
    made = prepared(program)
    people = int(program.entrant_count.sum() + came.sum())
    branch_leaves, leaving = leaving_branches(program, people)
    pathway = grouped(
        PathwayArrays,
        program,
        made,
        clocks=len(program.clock_names),
        branch_leaves=branch_leaves,
        leaving_branch=leaving,
    )
    lines = grouped(LineArrays, program, made, line_open=lines_open(program, gate_open))
    entrants = grouped(EntrantArrays, program, entrant_key=keys, arrivals=came)
    laws = grouped(LawArrays, made, **table_arrays(program), **curve_arrays(program))
    while True:
        counts = no_counts(program)
        events = np.zeros((rows, 6), np.uint64)
        memory, short = workspace(program, people, times, at_once, len(leaving))
        code, logged, _ = day_loop.run_days(
            pathway,
            lines,
            entrants,
            laws,
            memory,
            counts,
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
    counts.occupied[:] += program.already_held
    return History(**counts._asdict(), gate_open=gate_open, events=events[:logged])


def no_counts(program: Program) -> CountArrays:
    """Before anything has happened."""
    groups, lines = len(program.group_names), len(program.line_names)
    states, branches = len(program.state_names), len(program.branch_target)
    days, periods = program.days, program.periods
    shapes: dict[str, tuple[int, ...]] = {
        "census": (days, states + 1, groups),
        "flows": (periods, branches, groups),
        "admitted": (periods, states, groups),
        "line_waiting": (days, lines),
        "line_joined": (periods, lines),
        "line_served": (periods, lines),
        "line_left": (periods, lines),
        "line_days": (periods, lines),
        "wait_served": (lines, days),
        "wait_left": (lines, days),
        "wait_still": (lines, days),
        "occupied": (days, len(program.facility_names)),
    }
    return CountArrays(**{name: np.zeros(shape, np.int64) for name, shape in shapes.items()})


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
