"""Every condition of a study, checked before anything runs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from sojourn.errors import Problem, RuleError
from sojourn.rules.agreement.claims import parse_claim
from sojourn.rules.agreement.conditions import Place, Positions, nowhere, read_conditions
from sojourn.study.files.text_positions import breaks_of
from sojourn.study.model import Scenario, Study

Finder = Callable[[str, str], Place]
"""Finds the place of the value at an address in the scenario of that name."""


def _nowhere(path: str, _scenario: str) -> Place:
    return nowhere(path)


def check_conditions(study: Study, find: Finder = _nowhere) -> list[Problem]:
    """Parse and type-check the conditions of all scenarios; an empty list if all are well.

    Conditions are those of the agreement's terms and rules, of transitions' `when`, and of
    claims' `holds if`. `find` gives the place of the value at an address in a scenario. A problem
    that several scenarios share is reported once.
    """
    problems: dict[Problem, None] = {}
    for name, scenario in study.scenarios.items():
        positions = partial(_in_scenario, find, name)
        try:
            read_conditions(scenario, positions, study.period.start)
        except RuleError as error:
            problems.update(dict.fromkeys(error.problems))
        problems.update(dict.fromkeys(_claims(scenario, positions)))
    return list(problems)


def _in_scenario(find: Finder, scenario: str, path: str) -> Place:
    return find(path, scenario)


def _claims(scenario: Scenario, positions: Positions) -> list[Problem]:
    units = {name: measure.unit for name, measure in scenario.measures.items()}
    problems: list[Problem] = []
    for name, claim in scenario.claims.items():
        if claim.holds_if is None:
            continue
        path = f"claims.{name}.holds if"
        place = positions(path)
        file, line, column = place
        try:
            parse_claim(
                claim.holds_if,
                units,
                constants=scenario.parameters,
                file=file,
                line=line,
                column=column,
                path=path,
                breaks=breaks_of(place),
            )
        except RuleError as error:
            problems.extend(error.problems)
    return problems
