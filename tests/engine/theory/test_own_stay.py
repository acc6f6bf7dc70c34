"""A law that changes for everyone, by own stay and by pace, against closed forms.

The stock is in equilibrium: of those with a mean stay of m steps, P(served = a + 1) = P(K > a) / m.
By their own stay those leave on the day of the change whose stay would have been over before;
by pace nobody is over, and the rate is the new one. No function of the engine makes the answers.
"""

from __future__ import annotations

import numpy as np
import pytest
from sojourn.study.model.pathway import Change, State
from sojourn.study.model.people import Population, Stock

from engine.studies import first_day, number, scenario_program, stay, to
from engine.theory.shared import assert_mean, flow, replicates
from sojourn.engine.expected.solver import expected
from sojourn.engine.program import Program
from sojourn.study.time_steps import Step
from sojourn.study.units import DAYS

PEOPLE, STEPS, CHANGE = 6000, 12, 2
OLD, NEW = 10, 8
"""Mean stays, in steps."""


def reform(family: str, everyone: str, step: Step) -> Program:
    old, new = (stay(family, steps * DAYS[step]) for steps in (OLD, NEW))
    change = Change(start=first_day(step, CHANGE), everyone=everyone, branches=(to("out", new),))
    return scenario_program(
        STEPS,
        step=step,
        states={"s": State()},
        transitions=[flow("s -> out", "s", "out", old, changes=(change,))],
        populations={
            "p": Population(stock=Stock(count=number(PEOPLE), state="s", served="equilibrium"))
        },
    )


def not_over(mean: float, steps: np.ndarray) -> np.ndarray:
    """P(K ≥ k) of an exponential duration that begins at a random time of a step."""
    late = np.maximum(steps, 1) - 1.0
    tail = mean * (np.exp(-late / mean) - np.exp(-(late + 1) / mean))
    return np.where(steps < 1, 1.0, tail)


def own_stay_exponential() -> np.ndarray:
    """Held at the end of each step: T becomes 0.8 T, so that P(K' ≥ k) is that of the mean 8.

    Who has a rank u is there on day d if neither the old stay (before the change) nor the new one
    is over: u is above both, since one law is everywhere the shorter.
    """
    served = np.arange(1, 4000)
    day = np.arange(STEPS)[:, None]
    there = np.where(day < CHANGE, not_over(OLD, served + day + 1), not_over(NEW, served + day + 1))
    return PEOPLE * (there / OLD).sum(axis=1)


def own_stay_fixed() -> np.ndarray:
    """Served 1 … 10 alike; there on day d as long as served + d is below 10, then below 8."""
    served = np.arange(1, OLD + 1)
    day = np.arange(STEPS)[:, None]
    there = served + day < np.where(day < CHANGE, OLD, NEW)
    return PEOPLE * there.mean(axis=1)


def pace_exponential() -> np.ndarray:
    """A rate of 1/10, then of 1/8."""
    day = np.arange(STEPS) + 1.0
    old = np.minimum(day, CHANGE)
    return PEOPLE * np.exp(-old / OLD - (day - old) / NEW)


CASES = {
    "own stay, exponential": ("exponential", "own stay", own_stay_exponential),
    "own stay, fixed": ("fixed", "own stay", own_stay_fixed),
    "pace, exponential": ("exponential", "pace", pace_exponential),
}


@pytest.mark.parametrize("step", ["day", "month", "year"])
@pytest.mark.parametrize("case", CASES)
def test_a_law_that_becomes_shorter_for_everyone(case: str, step: Step) -> None:
    family, everyone, closed_form = CASES[case]
    program, want = reform(family, everyone, step), closed_form()
    np.testing.assert_allclose(
        expected(program).census[:, 0].sum(axis=1), want, rtol=0, atol=1e-6 * PEOPLE
    )
    assert_mean([h.census[:, 0].sum(axis=1) for h in replicates(program, 40)], want)


def test_what_leaves_on_the_day_of_the_change() -> None:
    # 300 days become 240 for a stock in equilibrium: a fifth leaves, and with it those due anyway.
    fixed, exponential, pace = own_stay_fixed(), own_stay_exponential(), pace_exponential()
    gone = [-np.diff(held)[CHANGE - 1] / PEOPLE for held in (fixed, exponential, pace)]
    # Of a duration: E[T - T'] / E[T] = 2/10 of all held by their own stay, if nobody left before.
    assert gone[0] == pytest.approx(0.3)
    assert gone[2] == pytest.approx(np.exp(-CHANGE / OLD) * (1 - np.exp(-1 / NEW)))
    assert gone[1] > gone[2] + 0.1
