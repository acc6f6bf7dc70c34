"""One screening, from the agreement and the cohort to the published tables."""

from __future__ import annotations

import json
import platform
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from sojourn import __version__
from sojourn.disk.faults import problem_of, refuse_threads
from sojourn.disk.whole import clear, complete, created, put_folder, staged, write_text
from sojourn.errors import Problem, SojournError
from sojourn.results.endings import refuse_file_name
from sojourn.results.run_folder.provenance import digest_of
from sojourn.rules.agreement.conditions import CheckedRule, places
from sojourn.screening.cohort import CohortError, DuckCohort, cannot_write, find_files
from sojourn.screening.cohort_columns import Choices
from sojourn.screening.counts import Screened
from sojourn.screening.disclosure import SMALLEST, Published, publish
from sojourn.screening.ledger import charge, ledger_of
from sojourn.screening.noise import Noise, base_of, cells_of, most_changed
from sojourn.screening.scan_cohort import screen, write_rows
from sojourn.study.model.facts import Fact

if TYPE_CHECKING:
    from sojourn.rules.agreement.file import AgreementFile
    from sojourn.screening.queries import Engine

FORMAT = "sojourn screening"
"""Marks a folder as one of ours."""
RECORD = "run.json"


@dataclass(frozen=True, slots=True)
class ScreenOptions:
    """How a cohort is screened."""

    choices: Choices = field(default_factory=Choices)
    smallest: int = SMALLEST
    """Counts below this are held back, and all have noise of half of it; 0 shows all exactly."""
    ledger: str | None = None
    """The file that holds what the cohort was asked; None is beside the cohort."""
    rows: str | None = None
    """Where the outcome of each row is written, as Parquet."""
    on: str | None = None
    """The master of a Spark cluster; None is DuckDB on this machine."""
    threads: int | None = None
    memory: str | None = None


@dataclass(frozen=True, slots=True)
class PublishableCounts:
    """The publishable counts of a cohort, and their origin."""

    published: Published
    record: dict[str, Any]
    """Content of run.json: versions, digest, options, counts, seconds; no host and no path."""


Shown = Callable[[str, float | None], None]
"""Called with the current step, and its progress from 0 to 1 if known."""


def unseen(_what: str, _share: float | None) -> None:
    """Show nothing."""


def screen_cohort(
    agreement: AgreementFile, cohort: str, options: ScreenOptions, show: Shown = unseen
) -> PublishableCounts:
    """Screen a cohort by an agreement.

    `show` is called from a thread of its own during long queries. Raises `CohortError` for
    refused columns and values, before any row is written.
    """
    started, begin = datetime.now(UTC), time.perf_counter()
    seconds: dict[str, float] = {}

    @contextmanager
    def timed(phase: str) -> Iterator[None]:
        before = time.perf_counter()
        yield
        seconds[phase] = round(time.perf_counter() - before, 3)

    _refuse_memory(options.memory)
    _refuse_target(options.rows, options.on, cohort)
    ledger = _ledger(cohort, options)
    with timed("open"):
        engine = _opened(cohort, options)
    with engine, _shown(engine, seconds, show):
        with timed("count"):
            found = screen(engine, agreement.rules, agreement.facts, options.choices)
        with timed("hold back"):
            held = engine.fingerprint() if ledger is not None else ""
            published, used = _published(found, agreement, options, ledger, held)
        if options.rows is not None:
            with timed("rows"):
                write_rows(engine, agreement.rules, agreement.facts, options.choices, options.rows)
        engine_name = engine.dialect.name
    seconds["all"] = round(time.perf_counter() - begin, 3)
    choices = options.choices
    record = {
        "format": FORMAT,
        "version": __version__,
        "python": platform.python_version(),
        "platform": f"{sys.platform}-{platform.machine()}",
        "packages": _versions("pyspark" if options.on else "duckdb", "pyarrow", "numpy"),
        "agreement": agreement.name,
        "title": agreement.title,
        "today": str(agreement.today) if agreement.today else None,
        "today is a": _kind_of_day(agreement.today),
        "eligible means": agreement.eligible,
        # Of the masks that --rows writes; a rule that is not in force has a bit that is never set.
        "bits": {
            str(place): checked.name
            for place, checked in zip(places(agreement.rules), agreement.rules, strict=True)
        },
        "digest": agreement_digest(agreement.facts, agreement.rules, str(agreement.today)),
        "engine": engine_name,
        "options": {
            "undocumented": list(choices.undocumented),
            "drop": list(choices.drop),
            "weights": choices.weights,
            "by": choices.by,
            "id": choices.identifier,
            "smallest": options.smallest,
        },
        "people": published.people,
        "held_back": published.held_back,
        "noise": None if ledger is None else base_of(options.smallest),
        "ledger used": used,
        "unread": list(found.unread),
        "started": started.isoformat(timespec="seconds"),
        "seconds": seconds,
    }
    return PublishableCounts(published, record)


def _ledger(cohort: str, options: ScreenOptions) -> Path | None:
    """The ledger to write into; None if exact counts are asked for."""
    if options.smallest <= 1:
        return None
    found = Path(options.ledger) if options.ledger is not None else ledger_of(cohort)
    if found is None:
        raise CohortError(
            Problem(
                "the ledger of this cohort has no place on this machine",
                "name one with --ledger FILE, the same for every screening of these people",
                cohort,
            )
        )
    return found


def _published(
    found: Screened,
    agreement: AgreementFile,
    options: ScreenOptions,
    ledger: Path | None,
    held: str,
) -> tuple[Published, float | None]:
    """The tables, entered into the ledger first, and the share of it that is used up then.

    `held` tells one state of the cohort from another. After any change a question is a new one,
    even if its counts are the same: an answer that stays would tell that nobody has come or gone.
    """
    rules, choices = agreement.rules, options.choices
    by = agreement.facts[choices.by] if choices.by else None
    exact = cells_of(found, rules, by)
    noise, used = Noise(options.smallest, b""), None
    if ledger is not None:
        question = [
            agreement_digest(agreement.facts, rules, str(agreement.today)),
            repr(choices),
            str(options.smallest),
            held,
        ]
        changed = most_changed(rules, by=by is not None)
        entry = charge(ledger, "\n".join(question), repr(exact), changed, noise.base)
        noise, used = Noise(options.smallest, entry.key), round(entry.used, 3)
    needed = [one.fact for one in found.facts]
    return publish(exact, rules, needed, noise, by), used


@contextmanager
def _shown(engine: Engine, done: Mapping[str, float], show: Shown) -> Iterator[None]:
    """Call `show` twice a second until it is over."""
    over = Event()

    def tell() -> None:
        while not over.wait(0.5):
            show("rows" if "count" in done else "count", engine.progress)

    teller = Thread(target=tell, daemon=True)
    if show is not unseen:
        teller.start()
    try:
        yield
    finally:
        over.set()
        if teller.is_alive():
            teller.join()


def _kind_of_day(today: date | str | None) -> str | None:
    """Whether the day of decision is one date for all, or a fact of each case."""
    if today is None:
        return None
    return "date" if isinstance(today, date) else "fact"


def agreement_digest(facts: Mapping[str, Fact], rules: Sequence[CheckedRule], today: str) -> str:
    """Digest of what decides a case: facts and rules, and the date."""
    return digest_of(
        {
            "facts": {name: fact.model_dump(mode="json") for name, fact in facts.items()},
            "rules": [
                [checked.name, repr(checked.met.root), checked.rule.model_dump(mode="json")]
                for checked in rules
            ],
            "today": today,
        }
    )


def _versions(*packages: str) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = None
    return found


def _opened(cohort: str, options: ScreenOptions) -> Engine:
    if options.on is None:
        rows = Path(options.rows) if options.rows else None
        if options.threads is not None:
            refuse_threads(options.threads)
        return DuckCohort(cohort, threads=options.threads, memory=options.memory, writes=rows)
    if options.threads is not None or options.memory is not None:
        raise CohortError(
            Problem(
                "--threads and --memory are for this machine alone",
                "with --on, set them in Spark: local[4] has 4 threads",
            )
        )
    from sojourn.screening.spark import SparkCohort, start  # noqa: PLC0415  (an extra)

    return SparkCohort(cohort, start(options.on))


_SIZE = re.compile(r"\s*\d{1,6}(\.\d+)?\s*([kmgt]i?)?b\s*", re.IGNORECASE)


def _refuse_memory(memory: str | None) -> None:
    """Raise for a text that is not a size."""
    if memory is not None and not _SIZE.fullmatch(memory):
        raise CohortError(Problem(f"--memory: `{memory}` is not a size", "write it as 500MB"))


def _refuse_target(rows: str | None, on: str | None, cohort: str) -> None:
    """Raise for a file that cannot be written, before the cohort is read."""
    if rows is None or "://" in rows:
        return
    target = Path(rows)
    if "://" not in cohort:
        whole = target.resolve()
        read = {file.resolve() for file in find_files(cohort)}
        if whole in read or (Path(cohort).is_dir() and Path(cohort).resolve() in whole.parents):
            raise CohortError(
                Problem("--rows would write into the cohort", "choose a place outside it", rows)
            )
    if not target.resolve().parent.is_dir():
        raise CohortError(Problem("there is no folder for it", "make the folder first", rows))
    if target.suffix != ".parquet":
        raise CohortError(
            Problem("--rows writes Parquet", "give the file a name that ends in .parquet", rows)
        )
    if on is None and target.is_dir():
        raise CohortError(cannot_write(target, "it is a folder"))
    try:
        with staged(target):
            pass
    except OSError as error:
        raise CohortError(cannot_write(target, error.strerror)) from error


def write_folder(screening: PublishableCounts, out: Path) -> None:
    """Write the tables as CSV and Parquet, and run.json, into a folder that appears complete.

    An earlier screening of ours is replaced. Raises `SojournError` if the folder holds anything
    else, or cannot be written.
    """
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.csv as pc  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    from sojourn.results.spreadsheets import neutral_table  # noqa: PLC0415

    refuse_folder(out)
    try:
        with staged(out) as stage:
            made = stage / "tables"
            made.mkdir()
            for name, rows in screening.published.tables().items():
                table = pa.Table.from_pylist(rows, _schema(rows)) if rows else pa.table({})
                with created(made / f"{name}.parquet") as sink:
                    pq.write_table(table, sink)
                with created(made / f"{name}.csv") as sink:
                    pc.write_csv(neutral_table(table), sink)
            text = json.dumps(screening.record, indent=2, ensure_ascii=False)
            write_text(made / RECORD, text + "\n")
            put_folder(made, out, RECORD)
    except OSError as error:
        what = "the folder cannot be written"
        raise SojournError(problem_of(error, what, out, "choose another with --out")) from error


_WORDS = {
    "status", "rule", "kind", "condition", "cite", "source", "confidence", "fact", "value",
}  # fmt: skip


def _schema(rows: list[dict[str, Any]]) -> Any:  # noqa: ANN401 -- pyarrow has no types
    """Texts are texts and counts are whole numbers, even where all of them are missing."""
    import pyarrow as pa  # noqa: PLC0415

    return pa.schema([(name, pa.string() if name in _WORDS else pa.int64()) for name in rows[0]])


TABLES = ("statuses", "funnel", "facts", "groups")


def refuse_folder(out: Path) -> None:
    """Raise `SojournError` if this has a file's ending, or holds files of another origin."""
    refuse_file_name(out, "a screening", "its tables as CSV and Parquet")
    try:
        if not out.exists():
            return
        if out.is_dir():
            clear(out)
            complete(out, RECORD)
    except OSError as error:
        raise SojournError(problem_of(error, "the folder cannot be used", out)) from error
    ours = {RECORD, *(f"{table}.{kind}" for table in TABLES for kind in ("csv", "parquet"))}
    held = sorted(path.name for path in out.iterdir()) if out.is_dir() else [out.name]
    foreign = [name for name in held if name not in ours]
    if held and not foreign:
        try:
            record = json.loads((out / RECORD).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            record = None
        if not isinstance(record, dict) or record.get("format") != FORMAT:
            foreign = held
    if foreign:
        raise SojournError(
            Problem(
                f"this holds something else: {', '.join(foreign[:5])}",
                "choose an empty or new folder",
                str(out),
            )
        )
