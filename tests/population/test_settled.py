"""Shares of a split under a draw."""

from __future__ import annotations

import pytest
from sojourn.study.model.values import Quantity

from sojourn.errors import StudyError
from sojourn.population.streams import settled


def share(value: float, *, uncertain: bool = False) -> Quantity:
    return Quantity(value=value, shape="uniform" if uncertain else "certain", low=0.0, high=1.0)


def test_an_uncertain_share_is_what_it_is_drawn_to_be() -> None:
    shares = {"yes": share(0.3, uncertain=True), "no": share(0.5), "perhaps": share(0.2)}
    got = settled(shares, lambda q: 0.65 if q.uncertain else q.value, "split")
    assert got == pytest.approx({"yes": 0.65, "no": 0.25, "perhaps": 0.10})


def test_uncertain_shares_alone_are_scaled() -> None:
    shares = {"a": share(0.5, uncertain=True), "b": share(0.5, uncertain=True)}
    drawn = iter([0.6, 0.2])
    got = settled(shares, lambda _: next(drawn), "split")
    assert got == pytest.approx({"a": 0.75, "b": 0.25})


def test_more_than_the_whole_leaves_nothing_for_the_certain() -> None:
    shares = {"a": share(0.5, uncertain=True), "b": share(0.5)}
    got = settled(shares, lambda q: 1.25 if q.uncertain else q.value, "split")
    assert got == pytest.approx({"a": 1.0, "b": 0.0})


def test_nothing_at_all_is_refused() -> None:
    with pytest.raises(StudyError, match="all shares are zero"):
        settled({"a": share(0.5, uncertain=True)}, lambda _: 0.0, "split")
