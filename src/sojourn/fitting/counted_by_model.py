"""What a model with some values counts where its history was counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from sojourn.arrays import Flags, Floats
from sojourn.engine.compile.scenario import compile_program
from sojourn.engine.expected.days_served import days_served
from sojourn.engine.expected.shape import NoMeansError
from sojourn.engine.expected.solver import Expected, expected
from sojourn.engine.kernel.simulate import simulate
from sojourn.engine.program import History, Program
from sojourn.errors import Problem, StudyError
from sojourn.fitting.accounts import period_words
from sojourn.population.cells import Cells
from sojourn.run.people_and_rules import Inputs, inputs_of
from sojourn.study.formulas import derived_value
from sojourn.study.model.history import Account, CountKind
from sojourn.study.model.study import Period, StudyModel
from sojourn.study.model.values import Quantity
from sojourn.study.time_steps import Steps
from sojourn.study.uncertain_shapes import DERIVED
from sojourn.uncertainty.draws import Draw, DrawnValues
from sojourn.uncertainty.given import with_given


@dataclass(frozen=True, slots=True)
class Target:
    """One number that was counted within the study's period."""

    account: str
    kind: CountKind
    group: tuple[str, ...]
    period: str
    start: date
    """The first day of its period."""
    end: date
    """The last one."""
    value: float | None
    """None: not counted."""
    sd: float = np.nan
    """Standard deviation of its measurement."""

    @property
    def words(self) -> str:
        """As `prisoners, stock, 2019`."""
        return ", ".join((self.account, *self.group, self.kind, self.period))


def targets_of(study: StudyModel) -> tuple[Target, ...]:
    """Every count with an error whose whole period lies in the study's."""
    found: list[Target] = []
    for name, account in study.history.items():
        for kind, counted in account.counted.items():
            if counted.error is None:
                continue
            absolute = counted.error.unit != "share"
            for target in _within(study.period, name, account, kind):
                if target.value is None or (target.value == 0 and not absolute):
                    continue  # an error that is a share of nothing says nothing
                sd = counted.error.value * (1.0 if absolute else target.value)
                found.append(replace(target, sd=sd))
    return tuple(found)


def untried(study: StudyModel) -> tuple[Target, ...]:
    """What could be counted beside the targets of an account: people, admissions and releases."""
    kinds: tuple[CountKind, ...] = ("stock", "admissions", "releases")
    found: list[Target] = []
    for name, account in study.history.items():
        tried = {kind for kind, counted in account.counted.items() if counted.error is not None}
        for kind in kinds if tried else ():
            if kind not in tried:
                found += _within(study.period, name, account, kind)
    return tuple(found)


def _within(period: Period, name: str, account: Account, kind: CountKind) -> Iterator[Target]:
    """The counts of one kind in the study's period, without their errors."""
    counted = account.counted.get(kind)
    for number, group in enumerate(account.groups):
        for place, (start, end) in enumerate(zip(account.starts, account.ends, strict=True)):
            first = end if kind == "stock" else start
            if period.start <= first and end < period.end:
                value = counted.values[number][place] if counted is not None else None
                words = period_words(account, end)
                yield Target(name, kind, group, words, start, end, value)


class CountedByModel:
    """What a scenario counts up to the last target, under values of some of its numbers.

    Rules, people and calendar are prepared once; each call compiles and solves one draw.
    """

    def __init__(
        self, study: StudyModel, scenario: str, inputs: Inputs, paths: Sequence[str], end: date
    ) -> None:
        """`end` is the last day that is needed; raises StudyError if no period ends with it."""
        first = study.period.steps.first_day(study.period.steps.step_of(end) + 1)
        if first != end + timedelta(days=1):
            what = f"the history ends within a step of the study, on {end}"
            raise StudyError(Problem(what, "choose a shorter `step`", path="period.step"))
        # Flows are needed by the shortest periods that there can be.
        report = "year" if study.period.step == "year" else "month"
        period = study.period.model_copy(update={"end": first, "report": report})
        only = study.model_copy(
            update={"period": period, "scenarios": {scenario: study.scenarios[scenario]}}
        )
        self.study, _ = with_given(only, paths)
        self.inputs = inputs_of(self.study, self.study.scenarios[scenario], inputs.conditions)
        self.paths = tuple(paths)

    def counts(
        self,
        values: Sequence[float] | Floats,
        targets: Sequence[Target],
        *,
        draw: int | None = None,
        history: int | None = None,
    ) -> Floats:
        """What the model counts for each target; `values` are those of the paths, canonical.

        Exact means, or one simulated `history` by its number. Other uncertain numbers are at their
        best guess, or as in a `draw` of the study. Raises StudyError for values that the study
        cannot hold, and NoMeansError if it has no exact means. A history keeps no time served.
        """
        given, run = dict(zip(self.paths, map(float, values), strict=True)), self.study.run
        drawn: DrawnValues = _Tried(given)
        if draw is not None:
            drawn = Draw(run.seed, draw, given=given, together=run.spread_together)
        cells = self.inputs.cells_under(drawn)
        program = compile_program(
            self.study, self.inputs.scenario, cells, self.inputs.outcomes, drawn.value
        )
        found: Expected | History = (
            expected(program)
            if history is None
            else simulate(program, seed=run.seed, replicate=history)
        )
        counting = _Counting(self.study.period.steps, program, cells, found)
        return np.array([counting.of(self.study.history[t.account], t) for t in targets])

    def no_means(self, values: Sequence[float] | Floats, targets: Sequence[Target]) -> str:
        """Why the model has no exact means; empty if it has them."""
        try:
            self.counts(values, targets)
        except NoMeansError as error:
            return error.problems[0].what
        return ""


@dataclass(frozen=True, slots=True)
class _Tried:
    """The values that are tried; every other uncertain number is at its best guess."""

    given: Mapping[str, float]

    def value(self, quantity: Quantity) -> float:
        """The quantity's value, in its canonical unit."""
        if quantity.shape == "given":
            return self.given[quantity.path]
        if quantity.shape == DERIVED:
            return derived_value(quantity, self.value)
        return quantity.value


class _Counting:
    """Means, or a history, added up over states and groups, as accounts count them."""

    def __init__(
        self, steps: Steps, program: Program, cells: Cells, means: Expected | History
    ) -> None:
        self.steps, self.program, self.cells, self.means = steps, program, cells, means
        self._known: dict[tuple[str, tuple[str, ...]], tuple[Floats, Floats, Floats, float]] = {}
        self._days: dict[tuple[str, ...], Floats] = {}
        """By the states of an account: days served by those who left them [segment, g]."""
        self._starts = np.array(program.period_starts, dtype="datetime64[D]")

    def of(self, account: Account, target: Target) -> float:
        """The mean of one target."""
        if target.kind == "time served":
            return self._served(account, target)
        key = (target.account, target.group)
        if key not in self._known:
            self._known[key] = self._added(account, target.group)
        stock, came, left, before = self._known[key]
        last = self.steps.step_of(target.end)
        if target.kind == "stock":
            return float(stock[last])
        if target.kind == "average":
            return self._average(stock, before, self.steps.step_of(target.start), last)
        flow = came if target.kind == "admissions" else left
        return float(flow[self._segments(target)].sum())

    def _segments(self, target: Target) -> slice:
        """Segments of the target's period."""
        ends = np.array([target.start, target.end + timedelta(days=1)], "datetime64[D]")
        return slice(*np.searchsorted(self._starts, ends).tolist())

    def _served(self, account: Account, target: Target) -> float:
        """Mean days of those who leave in the target's period; 0 if nobody does."""
        assert isinstance(self.means, Expected), "no history keeps it"
        inside = self._inside(account)
        if account.states not in self._days:
            starts = np.array(self.steps.edges()[: self.program.days], dtype=np.float64)
            self._days[account.states] = days_served(
                self.program, inside, starts, self.steps.length
            )
        segments, groups = self._segments(target), self._groups(account, target.group)
        days = self._days[account.states][segments][:, groups].sum()
        left = self.of(account, replace(target, kind="releases"))
        return float(days / left) if left > 0.0 else 0.0

    def _average(self, stock: Floats, before: float, first: int, last: int) -> float:
        """The mean over days: of midnights, or by longer steps of both ends of each step."""
        ends = stock[first : last + 1]
        if self.steps.unit == "day":
            return float(ends.mean())
        edges = np.diff(self.steps.edges())[first : last + 1]
        starts = np.concatenate(([before if first == 0 else stock[first - 1]], ends[:-1]))
        return float(np.average((starts + ends) / 2, weights=edges))

    def _added(
        self, account: Account, group: tuple[str, ...]
    ) -> tuple[Floats, Floats, Floats, float]:
        """Stock by step, people who came and who left by segment, and the stock before day 0."""
        program, means = self.program, self.means
        inside, groups = self._inside(account), self._groups(account, group)
        sources = inside[program.branch_source]
        to = np.where(program.branch_target >= 0, inside[program.branch_target], False)
        here = means.census[:, :-1][:, inside][:, :, groups]
        moved = means.flows[:, :, groups].sum(axis=2)
        came = moved[:, ~sources & to].sum(axis=1)
        came = came + means.admitted[:, inside][:, :, groups].sum(axis=(1, 2))
        left = moved[:, sources & ~to].sum(axis=1)
        stock = slice(program.stocks)
        at_start = inside[program.entrant_state[stock]]
        at_start &= groups[program.cell_group[program.entrant_cell[stock]]]
        before = float(program.entrant_count[stock][at_start].sum())
        return here.sum(axis=(1, 2)), came, left, before

    def _inside(self, account: Account) -> Flags:
        """[s]: whether the account counts the people of a state."""
        return np.array([name in account.states for name in self.program.state_names])

    def _groups(self, account: Account, group: tuple[str, ...]) -> Flags:
        """[g]: whether the people of a group of the study belong to one of the account."""
        wanted = dict(zip(account.columns, group, strict=True)).items()
        own = [dict(zip(self.cells.by, each, strict=True)) for each in self.cells.group_values]
        if not wanted:
            return np.ones(len(self.cells.groups), dtype=np.bool_)
        return np.array([all(each[fact] == word for fact, word in wanted) for each in own])
