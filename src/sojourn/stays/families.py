"""Families of durations that have parameters."""

from __future__ import annotations

FAMILIES: dict[str, tuple[tuple[str, bool], ...]] = {
    "exponential": (("mean", True),),
    "gamma": (("mean", True), ("sd", True)),
    "lognormal": (("mean", True), ("sd", True)),
    "weibull": (("scale", True), ("shape", False)),
    "log-logistic": (("median", True), ("shape", False)),
    "uniform": (("from", True), ("to", True)),
}
"""Parameters of each family; True: a duration, False: a bare number."""

FITTED = {name: parameters for name, parameters in FAMILIES.items() if name != "uniform"}
"""Those that can be fitted to observed stays."""
