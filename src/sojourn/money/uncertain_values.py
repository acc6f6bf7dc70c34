"""The values of uncertain quantities, draw by draw."""

from __future__ import annotations

import numpy as np

from sojourn.arrays import Floats
from sojourn.study.model.values import Quantity
from sojourn.uncertainty.draws import Draws
from sojourn.uncertainty.values_at_once import values_at_once


def values(quantity: Quantity | None, draws: Draws, default: float) -> Floats:
    """The quantity [draw]; `default` where there is none."""
    if quantity is None:
        return np.full(len(draws), default)
    return values_at_once(draws.values(), quantity)
