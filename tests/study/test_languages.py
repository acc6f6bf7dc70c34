"""A study's texts in several languages are read in one place, before anything else."""

from __future__ import annotations

import pytest

from sojourn.errors import StudyError
from sojourn.library.examples import example_folder
from sojourn.study.load import load_study

STUDY = """
study: {title}
period: {{from: 2026-01-01, to: 2028-01-01}}
facilities: {{north: {{capacity: 1200 people, label: {label}}}}}
states: {{prison: {{place: north}}, released: {{end: yes}}}}
transitions: {{prison -> released: {{after: 300 days}}}}
populations: {{all: {{stock: {{count: 10 people, state: prison}}}}}}
{more}
"""


def read(tmp_path, *, title="A study", label="North", more=""):
    (tmp_path / "study.yaml").write_text(STUDY.format(title=title, label=label, more=more), "utf-8")
    return load_study(tmp_path)


def facility(study, scenario="base"):
    return study.scenarios[scenario].facilities["north"].label


def test_a_text_in_two_languages_is_kept_in_the_study_s_and_found_in_the_other(tmp_path):
    study = read(tmp_path, title="{es: Un estudio, en: A study}", label="{en: North, es: Norte}")
    assert (study.language, study.title, facility(study)) == ("en", "A study", "North")
    assert study.translations == {"es": {"A study": "Un estudio", "North": "Norte"}}


def test_the_language_of_a_study_says_which_text_stands(tmp_path):
    study = read(tmp_path, label="{en: North, es: Norte}", more="language: es")
    assert (study.language, facility(study)) == ("es", "Norte")
    assert study.translations == {"en": {"Norte": "North"}}


def test_a_text_in_another_language_alone_stands_as_it_is(tmp_path):
    study = read(tmp_path, label="{es: Norte}")
    assert (facility(study), study.translations) == ("Norte", {"es": {"Norte": "Norte"}})


def test_names_without_a_label_are_translated_in_a_section_of_their_own(tmp_path):
    more = "translations: {es: {north: el norte, fee: tarifa}}"
    assert read(tmp_path, more=more).translations == {"es": {"north": "el norte", "fee": "tarifa"}}


def test_a_scenario_has_a_label_in_each_language_and_keeps_its_name(tmp_path):
    more = "scenarios: {base: {}, half: {label: {en: Half of it, es: La mitad}}, rest: {label: R}}"
    study = read(tmp_path, more=more)
    assert list(study.scenarios) == ["base", "half", "rest"]
    assert study.translations == {
        "en": {"half": "Half of it", "rest": "R"},
        "es": {"half": "La mitad"},
    }


def test_lists_and_overrides_have_texts_in_languages_too(tmp_path):
    more = (
        "limits: [plain, {en: other, es: otro}]\n"
        "scenarios: {base: {}, new: {facilities.north.label: {en: New, es: Nuevo}}}"
    )
    study = read(tmp_path, more=more)
    assert study.limits == ("plain", "other")
    assert (facility(study), facility(study, "new")) == ("North", "New")
    assert study.translations == {"es": {"other": "otro", "New": "Nuevo"}}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"label": "{en: North, ess: x}"}, "label"),
        ({"label": "{en: North, fr: Nord}"}, "north.label.fr: `fr` is no language"),
        ({"label": "{en: North, es: }"}, "north.label.es: nothing stands where text is needed"),
        ({"more": "language: fr"}, "language: `fr` is no language"),
        ({"more": "translations: {fr: {north: nord}}"}, "translations.fr: `fr` is no language"),
        ({"more": "translations: {es: {north: [a]}}"}, "translations.es.north: a list stands"),
        ({"more": "scenarios: {base: {label: {fr: x}}}"}, "base.label.fr: `fr` is no language"),
        (
            {"title": "{en: North, es: Sur}", "label": "{en: North, es: Norte}"},
            "“North” is also “Sur” in `es`",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path, given, told):
    with pytest.raises(StudyError, match=r"study\.yaml:\d+:\d+") as caught:
        read(tmp_path, **given)
    assert told in str(caught.value)


def test_every_translation_of_the_el_salvador_study_is_of_a_text_or_name_in_it():
    """What is renamed in the study would else be left in English without a word."""
    study = load_study(example_folder("us-el-salvador"))
    said = study.translations["es"]
    written = study.model_dump(mode="json", exclude={"translations"})
    found: set[str] = set()
    waiting = [written]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            found |= value.keys()
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, str):
            found.add(value)
    assert set(said) - found == set()
    labels = {
        part.label
        for scenario in study.scenarios.values()
        for parts in (scenario.facilities, scenario.states, scenario.gates, scenario.measures)
        for part in parts.values()
        if part.label
    }
    assert labels - set(said) == set()
    assert {study.title, *study.scenarios, *study.assumptions, *study.limits} <= set(said)
