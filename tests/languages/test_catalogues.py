"""Every text of the sources has one in each language, and what is shipped is what is written."""

from __future__ import annotations

import re

import pytest

pytest.importorskip("babel", reason="Babel collects the texts; it comes with the extra `test`")


from languages import catalogues
from sojourn.errors import SojournError
from sojourn.languages.phrases import CATALOGUES, known, language, own, phrase, plural, speaking
from sojourn.languages.units import UNITS
from sojourn.study.uncertain_shapes import DERIVED, ONE_OF, TOGETHER, UNCERTAIN_SHAPES

NAMED = re.compile(r"\{(\w+)\}")
"""A placeholder."""
each_language = pytest.mark.parametrize("code", catalogues.OTHERS)


def strings(text):
    return [text] if isinstance(text, str) else list(text or ())


@each_language
def test_every_text_is_there_translated_and_no_other(code):
    """`python tests/languages/catalogues.py` collects the texts; their translation is by hand."""
    found = catalogues.catalogue(code)
    ids = {message.id for message in found if message.id}
    assert ids == {message.id for message in catalogues.texts() if message.id}
    assert [message.id for message in found if not all(strings(message.string))] == []
    assert [message.id for message in found if message.id and message.fuzzy] == []


@each_language
def test_a_translation_has_the_names_spaces_and_stops_of_its_text(code):
    for message in catalogues.catalogue(code):
        if not message.id:
            continue
        one, *_ = ids = strings(message.id)
        for text in strings(message.string):
            assert set(NAMED.findall(text)) <= set().union(*map(NAMED.findall, ids)), text
            assert set(NAMED.findall(one)) <= set(NAMED.findall(text)), text
            for edge in (0, -1):
                assert (one[edge] == " ") == (text[edge] == " "), text
            assert (one[-1] in ".:") == (text[-1] in ".:"), text


@each_language
def test_the_compiled_catalogue_is_what_is_written(code):
    made = catalogues.compiled(catalogues.catalogue(code))
    assert (CATALOGUES / f"{code}.mo").read_bytes() == made


@each_language
def test_the_file_is_as_it_would_be_written(code):
    path = CATALOGUES / f"{code}.po"
    assert path.read_bytes() == catalogues.written(catalogues.renewed(code))


@each_language
def test_words_that_are_looked_up_by_value_are_translated(code):
    words = {message.id for message in catalogues.catalogue(code)}
    assert {*UNITS, *UNCERTAIN_SHAPES, TOGETHER, ONE_OF, DERIVED} <= words


def test_texts_are_english_until_another_language_is_spoken():
    assert phrase("Scenario: {name}.", name="a") == "Scenario: a."
    with speaking("es"):
        assert language() == "es"
        assert phrase("Scenario: {name}.", name="a") == "Escenario: a."
        with speaking("en"):
            assert phrase("Scenario: {name}.", name="a") == "Scenario: a."
        assert phrase("Scenario: {name}.", name="a") == "Escenario: a."
    assert phrase("Scenario: {name}.", name="a") == "Scenario: a."


def test_a_text_without_values_is_not_taken_for_a_pattern():
    assert phrase("a {brace}") == "a {brace}"


@each_language
def test_no_text_is_no_text(code):
    """In a catalogue, it is the key of the head."""
    with speaking(code):
        assert phrase("") == ""


@pytest.mark.parametrize(("count", "told"), [(0, "0 días"), (1, "1 día"), (1.5, "1,5 días")])
def test_words_follow_the_count(count, told):
    with speaking("es"):
        number = str(count).replace(".", ",")
        assert plural("{days} day", "{days} days", count, days=number) == told


def test_a_study_has_words_of_its_own():
    with speaking("es", {"The prison": "La cárcel"}):
        assert (own("The prison"), own("The court")) == ("La cárcel", "The court")
    assert own("The prison") == "The prison"


def test_a_language_without_texts_is_refused_with_those_that_have_some():
    with pytest.raises(SojournError, match=r"no texts in the language `fr`(?s:.)*es \(Spanish\)"):
        known("fr")
    with pytest.raises(SojournError), speaking("fr"):
        pass
    assert language() == "en"
