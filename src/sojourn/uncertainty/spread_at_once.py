"""The quantiles of many draws at once, by arrays: the same numbers, bit for bit, as `spread`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from sojourn.arrays import Floats
from sojourn.uncertainty import spread

Words = npt.NDArray[np.uint64]

_1 = np.uint64(1)
_SWAPS = tuple(
    (np.uint64(shift), np.uint64(mask))
    for shift, mask in (
        (1, 0x5555555555555555), (2, 0x3333333333333333), (4, 0x0F0F0F0F0F0F0F0F),
        (8, 0x00FF00FF00FF00FF), (16, 0x0000FFFF0000FFFF), (32, 0x00000000FFFFFFFF),
    )
)  # fmt: skip
"""Neighbours of so many bits change places: done one after the other, a word is turned round."""


def spread_quantiles(
    seed: int, indices: Sequence[int], path: str, together: Sequence[str] = ()
) -> Floats:
    """`spread.spread_quantile` of the number at `path` in every draw of `indices`."""
    index = np.array(indices, dtype=np.uint64)
    if path in together:
        order = _reordered(spread.key_of(seed, "order", ""), index)
        digits = _sobol_digits(together.index(path), order)
    else:
        digits = _reordered(spread.key_of(seed, "order", path), index)
    return _fractions(_scrambled(spread.key_of(seed, "value", path), digits))


def _sobol_digits(dimension: int, index: Words) -> Words:
    found = np.zeros_like(index)
    for column in range(int(index.max(initial=0)).bit_length()):
        set_here = (index >> np.uint64(column)) & _1
        found ^= set_here * np.uint64(spread.column_of(dimension, column))
    return found


def _coins(key: int, prefix: Words) -> Words:
    word = np.uint64(key) + (prefix + _1) * np.uint64(0x9E3779B97F4A7C15)
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))


def _reordered(key: int, index: Words) -> Words:
    found = index.copy()
    for digit in range(int(index.max(initial=0)).bit_length() - 1):
        at = np.uint64(digit)
        above = index >> (at + _1)  # 0 where this is the highest digit, or above it
        flip = (_coins(key, above) >> at) & _1 & (above != 0).astype(np.uint64)
        found ^= flip << at
    return found


def _scrambled(key: int, digits: Words) -> Words:
    flips, rest = _coins(key, np.zeros_like(digits)), digits.copy()
    while rest.any():
        lowest = rest & (~rest + _1)
        rest ^= lowest
        known = (lowest << _1) - _1
        others = (flips & known) | (_coins(key, digits & known) & ~known)
        flips = np.where(lowest != 0, others, flips)
    return digits ^ flips


def _fractions(digits: Words) -> Floats:
    word = digits & np.uint64((1 << spread.DIGITS) - 1)
    for shift, mask in _SWAPS:
        word = ((word >> shift) & mask) | ((word & mask) << shift)
    word >>= np.uint64(64 - spread.DIGITS)
    return (word.astype(np.float64) + 0.5) / float(1 << spread.DIGITS)
