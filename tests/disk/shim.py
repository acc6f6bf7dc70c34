"""A shim at Python's file operations: it counts them, lets one fail, or lets the process "die".

Python tells audit hooks of every file that is opened, made, renamed or removed, before it happens.
A hook that raises prevents it. A process that died does nothing any more: after a kill, every
further operation raises too, so that no `finally` can tidy up. `os.fsync` has no such event and is
replaced; it then costs no time either.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ERRORS = (errno.ENOSPC, errno.EIO, errno.EACCES, errno.EMFILE, errno.EROFS)
WRITES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.chmod", "os.fsync"}


class Killed(BaseException):
    """The process is dead."""


class Shim:
    """Operations on files below `root` are counted; the one numbered `at` fails.

    `how` is `kill`, an error number (once), or minus an error number (from then on, whatever
    writes).
    """

    def __init__(self) -> None:
        self.root, self.at, self.how, self.count = "", -1, 0, 0
        self._fsync = os.fsync
        sys.addaudithook(self._hook)

    @contextmanager
    def faults(self, root: Path, at: int, how: str | int) -> Iterator[None]:
        """Let the operation numbered `at` fail; none if it is negative."""
        self.root, self.at, self.how, self.count = str(root), at, how, 0
        os.fsync = lambda _: self._operation("os.fsync", self.root, writes=True)
        try:
            yield
        finally:
            os.fsync, self.root = self._fsync, ""

    def _hook(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.root and (event == "open" or event in WRITES):
            path = str(arguments[0])
            if path.startswith(self.root):
                flags = arguments[2] if event == "open" else os.O_WRONLY
                self._operation(event, path, writes=bool(flags & (os.O_WRONLY | os.O_RDWR)))

    def _operation(self, event: str, path: str, *, writes: bool) -> None:
        number, self.count = self.count, self.count + 1
        if self.at < 0 or number < self.at:
            return
        if self.how == "kill":
            raise Killed(event, path)
        if number == self.at or (self.how < 0 and writes):
            raise OSError(abs(self.how), os.strerror(abs(self.how)), path)
