"""A study in Python: check, change, run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sojourn.api.public import public
from sojourn.errors import Problem, SojournError, StudyError
from sojourn.study.files.yaml import Node, plain
from sojourn.study.load import load_history, load_tree
from sojourn.study.scenarios.change import changed, value_node

if TYPE_CHECKING:
    from sojourn.api.history.fitting import Fit, StudyHistory
    from sojourn.api.history.forecasting import Backtest
    from sojourn.api.progress import Progress
    from sojourn.api.run import Run
    from sojourn.api.tables import Table
    from sojourn.run.check import Checked
    from sojourn.study.files.study_positions import Positions
    from sojourn.study.model.study import StudyModel


@dataclass(frozen=True, slots=True)
class Check:
    """Whether a study can be run, and what was found."""

    problems: tuple[Problem, ...]
    """What must be mended: each has `what`, `fix`, `file`, `line`, `column` and `path`."""
    summary: Mapping[str, Any] = field(default_factory=dict)
    """What the study holds, if it can be run: title, period, scenarios, parts, quotations."""
    notes: tuple[str, ...] = ()
    """Warnings: what is allowed but may surprise, such as a place that can lock."""
    unchecked: Mapping[str, int] = field(default_factory=dict)
    """For each source whose text is missing: how many of its quotations were not looked up."""

    @property
    def ok(self) -> bool:
        """Whether the study can be run."""
        return not self.problems

    def __repr__(self) -> str:
        if self.ok:
            return "The study can be run."
        return "\n".join(map(str, self.problems))


@public
class Study:
    """A study: who is held where, by which rules, at whose cost. `sojourn.load` makes one.

    It never changes; `change` gives another one.
    """

    def __init__(
        self,
        tree: Node,
        problems: tuple[Problem, ...],
        folder: Path | None,
        changes: Mapping[str, object],
    ) -> None:
        self._tree, self._problems = tree, problems
        self.folder = folder
        """Where its files are; None for a text or a dictionary."""
        self.changes = dict(changes)
        """What was changed since it was read, by path."""

    @cached_property
    def _loaded(self) -> tuple[StudyModel, Positions]:
        study, positions = load_tree(self._tree, [*self._problems], self.folder or Path())
        # A study without a folder is known by its title only.
        return (study if self.folder else study.model_copy(update={"path": ""})), positions

    @cached_property
    def _checked(self) -> Checked:
        return self._check(None)

    def _check(self, sources: Path | None) -> Checked:
        from sojourn.run.check import check_loaded

        if sources is not None and not sources.is_dir():
            raise StudyError(Problem(f"there is no folder {sources}", "see --sources"))
        return check_loaded(*self._loaded, sources)

    @property
    def title(self) -> str:
        """Its title, or `untitled`."""
        node = (self._tree.items or {}).get("study")
        return (node.text if node is not None else None) or "untitled"

    @property
    def scenario_names(self) -> tuple[str, ...]:
        """Names of the scenarios in the study, the baseline first."""
        node = (self._tree.items or {}).get("scenarios")
        return tuple((node.items if node is not None else None) or ())

    @property
    def scenarios(self) -> Table:
        """One row for each change that a scenario makes.

        Columns: scenario, baseline (yes for the first), path, value (as written). A scenario that
        changes nothing has one row without a path. Raises SojournError if the study is not sound.
        """
        from sojourn.api.which_number.inputs import scenarios_table

        return scenarios_table(self._loaded[0])

    @property
    def parameters(self) -> Table:
        """One row for each number of the study, those that are drawn first.

        Columns: path, value (of an uncertain number the best guess), low, high, shape (`certain`
        or how it is drawn), unit, source, confidence, note, scenarios (those that have it).
        Durations are in days, shares from 0 to 1, money in whole units of its currency. Raises
        SojournError if the study is not sound.
        """
        from sojourn.api.which_number.inputs import parameters_table

        return parameters_table(self._checked.study)

    @property
    def history(self) -> StudyHistory:
        """What the study's `history` counted in the past, and which periods do not add up.

        Mistakes in other sections are no hindrance. Raises SojournError if the history cannot be
        read.
        """
        from sojourn.api.history.fitting import StudyHistory

        counted = load_history(self._tree, [*self._problems], self.folder or Path())
        return StudyHistory(counted, self.title)

    def check(self, *, sources: str | Path | None = None) -> Check:
        """Whether the study can be run: keys, units, facts, rules, states, quotations.

        Args:
            sources: folder of the sources' texts, if they are not beside the study.

        Raises SojournError only if there is no such folder.
        """
        from sojourn.run.check import equilibrium_problems

        place = None if sources is None else Path(sources)
        if place is not None and not place.is_dir():
            self._check(place)
        try:
            checked = self._checked if place is None else self._check(place)
        except SojournError as error:
            return Check(error.problems)
        if problems := equilibrium_problems(checked, self._loaded[1]):
            return Check(problems)
        summary = checked.summary()
        asked = (
            "nobody eligible", "can lock", "never happens", "changes for everyone", "new stocks"
        )  # fmt: skip
        told = (
            f"{what} (scenarios: {', '.join(scenarios)})"
            for found in [summary.pop(key) for key in asked]
            if isinstance(found, dict)
            for what, scenarios in found.items()
        )
        return Check((), summary, tuple(told), dict(checked.unchecked))

    def change(self, changes: Mapping[str, Any]) -> Study:
        """Another study, with values changed by path, checked at once.

        Args:
            changes: by path as scenarios write them, `{"money.payments.fee.amount": "25000 USD"}`;
                also `scenarios.NAME.PATH`, `period.to` and `run.draws`. The value `"off"` removes.
                A scenario that sets a path itself keeps its own value.

        Raises SojournError with every path that leads nowhere, and all that is then wrong with
        the study.
        """
        tree = changed(self._tree, changes, self.folder or Path())
        written = {path: plain(value_node(value)) for path, value in changes.items()}
        study = Study(tree, self._problems, self.folder, {**self.changes, **written})
        _ = study._checked
        return study

    def run(
        self,
        *,
        draws: int | None = None,
        seed: int | None = None,
        replicates: int | None = None,
        scenarios: Iterable[str] = (),
        expected: bool = False,
        parameters: object = None,
        first_draw: int = 0,
        until: str | None = None,
        events: str | float = 0.0,
        out: str | Path | None = None,
        threads: int | None = None,
        sources: str | Path | None = None,
        progress: Progress = None,
    ) -> Run:
        """Run every scenario.

        Args:
            draws: values of every uncertain number; by default as the study says, or one for each
                row of `parameters`.
            seed: of all random numbers; the same seed gives the same numbers on any machine with
                any number of threads.
            replicates: random histories under each draw.
            scenarios: only these, and the baseline.
            expected: compute exact means instead of simulating; not possible if people queue.
            parameters: values of your own: a data frame, a table with the PyCapsule interface, a
                mapping, or a CSV or Parquet file, with a column for each path (or name of a
                parameter) and a row for each draw, in the unit that `Study.parameters` shows.
                Numbers without a column are drawn as usual. A scenario that sets a number to one
                certain value keeps it.
            first_draw: number of the first draw, for work done in pieces (`sojourn.merge`).
            until: go on, with twice as many draws each time, until the mean of a measure is known
                well enough in every scenario: `"±2 % of held_at_end"`, or `"±50 of held_at_end"` in
                its own unit, is half the 95 % interval by both errors. `"… of held_at_end against
                as now"` is of each difference from a scenario. `Run.precision` says how well it is
                known, and what is left to do if the goal is out of reach.
            events: share of people whose every event is kept, as `"1%"` or 0.01.
            out: folder to keep the run in. Finished draws are kept there: a stopped run is
                resumed, and a finished one is not computed again. By default the run is kept
                in a temporary folder, which is removed with the `Run`.
            threads: by default one for each core.
            sources: folder of the sources' texts, if they are not beside the study.
            progress: True, False, or a function that is told each step; by default it is shown in
                a terminal (on stderr) and in a notebook.

        Raises SojournError if the study, a value or the folder cannot be used.
        """
        from sojourn.api.progress import watching
        from sojourn.api.run import run_in
        from sojourn.api.until import read_goal, run_until
        from sojourn.api.which_number.inputs import given_values, share_of
        from sojourn.run.run import Options, run_study
        from sojourn.study.sections.period_and_sources import MOST_HISTORIES

        checked = self._checked if sources is None else self._check(Path(sources))
        given: dict[str, tuple[float, ...]] = {}
        if parameters is not None:
            checked, given, draws = given_values(self, checked, parameters, draws)
        options = Options(
            seed=seed,
            draws=draws,
            replicates=replicates,
            threads=threads,
            events=share_of(events),
            scenarios=tuple(scenarios),
            expected=expected,
            first_draw=first_draw,
            given=given,
            given_in=Path(parameters).name if isinstance(parameters, str | Path) else "",
            changes=self.changes,
        )
        if until is not None and (given or first_draw):
            what = "`until` takes as many draws as it needs"
            raise SojournError(Problem(what, "leave out `parameters` and `first_draw`"))
        goal = None if until is None else read_goal(until)
        precise: list[str] = []
        with watching(progress) as watch:

            def into(place: Path) -> Path:
                def make(number: int | None) -> Path:
                    asked = replace(options, draws=number)
                    return run_study(checked, out=place, options=asked, watch=watch)

                if goal is None:
                    return make(draws)
                defaults = checked.study.run
                each = len(checked.study.scenarios) * (replicates or defaults.replicates)
                found, told = run_until(goal, draws or defaults.draws, MOST_HISTORIES // each, make)
                precise.extend(told)
                return found

            made = run_in(out, into)
        made.precision = tuple(precise)
        return made

    def fit(
        self,
        *,
        scenario: str | None = None,
        draws: int | None = None,
        seed: int | None = None,
        evaluations: int = 1000,
        out: str | Path | None = None,
        progress: Progress = None,
    ) -> Fit:
        """Fit the numbers marked `fit: yes` to the counts of the history that have an error.

        Args:
            scenario: under which the past happened; by default the baseline. If people queue in it,
                there are no exact means: histories are simulated (ABC-SMC), and `Fit.method` says
                so.
            draws: rows of `Fit.draws`; by default the study's number of draws.
            seed: of the sampler; by default the study's.
            evaluations: how often the model is computed, about; 200 or more.
            out: folder for the draws and all tables; see `Fit.write`.
            progress: as in `run`.

        Numbers that are not marked stay at their best guess. Raises SojournError if nothing is
        marked or counted, if the package emcee is missing, or if `out` cannot be used.
        """
        from sojourn.api.history.fitting import FIT, Fit
        from sojourn.api.progress import watching
        from sojourn.api.which_number.inputs import time_unit_written
        from sojourn.fitting.fit import fit
        from sojourn.run.histories import RunStep

        if out is not None:
            FIT.refuse_other(Path(out))
        with watching(progress) as watch:
            found = fit(
                self._checked,
                scenario=scenario,
                draws=draws,
                seed=seed,
                evaluations=evaluations,
                told=lambda done, total: watch(RunStep("evaluations", done, total)),
            )
        durations = (n.prior.path for n in found.numbers if n.prior.unit == "day")
        written = {path: time_unit_written(self._tree, path) for path in durations}
        done = Fit(found, self.title, written)
        if out is not None:
            done.write(out)
        return done

    def backtest(
        self,
        *,
        origins: str,
        horizons: str = "1-5",
        scenario: str | None = None,
        forecasters: Iterable[str] | None = None,
        without: str | None = None,
        evaluations: int = 400,
        draws: int | None = None,
        seed: int | None = None,
        out: str | Path | None = None,
        progress: Callable[[str, float], None] | None = None,
    ) -> Backtest:
        """Roll the study through its history: fit it, project it, and score what it projected.

        From each origin the study is what was known then: its history up to the origin, numbers
        `as counted` forecast from that, and nothing that it dates later. Its `fit: yes` numbers are
        fitted, and every series of the history is projected; that forecaster is called `study`, and
        stands beside those of `sojourn.backtest`. What the study says without a date, such as its
        priors, is taken as it stands: it may have been written with hindsight.

        Args:
            origins: the first and the last period to project from, as 2014-2021.
            horizons: periods to project, as 1-5.
            scenario: under which the past happened; by default the baseline.
            forecasters: those beside the study (`study` alone: none); by default all installed.
            without: target periods that are not scored, written as origins are.
            evaluations: of the model in each fit, about; 200 or more.
            draws: joint draws of a projection; by default 200.
            seed: of the sampler; by default the study's.
            out: folder for scores, forecasts and the same as a hub; see `sojourn.backtest`.
            progress: called with the forecaster at work and the share that is done.

        Raises SojournError if the history holds no series that the study counts, or if nothing can
        be fitted or forecast from an origin.
        """
        from sojourn.api.history.fitting import backtest_study

        return backtest_study(
            self._checked,
            origins=origins,
            horizons=horizons,
            scenario=scenario,
            forecasters=forecasters,
            without=without,
            evaluations=evaluations,
            draws=draws,
            seed=seed,
            out=out,
            progress=progress,
        )

    def __repr__(self) -> str:
        try:
            study = self._checked.study
        except SojournError as error:
            count = len(error.problems)
            return f"{self.title}: {count} problem{'s'[: count != 1]}, see .check()"
        names = ", ".join(study.scenarios)
        changes = f", {len(self.changes)} changed" if self.changes else ""
        period = f"{study.period.start} to {study.period.end}"
        return f"{study.title}, {period}, scenarios: {names}{changes}"

    def _repr_html_(self) -> str:
        try:
            return f"<p>{escape(repr(self))}</p>{self.scenarios._repr_html_()}"
        except SojournError as error:
            return f"<p>{escape(self.title)}</p><pre>{escape(str(error))}</pre>"
