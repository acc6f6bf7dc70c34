"""Folders at an address of fsspec, as `s3://bucket/sweep`: brought here, and put there, whole.

An object store has neither locks nor renames. So a folder that is put there names its record last,
and without its record it does not count; what it holds is known by the digests in the record.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sojourn.errors import Problem, SojournError, install

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+:/")
"""A disk of Windows has one letter."""


def is_remote(place: str | Path) -> bool:
    """Whether this is an address, and not a path on this machine."""
    return _ADDRESS.match(str(place)) is not None


class RemoteFolder:
    """A folder at an address. Raises SojournError where fsspec or the store refuses."""

    def __init__(self, address: str) -> None:
        try:
            import fsspec  # noqa: PLC0415 -- most sweeps are on this machine
        except ImportError as error:
            what = "addresses need fsspec, which is not installed"
            raise SojournError(Problem(what, install("sojourn[remote]"), address)) from error
        self.address = address.rstrip("/")
        with self._asked("it cannot be used"):
            system, root = fsspec.core.url_to_fs(self.address)
        self._system: Any = system
        self._root = str(root).rstrip("/")

    @contextmanager
    def _asked(self, what: str) -> Iterator[None]:
        try:
            yield
        except SojournError:
            raise
        except Exception as error:  # every store has errors of its own, of any kind
            said = str(error) or type(error).__name__
            fix = "look at the address, at your rights there, and at what fsspec needs for it"
            raise SojournError(Problem(f"{what}: {said}", fix, self.address)) from error

    def below(self, name: str) -> RemoteFolder:
        """The folder of this name in it."""
        return RemoteFolder(f"{self.address}/{name}")

    def names(self) -> set[str]:
        """Names of what it holds; none, if it is not there."""
        return {file.split("/")[0] for file in self._files()}

    def _files(self) -> list[str]:
        """Files in it and in its folders, from here."""
        with self._asked("it cannot be read"):
            self._system.invalidate_cache()
            if not self._system.exists(self._root):
                return []
            found = self._system.find(self._root)
        return sorted(str(file)[len(self._root) :].lstrip("/") for file in found)

    def fetch(self, here: Path) -> None:
        """Bring all that it holds into a folder of this machine."""
        for file in self._files():
            self.fetch_file(file, here / file)

    def fetch_file(self, name: str, here: Path) -> None:
        """Bring one file."""
        with self._asked("it cannot be read"):
            content = self._system.cat_file(f"{self._root}/{name}")
        here.parent.mkdir(parents=True, exist_ok=True)
        here.write_bytes(content)

    def put(self, made: Path, last: str) -> None:
        """Put a folder's files there, `last` after all others."""
        files = (file for file in sorted(made.rglob("*")) if file.is_file())
        names = [file.relative_to(made).as_posix() for file in files]
        self.put_files(made, [*(name for name in names if name != last), last])

    def put_files(self, made: Path, names: Sequence[str]) -> None:
        """Put some files of a folder there, in this order.

        Nothing is put if the last one is there already as it is here.
        """
        last = (made / names[-1]).read_bytes()
        place = f"{self._root}/{names[-1]}"
        with self._asked("it cannot be written"):
            self._system.invalidate_cache()
            if self._system.exists(place) and self._system.cat_file(place) == last:
                return
            for name in names[:-1]:
                self._write(f"{self._root}/{name}", (made / name).read_bytes())
            self._write(place, last)

    def _write(self, place: str, content: bytes) -> None:
        # A store has no folders; a disk behind an address has.
        self._system.makedirs(place.rpartition("/")[0], exist_ok=True)
        self._system.pipe_file(place, content)

    def remove(self) -> None:
        """Remove it with all that it holds, if it is there."""
        with self._asked("it cannot be removed"):
            self._system.invalidate_cache()
            if self._system.exists(self._root):
                self._system.rm(self._root, recursive=True)
