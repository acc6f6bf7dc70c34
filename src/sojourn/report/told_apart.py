"""Means, ranges and both errors of a mean, from a number in each history.

With *D* draws of *R* replicates, and *w* the variance between histories of one draw, the squared
standard error of the mean is *w / (D R)* by chance; what is left of the whole (`errors_of_means`)
is by the inputs. *w* is the mean variance within draws; with one replicate, half of the
mean squared difference between the two histories of a draw that was simulated twice.

Sums are taken in the order of draws and replicates, so that their last digits are the same from
call to call.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from sojourn.arrays import Floats, Ints
from sojourn.results.errors_of_means import squared_errors

Doubt = Literal["chance alone", "inputs alone", "replicates", "repeats", "not told"]
"""What makes the histories of a run differ, and by what the two kinds are told apart."""

QUANTILES = (0.05, 0.5, 0.95)
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Runs:
    """The histories of each scenario: every replicate of every draw."""

    draws: Ints
    """Their numbers, in order."""
    replicates: Ints


@dataclass(frozen=True, slots=True)
class ValuesByHistory:
    """A number in each history, by combination of keys."""

    keys: tuple[tuple[Any, ...], ...]
    """Each combination once, in order."""
    values: Floats
    """[combination, draw, replicate]; NaN where there is none."""

    def of(self, keys: Sequence[tuple[Any, ...]], absent: float) -> Floats:
        """The numbers of these combinations; `absent` in each history of one that is not there."""
        place = {key: at for at, key in enumerate(self.keys)}
        chosen = np.array([place.get(key, -1) for key in keys], np.int64)
        found = np.full((len(keys), *self.values.shape[1:]), absent)
        found[chosen >= 0] = self.values[chosen[chosen >= 0]]
        return found


def gathered(found: pa.Table, keys: Sequence[str], runs: Runs, absent: float) -> ValuesByHistory:
    """The column `value` of a table with `keys`, draw and replicate; `absent` where it has no row.

    Of one history and combination of keys the table has one row at most.
    """
    code, names = np.zeros(found.num_rows, np.int64), []
    for key in keys:
        column = found[key].combine_chunks().dictionary_encode("encode")
        known = column.dictionary.to_pylist()
        order = sorted(range(len(known)), key=lambda at: (known[at] is None, known[at]))
        rank = np.empty(len(known), np.int64)
        rank[order] = np.arange(len(known))
        names.append([known[at] for at in order])
        code = code * max(len(known), 1) + rank[column.indices.to_numpy()]
    combinations, row = np.unique(code, return_inverse=True)
    counts = [max(len(known), 1) for known in names]
    places = np.unravel_index(combinations, counts) if counts else ()
    columns = [[known[at] for at in own] for known, own in zip(names, places, strict=True)]
    values = np.full((len(combinations), len(runs.draws), len(runs.replicates)), absent)
    draw = np.searchsorted(runs.draws, found["draw"].to_numpy())
    replicate = np.searchsorted(runs.replicates, found["replicate"].to_numpy())
    values[row, draw, replicate] = found["value"].to_numpy()
    if not math.isnan(absent):  # what is NULL counts as what is absent
        values[np.isnan(values)] = absent
    return ValuesByHistory(tuple(zip(*columns, strict=True)), values)


def told(
    values: Floats, runs: Runs, doubt: Doubt, twice: tuple[Ints, Floats] | None = None
) -> Iterator[Mapping[str, float | None]]:
    """For each combination of keys what is said of its number [combination, draw, replicate].

    That is: mean, low, median, high (5th, 50th and 95th percentile), error_parameters and
    error_simulation (standard errors of the mean; the first holds both if they are not told
    apart), deviation (of a history by chance) and variance (of all histories). None if unknown.

    Args:
        values: NaN where a history has none.
        runs: their draws and replicates.
        doubt: with "repeats", `twice` is needed.
        twice: the draws that were simulated again, and their second numbers [combination, draw].
    """
    if not len(values):
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of means of nothing: they are NaN
        found = _told(values, runs, doubt, twice)
    for row in zip(*(column.tolist() for column in found.values()), strict=True):
        known = (None if math.isnan(each) else each for each in row)
        yield dict(zip(found, known, strict=True))


def _told(
    values: Floats, runs: Runs, doubt: Doubt, twice: tuple[Ints, Floats] | None
) -> dict[str, Floats]:
    every = values.reshape(len(values), -1)
    count = np.isfinite(every).sum(axis=1)
    variance = np.where(count > 1, np.nanvar(every, axis=1, ddof=1), np.nan)
    within = np.full(len(values), np.nan)
    if doubt == "chance alone":
        within = variance
    elif doubt == "inputs alone":
        within = np.zeros(len(values))
    elif doubt == "replicates":
        within = np.nanmean(np.nanvar(values, axis=2, ddof=1), axis=1)
    elif doubt == "repeats" and twice is not None:
        first = values[:, np.searchsorted(runs.draws, twice[0]), 0]
        within = np.nanmean((first - twice[1]) ** 2, axis=1) / 2
        # Both are estimates: chance is no more than all.
        within = np.where(within > variance, variance, within)
    chance = within / np.where(count > 0, count, np.nan)
    whole = chance
    if doubt != "chance alone":
        squared = squared_errors(np.nanmean(values, axis=2), runs.draws)
        whole = np.where(np.isnan(squared), chance, squared)
    left = whole - np.nan_to_num(chance)
    by_inputs = np.where(left <= _ROUNDING * whole, 0.0, np.sqrt(np.maximum(left, 0.0)))
    low, median, high = _quantiles(every)
    return {
        "mean": np.nanmean(every, axis=1), "low": low, "median": median, "high": high,
        "error_parameters": np.where(np.isnan(whole), np.nan, by_inputs),
        "error_simulation": np.sqrt(chance), "deviation": np.sqrt(within), "variance": variance,
    }  # fmt: skip


def _quantiles(every: Floats) -> Floats:
    """[quantile, combination], interpolated, over the histories that have a number."""
    known = np.isfinite(every)
    found = np.full((len(QUANTILES), len(every)), np.nan)
    whole = known.all(axis=1) & (every.shape[1] > 0)
    found[:, whole] = np.quantile(every[whole], QUANTILES, axis=1)
    for at in np.flatnonzero(~whole & known.any(axis=1)):
        found[:, at] = np.quantile(every[at, known[at]], QUANTILES)
    return found
