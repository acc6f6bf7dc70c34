"""The section `correlated`: uncertain numbers that go together, by their rank correlation."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from sojourn.errors import Problem
from sojourn.study.files.addresses import find, nearest
from sojourn.study.files.suggest import did_you_mean
from sojourn.study.files.yaml import Node, canonical_key
from sojourn.study.units import WordsError, read_words
from sojourn.study.words.reader import Reader

Scores = dict[str, dict[str, float]]
"""By address: how its normal score is made from those of addresses, itself among them."""


def read_correlated(reader: Reader, section: Node | None) -> Scores:
    """The scores of every number that a group names.

    Numbers of a group have the normal copula with the rank correlations written: of two normal
    scores with Pearson correlation r, Spearman's is 6 / π arcsin(r / 2) (Pearson, Drapers' Company
    Research Memoirs, Biometric Series 4, 1907). Each score is made from those before it, so a
    number added at the end moves no other.
    """
    found: Scores = {}
    if section is None or section.empty:
        return found
    for name, node in reader.mapping(
        section, "correlated", "{of: […], rank correlation: 0.5}"
    ).items():
        path = f"correlated.{name}"
        before = len(reader.problems)
        fields = reader.fields(node, path, "correlation")
        fields.cited()
        of = [canonical_key(address) for address in fields.names("of")]
        for address in of:
            if address in found or of.count(address) > 1:
                fields.refuse("of", f"`{address}` is there twice", "keep it in one group")
                break
        if len(of) < 2 and len(reader.problems) == before:
            fields.refuse("of", "one number has no correlation", "name at least two")
        ranks = fields.node("rank correlation")
        if ranks is None or len(reader.problems) != before:
            continue
        matrix = _matrix(reader, ranks, fields.at("rank correlation"), len(of))
        if matrix is None:
            continue
        try:
            rows = np.linalg.cholesky(2 * np.sin(np.pi / 6 * matrix))
        except np.linalg.LinAlgError:
            fields.refuse(
                "rank correlation",
                "numbers cannot be correlated so: two that both go with a third go together",
                "write weaker correlations",
            )
            continue
        for n, address in enumerate(of):
            found[address] = dict(zip(of, map(float, rows[n, : n + 1]), strict=False))
    return found


def _matrix(reader: Reader, node: Node, path: str, size: int) -> np.ndarray | None:
    """Rank correlations of every two numbers, or None with a problem."""

    def read(text: str) -> float:
        value, unit = read_words(text)
        if unit or not -1 < value < 1 or not math.isfinite(value):
            raise WordsError(f"`{text}` is not a correlation", "write one between -1 and 1, as 0.6")
        return value

    found = np.eye(size)
    if node.parts is None:
        alone = reader.words(node, path, read)
        return None if alone is None else np.where(found == 1, 1.0, alone)
    lengths = [len(part.parts or ()) for part in node.parts]
    if lengths != list(range(1, size)):
        reader.refuse(
            node,
            path,
            f"the rows have {', '.join(map(str, lengths))} numbers",
            "write a row for each number from the second on, with its correlation with each before "
            "it, as `[[0.6], [0.2, 0.4]]`",
        )
        return None
    before = len(reader.problems)
    for row, part in enumerate(node.parts, 1):
        for column, each in enumerate(part.parts or ()):
            value = reader.words(each, f"{path}.{row}.{column + 1}", read)
            if value is not None:
                found[row, column] = found[column, row] = value
    return found if len(reader.problems) == before else None


def check_addresses(reader: Reader, trees: Iterable[Node]) -> None:
    """Refuse addresses in `correlated`, and in `run.spread together`, of no uncertain number."""
    told: dict[tuple[str, str], Problem] = {}
    for tree in trees:
        groups = find(tree, "correlated")
        paths = [f"correlated.{name}.of" for name in (groups and groups.items) or ()]
        for path in (*paths, "run.spread together"):
            node = find(tree, path)
            for address in () if node is None else Reader(reader.shared).names(node, path):
                if canonical_key(address) not in reader.shared.uncertain:
                    what = f"`{address}` is no uncertain number with a random number of its own"
                    fix = did_you_mean(address, sorted(reader.shared.uncertain))
                    at = node.position if node is not None else nearest(tree, path)[0]
                    told[path, address] = Problem(what, fix, *at, path=path)
    reader.problems += told.values()
