"""Work that can be sent to another process: a study, its options, and the folder to write."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sojourn.disk.remote import RemoteFolder, is_remote
from sojourn.results.run_folder.folder import RECORD
from sojourn.run.check import Checked
from sojourn.run.histories import look_away
from sojourn.run.people_and_rules import all_inputs
from sojourn.run.run import Options, SettledRun
from sojourn.study.checks.quotes import QuoteCheck
from sojourn.study.model.study import StudyModel

NAME_DIGITS = 16
"""Digits of a run's digest that name its folder."""


@dataclass(frozen=True, slots=True)
class Job:
    """A run of a checked study, as plain values."""

    study_json: str
    quotes: tuple[QuoteCheck, ...]
    options: Options

    def settled(self) -> SettledRun:
        """The run that this job makes, ready to be put into a folder."""
        return SettledRun(_checked(self.study_json, self.quotes), self.options, None, look_away)

    def of_draws(self, first: int, count: int) -> Job:
        """The histories of some draws alone, on one thread: workers are processes."""
        return replace(self, options=piece_of(self.options, first, count))


def piece_of(options: Options, first: int, count: int) -> Options:
    """Options of the piece of a run that has the histories of so many draws."""
    return replace(options, first_draw=first, draws=count, threads=1, histories_only=True)


@lru_cache(maxsize=2)
def _checked(study_json: str, quotes: tuple[QuoteCheck, ...]) -> Checked:
    """What all pieces of a run share, made once in each process."""
    study = StudyModel.model_validate_json(study_json)
    return Checked(study, quotes, all_inputs(study))


def job_of(run: SettledRun) -> Job:
    """The work of a run."""
    checked = run.checked
    return Job(checked.study.model_dump_json(by_alias=True), checked.quotes, run.options)


def compute(job: Job, folder: str) -> str:
    """Put the job's run into a folder below `folder`, and return the name of that folder.

    A worker calls this: what it has computed is in the folder, which may be at an address, and only
    the name goes back.
    """
    run = job.settled()
    name = name_of(run)
    if not is_remote(folder):
        run.into(Path(folder) / name)
        return name
    there = RemoteFolder(f"{folder}/{name}")
    if RECORD not in there.names():
        with TemporaryDirectory(prefix="sojourn-") as place:
            there.put(run.into(Path(place) / name), RECORD)
    return name


def name_of(run: SettledRun) -> str:
    """Name of the folder of a run: by the digest of all that determines it, and nothing else."""
    return run.digest[:NAME_DIGITS]
