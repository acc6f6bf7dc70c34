"""Counts fit for publication: small ones held back, all others rounded at random.

Holding small counts back is not enough if many tables come from one cohort: a small count may be
the difference of two large ones that are both shown. So every shown count is rounded to a multiple
of the threshold, up or down at random with an unbiased mean. A difference of shown counts then
reveals a hidden count only up to two rounding errors.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b


@dataclass(frozen=True, slots=True)
class Rounding:
    """How the counts of one cohort are rounded."""

    smallest: int
    """Counts below this are held back, others are multiples of it; with 0 or 1 all are exact."""
    secret: bytes
    """Decides between up and down. It depends on the cohort only, so that other questions are not
    rounded anew, and readers of the counts cannot know it."""

    def __call__(self, count: int) -> int | None:
        """A count as it is shown; None if it is held back.

        Between two multiples, counts from one random place on are rounded up. So equal counts are
        rounded alike, and the greater of two counts is never shown as the smaller: two different
        roundings of one count would reveal more than one.
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
