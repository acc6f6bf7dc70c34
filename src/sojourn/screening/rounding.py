"""Counts as they may be published: small ones held back, all others rounded at random.

Holding small counts back is not enough where many tables come from one cohort: a small count is
the difference of two large ones that both are shown. So every count that is shown is rounded, up
or down, to a multiple of the threshold, up with the probability that keeps its mean. What is held
back is then known from a difference only as far as two such errors tell it.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b


@dataclass(frozen=True, slots=True)
class Rounding:
    """How the counts of one cohort are rounded."""

    smallest: int
    """Counts below it are held back, all others are multiples of it; with 0 or 1 all are exact."""
    secret: bytes
    """What decides between up and down: of the cohort alone, so that no other question to it rounds
    anew, and unknown to whoever reads the counts."""

    def __call__(self, count: int) -> int | None:
        """A count as it is shown; None if it is held back.

        Between two multiples lies one random place from which on counts go up. So equal counts are
        rounded alike, and of two counts the greater is never shown as the less: two roundings of
        one count, or a turn among counts that only fall, would tell more than one.
        """
        if self.smallest <= 1:
            return count
        if count < self.smallest:
            return None
        below, over = divmod(count, self.smallest)
        told = f"{self.smallest} {below}".encode()
        drawn = blake2b(told, key=self.secret[:64], digest_size=16).digest()
        # Up with probability over / smallest: as the place is drawn from 1 to `smallest`.
        place = 1 + (int.from_bytes(drawn, "big") * self.smallest >> 128)
        return (below + (over >= place)) * self.smallest
