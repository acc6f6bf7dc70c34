"""Exits from entries by convolution over days, even if people who leave come back.

Between two days on which a race changes (an era), the law of a stay depends only on its length, so
exits are entries convolved with it. People who are there when it changes are carried over, one day
of entry at a time. Where people come back to a node, entries on a day depend on earlier ones, so
the convolution is done as the days become known: a block of days, then what it gives to the block
after it, doubling (the scheme of Hairer, Lubich and Schlichte 1985, a relaxed convolution), which
takes O(n log² n) for n days.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise

import numpy as np
from numba import njit
from scipy import fft

from sojourn.arrays import Floats, Ints
from sojourn.engine.expected.memoryless import Paces, paces_of
from sojourn.engine.expected.race import Race, RaceTables
from sojourn.engine.expected.race_steps import first_out
from sojourn.engine.program import Program
from sojourn.errors import SojournError

LEAF = 32
"""Days of the smallest block; within it sums are direct."""
FEW = 6
"""Up to so many days of entry, or lengths of stay, sums are direct."""
SLAB = 1 << 22
"""Probabilities held at once while those in a state are taken over by a changed race."""
MOST_WEIGHT = 1e3
"""If surviving these days served is less likely than finding them by this factor, they are summed
directly: a convolution would magnify the rounding errors of the others."""
LOST = 1e-12
"""A table of days served ends with what rounding has left over."""
SAME = 4e-15
"""Probabilities of single days that differ by no more than this are the same but for rounding."""
MOST_ROUNDS = 100_000
"""Moves within a day after which somebody goes round for ever."""


class ExitLaws:
    """The law of each race, on the days of one program; kept.

    With `of_age` each person of a stock counts as often as the days that they have served.
    """

    def __init__(self, program: Program, *, of_age: bool = False) -> None:
        self.days = program.days
        self.of_age = of_age
        self.tables = RaceTables(program)
        self._kernels: dict[tuple[Race, int], Floats] = {}
        self._paces: dict[tuple[Race, int], Paces | None] = {}

    def paces(self, race: Race, oldest: int = 0) -> Paces | None:
        """How people leave if the race changes and those present are all alike; else None.

        `oldest`: the most days that they have served on day 0.
        """
        if not race.changes:
            return None
        if (race, oldest) not in self._paces:
            self._paces[race, oldest] = paces_of(race, self.tables, self.days, oldest)
        return self._paces[race, oldest]

    def kernel(self, race: Race, start: int) -> Floats:
        """P(leaves after k days by each branch) [branch, k] of those who enter on day `start`.

        It holds until the race changes for them.
        """
        found = self._kernels.get((race, start))
        if found is None:
            end = next((day for day in race.changes if day > start), self.days)
            found = first_out(race, self.tables, np.array([start]), start, min(end, self.days))[0]
            self._kernels[race, start] = found
        return found

    def cuts(self, race: Race) -> list[int]:
        """First day of each era: people who enter from then on are in a different race."""
        return [0, *(day for day in race.cuts if day < self.days)]

    def exits(self, race: Race, entries: Floats) -> Floats:
        """Who leaves, [branch, row, day], of those who enter [row, day]."""
        if paces := self.paces(race):
            return paces.exits(np.zeros((len(entries), 1)), entries)[None]
        out = np.zeros((race.branches, *entries.shape))
        for low, high in pairwise([*self.cuts(race), self.days]):
            coming = entries[:, low:high]
            if race.branches == 0 or not coming.any():
                continue
            law = self.kernel(race, low)
            until = low + law.shape[1]
            if until > high:
                coming = np.pad(coming, ((0, 0), (0, until - high)))
            out[:, :, low:until] += convolved(coming, law)
            if until < self.days:
                self._take_over(race, coming, low, until, out)
        return out

    def _take_over(self, race: Race, coming: Floats, low: int, high: int, out: Floats) -> None:
        """Add the exits from day `high` on of those who entered before it."""
        present = low + np.flatnonzero(coming.any(axis=0))
        step = max(1, SLAB // (race.branches * (self.days - high)))
        for i in range(0, len(present), step):
            days = present[i : i + step]
            law = first_out(race, self.tables, days, high, self.days)
            for b in range(race.branches):
                out[b, :, high:] += coming[:, days - low] @ law[:, b]

    def aged(self, race: Race, ages: int) -> Floats:
        """P(leaves on each day by each branch) [branch, day] of one of a stock.

        `ages` is the table of the days they have served.
        """
        share = np.diff(self.tables.cdf(ages), prepend=0.0)
        if share[-1] < LOST:
            share = share[:-1]
        share = share[: int(np.flatnonzero(share)[-1]) + 1]
        counts = np.arange(len(share), dtype=np.float64) if self.of_age else np.ones(len(share))
        out = np.zeros((race.branches, self.days))
        if race.branches == 0:
            return out
        if paces := self.paces(race, len(share)):
            return paces.exits((share * counts)[None], np.zeros((1, self.days)))
        one_by_one = share > 0.0
        if race.ages and one_by_one.sum() > FEW:
            size = len(share) + self.days
            law = first_out(race, self.tables, np.array([0]), 0, size)[0]
            still = 1.0 - np.concatenate([[0.0], law.sum(axis=0).cumsum()[: len(share) - 1]])
            constant = share[1] / still[1] if still[1] > 0.0 else 0.0
            if not self.of_age and np.abs(share - constant * still)[1:].max() <= SAME:
                # In equilibrium every length so far weighs the same.
                upto = law.cumsum(axis=1)
                out += constant * (upto[:, len(share) - 1 : -1] - upto[:, : self.days])
                one_by_one[1:] = False
            else:
                weight = share / np.maximum(still, 1e-300)
                by_fft = weight <= MOST_WEIGHT
                by_fft[0] = False  # people entered on day 0: their law is not conditional
                out += _correlated(np.where(by_fft, weight * counts, 0.0), law, self.days)
                one_by_one &= ~by_fft
        at = np.flatnonzero(one_by_one)
        step = max(1, SLAB // (race.branches * self.days))
        for i in range(0, len(at), step):
            some = at[i : i + step]
            law = first_out(race, self.tables, -some, 0, self.days)
            out += np.einsum("e,ebd->bd", share[some] * counts[some], law)
        return out


def convolved(entries: Floats, laws: Floats) -> Floats:
    """Entries [row, day] with each law [branch, day]: [branch, row, day], as many days."""
    rows = np.arange(len(entries))
    return np.array([convolved_each(entries, law[None], rows, 0 * rows) for law in laws])


def convolved_each(entries: Floats, laws: Floats, row: Ints, which: Ints) -> Floats:
    """Entries [row, day] with laws [law, day]: [pair, day], as many days.

    Pair i is that of entries row[i] with law which[i].
    """
    days = entries.shape[1]
    out = np.zeros((len(row), days))
    coming = np.flatnonzero(entries.any(axis=0))
    if len(coming) <= FEW:
        for day in coming.tolist():
            out[:, day:] += entries[row, day, None] * laws[which, : days - day]
        return out
    few = (laws != 0.0).sum(axis=1) <= FEW
    for number in np.flatnonzero(few).tolist():
        pairs = np.flatnonzero(which == number)
        for k in np.flatnonzero(laws[number]).tolist():
            out[pairs, k:] += laws[number, k] * entries[row[pairs], : days - k]
    pairs = np.flatnonzero(~few[which])
    if len(pairs):
        size = fft.next_fast_len(2 * days - 1, real=True)
        product = fft.rfft(entries, size, axis=1)[row[pairs]]
        product *= fft.rfft(laws, size, axis=1)[which[pairs] if len(laws) > 1 else 0]
        out[pairs] = fft.irfft(product, size, axis=1)[:, :days]
    return out


def _correlated(weight: Floats, laws: Floats, days: int) -> Floats:
    """Sum over a of weight[a] · law[a + day], [branch, day]."""
    size = fft.next_fast_len(laws.shape[1] + len(weight), real=True)
    product = fft.rfft(laws, size, axis=1) * np.conj(fft.rfft(weight, size))
    return np.asarray(fft.irfft(product, size, axis=1)[:, :days])


class Ring:
    """Nodes whose people may come back: entries are found as the days go by."""

    def __init__(
        self,
        laws: ExitLaws,
        races: Sequence[Race],
        source: Ints,
        branch: Ints,
        target: Ints,
    ) -> None:
        """Race of each node (row), and the branches that lead from node to node, by number."""
        self.laws, self.races = laws, races
        order = np.argsort(target, kind="stable")
        self.source, self.branch, self.target = source[order], branch[order], target[order]

    def solve(self, entries: Floats) -> None:
        """Add to the entries from elsewhere [node, day] those from within, in place."""
        days = self.laws.days
        cuts = sorted({c for race in set(self.races) for c in self.laws.cuts(race)})
        for low, high in zip(cuts, [*cuts[1:], days], strict=True):
            self._solve_era(entries[:, low:high], low, high - low)
            if high < days:
                self._push(entries, low, high)

    def _solve_era(self, entries: Floats, low: int, days: int) -> None:
        starts = [max(c for c in self.laws.cuts(race) if c <= low) for race in self.races]
        numbers: dict[tuple[Race, int], int] = {}
        kernels: list[Floats] = []
        which = np.empty(len(self.source), dtype=np.int64)
        for j, (s, b) in enumerate(zip(self.source.tolist(), self.branch.tolist(), strict=True)):
            key = (self.races[s], b)
            if key not in numbers:
                numbers[key] = len(kernels)
                kernels.append(self.laws.kernel(self.races[s], starts[s])[b, :days])
            which[j] = numbers[key]
        size = LEAF
        while size < days:
            size *= 2
        whole = np.zeros((len(kernels), size))
        whole[:, :days] = kernels
        online = _Online(self.source, self.target, which, whole)
        work = np.ascontiguousarray(entries)
        online.solve(work, 0, size)
        entries[:] = work

    def _push(self, entries: Floats, low: int, high: int) -> None:
        """What those who entered in one era give to the days after it."""
        groups: dict[Race, list[int]] = {}
        for s in np.unique(self.source).tolist():
            groups.setdefault(self.races[s], []).append(s)
        for race, rows in groups.items():
            coming = np.zeros((len(rows), self.laws.days))
            coming[:, low:high] = entries[rows, low:high]
            leaving = self.laws.exits(race, coming)
            place = {row: i for i, row in enumerate(rows)}
            for s, b, t in zip(self.source, self.branch, self.target, strict=True):
                if int(s) in place:
                    entries[t, high:] += leaving[b, place[int(s)], high:]


class _Online:
    """The doubling scheme over one era."""

    def __init__(self, source: Ints, target: Ints, which: Ints, kernels: Floats) -> None:
        self.source, self.target, self.which, self.kernels = source, target, which, kernels
        self.first = np.flatnonzero(np.diff(target, prepend=-1))
        self.row = np.cumsum(np.diff(target, prepend=-1) != 0) - 1
        self.at_once = np.flatnonzero(kernels[which, 0] > 0.0)
        self._spectra: dict[int, np.ndarray] = {}

    @cached_property
    def short(self) -> Floats:
        """The beginnings of the kernels."""
        return np.ascontiguousarray(self.kernels[:, :LEAF])

    def spectra(self, size: int) -> np.ndarray:
        """Transforms of the kernels' first `size` days."""
        if size not in self._spectra:
            self._spectra[size] = fft.rfft(self.kernels[:, :size], axis=1)
        return self._spectra[size]

    def solve(self, entries: Floats, start: int, size: int) -> None:
        """Days start … start + size - 1, given all that earlier days give to them."""
        days = entries.shape[1]
        if start >= days:
            return
        if size == LEAF:
            end = min(days, start + size)
            if not _block(
                entries, start, end, self.source, self.target, self.which, self.short, self.at_once
            ):
                raise SojournError(
                    "a person moves for ever within one day: a cycle of zero-day stays"
                )
            return
        half = size // 2
        self.solve(entries, start, half)
        middle, end = start + half, min(days, start + size)
        if middle >= days:
            return
        block = entries[:, start:middle]
        if block.any():
            coming = fft.rfft(block, size, axis=1)
            summed = np.zeros((len(self.first), coming.shape[1]), dtype=np.complex128)
            _summed(coming, self.spectra(size), self.source, self.row, self.which, summed)
            given = fft.irfft(summed, size, axis=1)[:, half : half + end - middle]
            entries[self.target[self.first], middle:end] += given
        self.solve(entries, middle, half)


@njit(cache=True, nogil=True)
def _summed(coming, spectra, source, row, which, out):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 -- Numba infers
    """Add to out[row[j]] the product of coming[source[j]] and spectra[which[j]], for each j."""
    for j in range(len(source)):
        s, r, w = source[j], row[j], which[j]
        for i in range(coming.shape[1]):
            out[r, i] += coming[s, i] * spectra[w, i]


@njit(cache=True, nogil=True)
def _block(entries, start, end, source, target, which, kernels, at_once):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 -- Numba infers
    """Days start … end-1 directly; False if somebody goes round for ever within a day."""
    nodes = entries.shape[0]
    now = np.empty(nodes)
    after = np.empty(nodes)
    for day in range(start, end):
        for j in range(len(source)):
            s, w = source[j], which[j]
            total = 0.0
            for k in range(1, day - start + 1):
                total += kernels[w, k] * entries[s, day - k]
            entries[target[j], day] += total
        if len(at_once) == 0:
            continue
        # People who come today may leave today, so the remaining moves shrink at each round.
        most = 0.0
        for i in range(nodes):
            now[i] = entries[i, day]
            most = max(most, abs(now[i]))
        rounds = 0
        while most > 0.0:
            after[:] = 0.0
            for j in at_once:
                after[target[j]] += kernels[which[j], 0] * now[source[j]]
            largest = 0.0
            for i in range(nodes):
                entries[i, day] += after[i]
                now[i] = after[i]
                largest = max(largest, abs(after[i]))
            if largest <= 1e-17 * most:
                break
            rounds += 1
            if rounds > MOST_ROUNDS:
                return False
    return True
