"""One run: from the study's folder to a finished run folder."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from hashlib import blake2b
from pathlib import Path

import duckdb
import pyarrow as pa

from sojourn.disk.faults import problem_behind, problem_of, refuse_threads
from sojourn.errors import Problem, ResultsError, StudyError
from sojourn.money.bill import bill
from sojourn.results.claims import claims_table
from sojourn.results.endings import refuse_file_name
from sojourn.results.measures import measures_table
from sojourn.results.run_folder.folder import REPEATS, RunFolder, remove_run
from sojourn.results.run_folder.provenance import (
    digest_of,
    histories_digest,
    run_digest,
    run_record,
)
from sojourn.results.run_folder.store import RunStore, is_finished
from sojourn.results.views import stored
from sojourn.run.check import Checked, check_study
from sojourn.run.histories import RunHistories, RunStep, Watch, look_away
from sojourn.run.input_tables import (
    cells_table,
    draws_table,
    funnel_table,
    groups_table,
    quotes_table,
)
from sojourn.run.people_and_rules import Inputs
from sojourn.run.semantics import SEMANTICS
from sojourn.study.files.shipped import example_of
from sojourn.study.files.suggest import did_you_mean
from sojourn.study.model.study import StudyModel
from sojourn.study.sections.period_and_sources import MOST_HISTORIES
from sojourn.uncertainty.draws import Draw, draw_together
from sojourn.uncertainty.repeats import draw_of, repeats_of
from sojourn.uncertainty.uncertain_quantities import uncertain_quantities

EXPECTED = "expected"
"""The solver that run.json names, and its digests."""


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
    given_in: str = ""
    """Name of the file that held them; empty for none."""
    repeats: bool = True
    """Whether some draws are simulated a second time where that tells chance from inputs."""
    changes: Mapping[str, object] = field(default_factory=dict)
    """Changes that the caller has made to the study, by path; only recorded here."""
    histories_only: bool = False
    """A piece of a run, to be joined with others: only the tables that each history adds to."""


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


def _refuse_too_small(options: Options) -> None:
    """Raise for a number of things that there cannot be; a study's own are refused when read."""
    least = {"draws": 1, "replicates": 1, "seed": 0, "first_draw": 0}
    for name, smallest in least.items():
        asked = getattr(options, name)
        if asked is not None and asked < smallest:
            option = f"--{name.replace('_', '-')}"
            raise StudyError(Problem(f"{option} {asked} is too small", f"give {smallest} or more"))


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
            self.study = chosen(self.checked.study, options.scenarios)
        _refuse_too_small(options)
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
        self.threads = cores() if options.threads is None else options.threads
        refuse_threads(self.threads)
        self.options = options
        draws = options.draws or defaults.draws
        if options.expected and not uncertain_quantities(self.study):
            draws = 1  # all others would be the same
        _refuse_too_many(draws, self.replicates, len(self.study.scenarios))
        self.draws = {
            options.first_draw + row: Draw(
                self.seed,
                draw_of(options.first_draw + row),
                {path: values[row] for path, values in options.given.items()},
                self.study.run.spread_together,
            )
            for row in range(draws)
        }
        # The number of replicates decides which history a draw gets.
        self.histories = digest_of(
            [histories_digest(self.study, seed=self.seed), self.replicates, SEMANTICS]
            + ([self.options.events] if self.options.events else [])
        )
        whole = run_digest(
            self.study, seed=self.seed, draws=len(self.draws), replicates=self.replicates
        )
        quotes = [(quote.path, quote.status) for quote in self.checked.quotes]
        # Whatever the code makes of histories is quickly made again.
        self.digest = digest_of([whole, self.histories, code_digest(), quotes])
        if options.expected:
            self.histories = digest_of([self.histories, EXPECTED])
            self.digest = digest_of([self.digest, EXPECTED])
        self.given = {
            "paths": list(options.given),
            "digest": digest_of(sorted(options.given.items())) if options.given else "",
            "table": options.given_in,
        }
        asked = [options.first_draw, self.given["digest"], dict(options.changes)]
        if any(asked):
            self.digest = digest_of([self.digest, *asked])
        if options.histories_only:
            self.digest = digest_of([self.histories, len(self.draws), *asked[:2], "histories"])

    def into(self, out: Path, pieces: Sequence[RunFolder] = ()) -> Path:
        """Put the run into the folder `out`, unless it is there already."""
        if is_finished(out, self.digest):
            return out.resolve()
        try:
            with RunStore.open(out, self.digest, self.histories) as store:
                return store.out if store.finished else self.write(store, pieces)
        except OSError as error:
            what, again = "the run cannot be written", "run the same command again"
            fix = f"{again}: finished histories are kept"
            raise ResultsError(problem_of(error, what, out, fix)) from error
        except duckdb.Error as error:
            problem = problem_behind(error)
            if problem is None:
                raise
            raise ResultsError(problem) from error

    def write(self, store: RunStore, pieces: Sequence[RunFolder] = ()) -> Path:
        """Simulate what is not stored yet, or take it from pieces; and finish the folder."""
        clock, study = self.clock, self.study
        draw_together(self.draws.values(), uncertain_quantities(study).values())
        with clock.phase("people and rules"):
            inputs = {name: self.checked.inputs[name] for name in study.scenarios}
            for given in inputs.values():
                _ = given.outcomes  # once, before there are several threads
        draws = range(self.options.first_draw, self.options.first_draw + len(self.draws))
        kept = store.kept_draws(
            scenarios=list(study.scenarios), replicates=self.replicates, given=self.given
        )
        histories = RunHistories(
            study,
            seed=self.seed,
            draws={number: draw for number, draw in self.draws.items() if number not in kept},
            replicates=self.replicates,
            threads=self.threads,
            events=self.options.events,
            expected=self.options.expected,
            watch=self.watch,
        )
        with clock.phase("histories"):
            if histories.draws and not pieces:
                histories.simulate(store, inputs)
        with clock.phase("repeats"):
            again = self._repeat(store.out, pieces)
        with clock.phase("tables"):
            if pieces:
                stage = store.gather([(run.path, run.draws) for run in pieces], study.scenarios)
            elif set(kept) & set(draws):
                stage = store.extend(histories.keys(), study.scenarios, draws, kept)
            else:
                stage = store.assemble(histories.keys())
        tables = None if self.options.histories_only else self._later_tables(inputs, stage)
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
            repeats=again.digest if again else "",
        )
        return store.finish(tables, record, study.model_dump_json(by_alias=True))

    def _repeat(self, out: Path, pieces: Sequence[RunFolder]) -> SettledRun | None:
        """Put some draws, simulated once more, into a run of their own in the folder `out`.

        None where that tells nothing: without uncertain numbers or chance, or with replicates.
        """
        first, place = self.options.first_draw, out / REPEATS
        numbers = repeats_of(range(first, first + len(self.draws)))
        telling = self.replicates == 1 and not self.options.expected and self.options.repeats
        if not (telling and numbers and uncertain_quantities(self.study)):
            remove_run(place)
            return None
        rows = [draw_of(number) - first for number in numbers]
        given = {path: tuple(own[row] for row in rows) for path, own in self.options.given.items()}
        options = replace(
            self.options, first_draw=numbers.start, draws=len(numbers), given=given, events=0.0
        )

        def told(step: RunStep) -> None:
            if step.what == "histories":
                self.watch(replace(step, what="repeats"))

        again = SettledRun(self.checked, options, None, told)
        parts = [piece.repeated for piece in pieces if repeats_of(piece.draws)]
        whole = all(part is not None for part in parts)
        again.into(place, [part for part in parts if part is not None] if whole else ())
        return again

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
        made = {**stored(stage), "groups": tables["groups"]}
        with phase("money"):
            self.watch(RunStep("money", 0, len(study.scenarios)))
            bills = []
            for done, name in enumerate(study.scenarios, 1):
                bills.append(bill(study, name, self.draws, made))
                self.watch(RunStep("money", done, len(study.scenarios)))
            tables["money"] = pa.concat_tables(bills).unify_dictionaries().combine_chunks()
        with phase("measures and claims"):
            self.watch(RunStep("measures and claims", 0, 1))
            made["money"] = tables["money"]
            tables["measures"] = measures_table(study, self.draws, made)
            conditions = {name: given.conditions.claims for name, given in inputs.items()}
            tables["claims"] = claims_table(
                study, tables["measures"], conditions, means=self.options.expected
            )
            self.watch(RunStep("measures and claims", 1, 1))
        return tables


@cache
def code_digest() -> str:
    """Digest of Sojourn's own source, so that tables made of histories never outlive a change."""
    found = blake2b(digest_size=16)
    root = Path(__file__).parents[1]
    for file in sorted(root.rglob("*.py")):
        found.update(str(file.relative_to(root)).encode() + b"\0" + file.read_bytes())
    return found.hexdigest()


def chosen(study: StudyModel, wanted: tuple[str, ...]) -> StudyModel:
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
