"""What the uncertain inputs do to the page's first number, and to what it costs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from sojourn.analysis.draws_of_run import DrawnInputs, chance_of, inputs_of, paths_behind
from sojourn.analysis.effects import FEWEST, Effect, Effects, effects_of
from sojourn.report.run_data import RunData
from sojourn.study.model.study import StudyModel
from sojourn.uncertainty.uncertain_quantities import walk


@dataclass(frozen=True, slots=True)
class WhatMoves:
    """A number of a scenario and the effects of the inputs on it."""

    inputs: DrawnInputs
    effects: Effects
    chance: float
    """Share of the variance between draws that is chance; NaN where that is not known."""

    @property
    def rows(self) -> list[tuple[str, Effect]]:
        """Inputs by path, those told from 0 first, by the size of the change."""
        found = ((self.inputs.paths[at], self.effects.effects[at]) for at in self.effects.strongest)
        return [(path, effect) for path, effect in found if effect is not None]

    @property
    def strongest(self) -> tuple[str, Effect] | None:
        """The input that moves the number most, if any is told from 0."""
        return next(((path, effect) for path, effect in self.rows if effect.told), None)


def people_moved(data: RunData, scenario: str, since: date = date.min) -> WhatMoves | None:
    """For the average number of people of the headline; its change, but for the baseline.

    The average is of the reporting periods that begin on the day `since` or later.

    None for too few draws, a number that never varies, or no uncertain input that moves people.
    """
    column = "person_days" if scenario == data.baseline else "change_days"
    rows = (
        f"SELECT draw, replicate, sum({column}) / sum(days) AS value FROM headline "
        "WHERE scenario = ? AND period >= CAST(? AS DATE) GROUP BY ALL"
    )
    paths = paths_behind(data.study, {scenario, data.baseline})
    return _moved(data, rows, [scenario, since.isoformat()], paths)


def money_moved(data: RunData, scenario: str) -> WhatMoves | None:
    """For what a party pays on balance; its change against the baseline, but for the baseline."""
    found = payer_of(data)
    if found is None:
        return None
    party, currency, costing = found
    net = (
        "SELECT draw, replicate, sum(CASE WHEN payer = ? THEN amount ELSE 0 END "
        "- CASE WHEN payee = ? THEN amount ELSE 0 END) AS value FROM money "
        "WHERE scenario = ? AND currency = ? AND costing IN ('any', ?) GROUP BY ALL"
    )
    values = [party, party, scenario, currency, costing]
    rows = net
    if scenario != data.baseline:
        rows = (
            "SELECT draw, replicate, coalesce(a.value, 0) - coalesce(b.value, 0) AS value "
            f"FROM runs LEFT JOIN ({net}) a USING (draw, replicate) "
            f"LEFT JOIN ({net}) b USING (draw, replicate)"
        )
        values += [party, party, data.baseline, currency, costing]
    paths = paths_behind(data.study, {scenario, data.baseline}) | _prices(data.study)
    return _moved(data, rows, values, paths)


def payer_of(data: RunData) -> tuple[str, str, str] | None:
    """The party whose balance is shown, the currency, and the costing; None without payments.

    The sending state of the agreement if it pays, else whoever pays most; the currency in which it
    pays most.
    """
    sending = {s.agreement.sending for s in data.study.scenarios.values() if s.agreement}
    paid = data.rows(
        "SELECT payer, currency, costing, sum(amount) AS paid FROM money "
        "GROUP BY ALL HAVING sum(amount) > 0 ORDER BY paid DESC, payer"
    )
    own = [row for row in paid if row["payer"] in sending] or paid
    if not own:
        return None
    costings = sorted({row["costing"] for row in paid} - {"any"})
    return own[0]["payer"], own[0]["currency"], costings[0] if costings else "any"


def _prices(study: StudyModel) -> set[str]:
    return {
        number.path
        for scenario in study.scenarios.values()
        for number in walk(scenario.money)
        if number.uncertain
    }


def _moved(data: RunData, rows: str, values: list[str], paths: set[str]) -> WhatMoves | None:
    if data.draws < FEWEST:
        return None
    found = data.rows(
        f"SELECT draw, avg(value) AS value FROM ({rows}) GROUP BY draw ORDER BY draw", *values
    )
    outcome = np.array([row["value"] for row in found], dtype=np.float64)
    inputs = inputs_of(data.folder, paths)
    if len(outcome) != len(inputs.draws) or not inputs.paths or np.ptp(outcome) == 0.0:
        return None
    deviation = data.deviation_by_chance(rows, *values)
    chance = chance_of(outcome, deviation, data.replicates)
    return WhatMoves(inputs, effects_of(inputs.values, outcome), chance)
