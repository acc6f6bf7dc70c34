"""Studies to begin with in Python: load one, take an example, or copy it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sojourn.api.public import public
from sojourn.api.study import Study
from sojourn.library.examples import new_study as copy_example
from sojourn.study.files.shipped import ENTRY
from sojourn.study.files.yaml import parse_yaml
from sojourn.study.load import entry_of, read_tree, whole_tree
from sojourn.study.scenarios.change import as_node


@public
def load(study: str | Path | Mapping[str, Any], *, folder: str | Path | None = None) -> Study:
    """Read a study.

    Args:
        study: a folder with study.yaml, or that file; a text of YAML (of several lines); or a
            dictionary with the same keys. Numbers are texts with their unit, `"20000 USD"`.
        folder: where files are that a text or a dictionary names; by default the current folder.

    Raises SojournError if nothing can be read. For a study that can be read, `Study.check`
    lists the problems.
    """
    if isinstance(study, Mapping):
        tree, problems = whole_tree(as_node(study), Path(folder or "") / ENTRY)
    elif isinstance(study, str) and "\n" in study:
        tree, problems = whole_tree(parse_yaml(study, "the text"), Path(folder or "") / ENTRY)
    else:
        entry = entry_of(Path(study))
        tree, problems = read_tree(entry)
        folder = entry.parent
    return Study(tree, tuple(problems), None if folder is None else Path(folder), {})


@public
def example(name: str) -> Study:
    """A shipped example study.

    They are minimal, federal-prisons, ice-detention, norway-netherlands, shorter-sentences,
    sweden-estonia and us-el-salvador.

    Raises SojournError if no example has this name.
    """
    from sojourn.library.examples import example_folder

    return load(example_folder(name))


@public
def new_study(folder: str | Path, example: str = "minimal") -> Study:
    """Copy a shipped example study into a new folder and load it.

    Raises SojournError if the folder exists, or if no example has this name.
    """
    return load(copy_example(Path(folder), example))


@public
def schema() -> dict[str, Any]:
    """The JSON Schema of study.yaml; editors use it to complete and check."""
    from sojourn.study.words.schema import json_schema

    return json_schema()
