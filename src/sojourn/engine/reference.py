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
from sojourn.engine.kernel import ADMITTED, IN_STOCK
from sojourn.engine.layout import SALT_AGE, SALT_LOT
from sojourn.engine.program import OUT, Program
from sojourn.engine.random import bits_int, person_key_int, run_key, stream_key, uniform_int
from sojourn.engine.tables import NEVER

NOT_EVER = -1
BELOW_ONE = float(np.nextafter(1.0, 0.0))
"""The greatest quantile."""

Event = tuple[int, int, int, int, int, int]
"""Day, person's key, visit, what happened, state after (2**64 - 1: out), cell after."""


@dataclass(slots=True)
class Way:
    """What one transition holds for one person."""

    policy: int
    place: int
    """Of the branch among those of the transition; NOT_EVER: by this chance it never happens."""
    begin: int
    """Day from which the delay runs."""
    due: int
    delay: float
    """Quantile of the delay in the law of the branch."""
    chance: float
    """Quantiles that tell whether it happens, and which branch, under any policy."""
    branch: float


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
    ways: dict[int, Way] = field(default_factory=dict)
    """By transition."""
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
        self.arrivals = arrivals(program, np.array(self.keys, dtype=np.uint64), run)
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
            self._change(day)
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
                self._log(day, person, (IN_STOCK if e < p.stocks else ADMITTED) + person.state)
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
            if not p.set_from[i] <= person.entry < p.set_until[i]:
                continue
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
                if p.transition_when[t, person.cell]:
                    person.ways[t] = self._way(person, t)

    def _way(self, person: Person, t: int) -> Way:
        """Draw one transition for someone who has just come, or who is there on day 0."""
        p = self.p
        policy = p.policy_first[t]
        while policy + 1 < p.policy_first[t + 1] and p.policy_day[policy + 1] <= person.entry:
            policy += 1
        by_clock = p.transition_clock[t] >= 0
        begin = max(person.entry, int(p.transition_start[t]))
        served = 0
        if begin < 0 and p.transition_running[t] and not by_clock:
            served = -person.entry
        else:
            begin = max(0, begin)
        chance, branch, delay = (
            uniform_int(person.key, person.visit, int(salts[t]))
            for salts in (p.salt_chance, p.salt_branch, p.salt_delay)
        )
        way = Way(int(policy), NOT_EVER, begin, NEVER, delay, chance, branch)
        if served:
            overdue = self._still_here(person, t, way, served)
            if overdue:
                way.place, way.due = 0, 0
                return way
        way.place = self._place(t, way)
        if by_clock:
            self._by_clock(person, t, way, 0)
        else:
            self._by_stay(person, t, way, served, 0)
        return way

    def _still_here(self, person: Person, t: int, way: Way, served: int) -> bool:
        """Make the quantiles those of someone who has been in the race for `served` nights.

        Each branch weighs what is left of it, and "never" all that it did. Returns True if nothing
        is left: they are overdue.
        """
        p = self.p
        chance = float(p.policy_chance[way.policy])
        bounds = self._bounds(t, way.policy)
        weights = []
        for j in range(len(bounds) - 1):
            table = self._table_of(person, t, way.policy, j)
            weights.append(chance * (bounds[j + 1] - bounds[j]) * self._left(table, served))
        total = 0.0
        for weight in weights:
            total += weight
        stays = 1.0 - chance
        if total <= 0.0 and stays <= 0.0:
            return True
        if stays > 0.0:
            at = way.chance * (total + stays)
            way.chance = min(chance + (at - total), 1.0) if at >= total else at / total * chance
            if at >= total:
                way.chance = max(way.chance, chance)
                return False
            way.chance = min(way.chance, float(np.nextafter(chance, 0.0)))
        if len(weights) > 1:
            at = way.branch * total
            place, before, sofar = 0, 0.0, 0.0
            for j, weight in enumerate(weights):
                if weight > 0.0:
                    place, before = j, sofar
                sofar += weight
                if at < sofar:
                    break
            share = min((at - before) / weights[place], 1.0)
            inside = bounds[place] + share * (bounds[place + 1] - bounds[place])
            way.branch = min(inside, float(np.nextafter(bounds[place + 1], 0.0)))
        return False

    def _place(self, t: int, way: Way) -> int:
        """Which branch the quantiles mean under the policy, NOT_EVER if none."""
        chance = float(self.p.policy_chance[way.policy])
        if chance < 1.0 and way.chance >= chance:
            return NOT_EVER
        return next(
            j for j, high in enumerate(self._bounds(t, way.policy)[1:]) if way.branch < high
        )

    def _bounds(self, t: int, policy: int) -> list[float]:
        """Where the shares of the branches begin and end, from 0 to 1."""
        first = int(self.p.policy_branch[policy])
        size = int(self.p.transition_first[t + 1] - self.p.transition_first[t])
        return [0.0, *(float(share) for share in self.p.branch_share[first : first + size])]

    def _table_of(self, person: Person, t: int, policy: int, place: int) -> int:
        return int(self.p.branch_table[self.p.policy_branch[policy] + place, person.cell])

    def _by_clock(self, person: Person, t: int, way: Way, day: int) -> None:
        """Due when the clock rings; not before `day`."""
        rings = person.clocks[self.p.transition_clock[t]]
        way.due = NEVER
        if way.place != NOT_EVER and rings < NEVER:
            way.due = max(way.begin, day, rings + int(self.p.transition_offset[t]))

    def _by_stay(self, person: Person, t: int, way: Way, served: int, day: int) -> None:
        """Due after the branch's delay, given that it has not passed in `served` days.

        The quantile of the delay becomes that of the law as a whole. Not before `day`.
        """
        way.due = NEVER
        if way.place == NOT_EVER:
            return
        table = self._table_of(person, t, way.policy, way.place)
        fixed = int(self.p.tables["fixed"][table])
        if fixed >= 0:
            way.due = max(day, way.begin + fixed)
            return
        if served > 0:
            below = self._below(table, served)
            if below >= 1.0:
                way.due = day
                return
            way.delay = below + way.delay * (1.0 - below)
        stay = self._stay(table, way.delay)
        if stay < NEVER:
            way.due = max(day, way.begin + stay)

    # A policy for everyone
    def _change(self, day: int) -> None:
        """Those who are there keep their quantiles; what these mean changes."""
        p = self.p
        for person in self.people:
            if person.gone or person.outside >= 0:
                continue
            for t, way in person.ways.items():
                for policy in range(way.policy + 1, p.policy_first[t + 1]):
                    if p.policy_day[policy] == day and p.policy_everyone[policy]:
                        self._change_way(person, t, way, policy, day)

    def _change_way(self, person: Person, t: int, way: Way, policy: int, day: int) -> None:
        if way.due < day:
            return  # stands in its line already
        served = max(0, day - way.begin)
        by_clock = self.p.transition_clock[t] >= 0
        old = way.place
        old_table = self._table_of(person, t, way.policy, max(0, old))
        way.policy = policy
        way.place = self._place(t, way)
        if by_clock:
            self._by_clock(person, t, way, day)
            return
        new_table = self._table_of(person, t, policy, max(0, way.place))
        if way.place == old and new_table == old_table:
            return
        if old != NOT_EVER and self.p.tables["fixed"][old_table] < 0 and served > 0:
            # The quantile of what remains.
            below = self._below(old_table, served)
            way.delay = min(max(0.0, (way.delay - below) / (1.0 - below)), BELOW_ONE)
        self._by_stay(person, t, way, served, day)

    # (3) transitions due today
    def _due(self, day: int) -> bool:
        moved = False
        for person in self.people:
            if person.gone or person.outside >= 0:
                continue
            while not person.gone:
                free = [
                    branch
                    for branch, due in self._due_days(person)
                    if due == day and self.p.branch_line[branch] < 0
                ]
                if not free:
                    break
                self._move(day, person, min(free))
                moved = True
            for branch, due in self._due_days(person):
                line = int(self.p.branch_line[branch])
                if due == day and line >= 0 and line not in person.lines and not person.gone:
                    person.lines[line] = day
        return moved

    def _due_days(self, person: Person) -> list[tuple[int, int]]:
        """Branch and due day of every way out that will be."""
        first = self.p.transition_first
        return [
            (int(first[t]) + way.place, way.due)
            for t, way in person.ways.items()
            if way.place != NOT_EVER
        ]

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
                self._log(day, person, ADMITTED + person.state)
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
