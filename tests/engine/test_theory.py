"""Closed forms. Every tolerance is four standard errors of the replicates, and seeds are fixed."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

from engine.studies import START, dated, number, scenario_program, stay, to
from sojourn.engine.laws import Law
from sojourn.engine.program import History, Program
from sojourn.engine.replicate import simulate
from sojourn.errors import StudyError
from sojourn.study.model import (
    Admissions,
    ClockReference,
    ClockRule,
    Facility,
    Gate,
    Population,
    Quota,
    Span,
    State,
    Stay,
    Stock,
    Transition,
)

Z = 4.0


def replicates(program: Program, count: int) -> list[History]:
    return [simulate(program, seed=20250204, replicate=r) for r in range(count)]


def assert_mean(samples: npt.NDArray[np.float64], want: npt.NDArray[np.float64] | float) -> None:
    """Each column's mean over replicates lies within Z standard errors of theory."""
    samples = np.asarray(samples, dtype=float)
    error = samples.std(axis=0, ddof=1) / np.sqrt(len(samples))
    gap = np.abs(samples.mean(axis=0) - want)
    assert (gap <= Z * np.maximum(error, 1e-9)).all(), (samples.mean(axis=0), want, error)


def flow(name: str, source: str, target: str, after: object = None, **rest: object) -> Transition:
    return Transition(name=name, state=source, branches=(to(target, after),), **rest)


def admitted(rate: float, into: str = "s", process: str = "poisson") -> Admissions:
    return Admissions(rate=dated(rate), per="day", into=into, process=process)


def test_infinite_server_transient_mean_and_variance() -> None:
    # Poisson admissions, independent stays: the census is Poisson with mean
    # rate x sum of P(K > age) (Eick, Massey and Whitt 1993, in days).
    law = Law("lognormal", (30.0, 40.0))
    program = scenario_program(
        120,
        states={"s": State()},
        transitions=[flow("s -> out", "s", "out", stay("lognormal", 30, 40))],
        populations={"p": Population(admissions=admitted(20))},
    )
    got = np.array([h.census[:, 0, 0] for h in replicates(program, 400)], dtype=float)
    want = 20 * np.cumsum(law.survival(120))
    assert_mean(got[:, [0, 10, 50, 119]], want[[0, 10, 50, 119]])
    # The index of dispersion is 1; its standard error over n replicates is sqrt(2 / n).
    dispersion = got[:, 119].var(ddof=1) / want[119]
    assert abs(dispersion - 1) < Z * np.sqrt(2 / 400)


def test_littles_law_to_the_digit_when_everybody_leaves() -> None:
    # No admissions after day 0 and a horizon beyond the last exit: person-days = sum of stays.
    program = scenario_program(
        60,
        states={"s": State(), "t": State()},
        transitions=[
            flow("s -> t", "s", "t", stay("fixed", 7)),
            flow("t -> out", "t", "out", stay("fixed", 5)),
        ],
        populations={"p": Population(stock=Stock(count=number(100), state="s"))},
    )
    history = simulate(program, seed=1, replicate=0)
    assert history.census[:, 0, 0].sum() == 700
    assert history.census[:, 1, 0].sum() == 500
    assert list(history.census[[6, 7, 11, 12], :2, 0].sum(axis=1)) == [100, 100, 100, 0]


def test_competing_exponentials() -> None:
    # The slower of two clocks wins with its share; days, not instants, so compare the exact law:
    # min of two geometric-like tables, ties to the earlier in the file.
    a, b = Law("exponential", (10.0,)), Law("exponential", (30.0,))
    s_a, s_b = a.survival(2000), b.survival(2000)
    p_a = -np.diff(np.concatenate([[1.0], s_a]))
    first = float((p_a * np.concatenate([[1.0], s_b[:-1]])).sum())  # K_a = k and K_b >= k
    program = scenario_program(
        700,
        states={"s": State(), "a": State(end=True), "b": State(end=True)},
        transitions=[
            flow("s -> a", "s", "a", stay("exponential", 10)),
            flow("s -> b", "s", "b", stay("exponential", 30)),
        ],
        populations={"p": Population(stock=Stock(count=number(2000), state="s"))},
    )
    got = np.array([[h.census[-1, 1, 0]] for h in replicates(program, 60)], dtype=float)
    assert_mean(got / 2000, first)


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
        populations={"p": Population(stock=Stock(count=number(1000), state="s"))},
    )
    histories = replicates(program, 80)
    moves = np.array([[h.flows.sum() / 1000] for h in histories])
    assert_mean(moves, 1 / 0.65)
    # and, with E[K] = E[T], person-days are visits x 8 to the digit of theory
    days = np.array([[h.census[:, 0, 0].sum() / 1000] for h in histories])
    assert_mean(days, 8 / 0.65)


def test_defective_delay_keeps_the_rest_for_ever() -> None:
    program = scenario_program(
        400,
        states={"s": State()},
        transitions=[flow("s -> out", "s", "out", stay("exponential", 5), chance=number(0.3))],
        populations={"p": Population(stock=Stock(count=number(1000), state="s"))},
    )
    assert_mean(np.array([[h.census[-1, 0, 0]] for h in replicates(program, 60)]), 700)


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


def test_a_gate_that_began_long_before_day_0() -> None:
    # Closes once after an exponential time of mean 1,000 days: open on day 0 with exp(-0.9).
    gate = Gate(start=START - timedelta(days=900), closes_after=stay("exponential", 1000))
    program = scenario_program(
        10,
        states={"s": State(end=True)},
        transitions=[],
        gates={"g": gate},
        populations={"p": Population(stock=Stock(count=number(1), state="s"))},
    )
    got = np.array([[h.gate_open[0, 0]] for h in replicates(program, 3000)], dtype=float)
    # K > 900 has the probability of exp(-0.9) at a uniform time of day: exp(-0.9) x 0.9995.
    assert_mean(got, float(Law("exponential", (1000.0,)).survival(901)[900]))


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


def test_erlang_delay_against_the_exact_chain() -> None:
    """Two places, a day's Poisson admissions, exponential stays: the daily chain, solved."""
    rate, mean, places, most, day = 0.6, 3.0, 2, 40, 40
    program = scenario_program(
        day + 1,
        states={"s": State(place="f")},
        transitions=[flow("s -> out", "s", "out", stay("exponential", mean))],
        facilities={"f": Facility(capacity=dated(places))},
        populations={"p": Population(admissions=admitted(rate))},
    )
    # A stay is over on its first day with 1 - first, and then memoryless: it goes on with r.
    tail = Law("exponential", (mean,)).survival(3)
    first, r = tail[0], tail[1] / tail[0]

    @cache
    def settled(held: int, waiting: int) -> dict[tuple[int, int], float]:
        # Those who enter free places and leave at once make room again on the same day.
        entering = min(places - held, waiting)
        if entering == 0:
            return {(held, min(waiting, most)): 1.0}
        found: dict[tuple[int, int], float] = {}
        for stays, p in enumerate(stats.binom.pmf(np.arange(entering + 1), entering, first)):
            for state, q in settled(held + stays, waiting - entering).items():
                found[state] = found.get(state, 0.0) + p * q
        return found

    states = [(h, w) for h in range(places + 1) for w in range(most + 1)]
    place = {state: i for i, state in enumerate(states)}
    step = np.zeros((len(states), len(states)))
    came = stats.poisson.pmf(np.arange(20), rate)
    for (held, waiting), i in place.items():
        for stays, p in enumerate(stats.binom.pmf(np.arange(held + 1), held, r)):
            for new, q in enumerate(came):
                for state, share in settled(stays, waiting + new).items():
                    step[i, place[state]] += p * q * share
    law = np.linalg.matrix_power(step, day + 1)[place[0, 0]]
    want = law @ np.array(states, dtype=float)
    histories = replicates(program, 4000)
    got = np.array([[h.census[day, 0, 0], h.line_waiting[day, 0]] for h in histories], dtype=float)
    assert_mean(got, want)


def test_quota_drains_a_line_in_a_known_time() -> None:
    program = scenario_program(
        60,
        states={"s": State(), "t": State(end=True)},
        transitions=[flow("s -> t", "s", "t", stay("fixed", 3), quota="q")],
        quotas={"q": Quota(count=dated(10), per="week")},
        populations={"p": Population(stock=Stock(count=number(35), state="s"))},
    )
    history = simulate(program, seed=5, replicate=0)
    moved = history.census[:, 1, 0]
    # Due on day 3; ten each in the weeks from days 0, 7 and 14, five in the week from day 21.
    assert [int(moved[d]) for d in (2, 3, 6, 7, 13, 14, 20, 21, 59)] == [
        0,
        10,
        10,
        20,
        20,
        30,
        30,
        35,
        35,
    ]
    assert int(history.line_days.sum()) == 10 * 4 + 10 * 11 + 5 * 18


def test_gate_that_alternates_is_open_its_share() -> None:
    gate = Gate(closes_after=stay("exponential", 12), closed_for=stay("exponential", 6), again=True)
    program = scenario_program(
        2000,
        states={"s": State(end=True)},
        transitions=[],
        gates={"g": gate},
        populations={"p": Population(stock=Stock(count=number(1), state="s"))},
    )
    got = np.array([[h.gate_open[500:, 0].mean()] for h in replicates(program, 200)])
    assert_mean(got, 12 / 18)


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


@pytest.mark.parametrize("process", ["poisson", "fixed"])
def test_admissions_have_their_rate(process: str) -> None:
    program = scenario_program(
        365,
        states={"s": State(end=True)},
        transitions=[],
        populations={"p": Population(admissions=admitted(1234.5, "s", process))},
        split=0.25,
    )
    got = np.array([[h.admitted.sum()] for h in replicates(program, 50)], dtype=float)
    if process == "fixed":
        assert np.abs(got - 1234.5 * 365).max() <= 2  # one step of each of two streams
    else:
        assert_mean(got, 1234.5 * 365)
        assert got.std(ddof=1) / np.sqrt(1234.5 * 365) == pytest.approx(1, abs=Z / np.sqrt(2 * 49))
