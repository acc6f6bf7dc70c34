"""How much memory a history needs, and how much there is."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sojourn.engine import layout
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
_ALWAYS = 64 << 20
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
    return max(_ALWAYS, min(found, default=_UNKNOWN) - _RESERVE)


def record_words(program: Program) -> int:
    """Words of 8 bytes of a person's record."""
    if not keeps_entry(program):
        return 2
    return 2 + (len(program.clock_names) + 2) // 2


def keeps_entry(program: Program) -> bool:
    """Whether a record must hold the day of entry.

    It must where people carry clocks, and where they are looked at between their entry and their
    next move: as a policy changes, or a transition that needs something falls due later.
    """
    if program.clock_names or len(program.look_day):
        return True
    needing = np.unique(program.branch_transition[program.branch_line >= 0])
    for transition in needing.tolist():
        if program.transition_clock[transition] >= 0 or program.transition_start[transition] > 0:
            return True
        size = int(np.diff(program.transition_first)[transition])
        for policy in range(*program.policy_first[transition : transition + 2].tolist()):
            row = int(program.policy_branch[policy])
            tables = program.branch_table[row : row + size]
            if (program.tables["fixed"][tables] != 0).any():
                return True
    return False


def slot_words(program: Program) -> int:
    """Words of a waiting person's slot, and of their places in lines."""
    most = program.longest_line_list
    slot = whole_lines(layout.SLOT_CLOCKS + len(program.clock_names) + most)
    return slot + most * layout.ENTRY_WORDS


def whole_lines(words: int) -> int:
    """Words of a row that lies in as few lines of the cache (8 words) as it can."""
    return -(-words // 4) * 4


def result_bytes(program: Program) -> int:
    """What one history counts, and about as much again while its tables are made."""
    groups, states = len(program.group_names), len(program.state_names)
    lines, facilities = len(program.line_names), len(program.facility_names)
    streams = program.admission_rate.shape[1]
    by_day = int((states + 1) * groups + 2 * lines + 3 * facilities + streams)
    by_period = groups * (states + len(program.branch_target)) + 4 * lines
    return 16 * (program.days * by_day + program.periods * by_period)


def least_bytes(program: Program) -> int:
    """What the people of day 0 and the results need: without it nothing can begin."""
    stock = int(program.entrant_count.sum())
    return 8 * stock * record_words(program) + result_bytes(program)


def check_memory(program: Program, *, at_once: int = 1) -> int:
    """Bytes that each of `at_once` histories may take for its people.

    Raises `SojournError` with the estimate if the people of day 0 alone need more.
    """
    free = free_bytes() // max(1, at_once)
    least = least_bytes(program)
    if least > free:
        people = int(program.entrant_count.sum())
        raise too_large(
            f"the {people:,} people of day 0 need {_size(least)} of memory in one history, and "
            f"{_size(free)} are free for it"
        )
    return free - result_bytes(program)


def outgrown(program: Program, coming: int, most_bytes: int) -> SojournError:
    """The error of a history whose people become more than memory holds."""
    people = int(program.entrant_count.sum()) + coming
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
