"""Quantities and prices by contract: minimums, tiers, and wings that open and close."""

from __future__ import annotations

import numpy as np

from sojourn.arrays import Floats
from sojourn.money.uncertain_values import values
from sojourn.study.model.money import Payment
from sojourn.uncertainty.draws import Draws

NEARLY_NOBODY = 1e-9
"""The rounding error by which a mean may exceed a whole number."""


def at_least(places: Floats, minimum: Floats) -> Floats:
    """Average places [history, settlement] that are paid for: used or guaranteed."""
    return np.maximum(places, minimum[:, None])


def tier_prices(payment: Payment, draws: Draws) -> tuple[Floats, Floats]:
    """Lower bound and price of each tier, both [tier, draw]; the first begins at nothing."""
    tiers = sorted(payment.tiers, key=lambda tier: tier.above.value)
    bounds = [np.zeros(len(draws))] + [values(tier.above, draws, 0.0) for tier in tiers]
    prices = [values(payment.amount, draws, 0.0)]
    prices += [values(tier.amount, draws, 0.0) for tier in tiers]
    # Uncertain bounds may cross in a draw; a tier that starts below another is then empty.
    return np.maximum.accumulate(np.asarray(bounds), axis=0), np.asarray(prices)


def priced(amount_of: Floats, bounds: Floats, prices: Floats) -> Floats:
    """Price of places (or of cumulated moves) [history, settlement], tier by tier.

    `bounds` and `prices` are [tier, history].
    """
    total = np.zeros_like(amount_of)
    for tier, (low, price) in enumerate(zip(bounds, prices, strict=True)):
        part = np.maximum(amount_of - low[:, None], 0.0)
        if tier + 1 < len(bounds):
            part = np.minimum(part, (bounds[tier + 1] - low)[:, None])
        total += part * price[:, None]
    return total


def wings_open(people: Floats, places: Floats, above: Floats, kept: int) -> Floats:
    """Wings open in each settlement [history, settlement].

    Enough for the people above the number that needs no wing, and at least as many as in any of
    the `kept` settlements before. `places` and `above` are [history].
    """
    full = np.maximum(people - above[:, None], 0.0) / places[:, None]
    needed = np.ceil(np.maximum(full - NEARLY_NOBODY, 0.0))
    found = needed.copy()
    for back in range(1, min(kept, needed.shape[1] - 1) + 1):
        found[:, back:] = np.maximum(found[:, back:], needed[:, :-back])
    return found
