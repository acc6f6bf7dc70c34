"""Release at a share of a length, against sums over the lengths: no function of the engine.

Whoever sets the clock on day e with a length of L days is due on day e + ⌊share · L + 0.5⌋.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from sojourn.study.model.pathway import Band, Change, ClockReference, State, Transition
from sojourn.study.model.people import Admissions, Population, Stock
from sojourn.study.model.stays import ClockRule, Stay

from engine.studies import dated, first_day, number, scenario_program, stay, to
from engine.theory.shared import SEED, assert_mean, replicates
from sojourn.engine.expected.solver import expected
from sojourn.engine.program import Program
from sojourn.engine.twin import Reference
from sojourn.errors import SojournError, StudyError
from sojourn.stays.law import Law

DAYS, CHANGE, RATE = 420, 200, 8
LENGTHS = {100: 0.25, 201: 0.5, 333: 0.25}
"""Days of a sentence, and how many have it."""
SENTENCE = Stay(family="table", points=tuple(LENGTHS.items()))
HALF, LESS = ((math.inf, 0.5),), ((math.inf, 0.4),)
BANDS = ((150.0, 0.25), (math.inf, 0.4))


def at(bands: tuple[tuple[float, float], ...], offset: int = 0) -> ClockReference:
    shares = tuple(
        Band(share=number(share), upto=None if end == math.inf else end) for end, share in bands
    )
    return ClockReference(clock="sentence", shares=shares, offset=offset)


def due(bands: tuple[tuple[float, float], ...], length: float) -> int:
    share = next(share for end, share in bands if length <= end)
    return math.floor(share * length + 0.5)


def prison(
    before: ClockReference,
    after: ClockReference | None = None,
    everyone: str = "own stay",
    sentence: Stay = SENTENCE,
    **people: object,
) -> Program:
    changes = ()
    if after is not None:
        changes = (
            Change(
                start=first_day("day", CHANGE), everyone=everyone, at=after, branches=(to("out"),)
            ),
        )
    people = people or {
        "admissions": Admissions(rate=dated(RATE), per="day", into="s", process="poisson")
    }
    return scenario_program(
        DAYS,
        states={"s": State()},
        transitions=[
            Transition(
                name="s -> out", state="s", branches=(to("out"),), at=before, changes=changes
            )
        ],
        populations={"p": Population(clocks={"sentence": ClockRule(stay=sentence)}, **people)},
        clocks={"sentence": "its end"},
    )


def held(program: Program, count: int = 40) -> np.ndarray:
    return np.array([h.census[:, 0].sum(axis=1) for h in replicates(program, count)])


def of_admissions(leaves: object) -> np.ndarray:
    """People held on each day; `leaves(entry, length)` is the day on which they leave."""
    there = np.zeros(DAYS)
    for length, share in LENGTHS.items():
        for entry in range(DAYS):
            there[entry : max(entry, leaves(entry, length))] += RATE * share  # type: ignore[operator]
    return there


def changed(before: tuple, after: tuple, entry: int, length: int) -> int:
    """Day on which those leave who are there when the share changes for everyone."""
    first = entry + due(before, length)
    return first if first < CHANGE else max(CHANGE, entry + due(after, length))


CASES = {
    "a half": (HALF, None, "no", lambda e, x: e + due(HALF, x)),
    "bands": (BANDS, None, "no", lambda e, x: e + due(BANDS, x)),
    "less for those who come": (
        HALF, LESS, "no", lambda e, x: e + due(HALF if e < CHANGE else LESS, x),
    ),
    "less for everyone": (HALF, LESS, "own stay", lambda e, x: changed(HALF, LESS, e, x)),
    "more for everyone": (BANDS, HALF, "own stay", lambda e, x: changed(BANDS, HALF, e, x)),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_release_at_a_share_of_a_sentence(case: str) -> None:
    before, after, everyone, leaves = CASES[case]
    program = prison(at(before), None if after is None else at(after), everyone)
    assert_mean(held(program), of_admissions(leaves))


def test_the_number_released_on_the_day_is_that_of_those_past_the_new_share() -> None:
    fixed = Admissions(rate=dated(RATE), per="day", into="s", process="fixed")
    program = prison(at(HALF), at(LESS), sentence=stay("fixed", 300), admissions=fixed)
    census = held(program, 1)[0]
    # 150 days become 120: those of 30 entries, and those due on the day anyway, for one who comes.
    assert census[CHANGE - 1] == 150 * RATE
    assert census[CHANGE] == 120 * RATE
    assert (census[CHANGE:] == 120 * RATE).all()


def test_days_of_credit_are_taken_off() -> None:
    fixed = Admissions(rate=dated(RATE), per="day", into="s", process="fixed")
    sentence = stay("fixed", 300)
    census = held(prison(at(HALF, -20), at(LESS, -40), "no", sentence, admissions=fixed), 1)[0]
    assert census[CHANGE - 1] == 130 * RATE
    assert census[-1] == 80 * RATE


@pytest.mark.parametrize("served", ["equilibrium", 60])
def test_a_stock_that_has_served_keeps_its_sentences(served: object) -> None:
    count = 2000
    stock = Stock(
        count=number(count),
        state="s",
        served=served if served == "equilibrium" else stay("fixed", served),
    )
    census = held(prison(at(HALF), at(LESS), stock=stock))
    nights = np.arange(1, DAYS) if served == "equilibrium" else np.array([served])
    weight = sum(p * (due(HALF, x) >= nights) for x, p in LENGTHS.items())
    scale = weight.sum() if served == "equilibrium" else weight
    want = np.zeros(DAYS)
    for length, share in LENGTHS.items():
        for day in range(DAYS):
            last = due(HALF if day < CHANGE else LESS, length)
            there = (last > nights + day) & (due(HALF, length) > nights + min(day, CHANGE - 1))
            want[day] += count * (share * there / scale).sum()
    error = np.sqrt(np.maximum(want * (1 - want / count), 0.25) / len(census))
    assert (np.abs(census.mean(axis=0) - want) <= 4.5 * error).all()


@pytest.mark.parametrize("bands", [HALF, BANDS])
@pytest.mark.parametrize("step", ["day", "month", "year"])
def test_a_share_has_the_mean_that_it_says(bands: object, step: str) -> None:
    length = {"day": 1.0, "month": 30.4375, "year": 365.25}[step]
    whole = Law("lognormal", (900.0, 500.0), step=length)
    law = Law("share", points=bands, parts=((1.0, whole),), step=length)
    by_day = Law("lognormal", (900.0, 500.0)).survival(40_000)
    mass = -np.diff(by_day, prepend=1.0)
    want = sum(p * due(bands, k) for k, p in enumerate(mass.tolist()))
    assert law.survival(20_000).sum() * length == pytest.approx(want, rel=1e-6)


def test_the_expected_solver_takes_a_share_that_does_not_change() -> None:
    program = prison(at(BANDS))
    want = of_admissions(lambda e, x: e + due(BANDS, x))
    np.testing.assert_allclose(expected(program).census[:, 0].sum(axis=1), want, atol=1e-9)
    with pytest.raises(SojournError, match="changes what share"):
        expected(prison(at(HALF), at(LESS), "no"))


def test_two_shares_of_one_length_are_of_one_person() -> None:
    # Out at half of the sentence with a chance, else at its end: never later, never another day.
    program = scenario_program(
        DAYS,
        states={"s": State()},
        transitions=[
            Transition(name="half", state="s", branches=(to("out"),), at=at(HALF),
                       chance=number(0.5)),
            Transition(name="end", state="s", branches=(to("out"),),
                       at=ClockReference(clock="sentence")),
        ],
        populations={"p": Population(
            clocks={"sentence": ClockRule(stay=SENTENCE)}, stock=Stock(count=number(400), state="s")
        )},
        clocks={"sentence": "its end"},
    )  # fmt: skip
    days = {due(HALF, x) for x in LENGTHS} | set(LENGTHS)
    moved = replicates(program, 1)[0].census[:, 0].sum(axis=1)
    assert set(np.flatnonzero(np.diff(moved)) + 1) == days
    with pytest.raises(SojournError, match="shares of one length"):
        expected(program)


def test_a_past_that_two_shares_would_tell_is_refused() -> None:
    served = Stock(count=number(10), state="s", served="equilibrium")
    with pytest.raises(StudyError, match="two shares of one length"):
        scenario_program(
            DAYS,
            states={"s": State()},
            transitions=[
                Transition(name="half", state="s", branches=(to("out"),), at=at(HALF)),
                Transition(name="less", state="s", branches=(to("out"),), at=at(LESS)),
            ],
            populations={
                "p": Population(clocks={"sentence": ClockRule(stay=SENTENCE)}, stock=served)
            },
            clocks={"sentence": "its end"},
        )


def test_the_kernel_is_its_readable_twin_when_a_share_changes() -> None:
    for everyone in ("no", "own stay"):
        stock = Stock(count=number(60), state="s", served="equilibrium")
        program = prison(
            at(BANDS, -5), at(HALF), everyone, sentence=stay("lognormal", 200, 150), stock=stock,
            admissions=Admissions(rate=dated(1), per="day", into="s"),
        )  # fmt: skip
        twin = Reference(program, seed=SEED, replicate=0)
        twin.run()
        census = [sum(n for (state, _), n in day.items() if state == 0) for day in twin.census]
        np.testing.assert_array_equal(census, held(program, 1)[0])
