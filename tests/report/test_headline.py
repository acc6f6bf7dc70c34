from __future__ import annotations

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from report.made_run import make_run, study_dict
from sojourn.report.folder import RunData
from sojourn.report.headline import answers, find_subject, prepare
from sojourn.report.sensitivity import correlations
from sojourn.study.model import Study


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
        found = correlations(data, "as offered")
        assert correlations(data, "law as it stands") is None
    assert found is not None and found[0].path == "parameters.litigation_share"
    assert found[0].rho > 0.9


def subject_of(change) -> object:
    study = study_dict(names=("base", "other"))
    for scenario in study["scenarios"].values():
        change(scenario)
    return find_subject(Study.model_validate(study))


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
