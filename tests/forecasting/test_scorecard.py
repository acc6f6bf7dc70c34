"""The table of scores: small cases by hand, and what it says of missing targets."""

from __future__ import annotations

import numpy as np
import pytest

from sojourn.forecasting.forecasters import BASELINE, chosen
from sojourn.forecasting.history import SeriesHistory
from sojourn.forecasting.quantiles import LEVELS
from sojourn.forecasting.rolling import Rolled, roll
from sojourn.forecasting.scorecard import FORECASTS, SCORES, forecasts_table, scores_table
from sojourn.study.words.periods import Calendar


def certain(values: dict[str, float], actual: float) -> Rolled:
    """One series 2, 4, 2 and then what came; every forecaster is certain of one number."""
    history = SeriesHistory(("a",), Calendar("year", 11), 2000, np.array([[2.0, 4.0, 2.0, actual]]))
    quantiles = {name: np.full((1, 1, 1, len(LEVELS)), value) for name, value in values.items()}
    return Rolled(history, (2002,), (1,), quantiles)


def test_scores_of_one_forecast_by_hand():
    """5 was forecast, 4 came, and the series changed by 2 a year before."""
    row = scores_table(certain({BASELINE: 2.0, "other": 5.0}, 4.0)).to_pylist()[1]
    assert row["forecaster"] == "other"
    assert row["forecasts"] == 1
    assert row["mape"] == pytest.approx(25)
    assert row["bias"] == pytest.approx(25)
    assert row["mase"] == pytest.approx(0.5)
    assert row["wis"] == pytest.approx(1)
    assert row["crps"] == pytest.approx(1)
    assert row["wis_log"] == pytest.approx(np.log(6 / 5))
    assert row["coverage_80"] == 0
    assert row["width_80"] == 0
    assert row["relative_mape"] == pytest.approx(0.5)


def test_without_the_baseline_nothing_is_relative():
    for row in scores_table(certain({"other": 5.0}, 4.0)).to_pylist():
        assert row["relative_wis"] is None
        assert row["by_chance"] is None


def test_what_has_not_come_is_not_scored():
    for row in scores_table(certain({BASELINE: 2.0}, np.nan)).to_pylist():
        assert row["forecasts"] == 0
        assert row["mape"] is None
        assert row["relative_mape"] is None


def many() -> Rolled:
    random = np.random.default_rng(5)
    values = 100 * np.exp(np.cumsum(random.normal(0, 0.1, (3, 30)), axis=1))
    history = SeriesHistory(("a", "b", "c"), Calendar("year", 11), 1990, values)
    return roll(history, chosen([BASELINE, "damped trend"]), range(2000, 2015), (1, 2))


def test_targets_that_are_left_out_are_not_scored():
    rolled = many()
    everything = scores_table(rolled).to_pylist()[0]
    without = scores_table(rolled, range(2008, 2010)).to_pylist()[0]
    assert everything["forecasts"] == 3 * 15 * 2
    assert without["forecasts"] == 3 * (15 * 2 - 4)


def test_the_row_of_all_is_the_mean_of_its_parts():
    rows = scores_table(many()).to_pylist()
    mine = [row for row in rows if row["forecaster"] == "damped trend"]
    everything = next(row for row in mine if row["horizon"] is None and row["series"] == "all")
    series = [row for row in mine if row["series"] != "all"]
    horizons = [row for row in mine if row["horizon"] is not None]
    assert [len(series), len(horizons)] == [3, 2]
    for parts in (series, horizons):
        assert np.mean([row["wis"] for row in parts]) == pytest.approx(everything["wis"])


def test_the_table_of_forecasts_has_each_quantile_and_what_came():
    rolled = many()
    table = forecasts_table(rolled)
    assert table.column_names == [
        "series", "forecaster", "origin", "horizon", "target", "quantile", "value", "actual",
    ]  # fmt: skip
    assert len(table) == 2 * 15 * 3 * 2 * 21
    row = table.to_pylist()[-1]
    assert row["origin"] == "2014"
    assert row["target"] == "2016"
    assert row["quantile"] == 0.975
    assert row["actual"] == rolled.history.at(2016)[2]


def test_every_column_says_what_it_means():
    for about in (SCORES, FORECASTS):
        assert all(meaning.endswith(".") for _, meaning in about.values())
