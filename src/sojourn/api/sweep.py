"""A sweep in Python: one study under many settings."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any, Literal
from weakref import finalize

import pyarrow as pa

from sojourn.api.public import public
from sojourn.api.tables import Table, columns_of
from sojourn.disk.remote import is_remote
from sojourn.errors import Problem, SojournError
from sojourn.study.files.suggest import did_you_mean
from sojourn.sweeps.folder import RUNS, read_sweep, refuse_unknown_measures, table
from sojourn.sweeps.remote import RemoteSweep, told_there
from sojourn.sweeps.settings import grid, settings_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sojourn.api.progress import Progress
    from sojourn.api.run import Run
    from sojourn.api.study import Study
    from sojourn.run.check import Checked
    from sojourn.sweeps.settings import Setting
    from sojourn.sweeps.sweep import Keep


@public
def sweep(
    study: Study | str | Path,
    vary: Mapping[str, str | Sequence[Any]] | None = None,
    *,
    settings: object = None,
    draws: int | None = None,
    seed: int | None = None,
    replicates: int | None = None,
    scenarios: Iterable[str] = (),
    expected: bool = False,
    measures: Collection[str] = (),
    out: str | Path | None = None,
    threads: int | None = None,
    on: str | None = None,
    progress: Progress = None,
) -> Sweep:
    """Run a study under many settings; every setting has the same draws and random numbers.

    Args:
        study: a study, or its folder.
        vary: by path, as `Study.change` takes them, a list of values, or a text: some values
            between semicolons, or `"200 people..600 people/5"` for five from 200 to 600. Every
            combination is a setting.
        settings: in place of `vary`, a CSV or Parquet file, a data frame or a mapping of columns: a
            column for each path, a row for each setting; an empty cell leaves the study as it is.
        draws: as in `Study.run`, for each setting.
        seed: as in `Study.run`.
        replicates: as in `Study.run`.
        scenarios: as in `Study.run`.
        expected: as in `Study.run`.
        measures: names that will be asked for; one that the study has not is refused before
            anything is run. A sweep has all measures of the study, whatever is named.
        out: folder to keep the sweep in: a run folder for each setting, and tables of all. Runs
            that are there are not computed again. With `sojourn[remote]` also an address of
            fsspec, as `s3://bucket/sweep`. By default a temporary folder.
        threads: by default one for each core; not with `on`.
        on: `tcp://HOST:PORT`, a scheduler of Dask whose workers see the folder under the same
            path; or `local:4`, for four processes of this machine. The figures are the same.
        progress: as in `Study.run`.

    Raises SojournError for a setting that the study cannot have, a measure that it has not, and for
    a folder or a cluster that cannot be used.
    """
    from sojourn.api.load import load
    from sojourn.api.progress import watching
    from sojourn.run.run import Options
    from sojourn.sweeps.sweep import keep_here, sweep_into

    whole = load(study) if isinstance(study, str | Path) else study
    wanted = _settings(vary, settings)
    if on is not None and threads is not None:
        raise SojournError(Problem("a cluster's workers have a thread each", "leave out `threads`"))
    workers, there = None, None
    keep: Keep = keep_here
    address = str(out) if out is not None and is_remote(out) else ""
    if on is not None:
        from sojourn.sweeps.on_dask import DaskWorkers

        workers = DaskWorkers(on, address)

    def changed(setting: Setting) -> tuple[Checked, Mapping[str, object]]:
        study = whole.change(setting)
        return study._checked, study.changes

    options = Options(
        seed=seed,
        draws=draws,
        replicates=replicates,
        threads=threads,
        scenarios=tuple(scenarios),
        expected=expected,
        changes=whole.changes,
    )
    place = Path(mkdtemp(prefix="sojourn-")) if out is None or address else Path(out)
    try:
        with watching(progress) as watch:
            if address:
                there = RemoteSweep(address, place)
                keep = there.keep
            sweep_into(
                place,
                wanted,
                changed,
                options,
                measures=measures,
                whole=whole._checked.study.model_dump(mode="json", by_alias=True),
                workers=workers,
                watch=watch,
                keep=keep,
            )
            if there is not None:
                there.finish()
        found = Sweep(place, read_sweep(place), address)
    except BaseException:
        if out is None or address:
            rmtree(place, ignore_errors=True)
        raise
    if out is None or address:
        finalize(found, rmtree, place, ignore_errors=True)
    return found


@public
def open_sweep(folder: str | Path) -> Sweep:
    """Open a finished sweep, in a folder or at an address of fsspec.

    Raises SojournError if it is none.
    """
    if not is_remote(folder):
        return Sweep(Path(folder), read_sweep(Path(folder)))
    place = Path(mkdtemp(prefix="sojourn-"))
    try:
        with told_there(place, str(folder)):
            RemoteSweep(str(folder), place)
            found = Sweep(place, read_sweep(place), str(folder))
    except BaseException:
        rmtree(place, ignore_errors=True)
        raise
    finalize(found, rmtree, place, ignore_errors=True)
    return found


def _settings(vary: Mapping[str, Any] | None, settings: object) -> Sequence[Setting]:
    if (vary is None) == (settings is None):
        raise SojournError(
            Problem("a sweep needs values to vary", "give `vary` or `settings`, not both")
        )
    if vary is not None:
        return grid(vary)
    if isinstance(settings, str | Path):
        from sojourn.study.words.file_tables import read_sheet

        sheet = read_sheet(Path(settings))
        cells = zip(*(cells for _, cells in sheet.rows), strict=True)
        return settings_of(dict(zip(sheet.header, cells, strict=False)))
    return settings_of(columns_of(settings))


_LIMIT = re.compile(r"(?P<measure>\S+)\s*(?P<sign><=|>=)\s*(?P<number>[-+\d,.eE]+)")


def _limit(text: str) -> tuple[str, str, float]:
    """The measure, the sign and the number of a limit."""
    found = _LIMIT.fullmatch(text.strip())
    try:
        if found is None:
            raise ValueError
        return found["measure"], found["sign"], float(found["number"].replace(",", ""))
    except ValueError as error:
        what = f"`{text}` is not a limit"
        raise SojournError(Problem(what, "write it as `queue_at_end <= 500`")) from error


@public
class Sweep:
    """A finished sweep: a run for each setting, and their measures in one table."""

    def __init__(self, folder: Path, record: Mapping[str, Any], address: str = "") -> None:
        self.folder = folder
        """Where its tables and runs are; a temporary folder unless `out` was given and is one."""
        self.kept = address or str(folder)
        """Where they stay: an address, or that folder."""
        self.record = record
        """What sweep.json says: version, settings, options, runs."""

    @property
    def settings(self) -> Table:
        """A row for each setting: `setting`, its number from 1, and a column for each path."""
        return Table(table(self.folder, "settings"), "settings")

    @property
    def measures(self) -> Table:
        """As `Run.measures`, a row for each measure of each history, with `setting` in front."""
        return Table(table(self.folder, "measures"), "measures")

    def run(self, setting: int) -> Run:
        """The run of a setting, by its number. Raises SojournError if there is none."""
        from sojourn.api.run import open as open_run

        names = self.record["runs"]
        if not 1 <= setting <= len(names):
            what = f"there is no setting {setting}"
            raise SojournError(Problem(what, f"they have the numbers 1 to {len(names)}"))
        return open_run(self.folder / RUNS / names[setting - 1])

    def summary(self, *measures: str) -> Table:
        """Mean, range and both errors of each measure under each setting and scenario.

        Args:
            measures: names; by default all.

        The columns: setting, one for each path that varies, scenario, measure, unit, and those of
        `Run.summary` from mean on. Raises SojournError for an unknown name.
        """
        from sojourn.api.tables import from_rows
        from sojourn.results.summary import SPREAD

        found, units = table(self.folder, "summary").to_pylist(), self.record["measures"]
        known = {row["measure"]: None for row in found}
        refuse_unknown_measures(measures, known)
        # By setting and scenario, as they are; measures as they are asked for.
        places = {name: place for place, name in enumerate(measures or known)}
        blocks = {(row["setting"], row["scenario"]): place for place, row in enumerate(found)}
        chosen = [row for row in found if row["measure"] in places]
        chosen.sort(
            key=lambda row: (blocks[row["setting"], row["scenario"]], places[row["measure"]])
        )
        settings = {row["setting"]: row for row in self.settings}
        texts = dict.fromkeys([*self._paths(), "scenario", "measure", "unit"], pa.string())
        columns = {"setting": pa.int32(), **texts, **dict.fromkeys(SPREAD, pa.float64())}
        rows = [settings[row["setting"]] | row | {"unit": units[row["measure"]]} for row in chosen]
        return from_rows("summary of a sweep", rows, columns)

    def frontier(
        self,
        objective: str,
        keep: str,
        *,
        wants: Literal["least", "greatest"] = "least",
        chance: float = 0.05,
        scenario: str | None = None,
    ) -> Table:
        """Which settings give the least (or greatest) mean of a measure, under a limit on another.

        Args:
            objective: the measure.
            keep: the limit, as `"queue_at_end <= 500"` or `"served >= 0.9"`, in the measure's unit.
            wants: what the mean of the objective is to be.
            chance: share of histories in which the limit may be broken.
            scenario: by default the last one.

        The columns: setting, one for each path that varies, mean and error (standard error of the
        mean), broken (share of histories in which the limit is broken), broken_low and broken_high
        (between which it lies with 95 %), allowed, frontier (no other setting is as good in both
        and better in one) and best: in which share of resamples of the draws it is the best of
        those allowed. A measure that is not determined breaks its limit. Raises SojournError for
        an unknown measure or scenario, and for a limit of another form.
        """
        from dataclasses import asdict

        import numpy as np

        from sojourn.sweeps.frontier import choices

        limited, sign, number = _limit(keep)
        scenario = scenario or self.record["scenarios"][-1]
        values = {name: self._values(name, scenario) for name in {objective, limited}}
        found = choices(values[objective], values[limited], number, wants=wants,
                        at="most" if sign == "<=" else "least", chance=chance)  # fmt: skip
        settings = self.settings.to_dicts()
        rows = [settings[each.setting] | {k: v for k, v in asdict(each).items() if k != "setting"}
                for each in found]  # fmt: skip
        if np.isnan(rows[0]["mean"]):
            raise SojournError(Problem(f"`{objective}` is not determined in every history"))
        return Table(pa.Table.from_pylist(rows), "choices among settings")

    def _values(self, measure: str, scenario: str) -> NDArray[Any]:
        """[setting, draw, replicate], NaN where it is not determined."""
        import numpy as np
        import pyarrow.compute as pc

        for kind, name, known in (("measure", measure, self.record["measures"]),
                                  ("scenario", scenario, self.record["scenarios"])):  # fmt: skip
            if name not in known:
                what = f"the study has no {kind} '{name}'"
                raise SojournError(Problem(what, did_you_mean(name, known)))
        rows = table(self.folder, "measures")
        wanted = pc.and_(pc.equal(rows["measure"], measure), pc.equal(rows["scenario"], scenario))
        chosen = rows.filter(wanted).sort_by(
            [(key, "ascending") for key in ("setting", "draw", "replicate")]
        )
        shape = (len(self.record["runs"]), -1, self.record["options"]["replicates"])
        return np.array(chosen["value"].to_pylist(), np.float64).reshape(shape)

    def __repr__(self) -> str:
        count = len(self.record["settings"])
        return f"{self.record['title']}: {count} settings of {', '.join(self._paths())}"

    def _repr_html_(self) -> str:
        return self.summary()._repr_html_()

    def _paths(self) -> tuple[str, ...]:
        return self.settings.columns[1:]
