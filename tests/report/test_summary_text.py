"""The answer on a terminal."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from sojourn.report.summary_text import terminal_summary


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_range_is_cut_off(run_folder, width):
    def printed(columns: int) -> str:
        console = Console(file=io.StringIO(), width=columns, highlight=False, markup=False)
        with console.capture() as capture:
            terminal_summary(run_folder, console)
        return capture.get()

    narrow, wide = printed(width), printed(1000)
    assert "…" not in narrow
    assert max(map(len, narrow.splitlines())) <= width
    ranges = re.compile(r"\(([+−]?[\d.,]+) to ([+−]?[\d.,]+)\)")
    if width >= 80:  # no word is broken
        words = set(re.findall(r"[+−\d.,]+", narrow))
        assert all(set(pair) <= words for pair in ranges.findall(wide))
