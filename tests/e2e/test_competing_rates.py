"""Two equal rates of leaving, from the text of a study to its measures, in steps of any length."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest

from sojourn.results.run_folder.query import query
from sojourn.run.run import Options, run_study

STUDY = """\
study: Two equal rates of leaving
period: {from: 2026-01-01, to: END, step: STEP, report: year}
states: {held: {}, paroled: {end: yes}, expired: {end: yes}}
transitions:
  held -> FIRST: {after: {hazard: {0 days: RATE % per STEP}}}
  held -> SECOND: {after: {hazard: {0 days: RATE % per STEP}}}
populations: {p: {admissions: {file: arrivals.csv, into: held}}}
measures: {paroled: {people: paroled, at: end}, expired: {people: expired, at: end},
  years: {person-years: held}}
"""
STEPS = {"day": ("2027-01-01", 30), "month": ("2036-01-01", 20), "year": ("2066-01-01", 50)}


def person_years(step: str, end: str, rate: float) -> float:
    """Of one person who enters on the first day: what is there at the ends of steps."""
    first = np.arange("2026-01-01", end, dtype=f"datetime64[{step[0].upper()}]")
    days = np.diff(np.append(first, np.datetime64(end)).astype("datetime64[D]")).astype(float)
    year = first.astype("datetime64[Y]")
    of_year = np.diff([year.astype("datetime64[D]"), (year + 1).astype("datetime64[D]")], axis=0)
    there = np.exp(-rate * np.arange(len(first))) * -np.expm1(-rate) / rate
    if step != "day":
        there = (there + np.append(0.0, there[:-1])) / 2
    return float(there @ (days / of_year[0].astype(float)))


@pytest.mark.parametrize("expected", [True, False], ids=["expected", "simulated"])
@pytest.mark.parametrize("order", [("paroled", "expired"), ("expired", "paroled")], ids="-".join)
@pytest.mark.parametrize("step", STEPS)
def test_each_takes_half_of_them(tmp_path, step, order, expected):
    end, rate = STEPS[step]
    text = STUDY.replace("END", end).replace("STEP", step).replace("RATE", str(rate))
    text = text.replace("FIRST", order[0]).replace("SECOND", order[1])
    (tmp_path / "study.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "arrivals.csv").write_text("date,people\n2026-01-01,1000000\n", encoding="utf-8")
    run = run_study(tmp_path, out=tmp_path / "run", options=Options(draws=1, expected=expected))
    table = query(run, "select measure, value from measures").to_pydict()
    found = dict(zip(table["measure"], table["value"], strict=True))
    assert found["paroled"] + found["expired"] == pytest.approx(1_000_000, abs=1e-6)
    # A million halves have a standard error of 500.
    assert found["paroled"] == pytest.approx(500_000, abs=1e-6 if expected else 4 * 500)
    want = person_years(step, end, 2 * rate / 100)
    near = {"rel": 1e-9} if expected else {"rel": 4 / sqrt(1_000_000)}
    assert found["years"] / 1_000_000 == pytest.approx(want, **near)
