"""Histories are the same as those that this version of the semantics is known by.

If a study gives other histories on purpose: raise `SEMANTICS` in `sojourn/run/semantics.py`, run
`python tests/run/test_semantics.py`, and say in the changelog which numbers change and why. Else
kept histories of the older meaning would be taken for new ones.
"""

from __future__ import annotations

import json
import sys
import tempfile
from hashlib import blake2b
from pathlib import Path

import pyarrow.parquet as pq

import sojourn as sj
from conftest import CELLS, MEMO, STUDY
from sojourn.results.columns import PER_HISTORY
from sojourn.run.run import Options, run_study
from sojourn.run.semantics import SEMANTICS

KNOWN = Path(__file__).with_suffix(".json")
DIGITS = 9
"""Significant digits of means: the last ones differ between machines."""


def written(value: object) -> str:
    return f"{value:.{DIGITS}g}" if isinstance(value, float) else str(value)


def digest(run: Path) -> str:
    """Digest of all tables of histories, whatever the order of their rows."""
    found = blake2b(digest_size=8)
    for name in sorted(PER_HISTORY):
        rows = pq.read_table(run / f"{name}.parquet").to_pylist()
        lines = sorted("|".join(map(written, row.values())) for row in rows)
        found.update("\n".join([name, *lines, ""]).encode())
    return found.hexdigest()


def histories(folder: Path) -> dict[str, str]:
    """Digests of the histories of some studies."""
    trial = folder / "trial"
    trial.mkdir()
    for name, text in (("study.yaml", STUDY), ("cells.csv", CELLS), ("memo.txt", MEMO)):
        (trial / name).write_text(text, encoding="utf-8")
    events = Options(draws=3, replicates=2, events=0.2, threads=1)
    found = {"queues, gates, clocks": digest(run_study(trial, out=folder / "run", options=events))}
    asked = {
        "minimal": sj.example("minimal").change({"period.to": "2026-01-01"}),
        "norway-netherlands": sj.example("norway-netherlands"),
    }
    for name, study in asked.items():
        for expected in (False, True):
            try:
                out = study.run(
                    draws=2, expected=expected, threads=1, out=folder / f"{name}{expected}"
                )
            except sj.SojournError:
                assert expected, "people wait for a place: no exact means"
                continue
            found[f"{name}, {'means' if expected else 'simulated'}"] = digest(out.folder)
    return found


def test_histories_are_those_of_this_version_of_the_semantics(tmp_path):
    known = json.loads(KNOWN.read_text(encoding="utf-8"))
    assert known["semantics"] == SEMANTICS, "run `python tests/run/test_semantics.py`"
    assert histories(tmp_path) == known["histories"], __doc__


def write() -> None:
    known = json.loads(KNOWN.read_text(encoding="utf-8")) if KNOWN.exists() else {}
    with tempfile.TemporaryDirectory() as folder:
        now = histories(Path(folder))
    if known.get("histories") not in (None, now) and known["semantics"] == SEMANTICS:
        sys.exit("histories differ: raise SEMANTICS in sojourn/run/semantics.py first")
    text = json.dumps({"semantics": SEMANTICS, "histories": now}, indent=2)
    KNOWN.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
