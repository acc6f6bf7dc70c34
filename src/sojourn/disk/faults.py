"""What an error of the operating system means for the user, and what mends it."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path

from sojourn.errors import Problem, SojournError

SPILLED = "sojourn-spilled-"
"""In the name of a folder where DuckDB puts rows that do not fit into memory."""
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
"""No room: on the disk, in the user's quota, or in a file (as limits of the system set it)."""

MOST_THREADS = 1_024
"""More than a machine has cores makes nothing faster; systems refuse some tens of thousands."""
MORE_MEMORY = "use fewer threads, a smaller study, or a machine with more memory"
_FIXES = {
    **dict.fromkeys(FULL, "make room, then run the same command again"),
    errno.ENAMETOOLONG: "give a shorter name",
    errno.ENOTDIR: "a part of this path is a file: give another",
    errno.ELOOP: "links go round in a circle: name the file itself",
    errno.EACCES: "give a place that you may use, or change its permissions",
    errno.EPERM: "give a place that you may use, or change its permissions",
    errno.EROFS: "give a place that can be written",
    errno.EMFILE: "allow more open files (`ulimit -n`)",
    errno.ENFILE: "close other programs: too many files are open on this machine",
    errno.EIO: "the disk or the network behind it fails: save what you can, use another",
}


def is_file(path: Path) -> bool:
    """Whether there is such a file; no, if links go round or no file can have such a name."""
    return os.path.isfile(path)  # noqa: PTH113 -- Path.is_file raises for names that are too long


def problem_of(error: OSError, what: str, file: Path | str = "", fix: str = "") -> Problem:
    """The problem behind an error: `what` could not be done, why, and what mends it.

    `fix` is used where the reason alone does not say it.
    """
    place = str(file or error.filename or "")
    reason = error.strerror or str(error) or type(error).__name__
    return Problem(f"{what}: {reason}", _FIXES.get(error.errno or 0, fix), place)


def problem_behind(error: BaseException, fix: str = MORE_MEMORY) -> Problem | None:
    """What the machine or its user has to mend; None if the fault is in the input, or ours.

    `fix` is the way out where memory is short. Errors of DuckDB are known by their names, since
    loading it takes longer than most commands.
    """
    name, text = type(error).__name__, str(error)
    if isinstance(error, OSError):
        return problem_of(error, "a file cannot be used")
    if isinstance(error, MemoryError) or name == "OutOfMemoryException":
        return Problem("there is not enough memory", fix)
    if isinstance(error, RecursionError):
        return Problem("the input is nested too deeply", "nest it less deeply")
    if is_loop(error):
        return Problem("links go round in a circle", "name the file itself", text[18:-1])
    if isinstance(error, ValueError) and "embedded null" in text:
        return Problem("no file's name can hold a character of code 0", "give another name")
    if isinstance(error, RuntimeError) and "start new thread" in text:
        return Problem("the system allows no more threads", "use fewer threads")
    if name == "IOException":
        return _problem_of_database(text)
    return None


def _problem_of_database(text: str) -> Problem | None:
    """What the system said to DuckDB, which quotes it; None if it is DuckDB that complains."""
    said = next((number for number in _FIXES if os.strerror(number) in text), None)
    if said is None:
        return None
    file = re.search(r'(?:file|directory) \\?"([^"\\]+)', text)
    place = file.group(1) if file else ""
    if SPILLED in place:
        what = "what does not fit into memory cannot be put onto the disk"
        fix = "make room there, or set TMPDIR to a folder with more, and that can be written"
        return Problem(f"{what}: {os.strerror(said)}", fix, place.partition(SPILLED)[0].rstrip("."))
    return problem_of(OSError(said, os.strerror(said)), "a file cannot be used", place)


def refuse_threads(threads: int) -> None:
    """Raise SojournError for more threads than any machine is good for, and for none."""
    if not 1 <= threads <= MOST_THREADS:
        what = f"{threads:,} threads are not between 1 and {MOST_THREADS:,}"
        raise SojournError(Problem(what, "one for each core is enough: leave out --threads"))


def is_loop(error: BaseException) -> bool:
    """Whether this is how Python before 3.13 says that links go round in a circle."""
    return isinstance(error, RuntimeError) and str(error).startswith("Symlink loop")
