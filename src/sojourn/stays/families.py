"""Families of durations that have parameters: one record each, and everything that is known of it.

The reader, the schema, the language page and the engine take what they need from these records, so
a family is added here and in `tests/stays/test_families.py` alone. Functions take days x ≥ 0 first,
then the parameters in their order, durations in days. The formulas of the mean excess are in
Klugman, Panjer and Willmot, *Loss Models*, appendix A; they keep their digits in the tail, where a
difference of limited expectations E[min(T, x)] would lose them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from scipy import special

    from sojourn.arrays import Floats

else:

    class _OnUse:
        """A module that is imported when it is used: to read a study, no arrays are needed."""

        def __init__(self, name: str) -> None:
            self.name = name

        def __getattr__(self, attribute: str) -> object:
            return getattr(import_module(self.name), attribute)

    np, special = _OnUse("numpy"), _OnUse("scipy.special")


class Parameter(NamedTuple):
    """One parameter, as an analyst writes it."""

    name: str
    kind: Literal["duration", "number"]
    about: str
    example: str
    zero: bool = False
    """Whether it may be 0, which only a duration may."""


class Fitting(NamedTuple):
    """How a family is fitted, by a scale and, if it has two parameters, a shape; both above 0.

    The scale is a duration of the stays' size, and shape 1 is ordinary: the search begins there.
    """

    left: Callable[..., Floats]
    """P(T > x) of x, scale and shape."""
    parameters: Callable[..., tuple[float, ...]]
    """The parameters of scale and shape."""
    refusal: Callable[..., tuple[str, str] | None] = lambda *_: None
    """Of scale and shape: what makes them useless and what would help, or None."""


@dataclass(frozen=True, slots=True)
class Family:
    """A family of durations."""

    name: str
    title: str
    parameters: tuple[Parameter, ...]
    mean: Callable[..., float]
    """E[T] in days."""
    excess: Callable[..., Floats]
    """E[max(T - x, 0)] in days; if the mean is infinite, up to a constant."""
    gone: Callable[..., Floats]
    """P(T ≤ x)."""
    below: Callable[..., Floats] | None = None
    """P(T < x), where it may differ from `gone`."""
    corners: Callable[..., tuple[float, ...]] = lambda *_: (0.0,)
    """Days on which P(T ≤ x) bends or jumps."""
    least: str = ""
    """The parameter that no stay is shorter than, if there is one."""
    most: str = ""
    """The parameter that no stay is longer than, if there is one."""
    mean_may_be_infinite: bool = False
    fitting: Fitting | None = None

    @property
    def example(self) -> str:
        """Its parameters as they are written."""
        return "{" + ", ".join(f"{each.name}: {each.example}" for each in self.parameters) + "}"


_MEAN = Parameter("mean", "duration", "Mean", "90 days")
_SD = Parameter("sd", "duration", "Standard deviation", "60 days")


def _fixed_excess(x: Floats, value: float) -> Floats:
    return np.maximum(value - x, 0.0)


def _fixed_gone(x: Floats, value: float) -> Floats:
    return np.where(x >= value, 1.0, 0.0)


def _fixed_below(x: Floats, value: float) -> Floats:
    return np.where(x > value, 1.0, 0.0)


FIXED = Family(
    "fixed",
    "Fixed",
    (Parameter("value", "duration", "The one length", "90 days", zero=True),),
    mean=lambda value: value,
    excess=_fixed_excess,
    gone=_fixed_gone,
    below=_fixed_below,
    corners=lambda value: (value,),
    least="value",
    most="value",
)
"""Written without the name of a family: `90 days`."""


def _exponential_excess(x: Floats, mean: float) -> Floats:
    return mean * np.exp(-x / mean)


_EXPONENTIAL = Family(
    "exponential",
    "Exponential",
    (Parameter("mean", "duration", "Mean", "60 days"),),
    mean=lambda mean: mean,
    excess=_exponential_excess,
    gone=lambda x, mean: np.asarray(-np.expm1(-x / mean)),
    fitting=Fitting(lambda x, scale: np.asarray(np.exp(-x / scale)), lambda scale: (scale,)),
)


def _gamma_excess(x: Floats, mean: float, sd: float) -> Floats:
    shape = (mean / sd) ** 2
    z = x / (mean / shape)
    return np.asarray(mean * special.gammaincc(shape + 1, z) - x * special.gammaincc(shape, z))


def _gamma_gone(x: Floats, mean: float, sd: float) -> Floats:
    shape = (mean / sd) ** 2
    return np.asarray(special.gammainc(shape, x * shape / mean))


_GAMMA = Family(
    "gamma",
    "Gamma",
    (_MEAN, _SD),
    mean=lambda mean, _sd: mean,
    excess=_gamma_excess,
    gone=_gamma_gone,
    fitting=Fitting(
        lambda x, scale, shape: np.asarray(special.gammaincc(shape, x / scale * shape)),
        lambda scale, shape: (scale, scale / math.sqrt(shape)),
    ),
)


def _lognormal_excess(x: Floats, mean: float, sd: float) -> Floats:
    variance = math.log1p((sd / mean) ** 2)
    sigma = math.sqrt(variance)
    mu = math.log(mean) - variance / 2
    with np.errstate(divide="ignore"):
        z = (np.log(x) - mu) / sigma
    return np.asarray(mean * special.ndtr(sigma - z) - x * special.ndtr(-z))


def _lognormal_gone(x: Floats, mean: float, sd: float) -> Floats:
    variance = math.log1p((sd / mean) ** 2)
    with np.errstate(divide="ignore"):
        return np.asarray(
            special.ndtr((np.log(x) - math.log(mean) + variance / 2) / math.sqrt(variance))
        )


def _lognormal_parameters(scale: float, shape: float) -> tuple[float, float]:
    mean = scale * math.exp(shape**2 / 2)
    return mean, mean * math.sqrt(math.expm1(shape**2))


def _lognormal_refusal(_scale: float, shape: float) -> tuple[str, str] | None:
    if shape <= 8:
        return None
    what = f"the logarithms of the stays spread by {shape:.1f}, so the mean has no meaning"
    return what, "use the table (leave out `fit`), or `fit: log-logistic`"


_LOGNORMAL = Family(
    "lognormal",
    "Lognormal",
    (_MEAN, _SD),
    mean=lambda mean, _sd: mean,
    excess=_lognormal_excess,
    gone=_lognormal_gone,
    fitting=Fitting(
        lambda x, scale, shape: np.asarray(special.ndtr(-np.log(x / scale) / shape)),
        _lognormal_parameters,
        _lognormal_refusal,
    ),
)


def _weibull_mean(scale: float, shape: float) -> float:
    return scale * math.gamma(1 + 1 / shape)


def _weibull_excess(x: Floats, scale: float, shape: float) -> Floats:
    with np.errstate(over="ignore"):
        z = (x / scale) ** shape
    mean = _weibull_mean(scale, shape)
    return np.asarray(mean * special.gammaincc(1 + 1 / shape, z) - x * np.exp(-z))


def _weibull_gone(x: Floats, scale: float, shape: float) -> Floats:
    with np.errstate(over="ignore"):
        return np.asarray(-np.expm1(-((x / scale) ** shape)))


_WEIBULL = Family(
    "weibull",
    "Weibull",
    (
        Parameter("scale", "duration", "Scale", "90 days"),
        Parameter("shape", "number", "Shape", "1.5"),
    ),
    mean=_weibull_mean,
    excess=_weibull_excess,
    gone=_weibull_gone,
    fitting=Fitting(
        lambda x, scale, shape: np.asarray(np.exp(-((x / scale) ** shape))),
        lambda scale, shape: (scale, shape),
    ),
)


def _log_logistic_mean(median: float, shape: float) -> float:
    if shape <= 1:
        return math.inf
    return median * (math.pi / shape) / math.sin(math.pi / shape)


def _log_logistic_excess(x: Floats, median: float, shape: float) -> Floats:
    with np.errstate(over="ignore", divide="ignore"):
        z = (x / median) ** shape
        gone, left = 1 / (1 + 1 / z), 1 / (1 + z)
    if shape > 1:
        # With P(T > x) as the variable, the integral of the tail is an incomplete beta; below the
        # median P(T > x) is so near 1 that P(T <= x) has the digits.
        a, b = 1 - 1 / shape, 1 / shape
        short, long = 1 - special.betainc(b, a, gone), special.betainc(a, b, left)
        return np.asarray(_log_logistic_mean(median, shape) * np.where(z < 1, short, long))
    # No mean: minus the integral of the survival function from 0, by Pfaff's transformation.
    return np.asarray(-x * left * special.hyp2f1(1.0, 1.0, 1 + 1 / shape, gone))


def _log_logistic_gone(x: Floats, median: float, shape: float) -> Floats:
    with np.errstate(over="ignore", divide="ignore"):
        return np.asarray(1.0 / (1.0 + (x / median) ** -shape))


_LOG_LOGISTIC = Family(
    "log-logistic",
    "Log-logistic",
    (
        Parameter("median", "duration", "Median", "90 days"),
        Parameter("shape", "number", "Shape", "2"),
    ),
    mean=_log_logistic_mean,
    excess=_log_logistic_excess,
    gone=_log_logistic_gone,
    mean_may_be_infinite=True,
    fitting=Fitting(
        lambda x, scale, shape: np.asarray(1.0 / (1.0 + (x / scale) ** shape)),
        lambda scale, shape: (scale, shape),
    ),
)


def _uniform_excess(x: Floats, a: float, b: float) -> Floats:
    if a == b:
        return np.maximum(a - x, 0.0)
    inner = np.clip(x, a, b)
    return np.maximum(a - x, 0.0) + (b - inner) ** 2 / (2 * (b - a))


def _uniform_gone(x: Floats, a: float, b: float) -> Floats:
    return _fixed_gone(x, a) if a == b else np.clip((x - a) / (b - a), 0.0, 1.0)


def _uniform_below(x: Floats, a: float, b: float) -> Floats:
    return _fixed_below(x, a) if a == b else _uniform_gone(x, a, b)


_UNIFORM = Family(
    "uniform",
    "Uniform",
    (
        Parameter("from", "duration", "Least", "10 days", zero=True),
        Parameter("to", "duration", "Greatest", "20 days", zero=True),
    ),
    mean=lambda a, b: (a + b) / 2,
    excess=_uniform_excess,
    gone=_uniform_gone,
    below=_uniform_below,
    corners=lambda a, b: (a, b),
    least="from",
    most="to",
)

FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (_EXPONENTIAL, _GAMMA, _LOGNORMAL, _WEIBULL, _LOG_LOGISTIC, _UNIFORM)
}
"""Those that an analyst writes by name."""
PARAMETRIC: dict[str, Family] = {FIXED.name: FIXED, **FAMILIES}
"""All that have parameters."""
FITTED: dict[str, Fitting] = {
    name: family.fitting for name, family in FAMILIES.items() if family.fitting is not None
}
"""How those are fitted that can be fitted to observed stays."""
