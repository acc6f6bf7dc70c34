"""Generated studies that reach every pair and every triple of features.

Chance alone did not. People admitted into a hard facility lost the clocks that their population had
set, if a later state was the first to read them. Of 3,000 studies of `chance` not one had people
who were admitted into a hard facility and carried a clock past a plain state: it takes a clock, its
setting by the population, a facility with room, admissions into it, a first state none of whose
ways out reads a clock or changes on a date, and a way out that reads the clock further on, which
somebody reaches, all drawn apart from each other. (`crowds`, where lines are frequent, has no
clocks.) All 3,000 together reach 1,374 of the 1,593 pairs and 20,068 of the 29,097 triples. And
nothing said what was missing, for features were counted one by one.

So the corpus looks for what it has not reached yet. Each study is asked for the features that cover
the most pairs and triples still missing; what it has covered is told by `detector`, which knows
nothing of what was asked for.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import permutations
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.generated.combinations import BESIDE, ENTRANCE, impossible
from engine.generated.features import drafted
from engine.studies import scenario_program
from sojourn.engine.program import Program
from sojourn.errors import StudyError

MOST = 16
"""Features that are asked of a study, at most: more come in each other's way."""
TRIES = 1000
"""Studies made for one combination before it is given up."""

SEED = 20250204

Ints = npt.NDArray[np.int64]
Cube = npt.NDArray[np.bool_]
"""[feature, feature, feature], symmetrical; a pair stands twice or more in it: [a, a, b]."""


@dataclass(slots=True)
class Cover:
    """What is wanted, and what is still missing of it."""

    names: tuple[str, ...]
    on_one_way: bool = False
    missing: Cube = field(init=False)
    index: dict[str, int] = field(init=False)
    beside: npt.NDArray[np.bool_] = field(init=False)
    clash: npt.NDArray[np.bool_] = field(init=False)
    total: tuple[int, int] = field(init=False)

    def __post_init__(self) -> None:
        count = len(self.names)
        self.index = {name: i for i, name in enumerate(self.names)}
        self.missing = np.ones((count, count, count), np.bool_)
        self.beside = np.zeros((count, count), np.bool_)
        self.clash = np.zeros((count, count), np.bool_)
        for pair in () if self.on_one_way else BESIDE:
            self._mark(self.beside, pair)
        for together in impossible(self.names, on_one_way=self.on_one_way):
            if len(together) == 2:
                self._mark(self.clash, together)
            self.never([self.index[name] for name in together])
        self.total = self.left()

    def _mark(self, matrix: npt.NDArray[np.bool_], pair: frozenset[str]) -> None:
        if pair <= self.index.keys():
            a, b = (self.index[name] for name in pair)
            matrix[a, b] = matrix[b, a] = True

    def never(self, together: Sequence[int]) -> None:
        """These never come together, nor do others with them."""
        if len(together) == 3:
            self._strike(*together)
        else:
            a, b = (*together, *together)[:2]
            for where in permutations((a, b, slice(None))):
                self.missing[where] = False

    def left(self) -> tuple[int, int]:
        """How many pairs and triples are missing."""
        a, b, c = np.nonzero(self.missing)
        return int(((a == b) & (b < c)).sum()), int(((a < b) & (b < c)).sum())

    def cover(self, people: set[frozenset[str]]) -> None:
        """Strike what these people, of one study, have together.

        What one person cannot have at once (two ways of coming in) two people of a study can have.
        """
        entrances = {person & ENTRANCE for person in people}
        for person in people:
            mine = self._numbers(person)
            self.missing[np.ix_(mine, mine, mine)] = False
            for other in entrances:
                theirs = self._numbers(other - person)
                for a, x in np.argwhere(self.beside[np.ix_(mine, theirs)]).tolist():
                    pair = (mine[a], theirs[x])
                    third = [y for one in entrances for y in self._numbers(one - person - other)]
                    apart = [y for y in third if self.beside[pair, y].all()]
                    for y in (*mine, *self._numbers(other), *apart):
                        self._strike(*pair, y)

    def _numbers(self, names: Iterable[str]) -> Ints:
        return np.array([self.index[n] for n in names if n in self.index], dtype=np.int64)

    def _strike(self, a: int, b: int, c: int) -> None:
        """This pair or triple is no longer missing."""
        for order in permutations((a, b, c)):
            self.missing[order] = False
        if c in (a, b):  # a pair
            for order in (*permutations((a, a, b)), *permutations((a, b, b))):
                self.missing[order] = False

    def next_one(self, draw: random.Random) -> tuple[int, ...]:
        """Something that is missing: pairs before triples, for a triple has three of them."""
        n = np.arange(len(self.names))
        pairs = np.argwhere(self.missing[n, n])
        if len(pairs):
            return tuple(sorted({*pairs[0].tolist()}))
        left = np.flatnonzero(self.missing)
        row = np.unravel_index(left[draw.randrange(len(left))], self.missing.shape)
        return tuple(sorted(int(i) for i in row))

    def choose(self, draw: random.Random, seed: tuple[int, ...], most: int) -> set[str]:
        """A set of features, these among them, that covers much of what is missing."""
        chosen = list(dict.fromkeys(seed))
        while len(chosen) < most:
            gain = self.missing[:, chosen][:, :, chosen].sum(axis=(1, 2)).astype(float)
            gain[chosen] = -1.0
            gain[self.clash[chosen].any(axis=0)] = -1.0
            # One person comes in by one way; a few others beside them are enough.
            if sum(self.names[i] in ENTRANCE for i in chosen) > 2:
                gain[[i for i, name in enumerate(self.names) if name in ENTRANCE]] = -1.0
            if gain.max() <= 0.0:
                break
            best = np.flatnonzero(gain >= 0.9 * gain.max())
            chosen.append(int(draw.choice(best.tolist())))
        return {self.names[i] for i in chosen}


Detect = Callable[[Program, dict[str, Any], int], set[frozenset[str]]]
"""Runs a study (program, what it is made of, seed) and tells what its people had."""


@dataclass(frozen=True, slots=True)
class Covered:
    """What the corpus reached."""

    studies: int
    pairs: int
    triples: int
    missing: tuple[str, ...]
    """Those features, pairs and triples that no study reached."""


def cover_all(
    names: tuple[str, ...],
    run: Detect,
    *,
    triples: bool = True,
    on_one_way: bool = False,
    most_tries: int = TRIES,
) -> Covered:
    """Make studies until every pair (and triple) is covered or given up; seeds are fixed."""
    cover = Cover(names, on_one_way)
    if not triples:
        a, b, c = np.indices(cover.missing.shape)
        cover.missing &= (a == b) | (b == c) | (a == c)
        cover.total = cover.left()
    draw = random.Random(SEED)
    tries: dict[tuple[int, ...], int] = {}
    given_up: list[tuple[int, ...]] = []
    studies = 0
    while cover.missing.any():
        seed = cover.next_one(draw)
        tries[seed] = tries.get(seed, 0) + 1
        # At first with many others; if that fails, with few, and then alone.
        few = 3 + (tries[seed] % 6 if tries[seed] < 40 else 0)
        wanted = cover.choose(draw, seed, MOST if tries[seed] < 3 else few)
        told = drafted(wanted, draw, on_one_way=on_one_way).specification()
        try:
            program = scenario_program(**told)
        except StudyError as error:
            known = ("the days served cannot be known", "no equilibrium")
            assert any(words in str(error) for words in known), error
        else:
            studies += 1
            cover.cover(run(program, told, studies))
        if tries[seed] >= most_tries and cover.missing[(*seed, *seed, *seed)[:3]]:
            given_up.append(seed)
            cover.never(seed)
    return Covered(
        studies=studies,
        pairs=cover.total[0],
        triples=cover.total[1],
        missing=tuple(" + ".join(names[i] for i in seed) for seed in given_up),
    )
