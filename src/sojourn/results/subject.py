"""The people that a report's headline counts, and the sets of states with a joint daily peak.

The joint peak of several states follows neither from their single peaks nor from the ends of
periods. So the sets of states that a reader needs are determined before histories are counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sojourn.languages.phrases import later
from sojourn.study.model.study import StudyModel


class Chosen(NamedTuple):
    """The states that the headline counts, their facilities (if any), and why these."""

    states: tuple[str, ...]
    facilities: tuple[str, ...]
    why: str


def headline_states(study: StudyModel) -> Chosen:
    """The facilities that the study names; else the receiving state's; if it has none, facilities
    abroad; else facilities where nobody starts; else all. Without facilities, all states except
    final ones.
    """
    if study.held_in:
        why = later("the places that the study names")
        return Chosen(_states_of(study, study.held_in), study.held_in, why)
    receiving, sending = _parties(study)
    country: dict[str, str | None] = {}
    for scenario in study.scenarios.values():
        for name, facility in scenario.facilities.items():
            country.setdefault(name, facility.country)
    chosen = [name for name, where in country.items() if where in receiving]
    why = later("the places that the agreement's receiving state gives")
    if not chosen:
        chosen = [n for n, where in country.items() if where is not None and where not in sending]
        why = later("the places outside the sending state")
    if not sending and not receiving:
        chosen = []
    elif not chosen:
        starts = _starting_places(study)
        chosen = [name for name in country if name not in starts]
        why = later("the places where nobody is at the start")
    if not chosen:
        chosen = list(country)
        why = later("all places of the study")
    states = _states_of(study, chosen)
    if states:
        return Chosen(states, tuple(chosen), why)
    lasting = [
        name
        for scenario in study.scenarios.values()
        for name, state in scenario.states.items()
        if not state.end
    ]
    return Chosen(tuple(dict.fromkeys(lasting)), (), later("no place is named"))


def joint_peaks(study: StudyModel) -> tuple[tuple[str, ...], ...]:
    """Sets of states whose joint daily peak is kept: the headline's, and those of measures. A
    measure may be taken from another scenario, so every scenario keeps all sets.
    """
    sets = [headline_states(study).states]
    for scenario in study.scenarios.values():
        sets += [measure.states for measure in scenario.measures.values() if measure.kind == "peak"]
    return tuple(states for states in dict.fromkeys(sets) if len(states) > 1)


def _parties(study: StudyModel) -> tuple[set[str], set[str]]:
    agreements = [s.agreement for s in study.scenarios.values() if s.agreement is not None]
    return {a.receiving for a in agreements}, {a.sending for a in agreements}


def _starting_places(study: StudyModel) -> set[str]:
    """Facilities that stocks and admissions begin in."""
    found: set[str | None] = set()
    for scenario in study.scenarios.values():
        for population in scenario.populations.values():
            for state in (
                population.stock.state if population.stock else "",
                population.admissions.into if population.admissions else "",
            ):
                if state in scenario.states:
                    found.add(scenario.states[state].place)
    return {name for name in found if name}


def _states_of(study: StudyModel, facilities: Sequence[str]) -> tuple[str, ...]:
    found = [
        name
        for scenario in study.scenarios.values()
        for name, state in scenario.states.items()
        if state.place in facilities
    ]
    return tuple(dict.fromkeys(found))
