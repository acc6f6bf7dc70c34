"""The schema for editors takes what the loader takes."""

from __future__ import annotations

import pytest
from jsonschema import Draft202012Validator
from sojourn.study.words.keys.shapes import SHAPES

from sojourn.library.examples import example_names, new_study
from sojourn.study.files.yaml import plain
from sojourn.study.load import ENTRY, read_tree
from sojourn.study.words.schema import json_schema

SCHEMA = json_schema()
SUING = "gamma: {mean: 60 days, sd: 30 days}"
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


@pytest.mark.parametrize(
    "stay",
    [
        "hazard: {0 days: 2 % per day, 9 days: {between: [1 % per week, 2 % per week]}, 1 year: 0}",
        "hazard: {0 days: {parameter: lawsuit_share}}",
        "survival: {0 days: 100 %, 30 days: 80 %}, rest: never",
        "table: stays.csv",
        "quantiles: stays.parquet",
        "survival: stays.csv, rest: never",
        "hazard: more/stays.csv",
        "observed: stays.csv, fit: log-logistic",
        "observed: stays.csv, rest: ends",
    ],
)
def test_it_takes_stays_by_points_and_from_files(stay, write_study):
    assert complaints(write_study((SUING, stay))) == []


@pytest.mark.parametrize(
    "stay",
    [
        "hazard: {0 days: 2 %}",
        "hazard: {0: 2 % per day}",
        "survival: {0 days: 2 % per day}",
        "table: stays",
        "observed: {stays: 3}",
        "observed: stays.csv, rest: maybe",
    ],
)
def test_it_refuses_stays_that_mean_nothing(stay, write_study):
    assert complaints(write_study((SUING, stay)))


def test_each_shape_has_its_keys():
    for name, keys in SHAPES.items():
        shape = SCHEMA if name == "study" else SCHEMA["$defs"][name.replace(" ", "-")]
        for key in keys:
            assert f"'{key.name}'" in str(shape), (name, key.name)
