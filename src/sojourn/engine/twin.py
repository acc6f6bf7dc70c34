"""The meaning of a program in plain Python: slow, and easy to compare with the design.

It keeps a list of people and looks at every one of them on every day. It shares with the kernel
only the program, the tables and the hash; the kernel must give the same events, one for one.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sojourn.engine.kernel.arrivals import arrivals, gate_days
from sojourn.engine.kernel.day_loop import ADMITTED, IN_STOCK
from sojourn.engine.kernel.layout import SALT_AGE, SALT_LOT
from sojourn.engine.program import OUT, Program
from sojourn.engine.random import bits_int, person_key_int, run_key, stream_key, uniform_int
from sojourn.engine.stay_tables import NEVER
from sojourn.engine.twin_race import NOT_EVER, Person, Races, TwinTables

Event = tuple[int, int, int, int, int, int]
"""Day, person's key, visit, what happened, state after (2**64 - 1: out), cell after."""


class Reference:
    """One history, day by day."""

    def __init__(self, program: Program, *, seed: int, replicate: int) -> None:
        self.p = program
        run = run_key(seed, replicate)
        self.keys = [stream_key(run, name) for name in program.entrant_names]
        self.tables = TwinTables(program)
        self.races = Races(program, self.tables)
        self.gate_open = gate_days(program, run)
        self.arrivals = arrivals(program, np.array(self.keys, dtype=np.uint64), run)
        self.people: list[Person] = []
        self.events: list[Event] = []
        self.numbers = [0] * len(self.keys)
        self.quota_left: list[int] = [0] * program.quota_limit.shape[1]
        self.census: list[dict[tuple[int, int], int]] = []
        """Per day: (state, group) -> people; the state after the last is outside."""
        self.waiting: list[list[int]] = []
        shape = (len(program.line_names), program.days)
        self.wait_served, self.wait_left, self.wait_still = (np.zeros(shape, int) for _ in "slw")
        """[line, days waited]: people served, who left otherwise, and who still wait."""

    def run(self) -> list[Event]:
        """Run every day and return the events in order of day, person and visit."""
        for day in range(self.p.days):
            self._calendar(day)
            self._change(day)
            self._enter(day)
            while True:
                moved = self._due(day)
                moved = self._serve(day) or moved
                if not moved and not self._turn_away(day):
                    break
            self._take_census()
            self.people = [person for person in self.people if not person.gone]
        for person in self.people:
            for line, joined in person.lines.items():
                self.wait_still[line, self.p.days - 1 - joined] += 1
        return sorted(self.events)

    def _leave_lines(self, day: int, person: Person, served: int = -1) -> None:
        for line, joined in person.lines.items():
            (self.wait_served if line == served else self.wait_left)[line, day - joined] += 1
        person.lines = {}

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
                    person.entry = -self.tables.stay(int(p.entrant_age[e]), u)
                self._log(day, person, (IN_STOCK if e < p.stocks else ADMITTED) + person.state)
                self._arrive(person, e)

    def _arrive(self, person: Person, entrant: int = -1) -> None:
        """Set the clocks, then draw every way out of the state."""
        p = self.p
        if entrant >= 0:
            settings = range(p.entrant_set_first[entrant], p.entrant_set_first[entrant + 1])
        else:
            settings = range(p.set_first[person.state], p.set_first[person.state + 1])
        for i in settings:
            clock, table = int(p.set_clock[i]), int(p.set_table[i])
            if not p.set_from[i] <= person.entry < p.set_until[i]:
                continue
            if table < 0:
                person.clocks[clock] = int(p.set_day[i])
                continue
            u, given = (
                uniform_int(person.key, person.visit, int(p.set_salt[i])),
                int(p.set_given[i]),
            )
            least = -person.entry - int(p.set_condition[i])
            if person.entry < 0 and least > 0 and p.tables["fixed"][given] < 0:
                below = self.tables.below(given, least)
                stay = least if below >= 1.0 else self.tables.stay(table, below + u * (1.0 - below))
            else:
                stay = self.tables.stay(table, u)
            person.clocks[clock] = NEVER if stay >= NEVER else person.entry + stay
        self.races.draw(person)

    # A policy for everyone
    def _change(self, day: int) -> None:
        for person in self.people:
            if not person.gone and person.outside < 0:
                self.races.change(person, day)

    # (3) transitions due today
    def _due(self, day: int) -> bool:
        moved = False
        for person in self.people:
            if person.gone or person.outside >= 0:
                continue
            while not person.gone:
                free = [
                    (time, branch)
                    for branch, due, time in self._due_days(person)
                    if due == day and self.p.branch_line[branch] < 0
                ]
                if not free:
                    break
                self._move(day, person, min(free)[1])
                moved = True
            for branch, due, _ in self._due_days(person):
                line = int(self.p.branch_line[branch])
                if due == day and line >= 0 and line not in person.lines and not person.gone:
                    person.lines[line] = day
        return moved

    def _due_days(self, person: Person) -> list[tuple[int, int, float]]:
        """Branch, due day and time of every way out that will be."""
        first = self.p.transition_first
        return [
            (int(first[t]) + way.place, way.due, way.time)
            for t, way in person.ways.items()
            if way.place != NOT_EVER
        ]

    def _move(self, day: int, person: Person, branch: int, served: int = -1) -> None:
        p = self.p
        self._leave_lines(day, person, served)
        change = int(p.transition_becomes[p.branch_transition[branch]])
        if change >= 0:
            person.cell = int(p.becomes_map[change, person.cell])
        person.state = int(p.branch_target[branch])
        person.visit += 1
        person.entry = day
        person.ways = {}
        self._log(day, person, branch)
        if person.state == OUT:
            person.gone = True
        else:
            self._arrive(person)

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
                entrant, person.outside = person.outside, -1
                self._leave_lines(day, person, line)
                person.entry = day
                self._log(day, person, ADMITTED + person.state)
                self._arrive(person, entrant)
            else:
                self._move(day, person, int(self.p.line_branch[line]), line)

    def _turn_away(self, day: int) -> bool:
        """People who cannot move on the day they join go elsewhere, if the line has `otherwise`."""
        moved = False
        for person in self.people:
            away = [
                int(self.p.line_otherwise[line])
                for line, joined in sorted(person.lines.items())
                if joined == day and self.p.line_otherwise[line] >= 0
            ]
            if away and not person.gone:
                self._move(day, person, away[0])
                moved = True
        return moved

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
