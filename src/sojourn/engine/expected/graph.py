"""A program's nodes, each with the race in which people leave it.

Draws of a study differ in numbers and mostly not in shape, so shapes are kept.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from hashlib import blake2b
from threading import Lock

import numpy as np

from sojourn.arrays import Ints
from sojourn.engine.expected.race import Policy, Race, RacingWay
from sojourn.engine.expected.shape import (
    GraphNode,
    Shape,
    mean_admissions,
    policies_of,
    shape_of,
    shares_of,
)
from sojourn.engine.program import Program

MOST_KEPT = 16
"""Shapes."""
MOST_NODES = 10_000
"""A shape with more is not kept."""
_OF_SHAPE = (
    "state_end", "state_first", "transition_when", "transition_becomes", "transition_first",
    "policy_first", "policy_day", "policy_everyone", "policy_clock", "policy_offset",
    "policy_branch", "branch_target", "branch_line", "becomes_map", "set_first", "set_clock",
    "set_table", "set_day", "set_from", "set_until", "set_salt", "set_condition", "entrant_state",
    "entrant_cell", "entrant_age", "entrant_line", "entrant_set_first", "cell_group",
)  # fmt: skip
"""Arrays of a program on which its shape depends as they stand."""
_KNOWN: OrderedDict[bytes, Shape] = OrderedDict()
_LOCK = Lock()


@dataclass(frozen=True, slots=True)
class Graph:
    """The nodes of a program, with the race of each."""

    shape: Shape
    races: list[Race]

    @property
    def nodes(self) -> list[GraphNode]:
        """Those of the shape."""
        return self.shape.nodes

    @property
    def targets(self) -> list[tuple[int, ...]]:
        """Per node and branch of its race: node, or OUT."""
        return self.shape.targets

    @property
    def branches(self) -> list[tuple[int, ...]]:
        """Per node and branch of its race: branch of the program."""
        return self.shape.branches

    @property
    def entrants(self) -> Ints:
        """[entrant]: the node that they enter, -1 if nobody ever does."""
        return self.shape.entrants


def graph_of(program: Program) -> Graph:
    """Everything reachable from the program's entrants.

    Raises `NoMeansError` naming any feature of the program that has no known exact solution.
    """
    key = _key(program)
    with _LOCK:
        shape = _KNOWN.get(key)
    if shape is None:
        shape = shape_of(program)
        if len(shape.nodes) <= MOST_NODES:
            with _LOCK:
                _KNOWN[key] = shape
                if len(_KNOWN) > MOST_KEPT:
                    _KNOWN.popitem(last=False)
    return Graph(shape, _races(program, shape))


def _key(program: Program) -> bytes:
    """A digest of what determines the shape."""
    shares = program.branch_share
    some = (
        shares > 0.0,
        np.diff(shares, prepend=0.0) != 0.0,
        program.policy_chance > 0.0,
        program.entrant_count > 0,
        mean_admissions(program).any(axis=0),
    )
    arrays = (*(getattr(program, name) for name in _OF_SHAPE), *some)
    digest = blake2b(f"{program.days} {program.stocks}".encode(), digest_size=32)
    for each in arrays:
        digest.update(str(each.shape).encode() + np.ascontiguousarray(each).tobytes())
    return digest.digest()


def _races(program: Program, shape: Shape) -> list[Race]:
    """Of each node; equal ones are the same object."""
    ways: dict[tuple[int, int], RacingWay] = {}
    policies = {
        t: [(q, shares_of(program, t, q)[opened].tolist()) for q in policies_of(program, t)]
        for t, opened in {t: opened for each in shape.ways for t, opened in each}.items()
    }
    races: dict[Race, Race] = {}
    found = []
    for node, each in zip(shape.nodes, shape.ways, strict=True):
        own = []
        for t, opened in each:
            if (t, node.cell) not in ways:
                ways[t, node.cell] = _way(program, t, opened, policies[t], node.cell)
            own.append(ways[t, node.cell])
        read = {way.clock for way in own}
        race = Race(tuple(own), tuple((c, v) for c, v in node.clocks if c in read))
        found.append(races.setdefault(race, race))
    return found


def _way(
    program: Program,
    transition: int,
    opened: list[int],
    policies: list[tuple[int, list[float]]],
    cell: int,
) -> RacingWay:
    """A transition for a cell; `policies`: each with the shares of the branches that are open."""
    p = program
    return RacingWay(
        transition=transition,
        start=int(p.transition_start[transition]),
        clock=int(p.policy_clock[p.policy_first[transition]]),
        offset=int(p.policy_offset[policies[0][0]]),
        policies=tuple(
            Policy(
                day=int(p.policy_day[q]),
                everyone=int(p.policy_everyone[q]),
                chance=float(p.policy_chance[q]),
                shares=tuple(shares),
                tables=tuple(p.branch_table[p.policy_branch[q] + np.array(opened), cell].tolist()),
            )
            for q, shares in policies
        ),
    )
