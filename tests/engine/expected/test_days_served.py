"""Time served by those who leave: closed forms, and the people of the twin, one by one."""

from __future__ import annotations

import numpy as np
import pytest

from engine.studies import START, dated, number, scenario_program, stay, to
from sojourn.engine.expected.days_served import days_served
from sojourn.engine.expected.solver import expected
from sojourn.engine.program import OUT
from sojourn.engine.twin import Reference
from sojourn.study.model.pathway import Change, State, Transition
from sojourn.study.model.people import Admissions, Population, Stock

DAYS = 40
HISTORIES = 24


def flow(source, *branches, name=None, **rest):
    return Transition(name=name or f"{source} on", state=source, branches=branches, **rest)


def served(program, inside):
    return days_served(program, np.array(inside), np.arange(program.days, dtype=float), 1.0)


@pytest.mark.parametrize(("step", "length"), [("day", 1.0), ("month", 30.4375)])
def test_in_equilibrium_those_who_leave_have_served_the_mean_stay(step, length):
    """Little's law: on each step as many days end as people are there, for any law."""
    people, steps = 500, 60
    law = stay("lognormal", 9 * length, 9 * length)
    program = scenario_program(
        steps,
        states={"s": State()},
        transitions=[flow("s", to("out", law))],
        populations={
            "there": Population(stock=Stock(count=number(people), state="s", served="equilibrium")),
            "come": Population(
                admissions=Admissions(rate=dated(people / 9), per=step, into="s", process="fixed")
            ),
        },
        step=step,
    )
    each = np.bincount(program.period_of_day)
    found = days_served(program, np.array([True]), np.arange(steps) * length, length)[:, 0]
    np.testing.assert_allclose(found, people * each * length, rtol=1e-3)


def test_a_fixed_stay_is_served_whole_whatever_else_is_counted():
    program = scenario_program(
        DAYS,
        states={"s": State(), "away": State()},
        transitions=[
            flow("s", to("away", stay("fixed", 7))),
            flow("away", to("s", stay("fixed", 3))),
        ],
        populations={"p": Population(admissions=Admissions(rate=dated(2), per="day", into="s"))},
    )
    left = expected(program).flows[:, program.branch_source == 0].sum(axis=(1, 2))
    np.testing.assert_allclose(served(program, [True, False])[:, 0], 7 * left, atol=1e-9)
    # Of both together nobody ever leaves.
    np.testing.assert_allclose(served(program, [True, True]), 0.0, atol=1e-9)


class Watched(Reference):
    """Adds up what those have served who leave the states `remand` and `prison`."""

    def __init__(self, program, replicate):
        super().__init__(program, seed=5, replicate=replicate)
        self.since = {}
        self.sums = np.zeros((program.periods, len(program.group_names)))

    def _arrive(self, person, entrant=-1):
        if person.state in (0, 1):
            self.since.setdefault(person.key, person.entry)
        super()._arrive(person, entrant)

    def _move(self, day, person, branch, served=-1):
        group = self.p.cell_group[person.cell]
        super()._move(day, person, branch, served)
        if person.key in self.since and person.state not in (0, 1):
            period = self.p.period_of_day[day]
            self.sums[period, group] += day - self.since.pop(person.key)


def test_the_people_of_the_twin_have_served_as_long():
    """They come back, change their facts and meet a new law; a stock has served time."""
    program = scenario_program(
        DAYS,
        states={"remand": State(), "prison": State(), "free": State()},
        transitions=[
            flow("remand", to("prison", stay("lognormal", 5, 6), 0.6),
                 to("out", stay("fixed", 2), 0.4), name="r"),
            flow("prison", to("free", stay("lognormal", 15, 10)), becomes={"kind": "b"}, name="p",
                 changes=(Change(start=START.replace(month=2, day=5), everyone="pace",
                                 branches=(to("free", stay("lognormal", 6, 3)),)),)),
            flow("free", to("remand", stay("exponential", 9)), name="f"),
        ],
        populations={
            "held": Population(stock=Stock(count=number(12), state="prison", served="equilibrium")),
            "new": Population(stock=Stock(count=number(5), state="remand", served="new")),
            "come": Population(admissions=Admissions(rate=dated(1.5), per="day", into="remand")),
        },
        split=0.5,
        by_kind=True,
        swaps=("p",),
    )  # fmt: skip
    assert (program.branch_target == OUT).any()
    sums = []
    for replicate in range(HISTORIES):
        twin = Watched(program, replicate)
        twin.run()
        sums.append(twin.sums)
    sample, found = np.array(sums), served(program, [True, True, False])
    error = sample.std(axis=0, ddof=1) / np.sqrt(HISTORIES)
    assert (found > 20).all()
    assert (np.abs(sample.mean(axis=0) - found) < 4 * error).all()
    # Days in prison alone are fewer: the test would see it.
    alone = served(program, [False, True, False])
    assert (np.abs(sample.mean(axis=0) - alone) > 4 * error).any()
