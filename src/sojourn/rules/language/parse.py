"""From the text of a condition to its tree, or to an error with place, reason and remedy."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from sojourn.errors import RuleError
from sojourn.rules.language.refusal import Refusal, explain
from sojourn.rules.language.tree import Expression, TreeNode, locate
from sojourn.study.files.text_positions import Break

if TYPE_CHECKING:
    from lark import Lark

    from sojourn.rules.language.builder import Builder
    from sojourn.rules.language.descent import Descent

LONGEST = 8_000
"""Characters in one condition."""


def parse(
    text: str,
    *,
    file: str = "",
    line: int = 0,
    column: int = 0,
    path: str = "",
    breaks: tuple[Break, ...] = (),
) -> Expression:
    """Read a condition.

    `file`, `line`, `column` (from 1; 0 unknown), `path` and `breaks` give the place of the text
    for errors.
    Raises `RuleError` with the place, the line with a caret, and a remedy. Time is linear in the
    length, which is bounded.
    """
    try:
        root = _read(text)
    except Refusal as error:
        problem = locate(
            text,
            error.what,
            error.remedy(text),
            error.at,
            file=file,
            line=line,
            column=column,
            path=path,
            breaks=breaks,
        )
        raise RuleError(problem) from None
    return Expression(root, text, file, line, column, path, breaks)


@lru_cache(maxsize=4096)
def _read(text: str) -> TreeNode:
    """The tree of a text, kept: scenarios of one study share most conditions."""
    from lark.exceptions import UnexpectedInput  # noqa: PLC0415  (no grammar, no Lark)

    if len(text) > LONGEST:
        raise Refusal(
            f"the condition has {len(text):,} characters; {LONGEST:,} is the most",
            "give parts of it names under agreement.terms",
            0,
        )
    if not text.strip():
        raise Refusal("the condition is empty", "write a comparison, as: arrests >= 30", 0)
    found = _descent().tree(text)
    if found is not None:
        return found
    try:
        root: TreeNode = _parser().parse(text)  # type: ignore[assignment]  # the builder's value
    except UnexpectedInput as error:
        raise explain(text, error) from None
    return root


@cache
def _descent() -> Descent:
    """The quick reader of conditions without a fault."""
    from sojourn.rules.language.descent import Descent  # noqa: PLC0415  (imports Lark)

    terminals = _parser().terminals
    return Descent({one.name: one.pattern.to_regexp() for one in terminals}, _builder())


@cache
def _builder() -> Builder:
    from sojourn.rules.language.builder import Builder  # noqa: PLC0415  (imports Lark)

    return Builder()


@cache
def _parser() -> Lark:
    """The parser, built once, on first use."""
    from lark import Lark  # noqa: PLC0415  (loading it costs as much as a small check)

    grammar = files("sojourn.rules.language").joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", transformer=_builder(), maybe_placeholders=False)
