"""SQL over a run folder: DuckDB with one view for each table and access to nothing else."""

from __future__ import annotations

import re
from difflib import get_close_matches
from pathlib import Path

import duckdb
import pyarrow as pa

from sojourn.disk.faults import problem_behind
from sojourn.errors import Problem, ResultsError
from sojourn.results.columns import SPECS
from sojourn.results.run_folder.folder import read_run
from sojourn.results.views import connect, quoted, stored

_READING = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)


def query(folder: Path, sql: str) -> pa.Table:
    """Answer one query over the tables of a finished run.

    Only statements that read are run, and only the run's tables can be opened. Columns of one
    name are numbered (a, a_2). Raises
    ResultsError if the folder is not a finished run or the query is wrong.
    """
    run = read_run(folder)
    with connect(run.path, alone=True) as connection:
        paths = ", ".join(quoted(str(file)) for file in stored(run.path).values())
        connection.execute(f"set allowed_paths = [{paths}]")
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
        try:
            statements = connection.extract_statements(sql)
            if len(statements) != 1 or statements[0].type not in _READING:
                raise ResultsError(
                    Problem(
                        "a query is one statement that reads",
                        "Write one `select … from TABLE`.",
                        path="query",
                    )
                )
            return _told_apart(connection.sql(statements[0].query).to_arrow_table())
        except duckdb.Error as error:
            fix = "ask for less at once: fewer rows or columns, `limit`, a sum in place of all rows"
            raise ResultsError(problem_behind(error, fix) or _problem(error)) from error


def _told_apart(table: pa.Table) -> pa.Table:
    """The table with columns of one name numbered: a, a_2."""
    names: list[str] = []
    for name in table.column_names:
        free, number = name, 1
        while free in names or (number > 1 and free in table.column_names):
            number += 1
            free = f"{name}_{number}"
        names.append(free)
    return table.rename_columns(names)


def _problem(error: duckdb.Error) -> Problem:
    text = str(error).strip()
    unknown = re.search(r"Table with name (\S+) does not exist", text)
    if unknown:
        name = unknown.group(1)
        near = get_close_matches(name, SPECS, n=1)
        meant = f"Did you mean `{near[0]}`? " if near else ""
        return Problem(
            f"there is no table `{name}`", f"{meant}The tables: {', '.join(SPECS)}.", path="query"
        )
    # DuckDB's own message, with candidates for a column and the place in the query.
    return Problem(text, path="query")
