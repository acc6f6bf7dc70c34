"""Gates against theory: the law of a random history, day by day."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from sojourn.study.model.pathway import Gate, State
from sojourn.study.model.values import Span

from engine.studies import START, number, scenario_program, stay
from engine.theory.exact import alternating_open
from engine.theory.shared import assert_mean, mass, replicates, standing
from sojourn.engine.program import Program
from sojourn.stays.law import Law


def gated(days: int, gate: Gate) -> Program:
    return scenario_program(
        days,
        states={"s": State(end=True)},
        transitions=[],
        gates={"g": gate},
        populations=standing(1),
    )


def test_a_gate_that_began_long_before_day_0() -> None:
    # Closes once after an exponential time of mean 1,000 days: open on day 0 with exp(-0.9).
    gate = Gate(start=START - timedelta(days=900), closes_after=stay("exponential", 1000))
    program = gated(10, gate)
    got = np.array([[h.gate_open[0, 0]] for h in replicates(program, 3000)], dtype=float)
    # K > 900 has the probability of exp(-0.9) at a uniform time of day: exp(-0.9) x 0.9995.
    assert_mean(got, float(Law("exponential", (1000.0,)).survival(901)[900]))


def test_gate_that_alternates_is_open_its_share() -> None:
    gate = Gate(closes_after=stay("exponential", 12), closed_for=stay("exponential", 6), again=True)
    program = gated(2000, gate)
    got = np.array([[h.gate_open[500:, 0].mean()] for h in replicates(program, 200)])
    assert_mean(got, 12 / 18)


@pytest.mark.parametrize("chance", [1.0, 0.7])
def test_alternating_gate_from_its_first_day_on(chance: float) -> None:
    """P(open) on each of sixty days by the renewal equation, spells of no day among them."""
    opens, shuts = Law("gamma", (9.0, 8.0)), Law("exponential", (4.0,))
    gate = Gate(
        closes_after=stay("gamma", 9, 8),
        closed_for=stay("exponential", 4),
        again=True,
        chance=number(chance),
    )
    got = np.array([h.gate_open[:, 0] for h in replicates(gated(60, gate), 4000)], dtype=float)
    assert_mean(got, alternating_open(mass(opens, 60), mass(shuts, 60), chance, 60))


def test_a_gate_that_may_open_and_shuts_once() -> None:
    """Opens with a chance after one time, shuts after another, for a third: three convolutions."""
    days = 80
    gate = Gate(
        opens_after=stay("exponential", 10),
        chance=number(0.8),
        closes_after=stay("lognormal", 15, 10),
        closed_for=stay("uniform", 5, 25),
    )
    first = 0.8 * mass(Law("exponential", (10.0,)), days)
    second = np.convolve(first, mass(Law("lognormal", (15.0, 10.0)), days))[:days]
    third = np.convolve(second, mass(Law("uniform", (5.0, 25.0)), days))[:days]
    got = np.array([h.gate_open[:, 0] for h in replicates(gated(days, gate), 4000)], dtype=float)
    assert_mean(got, np.cumsum(first) - np.cumsum(second) + np.cumsum(third))


def test_dates_and_a_random_history_must_both_say_open() -> None:
    span = Span(**{"from": START + timedelta(days=10), "to": START + timedelta(days=30)})
    gate = Gate(open=(span,), closes_after=stay("exponential", 20))
    tail = Law("exponential", (20.0,)).survival(40)
    want = np.where((np.arange(40) >= 10) & (np.arange(40) < 30), tail, 0.0)
    got = np.array([h.gate_open[:, 0] for h in replicates(gated(40, gate), 3000)], dtype=float)
    assert_mean(got, want)
