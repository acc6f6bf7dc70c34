"""Files known by their size, time and digest, so that damage is noticed."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import TypedDict

SMALL = 1_000_000
"""Bytes up to which a file's content is always read: that takes about a millisecond."""
_BLOCK = 1 << 20


class Seal(TypedDict):
    """How a file was when it was written."""

    bytes: int
    changed: int
    """Nanoseconds since 1970, by the clock of the file system."""
    digest: str
    """BLAKE2b of the content, 32 hexadecimal digits."""


def seal(file: Path) -> Seal:
    """How the file is now. Raises OSError if it cannot be read."""
    at = file.stat()
    return {"bytes": at.st_size, "changed": at.st_mtime_ns, "digest": content_digest(file)}


def content_digest(file: Path) -> str:
    """BLAKE2b of a file's content, 32 hexadecimal digits; about a second for each gigabyte."""
    found = blake2b(digest_size=16)
    with file.open("rb") as stream:
        while block := stream.read(_BLOCK):
            found.update(block)
    return found.hexdigest()


def damage(file: Path, sealed: Seal, *, wholly: bool = False) -> str:
    """What is wrong with a file; empty if nothing.

    The content of a large file is read if its time has changed, or if `wholly`.
    """
    try:
        at = file.stat()
        if at.st_size != sealed["bytes"]:
            return f"it has {at.st_size:,} bytes and was written with {sealed['bytes']:,}"
        known = at.st_mtime_ns == sealed["changed"] and at.st_size > SMALL
        if not (known and not wholly) and content_digest(file) != sealed["digest"]:
            return "its content is not what was written"
    except FileNotFoundError:
        return "it is missing"
    except OSError as error:
        return f"it cannot be read: {error.strerror}"
    return ""


def damaged(folder: Path, sealed: Mapping[str, Seal], *, wholly: bool = False) -> dict[str, str]:
    """The damaged files of a folder, and what is wrong with each."""
    found = {name: damage(folder / name, one, wholly=wholly) for name, one in sealed.items()}
    return {name: what for name, what in found.items() if what}
