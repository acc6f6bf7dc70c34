"""The cause of problems first, and what follows from it folded."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches

from sojourn.errors import Problem
from sojourn.study.files.text_positions import Position
from sojourn.study.files.yaml import Node, walk

_MEANT = re.compile(r"did you mean `([^`]+)`")
_QUOTED = re.compile(r"`([^`]+)`")
_UNDECLARED = re.compile(r"the (\w+) `([^`]+)` is not declared")
_MISSING = re.compile(r"the key `([^`]+)` is missing")

MOST_CAUSES = 20
"""Names that problems say were meant; with more of them, there is no one cause to look for."""


def causes_first(files: list[Problem], found: list[Problem], tree: Node) -> list[Problem]:
    """All that was found, without what follows from something else that was found.

    `files` are the problems of sections whose files cannot be read: most else follows from what
    these would say. `tree` is the study, or the agreement, as it was written.
    """
    found = _in_order(found)
    if files:
        return _and_more(_in_order(files), len(found) - len(set(files)))
    nearest: dict[str, list[Problem]] = {}
    for one in found:
        nearest.setdefault(_nearest(one), []).append(one)
    found = [one for one in found if not _is_misspelt_key(one, nearest)]
    sections = [one for one in found if "." not in one.path and "is not known here" in one.what]
    if sections:  # what the section declares is missed wherever it is used
        return _and_more(sections, len(found) - len(sections))
    found = _without_what_was_declared_amiss(found)
    if len(nearest) > MOST_CAUSES:
        return found
    for name, place in _declared(tree):
        follow = nearest.get(name, [])
        if not follow or _uses(name, tree) > 1 or _written_once(name, follow[0], tree):
            continue
        cause = replace(
            follow[0],
            what=f"`{name}` is used nowhere; elsewhere: {follow[0].what}",
            fix="write the two alike",
            file=place.file,
            line=place.line,
            column=place.column,
        )
        rest = [one for one in found if one not in follow]
        return [*_and_more([cause], len(follow) - 1), *rest]
    return found


def _without_what_was_declared_amiss(found: list[Problem]) -> list[Problem]:
    """Without "the fact `x` is not declared" where the declaration of `x` is refused itself."""
    refused: dict[str, Problem] = {}
    for one in found:
        if not _UNDECLARED.match(one.what):
            refused.setdefault(".".join(one.path.split(".")[:2]), one)
    causes: dict[Problem, int] = {}
    kept: list[Problem] = []
    for one in found:
        missing = _UNDECLARED.match(one.what)
        cause = refused.get(f"{_plural(missing[1])}.{missing[2]}") if missing else None
        if cause is None:
            kept.append(one)
        else:
            causes[cause] = causes.get(cause, 0) + 1
    return [_and_more([one], causes.get(one, 0))[0] for one in kept]


def _plural(kind: str) -> str:
    """The section that declares a kind of name."""
    return f"{kind.removesuffix('y')}ies" if kind.endswith("y") else f"{kind}s"


def _in_order(problems: list[Problem]) -> list[Problem]:
    """Without repeats, by file and line."""
    return sorted(dict.fromkeys(problems), key=lambda p: (p.file, p.line, p.column))


def _and_more(causes: list[Problem], rest: int) -> list[Problem]:
    """The causes; the last one says how many problems are not shown."""
    if not rest:
        return causes
    *before, last = causes
    more = f"and {rest} more problem{'s'[: rest != 1]}, most of which follow from this"
    return [*before, replace(last, fix=f"{last.fix}; {more}" if last.fix else more)]


def _nearest(problem: Problem) -> str:
    """The name that was probably meant, if the problem says one."""
    found = _MEANT.search(problem.fix)
    return found[1] if found else ""


def _written_once(name: str, problem: Problem, tree: Node) -> bool:
    """Whether the unknown name is written once too: then it may be the one that is misspelt."""
    (unknown,) = get_close_matches(name, _QUOTED.findall(problem.what), 1, 0.0) or ("",)
    return _uses(unknown, tree) < 2


def _is_misspelt_key(problem: Problem, nearest: Mapping[str, list[Problem]]) -> bool:
    """Whether a key is missing because another is a misspelling of it."""
    missing = _MISSING.match(problem.what)
    return missing is not None and missing[1] in nearest


def _declared(tree: Node) -> Iterator[tuple[str, Position]]:
    """The names that the sections declare, and the values of facts."""
    for section, node in (tree.items or {}).items():
        for name, place in node.keys.items():
            yield name, place
            fact = (node.items or {}).get(name) if section == "facts" else None
            values = (fact.items or {}).get("values") if fact is not None else None
            for part in (values.parts or ()) if values is not None else ():
                yield part.text or "", part.position


def _uses(name: str, tree: Node) -> int:
    """How often the study writes a name, by itself or within words; its declaration counts."""
    whole = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
    texts = (text for _, node in walk(tree) for text in (*node.keys, node.text or ""))
    return sum(len(whole.findall(text)) for text in texts)
