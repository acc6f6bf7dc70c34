"""Sojourn: custody agreements as code that runs.

`import sojourn as sj` is the front door: `sj.load` a study and run it, `sj.open` a run that is
there, read an `sj.agreement`. Each name is loaded when it is first used.
"""

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sojourn.api.agreements.agreement import Agreement as Agreement
    from sojourn.api.agreements.agreement import Case as Case
    from sojourn.api.agreements.agreement import agreement as agreement
    from sojourn.api.agreements.agreement import agreement_names as agreement_names
    from sojourn.api.agreements.agreement import agreements as agreements
    from sojourn.api.agreements.agreement import compare_agreements as compare_agreements
    from sojourn.api.agreements.findings import Difference as Difference
    from sojourn.api.agreements.findings import Explanation as Explanation
    from sojourn.api.agreements.findings import Proof as Proof
    from sojourn.api.agreements.screening import Screening as Screening
    from sojourn.api.history.fitting import Fit as Fit
    from sojourn.api.history.fitting import StudyHistory as StudyHistory
    from sojourn.api.history.forecasting import Backtest as Backtest
    from sojourn.api.history.forecasting import Forecast as Forecast
    from sojourn.api.history.forecasting import backtest as backtest
    from sojourn.api.history.forecasting import forecast as forecast
    from sojourn.api.history.forecasting import score as score
    from sojourn.api.importing import import_cohorts as import_cohorts
    from sojourn.api.load import example as example
    from sojourn.api.load import load as load
    from sojourn.api.load import new_study as new_study
    from sojourn.api.load import schema as schema
    from sojourn.api.run import Run as Run
    from sojourn.api.run import merge as merge
    from sojourn.api.run import open as open
    from sojourn.api.run import verify as verify
    from sojourn.api.study import Check as Check
    from sojourn.api.study import Study as Study
    from sojourn.api.sweep import Sweep as Sweep
    from sojourn.api.sweep import open_sweep as open_sweep
    from sojourn.api.sweep import sweep as sweep
    from sojourn.api.tables import Table as Table
    from sojourn.errors import Problem as Problem
    from sojourn.errors import SojournError as SojournError
    from sojourn.languages.phrases import speaking as speaking

__version__ = "0.1.0"

_HOMES = {
    "load": "api.load", "example": "api.load", "new_study": "api.load", "schema": "api.load",
    "Study": "api.study", "Check": "api.study",
    "open": "api.run", "merge": "api.run", "verify": "api.run", "Run": "api.run",
    "agreement": "api.agreements.agreement", "agreements": "api.agreements.agreement",
    "agreement_names": "api.agreements.agreement", "compare_agreements": "api.agreements.agreement",
    "Agreement": "api.agreements.agreement", "Case": "api.agreements.agreement",
    "Explanation": "api.agreements.findings", "Proof": "api.agreements.findings",
    "Difference": "api.agreements.findings",
    "Screening": "api.agreements.screening",
    "backtest": "api.history.forecasting", "forecast": "api.history.forecasting",
    "score": "api.history.forecasting",
    "Backtest": "api.history.forecasting", "Forecast": "api.history.forecasting",
    "sweep": "api.sweep", "open_sweep": "api.sweep", "Sweep": "api.sweep",
    "Fit": "api.history.fitting", "StudyHistory": "api.history.fitting",
    "import_cohorts": "api.importing",
    "speaking": "languages.phrases",
    "Table": "api.tables", "SojournError": "errors", "Problem": "errors",
}  # fmt: skip
"""Where each public name is defined; none is the name of a room, which would hide it."""

__all__ = [*_HOMES, "__version__"]  # noqa: PLE0604 -- the keys are texts


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'sojourn' has no attribute {name!r}")
    found = getattr(import_module(f"sojourn.{_HOMES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
