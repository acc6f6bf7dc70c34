"""Small counts held back, and others with them, so that none can be worked out again.

What is shown are some of the cells of a system of sums: a total and its parts, a set and a part
of it. A cell is *small* if it counts at least one person and fewer than the threshold. Shown
small cells are held back; then, as long as a small cell follows from the cells that are shown, by
sums and differences or because no count is below zero, the least of the cells that it follows
from is held back too. Cells that stand only in the sums, as what a total leaves over, are
protected as if they were shown.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Cell = TypeVar("Cell", bound=Hashable)

_NOTHING = 1e-7
"""Coefficients are −1, 0 and 1, so that what is smaller than this is rounding."""


def held_back(
    counts: Mapping[Cell, int],
    sums: Sequence[tuple[Cell, Sequence[Cell]]],
    shown: Sequence[Cell],
    smallest: int,
) -> set[Cell]:
    """The shown cells that must not be shown.

    `counts` has every cell; each of `sums` is a cell and the cells that it is the sum of. Of two
    cells that would do, the less populous is held back, the later of equals; an earlier cell of
    `shown` that is the largest of all goes last. With `smallest` 0 or 1 nothing is held back.
    """
    small = [cell for cell, count in counts.items() if 0 < count < smallest]
    hidden = {cell for cell in shown if cell in set(small)}
    if not small:
        return hidden
    system = _System(counts, sums)
    while True:
        found = system.followed(small, [cell for cell in shown if cell not in hidden])
        if not found:
            return hidden
        done: set[Cell] = set()
        for sources in found:
            if not done & set(sources):
                least = min(reversed(sources), key=lambda cell: (counts[cell] == 0, counts[cell]))
                done.add(least)
        hidden |= done


@dataclass
class _System:
    """The sums as equations: total − parts = 0."""

    counts: Mapping[Cell, int]  # type: ignore[valid-type]  # one kind of cell in each use
    sums: Sequence[tuple[Cell, Sequence[Cell]]]  # type: ignore[valid-type]

    def __post_init__(self) -> None:
        import numpy as np  # noqa: PLC0415

        self.place = {cell: at for at, cell in enumerate(self.counts)}
        self.matrix = np.zeros((len(self.sums), len(self.place)))
        for row, (total, parts) in enumerate(self.sums):
            self.matrix[row, self.place[total]] += 1
            for part in parts:
                self.matrix[row, self.place[part]] -= 1
        self.values = np.array(list(self.counts.values()), np.float64)

    def followed(self, small: Sequence[Cell], shown: Sequence[Cell]) -> list[list[Cell]]:
        """For each small cell that follows from the shown ones: those that it follows from."""
        import numpy as np  # noqa: PLC0415

        known = np.zeros(len(self.place), np.bool_)
        known[[self.place[cell] for cell in shown]] = True
        open_places = np.flatnonzero(~known)
        unknowns = self.matrix[:, open_places]
        free = _null_space(unknowns)
        at = {int(place): row for row, place in enumerate(open_places)}
        found = []
        for cell in small:
            row = at.get(self.place[cell])
            if row is None or np.linalg.norm(free[row]) > _NOTHING:
                continue
            wanted = np.zeros(len(open_places))
            wanted[row] = 1
            weights = np.linalg.lstsq(unknowns.T, wanted, rcond=None)[0]
            used = np.abs(weights @ self.matrix) > _NOTHING
            sources = [one for one in shown if used[self.place[one]]]
            if sources:
                found.append(sources)
        return found or self._bounded(small, shown, open_places, unknowns)

    def _bounded(
        self,
        small: Sequence[Cell],
        shown: Sequence[Cell],
        open_places: NDArray[np.int64],
        unknowns: NDArray[np.float64],
    ) -> list[list[Cell]]:
        """The same for the first small cell that has one value because no count is below zero."""
        import numpy as np  # noqa: PLC0415
        from scipy.optimize import linprog  # noqa: PLC0415

        known = np.ones(len(self.place), np.bool_)
        known[open_places] = False
        target = -(self.matrix[:, known] @ self.values[known])
        at = {int(place): row for row, place in enumerate(open_places)}
        for cell in small:
            row = at.get(self.place[cell])
            if row is None:
                continue
            wanted = np.zeros(len(open_places))
            wanted[row] = 1
            ends = []
            for sign in (1, -1):
                solved = linprog(sign * wanted, A_eq=unknowns, b_eq=target, bounds=(0, None))
                # Without a bound on one side it has more than one value.
                ends.append(sign * solved.fun if solved.status == 0 else sign * -np.inf)
            if ends[1] - ends[0] < 0.5:
                linked = self._linked(self.place[cell], known)
                sources = [one for one in shown if self.place[one] in linked]
                if sources:
                    return [sources]
        return []

    def _linked(self, start: int, known: NDArray[np.bool_]) -> set[int]:
        """Places that a cell's value can bear on: by sums, through cells that are not shown."""
        import numpy as np  # noqa: PLC0415

        reached, waiting = {start}, [start]
        while waiting:
            place = waiting.pop()
            for equation in np.flatnonzero(self.matrix[:, place]):
                for other in np.flatnonzero(self.matrix[equation]):
                    if int(other) not in reached:
                        reached.add(int(other))
                        if not known[other]:
                            waiting.append(int(other))
        return reached


def _null_space(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows of an orthonormal basis of the solutions of matrix @ x = 0, one row for each unknown."""
    import numpy as np  # noqa: PLC0415

    if not matrix.shape[1]:
        return np.zeros((0, 0))
    _, sizes, right = np.linalg.svd(matrix, full_matrices=True)
    rank = int((sizes > _NOTHING).sum())
    return np.asarray(right[rank:].T)
