"""How a command ends: by its end, by an error, by a signal, or by a pipe that closes."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from types import FrameType
from typing import Any

import typer
from typer.core import TyperGroup

import sojourn as sj
from sojourn.cli.output import as_json, print_json, print_problems, printing, stderr

ISSUES = "the project's issue tracker"
LONGEST = 4.0
"""Seconds after a signal in which a command may put away what it has; then the process ends."""
_GONE = (BrokenPipeError, SystemExit)
"""The reader has closed the pipe, as `| head` does; Rich, which prints help, ends the process."""
_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


class StoppedBySignal(KeyboardInterrupt):
    """A signal that asks the process to end."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.status = 128 + number


def status_of(interrupt: KeyboardInterrupt) -> int:
    """The exit status of a command that was stopped: 128 and the number of the signal."""
    return getattr(interrupt, "status", 130)


def heed_signals() -> None:
    """Let signals stop a command in order, and end the process if that takes too long.

    A signal that the caller has set to be ignored, as `nohup` does, stays ignored.
    """
    handled = {
        number
        for name in _SIGNALS
        if (number := getattr(signal, name, None)) and signal.getsignal(number) != signal.SIG_IGN
    }
    for number in handled:
        signal.signal(number, _stop)
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    # The system writes there at once, even while the main thread is in compiled code.
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    Thread(target=_end_in_time, args=(reading, handled), daemon=True, name="endings").start()


_stopping = False


def _stop(number: int, _: FrameType | None) -> None:
    """Raise for the first signal; others do not disturb the work of putting away."""
    global _stopping  # noqa: PLW0603 -- handlers have no other memory
    if not _stopping:
        _stopping = True
        raise StoppedBySignal(number)


def _end_in_time(reading: int, handled: set[int]) -> None:
    while (number := os.read(reading, 1)[0]) not in handled:
        pass
    time.sleep(LONGEST)
    os._exit(128 + number)


class Commands(TyperGroup):
    """The commands, with every way to end in one place."""

    def make_context(self, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401 -- as the parent's
        """Read the arguments; `--help` is printed here, and its reader may be gone."""
        try:
            with printing():
                try:
                    return super().make_context(*arguments, **named)
                finally:
                    sys.stdout.flush()
        except sj.SojournError as error:
            print_problems(error)
            raise typer.Exit(2) from error
        except _GONE as error:
            raise typer.Exit(0) from error
        finally:
            _leave_stdout()

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 -- the parent's context type is private
        """Run the command; turn what goes wrong into a message and an exit status."""
        try:
            result = super().invoke(ctx)
            with printing():
                sys.stdout.flush()
            return result
        except sj.SojournError as error:
            print_problems(error)
            raise typer.Exit(2) from error
        except _GONE as error:
            raise typer.Exit(0) from error
        except KeyboardInterrupt as error:
            stderr.print("stopped")
            raise typer.Exit(status_of(error)) from error
        except (typer.Exit, typer.Abort, typer.TyperException):
            raise
        except Exception as error:
            if ctx.obj == "debug":
                raise
            from sojourn.api.faults import problem_behind

            problem = problem_behind(error)
            if problem is not None:
                print_problems(sj.SojournError(problem))
                raise typer.Exit(2) from error
            stderr.print(
                f"internal error: {type(error).__name__}: {error}\n"
                "This is a fault of Sojourn, not of the study. Run the command again with --debug "
                f"and report what it prints, with the study if you can, to {ISSUES}.",
                markup=False,
            )
            raise typer.Exit(1) from error
        finally:
            _leave_stdout()


def _leave_stdout() -> None:
    """Write what is still to be printed; if that fails, Python's end need not fail on it again."""
    try:
        sys.stdout.flush()
    except OSError:
        with suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, sys.stdout.fileno())
            os.close(nowhere)


def prepare_streams() -> None:
    """Print what an encoding lacks as a question mark: a terminal may know few characters."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def leave_compilers(status: int) -> None:
    """End the process if a thread is still compiling a kernel; Python would wait for it.

    Compiling cannot be stopped, may take minutes, and writes nothing that a run needs.
    """
    from sojourn.api.progress import still_compiling

    if still_compiling():
        _leave_stdout()
        os._exit(status)


@contextmanager
def resumable(kept: str, *, json: bool) -> Iterator[None]:
    """Work that goes on when the same command is given again; `kept` says what is kept.

    With `json`, what cannot be used is told as a document on stdout.
    """
    try:
        yield
    except KeyboardInterrupt as interrupt:
        stderr.print(f"stopped; {kept} are kept, run the same command to go on")
        leave_compilers(status_of(interrupt))
        raise typer.Exit(status_of(interrupt)) from interrupt
    except sj.SojournError as error:
        if json:
            print_json({"ok": False, "problems": [as_json(item) for item in error.problems]})
            raise typer.Exit(2) from error
        raise
