"""A finished run done again with other values of some numbers, and with the same random numbers."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa

from sojourn.arrays import Floats
from sojourn.results.run_folder.folder import RunFolder, read_run
from sojourn.run.check import Checked
from sojourn.run.histories import Watch, look_away
from sojourn.run.people_and_rules import all_inputs
from sojourn.run.run import EXPECTED, Options, SettledRun, chosen
from sojourn.study.model.study import StudyModel
from sojourn.uncertainty.given import with_given


@dataclass(frozen=True, slots=True)
class Size:
    """How large a run is, where it differs from the finished one."""

    draws: int
    expected: bool


class Again:
    """The scenarios of a finished run, to be run again where its numbers have other values.

    Draws and replicates have their numbers again, so that everything else is as it was in each.
    """

    def __init__(
        self,
        run: RunFolder,
        paths: Collection[str],
        scenarios: Sequence[str],
        given: Mapping[str, Floats],
        *,
        size: Size | None = None,
        study: StudyModel | None = None,
        watch: Watch = look_away,
    ) -> None:
        """Take the paths of the numbers, and the values that the run was given of others [draw].

        `size` and `study` are those of the finished run unless they are said.
        """
        record = run.record
        self._record, self._given, self._watch = record, dict(given), watch
        self._size = size or Size(int(record["draws"]), record["solver"] == EXPECTED)
        wanted = chosen(study or run.study, tuple(scenarios))
        marked, _ = with_given(wanted, {*paths, *given})
        self._checked = Checked(marked, (), all_inputs(marked))

    def measures(self, values: Mapping[str, Floats]) -> pa.Table:
        """The table `measures` where numbers have these values, by path [draw].

        Raises SojournError for a value that the study cannot have.
        """
        with self.run(values) as done:
            return done.table("measures")

    @contextmanager
    def run(self, values: Mapping[str, Floats]) -> Iterator[RunFolder]:
        """The run where numbers have these values, by path [draw], until the block ends.

        Raises SojournError for a value that the study cannot have.
        """
        record, size = self._record, self._size
        whole = {**self._given, **values}
        options = Options(
            seed=record["seed"],
            draws=size.draws,
            replicates=1 if size.expected else record["replicates"],
            expected=size.expected,
            first_draw=record["first_draw"],
            given={path: tuple(map(float, own)) for path, own in whole.items()},
            repeats=False,
        )
        with TemporaryDirectory(prefix="sojourn-") as place:
            out = SettledRun(self._checked, options, None, self._watch).into(Path(place) / "run")
            yield read_run(out)
