"""The features of the engine by name, and a draft of a study that has some of them.

To add one: a function in `coming_in` or `ways_out` that puts it on a draft, a test for it in
`detector` that tells for each person whether it played a part, and a reason in `combinations` for
what cannot meet it.
"""

from __future__ import annotations

import random
from collections.abc import Iterable

from engine.generated import registry
from engine.generated.coming_in import BY_STEP
from engine.generated.draft import Draft
from engine.generated.ways_out import FAMILIES

__all__ = ["BY_STEP", "FAMILIES", "PUT", "drafted"]

# All are there when the modules above have been read, in their order.
PUT = registry.PUT


def drafted(wanted: Iterable[str], draw: random.Random, *, on_one_way: bool = False) -> Draft:
    """A draft with these features; at least one way of coming in is among them, or is drawn.

    If so asked, those of a way out are put on one and the same.
    """
    chosen = frozenset(wanted)
    step = next((step for name, step in BY_STEP.items() if name in chosen), "day")
    draft = Draft(draw, step, chosen, on_one_way=on_one_way)
    for name, put in PUT.items():
        if name in chosen:
            put(draft)
    if not draft.populations:
        draft.admit("poisson")
    return draft
