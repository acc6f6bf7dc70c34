"""Spark says of each condition and each row what DuckDB, NumPy and plain Python say."""

from __future__ import annotations

import math
import shutil
import sys

import pyarrow.parquet as pq
import pytest
from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st

from rules.generated import FACTS, checked, condition, row
from rules.meaning.test_meaning import by_arrays
from screening.cohorts import outcome, rule_of, status_of, write_parquet
from screening.test_screen import agreements, counts_of, made, same
from sojourn.rules.meaning.reference import evaluate
from sojourn.rules.meaning.sql import to_sql
from sojourn.screening.cohort import CohortError, DuckCohort
from sojourn.screening.cohort_columns import Choices
from sojourn.screening.scan_cohort import rows_query, screen, write_rows
from sojourn.study.sql_dialects import SPARK

pytest.importorskip("pyspark")
if shutil.which("java") is None:
    pytest.skip("Java is not installed", allow_module_level=True)

from sojourn.screening.spark import SparkCohort, start

pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture(scope="module")
def session():
    with pytest.MonkeyPatch.context() as environment:
        # A short life: no time for the best of code.
        environment.setenv("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        # It keeps what it has asked, and conditions in the thousands are much.
        environment.setenv(
            "PYSPARK_SUBMIT_ARGS",
            "--driver-memory 3g --conf spark.sql.ui.retainedExecutions=1 pyspark-shell",
        )
        made = start("local[2]")
        made.conf.set("spark.sql.shuffle.partitions", "2")
        yield made
        made.stop()


LONGEST = 1_500
"""Characters of SQL: Spark compiles all of it, which takes seconds where conditions are nested."""
short = condition.filter(lambda source: len(to_sql(checked(source), SPARK)) < LONGEST)
some = st.lists(condition, min_size=10, max_size=10)
cases = st.lists(row, min_size=12, max_size=12)


def agree(session, tmp_path_factory, sources, rows):
    folder = tmp_path_factory.mktemp("rows")
    number = list(range(len(rows)))
    write_parquet(rows, folder / "rows.parquet", masks=True, number=number)
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


@settings(max_examples=1, deadline=None, derandomize=True, phases=[Phase.generate])
@given(sources=some, rows=cases)
def test_conditions_mean_the_same(session, tmp_path_factory, sources, rows):
    agree(session, tmp_path_factory, sources, rows)


def drawn(strategy, count, number):
    """So many of a strategy's values, those of a seed."""
    found = []

    @seed(number)
    @settings(max_examples=count, deadline=None, database=None, phases=[Phase.generate])
    @given(strategy)
    def draw(one):
        found.append(one)

    draw()
    return found


@pytest.mark.slow
@pytest.mark.parametrize("number", range(40))
def test_thousands_of_agreements_come_to_the_same(session, tmp_path, number):
    """Two thousand; fifty at a time are one question to Spark."""
    drafts, rows = drawn(agreements(short), 50, number), drawn(row, 12, number)
    path = write_parquet(rows, tmp_path / "cohort.parquet")
    with SparkCohort(str(path), session) as spark:
        queries = [rows_query(spark, rules, FACTS, Choices()) for rules in drafts]
        told = spark.rows(
            " UNION ALL ".join(
                f"SELECT {at} AS draft, row, failed, unknown, status FROM ({query})"
                for at, query in enumerate(queries)
            )
        )
    # A text of no letters is undocumented in a cohort.
    cases = [{name: None if value == "" else value for name, value in one.items()} for one in rows]
    expected = []
    for at, rules in enumerate(drafts):
        for place, case in enumerate(cases, 1):
            failed, unknown = outcome(rules, case)
            masks = (sum(1 << one for one in found) for found in (failed, unknown))
            expected.append((at, place, *masks, status_of(failed, unknown)))
    assert len(expected) == 600
    assert sorted(told) == expected


@settings(max_examples=2, deadline=None, derandomize=True, phases=[Phase.generate])
@given(rules=agreements(), rows=st.lists(row, min_size=20, max_size=20))
def test_a_cohort_comes_to_the_same(session, tmp_path_factory, rules, rows):
    folder = tmp_path_factory.mktemp("cohorts")
    (folder / "a b+c%20").mkdir()
    for name, part in (("a b+c%20/one", rows[:8]), ("two", rows[8:])):
        number = range(len(part))
        write_parquet(
            part, folder / f"{name}.parquet", n=list(number), case=[str(n) for n in number]
        )
    choices = Choices(weights="n", by="flag", identifier="case")
    told = []
    with (
        SparkCohort(str(folder), session) as spark,
        DuckCohort(str(folder), threads=1, writes=folder.parent / "duck.parquet") as duck,
    ):
        counts = [screen(engine, rules, FACTS, choices) for engine in (spark, duck)]
        for engine, name in ((spark, "spark.parquet"), (duck, "duck.parquet")):
            target = folder.parent / name
            for _ in range(2 if engine is spark else 1):  # what stands there is replaced
                write_rows(engine, rules, FACTS, choices, str(target))
            parts = [target] if target.is_file() else sorted(target.glob("*.parquet"))
            told.append([one for part in parts for one in pq.read_table(part).to_pylist()])
    assert counts[0] == counts[1]
    by_place = [sorted(rows, key=lambda one: (one["file"], one["row"])) for rows in told]
    assert by_place[0] == by_place[1]
    assert {one["file"] for one in told[0]} == {"a b+c%20/one.parquet", "two.parquet"}
    assert not list(folder.parent.glob(".*.unfinished"))


def screened(session, path, sources, facts=FACTS, **choices):
    rules = [rule_of(f"r{place}", checked(source)) for place, source in enumerate(sources)]
    with SparkCohort(str(path), session) as engine:
        return screen(engine, rules, facts, Choices(**choices))


def test_what_the_door_refuses_is_refused_on_spark(session, tmp_path):
    path = made(tmp_path / "c.parquet", {"age": [1.0, math.nan, math.inf], "word": ["a", "b", "c"]})
    with pytest.raises(CohortError, match="`NaN` is not a value of it, one of 2 rows: row 2 of c"):
        screened(session, path, ["age >= 18"])
    text = made(tmp_path / "c.csv", {"age": ["1", "1,5"], "flag": ["yes", "maybe"]})
    text.write_text(text.read_text().replace("1,5", '"1,5"'))
    with pytest.raises(CohortError) as caught:
        screened(session, text, ["age >= 18 and flag"])
    assert "`1,5` is not a value of it, in one row: c.csv" in str(caught.value)
    assert "`maybe`" in str(caught.value)


def test_a_csv_file_is_counted_on_spark_but_its_rows_are_not_told(session, tmp_path):
    path = made(
        tmp_path / "c.csv",
        {"age": ["12", " 40 ", "", "unknown"], "entered": ["2025-02-04", None, "2025-03-01", ""],
         "flag": ["Yes", "no", "", "TRUE"]},
    )  # fmt: skip
    sources = ["age >= 18", "entered < 2025-02-10", "flag"]
    rules = [rule_of(f"r{place}", checked(source)) for place, source in enumerate(sources)]
    with SparkCohort(str(path), session) as engine:
        found = screen(engine, rules, FACTS, Choices())
        with pytest.raises(CohortError, match="have no numbers on Spark"):
            write_rows(engine, rules, FACTS, Choices(), str(tmp_path / "rows.parquet"))
    with DuckCohort(str(path)) as engine:
        assert screen(engine, rules, FACTS, Choices()) == found
    assert same(counts_of(found, rules), {
        "people": 4, "barred": 3, "referred": 1, ("fails", 0): 1, ("fails", 1): 1, ("fails", 2): 1,
        ("unknown", 0): 2, ("unknown", 1): 2, ("unknown", 2): 1, ("remaining", 0): 3,
        ("remaining", 1): 2, ("remaining", 2): 1, ("only_this", 0): 1, ("only_this", 1): 1,
        ("only_this", 2): 1, ("wanted", "age"): 1, ("wanted", "entered"): 1,
    })  # fmt: skip


def test_files_that_cannot_be_read_are_refused_on_spark(session, tmp_path):
    (tmp_path / "bad.parquet").write_text("no table")
    with pytest.raises(CohortError, match="Spark cannot read it"):
        SparkCohort(str(tmp_path / "bad.parquet"), session)


def test_the_fingerprint_is_of_the_values_in_whatever_order(session, tmp_path):
    rows = [dict.fromkeys(FACTS) | {"age": float(age)} for age in range(40)]
    found = []
    for place, some in enumerate((rows, rows, rows[::-1], rows[1:])):
        write_parquet(some, tmp_path / f"{place}.parquet")
        with SparkCohort(str(tmp_path / f"{place}.parquet"), session) as engine:
            found.append(engine.fingerprint())
    assert found[0] == found[1] == found[2] != found[3]


def test_what_spark_needs_is_said(monkeypatch):
    monkeypatch.setattr("sojourn.screening.spark.shutil.which", lambda _: None)
    monkeypatch.setenv("JAVA_HOME", "/nowhere")
    with pytest.raises(CohortError, match="install Java 17"):
        start("local[1]")
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(CohortError, match=r"pip install 'pyspark>=4\.0'"):
        start("local[1]")
