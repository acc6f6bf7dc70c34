"""How much memory a history needs, and how much there is."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sojourn.engine.kernel.prepared import prepared
from sojourn.engine.program import Program
from sojourn.errors import Problem, SojournError

_LIMITS = (
    (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")),
    (
        Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
        Path("/sys/fs/cgroup/memory/memory.usage_in_bytes"),
    ),
)
_FREE = Path("/proc/meminfo")
_UNKNOWN = 16 << 30
"""Where the system does not say how much is free."""
_RESERVE = 256 << 20
"""Left for everything that is not counted here."""
ALWAYS = 64 << 20
"""As little as this is taken without asking: a system that is short for a moment gives it."""


def free_bytes() -> int:
    """Memory that this process may still take; a container's limit counts."""
    found: list[int] = []
    try:
        lines = _FREE.read_text(encoding="ascii").splitlines()
        found += [int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable:")]
    except (OSError, ValueError, IndexError):
        pass  # not such a system
    for limit, used in _LIMITS:
        try:
            # A limit that is none reads `max`, and raises.
            found.append(int(limit.read_text()) - int(used.read_text()))
        except (OSError, ValueError):
            continue
    return max(ALWAYS, min(found, default=_UNKNOWN) - _RESERVE)


def result_bytes(program: Program) -> int:
    """What one history counts, and about as much again while its tables are made."""
    groups, states = len(program.group_names), len(program.state_names)
    lines, facilities = len(program.line_names), len(program.facility_names)
    streams = program.admission_rate.shape[1]
    by_day = int((states + 1) * groups + 5 * lines + 3 * facilities + streams)
    by_period = groups * (states + len(program.branch_target)) + 4 * lines
    return 16 * (program.days * by_day + program.periods * by_period)


def least_bytes(program: Program) -> int:
    """What the people of day 0 and the results need: without it nothing can begin.

    People of a state from which the next move may be their last may need no record.
    """
    made = prepared(program)
    spared = np.zeros(len(program.state_names), dtype=np.bool_)
    spared[program.branch_source[made.counted]] = True
    stock = int(program.entrant_count[~spared[program.entrant_state]].sum())
    return 8 * stock * made.record_words + result_bytes(program)


def check_memory(program: Program, *, at_once: int = 1, wanted: int | None = None) -> int:
    """Bytes that each of `at_once` histories may take for its people.

    Raises `SojournError` with the estimate if the people of day 0 alone need more. Where they want
    no more than `wanted` bytes, and these are few, the system is not asked.
    """
    if wanted is not None and (wanted + result_bytes(program)) * at_once <= ALWAYS:
        return wanted
    free = free_bytes() // max(1, at_once)
    least = least_bytes(program)
    if least > free:
        people = int(program.entrant_count.sum())
        raise too_large(
            f"the {people:,} people of day 0 need {_size(least)} of memory in one history, and "
            f"{_size(free)} are free for it"
        )
    return free - result_bytes(program)


def outgrown(people: int, most_bytes: int) -> SojournError:
    """The error of a history whose people, of all `people` who come, are more than memory holds."""
    return too_large(
        f"one history, to which {people:,} people come, outgrew the {_size(most_bytes)} of memory "
        "that are free for it"
    )


def too_large(what: str) -> SojournError:
    """The error, with the remedy."""
    fix = "use fewer threads, shorten the period, or scale the populations down"
    return SojournError(Problem(what, fix))


def _size(count: int) -> str:
    return f"{count / 1e9:,.1f} GB" if count >= 1e9 else f"{count / 1e6:,.0f} MB"
