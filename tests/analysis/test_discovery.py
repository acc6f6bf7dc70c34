"""Ranges of inputs in which something happens, where they are known."""

from __future__ import annotations

import numpy as np
import pytest

from sojourn.analysis.discovery import discover, held


def made(draws, inputs, seed=0, mistaken=0.02):
    random = np.random.default_rng(seed)
    values = random.random((draws, inputs))
    happens = (values[:, 0] > 0.6) & (values[:, 3] < 0.4)
    return values, happens ^ (random.random(draws) < mistaken)


def test_the_box_is_the_one_that_was_put_there():
    values, happens = made(400, 12)
    box = discover(values, happens)
    ranges = {one.place: one for one in box.ranges}
    assert set(ranges) == {0, 3}
    assert ranges[0].low == pytest.approx(0.6, abs=0.04) and ranges[0].high is None
    assert ranges[3].high == pytest.approx(0.4, abs=0.04) and ranges[3].low is None
    assert box.coverage > 0.8 and box.density > 0.9
    inside = held(values, box.ranges)
    assert (box.inside, box.share) == (inside.sum(), happens.mean())
    assert box.coverage == (happens & inside).sum() / happens.sum()
    assert box.density == (happens & inside).sum() / inside.sum()


def test_on_other_draws_the_box_is_not_better_than_it_says():
    values, happens = made(400, 8, seed=3, mistaken=0.1)
    box = discover(values, happens)
    fresh, there = made(20_000, 8, seed=4, mistaken=0.1)
    inside = held(fresh, box.ranges)
    density = there[inside].mean()
    assert box.density_apart == pytest.approx(density, abs=0.2)
    assert box.density_apart <= box.density + 1e-9


def test_where_no_input_decides_there_is_no_range():
    random = np.random.default_rng(5)
    boxes = [discover(random.random((200, 6)), random.random(200) < 0.3) for _ in range(5)]
    assert sum(bool(box.ranges) for box in boxes) <= 2
    assert any(box.coverage == 1.0 and box.density == box.share for box in boxes)


def test_a_choice_of_few_values_can_be_a_range():
    random = np.random.default_rng(6)
    which = random.integers(0, 2, 200).astype(float)
    values = np.column_stack([which, random.random(200)])
    box = discover(values, (which == 1.0) & (random.random(200) < 0.9))
    assert [(one.place, one.low) for one in box.ranges] == [(0, 1.0)]


def test_too_few_of_a_kind_are_refused():
    with pytest.raises(ValueError, match="of either kind"):
        discover(np.random.default_rng(7).random((100, 2)), np.arange(100) < 5)
