"""Repeats: draws simulated a second time, with other random numbers, to tell chance from inputs.

Two histories under the same inputs differ by chance alone: half of their squared difference is, on
average, the variance by chance. Every fourth of the first 32 draws is repeated, and of all others
every 32nd: 10 of 100, 38 of 1,000. Which ones does not depend on how many draws a run has, so that
a run grows, and is put together from pieces, with its repeats. From *k* of them the standard
deviation by chance is known to one part in √(2 k): from 10 to 22 %.
"""

from __future__ import annotations

FIRST_NUMBER = 1 << 30
"""Number of the first repeat among draws: above those of all draws that a run can have."""
_CLOSE, _FAR = 4, 32
"""A repeat in so many draws: up to draw `_FAR`, and from there."""


def draw_of(number: int) -> int:
    """The draw whose values a number stands for: its own, or those of the draw it repeats."""
    repeat = number - FIRST_NUMBER
    if repeat < 0:
        return number
    close = _FAR // _CLOSE
    return _CLOSE * (repeat + 1) - 1 if repeat < close else _FAR * (repeat - close + 2) - 1


def repeats_of(draws: range) -> range:
    """Numbers of the repeats of neighbouring draws; repeats are not repeated."""
    if draws.start >= FIRST_NUMBER:
        return range(0)

    def before(stop: int) -> int:
        return stop // _CLOSE if stop < _FAR else _FAR // _CLOSE + stop // _FAR - 1

    return range(FIRST_NUMBER + before(draws.start), FIRST_NUMBER + before(draws.stop))
