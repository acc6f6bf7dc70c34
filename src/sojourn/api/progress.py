"""Progress of a run: bars in a terminal, a line in a notebook, plain lines elsewhere."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import TaskID

    from sojourn.run.histories import RunStep, Watch

Progress = bool | Callable[["RunStep"], None] | None
"""None: in terminals and notebooks; True: everywhere; False: nowhere; or a function to call."""


@contextmanager
def watching(progress: Progress = None) -> Iterator[Watch]:
    """A watcher that shows a run's steps: on stderr, or below the cell of a notebook."""
    if callable(progress):
        yield progress
    elif progress is False:
        yield _look_away
    elif _in_notebook():
        yield _Cell()
    elif sys.stderr.isatty():
        with _bars() as watch:
            yield watch
    else:
        yield _Lines() if progress else _look_away


def still_compiling() -> bool:
    """Whether a thread of a stopped run is still compiling: Python would wait for it at the end."""
    from sojourn.run.histories import DRAW_THREADS

    return any(thread.name.startswith(DRAW_THREADS) for thread in threading.enumerate())


def _look_away(_: RunStep) -> None:
    """Show nothing."""


def _in_notebook() -> bool:
    """Whether this runs in a kernel that shows rich output; never imports IPython itself."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return hasattr(shell, "kernel")


def _told(step: RunStep) -> str:
    count = f"{step.done} of {step.total}" if step.total else ""
    return f"{step.what}  {count}".rstrip()


def rate_told(speed: float | None) -> str:
    """`12.5/s`, or `30/min` below one a second; nothing while it is not known."""
    if not speed:
        return ""
    return f"{speed:.3g}/s" if speed >= 1.0 else f"{60.0 * speed:.3g}/min"


class _Lines:
    """A line when a phase begins, and at each quarter of it."""

    def __init__(self) -> None:
        self._said: dict[str, int] = {}

    def __call__(self, step: RunStep) -> None:
        quarter = 4 * step.done // max(step.total, 1)
        if self._said.get(step.what, -1) < quarter:
            self._said[step.what] = quarter
            print(_told(step), file=sys.stderr)


class _Cell:
    """One line below a notebook cell, rewritten at each hundredth of a phase."""

    def __init__(self) -> None:
        display = import_module("IPython.display").display

        self._said = ("", -1)
        self._handle = display({"text/plain": ""}, raw=True, display_id=True)

    def __call__(self, step: RunStep) -> None:
        at = (step.what, 100 * step.done // max(step.total, 1))
        if at != self._said:
            self._said = at
            self._handle.update({"text/plain": _told(step)}, raw=True)


@contextmanager
def _bars() -> Iterator[Watch]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        """How much is done in a second or a minute, once that is known."""

        def render(self, task: Task) -> Text:
            return Text(rate_told(task.finished_speed or task.speed))

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        Rate(),
        TextColumn("left"),
        TimeRemainingColumn(compact=True),
    )
    tasks: dict[str, TaskID] = {}
    with Progress(*columns, console=Console(stderr=True)) as progress:

        def watch(step: RunStep) -> None:
            if step.what not in tasks:
                tasks[step.what] = progress.add_task(step.what, total=step.total or 1)
            progress.update(tasks[step.what], completed=step.done or (0 if step.total else 1))

        yield watch
