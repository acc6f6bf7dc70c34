"""The values of uncertain quantities, draw by draw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np
import numpy.typing as npt

from sojourn.study.model import Quantity

Floats = npt.NDArray[np.float64]


class Valued(Protocol):
    """One draw: gives each uncertain quantity its value."""

    def value(self, quantity: Quantity) -> float:
        """The quantity in this draw, in its canonical unit."""


Draws = Mapping[int, Valued]
"""Draws by their number."""


def values(quantity: Quantity | None, draws: Draws, default: float) -> Floats:
    """The quantity [draw]; `default` where there is none."""
    if quantity is None:
        return np.full(len(draws), default)
    return np.asarray([draw.value(quantity) for draw in draws.values()], dtype=np.float64)
