"""All uncertain quantities of a study are known by their paths."""

from __future__ import annotations

import subprocess
import sys

import pytest

from sojourn.study.load import load_study
from sojourn.uncertainty.draws import Draw
from sojourn.uncertainty.uncertain_quantities import uncertain_quantities

PATHS = {"parameters.lawsuit_share", "populations.prisoners.admissions.per year"}


def test_each_is_found_once(whole_study):
    found = uncertain_quantities(load_study(whole_study))
    assert set(found) == PATHS
    for path, quantity in found.items():
        assert quantity.path == path
        assert quantity.low is not None
        assert quantity.high is not None
        assert quantity.low < Draw(1, 0).value(quantity) < quantity.high


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (
            ("suing -> prison: {after: {gamma: {mean: 60 days, sd: 30 days}}}",
             "suing -> prison: {after: {gamma: {mean: {between: [5 days, 7 days]}, sd: 9 days}}}"),
            "transitions.suing -> prison.after.gamma.mean",
        ),
        (
            ("  as agreed: {}", "  as agreed: {money.payments.fee.minimum: "
             "{between: [5 places, 20 places], best: 10 places}}"),
            "money.payments.fee.minimum",
        ),
    ],
)  # fmt: skip
def test_it_is_found_wherever_it_stands(change, path, write_study):
    assert set(uncertain_quantities(load_study(write_study(change)))) == PATHS | {path}


def test_loading_a_study_needs_no_slow_library():
    code = (
        "import sys, sojourn.study.load, sojourn.study.checks.quotes, sojourn.uncertainty.draws\n"
        "slow = {'scipy', 'numba', 'duckdb', 'pyarrow'} & set(sys.modules)\n"
        "sys.exit(', '.join(slow) or None)"
    )
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
