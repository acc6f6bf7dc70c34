"""Names of outputs: a file must have the ending of its kind, a folder must have none."""

from __future__ import annotations

from pathlib import Path

from sojourn.disk.remote import is_remote
from sojourn.errors import Problem, ResultsError

OF_FILES = {
    "7z", "arrow", "avro", "csv", "db", "doc", "docx", "dta", "duckdb", "feather", "gz", "h5",
    "hdf5", "htm", "html", "ipynb", "jpg", "json", "jsonl", "md", "nc", "ndjson", "npy",
    "npz", "ods", "odt", "parquet", "pdf", "pickle", "pkl", "png", "pptx", "py", "rda",
    "rdata", "rds", "sav", "sql", "sqlite", "svg", "tar", "tgz", "toml", "tsv", "txt", "xls",
    "xlsb", "xlsm", "xlsx", "xml", "yaml", "yml", "zip",
}  # fmt: skip
"""Endings by which programs know a file."""


def refuse_file_name(folder: Path, what: str, holds: str) -> None:
    """Raise ResultsError if a folder to be written has the name of a file, as `tables.xlsx`.

    `what` is written, as `an export`; `holds` tells what the folder will hold. An address is
    refused too: only sweeps are kept there.
    """
    if is_remote(folder):
        what_else = f"{what} is written into a folder of this machine, and this is an address"
        fix = "write into a folder, and copy it; `sojourn sweep --out` takes addresses"
        raise ResultsError(Problem(what_else, fix, str(folder)))
    if folder.suffix.lower().removeprefix(".") in OF_FILES:
        raise ResultsError(
            Problem(
                f"{what} is a folder, and a name that ends in {folder.suffix} is that of a file",
                f"give the folder a name without it, as {folder.stem}; it will hold {holds}",
                str(folder),
            )
        )


def refuse_other_ending(file: Path, what: str, *endings: str) -> None:
    """Raise ResultsError unless the file's name ends in one of `endings`, as `.html`.

    Of .doc and .xls the form with an x is proposed.
    """
    if (given := file.suffix.lower()) not in endings:
        newer = f"{given}x" if f"{given}x" in endings else endings[0]
        raise ResultsError(
            Problem(
                f"{what} is written as {_listed(endings)}",
                f"give the file a name that ends in {newer}, as {file.stem}{newer}",
                str(file),
            )
        )


def _listed(endings: tuple[str, ...]) -> str:
    """`HTML`, or `HTML, PDF or DOCX`; two endings of one format count once."""
    names = [ending.removeprefix(".").upper() for ending in endings if ending != ".htm"]
    return " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))
