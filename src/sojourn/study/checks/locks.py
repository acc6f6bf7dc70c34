"""Facilities whose people wait for each other's places in a ring, and so can lock for ever.

People who can leave a hard facility only for places in other hard facilities keep their places
while they wait. If every facility of a ring is full of such people, nobody moves again.
"""

from __future__ import annotations

from sojourn.study.model.study import Scenario
from sojourn.study.sections.pathway.transitions import OUT


def rings(scenario: Scenario) -> tuple[tuple[str, ...], ...]:
    """Each ring once: facilities, each sending people to the next, and the last to the first.

    Gates and quotas are assumed to open some day. Of several rings of a facility, one is reported.
    """
    hard = {name for name, facility in scenario.facilities.items() if facility.limit == "hard"}
    place = {name: state.place for name, state in scenario.states.items()}
    held = {name for name, at in place.items() if at in hard}
    targets: dict[str, set[str]] = {name: set() for name in held}
    for transition in scenario.transitions:
        if transition.state in held:
            targets[transition.state] |= set(transition.targets)
    # People who can reach a state without places, without needing a place, do not wait for ever.
    stuck = {name for name in held if targets[name]}
    while True:
        freed = {
            name
            for name in stuck
            if any(
                target == OUT
                or place[target] not in hard
                or (place[target] == place[name] and target not in stuck)
                for target in targets[name]
            )
        }
        if not freed:
            break
        stuck -= freed
    waits: dict[str, set[str]] = {name: set() for name in scenario.facilities}
    for name in stuck:
        waits[place[name] or ""] |= {place[to] or "" for to in targets[name]} - {place[name] or ""}
    return _cycles(waits)


def path_of(ring: tuple[str, ...]) -> str:
    """The ring's facilities in order, the first again at the end."""
    return " → ".join((*ring, ring[0]))


def told(ring: tuple[str, ...]) -> str:
    """The ring in words."""
    return (
        f"the facilities {path_of(ring)} can lock: if each is full of people who can leave it for "
        "a place only in the next, nobody moves again"
    )


def _cycles(waits: dict[str, set[str]]) -> tuple[tuple[str, ...], ...]:
    """A shortest cycle through each facility that is on one, each cycle once."""
    found: dict[frozenset[str], tuple[str, ...]] = {}
    for start in waits:
        ahead: list[tuple[str, ...]] = [(start,)]
        seen = {start}
        ring: tuple[str, ...] = ()
        while ahead and not ring:
            path = ahead.pop(0)
            for name in sorted(waits[path[-1]]):
                if name == start:
                    ring = path
                    break
                if name not in seen:
                    seen.add(name)
                    ahead.append((*path, name))
        if ring:
            found.setdefault(frozenset(ring), ring)
    return tuple(found.values())
