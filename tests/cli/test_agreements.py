"""`sojourn agreements`: the list, one agreement, comparison, worked cases."""

from __future__ import annotations

import json

import pytest

from disk.machine import called
from library.reading import LIBRARY, NAMES

MARK = "(remembered, not read)"


def test_the_list_names_every_agreement_with_its_confidence(sojourn):
    done = sojourn("agreements")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines[1:-1]] == list(NAMES)
    (line,) = (line for line in lines if line.startswith("norway-netherlands"))
    assert "ended, 1 September 2015 to 31 August 2018" in line
    assert "fixed per year" in line
    assert "remembered (not read)" in line


def test_the_list_in_json(sojourn):
    rows = json.loads(sojourn("agreements", "--json").stdout)
    by_name = {row["name"]: row for row in rows}
    assert set(by_name) == set(NAMES)
    assert by_name["denmark-kosovo"]["weakest"] != "remembered"
    assert by_name["norway-netherlands"]["confidence"]["remembered"] > 0


def test_one_agreement_is_shown_whole(sojourn):
    text = sojourn("agreements", "norway-netherlands").stdout
    for wanted in (
        "provisions:", "price, fixed per year:", "which makes:", "rules:", "facts:", "sources:",
        "not established:", "cases:", "NOK 3,057 per place-day", "art. 1(h)",
        "https://regjeringen.no", "barred because of men",
    ):  # fmt: skip
        assert wanted in text, wanted
    joined = " ".join(text.split())
    assert f"care: bar much_care Selection practice; no text of it was read {MARK}" in joined
    assert f"people who need much care by practice. {MARK}" in joined


def test_one_agreement_in_json(sojourn):
    found = json.loads(sojourn("agreements", "norway-netherlands", "--json").stdout)
    assert found["rules"]["care"]["mark"] == MARK
    assert "mark" not in found["rules"]["men"]
    assert found["provisions"]["excluded"]["mark"] == MARK
    figures = {(each["per"], each["since"]): each["amount"] for each in found["figures"]}
    assert figures["place-day", "2015-09-01"] == 3056.72
    assert found["term"]["start"] == "2015-09-01"
    assert found["not established"]


def test_the_comparison_marks_what_was_remembered(sojourn):
    text = sojourn("agreements", "--compare").stdout
    assert text.count("norway-netherlands") == 3
    assert "EUR 191.78 per place-day (fee + green aid)" in text
    assert f"others if that state consents. {MARK}" in text
    tables = json.loads(sojourn("agreements", "--compare", "--json").stdout)
    assert list(tables) == [
        "Who may be sent", "Price", "Time and way out", "Minimums and tiers",
    ]  # fmt: skip
    tartu = next(
        row for row in tables["Minimums and tiers"] if row["agreement"] == "sweden-estonia"
    )
    assert tartu["a person-day at half the minimum"] == "EUR 558.90 (150)"


def test_two_agreements_alone_are_compared(sojourn):
    names = ("sweden-estonia", "denmark-kosovo")
    tables = json.loads(sojourn("agreements", *names, "--compare", "--json").stdout)
    assert [row["agreement"] for row in tables["Price"]] == list(names)


def test_worked_cases_of_all_pass(sojourn):
    done = sojourn("agreements", "--cases")
    assert done.returncode == 0, done.stdout
    assert "FAIL" not in done.stdout
    assert f"care {MARK}" in done.stdout


def test_a_case_that_fails_is_told_with_status_3(sojourn, tmp_path):
    text = (LIBRARY / "denmark-kosovo.yaml").read_text(encoding="utf-8")
    file = tmp_path / "mine.yaml"
    file.write_text(text.replace("bar: sentence = 'life'", "bar: sentence = 'fixed term'"), "utf-8")
    done = sojourn("agreements", file, "--cases")
    assert done.returncode == 3
    assert "FAIL  life: eligible" in done.stdout
    assert "expected barred: no_life_sentence" in done.stdout
    assert done.stdout.endswith("cases pass\n")
    found = json.loads(sojourn("agreements", file, "--cases", "--json").stdout)
    assert not found["ok"]
    assert found["failed"] == sum(not each["passed"] for each in found["cases"]["mine"])


def test_the_file_of_one_is_written_to_draft_from(tmp_path):
    file = tmp_path / "mine.yaml"
    status, told, _ = called("agreements", "sweden-estonia", "--to", file)
    assert status == 0 and f"sojourn agreements {file} --cases" in told
    assert file.read_bytes() == (LIBRARY / "sweden-estonia.yaml").read_bytes()
    for asked, said in (
        (("sweden-estonia", "--to", file), "there already"),
        (("sweden-estonia", "--to", tmp_path / "mine.txt"), "ends in .yaml"),
        (("--to", tmp_path / "all.yaml"), "name one"),
    ):
        status, told, error = called("agreements", *asked)
        assert status == 2 and not told and said in error
    assert list(tmp_path.iterdir()) == [file]


def test_an_unknown_name_is_refused_with_a_hint(sojourn):
    done = sojourn("agreements", "norway-netherland")
    assert done.returncode == 2
    assert "norway-netherlands" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("options", [("--compare", "--cases")])
def test_two_questions_at_once_are_refused(sojourn, options):
    done = sojourn("agreements", *options)
    assert done.returncode == 2
    assert "exclude each other" in done.stderr


def test_names_are_never_folded(monkeypatch, capsys):
    """A name in the list can be copied, however narrow the terminal."""
    from sojourn.cli import output
    from sojourn.cli.library import agreements

    made = output.Console

    def narrow(**options):
        return made(**{**options, "width": 80})

    monkeypatch.setattr(output, "Console", narrow)
    agreements()
    first = [line.split(" ")[0] for line in capsys.readouterr().out.splitlines()]
    assert set(NAMES) <= set(first)


def test_a_screening_and_an_explanation_mark_what_was_remembered(sojourn, tmp_path):
    facts = {
        "sex": "male", "age": "34", "sentence": "prison", "final": "yes", "remaining": "730",
        "requested": "2015-10-01",
    }  # fmt: skip
    cohort = tmp_path / "cohort.csv"
    cohort.write_text(f"{','.join(facts)},much_care\n{','.join(facts.values())},\n", "utf-8")
    agreement = ("--agreement", "norway-netherlands")
    screened = sojourn("screen", cohort, *agreement, "--smallest", 1)
    assert screened.returncode == 0, screened.stderr
    assert f"care {MARK} " in screened.stdout
    assert f"men {MARK}" not in screened.stdout
    case = tmp_path / "case.yaml"
    lines = (f"{name}: {value}\n" for name, value in {**facts, "remaining": "730 days"}.items())
    case.write_text("".join(lines), "utf-8")
    explained = sojourn("explain", case, *agreement, "--all")
    assert explained.returncode == 0, explained.stderr
    assert f"no text of it was read  {MARK}" in explained.stdout
