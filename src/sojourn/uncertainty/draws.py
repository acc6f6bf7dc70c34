"""A draw: one value of every uncertain quantity."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from sojourn.study.formulas import derived_value
from sojourn.study.model.values import Quantity
from sojourn.study.uncertain_shapes import DERIVED, ONE_OF, TOGETHER, at_quantile
from sojourn.uncertainty.spread import spread_quantile


class DrawnValues(Protocol):
    """What gives each uncertain quantity its value in one draw."""

    def value(self, quantity: Quantity) -> float:
        """The quantity in this draw, in its canonical unit."""


_WORTH_IT = 16
"""Draws below this are quicker one by one."""

Draws = Mapping[int, DrawnValues]
"""Draws by their number."""


@dataclass(frozen=True, slots=True)
class Draw:
    """One value of every uncertain quantity of a study.

    A quantity's quantile depends only on the seed, the draw's number and the quantity's path. So
    it is the same in every scenario, and a new quantity changes no other. Over the draws, the
    quantiles of each path are spread evenly (`spread`).
    """

    seed: int
    index: int
    given: Mapping[str, float] = field(default_factory=dict, hash=False)
    """By path: values of quantities that the caller gives, in their canonical units."""
    together: tuple[str, ...] = ()
    """Paths of quantities whose draws are spread evenly over all their combinations."""
    _known: dict[str, float] = field(default_factory=dict, init=False, compare=False, repr=False)

    def know(self, path: str, quantile: float) -> None:
        """Take a quantile that was drawn elsewhere: see `draw_together`."""
        self._known[path] = quantile

    def quantile(self, path: str) -> float:
        """Uniform between 0 and 1, both excluded."""
        if path not in self._known:
            self._known[path] = spread_quantile(self.seed, self.index, path, self.together)
        return self._known[path]

    def value(self, quantity: Quantity) -> float:
        """The quantity in this draw, in its canonical unit."""
        shape = quantity.shape
        if shape == "certain":
            return quantity.value
        if shape == "given":
            return self.given[quantity.path]
        if shape == DERIVED:
            return derived_value(quantity, self.value)
        if shape == TOGETHER:
            return self._share(quantity)
        if shape == ONE_OF:
            _, choice = quantity.parts[bisect_right(quantity.numbers, self.own_quantile(quantity))]
            return self.value(choice)
        return at_quantile(quantity, self.own_quantile(quantity))

    def own_quantile(self, quantity: Quantity) -> float:
        """The quantile of a quantity, of its table, or of what it is correlated with."""
        if not quantity.addresses:
            return self.quantile(quantity.path)
        if not quantity.scores:
            return self.quantile(quantity.addresses[0])
        from scipy.special import ndtr, ndtri  # noqa: PLC0415 -- only for studies that need it

        quantiles = [self.quantile(path) for path in quantity.addresses]
        made = zip(quantity.scores, quantiles, strict=True)
        return float(ndtr(sum(score * float(ndtri(u)) for score, u in made)))

    def _share(self, quantity: Quantity) -> float:
        """A share of a Dirichlet distribution: of gamma variates, its own over their sum."""
        from scipy.special import gammaincinv  # noqa: PLC0415 -- only for studies that need it

        drawn = {
            path: float(gammaincinv(shape, self.quantile(path)))
            for path, shape in zip(quantity.addresses, quantity.numbers, strict=True)
        }
        return drawn[quantity.path] / sum(drawn.values())


def draw_together(draws: Collection[Draw], quantities: Iterable[Quantity]) -> None:
    """Draw the quantiles of quantities for many draws of one seed: quicker than one by one.

    The draws have the same numbers as without it.
    """
    if len(draws) < _WORTH_IT:
        return
    from sojourn.uncertainty.spread_at_once import spread_quantiles  # noqa: PLC0415 -- NumPy

    first, numbers = next(iter(draws)), [draw.index for draw in draws]
    paths = dict.fromkeys(
        path
        for each in quantities
        if each.shape != "given"
        for path in each.addresses or (each.path,)
    )
    for path in paths:
        found = spread_quantiles(first.seed, numbers, path, first.together)
        for draw, quantile in zip(draws, found.tolist(), strict=True):
            draw.know(path, quantile)
