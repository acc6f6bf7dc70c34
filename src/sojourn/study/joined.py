"""An agreement that brings its own facts and sources, or that is one of the library's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import sojourn
from sojourn.errors import Problem, StudyError
from sojourn.study.suggest import did_you_mean
from sojourn.study.yaml import Node, plain, read_yaml

LIBRARY = Path(sojourn.__file__).parent / "agreements"
"""Where the agreements that ship are."""
SHARED = ("sources", "facts")
"""Sections of an agreement that join those of its study."""


def library_names() -> tuple[str, ...]:
    """The names of the agreements that ship."""
    return tuple(sorted(path.stem for path in LIBRARY.glob("*.yaml")))


def library_file(name: str) -> Path | None:
    """The file of an agreement of the library, or None."""
    return LIBRARY / f"{name}.yaml" if name in library_names() else None


def with_agreement(root: Node) -> tuple[Node, list[Problem]]:
    """The study's tree with the agreement of the library in place, and its sections joined."""
    problems: list[Problem] = []
    items = dict(root.items or {})
    agreement = items.get("agreement")
    if agreement is None or agreement.items is None:
        return root, problems
    if set(agreement.items) == {"library"}:
        found = _from_library(agreement.items["library"], problems)
        if found is None:
            del items["agreement"]
            return replace(root, items=items), problems
        agreement = found
    own = dict(agreement.items or {})
    for section in SHARED:
        part = own.pop(section, None)
        if part is None:
            continue
        if part.items is None:
            problems.append(
                Problem(
                    f"{part.kind} stands where a mapping is needed",
                    f"write the {section}, each with its name",
                    *part.position,
                    path=f"agreement.{section}",
                )
            )
            continue
        there = items.get(section) or Node(part.position, items={})
        joined, keys = dict(there.items or {}), dict(there.keys)
        for name, node in part.items.items():
            if name in joined and plain(joined[name]) != plain(node):
                problems.append(
                    Problem(
                        f"`{name}` of the agreement's {section} is not what the study's says",
                        "leave the study's out, or give one another name",
                        *joined[name].position,
                        path=f"{section}.{name}",
                    )
                )
                continue
            joined[name] = joined.get(name, node)
            keys.setdefault(name, part.keys.get(name, node.position))
        items[section] = replace(there, items=joined, keys=keys)
    items["agreement"] = replace(agreement, items=own)
    return replace(root, items=items), problems


def _from_library(node: Node, problems: list[Problem]) -> Node | None:
    """The tree of the agreement that a study names."""
    name = node.text or ""
    path = library_file(name)
    if path is None:
        fix = did_you_mean(name, library_names(), "agreement") or "`sojourn agreements` lists them"
        problems.append(
            Problem(
                f"there is no agreement `{name}` in the library",
                fix,
                *node.position,
                path="agreement.library",
            )
        )
        return None
    try:
        return read_yaml(path, path.name)
    except StudyError as error:
        problems += [replace(problem, path="agreement") for problem in error.problems]
        return None
