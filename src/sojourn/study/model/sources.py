"""The texts that a study rests on, and what they say."""

from __future__ import annotations

from sojourn.study.model.values import Cited, Confidence, Model


class Source(Model):
    """A text or table that the study rests on."""

    title: str
    publisher: str | None = None
    date: str | None = None
    url: str | None = None
    file: str | None = None
    """Path of the text, relative to the study or to `--sources DIR`."""
    confidence: Confidence | None = None
    note: str | None = None


class Statement(Cited):
    """Something a source says, and the places of the study that hold it."""

    says: str | None = None
    """Our own paraphrase."""
    models: tuple[str, ...] = ()
    """Paths of the study that this statement gave rise to."""


class Quoted(Model):
    """Words of a source that the study quotes, and the place of the study that does."""

    path: str
    source: str
    quote: str
    by: str | None = None
    file: str = ""
    line: int = 0
    column: int = 0
