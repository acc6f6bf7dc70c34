"""Histories that are stopped, or that do not fit into memory."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from engine.studies import number, scenario_program, stay
from engine.theory import admitted, flow
from sojourn.engine import memory
from sojourn.engine.program import Program
from sojourn.engine.replicate import StoppedError, nobody_stops, simulate
from sojourn.errors import SojournError
from sojourn.study.model import Population, State, Stock


def growing(rate: float, days: int, stock: float = 0) -> Program:
    return scenario_program(
        days,
        states={"s": State()},
        transitions=[flow("s -> out", "s", "out", stay("exponential", 1000))],
        populations={
            "p": Population(stock=Stock(count=number(stock), state="s"), admissions=admitted(rate))
        },
    )


def test_a_history_that_is_told_to_stop_leaves() -> None:
    program, stop, left = growing(100_000, 3650), nobody_stops(), []

    def run() -> None:
        try:
            simulate(program, seed=1, replicate=0, stop=stop)
        except StoppedError:
            left.append(time.perf_counter())

    thread = threading.Thread(target=run)
    thread.start()
    time.sleep(1.0)
    stop[0] = 1
    thread.join()
    assert left  # 365 million people would have taken far longer than a second


def test_more_people_than_memory_are_refused_before_the_run(monkeypatch) -> None:
    program = growing(1, 30, stock=50_000_000)
    monkeypatch.setattr(memory, "free_bytes", lambda: 500_000_000)
    with pytest.raises(SojournError, match="50,000,000 people of day 0 need 800 MB"):
        simulate(program, seed=1, replicate=0)
    monkeypatch.setattr(memory, "free_bytes", lambda: 1_200_000_000)
    with pytest.raises(SojournError, match="600 MB are free"):
        simulate(program, seed=1, replicate=0, at_once=2)


def test_a_history_that_outgrows_memory_is_ended(monkeypatch) -> None:
    program = growing(20_000, 400)
    monkeypatch.setattr(memory, "free_bytes", lambda: 8_000_000)
    with pytest.raises(SojournError, match="outgrew the 8 MB"):
        simulate(program, seed=1, replicate=0)


def test_memory_that_is_enough_for_those_present_is_enough() -> None:
    # Far more people come than are ever there: room for all of them at once is not asked for.
    short = scenario_program(
        2000,
        states={"s": State()},
        transitions=[flow("s -> out", "s", "out", stay("exponential", 5))],
        populations={"p": Population(admissions=admitted(5_000))},
    )
    whole = simulate(short, seed=1, replicate=0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(memory, "free_bytes", lambda: 20_000_000)
        small = simulate(short, seed=1, replicate=0)
    np.testing.assert_array_equal(whole.census, small.census)
    assert whole.admitted.sum() * 16 > 100_000_000


def test_free_memory_is_a_number_of_bytes() -> None:
    assert 1 << 20 < memory.free_bytes() < 1 << 50
