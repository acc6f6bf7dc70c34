"""A run folder holds one run: what takes the place of another says so."""

from __future__ import annotations


def test_another_run_in_the_same_folder_is_told(write_study, sojourn, tmp_path):
    folder, out = write_study(), tmp_path / "out"
    arguments = ("run", folder, "--out", out)
    first = sojourn(*arguments, "--draws", 1)
    assert first.returncode == 0, first.stderr
    assert "replaces" not in first.stderr
    page = out / "report.html"
    page.write_text("numbers of the first run")
    (out / "letter.txt").write_text("dear")
    assert "replaces" not in sojourn(*arguments, "--draws", 1).stderr
    assert page.exists()
    other = sojourn(*arguments, "--draws", 2)
    assert other.returncode == 0, other.stderr
    assert "replaces the run of " in other.stderr
    assert "(Two places: 1 draw, 1 replicate, seed 7)" in other.stderr
    assert "removed its report.html" in other.stderr
    assert not page.exists()
    assert (out / "letter.txt").exists()
