"""What a run tells of lines: those turned away, those served, and those who still wait."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sojourn.results.run_folder.query import query
from sojourn.run.run import Options, run_study

STAY_DAYS = 20
"""Mean of the geometric stay below: 1 / 0.05."""

LOSS = """\
study: Go elsewhere if full
period: {from: 2026-01-01, to: 2046-01-01, report: year}
facilities: {unit: 45 people}
states: {door: {}, held: {place: unit}, gone: {end: yes}, elsewhere: {end: yes}}
transitions:
  door -> held: {otherwise: elsewhere}
  held -> gone: {after: {table: stays.csv}}
populations: {p: {admissions: {per day: 2.5 people, into: door}}}
money:
  currency: USD
  payments: {trips: {payer: A, payee: B, per: person over door -> held, amount: 1 USD}}
measures:
  held: {average: held, from: 2028-01-01}
  away: {turned away: door -> held, from: 2028-01-01}
  moved: {moves: door -> held}
  paid: {money: trips}
"""


def measured(folder: Path, draws: int) -> dict[str, np.ndarray]:
    out = run_study(folder, out=folder / "run", options=Options(draws=draws))
    rows = query(out, "select measure, value from measures order by draw").to_pylist()
    names = {row["measure"] for row in rows}
    return {n: np.array([r["value"] for r in rows if r["measure"] == n]) for n in names}


def held_at_most(places: int, rate: float, leaves: float, days: int = 4000) -> tuple[float, float]:
    """Mean held, and turned away a day, of the daily chain: departures, arrivals, census."""
    law = np.eye(places + 1)[0]
    came = np.exp(-rate) * np.cumprod(np.concatenate([[1.0], rate / np.arange(1, 40)]))
    stay = np.zeros((places + 1, places + 1))
    for held in range(places + 1):
        pmf = np.array([1.0])
        for _ in range(held):
            pmf = np.convolve(pmf, [leaves, 1 - leaves])
        stay[held, : held + 1] = pmf
    full = np.zeros((places + 1, places + 1))
    away = np.zeros(places + 1)
    for held in range(places + 1):
        for n, p in enumerate(came):
            full[held, min(places, held + n)] += p
            away[held] += p * max(0, held + n - places)
    for _ in range(days):
        left = law @ stay
        law = left @ full
    return float(law @ np.arange(places + 1)), float(left @ away)


def test_those_who_find_no_place_go_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_text(LOSS, encoding="utf-8")
    rows = [f"{k},{round(1e12 * 0.05 * 0.95 ** (k - 1))}" for k in range(1, 500)]
    (tmp_path / "stays.csv").write_text("days,weight\n" + "\n".join(rows), encoding="utf-8")
    found = measured(tmp_path, 40)
    held, away = held_at_most(45, 2.5, 1 / STAY_DAYS)
    days = 18 * 365 + 5
    for name, want in (("held", held), ("away", away * days)):
        error = found[name].std(ddof=1) / np.sqrt(len(found[name]))
        assert abs(found[name].mean() - want) < 4 * error, name
    # Whoever goes elsewhere has not moved, and is not paid for.
    np.testing.assert_array_equal(found["moved"], found["paid"])


QUEUE = """\
study: One place, four who want it
period: {from: 2026-01-01, to: 2026-02-01}
facilities: {unit: {capacity: 1 people}}
states: {waiting: {}, held: {place: unit}, gone: {end: yes}}
transitions:
  waiting -> held: {}
  held -> gone: {after: 4 days}
populations: {p: {admissions: {file: arrivals.csv, into: waiting}}}
measures:
  mean: {wait: waiting -> held}
  median: {median wait: waiting -> held}
  share: {share served: waiting -> held}
"""


def test_the_median_wait_is_that_of_all_who_joined(tmp_path: Path) -> None:
    # Served after 0, 4, 8 … 28 days: eight in January, and two of ten still wait.
    (tmp_path / "study.yaml").write_text(QUEUE, encoding="utf-8")
    (tmp_path / "arrivals.csv").write_text("date,people\n2026-01-01,10\n", encoding="utf-8")
    found = measured(tmp_path, 1)
    assert found["share"][0] == 0.8
    assert found["mean"][0] == np.mean(range(0, 29, 4))
    assert found["median"][0] == 16  # half of ten are served after 16 days
    rows = query(tmp_path / "run", "select days, served, waiting from wait_days order by days")
    got = [tuple(row.values()) for row in rows.to_pylist()]
    assert got == [*((days, 1, 0) for days in range(0, 29, 4)), (30, 0, 2)]
