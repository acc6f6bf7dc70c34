"""What tables of the terminal show of a mean's errors."""

from __future__ import annotations

import pytest

from sojourn.cli.output import inputs_not_told, spread_rounded

ROW = {"mean": -3_160_000.0, "p5": -4e6, "p50": -3.1e6, "p95": -2e6,
       "error_parameters": 0.0, "error_simulation": 490_000.0}  # fmt: skip


@pytest.mark.parametrize(("uncertain", "shown"), [(True, None), (False, 0.0)])
def test_an_error_by_inputs_hidden_by_chance_is_not_none(uncertain, shown):
    assert list(spread_rounded(ROW, uncertain=uncertain))[4:] == [shown, 960_000.0]
    assert inputs_not_told(ROW, uncertain=uncertain) == uncertain
    assert not inputs_not_told(ROW | {"error_simulation": 0.0}, uncertain=True)
