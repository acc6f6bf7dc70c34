"""A stock in equilibrium against theory: residual life, and a level that stays."""

from __future__ import annotations

import numpy as np
import pytest
from sojourn.study.model.pathway import ClockReference, State, Transition
from sojourn.study.model.people import Population, Stock
from sojourn.study.model.stays import ClockRule

from engine.studies import number, scenario_program, stay, to
from engine.theory.exact import race
from engine.theory.shared import admitted, assert_law, assert_mean, flow, moves_of, replicates
from sojourn.errors import StudyError
from sojourn.stays.law import Law


def test_equilibrium_stock_with_admissions_stays_level() -> None:
    # A stock of rate x mean in equilibrium, and the same admissions: the mean census is constant,
    # and the stock alone runs down as the residual life P(R >= k) ~ sum over j >= k of P(K > j).
    law = Law("lognormal", (40.0, 60.0))
    both = scenario_program(
        200,
        states={"s": State()},
        transitions=[flow("s -> out", "s", "out", stay("lognormal", 40, 60))],
        populations={
            "p": Population(
                stock=Stock(count=number(400), state="s", served="equilibrium"),
                admissions=admitted(10),
            )
        },
    )
    got = np.array([h.census[:, 0, 0] for h in replicates(both, 200)], dtype=float)
    assert_mean(got[:, [0, 5, 60, 199]], 400)
    alone = scenario_program(
        200,
        states={"s": State()},
        transitions=[flow("s -> out", "s", "out", stay("lognormal", 40, 60))],
        populations={
            "p": Population(stock=Stock(count=number(400), state="s", served="equilibrium"))
        },
    )
    tail = law.survival(40_000)
    residual = np.cumsum(tail[::-1])[::-1] / tail.sum()  # P(R >= k)
    got = np.array([h.census[:, 0, 0] for h in replicates(alone, 200)], dtype=float)
    assert_mean(got[:, [0, 5, 60, 199]], 400 * residual[[1, 6, 61, 200]])


def test_equilibrium_of_a_clock_is_its_residual_life() -> None:
    law = Law("gamma", (50.0, 30.0))
    program = scenario_program(
        150,
        states={"s": State()},
        clocks={"end": "end of the sentence"},
        transitions=[
            Transition(
                name="s -> out", state="s", branches=(to("out"),), at=ClockReference(clock="end")
            )
        ],
        populations={
            "p": Population(
                stock=Stock(count=number(500), state="s", served="equilibrium"),
                clocks={"end": ClockRule(stay=stay("gamma", 50, 30))},
            )
        },
    )
    tail = law.survival(5000)
    residual = np.cumsum(tail[::-1])[::-1] / tail.sum()
    got = np.array([h.census[:, 0, 0] for h in replicates(program, 150)], dtype=float)
    assert_mean(got[:, [0, 20, 100]], 500 * residual[[1, 21, 101]])


@pytest.mark.parametrize(
    ("offset", "stays"), [(-20, 80), (50, 150)], ids=["before the clock", "after it"]
)
def test_equilibrium_of_a_way_out_before_or_after_a_clock(offset: int, stays: int) -> None:
    # Everybody stays 100 days and the offset: rate x that, for ever.
    program = scenario_program(
        200,
        states={"s": State()},
        clocks={"end": "a clock"},
        transitions=[
            Transition(
                name="s -> out",
                state="s",
                branches=(to("out"),),
                at=ClockReference(clock="end", offset=offset),
            )
        ],
        populations={
            "p": Population(
                stock=Stock(count=number(10 * stays), state="s", served="equilibrium"),
                admissions=admitted(10),
                clocks={"end": ClockRule(stay=stay("uniform", 60, 140))},
            )
        },
    )
    got = np.array([h.census[:, 0, 0] for h in replicates(program, 200)], dtype=float)
    assert_mean(got[:, [0, 15, 60, 120, 199]], 10 * stays)


def test_equilibrium_leaves_alone_a_clock_that_nobody_reads_here() -> None:
    # s takes 20 days in the mean; its clock only ends t. Everything stays level in s.
    program = scenario_program(
        150,
        states={"s": State(sets={"end": ClockRule(stay=stay("fixed", 3))}), "t": State()},
        clocks={"end": "read in t"},
        transitions=[
            flow("s -> t", "s", "t", stay("gamma", 20, 10)),
            Transition(
                name="t -> out", state="t", branches=(to("out"),), at=ClockReference(clock="end")
            ),
        ],
        populations={
            "p": Population(
                stock=Stock(count=number(400), state="s", served="equilibrium"),
                admissions=admitted(20),
            )
        },
    )
    got = np.array([h.census[:, 0, 0] for h in replicates(program, 200)], dtype=float)
    assert_mean(got[:, [0, 5, 20, 149]], 400)


def test_days_served_with_a_clock_that_may_not_count_are_refused() -> None:
    with pytest.raises(StudyError, match="only with a chance"):
        scenario_program(
            50,
            states={"s": State()},
            clocks={"end": "a clock"},
            transitions=[
                Transition(
                    name="s -> out",
                    state="s",
                    branches=(to("out"),),
                    at=ClockReference(clock="end"),
                    chance=number(0.5),
                )
            ],
            populations={
                "p": Population(
                    stock=Stock(count=number(4), state="s", served="equilibrium"),
                    clocks={"end": ClockRule(stay=stay("fixed", 9))},
                )
            },
        )


def test_residual_life_of_a_stock_by_day() -> None:
    tail = Law("weibull", (30.0, 0.7)).survival(40_000)
    program = scenario_program(
        300,
        states={"s": State()},
        transitions=[flow("s -> out", "s", "out", stay("weibull", 30, 0.7))],
        populations={
            "p": Population(stock=Stock(count=number(20_000), state="s", served="equilibrium"))
        },
    )
    (history,) = replicates(program, 1, log=True)
    days = [moves[-1][0] if len(moves) > 1 else 300 for moves in moves_of(history).values()]
    # Counted on the evening before: they leave on day k with P(K > k) / E[K].
    assert_law(days, tail[:300] / tail.sum())


def test_equilibrium_of_a_race_stays_level_and_keeps_its_shares() -> None:
    """Three ways out, one with a chance: rate x mean of the least, and moves in the race's shares
    from day 0 on."""
    won = race(
        [
            [(1.0, "gamma", (30.0, 20.0))],
            [(0.5, "exponential", (80.0,))],
            [(1.0, "fixed", (60.0,))],
        ],
        100,
    )
    mean = float(sum((np.arange(100) * one).sum() for (one,) in won))
    stock = 500
    rate = stock / mean
    program = scenario_program(
        90,
        states={"s": State()},
        transitions=[
            flow("s -> out (a)", "s", "out", stay("gamma", 30, 20)),
            flow("s -> out (b)", "s", "out", stay("exponential", 80), chance=number(0.5)),
            flow("s -> out (c)", "s", "out", stay("fixed", 60)),
        ],
        populations={
            "p": Population(
                stock=Stock(count=number(stock), state="s", served="equilibrium"),
                admissions=admitted(rate),
            )
        },
    )
    histories = replicates(program, 400)
    got = np.array([h.census[:, 0, 0] for h in histories], dtype=float)
    assert_mean(got[:, [0, 3, 30, 59, 60, 89]], stock)
    moved = np.array([h.flows[:, :, 0].sum(axis=0) for h in histories], dtype=float)
    assert_mean(moved, [90 * rate * float(one.sum()) for (one,) in won])
