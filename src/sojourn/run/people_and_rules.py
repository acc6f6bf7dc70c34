"""People and rules of each scenario: read once, by the check, and handed on to the run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from sojourn.population.cells import Cells, build_cells
from sojourn.population.streams import drawn_shares
from sojourn.rules.agreement.conditions import Conditions, read_conditions
from sojourn.rules.agreement.outcomes_by_cell import Outcomes, evaluate
from sojourn.study.model.study import Scenario, StudyModel

if TYPE_CHECKING:
    from datetime import date

    from sojourn.uncertainty.draws import DrawnValues


@dataclass(frozen=True)
class Inputs:
    """People and rules of one scenario, the same in every draw."""

    scenario: Scenario
    conditions: Conditions
    cells: Cells
    first_day: date

    @cached_property
    def outcomes(self) -> Outcomes:
        """What the rules say of each cell: a query, made when it is first asked for."""
        return evaluate(self.scenario, self.cells, self.conditions, self.first_day)

    def cells_under(self, draw: DrawnValues) -> Cells:
        """The cells with the shares of their streams as drawn."""
        streams = self.cells.streams
        if not any(factor.uncertain for stream in streams for factor in stream.factors):
            return self.cells
        shares = drawn_shares(streams, self.scenario, draw.value)
        drawn = (replace(s, share=share) for s, share in zip(streams, shares, strict=True))
        return replace(self.cells, streams=tuple(drawn))


def inputs_of(study: StudyModel, scenario: Scenario, conditions: Conditions) -> Inputs:
    """The scenario with its cells; raises `StudyError` if they cannot be formed."""
    return Inputs(scenario, conditions, build_cells(study, scenario), study.period.start)


def all_inputs(study: StudyModel) -> dict[str, Inputs]:
    """By scenario: people and rules of a study that was not checked as it stands.

    Raises `SojournError` for what a check would refuse of them.
    """
    return {
        name: inputs_of(study, scenario, read_conditions(scenario, on=study.period.start))
        for name, scenario in study.scenarios.items()
    }
