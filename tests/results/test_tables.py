"""Schemas, builders, periods, and the rows of one history."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from sojourn.study.model.study import Period

from results.made import date, history_tables, make_history, make_study, names_of
from sojourn.results.columns import PER_HISTORY, SPECS, markdown
from sojourn.results.history_tables import tables_of
from sojourn.results.periods import periods_table, reporting_periods
from sojourn.results.tables import Coded, build, constant, empty, from_rows, schema

FIRSTS = {"scenario": "a", "draw": 0, "replicate": 0, "facility": "north"}


@pytest.mark.parametrize("name", SPECS)
def test_every_column_says_what_it_means(name):
    for field in schema(name):
        assert field.metadata[b"about"].endswith(b".")
        assert not pa.types.is_string(field.type)  # text is dictionary-encoded
    assert empty(name).num_rows == 0


def test_markdown_names_every_table():
    text = markdown()
    assert all(f"### `{name}`" in text for name in SPECS)
    assert "| `first_full` | date, may be empty |" in text


def test_rows_become_a_table():
    table = from_rows("firsts", [FIRSTS, FIRSTS | {"first_full": date("2025-03-01")}])
    assert table.schema.equals(schema("firsts"), check_metadata=True)
    assert table["first_full"].to_pylist() == [None, date("2025-03-01")]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"draw": None}, "has empty entries"),
        ({"draw": "x"}, "is not int32"),
        ({"draw": 2**40}, "is not int32"),
        ({"first_full": 12.5}, "is not date"),
        ({"surplus": 1}, "missing or unknown columns"),
    ],
)
def test_wrong_rows_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        from_rows("firsts", [FIRSTS | change])


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_numbers_are_finite(value):
    row = {"draw": 0, "path": "a", "value": value, "unit": ""}
    with pytest.raises(ValueError, match="NaN or infinity"):
        from_rows("draws", [row])


def test_columns_must_agree():
    with pytest.raises(ValueError, match="missing columns"):
        build("groups", {"group": ["a"]})
    with pytest.raises(ValueError, match="unequal length"):
        build("groups", {"group": ["a"], "fact": ["b", "c"], "value": constant("d", 1)})


def test_coded_columns():
    coded = Coded(np.array([1, 0]), ("x", "y"))
    table = build("groups", {"group": coded, "fact": coded, "value": ["a", "b"]})
    assert table["group"].to_pylist() == ["y", "x"]


def test_periods_are_calendar_months_cut_at_the_ends():
    period = Period(**{"from": date("2025-02-04"), "to": date("2025-04-02")})
    found = reporting_periods(period)
    assert found.starts == (date("2025-02-04"), date("2025-03-01"), date("2025-04-01"))
    assert found.days.tolist() == [25, 31, 1]
    assert found.ends == (date("2025-03-01"), date("2025-04-01"), date("2025-04-02"))
    assert np.bincount(found.index).tolist() == [25, 31, 1]


def test_periods_of_years():
    period = Period(**{"from": date("2023-12-31"), "to": date("2025-01-01"), "report": "year"})
    assert periods_table(period).to_pylist() == [
        {"period": date("2023-12-31"), "days": 1, "year": 2023},
        {"period": date("2024-01-01"), "days": 366, "year": 2024},
    ]


def slow_census(study, history):
    """The census table day by day, as a check on the arrays."""
    found = {}
    starts = reporting_periods(study.period).starts
    for day, period in enumerate(history.period.tolist()):
        for s, state in enumerate(("prison", "held")):
            for g, group in enumerate(("home", "other")):
                people = int(history.census[day, s, g])
                row = found.setdefault((starts[period], state, group), [0, 0, 0])
                row[:] = [people, row[1] + people, max(row[2], people)]
    return {key: tuple(row) for key, row in found.items() if row[1]}


def test_census_rows_equal_the_sums_day_by_day():
    study = make_study()
    history = make_history(study)
    history.census[:, 1, 1] = 0  # nobody: no row
    tables = tables_of(history, names_of(study), scenario="base", draw=3, replicate=1)
    assert set(tables) == set(PER_HISTORY)
    found = {
        (row["period"], row["state"], row["group"]): (
            row["people"], row["person_days"], row["peak"],
        )
        for row in tables["census"].to_pylist()
    }  # fmt: skip
    assert found == slow_census(study, history)
    assert {row["draw"] for row in tables["census"].to_pylist()} == {3}


def test_peaks_are_taken_together():
    study = make_study(end="2025-02-08")
    history = make_history(study)
    tables = tables_of(
        history, names_of(study, (("prison", "held"),)), scenario="base", draw=0, replicate=0
    )
    peaks = {row["state"]: row["peak"] for row in tables["peaks"].to_pylist()}
    assert peaks["prison"] == history.census[:, 0].sum(axis=1).max()
    assert peaks["prison + held"] == history.census.sum(axis=(1, 2)).max()


def test_first_full_and_days_full():
    study = make_study(end="2025-03-03")
    history = make_history(study)
    history.occupied[:, 0] = 0
    history.occupied[[25, 26], 0] = 30
    tables = tables_of(history, names_of(study), scenario="base", draw=0, replicate=0)
    assert tables["firsts"]["first_full"].to_pylist() == [date("2025-03-01")]
    assert tables["facilities"]["days_full"].to_pylist() == [0, 2]
    history.capacity[:] = 0  # closed and empty is not full
    history.occupied[:] = 0
    tables = tables_of(history, names_of(study), scenario="base", draw=0, replicate=0)
    assert tables["firsts"]["first_full"].to_pylist() == [None]


def test_flows_and_gates():
    study = make_study(end="2025-02-08")
    history = make_history(study)
    history.moves[:] = [[[0, 2], [3, 0]]]
    history.gate_open[:, 0] = [True, False, True, True]
    tables = tables_of(history, names_of(study), scenario="base", draw=0, replicate=0)
    flows = [(r["transition"], r["target"], r["group"], r["people"])
             for r in tables["flows"].to_pylist()]  # fmt: skip
    assert flows == [("send", "held", "other", 2), ("send", "out", "home", 3)]
    gate = tables["gates"].to_pylist()[0]
    assert (gate["days"], gate["days_open"]) == (4, 3)


def test_a_study_without_lines_facilities_and_gates():
    study = make_study()
    days, periods = study.period.days, len(reporting_periods(study.period).starts)
    names = replace(names_of(study), branches=(), lines=(), facilities=(), gates=())
    none = np.zeros((periods, 0), np.int64)
    daily = np.zeros((days, 0), np.int64)
    history = replace(
        make_history(study),
        moves=np.zeros((periods, 0, 2), np.int64), waiting=daily, joined=none, served=none,
        left=none, days_served=none, occupied=daily, occupied_before=daily[0],
        already_held=daily, capacity=daily, gate_open=daily.astype(bool),
    )  # fmt: skip
    tables = tables_of(history, names, scenario="base", draw=0, replicate=0)
    assert tables["waits"].num_rows == tables["flows"].num_rows == 0


def test_days_must_run_through_the_periods():
    study = make_study()
    history = make_history(study)
    history.period[:] = 0
    with pytest.raises(ValueError, match="do not run"):
        tables_of(history, names_of(study), scenario="base", draw=0, replicate=0)


def test_dates_survive(tmp_path):
    assert isinstance(history_tables(make_study())["census"]["period"][0].as_py(), dt.date)
