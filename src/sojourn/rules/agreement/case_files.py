"""Files of cases: YAML or JSON, one case or several by name, each a mapping of facts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sojourn.errors import Problem, StudyError
from sojourn.rules.meaning.reference import CaseFacts, Documented
from sojourn.study.files.suggest import did_you_mean
from sojourn.study.files.text_positions import Position
from sojourn.study.files.yaml import Node, read_yaml
from sojourn.study.identifying_facts import identifying, telling
from sojourn.study.model.facts import Fact
from sojourn.study.words.reader import Reader, Shared


def read_cases(
    path: Path, facts: Mapping[str, Fact], only: str | None = None
) -> dict[str, CaseFacts]:
    """The cases of a file by name; a file of one case gives it the file's own name.

    A value that is a mapping is a case, so a file holds either facts or cases. `only` names the
    one case wanted. Facts that are not declared, values that they cannot have and keys that would
    identify a person are refused: raises `StudyError` with all of it, each with its place.
    """
    if not path.is_file():
        raise StudyError(Problem("there is no such file", "give a YAML or JSON file", str(path)))
    return cases_in(read_yaml(path, str(path)), facts, only, path)


def cases_in(
    root: Node, facts: Mapping[str, Fact], only: str | None = None, path: Path = Path("case")
) -> dict[str, CaseFacts]:
    """The same as `read_cases`, from a raw tree; `path` names its file."""
    items = root.items
    if items is None and not root.empty:
        raise StudyError(
            Problem(f"facts are needed here, not {root.kind}", "write `fact: value`",
                    *root.position)
        )  # fmt: skip
    reader = Reader(Shared(path.parent))
    reader.facts = dict(facts)
    reader.units = frozenset(fact.unit for fact in facts.values() if fact.unit)
    named = {name: node for name, node in (items or {}).items() if node.items is not None}
    if named and len(named) < len(items or {}):
        loose = next(name for name in items or {} if name not in named)
        reader.refuse(
            root.keys[loose],
            loose,
            "facts and named cases are mixed",
            "write one case as `fact: value`, or each case under its name",
        )
        raise StudyError(*reader.problems)
    if not named:
        named = {path.stem: root}
    if only is not None and only not in named:
        raise StudyError(
            Problem(f"there is no case `{only}`", did_you_mean(only, named), str(path))
        )
    for name in items or {}:
        _told_of(reader, name, root.keys[name])
    cases = {
        name: _case(reader, node, facts)
        for name, node in named.items()
        if only is None or name == only
    }
    if reader.problems:
        raise StudyError(*reader.problems)
    return cases


def _case(reader: Reader, node: Node, facts: Mapping[str, Fact]) -> CaseFacts:
    found: dict[str, Documented] = {}
    for key, value in (node.items or {}).items():
        if key not in facts and identifying(key):
            reader.refuse(
                node.keys[key],
                key,
                f"`{key}` would identify a person; cases are de-identified",
                "leave it out, or replace it by a category, such as an age band or yes-no; of a "
                "birth, give the first day of its month, as the fact `birth_month`",
            )
        elif value.empty and key in facts:
            found[key] = None
        elif not any(
            _told_of(reader, part.text or "", part, key) for part in value.parts or (value,)
        ):
            found[key] = reader.fact_value(value, key, key)
    return found


def _told_of(reader: Reader, text: str, at: Node | Position, path: str = "") -> bool:
    """Whether a text could identify a person; then it is refused, and not repeated."""
    kind = telling(text)
    if kind is not None:
        reader.refuse(
            at, path, f"here seem to be {kind}; cases are de-identified",
            "leave them out, or put a category in their place",
        )  # fmt: skip
    return kind is not None
