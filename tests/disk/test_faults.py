"""What the machine lacks is told as that, and not as a fault of the input."""

from __future__ import annotations

import tempfile
from pathlib import Path

import duckdb
import pytest

import sojourn as sj
from sojourn.disk.faults import problem_behind
from sojourn.results import views

LARGE = (
    "select count(*) as n from (select row_number() over (order by hash(i)) as n, "
    "hash(i)::varchar || i as text from range(400000) as t(i)) where n % 2 = 0 and text <> ''"
)


@pytest.fixture(scope="module")
def run():
    return sj.example("minimal").run(draws=1, seed=1, expected=True)


@pytest.fixture
def memory_of(monkeypatch):
    """Lets databases that are made from now on have so many megabytes."""
    new = views._new
    return lambda megabytes: monkeypatch.setattr(
        views, "_new", lambda **more: new(**{**more, "threads": 1}, memory_limit=f"{megabytes}MB")
    )


def test_a_query_that_needs_too_much_memory_is_told_its_way_out(run, memory_of):
    memory_of(4)
    with pytest.raises(sj.SojournError) as refused:
        run.sql(LARGE)
    (problem,) = refused.value.problems
    assert problem.what == "there is not enough memory"
    assert problem.fix.startswith("ask for less at once")


def test_what_does_not_fit_into_memory_goes_to_the_folder_for_temporary_files(
    run, memory_of, monkeypatch, tmp_path
):
    memory_of(15)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(Path(__file__)))
    with pytest.raises(sj.SojournError, match="cannot be put onto the disk") as refused:
        run.sql(LARGE)
    (problem,) = refused.value.problems
    assert "set TMPDIR" in problem.fix
    assert problem.file == f"{Path(__file__)}/"
    monkeypatch.undo()
    memory_of(15)
    assert run.sql(LARGE).to_arrow().to_pylist() == [{"n": 200_000}]
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
def test_a_full_disk_behind_a_database_is_a_full_disk():
    with duckdb.connect() as connection, pytest.raises(duckdb.IOException) as error:
        connection.execute("copy (select * from range(1000)) to '/dev/full' (format parquet)")
    problem = problem_behind(error.value)
    assert problem is not None
    assert problem.what == "a file cannot be used: No space left on device"
    assert (problem.file, problem.fix[:9]) == ("/dev/full", "make room")


def test_a_missing_table_is_no_fault_of_the_machine():
    with duckdb.connect() as connection, pytest.raises(duckdb.IOException) as error:
        connection.execute("select * from read_parquet('nothing.parquet')")
    assert problem_behind(error.value) is None
