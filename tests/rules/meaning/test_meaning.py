"""One meaning, three evaluators: plain Python, NumPy and DuckDB on generated conditions."""

from datetime import date

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.generated import FACTS, checked, condition, dates, grouped, row, rule_of
from sojourn.rules.agreement.file import in_force_by
from sojourn.rules.meaning.numpy_arrays import column, evaluate_arrays
from sojourn.rules.meaning.reference import evaluate
from sojourn.rules.meaning.sql import identifier, to_sql
from sojourn.study.fact_types import FACT_TYPES


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
            f"{identifier(name)} {FACT_TYPES[fact.type].sql_types['DuckDB']}"
            for name, fact in FACTS.items()
        )
        connection.execute(f"CREATE TABLE cells (row INTEGER, {columns})")
        yield connection


def by_duckdb(expression, rows, connection):
    connection.execute("DELETE FROM cells")
    places = ", ".join("?" * (len(FACTS) + 1))
    connection.executemany(
        f"INSERT INTO cells VALUES ({places})",
        [
            [
                place,
                *(
                    None if row[name] is None else FACT_TYPES[fact.type].stored(row[name], fact)
                    for name, fact in FACTS.items()
                ),
            ]
            for place, row in enumerate(rows)
        ],
    )
    query = f"SELECT {to_sql(expression)} FROM cells ORDER BY row"
    return [value for (value,) in connection.execute(query).fetchall()]


def alike(expression, rows, database):
    plain = [evaluate(expression, row) for row in rows]
    assert by_arrays(expression, rows) == plain
    assert by_duckdb(expression, rows, database) == plain
    return plain


def agree(source, rows, database):
    alike(checked(source), rows, database)


@settings(max_examples=160, deadline=None)
@given(source=condition, rows=st.lists(row, min_size=1, max_size=6))
def test_plain_arrays_and_duckdb_agree(source, rows, database):
    agree(source, rows, database)


@pytest.mark.slow
@settings(max_examples=6000, deadline=None)
@given(source=condition, rows=st.lists(row, min_size=1, max_size=6))
def test_plain_arrays_and_duckdb_agree_on_thousands(source, rows, database):
    agree(source, rows, database)


def meant_by(group, row):
    """The value of a group, said anew in plain Python."""
    if isinstance(group, str):
        return evaluate(checked(group), row)
    values = [meant_by(part, row) for part in group.parts]
    if group.operator == "at least":
        return True if True in values else None if None in values else False
    decides = group.operator == "or"
    if decides in values:
        return decides
    return None if None in values else not decides


@settings(max_examples=40, deadline=None)
@given(group=grouped, rows=st.lists(row, min_size=1, max_size=4))
def test_groups_mean_any_and_all_of_their_parts(group, rows, database):
    expression = rule_of(group).met
    assert alike(expression, rows, database) == [meant_by(group, row) for row in rows]
    if not isinstance(group, str):
        # The text that stands for a group where one line is shown means the same.
        assert [evaluate(checked(group.text()), row) for row in rows] == [
            meant_by(group, row) for row in rows
        ]


@settings(max_examples=40, deadline=None)
@given(
    source=condition, rows=st.lists(row, min_size=1, max_size=4), days=st.tuples(dates, dates),
    open_ends=st.tuples(st.booleans(), st.booleans()),
)  # fmt: skip
def test_a_rule_is_met_by_all_outside_its_dates(source, rows, days, open_ends, database):
    start, end = sorted(days)
    start, end = (None if open_ends[0] else start), (None if open_ends[1] else end)
    rule = in_force_by(rule_of(source, start=start, end=end), "due")

    def meant(row):
        held, day = evaluate(checked(source), row), row["due"]
        if (start is None and end is None) or held:
            return held
        if day is None:
            return None
        within = (start is None or start <= day) and (end is None or day < end)
        return held if within else True

    assert alike(rule.met, rows, database) == [meant(row) for row in rows]


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
        ("entered <= cutoff", {"entered": "2023-07-01", "due": "2023-10-03"}, True),
        ("entered <= cutoff", {"entered": "2023-07-01", "due": "2023-10-02"}, False),
        ("entered <= cutoff", {"entered": "2023-07-01", "due": "1990-04-30"}, None),
        ("years(cutoff, due) = 23", {"due": "2023-10-02"}, True),
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
