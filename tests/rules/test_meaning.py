"""One meaning, three evaluators: plain Python, NumPy and DuckDB on generated conditions."""

from datetime import date

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.generated import FACTS, checked, condition, row
from sojourn.rules.arrays import column, evaluate_arrays
from sojourn.rules.evaluate import evaluate
from sojourn.rules.sql import COLUMN_TYPES, identifier, to_sql


def by_arrays(expression, rows):
    columns = {name: column([row[name] for row in rows], fact.type) for name, fact in FACTS.items()}
    names = {1: True, 0: False, -1: None}
    found = evaluate_arrays(expression, columns)
    assert found.dtype == np.int8
    return [names[int(value)] for value in found]


@pytest.fixture(scope="module")
def database():
    with duckdb.connect() as connection:
        columns = ", ".join(
            f"{identifier(name)} {COLUMN_TYPES[fact.type]}" for name, fact in FACTS.items()
        )
        connection.execute(f"CREATE TABLE cells (row INTEGER, {columns})")
        yield connection


def by_duckdb(expression, rows, connection):
    connection.execute("DELETE FROM cells")
    places = ", ".join("?" * (len(FACTS) + 1))
    connection.executemany(
        f"INSERT INTO cells VALUES ({places})",
        [[place, *(row[name] for name in FACTS)] for place, row in enumerate(rows)],
    )
    query = f"SELECT {to_sql(expression)} FROM cells ORDER BY row"
    return [value for (value,) in connection.execute(query).fetchall()]


def agree(source, rows, database):
    expression = checked(source)
    plain = [evaluate(expression, row) for row in rows]
    assert by_arrays(expression, rows) == plain
    assert by_duckdb(expression, rows, database) == plain


@settings(max_examples=400, deadline=None)
@given(source=condition, rows=st.lists(row, min_size=1, max_size=6))
def test_plain_arrays_and_duckdb_agree(source, rows, database):
    agree(source, rows, database)


@pytest.mark.slow
@settings(max_examples=6000, deadline=None)
@given(source=condition, rows=st.lists(row, min_size=1, max_size=6))
def test_plain_arrays_and_duckdb_agree_on_thousands(source, rows, database):
    agree(source, rows, database)


@pytest.mark.parametrize(
    ("source", "row", "meant"),
    [
        ("age > 3", {}, None),
        ("age > 3 or flag", {"flag": True}, True),
        ("age > 3 or flag", {"flag": False}, None),
        ("age > 3 and flag", {"flag": False}, False),
        ("age > 3 and flag", {"flag": True}, None),
        ("not age > 3", {}, None),
        ("known(age)", {}, False),
        ("known(age)", {"age": float("nan")}, False),
        ("not known(age) or age > 3", {}, True),
        ("known(both)", {"flag": False}, True),
        ("known(both)", {"flag": True}, False),
        ("age in (1, 2)", {}, None),
        ("age in (1, score)", {"age": 1.0}, True),
        ("age in (1, score)", {"age": 2.0}, None),
        ("age not in (1, 2)", {"age": 3.0}, True),
        ("flag = mark", {"flag": False, "mark": False}, True),
        ("entered + 30 days <= 2025-03-06", {"entered": "2025-02-04"}, True),
        ("entered + 30 days <= 2025-03-05", {"entered": date(2025, 2, 4)}, False),
        ("due - entered = 1 week", {"entered": "2025-02-04", "due": "2025-02-11"}, True),
        ("word = 'it''s'", {"word": "it's"}, True),
        # A birthday is the month and the day; of 29 February it is 1 March in common years.
        ("age(entered, due) = 18", {"entered": "2007-05-06", "due": "2025-05-06"}, True),
        ("age(entered, due) = 17", {"entered": "2007-05-06", "due": "2025-05-05"}, True),
        ("age(entered, due) = 17", {"entered": "2004-02-29", "due": "2022-02-28"}, True),
        ("age(entered, due) = 18", {"entered": "2004-02-29", "due": "2022-03-01"}, True),
        ("age(entered, due) = 20", {"entered": "2004-02-29", "due": "2024-02-29"}, True),
        ("years(entered, due) = -1", {"entered": "2025-02-05", "due": "2025-02-04"}, True),
        ("years(entered, due) = -1", {"entered": "2025-02-04", "due": "2024-02-04"}, True),
        ("years(entered, due) = -2", {"entered": "2025-02-04", "due": "2024-02-03"}, True),
        ("age(entered, due) >= 18 years", {"entered": "2007-05-06", "due": None}, None),
        ("age(entered, today) > 3", {"entered": "2020-01-01", "due": "2025-01-01"}, True),
        ("term >= notice", {"term": 150.0, "due": "2024-12-31"}, False),
        ("term >= notice", {"term": 150.0, "due": "2025-01-01"}, True),
        ("term >= notice", {"term": 150.0, "due": "1984-12-31"}, None),
        ("term >= notice", {"term": 150.0, "due": None}, None),
        ("known(entered) and always = 30", {"entered": "2020-01-01"}, True),
    ],
)
def test_worked_cases(source, row, meant, database):
    expression = checked(source)
    whole = {name: row.get(name) for name in FACTS}
    assert evaluate(expression, row) is meant
    assert by_arrays(expression, [whole]) == [meant]
    if row.get("age") == row.get("age"):  # NaN is kept out of tables
        assert by_duckdb(expression, [whole], database) == [meant]
