"""The writer of a run folder: it resumes stopped runs, and shows a run only when complete."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from sojourn.errors import Problem, ResultsError
from sojourn.results.columns import PER_HISTORY, SPECS
from sojourn.results.periods import periods_table
from sojourn.results.run_folder.folder import MARKER, PARTS, RECORD, STUDY, record_of
from sojourn.results.run_folder.kept_draws import Parts
from sojourn.results.tables import empty, schema
from sojourn.study.model import Period

_OURS = {RECORD, STUDY, PARTS, *(f"{name}.parquet" for name in SPECS)}


class RunStore:
    """One run being written into `out`.

    Histories are put in any order. `assemble` makes their tables, from which money and measures
    are computed. `finish` adds the rest and makes the folder readable. Use it as a context
    manager, so that finished histories are kept if the run is stopped.
    """

    def __init__(self, out: Path, digest: str, histories: str) -> None:
        self.out = out
        self.digest = digest
        self.histories = histories
        self._record = record_of(out)
        self._stage = out / PARTS / "whole"
        self._parts = Parts(out / PARTS / histories)

    @classmethod
    def open(cls, out: Path, digest: str, histories: str | None = None) -> RunStore:
        """Make or reopen the folder `out`.

        `digest` stands for everything that determines the run, `histories` for everything that
        determines each history (`provenance.run_digest`, `provenance.histories_digest`).
        Raises ResultsError if `out` holds anything that is not ours, or cannot be written.
        """
        out = Path(out).resolve()
        _refuse_foreign(out)
        try:
            (out / PARTS).mkdir(parents=True, exist_ok=True)
            (out / PARTS / MARKER).write_text("parts of a run that is not finished\n")
            with TemporaryFile(dir=out / PARTS):
                pass
            return cls(out, digest, histories or digest)
        except OSError as error:
            raise ResultsError(
                Problem(
                    f"the output folder cannot be written: {error.strerror}",
                    "Choose another with --out.",
                    str(out),
                )
            ) from error

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
        """Whether the folder already holds exactly this run."""
        return self._record is not None and self._record.get("digest") == self.digest

    def simulated(self, **wanted: object) -> bool:
        """Whether the folder holds an older run with these very histories.

        `wanted`: the entries of the record that say which histories there are.
        """
        wanted["histories"] = self.histories
        return self._record is not None and wanted.items() <= self._record.items()

    def has(self, key: str) -> bool:
        """Whether this history is stored."""
        return self._parts.has(key)

    def put(self, key: str, tables: Mapping[str, pa.Table]) -> None:
        """Store the tables of one finished history (`arrays.tables_of`); safe in threads."""
        self._parts.put(key, tables)

    def assemble(self, keys: Iterable[str] | None) -> Path:
        """Make the tables of these histories, in this order, and return the folder they are in.

        If None, they are taken from the older run that `simulated` found.
        """
        shutil.rmtree(self._stage, ignore_errors=True)
        self._stage.mkdir()
        if keys is None:
            for name in PER_HISTORY:
                shutil.copyfile(self.out / f"{name}.parquet", self._stage / f"{name}.parquet")
            return self._stage
        self._parts.flush()
        order = list(keys)
        for name in PER_HISTORY:
            self._parts.write_parquet(name, order, self._stage / f"{name}.parquet")
        return self._stage

    def gather(self, pieces: Iterable[Path], scenarios: Iterable[str]) -> Path:
        """As `assemble`, from the folders of finished runs of other draws, in this order."""
        shutil.rmtree(self._stage, ignore_errors=True)
        self._stage.mkdir()
        pieces = list(pieces)
        names = list(scenarios)
        for name in PER_HISTORY:
            files = [piece / f"{name}.parquet" for piece in pieces]
            with pq.ParquetWriter(
                self._stage / f"{name}.parquet", pq.read_schema(files[0]), compression="zstd"
            ) as writer:
                for scenario in names:
                    for file in files:
                        rows = pq.read_table(file, filters=[("scenario", "=", scenario)])
                        writer.write_table(rows.unify_dictionaries())
        return self._stage

    def finish(
        self, tables: Mapping[str, pa.Table], run: Mapping[str, Any], study_json: str
    ) -> Path:
        """Add the other tables, the study and, last of all, run.json; return the folder.

        An older run of ours is replaced; files of others in its folder are carried over.
        """
        if not self._stage.exists():
            raise ValueError("assemble the histories first")
        period = Period.model_validate(run["period"])
        given = {"periods": periods_table(period), **tables}
        for name in SPECS:
            if name not in PER_HISTORY:
                table = given.pop(name, None)
                _write(empty(name) if table is None else table, name, self._stage)
        if given:
            raise ValueError(f"not tables of a run folder: {sorted(given)}")
        (self._stage / STUDY).write_text(study_json, encoding="utf-8")
        text = json.dumps(dict(run), indent=2, ensure_ascii=False)
        (self._stage / RECORD).write_text(text + "\n", encoding="utf-8")
        self._publish()
        self._record = dict(run)
        return self.out

    def _publish(self) -> None:
        """Put the whole folder in the place of the old one."""
        whole = self.out.with_name(f".{self.out.name}.new")
        old = self.out.with_name(f".{self.out.name}.old")
        try:
            for left_over in (whole, old):
                shutil.rmtree(left_over, ignore_errors=True)
            self._stage.rename(whole)
            self.out.rename(old)
        except OSError:
            # A mounted folder, or one whose parent is closed to us, cannot be renamed.
            self._publish_inside(whole if whole.exists() else self._stage)
            return
        try:
            whole.rename(self.out)
        except OSError:
            old.rename(self.out)
            raise
        for file in old.iterdir():
            if file.name not in _OURS:
                file.rename(self.out / file.name)
        shutil.rmtree(old)

    def _publish_inside(self, stage: Path) -> None:
        """Replace file by file; without run.json the folder counts as unfinished meanwhile."""
        (self.out / RECORD).unlink(missing_ok=True)
        for file in sorted(stage.iterdir(), key=lambda file: file.name == RECORD):
            target = self.out / file.name
            shutil.copyfile(file, target.with_suffix(".new"))
            target.with_suffix(".new").replace(target)
        shutil.rmtree(stage)
        shutil.rmtree(self.out / PARTS)

    def close(self) -> None:
        """Keep finished histories; a finished folder keeps no trace of them."""
        if (self.out / PARTS / MARKER).exists():
            self._parts.flush()
            if self.finished:
                shutil.rmtree(self.out / PARTS)


def _write(table: pa.Table, name: str, folder: Path) -> None:
    if not table.schema.equals(schema(name)):
        raise ValueError(f"table {name} has not the schema of `tables.schema`")
    pq.write_table(table, folder / f"{name}.parquet", compression="zstd")


def _refuse_foreign(out: Path) -> None:
    """Never write into a folder that somebody else made for something else."""
    if not out.exists():
        return
    if not out.is_dir():
        raise ResultsError(Problem("this is a file, not a folder", file=str(out)))
    try:
        entries = sorted(file.name for file in out.iterdir())
    except OSError as error:
        raise ResultsError(
            Problem(f"the output folder cannot be read: {error.strerror}", file=str(out))
        ) from error
    ours = record_of(out) is not None or (out / PARTS / MARKER).exists()
    if entries and not ours:
        raise ResultsError(
            Problem(
                f"the output folder holds something else ({entries[0]!r}, for one)",
                "Choose an empty or new folder with --out.",
                str(out),
            )
        )
