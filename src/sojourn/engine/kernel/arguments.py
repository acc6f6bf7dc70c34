"""The arrays that the kernel reads and writes, in groups.

Indices are those of `Program`: s state, t transition, b branch, l line, c cell, g group, e entrant,
d day, p period. What a program holds already is explained there.
"""

from __future__ import annotations

from inspect import get_annotations
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from sojourn.engine.program import Floats, Ints, Keys

Flags = npt.NDArray[np.uint8]
Small = npt.NDArray[np.int32]
Group = TypeVar("Group")


class PathwayArrays(NamedTuple):
    """States, and the ways out of them."""

    days: int
    period_of_day: Ints
    clocks: int
    """How many clocks people carry."""
    keep_entry: bool
    """Whether a record holds the day of entry."""
    cell_group: Ints
    state_facility: Ints
    state_end: Flags
    state_plain: Flags
    """[s]; see `ways_out.plain_states`."""
    room_shape: Ints
    """Shapes of the rooms for those who come: one for each state, one that stays empty, and two
    for each line."""
    state_first: Ints
    set_first: Ints
    set_clock: Ints
    set_table: Ints
    set_day: Ints
    set_from: Ints
    set_until: Ints
    set_salt: Keys
    set_condition: Ints
    set_given: Ints
    transition_when: Flags
    transition_start: Ints
    transition_running: Flags
    transition_becomes: Ints
    transition_first: Ints
    policy_first: Ints
    policy_day: Ints
    policy_everyone: Ints
    policy_clock: Ints
    policy_offset: Ints
    policy_chance: Floats
    policy_branch: Ints
    look_first: Ints
    look_day: Ints
    salt_chance: Keys
    salt_branch: Keys
    salt_delay: Keys
    branch_transition: Ints
    branch_kind: Ints
    """[b] what the kernel does with those who take the branch; see `day_loop.PLAIN`."""
    branch_leaves: Ints
    """[branch, or code in its place] its number among those that follow, or -1."""
    leaving_branch: Ints
    """Branches whose people are only counted, by the day on which they leave."""
    branch_source: Ints
    branch_target: Ints
    branch_into: Ints
    """[b] the room to which they come."""
    next_word: Keys
    branch_share: Floats
    branch_line: Ints
    branch_table: Small
    becomes_map: Small


class LineArrays(NamedTuple):
    """Lines, and what they need."""

    line_branch: Ints
    line_target: Ints
    line_facility: Ints
    line_quota: Ints
    line_priority: Ints
    line_otherwise: Ints
    line_alone: Flags
    """[l]; see `line_kinds.lines_alone`."""
    line_patience: Ints
    """[l]; see `line_kinds.patience_of`."""
    line_straight: Ints
    """[l] the room of those who are called as they join, 0: the line does not lead straight on."""
    line_open: Flags
    """[d, l] whether every gate is open."""
    most_lines: int
    """In how many lines one person may stand."""
    quota_limit: Ints
    quota_period: Ints
    room_for: Ints
    """[d, f] modelled people that a facility may hold (a soft one: no bound)."""


class EntrantArrays(NamedTuple):
    """Who is there on day 0, and who is admitted."""

    entrant_key: Keys
    entrant_cell: Ints
    entrant_state: Ints
    entrant_count: Ints
    entrant_age: Ints
    entrant_line: Ints
    entrant_set_first: Ints
    stocks: int
    arrivals: Ints
    """[d, stream] people admitted."""


class LawArrays(NamedTuple):
    """Lengths of stay: tables by the step, curves in continuous time, and the ways of a batch."""

    cdf: Floats
    table_start: Ints
    table_length: Ints
    guide: Ints
    guide_start: Ints
    guide_size: Ints
    table_fixed: Ints
    several: Flags
    """[s, c]: 1 where ways run in continuous time (`races.several_random`), 2 where a line is
    joined so."""
    table_whole: Flags
    curve_x: Floats
    curve_gone: Floats
    curve_start: Ints
    curve_size: Ints
    ways_of: Ints
    """See `ways_out.ways_of`."""
    ways: Ints
    bound: Ints
    """`cdf` as whole numbers; see `ways_out.bounds`."""
    curve_of: Ints
    """See `ways_out.curves_by_law`."""


class WorkArrays(NamedTuple):
    """Room to work in; see `workspace`."""

    pool: Keys
    next_chunk: Small
    slots: Keys
    queue: Keys
    queue_next: Small
    fresh_line: Ints
    fresh_lot: Keys
    fresh_who: Keys
    today_lot: Keys
    today_who: Keys
    spare_lot: Keys
    spare_who: Keys
    joiners: Keys
    shelf: Ints
    by_day: Ints
    by_line: Ints
    stores: Ints
    batch_key: Keys
    batch_word: Keys
    batch_more: Keys
    batch_due: Ints
    batch_joins: Ints
    batch_line: Ints
    come: Ints
    todo: Ints
    leaving: Ints
    current: Ints
    moved: Ints
    scratch: Ints
    way_ints: Ints
    way_floats: Floats


class CountArrays(NamedTuple):
    """What the kernel counts; see `History`."""

    census: Ints
    flows: Ints
    admitted: Ints
    line_waiting: Ints
    line_joined: Ints
    line_served: Ints
    line_left: Ints
    line_days: Ints
    wait_served: Ints
    wait_left: Ints
    wait_still: Ints
    occupied: Ints


def grouped(kind: type[Group], *sources: object, **own: Any) -> Group:  # noqa: ANN401 -- any array
    """A group whose fields are `own`, or the attribute of that name of the first source with it."""
    found = {
        name: own[name]
        if name in own
        else next(getattr(source, name) for source in sources if hasattr(source, name))
        for name in get_annotations(kind)
    }
    return kind(**found)
