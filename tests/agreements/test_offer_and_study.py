"""The offer of the library is that of the study that ships."""

from __future__ import annotations

from agreements.reading import LIBRARY
from sojourn.study.load import load_study
from sojourn.study.yaml import plain, read_yaml

STUDY = LIBRARY.parent / "examples" / "us-el-salvador"


def written(path):
    return plain(read_yaml(path, path.name))


def test_terms_and_rules_are_the_same_to_the_word():
    offer = written(LIBRARY / "us-el-salvador-offer.yaml")
    study = written(STUDY / "agreement.yaml")
    for key in ("title", "sending", "receiving", "terms", "rules"):
        assert offer[key] == study[key], key


def test_facts_and_values_are_those_that_the_rules_of_the_study_read():
    offer = written(LIBRARY / "us-el-salvador-offer.yaml")
    facts = written(STUDY / "facts.yaml")
    for name, fact in offer["facts"].items():
        if name != "requested":
            assert {**facts[name], "about": ""} == {**fact, "about": ""}, name
    scenario = next(iter(load_study(STUDY).scenarios.values()))
    for name, value in offer["values"].items():
        assert scenario.parameters[name].value == value["value"], name
