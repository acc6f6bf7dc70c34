"""Laws, shares and chances that change on a date, against closed forms.

S(k) = P(K > k). Who came on day 0 under the law S1 is there on the eve of day D with probability
S1(D-1); if the law becomes S2 for everyone, then on day d ≥ D with S1(D-1) S2(d) / S2(D-1).
"""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from sojourn.study.model.pathway import Change, ClockReference, State, Transition
from sojourn.study.model.people import Population, Stock
from sojourn.study.model.stays import ClockRule, Stay

from engine.studies import START, number, scenario_program, stay, to
from engine.theory.shared import Z, admitted, assert_mean, flow, replicates
from sojourn.engine.kernel.simulate import simulate
from sojourn.engine.program import Program
from sojourn.stays.law import Law

DAYS, CHANGE, PEOPLE = 120, 40, 500
FIRST, LATER = Law("gamma", (60.0, 40.0)), Law("lognormal", (30.0, 45.0))
OLD, NEW = stay("gamma", 60, 40), stay("lognormal", 30, 45)


def change(day: int, *branches: object, everyone: str = "pace", **rest: object) -> Change:
    return Change(start=START + timedelta(days=day), everyone=everyone, branches=branches, **rest)


def of_stock(
    transition: Transition, *others: Transition, served: object = "new", count: int = PEOPLE
) -> Program:
    return scenario_program(
        DAYS,
        states={"s": State(), "t": State(end=True)},
        transitions=[transition, *others],
        populations={"p": Population(stock=Stock(count=number(count), state="s", served=served))},
    )


def held(program: Program, count: int = 40) -> np.ndarray:
    return np.array([history.census[:, 0].sum(axis=1) for history in replicates(program, count)])


def assert_binomial(samples: np.ndarray, chance: np.ndarray) -> None:
    """Each column is the mean of `samples` counts of PEOPLE with this chance, within Z errors."""
    error = np.sqrt(PEOPLE * chance * (1.0 - chance) / len(samples))
    gap = np.abs(samples.mean(axis=0) - PEOPLE * chance)
    assert (gap <= Z * error + 1e-9).all(), (gap / np.maximum(error, 1e-9)).max()


def test_a_law_for_everyone_is_read_on_from_the_days_served() -> None:
    program = of_stock(flow("s -> out", "s", "out", OLD, changes=(change(CHANGE, to("out", NEW)),)))
    first, later = FIRST.survival(DAYS), LATER.survival(DAYS)
    day = np.arange(DAYS)
    want = np.where(day < CHANGE, first, first[CHANGE - 1] * later / later[CHANGE - 1])
    assert_binomial(held(program), want)


def test_two_laws_for_everyone_one_after_the_other() -> None:
    second = 70
    program = of_stock(
        flow(
            "s -> out",
            "s",
            "out",
            OLD,
            changes=(change(CHANGE, to("out", NEW)), change(second, to("out", OLD))),
        )
    )
    first, later = FIRST.survival(DAYS), LATER.survival(DAYS)
    want = first.copy()
    want[CHANGE:] = want[CHANGE - 1] * later[CHANGE:] / later[CHANGE - 1]
    want[second:] = want[second - 1] * first[second:] / first[second - 1]
    assert_binomial(held(program), want)


def test_a_law_for_everyone_with_time_served_before_day_0() -> None:
    served = 25
    program = of_stock(
        flow("s -> out", "s", "out", OLD, changes=(change(CHANGE, to("out", NEW)),)),
        served=stay("fixed", served),
    )
    first, later = FIRST.survival(DAYS + served), LATER.survival(DAYS + served)
    a = served + CHANGE
    want = first / first[served - 1]
    want[a:] = want[a - 1] * later[a:] / later[a - 1]
    assert_binomial(held(program), want[served:])


def test_nobody_left_in_the_new_law_leaves_on_the_day() -> None:
    program = of_stock(
        flow(
            "s -> out",
            "s",
            "out",
            stay("fixed", 100),
            changes=(change(CHANGE, to("out", stay("uniform", 5, 20))),),
        )
    )
    census = held(program, 1)[0]
    assert (census[:CHANGE] == PEOPLE).all()
    assert (census[CHANGE:] == 0).all()


def test_a_law_for_new_entrants_leaves_the_others_alone() -> None:
    rate = 20.0
    program = scenario_program(
        DAYS,
        states={"s": State()},
        transitions=[
            flow(
                "s -> out",
                "s",
                "out",
                OLD,
                changes=(change(CHANGE, to("out", NEW), everyone="no"),),
            )
        ],
        populations={"p": Population(admissions=admitted(rate))},
    )
    first, later = FIRST.survival(DAYS), LATER.survival(DAYS)
    want = np.array(
        [
            rate
            * (first[max(0, d - CHANGE + 1) : d + 1].sum() + later[: max(0, d - CHANGE + 1)].sum())
            for d in range(DAYS)
        ]
    )
    assert_mean(held(program), want)


def test_a_chance_for_everyone_gives_those_whom_it_now_reaches_the_rest_of_the_law() -> None:
    program = of_stock(
        flow(
            "s -> out",
            "s",
            "out",
            OLD,
            chance=number(0.3),
            changes=(change(CHANGE, to("out", NEW), chance=number(0.8)),),
        )
    )
    first, later = FIRST.survival(DAYS), LATER.survival(DAYS)
    day = np.arange(DAYS)
    rest = (0.3 * first[CHANGE - 1] + 0.5) * later / later[CHANGE - 1] + 0.2
    assert_binomial(held(program), np.where(day < CHANGE, 0.7 + 0.3 * first, rest))


@pytest.mark.parametrize("served", ["new", "fixed"])
def test_shares_for_everyone_move_those_between_the_old_and_the_new_share(served: str) -> None:
    # Branch a (to t) has 30 % and then 60 %; a person keeps their place in [0, 1).
    days_served = 0 if served == "new" else 10
    same = stay("exponential", 50)
    program = of_stock(
        Transition(
            name="s -> …",
            state="s",
            branches=(to("t", OLD, 0.3), to("out", same, 0.7)),
            changes=(change(CHANGE, to("t", OLD, 0.6), to("out", same, 0.4)),),
        ),
        served="new" if served == "new" else stay("fixed", days_served),
    )
    a = days_served + CHANGE
    length = DAYS + days_served
    to_t, to_out = FIRST.survival(length), Law("exponential", (50.0,)).survival(length)
    start = (
        (0.3, 0.7)
        if not days_served
        else (0.3 * to_t[days_served - 1], 0.7 * to_out[days_served - 1])
    )
    # Of those who would go out, three sevenths go to t now, with what is left of that law.
    before = np.array([0.3 * to_t[a - 1], 0.7 * to_out[a - 1]]) / sum(start)
    reached = (before[0] + before[1] * 3 / 7) * (1 - to_t / to_t[a - 1])
    early = 0.3 * (1 - to_t / to_t[days_served - 1] if days_served else 1 - to_t)
    if days_served:
        early = start[0] / sum(start) * (1 - to_t / to_t[days_served - 1])
    want = np.where(np.arange(length) < a, early, early[a - 1] + reached)[days_served:]
    moved = np.array([h.census[:, 1].sum(axis=1) for h in replicates(program, 40)])
    assert_binomial(moved, want)


@pytest.mark.parametrize("everyone", ["no", "own stay", "pace"])
def test_a_change_that_changes_nothing_moves_nobody(everyone: str) -> None:
    mixed = Stay(family="mixture", parts=((number(0.4), OLD), (number(0.6), NEW)))
    for law in (OLD, mixed, stay("fixed", 33)):
        plain = Transition(
            name="s -> …",
            state="s",
            chance=number(0.9),
            branches=(to("t", law, 0.3), to("out", NEW, 0.7)),
        )
        same = plain.model_copy(
            update={
                "changes": (
                    change(CHANGE, *plain.branches, everyone=everyone, chance=number(0.9)),
                    change(90, *plain.branches, everyone=everyone, chance=number(0.9)),
                )
            }
        )
        for served in ("new", stay("fixed", 12)):
            with_, without = (
                simulate(of_stock(t, served=served), seed=3, replicate=0, log=True)
                for t in (same, plain)
            )
            np.testing.assert_array_equal(
                np.sort(with_.events, axis=0), np.sort(without.events, axis=0)
            )
            np.testing.assert_array_equal(with_.census, without.census)


def test_a_clock_changes_for_those_who_set_it_from_then_on() -> None:
    later = (START + timedelta(days=CHANGE), ClockRule(stay=stay("fixed", 10)))
    rule = ClockRule(stay=stay("fixed", 30), later=(later,))
    program = scenario_program(
        DAYS,
        states={"s": State()},
        transitions=[
            Transition(
                name="s -> out", state="s", branches=(to("out"),), at=ClockReference(clock="c")
            )
        ],
        populations={
            "p": Population(admissions=admitted(2.0, process="fixed"), clocks={"c": rule})
        },
        clocks={"c": "release"},
    )
    day = np.arange(DAYS)
    old, new = np.minimum(day + 1, 30), np.minimum(day - CHANGE + 1, 10)
    still = np.clip(CHANGE + 30 - 1 - day, 0, 30)
    want = 2 * np.where(day < CHANGE, old, np.minimum(still, 30) + new)
    # A whole flow of two a day, whatever its phase.
    np.testing.assert_array_equal(held(program, 1)[0], want)
