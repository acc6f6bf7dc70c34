"""Measures of a finished run where numbers have other values."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from sojourn.errors import Problem, ResultsError
from sojourn.study.files.suggest import did_you_mean

if TYPE_CHECKING:
    import pyarrow as pa

    from sojourn.analysis.repriced import Repriced
    from sojourn.arrays import Floats
    from sojourn.results.run_folder.folder import RunFolder
    from sojourn.run.again import Again, Size
    from sojourn.run.histories import Watch


class Remade:
    """Measures of a run where numbers have other values: repriced, or run again."""

    def __init__(
        self, run: RunFolder, paths: Sequence[str], wanted: Mapping[str, Sequence[str]],
        watch: Watch, size: Size | None = None,
    ) -> None:  # fmt: skip
        from sojourn.analysis.draws_of_run import given_values, scenarios_behind
        from sojourn.analysis.repriced import Repriced
        from sojourn.run.again import Again
        from sojourn.uncertainty.decided_on import moves_people

        behind = scenarios_behind(run.study, wanted)
        simulated = size is not None or any(moves_people(run.study, behind, path) for path in paths)
        self._source: Again | Repriced = (
            Again(run, paths, behind, given_values(run), size=size, watch=watch)
            if simulated
            else Repriced(run, paths, wanted)
        )
        self._asked: tuple[Mapping[str, Floats], pa.Table] | None = None

    def of(self, values: Mapping[str, Floats], scenario: str, measure: str) -> Floats:
        """A measure of a scenario where numbers have these values, by path [draw]."""
        from sojourn.analysis.draws_of_run import averaged

        if self._asked is None or self._asked[0] is not values:
            self._asked = (values, self._source.measures(values))
        return averaged(self._asked[1], scenario, measure)


def refuse_unknown(name: str, names: Collection[str], what: str = "uncertain number") -> None:
    """Raise ResultsError if there is nothing of this name."""
    if name not in names:
        fix = did_you_mean(name, list(names))
        raise ResultsError(Problem(f"there is no {what} `{name}` here", fix))
