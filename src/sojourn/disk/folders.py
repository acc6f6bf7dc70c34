"""Folders that one command writes whole: an earlier one of its kind is replaced, others refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from sojourn.disk.faults import problem_of
from sojourn.disk.whole import clear, complete, created, put_folder, staged, sync_folder, write_text
from sojourn.errors import Problem, SojournError

Write = Callable[[BinaryIO], None]


@dataclass(frozen=True, slots=True)
class FolderKind:
    """What a folder holds besides its record."""

    record: str
    """Name of the record, a JSON file, which is replaced last."""
    format: str
    """What the record says of its format."""
    holds: frozenset[str]
    """Names of the other files and folders at its top."""

    def write(self, out: Path, files: Mapping[str, Write], record: Mapping[str, Any]) -> None:
        """Write files, by their place below the folder, and the record.

        An earlier folder of this kind is replaced as a whole. Raises SojournError if the folder
        holds anything else, or cannot be written.
        """
        self.refuse_other(out)
        try:
            with staged(out) as stage:
                made = stage / "made"
                made.mkdir()
                for place, write in files.items():
                    file = made / place
                    file.parent.mkdir(parents=True, exist_ok=True)
                    with created(file) as stream:
                        write(stream)
                    sync_folder(file.parent)
                text = json.dumps({"format": self.format, **record}, indent=2, ensure_ascii=False)
                write_text(made / self.record, text + "\n")
                put_folder(made, out, self.record)
        except OSError as error:
            raise SojournError(problem_of(error, "the folder cannot be written", out)) from error

    def refuse_other(self, out: Path) -> None:
        """Raise SojournError if something else stands there.

        What a process that died has begun is completed, or removed.
        """
        if out.is_file():
            raise SojournError(Problem("this is a file, not a folder", "name a folder", str(out)))
        if not out.is_dir():
            return
        try:
            clear(out)
            complete(out, self.record)
            held = {path.name for path in out.iterdir()}
        except OSError as error:
            raise SojournError(problem_of(error, "the folder cannot be used", out)) from error
        ours = {self.record, *self.holds}
        if held and not (held <= ours and self.record in held):
            what = f"the folder holds something else: {', '.join(sorted(held - ours)[:5] or held)}"
            raise SojournError(Problem(what, "choose an empty or new folder", str(out)))
