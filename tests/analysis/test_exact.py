"""Indices by a design of their own."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.test_effects import ISHIGAMI, ishigami
from sojourn.analysis.exact import design, indices, moved


def test_indices_of_ishigami_s_function_by_a_design():
    rows = design(lambda _, shares: (2.0 * shares - 1.0) * np.pi, 3, 1024, seed=1)
    assert rows.shape == (5 * 1024, 3)
    for (first, total), exact in zip(
        indices(ishigami(rows), 3, 1024, seed=1), ISHIGAMI, strict=True
    ):
        assert first.low - 0.02 <= exact[0] <= first.high + 0.02
        assert total.low - 0.02 <= exact[1] <= total.high + 0.02
        assert total.value == pytest.approx(exact[1], abs=0.04)


def test_an_input_is_moved_while_the_others_stay():
    others = np.random.default_rng(2).normal(size=50)
    found = moved(lambda values: 2.0 * values["a"] * (1.0 + 0.1 * others), "a", 50, 1.0, 4.0)
    assert found.at_high - found.at_low == pytest.approx(6.0 * (1.0 + 0.1 * others.mean()))
    assert found.error == pytest.approx(0.6 * others.std(ddof=1) / np.sqrt(50))
    assert found.told
    unknown = moved(lambda values: values["a"] * np.nan, "a", 50, 1.0, 4.0)
    assert np.isnan(unknown.at_low) and not unknown.told
