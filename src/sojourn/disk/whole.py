"""Files and folders that appear whole or not at all, and stay after a power cut.

What is made for a target is made in a private folder beside it (`staged`), synced, and renamed.
A process that dies leaves that folder behind; the next call for the same target removes it. Where
several files of a folder are replaced, they are first put together in its folder READY by one
rename: from then on the change has happened, and whoever opens the folder next completes it
(`complete`).
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from sojourn.disk.lock import HeldError, Lock, NoLocksError

READY = ".sojourn-ready"
"""In a folder: files that are complete, on their way into it."""
_UNFINISHED = ".unfinished"
_LOCK = "lock"
_NO_SYNC = {errno.EINVAL, errno.ENOTSUP, errno.EBADF, errno.EACCES, errno.EISDIR}


@contextmanager
def created(file: Path) -> Iterator[BinaryIO]:
    """A new file to write into, synced at the end."""
    with file.open("xb") as stream:
        yield stream
        stream.flush()
        os.fsync(stream.fileno())


def write_text(file: Path, text: str) -> None:
    """Write a new file of UTF-8 text, synced."""
    with created(file) as stream:
        stream.write(text.encode())


def sync_folder(folder: Path) -> None:
    """Sync the names in a folder; systems that cannot sync folders keep them in order anyway."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except PermissionError:
        return
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise
    finally:
        os.close(descriptor)


@contextmanager
def staged(target: Path) -> Iterator[Path]:
    """A folder that nobody else can read, on the target's file system, in which it is made.

    It is removed at the end. What dead processes left for this target is removed first. Raises
    OSError if it cannot be made.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    clear(target)
    stage, lock = _new_stage(target)
    try:
        yield stage
    finally:
        try:
            shutil.rmtree(stage, ignore_errors=True)
        finally:
            if lock is not None:
                lock.release()


def _places(target: Path) -> tuple[Path, ...]:
    """Where the target is made: in it, if it is a folder already, else beside it."""
    return (target, target.parent) if target.is_dir() else (target.parent,)


def _new_stage(target: Path) -> tuple[Path, Lock | None]:
    while True:
        stage = Path(tempfile.mkdtemp(_UNFINISHED, _prefix(target), _places(target)[0]))
        try:
            return stage, Lock(stage / _LOCK)
        except NoLocksError:
            return stage, None
        except (HeldError, FileNotFoundError):
            # Another call for this target took it for abandoned before it was locked.
            continue


def _prefix(target: Path) -> str:
    # File systems allow names of 255 bytes, with all that is put around this.
    return "." + target.name.encode()[:200].decode(errors="ignore") + "."


def clear(target: Path) -> None:
    """Remove what dead processes have left of this target, half-made."""
    prefix = _prefix(target)
    for place in _places(target):
        for left in place.iterdir() if place.is_dir() else ():
            ours = left.name.startswith(prefix) and left.name.endswith(_UNFINISHED)
            if not ours or left.is_symlink() or not left.is_dir():
                continue
            with suppress(HeldError, NoLocksError, OSError):
                lock = Lock(left / _LOCK)
                shutil.rmtree(left, ignore_errors=True)
                lock.release()


def put_file(made: Path, target: Path) -> None:
    """Rename a synced file to its target, replacing an older one."""
    os.replace(made, target)  # noqa: PTH105 -- readers see the old file or the new, never a half
    sync_folder(target.parent)


def put_folder(made: Path, target: Path, last: str) -> None:
    """Put a folder of synced files in the place of its target, where other files stay.

    A folder in it replaces one of its name whole. `last` is the file that is replaced last.
    """
    sync_folder(made)
    if target.exists():
        made.rename(target / READY)
        sync_folder(target)
        complete(target, last)
    else:
        made.rename(target)
        sync_folder(target.parent)


def complete(folder: Path, last: str) -> None:
    """Complete what `put_folder` has begun, if its process died."""
    ready = folder / READY
    if ready.is_symlink() or not ready.is_dir():
        return
    for made in sorted(ready.iterdir(), key=lambda made: (made.name == last, made.name)):
        if made.is_dir():
            # A folder that holds something cannot be replaced; whoever completes this goes on here.
            shutil.rmtree(folder / made.name, ignore_errors=True)
        os.replace(made, folder / made.name)  # noqa: PTH105 -- as in `put_file`
    sync_folder(folder)
    ready.rmdir()
