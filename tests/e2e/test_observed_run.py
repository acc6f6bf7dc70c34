"""Observed stays run: six that end by two ways out, and four of which two were first seen late."""

from __future__ import annotations

from math import sqrt

import pytest

from sojourn.results.run_folder.query import query
from sojourn.run.run import Options, run_study

WAYS = """\
study: Six stays observed to their end, two ways out
period: {from: 2026-01-01, to: 2026-02-01}
states: {held: {}, bond: {end: yes}, transfer: {end: yes}}
transitions:
TRANSITIONS
populations: {p: {admissions: {file: arrivals.csv, into: held}}}
measures: {bond: {people: bond, at: end}, transfer: {people: transfer, at: end},
  days: {person-days: held}}
"""
ONE = "  held -> leaves: {to: [bond, transfer], after: {observed: stays.csv}}"
TWO = (
    "  held -> bond: {after: {observed: to_bond.csv}}",
    "  held -> transfer: {after: {observed: to_transfer.csv, rest: never}}",
)
FORMS = {"one file": ONE, "two files": "\n".join(TWO), "turned round": "\n".join(TWO[::-1])}
FILES = {
    "arrivals.csv": "date,people\n2026-01-01,600000\n",
    "stays.csv": "days,way out\n1,bond\n1,bond\n1,transfer\n2,bond\n2,transfer\n3,bond\n",
    "to_bond.csv": "days,ended\n1,yes\n1,yes\n1,no\n2,yes\n2,no\n3,yes\n",
    "to_transfer.csv": "days,ended\n1,no\n1,no\n1,yes\n2,no\n2,yes\n3,no\n",
}
LATE = """\
study: Stays of which two were seen only from their fifth day on
period: {from: 2026-01-01, to: 2026-03-01}
states: {held: {}, gone: {end: yes}}
transitions: {held -> gone: {after: {observed: stays.csv}}}
populations: {p: {admissions: {file: arrivals.csv, into: held}}}
measures: {days: {person-days: held}}
"""


def measured(folder, study, files, *, expected):
    folder.mkdir()
    for name, text in {"study.yaml": study, **files}.items():
        (folder / name).write_text(text, encoding="utf-8")
    run = run_study(folder, out=folder / "run", options=Options(draws=1, expected=expected))
    table = query(run, "select measure, value from measures").to_pydict()
    return dict(zip(table["measure"], table["value"], strict=True))


@pytest.mark.parametrize("expected", [True, False], ids=["expected", "simulated"])
@pytest.mark.parametrize("form", FORMS)
def test_shares_and_days_of_two_ways_out_are_those_that_were_seen(form, expected, tmp_path):
    study = WAYS.replace("TRANSITIONS", FORMS[form])
    found = measured(tmp_path / "study", study, FILES, expected=expected)
    true = {"bond": 400_000, "transfer": 200_000, "days": 1_000_000}
    if expected:
        assert found == pytest.approx(true, rel=1e-12)
        return
    # A third of 600,000 leaves one way; stays of 1, 2 and 3 days have the variance 5/9.
    assert found["bond"] + found["transfer"] == 600_000
    assert found["bond"] == pytest.approx(true["bond"], abs=4 * sqrt(600_000 * 2 / 9))
    assert found["days"] == pytest.approx(true["days"], abs=4 * sqrt(600_000 * 5 / 9))


def test_stays_first_seen_late_are_not_taken_for_all(tmp_path):
    files = {
        "arrivals.csv": "date,people\n2026-01-01,10000\n",
        "stays.csv": "days,entered,ended\n3,0,yes\n10,0,yes\n10,5,yes\n10,5,yes\n",
    }
    # On day 3 one of two leaves, on day 10 all: (3 + 10) / 2 days.
    found = measured(tmp_path / "study", LATE, files, expected=True)
    assert found == pytest.approx({"days": 65_000}, rel=1e-12)
