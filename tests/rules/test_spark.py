"""Spark says of each condition and each row what DuckDB, NumPy and plain Python say."""

from __future__ import annotations

import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.cohorts import write_parquet
from rules.generated import checked, condition, row
from rules.test_meaning import by_arrays
from sojourn.rules.dialect import SPARK
from sojourn.rules.evaluate import evaluate
from sojourn.rules.sql import to_sql

pytest.importorskip("pyspark")
if shutil.which("java") is None:
    pytest.skip("Java is not installed", allow_module_level=True)

from sojourn.rules.spark import start

pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture(scope="module")
def session():
    made = start("local[2]")
    made.conf.set("spark.sql.shuffle.partitions", "2")
    yield made
    made.stop()


@settings(max_examples=6, deadline=None, derandomize=True)
@given(
    sources=st.lists(condition, min_size=30, max_size=30),
    rows=st.lists(row, min_size=12, max_size=12),
)
def test_conditions_mean_the_same(session, tmp_path_factory, sources, rows):
    folder = tmp_path_factory.mktemp("rows")
    write_parquet(rows, folder / "rows.parquet", number=list(range(len(rows))))
    expressions = [checked(source) for source in sources]
    frame = session.read.parquet(str(folder / "rows.parquet"))
    found = (
        frame.selectExpr(
            "number", *(f"{to_sql(one, SPARK)} AS c{at}" for at, one in enumerate(expressions))
        )
        .orderBy("number")
        .collect()
    )
    for at, expression in enumerate(expressions):
        plain = [evaluate(expression, one) for one in rows]
        assert [one[f"c{at}"] for one in found] == plain, sources[at]
        assert by_arrays(expression, rows) == plain
