"""Competing ways out in continuous time, against closed forms and integrals written here.

A stay that begins at a uniformly random time of a step, and that way j ends after x steps, ends
in step ⌊x⌋ with probability 1 - (x - ⌊x⌋), else in the next. So P(K = k, j) is an integral over
the quantiles of j of the probability that nobody else has come before.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from scipy import integrate, special
from sojourn.study.model.pathway import ClockReference, State, Transition
from sojourn.study.model.people import Held, Population, Stock
from sojourn.study.model.stays import ClockRule, Stay

from engine.studies import first_day, number, scenario_program, stay, to
from engine.theory.shared import SEED, Floats, Z, assert_law
from sojourn.engine.expected.solver import expected
from sojourn.engine.kernel.simulate import simulate
from sojourn.engine.program import Program
from sojourn.study.time_steps import Step

STEPS: dict[Step, float] = {"day": 1.0, "month": 30.4375, "year": 365.25}
CURVES = 1e-6
"""What the pieces of constant rate, which are within 2e-7 of each law, may add up to."""
PEOPLE = 20_000


@dataclass(frozen=True)
class Way:
    """A way out by a continuous duration in days, with a chance and its P(T ≤ x)."""

    after: Stay
    below: Callable[[float], float]
    at: Callable[[float], float]
    """The quantile."""
    chance: float = 1.0


def exponential(mean: float, chance: float = 1.0) -> Way:
    return weibull(mean, 1.0, chance, stay("exponential", mean))


def weibull(scale: float, shape: float, chance: float = 1.0, after: Stay | None = None) -> Way:
    return Way(
        after or stay("weibull", scale, shape),
        lambda x: -math.expm1(-((x / scale) ** shape)),
        lambda v: scale * (-math.log1p(-v)) ** (1.0 / shape),
        chance,
    )


def lognormal(mean: float, sd: float, chance: float = 1.0) -> Way:
    variance = math.log1p((sd / mean) ** 2)
    middle, width = math.log(mean) - variance / 2.0, math.sqrt(variance)
    return Way(
        stay("lognormal", mean, sd),
        lambda x: float(special.ndtr((math.log(x) - middle) / width)) if x > 0.0 else 0.0,
        lambda v: math.exp(middle + width * float(special.ndtri(v))),
        chance,
    )


def law(ways: Sequence[Way], length: int, step: float = 1.0, until: float | None = None) -> Floats:
    """P(leaves in step k by way j) [j, k] of those who have just entered, by SciPy's quad.

    Nobody leaves by these ways `until` a number of steps, or later.
    """
    last = length if until is None else until
    found = np.zeros((len(ways), length + 1))
    for j, way in enumerate(ways):

        def nobody(v: float, j: int = j, way: Way = way) -> float:
            x = way.at(v)
            return math.prod(
                1.0 - other.chance * other.below(x) for i, other in enumerate(ways) if i != j
            )

        for k in range(math.ceil(last)):
            ends = way.below(k * step), way.below(min(k + 1, last) * step)
            if ends[1] - ends[0] < 1e-12:
                continue
            whole = integrate.quad(nobody, *ends, epsabs=1e-12)[0]
            later = integrate.quad(
                lambda v, k=k, way=way: nobody(v) * (way.at(v) / step - k), *ends, epsabs=1e-12
            )[0]
            found[j, k : k + 2] += way.chance * (whole - later), way.chance * later
    return found[:, :length]


def raced(
    ways: Sequence[Way],
    length: int,
    step: Step = "day",
    order: Sequence[int] | None = None,
    **stock: Any,
) -> Program:
    """A stock of PEOPLE with these ways out, which stand in the file in this order."""
    transitions = [
        Transition(
            name=f"s -> {j}",
            state="s",
            branches=(to(f"e{j}", ways[j].after),),
            chance=number(ways[j].chance) if ways[j].chance < 1.0 else None,
        )
        for j in order or range(len(ways))
    ]
    return program(transitions, length, step, **stock)


def program(transitions: list[Transition], length: int, step: Step, **stock: Any) -> Program:
    ends = sorted({branch.to for way in transitions for branch in way.branches})
    clocks = stock.pop("clocks", {})
    return scenario_program(
        length,
        states={"s": State(), **{name: State(end=True) for name in ends}},
        transitions=transitions,
        populations={
            "p": Population(
                stock=Stock(count=number(PEOPLE), state="s", **stock),
                clocks=clocks,
            )
        },
        step=step,
        **({"clocks": dict.fromkeys(clocks, "a clock")} if clocks else {}),
    )


def left(census: Floats) -> Floats:
    """Who left by each way in each step [way, k], from the census of the states they end in."""
    return np.diff(census[:, 1:-1, 0], axis=0, prepend=0.0).T


def exactly(made: Program) -> Floats:
    """The mean share that leaves by each way in each step [way, k], by the expected solver."""
    return left(expected(made).census) / PEOPLE


def assert_drawn(made: Program, want: Floats) -> None:
    """The kernel's people are a sample of this law of way and step, and of its shares."""
    counts = left(simulate(made, seed=SEED, replicate=0).census)
    share = want.sum(axis=1)
    error = np.sqrt(PEOPLE * share * (1.0 - share))
    assert (np.abs(counts.sum(axis=1) - PEOPLE * share) <= Z * error + 1e-6).all()
    cells = np.repeat(np.arange(counts.size), np.round(counts.ravel()).astype(np.int64))
    stayed = np.full(PEOPLE - len(cells), counts.size)
    assert_law(np.append(cells, stayed), want.ravel())


def assert_both(made: Program, want: Floats, within: float = CURVES) -> None:
    """Exactly by the expected solver, and by the kernel within its standard error."""
    np.testing.assert_allclose(exactly(made), want, atol=within)
    assert_drawn(made, want)


RACES = {
    "two exponentials": [exponential(10), exponential(30)],
    "three exponentials": [exponential(10), exponential(30), exponential(4)],
    "Weibulls of one shape": [weibull(10, 1.7), weibull(20, 1.7)],
    "Weibulls of two shapes": [weibull(10, 0.7), weibull(20, 2.5)],
    "two lognormals": [lognormal(12, 10), lognormal(20, 40)],
    "three families": [lognormal(12, 10), weibull(9, 0.6), exponential(25)],
    "one with a chance": [lognormal(12, 10), exponential(25, 0.4)],
    "all with a chance": [lognormal(12, 10, 0.6), weibull(9, 0.6, 0.3), exponential(25, 0.9)],
    "within a day or two": [lognormal(0.5, 0.6, 0.6), weibull(0.9, 0.6), exponential(1.3, 0.9)],
}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("name", RACES)
def test_the_law_of_day_and_way(name: str, step: Step) -> None:
    ways = [in_steps(way, STEPS[step]) for way in RACES[name]]
    assert_both(raced(ways, 40, step), law(ways, 40, STEPS[step]))


def in_steps(way: Way, length: float) -> Way:
    """The same for steps: so many times as long."""
    numbers = {"exponential": 1, "weibull": 1, "lognormal": 2}[way.after.family]
    values = [quantity.value for quantity in way.after.parameters.values()]
    values[:numbers] = [value * length for value in values[:numbers]]
    make: Any = {"exponential": exponential, "weibull": weibull, "lognormal": lognormal}
    return make[way.after.family](*values, way.chance)  # type: ignore[no-any-return]


@pytest.mark.parametrize("means", [(10.0, 30.0), (1.2, 0.4), (10.0, 30.0, 4.0)])
def test_exponentials_have_the_shares_of_their_rates_on_every_day(means: tuple[float, ...]) -> None:
    rates = 1.0 / np.array(means)
    total = rates.sum()
    left_after = math.exp(-total)
    days = np.append(
        1.0 - (1.0 - left_after) / total,
        (1.0 - left_after) ** 2 / total * left_after ** np.arange(59),
    )
    assert_both(
        raced([exponential(mean) for mean in means], 60), rates[:, None] / total * days, 1e-13
    )


@pytest.mark.parametrize("chances", [(1.0, 0.4), (0.7, 0.4)])
def test_shares_of_exponentials_of_which_some_never_come(chances: tuple[float, float]) -> None:
    # Where both come the first wins 3/4 of the time; else the one that comes.
    p, q = chances
    made = raced([exponential(10, p), exponential(30, q)], 1200)
    want = [p * (1 - q) + p * q * 0.75, q * (1 - p) + p * q * 0.25]
    np.testing.assert_allclose(exactly(made).sum(axis=1), want, atol=1e-12)


def test_shares_of_weibulls_of_one_shape_are_those_of_their_rates() -> None:
    scales, shape = np.array([8.0, 13.0, 20.0]), 1.6
    made = raced([weibull(scale, shape) for scale in scales], 120)
    want = scales**-shape / (scales**-shape).sum()
    np.testing.assert_allclose(exactly(made).sum(axis=1), want, atol=CURVES)


def test_a_branch_is_chosen_before_the_race() -> None:
    one, two, other = lognormal(6, 9), exponential(12), weibull(9, 1.4, 0.8)
    split = Transition(
        name="s ->",
        state="s",
        branches=(to("e0", one.after, 0.3), to("e1", two.after, 0.7)),
    )
    beside = Transition(
        name="s -> e2", state="s", branches=(to("e2", other.after),), chance=number(other.chance)
    )
    first, second = 0.3 * law([one, other], 60), 0.7 * law([two, other], 60)
    want = np.stack([first[0], second[0], first[1] + second[1]])
    assert_both(program([split, beside], 60, "day"), want)
    assert_both(program([beside, split], 60, "day"), want)


STOCKS = ["three families", "one with a chance", "Weibulls of two shapes"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("name", STOCKS)
@pytest.mark.parametrize("served", [1, 5])
def test_those_who_have_served_are_who_is_left_of_the_whole_race(
    served: int, name: str, step: Step
) -> None:
    ways = [in_steps(way, STEPS[step]) for way in RACES[name]]
    fresh = law(ways, 40 + served, STEPS[step])
    want = fresh[:, served:] / (1.0 - fresh[:, :served].sum())
    made = raced(ways, 40, step, served=stay("fixed", served * STEPS[step]))
    assert_both(made, want, 2 * CURVES)


def test_days_served_from_a_file() -> None:
    ways = RACES["one with a chance"]
    fresh = law(ways, 49)
    held = {2: 5_000, 9: 15_000}
    want = sum(
        people / PEOPLE * fresh[:, days : days + 40] / (1.0 - fresh[:, :days].sum())
        for days, people in held.items()
    )
    listed = Held(facts={}, served=tuple(held), people=tuple(held.values()))
    assert_both(raced(ways, 40, held=(listed,)), np.asarray(want), 2 * CURVES)


@pytest.mark.parametrize("name", STOCKS)
def test_in_equilibrium_those_leave_who_would_have_come_on_any_day(name: str) -> None:
    # P(served a + 1 nights) is P(K > a) / E[K], so P(day d, way j) is P(K > d, way j) / E[K].
    ways = RACES[name]
    fresh = law(ways, 1000)
    mean = (fresh.sum(axis=0) * np.arange(1000)).sum()
    later = fresh.sum(axis=1)[:, None] - fresh.cumsum(axis=1)
    assert_both(raced(ways, 40, served="equilibrium"), later[:, :40] / mean, 2 * CURVES)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("steps", [3.0, 14.0, 4.3])
def test_a_fixed_stay_loses_to_what_is_shorter(steps: float, step: Step) -> None:
    # F(14) = 1 - e^-2 = 86.5 % of an exponential of mean 7 go before it.
    length = STEPS[step]
    ways = [exponential(7 * length), lognormal(20 * length, 10 * length, 0.5)]
    others = law(ways, 20, length, until=steps)
    wins = math.prod(1.0 - way.chance * way.below(steps * length) for way in ways)
    own = np.zeros((1, 20))
    day, part = int(steps), steps % 1
    own[0, day : day + 2] = wins * (1 - part), wins * part
    transitions = [
        Transition(name="s -> a0", state="s", branches=(to("a0", ways[0].after),)),
        Transition(
            name="s -> a1", state="s", branches=(to("a1", ways[1].after),), chance=number(0.5)
        ),
        Transition(name="s -> b", state="s", branches=(to("b", stay("fixed", steps * length)),)),
    ]
    for order in (transitions, transitions[::-1]):
        assert_both(program(order, 20, step), np.concatenate([others, own]))


@pytest.mark.parametrize("first", ["a", "b"])
def test_of_whole_days_that_tie_the_earlier_in_the_file_wins(first: str) -> None:
    """One takes 4 days, the other 2, 4 or 6; a third, of mean 5, runs beside them."""
    way = exponential(5)
    fixed = {"a": stay("fixed", 4), "b": Stay(family="table", points=((2, 1), (4, 2), (6, 1)))}
    transitions = [
        Transition(name=f"s -> {end}", state="s", branches=(to(end, after),))
        for end, after in sorted(fixed.items(), key=lambda item: item[0] != first)
    ]
    transitions.append(Transition(name="s -> c", state="s", branches=(to("c", way.after),)))
    want = np.zeros((3, 10))
    want[2] = 0.25 * law([way], 10, until=2)[0] + 0.75 * law([way], 10, until=4)[0]
    want[1, 2] = 0.25 * math.exp(-2 / 5)
    want[0 if first == "a" else 1, 4] = 0.5 * math.exp(-4 / 5)
    want[0, 4] += 0.25 * math.exp(-4 / 5)
    assert_both(program(transitions, 10, "day"), want)


@pytest.mark.parametrize("step", STEPS)
def test_a_date_comes_before_what_ends_within_its_day(step: Step) -> None:
    ways = [exponential(7 * STEPS[step]), lognormal(9 * STEPS[step], 5 * STEPS[step])]
    want = np.zeros((3, 12))
    want[:2, :6] = law(ways, 6, STEPS[step])
    want[2, 6] = 1.0 - want.sum()
    transitions = [
        *(
            Transition(name=f"s -> a{j}", state="s", branches=(to(f"a{j}", way.after),))
            for j, way in enumerate(ways)
        ),
        Transition(name="s -> b", state="s", branches=(to("b"),), at=ClockReference(clock="end")),
    ]
    ends = {"end": ClockRule(on=first_day(step, 6))}
    assert_both(program(transitions, 12, step, clocks=ends), want)


def test_a_clock_of_random_length_has_a_time_of_day_of_its_own() -> None:
    # It is whole days, apart from the race of the others, and comes before them on its day.
    ways, ends = [exponential(7), lognormal(9, 5)], lognormal(12, 8)
    race, rings = law(ways, 40), law([ends], 40)[0]
    still = 1.0 - np.append(0.0, race.sum(axis=0).cumsum()[:-1])
    want = np.stack([*(race * (1.0 - rings.cumsum())), rings * still])
    transitions = [
        *(
            Transition(name=f"s -> a{j}", state="s", branches=(to(f"a{j}", way.after),))
            for j, way in enumerate(ways)
        ),
        Transition(name="s -> b", state="s", branches=(to("b"),), at=ClockReference(clock="end")),
    ]
    clocks = {"end": ClockRule(stay=ends.after)}
    assert_both(program(transitions, 40, "day", clocks=clocks), want)


ORDERED = [
    exponential(10),
    lognormal(12, 15, 0.6),
    weibull(9, 0.7, 0.5),
    Way(stay("fixed", 8), lambda x: float(x >= 8), lambda _: 8.0, 0.3),
]


@pytest.mark.parametrize(
    "stock", ["new", "equilibrium", stay("fixed", 3)], ids=["new", "equilibrium", "known"]
)
def test_no_order_of_the_file_moves_a_share_or_a_day(stock: str | Stay) -> None:
    served = {} if stock == "new" else {"served": stock}
    want = exactly(raced(ORDERED, 60, **served))
    for i, order in enumerate(permutations(range(4))):
        made = raced(ORDERED, 60, order=order, **served)
        np.testing.assert_allclose(exactly(made), want, atol=1e-9)
        if i % 6 == 5:  # the kernel's own draw of each of four orders
            assert_drawn(made, want)


SHARES = [
    [exponential(60), exponential(140)],
    [exponential(60), exponential(140), exponential(400)],
    [exponential(60, 0.7), exponential(140, 0.4)],
    [exponential(2 + i) for i in range(8)],
    [weibull(150, 1.5), weibull(300, 0.8)],
    [lognormal(150, 120), lognormal(300, 100)],
    [lognormal(150, 120, 0.6), weibull(300, 0.8), exponential(500, 0.5)],
    [lognormal(20, 30), weibull(12, 0.6, 0.5), exponential(9)],
    [weibull(2, 0.5), lognormal(1, 2)],
]


@pytest.mark.parametrize(
    "ways", SHARES, ids=lambda ways: " ".join(way.after.family for way in ways)
)
def test_no_length_of_step_moves_a_share(ways: list[Way]) -> None:
    constant = all(way.after.family == "exponential" for way in ways)
    shares = {
        step: exactly(raced(ways, int(20 * 365.25 / length), step)).sum(axis=1)
        for step, length in STEPS.items()
    }
    for step in ("month", "year"):
        np.testing.assert_allclose(shares[step], shares["day"], atol=1e-12 if constant else CURVES)
