"""The schema for editors takes what the loader takes."""

from __future__ import annotations

import pytest
from jsonschema import Draft202012Validator

from sojourn.new import example_names, new_study
from sojourn.study.keys import SHAPES
from sojourn.study.load import ENTRY, read_tree
from sojourn.study.schema import json_schema
from sojourn.study.yaml import plain

SCHEMA = json_schema()
VALIDATOR = Draft202012Validator(SCHEMA)


def complaints(folder):
    tree, problems = read_tree(folder / ENTRY)
    assert not problems
    return [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(plain(tree))]


def test_it_is_a_schema():
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("example", example_names())
def test_it_takes_the_examples(example, tmp_path):
    assert complaints(new_study(tmp_path / "trial", example)) == []


def test_it_takes_a_study_that_uses_most_of_the_language(whole_study):
    assert complaints(whole_study) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("capacity: 400 people", "capacity: 400"),
        ("{place: abroad}", "{plcae: abroad}"),
        ("amount: 100 USD", "amount: 100"),
        ("currency: USD", "curency: USD"),
    ],
)
def test_it_refuses_what_the_loader_refuses(old, new, write_study):
    assert complaints(write_study((old, new)))


def test_each_shape_has_its_keys():
    for name, keys in SHAPES.items():
        shape = SCHEMA if name == "study" else SCHEMA["$defs"][name.replace(" ", "-")]
        for key in keys:
            assert f"'{key.name}'" in str(shape), (name, key.name)
