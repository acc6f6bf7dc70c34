"""Stays against theory: how many are held on which day, and person-days to the digit."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy import stats
from sojourn.study.model.pathway import State, Transition
from sojourn.study.model.people import Admissions, Population, Stock
from sojourn.study.model.stays import Stay

from engine.studies import dated, number, scenario_program, stay, to
from engine.theory.exact import Way, expected_census, race
from engine.theory.shared import (
    admitted,
    arriving,
    assert_law,
    assert_mean,
    flow,
    mass,
    moves_of,
    replicates,
    standing,
)
from sojourn.engine.expected.solver import expected
from sojourn.engine.kernel.simulate import simulate
from sojourn.stays.distribution import TOLERANCE
from sojourn.stays.law import Law

ENTRANCE = 1 << 32


def test_infinite_server_transient_mean_variance_and_covariance() -> None:
    # Poisson admissions, independent stays: the census is Poisson with mean rate x the sum of
    # P(K > age), and its covariance between two days is the mean of those there on both
    # (Eick, Massey and Whitt 1993, in days).
    tail = Law("lognormal", (30.0, 40.0)).survival(120)
    program = scenario_program(
        120,
        states={"s": State()},
        transitions=[flow("s -> out", "s", "out", stay("lognormal", 30, 40))],
        populations=arriving(20),
    )
    days = np.array([0, 10, 50, 119])
    got = np.array([h.census[days, 0, 0] for h in replicates(program, 1000)], dtype=float)
    want = 20 * np.cumsum(tail)[days]
    assert_mean(got, want)
    apart = got - want
    assert_mean(apart**2, want)
    there_on_both = 20 * (tail.sum() - tail[:69].sum())  # entered by day 50, there on day 119
    assert_mean(apart[:, [2]] * apart[:, [3]], there_on_both)


@pytest.mark.parametrize("day", [0, 9, 60])
def test_infinite_server_census_is_poisson(day: int) -> None:
    program = scenario_program(
        61,
        states={"s": State()},
        transitions=[flow("s -> out", "s", "out", stay("gamma", 9, 12))],
        populations=arriving(0.8),
    )
    got = [h.census[day, 0, 0] for h in replicates(program, 4000)]
    mean = 0.8 * Law("gamma", (9.0, 12.0)).survival(day + 1).sum()
    assert_law(got, stats.poisson.pmf(np.arange(60), mean))


def test_littles_law_to_the_digit_when_everybody_leaves() -> None:
    # No admissions after day 0 and a horizon beyond the last exit: person-days = sum of stays.
    program = scenario_program(
        60,
        states={"s": State(), "t": State()},
        transitions=[
            flow("s -> t", "s", "t", stay("fixed", 7)),
            flow("t -> out", "t", "out", stay("fixed", 5)),
        ],
        populations=standing(100),
    )
    history = simulate(program, seed=1, replicate=0)
    assert history.census[:, 0, 0].sum() == 700
    assert history.census[:, 1, 0].sum() == 500
    assert list(history.census[[6, 7, 11, 12], :2, 0].sum(axis=1)) == [100, 100, 100, 0]


def test_littles_law_with_returns() -> None:
    """Admissions for 20 days, a third of whom return: in each history the person-days are the days
    between people's own moves, and in the mean they are rate x visits x mean stay."""
    program = scenario_program(
        4000,
        states={"held": State(), "free": State()},
        transitions=[
            flow("held -> free", "held", "free", stay("lognormal", 12, 9)),
            Transition(
                name="free ->",
                state="free",
                branches=(
                    to("held", stay("exponential", 30), 1 / 3),
                    to("out", stay("uniform", 0, 20), 2 / 3),
                ),
            ),
        ],
        populations={
            "p": Population(
                admissions=Admissions(rate=dated(2.5, 0.0, step=20), per="day", into="held")
            )
        },
    )
    totals = []
    for history in replicates(program, 300, log=True):
        assert history.census[-1].sum() == 0
        days = [0, 0]
        for moves in moves_of(history).values():
            for (entered, what), (left, _) in pairwise(moves):
                # Entered by admission or by branch 1 (free to held): held; by branch 0: free.
                days[0 if what in {ENTRANCE, 1} else 1] += left - entered
            assert moves[-1][1] == 2  # out
        assert days == history.census[:, :2, 0].sum(axis=0).tolist()
        totals.append(days)
    visits = 1 / (1 - 1 / 3)
    # A spell outside takes 30 or 10 days in the mean.
    assert_mean(totals, [50 * visits * 12, 50 * visits * (30 / 3 + 10 * 2 / 3)])


def test_loops_of_depth_follow_the_renewal_equation() -> None:
    """Prison, parole and back to prison, to hospital and back, new offences after release: the mean
    census of every state on every tenth day, from a stock and admissions."""
    laws = {
        ("prison", "parole"): Law("gamma", (40.0, 25.0)),
        ("prison", "hospital"): Law("exponential", (90.0,)),
        ("hospital", "prison"): Law("uniform", (0.0, 9.0)),
        ("parole", "prison"): Law("exponential", (60.0,)),
        ("parole", "free"): Law("fixed", (45.0,)),
        ("free", "prison"): Law("weibull", (120.0, 0.7)),
    }
    names = ["prison", "hospital", "parole", "free"]
    program = scenario_program(
        240,
        states={name: State() for name in names},
        transitions=[
            flow(
                f"{a} -> {b}",
                a,
                b,
                stay(law.family, *law.parameters),
                chance=number(0.4) if a == "free" else None,
            )
            for (a, b), law in laws.items()
        ],
        populations={
            "p": Population(
                stock=Stock(count=number(80), state="prison"), admissions=admitted(3, "prison")
            )
        },
    )
    days = 240
    prison = race_of(laws["prison", "parole"], laws["prison", "hospital"], days)
    parole = race_of(laws["parole", "prison"], laws["parole", "free"], days)
    ways = [
        Way(0, 2, prison[0]),
        Way(0, 1, prison[1]),
        Way(1, 0, mass(laws["hospital", "prison"], days)),
        Way(2, 0, parole[0]),
        Way(2, 3, parole[1]),
        Way(3, 0, 0.4 * mass(laws["free", "prison"], days)),
    ]
    outside = np.zeros((days, 4))
    outside[:, 0] = 3
    outside[0, 0] += 80
    want = expected_census(4, ways, outside)
    assert want[-1].min() > 10  # every state is reached
    # A law beside another is known to TOLERANCE between the points of its curve.
    found = expected(program).census[:, :4, 0]
    np.testing.assert_allclose(found, want, atol=TOLERANCE * want.sum(axis=1).max())
    got = np.array([h.census[::10, :4, 0] for h in replicates(program, 300)], dtype=float)
    often = want[::10] > 0.3  # seldom enough makes a mean that is not normal
    assert often.sum() > 80
    assert_mean(got[:, often], want[::10][often])


def race_of(first: Law, second: Law, days: int) -> list[np.ndarray]:
    ways = [[(1.0, law.family, law.parameters)] for law in (first, second)]
    return [way for (way,) in race(ways, days)]


def test_uncertain_shares_of_a_mixture_keep_their_proportions() -> None:
    mixed = Stay(
        family="mixture",
        parts=((number(0.3), stay("fixed", 10)), (number(0.9), stay("fixed", 20))),
    )
    program = scenario_program(
        30,
        states={"s": State()},
        transitions=[flow("s -> out", "s", "out", mixed)],
        populations={"p": Population(stock=Stock(count=number(4000), state="s"))},
    )
    got = np.array([h.census[:, 0, 0] for h in replicates(program, 50)], dtype=float)
    assert (got[:, 9] == 4000).all()
    assert (got[:, 20] == 0).all()
    assert_mean(got[:, [10]], 3000)


def test_known_time_served_conditions_the_rest() -> None:
    law = Law("weibull", (60.0, 2.0))
    program = scenario_program(
        80,
        states={"s": State()},
        transitions=[flow("s -> out", "s", "out", stay("weibull", 60, 2))],
        populations={
            "p": Population(stock=Stock(count=number(500), state="s", served=stay("fixed", 45)))
        },
    )
    # 45 nights counted: K >= 45; still there at the end of day d if K > 45 + d.
    tail = law.survival(200)
    want = 500 * tail[[45, 55, 100]] / tail[44]
    got = np.array([h.census[:, 0, 0] for h in replicates(program, 200)], dtype=float)
    assert_mean(got[:, [0, 10, 55]], want)
