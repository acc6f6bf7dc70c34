"""How many places would be enough, from the greatest number held in each history."""

from __future__ import annotations

import numpy as np
import pyarrow.parquet as pq
import pytest

from sojourn.report.page import open_context
from sojourn.report.run_data import RunData
from sojourn.report.sections.places.capacity import fillings
from sojourn.report.sections.places.places_enough import _enough, places_enough


@pytest.fixture(scope="module")
def context(run_folder):
    with RunData(run_folder) as data:
        yield open_context(data)


def peaks(run_folder, scenario, facility):
    """The greatest number in each history."""
    found = {}
    for row in pq.read_table(run_folder / "facilities.parquet").to_pylist():
        if (row["scenario"], row["facility"]) == (scenario, facility):
            key = row["draw"], row["replicate"]
            found[key] = max(found.get(key, 0), row["peak"])
    return np.array([*found.values()], dtype=float)


def test_where_no_history_fills_a_facility_its_peaks_tell(context, run_folder):
    _, _, table = places_enough(context)
    for row in table.rows:
        values = peaks(run_folder, row["scenario"], row["facility"])
        for key, percent in (("half", 50), ("most", 95)):
            if row[key] is not None:
                assert row[key] == pytest.approx(np.percentile(values, percent), rel=0.02, abs=1)


@pytest.mark.parametrize(
    ("full", "half", "most"), [(0.0, True, True), (0.05, True, True), (0.06, True, False),
                               (0.5, True, False), (0.51, False, False)],
)  # fmt: skip
def test_a_facility_that_fills_hides_how_many_would_come(context, full, half, most):
    row = {**fillings(context)[0], "probability": full}
    found = _enough(context, row)
    facility = context.data.scenario(row["scenario"]).facilities[row["facility"]]
    assert facility.limit == "hard"
    assert (found["half"] is not None, found["most"] is not None) == (half, most)


def test_more_than_there_are_is_written_so(context):
    _, text, table = places_enough(context)
    assert "with the share of people served as the measure" in text.text
    row = {**table.rows[0], "most": None}
    assert table.columns[-1].text(row) == f"more than {row['places_end']:,.0f}"
