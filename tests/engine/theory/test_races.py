"""Races between ways out against theory: who wins when, returns, total time."""

from __future__ import annotations

import math
from datetime import timedelta

import numpy as np
import pytest
from sojourn.study.model.pathway import ClockReference, State, Transition
from sojourn.study.model.people import Population, Stock
from sojourn.study.model.stays import ClockRule, Stay

from engine.studies import START, number, scenario_program, stay, to
from engine.theory.exact import race
from engine.theory.shared import assert_law, assert_mean, flow, mass, moves_of, replicates, standing
from engine.theory.test_policies import change
from sojourn.engine.expected.solver import expected
from sojourn.stays.law import Law


def test_competing_risks_who_wins_and_when() -> None:
    """Three ways out, one with a chance, ties on whole days: the joint law of winner and day."""
    days = 150
    points = (0.0, 1.0, 5.0, 3.0, 40.0, 6.0)
    delays = [
        [(1.0, "lognormal", (15.0, 20.0))],
        [(0.6, "exponential", (12.0,))],
        [(1.0, "table", points)],
    ]
    program = scenario_program(
        days,
        states={name: State() for name in "sabc"},
        transitions=[
            flow("s -> a", "s", "a", stay("lognormal", 15, 20)),
            flow("s -> b", "s", "b", stay("exponential", 12), chance=number(0.6)),
            flow("s -> c", "s", "c", Stay(family="table", points=((0, 1), (5, 3), (40, 6)))),
        ],
        populations=standing(20_000),
    )
    (history,) = replicates(program, 1, log=True)
    moves = np.array([m[1] for m in moves_of(history).values()])  # (day, branch)
    assert len(moves) == 20_000  # 40 days end every stay
    assert_law(
        moves[:, 1] * days + moves[:, 0], np.concatenate([way for (way,) in race(delays, days)])
    )


def test_competing_exponentials() -> None:
    """Each has the share of its rate, whatever stands first in the file."""
    first = 30 / (10 + 30)
    program = scenario_program(
        700,
        states={"s": State(), "a": State(end=True), "b": State(end=True)},
        transitions=[
            flow("s -> a", "s", "a", stay("exponential", 10)),
            flow("s -> b", "s", "b", stay("exponential", 30)),
        ],
        populations=standing(2000),
    )
    got = np.array([[h.census[-1, 1, 0]] for h in replicates(program, 60)], dtype=float)
    assert_mean(got / 2000, first)


def test_competing_rates_that_change_for_everyone_on_a_day() -> None:
    # Those who came on day 0 are there as day D begins with probability e^-ΛD (e^Λ - 1) / Λ, for
    # they came at a random time of it; from then on the new rates hold.
    days, day, people = 40, 6, 20_000
    old, new = np.array([1 / 10, 1 / 30]), np.array([1 / 4, 1 / 60])
    program = scenario_program(
        days,
        states={"s": State(), "a": State(end=True), "b": State(end=True)},
        transitions=[
            flow(f"s -> {end}", "s", end, stay("exponential", 1 / was), changes=(
                change(day, to(end, stay("exponential", 1 / then))),
            ))
            for end, was, then in zip("ab", old, new, strict=True)
        ],
        populations=standing(people),
    )  # fmt: skip
    before = [np.array(way) for (way,) in race(
        [[(1.0, "exponential", (1 / rate,))] for rate in old], days
    )]  # fmt: skip
    there = math.exp(-old.sum() * day) * math.expm1(old.sum()) / old.sum()
    later = there * -math.expm1(-new.sum()) * np.exp(-new.sum() * np.arange(days - day))
    want = np.stack([
        np.append(was[:day], later * rate / new.sum())
        for was, rate in zip(before, new, strict=True)
    ])  # fmt: skip
    exact = np.diff(expected(program).census[:, 1:3, 0], axis=0, prepend=0.0).T
    np.testing.assert_allclose(exact / people, want, atol=1e-6)
    (history,) = replicates(program, 1)
    left = np.diff(history.census[:, 1:3, 0], axis=0, prepend=0).T
    stayed = people - int(left.sum())
    cells = np.repeat(np.arange(left.size), left.ravel().astype(np.int64))
    assert_law(np.append(cells, np.full(stayed, left.size)), want.ravel())


SPLIT = Transition(
    name="s ->",
    state="s",
    branches=(to("a", stay("fixed", 2), 0.3), to("b", stay("fixed", 20), 0.7)),
)
BY_CLOCK = flow("s -> b", "s", "b", at=ClockReference(clock="end"))
WORKED = {
    # Who has a stay of mean 7 goes before 14 days with F(14) = 1 - e^-2.
    "fixed": (("exponential", 7.0), 1.0, flow("s -> b", "s", "b", stay("fixed", 14)), 0, 0.8647),
    # Of those the clock finds 1 - P(K < 10), not 1 - F(10) = 24.0 %.
    "clock": (("exponential", 7.0), 1.0, BY_CLOCK, 0, 0.7424),
    "chance": (
        ("exponential", 30.0),
        0.4,
        flow("s -> b", "s", "b", stay("exponential", 10)),
        0,
        0.1,
    ),
    "branches": (("fixed", 10.0), 1.0, SPLIT, 0, 0.7),
    # e^-2 / P(K >= 10) of the stock wait for the fixed stay.
    "stock": (("exponential", 7.0), 1.0, flow("s -> b", "s", "b", stay("fixed", 14)), 10, 0.4747),
    # 0.5 P(K >= 20) of 0.5 + 0.5 P(K >= 20).
    "never": (("exponential", 10.0), 0.5, None, 20, 0.1246),
}


@pytest.mark.parametrize("name", WORKED)
def test_the_worked_shares_of_the_page_of_meanings(name: str) -> None:
    after, chance, other, served, want = WORKED[name]
    one = flow("s -> c", "s", "c", stay(*after), chance=number(chance) if chance < 1 else None)
    program = scenario_program(
        1500,
        states={"s": State(), **{end: State(end=True) for end in "abc"}},
        transitions=[other, one] if other else [one],
        populations={
            "p": Population(
                stock=Stock(
                    count=number(20_000),
                    state="s",
                    served=stay("fixed", served) if served else "new",
                ),
                clocks={"end": ClockRule(on=START + timedelta(days=10))},
            )
        },
        clocks={"end": "an end"},
    )
    assert expected(program).census[-1, 3, 0] / 20_000 == pytest.approx(want, abs=5e-5)
    assert abs(replicates(program, 1)[0].census[-1, 3, 0] / 20_000 - want) < 4 * 0.5 / 20_000**0.5


def test_feedback_multiplies_visits() -> None:
    # Returns with probability 0.35: 1 / (1 - 0.35) stays each on average.
    program = scenario_program(
        900,
        states={"s": State()},
        transitions=[
            Transition(
                name="s ->",
                state="s",
                branches=(
                    to("s", stay("exponential", 8), 0.35),
                    to("out", stay("exponential", 8), 0.65),
                ),
            )
        ],
        populations=standing(1000),
    )
    histories = replicates(program, 80)
    moves = np.array([[h.flows.sum() / 1000] for h in histories])
    assert_mean(moves, 1 / 0.65)
    # and, with E[K] = E[T], person-days are visits x 8 to the digit of theory
    days = np.array([[h.census[:, 0, 0].sum() / 1000] for h in histories])
    assert_mean(days, 8 / 0.65)


@pytest.mark.parametrize("again", [0.35, 0.8])
def test_feedback_number_of_returns_is_geometric_and_total_time_compounds(again: float) -> None:
    days = 400
    points = ((0, 2), (1, 5), (4, 2), (11, 1))
    back = ((1, 1), (3, 2))
    program = scenario_program(
        days,
        states={"s": State()},
        transitions=[
            Transition(
                name="s ->",
                state="s",
                branches=(
                    to("s", Stay(family="table", points=back), again),
                    to("out", Stay(family="table", points=points), 1 - again),
                ),
            )
        ],
        populations=standing(20_000),
    )
    (history,) = replicates(program, 1, log=True)
    lives = list(moves_of(history).values())
    returns = np.array([len(moves) - 2 for moves in lives])
    assert_law(returns, (1 - again) * again ** np.arange(200))
    # P(total = d) = (1 - again) last(d) + again x the sum over j of back(j) P(total = d - j).
    last = mass(Law("table", points=points), days)
    spell = mass(Law("table", points=back), days)
    total = np.zeros(days)
    for day in range(days):
        total[day] = (1 - again) * last[day] + again * spell[1 : day + 1] @ total[:day][::-1]
    assert_law([moves[-1][0] for moves in lives], total)


def test_what_a_person_becomes_decides_the_next_race() -> None:
    """A returns to the state as b, whose way out is another: kinds take turns, each as its own."""
    days = 60
    program = scenario_program(
        days,
        states={"s": State(), "t": State(end=True)},
        transitions=[
            flow("s -> s", "s", "s", stay("fixed", 3), becomes={"kind": "b"}),
            flow("s -> t", "s", "t", stay("exponential", 5)),
        ],
        populations=standing(20_000),
        when={"s -> s": [True, False]},
        swaps=("s -> s",),
    )
    # As a the three days may come first; as b only the other way is open.
    three, quick = ([(1.0, "fixed", (3.0,))], [(1.0, "exponential", (5.0,))])
    (back,), (as_a,) = race([three, quick], days)
    want = as_a + back[3] * np.concatenate([np.zeros(3), race([quick], days)[0][0][:-3]])
    (history,) = replicates(program, 1, log=True)
    last = {person: moves[-1] for person, moves in moves_of(history).items()}
    arrived = [day for day, what in last.values() if what == 1]
    assert len(arrived) + int(history.census[-1, 0].sum()) == 20_000
    never = [days] * (20_000 - len(arrived))
    assert_law(arrived + never, want)


def test_defective_delay_keeps_the_rest_for_ever() -> None:
    program = scenario_program(
        400,
        states={"s": State()},
        transitions=[flow("s -> out", "s", "out", stay("exponential", 5), chance=number(0.3))],
        populations=standing(1000),
    )
    assert_mean(np.array([[h.census[-1, 0, 0]] for h in replicates(program, 60)]), 700)
