"""Waits of all who joined a line: shares and medians worked by hand."""

from dataclasses import replace

import numpy as np
import pytest
from sojourn.study.model.measures import Measure

from results.made import Central, date, make_history, make_study, names_of
from sojourn.errors import ResultsError
from sojourn.results.history_tables import tables_of
from sojourn.results.measures import measures_table
from sojourn.results.waiting import median_wait

WAIT, MEDIAN, SHARE = (
    Measure(kind=kind, transitions=("send",)) for kind in ("wait", "median wait", "share served")
)


def median(*waits):
    """The median of waits, each (days, whether it ended in being served)."""
    days = sorted({day for day, _ in waits})
    counts = [[waits.count((day, end)) for day in days] for end in (True, False)]
    return median_wait(*(np.array(part, dtype=float) for part in (days, *counts)))


def test_all_served():
    assert median((1, True), (2, True), (9, True)) == (2, 9)
    assert median((0, True), (4, True)) == (0, 4)


def test_those_who_leave_were_among_those_who_could_be_served():
    # Day 3: one of four, 3/4. Day 5: one of two left, 3/8.
    assert median((3, True), (4, False), (5, True), (8, False)) == (5, 8)
    # On the day on which one leaves, that one could have been served: 2/3, and then 1/3.
    assert median((2, True), (2, False), (7, True)) == (7, 7)


def test_exactly_half():
    # 3/4 · 2/3 = 1/2.
    assert median((1, True), (2, True), (3, True), (4, True)) == (2, 4)


def test_not_within_the_longest_wait_seen():
    found = median((0, True), *[(365, False)] * 9)
    assert np.isnan(found.days)
    assert found.longest == 365


def test_nobody():
    assert np.isnan(median()).all()


def test_the_table_of_waits_by_days():
    study = make_study()
    counts = {
        "wait_served": np.array([[1, 0, 2]]),
        "wait_left": np.array([[0, 0, 1]]),
        "wait_still": np.array([[0, 0, 0]]),
    }
    history = replace(make_history(study), **counts)
    rows = tables_of(history, names_of(study), scenario="base", draw=2, replicate=1)["wait_days"]
    head = {"scenario": "base", "draw": 2, "replicate": 1, "transition": "send"}
    assert rows.to_pylist() == [
        head | {"days": 0, "served": 1, "left": 0, "waiting": 0},
        head | {"days": 2, "served": 2, "left": 1, "waiting": 0},
    ]
    monthly = replace(names_of(study), step=30.4375)
    rows = tables_of(history, monthly, scenario="base", draw=2, replicate=1)["wait_days"]
    assert rows["days"].to_pylist() == [0, 61]


def tables(study, served, left, still):
    """One history of one line: `served`, `left`, `still` [days waited]; all join at once."""
    history = make_history(study)
    periods = len(history.served)

    def first(count):
        return np.array([[count]] + [[0]] * (periods - 1))

    history = replace(
        history,
        joined=first(sum(served) + sum(left) + sum(still)),
        served=first(sum(served)),
        left=first(sum(left)),
        days_served=first(sum(day * count for day, count in enumerate(served))),
        waiting=np.full_like(history.waiting, sum(still)),
        wait_served=np.array([served]),
        wait_left=np.array([left]),
        wait_still=np.array([still]),
    )
    return tables_of(history, names_of(study), scenario="base", draw=0, replicate=0)


def measured(given, **measures):
    study = make_study(names=("base",), measures=measures)
    rows = measures_table(study, {0: Central()}, given).to_pylist()
    return {row["measure"]: row for row in rows}


def test_ten_want_one_place():
    """One is served at once, nine wait a year: the mean is of the one alone."""
    given = tables(make_study(), [1] + [0] * 85, [0] * 86, [0] * 85 + [9])
    doubled = {"twice": Measure(kind="sum", measures=("w", "w")), "w": WAIT}
    found = measured(given, m=MEDIAN, s=SHARE, **doubled)
    assert found["w"]["value"] == 0.0
    assert found["w"]["still_waiting"] == found["twice"]["still_waiting"] == pytest.approx(0.9)
    assert found["s"]["value"] == pytest.approx(0.1)
    assert (found["m"]["value"], found["m"]["at_least"]) == (None, 85.0)
    assert found["s"]["still_waiting"] is None


def test_some_leave():
    given = tables(make_study(), [2, 2, 0], [0, 4, 0], [0, 0, 2])
    found = measured(given, w=WAIT, m=MEDIAN, s=SHARE)
    assert found["w"]["value"] == 0.5
    assert found["w"]["still_waiting"] == pytest.approx(0.2)
    assert found["s"]["value"] == pytest.approx(0.4)
    # Day 0: two of ten, 4/5; day 1: two of eight, 3/5; then two still wait.
    assert (found["m"]["value"], found["m"]["at_least"]) == (None, 2.0)


def test_a_span_counts_those_who_wait_at_its_end():
    given = tables(make_study(), [2, 2, 0], [0, 4, 0], [0, 0, 2])
    span = {"from": date("2025-02-04"), "to": date("2025-03-01")}
    later = {"from": date("2025-03-01"), "to": date("2025-05-01")}
    shares = {
        name: Measure(kind="share served", transitions=("send",), **days)
        for name, days in (("first", span), ("later", later))
    }
    found = measured(given, **shares)
    assert found["first"]["value"] == pytest.approx(0.4)
    assert found["later"]["value"] == 0.0


def test_nobody_joined():
    found = measured(tables(make_study(), [0], [0], [0]), w=WAIT, m=MEDIAN, s=SHARE)
    assert [row["value"] for row in found.values()] == [None] * 3


def test_waits_that_are_not_told_by_days_have_no_median():
    study = make_study()
    history = make_history(study)
    given = tables_of(history, names_of(study), scenario="base", draw=0, replicate=0)
    with pytest.raises(ResultsError, match="by their length"):
        measured(given, m=MEDIAN)
