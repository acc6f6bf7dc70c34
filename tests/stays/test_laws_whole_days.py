"""Every family's whole days K against theory, by ways that share nothing with the closed forms."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from sojourn.engine.stay_tables import NEVER, cumulative, look_up
from sojourn.stays.law import Law

GUST = Law("hazard", points=((0.0, 0.002), (30.0, 0.05 / 30.4375), (365.25, 0.0)))
FALL = Law("survival", points=((0.0, 1.0), (30.0, 0.8), (365.25, 0.1), (1095.75, 0.0)))


def lognormal(mean: float, sd: float):
    sigma = math.sqrt(math.log1p((sd / mean) ** 2))
    return stats.lognorm(sigma, scale=mean * math.exp(-(sigma**2) / 2))


def piecewise_hazard(points):
    def survive(t: float) -> float:
        passed = 0.0
        for (start, rate), end in zip(points, [p[0] for p in points[1:]] + [math.inf], strict=True):
            if t > start:
                passed += rate * (min(t, end) - start) if rate else 0.0
        return math.exp(-passed)

    return survive


def straight(points):
    days, left = zip(*points, strict=True)
    return lambda t: float(np.interp(t, days, left))


# name: (law, its survival function, where that bends)
CASES = {
    "uniform": (Law("uniform", (3.2, 17.5)), stats.uniform(3.2, 14.3).sf, (3.2, 17.5)),
    "uniform within a day": (Law("uniform", (0.25, 0.5)), stats.uniform(0.25, 0.25).sf,
                             (0.25, 0.5)),
    "exponential": (Law("exponential", (9.0,)), stats.expon(scale=9).sf, ()),
    "exponential, minutes": (Law("exponential", (0.01,)), stats.expon(scale=0.01).sf, (0.05,)),
    "exponential, lifetimes": (Law("exponential", (1e5,)), stats.expon(scale=1e5).sf, ()),
    "gamma": (Law("gamma", (12.0, 7.0)), stats.gamma((12 / 7) ** 2, scale=49 / 12).sf, ()),
    "gamma, nearly fixed": (Law("gamma", (40.0, 0.05)),
                            stats.gamma(640000.0, scale=40 / 640000).sf, (39.8, 40.0, 40.2)),
    "gamma, shape 0.01": (Law("gamma", (30.0, 300.0)), stats.gamma(0.01, scale=3000).sf,
                          (1e-9, 1e-6, 1e-3)),
    "lognormal": (Law("lognormal", (20.0, 25.0)), lognormal(20.0, 25.0).sf, ()),
    "lognormal, sd a hundred means": (Law("lognormal", (50.0, 5000.0)),
                                      lognormal(50.0, 5000.0).sf, (1e-4, 0.01, 0.1)),
    "lognormal, lifetimes": (Law("lognormal", (1e5, 2e5)), lognormal(1e5, 2e5).sf, ()),
    "lognormal, minutes": (Law("lognormal", (0.01, 0.02)), lognormal(0.01, 0.02).sf,
                           (0.001, 0.01, 0.1)),
    "weibull": (Law("weibull", (15.0, 1.5)), stats.weibull_min(1.5, scale=15).sf, ()),
    "weibull, shape 0.2": (Law("weibull", (2.0, 0.2)), stats.weibull_min(0.2, scale=2).sf,
                           (1e-9, 1e-6, 1e-3, 0.1)),
    "weibull, shape 20": (Law("weibull", (30.0, 20.0)), stats.weibull_min(20, scale=30).sf, ()),
    "log-logistic": (Law("log-logistic", (10.0, 2.5)), stats.fisk(2.5, scale=10).sf, ()),
    "log-logistic, hardly a mean": (Law("log-logistic", (10.0, 1.001)),
                                    stats.fisk(1.001, scale=10).sf, ()),
    "log-logistic, no mean": (Law("log-logistic", (5.0, 0.6)), stats.fisk(0.6, scale=5).sf,
                              (1e-6, 1e-3, 0.1)),
    "quantiles": (Law("quantiles", points=((0.0, 1.0), (0.25, 1.0), (0.5, 9.3), (1.0, 40.0))),
                  lambda t: 1.0 if t < 1 else float(np.interp(t, (1, 9.3, 40), (0.75, 0.5, 0))),
                  (1.0, 9.3, 40.0)),
    "survival": (FALL, straight(FALL.points), (30.0, 365.25, 1095.75)),
    "survival, some at once, some never": (
        Law("survival", points=((0.0, 0.9), (0.4, 0.8), (7.7, 0.3))),
        lambda t: float(np.interp(t, (0, 0.4, 7.7), (0.9, 0.8, 0.3))), (0.4, 7.7)),
    "hazard, some never": (GUST, piecewise_hazard(GUST.points), (30.0, 365.25)),
    "hazard within days": (
        Law("hazard", points=((0.0, 0.5), (2.3, 0.0), (2.7, 40.0), (3.1, 0.1))),
        piecewise_hazard(((0.0, 0.5), (2.3, 0.0), (2.7, 40.0), (3.1, 0.1))), (2.3, 2.7, 3.1)),
    "hazard, hardly any": (Law("hazard", points=((0.0, 1e-9),)), stats.expon(scale=1e9).sf, ()),
    "hazard of 1e-12 at first": (Law("hazard", points=((0.0, 1e-12), (9.0, 0.3))),
                                 piecewise_hazard(((0.0, 1e-12), (9.0, 0.3))), (9.0,)),
}  # fmt: skip
each = pytest.mark.parametrize("name", CASES)
WITH_MEAN = [name for name, (law, _, _) in CASES.items() if math.isfinite(law.mean)]
WITHIN_TABLE = [name for name, (law, _, _) in CASES.items() if law.survival(49_999)[-1] == 0]
"""Those whose second moment the table holds."""
DAYS = (0, 1, 2, 3, 7, 8, 9, 29, 30, 39, 40, 365, 1095, 4000, 40_000)


def integral(function, a: float, b: float, bends) -> tuple[float, float]:
    inner = [x for x in bends if a < x < b]
    edges = [a, *inner, b]
    parts = [
        integrate.quad(function, low, high, epsabs=1e-14, epsrel=1e-12, limit=200)
        for low, high in itertools.pairwise(edges)
    ]
    return sum(value for value, _ in parts), sum(error for _, error in parts)


@each
def test_each_day_has_the_probability_of_the_second_difference(name):
    # P(K = k) = G(k+1) - 2 G(k) + G(k-1) with G' = F, so it is the integral of the survival
    # function over (k-1, k) less that over (k, k+1); F below 0 is nil.
    law, survive, bends = CASES[name]
    tail = law.survival(40_002)
    got = np.concatenate([[1.0], tail[:-1]]) - tail
    # The closed form is a difference of two numbers as great as the mean at most.
    size = law.mean if math.isfinite(law.mean) else 40_002.0
    rounding = 1e-13 + 8 * np.finfo(float).eps * min(size, 1e8)
    if law.family == "hazard":
        rounding = 1e-13
    for k in DAYS:
        before, slack = integral(survive, k - 1, k, bends) if k else (1.0, 0.0)
        after, more = integral(survive, k, k + 1, bends)
        assert got[k] == pytest.approx(before - after, abs=rounding + 2 * (slack + more)), k


@pytest.mark.parametrize("name", WITH_MEAN)
def test_the_mean_of_whole_days_is_that_of_the_duration(name):
    law, _, _ = CASES[name]
    length = 49_999
    rest = float(law.excess(np.array([float(length)]))[0])
    assert law.survival(length).sum() + rest == pytest.approx(law.mean, rel=1e-9)


@pytest.mark.parametrize("name", WITHIN_TABLE)
def test_the_variance_is_that_of_the_duration_and_of_the_time_of_day(name):
    # Given T with fractional part f, K is the whole part plus a coin of probability f: so
    # Var[K] = Var[T] + E[f (1 - f)]. The second by quadrature on F itself.
    law, survive, bends = CASES[name]
    length = 49_999
    tail = law.survival(length)
    days = np.arange(length)
    variance = float(np.sum((2 * days + 1) * tail) - tail.sum() ** 2)
    longest = int(np.count_nonzero(tail)) + 1
    # Within days and between bends everything is smooth, but perhaps near 0 and on day 39.
    near = [*np.geomspace(1e-12, 1, 60), *np.linspace(39, 41, 201)]
    nodes, weights = cells(np.unique([*range(longest + 1), *near, *bends]))
    left = survive(nodes) if hasattr(survive, "__self__") else np.vectorize(survive)(nodes)
    second = np.sum(weights * 2 * nodes * left)
    # E[f (1 - f)] is the integral of (1 - 2 frac(t)) P(T > t).
    coin = np.sum(weights * (1 - 2 * (nodes - np.floor(nodes))) * left)
    # A table ends where less than 1e-13 is left, and the second moment misses what is beyond.
    beyond = 1e-10 + 1e-13 * longest**2
    assert variance == pytest.approx(second - law.mean**2 + coin, rel=1e-8, abs=beyond)


def cells(edges):
    """Nodes and weights of Gauss and Legendre's rule of 12 points between each two edges."""
    x, w = np.polynomial.legendre.leggauss(12)
    low, width = edges[:-1, None], np.diff(edges)[:, None]
    return (low + width * (1 + x) / 2).ravel(), (width * w / 2).ravel()


@each
def test_those_who_never_leave_stay_for_ever(name):
    law, survive, _ = CASES[name]
    want = survive(1e300) if "some never" in name else 0.0
    assert law.defect == pytest.approx(want, abs=1e-15)
    if law.defect:
        cdf, _ = cumulative(law, 2000)
        assert cdf[-1] == pytest.approx(1 - law.defect, abs=1e-14)
        assert one_look_up(law, 2000, 1 - law.defect + 1e-9) == NEVER
        assert one_look_up(law, 2000, 1 - law.defect - 1e-9) < NEVER


def arrays(law: Law, length: int):
    cdf, guide = cumulative(law, length)
    one = np.array([0])
    return (
        np.append(cdf, 2.0), one, np.array([len(cdf)]), guide, one, np.array([len(guide)]), one - 1
    )  # fmt: skip


def one_look_up(law: Law, length: int, u: float) -> int:
    return look_up(u, 0, *arrays(law, length))


@each
def test_looked_up_days_have_the_law(name):
    # Chi-square of 200,000 look-ups with a fixed seed, against quadrature; refused at 1e-4, so
    # that of the 25 families one in 400 sets of seeds would fail a table that is right.
    law, survive, bends = CASES[name]
    table = arrays(law, 4096)
    count = 200_000
    uniform = np.random.default_rng(20250204).random(count)
    drawn = np.array([look_up(u, 0, *table) for u in uniform])
    edges = [0]
    quantiles = np.quantile(np.where(drawn == NEVER, 4096, drawn), np.linspace(0, 1, 25))
    edges = sorted({0, 1, 2, *(int(q) for q in quantiles if q < 4096)})
    longer = [1.0] + [integral(survive, k - 1, k, bends)[0] for k in edges[1:]] + [0.0]
    want = -np.diff(longer)
    seen = np.histogram(drawn, bins=[*edges, NEVER + 1])[0]
    # Pool what is rare, so that the statistic has its distribution.
    keep = want * count >= 8
    expected = np.append(want[keep], want[~keep].sum()) * count
    observed = np.append(seen[keep], seen[~keep].sum())
    if expected[-1] < 8:
        order = np.argmax(expected)
        expected[order] += expected[-1]
        observed[order] += observed[-1]
        expected, observed = expected[:-1], observed[:-1]
    if len(expected) == 1:
        assert observed[0] == count
        return
    statistic = np.sum((observed - expected) ** 2 / expected)
    assert stats.chi2.sf(statistic, len(expected) - 1) > 1e-4


positive = st.floats(0.01, 1e5)
shapes = st.floats(0.05, 30.0)
rising = st.lists(st.floats(0.01, 400.0), min_size=1, max_size=6, unique=True).map(sorted)


@st.composite
def laws(draw) -> Law:
    family = draw(st.sampled_from(
        ["fixed", "uniform", "exponential", "gamma", "lognormal", "weibull", "log-logistic",
         "table", "quantiles", "survival", "hazard", "mixture"]
    ))  # fmt: skip
    if family in ("fixed", "exponential"):
        return Law(family, (draw(positive),))
    if family == "uniform":
        return Law(family, tuple(sorted((draw(positive), draw(positive)))))
    if family in ("gamma", "lognormal"):
        mean = draw(positive)
        return Law(family, (mean, mean * draw(st.floats(0.02, 50.0))))
    if family in ("weibull", "log-logistic"):
        return Law(family, (draw(positive), draw(shapes)))
    days = draw(rising)
    if family == "table":
        points = tuple((float(int(d)), draw(st.floats(0.01, 9.0))) for d in days)
        return Law(family, points=points, never=draw(st.sampled_from([0.0, 0.25])))
    if family == "hazard":
        rates = [draw(st.floats(0.0, 3.0)) for _ in range(len(days) + 1)]
        return Law(family, points=tuple(zip([0.0, *days], rates, strict=True)))
    if family == "mixture":
        share = draw(st.floats(0.01, 0.99))
        return Law("mixture", parts=((share, draw(laws())), (1 - share, draw(laws()))))
    shares = sorted(draw(st.floats(0.0, 1.0)) for _ in range(len(days) - 1))
    if family == "quantiles":
        return Law(family, points=tuple(zip([0.0, *shares, 1.0], [0.0, *days], strict=True)))
    left = [1.0, *(1.0 - s for s in shares), draw(st.sampled_from([0.0, 1.0])) * (
        1.0 - (shares[-1] if shares else 0.0))]  # fmt: skip
    return Law("survival", points=tuple(zip([0.0, *days], left, strict=True)))


@settings(max_examples=150, deadline=None)
@given(laws(), st.lists(st.floats(0.0, 1.0, exclude_max=True), min_size=1, max_size=40))
def test_the_guide_finds_what_bisection_finds(law, uniforms):
    table = arrays(law, 1200)
    cdf = table[0][:-1]
    assert np.all(np.diff(cdf) >= 0)
    assert cdf[0] >= 0
    assert cdf[-1] <= 1
    edges = cdf[:: max(1, len(cdf) // 40)]
    for u in (*uniforms, *(float(x) for x in np.concatenate([edges, np.nextafter(edges, 0)]))):
        if not 0 <= u < 1:
            continue
        want = int(np.searchsorted(cdf, u, side="right"))
        assert look_up(u, 0, *table) == (want if want < len(cdf) else NEVER)


@settings(max_examples=100, deadline=None)
@given(laws())
def test_the_mean_and_the_defect_are_kept(law):
    length = 49_999
    tail = law.survival(length)
    assert tail[-1] >= law.defect - 1e-12
    if math.isfinite(law.mean):
        # Less than 1e-13 a day is taken for nothing, over at most as many days as there are.
        assert tail.sum() + beyond(law, length) == pytest.approx(law.mean, rel=1e-8, abs=1e-8)


def beyond(law: Law, length: int) -> float:
    """E[max(T - length, 0)], where the table ends."""
    if law.family == "mixture":
        return sum(share * beyond(part, length) for share, part in law.parts)
    return 0.0 if law.family == "table" else float(law.excess(np.array([float(length)]))[0])


def test_a_table_of_which_some_never_leave():
    law = Law("table", points=((0.0, 1.0), (30.0, 3.0)), never=0.2)
    np.testing.assert_allclose(law.survival(40)[[0, 29, 30, 39]], [0.8, 0.8, 0.2, 0.2], atol=1e-15)
    assert math.isinf(law.mean)
    assert Law("table", points=((30.0, 3.0),), never=0.2).whole_steps() is None
    mixed = Law("mixture", parts=((0.5, law), (0.5, Law("fixed", (2.0,)))))
    assert mixed.defect == pytest.approx(0.1)
    np.testing.assert_allclose(mixed.survival(40)[[1, 2, 39]], [0.9, 0.4, 0.1], atol=1e-15)
