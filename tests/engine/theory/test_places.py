"""Places against theory: finite facilities against exact daily chains, and shared facilities."""

from __future__ import annotations

import numpy as np
import pytest
from sojourn.study.model.pathway import Facility, State, Transition
from sojourn.study.model.people import Population, Stock

from engine.studies import dated, number, scenario_program, stay, to
from engine.theory.exact import NEVER_ENDS, Memoryless, places_chain
from engine.theory.shared import arriving, assert_law, assert_mean, flow, replicates
from sojourn.engine.kernel.simulate import simulate
from sojourn.engine.program import Program
from sojourn.stays.law import Law


def memoryless(mean: float) -> Memoryless:
    tail = Law("exponential", (mean,)).survival(3)
    return Memoryless(float(tail[0]), float(tail[1] / tail[0]))


def queue(days: int, rate: float, mean: float, places: int, patience: object) -> Program:
    """People come to w, wait for a place in s, and leave w when their patience ends."""
    return scenario_program(
        days,
        states={"w": State(), "s": State(place="f")},
        transitions=[
            flow("w -> s", "w", "s"),
            flow("w -> out", "w", "out", patience),
            flow("s -> out", "s", "out", stay("exponential", mean)),
        ],
        facilities={"f": Facility(capacity=dated(places))},
        populations=arriving(rate, "w"),
    )


def test_erlang_delay_joint_law_of_held_and_waiting() -> None:
    """Two places, everybody waits outside as long as it takes: the daily chain, solved."""
    rate, mean, places, most, days = 0.6, 3.0, 2, 40, 41
    program = scenario_program(
        days,
        states={"s": State(place="f")},
        transitions=[flow("s -> out", "s", "out", stay("exponential", mean))],
        facilities={"f": Facility(capacity=dated(places))},
        populations=arriving(rate),
    )
    law = places_chain(
        rate=rate,
        places=places,
        stays=memoryless(mean),
        patience=NEVER_ENDS,
        days=days,
        most=most,
    )
    histories = replicates(program, 4000)
    for day in (0, 7, 40):
        got = [h.census[day, 0, 0] * (most + 1) + h.line_waiting[day, 0] for h in histories]
        assert_law(got, law[day].ravel())
        assert [h.census[day, 1, 0] for h in histories] == [
            h.line_waiting[day, 0] for h in histories
        ]


@pytest.mark.parametrize(
    ("rate", "mean", "places", "patience"), [(0.9, 4.0, 2, 3.0), (2.5, 1.3, 3, 0.6)]
)
def test_reneging_line_joint_law_of_held_and_waiting(
    rate: float, mean: float, places: int, patience: float
) -> None:
    """The line of Erlang A (Palm 1957) in days: whoever's patience ends first leaves it."""
    most, days = 30, 31
    law = places_chain(
        rate=rate,
        places=places,
        stays=memoryless(mean),
        patience=memoryless(patience),
        days=days,
        most=most,
    )
    histories = replicates(queue(days, rate, mean, places, stay("exponential", patience)), 4000)
    for day in (0, 3, 30):
        got = [h.census[day, 1, 0] * (most + 1) + h.census[day, 0, 0] for h in histories]
        assert_law(got, law[day].ravel())


def test_erlang_loss_is_a_patience_of_one_night() -> None:
    """Those who find no place on their day are gone in the morning, before anyone is served."""
    rate, mean, places, most, days = 0.8, 5.0, 3, 12, 61
    law = places_chain(
        rate=rate,
        places=places,
        stays=memoryless(mean),
        patience=Memoryless(first=1.0, ratio=0.0),
        days=days,
        most=most,
    )
    program = queue(days, rate, mean, places, stay("fixed", 1))
    histories = replicates(program, 4000)
    for day in (2, 60):
        got = [h.census[day, 1, 0] * (most + 1) + h.census[day, 0, 0] for h in histories]
        assert_law(got, law[day].ravel())
    # Lost in the mean: those who were waiting in the evening of every day but the last.
    lost = [[h.flows[:, 1, 0].sum()] for h in histories]
    assert_mean(lost, (law.sum(axis=1)[:-1] @ np.arange(most + 1)).sum())


def test_moving_between_states_of_one_facility_needs_no_place() -> None:
    """Two states share the places: occupied and waiting are, day by day and to the digit, those of
    one state in which the two fixed stays are one."""
    facilities = {"f": Facility(capacity=dated(9, 6, 11, step=20))}
    two = scenario_program(
        90,
        states={"s": State(place="f"), "t": State(place="f")},
        transitions=[
            flow("s -> t", "s", "t", stay("fixed", 3)),
            flow("t -> out", "t", "out", stay("fixed", 5)),
        ],
        facilities=facilities,
        populations=arriving(1.2),
    )
    one = scenario_program(
        90,
        states={"s": State(place="f")},
        transitions=[flow("s -> out", "s", "out", stay("fixed", 8))],
        facilities=facilities,
        populations=arriving(1.2),
    )
    full = 0
    for a, b in zip(replicates(two, 60), replicates(one, 60), strict=True):
        np.testing.assert_array_equal(a.occupied, b.occupied)
        np.testing.assert_array_equal(a.line_waiting, b.line_waiting)
        full += int((a.line_waiting > 0).sum())
        # Nobody moves in above the capacity; below it nobody waits.
        places = two.capacity[:, 0]
        waits = a.line_waiting[:, 0] > 0
        assert (a.occupied[waits, 0] >= places[waits]).all()
    assert full > 1000


def test_a_full_facility_lets_its_own_people_move_about() -> None:
    program = scenario_program(
        12,
        states={"s": State(place="f"), "t": State(place="f")},
        transitions=[flow("s -> t", "s", "t", stay("fixed", 4))],
        facilities={"f": Facility(capacity=dated(0))},
        populations={"p": Population(stock=Stock(count=number(7), state="s"))},
    )
    history = simulate(program, seed=1, replicate=0)
    assert history.census[3, :2, 0].tolist() == [7, 0]
    assert history.census[4, :2, 0].tolist() == [0, 7]
    assert history.line_joined.sum() == 0


def test_nobody_is_put_out_when_capacity_falls() -> None:
    """Ten held, four places from day 7 on: one leaves each day, and none enters until day 14."""
    program = scenario_program(
        30,
        states={"s": State(place="f"), "w": State()},
        transitions=[
            Transition(
                name="s ->",
                state="s",
                branches=tuple(to("out", stay("fixed", 8 + i), 0.1) for i in range(10)),
            ),
            flow("w -> s", "w", "s", stay("fixed", 1)),
        ],
        facilities={"f": Facility(capacity=dated(10, 4))},
        populations={
            "in": Population(stock=Stock(count=number(10), state="s")),
            "waiting": Population(stock=Stock(count=number(3), state="w")),
        },
    )
    for history in replicates(program, 50):
        held = history.occupied[:, 0]
        waits = history.census[:, 1, 0] > 0
        assert held[7] == 10
        entered = np.diff(history.census[:, 1, 0]) < 0
        assert (held[1:][entered] <= 4).all()
        assert (held[8:][waits[8:]] >= 4).all()
