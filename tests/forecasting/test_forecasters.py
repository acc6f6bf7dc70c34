"""The forecasters: the rules by hand, and what holds of all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sojourn.errors import SojournError
from sojourn.forecasting import forecasters
from sojourn.forecasting.forecasters import BASELINE, FORECASTERS, OURS, chosen, not_installed
from sojourn.forecasting.history import SeriesHistory
from sojourn.forecasting.packaged import packaged
from sojourn.forecasting.pooled import pooled
from sojourn.forecasting.quantiles import LEVELS, MEDIAN
from sojourn.forecasting.rolling import roll
from sojourn.forecasting.rules import damped_trend, drift, linear, no_change
from sojourn.forecasting.scores import within
from sojourn.forecasting.season import season
from sojourn.study.words.periods import Calendar, PeriodStep

OWN = [each for each in FORECASTERS.values() if each.path]
YEARS = Calendar("year", 11)


def one(values, step: PeriodStep = "year") -> SeriesHistory:
    return SeriesHistory(("only",), Calendar(step), 0, np.array([values], dtype=float))


def made(
    series: int = 12, periods: int = 40, *, kept: float = 0.7, noise: float = 0.03, seed: int = 3
) -> SeriesHistory:
    """Series whose growth keeps a share of itself from year to year, with admissions beside."""
    random = np.random.default_rng(seed)
    growth = np.zeros((series, periods))
    growth[:, 0] = random.normal(0.03, noise, series)
    for period in range(1, periods):
        growth[:, period] = kept * growth[:, period - 1] + random.normal(0, noise, series)
    people = 1000 * np.exp(np.cumsum(growth, axis=1))
    names = tuple(f"series {number}" for number in range(series))
    return SeriesHistory(names, YEARS, 1980, people, {"admissions": people * 0.5})


def test_no_change_is_the_last_value():
    np.testing.assert_allclose(no_change(one([3, 5, 8]), (1, 5)), [[8, 8]])


def test_drift_is_the_line_from_the_first_value_of_the_last_run():
    np.testing.assert_allclose(drift(one([1, np.nan, 4, 5, 8]), (1, 5)), [[10, 18]])


def test_linear_is_the_line_of_24_months():
    """By years three values: their slope is half the last less the first, about their mean."""
    np.testing.assert_allclose(linear(one([99, 4, 5, 9]), (1, 2)), [[11, 13.5]])
    months = 100 + 2 * np.arange(40.0)
    np.testing.assert_allclose(linear(one(months, "month"), (1, 6)), [[180, 190]])


def test_damped_trend_keeps_four_fifths_of_growth_each_year():
    values = [100, 110, 121, 133.1]
    ratio = damped_trend(one(values), (1, 2))[0] / 133.1
    np.testing.assert_allclose(np.log(ratio) / np.log(1.1), [0.8, 0.8 + 0.64])
    quarters = 100 * 1.1 ** (np.arange(13) / 4)
    ratio = damped_trend(one(quarters, "quarter"), (4,))[0] / quarters[-1]
    kept = 0.8 ** (np.arange(1, 5) / 4)
    np.testing.assert_allclose(np.log(ratio) / np.log(1.1), kept.sum() / 4)


def test_a_rule_that_would_fall_below_zero_stops_there():
    assert linear(one([30, 20, 10]), (5,)) == 0
    assert drift(one([30, 20, 10]), (5,)) == 0


@pytest.mark.parametrize("forecaster", OWN, ids=lambda each: each.name)
def test_quantiles_rise_and_none_is_below_zero(forecaster):
    history = made(noise=0.2)
    history.values[0, 30:] = 0
    found = roll(history, [forecaster], [2010, 2015], (1, 2, 5, 10)).quantiles[forecaster.name]
    assert np.isfinite(found).all()
    assert (found >= 0).all()
    assert (np.diff(found, axis=-1) >= 0).all()


@pytest.mark.parametrize("forecaster", OWN, ids=lambda each: each.name)
def test_ranges_widen_with_the_horizon_also_where_no_error_is_known_yet(forecaster):
    """From the eighth period no error at ten steps is known; its range is that of five, doubled."""
    (found,) = roll(made(), [forecaster], [1987, 2015], (1, 2, 5, 10)).quantiles.values()
    width = np.log(found[..., -1] / found[..., 0])
    assert (np.diff(width, axis=-1) > -1e-9).all()
    np.testing.assert_allclose(width[0, :, 3], 2 * width[0, :, 2])


def test_the_median_of_a_rule_is_the_rule():
    history = made()
    found = roll(history, chosen([BASELINE]), [2010], (1, 5)).quantiles[BASELINE]
    np.testing.assert_array_equal(found[0, :, 0, MEDIAN], history.at(2010))


@pytest.mark.parametrize("forecaster", OWN, ids=lambda each: each.name)
def test_nothing_that_comes_later_reaches_a_forecast(forecaster):
    """The future is shuffled, between years and between series, and every forecast stays."""
    history, random = made(), np.random.default_rng(8)
    origin = 2005
    later = slice(origin - history.first + 1, None)

    def shuffled(values):
        values = values.copy()
        future = values[:, later]
        values[:, later] = random.permutation(future.ravel()).reshape(future.shape)
        return values

    other = replace(
        history,
        values=shuffled(history.values),
        beside={name: shuffled(values) for name, values in history.beside.items()},
    )
    assert not np.array_equal(other.values, history.values)
    origins, horizons = range(origin - 6, origin + 1), (1, 2, 5, 10)
    before, after = (
        roll(each, [forecaster], origins, horizons).quantiles[forecaster.name]
        for each in (history, other)
    )
    np.testing.assert_array_equal(before, after)


def test_no_later_month_reaches_a_season():
    history = months(season=0.1, noise=0.01).until(80)
    other = replace(history, values=history.values.copy())
    other.values[:, 61:] = np.random.default_rng(1).permutation(other.values[:, 61:].T).T
    before, after = (
        roll(each, chosen([OURS]), [60], (1, 12)).quantiles[OURS] for each in (history, other)
    )
    np.testing.assert_array_equal(before, after)


def test_a_series_unknown_at_the_origin_has_no_forecast():
    history = made()
    history.values[3, 2005 - 1980] = np.nan
    found = roll(history, OWN, [2004, 2005, 2006], (1,)).quantiles
    for quantiles in found.values():
        known = np.isfinite(quantiles).all(axis=(1, 2, 3)), np.isfinite(quantiles[:, 3, 0, 0])
        assert not known[1][1]
        assert np.isnan(quantiles[1]).any(axis=(1, 2)).sum() == 1


def test_sojourn_learns_how_growth_goes_on():
    """Growth keeps 70 % of itself: the best path is known, and ours comes near it."""
    history = made(series=30, periods=60, noise=0.02)
    logs = np.log(history.values)
    ours, best, still = [], [], []
    for origin in range(2010, 2035):
        path = np.log(pooled(history.until(origin), (3,))[:, 0])
        now, then = logs[:, origin - 1980], logs[:, origin + 3 - 1980]
        growth = now - logs[:, origin - 1 - 1980]
        ours.append(then - path)
        best.append(then - now - growth * (0.7 + 0.7**2 + 0.7**3))
        still.append(then - now)
    error = {name: np.abs(each).mean() for name, each in
             (("ours", ours), ("best", best), ("still", still))}  # fmt: skip
    assert error["ours"] < error["best"] + 0.2 * (error["still"] - error["best"])


def test_sojourn_knows_neither_names_nor_order_nor_size():
    history = made()
    order = np.random.default_rng(2).permutation(len(history.names))
    other = SeriesHistory(
        tuple(f"other {number}" for number in order),
        history.calendar,
        history.first,
        history.values[order] * 10,
        {"entries": history.beside["admissions"][order] * 10},
    )
    path = pooled(history, (1, 5))
    np.testing.assert_allclose(pooled(other, (1, 5)), 10 * path[order], rtol=1e-9)


def test_sojourn_does_not_take_a_shock_for_a_trend():
    """A fall without example is not carried on further than falls that were seen."""
    history = made(noise=0.01)
    history.values[:, -1] *= 0.7
    path = pooled(history, (5,))[:, 0]
    assert (path > 0.9 * history.values[:, -1]).all()


@pytest.mark.parametrize("step", ["year", "quarter", "month"])
def test_sojourn_of_nobody_and_of_what_never_changes_or_grows_evenly(step):
    assert (pooled(one([0] * 30, step), (1, 5)) == 0).all()
    np.testing.assert_allclose(pooled(one([7] * 30, step), (1, 5)), 7)
    even = pooled(one(np.arange(30.0), step), (1, 5))
    assert (even > 29).all()


def test_sojourn_forecasts_one_short_series_and_months():
    assert np.isfinite(pooled(one([5, 6]), (1, 3))).all()
    months = one(100 + 10 * np.sin(np.arange(60)), "month")
    assert np.isfinite(pooled(months, (1, 12, 24))).all()


def months(season: float, noise: float) -> SeriesHistory:
    random = np.random.default_rng(6)
    period = np.arange(120)
    walk = np.cumsum(random.normal(0, noise, (4, 120)), axis=1)
    heights = 6 + walk + season * np.sin(2 * np.pi * period / 12)
    return SeriesHistory(tuple("abcd"), Calendar("month"), 0, np.exp(heights))


def test_a_season_is_found_and_chance_is_not_one():
    waves = months(season=0.1, noise=0.005)
    found = season(np.log(waves.values), 12)
    # The part of the last period stands last: period 119 is month 11.
    np.testing.assert_allclose(
        found, 0.1 * np.tile(np.sin(2 * np.pi * np.arange(12) / 12), (4, 1)), atol=0.02
    )
    calm = np.log(months(season=0.0, noise=0.02).values)
    assert np.abs(season(calm, 12)).max() < 0.02
    assert (season(calm, 1) == 0).all()


def test_sojourn_follows_a_season_at_its_pace():
    history = months(season=0.1, noise=0.005)
    rolled = roll(history, chosen([OURS, BASELINE]), range(80, 108, 4), (3, 6))
    error = {
        name: np.abs(np.log(quantiles[..., MEDIAN] / rolled.actual)).mean()
        for name, quantiles in rolled.quantiles.items()
    }
    assert error[OURS] < 0.35 * error[BASELINE]


def test_ranges_cover_what_they_say():
    """Random walks: 80 % ranges hold 80 % within five standard errors of dependent targets."""
    history = made(series=40, periods=60, kept=0.0, noise=0.05, seed=11)
    rolled = roll(history, chosen([OURS, BASELINE]), range(2005, 2035), (1, 3, 5))
    for quantiles in rolled.quantiles.values():
        for percent in (50, 80, 95):
            inside = within(quantiles, rolled.actual, percent)
            share = percent / 100
            # Targets three apart overlap; a series has about 30 / 3 independent ones.
            error = np.sqrt(share * (1 - share) / (40 * 10))
            assert abs(np.nanmean(inside) - share) < 5 * error


def test_models_of_statsforecast_give_rising_quantiles():
    pytest.importorskip("statsforecast")
    found = packaged("AutoETS", made(series=2).until(2010), (1, 3))
    assert found.shape == (2, 2, len(LEVELS))
    assert (np.diff(found, axis=-1) >= 0).all()
    assert np.isnan(packaged("AutoETS", one([1, 2, 3]), (1,))).all()


def test_without_statsforecast_its_models_are_left_out_and_named(monkeypatch):
    monkeypatch.setattr(forecasters, "find_spec", lambda _: None)
    assert [each.name for each in chosen(None)] == [each.name for each in OWN]
    assert set(not_installed(None)) == {"ETS", "theta", "ARIMA", "CES", "median of four"}
    assert not_installed([OURS]) == ()
    with pytest.raises(SojournError, match=r"pip install .statsforecast"):
        chosen(["median of four"])


def test_an_unknown_forecaster_is_refused():
    with pytest.raises(SojournError, match="did you mean `drift`"):
        chosen(["drft"])
    with pytest.raises(SojournError, match="no forecaster"):
        chosen([])
