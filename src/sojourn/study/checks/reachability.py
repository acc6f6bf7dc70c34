"""Checks of a pathway: where people can get, where they stay, and loops without time."""

from __future__ import annotations

from sojourn.study.files.addresses import key_position
from sojourn.study.files.yaml import Node
from sojourn.study.model.pathway import State, Transition
from sojourn.study.model.stays import Stay
from sojourn.study.model.study import Scenario
from sojourn.study.scenarios.overrides import Variant
from sojourn.study.sections.pathway.transitions import OUT
from sojourn.study.stays.bounds import waits
from sojourn.study.stays.by_fact import BY_FACTS
from sojourn.study.stays.stay import least
from sojourn.study.words.reader import Reader


def reachable(scenario: Scenario) -> set[str]:
    """States that somebody can be in: from stocks and admissions over all transitions."""
    ahead = [
        place
        for population in scenario.populations.values()
        for place in (
            population.stock.state if population.stock else None,
            population.admissions.into if population.admissions else None,
        )
        if place is not None
    ]
    targets: dict[str, list[str]] = {}
    for transition in scenario.transitions:
        targets.setdefault(transition.state, []).extend(transition.targets)
    found: set[str] = set()
    while ahead:
        state = ahead.pop()
        if state not in found and state != OUT:
            found.add(state)
            ahead += targets.get(state, [])
    return found


def check_pathway(reader: Reader, tree: Node, scenario: Scenario) -> None:
    """Refuse dead ends, exits from an end, and loops that take no time."""
    reached = reachable(scenario)
    left = {transition.state: transition for transition in reversed(scenario.transitions)}
    for name, state in scenario.states.items():
        path = f"states.{name}"
        if name in reached and name not in left and not state.end:
            reader.refuse(
                key_position(tree, path),
                path,
                f"nobody can leave the state `{name}`",
                f"add a transition `{name} -> …`, or write `end: yes` in the state",
            )
        if state.end and name in left:
            transition = left[name]
            path = f"transitions.{transition.name}"
            reader.refuse(
                key_position(tree, path),
                path,
                f"`{name}` is an end, but this transition leaves it",
                f"remove the transition, or `end: yes` of `{name}`",
            )
    ring = find_loop(scenario)
    if ring:
        path = f"transitions.{ring[0].name}"
        states = " -> ".join([transition.state for transition in ring] + [ring[0].state])
        reader.refuse(
            key_position(tree, path),
            path,
            f"the loop {states} takes no time, so people would go round for ever",
            "give one of its transitions an `after` of a day or more, or a state of the loop "
            "a clock that it `sets`",
        )


def check_reach(reader: Reader, variants: list[Variant], scenarios: list[Scenario]) -> None:
    """Refuse a state that nobody reaches, and an `otherwise` that nobody takes, in any scenario."""
    _check_otherwise(reader, variants, scenarios)
    reached = set().union(*(reachable(scenario) for scenario in scenarios))
    told: set[str] = set()
    for variant, scenario in zip(variants, scenarios, strict=True):
        for name in scenario.states:
            if name in reached or name in told:
                continue
            told.add(name)
            named = any(
                name == transition.state or name in transition.targets
                for transition in scenario.transitions
            )
            what = "nobody can reach" if named else "nothing uses"
            path = f"states.{name}"
            reader.refuse(
                key_position(variant.tree, path),
                path,
                f"{what} the state `{name}`",
                f"add a transition `… -> {name}`, a stock or admissions, or remove the state",
            )


def _check_otherwise(reader: Reader, variants: list[Variant], scenarios: list[Scenario]) -> None:
    """Refuse an `otherwise` of a transition that waits for nothing in any scenario."""
    idle: dict[str, Variant] = {}
    waiting: set[str] = set()
    for variant, scenario in zip(variants, scenarios, strict=True):
        for transition in scenario.transitions:
            if transition.otherwise is None:
                continue
            idle.setdefault(transition.name, variant)
            if any(waits(scenario, transition, branch) for branch in transition.branches):
                waiting.add(transition.name)
    for name, variant in idle.items():
        if name not in waiting:
            path = f"transitions.{name}.otherwise"
            reader.refuse(
                key_position(variant.tree, path),
                path,
                "the move waits for nothing, so nobody goes elsewhere",
                "remove it, or add `while`, `quota`, `at most`, or a hard facility to its target",
            )


def find_loop(scenario: Scenario) -> list[Transition]:
    """The transitions of one loop that can take no time at all, in order; empty if none.

    A set of states holds people for ever on one day if each state has a transition that surely
    fires at once and stays in the set by every branch, or by its `otherwise` if it cannot happen.
    """
    sure = {
        state: [t for t in scenario.transitions if t.state == state and _at_once(t)]
        for state in scenario.states
    }
    for cleared in (False, True):
        # Twice: a clock that is past fires at once, unless the loop sets it again.
        ring = _ring(scenario, sure, cleared)
        if ring:
            return ring
    return []


def _ring(scenario: Scenario, sure: dict[str, list[Transition]], clocks: bool) -> list[Transition]:
    """A loop of transitions that fire at once; with `clocks`, those at past clocks too."""
    inside = set(sure)
    changed = True
    chosen: dict[str, tuple[Transition, str]] = {}
    while changed:
        changed = False
        set_again = (
            {clock for name in inside for clock in _renewed(scenario.states[name])}
            if clocks
            else set()
        )
        for name in sorted(inside):
            options = [
                (transition, target)
                for transition in sure[name]
                if transition.at is None or (clocks and transition.at.clock not in set_again)
                for target in _ways_back(scenario, transition, inside)
            ]
            if not options:
                inside.discard(name)
                changed = True
            else:
                chosen[name] = options[0]
    if not inside:
        return []
    order = [name for name in scenario.states if name in inside]
    walk: list[str] = []
    state = order[0]
    while state not in walk:
        walk.append(state)
        state = chosen[state][1]
    return [chosen[name][0] for name in walk[walk.index(state) :]]


def _ways_back(scenario: Scenario, transition: Transition, inside: set[str]) -> list[str]:
    """The states of the set to which it leads, if it need not lead out of it."""
    found = [branch.to for branch in transition.branches if branch.to in inside]
    if len(found) < len(transition.branches):
        found = []
    held_up = any(waits(scenario, transition, branch) for branch in transition.branches)
    if held_up and transition.otherwise is not None and transition.otherwise in inside:
        found.append(transition.otherwise)
    return found


def _renewed(state: State) -> set[str]:
    """Clocks that entering the state sets to some days ahead."""
    return {
        clock
        for clock, rule in state.sets.items()
        if all(
            each.stay is not None and not can_be_zero(each.stay)
            for each in (rule, *(later for _, later in rule.later))
        )
    }


def _at_once(transition: Transition) -> bool:
    """Whether it surely fires on the day of entry, given that its gates and places are free."""
    for chance, branches in transition.policies:
        if chance is not None and (chance.uncertain or chance.value < 1):
            continue
        if transition.at is not None:
            return True
        if all(branch.after is None or can_be_zero(branch.after) for branch in branches):
            return True
    return False


def can_be_zero(stay: Stay) -> bool:
    """Whether the stay is surely zero days, for the people of one fact at least."""
    if stay.family == "fixed":
        return least(stay.parameters["value"]) == 0 and not stay.parameters["value"].uncertain
    if stay.family == "table":
        return not stay.never and all(days == 0 for days, weight in stay.points if weight > 0)
    if stay.family == "quantiles":
        return all(days == 0 for _, days in stay.points)
    if stay.family == "mixture":
        return all(can_be_zero(part) for share, part in stay.parts if share.value > 0)
    if stay.family in BY_FACTS:
        cases = [*stay.cases.values(), *([stay.otherwise] if stay.otherwise else [])]
        return any(can_be_zero(case) for case in cases)
    return False
