"""Clocks against theory: kept across states, set anew, rung already."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from sojourn.study.model.pathway import ClockReference, Facility, Gate, State, Transition
from sojourn.study.model.people import Population, Stock
from sojourn.study.model.stays import ClockRule
from sojourn.study.model.values import Span

from engine.studies import START, dated, number, scenario_program, stay, to
from engine.theory.shared import admitted, assert_law, flow, mass, moves_of, replicates, standing
from sojourn.engine.kernel.simulate import simulate
from sojourn.engine.program import Program
from sojourn.stays.law import Law


def test_clock_survives_states_and_a_gate_holds_until_it_opens() -> None:
    span = Span(**{"from": START + timedelta(days=30), "to": START + timedelta(days=40)})
    program = scenario_program(
        50,
        states={"s": State(), "t": State(), "u": State(end=True)},
        clocks={"term": "a term"},
        gates={"g": Gate(open=(span,))},
        transitions=[
            flow("s -> t", "s", "t", stay("fixed", 4)),
            Transition(
                name="t -> u",
                state="t",
                branches=(to("u"),),
                at=ClockReference(clock="term", offset=-2),
                gates=("g",),
            ),
        ],
        populations={
            "early": Population(
                stock=Stock(count=number(3), state="s"),
                clocks={"term": ClockRule(stay=stay("fixed", 20))},
            ),
            "late": Population(
                stock=Stock(count=number(2), state="s"),
                clocks={"term": ClockRule(stay=stay("fixed", 37))},
            ),
        },
    )
    moved = simulate(program, seed=2, replicate=0).census[:, 2, 0]
    assert [int(moved[d]) for d in (18, 29, 30, 34, 35)] == [0, 0, 3, 3, 5]


def test_what_is_due_before_a_clock_happens_though_the_clock_rings_after_the_last_day() -> None:
    program = scenario_program(
        100,
        states={"s": State()},
        clocks={"end": "end of the sentence"},
        transitions=[
            Transition(
                name="s -> out",
                state="s",
                branches=(to("out"),),
                at=ClockReference(clock="end", offset=-60),
            )
        ],
        populations={
            "p": Population(
                stock=Stock(count=number(5), state="s"),
                clocks={"end": ClockRule(stay=stay("uniform", 150, 150.5))},
            )
        },
    )
    history = simulate(program, seed=1, replicate=0)
    assert [int(history.census[d, 0, 0]) for d in (89, 91)] == [5, 0]


def at_clock(source: str, target: str) -> Transition:
    return Transition(
        name=f"{source} -> {target}",
        state=source,
        branches=(to(target),),
        at=ClockReference(clock="end"),
    )


def last_days(program: Program) -> list[int]:
    """Day on which each of a stock left the system; everybody does."""
    (history,) = replicates(program, 1, log=True)
    assert history.census[-1].sum() == 0
    return [moves[-1][0] for moves in moves_of(history).values()]


def test_a_clock_kept_across_states_ends_the_last_one() -> None:
    """Two stays, then the clock's end, or at once if it has rung: max(clock, first + second)."""
    days = 400
    program = scenario_program(
        days,
        states={name: State() for name in "stu"},
        clocks={"end": "a clock"},
        transitions=[
            flow("s -> t", "s", "t", stay("exponential", 9)),
            flow("t -> u", "t", "u", stay("gamma", 12, 6)),
            at_clock("u", "out"),
        ],
        populations=standing(20_000, clocks={"end": ClockRule(stay=stay("lognormal", 20, 12))}),
    )
    both = np.convolve(
        mass(Law("exponential", (9.0,)), days), mass(Law("gamma", (12.0, 6.0)), days)
    )[:days]
    clock = mass(Law("lognormal", (20.0, 12.0)), days)
    latest = np.cumsum(both) * np.cumsum(clock)
    assert_law(last_days(program), np.diff(np.concatenate([[0.0], latest])))


def test_a_clock_that_rings_first_wins_in_every_state() -> None:
    """min(clock, first + second), wherever the person is."""
    days = 400
    program = scenario_program(
        days,
        states={name: State() for name in "st"},
        clocks={"end": "a clock"},
        transitions=[
            flow("s -> t", "s", "t", stay("exponential", 9)),
            at_clock("s", "out"),
            flow("t -> out", "t", "out", stay("gamma", 12, 6)),
            at_clock("t", "out"),
        ],
        populations=standing(20_000, clocks={"end": ClockRule(stay=stay("lognormal", 20, 12))}),
    )
    both = np.convolve(
        mass(Law("exponential", (9.0,)), days), mass(Law("gamma", (12.0, 6.0)), days)
    )[:days]
    clock = mass(Law("lognormal", (20.0, 12.0)), days)
    later = (1 - np.cumsum(both)) * (1 - np.cumsum(clock))
    assert_law(last_days(program), -np.diff(np.concatenate([[1.0], later])))


def test_a_state_sets_a_clock_anew_each_time() -> None:
    """Set on entering t, whatever it was before; round by s again with a chance, and set again.

    A round is a stay in s and a fresh clock in t; the number of rounds is geometric.
    """
    days = 500
    program = scenario_program(
        days,
        states={
            "s": State(),
            "t": State(sets={"end": ClockRule(stay=stay("uniform", 2, 9))}),
            "u": State(),
        },
        clocks={"end": "a clock"},
        transitions=[
            flow("s -> t", "s", "t", stay("exponential", 6)),
            at_clock("t", "u"),
            flow("u -> s", "u", "s", stay("fixed", 1), chance=number(0.4)),
            flow("u -> out", "u", "out", stay("fixed", 2)),
        ],
        populations=standing(20_000, clocks={"end": ClockRule(stay=stay("fixed", 1))}),
    )
    one = np.convolve(
        mass(Law("exponential", (6.0,)), days), mass(Law("uniform", (2.0, 9.0)), days)
    )[:days]
    # P(total = d): a round and 2 days with 0.6, or a round, 1 day and all over again with 0.4.
    total = np.zeros(days)
    for day in range(days):
        again = 0.4 * float(one[:day] @ total[:day][::-1]) if day else 0.0
        total[day] = again + (0.6 * one[day - 2] if day >= 2 else 0.0)
    assert_law(last_days(program), total)


@pytest.mark.parametrize("limit", ["soft", "hard"])
@pytest.mark.parametrize("clocks", [("unused", "end"), ("end", "unused"), ("end",)])
@pytest.mark.parametrize("set_by", ["population", "state"])
@pytest.mark.parametrize("stock", [0, 7])
def test_clocks_set_at_the_door_are_read_later(
    limit: str, clocks: tuple[str, ...], set_by: str, stock: int
) -> None:
    # One is admitted a day into a facility that is never full, and spends ten days in a state that
    # reads no clock. They leave 40 days after they came: 365 - 40 of them within the year, each
    # after 30 days in prison. Of the others 30 have come to prison: 30 + 29 + ... + 1 days.
    after = {"unused": 5, "end": 40}
    rules = {name: ClockRule(stay=stay("fixed", after[name])) for name in clocks}
    both = {"population": rules} if set_by == "population" else {"state": rules}
    program = scenario_program(
        365,
        states={"reception": State(place="f", sets=both.get("state", {})), "prison": State()},
        clocks=dict.fromkeys(clocks, "a clock"),
        facilities={"f": Facility(capacity=dated(4_000), limit=limit)},
        transitions=[
            flow("sorted", "reception", "prison", stay("fixed", 10)),
            Transition(
                name="leaves",
                state="prison",
                branches=(to("out"),),
                at=ClockReference(clock="end"),
            ),
        ],
        populations={
            "p": Population(
                stock=Stock(count=number(stock), state="reception") if stock else None,
                admissions=admitted(1, "reception", "fixed"),
                clocks=both.get("population", {}),
            )
        },
    )
    history = simulate(program, seed=3, replicate=0)
    assert history.flows[:, 1].sum() == 325 + stock
    assert history.census[:, 1].sum() == 325 * 30 + sum(range(31)) + 30 * stock
