"""The page of the command line, made from the commands themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer.main

from sojourn.cli.app import app

_HEAD = """\
# Command line

This page is made from the commands; `sojourn COMMAND --help` says the same in a terminal. Every
command ends with one of these exit statuses:

| status | meaning |
|---|---|
| 0 | done |
| 1 | a fault of Sojourn, not of the input |
| 2 | the input cannot be used; the message says what to change |
| 3 | a check that was asked for (`--check`, `--cases`) failed |
| 129, 130, 143 | stopped by SIGHUP, by Ctrl-C, by SIGTERM; what is finished is kept |
"""


def commands_page() -> str:
    """The whole page in Markdown: one section for each command, in the order of `--help`."""
    group: Any = typer.main.get_command(app)
    context = group.make_context("sojourn", ["schema"], resilient_parsing=True)
    parts = (_section(name, command, context) for name, command in group.commands.items())
    return "\n".join((_HEAD, *parts))


def _section(name: str, command: Any, context: Any) -> str:  # noqa: ANN401 -- Typer's are private
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    usage = " ".join(one.metavar if one.required else f"[{one.metavar}]" for one in arguments)
    lines = [f"## {name}", "", f"`sojourn {name} {usage}".rstrip() + "`", "", command.help, ""]
    options = [one for one in command.params if one not in arguments and not one.hidden]
    rows = [(one.metavar, one.help) for one in arguments]
    rows += (one.get_help_record(context) for one in options)
    if rows:
        lines += ["| argument or option | meaning |", "|---|---|"]
        lines += [f"| {_option(left)} | {right.replace('  [', ' [')} |" for left, right in rows]
        lines.append("")
    return "\n".join([*lines, *_below(command.epilog or "")])


def _option(written: str) -> str:
    return "`" + written.replace("<int range>", "NUMBER").replace("|", " or ") + "`"


def _below(epilog: str) -> Iterator[str]:
    """A command's examples as one block, then whatever else stands below its help."""
    paragraphs = [part.strip() for part in epilog.removeprefix("Example: ").split("\n\n")]
    examples = [part for part in paragraphs if part.startswith("sojourn ")]
    if examples:
        yield "\n".join(("```console", *examples, "```", ""))
    yield from (f"{part}\n" for part in paragraphs if part and part not in (*examples, "Examples:"))
