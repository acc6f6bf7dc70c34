"""The histories of a run: simulated, or their means computed, draw by draw on several threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed, wait
from dataclasses import dataclass, field, replace
from threading import Lock

from sojourn.engine.compile.scenario import compile_program
from sojourn.engine.expected.solver import expected
from sojourn.engine.kernel.simulate import StoppedError, nobody_stops
from sojourn.engine.memory_forecast import Extent, check_arrays, check_people, seconds_of
from sojourn.engine.program import Program
from sojourn.engine.reuse.independent_people import LARGE
from sojourn.engine.reuse.shared_histories import SharedHistories, alike, simulate_in_parts
from sojourn.errors import Problem, SojournError
from sojourn.results.history_counts import Names
from sojourn.results.history_tables import tables_of
from sojourn.results.periods import reporting_periods
from sojourn.results.run_folder.provenance import digest_of
from sojourn.results.run_folder.store import RunStore
from sojourn.run.counts_to_rows import means_of, names_of, results_of
from sojourn.run.people_and_rules import Inputs
from sojourn.study.model.study import StudyModel
from sojourn.uncertainty.draws import Draw

DRAW_THREADS = "draw"
"""How the names of the threads begin that run histories."""
PATIENCE = 2.0
"""Seconds that a run stopped by hand or by a signal waits for its histories to end."""


@dataclass(frozen=True, slots=True)
class RunStep:
    """How far a run is: `done` of `total` in the phase `what`."""

    what: str
    done: int
    total: int


Watch = Callable[[RunStep], None]


def look_away(_: RunStep) -> None:
    """Watch nothing."""


class _Counter:
    """Histories done, told to the watcher from several threads; and whether to stop."""

    def __init__(self, total: int, watch: Watch) -> None:
        self.stop = nobody_stops()
        self._done, self._total, self._watch, self._lock = 0, total, watch, Lock()
        self.add(0)

    def add(self, count: int) -> None:
        """Count histories that are done."""
        with self._lock:
            self._done += count
            self._watch(RunStep("histories", self._done, self._total))

    def say(self, what: str) -> None:
        """Tell the watcher a thing once, from whichever thread finds it out."""
        with self._lock:
            self._watch(RunStep(what, 0, 0))


@dataclass(frozen=True, slots=True)
class RunHistories:
    """All histories of a run, each put into the store of the run under a key of its own."""

    study: StudyModel
    seed: int
    draws: Mapping[int, Draw]
    replicates: int
    threads: int
    events: float
    """Share of all people whose every event is kept."""
    expected: bool
    """Means in place of histories: one for each draw and scenario."""
    watch: Watch
    _axes: dict[str, Names] = field(default_factory=dict, init=False, compare=False)

    def keys(self) -> Iterator[str]:
        """Keys of all histories, in the order of the tables."""
        for scenario in self.study.scenarios:
            for draw in self.draws:
                for replicate in range(self.replicates):
                    yield self._key(scenario, draw, replicate)

    def _key(self, scenario: str, draw: int, replicate: int) -> str:
        """The key of a stored history; values given by the caller are part of it."""
        key = f"{scenario}\x1f{draw}\x1f{replicate}"
        given = self.draws[draw].given
        return f"{key}\x1f{digest_of(dict(given))}" if given else key

    def _extents(self, inputs: Mapping[str, Inputs]) -> dict[str, Extent]:
        """How large each scenario is, known before anything is made of that size."""
        period = self.study.period
        periods = len(reporting_periods(period).starts)
        return {
            name: Extent(
                steps=len(period.steps),
                periods=periods,
                cells=len(given.cells),
                groups=len(given.cells.groups),
                streams=len(given.cells.streams),
                states=len(given.scenario.states),
                branches=sum(len(way.branches) for way in given.scenario.transitions),
            )
            for name, given in inputs.items()
        }

    def simulate(self, store: RunStore, inputs: Mapping[str, Inputs]) -> None:
        """Put every history that is not there yet; threads take draws in any order."""
        at_once = min(self.threads, len(self.draws))
        check_arrays(self._extents(inputs), at_once=at_once)
        counter = _Counter(len(self.draws) * len(inputs) * self.replicates, self.watch)
        pool = ThreadPoolExecutor(at_once, thread_name_prefix=DRAW_THREADS)
        waiting: list[Future[None]] = []
        numbers, taking = iter(self.draws), Lock()

        def work() -> None:
            while not counter.stop[0]:
                with taking:
                    number = next(numbers, None)
                if number is None:
                    return
                self._one_draw(store, inputs, number, counter)

        try:
            waiting.extend(pool.submit(work) for _ in range(at_once))
            for future in as_completed(waiting):
                future.result()
        except BaseException as error:
            # The kernels check this flag and return; finished histories are kept.
            counter.stop[0] = 1
            pool.shutdown(wait=False, cancel_futures=True)
            # A run stopped by hand does not wait for a kernel that is still being compiled.
            at_work = [future for future in waiting if not future.cancelled()]
            wait(at_work, timeout=PATIENCE if isinstance(error, KeyboardInterrupt) else None)
            raise
        pool.shutdown()

    def _one_draw(
        self, store: RunStore, inputs: Mapping[str, Inputs], number: int, counter: _Counter
    ) -> None:
        """All histories of all scenarios under one draw."""
        draw = self.draws[number]
        wanted = [
            (name, replicate)
            for replicate in range(self.replicates)
            for name in inputs
            if not store.has(self._key(name, number, replicate))
        ]
        counter.add(len(inputs) * self.replicates - len(wanted))
        programs = {
            name: compile_program(
                self.study,
                given.scenario,
                given.cells_under(draw),
                given.outcomes,
                draw.value,
            )
            for name, given in inputs.items()
            if any(name == missing for missing, _ in wanted)
        }
        if self.expected:
            self._put_means(store, inputs, programs, number, counter)
            return
        at_once = min(self.threads, len(self.draws))
        for program in programs.values():
            check_people(program, at_once=at_once)
            if (minutes := seconds_of(program) / 60) >= 1:
                counter.say(f"a history takes about {minutes:,.0f} min")
        same = alike(programs)  # scenarios that differ in money or measures alone
        shared: SharedHistories = {}
        last = -1
        for name, replicate in wanted:
            if counter.stop[0]:
                return
            if replicate != last:
                shared, last = {}, replicate
            program = programs[name]
            history = shared.get(same[name]) if name in same else None
            # The same number in every scenario, so that scenarios share random numbers.
            try:
                history = history or simulate_in_parts(
                    program,
                    seed=self.seed,
                    replicate=number * self.replicates + replicate,
                    shared=shared,
                    log_share=self.events,
                    stop=counter.stop,
                    at_once=at_once,
                    few=LARGE,
                )
            except StoppedError:
                return
            if name in same:
                shared[same[name]] = history
            names = self._names_of(program, inputs[name])
            rows = results_of(program, history, names)
            store.put(
                self._key(name, number, replicate),
                tables_of(rows, names, scenario=name, draw=number, replicate=replicate),
            )
            counter.add(1)

    def _names_of(self, program: Program, given: Inputs) -> Names:
        """What the axes of a scenario's counts stand for: the same in every draw."""
        scenario = given.scenario
        if scenario.name not in self._axes:
            made = names_of(program, self.study, scenario, given.cells)
            self._axes[scenario.name] = made
        return self._axes[scenario.name]

    def _put_means(
        self,
        store: RunStore,
        inputs: Mapping[str, Inputs],
        programs: Mapping[str, Program],
        number: int,
        counter: _Counter,
    ) -> None:
        """The expected means of every scenario under one draw.

        Raises `SojournError` naming each scenario that has none.
        """
        refused: list[Problem] = []
        for name, program in programs.items():
            if counter.stop[0]:
                return
            names = self._names_of(program, inputs[name])
            try:
                means, gates = means_of(program, expected(program), names)
            except SojournError as error:
                refused += [
                    replace(
                        item,
                        path=f"scenarios.{name}",
                        fix=f"{item.fix} Other scenarios can be chosen with --scenario.",
                    )
                    for item in error.problems
                ]
                continue
            names = replace(names, lines=(), gates=gates)
            store.put(
                self._key(name, number, 0),
                tables_of(means, names, scenario=name, draw=number, replicate=0),
            )
            counter.add(1)
        if refused:
            raise SojournError(*refused)
