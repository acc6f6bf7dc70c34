"""Transitions that can never happen because another always comes first."""

from __future__ import annotations

from collections.abc import Callable

from sojourn.study.model.pathway import Transition
from sojourn.study.model.study import Scenario
from sojourn.study.stays.bounds import longest_delay, shortest_delay, surely, waits
from sojourn.study.units import show


def never_happen(scenario: Scenario) -> list[str]:
    """A sentence for each transition that another of its state always precedes."""
    found = []
    for place, transition in enumerate(scenario.transitions):
        for other_place, other in enumerate(scenario.transitions):
            if other.state != transition.state or other is transition:
                continue
            if _forestalls(scenario, other, transition, other_place < place):
                found.append(_told(scenario, transition, other))
                break
    return found


def _forestalls(
    scenario: Scenario, other: Transition, transition: Transition, before: bool
) -> bool:
    """Whether `other` has moved everybody by the time `transition` could.

    It takes everybody (or at least everybody whom `transition` takes) and waits for nothing. If
    two are due at once, the one that waits for nothing goes first; otherwise the first in the
    file does (`before`).
    """
    for_all = other.when is None or other.when == transition.when
    if not for_all or other.starts is not None or not surely(other):
        return False
    if _any(scenario, other, any):
        return False
    latest, (earliest, exact) = longest_delay(other), shortest_delay(transition)
    if latest != earliest:
        return latest < earliest
    return before or not exact or _any(scenario, transition, all)


def _any(scenario: Scenario, transition: Transition, how: Callable[..., bool]) -> bool:
    """Whether moves over any, or all, of its branches wait for something."""
    return how(waits(scenario, transition, branch) for branch in transition.branches)


def _told(scenario: Scenario, transition: Transition, other: Transition) -> str:
    latest = longest_delay(other)
    when = f"after {show(latest)} days at the latest" if latest else "at once"
    text = f"`{transition.name}` can never happen: `{other.name}` takes everybody {when}"
    if _any(scenario, transition, any) and len(other.branches) == 1:
        # The author may have meant people who cannot move today.
        text += (
            f"; to send only people who cannot move on their due day to `{other.branches[0].to}`, "
            f"write `otherwise: {other.branches[0].to}` in `{transition.name}`"
        )
    return text
