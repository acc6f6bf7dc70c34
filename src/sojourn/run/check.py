"""Whether a study can be run: all problems that can be found before simulating."""

from __future__ import annotations

from calendar import month_name
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain
from pathlib import Path

from sojourn.errors import Problem, StudyError
from sojourn.forecasting.rates_from_history import with_rates
from sojourn.population.missing_stays import uncovered
from sojourn.rules.agreement.changes_in_period import changes_within
from sojourn.rules.agreement.funnel import never_eligible
from sojourn.rules.agreement.study_conditions import check_conditions
from sojourn.run.equilibria import without_equilibrium
from sojourn.run.people_and_rules import Inputs, inputs_of
from sojourn.run.served_too_long import served_too_long
from sojourn.study.checks.locks import rings, told
from sojourn.study.checks.measure_dates import date_problems
from sojourn.study.checks.never import never_happen
from sojourn.study.checks.quotes import NOT_CHECKED, NOT_FOUND, QuoteCheck, check_quotes
from sojourn.study.checks.whole_steps import step_problems
from sojourn.study.files.study_positions import Positions
from sojourn.study.load import load_located
from sojourn.study.model.study import StudyModel
from sojourn.study.uncertain_shapes import TABLE
from sojourn.uncertainty.decided_on import decision_problems
from sojourn.uncertainty.uncertain_quantities import walk


@dataclass(frozen=True, slots=True)
class Checked:
    """A study that can be run: its people, its rules, and the status of its quotations."""

    study: StudyModel
    quotes: tuple[QuoteCheck, ...]
    inputs: Mapping[str, Inputs]
    """By scenario: its people and rules, for the run."""

    @property
    def unchecked(self) -> Counter[str]:
        """For each source whose text is missing: how many quotations could not be looked up."""
        return Counter(quote.source for quote in self.quotes if quote.status == NOT_CHECKED)

    @property
    def rings(self) -> dict[str, list[str]]:
        """What can lock, in words, and the scenarios in which it can."""
        found: dict[str, list[str]] = {}
        for name, scenario in self.study.scenarios.items():
            for ring in rings(scenario):
                found.setdefault(told(ring), []).append(name)
        return found

    @property
    def never(self) -> dict[str, list[str]]:
        """Transitions that can never happen, in words, and the scenarios in which they cannot."""
        found: dict[str, list[str]] = {}
        for name, scenario in self.study.scenarios.items():
            for what in never_happen(scenario):
                found.setdefault(what, []).append(name)
        return found

    @property
    def reforms(self) -> dict[str, list[str]]:
        """The effects of changes `for: everyone` on their day, in words, and their scenarios."""
        found: dict[str, list[str]] = {}
        for name, scenario in self.study.scenarios.items():
            if any(t.changes for t in scenario.transitions):
                from sojourn.engine.compile.reform_effects import changes_for_everyone  # noqa: PLC0415  (arrays)

                for what in changes_for_everyone(scenario, self.inputs[name].cells):
                    found.setdefault(what, []).append(name)
        return found

    @property
    def new_stocks(self) -> dict[str, list[str]]:
        """Stocks that come within a first step of a month or a year, and their scenarios."""
        found: dict[str, list[str]] = {}
        step = self.study.period.step
        for name, scenario in self.study.scenarios.items():
            for people, population in scenario.populations.items():
                if step != "day" and population.stock and population.stock.served == "new":
                    what = (
                        f"`served: new`: the stock of `{people}` comes during the first {step}, as "
                        "admissions do, so that only about half as many leave in it; write "
                        "`served: equilibrium` or the days served if it was there before"
                    )
                    found.setdefault(what, []).append(name)
        return found

    @property
    def nobody(self) -> dict[str, list[str]]:
        """Why nobody can be eligible, in words, and the scenarios in which this is so."""
        found: dict[str, list[str]] = {}
        for name, scenario in self.study.scenarios.items():
            if scenario.agreement is not None and any(t.when for t in scenario.transitions):
                given = self.inputs[name]
                own_day = isinstance(scenario.agreement.today, date)
                why = never_eligible(given.conditions, given.outcomes, own_day)
                if why:
                    found.setdefault(why, []).append(name)
        return found

    def _uncertain(self) -> dict[str, dict[str, int]]:
        """How many numbers are uncertain, by how they are written; nothing if none is."""
        found = {
            number.path: number
            for scenario in self.study.scenarios.values()
            for number in walk(scenario)
            if number.uncertain
        }
        shapes = Counter(
            "by tables of draws" if number.shape == TABLE else number.shape
            for number in found.values()
        )
        linked = sum(bool(number.scores) for number in found.values())
        if linked:
            shapes["of them correlated"] = linked
        return {"uncertain": dict(shapes)} if shapes else {}

    def summary(self) -> dict[str, object]:
        """What the study holds, in one scenario or another, as plain values."""
        study = self.study
        scenarios = study.scenarios.values()
        unchecked = self.unchecked.total()
        starts, yearly = study.period.year_starts, study.period.report == "year"
        return {
            "study": study.title,
            "period": f"{study.period.start} to {study.period.end}, by {study.period.report}"
            + (f" from 1 {month_name[starts]}" if starts != 1 and yearly else "")
            + ("" if study.period.step == "day" else f", in steps of a {study.period.step}"),
            "scenarios": list(study.scenarios),
            "parts": {
                "populations": _distinct(s.populations for s in scenarios),
                "states": _distinct(s.states for s in scenarios),
                "transitions": _distinct((t.name for t in s.transitions) for s in scenarios),
                "facilities": _distinct(s.facilities for s in scenarios),
                "gates": _distinct(s.gates for s in scenarios),
                "rules": _distinct(s.agreement.rules for s in scenarios if s.agreement),
                "payments": _distinct(s.money.payments for s in scenarios),
                "measures": _distinct(s.measures for s in scenarios),
                "claims": _distinct(s.claims for s in scenarios),
                "sources": len(study.sources),
            },
            **self._uncertain(),
            "quotes": {
                "found": len(self.quotes) - unchecked,
                "not found": 0,
                "not checked": unchecked,
            },
            "can lock": self.rings,
            "never happens": self.never,
            "changes for everyone": self.reforms,
            "new stocks": self.new_stocks,
            "nobody eligible": self.nobody,
        }


def _distinct(names: Iterable[Iterable[str]]) -> int:
    """How many names there are in all scenarios together: the baseline may lack some."""
    return len(set(chain.from_iterable(names)))


def check_study(folder: Path, sources: Path | None) -> Checked:
    """Load the study, and check its conditions, people and quotations.

    `sources` is where the sources' texts are, if not beside the study. Raises `SojournError` with
    every problem found, among them a quotation that is not in its text.
    """
    if sources is not None and not sources.is_dir():
        raise StudyError(Problem(f"there is no folder {sources}", "see --sources"))
    return check_loaded(*load_located(folder), sources)


def check_loaded(study: StudyModel, positions: Positions, sources: Path | None) -> Checked:
    """The same as `check_study`, for a loaded study."""
    study, unknown = with_rates(study)
    conditions, problems = check_conditions(study, positions.find)
    problems += unknown + date_problems(study) + step_problems(study) + decision_problems(study)
    inputs: dict[str, Inputs] = {}
    for name, scenario in study.scenarios.items() if not problems else ():
        try:
            inputs[name] = given = inputs_of(study, scenario, conditions[name])
            missing = uncovered(scenario, given.cells)
            problems += missing or served_too_long(study.period, given)
        except StudyError as error:
            problems += error.problems
        problems += changes_within(scenario, study.period.start, study.period.end)
    quotes = tuple(check_quotes(study, sources))
    problems += [
        Problem(
            f"'{quote.quote}' is not in the text of source '{quote.source}'",
            "quote it letter by letter, or name the source that has it",
            quote.file,
            quote.line,
            quote.column,
            quote.path,
        )
        for quote in quotes
        if quote.status == NOT_FOUND
    ]
    if problems:
        raise StudyError(*dict.fromkeys(_located(problem, positions) for problem in problems))
    return Checked(study, quotes, inputs)


def equilibrium_problems(checked: Checked, positions: Positions) -> tuple[Problem, ...]:
    """What a run would find of stocks in equilibrium: see `equilibria`."""
    return tuple(
        _located(problem, positions)
        for problem in without_equilibrium(checked.study, checked.inputs)
    )


def _located(problem: Problem, positions: Positions) -> Problem:
    """The problem, with its place added if it has none."""
    if problem.file or not problem.path:
        return problem
    file, line, column = positions.find(problem.path)
    return replace(problem, file=file, line=line, column=column)
