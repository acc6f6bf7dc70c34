"""What is said of an agreement is said in Spanish; what its file says stays as it is written."""

from __future__ import annotations

import re

import pytest

from languages import catalogues
from sojourn.errors import StudyError
from sojourn.languages.phrases import speaking
from sojourn.library.as_text import agreement_lines, case_lines
from sojourn.library.compare import comparisons, minimums
from sojourn.library.worked_cases import run_cases
from sojourn.rules.agreement.file import read_agreement
from sojourn.study.files.joined_agreements import library_file

FILES = ("norway-netherlands", "belgium-netherlands")


def english():
    """Texts of ours in English, by the words between their placeholders."""
    for message in catalogues.catalogue("es"):
        if message.id and any(place[0].startswith("library/") for place in message.locations):
            for piece in re.split(r"\{\w+\}", str(message.id)):
                if len(re.findall(r"[a-z]{2,}", piece)) >= 3 and piece not in str(message.string):
                    yield piece.strip()


def test_an_agreement_and_its_cases_are_told_in_spanish():
    for name in FILES:
        law = read_agreement(name)
        with speaking("es"):
            told = "\n".join([*agreement_lines(law), *case_lines(law, run_cases(law))])
        assert "\ndisposiciones:\n" in told
        assert re.search(r"pasan \d+ de \d+ casos", told)
        assert "(recordado, no leído)" in told
        written = " ".join(library_file(name).read_text(encoding="utf-8").split())
        ours = [piece for piece in english() if piece not in written]
        assert [piece for piece in ours if piece in told] == []
        assert law.title in told.replace("\n", " ")


def test_amounts_are_written_as_in_spanish():
    with speaking("es"):
        told = "\n".join(agreement_lines(read_agreement(FILES[0])))
    assert "NOK 270\u202f000\u202f000 desde el 1 de septiembre de 2015" in told
    assert "por plaza-día" in told


def test_tables_that_compare_agreements_have_spanish_heads():
    laws = [read_agreement(name) for name in FILES]
    plain = [*comparisons(laws), minimums(laws)]
    with speaking("es"):
        said = [*comparisons(laws), minimums(laws)]
    assert [table.title for table in said] == [
        "Quién puede ser enviado", "Precio", "Plazo y salida", "Mínimos y tramos",
    ]  # fmt: skip
    for one, other in zip(plain, said, strict=True):
        assert len(one.names) == len(other.names)
        assert {"agreement", "who", "price", "status and dates"} & set(other.names) == set()


def test_a_file_in_both_languages_is_read_in_that_of_the_moment(tmp_path):
    path = tmp_path / "both.yaml"
    path.write_text(
        "title: {en: Places, es: Plazas}\nsending: A\nreceiving: B\nrules: {}\n"
        "about: {en: Rented places}\nfacts: {}\n",
        encoding="utf-8",
    )
    assert read_agreement(path).title == "Places"
    with speaking("es"):
        law = read_agreement(path)
    assert (law.title, law.about) == ("Plazas", "Rented places")
    path.write_text("title: {en: Places, fr: Lieux}\nsending: A\nreceiving: B\n", "utf-8")
    with pytest.raises(StudyError, match=r"both\.yaml:1:\d+: title\.fr: `fr` is no language"):
        read_agreement(path)
