"""Histories that are stopped, or that do not fit into memory."""

from __future__ import annotations

import dataclasses
import threading
import time

import numpy as np
import pytest

from engine.studies import dated, number, scenario_program, stay
from engine.theory.shared import admitted, flow
from sojourn.engine.kernel import memory
from sojourn.engine.kernel.simulate import StoppedError, nobody_stops, simulate
from sojourn.engine.memory_forecast import (
    Extent,
    check_arrays,
    check_people,
    most_at_once,
    seconds_of,
)
from sojourn.engine.program import Program
from sojourn.errors import SojournError
from sojourn.run import histories as runs
from sojourn.run.run import Options, run_study
from sojourn.study.model.pathway import Facility, State
from sojourn.study.model.people import Population, Stock


def growing(rate: float, days: int, stock: float = 0) -> Program:
    return scenario_program(
        days,
        states={"s": State(), "t": State()},
        transitions=[
            flow("s -> t", "s", "t", stay("exponential", 1000)),
            flow("t -> out", "t", "out", stay("exponential", 1000)),
        ],
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


def test_what_will_not_fit_is_foreseen(monkeypatch) -> None:
    # Of 20 a day for each day of their mean stay, most will be there when the last day is over:
    # 20,000 · 1000 · (1 - exp(-d/1000) - exp(-0.4) (exp(d/1000) - 1)) leave after day d, at most
    # 657,000 (d = 200), who need 16 bytes each.
    program = growing(20_000, 400)
    monkeypatch.setattr(memory, "free_bytes", lambda: 10_000_000)
    with pytest.raises(SojournError, match=r"holds about 65\d,\d{3} people at once, who need 10.5"):
        check_people(program)
    monkeypatch.setattr(memory, "free_bytes", lambda: 16_000_000)
    check_people(program)
    with pytest.raises(SojournError, match=r"10\.5 MB of memory; 8\.0 MB are free"):
        check_people(program, at_once=2)


def test_people_at_once_are_those_with_a_move_to_come() -> None:
    # Fixed stays of ten days: ten days' people, on any day but the last ones.
    def short(then: str) -> Program:
        return scenario_program(
            300,
            states={"s": State(), "t": State(), "gone": State(end=True)},
            transitions=[
                flow("s -> next", "s", then, stay("fixed", 10)),
                flow("t -> gone", "t", "gone", stay("fixed", 90)),
            ],
            populations={"p": Population(admissions=admitted(7))},
        )

    assert most_at_once(short("t")) == pytest.approx(70)
    # Whose next move is the last are counted, and take no memory.
    assert most_at_once(short("gone")) == pytest.approx(7)
    # Who leaves after the last day takes no memory.
    assert most_at_once(growing(100, 50)) < 100 * 50 * (1 - np.exp(-50 / 1000))


def test_people_that_wait_are_foreseen_as_if_they_did_not() -> None:
    def held(limit: str) -> Program:
        return scenario_program(
            300,
            states={"s": State(place="f")},
            transitions=[flow("s -> out", "s", "out", stay("fixed", 10))],
            populations={"p": Population(admissions=admitted(7))},
            facilities={"f": Facility(capacity=dated(3), limit=limit)},
        )

    assert most_at_once(held("hard")) == pytest.approx(most_at_once(held("soft")))


def test_a_run_that_will_not_fit_is_refused_before_its_first_history(
    whole_study, tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr(memory, "free_bytes", lambda: 60_000)
    with pytest.raises(SojournError, match="of memory"):
        run_study(whole_study, out=tmp_path / "run", options=Options(threads=1))
    assert not list(tmp_path.rglob("*.parquet"))


def test_free_memory_is_a_number_of_bytes() -> None:
    assert 1 << 20 < memory.free_bytes() < 1 << 50


NATIONAL = Extent(
    steps=3652, periods=120, cells=100_000, groups=50_000, streams=200_000, states=20, branches=60
)


def test_arrays_are_foreseen_from_what_the_study_declares():
    program = growing(5, 400, stock=3)
    groups, states = len(program.group_names), len(program.state_names)
    extent = Extent(
        400, program.periods, 1, groups, program.admission_rate.shape[1], states,
        len(program.branch_target),
    )  # fmt: skip
    assert extent.result_bytes == memory.result_bytes(program)
    compiled = program.admission_rate, program.branch_table, program.transition_when
    assert sum(array.nbytes for array in compiled) <= extent.compiled_bytes


def test_a_product_that_does_not_fit_is_refused_with_what_to_make_smaller(monkeypatch):
    monkeypatch.setattr(memory, "free_bytes", lambda: 8_000_000_000)
    with pytest.raises(SojournError) as caught:
        check_arrays({"base": NATIONAL, "offer": NATIONAL})
    (problem,) = caught.value.problems
    assert problem.what == (
        "100,000 cells in 50,000 groups, 20 states, 60 ways out of them, 3,652 steps and 2 "
        "scenarios need 104.2 GB of memory for each draw at work; 8.0 GB are free for 1 of them"
    )
    assert problem.fix == "name fewer facts in `by`, shorten the period, or write `step: month`"
    few = dataclasses.replace(NATIONAL, groups=1)
    with pytest.raises(SojournError, match=r"35\.2 GB") as caught:
        check_arrays({"base": few, "offer": few})
    assert "split populations by fewer facts" in caught.value.problems[0].fix
    small = dataclasses.replace(few, streams=10_000, cells=10_000)
    check_arrays({"base": small}, at_once=3)
    with pytest.raises(SojournError, match="--threads 6"):
        check_arrays({"base": small}, at_once=7)


def test_it_is_refused_before_anything_of_that_size_is_made(whole_study, tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "free_bytes", lambda: 60_000)
    monkeypatch.setattr(runs, "compile_program", None)
    with pytest.raises(SojournError, match="of memory for each draw at work"):
        run_study(whole_study, out=tmp_path / "run", options=Options(threads=1))


def test_a_history_of_more_than_a_day_is_refused_with_the_estimate():
    assert seconds_of(growing(0, 30, stock=50_000_000)) == pytest.approx(10)
    with pytest.raises(SojournError, match="about 2 days on one core") as caught:
        seconds_of(growing(0, 30, stock=10**12))
    assert caught.value.problems[0].what.startswith("1,000,000,000,000 people come")
