"""A sweep at an address of fsspec: made in a folder of this machine, kept there run by run.

No lock is possible there, and runs need none: a run's folder is named by the digest of all that
determines its tables, so two writers write the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from sojourn.disk.remote import RemoteFolder
from sojourn.errors import Problem, ResultsError, SojournError
from sojourn.results.run_folder.folder import RECORD as RUN_RECORD
from sojourn.sweeps.folder import LOCK, OURS, PIECES, RECORD, RUNS, TABLES


class RemoteSweep:
    """A sweep's folder at an address, and the folder of this machine in which it is made."""

    def __init__(self, address: str, here: Path) -> None:
        """Bring what is finished there. Raises SojournError if it holds something else."""
        self._there, self._here = RemoteFolder(address), here
        held = self._there.names()
        if others := held - OURS:
            what = f"the folder holds something else ({min(others)!r}, for one)"
            raise ResultsError(Problem(what, "Choose an empty or new one.", address))
        here.mkdir(parents=True, exist_ok=True)
        (here / LOCK).touch()  # the sign of a sweep's folder
        self._there.below(RUNS).fetch(here / RUNS)
        if {RECORD, *TABLES.values()} <= held:
            for file in (*TABLES.values(), RECORD):
                self._there.fetch_file(file, here / file)

    def keep(self, run: Path) -> None:
        """Keep a finished run there."""
        self._there.below(f"{RUNS}/{run.name}").put(run, RUN_RECORD)

    def finish(self) -> None:
        """Keep the finished sweep's tables and record there."""
        self._there.put_files(self._here, [*TABLES.values(), RECORD])
        self._there.below(PIECES).remove()


@contextmanager
def told_there(here: Path, address: str) -> Iterator[None]:
    """Problems of the folder `here` are told of the address that it stands for."""
    try:
        yield
    except SojournError as error:
        problems = (replace(p, file=p.file.replace(str(here), address)) for p in error.problems)
        raise type(error)(*problems) from error
