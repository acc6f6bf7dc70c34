"""Runs a study under every setting of a sweep, and gathers what came of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from sojourn.errors import Problem, ResultsError, SojournError
from sojourn.results.run_folder.folder import read_run
from sojourn.results.run_folder.provenance import digest_of
from sojourn.run.check import Checked
from sojourn.run.histories import RunStep, Watch, look_away
from sojourn.run.run import Options, SettledRun, code_digest
from sojourn.sweeps.folder import (
    RUNS,
    finish,
    is_finished,
    measures_of,
    read_sweep,
    refuse_unknown_measures,
    settings_table,
    summary_of,
    writing,
)
from sojourn.sweeps.job import name_of
from sojourn.sweeps.settings import Setting

Keep = Callable[[Path], None]
"""Keeps the folder of a finished run in another place too."""


def keep_here(_: Path) -> None:
    """A finished run stays where it is."""


class Workers(Protocol):
    """Who computes runs into the folder `runs`."""

    def compute(self, wanted: Sequence[SettledRun], runs: Path, watch: Watch) -> None:
        """Compute every run that is wanted; raises SojournError."""


def sweep_into(
    out: Path,
    settings: Sequence[Setting],
    study_of: Callable[[Setting], tuple[Checked, Mapping[str, object]]],
    options: Options,
    *,
    whole: object,
    measures: Collection[str] = (),
    workers: Workers | None,
    watch: Watch,
    keep: Keep = keep_here,
) -> None:
    """Run the study under every setting into the folder `out`.

    A run that is there is not computed again, whichever sweep has made it, and of one that differs
    in prices or measures alone only these are. `study_of` gives the checked study under a setting,
    and what was changed in it; `whole`, plain values, stands for the study as it is; `keep` is told
    of each finished run's folder. Raises SojournError, before anything is run for a setting that
    the study cannot have, and for one of `measures` that it has not.
    """
    texts = [{path: str(value) for path, value in setting.items()} for setting in settings]
    asked = {name: getattr(options, name) for name in _ASKED}
    digest = digest_of([whole, texts, asked, code_digest()])
    if is_finished(out, digest):
        refuse_unknown_measures(measures, read_sweep(out)["measures"])
        return
    with writing(out):
        runs = out / RUNS
        runs.mkdir(exist_ok=True)
        plan = _plan(settings, study_of, options, watch)
        units = {
            name: measure.unit or ""
            for each in plan
            for scenario in each.study.scenarios.values()
            for name, measure in scenario.measures.items()
        }
        refuse_unknown_measures(measures, units)
        known = _known(runs, len(plan[0].draws))
        new: dict[str, SettledRun] = {}
        for each in plan:
            if each.histories not in known:
                new.setdefault(each.histories, each)
        (workers or _ThisMachine(keep)).compute([*new.values()], runs, watch)
        known |= {histories: name_of(each) for histories, each in new.items()}
        for each in plan:
            same, own = known[each.histories], name_of(each)
            keep(each.into(runs / own, [read_run(runs / same)] if same != own else ()))
        names = [name_of(each) for each in plan]
        first = plan[0]
        record = {
            "title": first.study.title,
            "baseline": first.study.baseline,
            "scenarios": list(first.study.scenarios),
            "measures": units,
            "digest": digest,
            "settings": texts,
            "runs": names,
            "options": {**asked, "seed": first.seed, "draws": len(first.draws),
                        "replicates": first.replicates},
        }  # fmt: skip
        tables = {
            "settings": settings_table(texts),
            "measures": measures_of(out, names),
            "summary": summary_of(out, names),
        }
        finish(out, record, tables)


_ASKED = ("seed", "draws", "replicates", "events", "scenarios", "expected", "changes")
"""Options that determine what a sweep holds."""


def _plan(
    settings: Sequence[Setting],
    study_of: Callable[[Setting], tuple[Checked, Mapping[str, object]]],
    options: Options,
    watch: Watch,
) -> list[SettledRun]:
    """Every setting checked, before anything is computed."""
    plan: list[SettledRun] = []
    problems: dict[Problem, None] = {}
    for number, setting in enumerate(settings, 1):
        watch(RunStep("settings checked", number - 1, len(settings)))
        try:
            checked, changes = study_of(setting)
        except SojournError as error:
            problems |= dict.fromkeys(error.problems)
            continue
        own = replace(options, changes=changes)
        plan.append(SettledRun(checked, own, None, look_away))
    watch(RunStep("settings checked", len(settings), len(settings)))
    if problems:
        raise SojournError(*problems)
    return plan


def _known(runs: Path, draws: int) -> dict[str, str]:
    """Finished, undamaged runs of so many draws: the name of one for each digest of histories."""
    found = {}
    for folder in sorted(runs.iterdir()):
        with suppress(ResultsError):
            run = read_run(folder)
            if len(run.draws) == draws:
                found[str(run.record["histories"])] = folder.name
    return found


class _ThisMachine:
    """One run after the other, each with all threads."""

    def __init__(self, keep: Keep) -> None:
        self._keep = keep

    def compute(self, wanted: Sequence[SettledRun], runs: Path, watch: Watch) -> None:
        for done, each in enumerate(wanted):
            each.watch = _part(watch, done, len(wanted))
            self._keep(each.into(runs / name_of(each)))


def _part(watch: Watch, done: int, count: int) -> Watch:
    """A watcher of one run among `count`, after `done` others: it tells of all histories."""

    def told(step: RunStep) -> None:
        if step.what == "histories":
            watch(RunStep(step.what, done * step.total + step.done, count * step.total))

    return told
