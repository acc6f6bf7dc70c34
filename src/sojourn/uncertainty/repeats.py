"""Repeats: draws simulated a second time, with other random numbers, to tell chance from inputs.

Two histories under the same inputs differ by chance alone: half of their squared difference is, on
average, the variance by chance. From *k* such draws its root is known to one part in √(2 k), so
fewer than `FEWEST` tell nothing. The draws 12 to 15 are repeated, every fourth up to draw 31, and
of all others every 32nd: 4 of 16, 10 of 100, 38 of 1,000. Which ones does not depend on how many
draws a run has, so that a run grows, and is put together from pieces, with its repeats.
"""

from __future__ import annotations

FIRST_NUMBER = 3 << 28
"""Number of the first repeat among draws: above those of all draws that a run can have."""
FEWEST = 4
"""Repeats from which the two errors are told apart."""
_EARLY = (12, 13, 14, 15, 19, 23, 27, 31)
"""Draws that are repeated, up to the 32nd."""
_FAR = 32


def draw_of(number: int) -> int:
    """The draw whose values a number stands for: its own, or those of the draw it repeats."""
    repeat = number - FIRST_NUMBER
    if repeat < 0:
        return number
    later = repeat - len(_EARLY)
    return _EARLY[repeat] if later < 0 else _FAR * (later + 2) - 1


def repeats_of(draws: range) -> range:
    """Numbers of the repeats of neighbouring draws; repeats are not repeated."""
    if draws.start >= FIRST_NUMBER:
        return range(0)

    def before(stop: int) -> int:
        return sum(draw < stop for draw in _EARLY) + max(stop // _FAR - 1, 0)

    return range(FIRST_NUMBER + before(draws.start), FIRST_NUMBER + before(draws.stop))
