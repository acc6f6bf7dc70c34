"""Counts as they may be published: small ones held back, all others rounded at random.

Holding small counts back is not enough where many tables come from one cohort: a small count is
the difference of two large ones that both are shown. So every count that is shown is rounded, up
or down, to a multiple of the threshold, up with the probability that keeps its mean. What is held
back is then known from a difference only as far as two such errors tell it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b


@dataclass(frozen=True, slots=True)
class Rounding:
    """How the counts of one screening are rounded."""

    smallest: int
    """Counts below it are held back, all others are multiples of it; with 0 or 1 all are exact."""
    secret: bytes
    """What decides between up and down; it has to be unknown to whoever reads the counts."""

    @classmethod
    def of(cls, smallest: int, counts: Iterable[int]) -> Rounding:
        """Rounding that depends on all exact counts, so that it is the same each time they are.

        Were it drawn anew each time, the mean of many tellings would be the exact count.
        """
        told = " ".join(map(str, counts)).encode()
        return cls(smallest, blake2b(told, digest_size=32).digest())

    def __call__(self, count: int) -> int | None:
        """A count as it is shown; None if it is held back.

        Equal counts are rounded alike: two roundings of one count would tell more than one.
        """
        if self.smallest <= 1:
            return count
        if count < self.smallest:
            return None
        below, over = divmod(count, self.smallest)
        drawn = blake2b(str(count).encode(), key=self.secret, digest_size=16).digest()
        up = int.from_bytes(drawn, "big") * self.smallest < over << 128
        return (below + up) * self.smallest
