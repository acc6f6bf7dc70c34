"""A cohort beyond one machine: the same queries, read by Spark."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar
from urllib.parse import unquote

from sojourn.disk.whole import staged
from sojourn.errors import Problem, install
from sojourn.screening.cohort import (
    FORMATS,
    CohortColumn,
    CohortError,
    FileKind,
    find_files,
)
from sojourn.study.sql_dialects import SPARK, Dialect

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pyspark.sql import DataFrame, SparkSession

Result = TypeVar("Result")

SETTINGS = {
    # The meaning of a query must not depend on a cluster's settings.
    "spark.sql.ansi.enabled": "true",
    "spark.sql.caseSensitive": "true",
    "spark.sql.parser.escapedStringLiterals": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.ui.showConsoleProgress": "false",
}
_KINDS: dict[str, FileKind] = {
    "string": "text", "boolean": "yes-no", "date": "date", "float": "number", "double": "number",
    "array<string>": "list", "tinyint": "whole", "smallint": "whole", "int": "whole",
    "bigint": "whole",
}  # fmt: skip


def start(master: str) -> SparkSession:
    """A session on a master, as `local[*]` or `spark://host:7077`.

    Raises `CohortError` if PySpark or Java is missing, or the master does not answer.
    """
    try:
        from pyspark.sql import SparkSession  # noqa: PLC0415  (an extra, and slow to load)
    except ImportError as error:
        raise CohortError(
            Problem(
                "--on needs PySpark, which is not installed",
                f"{install('pyspark>=4.0')}, or leave out --on to screen on this machine",
            )
        ) from error
    if not shutil.which("java") and not (Path(os.environ.get("JAVA_HOME", "")) / "bin").is_dir():
        raise CohortError(
            Problem(
                "--on needs Java, which is not found",
                "install Java 17 or later, and put it on the path or name it in JAVA_HOME",
            )
        )
    # Workers that Spark may start are of this very Python.
    builder = SparkSession.builder.appName("sojourn screen").master(master)
    builder = builder.config("spark.ui.enabled", "false").config("spark.log.level", "ERROR")
    try:
        session: SparkSession = builder.getOrCreate()
    except Exception as error:  # Spark and its bridge to Java raise many kinds
        raise CohortError(
            Problem(f"Spark does not start on {master}: {_first_line(error)}", "see --on")
        ) from error
    for name, value in SETTINGS.items():
        if session.conf.isModifiable(name):
            session.conf.set(name, value)
    return session


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:400]


class SparkCohort:
    """A cohort read by Spark: local files, or any address that Spark reads.

    `row` is SQL of a row's number in its file; None for CSV, whose rows Spark does not number.
    """

    dialect: Dialect = SPARK

    def __init__(self, place: str, session: SparkSession) -> None:
        self.place, self.session = place, session
        self.format = "Parquet"
        if "://" in place:
            files = [place]
            self.format = FORMATS.get(Path(place).suffix.lower(), "Parquet")
        else:
            found = find_files(place)
            files = [str(file.resolve()) for file in found]
            self.format = FORMATS[found[0].suffix.lower()]
        frame = self._read(files)
        self.columns = self._columns(frame)
        self.source, numbered = f"cohort_{id(self)}", f"cohort_{id(self)}_numbered"
        self.file, self.row = "`file of cohort`", None
        added = [f"{self._named()} AS {self.file}"]
        if self.format == "Parquet":
            self.row = "`row of cohort`"
            added.append(f"_metadata.row_index + 1 AS {self.row}")
        frame.createOrReplaceTempView(self.source)
        frame.selectExpr("*", *added).createOrReplaceTempView(numbered)
        self.numbered = numbered

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for view in (self.source, self.numbered):
            self.session.catalog.dropTempView(view)

    progress: float | None = None
    """Not known here; Spark's own page tells it."""

    def fingerprint(self) -> str:
        """A digest of all values, in whatever order."""
        listed = ", ".join(SPARK.identifier(column.name) for column in self.columns)
        ((count, mixed, added),) = self.rows(
            f"SELECT count(*), bit_xor(xxhash64({listed})), "
            f"sum(CAST(xxhash64({listed}) AS DECIMAL(38, 0))) FROM {self.source}"
        )
        return f"{count} {mixed} {added}"

    def fetch(self, query: str) -> Mapping[str, NDArray[Any]]:
        """The columns of an answer; raises `CohortError` for a file that cannot be read."""
        import numpy as np  # noqa: PLC0415

        def answer() -> Mapping[str, NDArray[Any]]:
            frame = self.session.sql(query)
            rows = frame.collect()
            return {
                name: np.ma.array(
                    [0 if row[at] is None else row[at] for row in rows],
                    mask=[row[at] is None for row in rows],
                    dtype=object if kind == "string" else np.int64,
                )
                for at, (name, kind) in enumerate(frame.dtypes)
            }

        return self._asked(answer)

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """The rows of a short answer."""
        return self._asked(lambda: [tuple(row) for row in self.session.sql(query).collect()])

    def line(self, _file: str, _row: int) -> int | None:
        """Not known: rows of a CSV file have no numbers here."""
        return None

    def write(self, query: str, target: str) -> None:
        """Write the answer as a folder of Parquet files, which appears complete or not at all.

        At a remote address, Spark's own `_SUCCESS` file marks it as complete.
        """
        if "://" in target:
            self._asked(lambda: self.session.sql(query).write.parquet(target))
            return
        place = Path(target)
        # Beside the target, also where it is a folder already, which is replaced.
        with staged(place.with_name(f"{place.name}.new")) as stage:
            address = _address(str((stage / "rows").resolve()))
            self._asked(lambda: self.session.sql(query).write.parquet(address))
            if place.is_dir():
                place.rename(stage / "old")
            (stage / "rows").replace(place)

    def _asked(self, ask: Callable[[], Result]) -> Result:
        from py4j.protocol import Py4JError  # noqa: PLC0415
        from pyspark.errors import PySparkException  # noqa: PLC0415

        try:
            return ask()
        except (PySparkException, Py4JError) as error:
            raise CohortError(
                Problem(f"Spark cannot read it: {_first_line(error)}", "mend the file", self.place)
            ) from error

    def _read(self, files: Sequence[str]) -> DataFrame:
        addresses = [_address(file) for file in files]
        if self.format == "Parquet":
            return self._asked(lambda: self.session.read.parquet(*addresses))
        sign = "\t" if all(file.lower().endswith(".tsv") for file in files) else ","
        return self._asked(
            lambda: self.session.read.csv(
                addresses,
                header=True,
                inferSchema=False,
                sep=sign,
                escape='"',
                mode="FAILFAST",
                enforceSchema=False,
            )
        )

    def _columns(self, frame: DataFrame) -> tuple[CohortColumn, ...]:
        """The columns, which all files must share."""
        first = frame.dtypes
        for file in self._asked(frame.inputFiles) if self.format == "Parquet" else ():
            other = self._asked(partial(self._types, file))
            if sorted(other) != sorted(first):
                odd = sorted({name for name, _ in set(other) ^ set(first)})
                raise CohortError(
                    Problem(
                        f"its columns are not those of other files: {', '.join(odd)}",
                        "the files of a cohort have the same columns of the same types",
                        file,
                    )
                )
        return tuple(CohortColumn(name, _kind(kind), kind) for name, kind in first)

    def _types(self, file: str) -> list[tuple[str, str]]:
        # Addresses are percent-encoded here, and expected decoded.
        return self.session.read.parquet(unquote(file)).dtypes

    def _named(self) -> str:
        """SQL of a file's name, without the folder of the cohort."""
        # Paths come as percent-encoded addresses, in which a plus means itself.
        path = "url_decode(replace(_metadata.file_path, '+', '%2B'))"
        if "://" not in self.place and Path(self.place).is_dir():
            root = f"{Path(self.place).resolve()}/"
            return f"substring_index({path}, {SPARK.literal(root)}, -1)"
        return f"regexp_extract({path}, '[^/]+$', 0)"


def _address(path: str) -> str:
    """An address for Spark; a path without a scheme is local, whatever Spark's default is."""
    return path if "://" in path else f"file://{path}"


def _kind(type_name: str) -> FileKind:
    return "number" if type_name.startswith("decimal") else _KINDS.get(type_name, "other")
