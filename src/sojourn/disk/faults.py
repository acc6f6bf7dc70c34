"""What an error of the operating system means for the user, and what mends it."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from sojourn.errors import Problem

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
"""No room: on the disk, in the user's quota, or in a file (as limits of the system set it)."""

_FIXES = {
    **dict.fromkeys(FULL, "make room, then run the same command again"),
    errno.ENAMETOOLONG: "give a shorter name",
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


def is_loop(error: BaseException) -> bool:
    """Whether this is how Python before 3.13 says that links go round in a circle."""
    return isinstance(error, RuntimeError) and str(error).startswith("Symlink loop")
