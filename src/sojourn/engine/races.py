"""Which ways out run beside each other, and where their time within a day matters."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sojourn.engine.program import Program


def several_random(program: Program) -> npt.NDArray[np.bool_]:
    """[s, c] where two or more ways out may take a random time that is not a whole number of steps.

    They run in continuous time; elsewhere whole steps are enough.
    """
    count = len(program.transition_names)
    random = np.zeros((count, len(program.cell_group)), dtype=np.bool_)
    part_of_step = program.tables["whole"] == 0
    for t in range(count):
        if program.transition_clock[t] < 0:
            rows = _rows(program, t)[_open_rows(program, t)]
            random[t] = part_of_step[program.branch_table[rows]].any(axis=0)
    random &= program.transition_when != 0
    upto = np.concatenate([np.zeros((1, random.shape[1]), np.int64), random.cumsum(axis=0)])
    return np.asarray(upto[program.state_first[1:]] - upto[program.state_first[:-1]] > 1)


def joins_at_random(program: Program, several: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """[s, c] of `several_random` where people join a line in this way: the time of day decides on
    which day."""
    found = np.zeros_like(several)
    for branch in np.flatnonzero(program.branch_line >= 0).tolist():
        t, state = int(program.branch_transition[branch]), int(program.branch_source[branch])
        place = branch - program.transition_first[t]
        rows = program.policy_branch[program.policy_first[t] : program.policy_first[t + 1]] + place
        found[state] |= (program.tables["whole"][program.branch_table[rows]] == 0).any(axis=0)
    return found & several


def racing_tables(program: Program) -> list[int]:
    """Laws of ways out by a stay that somebody has beside another such way."""
    stays = (program.transition_clock < 0)[:, None] & (program.transition_when != 0)
    found: set[int] = set()
    for state in range(len(program.state_names)):
        ways = range(*program.state_first[state : state + 2].tolist())
        cells = np.flatnonzero(stays[list(ways)].sum(axis=0) > 1)
        for t in ways:
            own = cells[stays[t, cells]]
            found.update(program.branch_table[np.ix_(_rows(program, t), own)].ravel().tolist())
    return sorted(found)


def _open_rows(program: Program, transition: int) -> npt.NDArray[np.bool_]:
    """Which of `_rows` somebody may take within the program's days."""
    found = []
    for policy in range(*program.policy_first[transition : transition + 2].tolist()):
        size = int(program.transition_first[transition + 1] - program.transition_first[transition])
        first = int(program.policy_branch[policy])
        taken = np.diff(program.branch_share[first : first + size], prepend=0.0) > 0.0
        holds = program.policy_day[policy] < program.days and program.policy_chance[policy] > 0.0
        found.append(taken & holds)
    return np.concatenate(found)


def _rows(program: Program, transition: int) -> npt.NDArray[np.int64]:
    """Rows of the branches of a transition under all of its policies."""
    policies = slice(*program.policy_first[transition : transition + 2].tolist())
    size = int(program.transition_first[transition + 1] - program.transition_first[transition])
    first = program.policy_branch[policies]
    return np.asarray((first[:, None] + np.arange(size)).ravel())
