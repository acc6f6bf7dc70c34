"""The compiled study: arrays only. The kernel and its readable twin both run it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import numpy.typing as npt

from sojourn import arrays

Ints = arrays.Ints
Floats = arrays.Floats
Keys = npt.NDArray[np.uint64]

UNCONDITIONAL = 1 << 30

ALWAYS = -(1 << 30)
"""The day of a policy that holds from the beginning."""

PACE, OWN_STAY = 1, 2
"""What a policy for everyone does to those who are in the state: they leave at its pace, or they
keep their own place among all stays."""

OUT = -1
"""Target of those who leave the system."""


@dataclass(frozen=True, slots=True)
class GateProgram:
    """A gate's calendar: fixed days, and the tables of its random openings and closings."""

    name: str
    fixed_open: npt.NDArray[np.bool_]
    """[day]"""
    start: int
    opens_after: int
    """Table, or -1."""
    closes_after: int
    closed_for: int
    """-1: never opens again."""
    again: bool
    chance: float


@dataclass(frozen=True, eq=False, kw_only=True)
class PathwayProgram:
    """States, and every way out of them; indices as in `Program`."""

    state_names: tuple[str, ...]
    state_facility: Ints
    """[s], -1: none"""
    state_end: Ints
    state_first: Ints
    """[s+1]: transitions of s are state_first[s] … state_first[s+1]-1, in file order."""

    set_first: Ints
    """[s + 1]: clock settings on entering s; the entrants' own follow (see entrant_set_first)."""
    clock_names: tuple[str, ...]

    transition_names: tuple[str, ...]
    transition_when: npt.NDArray[np.uint8]
    """[t, c]"""
    transition_start: Ints
    """Day from which its delay runs at the earliest; negative: none."""
    transition_running: Ints
    """1 if it has been running before day 0: it waits for no gate and no quota."""
    transition_becomes: Ints
    """Row of becomes_map, -1: facts do not change."""
    transition_first: Ints
    """[t+1]: branches."""

    policy_first: Ints
    """[t+1]: policies of t in order of date; the first holds until the second begins."""
    policy_day: Ints
    """First day on which it holds; the first of a transition: ALWAYS."""
    policy_everyone: Ints
    """0: for those who enter from that day on; PACE or OWN_STAY: for those in the state, too."""
    policy_clock: Ints
    """-1: by stay, under every policy of the transition."""
    policy_offset: Ints
    policy_chance: Floats
    policy_branch: Ints
    """[p]: row r of the first branch's share and table; the others follow."""
    look_first: Ints
    """[s+1] into look_day."""
    look_day: Ints
    """Days, rising, on which a policy for everyone begins and everybody in the state is looked
    at."""
    salt_chance: Keys
    salt_branch: Keys
    salt_delay: Keys

    branch_transition: Ints
    branch_source: Ints
    branch_target: Ints
    """State, or OUT."""
    branch_share: Floats
    """[r] cumulative within the policy; the last is 1."""
    branch_line: Ints
    """-1: needs nothing."""
    branch_table: npt.NDArray[np.int32]
    """[r, c]"""
    becomes_map: npt.NDArray[np.int32]
    """[row, c]"""

    line_names: tuple[str, ...]
    line_branch: Ints
    """-1: admissions that wait outside for line_target."""
    line_otherwise: Ints
    """Branch for people who cannot move on the day they join; -1: they wait."""
    line_target: Ints
    line_facility: Ints
    """Hard facility in which a place is needed, -1: none."""
    line_quota: Ints
    line_priority: Ints
    line_gates: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class EntrantProgram:
    """Those who are there on day 0 or enter later, and the clocks that are set."""

    entrant_names: tuple[str, ...]
    """Stable names of streams."""
    entrant_population: tuple[str, ...]
    entrant_cell: Ints
    entrant_state: Ints
    entrant_count: Ints
    """Stock: people; admissions: 0."""
    entrant_age: Ints
    """Table of days already served, -1: none (and for admissions)."""
    entrant_line: Ints
    """Line in which admissions wait outside, -1: they enter at once."""
    entrant_set_first: Ints
    """[e+1] into the clock settings, after those of the states: all clocks that are set when they
    enter, by their population or by the state."""
    stocks: int
    """How many of the entrants are stocks."""

    set_clock: Ints
    set_table: Ints
    """-1: the clock is set to set_day."""
    set_day: Ints
    set_from: Ints
    """It is set by those who enter the state on this day or later, …"""
    set_until: Ints
    """… and before this one."""
    set_salt: Keys
    set_condition: Ints
    """For those who have served time on day 0: had the clock rung this many days (or more) before
    the nights they served were over, they would have left. UNCONDITIONAL: it does not matter."""
    set_given: Ints
    """The table of which set_condition speaks: another clock's, of the same length, if that is
    read."""


@dataclass(frozen=True, eq=False, kw_only=True)
class AdmissionProgram:
    """How many people each stream of admissions has on each day."""

    admission_rate: Floats
    """[d, stream]: people expected that day."""
    admission_fixed: Ints
    """[stream]: 1 if the flow is fixed, 0 if it is random."""
    admission_ratio: Floats
    """[stream]: variance of a random number over its mean: 1 Poisson, above negative binomial."""
    admission_list: Ints
    """[stream]: list of people who come on known days, -1: none; its rate is then 0."""
    admission_from: Floats
    """[stream]: quantile of the people of its list from which on they belong to it."""
    admission_to: Floats
    list_names: tuple[str, ...]
    """Lists by population and known facts; names of the draws of their people's streams."""
    list_people: Ints
    """[d, list]"""


@dataclass(frozen=True, eq=False, kw_only=True)
class Program(PathwayProgram, EntrantProgram, AdmissionProgram):
    """One scenario under one draw, for the days 0 … days-1.

    Indices: s state, t transition, b branch, l line, f facility, q quota, c cell, g group,
    e entrant (first every stock, then every stream of admissions), d day, p period, or policy
    where so named, r branch under a policy.
    """

    days: int
    period_of_day: Ints
    period_starts: tuple[date, ...]
    group_names: tuple[str, ...]
    cell_group: Ints

    quota_limit: Ints
    """[d, q]"""
    quota_period: Ints
    """[d, q]: the calendar period of that day, numbered."""
    facility_names: tuple[str, ...]
    facility_hard: Ints
    capacity: Ints
    """[d, f], as the study says."""
    already_held: Ints
    """[d, f]"""
    gates: tuple[GateProgram, ...]

    tables: dict[str, np.ndarray] = field(repr=False)
    table_keys: tuple[str, ...] = field(repr=False)
    """For each table a text that determines it."""

    @property
    def transition_clock(self) -> Ints:
        """[t] The clock that it reads at first, -1: by stay."""
        return self.policy_clock[self.policy_first[:-1]]

    @property
    def periods(self) -> int:
        """Number of reporting periods."""
        return len(self.period_starts)

    @property
    def longest_line_list(self) -> int:
        """The most lines one person can stand in at once (at least 1)."""
        needing = np.unique(self.branch_transition[self.branch_line >= 0])
        source = np.searchsorted(self.state_first, needing, side="right")
        return int(max([1, *np.bincount(source).tolist()]))


@dataclass(frozen=True, slots=True)
class History:
    """What one replicate counted. Days, periods and names are the program's."""

    census: Ints
    """[d, s+1, g] at the end of the day; the last state is waiting outside."""
    flows: Ints
    """[p, b, g], by the group before the move."""
    admitted: Ints
    """[p, s, g] entering from outside, at the moment they enter."""
    line_waiting: Ints
    """[d, l] at the end of the day."""
    line_joined: Ints
    """[p, l]"""
    line_served: Ints
    line_left: Ints
    line_days: Ints
    """[p, l]: days waited by those served."""
    wait_served: Ints
    """[l, d]: people served after a wait of so many days, …"""
    wait_left: Ints
    """… who left the line otherwise after it, …"""
    wait_still: Ints
    """… and who still wait, having waited so long."""
    occupied: Ints
    """[d, f], with those already held."""
    gate_open: npt.NDArray[np.bool_]
    """[d, gate]"""
    events: npt.NDArray[np.uint64]
    """[n, 6]: day, person key, visit, what (branch, or `kernel.ADMITTED`, `kernel.IN_STOCK` +
    state), state, cell after; empty unless asked for."""
