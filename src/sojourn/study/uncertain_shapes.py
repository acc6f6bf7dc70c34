"""The distributions of uncertain numbers: one record for each, with its quantiles.

A number is drawn by its quantile `u`, uniform between 0 and 1, so two scenarios that write another
range for the same number share `u`. SciPy is imported where it is needed: a study without such
numbers does not wait for it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from sojourn.arrays import Floats
    from sojourn.study.model.values import Quantity

TAIL = 1e-6
"""Share of a normal or lognormal distribution beyond its least, and its greatest, value drawn."""
MOST_IMPOSSIBLE = 1e-3
"""The greatest share of a distribution that may lie where the number cannot be; it is cut off."""
INSIDE = 0.9
"""Share of a distribution between the two numbers of `90 % between`."""
MOST_TOGETHER = 12
"""The most numbers that `run.spread together` names."""
COUNT_PRIOR = 0.5
"""Added to each count, by Jeffreys' prior (Proceedings of the Royal Society A 186, 1946)."""
_PERT_WEIGHT = 4.0
"""Of the best guess against either end, as in the original method of 1959."""


class UncertainShape(NamedTuple):
    """How an uncertain number is distributed."""

    name: str
    about: str
    quantile: Callable[[Quantity, Any], Any]
    """The value below which the number lies with a probability."""
    by: str = ""
    """The key whose two numbers it is written with: `between` or `90 % between`; else none."""
    arrays: bool = False
    """Whether `quantile` takes an array too, with the same values bit for bit."""


def _uniform(number: Quantity, u: Any) -> Any:  # noqa: ANN401 -- a number or an array
    low, high = _ends(number)
    return low + u * (high - low)


def _log_uniform(number: Quantity, u: float) -> float:
    low, high = map(math.log, _ends(number))
    return math.exp(low + u * (high - low))


def _triangular(number: Quantity, u: float) -> float:
    low, high = _ends(number)
    width = high - low
    peak = (number.value - low) / width
    if u < peak:
        return low + width * math.sqrt(u * peak)
    return high - width * math.sqrt((1.0 - u) * (1.0 - peak))


def _pert(number: Quantity, u: Any) -> Any:  # noqa: ANN401 -- a number or an array
    from scipy.special import betaincinv  # noqa: PLC0415 -- only for studies that need it

    low, high = _ends(number)
    peak = (number.value - low) / (high - low)
    left, right = 1.0 + _PERT_WEIGHT * peak, 1.0 + _PERT_WEIGHT * (1.0 - peak)
    return low + (high - low) * betaincinv(left, right, u)


def _normal(number: Quantity, u: float) -> float:
    from scipy.special import ndtr, ndtri  # noqa: PLC0415 -- only for studies that need it

    (low, high), (mean, sd) = _ends(number), number.numbers
    below, above = ndtr((low - mean) / sd), ndtr((high - mean) / sd)
    return min(high, max(low, mean + sd * float(ndtri(below + u * (above - below)))))


def _lognormal(number: Quantity, u: float) -> float:
    from scipy.special import ndtr, ndtri  # noqa: PLC0415 -- only for studies that need it

    (low, high), (mean, sd) = _ends(number), number.numbers
    below, above = (float(ndtr((math.log(end) - mean) / sd)) for end in (low, high))
    return min(high, max(low, math.exp(mean + sd * float(ndtri(below + u * (above - below))))))


def _beta(number: Quantity, u: Any) -> Any:  # noqa: ANN401 -- a number or an array
    from scipy.special import betaincinv  # noqa: PLC0415 -- only for studies that need it

    return betaincinv(*number.numbers, u)


def _row(number: Quantity, u: float) -> float:
    return number.numbers[int(u * len(number.numbers))]


def _ends(number: Quantity) -> tuple[float, float]:
    if number.low is None or number.high is None:
        raise ValueError(f"{number.path}: an uncertain quantity needs a low and a high value")
    return number.low, number.high


BETWEEN, LIKELY = "between", "90 % between"
COUNTED, TABLE = "counted", "draws"
TOGETHER, ONE_OF, DERIVED = MADE_OF_OTHERS = ("counted together", "one of", "derived")
"""Shapes of numbers that are made from the random numbers of several, or from other numbers."""
UNCERTAIN_SHAPES = {
    shape.name: shape
    for shape in (
        UncertainShape(
            "uniform", "every value as likely as any other", _uniform, BETWEEN, arrays=True
        ),
        UncertainShape(
            "triangular", "rises straight to `best`, and falls straight", _triangular, BETWEEN
        ),
        UncertainShape(
            "pert",
            "a beta distribution with mean (low + 4 best + high) / 6 (Malcolm, Roseboom, Clark and "
            "Fazar, Operations Research 7, 1959)",
            _pert,
            BETWEEN,
            arrays=True,
        ),
        UncertainShape("loguniform", "every factor as likely as any other", _log_uniform, BETWEEN),
        UncertainShape(
            "normal", "5 % lie below the first number and 5 % above the second", _normal, LIKELY
        ),
        UncertainShape(
            "lognormal",
            "its logarithm is normal; 5 % lie below the first number and 5 % above the second",
            _lognormal,
            LIKELY,
        ),
        UncertainShape(
            "beta",
            "a share; 5 % lie below the first number and 5 % above the second; with `mean`, 90 % "
            "lie between them and the mean is as written",
            _beta,
            LIKELY,
            arrays=True,
        ),
        UncertainShape(
            COUNTED, "a share of which a count tells: beta (yes + ½, no + ½)", _beta, arrays=True
        ),
        UncertainShape(TABLE, "a row of a table of draws; columns of one file share the row", _row),
    )
}
"""Distributions that need their own quantile alone, by name."""


def at_quantile(number: Quantity, u: float) -> float:
    """The value of an uncertain number below which it lies with probability `u`.

    Raises ValueError if its range is missing, KeyError if it is made of other numbers.
    """
    if number.low is not None and number.low == number.high:
        return number.low
    return float(UNCERTAIN_SHAPES[number.shape].quantile(number, u))


def at_quantiles(number: Quantity, u: Floats) -> Floats:
    """As `at_quantile`, of many probabilities."""
    import numpy as np  # noqa: PLC0415 -- most who read a study need no arrays

    shape = UNCERTAIN_SHAPES[number.shape]
    if shape.arrays and number.low != number.high:
        return np.asarray(shape.quantile(number, u))
    return np.array([at_quantile(number, each) for each in u.tolist()])


def middle_ninety(number: Quantity) -> tuple[float, float]:
    """The values below which a number lies with 5 % and with 95 %; not of those made of others."""
    if number.shape == TOGETHER:
        own = number.numbers[number.addresses.index(number.path)]
        shape = {"shape": "beta", "numbers": (own, sum(number.numbers) - own)}
        number = number.model_copy(update=shape)
    return at_quantile(number, (1 - INSIDE) / 2), at_quantile(number, (1 + INSIDE) / 2)


def normal_by(low: float, high: float) -> tuple[float, float]:
    """Mean and standard deviation of the normal distribution with 5 % below and above the two."""
    from scipy.special import ndtri  # noqa: PLC0415 -- only for studies that need it

    return (low + high) / 2, (high - low) / 2 / float(ndtri((1 + INSIDE) / 2))


def far_ends(mean: float, sd: float) -> tuple[float, float]:
    """The least and the greatest value drawn of a normal distribution."""
    from scipy.special import ndtri  # noqa: PLC0415 -- only for studies that need it

    far = sd * float(ndtri(1 - TAIL))
    return mean - far, mean + far


def beta_by(low: float, high: float) -> tuple[float, float]:
    """The beta distribution with 5 % below the first share and 5 % above the second.

    Both ends lie strictly between 0 and 1, the first below the second. Solved for the logarithms of
    its two parameters, from the normal distribution of the logit. Raises ValueError if no beta
    distribution is found.
    """
    from scipy.optimize import root  # noqa: PLC0415 -- only for studies that need it
    from scipy.special import betaincinv  # noqa: PLC0415 -- only for studies that need it

    tail = (1 - INSIDE) / 2
    middle, width = normal_by(_logit(low), _logit(high))
    centre = 1 / (1 + math.exp(-middle))
    size = max(0.5, 1 / (width**2 * centre * (1 - centre)))
    aim = (_logit(low), _logit(high))

    def off(logs: list[float]) -> list[float]:
        a, b = (math.exp(min(30.0, max(-30.0, each))) for each in logs)
        found = (float(betaincinv(a, b, level)) for level in (tail, 1 - tail))
        return [_logit(share) - goal for share, goal in zip(found, aim, strict=True)]

    start = [math.log(size * centre), math.log(size * (1 - centre))]
    solved = root(off, start, tol=1e-12)
    if max(map(abs, off(solved.x))) > 1e-6:
        raise ValueError(f"no beta distribution has 90 % between {low} and {high}")
    return math.exp(solved.x[0]), math.exp(solved.x[1])


def beta_with_mean(low: float, high: float, mean: float) -> tuple[float, float]:
    """The beta distribution with this mean and 90 % between the two shares.

    Of several, the most concentrated. Raises ValueError if there is none.
    """
    from scipy.optimize import brentq  # noqa: PLC0415 -- only for studies that need it
    from scipy.special import betainc  # noqa: PLC0415 -- only for studies that need it

    def off(log_size: float) -> float:
        a, b = mean * math.exp(log_size), (1 - mean) * math.exp(log_size)
        return float(betainc(a, b, high) - betainc(a, b, low)) - INSIDE

    grid = [-4 + 0.25 * step for step in range(112, -1, -1)]  # logarithms of a + b
    for above, below in pairwise(grid):
        if off(above) >= 0 > off(below):
            size = math.exp(brentq(off, below, above, xtol=1e-13))
            return mean * size, (1 - mean) * size
    raise ValueError(f"no beta distribution with mean {mean} has 90 % between {low} and {high}")


def _logit(share: float) -> float:
    share = min(1 - 1e-15, max(1e-300, share))
    return math.log(share) - math.log1p(-share)
