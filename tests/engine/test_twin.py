"""The kernel and its readable twin give the same events, one for one."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.generated.chance import programs
from engine.generated.crowds import crowds
from engine.studies import dated, scenario_program, stay, to
from engine.theory.shared import admitted, flow
from sojourn.engine.kernel import prepared, workspace
from sojourn.engine.kernel.simulate import simulate
from sojourn.engine.program import History, Program
from sojourn.engine.reuse.shared_histories import SharedHistories, simulate_in_parts
from sojourn.engine.twin import Reference
from sojourn.study.model.pathway import Facility, State, Transition
from sojourn.study.model.people import Population
from sojourn.study.model.stays import Stay


@pytest.fixture(autouse=True)
def nothing_is_read_before_it_is_written(monkeypatch) -> None:
    def filled(count: int, kind: type[np.generic]) -> np.ndarray:
        made = np.empty(count, kind)
        made.view(np.uint8)[: 1 << 22] = 0xAB
        return made

    monkeypatch.setattr(workspace, "unwritten", filled)


def events_of(history: History) -> list[tuple[int, ...]]:
    return sorted(tuple(int(x) for x in row) for row in history.events)


def assert_same(program: Program, seed: int, replicate: int) -> History:
    """Events, census and lines of both; the kernel's history."""
    history = simulate(program, seed=seed, replicate=replicate, log=True)
    twin = Reference(program, seed=seed, replicate=replicate)
    assert events_of(history) == [tuple(int(x) for x in e) for e in twin.run()]
    for day, counts in enumerate(twin.census):
        expected = np.zeros_like(history.census[day])
        for (state, group), people in counts.items():
            expected[state, group] = people
        np.testing.assert_array_equal(history.census[day], expected)
    np.testing.assert_array_equal(
        history.line_waiting, np.array(twin.waiting).reshape(history.line_waiting.shape)
    )
    for name in ("wait_served", "wait_left", "wait_still"):
        np.testing.assert_array_equal(getattr(history, name), getattr(twin, name), err_msg=name)
    # Whose events are not kept takes shorter ways through the kernel.
    for share in (0.0, 0.5):
        other = simulate(program, seed=seed, replicate=replicate, log=True, log_share=share)
        assert_same_counts(other, history)
    return history


def assert_same_counts(one: History, other: History) -> None:
    """All but the events."""
    for item in fields(History):
        if item.name != "events":
            np.testing.assert_array_equal(
                getattr(one, item.name), getattr(other, item.name), err_msg=item.name
            )


@settings(
    max_examples=130, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(program=programs(), seed=st.integers(0, 2**40), replicate=st.integers(0, 1000))
def test_kernel_equals_reference(program: Program, seed: int, replicate: int) -> None:
    assert_same(program, seed, replicate)


@settings(
    max_examples=130, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(program=programs(), seed=st.integers(0, 2**40))
def test_parts_add_up_to_the_whole(program: Program, seed: int) -> None:
    whole = simulate(program, seed=seed, replicate=0)
    shared: SharedHistories = {}
    for few in (0.0, 0.0, np.inf):  # the second time every part is found; the third, none is cut
        added = simulate_in_parts(program, seed=seed, replicate=0, shared=shared, few=few)
        for item in fields(History):
            np.testing.assert_array_equal(
                getattr(added, item.name), getattr(whole, item.name), err_msg=item.name
            )


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(program=crowds(daily=2.0), seed=st.integers(0, 2**40))
def test_kernel_equals_reference_where_people_come_through_lines(
    program: Program, seed: int
) -> None:
    assert_same(program, seed, 0)


@settings(
    max_examples=70, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(program=crowds(daily=400.0), seed=st.integers(0, 2**40))
def test_shorter_ways_count_what_the_long_one_counts(program: Program, seed: int) -> None:
    # Of no state is it known that entering it is no more than to draw: people come one by one.
    quick = simulate(program, seed=seed, replicate=0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prepared, "plain_states", nothing_plain)
        slow = simulate(replace(program), seed=seed, replicate=0)
    assert_same_counts(quick, slow)


def nothing_plain(program: Program, _joins: np.ndarray) -> np.ndarray:
    return np.zeros(len(program.state_names), dtype=np.uint8)


def test_whoever_passes_one_line_comes_to_the_next_after_those_who_stand_there() -> None:
    # Of those who come today some pass the first line and go on at once to the second, where
    # others, who came there directly, are called before they arrive. Their kinds tell them apart.
    zero = stay("fixed", 0)
    now_or_later = Stay(family="table", points=((0.0, 1.0), (3.0, 1.0)))
    program = scenario_program(
        25,
        states={
            "first": State(),
            "wait": State(),
            "held": State(place="many"),
            "again": State(),
            "last": State(place="few"),
        },
        transitions=[
            Transition(
                name="sorted",
                state="first",
                branches=(to("wait", zero, 0.5), to("again", zero, 0.5)),
            ),
            flow("called", "wait", "held", zero),
            flow("gives up", "wait", "out", stay("fixed", 5)),
            flow("goes on", "held", "again", now_or_later),
            flow("called again", "again", "last", zero),
            flow("leaves", "last", "out", stay("fixed", 1)),
        ],
        populations={"p": Population(admissions=admitted(6, into="first"))},
        split=0.5,
        by_kind=True,
        facilities={
            "many": Facility(capacity=dated(1_000), limit="hard"),
            "few": Facility(capacity=dated(2), limit="hard"),
        },
    )
    assert prepared.prepared(program).line_straight[0] > 0
    for seed in range(10):
        assert_same(program, seed, 0)


def test_people_of_one_state_of_whom_some_join_its_line_and_some_do_not() -> None:
    # Those of kind a are not called: they come to the state together with those of kind b.
    program = scenario_program(
        30,
        states={"first": State(), "wait": State(), "held": State(place="many")},
        transitions=[
            flow("sorted", "first", "wait", stay("exponential", 2)),
            flow("called", "wait", "held", stay("fixed", 0)),
            flow("gives up", "wait", "out", stay("fixed", 5)),
            flow("leaves", "held", "out", stay("exponential", 3)),
        ],
        populations={"p": Population(admissions=admitted(20, into="first"))},
        split=0.5,
        by_kind=True,
        when={"called": [False, True]},
        facilities={"many": Facility(capacity=dated(1_000), limit="hard")},
    )
    assert prepared.prepared(program).line_straight[0] > 0
    for seed in range(3):
        assert_same(program, seed, 0)
