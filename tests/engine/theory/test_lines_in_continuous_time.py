"""Lines that people join after part of a step, beside other random ways out: kernel and reference.

If joining a line is what comes first, the kernel draws the time of day only if the person still
waits when another way out may be due. The time of day decides on which day that is.
"""

from __future__ import annotations

import random
from typing import Any

import pytest
from sojourn.study.model.pathway import Quota, State
from sojourn.study.model.people import Population, Stock
from sojourn.study.model.stays import Stay

from engine.studies import dated, number, scenario_program, stay
from engine.test_twin import assert_same
from engine.theory.shared import admitted, flow


@pytest.mark.parametrize("first", range(0, 60, 10))
def test_kernel_equals_reference_where_lines_are_joined_in_continuous_time(first: int) -> None:
    for seed in range(first, first + 10):
        assert_same(scenario_program(**two_lines(random.Random(seed))), seed, 0)


def two_lines(draw: random.Random) -> dict[str, Any]:
    """Two states that lead to each other, whose lines are full, half full or empty."""
    ways = [
        flow("l1", "a", "b", some_law(draw), quota="q"),
        flow("f1", "a", "out", some_law(draw)),
        flow("f3", "b", "a", some_law(draw), quota=draw.choice([None, None, "p"])),
        flow("f4", "b", "out", some_law(draw)),
    ]
    if draw.random() < 0.5:
        ways.append(flow("l2", "a", "out", some_law(draw), quota="p"))
    if draw.random() < 0.7:
        ways.append(flow("f2", "a", "b", some_law(draw)))
    draw.shuffle(ways)
    stock = Stock(count=number(draw.choice([0, 20])), state="a", served="new")
    return {
        "days": 40,
        "states": {"a": State(), "b": State()},
        "quotas": {
            name: Quota(count=dated(draw.choice([0, 1, 2, 5, 20])), per="day") for name in "qp"
        },
        "transitions": ways,
        "populations": {
            "p": Population(admissions=admitted(draw.choice([1, 4, 20]), "a"), stock=stock)
        },
    }


def some_law(draw: random.Random) -> Stay:
    """A stay of a few days."""
    return draw.choice(
        [
            stay("exponential", draw.uniform(0.3, 6)),
            stay("lognormal", draw.uniform(0.5, 6), draw.uniform(0.5, 6)),
            stay("weibull", draw.uniform(0.5, 6), draw.uniform(0.7, 2)),
            stay("uniform", 0.2, draw.uniform(1, 6)),
            stay("fixed", draw.randint(0, 4)),
        ]
    )
