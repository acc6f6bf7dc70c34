"""A stock whose stays and days served are tables of files, one for each cell, against theory."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sojourn.engine.compile.scenario import compile_program
from sojourn.engine.kernel.simulate import simulate
from sojourn.run.people_and_rules import all_inputs
from sojourn.study.load import load_study

Z = 4.0
PEOPLE = 30_000

STUDY = """\
study: Two kinds of people
period: {from: 2026-01-01, to: 2026-05-01, by: [kind]}
facts: {kind: {values: [a, b]}}
states: {held: {}}
transitions:
  held -> out: {after: {table: stays.csv}}
populations:
  people:
    split: {kind: {a: 50 %, b: 50 %}}
    stock: {count: 60000 people, state: held, served: SERVED}
scenarios: {base: {}}
"""
# Kind a stays 10 or 40 days, one to three; kind b 30 or 90, alike.
STAYS = "kind,days,weight\na,10,1\na,40,3\nb,30,1\nb,90,1\n"
SERVED = "kind,days,weight\na,5,1\na,20,1\nb,60,1\n"


def census(folder: Path, served: str) -> np.ndarray:
    """People at the end of each day, by kind."""
    for name, text in (
        ("study.yaml", STUDY.replace("SERVED", served)),
        ("stays.csv", STAYS),
        ("served.csv", SERVED),
    ):
        (folder / name).write_text(text, encoding="utf-8")
    study = load_study(folder)
    scenario = study.scenarios["base"]
    given = all_inputs(study)["base"]
    program = compile_program(study, scenario, given.cells, given.outcomes, lambda q: q.value)
    return simulate(program, seed=7, replicate=0).census[:, 0]


def assert_share(people: int, share: float) -> None:
    assert abs(people - PEOPLE * share) <= Z * np.sqrt(PEOPLE * share * (1 - share))


def test_days_served_from_a_table_of_each_cell(tmp_path: Path) -> None:
    held = census(tmp_path, "{table: served.csv}")
    # Kind b has served 60 days, so it stays 90: 30 more.
    assert set(held[:30, 1]) == {PEOPLE}
    assert set(held[30:, 1]) == {0}
    # Kind a: who has served 20 of 40 days stays 20 more; who has served 5 leaves after 5 days
    # with a chance of 1/4, else after 35.
    assert set(held[:5, 0]) == {PEOPLE}
    for day in range(5, 20):
        assert_share(held[day, 0], 0.5 + 0.5 * 0.75)
    for day in range(20, 35):
        assert_share(held[day, 0], 0.5 * 0.75)
    assert set(held[35:, 0]) == {0}


@pytest.mark.parametrize(
    ("kind", "stays", "shares"), [(0, (10, 40), (0.25, 0.75)), (1, (30, 90), (0.5, 0.5))]
)
def test_equilibrium_is_that_of_each_cell(kind, stays, shares, tmp_path: Path) -> None:
    held = census(tmp_path, "equilibrium")
    longer = np.zeros(200)
    for days, share in zip(stays, shares, strict=True):
        longer[:days] += share
    # There at the end of day d: sum over j > d of P(K > j), over E[K].
    left = longer[::-1].cumsum()[::-1] / longer.sum()
    for day in (0, 3, 12, 25, 38, 70, 100):
        assert_share(held[day, kind], float(left[day + 1]))
