"""How many draws a mean, a median and a 95th percentile need: evenly spread against independent.

`python benchmarks/draws.py` prints the variance of each estimate with independent draws over that
with spread ones, which is how many times fewer draws are needed for the same error. The functions
stand for answers: additive ones as 20 prices, products as 20 factors of a population, and what is
between.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from sojourn.uncertainty.spread import spread_quantile

Floats = npt.NDArray[np.float64]
NUMBERS = 20
SIZES = (32, 128, 512)
REPEATS = 40
PATHS = tuple(f"parameters.number_{n}" for n in range(NUMBERS))
STATISTICS: dict[str, Callable[[Floats], float]] = {
    "mean": lambda values: float(values.mean()),
    "median": lambda values: float(np.quantile(values, 0.5)),
    "95 %": lambda values: float(np.quantile(values, 0.95)),
}


def _sum(u: Floats) -> Floats:
    return (u**2).sum(axis=1)


def _product(u: Floats) -> Floats:
    return np.prod(0.7 + 0.6 * u, axis=1)


def _threshold(u: Floats) -> Floats:
    return np.maximum(0.0, u[:, :6].sum(axis=1) - 2.8)


ANSWERS = {
    "a sum of 20": _sum,
    "a product of 20": _product,
    "people above a capacity": _threshold,
}


def spread(seed: int, draws: int, together: tuple[str, ...] = ()) -> Floats:
    """Quantiles [draw, number] as a run has them."""
    return np.array(
        [[spread_quantile(seed, n, path, together) for path in PATHS] for n in range(draws)]
    )


def independent(seed: int, draws: int) -> Floats:
    """The same, as plain draws."""
    return np.random.default_rng(seed).random((draws, NUMBERS))


def variances(answer: Callable[[Floats], Floats], made: list[Floats], draws: int) -> list[float]:
    """Over repeats, the variance of each statistic of the first draws."""
    found = [[of(answer(u[:draws])) for of in STATISTICS.values()] for u in made]
    return [float(v) for v in np.var(found, axis=0, ddof=1)]


def main() -> None:
    """Print one table."""
    most = max(SIZES)
    ways = {
        "spread": [spread(seed, most) for seed in range(REPEATS)],
        "six together": [spread(seed, most, PATHS[:6]) for seed in range(REPEATS)],
    }
    plain = [independent(seed, most) for seed in range(REPEATS * 5)]
    print(f"times fewer draws; {REPEATS} repeats, so each is known to a factor of about 1.2")
    print(f"{'answer':<26}{'draws':>6}  " + "".join(
        f"{way + ': ' + name:>22}" for way in ways for name in STATISTICS))  # fmt: skip
    for name, answer in ANSWERS.items():
        for draws in SIZES:
            base = variances(answer, plain, draws)
            ratios = []
            for made in ways.values():
                found = variances(answer, made, draws)
                ratios += [b / max(v, 1e-300) for b, v in zip(base, found, strict=True)]
            print(f"{name:<26}{draws:>6}  " + "".join(f"{ratio:>22.1f}" for ratio in ratios))


if __name__ == "__main__":
    main()
