"""The result of screening a cohort, as the Python API returns it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from sojourn.api.public import public
from sojourn.api.tables import Table, arrow_of
from sojourn.errors import Problem, SojournError
from sojourn.screening.cohort_columns import Choices
from sojourn.screening.disclosure import SMALLEST
from sojourn.screening.screen import (
    PublishableCounts,
    ScreenOptions,
    refuse_folder,
    screen_cohort,
    unseen,
    write_folder,
)
from sojourn.study.confidence import marked

if TYPE_CHECKING:
    from sojourn.rules.agreement.file import AgreementFile
    from sojourn.screening.screen import Shown


@dataclass(frozen=True, slots=True)
class ScreenArguments:
    """The arguments of `Agreement.screen`."""

    by: str | None
    weights: str | None
    undocumented: tuple[str, ...]
    drop: tuple[str, ...]
    identifier: str | None
    smallest: int | None
    ledger: str | Path | None
    rows: str | Path | None
    out: str | Path | None
    on: str | None
    threads: int | None
    memory: str | None


def screened(
    agreement: AgreementFile, cohort: str, asked: ScreenArguments, progress: Shown | None
) -> Screening:
    """Screen files, and write the folder if one is wanted."""
    options = ScreenOptions(
        choices=Choices(asked.undocumented, asked.drop, asked.weights, asked.by, asked.identifier),
        smallest=SMALLEST if asked.smallest is None else asked.smallest,
        ledger=None if asked.ledger is None else str(asked.ledger),
        rows=None if asked.rows is None else str(asked.rows),
        on=asked.on,
        threads=asked.threads,
        memory=asked.memory,
    )
    if asked.out is not None:
        refuse_folder(Path(asked.out))
    done = screen_cohort(agreement, cohort, options, progress or unseen)
    if asked.out is not None:
        write_folder(done, Path(asked.out))
    return Screening(done, asked.by)


def as_parquet(cohort: object, asked: ScreenArguments, file: Path) -> Path:
    """A data frame written as Parquet.

    Raises SojournError for anything that is not a table, and if its ledger has no place.
    """
    if not hasattr(cohort, "__arrow_c_stream__"):
        raise SojournError(
            Problem(
                f"`{type(cohort).__name__}` is not a cohort",
                "give a path, a data frame, or a table with the PyCapsule interface",
            )
        )
    if asked.ledger is None and asked.smallest not in {0, 1}:
        raise SojournError(
            Problem(
                "a data frame has no place for the ledger of what its people were asked about",
                "give ledger='people.ledger.json', the same for every screening of them; or "
                "smallest=0 for exact counts, which are not published",
            )
        )
    pq.write_table(arrow_of(cohort), file)
    return file


@public
class Screening:
    """How many of a cohort are eligible, barred or referred, and by what.

    Counts have noise, and are None where they are held back, unless `smallest=0` asked for exact
    ones.
    """

    def __init__(self, done: PublishableCounts, by: str | None) -> None:
        self._done = done
        self.by = by
        """The fact whose values are counted separately, or None."""

    @property
    def record(self) -> Mapping[str, Any]:
        """How the counts were made: versions, digest, options, seconds."""
        return self._done.record

    @property
    def people(self) -> int | None:
        """Everybody; None if the number is held back."""
        return self._done.published.people

    @property
    def smallest(self) -> int:
        """Counts below this are held back; others are multiples of half of it."""
        return self._done.published.smallest

    @property
    def statuses(self) -> Table:
        """One row per status, starting with all people: status, people."""
        return self._table("statuses")

    @property
    def funnel(self) -> Table:
        """One row per rule: how many people fail it, pass it, or are left undetermined.

        Columns: position, rule, kind, condition, cite, source, confidence, fails, remaining,
        only_this, unknown, undetermined_only, passes_unknown and fails_unknown (for want of a
        fact), and label (the rule, marked if no text was read).
        """
        rows = self._done.published.funnel
        labels = [marked(row["rule"], row["confidence"]) for row in rows]
        made = _arrow(rows)
        return Table(made.append_column("label", pa.array(labels, pa.string())), "funnel")

    @property
    def facts(self) -> Table:
        """One row per fact: people referred because it is missing (`wanted`), or only it is."""
        return self._table("facts")

    @property
    def groups(self) -> Table:
        """One row for each value of the fact `by`: value, people, eligible, barred, referred."""
        return self._table("groups")

    def _table(self, name: str) -> Table:
        return Table(_arrow(self.to_dict()[name]), name)

    def to_dict(self) -> dict[str, list[dict[str, Any]]]:
        """The tables as rows, by name."""
        return {"groups": [], **self._done.published.tables()}

    def __repr__(self) -> str:
        few = f"fewer than {self.smallest}"
        said = [
            f"{few if row['people'] is None else format(row['people'], ',')} {row['status']}"
            for row in self._done.published.statuses
        ]
        return f"{self.record['title']}: {', '.join(said)}"

    def _repr_html_(self) -> str:
        return f"{self.statuses._repr_html_()}{self.funnel._repr_html_()}"


def _arrow(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows)
