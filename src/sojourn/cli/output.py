"""What the command line prints: results on stdout, progress and problems on stderr."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date

from rich.console import Console
from rich.table import Table

from sojourn import Problem, SojournError

stderr = Console(stderr=True, highlight=False, soft_wrap=True)


def say(text: str = "") -> None:
    """Print a line unchanged, without markup."""
    print(text)


def print_json(value: object) -> None:
    """Print one JSON document."""
    print(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def as_json(problem: Problem) -> dict[str, object]:
    """The problem as plain values, without empty parts."""
    names = ("file", "line", "column", "path", "what", "fix")
    return {name: value for name in names if (value := getattr(problem, name))}


def print_problems(error: SojournError) -> None:
    """Print each problem with its place and remedy."""
    for problem in error.problems:
        stderr.print("[bold red]error:[/] ", end="")
        stderr.print(str(problem), markup=False)
    if len(error.problems) > 1:
        stderr.print(f"{len(error.problems)} problems")


def print_rows(
    names: Sequence[str], rows: Sequence[Sequence[object]], form: str, *, whole: int = 0
) -> None:
    """Print rows as a table for people, as CSV, or as one JSON document.

    The first `whole` columns of a table are never folded, because readers copy names from them.
    """
    if form == "json":
        print_json([dict(zip(names, row, strict=True)) for row in rows])
    elif form == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(names)
        writer.writerows(["" if value is None else value for value in row] for row in rows)
    else:
        _print_table(names, rows, whole)


def _print_table(names: Sequence[str], rows: Sequence[Sequence[object]], whole: int) -> None:
    """A table for people: numbers to the right, a dash for a missing value."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column, name in enumerate(names):
        values = [row[column] for row in rows if row[column] is not None]
        numeric = bool(values) and all(isinstance(value, int | float) for value in values)
        table.add_column(
            name,
            justify="right" if numeric else "left",
            overflow="fold",
            no_wrap=column < whole,
        )
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    with captured() as console:
        console.print(table)
    say(counted(len(rows), "rows"))


def counted(count: int, things: str) -> str:
    """The count and its noun, which is given in the plural: `1 row`, `2 facilities`."""
    if count != 1:
        return f"{count} {things}"
    return f"1 {things[:-3]}y" if things.endswith("ies") else f"1 {things.removesuffix('s')}"


@contextmanager
def captured() -> Iterator[Console]:
    """A console whose text goes to stdout at the end.

    A terminal folds long cells; a file or a pipe gets each row of a table on one line.
    """
    terminal = sys.stdout.isatty()
    console = Console(highlight=False, markup=False, width=None if terminal else 100_000)
    with console.capture() as capture:
        yield console
    # If the reader closes the pipe, Rich would end the process; this write raises an error instead.
    sys.stdout.write("".join(f"{line.rstrip()}\n" for line in capture.get().splitlines()))


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.6g}" if abs(value) < 1e5 else f"{value:,.0f}"
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def listing(pairs: Iterable[tuple[str, object]]) -> None:
    """Print pairs with the values under each other."""
    pairs = list(pairs)
    width = max(len(name) for name, _ in pairs)
    for name, value in pairs:
        say(f"{name:<{width}}  {value}")
