"""The command line called in the process of the tests, which spares a start of two seconds."""

from __future__ import annotations

import io
from contextlib import redirect_stderr, redirect_stdout

from typer.main import get_command

from sojourn.cli.app import app, arranged

COMMANDS = get_command(app)


class Told(io.TextIOWrapper):
    """A stream whose text is kept, like that of a process."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", write_through=True)

    @property
    def text(self) -> str:
        """What was written."""
        return self.buffer.getvalue().decode()


def called(*arguments: object) -> tuple[int, str, str]:
    """Exit status, stdout and stderr of a command."""
    out, err = Told(), Told()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            COMMANDS(args=arranged([str(one) for one in arguments]), prog_name="sojourn")
            status = 0
        except SystemExit as ending:
            status = ending.code or 0
    return status, out.text, err.text
