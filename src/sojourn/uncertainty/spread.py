"""Quantiles that are spread evenly over the draws, each number's own.

The draws of one number are a van der Corput sequence in base 2, in which the first 2^k points lie
one in each of 2^k equal parts of the interval from 0 to 1. Its points are put in another order and
moved, both by *nested uniform scrambling* (Owen, Randomly permuted (t,m,s)-nets and
(t,s)-sequences, 1995): each binary digit is flipped or not, by a coin of its own for each value of
the digits before it. So each quantile is uniform, those of two numbers are independent, and every
2^k draws that begin at a multiple of 2^k are still spread evenly. The coins are bits of a hash of
the seed and the number's address, so a number has the same quantiles whatever other numbers there
are.

Numbers that are *spread together* have the dimensions of a Sobol sequence in a common order.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from hashlib import blake2b

DIGITS = 53
"""Binary digits of a quantile: those of a float."""
_ALL = (1 << 64) - 1


_POLYNOMIALS: tuple[tuple[int, ...], ...] = (
    (), (3, 1), (7, 1, 3), (11, 1, 3, 1), (13, 1, 1, 1), (19, 1, 1, 3, 3), (25, 1, 3, 5, 13),
    (37, 1, 1, 5, 5, 17), (41, 1, 1, 5, 5, 5), (47, 1, 1, 7, 11, 19), (55, 1, 1, 5, 1, 1),
    (59, 1, 1, 1, 3, 11),
)  # fmt: skip
"""Of each Sobol dimension the primitive polynomial, as bits, and the first direction numbers: the
choice of Joe and Kuo, SIAM Journal on Scientific Computing 30, 2008. The first dimension is the van
der Corput sequence."""


def spread_quantile(seed: int, index: int, path: str, together: Sequence[str] = ()) -> float:
    """The quantile of the number at `path` in draw `index`: above 0 and below 1.

    `together` are the addresses of numbers that are spread together; one added at the end moves
    no other.
    """
    if path in together:
        order = _reordered(key_of(seed, "order", ""), index)
        digits = _sobol_digits(together.index(path), order)
    else:
        digits = _reordered(key_of(seed, "order", path), index)
    return _fraction(_scrambled(key_of(seed, "value", path), digits))


def _sobol_digits(dimension: int, index: int) -> int:
    """The binary digits after the point of a Sobol point, the first as the lowest bit."""
    found, column = 0, 0
    while index:
        if index & 1:
            found ^= column_of(dimension, column)
        index, column = index >> 1, column + 1
    return found


@cache
def column_of(dimension: int, column: int) -> int:
    """A column of a dimension's generator matrix, the first row as the lowest bit."""
    number = _direction(dimension, column)
    return int(format(number, f"0{column + 1}b")[::-1], 2)


@cache
def _direction(dimension: int, column: int) -> int:
    """The direction number, odd and below 2^(column + 1), by the polynomial's recurrence."""
    if not dimension:
        return 1
    polynomial, *first = _POLYNOMIALS[dimension]
    if column < len(first):
        return first[column]
    degree = len(first)
    found = _direction(dimension, column - degree)
    for step in range(1, degree + 1):
        if polynomial >> (degree - step) & 1:
            found ^= _direction(dimension, column - step) << step
    return found


@lru_cache(maxsize=1 << 14)
def key_of(seed: int, purpose: str, path: str) -> int:
    """64 bits of a number's own."""
    words = f"{purpose}\x1f{seed}\x1f{path}".encode()
    return int.from_bytes(blake2b(words, digest_size=8).digest(), "little")


def _coins(key: int, prefix: int) -> int:
    """64 fair coins for the digits that follow these: SplitMix64 from the key, `prefix` steps on.

    Steele, Lea and Flood, Fast splittable pseudorandom number generators, OOPSLA 2014.
    """
    word = (key + (prefix + 1) * 0x9E3779B97F4A7C15) & _ALL
    word = (word ^ word >> 30) * 0xBF58476D1CE4E5B9 & _ALL
    word = (word ^ word >> 27) * 0x94D049BB133111EB & _ALL
    return word ^ word >> 31


def _reordered(key: int, index: int) -> int:
    """The index with its binary digits scrambled, from the highest on.

    The highest stays 1, so the first 2^k indices keep their set; to flip it as well would not
    change the distribution of what is drawn, since the values are scrambled too.
    """
    found = index
    for digit in range(index.bit_length() - 1):
        found ^= (_coins(key, index >> (digit + 1)) >> digit & 1) << digit
    return found


def _scrambled(key: int, digits: int) -> int:
    """Digits scrambled from the first, which is the lowest bit of `digits`, to the last."""
    flips, rest = _coins(key, 0), digits
    while rest:
        known = rest & -rest
        rest ^= known
        known = 2 * known - 1
        # After a digit that is 1, the digits before are others, so the coins are others.
        flips = flips & known | _coins(key, digits & known) & ~known
    return digits ^ flips


def _fraction(digits: int) -> float:
    """The number with these binary digits after the point, in the middle of what they leave."""
    word = format(digits & ((1 << DIGITS) - 1), f"0{DIGITS}b")
    return (int(word[::-1], 2) + 0.5) / (1 << DIGITS)
