"""Stays by table: one exact cumulative table per law, with a guide, so that a draw is one look-up.

The guide method is Chen and Asau's (1974): entry j of the guide is the answer for u = j / size, and
the search goes on from there; with size ≥ length it takes about one step whatever the law.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from sojourn.arrays import Floats
from sojourn.stays.distribution import Curve, curve_of, is_whole
from sojourn.stays.law import Law

Guide = npt.NDArray[np.int32]

NEVER = 1 << 30
"""A day that does not come."""
_NO_CURVE = Curve(np.empty(0), np.empty(0))
_ABOVE = np.array([2.0])
"""Follows each table: greater than any quantile."""

_CACHE_BYTES = 128 << 20
_FINE_BYTES = 1 << 18
"""As long as all of them take no more than this, guides are fine: they are read at random."""


class _Kept:
    """What was made of laws, the latest of it up to `_CACHE_BYTES`."""

    def __init__(self) -> None:
        self._made: OrderedDict[Hashable, tuple[npt.NDArray[Any], ...]] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def get(self, key: Hashable) -> tuple[npt.NDArray[Any], ...] | None:
        """What was made, if it is still kept."""
        with self._lock:
            if key in self._made:
                self._made.move_to_end(key)
            return self._made.get(key)

    def keep(self, key: Hashable, made: tuple[npt.NDArray[Any], ...]) -> None:
        """Keep it, and forget what was not asked for lately."""
        with self._lock:
            if key not in self._made:
                self._bytes += _size(made)
            self._made[key] = made
            while self._bytes > _CACHE_BYTES:
                _, forgotten = self._made.popitem(last=False)
                self._bytes -= _size(forgotten)


def _size(made: tuple[npt.NDArray[Any], ...]) -> int:
    return sum(each.nbytes for each in made)


_TABLES, _CURVES = _Kept(), _Kept()


def cumulative(law: Law, length: int, fine: bool = False) -> tuple[Floats, Guide]:
    """P(K ≤ k) for k < length, and its guide (a power of two long). Kept.

    A table ends where nothing is left above 1e-13, with a last entry of exactly 1.
    """
    found = _TABLES.get((law, length, fine))
    if found is None:
        cdf = 1.0 - law.survival(length)
        whole = np.flatnonzero(cdf >= 1.0)
        found = with_guide(cdf[: whole[0] + 1] if len(whole) else cdf, fine)
        _TABLES.keep((law, length, fine), found)
    table, guide = found
    return table, guide


def _curve(law: Law, length: int) -> Curve:
    """The law's curve, kept."""
    found = _CURVES.get((law, length))
    if found is None:
        curve = curve_of(law, length)
        found = (curve.x, curve.gone)
        _CURVES.keep((law, length), found)
    return Curve(*found)


def with_guide(cdf: Floats, fine: bool = False) -> tuple[Floats, Guide]:
    """A cumulative table and its guide; a fine one hardly ever has to search on."""
    size = 1 << max(4, int(np.ceil(np.log2(max(2, len(cdf)))))) + (2 if fine else 0)
    guide = np.searchsorted(cdf, np.arange(size) / size, side="right").astype(np.int32)
    return np.ascontiguousarray(cdf), guide


@njit(inline="always")
def look_up(u, table, cdf, start, length, guide, guide_start, guide_size, fixed):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 -- Numba infers
    """Days K of table `table` at quantile `u`: the smallest k with u < P(K ≤ k), or NEVER."""
    first = start[table]
    # A conditional quantile may round up to 1, which is past the guide's last entry.
    entry = min(np.int64(u * guide_size[table]), guide_size[table] - 1)
    k = np.int64(guide[guide_start[table] + entry])
    # The entry after a table's last is above every u: a loop with one exit. With a second one
    # the compiler makes it a loop over vectors, whose preparation takes ten times the search.
    while cdf[first + k] <= u:
        k += 1
    if k >= length[table]:
        return np.int64(1 << 30)
    return k + max(np.int64(0), fixed[table])


class TablePool:
    """Collects the tables of one program; equal laws share one table."""

    def __init__(self, length: int) -> None:
        self.horizon = length
        self._index: dict[tuple[Law, bool], int] = {}
        self._ready: dict[str, int] = {}
        self._laws: list[Law | None] = []
        self._keys: list[str] = []
        self._lengths: list[int] = []
        self._made: list[tuple[Floats, Guide] | None] = []
        self._races: set[int] = set()

    def law(self, law: Law, *, served: bool = False) -> int:
        """Number of the law's table.

        Those who have `served` time need a much longer table; one of their own, so that the
        others' stays small enough to be read from the nearest memory.
        """
        found = self._index.get((law, served))
        if found is None:
            found = self._index[law, served] = self._add(law, None, repr(law))
        return found

    def ready(self, cdf: Floats, guide: Guide, key: str) -> int:
        """Number of a table that is there already, and that `key` determines."""
        found = self._ready.get(key)
        if found is None:
            found = self._ready[key] = self._add(None, (cdf, guide), key)
        return found

    def need(self, table: int, length: int) -> None:
        """Ask for a table of at least this length; the horizon's is the default."""
        self._lengths[table] = max(self._lengths[table], length)

    def races(self, table: int) -> None:
        """Say that the law runs beside others, so that the time within a day matters."""
        self._races.add(table)

    def _add(self, law: Law | None, made: tuple[Floats, Guide] | None, key: str) -> int:
        self._keys.append(key)
        self._laws.append(law)
        self._made.append(made)
        self._lengths.append(self.horizon)
        return len(self._laws) - 1

    def arrays(self) -> dict[str, np.ndarray]:
        """Flat arrays for `look_up`, by its argument names."""
        one = with_guide(np.array([1.0]))  # a fixed number of days is added to 0
        items: list[tuple[Floats, Guide]] = []
        fixed: list[int] = []
        fine = 4 * 4 * sum(self._lengths) <= _FINE_BYTES
        for law, made, length in zip(self._laws, self._made, self._lengths, strict=True):
            whole = law.whole_steps() if law is not None else None
            fixed.append(-1 if whole is None else whole)
            if made is not None:
                items.append(made)
            elif whole is not None or law is None:
                items.append(one)
            else:
                items.append(cumulative(law, length, fine))
        lengths = np.array([len(cdf) for cdf, _ in items], dtype=np.int64)
        sizes = np.array([len(guide) for _, guide in items], dtype=np.int64)
        return {
            "cdf": np.concatenate([x for cdf, _ in items for x in (cdf, _ABOVE)] or [_ABOVE]),
            "start": np.cumsum(lengths + 1) - lengths - 1,
            "length": lengths,
            "guide": _narrow([g for _, g in items], lengths),
            "guide_start": np.cumsum(sizes) - sizes,
            "guide_size": sizes,
            "fixed": np.array(fixed, dtype=np.int64),
            **self._curves(),
        }

    def _curves(self) -> dict[str, np.ndarray]:
        """The curves of laws that race; `whole` [table]: 1 where all lengths are whole steps."""
        whole = [law is None or is_whole(law) for law in self._laws]
        curves = [
            _curve(law, length) if table in self._races and law is not None and not whole[table]
            else _NO_CURVE
            for table, (law, length) in enumerate(zip(self._laws, self._lengths, strict=True))
        ]  # fmt: skip
        return _joined(curves) | {"whole": np.array(whole, dtype=np.int64)}

    def keys(self) -> tuple[str, ...]:
        """For each table a text that determines it."""
        return tuple(
            f"{key} {length}" for key, length in zip(self._keys, self._lengths, strict=True)
        )


def _joined(curves: list[Curve]) -> dict[str, np.ndarray]:
    """Curves in one array each."""
    sizes = np.array([len(curve.x) for curve in curves], dtype=np.int64)
    return {
        "curve_x": np.concatenate([np.empty(0), *(curve.x for curve in curves)]),
        "curve_gone": np.concatenate([np.empty(0), *(curve.gone for curve in curves)]),
        "curve_start": np.cumsum(sizes) - sizes,
        "curve_size": sizes,
    }


def curve_at(tables: dict[str, np.ndarray], table: int) -> Curve:
    """The curve of a table; one that does not race, or has whole lengths alone, has none."""
    own = slice(
        int(tables["curve_start"][table]),
        int(tables["curve_start"][table] + tables["curve_size"][table]),
    )
    return Curve(tables["curve_x"][own], tables["curve_gone"][own])


def _narrow(guides: list[np.ndarray], lengths: np.ndarray) -> np.ndarray:
    """The guides in one array, of two bytes an entry if the tables are short enough.

    They are read at random, so it matters how much of them the nearest memory holds.
    """
    kind = np.uint16 if lengths.max(initial=0) <= np.iinfo(np.uint16).max else np.int32
    return np.concatenate([*guides, np.empty(0, kind)]).astype(kind)


def some_tables(tables: dict[str, np.ndarray], wanted: np.ndarray) -> dict[str, np.ndarray]:
    """The wanted tables alone, in that order."""
    cdfs = [tables["cdf"][s : s + n] for s, n in zip(*_slices(tables, "", wanted), strict=True)]
    guides = [
        tables["guide"][s : s + n] for s, n in zip(*_slices(tables, "guide_", wanted), strict=True)
    ]
    lengths, sizes = tables["length"][wanted], tables["guide_size"][wanted]
    return {
        "cdf": np.concatenate([x for cdf in cdfs for x in (cdf, _ABOVE)] or [_ABOVE]),
        "start": np.cumsum(lengths + 1) - lengths - 1,
        "length": lengths,
        "guide": _narrow(guides, lengths),
        "guide_start": np.cumsum(sizes) - sizes,
        "guide_size": sizes,
        "fixed": tables["fixed"][wanted],
        "whole": tables["whole"][wanted],
        **_joined([curve_at(tables, int(table)) for table in wanted]),
    }


def _slices(
    tables: dict[str, np.ndarray], prefix: str, wanted: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    size = "guide_size" if prefix else "length"
    return tables[f"{prefix}start"][wanted], tables[size][wanted]
