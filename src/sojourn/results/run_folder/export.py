"""A run's tables for other programs: CSV, described by a Frictionless data package."""

from __future__ import annotations

import json
from collections.abc import Collection
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

from sojourn.disk.faults import problem_of
from sojourn.disk.whole import clear, complete, created, put_folder, staged, write_text
from sojourn.errors import Problem, ResultsError
from sojourn.results.column_specs import TableSpec
from sojourn.results.columns import SPECS
from sojourn.results.endings import refuse_file_name
from sojourn.results.run_folder.folder import RunFolder, read_run
from sojourn.results.spreadsheets import neutral_table
from sojourn.results.views import stored

PACKAGE = "datapackage.json"

_TYPES = {
    "text": "string",
    "int32": "integer",
    "int64": "integer",
    "double": "number",
    "date": "date",
}


def export_run(folder: Path, out: Path) -> Path:
    """Write every table of a finished run as CSV, and datapackage.json; return `out`.

    UTF-8, comma, one header line; an empty field is an empty value; texts that a spreadsheet
    could run are neutralised (`spreadsheets`). The folder appears whole or not at all. Raises
    ResultsError if the run is not finished, or `out` has a file's ending, cannot be written, or
    holds anything but an earlier export.
    """
    out = Path(out)
    refuse_file_name(out, "an export", "a CSV file for each table")
    run = read_run(folder)
    files = stored(run.path)
    try:
        refuse_other_files(out, {PACKAGE, *(f"{name}.csv" for name in SPECS)})
        with staged(out) as stage:
            made = stage / "tables"
            made.mkdir()
            for name, file in files.items():
                _write_csv(file, made / f"{name}.csv")
            package = package_of(
                run, [resource_of(SPECS[name], made / f"{name}.csv") for name in files]
            )
            write_text(made / PACKAGE, json.dumps(package, indent=2, ensure_ascii=False) + "\n")
            put_folder(made, out, PACKAGE)
    except OSError as error:
        raise ResultsError(problem_of(error, "the folder cannot be written", out)) from error
    return out


def refuse_other_files(out: Path, ours: Collection[str]) -> None:
    """Raise ResultsError if the folder holds files of other names; an earlier move is completed."""
    if not out.exists():
        return
    if out.is_dir():
        clear(out)
        complete(out, PACKAGE)
    if not out.is_dir():
        raise ResultsError(Problem("this is a file, not a folder", file=str(out)))
    others = sorted(file.name for file in out.iterdir() if file.name not in ours)
    if others:
        raise ResultsError(
            Problem(
                f"the folder holds something else ({others[0]!r}, for one)",
                "Choose an empty or new folder.",
                str(out),
            )
        )


def _write_csv(parquet: Path, file: Path) -> None:
    """Row group by row group, so that a large table needs little memory."""
    with pq.ParquetFile(parquet) as source, created(file) as sink:
        plain = neutral_table(source.schema_arrow.empty_table()).schema
        with pc.CSVWriter(sink, plain) as writer:
            for batch in source.iter_batches():
                writer.write_table(neutral_table(pa.Table.from_batches([batch])))


def package_of(run: RunFolder, resources: list[dict[str, Any]]) -> dict[str, Any]:
    """What datapackage.json says of a run's tables."""
    record = run.record
    return {
        "profile": "tabular-data-package",
        "name": "sojourn-run",
        "id": record["digest"],
        "title": record["title"],
        "created": record["started"],
        "description": f"Result tables of Sojourn {record['version']}, seed {record['seed']}, "
        f"{record['draws']} draws, {record['replicates']} replicates.",
        "sources": [
            {"title": source["title"]} | ({"path": source["url"]} if source.get("url") else {})
            for source in record.get("sources", {}).values()
        ],
        "resources": resources,
    }


def resource_of(spec: TableSpec, file: Path) -> dict[str, Any]:
    """What it says of one table's CSV file: its columns, size and digest."""
    with file.open("rb") as stream:
        digest = sha256()
        for block in iter(lambda: stream.read(1 << 20), b""):
            digest.update(block)
    fields = [
        {
            "name": column.name,
            "type": _TYPES[column.kind],
            "description": column.about,
            "constraints": {"required": not column.nullable},
        }
        for column in spec.columns
    ]
    return {
        "profile": "tabular-data-resource",
        "name": spec.name.lower(),
        "path": file.name,
        "description": spec.about,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": file.stat().st_size,
        "hash": f"sha256:{digest.hexdigest()}",
        "schema": {"fields": fields, "missingValues": [""]},
    }
