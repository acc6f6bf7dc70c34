"""The engine against SimPy and Ciw: whole distributions over histories of the same models."""

from __future__ import annotations

from functools import cache

from cross import in_ciw, in_simpy
from cross.compare import assert_same_laws, told_apart
from cross.models import Queue, Race, Returns, Sample, sojourn_queue, sojourn_race, sojourn_returns

RETURNS, QUEUE, RACE = Returns(), Queue(), Race()
ONE_STAY = Returns(rate=2.0, held=("lognormal", 3.0, 5.0), again=0.0, days=40, looks=(0, 5, 39))


@cache
def our_returns() -> Sample:
    return sojourn_returns(RETURNS, 2000)


@cache
def our_queue() -> Sample:
    return sojourn_queue(QUEUE, 3000)


def test_returns_in_simpy() -> None:
    assert_same_laws(our_returns(), in_simpy.returns(RETURNS, 300, seed=1))


def test_returns_in_ciw() -> None:
    assert_same_laws(our_returns(), in_ciw.returns(RETURNS, 150, seed=2))


def test_a_stay_in_continuous_time_in_ciw() -> None:
    ours = sojourn_returns(ONE_STAY, 4000)
    ours = {
        name.replace(" and free", ""): values // 1000 if " on day " in name else values
        for name, values in ours.items()
        if name not in {"returns", "left for good"}
    }
    assert_same_laws(ours, in_ciw.midnights(ONE_STAY, 400, seed=3))


@cache
def our_race() -> Sample:
    return sojourn_race(RACE, 4000)


def test_competing_ways_out_in_simpy() -> None:
    assert_same_laws(our_race(), in_simpy.race(RACE, 500, seed=7))


def test_competing_ways_out_in_ciw() -> None:
    assert_same_laws(our_race(), in_ciw.race(RACE, 400, seed=8))


def test_the_comparison_tells_delays_that_race_in_whole_days_apart() -> None:
    """If delays were whole days before they race, the earlier winning ties, the tests would say."""
    assert told_apart(our_race(), in_simpy.race(RACE, 500, seed=9, whole_days=True))


def test_queue_in_simpy() -> None:
    assert_same_laws(our_queue(), in_simpy.queue(QUEUE, 800, seed=4))


def test_queue_in_ciw() -> None:
    assert_same_laws(our_queue(), in_ciw.queue(QUEUE, 300, seed=5))


def test_the_comparison_tells_another_order_of_the_day_apart() -> None:
    """If the impatient left only after the day's places went round, the tests would say so."""
    assert told_apart(our_queue(), in_simpy.queue(QUEUE, 500, seed=6, patience_last=True))
