"""A draw: one value of every uncertain quantity."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Protocol

from sojourn.study.model.values import Quantity

_UNIT = 2.0**-53
_PERT_WEIGHT = 4.0
"""Of the best guess against either end, as in the original method of 1959."""


class DrawnValues(Protocol):
    """What gives each uncertain quantity its value in one draw."""

    def value(self, quantity: Quantity) -> float:
        """The quantity in this draw, in its canonical unit."""


Draws = Mapping[int, DrawnValues]
"""Draws by their number."""


@dataclass(frozen=True, slots=True)
class Draw:
    """One value of every uncertain quantity of a study.

    A quantity's quantile depends only on the seed, the draw's number and the quantity's path. So
    it is the same in every scenario, and a new quantity changes no other.
    """

    seed: int
    index: int
    given: Mapping[str, float] = field(default_factory=dict, hash=False)
    """By path: values of quantities that the caller gives, in their canonical units."""

    def quantile(self, path: str) -> float:
        """Uniform between 0 and 1, both excluded."""
        words = f"draw\x1f{self.seed}\x1f{self.index}\x1f{path}".encode()
        number = int.from_bytes(blake2b(words, digest_size=8).digest(), "little")
        return ((number >> 11) + 0.5) * _UNIT

    def value(self, quantity: Quantity) -> float:
        """The quantity in this draw, in its canonical unit."""
        if not quantity.uncertain:
            return quantity.value
        if quantity.shape == "given":
            return self.given[quantity.path]
        return at_quantile(quantity, self.quantile(quantity.path))


def at_quantile(quantity: Quantity, u: float) -> float:
    """The value of an uncertain quantity below which it lies with probability `u`.

    Uniform; triangular with the best guess as its mode; PERT, a beta distribution with mean
    (low + 4 best + high) / 6 (Malcolm, Roseboom, Clark and Fazar, Operations Research 7, 1959);
    log-uniform. Raises ValueError if the range is missing.
    """
    low, high = quantity.low, quantity.high
    if low is None or high is None:
        raise ValueError(f"{quantity.path}: an uncertain quantity needs a low and a high value")
    width = high - low
    if width == 0.0:
        return low
    if quantity.shape == "loguniform":
        return math.exp(math.log(low) + u * (math.log(high) - math.log(low)))
    if quantity.shape == "uniform":
        return low + u * width
    peak = (quantity.value - low) / width
    if quantity.shape == "triangular":
        if u < peak:
            return low + width * math.sqrt(u * peak)
        return high - width * math.sqrt((1.0 - u) * (1.0 - peak))
    # Only here: a study without such ranges need not wait for the library.
    from scipy.special import betaincinv  # noqa: PLC0415

    left, right = 1.0 + _PERT_WEIGHT * peak, 1.0 + _PERT_WEIGHT * (1.0 - peak)
    return low + width * float(betaincinv(left, right, u))
