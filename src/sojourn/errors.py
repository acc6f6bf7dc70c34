"""The errors that a user can mend, each with place, reason and remedy."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with the input: where, what, and what would be right."""

    what: str
    fix: str = ""
    file: str = ""
    line: int = 0
    column: int = 0
    """Both count from 1; 0 means unknown."""
    path: str = ""
    """Address in the study, as `facilities.cecot.capacity`."""

    def __str__(self) -> str:
        """`file:line:column: path: what. fix`."""
        place = self.file
        if place and self.line:
            place += f":{self.line}" + (f":{self.column}" if self.column else "")
        head = ": ".join(part for part in (place, self.path) if part)
        text = f"{head}: {self.what}" if head else self.what
        return f"{text}\n    {self.fix}" if self.fix else text


def install(package: str) -> str:
    """A remedy: the command that puts a package beside this Sojourn, from a clone or a wheel."""
    return shlex.join([sys.executable or "python", "-m", "pip", "install", package])


class SojournError(Exception):
    """Something the user can mend; the command line prints it and exits with 2."""

    def __init__(self, *problems: Problem | str) -> None:
        self.problems = tuple(p if isinstance(p, Problem) else Problem(p) for p in problems)
        super().__init__("\n".join(str(p) for p in self.problems))


class StudyError(SojournError):
    """The study's files do not make a study."""


class RuleError(SojournError):
    """A condition does not parse or does not type."""


class ResultsError(SojournError):
    """A run folder, an output folder or a query is not usable."""
