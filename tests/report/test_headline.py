from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from report.made_run import make_run, study_dict
from results.made import reseal
from sojourn.report.figures.blocks import BulletList, Callout
from sojourn.report.headline import answers, find_subject, prepare, sentence
from sojourn.report.moved import money_moved, people_moved
from sojourn.report.page import make_document, open_context
from sojourn.report.run_data import RunData
from sojourn.report.sections.answer import caveats as module_of_caveats
from sojourn.report.sections.answer.caveats import caveats, notices
from sojourn.report.sections.places.capacity import fillings
from sojourn.report.sections.places.capacity import sentence as filling
from sojourn.report.wording.ranges import Spread
from sojourn.study.model.study import StudyModel


def last_month(folder, scenario, draws=20):
    """People held at the end, by draw, counted another way."""
    table = pq.read_table(folder / "census.parquet")
    keep = pc.and_(pc.equal(table["state"], "held"), pc.equal(table["scenario"], scenario))
    table = table.filter(keep)
    table = table.filter(pc.equal(table["period"], pc.max(table["period"])))
    people = np.zeros(draws)
    np.add.at(people, table["draw"].to_numpy(), table["people"].to_numpy())
    return people


def test_end_is_mean_and_percentiles_over_draws(run_folder):
    with RunData(run_folder) as data:
        subject = find_subject(data.study)
        prepare(data, subject)
        found = answers(data, subject)["as offered"]
    people = last_month(run_folder, "as offered")
    assert subject.states == ("held",) and subject.label == "held in CECOT"
    assert found.end.mean == pytest.approx(people.mean())
    assert found.end.low == pytest.approx(np.quantile(people, 0.05))
    assert found.end.high == pytest.approx(np.quantile(people, 0.95))
    assert found.change == found.end  # nobody is held there in the baseline


def test_runs_without_a_row_count_as_zero(tmp_path):
    folder = make_run(tmp_path / "run")
    census = pq.read_table(folder / "census.parquet")
    pq.write_table(census.filter(pc.greater_equal(census["draw"], 10)), folder / "census.parquet")
    reseal(folder)
    whole = last_month(folder, "as offered")
    with RunData(folder) as data:
        subject = find_subject(data.study)
        prepare(data, subject)
        found = answers(data, subject)["as offered"]
    assert (whole[:10] == 0).all() and whole[10:].all()
    assert found.end.mean == pytest.approx(whole.mean())
    assert found.end.low == 0


def test_daily_peak_is_taken_where_the_run_kept_it(run_folder):
    with RunData(run_folder) as data:
        subject = find_subject(data.study)
        prepare(data, subject)
        found = answers(data, subject)["as offered"]
    assert found.peak.mean == pytest.approx(found.end.mean + 3, abs=1)


def test_the_strongest_input_comes_first(run_folder):
    with RunData(run_folder) as data:
        prepare(data, find_subject(data.study))
        found = people_moved(data, "as offered")
        assert people_moved(data, "law as it stands") is None  # nobody is held there in any draw
    assert found is not None
    path, effect = found.rows[0]
    assert path == "parameters.litigation_share" and effect.told
    assert effect.first.value > 0.8


def test_a_price_moves_no_number_of_people(run_folder):
    with RunData(run_folder) as data:
        prepare(data, find_subject(data.study))
        people, money = (moved(data, "as offered") for moved in (people_moved, money_moved))
    assert people is not None and money is not None
    move_people = {"parameters.litigation_share", "gates.no_injunction.chance"}
    assert set(people.inputs.paths) == move_people
    assert set(money.inputs.paths) == {*move_people, "money.payments.fee.amount"}


def subject_of(change) -> object:
    study = study_dict(names=("base", "other"))
    for scenario in study["scenarios"].values():
        change(scenario)
    return find_subject(StudyModel.model_validate(study))


def test_the_study_may_name_the_places_that_count():
    study = study_dict(names=("base", "other")) | {"held_in": ["federal_prisons"]}
    subject = find_subject(StudyModel.model_validate(study))
    assert subject.facilities == ("federal_prisons",)
    assert subject.states == ("us_prison", "nominated", "litigating")
    assert subject.why == "the places that the study names"


def test_subject_without_the_receiver_s_places_is_abroad():
    def change(scenario):
        scenario["facilities"]["cecot"]["country"] = "XX"

    assert subject_of(change).facilities == ("cecot",)


def test_subject_without_countries_is_where_nobody_starts():
    def change(scenario):
        for facility in scenario["facilities"].values():
            facility["country"] = None

    assert subject_of(change).facilities == ("cecot",)


def test_subject_without_agreement_is_every_place():
    def change(scenario):
        scenario["agreement"] = None

    assert subject_of(change).facilities == ("federal_prisons", "cecot")


def test_subject_without_places_is_everyone_who_may_still_leave():
    def change(scenario):
        scenario["facilities"] = {}
        for state in scenario["states"].values():
            state.pop("place", None)

    assert "released" not in subject_of(change).states
    assert "held" in subject_of(change).states


def test_a_change_on_both_sides_of_zero_is_not_called_one(run_folder):
    with RunData(run_folder) as data:
        subject = find_subject(data.study)
        prepare(data, subject)
        found = answers(data, subject)["as offered"]
        text = sentence(data, subject, replace(found, change=Spread(-6.4, -33, -6, 18)))
    assert text.startswith("No clear change in people held in CECOT on 3 February 2028")
    assert "“law as it stands”: −6 (5–95\u202f%: −33 to +18)" in text


def test_those_already_held_are_told_apart(run_folder):
    with RunData(run_folder) as data:
        context = open_context(data)
        text = sentence(data, context.subject, context.answers["as offered"])
        rows = {(r["scenario"], r["facility"]): r for r in fillings(context)}
        full = filling(context, rows["as offered", "cecot"])
    assert "besides 14,532 already held" in text
    assert "14,532 of them already taken" in full and "all free places are taken in" in full


def test_a_soft_facility_tells_by_how_much_it_is_over(tmp_path):
    folder = make_run(tmp_path / "run", study_dict(end="2025-08-04"), draws=2)
    table = pq.read_table(folder / "facilities.parquet").to_pylist()
    days = {row["period"]: 31 if row["period"].month in (3, 5, 7) else 30 for row in table}
    with RunData(folder) as data:
        for span in data.periods:
            days[span.start] = (span.stop - span.start).days
    for row in table:
        if row["facility"] == "federal_prisons":
            length = days[row["period"]]
            row |= {"days_full": length, "person_days": length * (row["capacity"] + 23500)}
    schema = pq.read_table(folder / "facilities.parquet").schema
    pq.write_table(pa.Table.from_pylist(table, schema=schema), folder / "facilities.parquet")
    firsts = pq.read_table(folder / "firsts.parquet")
    rows = firsts.to_pylist()
    for row in rows:
        row["first_full"] = min(days)
    pq.write_table(pa.Table.from_pylist(rows, schema=firsts.schema), folder / "firsts.parquet")
    reseal(folder)
    with RunData(folder) as data:
        context = open_context(data)
        row = next(r for r in fillings(context) if r["facility"] == "federal_prisons")
        text = filling(context, row)
    assert text == (
        "Federal prisons (190,000 places): above capacity on every day of every history, by 23,500 "
        "on average."
    )


def test_few_runs_are_told_beside_the_answer(run_folder):
    with RunData(run_folder) as data:
        context = open_context(data)
        assert notices(context)[0] == "Only 20 histories: the ranges are rough."
        assert any("the range depends on" in text for text in caveats(context))


def noted(study, tmp_path):
    folder = make_run(tmp_path / "run", study, draws=4)
    with RunData(folder) as data:
        return [text for text in notices(open_context(data)) if "not a world without" in text]


def test_a_baseline_that_asks_no_rule_and_holds_nobody_is_a_world_without_the_agreement(tmp_path):
    study = study_dict(end="2025-08-04")
    base = study["scenarios"]["law as it stands"]
    assert base["agreement"] is not None
    assert noted(study, tmp_path / "without") == []
    base["transitions"] = [
        base["transitions"][0] | {"when": "not barred"},
        *base["transitions"][1:],
    ]
    assert len(noted(study, tmp_path / "asks")) == 1


def test_nobody_at_the_end_is_said_so(run_folder):
    with RunData(run_folder) as data:
        subject = find_subject(data.study)
        prepare(data, subject)
        found = answers(data, subject)["as offered"]
        none = replace(found, end=Spread(0, 0, 0, 0), change=Spread(0, 0, 0, 0))
        text = sentence(data, subject, none)
        few = replace(none, end=Spread(0.1, 0, 0, 0))
        assert "as many people" in sentence(data, subject, few)
    assert text.startswith(
        "On 3 February 2028 nobody is held in CECOT, as under “law as it stands”; the change is "
        "widest at the end of"
    )


def test_no_input_is_said_to_move_what_hardly_varies(run_folder):
    with RunData(run_folder) as data:
        context = open_context(data)
        assert any("depends most on" in text for text in caveats(context))
        near = Spread(1000, 985, 1000, 1015)
        steady = {
            name: replace(answer, average_change=near) for name, answer in context.answers.items()
        }
        text = caveats(replace(context, answers=steady))
        assert not any("depends most on" in line for line in text)
        one = context.answers | {"as offered": steady["as offered"]}
        text = caveats(replace(context, answers=one))
        assert any("in the one scenario in which the change varies" in line for line in text)


def test_the_strongest_input_is_told_of_the_lead_scenario(run_folder):
    with RunData(run_folder) as data:
        context = open_context(data)
        (told,) = [text for text in caveats(context) if "depends most on" in text]
        assert f"“{data.lead}”" in told
        assert context.people_moved[data.lead].strongest is not None


def test_what_moves_the_number_is_of_the_days_that_are_told(run_folder):
    since = date(2026, 10, 1)
    with RunData(run_folder, year_starts=10) as data:
        context = open_context(data, from_year=2027)
        note = make_document(context, only="note").sections[0].blocks
        moved = context.people_moved_since(data.lead, since).effects
        whole = context.people_moved[data.lead].effects
        days = sum((span.stop - span.start).days for span in data.periods if span.start >= since)
    table = pq.read_table(run_folder / "census.parquet")
    chosen = (pc.field("state") == "held") & (pc.field("period") >= pa.scalar(since))
    held = {
        name: pc.sum(table.filter(chosen & (pc.field("scenario") == name))["person_days"]).as_py()
        for name in (data.lead, data.baseline)
    }
    average = ((held[data.lead] or 0) - (held[data.baseline] or 0)) / days / data.draws
    assert moved.mean == pytest.approx(average)
    assert moved.mean != pytest.approx(whole.mean, rel=0.01)
    (told,) = [text for block in note if isinstance(block, BulletList) for text in block.items
               if "depends most on" in text]  # fmt: skip
    over = "in the average number of people held in CECOT over 1 October 2026 to 3 February 2028"
    assert told.startswith(f"The change {over} depends most on litigation share")
    answer = next(block.text for block in note if isinstance(block, Callout))
    assert "over 1 October 2026 to 3 February 2028 changes by" in answer


def test_an_input_that_explains_little_does_not_decide(run_folder, monkeypatch):
    with RunData(run_folder) as data:
        context = open_context(data)
        share = context.people_moved[data.lead].strongest[1].first.value
        told = {}
        for least in (share, share + 1e-9):
            monkeypatch.setattr(module_of_caveats, "FAIR", least)
            told[least] = caveats(context)[0]
    decides, moves = told.values()
    assert decides.startswith("The change in the average number of people held")
    assert "depends most on litigation share" in decides
    assert moves.startswith("No single input decides the change in the average number of people")
    assert "; the one that moves it most in 2 of 2 scenarios is litigation share (30" in moves
