"""The folder of a sweep: a run folder for each setting, and tables over all of them."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from sojourn import __version__
from sojourn.disk.digests import damaged, seal
from sojourn.disk.faults import problem_of
from sojourn.disk.lock import HeldError, Lock, NoLocksError
from sojourn.disk.whole import complete, created, put_folder, staged, write_text
from sojourn.errors import Problem, ResultsError, SojournError
from sojourn.results.run_folder.folder import RunFolder, read_run, sum_of
from sojourn.results.summary import summary
from sojourn.study.files.suggest import did_you_mean

RECORD: Final = "sweep.json"
FORMAT: Final = "sojourn sweep"
FORMAT_VERSION: Final = 2
RUNS: Final = "runs"
PIECES: Final = "pieces"
LOCK: Final = ".sojourn-sweep"
TABLES: Final = {
    "settings": "settings.parquet", "measures": "measures.parquet", "summary": "summary.parquet",
}  # fmt: skip
_RUN = re.compile(r"[0-9a-f]{16}")
OURS: Final = {RECORD, RUNS, PIECES, LOCK, *TABLES.values()}
_MEND: Final = "`sojourn sweep` with the same study and options computes again what is missing."


@contextmanager
def writing(out: Path) -> Iterator[None]:
    """Hold the folder for one sweep at a time.

    Raises ResultsError if another process writes there, or if the folder holds something else.
    """
    try:
        _refuse_other(out)
        out.mkdir(parents=True, exist_ok=True)
        lock = Lock(out / LOCK)
    except HeldError as error:
        raise ResultsError(
            Problem(
                f"another sweep writes into this folder: {error}",
                "Wait until it has ended, or choose another folder with --out.",
                str(out),
            )
        ) from error
    except NoLocksError as error:
        raise ResultsError(
            Problem(
                f"the file system of this folder has no locks ({error})",
                "Write into a folder on a disk of this machine.",
                str(out),
            )
        ) from error
    except OSError as error:
        raise ResultsError(problem_of(error, "the sweep cannot be written", out)) from error
    try:
        complete(out, RECORD)
        yield
    except OSError as error:
        raise ResultsError(
            problem_of(
                error,
                "the sweep cannot be written",
                out,
                "run the same command again: finished runs are kept",
            )
        ) from error
    finally:
        lock.release()


def _refuse_other(out: Path) -> None:
    if out.is_file():
        raise ResultsError(Problem("this is a file, not a folder", "name a folder", str(out)))
    held = {entry.name for entry in out.iterdir()} if out.is_dir() else set()
    if held and LOCK not in held and RECORD not in held:
        what = f"the folder holds something else ({min(held)!r}, for one)"
        raise ResultsError(Problem(what, "Choose an empty or new folder with --out.", str(out)))


def finish(out: Path, record: Mapping[str, Any], tables: Mapping[str, pa.Table]) -> None:
    """Put the tables and the record in place, and remove runs that are of no setting."""
    with staged(out) as stage:
        made = stage / "sweep"
        made.mkdir()
        for name, table in tables.items():
            with created(made / TABLES[name]) as sink:
                pq.write_table(table, sink, compression="zstd")
        whole = {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "version": __version__,
            **record,
            "files": {file: seal(made / file) for file in TABLES.values()},
        }
        whole["sum"] = sum_of(whole)
        text = json.dumps(whole, indent=2, ensure_ascii=False)
        write_text(made / RECORD, text + "\n")
        put_folder(made, out, RECORD)
    shutil.rmtree(out / PIECES, ignore_errors=True)
    wanted = set(record["runs"])
    for entry in (out / RUNS).iterdir():
        if _RUN.fullmatch(entry.name) and entry.name not in wanted:
            shutil.rmtree(entry, ignore_errors=True)


def read_sweep(out: Path) -> dict[str, Any]:
    """Content of a finished sweep's record.

    Raises ResultsError if there is none, or if its tables are not as they were written.
    """
    record = _record(out)
    if record is None:
        unfinished = (out / LOCK).exists()
        what = "this sweep was not finished" if unfinished else "this is not a sweep's folder"
        raise ResultsError(Problem(what, _MEND if unfinished else "", str(out)))
    found = damaged(out, record["files"])
    if found:
        raise ResultsError(*(Problem(what, _MEND, str(out / name)) for name, what in found.items()))
    return record


def is_finished(out: Path, digest: str) -> bool:
    """Whether the folder holds this very sweep, with all its runs."""
    with suppress(ResultsError, OSError):
        record = read_sweep(out)
        there = all((out / RUNS / name / "run.json").exists() for name in record["runs"])
        return record["digest"] == digest and there
    return False


def _record(out: Path) -> dict[str, Any] | None:
    file = out / RECORD
    try:
        record = json.loads(file.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ResultsError(problem_of(error, "the sweep cannot be read", file)) from error
    except ValueError as error:
        raise ResultsError(
            Problem("its content is not what was written", _MEND, str(file))
        ) from error
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        return None
    if record.get("format_version") != FORMAT_VERSION:
        raise ResultsError(
            Problem(
                f"the sweep has another format, of Sojourn {record.get('version', 'unknown')}",
                _MEND,
                str(file),
            )
        )
    if record.get("sum") != sum_of(record):
        raise ResultsError(Problem("its content is not what was written", _MEND, str(file)))
    return record


def refuse_unknown_measures(asked: Iterable[str], known: Collection[str]) -> None:
    """Raise SojournError if a measure that is asked for is not among the known ones."""
    for name in asked:
        if name not in known:
            what = f"the study has no measure '{name}'"
            raise SojournError(Problem(what, did_you_mean(name, known, "measure")))


def table(out: Path, name: str) -> pa.Table:
    """The table `settings`, `measures` or `summary`."""
    return pq.read_table(out / TABLES[name])


def settings_table(settings: Sequence[Mapping[str, object]]) -> pa.Table:
    """A row for each setting: its number, from 1, and a column for each path, as text."""
    paths = list(dict.fromkeys(path for setting in settings for path in setting))
    columns: dict[str, pa.Array] = {"setting": pa.array(range(1, len(settings) + 1), pa.int32())}
    for path in paths:
        values = [None if path not in each else str(each[path]) for each in settings]
        columns[path] = pa.array(values, pa.string())
    return pa.table(columns)


def measures_of(out: Path, names: Sequence[str]) -> pa.Table:
    """The measures of every run, with the number of the setting in front."""
    tables = []
    for number, name in enumerate(names, 1):
        rows = pq.read_table(out / RUNS / name / "measures.parquet")
        rows = pa.table({column: _plain(rows[column]) for column in rows.column_names})
        tables.append(rows.add_column(0, "setting", pa.array([number] * len(rows), pa.int32())))
    return pa.concat_tables(tables)


def summary_of(out: Path, names: Sequence[str]) -> pa.Table:
    """The summary of every run's measures, with the number of the setting in front."""
    found = {name: _summed(read_run(out / RUNS / name)) for name in dict.fromkeys(names)}
    return pa.concat_tables(
        found[name].add_column(0, "setting", pa.array([number] * len(found[name]), pa.int32()))
        for number, name in enumerate(names, 1)
    )


def _summed(run: RunFolder) -> pa.Table:
    """The summary of a run's measures, added up in one order: the last digits too are the same."""
    for each in (run, run.repeated):
        if each is not None:
            each.connection.execute("set threads = 1")
    return summary(run, "measures")


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Texts without a dictionary: those of several runs differ."""
    return column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column
