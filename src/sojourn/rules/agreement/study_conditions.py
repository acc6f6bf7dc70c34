"""Every condition of a study, checked before anything runs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from sojourn.errors import Problem, RuleError
from sojourn.rules.agreement.conditions import Conditions, Place, nowhere, read_conditions
from sojourn.study.model.study import StudyModel

Finder = Callable[[str, str], Place]
"""Finds the place of the value at an address in the scenario of that name."""


def _nowhere(path: str, _scenario: str) -> Place:
    return nowhere(path)


def check_conditions(
    study: StudyModel, find: Finder = _nowhere
) -> tuple[dict[str, Conditions], list[Problem]]:
    """Parse and type-check the conditions of all scenarios.

    Conditions are those of the agreement's terms and rules, of transitions' `when`, and of
    claims' `holds if`. `find` gives the place of the value at an address in a scenario. Returns
    the conditions of each scenario that has no problem, and the problems of the others, each once.
    """
    found: dict[str, Conditions] = {}
    problems: dict[Problem, None] = {}
    for name, scenario in study.scenarios.items():
        positions = partial(_in_scenario, find, name)
        try:
            found[name] = read_conditions(scenario, positions, study.period.start)
        except RuleError as error:
            problems.update(dict.fromkeys(error.problems))
    return found, list(problems)


def _in_scenario(find: Finder, scenario: str, path: str) -> Place:
    return find(path, scenario)
