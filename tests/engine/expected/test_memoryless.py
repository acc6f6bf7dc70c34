"""People without memory are alike: the same means as by every day of entry, or not taken so."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from engine.studies import START, dated, hazard, number, scenario_program, stay, to
from sojourn.engine.expected import exits
from sojourn.engine.expected.days_served import days_served
from sojourn.engine.expected.solver import expected
from sojourn.study.model.pathway import Change, State, Transition
from sojourn.study.model.people import Admissions, Population, Stock

DAYS = 90
FIRST, LATER = stay("exponential", 20), stay("exponential", 8)


def changed(day, *branches, everyone="pace", chance=None):
    start = START + timedelta(days=day)
    return Change(start=start, everyone=everyone, branches=branches, chance=chance)


def program_of(*changes, first=FIRST, branches=None, served="equilibrium", **rest):
    own = branches or (to("after", first),)
    return scenario_program(
        DAYS,
        states={"s": State(), "after": State()},
        transitions=[
            Transition(name="s on", state="s", branches=own, changes=changes, **rest),
            Transition(name="after on", state="after", branches=(to("out", stay("fixed", 4)),)),
        ],
        populations={
            "held": Population(stock=Stock(count=number(300), state="s", served=served)),
            "come": Population(admissions=Admissions(rate=dated(9, 30), per="day", into="s")),
        },
    )


def solved(program):
    """Census, moves and days served."""
    starts = np.arange(DAYS, dtype=float)
    found = expected(program)
    return found.census, found.flows, days_served(program, np.array([True, False]), starts, 1.0)


@pytest.fixture
def answers(monkeypatch):
    """What `paces_of` said; it says None from `answers.off` on."""

    class Answers(list):
        off = False

    given, paces_of = Answers(), exits.paces_of

    def asked(*of):
        given.append(None if given.off else paces_of(*of))
        return given[-1]

    monkeypatch.setattr(exits, "paces_of", asked)
    return given


@pytest.mark.parametrize("served", ["equilibrium", "new"])
def test_means_are_those_of_every_day_of_entry(answers, served):
    means = ((30, 16), (31, 20), (60, 24))
    changes = [changed(day, to("after", stay("exponential", mean))) for day, mean in means]
    program = program_of(*changes, served=served)
    fast = solved(program)
    assert any(answers)
    answers.off = True
    for one, other in zip(fast, solved(program), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("mean", [8, 1.5, 0.05])
def test_whoever_is_older_than_any_new_stay_leaves_at_once(answers, mean):
    """Stays of 20 days on average, some of 500; those of a new law end after 240 days, or 45."""
    changes = [changed(30, to("after", stay("exponential", mean))), changed(40, to("after", FIRST))]
    for served in ("equilibrium", "new"):
        program = program_of(*changes, served=served)
        answers.off, before = False, len(answers)
        fast = solved(program)
        assert all(answers[before:])
        answers.off = True
        for one, other in zip(fast, solved(program), strict=True):
            # Where next to nothing is left of a law, its chances are known to a few digits.
            np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-6)


REMEMBERS = {
    "a law with memory": program_of(changed(30, to("after", stay("lognormal", 9, 4)))),
    "a pace that changes": program_of(
        changed(30, to("after", LATER)), first=hazard((0, 0.1), (5, 0.3))
    ),
    "own stays": program_of(changed(30, to("after", LATER), everyone="own stay")),
    "only those who enter": program_of(changed(30, to("after", LATER), everyone="no")),
    "some never leave": program_of(
        changed(30, to("after", LATER), chance=number(0.5)), chance=number(0.5), served="new"
    ),
    "a fixed stay": program_of(changed(30, to("after", stay("fixed", 5)))),
    "it starts later": program_of(
        changed(30, to("after", LATER)), served="new", starts=START + timedelta(days=10)
    ),
}


@pytest.mark.parametrize("name", REMEMBERS)
def test_whoever_remembers_is_not_taken_so(answers, name):
    expected(REMEMBERS[name])
    assert not any(answers)
