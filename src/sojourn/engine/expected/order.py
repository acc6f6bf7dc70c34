"""In which order nodes are solved: from where people come in to where they leave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from sojourn.arrays import Flags, Ints
from sojourn.engine.program import OUT


@dataclass(frozen=True, slots=True)
class Order:
    """The edges from node to node, and what they make of the nodes.

    An edge is a branch of a node, also one that leads OUT; edges are in the order of the nodes.
    """

    source: Ints
    """[edge]"""
    position: Ints
    """[edge]: number of the branch."""
    target: Ints
    """[edge]"""
    first: Ints
    """[node + 1]: the node's first edge."""
    knot: Ints
    """[node]: nodes with one number can be reached from each other."""
    part: Ints
    """[node]: people of nodes with different numbers never meet."""
    ring: Flags
    """[node]: people may come back to it."""
    level: Ints
    """[node]: the most knots that lie before it."""


def order_of(targets: Sequence[tuple[int, ...]]) -> Order:
    """The order of nodes with these targets, by node and branch."""
    count, sizes = len(targets), [len(each) for each in targets]
    source = np.repeat(np.arange(count), sizes)
    position = np.concatenate([np.arange(k) for k in sizes] or [np.empty(0, np.int64)])
    target = np.array([t for ts in targets for t in ts], dtype=np.int64)
    inside = target != OUT
    edges = (source[inside], target[inside])
    matrix = sparse.csr_array((np.ones(inside.sum(), np.int8), edges), shape=(count, count))
    _, knot = csgraph.connected_components(matrix, connection="strong")
    _, part = csgraph.connected_components(matrix, directed=False)
    ring = np.bincount(knot, minlength=1)[knot] > 1
    ring[edges[0][edges[0] == edges[1]]] = True
    first = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    return Order(source, position, target, first, knot, part, ring, _levels(knot, edges))


def _levels(knot: Ints, edges: tuple[Ints, Ints]) -> Ints:
    apart = knot[edges[0]] != knot[edges[1]]
    level = np.zeros(knot.max(initial=-1) + 1, dtype=np.int64)
    before, after = knot[edges[0][apart]], knot[edges[1][apart]]
    while len(before):
        wanted = level.copy()
        np.maximum.at(wanted, after, level[before] + 1)
        if (wanted == level).all():
            break
        level = wanted
    return np.asarray(level[knot])
