"""The expected solver against closed forms, and against plain sums over all pairs of days."""

from __future__ import annotations

import math
from datetime import timedelta

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings

from engine.generated.chance import programs
from engine.studies import START, dated, number, scenario_program, stay, to
from sojourn.engine.expected.graph import graph_of
from sojourn.engine.expected.race import Race, RaceTables
from sojourn.engine.expected.race_steps import first_out
from sojourn.engine.expected.shape import NOT_AGED, mean_admissions
from sojourn.engine.expected.solver import expected
from sojourn.engine.expected.variances import variances
from sojourn.engine.program import OUT, Program
from sojourn.errors import SojournError
from sojourn.stays.law import Law
from sojourn.study.model.pathway import (
    Branch,
    Change,
    ClockReference,
    Facility,
    Gate,
    Quota,
    State,
    Transition,
)
from sojourn.study.model.people import Admissions, Arrivals, Population, Stock
from sojourn.study.model.stays import ClockRule, Stay
from sojourn.study.model.values import Span

EXACT = 1e-9
"""Of the population: what transforms may lose."""


def flow(name: str, source: str, target: str, after: Stay | None = None, **rest) -> Transition:
    return Transition(name=name, state=source, branches=(to(target, after),), **rest)


def admitted(rate: float, into: str = "s", process: str = "poisson") -> Admissions:
    return Admissions(rate=dated(rate), per="day", into=into, process=process)


def held(count: float, state: str = "s", served: object = "new") -> Stock:
    return Stock(count=number(count), state=state, served=served)


def test_infinite_server_transient() -> None:
    # Eick, Massey and Whitt (1993), in days: rate x sum of P(K > age).
    program = scenario_program(
        120,
        states={"s": State()},
        transitions=[flow("s -> out", "s", "out", stay("lognormal", 30, 40))],
        populations={"p": Population(admissions=admitted(20))},
    )
    found = expected(program)
    tail = Law("lognormal", (30.0, 40.0)).survival(120)
    np.testing.assert_allclose(found.census[:, 0, 0], 20 * np.cumsum(tail), rtol=1e-12)
    np.testing.assert_allclose(found.admitted.sum(), 120 * 20)
    # Who came is there or has left.
    np.testing.assert_allclose(found.flows.sum(), 2400 - found.census[-1].sum(), rtol=1e-12)


@pytest.mark.parametrize("days", [200, 3000])
def test_equilibrium_stays_flat(days: int) -> None:
    # As many come as leave, and the stock has the past of an equilibrium: Little's law each day.
    law = Law("lognormal", (80.0, 60.0))
    program = scenario_program(
        days,
        states={"s": State()},
        transitions=[flow("s -> out", "s", "out", stay("lognormal", 80, 60))],
        populations={"p": Population(stock=held(4000, served="equilibrium"))},
    )
    left = expected(program).census[:, 0, 0]
    program = scenario_program(
        days,
        states={"s": State()},
        transitions=[flow("s -> out", "s", "out", stay("lognormal", 80, 60))],
        populations={
            "p": Population(
                stock=held(4000, served="equilibrium"), admissions=admitted(4000 / law.mean)
            )
        },
    )
    assert left[50] < 3000
    np.testing.assert_allclose(expected(program).census[:, 0, 0], 4000, atol=4000 * EXACT)


def test_equilibrium_of_a_race_stays_flat() -> None:
    # Two ways out, one of them only for some: the mean stay is the area below both tails.
    t = np.linspace(0, 300, 300_001)
    both = (0.6 + 0.4 * np.exp(-t / 40)) * np.clip((300 - t) / 290, 0, 1)
    mean = float(((both[1:] + both[:-1]) / 2).sum() * 1e-3)
    program = scenario_program(
        150,
        states={"s": State()},
        transitions=[
            flow("early", "s", "out", stay("exponential", 40), chance=number(0.4)),
            flow("late", "s", "out", stay("uniform", 10, 300)),
        ],
        populations={
            "p": Population(
                stock=held(1000, served="equilibrium"), admissions=admitted(1000 / mean)
            )
        },
    )
    found = expected(program)
    np.testing.assert_allclose(found.census[:, 0, 0], 1000, rtol=1e-6)
    assert 0 < found.flows[:, 0].sum() < found.flows[:, 1].sum()


def test_alternating_renewal_of_geometric_stays() -> None:
    # In whole days an exponential stay has a memoryless tail after its first day. Two states and
    # back: a Markov chain on (state, first day or later), whose powers give the census.
    means = (6.0, 15.0)
    survival = [Law("exponential", (m,)).survival(3) for m in means]
    first = [1 - tail[0] for tail in survival]
    later = [1 - tail[1] / tail[0] for tail in survival]
    days = 400
    program = scenario_program(
        days,
        states={"s": State(), "t": State()},
        transitions=[
            flow("s -> t", "s", "t", stay("exponential", means[0])),
            flow("t -> s", "t", "s", stay("exponential", means[1])),
        ],
        populations={"p": Population(stock=held(1000))},
    )
    # Entries of a day: those who leave the other state, who may go on the same day.
    there = np.zeros((days, 2))
    settled = np.zeros(2)
    for day in range(days):
        leaving = settled * later
        settled = settled - leaving
        came = np.array([1000.0 if day == 0 else 0.0, 0.0]) + leaving[::-1]
        # entries = came + swapped(first * entries)
        entries = np.linalg.solve(np.array([[1.0, -first[1]], [-first[0], 1.0]]), came)
        settled = settled + entries * (1 - np.array(first))
        there[day] = settled
    np.testing.assert_allclose(expected(program).census[:, :2, 0], there, atol=1000 * EXACT)
    np.testing.assert_allclose(there[-1], 1000 * np.array(means) / sum(means), rtol=1e-6)


def test_fixed_admissions_and_offsets_of_a_clock() -> None:
    # Sentences of 100 days; release 10 days before their end, or on the day with chance 0.25.
    program = scenario_program(
        160,
        states={"s": State()},
        transitions=[
            flow("early", "s", "out", at=ClockReference(clock="end", offset=-10),
                 chance=number(0.25)),
            flow("end", "s", "out", at=ClockReference(clock="end", offset=0)),
        ],
        clocks={"end": "end of sentence"},
        populations={
            "p": Population(
                admissions=admitted(0.7, process="fixed"),
                clocks={"end": ClockRule(stay=stay("fixed", 100))},
            )
        },
    )  # fmt: skip
    there = expected(program).census[:, 0, 0]
    k = np.arange(160)
    tail = np.where(k < 90, 1.0, np.where(k < 100, 0.75, 0.0))
    np.testing.assert_allclose(there, 0.7 * np.cumsum(tail), rtol=1e-12)


def test_a_date_is_carried_through_states() -> None:
    # A clock on a date is the same for all: they leave t on day 50 whenever they came there.
    program = scenario_program(
        80,
        states={"s": State(), "t": State()},
        transitions=[
            flow("s -> t", "s", "t", stay("uniform", 0, 70)),
            flow("t -> out", "t", "out", at=ClockReference(clock="day", offset=0)),
        ],
        clocks={"day": "a date"},
        populations={
            "p": Population(
                stock=held(700), clocks={"day": ClockRule(on=START + timedelta(days=50))}
            )
        },
    )
    found = expected(program).census[:, :, 0]
    gone = 1 - Law("uniform", (0.0, 70.0)).survival(80)
    np.testing.assert_allclose(found[:, 0], 700 * (1 - gone), atol=1e-9)
    np.testing.assert_allclose(found[:50, 1], 700 * gone[:50], atol=1e-9)
    np.testing.assert_allclose(found[50:, 1], 0, atol=1e-9)


def refused(**rest) -> str:
    states = {"s": State(), "t": State(place="jail" if "facilities" in rest else None)}
    extra = rest.pop("extra", {})
    with pytest.raises(SojournError) as caught:
        expected(
            scenario_program(
                30,
                states=rest.pop("states", states),
                transitions=rest.pop("transitions", None)
                or [flow("s -> t", "s", "t", stay("fixed", 3), **extra)],
                populations=rest.pop("populations", {"p": Population(stock=held(5))}),
                **rest,
            )
        )
    return str(caught.value)


def test_lines_are_refused_by_name() -> None:
    hard = {"jail": Facility(capacity=dated(3), limit="hard")}
    assert "'s -> t' waits for a place in the hard facility 'jail'" in refused(facilities=hard)
    quota = {"slow": Quota(count=dated(1), per="week")}
    assert "'s -> t' waits for its quota" in refused(quotas=quota, extra={"quota": "slow"})
    span = Span(**{"from": START, "to": START + timedelta(days=9)})
    for kind, gate in {
        "gate": Gate(closed=(span,)),
        "random gate": Gate(closes_after=stay("exponential", 4), closed_for=stay("fixed", 3)),
    }.items():
        assert f"'s -> t' waits for the {kind} 'g'" in refused(
            gates={"g": gate}, extra={"gates": ("g",)}
        )
    outside = refused(
        facilities=hard,
        populations={"p": Population(admissions=admitted(1, into="t"))},
        transitions=[flow("t -> out", "t", "out", stay("fixed", 3))],
    )
    assert "admissions to 't' wait outside for a place in the hard facility 'jail'" in outside


def test_a_line_that_nobody_reaches_is_no_matter() -> None:
    program = scenario_program(
        30,
        states={"s": State(), "t": State(place="jail")},
        transitions=[
            flow("s -> t", "s", "t", stay("fixed", 3), chance=number(0)),
            flow("s -> out", "s", "out", stay("fixed", 5)),
        ],
        facilities={"jail": Facility(capacity=dated(3), limit="hard")},
        populations={"p": Population(stock=held(5))},
    )
    assert expected(program).flows[:, 1].sum() == 5


def test_a_clock_that_outlives_its_state_is_refused() -> None:
    text = refused(
        transitions=[
            flow("s -> t", "s", "t", stay("fixed", 3)),
            flow("t -> out", "t", "out", at=ClockReference(clock="end", offset=0)),
        ],
        clocks={"end": "end of sentence"},
        populations={
            "p": Population(stock=held(5), clocks={"end": ClockRule(stay=stay("exponential", 9))})
        },
    )
    assert "clock 'end' runs on when people leave 's' for 't'" in text
    assert "'t -> out'" in text


def direct(program: Program) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Census [day, state, group] and flows [day, branch, group], one day of entry at a time."""
    graph, tables = graph_of(program), RaceTables(program)
    rate = mean_admissions(program)
    days, groups = program.days, len(program.group_names)
    census = np.zeros((days, len(program.state_names), groups))
    flows = np.zeros((days, len(program.branch_target), groups))
    coming = np.zeros((len(graph.nodes), days))
    laws: dict[tuple[Race, int], npt.NDArray[np.float64]] = {}
    for e, node in enumerate(graph.entrants):
        if node >= 0 and e < program.stocks:
            coming[node, 0] += program.entrant_count[e]
        elif node >= 0:
            coming[node] += rate[:, e - program.stocks]
    for day in range(days):
        now = coming[:, day].copy()
        while now.max(initial=0.0) > 1e-15:
            again = np.zeros(len(now))
            for n in np.flatnonzero(now > 0):
                node, race = graph.nodes[n], graph.races[n]
                group = program.cell_group[node.cell]
                if node.ages == NOT_AGED:
                    if (race, day) not in laws:
                        laws[race, day] = first_out(race, tables, np.array([day]), day, days)[0]
                    law = laws[race, day]
                else:
                    share = np.diff(tables.cdf(node.ages), prepend=0.0)
                    at = np.flatnonzero(share)
                    law = np.einsum("e,ebd->bd", share[at], first_out(race, tables, -at, 0, days))
                stays = now[n] * (1 - law.sum(axis=0).cumsum())
                census[day:, node.state, group] += stays
                for b, (branch, target) in enumerate(
                    zip(graph.branches[n], graph.targets[n], strict=True)
                ):
                    flows[day:, branch, group] += now[n] * law[b]
                    if target != OUT:
                        again[target] += now[n] * law[b, 0]
                        coming[target, day + 1 :] += now[n] * law[b, 1:]
            now = again
    return census, flows


def test_nobody_takes_a_way_that_two_changes_have_closed() -> None:
    # Who enters after the first change has no stay that ends, under either.
    closed = [
        Change(
            start=START + timedelta(days=day), everyone="own stay", chance=number(0.0),
            branches=(to("out", stay("exponential", 9)),),
        )
        for day in (12, 17)
    ]  # fmt: skip
    program = scenario_program(
        40,
        states={"s": State()},
        transitions=[
            flow("s -> out", "s", "out", stay("exponential", 9), chance=number(0.7), changes=closed)
        ],
        populations={"p": Population(stock=held(100), admissions=admitted(4))},
    )
    assert_same_as_sums(program)
    assert expected(program).flows.sum() > 0


AS_GENERATED = {
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "derandomize": True,
    "phases": [Phase.explicit, Phase.generate],
}


@settings(max_examples=60, **AS_GENERATED)
@given(program=programs(lines=False))
def test_the_same_as_sums_over_pairs_of_days(program: Program) -> None:
    assert_same_as_sums(program)


@pytest.mark.slow
@settings(max_examples=1000, **AS_GENERATED)
@given(program=programs(lines=False))
def test_a_thousand_are_the_same_as_sums_over_pairs_of_days(program: Program) -> None:
    assert_same_as_sums(program)


def assert_same_as_sums(program: Program) -> None:
    try:
        found = expected(program)
    except SojournError:
        assume(False)
    census, flows = direct(program)
    people = 1 + program.entrant_count.sum() + mean_admissions(program).sum()
    np.testing.assert_allclose(found.census[:, :-1], census, atol=EXACT * people)
    by_period = [flows[program.period_of_day == p].sum(axis=0) for p in range(program.periods)]
    np.testing.assert_allclose(found.flows, by_period, atol=EXACT * people)


@pytest.mark.parametrize(
    ("starts", "served"), [(5, 40.0), pytest.param(130, 300.0, marks=pytest.mark.slow)]
)
def test_long_horizons_lose_nothing(starts: int, served: float) -> None:
    # Over 600 days and several blocks, with people who come back, against plain sums. Each day of
    # entry before the way out starts is integrated over its time of day: the more, the longer.
    program = scenario_program(
        600,
        states={"s": State(), "t": State()},
        transitions=[
            Transition(
                name="s on",
                state="s",
                branches=(
                    to("t", stay("lognormal", 90, 200), 0.7),
                    to("out", stay("exponential", 0.4), 0.3),
                ),
                starts=START + timedelta(days=starts),
            ),
            flow("s -> out", "s", "out", stay("weibull", 70, 0.6), chance=number(0.5)),
            flow("t -> s", "t", "s", stay("gamma", 3, 4), becomes={"kind": "b"}),
        ],
        populations={
            "p": Population(
                stock=held(5000, served=stay("uniform", 0, served)), admissions=admitted(40)
            )
        },
        split=0.3,
        by_kind=True,
        swaps=("t -> s",),
    )
    found = expected(program)
    census, flows = direct(program)
    np.testing.assert_allclose(found.census[:, :-1], census, atol=30_000 * EXACT)
    np.testing.assert_allclose(found.flows.sum(axis=0), flows.sum(axis=0), atol=30_000 * EXACT)


@pytest.mark.parametrize("days", [8, 9])
def test_nobody_leaves_by_a_stay_of_no_time_before_its_way_starts(days: int) -> None:
    # Two exponential ways from the day of entry; from day 8 one of which 0.4 are over at once.
    program = scenario_program(
        days,
        states={"s": State()},
        transitions=[
            Transition(
                name="late",
                state="s",
                branches=(to("out", Stay(family="table", points=((0, 4), (60, 6)))),),
                starts=START + timedelta(days=8),
            ),
            flow("one", "s", "out", stay("exponential", 10)),
            flow("other", "s", "out", stay("exponential", 10)),
        ],
        populations={"p": Population(stock=held(1000, served=stay("fixed", 0)))},
    )
    late, one, other = expected(program).flows.sum(axis=(0, 2))
    # They come at a uniformly random time of day 0, and the way starts as long after midnight.
    at_start = 1000 * math.exp(-0.2 * 8)
    if days == 8:
        still = at_start * (math.exp(0.2) - 1) / 0.2
        assert late == 0.0
    else:
        still = 0.6 * at_start * (1 - math.exp(-0.2)) / 0.2
        assert late == pytest.approx(0.4 * at_start, rel=1e-9)
    assert [one, other] == pytest.approx([(1000 - late - still) / 2] * 2, rel=1e-9)


def test_variances_of_poisson_stock_and_clustered_admissions() -> None:
    # Poisson: the mean. Stock: binomial. Negative binomial days of ratio 3: m p + 2 m p².
    days = 60
    tail = Law("lognormal", (30.0, 40.0)).survival(days)
    kinds = {
        "poisson": Population(admissions=admitted(20)),
        "stock": Population(stock=held(50)),
        "clustered": Population(
            admissions=Admissions(
                rate=dated(20), per="day", into="s", process="over-dispersed",
                variance_ratio=number(3),
            )
        ),
    }  # fmt: skip
    wanted = {
        "poisson": 20 * np.cumsum(tail),
        "stock": 50 * tail * (1 - tail),
        "clustered": 20 * np.cumsum(tail + 2 * tail**2),
    }

    def spread(populations: dict[str, Population]) -> npt.NDArray[np.float64]:
        program = scenario_program(
            days,
            states={"s": State()},
            transitions=[flow("s -> out", "s", "out", stay("lognormal", 30, 40))],
            populations=populations,
        )
        found = variances(program)
        assert not np.isnan(found.flows).any()
        return found.census[:, 0, 0]

    for name, population in kinds.items():
        np.testing.assert_allclose(spread({name: population}), wanted[name], atol=1e-9)
    np.testing.assert_allclose(spread(kinds), sum(wanted.values()), atol=1e-9)


def rounds(share: float, later: float | None, populations: dict[str, Population]) -> Program:
    """A day in s, then with a share a day in t and back; from 5 February on with another share."""
    two = ("t", "out")

    def shares(value: float) -> tuple[Branch, ...]:
        return tuple(
            to(name, stay("fixed", 1), part)
            for name, part in zip(two, (value, 1 - value), strict=True)
        )

    changes = () if later is None else (Change(start=CHANGED, branches=shares(later)),)
    return scenario_program(
        40,
        states={"s": State(), "t": State()},
        transitions=[
            Transition(name="s on", state="s", branches=shares(share), changes=changes),
            flow("t -> s", "t", "s", stay("fixed", 1)),
        ],
        populations=populations,
    )


CHANGED = START + timedelta(days=16)


@pytest.mark.parametrize("later", [None, 0.2])
def test_variances_of_moves_made_again_and_again(later: float | None) -> None:
    # Who comes to s on day d may move to t on the days d + 1, d + 3, …, as long as they do.
    share, rate, people, ratio = 0.8, 3.0, 7, 4.0
    january = 12

    def moments(entry: int) -> npt.NDArray[np.float64]:
        """E[N] and E[N²] by period: every number of rounds, with its probability."""
        found = np.zeros((2, 2))
        chance, moved = 1.0, np.zeros(2)
        for day in range(entry, 40, 2):
            goes = share if later is None or day < 16 else later
            if day + 1 >= 40:
                break
            found += chance * (1 - goes) * np.array([moved, moved**2])
            chance *= goes
            moved[int(day + 1 >= january)] += 1
        return found + chance * np.array([moved, moved**2])

    coming = sum((rate * moments(day)[1] for day in range(40)), np.zeros(2))
    first, second = moments(0)
    stock = Population(stock=held(people))
    program = rounds(share, later, {"p": Population(admissions=admitted(rate)), "q": stock})
    found = variances(program)
    assert found.unknown == ()
    np.testing.assert_allclose(found.flows[:, 0, 0], coming + people * (second - first**2))
    if later is None:
        clustered = Admissions(
            rate=dated(rate), per="day", into="s", process="over-dispersed",
            variance_ratio=number(ratio),
        )  # fmt: skip
        program = rounds(share, None, {"p": Population(admissions=clustered)})
        extra = sum(((ratio - 1) * rate * moments(day)[0] ** 2 for day in range(40)), np.zeros(2))
        np.testing.assert_allclose(variances(program).flows[:, 0, 0], coming + extra)


def test_people_listed_beside_a_stock_are_unknown_under_a_law_that_changes() -> None:
    listed = Arrivals(facts={"kind": "a"}, dates=(START, START + timedelta(days=9)), people=(2, 3))
    people = Population(stock=held(7), admissions=Admissions(arrivals=(listed,), into="s"))
    found = variances(rounds(0.5, 0.2, {"p": people}))
    assert np.isnan(found.census[:, :2]).all()
    assert [why.partition(",")[0] for why in found.unknown] == [
        "the law of a stay changes on a date"
    ]


def test_unknown_variances_say_why() -> None:
    program = scenario_program(
        60,
        states={"s": State(), "t": State(), "other": State()},
        transitions=[
            flow("s -> t", "s", "t", stay("exponential", 9)),
            flow("t -> s", "t", "s", stay("fixed", 9)),
            flow("other -> out", "other", "out", stay("fixed", 9)),
        ],
        populations={
            "p": Population(admissions=admitted(2)),
            "q": Population(admissions=admitted(0.4, "other", "fixed")),
        },
    )
    found = variances(program)
    assert np.isnan(found.flows[:, 2]).all()
    assert not np.isnan(found.flows[:, :2]).any()
    assert np.isnan(found.census[:, 2]).all()
    np.testing.assert_allclose(found.census[:, :2], expected(program).census[:, :2])
    assert found.unknown == ("fixed admissions come in steps that share one phase",)


@pytest.mark.parametrize("served", [20, 27, 28, 29, 30, 31, 40])
def test_of_a_law_that_has_nearly_run_out_nobody_leaves_twice(served: int) -> None:
    # At 29 days 2.5e-13 of an exponential stay of a day are left, in its curve and in its steps
    # but for rounding; a second way, never due here, makes it a race.
    program = scenario_program(
        10,
        states={"s": State()},
        transitions=[
            flow("soon", "s", "out", stay("exponential", 1)),
            flow("never", "s", "out", stay("fixed", 400)),
        ],
        populations={"p": Population(stock=held(1000, served=stay("fixed", served)))},
    )
    found = expected(program)
    assert found.flows.sum() + found.census[-1].sum() == pytest.approx(1000, rel=1e-9)
    assert found.census.min() >= -1e-9
    # However long the stay has been, what is left of it is exponential.
    if served <= 20:
        assert found.census[0].sum() == pytest.approx(1000 / math.e, rel=1e-6)
