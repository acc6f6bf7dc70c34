"""The writer of a run folder: it resumes stopped runs, and shows a run only when complete."""

from __future__ import annotations

import errno
import json
import re
import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from sojourn.disk.digests import damaged
from sojourn.disk.faults import is_loop, problem_of
from sojourn.disk.lock import HeldError, Lock, NoLocksError
from sojourn.disk.whole import READY, complete, created, put_folder, write_text
from sojourn.errors import Problem, ResultsError
from sojourn.results.columns import PER_HISTORY, SPECS
from sojourn.results.periods import periods_table
from sojourn.results.run_folder.folder import (
    MARKER,
    PARTS,
    RECORD,
    REPEATS,
    STUDY,
    NewerFormatError,
    OlderFormatError,
    in_use,
    is_ours,
    read_record,
    sealed,
)
from sojourn.results.run_folder.kept_draws import Parts, write_grouped
from sojourn.results.tables import empty, schema
from sojourn.study.model.study import Period

_STAGE, _NEW = "whole", "new"
_OF_PARTS = re.compile(rf"{MARKER}|{_STAGE}|{_NEW}|[0-9a-f]{{32}}")
"""Names of what we put into PARTS."""


class RunStore:
    """One run being written into `out`, by the only process that may.

    Histories are put in any order. `assemble` makes their tables, from which money and measures
    are computed. `finish` adds the rest and makes the folder readable. Use it as a context
    manager, so that finished histories are kept if the run is stopped.
    """

    def __init__(self, out: Path, digest: str, histories: str, lock: Lock) -> None:
        self.out = out
        self.digest = digest
        self.histories = histories
        self._lock = lock
        complete(out, RECORD)
        self._damaged: dict[str, str] = {}
        self._record = self._read_record()
        if self._record is not None:
            self._damaged = damaged(out, self._record["files"])
        self._stage = out / PARTS / _STAGE
        self._parts = Parts(out / PARTS / histories)

    @classmethod
    def open(cls, out: Path, digest: str, histories: str | None = None) -> RunStore:
        """Make or reopen the folder `out`, and lock it until it is closed or the process ends.

        `digest` stands for everything that determines the run, `histories` for everything that
        determines each history (`provenance.run_digest`, `provenance.histories_digest`).
        Raises ResultsError if another process writes there, or if `out` holds anything that is not
        ours, was written by a newer version, or cannot be written.
        """
        try:
            out = Path(out).resolve()
            _refuse_foreign(out)
            lock = _locked(out / PARTS / MARKER)
            try:
                with TemporaryFile(dir=out / PARTS):
                    pass
                return cls(out, digest, histories or digest, lock)
            except BaseException:
                lock.release()
                raise
        except HeldError as error:
            raise ResultsError(in_use(error, out)) from error
        except NoLocksError as error:
            raise ResultsError(
                Problem(
                    f"the file system of this folder has no locks ({error})",
                    "Write into a folder on a disk of this machine, and copy the finished run.",
                    str(out),
                )
            ) from error
        except (OSError, RuntimeError) as error:
            if not isinstance(error, OSError):
                if not is_loop(error):
                    raise
                error = OSError(errno.ELOOP, "links go round in a circle")
            raise ResultsError(
                problem_of(error, "the output folder cannot be written", out,
                           "Choose another with --out.")
            ) from error  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def finished(self) -> bool:
        """Whether the folder already holds exactly this run, undamaged."""
        record = self._record
        if record is None or record.get("digest") != self.digest or self._damaged:
            return False
        return _has_repeats(self.out, record)

    @property
    def mended(self) -> dict[str, str]:
        """What of this very run was damaged, and how: it is computed again."""
        same = self._record is None or self._record.get("histories") == self.histories
        return {**(self._damaged if same else {}), **self._parts.damaged}

    def _read_record(self) -> dict[str, Any] | None:
        """The record of the run that is there; None if it is damaged, or has an older format."""
        try:
            return read_record(self.out)
        except NewerFormatError:
            raise
        except OlderFormatError:
            return None
        except ResultsError as error:
            self._damaged[RECORD] = error.problems[0].what
            return None

    def kept_draws(self, **wanted: object) -> range:
        """Draws of which the folder's older run holds these very histories, undamaged.

        `wanted`: the entries of the record that say which histories there are.
        """
        wanted["histories"] = self.histories
        if self._record is None or not wanted.items() <= self._record.items():
            return range(0)
        files = {f"{name}.parquet" for name in PER_HISTORY}
        sealed = {name: one for name, one in self._record["files"].items() if name in files}
        found = damaged(self.out, sealed, wholly=True)
        self._damaged |= found
        if found or sealed.keys() != files:
            return range(0)
        first = self._record["first_draw"]
        return range(first, first + self._record["draws"])

    def has(self, key: str) -> bool:
        """Whether this history is stored."""
        return self._parts.has(key)

    def put(self, key: str, tables: Mapping[str, pa.Table]) -> None:
        """Store the tables of one finished history (`arrays.tables_of`); safe in threads."""
        self._parts.put(key, tables)

    def assemble(self, keys: Iterable[str]) -> Path:
        """Make the tables of these histories, in this order, and return the folder they are in."""
        return self._assemble(keys, _STAGE)

    def extend(
        self, keys: Iterable[str], scenarios: Iterable[str], draws: range, kept: range
    ) -> Path:
        """As `assemble`, of all `draws`: those of `kept` are in the older run."""
        if kept == draws:
            stage = self._new_stage(_STAGE)
            for name in PER_HISTORY:
                with (
                    (self.out / f"{name}.parquet").open("rb") as source,
                    created(stage / f"{name}.parquet") as sink,
                ):
                    shutil.copyfileobj(source, sink, 1 << 20)
            return stage
        new = self._assemble(keys, _NEW)
        before, after = range(draws.start, kept.start), range(kept.stop, draws.stop)
        there = range(max(draws.start, kept.start), min(draws.stop, kept.stop))
        try:
            return self.gather([(new, before), (self.out, there), (new, after)], scenarios)
        finally:
            shutil.rmtree(new, ignore_errors=True)

    def gather(self, pieces: Iterable[tuple[Path, range]], scenarios: Iterable[str]) -> Path:
        """As `assemble`, from these draws of the folders of finished runs, in this order."""
        stage = self._new_stage(_STAGE)
        pieces = [(folder, draws) for folder, draws in pieces if draws]
        names = list(scenarios)
        for name in PER_HISTORY:
            rows = (
                pq.read_table(
                    folder / f"{name}.parquet",
                    filters=[
                        ("scenario", "=", scenario),
                        ("draw", ">=", draws.start),
                        ("draw", "<", draws.stop),
                    ],
                )
                for scenario in names
                for folder, draws in pieces
            )
            write_grouped(name, rows, stage / f"{name}.parquet")
        return stage

    def _assemble(self, keys: Iterable[str], folder: str) -> Path:
        stage = self._new_stage(folder)
        order = list(keys)
        for name in PER_HISTORY:
            self._parts.write_parquet(name, order, stage / f"{name}.parquet")
        return stage

    def _new_stage(self, name: str) -> Path:
        stage = self.out / PARTS / name
        shutil.rmtree(stage, ignore_errors=True)
        stage.mkdir()
        return stage

    def finish(
        self, tables: Mapping[str, pa.Table] | None, run: Mapping[str, Any], study_json: str
    ) -> Path:
        """Add the other tables, the study and, last of all, run.json; return the folder.

        Without `tables`, the run has its histories alone. An older run of ours is replaced; files
        of others stay where they are.
        """
        if not self._stage.exists():
            raise ValueError("assemble the histories first")
        if tables is not None:
            self._write_others(tables, Period.model_validate(run["period"]))
        write_text(self._stage / STUDY, study_json)
        record = dict(run)
        if self.mended:
            record["mended"] = self.mended
        record = sealed(record, self._stage)
        write_text(self._stage / RECORD, json.dumps(record, indent=2, ensure_ascii=False) + "\n")
        put_folder(self._stage, self.out, RECORD)
        self._record, self._damaged = record, {}
        return self.out

    def _write_others(self, tables: Mapping[str, pa.Table], period: Period) -> None:
        """Write all tables that are not of each history; those that are not given are empty."""
        given = {"periods": periods_table(period), **tables}
        for name in SPECS:
            if name not in PER_HISTORY:
                table = given.pop(name, None)
                _write(empty(name) if table is None else table, name, self._stage)
        if given:
            raise ValueError(f"not tables of a run folder: {sorted(given)}")

    def close(self) -> None:
        """Keep finished histories, and let others write; a finished folder keeps no trace."""
        try:
            if self.finished:
                self._remove_parts()
            else:
                self._parts.close()
        finally:
            self._lock.release()

    def _remove_parts(self) -> None:
        """Remove what we put into PARTS, the lock last."""
        self._parts.drop()
        folder = self.out / PARTS
        for entry in folder.iterdir():
            if _OF_PARTS.fullmatch(entry.name) and entry.name != MARKER:
                shutil.rmtree(entry, ignore_errors=True)
        (folder / MARKER).unlink(missing_ok=True)
        with suppress(OSError):  # another process may have come, or somebody's file is there
            folder.rmdir()


def is_finished(out: Path, digest: str) -> bool:
    """Whether the folder holds exactly this run, undamaged, and nothing is left to complete.

    Then it need not be opened for writing, nor be writable.
    """
    try:
        record = None if (out / READY).exists() or (out / PARTS).exists() else read_record(out)
    except (OSError, ResultsError):
        return False
    if record is None or record["digest"] != digest or damaged(out, record["files"]):
        return False
    return _has_repeats(out, record)


def _has_repeats(out: Path, record: Mapping[str, Any]) -> bool:
    """Whether the run of repeated draws is in the folder, if the run has one."""
    wanted = record.get("repeats")
    return not wanted or is_finished(out / REPEATS, wanted)


def _locked(marker: Path) -> Lock:
    """Make the folder of the marker, and lock it; another process may remove it in between."""
    while True:
        marker.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            return Lock(marker)


def _write(table: pa.Table, name: str, folder: Path) -> None:
    if not table.schema.equals(schema(name)):
        raise ValueError(f"table {name} has not the schema of `tables.schema`")
    with created(folder / f"{name}.parquet") as sink:
        pq.write_table(table, sink, compression="zstd")


def _refuse_foreign(out: Path) -> None:
    """Never write into a folder that somebody else made for something else."""
    if not out.exists():
        return
    if not out.is_dir():
        raise ResultsError(Problem("this is a file, not a folder", file=str(out)))
    try:
        entries = sorted(file.name for file in out.iterdir())
    except OSError as error:
        raise ResultsError(problem_of(error, "the output folder cannot be read", out)) from error
    if entries and not (READY in entries or is_ours(out)):
        raise ResultsError(
            Problem(
                f"the output folder holds something else ({entries[0]!r}, for one)",
                "Choose an empty or new folder with --out.",
                str(out),
            )
        )
