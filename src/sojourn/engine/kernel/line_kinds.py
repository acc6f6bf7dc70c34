"""What is known of lines before anybody stands in them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sojourn.engine.kernel import layout
from sojourn.engine.program import OUT, Ints, Program


def lines_alone(program: Program, plain: np.ndarray) -> npt.NDArray[np.uint8]:
    """[l] 1 where whoever stands in the line stands in no other, and is never looked at there.

    They are called, or they move on by another way that is already drawn. So the states whose
    people join it are plain (`plain` [s]), with one transition that needs lines; those who wait
    outside come to a plain state and set no clocks of their own.
    """
    needing = np.unique(program.branch_transition[program.branch_line >= 0])
    source = np.searchsorted(program.state_first, needing, side="right") - 1
    times = np.bincount(source, minlength=len(program.state_names))
    alone = np.zeros(len(program.line_names), dtype=np.uint8)
    for line, branch in enumerate(program.line_branch.tolist()):
        if branch < 0:
            comers = np.flatnonzero(program.entrant_line == line)
            own = program.entrant_set_first[comers + 1] > program.entrant_set_first[comers]
            alone[line] = plain[program.line_target[line]] and not own.any()
        else:
            state = program.branch_source[branch]
            alone[line] = plain[state] and times[state] == 1
    return alone


def patience_of(program: Program, alone: np.ndarray) -> Ints:
    """[l] days after which all leave the line by the same branch; 0: not so.

    They join it on the day they come to their state, and the one other way out of it takes the same
    number of days for everybody. So those who leave on a day are those in front of the line.
    """
    days = np.zeros(len(alone), dtype=np.int64)
    fixed = program.tables["fixed"]
    for line in np.flatnonzero(alone).tolist():
        by = int(program.line_branch[line])
        if by < 0:
            continue
        needing = int(program.branch_transition[by])
        cells = np.flatnonzero(program.transition_when[needing])
        if not len(cells) or (fixed[_laws(program, by)[cells]] != 0).any():
            continue
        state = int(program.branch_source[by])
        others = [
            t
            for t in range(*program.state_first[state : state + 2].tolist())
            if t != needing and program.transition_when[t, cells].any()
        ]
        if len(others) != 1 or not program.transition_when[others[0], cells].all():
            continue
        first, last = program.transition_first[others[0] : others[0] + 2].tolist()
        if last - first != 1 or program.policy_chance[program.policy_first[others[0]]] < 1.0:
            continue
        after = np.unique(fixed[_laws(program, first)[cells]])
        if len(after) == 1 and after[0] > 0:
            days[line] = after[0]
    return days


def straight_on(program: Program, shapes: np.ndarray) -> npt.NDArray[np.bool_]:
    """[l] whether the line leads, facts unchanged, to a state of which no way out needs a line.

    `shapes` [s] are those of `layout`: whoever is called there has nothing to do with lines.
    """
    straight = np.zeros(len(program.line_names), dtype=np.bool_)
    for line, branch in enumerate(program.line_branch.tolist()):
        target = int(program.line_target[line])
        if branch >= 0 and target != OUT:
            changes = program.transition_becomes[program.branch_transition[branch]] >= 0
            straight[line] = (
                shapes[target] in (layout.RACE, layout.ONE, layout.SINGLE) and not changes
            )
    return straight


def _laws(program: Program, branch: int) -> np.ndarray:
    """[c] tables of a branch's delay under the first policy of its transition."""
    transition = int(program.branch_transition[branch])
    place = branch - int(program.transition_first[transition])
    row = int(program.policy_branch[program.policy_first[transition]]) + place
    return np.asarray(program.branch_table[row])
