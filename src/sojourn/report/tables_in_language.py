"""The tables of an open run in the language of the moment."""

from __future__ import annotations

from duckdb import DuckDBPyConnection

from sojourn.report.wording.own_words import COLUMNS, said
from sojourn.results.columns import SPECS
from sojourn.results.views import quoted


def say_names(connection: DuckDBPyConnection, written: str) -> None:
    """Put the study's own words, `written` in some language, into the views of its tables."""
    for name, spec in SPECS.items():
        columns = (column for column in COLUMNS if column in spec.names)
        changed = [
            f"CASE {column} {cases} ELSE {column} END AS {column}"
            for column in columns
            if (cases := _cases(connection, name, column, written))
        ]
        if changed:
            connection.execute(f'ALTER VIEW "{name}" RENAME TO "{name} as written"')
            connection.execute(
                f'CREATE TEMP VIEW "{name}" AS SELECT * REPLACE ({", ".join(changed)}) '
                f'FROM "{name} as written"'
            )


def _cases(connection: DuckDBPyConnection, table: str, column: str, written: str) -> str:
    """What is said in place of each text of a column that is said otherwise."""
    found = connection.execute(f'SELECT DISTINCT {column} FROM "{table}"').fetchall()
    texts = {text: said(text, column, written) for (text,) in found if text}
    return " ".join(
        f"WHEN {quoted(text)} THEN {quoted(told)}" for text, told in texts.items() if told != text
    )
