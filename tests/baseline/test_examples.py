"""Each example study gives the numbers that lie beside it.

`python tests/baseline/test_examples.py [NAME …]` writes them anew; the changelog then says, in a
line that begins with **numbers change**, why they moved.
"""

from __future__ import annotations

import csv
import math
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from sojourn.results.run_folder.query import query
from sojourn.run.run import Options, run_study

EXAMPLES = Path(__file__).parents[2] / "src" / "sojourn" / "examples"
NAMES = tuple(sorted(folder.parent.name for folder in EXAMPLES.glob("*/study.yaml")))
DRAWS = 2
COLUMNS = ("scenario", "draw", "measure", "value")


def measured(name: str, folder: Path) -> list[dict[str, str]]:
    """Every measure of a short run, as text."""
    out = run_study(EXAMPLES / name, out=folder / name, options=Options(draws=DRAWS))
    rows = query(out, f"select {', '.join(COLUMNS)} from measures order by all").to_pylist()
    return [{key: "" if row[key] is None else str(row[key]) for key in COLUMNS} for row in rows]


@pytest.mark.parametrize("name", NAMES)
def test_the_numbers_beside_the_example(name: str, tmp_path: Path) -> None:
    with (EXAMPLES / name / "expected.csv").open(encoding="utf-8", newline="") as file:
        wanted = list(csv.DictReader(file))
    got = measured(name, tmp_path)
    assert [(r["scenario"], r["draw"], r["measure"]) for r in got] == [
        (r["scenario"], r["draw"], r["measure"]) for r in wanted
    ]
    for one, other in zip(got, wanted, strict=True):
        if one["value"] == "" or other["value"] == "":
            assert one == other
        else:
            # People are whole; sums of money may differ in their last digits between machines.
            same = math.isclose(float(one["value"]), float(other["value"]), rel_tol=1e-9)
            assert same, (one, other)


def write(names: Sequence[str]) -> None:
    """Write the tables of these examples anew, or of all."""
    with tempfile.TemporaryDirectory() as folder:
        for name in names or NAMES:
            path = EXAMPLES / name / "expected.csv"
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
                writer.writeheader()
                writer.writerows(measured(name, Path(folder)))
            print(f"wrote {path}", file=sys.stderr)


if __name__ == "__main__":
    write(sys.argv[1:])
