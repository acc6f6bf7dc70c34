"""Whatever stands anywhere in a study, it is taken or refused with a remedy; nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from sojourn.errors import StudyError
from sojourn.study.files.addresses import PathError, change
from sojourn.study.files.yaml import Node, parse_yaml, walk
from sojourn.study.load import ENTRY, _StudyLoader, read_tree

UGLY = (
    "[]",
    "{}",
    "null",
    "''",
    "x",
    "-1",
    "0 days",
    "-5 %",
    "1e400 people",
    "[1, [2]]",
    "{a: {b: c}}",
    "{parameter: nothing}",
    "{parameter: lawsuit_share}",
    "{value: {value: {value: 3}}}",
    "{between: [1 day, 2 people, 3]}",
    "{2026-01-01: 4 people, 2026-13-01: 5 people}",
    "{mixture: [{}, 3]}",
    "{by: citizenship, of: []}",
    "a, b -> c",
    "2026-02-30",
    "off",
)


@pytest.fixture(scope="module")
def tree(whole_study: Path) -> Node:
    return read_tree(whole_study / ENTRY)[0]


def paths_of(tree: Node) -> list[str]:
    return [path for path, _ in walk(tree) if path]


@pytest.mark.parametrize("ugly", UGLY)
def test_a_value_in_every_place(ugly, tree, whole_study):
    value = parse_yaml(ugly, "ugly.yaml")
    for path in paths_of(tree):
        load(change(tree, path, value, value.position, lambda *_: False), whole_study, path)


def test_nothing_in_every_place(tree, whole_study):
    for path in paths_of(tree):
        load(change(tree, path, None, tree.position, lambda *_: False), whole_study, path)


@pytest.mark.parametrize("ugly", UGLY)
def test_an_override_of_every_place(ugly, tree, whole_study):
    value = parse_yaml(ugly, "ugly.yaml")
    for path in paths_of(tree):
        scenario = Node(value.position, items={path: value}, keys={path: value.position})
        scenarios = Node(
            value.position,
            items={"none": Node(value.position, items={}), "one": scenario},
            keys={"none": value.position, "one": value.position},
        )
        load(
            change(tree, "scenarios", scenarios, value.position, lambda *_: False),
            whole_study,
            path,
        )


def load(tree: Node, folder: Path, path: str) -> None:
    """Load the tree, and see that a refusal names a file and has a remedy."""
    try:
        _StudyLoader(folder, tree, []).load()
    except StudyError as error:
        assert error.problems, path
        for problem in error.problems:
            assert problem.file, (path, problem)
            assert problem.line, (path, problem)
            assert problem.what, (path, problem)
            assert problem.fix, (path, problem)
    except PathError:
        pytest.fail(f"the address {path} does not lead anywhere")
