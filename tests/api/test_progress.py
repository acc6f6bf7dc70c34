"""What a terminal shows while a run is at work."""

from __future__ import annotations

import io
from time import sleep

from rich.console import Console

from sojourn.api.progress import _bars, rate_told
from sojourn.run.histories import RunStep


def test_a_terminal_shows_the_rate_and_what_is_left(monkeypatch):
    assert (rate_told(None), rate_told(12.54), rate_told(0.5)) == ("", "12.5/s", "30/min")
    console = Console(file=io.StringIO(), force_terminal=True, width=120)
    monkeypatch.setattr("rich.console.Console", lambda **_: console)
    with _bars() as watch:
        for done in range(5):
            watch(RunStep("histories", done, 4))
            sleep(0.02)
    shown = console.file.getvalue()
    assert "4/4" in shown and "/s" in shown and "left" in shown
