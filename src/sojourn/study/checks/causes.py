"""The cause of problems first, and what follows from it folded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from difflib import get_close_matches

from sojourn.errors import Problem
from sojourn.study.files.text_positions import Position
from sojourn.study.files.yaml import Node, walk

_MEANT = re.compile(r"did you mean `([^`]+)`")
_QUOTED = re.compile(r"`([^`]+)`")
_MISSING = re.compile(r"the key `([^`]+)` is missing")


def causes_first(files: list[Problem], found: list[Problem], tree: Node) -> list[Problem]:
    """All that was found, without what follows from something else that was found.

    `files` are the problems of sections whose files cannot be read: most else follows from what
    these would say. `tree` is the study as it was written.
    """
    found = _in_order(found)
    if files:
        return _and_more(_in_order(files), len(found) - len(set(files)))
    found = [one for one in found if not _is_misspelt_key(one, found)]
    sections = [one for one in found if "." not in one.path and "is not known here" in one.what]
    if sections:  # what the section declares is missed wherever it is used
        return _and_more(sections, len(found) - len(sections))
    for name, place in _declared(tree):
        follow = [one for one in found if _nearest(one) == name]
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


def _is_misspelt_key(problem: Problem, found: list[Problem]) -> bool:
    """Whether a key is missing because another is a misspelling of it."""
    missing = _MISSING.match(problem.what)
    return missing is not None and any(_nearest(one) == missing[1] for one in found)


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
