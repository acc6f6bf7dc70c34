"""The values of a quantity in many draws at once: the same, bit for bit, as `Draw.value`."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from sojourn.arrays import Floats
from sojourn.study.model.values import Quantity
from sojourn.study.uncertain_shapes import UNCERTAIN_SHAPES, at_quantiles
from sojourn.uncertainty.draws import Draw, DrawnValues


def values_at_once(draws: Collection[DrawnValues], quantity: Quantity) -> Floats:
    """The quantity in its canonical unit [draw]."""
    if quantity.uncertain:
        drawn = [draw for draw in draws if isinstance(draw, Draw)]
        if quantity.shape in UNCERTAIN_SHAPES and len(drawn) == len(draws):
            return at_quantiles(quantity, np.array([draw.own_quantile(quantity) for draw in drawn]))
        return np.array([draw.value(quantity) for draw in draws], dtype=np.float64)
    return np.full(len(draws), quantity.value)
