"""Facilities that can lock are found, and no others."""

from __future__ import annotations

import pytest
from sojourn.study.model.pathway import Facility, State, Transition
from sojourn.study.model.study import Scenario
from sojourn.study.model.values import Dated

from engine.studies import number, stay, to
from sojourn.study.checks.locks import rings, told


def scenario(moves, soft=()):
    """`moves`: source, target and, for a state of the same facility, a name such as `a2`."""
    states = {name for pair in moves for name in pair if name != "out"}
    facilities = {name[0] for name in states if name[0] in "abc"}
    start = Dated(start="2025-01-01", quantity=number(5))
    return Scenario(
        name="test",
        facts={},
        facilities={
            name: Facility(capacity=(start,), limit="soft" if name in soft else "hard")
            for name in sorted(facilities)
        },
        states={
            name: State(place=name[0] if name[0] in facilities else None) for name in sorted(states)
        },
        transitions=tuple(
            Transition(name=f"{a} -> {b}", state=a, branches=(to(b, stay("fixed", 3)),))
            for a, b in moves
        ),
        populations={},
    )


@pytest.mark.parametrize(
    ("moves", "found"),
    [
        ([("a", "b"), ("b", "a")], [("a", "b")]),
        ([("a", "b"), ("b", "c"), ("c", "a")], [("a", "b", "c")]),
        # Somebody can always leave.
        ([("a", "b"), ("b", "a"), ("b", "out")], []),
        ([("a", "b"), ("b", "free"), ("b", "a")], []),
        ([("a", "b"), ("b", "out")], []),
        # Within a facility no place is needed: a2 leaves for good, so a does.
        ([("a", "a2"), ("a2", "out"), ("a", "b"), ("b", "a")], []),
        # Those of b can leave, but those of b2, in the same places, cannot.
        ([("a", "b2"), ("b2", "a"), ("b", "out"), ("a", "b")], [("a", "b")]),
    ],
)
def test_rings(moves, found):
    assert list(rings(scenario(moves))) == found


def test_a_soft_facility_takes_whoever_comes():
    assert rings(scenario([("a", "b"), ("b", "a")], soft=("b",))) == ()


def test_words():
    assert told(("a", "b")).startswith("the facilities a → b → a can lock")
