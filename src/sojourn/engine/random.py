"""Randomness as a pure function of seed, replicate, person, visit, transition and purpose.

A person carries one 64-bit key, made from the seed, the replicate, the name of their stream and
their number in it. A draw mixes that key with the visit (how many states they have entered) and a
salt (what is drawn for which transition). Nothing depends on the order of calls, so results do not
depend on threads, and a person has the same random numbers in every scenario.

The mixer is the finaliser of splitmix64 (Steele, Lea and Flood, "Fast splittable pseudorandom
number generators", OOPSLA 2014; the constants are David Stafford's variant 13).
"""

from __future__ import annotations

import hashlib

import numpy as np
from numba import njit

MASK = (1 << 64) - 1

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_VISIT = np.uint64(0xD1342543DE82EF95)
_MIX_A = np.uint64(0xBF58476D1CE4E5B9)
_MIX_B = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
UNIT = 1.0 / 9007199254740992.0
"""2**-53: a quantile is a whole number of these."""


@njit(cache=True, nogil=True, forceinline=True)
def mix(z):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 -- Numba infers uint64 -> uint64
    """Scramble 64 bits: every input bit reaches every output bit."""
    z = (z ^ (z >> _S30)) * _MIX_A
    z = (z ^ (z >> _S27)) * _MIX_B
    return z ^ (z >> _S31)


@njit(cache=True, nogil=True, forceinline=True)
def person_key(stream, number):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 -- as above
    """Key of the `number`-th person (from 0) of a stream."""
    return mix(stream + (np.uint64(number) + np.uint64(1)) * _GOLDEN)


@njit(cache=True, nogil=True, forceinline=True)
def address(key, visit):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 -- as above
    """What a person's draws of one visit are mixed from: another for each of their visits."""
    return key + np.uint64(visit) * _VISIT


@njit(cache=True, nogil=True, forceinline=True)
def bits(key, visit, salt):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 -- as above
    """64 random bits for one purpose of one visit of one person."""
    return mix(address(key, visit) ^ salt)


@njit(cache=True, nogil=True, forceinline=True)
def uniform(key, visit, salt):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 -- as above
    """A uniform number in [0, 1) with 53 bits, for one purpose of one visit of one person."""
    return np.float64(bits(key, visit, salt) >> _S11) * UNIT


def salt(*words: str) -> int:
    """A 64-bit number that stands for a name, e.g. of a transition and a purpose."""
    text = "\x1f".join(words).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little")


def mix_int(z: int) -> int:
    """`mix` on Python integers: the same bits, without NumPy."""
    z = ((z ^ (z >> 30)) * int(_MIX_A)) & MASK
    z = ((z ^ (z >> 27)) * int(_MIX_B)) & MASK
    return z ^ (z >> 31)


def person_key_int(stream: int, number: int) -> int:
    """`person_key` on Python integers."""
    return mix_int((stream + (number + 1) * int(_GOLDEN)) & MASK)


def bits_int(key: int, visit: int, salt_value: int) -> int:
    """`bits` on Python integers."""
    return mix_int(((key + visit * int(_VISIT)) & MASK) ^ salt_value)


def uniform_int(key: int, visit: int, salt_value: int) -> float:
    """`uniform` on Python integers."""
    return (bits_int(key, visit, salt_value) >> 11) * UNIT


def run_key(seed: int, replicate: int) -> int:
    """Key of one history: every stream and gate of it derives from this."""
    return mix_int(mix_int((seed + int(_GOLDEN)) & MASK) ^ ((replicate * int(_VISIT)) & MASK))


def stream_key(run: int, name: str) -> int:
    """Key of a stream of people, or of a gate, within one history."""
    return mix_int(run ^ salt(name))
