"""Why a text is not a condition, and what to write instead."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lark.exceptions import UnexpectedInput


class Refusal(Exception):  # noqa: N818  (carries a place out of the builder; never seen outside)
    """What is wrong at an offset of the text."""

    def __init__(self, what: str, fix: str, at: int) -> None:
        super().__init__(what)
        self.what, self.fix, self.at = what, fix, at

    def remedy(self, text: str) -> str:
        """What would be right."""
        return self.fix


class Mixed(Refusal):
    """`and` and `or` mixed: `groups` are offsets of the pieces, by `or` and then `and`."""

    def __init__(self, groups: list[tuple[tuple[int, int], ...]]) -> None:
        super().__init__("`and` and `or` are mixed without brackets", "", groups[0][0][0])
        self.groups = groups

    def remedy(self, text: str) -> str:
        """Both ways to read it."""
        groups = [[text[start:end] for start, end in group] for group in self.groups]
        one = " or ".join(_bracketed(group, " and ") for group in groups)
        # Read the other way, each `or` binds the last piece of a group to the first of the next.
        other: list[list[str]] = [[groups[0][0]]]
        for index, group in enumerate(groups):
            pieces = group[1:] if index == 0 else group
            for place, piece in enumerate(pieces):
                if index and place == 0:
                    other[-1].append(piece)
                else:
                    other.append([piece])
        two = " and ".join(_bracketed(group, " or ") for group in other)
        return f"write which is meant:\n      {one}\n      {two}"


def _bracketed(pieces: list[str], word: str) -> str:
    text = word.join(pieces)
    return f"({text})" if len(pieces) > 1 else text


_SPELLINGS = {
    "=>": "write >= for at least",
    "=<": "write <= for at most",
    "&": "write `and`",
    "|": "write `or`",
    "!": "write `not`",
    "^": "powers are not in the language",
    "[": "use round brackets ( )",
    "{": "use round brackets ( )",
    ".": "names are single words, as legal_path; decimals begin with a digit, as 0.5",
    ";": "one condition at a time: join two with `and` or `or`",
    "%": "a share is a number with %, as 30 %",
}
_WORDS = {
    "is": "write = for `is`, and `not known(…)` for `is unknown`",
    "between": "write both limits, as: x >= 1 and x <= 5",
    "like": "patterns are not in the language: list the values, as: x in ('a', 'b')",
    "equals": "write =",
    "contains": "write it the other way round, as: x in ('a', 'b')",
}


def explain(text: str, error: UnexpectedInput) -> Refusal:
    """Say in words what the parser met."""
    at = error.pos_in_stream
    ended = getattr(getattr(error, "token", None), "type", "") == "$END"
    if ended or at is None or at < 0 or not text[at:].strip():
        return _unfinished(text)
    rest, before = text[at:], text[:at].rstrip()
    spelt = _spelt_number(text, at)
    if spelt is not None:
        return spelt
    for sign, fix in _SPELLINGS.items():
        if rest.startswith(sign):
            return Refusal(f"`{sign}` is not understood here", fix, at)
    word = re.match(r"[^\W\d]\w*", rest)
    if word:
        return _stray_word(before, word.group(), at)
    return _stray_sign(text, before, rest, at)


_SCALES = {"thousand": 3, "million": 6, "billion": 9}
_SPELT = re.compile(
    r"(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    rf"(?:\s*(?P<scale>{'|'.join(_SCALES)})\b)?"
    r"(?P<unit>(?:\s*%|\s+(?!(?:and|or|not|in|is)\b)[a-z-]+(?:\s+per\s+[a-z-]+)?)?)",
    re.IGNORECASE,
)


def _spelt_number(text: str, at: int) -> Refusal | None:
    """A number with commas or with `million` in the midst of which the parser stopped."""
    for match in _SPELT.finditer(text):
        if match.start() <= at <= match.end() and ("," in match["number"] or match["scale"]):
            return spelt_out(match)
    return None


def spelt_out(match: re.Match[str]) -> Refusal:
    """A number with commas or with `million`, and how it is written."""
    scale = 10 ** _SCALES[match["scale"].lower()] if match["scale"] else 1
    value = Decimal(match["number"].replace(",", "")) * scale
    return Refusal(
        f"`{match.group()}`: numbers are written in digits only, without commas",
        f"write {value.normalize():f}{match['unit']}",
        match.start(),
    )


def scaled(digits: str, unit: str, at: int) -> Refusal | None:
    """A number whose unit begins with `million`: what is wrong with it."""
    match = _SPELT.fullmatch(f"{digits} {unit}")
    if match is None or not match["scale"]:
        return None
    refusal = spelt_out(match)
    refusal.at = at
    return refusal


def _stray_sign(text: str, before: str, rest: str, at: int) -> Refusal:
    """A sign, a number or a quote in the wrong place."""
    complete = bool(_VALUE_ENDS.search(before)) and not _OPERATOR_ENDS.search(before)
    if re.match(r"[<>]?=|[<>≠≤≥]|!=", rest):
        found = _stray_comparison(before, rest, at, complete)
    elif rest[0] in "()":
        found = _stray_bracket(text, before, rest[0], at)
    elif rest[0] == "," and _open_call(before) in _TAKES:
        found = _wrong_call(_open_call(before), at)
    elif rest[0] == ",":
        found = Refusal("a comma is outside a list", "lists follow `in`: x in ('a', 'b')", at)
    elif re.search(r"\bin$", before, re.IGNORECASE):
        found = Refusal("`in` needs a list in brackets", "as: x in ('a', 'b')", at)
    elif rest[0] in "'\"‘’“”„" and not complete:
        found = Refusal("this quote is not closed", "close the text on the same line", at)
    elif rest[0] in "'\"‘’“”„":
        found = Refusal("a text cannot be here", "put a comparison before it: x = 'text'", at)
    elif rest[0].isdigit():
        found = Refusal(
            "a number cannot be here",
            "join values with a comparison or + − ×; write thousands without spaces or commas",
            at,
        )
    elif rest[0] in "+*×/÷-−–":
        found = Refusal(f"`{rest[0]}` needs a number before it", "as: arrests + 1", at)
    elif not rest[0].isprintable():
        found = Refusal(f"an invisible character (U+{ord(rest[0]):04X})", "type it anew", at)
    else:
        found = Refusal(f"`{rest[0]}` is not part of the language", "remove it", at)
    return found


_TAKES = {
    "known": (
        "takes one name",
        "as: known(a) and known(b); a condition needs a name among the terms",
    ),
    "years": ("takes two dates", "as: years(first_conviction, today)"),
    "months": ("takes two dates", "as: months(filed, today)"),
    "age": ("takes two dates", "as: age(birth, today)"),
}
"""The arguments of each function."""


def _open_call(before: str) -> str:
    """The word before the innermost bracket that is open; empty if none is, or no word."""
    depth = 0
    for place in range(len(before) - 1, -1, -1):
        depth += {")": 1, "(": -1}.get(before[place], 0)
        if depth < 0:
            word = re.search(r"[^\W\d]\w*\s*$", before[:place])
            return word.group().strip().lower() if word else ""
    return ""


def _wrong_call(word: str, at: int) -> Refusal:
    what, fix = _TAKES[word]
    return Refusal(f"{word}(…) {what}", fix, at)


_VALUE_ENDS = re.compile(r"[\w')\"’”%]$")
_OPERATOR_ENDS = re.compile(r"\b(?:and|or|not|in)$", re.IGNORECASE)


def _stray_comparison(before: str, rest: str, at: int, complete: bool) -> Refusal:
    if before.endswith("=") and rest[0] in "<>":
        return Refusal(f"`={rest[0]}` is not a comparison", f"write {rest[0]}=", at - 1)
    if complete:
        return Refusal(
            "comparisons cannot be chained", "say each one, as: 1 <= arrests and arrests <= 5", at
        )
    return Refusal("a comparison needs a value on each side", "as: arrests >= 30", at)


FUNCTIONS = "known, years, age, months, max, min, any, all and count"
_INSTEAD = {
    "today": "write `today` without brackets",
    "now": "write `today`",
    "days": "dates differ by a duration, as: later - earlier >= 90 days",
    "year": "count full years between two dates, as: years(earlier, later)",
    "unknown": "write: not known(x)",
    "exists": "write: known(x)",
}
"""Remedies for calls of other functions."""


def _stray_bracket(text: str, before: str, bracket: str, at: int) -> Refusal:
    if bracket == ")":
        if before.endswith("("):
            return Refusal("the brackets are empty", "put a value there", at)
        if text[:at].count("(") <= text[:at].count(")"):
            return Refusal("this bracket closes nothing", "remove it, or open one before", at)
        if _open_call(before) in ("years", "age", "months"):
            return _wrong_call(_open_call(before), at)
        return _unfinished(text, at)
    word = re.search(r"[^\W\d]\w*$", before)
    if word is None:
        return Refusal("a bracket cannot open here", "join conditions with `and` or `or`", at)
    if _open_call(before[: word.start()]) == "known":
        return _wrong_call("known", word.start())
    return Refusal(
        f"`{word.group()}(` calls a function; the functions are {FUNCTIONS}",
        _INSTEAD.get(word.group().lower(), "write the comparison out, over facts"),
        word.start(),
    )


def _stray_word(before: str, word: str, at: int) -> Refusal:
    """A word in the wrong place."""
    previous = re.search(r"[^\W\d]\w*$", before)
    lower = word.lower()
    if lower in _WORDS:
        return Refusal(f"`{word}` is not part of the language", _WORDS[lower], at)
    if lower in {"and", "or", "in"} and _open_call(before) == "known":
        return _wrong_call("known", at)
    if lower in {"and", "or", "in"}:
        return Refusal(f"a value is missing before `{word}`", "as: a = 1 or b in (2, 3)", at)
    if lower == "not":
        return Refusal("`not` cannot stand here", "put it in brackets, as: a = (not b)", at)
    if _OPERATOR_ENDS.search(before) and before.lower().endswith("in"):
        return Refusal("`in` needs a list in brackets", "as: x in ('a', 'b')", at)
    if previous and not _OPERATOR_ENDS.search(before):
        pair = f"{previous.group()} {word}"
        return Refusal(
            f"`{pair}`: two words side by side",
            f"a name is one word, as {pair.replace(' ', '_')}; a text has quotes, as '{pair}'",
            at,
        )
    return Refusal(f"`{word}` cannot stand here", "join conditions with `and` or `or`", at)


def _unfinished(text: str, at: int | None = None) -> Refusal:
    """The text ends, or a bracket closes, too early."""
    head = (text if at is None else text[:at]).rstrip()
    complete = _VALUE_ENDS.search(head) and not _OPERATOR_ENDS.search(head)
    if at is None and complete and head.count("(") > head.count(")"):
        return Refusal("a bracket is not closed", "add )", len(head))
    return Refusal("a value is missing here", "as: arrests >= 30", len(head))
