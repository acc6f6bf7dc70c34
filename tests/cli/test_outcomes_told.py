"""A run of a study that records what has happened says how near it came."""

from __future__ import annotations

import sojourn as sj

OUTCOMES = """\
outcomes:
  counted:
    measure: held_at_end
    value: 1000 people
    on: 2026-12-31
    source: memo
    confidence: read
scenarios:
"""


def test_a_run_ends_with_what_has_happened(write_study, sojourn, tmp_path):
    folder, out = write_study(("scenarios:\n", OUTCOMES)), tmp_path / "out"
    done = sojourn("run", folder, "--out", out, "--draws", 1)
    assert done.returncode == 0, done.stderr
    first, told, results, _ = done.stdout.splitlines()
    assert first == "Compared with what has happened:"
    assert "on 31 December 2026: 1,000 people in fact (read)" in told
    assert "Baseline: 0 people; below what happened. Below what happened under “as agreed”." in told
    assert results.startswith("results:")
    assert told == f"· {sj.open(out).outcomes[0]}"


def test_a_run_of_a_study_without_outcomes_says_nothing_of_them(write_study, sojourn, tmp_path):
    folder, out = write_study(), tmp_path / "out"
    done = sojourn("run", folder, "--out", out, "--draws", 1)
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == ["results", "next"]
    assert sj.open(out).outcomes == ()
