"""Every pair and every triple of features: kernel, readable twin, parts, and the kernel's own ways.

The studies are those of `generated.corpus`. One that is added to `generated.features` must be told
by `generated.detector`, and is then met with all others here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine.generated.corpus import cover_all
from engine.generated.detector import features_of_people
from engine.generated.features import PUT
from engine.test_twin import (
    assert_same,
    assert_same_counts,
    nothing_is_read_before_it_is_written,
    nothing_plain,
)
from sojourn.engine import prepared
from sojourn.engine.parts import simulate_in_parts
from sojourn.engine.program import Program
from sojourn.engine.replicate import simulate

__all__ = ["nothing_is_read_before_it_is_written"]
"""A fixture of every test here."""


def same_in_every_way(program: Program, told: dict[str, Any], seed: int) -> set[frozenset[str]]:
    """Run a study in every way that there is; what its people had."""
    history = assert_same(program, seed, 0)
    # Of no state is it known that entering it is no more than to draw: people come one by one.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prepared, "plain_states", nothing_plain)
        assert_same_counts(simulate(replace(program), seed=seed, replicate=0), history)
    parts = simulate_in_parts(program, seed=seed, replicate=0, shared={})
    assert_same_counts(parts, history)
    return features_of_people(program, told, history, seed, 0)


def test_every_pair_and_triple_of_features() -> None:
    covered = cover_all(tuple(PUT), same_in_every_way)
    assert covered.missing == ()
