"""An agreement: a case, a proof, two drafts, a cohort."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import sojourn as sj

CASE = {
    "requested": "2016-02-01", "sex": "male", "age": 34, "sentence": "prison", "final": True,
    "remaining": "730 days", "much_care": "no",
}  # fmt: skip


@pytest.fixture(scope="module")
def law():
    return sj.agreement("norway-netherlands")


def test_an_agreement_is_a_sentence_and_a_table_of_rules(law):
    assert repr(law) == (
        "Norgerhaven, the prison that Norway rented in the Netherlands (NO to NL, 7 rules)"
    )
    assert "<td>men</td>" in law._repr_html_()
    assert {row["fact"] for row in law.facts} >= {"age", "sex"}
    assert str(law).startswith("Norgerhaven")
    assert law.to_dict()["name"] == law.name == "norway-netherlands"


def test_the_list_names_what_can_be_opened():
    names = [row["name"] for row in sj.agreements()]
    assert names == list(sj.agreement_names())
    assert "norway-netherlands" in names
    with pytest.raises(sj.SojournError, match="did you mean `norway-netherlands`"):
        sj.agreement("norway-netherland")


def test_a_case_is_explained(law):
    assert law.explain(CASE).outcome == "eligible"
    woman = law.explain({**CASE, "sex": "female"}, name="a woman")
    assert (woman.outcome, woman.because) == ("barred", ("men",))
    assert repr(woman) == "a woman: barred, because of men"
    assert str(woman).startswith("a woman: barred, because of men\n")
    assert "<td>men</td>" in woman._repr_html_()
    missing = law.explain({key: CASE[key] for key in CASE if key != "final"})
    assert missing.outcome == "referred"


def test_a_file_of_cases_is_read(law, tmp_path, sojourn):
    file = tmp_path / "cases.yaml"
    file.write_text("one: {sex: female}\nother: {sex: male}\n", encoding="utf-8")
    cases = law.read_cases(file)
    assert [law.explain(case).outcome for case in cases.values()] == ["barred", "referred"]
    with pytest.raises(sj.SojournError, match="choose one with name=: one, other"):
        law.explain(file)
    told = law.explain(file, name="one")
    done = sojourn("explain", file, "--case", "one", "--agreement", "norway-netherlands")
    assert done.stdout == f"{told}\n"


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ({"sexx": "male"}, "sexx"),
        ({"age": "old"}, "`old` is not a number"),
        ({"name": "Kari"}, "would identify a person"),
    ],
)
def test_a_case_that_cannot_be_is_refused(law, case, said):
    with pytest.raises(sj.SojournError, match=said):
        law.explain(case)


def test_conditions_are_proven_or_a_case_is_shown(law):
    pytest.importorskip("z3")
    proof = law.prove(never="eligible and age < 18", always=["eligible or not eligible"])
    assert (proof.possible, proof.asked, proof.holds) == ("yes", ("yes", "yes"), True)
    assert repr(proof).startswith("somebody can be eligible; never eligible and age < 18: proven")
    assert not law.prove(never="eligible and sex = 'male'").holds
    with pytest.raises(sj.SojournError):
        law.prove(never="eligible and")


def test_drafts_are_compared(law):
    pytest.importorskip("z3")
    assert law.diff("norway-netherlands").equal
    assert repr(law.diff(law)) == ("The two agreements give every case the same outcome: proven.")


def test_without_the_solver_it_says_how_to_get_it(law, monkeypatch):
    monkeypatch.setattr("sojourn.api.agreements.agreement.find_spec", lambda _: None)
    with pytest.raises(sj.SojournError, match="pip install"):
        law.prove()


@pytest.fixture(scope="module")
def people():
    return pd.DataFrame(
        {
            "requested": pd.to_datetime(["2016-02-01"] * 3).date,
            "sex": ["male", "male", "female"],
            "age": [34, 40, 34],
            "sentence": ["prison"] * 3,
            "final": [True, None, True],
            "remaining": [730, 730, 730],
            "much_care": [False] * 3,
            "many": [100, 20, 30],
        }
    )


def test_a_data_frame_is_screened_as_its_file(law, people, tmp_path):
    found = law.screen(people, weights="many", by="sex", smallest=0)
    counts = {row["status"]: row["people"] for row in found.statuses}
    assert counts == {"people": 150, "eligible": 100, "barred": 30, "referred": 20}
    assert repr(found).endswith("150 people, 100 eligible, 30 barred, 20 referred")
    people.to_parquet(tmp_path / "people.parquet")
    out, rows = tmp_path / "out", tmp_path / "rows.parquet"
    of_file = law.screen(
        tmp_path / "people.parquet", weights="many", by="sex", smallest=0, out=out, rows=rows
    )
    assert of_file.to_dict() == found.to_dict()
    assert (out / "run.json").is_file() and rows.is_file()
    assert len(found.groups) == 3 and found.by == "sex"
    assert "<td>eligible</td>" in found._repr_html_()


def test_noise_is_added_unless_exact_counts_are_asked_for(law, people, tmp_path):
    with pytest.raises(sj.SojournError, match="a data frame has no place for the ledger"):
        law.screen(people, drop=["many"])
    found = law.screen(people, drop=["many"], ledger=tmp_path / "ledger.json")
    assert found.smallest == 20 and found.record["noise"] == 10
    assert len(found.funnel) == 7 and len(found.facts)
    again = law.screen(people, drop=["many"], ledger=tmp_path / "ledger.json")
    assert again.to_dict() == found.to_dict()


def test_what_is_no_cohort_is_refused(law):
    with pytest.raises(sj.SojournError, match="`int` is not a cohort"):
        law.screen(17)


def test_worked_cases_are_a_table(law):
    assert all(row["passed"] for row in law.cases)
    assert len(sj.compare_agreements([law])) == 4


STATUTE = """\
title: A statute
sending: A
receiving: B
eligible means: not barred by this statute
today: 2026-01-01
facts: {alien: {type: yes-no}, age: {type: number, range: [0, 120]}}
rules:
  old: {require: age >= 21, to: 2000-01-01, cite: section 1}
  alien: {require: alien, cite: section 2}
  adult: {require: age >= 18, cite: section 3}
"""


def test_what_eligible_means_is_said_with_every_outcome(tmp_path):
    file = tmp_path / "statute.yaml"
    file.write_text(STATUTE)
    statute = sj.agreement(file)
    said = "eligible means: not barred by this statute"
    told = statute.explain({"alien": True, "age": 20})
    assert list(told.lines())[:2] == ["case: eligible", said]
    assert told.to_dict()["eligible means"] == "not barred by this statute"
    assert said in str(statute).splitlines()
    assert statute.to_dict()["eligible means"] == "not barred by this statute"
    pytest.importorskip("z3")
    assert next(statute.prove().lines()) == said
    other = tmp_path / "other.yaml"
    other.write_text(STATUTE.replace("eligible means: not barred by this statute\n", ""))
    assert list(statute.diff(other).lines())[:3] == [
        "eligible in the old draft means: not barred by this statute",
        "eligible in the new draft means: not said",
        "The two agreements give every case the same outcome: proven.",
    ]
    assert said in list(statute.diff(file).lines())


def test_the_bits_of_a_mask_are_the_rules_of_the_file_whatever_the_day(tmp_path):
    file, rows = tmp_path / "statute.yaml", tmp_path / "rows.parquet"
    file.write_text(STATUTE)
    cases = pa.table({"alien": [True, False, None], "age": [20.0, 10.0, 30.0]})
    for today, masks, bits in (
        (None, [0, 0b110, 0], {"1": "alien", "2": "adult"}),
        ("1999-12-31", [1, 0b111, 0], {"0": "old", "1": "alien", "2": "adult"}),
    ):
        found = sj.agreement(file, today=today).screen(cases, smallest=0, rows=rows)
        told = pq.read_table(rows).to_pylist()
        assert [row["failed"] for row in told] == masks
        assert [row["unknown"] for row in told] == [0, 0, 0b10]
        assert found.record["bits"] == bits
        assert found.record["eligible means"] == "not barred by this statute"
        first = bits[str((masks[0] & -masks[0]).bit_length() - 1)] if masks[0] else None
        assert told[0]["first_failing"] == first
