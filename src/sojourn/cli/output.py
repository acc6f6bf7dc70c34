"""What the command line prints: results on stdout, progress and problems on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from math import floor, hypot, isfinite, log10
from typing import Any

from rich.console import Console
from rich.table import Table

import sojourn as sj
from sojourn import Problem, SojournError

NINETY_FIVE = 1.96
"""Standard errors on both sides of a mean that make its 95 % interval."""
SPREAD_SHOWN = ("mean", "p5", "p50", "p95", "± inputs", "± chance")


class _Stderr(Console):
    """Messages; if nobody can read them, the command goes on and ends as it would."""

    def print(self, *objects: Any, **options: Any) -> None:  # noqa: ANN401 -- as the parent
        with suppress(OSError, SystemExit):
            super().print(*objects, **options)


stderr = _Stderr(stderr=True, highlight=False, emoji=False, soft_wrap=True)


@contextmanager
def printing() -> Iterator[None]:
    """Raise SojournError where stdout cannot be written; a closed pipe is another matter."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise SojournError(f"what is printed cannot be written: {error.strerror}") from error


def say(text: str = "") -> None:
    """Print a line unchanged, without markup."""
    with printing():
        print(text)


def print_json(value: object) -> None:
    """Print one JSON document, in UTF-8."""
    _as_data()
    say(json.dumps(_without_nan(value), indent=2, ensure_ascii=False, default=str))


def _without_nan(value: object) -> object:
    """The value with NaN and infinities as texts: JSON has no such numbers."""
    if isinstance(value, float) and not isfinite(value):
        return str(value)
    if isinstance(value, Mapping):
        return {key: _without_nan(one) for key, one in value.items()}
    return [_without_nan(one) for one in value] if isinstance(value, list | tuple) else value


def _as_data() -> None:
    """Write UTF-8 into files and pipes, whatever a terminal would get."""
    if hasattr(sys.stdout, "reconfigure") and not sys.stdout.isatty():
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace", newline="")


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


def print_data(table: sj.Table, form: str) -> None:
    """Print a whole table for programs: csv, json, arrow or parquet."""
    if form == "json":
        print_json(table.to_dicts())
        return
    if form != "csv" and sys.stdout.isatty():
        raise SojournError(f"a terminal cannot show {form}: send it to a file, with `> FILE`")
    with printing():
        sys.stdout.flush()
        table.write(sys.stdout.buffer, form)


def print_rows(names: Sequence[str], rows: Sequence[Sequence[object]], *, whole: int = 0) -> None:
    """Print rows as a table for people: numbers to the right, a dash for a missing value.

    The first `whole` columns are never folded, because readers copy names from them.
    """
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


NOT_TOLD = "–: the error by inputs is too small to be told from 0 beside chance"


def inputs_not_told(row: Mapping[str, Any], *, uncertain: bool) -> bool:
    """Whether inputs are uncertain and their error is hidden by chance: unknown, and not none."""
    return bool(uncertain and row["error_parameters"] == 0 and row["error_simulation"])


def spread_rounded(row: Mapping[str, Any], *, uncertain: bool) -> Iterator[float | None]:
    """The numbers of a summary's row, to two digits of the half width of the mean's interval.

    They are those of SPREAD_SHOWN; an error is the half width of the interval that it makes alone.
    `uncertain`: whether the run has uncertain inputs.
    """
    errors = [row[f"error_{by}"] for by in ("parameters", "simulation")]
    width = NINETY_FIVE * hypot(*(error or 0.0 for error in errors))
    places = 1 - floor(log10(width)) if width else None
    for name in ("mean", "p5", "p50", "p95"):
        value = row[name]
        yield value if value is None or places is None else round(value, places)
    if inputs_not_told(row, uncertain=uncertain):
        errors[0] = None
    for error in errors:
        yield None if error is None else float(f"{NINETY_FIVE * error:.2g}")


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
    console = Console(
        highlight=False, markup=False, emoji=False, width=None if terminal else 100_000
    )
    with console.capture() as capture:
        yield console
    # If the reader closes the pipe, Rich would end the process; this write raises an error instead.
    with printing():
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
