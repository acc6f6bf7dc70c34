"""Lines against theory: quotas, priorities, and several conditions at once."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from sojourn.study.model.pathway import Facility, Gate, Quota, State
from sojourn.study.model.people import Population, Stock

from engine.studies import START, dated, number, scenario_program, stay
from engine.theory.exact import waiting_chain
from engine.theory.shared import (
    admitted,
    arriving,
    assert_law,
    assert_mean,
    flow,
    moves_of,
    replicates,
    standing,
)
from sojourn.engine.kernel.simulate import simulate


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


def period_of(day: int, per: str) -> object:
    """The calendar period of a day, from the calendar itself."""
    when: date = START + timedelta(days=day)
    return {
        "day": day,
        "week": day // 7,
        "month": (when.year, when.month),
        "year": when.year,
    }[per]


@pytest.mark.parametrize(
    ("per", "limit", "people", "due", "drained"),
    # The study begins on 20 January 2025. By month: 9 on day 5, and on the first of each month.
    [
        ("day", 3, 31, 2, 12),
        ("week", 4, 31, 9, 7 * 8),
        ("month", 9, 31, 5, 12 + 28 + 31),
        ("year", 20, 55, 100, 12 + 334 + 365),
    ],
)
def test_a_quota_drains_a_line_by_its_calendar(
    per: str, limit: int, people: int, due: int, drained: int
) -> None:
    days = 800
    program = scenario_program(
        days,
        states={"s": State(), "t": State(end=True)},
        transitions=[flow("s -> t", "s", "t", stay("fixed", due), quota="q")],
        quotas={"q": Quota(count=dated(limit), per=per)},
        populations=standing(people),
    )
    moved = simulate(program, seed=5, replicate=0).census[:, 1, 0].tolist()
    want = []
    for day in range(days):
        served = {period_of(d, per) for d in range(due, day + 1)}
        want.append(min(people, limit * len(served)))
    assert moved == want
    assert moved.index(people) == drained


def test_a_shared_quota_and_one_that_changes_within_its_period() -> None:
    """Two transitions share eight a week; from the fourth day of the second week it is three more.

    A limit that changes within its period changes what is left of it.
    """
    program = scenario_program(
        28,
        states={"s": State(), "t": State(), "u": State(end=True)},
        transitions=[
            flow("s -> u", "s", "u", stay("fixed", 0), quota="q"),
            flow("t -> u", "t", "u", stay("fixed", 0), quota="q"),
        ],
        quotas={"q": Quota(count=dated(8, 11, step=10), per="week")},
        populations={
            "p": Population(stock=Stock(count=number(30), state="s")),
            "r": Population(stock=Stock(count=number(30), state="t")),
        },
    )
    moved = simulate(program, seed=5, replicate=0).census[:, 2, 0]
    assert moved.tolist() == [8] * 7 + [16] * 3 + [19] * 4 + [30] * 7 + [41] * 7


def test_a_quota_a_day_is_a_queue_with_priorities() -> None:
    """Two a day, the first class first: its line, and that of both together, are each a Lindley
    recursion of their own (W' = max(W + A - 2, 0)); the second class has what is left."""
    days = 50
    program = scenario_program(
        days,
        states={"a": State(), "b": State()},
        transitions=[
            flow("b -> out", "b", "out", quota="q", priority=2),
            flow("a -> out", "a", "out", quota="q", priority=1),
        ],
        quotas={"q": Quota(count=dated(2), per="day")},
        populations={
            "first": Population(admissions=admitted(0.9, "a")),
            "second": Population(admissions=admitted(0.8, "b")),
        },
    )
    histories = replicates(program, 4000)
    first = waiting_chain(0.9, 2, days, 60)
    both = waiting_chain(1.7, 2, days, 120)
    for day in (4, 49):
        assert_law([h.census[day, 0, 0] for h in histories], first[day])
        assert_law([h.census[day, :2, 0].sum() for h in histories], both[day])
    second = [[h.census[49, 1, 0]] for h in histories]
    assert_mean(second, both[49] @ np.arange(121) - first[49] @ np.arange(61))


def test_without_priorities_the_line_is_in_order_of_joining() -> None:
    """One a day: who is served never overtakes one who joined on an earlier day, and those of one
    day go by lot: in which of two populations they stand does not matter."""
    program = scenario_program(
        200,
        states={"a": State(), "b": State()},
        transitions=[
            flow("a -> out", "a", "out", quota="q"),
            flow("b -> out", "b", "out", quota="q"),
        ],
        quotas={"q": Quota(count=dated(1), per="day")},
        populations={
            "p": Population(stock=Stock(count=number(50), state="a")),
            "r": Population(stock=Stock(count=number(50), state="b")),
            "late": Population(admissions=admitted(0.4, "b")),
        },
    )
    ranks = []
    for history in replicates(program, 400, log=True):
        served = sorted(
            (moves[1][0], moves[0][0], moves[1][1])
            for moves in moves_of(history).values()
            if len(moves) == 2
        )
        joined = [day for _, day, _ in served]
        assert joined == sorted(joined)
        # Sum of the ranks of those from a among the hundred of day 0 (Wilcoxon's statistic).
        ranks.append([sum(i for i, x in enumerate(served[:100], 1) if x[2] == 0)])
    assert_mean(ranks, 50 * 101 / 2)
    variance = 50 * 50 * 101 / 12
    assert_mean((np.array(ranks) - 50 * 101 / 2) ** 2, variance)


def test_place_and_gate_and_quota_at_once() -> None:
    """Each evening's figures follow from the history's own arrivals and gate in three lines."""
    days, stays = 120, 6
    program = scenario_program(
        days,
        states={"w": State(), "s": State(place="f")},
        transitions=[
            flow("w -> s", "w", "s", gates=("g",), quota="q"),
            flow("s -> out", "s", "out", stay("fixed", stays)),
        ],
        facilities={"f": Facility(capacity=dated(14, 9, 17, step=30), already_held=dated(2))},
        gates={
            "g": Gate(
                closes_after=stay("exponential", 12), closed_for=stay("exponential", 4), again=True
            )
        },
        quotas={"q": Quota(count=dated(12), per="week")},
        populations=arriving(1.8, "w"),
    )
    stopped = {"gate": 0, "quota": 0, "place": 0}
    for history in replicates(program, 100, log=True):
        came = np.zeros(days, dtype=int)
        for moves in moves_of(history).values():
            came[moves[0][0]] += 1
        waiting, left = 0, 0
        entered: list[int] = []
        for day in range(days):
            left = 12 if day % 7 == 0 else left
            waiting += int(came[day])
            held = sum(entered[max(0, day - stays + 1) : day])
            room = max(0, int(program.capacity[day, 0]) - 2 - held)
            able = {
                "gate": waiting if history.gate_open[day, 0] else 0,
                "quota": left,
                "place": room,
            }
            moves_today = min(waiting, *able.values())
            if moves_today < waiting:
                stopped[min(able, key=lambda name: able[name])] += 1
            waiting -= moves_today
            left -= moves_today
            entered.append(moves_today)
            assert history.census[day, 0, 0] == waiting
            assert history.census[day, 1, 0] == held + moves_today
    assert min(stopped.values()) > 300, stopped  # each of the three did hold people up
