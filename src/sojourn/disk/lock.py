"""One writer at a time: a lock on a file, which the system releases when its process dies."""

from __future__ import annotations

import errno
import json
import os
import platform
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

if sys.platform == "win32":  # pragma: no cover
    import msvcrt

    def _take(descriptor: int) -> None:
        os.lseek(descriptor, 1 << 30, os.SEEK_SET)  # beyond what the file holds
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


_HELD = {errno.EAGAIN, errno.EACCES, errno.EDEADLK}


class HeldError(Exception):
    """Somebody else holds the lock; the text says who."""


class NoLocksError(Exception):
    """The file system has no locks."""


class Lock:
    """An exclusive lock on a file, held from construction until `release` or the process's end.

    The file stays when the lock is released: only its holder may remove it. Threads of one process
    exclude each other too. Raises HeldError if another holds it, NoLocksError if the file system
    has no locks, OSError if the file cannot be written.
    """

    def __init__(self, file: Path) -> None:
        while True:
            self._descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
            try:
                self._lock(file)
                # The last holder may have removed the file after it was opened here.
                with suppress(FileNotFoundError):
                    if os.path.samestat(os.fstat(self._descriptor), file.stat()):
                        self._sign()
                        return
            except BaseException:
                os.close(self._descriptor)
                raise
            os.close(self._descriptor)

    def _lock(self, file: Path) -> None:
        try:
            _take(self._descriptor)
        except OSError as error:
            if error.errno in _HELD:
                raise HeldError(holder(file)) from error
            raise NoLocksError(error.strerror) from error

    def _sign(self) -> None:
        """Write who holds the lock, for the message to others."""
        me = {
            "process": os.getpid(),
            "machine": platform.node(),
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, json.dumps(me).encode(), 0)

    def release(self) -> None:
        """Let others take it; a second call does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def holder(file: Path) -> str:
    """Who signed the lock file, in words."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        return f"process {found['process']} on {found['machine']} since {found['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "a process that has just begun"
