"""A new study folder, copied from a shipped example."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path

from sojourn.disk.faults import problem_of
from sojourn.disk.whole import created, put_folder, staged
from sojourn.errors import Problem, StudyError
from sojourn.results.endings import refuse_file_name
from sojourn.study.files.shipped import ENTRY, example_names, examples

_LEFT_OUT = ("__pycache__", "expected*", "*.pyc")
"""Not copied: an example's expected output does not fit a copy that will be changed."""


def example_folder(example: str) -> Path:
    """The example's folder. Raises StudyError if no example has this name."""
    names = example_names()
    if example not in names:
        raise StudyError(
            Problem(f"there is no example '{example}'", f"the examples are: {', '.join(names)}")
        )
    return Path(str(examples() / example))


def _copy(source: Path, to: Path) -> None:
    """Copy a folder, without what is left out."""
    to.mkdir()
    for entry in sorted(source.iterdir()):
        if any(fnmatch(entry.name, pattern) for pattern in _LEFT_OUT):
            continue
        if entry.is_dir():
            _copy(entry, to / entry.name)
        else:
            with created(to / entry.name) as file:
                file.write(entry.read_bytes())


def new_study(folder: Path, example: str) -> Path:
    """Copy the example into a folder that must not exist yet, and return that folder."""
    source = example_folder(example)
    refuse_file_name(folder, "a study", f"{ENTRY} and all that it names")
    try:
        if folder.exists() or folder.is_symlink():
            raise StudyError(
                Problem(f"{folder} exists already", "give a new name: nothing is overwritten")
            )
        with staged(folder) as stage:
            made = stage / "study"
            _copy(source, made)
            put_folder(made, folder, ENTRY)
    except OSError as error:
        raise StudyError(
            problem_of(error, f"cannot write {folder}", fix="give a folder you may write to")
        ) from error
    return folder
