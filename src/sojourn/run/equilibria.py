"""Stocks in equilibrium of which a run would say that there is no equilibrium."""

from __future__ import annotations

from collections.abc import Mapping

from sojourn.errors import Problem, StudyError
from sojourn.run.people_and_rules import Inputs
from sojourn.study.model.pathway import Transition
from sojourn.study.model.stays import Stay
from sojourn.study.model.study import Scenario, StudyModel
from sojourn.study.stays.stay import most
from sojourn.uncertainty.draws import Draw, draw_together
from sojourn.uncertainty.uncertain_quantities import uncertain_quantities


def without_equilibrium(study: StudyModel, inputs: Mapping[str, Inputs]) -> list[Problem]:
    """What keeps scenarios from being compiled under the first draw.

    The engine, which takes a second to load, is asked only of scenarios in which a stock is in
    equilibrium, and it is in doubt whether there is one.
    """
    doubted = [name for name, each in study.scenarios.items() if _in_doubt(each)]
    if not doubted:
        return []
    from sojourn.engine.compile.scenario import compile_program  # noqa: PLC0415 -- see above

    found: list[Problem] = []
    draw = Draw(study.run.seed, 0, together=study.run.spread_together)
    draw_together([draw], uncertain_quantities(study).values())
    for given in (inputs[name] for name in doubted):
        try:
            compile_program(
                study, given.scenario, given.cells_under(draw), given.outcomes, draw.value
            )
        except StudyError as error:
            found += error.problems
    return list(dict.fromkeys(found))


def _in_doubt(scenario: Scenario) -> bool:
    """Whether some stock is in equilibrium in a state with no plain way out for everybody."""
    plain = {transition.state for transition in scenario.transitions if _plain(transition)}
    stocks = (each.stock for each in scenario.populations.values() if each.stock is not None)
    return any(stock.served == "equilibrium" and stock.state not in plain for stock in stocks)


def _plain(transition: Transition) -> bool:
    """Whether it waits for nothing but a clock, or stays that hardly anybody lives through."""
    if transition.gates or transition.when or transition.starts or transition.chance is not None:
        return False
    return transition.at is not None or all(
        branch.after is not None and _ends(branch.after) for branch in transition.branches
    )


def _ends(stay: Stay) -> bool:
    """Whether few stay for a life, by Cantelli's inequality: P(T ≥ m + x) ≤ sd² / (sd² + x²)."""
    if stay.family == "fixed":
        return most(stay.parameters["value"]) < LIFE
    mean = stay.parameters.get("mean")
    spread = mean if stay.family == "exponential" else stay.parameters.get("sd")
    if mean is None or spread is None:
        return False
    longest, sd = most(mean), most(spread)
    beyond = LIFE - longest
    return beyond > 0 and sd**2 <= FEW * (sd**2 + beyond**2)


LIFE = 120 * 365
"""Days."""
FEW = 0.01
"""Of an equilibrium; where more would stay for a life, a run says that there is none."""
