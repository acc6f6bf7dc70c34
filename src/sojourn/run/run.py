"""One run: from the study's folder to a finished run folder."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed, wait
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from hashlib import blake2b
from pathlib import Path
from threading import Lock

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from sojourn.disk.faults import problem_of
from sojourn.engine.compile.scenario import compile_program
from sojourn.engine.expected.solver import expected
from sojourn.engine.kernel.simulate import StoppedError, nobody_stops
from sojourn.engine.memory_forecast import Extent, check_arrays, check_people, seconds_of
from sojourn.engine.program import Program
from sojourn.engine.reuse.shared_histories import Shared, simulate_in_parts
from sojourn.errors import Problem, ResultsError, SojournError, StudyError
from sojourn.money.bill import bill
from sojourn.results.claims import claims_table
from sojourn.results.endings import refuse_file_name
from sojourn.results.history_tables import tables_of
from sojourn.results.measures import measures_table
from sojourn.results.periods import reporting_periods
from sojourn.results.run_folder.provenance import (
    digest_of,
    histories_digest,
    run_digest,
    run_record,
)
from sojourn.results.run_folder.store import RunStore, is_finished
from sojourn.run.check import Checked, check_study
from sojourn.run.counts_to_rows import means_of, names_of, results_of
from sojourn.run.input_tables import (
    cells_table,
    draws_table,
    funnel_table,
    groups_table,
    quotes_table,
)
from sojourn.run.people_and_rules import Inputs
from sojourn.study.files.shipped import example_of
from sojourn.study.files.suggest import did_you_mean
from sojourn.study.model import Study
from sojourn.study.sections.period_and_sources import MOST_HISTORIES
from sojourn.uncertainty.draws import Draw
from sojourn.uncertainty.uncertain_quantities import uncertain_quantities


@dataclass(frozen=True, slots=True)
class Step:
    """How far a run is: `done` of `total` in the phase `what`."""

    what: str
    done: int
    total: int


EXPECTED = "expected"
"""The solver that run.json names, and its digests."""

DRAW_THREADS = "draw"
"""How the names of the threads begin that run histories."""
PATIENCE = 2.0
"""Seconds that a run stopped by hand or by a signal waits for its histories to end."""
MOST_THREADS = 1_024
"""More than a machine has cores makes nothing faster; systems refuse some tens of thousands."""

Watch = Callable[[Step], None]


def look_away(_: Step) -> None:
    """Watch nothing."""


@dataclass(frozen=True, slots=True)
class Options:
    """A run's options; None means the study's value (threads: one for each core)."""

    seed: int | None = None
    draws: int | None = None
    replicates: int | None = None
    threads: int | None = None
    events: float = 0.0
    """Share of all people whose every event is kept, in the table `events`."""
    scenarios: tuple[str, ...] = ()
    """Only these, the baseline, and those that their measures refer to; empty: all."""
    expected: bool = False
    """Exact means in place of histories: one for each draw and scenario, and of one draw where no
    number of the study is uncertain."""
    first_draw: int = 0
    """Number of the first draw, of a run that is done in pieces."""
    given: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    """By path of a quantity of shape `given`: its value in each draw, in the canonical unit."""
    changes: Mapping[str, object] = field(default_factory=dict)
    """Changes that the caller has made to the study, by path; only recorded here."""


def run_study(
    study: Path | Checked,
    *,
    out: Path,
    options: Options | None = None,
    sources: Path | None = None,
    watch: Watch = look_away,
) -> Path:
    """Run the study and return the folder `out`, which appears whole or not at all.

    The study is a folder, with its `sources`, or checked already. Finished histories are kept
    beside the result until it is whole, so the same call goes on where an earlier one stopped; a
    finished run that would be the same is left as it is. Raises `SojournError` for what the user
    can mend.
    """
    refuse_file_name(out, "a run", "a Parquet file for each table")
    return SettledRun(study, options or Options(), sources, watch).into(out)


def cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(slots=True)
class _Clock:
    """Seconds spent in each phase."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - start


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
            self._watch(Step("histories", self._done, self._total))

    def say(self, what: str) -> None:
        """Tell the watcher a thing once, from whichever thread finds it out."""
        with self._lock:
            self._watch(Step(what, 0, 0))


def _refuse_too_many(draws: int, replicates: int, scenarios: int) -> None:
    """Raise for more histories than a run can keep."""
    number = draws * replicates * scenarios
    if number > MOST_HISTORIES:
        raise StudyError(
            Problem(
                f"{draws:,} draws of {replicates:,} replicates under {scenarios} scenarios are "
                f"{number:,} histories; a run keeps the tables of {MOST_HISTORIES:,} at most",
                "ask for fewer: the error of a mean falls with the root of their number",
            )
        )


class SettledRun:
    """A checked study with its options settled."""

    def __init__(
        self, study: Path | Checked, options: Options, sources: Path | None, watch: Watch
    ) -> None:
        self.started = datetime.now(UTC)
        self.clock = _Clock()
        self.watch = watch
        with self.clock.phase("load"):
            self.checked = study if isinstance(study, Checked) else check_study(study, sources)
            self.study = _chosen(self.checked.study, options.scenarios)
        defaults = self.study.run
        self.seed = defaults.seed if options.seed is None else options.seed
        self.replicates = 1 if options.expected else options.replicates or defaults.replicates
        if options.expected and (options.replicates or 1) > 1:
            raise StudyError(
                Problem("expected means have no replicates", "leave out --replicates or --expected")
            )
        if options.expected and options.events:
            raise StudyError(
                Problem("expected means have no events", "leave out --events or --expected")
            )
        self.threads = options.threads or cores()
        if not 1 <= self.threads <= MOST_THREADS:
            raise StudyError(
                Problem(
                    f"{self.threads:,} threads are not between 1 and {MOST_THREADS:,}",
                    "one for each core is enough: leave out --threads",
                )
            )
        self.options = options
        draws = options.draws or defaults.draws
        if options.expected and not uncertain_quantities(self.study):
            draws = 1  # all others would be the same
        _refuse_too_many(draws, self.replicates, len(self.study.scenarios))
        self.draws = {
            options.first_draw + row: Draw(
                self.seed,
                options.first_draw + row,
                {path: values[row] for path, values in options.given.items()},
            )
            for row in range(draws)
        }
        # The number of replicates decides which history a draw gets, and code decides the rest.
        code = code_digest()
        self.histories = digest_of(
            [histories_digest(self.study, seed=self.seed), self.replicates, code]
            + ([self.options.events] if self.options.events else [])
        )
        whole = run_digest(
            self.study, seed=self.seed, draws=len(self.draws), replicates=self.replicates
        )
        quotes = [(quote.path, quote.status) for quote in self.checked.quotes]
        self.digest = digest_of([whole, code, quotes, self.options.events])
        if options.expected:
            self.histories = digest_of([self.histories, EXPECTED])
            self.digest = digest_of([self.digest, EXPECTED])
        self.given = {
            "paths": list(options.given),
            "digest": digest_of(sorted(options.given.items())) if options.given else "",
        }
        asked = [options.first_draw, self.given["digest"], dict(options.changes)]
        if any(asked):
            self.digest = digest_of([self.digest, *asked])

    def into(self, out: Path, pieces: Sequence[Path] = ()) -> Path:
        """Put the run into the folder `out`, unless it is there already."""
        if is_finished(out, self.digest):
            return out.resolve()
        try:
            with RunStore.open(out, self.digest, self.histories) as store:
                return store.out if store.finished else self.write(store, pieces)
        except (OSError, duckdb.IOException) as error:
            fault = error if isinstance(error, OSError) else OSError(str(error))
            raise ResultsError(
                problem_of(
                    fault,
                    "the run cannot be written",
                    out,
                    "run the same command again: finished histories are kept",
                )
            ) from error

    def write(self, store: RunStore, pieces: Sequence[Path] = ()) -> Path:
        """Simulate what is not stored yet, or take it from pieces; and finish the folder."""
        clock, study = self.clock, self.study
        with clock.phase("people and rules"):
            inputs = {name: self.checked.inputs[name] for name in study.scenarios}
            for given in inputs.values():
                _ = given.outcomes  # once, before there are several threads
        known = store.simulated(
            scenarios=list(study.scenarios),
            draws=len(self.draws),
            replicates=self.replicates,
            first_draw=self.options.first_draw,
            given=self.given,
        )
        with clock.phase("histories"):
            if not known and not pieces:
                at_once = min(self.threads, len(self.draws))
                check_arrays(self._extents(inputs), at_once=at_once)
                self._simulate(store, inputs)
        with clock.phase("tables"):
            if pieces:
                stage = store.gather(pieces, study.scenarios)
            else:
                stage = store.assemble(None if known else self._keys())
        tables = self._later_tables(inputs, stage)
        record = run_record(
            study,
            seed=self.seed,
            draws=len(self.draws),
            replicates=self.replicates,
            digest=self.digest,
            histories=self.histories,
            started=self.started,
            seconds=clock.seconds,
            threads=self.threads,
            first_draw=self.options.first_draw,
            given=self.given,
            options={
                "scenarios": list(self.options.scenarios),
                "events": self.options.events,
                "changes": dict(self.options.changes),
            },
            solver=EXPECTED if self.options.expected else "simulated",
            example=example_of(Path(study.path)) if study.path else None,
        )
        return store.finish(tables, record, study.model_dump_json(by_alias=True))

    def _keys(self) -> Iterator[str]:
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

    def _simulate(self, store: RunStore, inputs: Mapping[str, Inputs]) -> None:
        """Put every history that is not there yet; threads take draws in any order."""
        counter = _Counter(len(self.draws) * len(inputs) * self.replicates, self.watch)
        workers = min(self.threads, len(self.draws))
        pool = ThreadPoolExecutor(workers, thread_name_prefix=DRAW_THREADS)
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
            waiting.extend(pool.submit(work) for _ in range(workers))
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
        if self.options.expected:
            self._put_means(store, inputs, programs, number, counter)
            return
        at_once = min(self.threads, len(self.draws))
        for program in programs.values():
            check_people(program, at_once=at_once)
            if (minutes := seconds_of(program) / 60) >= 1:
                counter.say(f"a history takes about {minutes:,.0f} min")
        shared: Shared = {}
        last = -1
        for name, replicate in wanted:
            if counter.stop[0]:
                return
            if replicate != last:
                shared, last = {}, replicate
            program = programs[name]
            # The same number in every scenario, so that scenarios share random numbers.
            try:
                history = simulate_in_parts(
                    program,
                    seed=self.seed,
                    replicate=number * self.replicates + replicate,
                    shared=shared,
                    log_share=self.options.events,
                    stop=counter.stop,
                    at_once=at_once,
                )
            except StoppedError:
                return
            names = names_of(program, self.study, inputs[name].scenario, inputs[name].cells)
            rows = results_of(program, history, names)
            store.put(
                self._key(name, number, replicate),
                tables_of(rows, names, scenario=name, draw=number, replicate=replicate),
            )
            counter.add(1)

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
            names = names_of(program, self.study, inputs[name].scenario, inputs[name].cells)
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

    def _later_tables(self, inputs: Mapping[str, Inputs], stage: Path) -> dict[str, pa.Table]:
        """The tables that are made once all histories are there."""
        study, phase = self.study, self.clock.phase
        tables = {
            "draws": draws_table(study, self.draws),
            "cells": cells_table(study, inputs),
            "groups": groups_table(inputs),
            "quotes": quotes_table(self.checked.quotes),
            "funnel": funnel_table(study, inputs),
        }
        # Bills read groups, and measures read money, where the histories are.
        pq.write_table(tables["groups"], stage / "groups.parquet")
        with phase("money"):
            self.watch(Step("money", 0, len(study.scenarios)))
            bills = []
            for done, name in enumerate(study.scenarios, 1):
                bills.append(bill(study, name, self.draws, stage))
                self.watch(Step("money", done, len(study.scenarios)))
            tables["money"] = pa.concat_tables(bills).unify_dictionaries().combine_chunks()
            pq.write_table(tables["money"], stage / "money.parquet")
        with phase("measures and claims"):
            self.watch(Step("measures and claims", 0, 1))
            tables["measures"] = measures_table(study, self.draws, stage)
            conditions = {name: given.conditions.claims for name, given in inputs.items()}
            tables["claims"] = claims_table(
                study, tables["measures"], conditions, means=self.options.expected
            )
            self.watch(Step("measures and claims", 1, 1))
        return tables


@cache
def code_digest() -> str:
    """Digest of Sojourn's own source, so that stored histories never outlive a change of it."""
    found = blake2b(digest_size=16)
    root = Path(__file__).parents[1]
    for file in sorted(root.rglob("*.py")):
        found.update(str(file.relative_to(root)).encode() + b"\0" + file.read_bytes())
    return found.hexdigest()


def _chosen(study: Study, wanted: tuple[str, ...]) -> Study:
    """The study with the wanted scenarios, the baseline, and those that measures refer to."""
    if not wanted:
        return study
    unknown = [name for name in wanted if name not in study.scenarios]
    if unknown:
        raise StudyError(
            *(
                Problem(f"the study has no scenario '{name}'", did_you_mean(name, study.scenarios))
                for name in unknown
            )
        )
    kept = {study.baseline, *wanted}
    measures = [m for name in study.scenarios for m in study.scenarios[name].measures.values()]
    kept |= {measure.scenario for measure in measures if measure.scenario}
    return study.model_copy(
        update={"scenarios": {n: s for n, s in study.scenarios.items() if n in kept}}
    )
