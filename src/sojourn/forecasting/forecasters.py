"""The forecasters: each with its name, what it does, and how it makes a forecast."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Final

from sojourn.arrays import Floats
from sojourn.errors import Problem, SojournError, install
from sojourn.forecasting.history import SeriesHistory
from sojourn.forecasting.pooled import pooled
from sojourn.forecasting.rules import damped_trend, drift, linear, no_change
from sojourn.study.files.suggest import did_you_mean

OURS: Final = "sojourn"
BASELINE: Final = "no change"
"""The forecaster to which all are compared."""
PACKAGE: Final = "statsforecast"
REMEDY: Final = install(f"{PACKAGE}>=2.0")
"""The command that makes all forecasters run here."""

Path = Callable[[SeriesHistory, Sequence[int]], Floats]


@dataclass(frozen=True, slots=True)
class Forecaster:
    """One forecaster. Exactly one of `path`, `model` and `median_of` is given."""

    name: str
    about: str
    path: Path | None = None
    """The path of each series, (series, horizons); its ranges come from its own past errors."""
    model: str = ""
    """A model of statsforecast, fitted to each series alone, with the ranges that it states."""
    median_of: tuple[str, ...] = ()
    """Forecasters whose quantiles are combined by their median."""

    @property
    def packaged(self) -> bool:
        """Whether it needs the package statsforecast."""
        return bool(self.model or self.median_of)


_SINGLE = ("ETS", "theta", "ARIMA", "CES")

FORECASTERS: Final = {
    each.name: each
    for each in (
        Forecaster(OURS, "growth learned from all series at once, flows included", pooled),
        Forecaster(BASELINE, "the last value", no_change),
        Forecaster("drift", "the line from the first value to the last", drift),
        Forecaster("linear 24 months", "the least-squares line of the last 24 months", linear),
        Forecaster(
            "damped trend", "growth of three years, 80 % of it kept each year", damped_trend
        ),
        Forecaster("ETS", "exponential smoothing, its form chosen by AICc", model="AutoETS"),
        Forecaster("theta", "the theta method, its form chosen by error", model="AutoTheta"),
        Forecaster("ARIMA", "ARIMA, its order chosen by AICc", model="AutoARIMA"),
        Forecaster("CES", "complex exponential smoothing", model="AutoCES"),
        Forecaster("median of four", "median of ETS, theta, ARIMA and CES", median_of=_SINGLE),
    )
}


def chosen(names: Iterable[str] | None, *, beside: str = "") -> tuple[Forecaster, ...]:
    """The forecasters of these names; None: all that can run here.

    `beside` is a name that the caller knows besides, for advice. Raises SojournError for an unknown
    name, and for one that needs a missing package.
    """
    there = find_spec(PACKAGE) is not None
    if names is None:
        return tuple(each for each in FORECASTERS.values() if there or not each.packaged)
    wanted, known = list(dict.fromkeys(names)), [*([beside] if beside else []), *FORECASTERS]
    for name in wanted:
        if name not in FORECASTERS:
            fix = did_you_mean(name, known)
            raise SojournError(Problem(f"there is no forecaster `{name}`", fix))
        if FORECASTERS[name].packaged and not there:
            what = f"the forecaster `{name}` needs the package {PACKAGE}"
            raise SojournError(Problem(what, REMEDY))
    if not wanted:
        raise SojournError(Problem("no forecaster is named", did_you_mean("", known)))
    return tuple(FORECASTERS[name] for name in wanted)


def not_installed(names: Iterable[str] | None) -> tuple[str, ...]:
    """Forecasters that `chosen(None)` leaves out here, because a package is missing."""
    if names is not None or find_spec(PACKAGE) is not None:
        return ()
    return tuple(each.name for each in FORECASTERS.values() if each.packaged)
