"""Days served that are longer than any stay: these people should have left."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sojourn.errors import Problem
from sojourn.population.cells import Cells
from sojourn.population.listed_people import parts_of
from sojourn.study.model.pathway import Transition
from sojourn.study.model.people import Held, Population
from sojourn.study.model.stays import Stay
from sojourn.study.model.study import Period, Scenario
from sojourn.study.stays.bounds import FactsOfCell, longest, possible, share_of, waits
from sojourn.study.stays.stay import least

if TYPE_CHECKING:
    from sojourn.run.people_and_rules import Inputs


def served_too_long(period: Period, given: Inputs) -> list[Problem]:
    """A problem for each stock of which some have been there longer than a way out allows.

    Such a way out takes everybody of a cell, waits for nothing, and ends by some day. Where stays
    or days served are uncertain, no draw may contradict itself.
    """
    scenario, cells = given.scenario, given.cells
    check = _Bounds(period, given)
    found: list[Problem] = []
    for name, population in scenario.populations.items():
        stock = population.stock
        if stock is None or stock.served == "equilibrium":
            continue
        for served, cell, group in _served(name, population, scenario, cells):
            bound = check.bound(population, cell) if served > 0 else None
            if bound is not None and check.steps(served) > check.steps(bound[0]):
                found.append(_problem(name, served, *bound, group))
                break
    return found


def _served(
    name: str, population: Population, scenario: Scenario, cells: Cells
) -> Iterator[tuple[float, int, Held | None]]:
    """The greatest days served of each cell of the stock, and the rows of a file that say so."""
    stock = population.stock
    assert stock is not None
    if isinstance(stock.served, Stay):
        for cell in {stream.cell for stream in cells.streams if stream.population == name}:
            days = longest(stock.served, cells.facts_of(cell))
            # A law without an end describes the past roughly; its tail is not meant literally.
            yield (days if math.isfinite(days) else 0.0), cell, None
        return
    for held, parts in zip(stock.held, parts_of(name, stock.held, scenario, cells), strict=True):
        for part in parts:
            yield max(held.served, default=0), cells.streams[part.stream].cell, held


def _problem(
    name: str, served: float, bound: float, transition: Transition, group: Held | None
) -> Problem:
    file, line = group.place if group is not None else ("", 0)
    return Problem(
        f"some have served {served:g} days, but nobody stays longer than {bound:g} days before "
        f"`{transition.name}`",
        "mend the days served or the stay; `served: equilibrium` gives those that the stay allows",
        file,
        line,
        1 if line else 0,
        f"populations.{name}.stock.{'served' if group is None else 'file'}",
    )


@dataclass
class _Bounds:
    """What bounds the stays of one scenario."""

    period: Period
    given: Inputs

    def steps(self, days: float) -> int:
        """The most steps that this many days may count as."""
        return math.ceil(days / self.period.steps.length)

    def bound(self, population: Population, cell: int) -> tuple[float, Transition] | None:
        """The shortest of the longest stays, by the ways out that all of a cell take."""
        assert population.stock is not None
        found = []
        for transition in self.given.scenario.transitions:
            if transition.state != population.stock.state or not self._takes_all(transition):
                continue
            days = self._longest(transition, population, self.given.cells.facts_of(cell))
            # A condition is asked last: it takes a query.
            if math.isfinite(days) and (
                transition.when is None or self.given.outcomes.when[transition.name][cell]
            ):
                found.append((days, transition))
        return min(found, key=lambda item: item[0], default=None)

    def _takes_all(self, transition: Transition) -> bool:
        """Whether it has been running before day 0, and nobody waits for it."""
        begun = transition.starts is None or transition.starts < self.period.start
        chance = transition.chance
        sure = chance is None or least(chance) >= 1
        held_up = transition.otherwise is None and any(
            waits(self.given.scenario, transition, branch) for branch in transition.branches
        )
        return begun and sure and not held_up

    def _longest(self, transition: Transition, population: Population, facts: FactsOfCell) -> float:
        if transition.at is None:
            delays = [branch.after for branch in transition.branches if possible(branch)]
            return max(0.0 if d is None else longest(d, facts, greatest=False) for d in delays)
        stock = population.stock
        assert stock is not None
        rules = {**population.clocks, **self.given.scenario.states[stock.state].sets}
        rule = rules.get(transition.at.clock)
        if rule is None or rule.stay is None:
            return math.inf  # never set, or a date
        days = longest(rule.stay, facts, greatest=False)
        return share_of(transition.at, days) + transition.at.offset
