"""The kernel and its readable twin give the same events, one for one."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.studies import programs
from sojourn.engine.parts import Shared, simulate_in_parts
from sojourn.engine.program import History, Program
from sojourn.engine.reference import Reference
from sojourn.engine.replicate import simulate


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
    return history


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(program=programs(), seed=st.integers(0, 2**40), replicate=st.integers(0, 1000))
def test_kernel_equals_reference(program: Program, seed: int, replicate: int) -> None:
    assert_same(program, seed, replicate)


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(program=programs(), seed=st.integers(0, 2**40))
def test_parts_add_up_to_the_whole(program: Program, seed: int) -> None:
    whole = simulate(program, seed=seed, replicate=0)
    shared: Shared = {}
    for _ in range(2):  # the second time every part is found
        added = simulate_in_parts(program, seed=seed, replicate=0, shared=shared)
        for item in fields(History):
            np.testing.assert_array_equal(
                getattr(added, item.name), getattr(whole, item.name), err_msg=item.name
            )
