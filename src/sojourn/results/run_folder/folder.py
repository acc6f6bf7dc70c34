"""A finished run folder, opened for reading."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import ValidationError

from sojourn.disk.digests import Seal, damage, damaged, seal
from sojourn.disk.faults import problem_behind, problem_of
from sojourn.disk.lock import HeldError, Lock, NoLocksError
from sojourn.disk.whole import READY, complete
from sojourn.errors import Problem, ResultsError
from sojourn.results.columns import SPECS
from sojourn.results.run_folder.provenance import FORMAT, FORMAT_VERSION, digest_of
from sojourn.results.views import connect, stored
from sojourn.study.files.shipped import ENTRY
from sojourn.study.files.suggest import did_you_mean
from sojourn.study.model.study import StudyModel
from sojourn.uncertainty.repeats import FEWEST, draw_of

RECORD = "run.json"
STUDY = "study.json"
PARTS = ".parts"
REPEATS = "repeats"
"""Folder in a run's folder: a run of its own, of draws that were simulated a second time."""
MARKER = "sojourn"
"""File in PARTS that marks an unfinished folder as ours; its writer holds a lock on it."""
SEALED = {STUDY, *(f"{name}.parquet" for name in SPECS)}
"""Files whose digests run.json holds."""
MEND = "`sojourn run` with the same study and options computes again what is damaged."


class OlderFormatError(ResultsError):
    """A run folder written by an earlier version of Sojourn."""


class NewerFormatError(ResultsError):
    """A run folder written by a later version of Sojourn."""


@dataclass(frozen=True)
class RunFolder:
    """A finished run: its folder and the content of run.json."""

    path: Path
    record: dict[str, Any]

    @cached_property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """A DuckDB connection with one view for each table."""
        return connect(self.path, alone=True)

    @cached_property
    def study(self) -> StudyModel:
        """The study as it was run. Raises ResultsError if another version wrote it."""
        file = self.path / STUDY
        try:
            return StudyModel.model_validate_json(file.read_text(encoding="utf-8"))
        except OSError as error:
            what = "the run's study cannot be read"
            raise ResultsError(problem_of(error, what, file, "Run it again.")) from error
        except ValidationError as error:
            what = f"not a study of this version: {str(error).splitlines()[0]}"
            fix = "Run it again with this version."
            raise ResultsError(Problem(what, fix, file=str(file))) from error

    @property
    def baseline(self) -> str:
        """Name of the baseline scenario."""
        return str(self.record["baseline"])

    @property
    def scenarios(self) -> tuple[str, ...]:
        """Names of the scenarios that were run, in the study's order."""
        return tuple(self.record["scenarios"])

    def known(self, scenario: str) -> str:
        """The scenario's name. Raises ResultsError if it was not run."""
        if scenario not in self.scenarios:
            fix = did_you_mean(scenario, self.scenarios)
            raise ResultsError(Problem(f"there is no scenario `{scenario}` here", fix))
        return scenario

    @property
    def draws(self) -> range:
        """Numbers of the draws."""
        first = int(self.record["first_draw"])
        return range(first, first + int(self.record["draws"]))

    @cached_property
    def repeated(self) -> RunFolder | None:
        """The run of draws that were simulated a second time; None if there is none of this run.

        Its draws have numbers of their own (`uncertainty.repeats.draw_of`). Raises ResultsError if
        it is damaged.
        """
        wanted = self.record.get("repeats")
        if not wanted or not (self.path / REPEATS).is_dir():
            return None
        again = read_run(self.path / REPEATS)
        return again if again.record["digest"] == wanted else None

    @property
    def repeats(self) -> RunFolder | None:
        """As `repeated`, if there are enough draws to tell chance from inputs."""
        again = self.repeated
        return again if again is not None and len(again.draws) >= FEWEST else None

    def table(self, name: str) -> pa.Table:
        """A table, checked against its digest."""
        file = f"{name}.parquet"
        what = damage(self.path / file, self.record["files"][file])
        if what:
            raise ResultsError(
                Problem(f"the table changed since the run was opened: {what}",
                        "open the run again", str(self.path / file))
            )  # fmt: skip
        return pq.read_table(self.path / file)

    def rows(self, table: str) -> list[dict[str, Any]]:
        """The rows of a small table, in its order."""
        return self.table(table).to_pylist()  # type: ignore[no-any-return]

    def sql(self, text: str) -> pa.Table:
        """Answer of a query over the tables. Raises ResultsError if the machine has no room."""
        try:
            return self.connection.sql(text).to_arrow_table()
        except duckdb.Error as error:
            problem = problem_behind(error, "use a machine with more memory, or fewer draws")
            if problem is None:
                raise
            raise ResultsError(problem) from error


def with_draws_repeated(table: pa.Table) -> pa.Table:
    """A table of repeats in which `draw` is the draw that each repeats."""
    numbers = table["draw"].combine_chunks().dictionary_encode()
    draws = pa.array(map(draw_of, numbers.dictionary.to_pylist()), pa.int32())
    place = table.column_names.index("draw")
    return table.set_column(place, "draw", draws.take(numbers.indices))


def read_run(folder: Path) -> RunFolder:
    """Open a finished run folder, and complete what a process that died was putting in place.

    Every file is compared with what run.json says of it: by size, time and, if it is small or its
    time has changed, by its content. Raises ResultsError if there is no folder, if it is not
    ours or not finished, is damaged, or has the format of another version.
    """
    run = _opened(folder)
    found = damaged(run.path, run.record["files"])
    if found:
        raise ResultsError(
            *(Problem(what, MEND, str(run.path / name)) for name, what in found.items())
        )
    return run


def _opened(folder: Path) -> RunFolder:
    """A finished run folder whose files are not looked at yet."""
    folder = Path(folder)
    try:
        there = folder.is_dir()
    except OSError as error:
        raise ResultsError(problem_of(error, "this is not a run folder", folder)) from error
    if not there:
        what = "this is a file, not a folder" if folder.exists() else "there is no such folder"
        raise ResultsError(Problem(what, "`sojourn run STUDY --out DIR` makes one.", str(folder)))
    _complete(folder)
    record = read_record(folder)
    if record is None:
        raise ResultsError(_without_record(folder))
    return RunFolder(folder, record)


def verified(folder: Path) -> list[dict[str, object]]:
    """Each file of a finished run: `file`, `bytes` as written, and `problem`, None if none.

    Raises ResultsError as `read_run` does, but for damaged files.
    """
    run = _opened(folder)
    files: dict[str, Seal] = run.record["files"]
    found = damaged(run.path, files, wholly=True)
    own: list[dict[str, object]] = [
        {"file": name, "bytes": sealed["bytes"], "problem": found.get(name)}
        for name, sealed in files.items()
    ]
    again = verified(run.path / REPEATS) if run.record.get("repeats") else []
    return own + [{**row, "file": f"{REPEATS}/{row['file']}"} for row in again]


def _without_record(folder: Path) -> Problem:
    if (folder / PARTS / MARKER).exists():
        return Problem(
            "this run was not finished",
            "Start it again with the same output folder; it will resume.",
            str(folder),
        )
    if is_ours(folder):
        return Problem("it is missing", MEND, str(folder / RECORD))
    if (folder / ENTRY).is_file():
        made = Path("runs") / folder.resolve().name
        fix = f"`sojourn run {folder}` makes a run of it, in {made} unless --out says otherwise"
        if is_ours(made):
            fix = f"its run may be {made}"
        return Problem("this is a study, not a run of one", fix, str(folder))
    return Problem(f"this is not a run folder: it has no {RECORD} of ours", file=str(folder))


def _complete(folder: Path) -> None:
    """Complete what was being put in place, if its process died."""
    if not (folder / READY).is_dir():
        return
    try:
        (folder / PARTS).mkdir(exist_ok=True)
        lock = Lock(folder / PARTS / MARKER)
    except HeldError as error:
        raise ResultsError(in_use(error, folder)) from error
    except (OSError, NoLocksError) as error:
        what = "the run was being put in place when its process ended, and cannot be completed here"
        fix = "open it where it can be written"
        raise ResultsError(
            problem_of(error, what, folder, fix)
            if isinstance(error, OSError)
            else Problem(what, fix, str(folder))
        ) from error
    try:
        complete(folder, RECORD)
        with suppress(OSError):
            (folder / PARTS / MARKER).unlink()
            (folder / PARTS).rmdir()
    except OSError as error:
        raise ResultsError(problem_of(error, "the run cannot be completed", folder)) from error
    finally:
        lock.release()


def in_use(error: HeldError, folder: Path) -> Problem:
    """The problem that another process writes into the folder."""
    return Problem(
        f"another run writes into this folder: {error}",
        "Wait until it has ended, or choose another folder with --out.",
        str(folder),
    )


def read_record(folder: Path) -> dict[str, Any] | None:
    """Content of the folder's run.json; None if it is missing or not ours.

    Raises ResultsError if it cannot be read, is damaged, or has the format of another version,
    OlderFormatError or NewerFormatError.
    """
    file = folder / RECORD
    try:
        record = json.loads(file.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ResultsError(problem_of(error, f"{RECORD} cannot be read", file)) from error
    except ValueError as error:
        if is_ours(folder):
            raise ResultsError(
                Problem("its content is not what was written", MEND, str(file))
            ) from error
        return None
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        return None
    _refuse_other_version(record, file)
    # A name of another kind could lead out of the folder.
    if sum_of(record) != record.get("sum") or not record["files"].keys() <= SEALED:
        raise ResultsError(Problem("its content is not what was written", MEND, str(file)))
    return record


def _refuse_other_version(record: Mapping[str, Any], file: Path) -> None:
    number, version = record.get("format_version"), record.get("version", "unknown")
    if not isinstance(number, int) or number < FORMAT_VERSION:
        raise OlderFormatError(
            Problem(
                f"the run has an older format ({number}, of Sojourn {version}; this version reads "
                f"{FORMAT_VERSION})",
                f"Run the study again into this folder, or read it with Sojourn {version}; any "
                "program can read its Parquet files.",
                str(file),
            )
        )
    if number > FORMAT_VERSION:
        raise NewerFormatError(
            Problem(
                f"the run has a newer format ({number}, of Sojourn {version}; this version reads "
                f"{FORMAT_VERSION})",
                f"Use Sojourn {version} or later, or choose another folder.",
                str(file),
            )
        )


def sum_of(record: Mapping[str, Any]) -> str:
    """Digest of a record's other entries, which run.json holds as `sum`."""
    return digest_of({name: value for name, value in record.items() if name != "sum"})


def sealed(record: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The record with how each file of the folder is, and with its own digest."""
    files = {file.name: seal(file) for file in sorted(folder.iterdir()) if file.name in SEALED}
    whole = {**record, "files": files}
    return {**whole, "sum": sum_of(whole)}


def record_of(folder: Path) -> dict[str, Any] | None:
    """Content of the folder's run.json; None if it is missing, not ours, or cannot be used."""
    try:
        return read_record(folder)
    except ResultsError:
        return None


def is_ours(folder: Path) -> bool:
    """Whether we made this folder: by run.json, by the marker of an unfinished run, or by a table.

    A process may have died before it could put a marker into PARTS, which is then empty.
    """
    parts = folder / PARTS
    if (parts / MARKER).exists() or (parts.is_dir() and not any(parts.iterdir())):
        return True
    with suppress(OSError, ValueError):
        if json.loads((folder / RECORD).read_bytes()).get("format") == FORMAT:
            return True
    return any(_made_here(name, file) for name, file in stored(folder).items())


def remove_run(folder: Path) -> None:
    """Remove a run of ours, if there is one; files of others in its folder stay."""
    if record_of(folder) is None:
        return
    for name in (RECORD, *SEALED):
        (folder / name).unlink(missing_ok=True)
    with suppress(OSError):
        folder.rmdir()


def _made_here(name: str, file: Path) -> bool:
    """Whether a table carries the words that `results.tables` writes into it."""
    with suppress(OSError, pa.ArrowException):
        metadata = pq.read_schema(file).metadata or {}
        return metadata.get(b"about") == SPECS[name].about.encode()
    return False
