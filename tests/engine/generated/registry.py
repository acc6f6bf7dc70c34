"""The features of the engine by name: the register that `coming_in` and `ways_out` fill."""

from __future__ import annotations

from collections.abc import Callable

from engine.generated.draft import Draft

PUT: dict[str, Callable[[Draft], None]] = {}
"""Each feature, in the order in which those of a study are put on its draft."""


def feature(name: str) -> Callable[[Callable[[Draft], None]], Callable[[Draft], None]]:
    """Register how a feature is put on a draft."""

    def add(put: Callable[[Draft], None]) -> Callable[[Draft], None]:
        PUT[name] = put
        return put

    return add
