"""A small study that grows feature by feature: three states in a row, and what is put on them."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sojourn.study.model.pathway import (
    Band,
    Branch,
    Change,
    ClockReference,
    Facility,
    Gate,
    Quota,
    State,
    Transition,
)
from sojourn.study.model.people import Admissions, Arrivals, Held, Population, Stock
from sojourn.study.model.stays import ClockRule, Stay
from sojourn.study.model.values import Dated

from engine.studies import KINDS, first_day, hazard, mixture, number, stay, to
from sojourn.study.time_steps import Step
from sojourn.study.units import DAYS

STEPS = 30
NAMES = ("first", "second", "third")
PEOPLE = 8
"""Of each population, or so."""


@dataclass(slots=True)
class Way:
    """One way out, before it is a transition."""

    name: str
    state: str
    branches: list[Branch]
    at: ClockReference | None = None
    rest: dict[str, Any] = field(default_factory=dict)
    """Other fields of the transition."""
    when: list[bool] | None = None


class Draft:
    """What the study has so far; a feature adds to it, at places drawn by `draw`."""

    def __init__(
        self, draw: random.Random, step: Step, wanted: frozenset[str], *, on_one_way: bool = False
    ) -> None:
        self.draw, self.step, self.wanted = draw, step, wanted
        self.length = DAYS[step]
        self.place: dict[str, str | None] = dict.fromkeys(NAMES)
        self.sets: dict[str, dict[str, ClockRule]] = {name: {} for name in NAMES}
        self.own_clocks: dict[str, ClockRule] = {}
        self.facilities: dict[str, Facility] = {}
        self.gates: dict[str, Gate] = {}
        self.quotas: dict[str, Quota] = {}
        self.ends = False
        self.by_kind = False
        self.populations: list[Population] = []
        targets = (*NAMES[1:], "out")
        self.ways = [
            Way(f"{source} on", source, [to(target, self.some_stay())])
            for source, target in zip(NAMES, targets, strict=True)
        ]
        self.focus = draw.choice(self.ways) if on_one_way else None
        """The way out on which every feature goes; None: each goes anywhere."""

    # Numbers
    def day(self, step: int) -> date:
        """First day of a step of the study."""
        return first_day(self.step, step)

    def some_stay(self) -> Stay:
        """A stay of a few steps."""
        if self.draw.random() < 0.5:
            return self.fixed(self.draw.randint(1, 4))
        return stay("exponential", self.draw.uniform(1, 4) * self.length)

    def fixed(self, steps: float) -> Stay:
        """So many steps for everybody."""
        return stay("fixed", steps * self.length)

    def amount(self) -> int:
        """Places or moves: too few, or enough for all."""
        return self.draw.choice([1, 2, 4, 8, 100, 100])

    def dates(self, *values: float, step: int = 8) -> tuple[Dated, ...]:
        """Values that hold from day 0 and from each of some later days."""
        return tuple(
            Dated(start=self.day(step * i), quantity=number(v)) for i, v in enumerate(values)
        )

    # Ways out
    def way(self, *, by_stay: bool = False) -> Way:
        """One of the ways out; `by_stay`: that reads no clock."""
        if self.focus is not None and not (by_stay and self.focus.at):
            return self.focus
        return self.draw.choice([w for w in self.ways if not (by_stay and w.at)])

    def onward(self, source: str) -> str:
        """A state after this one, or out."""
        return self.draw.choice([*NAMES[NAMES.index(source) + 1 :], "out"])

    def side_way(self, source: str, target: str | None = None, after: Stay | None = None) -> Way:
        """One more way out of a state."""
        target = self.onward(source) if target is None else target
        way = Way(f"{source} way {len(self.ways)}", source, [to(target, after)])
        self.ways.insert(self.draw.randint(0, len(self.ways)), way)
        return way

    # Places
    def facility(self, limit: str) -> str:
        """A new facility of this limit."""
        name = f"f{len(self.facilities)}"
        self.facilities[name] = Facility(capacity=self.dates(self.amount()), limit=limit)
        return name

    def of_limit(self, limit: str) -> list[str]:
        """States in facilities of this limit."""
        return [
            state
            for state, place in self.place.items()
            if place is not None and self.facilities[place].limit == limit
        ]

    def put(self, states: tuple[str, ...], limit: str) -> str:
        """A state in a facility of this limit: one that is, or one of these that is in none."""
        there = [state for state in self.of_limit(limit) if state in states]
        if there:
            return self.draw.choice(there)
        free = [state for state in states if self.place[state] is None] or list(states)
        state = self.draw.choice(free)
        self.place[state] = self.facility(limit)
        return state

    def a_need(self) -> Way:
        """A way out that needs a quota or a gate, if nothing else."""
        needy = [w for w in self.ways if {"quota", "gates"} & set(w.rest)]
        if needy:
            return self.draw.choice(needy)
        way = self.way()
        self.quota(way)
        return way

    def quota(self, way: Way, places: int | None = None) -> None:
        """Let the way out need a quota, of so many places."""
        name = f"q{len(self.quotas)}"
        per = self.draw.choice({"day": ["day", "week", "month"], "month": ["month"]}.get(
            self.step, ["year"]
        ))  # fmt: skip
        self.quotas[name] = Quota(count=self.dates(places or self.amount()), per=per)
        way.rest["quota"] = name

    # People
    def into(self) -> str:
        """Where people come in: mostly at the beginning."""
        return self.draw.choice(["first", "first", "first", "second"])

    def stock(self, *, into: str | None = None, **fields: Any) -> None:
        """People who are there on day 0."""
        stock = Stock(count=number(PEOPLE), state=into or self.into(), **fields)
        self.populations.append(Population(stock=stock))

    def held(self) -> None:
        """People of a file who are there on day 0."""
        served = sorted(self.draw.sample(range(12), 3))
        held = tuple(
            Held(
                facts={"kind": kind},
                served=tuple(round(n * self.length) for n in served),
                people=(2, 1, 1),
            )
            for kind in KINDS
        )
        self.stock(held=held)

    def admit(self, process: str, *, into: str | None = None) -> None:
        """People who come day by day."""
        days = {"day": 1.0, "month": 30.0, "year": 365.0}[self.step]
        rate = PEOPLE / 15 / days
        ratio = {"variance_ratio": number(3.0)} if process == "over-dispersed" else {}
        self.populations.append(
            Population(
                admissions=Admissions(
                    rate=self.dates(rate), per="day", into=into or self.into(), process=process,
                    **ratio,
                )
            )
        )  # fmt: skip

    def listed(self) -> None:
        """People of a file who come on known days."""
        steps = sorted(self.draw.sample(range(STEPS // 2), 3))
        facts = self.draw.choice([[{}], [{"kind": kind} for kind in KINDS]])
        arrivals = tuple(
            Arrivals(facts=each, dates=tuple(self.day(n) for n in steps), people=(2, 2, 3))
            for each in facts
        )
        self.populations.append(
            Population(admissions=Admissions(arrivals=arrivals, into=self.into()))
        )

    # Other parts
    def family(self, name: str) -> Stay:
        """A stay of a family, of a few steps."""
        one, draw = self.length, self.draw
        a, b = draw.uniform(1, 4) * one, draw.uniform(0.5, 6) * one

        def table(at_once: float) -> Stay:
            points = ((0.0, at_once), (round(one), 2.0), (round(4 * one), 1.0))
            return Stay(family="table", points=points)

        made: dict[str, Callable[[], Stay]] = {
            "exponential": lambda: stay("exponential", a),
            "uniform": lambda: stay("uniform", a, a + b),
            "gamma": lambda: stay("gamma", a, b),
            "lognormal": lambda: stay("lognormal", a, b),
            "weibull": lambda: stay("weibull", a, draw.uniform(0.7, 3)),
            "log-logistic": lambda: stay("log-logistic", a, draw.uniform(1.5, 4)),
            "part of a step": lambda: self.fixed(draw.randint(1, 3) + 0.4),
            "fixed": lambda: self.fixed(draw.randint(0, 4)),
            "table": lambda: table(0.0),
            "table from 0": lambda: table(1.0),
            "quantiles": lambda: Stay(
                family="quantiles", points=((0.0, 0.0), (0.5, a), (1.0, 9 * one))
            ),
            "survival": lambda: Stay(
                family="survival", points=((0.0, 1.0), (2 * one, 0.4), (9 * one, 0.1))
            ),
            "hazard": lambda: hazard((0.0, 0.4 / one), (2.0 * round(one), 0.6 / one)),
            "mixture": lambda: mixture(
                (0.4, self.family("exponential")), (0.6, self.family("fixed"))
            ),
        }
        return made[name]()

    def change(self, way: Way, everyone: str) -> None:
        """Another policy of a way out from a day on."""
        before = way.rest.get("changes", ())
        branches = tuple(
            b if b.after is None or self.draw.random() < 0.2
            else b.model_copy(update={"after": self.some_stay()})
            for b in way.branches
        )  # fmt: skip
        chance = self.draw.choice([None, number(0.5)]) if not way.at else number(0.6)
        at = way.at
        if at is not None and at.shares and self.draw.random() < 0.7:
            at = at.model_copy(update={"shares": (Band(share=number(0.4)),)})
        start = self.draw.randint(1, 8) if not before else self.draw.randint(9, 14)
        made = Change(
            start=self.day(start), everyone=everyone, at=at, chance=chance, branches=branches
        )  # fmt: skip
        way.rest["changes"] = (*before, made)

    def specification(self) -> dict[str, Any]:
        """Arguments of `scenario_program`."""
        states = {
            name: State(place=self.place[name], sets=self.sets[name], end=False) for name in NAMES
        }
        if self.ends:
            states["end"] = State(end=True)
            for w in self.ways:
                if w.rest.get("otherwise") == "out":
                    w.rest["otherwise"] = "end"
            last = [w for w in self.ways if any(b.to == "out" for b in w.branches)]
            for w in last:
                w.branches = [
                    b.model_copy(update={"to": "end"}) if b.to == "out" else b for b in w.branches
                ]
                self._same_targets(w)
        transitions = [
            Transition(name=w.name, state=w.state, branches=tuple(w.branches), at=w.at, **w.rest)
            for w in self.ways
        ]
        used = [*self.own_clocks, *(c for s in self.sets.values() for c in s)]
        return {
            "days": STEPS,
            "step": self.step,
            "states": states,
            "transitions": transitions,
            "populations": {
                f"p{i}": p.model_copy(update={"clocks": self.own_clocks})
                for i, p in enumerate(self.populations)
            },
            "split": 0.5,
            "by_kind": self.by_kind,
            "when": {w.name: w.when for w in self.ways if w.when},
            "swaps": tuple(w.name for w in self.ways if "becomes" in w.rest),
            "facilities": self.facilities,
            "clocks": dict.fromkeys(used, "a clock"),
            "gates": self.gates,
            "quotas": self.quotas,
        }

    @staticmethod
    def _same_targets(way: Way) -> None:
        """Let the policies of a way out have its targets."""
        changes = way.rest.get("changes", ())
        way.rest["changes"] = tuple(
            change.model_copy(
                update={
                    "branches": tuple(
                        later.model_copy(update={"to": now.to})
                        for later, now in zip(change.branches, way.branches, strict=True)
                    )
                }
            )
            for change in changes
        )
