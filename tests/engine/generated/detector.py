"""What a study has in effect: for each person of a history, the features that played a part.

It reads the compiled program and the events, never what the generator meant to put in. A feature
of a way out counts for whoever came to a state with that way out; a need for whoever was called; a
clock for whoever carried it to a way out that reads it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from sojourn.study.model.pathway import Transition
from sojourn.study.model.people import Population
from sojourn.study.model.stays import Stay

from engine.generated.features import BY_STEP, FAMILIES
from sojourn.engine.kernel.arrivals import arrivals
from sojourn.engine.program import ALWAYS, OUT, OWN_STAY, PACE, History, Program
from sojourn.engine.random import person_key_int, run_key, stream_key

FOR_EVER = 1 << 30
EVERYONE: dict[int, set[str]] = {
    0: set(),
    OWN_STAY: {"a policy that changes everybody's own stay"},
    PACE: {"a policy that changes everybody's pace"},
}
FAMILY = {family: name for name, families in FAMILIES.items() for family in families}


@dataclass(frozen=True, slots=True)
class Visit:
    """Of one person to one state."""

    state: int
    cell: int
    entry: int
    leave: int
    """Day of the next move; after the last day if there is none."""
    branch: int
    """By which they left; OUT: they did not."""


def features_of_people(
    program: Program, told: dict[str, Any], history: History, seed: int, replicate: int
) -> set[frozenset[str]]:
    """The sets of features that played a part for somebody in the history, with all events.

    `told` are the arguments of `scenario_program`.
    """
    found = Detector(program, told, history)
    return {found.of_person(e, life) for e, life in lives_of(program, history, seed, replicate)}


def features_of_ways(
    program: Program, told: dict[str, Any], history: History, seed: int, replicate: int
) -> set[frozenset[str]]:
    """The same of one way out each: what it had for somebody who came to its state."""
    found = Detector(program, told, history)
    return {
        one
        for e, life in lives_of(program, history, seed, replicate)
        for one in found.of_ways(e, life)
    }


def lives_of(
    program: Program, history: History, seed: int, replicate: int
) -> list[tuple[int, list[list[int]]]]:
    """Of each person the entrant they belong to, and their events in order."""
    run = run_key(seed, replicate)
    keys = [stream_key(run, name) for name in program.entrant_names]
    came = arrivals(program, np.array(keys, dtype=np.uint64), run).sum(axis=0)
    people = [*program.entrant_count[: program.stocks].tolist(), *came.tolist()]
    entrant_of = {
        person_key_int(key, i): e
        for e, (key, count) in enumerate(zip(keys, people, strict=True))
        for i in range(count)
    }
    lives: dict[int, list[list[int]]] = {}
    rows = history.events
    for row in rows[np.lexsort((rows[:, 2], rows[:, 1]))].tolist():
        lives.setdefault(row[1], []).append(row)
    return [(entrant_of[key], life) for key, life in lives.items()]


class Detector:
    """Tells what played a part for a person."""

    def __init__(self, program: Program, told: dict[str, Any], history: History) -> None:
        self.p, self.history = program, history
        self.populations: dict[str, Population] = told["populations"]
        self.transitions: dict[str, Transition] = {t.name: t for t in told["transitions"]}
        step = told.get("step", "day")
        self.study = {name for name, unit in BY_STEP.items() if unit == step}
        if len(program.group_names) > 1:
            self.study.add("groups")
        self.waited = history.line_days.sum(axis=0) > 0
        self.gave_up = history.line_left.sum(axis=0) > 0

    def of_person(self, entrant: int, life: list[list[int]]) -> frozenset[str]:
        """Of one person, from their events in order."""
        visits = self._visits(life)
        found = self.study | self._entrance(entrant)
        for number, visit in enumerate(visits):
            stock = number == 0 and entrant < self.p.stocks
            found |= self._state(visit)
            found |= self._ways(visit, in_stock=stock)
            if visit.branch != OUT:
                found |= self._move(visit, in_stock=stock)
            if any(visit.state == earlier.state for earlier in visits[:number]):
                found.add("a way back")
        return frozenset(found | self._clocks(entrant, visits))

    def of_ways(self, entrant: int, life: list[list[int]]) -> Iterator[frozenset[str]]:
        """Of each way out that one person came to."""
        visits = self._visits(life)
        for number, visit in enumerate(visits):
            stock = number == 0 and entrant < self.p.stocks
            for t in self._holding(visit):
                found = self.study | self._way(visit, t, in_stock=stock)
                if np.ptp(self.p.transition_when[t]):
                    found.add("a condition")
                if visit.branch != OUT and self.p.branch_transition[visit.branch] == t:
                    found |= self._move(visit, in_stock=stock)
                if self.p.transition_clock[t] >= 0:
                    found |= self._clocks(entrant, visits[: number + 1], only=t)
                yield frozenset(found)

    def _visits(self, life: list[list[int]]) -> list[Visit]:
        visits = []
        for row, after in zip(life, [*life[1:], None], strict=True):
            if row[4] < 1 << 63:
                leave, branch = (self.p.days, OUT) if after is None else (after[0], after[3])
                visits.append(Visit(row[4], row[5], row[0], leave, branch))
        return visits

    def _entrance(self, e: int) -> set[str]:
        p = self.p
        population = self.populations[p.entrant_population[e]]
        facility = int(p.state_facility[p.entrant_state[e]])
        hard = facility >= 0 and bool(p.facility_hard[facility])
        if e < p.stocks:
            assert population.stock is not None
            served = population.stock.served
            found = {"stock in a hard facility"} if hard else set()
            if population.stock.held:
                return found | {"stock: people of a file"}
            if isinstance(served, Stay):
                by_table = p.tables["fixed"][p.entrant_age[e]] < 0
                served = "served by a table" if by_table else "served so long"
            return found | {
                {"equilibrium": "stock: in equilibrium"}.get(served, f"stock: {served}")
            }
        stream = e - p.stocks
        found = set()
        if p.entrant_line[e] >= 0:
            found = {"admitted into a hard facility"} | self._places(int(p.entrant_line[e]))
        elif facility >= 0:
            found = {"admitted into a soft facility"}
        if p.admission_list[stream] >= 0:
            return found | {"admissions: listed"}
        rate = p.admission_rate[:, stream]
        if rate.max() > 1.3 * rate.min():  # more than months differ in length
            found.add("admissions: at a rate that changes")
        if p.admission_fixed[stream]:
            return found | {"admissions: fixed"}
        over = p.admission_ratio[stream] > 1.0
        return found | {"admissions: over-dispersed" if over else "admissions: Poisson"}

    def _places(self, line: int) -> set[str]:
        """Of the facility that a line leads to, and of the wait."""
        f = int(self.p.line_facility[line])
        found = {"somebody waits"} if self.waited[line] else set()
        if np.ptp(self.p.line_priority) > 0:
            found.add("a priority")
        if f >= 0 and np.ptp(self.p.capacity[:, f]) > 0:
            found.add("a capacity that changes")
        if f >= 0 and self.p.already_held[:, f].any():
            found.add("places that others hold")
        return found

    def _state(self, visit: Visit) -> set[str]:
        p, found = self.p, set()
        facility = int(p.state_facility[visit.state])
        if facility >= 0 and not p.facility_hard[facility]:
            found.add("in a soft facility")
        if p.state_end[visit.state]:
            found.add("an end state")
        return found

    def _of_state(self, state: int) -> range:
        return range(self.p.state_first[state], self.p.state_first[state + 1])

    def _holding(self, visit: Visit) -> list[int]:
        """Transitions that hold for the visitor."""
        return [t for t in self._of_state(visit.state) if self.p.transition_when[t, visit.cell]]

    def _ways(self, visit: Visit, *, in_stock: bool) -> set[str]:
        """Of the ways out of a state that somebody has come to."""
        p, found = self.p, set()
        holding = self._holding(visit)
        if len(holding) > 1:
            found.add("several ways out")
        if any(np.ptp(p.transition_when[t]) for t in self._of_state(visit.state)):
            found.add("a condition")
        for t in holding:
            found |= self._way(visit, t, in_stock=in_stock)
        return found

    def _way(self, visit: Visit, t: int, *, in_stock: bool) -> set[str]:
        """Of one of them."""
        p, found = self.p, set()
        entry = ALWAYS if in_stock else visit.entry
        policies = range(p.policy_first[t], p.policy_first[t + 1])
        mine = max(q for q in policies if p.policy_day[q] <= entry)
        if mine > policies[0]:
            found.add("a policy that changes for those who come")
        for q in policies:
            if visit.entry < p.policy_day[q] <= min(visit.leave, p.days - 1):
                found |= EVERYONE[int(p.policy_everyone[q])]
        size = int(p.transition_first[t + 1] - p.transition_first[t])
        row = int(p.policy_branch[mine])
        if p.policy_chance[mine] < 1.0:
            found.add("a chance")
        if size > 1:
            found.add("several branches")
        if p.transition_start[t] > visit.entry:
            found.add("a way out that starts")
        if p.transition_clock[t] >= 0:
            return found
        branches = range(size) if size == 1 else [visit.branch - int(p.transition_first[t])]
        for j in branches:
            if 0 <= j < size:
                if np.ptp(p.branch_table[row + j]) > 0:
                    found.add("stays that differ by fact")
                found |= self._family(t, mine - policies[0], j)
        return found

    def _family(self, t: int, policy: int, place: int) -> set[str]:
        told = self.transitions[self.p.transition_names[t]]
        branches = told.policies[policy][1]
        after = branches[place].after
        if after is None or after.family in ("by fact", "by facts"):
            return set()
        if after.family == "fixed":
            table = int(
                self.p.branch_table[self.p.policy_branch[self.p.policy_first[t] + policy], 0]
            )
            if self.p.tables["fixed"][table] < 0:
                return {FAMILY["part of a step"]}
        if after.family == "table" and after.points[0][0] == 0.0 < after.points[0][1]:
            return {FAMILY["table from 0"]}
        return {FAMILY[after.family]}

    def _move(self, visit: Visit, *, in_stock: bool) -> set[str]:
        """Of what somebody did, and what it needed."""
        p, found = self.p, set()
        target, t = int(p.branch_target[visit.branch]), int(p.branch_transition[visit.branch])
        facility = p.state_facility
        if visit.leave == visit.entry and not in_stock:
            found.add("a stay of no time")
        change = int(p.transition_becomes[t])
        if change >= 0 and p.becomes_map[change, visit.cell] != visit.cell:
            found.add("facts that change")
        line = int(p.branch_line[visit.branch])
        needing = {
            int(p.branch_transition[b])
            for b in np.flatnonzero(p.branch_line >= 0)
            if p.branch_transition[b] in self._holding(visit)
        }
        if visit.branch in p.line_otherwise:
            found.add("somebody goes elsewhere at once")
            line = int(np.flatnonzero(p.line_otherwise == visit.branch)[0])
        if line < 0:
            lines = [
                line
                for line, b in enumerate(p.line_branch)
                if b >= 0 and p.branch_transition[b] in needing
            ]
            if any(self.gave_up[line] for line in lines):
                found.add("somebody gives up waiting")
        else:
            found |= self._places(line)
            if len(needing) > 1:
                found.add("several lines of a state")
            if p.line_quota[line] >= 0:
                found.add("a quota")
            if p.line_facility[line] >= 0:
                found.add("moves into a hard facility")
            for gate in p.line_gates[line]:
                drawn = p.gates[gate].opens_after >= 0 or p.gates[gate].closes_after >= 0
                found.add("a gate by chance" if drawn else "a gate by dates")
        same = target != OUT and facility[target] == facility[visit.state] >= 0
        if same and p.facility_hard[facility[target]]:
            found.add("moves within a hard facility")
        return found

    def _is_plain(self, state: int) -> bool:
        """Whether nobody who comes to the state has anything to do with a clock or a date there."""
        p = self.p
        ways = self._of_state(state)
        return p.set_first[state] == p.set_first[state + 1] and not any(
            p.transition_clock[t] >= 0
            or p.transition_start[t] >= 0
            or p.policy_first[t + 1] - p.policy_first[t] > 1
            for t in ways
        )

    def _clocks(self, e: int, visits: list[Visit], only: int | None = None) -> set[str]:
        """Of the clocks that somebody carried to a way out that reads them; `only` to this one."""
        p, found = self.p, set()
        set_at: dict[int, tuple[int, int, str]] = {}
        """Clock -> visit, the setting, and whose it is."""
        read: set[int] = set()
        for number, visit in enumerate(visits):
            own = slice(p.set_first[visit.state], p.set_first[visit.state + 1])
            settings = range(own.start, own.stop)
            if number == 0:
                settings = range(p.entrant_set_first[e], p.entrant_set_first[e + 1])
            for i in settings:
                if p.set_from[i] <= visit.entry < p.set_until[i]:
                    of_state = number > 0 or p.set_salt[i] in p.set_salt[own]
                    by = "a state" if of_state else "the population"
                    set_at[int(p.set_clock[i])] = (number, i, by)
            for t in self._holding(visit):
                clock = int(p.transition_clock[t])
                if clock not in set_at or only not in (None, t):
                    continue
                when, i, by = set_at[clock]
                read.add(clock)
                found.add(f"a clock set by {by}")
                found.add("a clock read at once" if when == number else "a clock read later")
                if any(self._is_plain(v.state) for v in visits[when:number]):
                    found.add("a clock carried past a state that is plain")
                if " of " in p.clock_names[clock]:
                    found.add("a clock read at a share")
                if p.policy_offset[p.policy_first[t]] != 0:
                    found.add("a clock with an offset")
                if p.set_table[i] < 0:
                    found.add("a clock of a date")
                if p.set_from[i] > ALWAYS:
                    found.add("a clock that is set otherwise from a date on")
        if len(read) > 1:
            found.add("several clocks")
        return found
