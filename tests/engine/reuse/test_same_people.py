"""Whom a change cannot touch keeps their history, event for event, on generated studies.

Histories are compared by name: a person's key, the day, the visit, the transition and its target,
the state and the kind after.
"""

from __future__ import annotations

import random
from dataclasses import fields
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.generated.chance import compiled, specifications
from engine.studies import KINDS, dated, number, scenario_program, stay, to
from engine.theory.shared import flow
from sojourn.engine.kernel.simulate import simulate
from sojourn.engine.program import OUT, History, Program
from sojourn.engine.random import person_key_int, run_key, stream_key
from sojourn.engine.reuse.independent_people import bound_nodes
from sojourn.engine.reuse.shared_histories import SharedHistories, simulate_in_parts
from sojourn.study.model.pathway import State, Transition
from sojourn.study.model.people import Admissions, Population, Stock

Life = list[tuple[int, int, str, str, str]]
Lives = dict[int, Life]

ENTRANCE = 1 << 32
many = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


def lives_of(program: Program, history: History) -> Lives:
    """Person -> (day, visit, what happened, state after, kind after), in order."""
    found: Lives = {}
    rows = history.events
    for day, key, visit, what, state, cell in rows[np.lexsort((rows[:, 2], rows[:, 1]))].tolist():
        if what >= ENTRANCE:
            said = "enters"
        elif what in program.line_otherwise:  # these branches stand behind all others
            said = f"{program.transition_names[program.branch_transition[what]]} · otherwise"
        else:
            transition = int(program.branch_transition[what])
            turn = what - int(program.transition_first[transition])
            said = f"{program.transition_names[transition]} · {turn}"
        after = "out" if state >= 1 << 63 else program.state_names[state]
        found.setdefault(key, []).append((day, visit, said, after, KINDS[cell]))
    return found


def live(program: Program, seed: int, replicate: int = 0) -> Lives:
    return lives_of(program, simulate(program, seed=seed, replicate=replicate, log=True))


def people_of(program: Program, seed: int, entrants: list[int], replicate: int = 0) -> set[int]:
    """Keys of the first thousand people of these entrants."""
    run = run_key(seed, replicate)
    return {
        person_key_int(stream_key(run, program.entrant_names[e]), i)
        for e in entrants
        for i in range(1000)
    }


def loosened(told: dict[str, Any]) -> dict[str, Any]:
    """The study without anything that people could share: no gate, no quota, no hard limit."""
    return {
        **told,
        "transitions": [
            t.model_copy(update={"gates": (), "quota": None}) for t in told["transitions"]
        ],
        "facilities": {
            name: f.model_copy(update={"limit": "soft"}) for name, f in told["facilities"].items()
        },
    }


LINES = st.one_of(specifications(), specifications().map(loosened))
"""Half of them with lines, and half without."""


def shuffled(mapping: dict[str, Any], luck: random.Random) -> dict[str, Any]:
    names = list(mapping)
    luck.shuffle(names)
    return {name: mapping[name] for name in names}


@many
@given(told=specifications(), seed=st.integers(0, 2**40), order=st.integers(0, 2**20))
def test_the_order_of_what_has_no_order_says_nothing(
    told: dict[str, Any], seed: int, order: int
) -> None:
    """States, populations, facilities, clocks, gates and quotas in another order, and transitions
    in one that keeps that of each state."""
    luck = random.Random(order)
    other = dict(told)
    for section in ("states", "populations", "facilities", "clocks", "gates", "quotas"):
        other[section] = shuffled(told[section], luck)
    ways: dict[str, list[Transition]] = {}
    for transition in told["transitions"]:
        ways.setdefault(transition.state, []).append(transition)
    other["transitions"] = [t for group in shuffled(ways, luck).values() for t in group]
    one, two = compiled(told), compiled(other)
    assert live(one, seed) == live(two, seed)
    a, b = (simulate(p, seed=seed, replicate=0) for p in (one, two))
    places = [two.facility_names.index(name) for name in one.facility_names]
    np.testing.assert_array_equal(a.occupied, b.occupied[:, places])
    gates = [[g.name for g in two.gates].index(g.name) for g in one.gates]
    np.testing.assert_array_equal(a.gate_open, b.gate_open[:, gates])


@many
@given(
    told=LINES,
    seed=st.integers(0, 2**40),
    count=st.integers(0, 9),
    rate=st.floats(0, 2),
)
def test_a_population_more_moves_nobody_whom_no_line_can_touch(
    told: dict[str, Any], seed: int, count: int, rate: float
) -> None:
    """The newcomers stand in everybody's way, but not in that of those who share no line."""
    before = compiled(told)
    state = next(iter(told["states"]))
    more = Population(
        stock=Stock(count=number(count), state=state),
        admissions=Admissions(rate=dated(rate), per="day", into=state),
    )
    after = compiled({**told, "populations": {"a new one": more, **told["populations"]}})
    old, new = live(before, seed), live(after, seed)
    bound = bound_nodes(before)
    free = [
        e
        for e in range(len(before.entrant_names))
        if before.entrant_line[e] < 0 and not bound[before.entrant_state[e], before.entrant_cell[e]]
    ]
    people = people_of(before, seed, free)
    assert {k: v for k, v in new.items() if k in people} == {
        k: v for k, v in old.items() if k in people
    }
    if not any(t.gates or t.quota for t in told["transitions"]) and not any(
        f.limit == "hard" for f in told["facilities"].values()
    ):
        # Then nobody of the old ones is touched at all.
        assert all(new[key] == life for key, life in old.items())


@many
@given(told=specifications(), seed=st.integers(0, 2**40))
def test_a_whole_other_study_beside_it_moves_nobody(told: dict[str, Any], seed: int) -> None:
    """People in states of their own live the same alone and beside a study full of lines."""
    states = {"x": State(), "y": State()}
    ways = [
        flow("x -> y", "x", "y", stay("exponential", 5)),
        Transition(
            name="y ->",
            state="y",
            branches=(to("x", stay("gamma", 4, 3), 0.5), to("out", stay("exponential", 9), 0.5)),
        ),
    ]
    people = {
        "aside": Population(
            stock=Stock(count=number(5), state="y"),
            admissions=Admissions(rate=dated(0.7), per="day", into="x"),
        )
    }
    alone = scenario_program(
        told["days"], states=states, transitions=ways, populations=people, split=told["split"]
    )
    beside = compiled(
        {
            **told,
            "states": {**told["states"], **states},
            "transitions": [*told["transitions"], *ways],
            "populations": {**told["populations"], **people},
        }
    )
    together = live(beside, seed)
    assert all(together[key] == life for key, life in live(alone, seed).items())


@many
@given(told=LINES, seed=st.integers(0, 2**40), turned=st.data())
def test_scenarios_that_do_not_differ_for_a_kind_give_it_the_same_history(
    told: dict[str, Any], seed: int, turned: st.DataObject
) -> None:
    """A condition changes for kind b alone. People who are and stay kind a, and whom no line can
    touch, live the same; and the parts of the one scenario are found again for the other."""
    told = {**told, "split": 0.3}
    name = turned.draw(st.sampled_from([t.name for t in told["transitions"]]))
    for_a, for_b = told["when"].get(name, [True, True])
    one = compiled(told)
    two = compiled({**told, "when": {**told["when"], name: [for_a, not for_b]}})
    old, new = live(one, seed), live(two, seed)
    bound = bound_nodes(one) | bound_nodes(two)
    free = [
        e
        for e in range(len(one.entrant_names))
        if one.entrant_line[e] < 0 and not bound[one.entrant_state[e], one.entrant_cell[e]]
    ]
    people = people_of(one, seed, free)
    for key in people & (old.keys() | new.keys()):
        lives = [x.get(key, []) for x in (old, new)]
        if all(event[4] == "a" for life in lives for event in life):
            assert lives[0] == lives[1]
    shared: SharedHistories = {}
    for program in (one, two, one):
        added = simulate_in_parts(program, seed=seed, replicate=0, shared=shared)
        whole = simulate(program, seed=seed, replicate=0)
        for item in fields(History):
            np.testing.assert_array_equal(
                getattr(added, item.name), getattr(whole, item.name), err_msg=item.name
            )


def test_what_is_compared_does_differ_where_it_should() -> None:
    """The names of what happens do tell two histories apart."""
    program = scenario_program(
        40,
        states={"s": State()},
        transitions=[flow("s -> out", "s", "out", stay("exponential", 9))],
        populations={"p": Population(stock=Stock(count=number(30), state="s"))},
    )
    assert live(program, 1) != live(program, 2)
    assert live(program, 1, 0) != live(program, 1, 1)
    assert program.branch_target[0] == OUT
    moved = {event[2] for life in live(program, 1).values() for event in life}
    assert moved == {"enters", "s -> out · 0"}
