"""The meaning of a program, in plain Python: slow, and easy to hold against the design.

It keeps a list of people and looks at every one of them on every day. It shares with the kernel
only the program, the tables and the hash; the kernel must give the same events, one for one.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from sojourn.engine.chance import arrivals, gate_days
from sojourn.engine.kernel import SALT_AGE, SALT_LOT
from sojourn.engine.program import OUT, Program
from sojourn.engine.random import bits_int, person_key_int, run_key, stream_key, uniform_int
from sojourn.engine.tables import NEVER

ENTRANCE = 1 << 32
"""In an event, the number of an entrance into state s is ENTRANCE + s."""

Event = tuple[int, int, int, int, int, int]
"""Day, person's key, visit, what happened, state after (2**64 - 1: out), cell after."""


@dataclass(slots=True)
class Person:
    """One person."""

    key: int
    cell: int
    state: int
    visit: int = 0
    entry: int = 0
    """Day on which they entered the state; negative for those with time served on day 0."""
    clocks: list[int] = field(default_factory=list)
    ways: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Transition -> (branch, day due)."""
    lines: dict[int, int] = field(default_factory=dict)
    """Line -> day joined."""
    outside: int = -1
    """The entrant they belong to while they wait outside."""
    gone: bool = False


class Reference:
    """One history, day by day."""

    def __init__(self, program: Program, *, seed: int, replicate: int) -> None:
        self.p = program
        run = run_key(seed, replicate)
        self.keys = [stream_key(run, name) for name in program.entrant_names]
        self.gate_open = gate_days(program, run)
        self.arrivals = arrivals(program, np.array(self.keys, dtype=np.uint64))
        self.people: list[Person] = []
        self.events: list[Event] = []
        self.numbers = [0] * len(self.keys)
        self.quota_left: list[int] = [0] * program.quota_limit.shape[1]
        self.census: list[dict[tuple[int, int], int]] = []
        """Per day: (state, group) -> people; the state after the last is outside."""
        self.waiting: list[list[int]] = []

    def run(self) -> list[Event]:
        """Run every day and return the events in order of day, person and visit."""
        for day in range(self.p.days):
            self._calendar(day)
            self._enter(day)
            while True:
                moved = self._due(day)
                moved = self._serve(day) or moved
                if not moved:
                    break
            self._take_census()
            self.people = [person for person in self.people if not person.gone]
        return sorted(self.events)

    # (1) calendar
    def _calendar(self, day: int) -> None:
        for q in range(len(self.quota_left)):
            limit, period = self.p.quota_limit[:, q], self.p.quota_period[:, q]
            if day == 0 or period[day] != period[day - 1]:
                self.quota_left[q] = int(limit[day])
            else:
                # A limit that changes within its period changes what is left of it.
                self.quota_left[q] += int(limit[day] - limit[day - 1])

    # (2) stock and admissions
    def _enter(self, day: int) -> None:
        p = self.p
        for e, stream in enumerate(self.keys):
            if e < p.stocks:
                count = int(p.entrant_count[e]) if day == 0 else 0
            else:
                count = int(self.arrivals[day, e - p.stocks])
            for _ in range(count):
                person = Person(
                    key=person_key_int(stream, self.numbers[e]),
                    cell=int(p.entrant_cell[e]),
                    state=int(p.entrant_state[e]),
                    clocks=[NEVER] * len(p.clock_names),
                )
                self.numbers[e] += 1
                self.people.append(person)
                if p.entrant_line[e] >= 0:
                    person.outside = e
                    person.lines[int(p.entrant_line[e])] = day
                    continue
                person.entry = day
                if p.entrant_age[e] >= 0:
                    u = uniform_int(person.key, 0, SALT_AGE)
                    person.entry = -self._stay(int(p.entrant_age[e]), u)
                self._log(day, person, ENTRANCE + person.state)
                self._arrive(day, person, e)

    def _arrive(self, day: int, person: Person, entrant: int = -1) -> None:
        """Set the clocks, then draw every way out of the state."""
        p = self.p
        if entrant >= 0:
            settings = range(p.entrant_set_first[entrant], p.entrant_set_first[entrant + 1])
        else:
            settings = range(p.set_first[person.state], p.set_first[person.state + 1])
        for i in settings:
            clock, table = int(p.set_clock[i]), int(p.set_table[i])
            if table < 0:
                person.clocks[clock] = int(p.set_day[i])
                continue
            u = uniform_int(person.key, person.visit, int(p.set_salt[i]))
            least = -person.entry - int(p.set_condition[i])
            if person.entry < 0 and least > 0 and p.tables["fixed"][table] < 0:
                below = self._below(table, least)
                stay = least if below >= 1.0 else self._stay(table, below + u * (1.0 - below))
            else:
                stay = self._stay(table, u)
            person.clocks[clock] = NEVER if stay >= NEVER else person.entry + stay
        person.ways = {}
        if not p.state_end[person.state]:
            for t in range(p.state_first[person.state], p.state_first[person.state + 1]):
                way = self._way(person, t)
                if way is not None:
                    person.ways[t] = way

    def _way(self, person: Person, t: int) -> tuple[int, int] | None:
        """Branch and due day of one transition, None if it never comes."""
        p = self.p
        if not p.transition_when[t, person.cell]:
            return None
        key, visit, entry = person.key, person.visit, person.entry
        branches = range(p.transition_first[t], p.transition_first[t + 1])
        by_clock = p.transition_clock[t] >= 0
        begin = max(entry, int(p.transition_start[t]))
        conditional = begin < 0 and bool(p.transition_running[t]) and not by_clock
        chance = float(p.transition_chance[t])
        bounds = [0.0, *(float(p.branch_share[b]) for b in branches)]
        u_chance = uniform_int(key, visit, int(p.salt_chance[t]))
        u_branch = uniform_int(key, visit, int(p.salt_branch[t]))
        if conditional:
            weighed = self._weighed_branch(person, t, bounds, u_chance, u_branch)
            if weighed is None or weighed < 0:
                return None if weighed is None else (branches[0], 0)
            branch = weighed
        else:
            begin = max(0, begin)
            if chance < 1.0 and u_chance >= chance:
                return None
            branch = branches[0]
            if len(branches) > 1:
                branch = next(
                    b for b, high in zip(branches, bounds[1:], strict=True) if u_branch < high
                )
        if by_clock:
            due = person.clocks[p.transition_clock[t]]
            return None if due >= NEVER else (branch, max(begin, due + int(p.transition_offset[t])))
        table = int(p.branch_table[branch, person.cell])
        if p.tables["fixed"][table] >= 0:
            return branch, max(0, begin + int(p.tables["fixed"][table]))
        u = uniform_int(key, visit, int(p.salt_delay[t]))
        if conditional:
            below = self._below(table, -entry)
            if below >= 1.0:
                return branch, 0
            u = below + u * (1.0 - below)
        stay = self._stay(table, u)
        return None if stay >= NEVER else (branch, begin + stay)

    def _weighed_branch(
        self, person: Person, t: int, bounds: list[float], u_chance: float, u_branch: float
    ) -> int | None:
        """Branch of someone in the race for -entry nights already: each weighs what is left of it.

        -1: nothing is left, they are overdue. None: never.
        """
        p = self.p
        branches = range(p.transition_first[t], p.transition_first[t + 1])
        chance = float(p.transition_chance[t])
        weights = [
            chance * (high - low) * self._left(int(p.branch_table[b, person.cell]), -person.entry)
            for low, high, b in zip(bounds, bounds[1:], branches, strict=False)
        ]
        total, stays = 0.0, 1.0 - chance
        for weight in weights:
            total += weight
        if total <= 0.0 and stays <= 0.0:
            return -1
        if stays > 0.0 and u_chance * (total + stays) >= total:
            return None
        branch = branches[0]
        sofar = 0.0
        if len(branches) > 1:
            for b, weight in zip(branches, weights, strict=True):
                if weight > 0.0:
                    branch = b
                sofar += weight
                if u_branch * total < sofar:
                    break
        return branch

    # (3) transitions due today
    def _due(self, day: int) -> bool:
        moved = False
        for person in self.people:
            if person.gone or person.outside >= 0:
                continue
            while not person.gone:
                free = [
                    (t, branch)
                    for t, (branch, due) in person.ways.items()
                    if due == day and self.p.branch_line[branch] < 0
                ]
                if not free:
                    break
                self._move(day, person, min(free)[1])
                moved = True
            for branch, due in person.ways.values():
                line = int(self.p.branch_line[branch])
                if due == day and line >= 0 and line not in person.lines and not person.gone:
                    person.lines[line] = day
        return moved

    def _move(self, day: int, person: Person, branch: int) -> None:
        p = self.p
        change = int(p.transition_becomes[p.branch_transition[branch]])
        if change >= 0:
            person.cell = int(p.becomes_map[change, person.cell])
        person.state = int(p.branch_target[branch])
        person.visit += 1
        person.entry = day
        person.lines = {}
        person.ways = {}
        self._log(day, person, branch)
        if person.state == OUT:
            person.gone = True
        else:
            self._arrive(day, person)

    # (4) lines
    def _serve(self, day: int) -> bool:
        """The first in order who can move moves; then look again from the start."""
        moved_any = False
        while True:
            order = sorted(
                (int(self.p.line_priority[line]), joined, self._lot(person), i, line)
                for i, person in enumerate(self.people)
                for line, joined in person.lines.items()
            )
            able = next((item for item in order if self._can(day, item[4])), None)
            if able is None:
                return moved_any
            _, _, _, i, line = able
            person = self.people[i]
            moved_any = True
            quota = int(self.p.line_quota[line])
            if quota >= 0:
                self.quota_left[quota] -= 1
            if person.outside >= 0:
                entrant, person.outside, person.lines = person.outside, -1, {}
                person.entry = day
                self._log(day, person, ENTRANCE + person.state)
                self._arrive(day, person, entrant)
            else:
                self._move(day, person, int(self.p.line_branch[line]))

    def _can(self, day: int, line: int) -> bool:
        p = self.p
        if not all(self.gate_open[day, gate] for gate in p.line_gates[line]):
            return False
        if p.line_quota[line] >= 0 and self.quota_left[p.line_quota[line]] <= 0:
            return False
        facility = int(p.line_facility[line])
        if facility < 0:
            return True
        held = sum(p.state_facility[person.state] == facility for person in self._inside())
        return bool(held + p.already_held[day, facility] < p.capacity[day, facility])

    def _inside(self) -> Iterator[Person]:
        return (x for x in self.people if not x.gone and x.outside < 0)

    # (5) census
    def _take_census(self) -> None:
        counts: dict[tuple[int, int], int] = {}
        waiting = [0] * len(self.p.line_names)
        for person in self.people:
            if person.gone:
                continue
            state = len(self.p.state_names) if person.outside >= 0 else person.state
            key = (state, int(self.p.cell_group[person.cell]))
            counts[key] = counts.get(key, 0) + 1
            for line in person.lines:
                waiting[line] += 1
        self.census.append(counts)
        self.waiting.append(waiting)

    def _lot(self, person: Person) -> int:
        return bits_int(person.key, person.visit, SALT_LOT)

    def _log(self, day: int, person: Person, what: int) -> None:
        state = person.state if person.state != OUT else (1 << 64) - 1
        self.events.append((day, person.key, person.visit, what, state, person.cell))

    def _table(self, table: int) -> np.ndarray:
        t = self.p.tables
        first = int(t["start"][table])
        return np.asarray(t["cdf"][first : first + int(t["length"][table])])

    def _stay(self, table: int, u: float) -> int:
        fixed = int(self.p.tables["fixed"][table])
        if fixed >= 0:
            return fixed
        cdf = self._table(table)
        k = bisect_right(cdf, u)
        return k if k < len(cdf) else NEVER

    def _below(self, table: int, served: int) -> float:
        """P(K < served)."""
        cdf = self._table(table)
        return float(cdf[min(served, len(cdf)) - 1])

    def _left(self, table: int, served: int) -> float:
        """P(K ≥ served)."""
        fixed = int(self.p.tables["fixed"][table])
        return float(fixed >= served) if fixed >= 0 else 1.0 - self._below(table, served)
