"""Addresses in the raw tree, as `transitions.nominated -> held.while`, and changes at them.

Keys may hold spaces, arrows and points, so an address is matched against the keys that exist,
the longest first. List elements count from 1.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from sojourn.study.files.text_positions import Position
from sojourn.study.files.yaml import Node


def children(node: Node) -> dict[str, Node]:
    """The named or numbered values within a node."""
    if node.items is not None:
        return node.items
    return {str(number): part for number, part in enumerate(node.parts or (), 1)}


def per_source(key: str) -> tuple[str, ...]:
    """`a -> c` and `b -> c` for the transition `a, b -> c`; any other key itself."""
    sources, arrow, target = key.partition(" ->")
    if not arrow or "," not in sources:
        return (key,)
    return tuple(f"{source.strip()} ->{target}" for source in sources.split(",") if source.strip())


def split_head(node: Node, path: str, strict: bool = False) -> tuple[str, str] | None:
    """The longest key of `node` that begins `path`, and the rest; None if there is none.

    Unless `strict`, one source of a transition of several is enough to find its key.
    """
    if " ->" not in path:
        return _split_plain(node, path)
    best: tuple[str, str] | None = None
    length = -1
    for key in children(node):
        for name in (key,) if strict or " ->" not in key else (key, *per_source(key)):
            if len(name) > length and (path == name or path.startswith(f"{name}.")):
                best, length = (key, path[len(name) + 1 :]), len(name)
    return best


def _split_plain(node: Node, path: str) -> tuple[str, str] | None:
    """As `split_head` where no transition is meant: without a look at every key."""
    end = len(path)
    while end >= 0:
        key = path[:end]
        if _child(node, key) is not None:
            return key, path[end + 1 :]
        end = path.rfind(".", 0, end)
    return None


def _child(node: Node, key: str) -> Node | None:
    """The named or numbered value within a node, or None."""
    if node.items is not None:
        return node.items.get(key)
    parts = node.parts or ()
    if not re.fullmatch(r"[1-9][0-9]{0,8}", key) or int(key) > len(parts):
        return None
    return parts[int(key) - 1]


def _inner(node: Node, key: str) -> Node:
    """The value within a node that is known to be there."""
    found = _child(node, key)
    assert found is not None
    return found


def written(node: Node, path: str) -> str:
    """The address with the keys as they are written, as far as it leads."""
    found: list[str] = []
    while path:
        head = split_head(node, path)
        if head is None:
            return ".".join([*found, path])
        found.append(head[0])
        node, path = _inner(node, head[0]), head[1]
    return ".".join(found)


def find(node: Node, path: str, strict: bool = False) -> Node | None:
    """The node at an address, or None."""
    while path:
        head = split_head(node, path, strict)
        if head is None:
            return None
        node, path = _inner(node, head[0]), head[1]
    return node


def nearest(node: Node, path: str) -> tuple[Position, bool]:
    """Where the address stands, or its nearest ancestor; and whether it is the address itself.

    For a key of a mapping this is the place of its value.
    """
    while path:
        head = split_head(node, path)
        if head is None:
            return node.position, False
        node, path = _inner(node, head[0]), head[1]
    return node.position, True


def key_position(node: Node, path: str) -> Position:
    """Where the key of an address stands, or the nearest ancestor's."""
    position = node.position
    while path:
        head = split_head(node, path)
        if head is None:
            return position
        position = node.keys.get(head[0], _inner(node, head[0]).position)
        node, path = _inner(node, head[0]), head[1]
    return position


class PathError(Exception):
    """The address does not lead anywhere: `parent` is the last address that does."""

    def __init__(self, parent: str, node: Node, rest: str) -> None:
        super().__init__(rest)
        self.parent = parent
        self.node = node
        self.rest = rest


def change(
    node: Node,
    path: str,
    value: Node | None,
    at: Position,
    may_add: Callable[[str, Node, str], bool],
    parent: str = "",
) -> Node:
    """A copy of the tree with `value` at the address, or without it if None.

    Only the nodes along the address are copied. A key that is not there is added where
    `may_add(parent address, parent node, key)`; otherwise PathError.
    """
    head = split_head(node, path, strict=True)
    if head is None:
        if value is None or node.items is None or not may_add(parent, node, path):
            raise PathError(parent, node, path)
        return replace(node, items={**node.items, path: value}, keys={**node.keys, path: at})
    key, rest = head
    address = f"{parent}.{key}" if parent else key
    inner = _inner(node, key)
    new = change(inner, rest, value, at, may_add, address) if rest else value
    if node.items is not None:
        items = dict(node.items)
        keys = dict(node.keys)
        if new is None:
            del items[key], keys[key]
        else:
            items[key] = new
            if not rest:
                keys[key] = at
        return replace(node, items=items, keys=keys)
    parts = list(node.parts or ())
    if new is None:
        del parts[int(key) - 1]
    else:
        parts[int(key) - 1] = new
    return replace(node, parts=tuple(parts))
