"""Where a file that is not YAML goes wrong, in words: open quotes and brackets, tabs, indents."""

from __future__ import annotations

from yaml.error import MarkedYAMLError

from sojourn.errors import Problem

DEEPEST = 50
"""Lists and mappings within each other, after aliases are expanded."""


def syntax_problem(error: MarkedYAMLError, text: str, shown: str) -> Problem:
    """What the parser could not read in a text, where, and how to mend it."""
    mark = error.problem_mark or error.context_mark
    if error.context == "while scanning a simple key" and error.context_mark:
        mark = error.context_mark
        return Problem(
            "this is not YAML: a colon is missing after this key", "write `key: value`", shown,
            mark.line + 1, mark.column + 1,
        )  # fmt: skip
    line = mark.line + 1 if mark else 1
    column = mark.column + 1 if mark else 1
    if "nesting depth" in str(error.problem):
        return too_deep("brackets", shown, line, column)
    lines = text.split("\n")
    written = lines[line - 1] if 0 < line <= len(lines) else ""
    indent = written[: len(written) - len(written.lstrip())]
    reason = error.problem or error.context or "the text is not YAML"
    if "\t" in indent:
        return Problem(
            "a tab is used to indent", "indent with spaces", shown, line, indent.find("\t") + 1
        )
    opened = _left_open(error, lines, line) or _shifted(lines, line)
    if opened is not None:
        what, remedy, *_ = opened
        return Problem(f"this is not YAML: {what}", remedy, shown, *opened[2:])
    fix = 'check quotes, brackets and indentation; put words that hold ": " or "#" in quotes'
    return Problem(f"this is not YAML: {reason}", fix, shown, line, column)


def too_deep(sort: str, shown: str, line: int, column: int) -> Problem:
    """The problem of brackets, or of values, deeper than a person writes them."""
    what = f"{sort} are nested more than {DEEPEST} deep"
    return Problem(what, "write fewer levels", shown, line, column)


LOOKED_BACK = 30
"""Lines before a fault in which a quote is looked for that swallowed what follows."""


def _left_open(
    error: MarkedYAMLError, lines: list[str], line: int
) -> tuple[str, str, int, int] | None:
    """What is wrong, its remedy, line and column, if a quote or bracket was left open before."""
    for before in range(line, max(line - LOOKED_BACK, 0), -1):
        column = _open_quote(lines[before - 1]) if before <= len(lines) else 0
        # A text may go on in the next line, but where it does, nothing is wrong.
        if column and (before < line or "end of stream" in str(error.problem)):
            return "the quote that opens here is not closed", "close it", before, column
    mark = error.context_mark
    if mark is None or "flow" not in str(error.context) or mark.line + 1 >= line:
        return None
    sign = lines[mark.line][mark.column : mark.column + 1]
    inside = lines[line - 1] if line <= len(lines) else ""
    if len(inside) - len(inside.lstrip()) > len(lines[mark.line]) - len(lines[mark.line].lstrip()):
        return None  # the fault is within the brackets
    return f"the bracket `{sign}` is not closed", "close it", mark.line + 1, mark.column + 1


def _shifted(lines: list[str], line: int) -> tuple[str, str, int, int] | None:
    """As `_left_open`: a line shortly before is indented as none around it, or has no colon."""
    meant = [
        (number, text)
        for number, text in enumerate(lines[:line], 1)
        if text.strip() and not text.lstrip().startswith("#")
    ]
    depths = [len(text) - len(text.lstrip()) for _, text in meant]
    if depths.count(0) < len(depths) and sum(depth % 2 for depth in depths) <= 2:
        for (number, _), depth in list(zip(meant, depths, strict=True))[: -LOOKED_BACK - 1 : -1]:
            if depth % 2:
                what = f"the line is indented by {depth} space{'s'[: depth != 1]}, unlike others"
                return what, "indent it like its neighbours", number, depth + 1
    if len(meant) > 1 and meant[-1][0] == line:
        number, before = meant[-2]
        if depths[-2] == depths[-1] and not before.lstrip().startswith("-") and ":" not in before:
            return "a colon is missing in this line", "write `key: value`", number, depths[-2] + 1
    return None


def _open_quote(line: str) -> int:
    """The column of a quote that opens a value in this line and is not closed in it; or 0."""
    opened, sign, last, at = 0, "", ":", 0
    while at < len(line):
        here = line[at]
        if sign:
            if here == "\\" and sign == '"':
                at += 1
            elif here == sign:
                sign = ""
        elif here == "#" and (at == 0 or line[at - 1].isspace()):
            break
        elif here in "'\"" and last in ":-,[{":
            opened, sign = at + 1, here
        if not here.isspace():
            last = here
        at += 1
    return opened if sign else 0
