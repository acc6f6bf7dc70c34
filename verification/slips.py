"""Of one-line slips in the example studies: how many are reported at their line?

`python verification/slips.py [NUMBER] [--show]` makes NUMBER slips (1,000) that are noticed at
all, one in each copy of an example, and counts those whose first problem, or any problem, stands
in the line of the slip. A slip is a letter left out, doubled or swapped with the next, a sign left
out (colon, quote, bracket, comma, unit), a space more or less at the beginning, or a line written
twice. Texts that mean nothing to the program (titles, notes) have slips that nothing can notice.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import sojourn as sj
from sojourn.study.files.shipped import example_names, examples

Luck = random.Random


def _letter(line: str, luck: Luck, change: Callable[[str, int], str]) -> str:
    places = [at for at in range(len(line) - 1) if line[at].isalpha() and line[at + 1].isalpha()]
    return change(line, luck.choice(places)) if places else line


def _without(signs: str) -> Callable[[str, Luck], str]:
    def slip(line: str, luck: Luck) -> str:
        places = [at for at, sign in enumerate(line) if sign in signs]
        at = luck.choice(places) if places else len(line)
        return line[:at] + line[at + 1 :]

    return slip


SLIPS: dict[str, Callable[[str, Luck], str]] = {
    "letter left out": lambda line, luck: _letter(line, luck, lambda s, at: s[:at] + s[at + 1 :]),
    "letter doubled": lambda line, luck: _letter(line, luck, lambda s, at: s[:at] + s[at] + s[at:]),
    "letters swapped": lambda line, luck: _letter(
        line, luck, lambda s, at: s[:at] + s[at + 1] + s[at] + s[at + 2 :]
    ),
    "colon left out": _without(":"),
    "quote left out": _without("\"'"),
    "bracket left out": _without("{}[]"),
    "comma left out": _without(","),
    "space more": lambda line, _: f" {line}",
    "space less": lambda line, _: line.removeprefix(" "),
    "line twice": lambda line, _: f"{line}\n{line}",
}


def slip_in(folder: Path, luck: Luck) -> tuple[str, Path, int, str] | None:
    """Make one slip in a study; which, the file, the line, and the line as it was."""
    file = luck.choice(sorted(folder.glob("*.yaml")))
    lines = file.read_text(encoding="utf-8").split("\n")
    meant = [at for at, line in enumerate(lines) if line.strip() and line.lstrip()[0] != "#"]
    at, kind = luck.choice(meant), luck.choice(list(SLIPS))
    changed = SLIPS[kind](lines[at], luck)
    if changed == lines[at]:
        return None
    before, lines[at] = lines[at], changed
    file.write_text("\n".join(lines), encoding="utf-8")
    return kind, file, at + 1, f"{before}  =>  {changed}"


def problems_of(folder: Path) -> tuple[sj.Problem, ...]:
    """What `sojourn check` says."""
    try:
        return sj.load(folder).check().problems
    except sj.SojournError as error:
        return error.problems


def main(number: int, *, show: bool) -> None:
    """Make the slips; print by kind their number, and the share in the first and in any problem."""
    luck = Luck(1)
    made, first, anywhere = Counter[str](), Counter[str](), Counter[str]()
    while made.total() < number:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary) / "study"
            shutil.copytree(examples() / luck.choice(example_names()), folder)
            slip = slip_in(folder, luck)
            if slip is None or not (check := problems_of(folder)):
                continue
            kind, file, line, words = slip
            # Of a line that is written twice, either is right.
            right = {line, line + 1} if kind == "line twice" else {line}
            at = [one.line in right and Path(one.file).name == file.name for one in check]
            made[kind] += 1
            first[kind] += at[0]
            anywhere[kind] += any(at)
            if show and not at[0]:
                print(f"{kind}: {file.name}:{line}: {words}\n    {check[0]}", file=sys.stderr)
    for kind in (*SLIPS, None):
        counts = [c[kind] if kind else c.total() for c in (made, first, anywhere)]
        shares = " ".join(f"{100 * one / max(counts[0], 1):6.1f} %" for one in counts[1:])
        print(f"{kind or 'all':<18}{counts[0]:>6}  {shares}")


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:] if word.isdecimal()]
    main(numbers[0] if numbers else 1000, show="--show" in sys.argv)
