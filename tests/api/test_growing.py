"""Runs that grow: more draws of a finished run, and until a mean is known well enough."""

from __future__ import annotations

import pytest
from scipy import stats

import sojourn as sj
from sojourn.api.until import Precision, PrecisionGoal, precision, read_goal
from sojourn.results.errors_of_means import block_count, half_width
from sojourn.run.histories import RunHistories


@pytest.fixture(scope="module")
def study(whole_study):
    return sj.load(whole_study)


@pytest.fixture
def simulated(monkeypatch):
    """The numbers of the draws that are simulated."""
    numbers = []
    before = RunHistories._one_draw

    def one_draw(self, store, inputs, number, counter):
        numbers.append(number)
        before(self, store, inputs, number, counter)

    monkeypatch.setattr(RunHistories, "_one_draw", one_draw)
    return numbers


def assert_same(one, other):
    for name in one.tables:
        assert getattr(one, name) == getattr(other, name), name


def test_a_finished_run_grows_by_the_new_draws_alone(study, tmp_path, simulated):
    at_once = study.run(draws=6, seed=3, replicates=2)
    out = tmp_path / "run"
    study.run(draws=3, seed=3, replicates=2, out=out)
    simulated.clear()
    grown = study.run(draws=6, seed=3, replicates=2, out=out)
    assert sorted(simulated) == [3, 4, 5]
    assert_same(grown, at_once)
    simulated.clear()
    shrunk = study.run(draws=2, seed=3, replicates=2, out=out)
    assert not simulated
    assert_same(shrunk, study.run(draws=2, seed=3, replicates=2))


def test_a_difference_may_be_known_better_than_what_it_is_between(study):
    run = study.run(draws=3, replicates=2, seed=3)
    [found] = precision(run._found, read_goal("±1 of held_at_end against as agreed"))
    [row] = [
        row for row in run.compare(found.scenario.partition(" less ")[0], to="as agreed")
        if row["measure"] == "held_at_end"
    ]  # fmt: skip
    assert found.mean == row["mean"] and found.scenario.endswith(" less as agreed")
    both = (row["error_parameters"] ** 2 + row["error_simulation"] ** 2) ** 0.5
    blocks = len(run._found.draws)  # of one draw each, as there are fewer than 16
    assert found.width == pytest.approx(stats.t.ppf(0.975, blocks - 1) * both)
    with pytest.raises(sj.SojournError, match="no scenario `nix`"):
        precision(run._found, read_goal("±1 of held_at_end against nix"))


def test_other_histories_are_simulated_anew(study, tmp_path, simulated):
    study.run(draws=2, seed=3, out=tmp_path / "run")
    simulated.clear()
    study.run(draws=3, seed=4, out=tmp_path / "run")
    assert sorted(simulated) == [0, 1, 2]


def test_a_run_goes_on_until_the_mean_is_known(study, tmp_path, simulated):
    out = tmp_path / "run"
    first = study.run(draws=2, replicates=2, out=out, seed=1)
    row = next(
        r for r in first.summary("measures").to_dicts()
        if (r["scenario"], r["measure"]) == ("as agreed", "held_at_end")
    )  # fmt: skip
    simulated.clear()
    run = study.run(draws=2, replicates=2, out=out, seed=1, until="±12 % of held_at_end")
    draws = run.record["draws"]
    assert draws in (4, 8, 16, 32, 64)
    assert sorted(simulated) == list(range(2, draws))
    found = run.summary("measures").to_dicts()
    for row in found:
        if row["measure"] == "held_at_end":
            both = (row["error_parameters"] ** 2 + row["error_simulation"] ** 2) ** 0.5
            wide = half_width(block_count(range(draws)))
            assert wide * both <= 0.12 * abs(row["mean"]) + 1e-9
    offered = next(text for text in run.precision if text.startswith("as agreed"))
    assert f"with {draws} draws (inputs ±" in offered


@pytest.mark.parametrize(
    ("text", "goal"),
    [
        ("±2 % of held", ("held", 0.02, True)),
        ("+-50 of held_at_end", ("held_at_end", 50, False)),
        ("1.5 million USD of fee", ("fee", 1.5e6, False)),
        ("±3 % of fee against as now", ("fee", 0.03, True, "as now")),
        ("±3 % of fee against 'as now'", ("fee", 0.03, True, "as now")),
    ],
)
def test_a_goal_in_words(text, goal):
    found = read_goal(text)
    assert found == PrecisionGoal(*goal)


@pytest.mark.parametrize("text", ["±2 %", "±x of held", "±0 % of held", "-3 of held"])
def test_what_is_no_goal_is_refused(text):
    with pytest.raises(sj.SojournError, match="--until"):
        read_goal(text)


def test_what_is_left_is_said():
    short = Precision("a", 100.0, 3.0, 4.0, 2.0)
    assert "about 625 draws are needed; what is left is chance" in short.told(100)
    assert "the inputs: more draws" in Precision("a", 100.0, 4.0, 3.0, 2.0).told(100)
    assert "not ±" not in Precision("a", 100.0, 1.0, 1.0, 2.0).told(100)


def test_an_unknown_measure_is_refused(study):
    with pytest.raises(sj.SojournError, match="did you mean `held_at_end`"):
        study.run(draws=1, until="±2 % of held_at_en")
