"""What users of prison impact statements expect, each found in the report of a run.

The points are those of the laws on such statements (18 USC 4047 and those of states), of the
practice of forecasters, and of the checklists CHEERS, ISPOR-SMDM and STRESS-DES.
"""

from __future__ import annotations

import re

import pytest

from report.made_run import make_run, study_dict
from report.reader import Page
from sojourn.report.page import make_document, open_context
from sojourn.report.run_data import RunData
from sojourn.report.sections.answer.note_money import impact, tables
from sojourn.report.sections.answer.note_years import note_years

RANGE = r"\( ?5–95 % ?: [+−]?[\d,.]+ to [+−]?[\d,.]+\)"


@pytest.fixture(scope="module")
def text(page):
    """What stands on the page, by the key of its section."""
    parts = re.split(r'<section id="(\w+)" aria', page.partition("</main>")[0])
    shown = {
        key: Page("<section aria" + part).text
        for key, part in zip(parts[1::2], parts[2::2], strict=True)
    }
    return {key: part.replace("\u202f", " ").replace("\u00a0", " ") for key, part in shown.items()}


POINTS = [
    (1, "answer", rf"people are held in CECOT on .* under “law as it stands” {RANGE}; the peak"),
    (2, "compared", r"law and practice constant.*Without the rule “citizen”.*Effective dates"),
    (3, "note", r"Admissions.*Releases.*Held at year-end.*Held on average.*Peak day"),
    (4, "note", r"Places and first shortfall.*Chance of a shortfall.*\d+ % 1 Jun 2026"),
    (5, "note", r"Change in cost.*All, present value at 3 %.*US pays.*Prices are those of 2025"),
    (5, "money", r"Paid by payer and year.*Each party's view.*Receives.*Change against"),
    (6, "overview", r"On 3 February 2028.*24,000 13,000–38,000"),
    (6, "answer", r"How far to trust this The change in the average number .* depends most on"),
    (6, "measures", r"Simulation error and parameter error.*± by inputs ± by chance"),
    (7, "measures", r"Predictive: does it agree with what came later\?"),
    (8, "methods", r"Assumptions Those nominated.*Limits What happens to people after"),
    (9, "claims", r"cannot be determined.*no measure of safety is in the model"),
    (10, "people", r"by group.*Change of the average.*citizenship: SV.*not shown"),
    (11, "matters", r"Which number matters, in people.*litigation share"),
    (12, "measures", r"Face:.*Verification:.*Cross:.*External:.*Predictive:"),
    (13, "reproduction", r"Digest.*Seed 7.*Replicates a draw 1.*Command sojourn run trial"),
    (14, "people", r"CSV of .*Source: Sojourn .*Cite as: “"),
    (15, "answer", r"It describes; it makes no recommendation"),
]  # fmt: skip


@pytest.mark.parametrize(("number", "section", "wanted"), POINTS)
def test_the_point_is_in_its_section(text, number, section, wanted):
    assert re.search(wanted, text[section]), text[section][:3000]


def test_every_number_in_the_notes_tables_has_its_range(text):
    """Point 6: what varies has a range beside it."""
    table = text["note"].partition("Admissions ")[2].partition("Releases")[0]
    assert re.fullmatch(r"(\d[\d,.]* \d[\d,.]*–\d[\d,.]* ?){4}", table), table


def test_both_errors_are_told_apart_with_replicates(tmp_path):
    """Point 6: the error of each mean by uncertain inputs, and by chance."""
    folder = make_run(tmp_path / "run", study_dict(end="2025-08-04"), draws=4, replicates=3)
    with RunData(folder) as data:
        document = make_document(open_context(data))
    (section,) = [each for each in document.sections if each.key == "measures"]
    (errors,) = [block for block in section.blocks if getattr(block, "name", "") == "error"]
    assert {"± by inputs", "± by chance"} <= {column.label for column in errors.columns}
    rows = errors.data
    assert rows and all(0 <= row["simulation_sd"] <= row["history_sd"] * 1.01 for row in rows)
    assert all(row["error_parameters"] is not None for row in rows)


def test_where_no_total_can_be_given_one_person_s_cost_is(tmp_path):
    """Point 9: a range on both sides of zero is no estimate; the cost of one person stands."""
    folder = make_run(tmp_path / "run", study_dict(end="2025-08-04"), draws=4)
    with RunData(folder) as data:
        clear = open_context(data)
        years = note_years(clear)
        assert impact(clear, years).startswith("Yes.")
        assert "Cost of one person" not in [block.caption for block in tables(clear, years)]
    with RunData(folder) as data:
        data.rows(
            "CREATE TABLE unclear AS SELECT * REPLACE (if(scenario = 'as offered', "
            "amount * (0.7 + 0.2 * draw), amount) AS amount) FROM money"
        )
        data.rows("CREATE OR REPLACE TEMP VIEW money AS SELECT * FROM unclear")
        unclear = open_context(data)
        years = note_years(unclear)
        assert impact(unclear, years).startswith("No estimate available of its direction, because")
        assert "Cost of one person" in [block.caption for block in tables(unclear, years)]


def test_words_are_neutral(page, run_folder):
    """Point 15: the report's own words do not judge; the study's and its sources' may."""
    with RunData(run_folder) as data:
        study = data.study.model_dump_json()
    judging = r"\b(should|ought|unfortunately|illegals?|aliens?|criminals?|excessive|alarming)\b"
    for word in set(re.findall(judging, Page(page).text, re.I)):
        assert word in study
