"""Whole-day stays against theory: mean, distribution, and the midnights a stay crosses."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

from sojourn.engine import stay_tables
from sojourn.engine.stay_tables import NEVER, cumulative, look_up, with_guide
from sojourn.errors import StudyError
from sojourn.stays.law import Law, check_law

FROZEN = [
    (Law("uniform", (3.0, 17.5)), stats.uniform(3, 14.5)),
    (Law("exponential", (9.0,)), stats.expon(scale=9)),
    (Law("gamma", (12.0, 7.0)), stats.gamma((12 / 7) ** 2, scale=49 / 12)),
    (
        Law("lognormal", (20.0, 25.0)),
        stats.lognorm(
            np.sqrt(np.log1p((25 / 20) ** 2)),
            scale=20 / np.sqrt(1 + (25 / 20) ** 2),
        ),
    ),
    (Law("weibull", (15.0, 0.8)), stats.weibull_min(0.8, scale=15)),
    (Law("log-logistic", (10.0, 2.5)), stats.fisk(2.5, scale=10)),
]


@pytest.mark.parametrize(("law", "truth"), FROZEN, ids=lambda x: getattr(x, "family", ""))
def test_survival_is_the_mean_over_the_time_of_day(law: Law, truth: stats.rv_frozen) -> None:
    # P(K > k) = the integral over u in (0, 1) of P(T > k + u), here by quadrature.
    got = law.survival(60)
    for k in (0, 1, 2, 5, 17, 42):
        kinks = [x - k for x in (3.0, 17.5) if 0 < x - k < 1]
        want, error = integrate.quad(lambda u, k=k: truth.sf(k + u), 0, 1, points=kinks or None)
        assert got[k] == pytest.approx(want, abs=max(1e-12, 2 * error))


@pytest.mark.parametrize(("law", "truth"), FROZEN, ids=lambda x: getattr(x, "family", ""))
def test_mean_is_kept_exactly(law: Law, truth: stats.rv_frozen) -> None:
    length = 200_000
    # The sum of P(K > k) is E[K], short of E[T] by what lies beyond the table.
    total = law.survival(length).sum() + law.excess(np.array([length]))[0]
    assert law.mean == pytest.approx(truth.mean(), rel=1e-12)
    assert total == pytest.approx(law.mean, rel=1e-10)


def test_fixed_whole_days_are_used_as_they_are() -> None:
    cdf, _ = cumulative(Law("fixed", (4.0,)), 10)
    np.testing.assert_allclose(cdf, [0, 0, 0, 0, 1])


def test_fixed_year_and_a_quarter_day_crosses_365_or_366_midnights() -> None:
    tail = Law("fixed", (365.25,)).survival(400)
    assert tail[364] == 1.0
    assert tail[365] == pytest.approx(0.25, abs=1e-12)
    assert tail[366] == 0.0


def test_table_and_mixture() -> None:
    table = Law("table", points=((0.0, 1.0), (30.0, 3.0)))
    np.testing.assert_allclose(table.survival(40)[[0, 29, 30]], [0.75, 0.75, 0.0])
    mixture = Law("mixture", parts=((0.25, Law("fixed", (2.0,))), (0.75, table)))
    np.testing.assert_allclose(mixture.survival(3), 0.25 * np.array([1, 1, 0]) + 0.75 * 0.75)
    assert mixture.mean == pytest.approx(0.25 * 2 + 0.75 * 22.5)


def test_quantiles_are_joined_by_straight_lines() -> None:
    law = Law("quantiles", points=((0.0, 0.0), (0.5, 10.0), (1.0, 40.0)))
    assert law.mean == pytest.approx(0.5 * 5 + 0.5 * 25)
    assert law.survival(60).sum() == pytest.approx(law.mean, rel=1e-12)


def test_look_up_inverts_the_table_for_every_quantile() -> None:
    cdf, guide = cumulative(Law("lognormal", (30.0, 60.0)), 365)
    arrays = (
        np.append(cdf, 2.0),
        np.array([0]),
        np.array([len(cdf)]),
        guide,
        np.array([0]),
        np.array([len(guide)]),
        np.array([-1]),
    )
    for u in np.concatenate([np.linspace(0, 1, 4001), cdf[:50], np.nextafter(cdf[:50], 0)]):
        k = look_up(float(u), 0, *arrays)
        want = int(np.searchsorted(cdf, u, side="right"))
        assert k == (want if want < len(cdf) else NEVER)


def test_guide_of_a_single_entry() -> None:
    cdf, guide = with_guide(np.array([1.0]))
    one = np.array([0])
    table = np.append(cdf, 2.0)
    assert look_up(0.999, 0, table, one, one + 1, guide, one, one + len(guide), one - 1) == 0


@pytest.mark.parametrize(
    "law",
    [
        Law("lognormal", (0.0, 1.0)),
        Law("exponential", (-3.0,)),
        Law("gamma", (float("nan"), 1.0)),
        Law("fixed", (-1.0,)),
        Law("quantiles", points=((0.1, 0.0), (1.0, 5.0))),
    ],
)
def test_impossible_parameters_are_refused(law: Law) -> None:
    with pytest.raises(StudyError):
        check_law(law, "transitions.a -> b.after")


def test_tables_are_kept_up_to_so_many_bytes_the_latest_asked_for_longest(monkeypatch):
    kept = stay_tables._Kept()
    monkeypatch.setattr(stay_tables, "_CACHE_BYTES", 3 * 80)
    for name in "abc":
        kept.keep(name, (np.zeros(6), np.zeros(4)))
    assert kept.get("a") is not None
    kept.keep("c", (np.zeros(6), np.zeros(4)))  # made twice at once, by two threads
    kept.keep("d", (np.zeros(10),))
    assert [name for name in "abcd" if kept.get(name) is not None] == ["a", "c", "d"]
