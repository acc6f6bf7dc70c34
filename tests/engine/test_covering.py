"""Every pair and every triple of features: kernel, readable twin, parts, and the kernel's own ways.

The studies are those of `generated.corpus`. One that is added to `generated.features` must be told
by `generated.detector`, and is then met with all others here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sojourn.study.model.pathway import ClockReference, Facility, State
from sojourn.study.model.people import Population
from sojourn.study.model.stays import ClockRule

from engine.generated.combinations import ALONE, OF_ONE_WAY
from engine.generated.corpus import cover_all
from engine.generated.detector import features_of_people, features_of_ways
from engine.generated.features import BY_STEP, PUT
from engine.studies import dated, scenario_program, stay
from engine.test_twin import (
    assert_same,
    assert_same_counts,
    nothing_is_read_before_it_is_written,
    nothing_plain,
)
from engine.theory.shared import admitted, flow
from sojourn.engine.kernel import prepared
from sojourn.engine.kernel.simulate import simulate
from sojourn.engine.program import History, Program
from sojourn.engine.reuse.shared_histories import simulate_in_parts

__all__ = ["nothing_is_read_before_it_is_written"]
"""A fixture of every test here."""


def same_in_every_way(program: Program, seed: int) -> History:
    """Run a study in every way that there is."""
    history = assert_same(program, seed, 0)
    # Of no state is it known that entering it is no more than to draw: people come one by one.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prepared, "plain_states", nothing_plain)
        assert_same_counts(simulate(replace(program), seed=seed, replicate=0), history)
    parts = simulate_in_parts(program, seed=seed, replicate=0, shared={})
    assert_same_counts(parts, history)
    return history


def test_every_pair_and_triple_of_features() -> None:
    def run(program: Program, told: dict[str, Any], seed: int) -> set[frozenset[str]]:
        history = same_in_every_way(program, seed)
        return features_of_people(program, told, history, seed, 0)

    assert cover_all(tuple(PUT), run).missing == ()


def test_every_pair_of_features_of_one_way_out() -> None:
    assert_covers_one_way(triples=False)


@pytest.mark.slow
def test_every_triple_of_features_of_one_way_out() -> None:
    assert_covers_one_way(triples=True)


def assert_covers_one_way(*, triples: bool) -> None:
    def run(program: Program, told: dict[str, Any], seed: int) -> set[frozenset[str]]:
        history = same_in_every_way(program, seed)
        return features_of_ways(program, told, history, seed, 0)

    covered = cover_all(OF_ONE_WAY, run, triples=triples, on_one_way=True)
    assert covered.missing == ()


def test_what_nobody_has_is_named() -> None:
    # Whatever is asked for, all have everything but these two together.
    everything = set(ALONE) - set(BY_STEP)
    never = {"a chance", "groups"}
    people = {frozenset(everything - {name}) for name in never}
    covered = cover_all(tuple(sorted(everything)), lambda *_: people, triples=False, most_tries=40)
    assert covered.missing == ("a chance + groups",)


def test_features_are_told_of_a_study_and_not_of_its_generator() -> None:
    # Admitted into a hard facility, past a plain state, with a clock of the population's.
    told: dict[str, Any] = {
        "days": 10,
        "states": {"reception": State(place="f"), "prison": State()},
        "clocks": {"end": "end of the sentence"},
        "facilities": {"f": Facility(capacity=dated(100), limit="hard")},
        "transitions": [
            flow("sorted", "reception", "prison", stay("fixed", 2)),
            flow("leaves", "prison", "out", at=ClockReference(clock="end")),
        ],
        "populations": {
            "p": Population(
                admissions=admitted(1, "reception", "fixed"),
                clocks={"end": ClockRule(stay=stay("fixed", 5))},
            )
        },
    }
    program = scenario_program(**told)
    history = simulate(program, seed=1, replicate=0, log=True)
    at_the_door = {
        "by days",
        "admissions: fixed",
        "admitted into a hard facility",
        "a stay of whole steps",
    }
    later = {
        "a clock set by the population",
        "a clock read later",
        "a clock carried past a state that is plain",
    }
    # Those of the last days have not come to the clock.
    assert features_of_people(program, told, history, 1, 0) == {
        frozenset(at_the_door),
        frozenset(at_the_door | later),
    }
