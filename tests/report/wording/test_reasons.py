"""Reasons of verdicts, which a run holds in English, are said in the report's language."""

from __future__ import annotations

import re

import pytest

from sojourn.languages.phrases import speaking
from sojourn.report.wording.reasons import reason
from sojourn.results.claims import OF_MEANS, REASONS


def filled(text):
    """The text with a value for each name, none of which is a word."""
    return re.sub(r"\{\w+\}", "12.5 %", text)


@pytest.mark.parametrize("part", [*REASONS.values(), OF_MEANS])
def test_each_part_is_said_whole(part):
    english = filled(part)
    assert reason(english) == english
    with speaking("es"):
        said = reason(english)
    words = set(re.findall(r"[a-z]{4,}", re.sub(r"\{\w+\}", "", part)))
    assert not words & set(re.findall(r"[a-záéíóúñ]{4,}", said)) - {"fewest"}
    assert said.count("12,5 %") == english.count("12.5 %")


def test_parts_that_follow_each_other_are_said_one_by_one():
    text = (
        "it holds, and the study says that `parameters.petitions` decides it; the condition is "
        "true in 97 of 99 histories; 1 more are undetermined; without a value in some: fee, "
        "wage; between 92.9 % and 99.8 % of all there could be (95 % interval of 99 draws)"
    )
    with speaking("es"):
        assert reason(text) == (
            "se cumple, y el estudio dice que lo decide `parameters.petitions`; la condición se "
            "cumple en 97 de 99 simulaciones; otras 1 están indeterminadas; sin valor en algunas: "
            "fee, wage; entre el 92,9 % y el 99,8 % de todas las posibles (intervalo del 95 % de "
            "99 muestras)"
        )


def test_what_the_study_says_is_the_study_s_word():
    with speaking("es", {"no measure of safety": "ningún indicador de seguridad"}):
        assert reason("no measure of safety") == "ningún indicador de seguridad"
