"""The shortest and the longest that a stay may be, where it has such bounds."""

from __future__ import annotations

import math
from collections.abc import Mapping

from sojourn.stays.families import FIXED, PARAMETRIC
from sojourn.study.model.facts import FactValue
from sojourn.study.model.pathway import Branch, ClockReference, Transition
from sojourn.study.model.stays import Stay
from sojourn.study.model.study import Scenario
from sojourn.study.stays.by_fact import BY_FACTS, case_of
from sojourn.study.stays.stay import least, most

FactsOfCell = Mapping[str, FactValue]


def longest(stay: Stay, facts: FactsOfCell | None = None, *, greatest: bool = True) -> float:
    """The longest stay in days, infinite where there is none; without `facts`, of all people.

    Uncertain parts have the values that make it longest; without `greatest`, shortest.
    """
    bound = most if greatest else least
    family = PARAMETRIC.get(stay.family)
    if family is not None:
        return bound(stay.parameters[family.most]) if family.most else math.inf
    if stay.family == "table":
        return math.inf if stay.never else max(days for days, weight in stay.points if weight > 0)
    if stay.family == "quantiles":
        return stay.points[-1][1]
    if stay.family == "survival":
        days, left = stay.points[-1]
        return days if left == 0 else math.inf
    parts = _parts(stay, facts)
    return max((longest(part, facts, greatest=greatest) for part in parts), default=math.inf)


def share_of(at: ClockReference, days: float) -> float:
    """The shortest value, over all draws, of a clock's share of a length."""
    for band in at.shares:
        if band.upto is None or days <= band.upto:
            return days * least(band.share)
    return days


def shortest(stay: Stay) -> tuple[float, bool]:
    """Days below which no stay is, in any draw; and whether some are exactly so short."""
    family = PARAMETRIC.get(stay.family)
    if family is not None:
        days = least(stay.parameters[family.least]) if family.least else 0.0
        return days, family is FIXED
    match stay.family:
        case "table":
            return min((days for days, weight in stay.points if weight > 0), default=math.inf), True
        case "quantiles":
            return stay.points[0][1], True
        case "survival":
            whole = [days for days, left in stay.points if left == 1]
            return (whole[-1], False) if whole else (0.0, True)
    found = [shortest(part) for part in _parts(stay, None)]
    days = min((days for days, _ in found), default=0.0)
    return days, any(exact for at, exact in found if at == days)


def longest_delay(transition: Transition) -> float:
    """The latest that it is due after entry, under any policy; infinite if it is at a clock."""
    if transition.at is not None:
        return math.inf
    branches = (branch for _, branches in transition.policies for branch in branches)
    return max(0.0 if b.after is None else longest(b.after) for b in branches if possible(b))


def shortest_delay(transition: Transition) -> tuple[float, bool]:
    """The earliest that it is due after entry, under any policy; and whether exactly then.

    A clock that is past is due before whatever begins on entry.
    """
    if transition.at is not None:
        return -1.0, True
    branches = (branch for _, branches in transition.policies for branch in branches)
    found = [(0.0, True) if b.after is None else shortest(b.after) for b in branches if possible(b)]
    days = min(days for days, _ in found)
    return days, any(exact for at, exact in found if at == days)


def possible(branch: Branch) -> bool:
    """Whether anybody ever takes the branch."""
    return branch.share is None or most(branch.share) > 0


def _parts(stay: Stay, facts: FactsOfCell | None) -> list[Stay]:
    """What a stay is made of: the parts of a mixture, or the cases of facts."""
    if stay.family == "mixture":
        return [part for share, part in stay.parts if most(share) > 0]
    if stay.family not in BY_FACTS:
        return []
    if facts is not None:
        case = case_of(stay, facts)
        return [] if case is None else [case]
    return [*stay.cases.values(), *([stay.otherwise] if stay.otherwise else [])]


def surely(transition: Transition) -> bool:
    """Whether its chance is one, under every policy and in every draw."""
    chances = (chance for chance, _ in transition.policies if chance is not None)
    return all(least(chance) >= 1 for chance in chances)


def waits(scenario: Scenario, transition: Transition, branch: Branch) -> bool:
    """Whether the move over a branch needs something that may not be there."""
    if transition.gates or transition.quota is not None:
        return True
    return needs_place(scenario, transition.state, branch.to)


def needs_place(scenario: Scenario, state: str, target: str) -> bool:
    """Whether a move between two states needs a place in a hard facility."""
    states = scenario.states
    place = states[target].place if target in states else None
    if place is None or (state in states and states[state].place == place):
        return False
    facility = scenario.facilities.get(place)
    return facility is not None and facility.limit == "hard"
