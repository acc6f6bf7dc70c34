"""Agreements that bring their own facts and sources, or that are one of the library's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import sojourn
from sojourn.errors import Problem, StudyError
from sojourn.study.files.suggest import did_you_mean
from sojourn.study.files.yaml import Node, plain, read_yaml

LIBRARY = Path(sojourn.__file__).parent / "library" / "agreements"
"""Where the agreements that ship are."""
BESIDE = ("today", "title", "sending", "receiving", "about")
"""Keys of an agreement that a study may write beside `library`, in place of the agreement's own."""
OWN = ("values", "terms", "rules")
"""Sections of an agreement that scenarios change."""
SHARED = ("sources", "facts")
"""Sections of an agreement that join those of its study."""


def library_names() -> tuple[str, ...]:
    """The names of the agreements that ship."""
    return tuple(sorted(path.stem for path in LIBRARY.glob("*.yaml")))


def library_file(name: str) -> Path | None:
    """The file of an agreement of the library, or None."""
    return LIBRARY / f"{name}.yaml" if name in library_names() else None


def with_agreements(root: Node) -> tuple[Node, list[Problem]]:
    """The study's tree with agreements of the library in place, and their sections joined.

    These are the study's agreement and those by which its scenarios replace it.
    """
    joining = _Joining(dict(root.items or {}))
    joining.take(joining.items, "agreement")
    scenarios = joining.items.get("scenarios")
    if scenarios is not None and scenarios.items is not None:
        kept: dict[str, Node] = {}
        for name, scenario in scenarios.items.items():
            own = dict(scenario.items or {})
            if scenario.items is not None:
                joining.take(own, "agreement", f"scenarios.{name}.")
                joining.refuse_parts(scenario, name)
            kept[name] = replace(scenario, items=own) if scenario.items is not None else scenario
        joining.items["scenarios"] = replace(scenarios, items=kept)
    return replace(root, items=joining.items), joining.problems


class _Joining:
    """The sections of a study as agreements join them."""

    def __init__(self, items: dict[str, Node]) -> None:
        self.items = items
        self.problems: list[Problem] = []

    def take(self, items: dict[str, Node], key: str, head: str = "") -> None:
        """Put an agreement of the library in place, and join what it shares with the study."""
        agreement = items.get(key)
        if agreement is None or agreement.items is None:
            return
        if "library" in agreement.items:
            found = self._from_library(agreement, f"{head}{key}")
            if found is None:
                del items[key]
                return
            agreement = found
        own = dict(agreement.items or {})
        for section in SHARED:
            part = own.pop(section, None)
            if part is not None:
                self._join(section, part, f"{head}{key}.{section}")
        items[key] = replace(agreement, items=own)

    def refuse_parts(self, scenario: Node, name: str) -> None:
        """Refuse facts and sources of an agreement in a scenario: they are the study's."""
        for key in scenario.items or {}:
            section = key.removeprefix("agreement.").partition(".")[0]
            if key.startswith("agreement.") and section in SHARED:
                self.problems.append(
                    Problem(
                        f"{section} of an agreement are the study's, the same in every scenario",
                        f"write them under `{section}:` of the study",
                        *scenario.keys[key],
                        path=f"scenarios.{name}.{key}",
                    )
                )

    def _join(self, section: str, part: Node, path: str) -> None:
        if part.items is None:
            what = f"a mapping is needed here, not {part.kind}"
            fix = f"write the {section}, each with its name"
            self.problems.append(Problem(what, fix, *part.position, path=path))
            return
        there = self.items.get(section) or Node(part.position, items={})
        joined, keys = dict(there.items or {}), dict(there.keys)
        for name, node in part.items.items():
            if name in joined and _meant(section, joined[name]) != _meant(section, node):
                self.problems.append(
                    Problem(
                        f"`{name}` differs in the agreement's {section} and here",
                        "leave one of the two out, or give one another name",
                        *joined[name].position,
                        path=f"{section}.{name}",
                    )
                )
                continue
            joined[name] = joined.get(name, node)
            keys.setdefault(name, part.keys.get(name, node.position))
        self.items[section] = replace(there, items=joined, keys=keys)

    def _from_library(self, given: Node, path: str) -> Node | None:
        """The tree of the agreement that a study names, with what the study writes beside it."""
        items = given.items or {}
        node = items["library"]
        name = node.text or ""
        file = library_file(name)
        if file is None:
            what = f"there is no agreement `{name}` in the library"
            near = did_you_mean(name, library_names(), "agreement")
            fix = f"{near} (`sojourn agreements` lists all)"
            self.problems.append(Problem(what, fix, *node.position, path=f"{path}.library"))
            return None
        beside = {key: part for key, part in items.items() if key in BESIDE}
        listed = ", ".join(f"`{each}`" for each in BESIDE)
        for key in items:
            if key == "library" or key in BESIDE:
                continue
            what = f"`{key}` is written beside `library`, and would replace what the agreement says"
            near = did_you_mean(key, BESIDE)
            fix = f"beside it may stand {listed}; change the rest in a scenario, as "
            fix += f"`agreement.{key if key in OWN else 'rules'}.NAME: …`"
            fix = near if near.startswith("did you mean") else fix
            self.problems.append(Problem(what, fix, *given.keys[key], path=f"{path}.{key}"))
        try:
            found = read_yaml(file, file.name)
        except StudyError as error:
            self.problems += [replace(problem, path=path) for problem in error.problems]
            return None
        keys = {**found.keys, **{key: given.keys[key] for key in beside}}
        return replace(found, items={**(found.items or {}), **beside}, keys=keys)


def _meant(section: str, node: Node) -> object:
    """What a fact or a source says; how a fact is described makes no difference."""
    said = plain(node)
    if section == "facts" and isinstance(said, dict):
        said.pop("about", None)
    return said
