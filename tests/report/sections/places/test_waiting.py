"""What the page says of those who wait."""

from __future__ import annotations

import math

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from report.made_run import NAMES, make_run, study_dict
from results.made import reseal
from sojourn.report.page import open_context
from sojourn.report.run_data import RunData
from sojourn.report.sections.places.waiting import _middle, _totals
from sojourn.results.waiting import Median


def totals(folder):
    with RunData(folder) as data:
        rows = _totals(open_context(data))
    return next(row for row in rows if row["scenario"] == "as offered")


def test_all_who_joined_are_told(run_folder):
    row = totals(run_folder)
    waits = pq.read_table(run_folder / "waits.parquet").to_pylist()
    own = [wait for wait in waits if wait["scenario"] == "as offered"]
    last = max(wait["period"] for wait in own)
    served, left = (sum(wait[key] for wait in own) for key in ("served", "left"))
    waiting = sum(wait["waiting"] for wait in own if wait["period"] == last)
    assert row["waiting"].mean == pytest.approx(waiting / 20)
    assert row["share"] == pytest.approx(served / (served + left + waiting))
    assert row["days"] == pytest.approx(44)  # of those served
    # Of 100 in each history 60 are served on day 44: 2/5 are left.
    assert row["median"] == Median(44, 90)


def test_a_median_that_is_not_reached(tmp_path):
    folder = make_run(tmp_path / "run", study_dict(names=NAMES[:2], end="2025-08-04"), draws=2)
    table = pq.read_table(folder / "wait_days.parquet")
    rows = [row | {"served": 1, "waiting": 50} for row in table.to_pylist()]
    pq.write_table(pa.Table.from_pylist(rows, table.schema), folder / "wait_days.parquet")
    reseal(folder)
    median = totals(folder)["median"]
    assert math.isnan(median.days) and median.longest == 90
    assert _middle(median) == "more than 90"
    assert _middle(Median(12.0, 90.0)) == "12"
    assert _middle(None) == "–"
