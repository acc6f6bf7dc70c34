"""Independent z-scores, looked at and tested for being standard normal."""

from __future__ import annotations

import altair as alt
import numpy as np
import numpy.typing as npt
from scipy import stats

from picture import COLOURS, keep

LEVEL = 0.001

Floats = npt.NDArray[np.float64]


def assert_standard_normal(z: Floats, histories: int) -> None:
    """Shape, mean, spread and extremes, LEVEL over all four; each z is over so many histories."""
    n = len(z)
    # Each z has its own estimated error: it is t with one degree less than histories.
    spread = float((z**2).sum() / (histories - 1) * (histories - 3))
    p = {
        "shape": float(stats.kstest(z, "norm").pvalue),
        "mean": float(2 * stats.norm.sf(abs(z.sum()) / np.sqrt(n))),
        "spread": float(2 * min(stats.chi2.sf(spread, n), stats.chi2.cdf(spread, n))),
        "extremes": float(min(1.0, n * 2 * stats.norm.sf(np.abs(z).max()))),
    }
    assert min(p.values()) > LEVEL / len(p), p


def draw(name: str, z: Floats, what: str) -> None:
    """Histogram and quantiles of independent z-scores, sorted; `what` says of what they are."""
    n = len(z)
    place = np.arange(1, n + 1)
    theory = stats.norm.ppf((place - 0.5) / n)
    low, high = (stats.norm.ppf(stats.beta.ppf(q, place, n + 1 - place)) for q in (0.025, 0.975))
    rows = alt.InlineData(
        [
            {"theory": t, "z": s, "low": a, "high": b}
            for t, s, a, b in zip(theory, z, low, high, strict=True)
        ]
    )
    axis = alt.Scale(domain=[-4, 4], nice=False)
    plot = alt.Chart(rows).encode(x=alt.X("theory:Q", title="standard normal", scale=axis))
    band = plot.mark_area(color="#dddddd").encode(
        y=alt.Y("low:Q", title="z-score of a study", scale=axis), y2="high:Q"
    )
    dots = plot.mark_circle(size=14, color=COLOURS["Sojourn"], opacity=0.8, clip=True).encode(
        y="z:Q"
    )
    right = (band + dots).properties(
        width=330, height=300, title="Quantiles; the band holds each point in 95 %"
    )
    edges = np.linspace(-4, 4, 33)
    counts, _ = np.histogram(z, edges)
    bars = (
        alt.Chart(
            alt.InlineData(
                [
                    {"from": a, "to": b, "studies": int(c)}
                    for a, b, c in zip(edges[:-1], edges[1:], counts, strict=True)
                ]
            )
        )
        .mark_bar(color=COLOURS["Sojourn"], opacity=0.75)
        .encode(
            x=alt.X("from:Q", bin="binned", title="z-score of a study", scale=axis),
            x2="to:Q",
            y=alt.Y("studies:Q", title="studies"),
        )
    )
    x = np.linspace(-4, 4, 161)
    curve = (
        alt.Chart(
            alt.InlineData(
                [
                    {"x": float(a), "y": float(b)}
                    for a, b in zip(x, stats.norm.pdf(x) * n * 0.25, strict=True)
                ]
            )
        )
        .mark_line(color="#444444")
        .encode(x="x:Q", y="y:Q")
    )
    left = (bars + curve).properties(
        width=330, height=300, title=f"{n} studies and the normal curve"
    )
    within = float((np.abs(z) < 1.96).mean())
    keep(
        name,
        left | right,
        f"""
{what}
{100 * within:.1f} % lie within 1.96 (95 % if right); the mean is {z.mean():+.3f} (standard error
{1 / np.sqrt(n):.3f}), the standard deviation {z.std(ddof=1):.3f} (standard error
{1 / np.sqrt(2 * n):.3f}), the extremes {z[0]:.2f} and {z[-1]:.2f}.
""",
    )
