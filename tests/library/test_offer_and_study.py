"""The offer of the library is that of the study that ships."""

from __future__ import annotations

from library.reading import LIBRARY
from sojourn.study.files.yaml import plain, read_yaml
from sojourn.study.load import load_study

STUDY = LIBRARY.parents[1] / "examples" / "us-el-salvador"


def written(path):
    return plain(read_yaml(path, path.name))


def test_terms_and_rules_are_the_same_to_the_word():
    """But for the days of orders given within the study's period: it decides on its first day."""
    offer = written(LIBRARY / "us-el-salvador-offer.yaml")
    study = written(STUDY / "agreement.yaml")
    dated = {name for name, rule in offer["rules"].items() if rule.keys() & {"from", "to"}}
    assert dated == {"notice", "notice_and_habeas"}
    for name in dated:
        for key in ("from", "to"):
            offer["rules"][name].pop(key, None)
    for key in ("title", "sending", "receiving", "eligible means", "terms", "rules"):
        assert offer[key] == study[key], key


def test_facts_sources_and_values_are_those_of_the_study():
    offer = written(LIBRARY / "us-el-salvador-offer.yaml")
    facts, sources = written(STUDY / "facts.yaml"), written(STUDY / "sources.yaml")
    given = load_study(STUDY).scenarios["law as it stands"].parameters
    for name, fact in offer["facts"].items():
        assert name == "requested" or name in given or facts[name] == fact, name
    assert given["notice"].value == 25
    for name, source in offer["sources"].items():
        assert sources.get(name, source) == source, name
    scenario = next(iter(load_study(STUDY).scenarios.values()))
    for name, value in offer["values"].items():
        assert scenario.parameters[name].value == value["value"], name
