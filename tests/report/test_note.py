"""The fiscal note: what it says first, and what it refuses to say."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from report.made_run import make_run, study_dict
from results.made import reseal
from sojourn.errors import ResultsError
from sojourn.report import yearly
from sojourn.report.figures.blocks import BulletList, Callout, Prose, ReportTable
from sojourn.report.page import make_document, open_context, write_report
from sojourn.report.run_data import RunData


def document(folder, **options):
    with RunData(folder, **options) as data:
        return make_document(open_context(data), only="note")


def blocks(made, kind):
    return [block for block in made.sections[0].blocks if isinstance(block, kind)]


@pytest.fixture(scope="module")
def made(run_folder_of_note):
    return document(run_folder_of_note, year_starts=10)


@pytest.fixture(scope="module")
def run_folder_of_note(tmp_path_factory):
    study = study_dict()
    study["lead"] = "injunction never"
    return make_run(tmp_path_factory.mktemp("runs") / "run", study, draws=4)


def test_the_note_answers_for_people_and_cost_first(made):
    people, cost = blocks(made, Callout)
    assert people.text.startswith("Yes: the average number of people held in CECOT over 4 February")
    assert " changes by +" in people.text and "against “law as it stands”" in people.text
    assert cost.text.startswith("Yes. US: ") and cost.text.endswith("nominal.")


def test_the_note_is_of_the_scenario_that_the_study_names(made):
    assert (
        made.sections[0].title == "Fiscal note: injunction never"
        and made.start == "injunction never"
    )


def test_columns_are_fiscal_years_named_by_the_year_in_which_they_end(made):
    people = next(b for b in blocks(made, ReportTable) if b.name == "note-people")
    assert [c.label for c in people.columns[1:]] == [
        "FY 2025 (239 days)", "FY 2026", "FY 2027", "FY 2028 (126 days)",
    ]  # fmt: skip
    assert [row["what"] for row in people.rows] == [
        "Admissions", "Releases", "Held at year-end", "Held on average", "Peak day",
    ]  # fmt: skip


def test_places_that_the_headline_does_not_count_have_their_change(made, run_folder_of_note):
    elsewhere = next(b for b in blocks(made, ReportTable) if b.name == "note-elsewhere")
    assert [row["what"] for row in elsewhere.rows] == ["federal prisons"]
    with RunData(run_folder_of_note) as data:
        (told,) = data.rows(
            "SELECT avg(change) AS mean FROM (SELECT draw, sum(if(scenario = 'injunction never', "
            "person_days, -person_days)) / 365 AS change FROM census JOIN spans USING (period) "
            "WHERE state IN ('us_prison', 'nominated', 'litigating') AND scenario IN "
            "('injunction never', 'law as it stands') AND period >= DATE '2025-10-01' "
            "AND period < DATE '2026-10-01' GROUP BY draw)"
        )
    assert elsewhere.rows[0]["2026"].mean == pytest.approx(told["mean"])


def test_a_part_of_a_year_says_its_own_days(made):
    told = next(b for b in blocks(made, ReportTable) if b.name == "note-what").rows[-1]["text"]
    assert "FY 2025 is a part of one, 239 days from 4 February 2025 to 30 September 2025" in told
    assert "FY 2028 is a part of one, 126 days from 1 October 2027 to 3 February 2028" in told


def test_methods_are_ten_lines_at_most(made):
    assert all(len(block.items) <= 10 for block in blocks(made, BulletList))


def test_no_prices_no_estimate(tmp_path):
    study = study_dict()
    for scenario in study["scenarios"].values():
        scenario["money"]["payments"] = {}
    folder = make_run(tmp_path / "run", study, draws=2, without=("money",))
    text = blocks(document(folder), Callout)[1].text
    assert text == "No estimate available, because the study names no prices."


def test_no_change_no_impact_but_the_cost_of_one_person(tmp_path):
    without = ("money", "census", "peaks", "flows")
    made = document(make_run(tmp_path / "run", draws=2, without=without))
    people, cost = blocks(made, Callout)
    assert people.text.startswith("No. ") and cost.text.startswith("No. Nobody pays more or less")
    unit = next(b for b in blocks(made, ReportTable) if b.name == "note-one-person")
    assert [str(column.text(unit.rows[0])) for column in unit.columns] == [
        "Fee for places", "US", "USD 15,000 to USD 25,000", "person-year", "not named", "2025",
    ]  # fmt: skip


def test_one_scenario_has_no_change_to_estimate(tmp_path):
    made = document(make_run(tmp_path / "run", study_dict(names=("law as it stands",)), draws=2))
    assert all("compares no scenario" in block.text for block in blocks(made, Callout))


def test_a_note_without_columns_and_an_unknown_part_are_refused(run_folder_of_note):
    for options, told in (({"years": 0}, "shows nothing"), ({"only": "notes"}, "no part `notes`")):
        with pytest.raises(ResultsError, match=told):
            write_report(run_folder_of_note, **options)


@pytest.fixture(scope="module")
def late_run(tmp_path_factory):
    """Of scenarios that are the same up to November 2026, in dates and in people."""
    study = study_dict()
    lead, base = study["scenarios"]["injunction never"], study["scenarios"]["law as it stands"]
    for key in ("agreement", "transitions", "gates", "facilities", "money"):
        base[key] = lead[key]
    study["lead"] = "injunction never"
    folder = make_run(tmp_path_factory.mktemp("runs") / "run", study, draws=4)
    for name in ("census", "flows", "peaks", "money"):
        table = pq.read_table(folder / f"{name}.parquet")
        early = pc.less(table["period"], pa.scalar(date(2026, 11, 1)))
        late = table.filter(pc.invert(early))
        same = table.filter(pc.and_(early, pc.equal(table["scenario"], "law as it stands")))
        at = same.schema.get_field_index("scenario")
        copies = [
            same.set_column(at, "scenario", pa.array([s] * len(same))) for s in study["scenarios"]
        ]
        whole = pa.concat_tables([t.cast(table.schema) for t in (late, *copies)])
        pq.write_table(whole, folder / f"{name}.parquet")
    reseal(folder)
    return folder


def test_a_note_begins_with_the_first_year_of_a_change_and_counts_from_there(late_run):
    made = document(late_run, year_starts=10)
    people = next(b for b in blocks(made, ReportTable) if b.name == "note-people")
    heads = [column.label for column in people.columns[1:]]
    assert heads == ["FY 2027", "FY 2028 (126 days)"]
    told = " ".join(block.text for block in blocks(made, Prose))
    assert "begins with FY 2027, the first in which a change takes effect" in told
    assert "`--from 2025` begins with the first year of the run" in told
    assert all(" 1 October 2026 to 3 February 2028" in b.text for b in blocks(made, Callout))
    with RunData(late_run, year_starts=10) as data:
        context = open_context(data, from_year=2025)
        early = make_document(context, only="note")
        found = yearly.money(context, (2025, 2026))
    bill = yearly.Bill("USD", "US", "any", "paid")
    whole, *parts = (
        found["injunction never", bill, "amount", year].value.mean for year in (None, 2027, 2028)
    )
    assert whole == pytest.approx(sum(parts))
    assert all("4 February 2025 to" in block.text for block in blocks(early, Callout))


def test_a_year_that_the_run_has_not_is_refused(late_run):
    with pytest.raises(ResultsError, match="no year 2031"):
        write_report(late_run, only="note", from_year=2031)
