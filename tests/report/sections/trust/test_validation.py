"""What is said of counts that the run can be held against, and of those that it cannot."""

from __future__ import annotations

from report.made_run import make_run, study_dict
from sojourn.report.page import open_context
from sojourn.report.run_data import RunData
from sojourn.report.sections.trust.validation import EXTERNAL, validation_table


def external(folder):
    with RunData(folder) as data:
        rows = validation_table(open_context(data)).rows
    return [(row["compared"], row["result"]) for row in rows if row["kind"] == EXTERNAL]


def test_counts_within_a_reporting_period_are_not_passed_over(tmp_path):
    study = study_dict()
    study["history"] = {"prisons": {
        "months": 12, "ends": ["2024-12-31", "2025-12-31", "2026-12-31"], "states": ["held"],
        "counted": {"stock": {"values": [[5.0, 6.0, 7.0]]}},
    }}  # fmt: skip
    (compared, result), = external(make_run(tmp_path / "months", study, draws=2))  # fmt: skip
    assert compared.startswith("2 counts of “prisons” within the period against")
    assert "On 31 December 2026: 7 counted" in result
    study["period"] |= {"report": "year", "year_starts": 7}
    (compared, result), = external(make_run(tmp_path / "years", study, draws=2))  # fmt: skip
    assert compared == (
        "2 counts of “prisons” within the period, on days that end no reporting period."
    )
    assert result.startswith("Not checked") and "`report: month`" in result
