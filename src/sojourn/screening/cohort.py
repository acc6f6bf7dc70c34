"""A cohort: files of cases, which may be larger than memory, and the types of their columns."""

from __future__ import annotations

import glob
import os
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

from sojourn.disk.digests import content_digest
from sojourn.disk.faults import SPILLED, problem_behind
from sojourn.disk.whole import put_file, staged
from sojourn.errors import Problem, SojournError
from sojourn.screening.csv_files import Header, exactly, line_of, problem_of, read_csv, read_header
from sojourn.study.sql_dialects import DUCKDB, Dialect

if TYPE_CHECKING:
    import duckdb
    import numpy as np
    from numpy.typing import NDArray

FileKind = Literal["text", "yes-no", "whole", "number", "date", "list", "other"]
"""Kinds of values in a file's column; whole numbers fit a text or a number."""

FORMATS = {".parquet": "Parquet", ".pq": "Parquet", ".csv": "CSV", ".tsv": "CSV"}
OWN = ("filename", "file_row_number")
"""Columns that DuckDB adds to those of a file."""


class CohortError(SojournError):
    """A cohort that cannot be screened as it is."""


@dataclass(frozen=True, slots=True)
class CohortColumn:
    """A column as the file has it."""

    name: str
    kind: FileKind
    type: str
    """In the engine's words."""


def find_files(place: str) -> list[Path]:
    """The files of a cohort, in order of name: one file, those of a folder, or those of a pattern.

    Files and folders that begin with `.` or `_` are ignored. Raises `CohortError` if no file is
    left, or if Parquet and CSV files are mixed.
    """
    path = Path(place)
    if path.is_dir():
        found = [
            file
            for file in path.rglob("*")
            if file.is_file()
            and file.suffix.lower() in FORMATS
            and not any(part.startswith((".", "_")) for part in file.relative_to(path).parts)
        ]
        missing = "the folder holds no .parquet and no .csv file"
    elif path.exists():
        found = [path] if path.is_file() else []
        missing = "this is neither a file nor a folder"
    else:
        names = glob.glob(place, recursive=True)  # noqa: PTH207  (a pattern may be absolute)
        found = [Path(name) for name in names if Path(name).is_file()]
        missing = "there is no such file or folder, and no file that fits it as a pattern"
    if not found:
        raise CohortError(
            Problem(missing, "give a .parquet or .csv file, a folder of them, or a pattern", place)
        )
    unlike = {FORMATS.get(file.suffix.lower()) for file in found}
    if None in unlike:
        odd = next(file for file in found if file.suffix.lower() not in FORMATS)
        raise CohortError(
            Problem("this is neither .parquet nor .csv", "convert it to Parquet", str(odd))
        )
    if len(unlike) > 1:
        raise CohortError(
            Problem("Parquet and CSV files are mixed", "screen one kind of file at a time", place)
        )
    return sorted(found)


def cannot_write(target: Path, reason: str | None) -> Problem:
    """The problem that the outcome of rows cannot be written."""
    return Problem(f"--rows: it cannot be written: {reason}", "give another place", str(target))


def _headers(files: Sequence[Path]) -> dict[Path, Header]:
    """The header of each CSV file; raises `CohortError` with all that is wrong with them."""
    found = {file: read_header(file) for file in files}
    problems = [header for header in found.values() if isinstance(header, Problem)]
    if problems:
        raise CohortError(*problems)
    return {file: header for file, header in found.items() if isinstance(header, Header)}


def root_of(place: str) -> str:
    """What comes before the names of a cohort's files in the outcome of its rows."""
    path = Path(place)
    return f"{path}/" if path.is_dir() else ""


class DuckCohort:
    """A cohort read by DuckDB, with a connection that can open nothing else.

    Use it as a context manager. `source` is what a query reads, with a row's file and number in
    `file` and `row` (SQL; rows count from 1 in their file).
    """

    dialect: Dialect = DUCKDB

    def __init__(
        self,
        place: str,
        *,
        threads: int | None = None,
        memory: str | None = None,
        writes: Path | None = None,
    ) -> None:
        """`writes` is the one file that may be written."""
        self.place = place
        self.files = find_files(place)
        self.format = FORMATS[self.files[0].suffix.lower()]
        self.memory, self.writes = memory, writes
        self._stack = ExitStack()
        # Rows are cases of people: nobody else can read the folder in which they are written.
        self._made = self._stack.enter_context(staged(writes)) / "rows.parquet" if writes else None
        try:
            self._open(threads)
        except BaseException:
            self._stack.close()
            raise

    def _open(self, threads: int | None) -> None:
        import duckdb  # noqa: PLC0415  (loading it costs more than checking a study)

        self.headers = _headers(self.files) if self.format == "CSV" else {}
        # What does not fit into memory: rows too.
        place = Path(tempfile.gettempdir()) / f"{SPILLED}rows"
        spill = self._stack.enter_context(staged(place))
        options: dict[str, str | bool | int | float | list[str]] = {
            "python_enable_replacements": False,
            "autoinstall_known_extensions": False,
            "temp_directory": str(spill / "rows"),
        }
        if threads is not None:
            options["threads"] = threads
        if self.memory is not None:
            options["memory_limit"] = self.memory
        try:
            self.connection: duckdb.DuckDBPyConnection = duckdb.connect(":memory:", config=options)
        except duckdb.Error as error:
            raise self._unreadable(error) from error
        # No text of an agreement can name a file; this setting is a second safeguard.
        opened = [*self.files, *([self._made] if self._made else [])]
        paths = ", ".join(
            dict.fromkeys(
                spelt for file in opened for spelt in (DUCKDB.literal(str(file)), exactly(file))
            )
        )
        self.connection.execute(f"SET allowed_paths = [{paths}]")
        self.connection.execute("SET enable_external_access = false")
        self.columns = self._columns()
        self.names = ", ".join(DUCKDB.identifier(column.name) for column in self.columns)
        self.file = '"file of cohort"'
        self.row: str | None = '"row of cohort"'

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.connection.close()
        finally:
            self._stack.close()

    @property
    def source(self) -> str:
        """The rows, for a query that does not ask where they stand."""
        return self._read(self.files)

    @property
    def numbered(self) -> str:
        """The rows with the columns `file` and `row`."""
        if self.format == "Parquet":
            return (
                f"(SELECT *, {self._named('filename')} AS {self.file}, file_row_number + 1 AS "
                f"{self.row} FROM {self._read(self.files)})"
            )
        # Rows of a CSV file have only their order, so each file is numbered separately.
        parts = (
            f"SELECT *, {self._named(DUCKDB.literal(str(file)))} AS {self.file}, "
            f"row_number() OVER () AS {self.row} FROM {self._read([file])}"
            for file in self.files
        )
        return "(" + " UNION ALL ".join(parts) + ")"

    def _shown(self, path: Path) -> str:
        """A file's path as `_named` makes it."""
        return str(path).removeprefix(root) if (root := root_of(self.place)) else path.name

    def _named(self, path: str) -> str:
        """A file's path, as SQL, without the folder of the cohort."""
        root = root_of(self.place)
        if root:
            return f"substr({path}, {len(root) + 1})"
        return f"regexp_extract({path}, '[^/\\\\]+$')"

    def _read(self, files: Sequence[Path]) -> str:
        if self.format == "Parquet":
            listed = ", ".join(map(exactly, files))
            return f"read_parquet([{listed}], hive_partitioning = false)"
        # Each file is read by its own header, so the order of columns may differ.
        alike: dict[Header, list[Path]] = {}
        for file in files:
            alike.setdefault(self.headers[file], []).append(file)
        parts = [read_csv(some, header) for header, some in alike.items()]
        if len(parts) == 1 and self.headers[files[0]].names == self.headers[self.files[0]].names:
            return parts[0]
        return "(" + " UNION ALL ".join(f"SELECT {self.names} FROM {part}" for part in parts) + ")"

    @property
    def progress(self) -> float | None:
        """Progress of the running query, from 0 to 1; None if unknown."""
        percent = self.connection.query_progress()
        return percent / 100 if 0 <= percent <= 100 else None

    def fingerprint(self) -> str:
        """A digest of the files' contents, whatever they are called."""
        return " ".join(sorted(map(content_digest, self.files)))

    def fetch(self, query: str) -> dict[str, NDArray[np.generic]]:
        """The columns of an answer; raises `CohortError` for a file that cannot be read."""
        return dict(self._asked(query).fetchnumpy())

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """The rows of a short answer."""
        return self._asked(query).fetchall()

    def _asked(self, query: str) -> duckdb.DuckDBPyConnection:
        import duckdb  # noqa: PLC0415

        # In a thread, so that Ctrl-C works at once and not only after the query.
        with ThreadPoolExecutor(1) as pool:
            future = pool.submit(self.connection.execute, query)
            try:
                while not wait([future], 0.1).done:
                    pass
                return future.result()
            except KeyboardInterrupt:
                # The connection cannot be closed during a query, and a query that has not begun
                # misses the interrupt.
                while not wait([future], 0.1).done:
                    self.connection.interrupt()
                raise
            except duckdb.Error as error:
                raise self._unreadable(error) from error

    def write(self, query: str, target: str) -> None:
        """Stream the answer into one Parquet file, which appears complete or not at all.

        The file is the user's alone (mode 600).
        """
        assert self._made is not None
        self.rows(f"COPY ({query}) TO {DUCKDB.literal(str(self._made))} (FORMAT parquet)")
        try:
            self._made.chmod(0o600)
            with self._made.open("rb") as stream:
                os.fsync(stream.fileno())
            put_file(self._made, Path(target))
        except OSError as error:
            raise CohortError(cannot_write(Path(target), error.strerror)) from error

    def _unreadable(self, error: Exception) -> CohortError:
        import duckdb  # noqa: PLC0415

        words = " ".join(str(error).split())
        fix = "allow more with --memory, or use fewer --threads"
        if isinstance(error, duckdb.OutOfMemoryException) and self.memory is not None:
            return CohortError(Problem(f"--memory: `{self.memory}` is too little", fix))
        if self.writes is not None and str(self._made) in words:
            return CohortError(cannot_write(self.writes, "the disk may be full"))
        if (problem := problem_behind(error, fix)) is not None:
            return CohortError(problem)
        told = problem_of(str(error), self.headers) if self.headers else self._no_parquet(words)
        fix = "mend the file, or write it anew"
        return CohortError(told or Problem(f"it cannot be read: {words[:400]}", fix, self.place))

    def _no_parquet(self, words: str) -> Problem | None:
        if "magic bytes" not in words and "too small to be a Parquet file" not in words:
            return None
        named = [str(file) for file in self.files if str(file) in words]
        shown = max(named, key=len, default=self.place)
        return Problem("this is no Parquet file", "write it anew, or give another", shown)

    def line(self, file: str, row: int) -> int | None:
        """The line of a row of a CSV file, both from 1; None if it is not known."""
        meant = [path for path in self.headers if self._shown(path) == file]
        return line_of(meant[0], self.headers[meant[0]], row) if len(meant) == 1 else None

    def _columns(self) -> tuple[CohortColumn, ...]:
        """The columns, which all files must share."""
        described = (
            {file: self._describe(file) for file in self.files}
            if self.format == "Parquet"
            else {
                file: [(name, "VARCHAR") for name in header.names]
                for file, header in self.headers.items()
            }
        )
        first = described[self.files[0]]
        for file, columns in described.items():
            if sorted(columns) != sorted(first):
                odd = sorted({name for name, _ in set(columns) ^ set(first)})
                raise CohortError(
                    Problem(
                        f"its columns are not those of {self.files[0].name}: {', '.join(odd)}",
                        "the files of a cohort have the same columns of the same types",
                        str(file),
                    )
                )
        return tuple(CohortColumn(name, _kind(kind), kind) for name, kind in first)

    def _describe(self, file: Path) -> list[tuple[str, str]]:
        found = self.rows(f"DESCRIBE SELECT * FROM {self._read([file])}")
        columns = [(str(row[0]), str(row[1])) for row in found]
        if all(kind != "BIGINT" for _, kind in columns):
            return columns
        # A span of time that Arrow has written is a whole number of some unit to DuckDB.
        import pyarrow as pa  # noqa: PLC0415
        import pyarrow.parquet as pq  # noqa: PLC0415

        try:
            kinds = {field.name: field.type for field in pq.read_schema(file)}
        except (pa.ArrowException, OSError) as error:  # DuckDB does not read all of its footer
            what = f"it cannot be read: {error}"
            raise CohortError(Problem(what, "write it anew, or give another", str(file))) from error
        spans = {name for name, kind in kinds.items() if pa.types.is_duration(kind)}
        return [(name, str(kinds[name]) if name in spans else kind) for name, kind in columns]


def _kind(type_name: str) -> FileKind:
    name = type_name.upper()
    if name == "VARCHAR" or name.startswith("ENUM"):
        return "text"
    if name in {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"} or name.startswith("U"):
        return "whole" if name != "UUID" else "other"
    if name in {"FLOAT", "DOUBLE"} or name.startswith("DECIMAL"):
        return "number"
    kinds: dict[str, FileKind] = {"BOOLEAN": "yes-no", "DATE": "date", "VARCHAR[]": "list"}
    return kinds.get(name, "other")
