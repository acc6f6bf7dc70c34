"""The values of uncertain quantities, draw by draw."""

from __future__ import annotations

import numpy as np

from sojourn.arrays import Floats
from sojourn.study.model.values import Quantity
from sojourn.uncertainty.draws import Draws


def values(quantity: Quantity | None, draws: Draws, default: float) -> Floats:
    """The quantity [draw]; `default` where there is none."""
    if quantity is None:
        return np.full(len(draws), default)
    return np.asarray([draw.value(quantity) for draw in draws.values()], dtype=np.float64)
