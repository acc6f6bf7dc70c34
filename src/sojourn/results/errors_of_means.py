"""The error of a mean over draws that are spread evenly, in SQL and in NumPy.

The draws of each uncertain number are a scrambled van der Corput sequence (`uncertainty.spread`):
those of a block of 2^k neighbours, from a multiple of 2^k on, lie one in each of 2^k equal parts of
its distribution. So the mean of a block has little of what each number does by itself, as the mean
of all draws has, and all of what numbers do together and of chance. The error is taken from the
spread of the blocks' means. It stays above the truth by what a block leaves of the effects of
single numbers, about one part in 4^k of their variance, and all draws do not.

The spread of single draws would not do: it knows nothing of the even spread where effects add up,
and where they cancel (`a or b, not both`) even draws are worse than independent ones.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from sojourn.arrays import Floats, Ints

LARGEST_BLOCK = 8
ENOUGH_BLOCKS = 16
"""Blocks from which their size may grow: an error from 16 is known to about 18 %."""
FEWEST_IN_PAIRS = 16
"""Draws from which neighbours make a pair, though there are fewer than `ENOUGH_BLOCKS`."""


def block_size(draws: int) -> int:
    """How many neighbouring draws make a block: 1, 2, 4 or 8."""
    size = 2 if draws >= FEWEST_IN_PAIRS else 1
    while size < LARGEST_BLOCK and draws >= 2 * size * ENOUGH_BLOCKS:
        size *= 2
    return size


def block_count(draws: range) -> int:
    """How many blocks the draws make, of which the first and last may be cut."""
    size = block_size(len(draws))
    return -(-draws.stop // size) - draws.start // size


def half_width(blocks: int) -> float:
    """Standard errors on either side of a mean that make its 95 % interval, from so many blocks.

    By Student's t: an error from few blocks is itself known less well.
    """
    from scipy.special import stdtrit  # noqa: PLC0415 -- only where an interval is asked for

    return float(stdtrit(max(blocks - 1, 1), 0.975))


def squared_errors_sql(keys: str, columns: Iterable[str], draws: int) -> str:
    """SQL that defines `squared_errors`: `squared_COLUMN` for each combination of keys.

    It asks `by_draw`, which has the keys, `draw` and each column's mean over the replicates of the
    draw, as `middle_COLUMN`; `keys` are names of columns, as SQL.
    """
    columns = tuple(columns)

    def of_each(text: str) -> str:
        return ", ".join(text.replace("COLUMN", column) for column in columns)

    whole = (
        f"(PARTITION BY {keys} ORDER BY draw "
        "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)"
    )
    off = of_each(f"middle_COLUMN - avg(middle_COLUMN) OVER {whole} AS off_COLUMN")
    sums = of_each("sum(off_COLUMN ORDER BY draw) AS off_COLUMN, count(off_COLUMN) AS count_COLUMN")
    squared = of_each(
        "sum(off_COLUMN ** 2 ORDER BY block) / sum(count_COLUMN) ** 2 "
        "* count(off_COLUMN) / nullif(count(off_COLUMN) - 1, 0) AS squared_COLUMN"
    )
    return (
        f"off_mean AS (SELECT {keys}, draw, {off} FROM by_draw), "
        f"by_block AS (SELECT {keys}, draw // {block_size(draws)} AS block, {sums} "
        "FROM off_mean GROUP BY ALL), "
        f"squared_errors AS (SELECT {keys}, {squared} FROM by_block GROUP BY ALL)"
    )


def squared_errors(middles: Floats, draws: Ints) -> Floats:
    """The same for each row of `middles` [row, draw]; NaN where a draw, or an answer, has none.

    `draws`: their numbers [draw], in order.
    """
    off = middles - np.nanmean(middles, axis=1, keepdims=True)
    starts = np.flatnonzero(np.diff(draws // block_size(len(draws)), prepend=-1))
    known = np.isfinite(off)
    sums = np.add.reduceat(np.where(known, off, 0.0), starts, axis=1)
    counts = np.add.reduceat(known, starts, axis=1, dtype=np.int64)
    blocks = (counts > 0).sum(axis=1)
    scale = np.where(blocks > 1, blocks / np.maximum(blocks - 1, 1), np.nan)
    return np.asarray((sums**2).sum(axis=1) / counts.sum(axis=1) ** 2 * scale)
