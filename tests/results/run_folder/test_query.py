"""Queries and exports of a finished run."""

import csv
import json
from hashlib import sha256

import pytest

from results.made import write_run
from sojourn.errors import ResultsError
from sojourn.results.columns import SPECS
from sojourn.results.run_folder.export import export_run
from sojourn.results.run_folder.query import query


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return write_run(tmp_path_factory.mktemp("runs") / "a [run] with 'odd' name?")


def test_answers(run):
    answer = query(run, "select count(*) as n from histories")
    assert answer["n"].to_pylist() == [2 * 3 * 2]
    by_days = query(
        run, "select sum(person_days) / sum(days) as a from census join periods using (period)"
    )
    assert by_days.num_rows == 1
    assert query(run, "select * from claims").num_rows == 0
    assert "census" in query(run, "show tables")["name"].to_pylist()


def test_an_unknown_table_names_its_neighbour(run):
    with pytest.raises(ResultsError, match=r"no table `censos`") as caught:
        query(run, "select * from censos")
    assert "Did you mean `census`?" in str(caught.value)
    assert "facilities" in str(caught.value)


@pytest.mark.parametrize("sql", ["selct 1", "select peeple from census", "select 1/", "'"])
def test_wrong_sql_is_told(run, sql):
    with pytest.raises(ResultsError, match="query"):
        query(run, sql)


@pytest.mark.parametrize(
    "sql",
    [
        "",
        "select 1; select 2",
        "create table t as select 1",
        "drop view census",
        "copy census to 'stolen.csv'",
        "attach 'other.db'",
        "set enable_external_access = true",
        "install httpfs",
    ],
)
def test_only_one_reading_statement_runs(run, sql):
    with pytest.raises(ResultsError, match="one statement that reads"):
        query(run, sql)


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_text('/etc/hostname')",
        "select * from read_csv('/etc/passwd')",
        "select * from '/etc/passwd'",
        "select * from glob('/*')",
        "select * from read_parquet('https://example.org/x.parquet')",
        "explain analyze copy (select 1) to 'stolen.csv'",
    ],
)
def test_nothing_else_is_within_reach(run, sql):
    with pytest.raises(ResultsError):
        query(run, sql)


def test_variables_of_the_caller_are_not_tables(run):
    secret = query(run, "select 1 as a")
    assert secret.num_rows == 1
    with pytest.raises(ResultsError, match="no table `secret`"):
        query(run, "select * from secret")


def test_export_is_a_data_package(run, tmp_path):
    out = export_run(run, tmp_path / "tables")
    package = json.loads((out / "datapackage.json").read_text())
    assert [resource["name"] for resource in package["resources"]] == list(SPECS)
    for resource in package["resources"]:
        file = out / resource["path"]
        with file.open(newline="", encoding="utf-8") as stream:
            header, *rows = csv.reader(stream)
        assert header == [field["name"] for field in resource["schema"]["fields"]]
        assert resource["hash"] == f"sha256:{sha256(file.read_bytes()).hexdigest()}"
        assert resource["bytes"] == file.stat().st_size
        expected = query(run, f"select count(*) as n from {resource['name']}")["n"][0].as_py()
        assert len(rows) == expected
    export_run(run, out)  # again, over itself


def test_export_refuses_a_foreign_folder(run, tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(ResultsError, match="something else"):
        export_run(run, tmp_path)
