"""A new study folder, copied from a shipped example."""

from __future__ import annotations

import shutil
from pathlib import Path

from sojourn.errors import Problem, StudyError
from sojourn.results.endings import refuse_file_name
from sojourn.study.files.shipped import ENTRY, example_names, examples

_LEFT_OUT = shutil.ignore_patterns("__pycache__", "expected*", "*.pyc")
"""Not copied: an example's expected output does not fit a copy that will be changed."""


def example_folder(example: str) -> Path:
    """The example's folder. Raises StudyError if no example has this name."""
    names = example_names()
    if example not in names:
        raise StudyError(
            Problem(f"there is no example '{example}'", f"the examples are: {', '.join(names)}")
        )
    return Path(str(examples() / example))


def new_study(folder: Path, example: str) -> Path:
    """Copy the example into a folder that must not exist yet, and return that folder."""
    source = example_folder(example)
    refuse_file_name(folder, "a study", f"{ENTRY} and all that it names")
    if folder.exists():
        raise StudyError(
            Problem(f"{folder} exists already", "give a new name: nothing is overwritten")
        )
    try:
        shutil.copytree(source, folder, ignore=_LEFT_OUT)
    except OSError as error:
        raise StudyError(
            Problem(f"cannot write {folder}: {error.strerror}", "give a folder you may write to")
        ) from error
    return folder
