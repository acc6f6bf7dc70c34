"""What `check` says of stocks in equilibrium: a run finds nothing else."""

from __future__ import annotations

import pytest

import sojourn as sj

STUDY = """\
study: Held
period: {from: 2026-01-01, to: 2027-01-01}
states: {held: {}, free: {end: yes}}
gates: {season: {open: [{from: 2026-03-01, to: 2026-06-01}]}}
transitions: {held -> free: {after: {exponential: {mean: 30 days}}}}
populations: {all: {stock: {count: 100 people, state: held, served: equilibrium}}}
scenarios: {base: {}}
"""


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("mean: 30 days}}", "mean: 30 days}}, while: season"), "nobody leaves state 'held'"),
        (("exponential: {mean: 30 days}", "lognormal: {mean: 900 years, sd: 1 year}"), "120 years"),
    ],
)
def test_a_stock_without_an_equilibrium_is_told_at_its_place(change, told):
    assert sj.load(STUDY).check().problems == ()
    [problem] = sj.load(STUDY.replace(*change)).check().problems
    assert told in problem.what
    assert (problem.line, problem.path) == (6, "populations.all.stock.served")
