"""The house stays readable: files end in sight of their beginning, and one name has one meaning."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import sojourn

ROOT = Path(sojourn.__file__).parent
MOST_LINES = 400
LONG = {
    "engine/kernel/day_loop.py": "one compiled function for everyone who is drawn one at a time",
    "engine/kernel/batches.py": "one compiled function for everyone who is drawn in batches",
}
"""Files that may be longer, each with its reason."""
TWICE: dict[str, str] = {}
"""Names that two classes may have, each with its reason."""


def classes() -> dict[str, list[str]]:
    """Name of each class, without a leading underscore -> the files that define one."""
    found: dict[str, list[str]] = defaultdict(list)
    for file in sorted(ROOT.rglob("*.py")):
        for name in re.findall(r"^ *class _*(\w+)", file.read_text(encoding="utf-8"), re.M):
            found[name].append(file.relative_to(ROOT).as_posix())
    return found


def test_a_file_holds_at_most_400_lines():
    lines = {
        file.relative_to(ROOT).as_posix(): len(file.read_text(encoding="utf-8").splitlines())
        for file in ROOT.rglob("*.py")
    }
    assert {name for name, count in lines.items() if count > MOST_LINES} == set(LONG)


def test_no_two_classes_share_a_name():
    doubled = {name: files for name, files in classes().items() if len(files) > 1}
    assert set(doubled) == set(TWICE), doubled
