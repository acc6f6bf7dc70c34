"""People whom no line can affect, simulated separately, so that scenarios share their history.

A person who can never reach a transition that needs something, nor a hard facility, lives
independently of everybody else. Such people of one population make a part: a program of its own,
whose counts are added to those of the rest. If scenarios do not differ for a part, theirs are
identical to the bit, so it is run once under each draw. The sums equal what one run of the whole
would count; tests compare the two.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from sojourn.arrays import Ints
from sojourn.engine.kernel.day_loop import ADMITTED
from sojourn.engine.kernel.simulate import simulate
from sojourn.engine.program import History, Program
from sojourn.engine.reuse.independent_people import (
    Plan,
    cut_of,
    digest_of,
    people_of,
    with_entrants,
)
from sojourn.engine.stay_tables import some_tables

SharedHistories = dict[bytes, History]
"""Histories under one draw and replicate, of parts and of whole programs, by digest."""


def alike(programs: Mapping[str, Program]) -> dict[str, bytes]:
    """Digests, by name, of the programs whose history is that of another among them too."""
    if len(programs) < 2:
        return {}
    # Tables are told by their keys.
    own = {name: digest_of(each, skip=frozenset({"tables"})) for name, each in programs.items()}
    often = Counter(own.values())
    return {name: digest for name, digest in own.items() if often[digest] > 1}


def simulate_in_parts(
    program: Program,
    *,
    seed: int,
    replicate: int,
    shared: SharedHistories,
    log_share: float = 0.0,
    stop: npt.NDArray[np.uint8] | None = None,
    at_once: int = 1,
    few: float = 0.0,
) -> History:
    """The same as `simulate`, part by part; parts found in `shared` are not run again.

    A program of fewer than `few` people is one part: to cut it would take longer than to run it.
    With `log_share` above 0 the events of about that share of all people are kept, in order of
    day, person and visit. All calls with one `shared` must ask for the same.
    """
    run = partial(
        simulate,
        seed=seed,
        replicate=replicate,
        log=log_share > 0.0,
        log_share=log_share,
        stop=stop,
        at_once=at_once,
    )
    if people_of(program).sum() < few:
        history = run(program)
        return replace(history, events=_in_order(history.events))
    cut = cut_of(program)
    history = run(with_entrants(program, cut.bound))
    events = [history.events]
    for plan in cut.plans:
        drawn = _drawn(program, plan)
        found = shared.get(drawn.digest)
        if found is None:
            found = run(_part(program, plan, drawn))
            shared[drawn.digest] = found
        events.append(_events_of_whole(found.events, plan))
        _add(found.census, history.census, plan.states, plan.groups)
        _add(found.admitted, history.admitted, plan.states, plan.groups)
        _add(found.flows, history.flows, plan.branches, plan.groups)
    history.occupied[:] = program.already_held
    for s, facility in enumerate(program.state_facility):
        if facility >= 0:
            history.occupied[:, facility] += history.census[:, s].sum(axis=1)
    return replace(history, events=_in_order(np.concatenate(events)))


def _in_order(events: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Events by day, person and visit."""
    return events[np.lexsort((events[:, 2], events[:, 1], events[:, 0]))]


def _add(part: Ints, whole: Ints, items: Ints, groups: Ints) -> None:
    """Add a part's counts [·, item, group] to those of the whole.

    Column by column, without copies: a part has few groups, and the whole has days by the thousand.
    """
    for own, item in enumerate(items.tolist()):
        for place, group in enumerate(groups.tolist()):
            whole[:, item, group] += part[:, own, place]


def _events_of_whole(events: npt.NDArray[np.uint64], plan: Plan) -> npt.NDArray[np.uint64]:
    """A part's events with the numbers that the whole has for branches, states and cells."""
    if not len(events):
        return events
    rows = events.copy()
    entrance = rows[:, 3] >= ADMITTED
    kind, state = rows[entrance, 3] >> np.uint64(32), rows[entrance, 3] & np.uint64(0xFFFFFFFF)
    rows[entrance, 3] = (kind << np.uint64(32)) + plan.states[state].astype(np.uint64)
    rows[~entrance, 3] = plan.branches[rows[~entrance, 3]]
    left = rows[:, 4] == np.uint64(2**64 - 1)
    rows[~left, 4] = plan.states[rows[~left, 4]]
    rows[:, 5] = plan.cells[rows[:, 5]]
    return rows


@dataclass(frozen=True, slots=True)
class _Drawn:
    """What a draw gives to a part."""

    tables: Ints
    """Those it uses, in the order of their keys."""
    numbers: Ints
    """New number of each table of the whole; the last answers for -1."""
    digest: bytes


def _drawn(program: Program, plan: Plan) -> _Drawn:
    own = program.branch_table[plan.rows][:, plan.cells][plan.here]
    age, settings = program.entrant_age[plan.entrants], program.set_table[plan.settings]
    given = program.set_given[plan.settings]
    used = np.unique(np.concatenate([age, settings, given, own]))
    keys = program.table_keys
    order = sorted(used[used >= 0].tolist(), key=keys.__getitem__)
    numbers = np.full(len(keys) + 1, -1, dtype=np.int64)
    numbers[order] = np.arange(len(order))
    found = blake2b(plan.digest, digest_size=16)
    for values in (
        numbers[age],
        numbers[settings],
        numbers[given],
        numbers[own],
        program.entrant_count[plan.entrants],
        program.policy_chance[plan.policies],
        program.branch_share[plan.rows],
        program.admission_rate[:, plan.streams],
        program.admission_ratio[plan.streams],
        program.admission_from[plan.streams],
        program.admission_to[plan.streams],
    ):
        found.update(np.ascontiguousarray(values).data)
    for table in order:
        found.update(keys[table].encode())
    return _Drawn(np.array(order, dtype=np.int64), numbers, found.digest())


def _part(program: Program, plan: Plan, drawn: _Drawn) -> Program:
    """The part's program under the draw."""
    tables = np.where(plan.here, drawn.numbers[program.branch_table[plan.rows][:, plan.cells]], 0)
    return replace(
        plan.skeleton,
        policy_chance=program.policy_chance[plan.policies],
        branch_share=program.branch_share[plan.rows],
        branch_table=np.ascontiguousarray(tables.astype(np.int32)),
        set_table=drawn.numbers[program.set_table[plan.settings]],
        set_given=drawn.numbers[program.set_given[plan.settings]],
        entrant_age=drawn.numbers[program.entrant_age[plan.entrants]],
        entrant_count=program.entrant_count[plan.entrants],
        admission_rate=np.ascontiguousarray(program.admission_rate[:, plan.streams]),
        admission_ratio=program.admission_ratio[plan.streams],
        admission_from=program.admission_from[plan.streams],
        admission_to=program.admission_to[plan.streams],
        tables=some_tables(program.tables, drawn.tables),
        table_keys=tuple(program.table_keys[table] for table in drawn.tables),
    )
