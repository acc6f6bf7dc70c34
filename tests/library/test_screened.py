"""Every agreement of the library screens a cohort: its worked cases come out as they say."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sojourn.rules.agreement.file import read_agreement
from sojourn.screening.cohort import DuckCohort
from sojourn.screening.cohort_columns import Choices
from sojourn.screening.scan_cohort import write_rows
from sojourn.study.files.joined_agreements import library_names

ARROW = {
    "text": pa.string(), "number": pa.float64(), "duration": pa.float64(), "yes-no": pa.bool_(),
    "date": pa.date32(), "set": pa.list_(pa.string()),
}  # fmt: skip


@pytest.mark.parametrize("name", library_names())
def test_worked_cases_of_a_cohort_come_out_as_they_say(name, tmp_path):
    agreement = read_agreement(name)
    cases = [
        case
        for case in agreement.cases.values()
        if not (isinstance(agreement.today, date) and case.today not in {None, agreement.today})
    ]
    assert cases
    rows = [agreement.facts_of(case) for case in cases]
    table = pa.table(
        {
            fact: pa.array([_value(row.get(fact), declared.type) for row in rows],
                           ARROW[declared.type])
            for fact, declared in agreement.facts.items()
        }
    )  # fmt: skip
    pq.write_table(table, tmp_path / "cases.parquet")
    out = tmp_path / "rows.parquet"
    with DuckCohort(str(tmp_path / "cases.parquet"), threads=1, writes=out) as engine:
        write_rows(engine, agreement.rules, agreement.facts, Choices(), str(out))
    names = [checked.name for checked in agreement.rules]
    for case, told in zip(cases, pq.read_table(out).to_pylist(), strict=True):
        mask = told["failed"] if case.outcome == "barred" else told["unknown"]
        because = {rule for place, rule in enumerate(names) if mask >> place & 1}
        assert told["status"] == case.outcome, case.says
        assert case.outcome == "eligible" or because == set(case.because), case.says


def _value(value, kind):
    if kind == "set":
        return value and [member.strip() for member in value.split(";")]
    return date.fromisoformat(value) if kind == "date" and isinstance(value, str) else value
