"""How uncertain numbers are written: by an interval, a count, a table of draws, choices, a formula.

Each reader takes the keys of one mapping and the kind of number that is needed, and returns what
the quantity is, or None with a problem.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from sojourn.study.files.suggest import did_you_mean
from sojourn.study.model.values import Quantity
from sojourn.study.uncertain_shapes import (
    BETWEEN,
    COUNT_PRIOR,
    COUNTED,
    DERIVED,
    LIKELY,
    MOST_IMPOSSIBLE,
    ONE_OF,
    TABLE,
    TOGETHER,
    UNCERTAIN_SHAPES,
    beta_by,
    beta_with_mean,
    far_ends,
    normal_by,
)
from sojourn.study.units import ANYTHING, Kind, WordsError, read_words, show
from sojourn.study.words.derived import by_formula
from sojourn.study.words.file_tables import open_sheet
from sojourn.study.words.keys.shapes import NAMES

if TYPE_CHECKING:
    from collections.abc import Callable

    from sojourn.study.files.yaml import Node
    from sojourn.study.words.reader import Fields, Reader

    Number = tuple[float, str]
    ReadNumber = Callable[[Reader, Node, str, Kind], Number | None]
    ReadQuantity = Callable[[Reader, Node, str, Kind], Quantity | None]

MOST_ROWS = 10_000
"""Of a table of draws: each scenario of a run folder holds them."""
_COUNT = re.compile(r"(?P<yes>[\d,]+(\.\d+)?) of (?P<all>[\d,]+(\.\d+)?)")


class Readers(NamedTuple):
    """How a number and a quantity are read; the module of the two imports this one."""

    number: ReadNumber
    quantity: ReadQuantity


def shapes_by(key: str) -> tuple[str, ...]:
    """The shapes whose two numbers stand under a key."""
    return tuple(shape.name for shape in UNCERTAIN_SHAPES.values() if shape.by == key)


def pair(fields: Fields, key: str, kind: Kind, readers: Readers) -> tuple[Number, Number] | None:
    """The two numbers under a key, of one unit and in order, or None with a problem."""
    node = fields.node(key)
    assert node is not None
    if node.parts is None or len(node.parts) != 2:
        fields.refuse(key, f"{node.kind} is not a pair", f"write `{key}: [{kind.example}, …]`")
        return None
    low, high = (
        readers.number(fields.reader, part, f"{fields.at(key)}.{n}", kind)
        for n, part in enumerate(node.parts, 1)
    )
    if low is None or high is None:
        return None
    if low[1] != high[1]:
        fields.refuse(key, "the numbers have different units", "give all the same unit")
    elif low[0] > high[0]:
        fields.refuse(key, "the first number is above the second", "write the lower first")
    else:
        return low, high
    return None


def by_range(fields: Fields, kind: Kind, readers: Readers) -> dict[str, Any] | None:
    """`between`, with or without `best`."""
    numbers = pair(fields, BETWEEN, kind, readers)
    best = fields.get("best", lambda n, p: readers.number(fields.reader, n, p, kind))
    if numbers is None or (fields.has("best") and best is None):
        return None
    (low, unit), (high, _) = numbers
    shape = fields.choice("as", shapes_by(BETWEEN)) or ("uniform" if best is None else "pert")
    if best is not None and best[1] != unit:
        fields.refuse(BETWEEN, "the numbers have different units", "give all the same unit")
    elif best is not None and not low <= best[0] <= high:
        fields.refuse("best", "the best value lies outside `between`", "write one within it")
    elif shape in ("triangular", "pert") and best is None:
        fields.refuse("as", f"`{shape}` needs the most likely value", "add `best: …`")
    elif shape in ("uniform", "loguniform") and best is not None:
        fields.refuse("best", f"`{shape}` has no best value", "remove `best`, or write `as: pert`")
    elif shape == "loguniform" and low <= 0:
        fields.refuse(BETWEEN, "`loguniform` needs numbers above zero", "write `as: uniform`")
    elif low == high:
        return {"value": low, "unit": unit}
    else:
        middle = math.sqrt(low * high) if shape == "loguniform" else (low + high) / 2
        value = middle if best is None else best[0]
        return {"value": value, "low": low, "high": high, "shape": shape, "unit": unit}
    return None


def by_interval(fields: Fields, kind: Kind, readers: Readers) -> dict[str, Any] | None:
    """`90 % between`, with the distribution, and of a beta distribution perhaps the mean."""
    numbers = pair(fields, LIKELY, kind, readers)
    shapes = shapes_by(LIKELY)
    shape = fields.choice("as", shapes)
    if shape is None and not fields.has("as"):
        fields.refuse(LIKELY, "the distribution is not named", f"add `as:` {' or '.join(shapes)}")
    mean = _key(fields, "mean", lambda n, p: readers.number(fields.reader, n, p, kind))
    if numbers is None or shape is None or (mean is None and written(fields, "mean")):
        return None
    (low, unit), (high, _) = numbers
    if low == high:
        fields.refuse(LIKELY, "the two numbers are equal", f"write `value: {show(low)} …`")
    elif shape == "lognormal" and low <= 0:
        fields.refuse(LIKELY, "`lognormal` needs numbers above zero", "write `as: normal`")
    elif shape == "beta":
        return _beta(fields, unit, (low, high), None if mean is None else mean[0])
    elif mean is not None:
        what = f"the two numbers already make a {shape} distribution"
        fields.refuse("mean", what, "remove `mean`, or write `as: beta`")
    else:
        return _cut(fields, kind, shape, unit, (low, high))
    return None


def _beta(
    fields: Fields, unit: str, ends: tuple[float, float], mean: float | None
) -> dict[str, Any] | None:
    low, high = ends
    if unit != "share":
        fields.refuse("as", "`beta` is a distribution of shares", "write `as: lognormal`")
        return None
    if mean is not None and not low < mean < high:
        fields.refuse("mean", "the mean lies outside the interval", "write one within it")
        return None
    if not 0 < low < high < 1:
        what = "a beta distribution has 5 % below the first number and 5 % above the second"
        fields.refuse(LIKELY, what, "write shares above 0 % and below 100 %")
        return None
    try:
        found = beta_by(low, high) if mean is None else beta_with_mean(low, high, mean)
    except ValueError:
        what = "no beta distribution has this interval" + (" and this mean" if mean else "")
        fields.refuse(LIKELY, what, "write a mean nearer to its middle" if mean else "")
        return None
    return {**_of_share(found[0] / sum(found), "beta"), "numbers": found}


def _of_share(value: float, shape: str) -> dict[str, Any]:
    return {"value": value, "low": 0.0, "high": 1.0, "shape": shape, "unit": "share"}


def _cut(
    fields: Fields, kind: Kind, shape: str, unit: str, ends: tuple[float, float]
) -> dict[str, Any] | None:
    """A normal or lognormal distribution, cut where the number cannot be.

    A parameter, which may stand anywhere, is cut at 0 if its interval lies above, and a share at 1.
    """
    low, high = ends
    least, most = kind.least, kind.most
    if kind is ANYTHING:
        least = 0.0 if low >= 0 else -math.inf
        most = 1.0 if unit == "share" and 0 <= low < high <= 1 else math.inf
    logs = shape == "lognormal"
    mean, sd = normal_by(*map(math.log, ends)) if logs else normal_by(low, high)
    whole = {"value": math.exp(mean) if logs else mean, "shape": shape, "unit": unit}
    for beyond, sign, where in ((least, 1, "below"), (most, -1, "above")):
        share = _share_beyond(beyond, mean, sd, logs, sign)
        if share > MOST_IMPOSSIBLE:
            fields.refuse(
                LIKELY,
                f"{share * 100:.2g} % of this {shape} distribution lies {where} "
                f"{kind.bound(beyond)}, where {kind.name} cannot be",
                "write `as: beta`" if unit == "share" else "write `as: lognormal`",
            )
            return None
    low, high = far_ends(mean, sd)
    low, high = (math.exp(low), math.exp(high)) if logs else (low, high)
    return {**whole, "low": max(least, low), "high": min(most, high), "numbers": (mean, sd)}


def _share_beyond(end: float, mean: float, sd: float, logs: bool, sign: int) -> float:
    from scipy.special import ndtr  # noqa: PLC0415 -- only for studies that need it

    if logs:
        if end <= 0:
            return 0.0
        end = math.log(end) if math.isfinite(end) else end
    return float(ndtr(sign * (end - mean) / sd))


def by_count(fields: Fields, kind: Kind, readers: Readers) -> dict[str, Any] | None:
    """`counted: 12 of 40`."""

    def read(text: str) -> tuple[float, float]:
        match = _COUNT.fullmatch(" ".join(text.split()))
        if match is None:
            raise WordsError(f"`{text}` is not a count", "write it as `12 of 40`")
        yes, every = (float(match[name].replace(",", "")) for name in ("yes", "all"))
        if not 0 <= yes <= every or every == 0:
            raise WordsError(f"`{text}` is impossible", "write the part first, as `12 of 40`")
        kind.check(yes / every, "share", f"{show(yes / every * 100)} %")
        return yes, every

    counts = fields.get(COUNTED, lambda n, p: fields.reader.words(n, p, read))
    if counts is None:
        return None
    yes, every = counts
    return {**_of_share(yes / every, COUNTED),
            "numbers": (yes + COUNT_PRIOR, every - yes + COUNT_PRIOR)}  # fmt: skip


def counted_together(shares: list[Quantity]) -> list[Quantity]:
    """Shares that make 100 %, of one count: one Dirichlet distribution, so that their sum is one.

    All others are as they were.
    """
    if len(shares) < 2 or any(share.shape != COUNTED for share in shares):
        return shares
    yes = [share.numbers[0] - COUNT_PRIOR for share in shares]
    totals = {round(sum(share.numbers) - 2 * COUNT_PRIOR, 6) for share in shares}
    if totals != {round(sum(yes), 6)}:
        return shares
    made = {
        "shape": TOGETHER,
        "numbers": tuple(share.numbers[0] for share in shares),
        "addresses": tuple(share.path for share in shares),
    }
    return [share.model_copy(update=made) for share in shares]


def by_table(fields: Fields, kind: Kind, readers: Readers) -> dict[str, Any] | None:
    """`draws: FILE`, with `column` and perhaps `unit`: values of which each draw takes a row."""
    reader, node = fields.reader, fields.node(TABLE)
    assert node is not None
    sheet = open_sheet(reader, node, fields.at(TABLE), reader.shared.folder, "write a header")
    column, unit = fields.text("column"), fields.text("unit") or ""
    if sheet is None:
        return None
    if column is None and len(sheet.header) == 1:
        column = sheet.header[0]
    if column not in sheet.header:
        what = f"the table has no column `{column}`" if column else "the column is not named"
        fields.refuse("column", what, did_you_mean(column or "", sheet.header))
        return None
    if not 0 < len(sheet.rows) <= MOST_ROWS:
        what = f"the table has {len(sheet.rows):,} rows; from 1 to {MOST_ROWS:,} are possible"
        fields.refuse(TABLE, what, "keep every tenth row, for example" if sheet.rows else "")
        return None
    at, before, values, units = sheet.header.index(column), len(reader.problems), [], {""}
    for line, cells in sheet.rows:
        try:
            words = f"{sheet.number(cells[at])} {unit}".strip()
            value, found = read_words(words, reader.units)
            kind.check(value, found, words)
            values.append(value)
            units = {found}
        except WordsError as error:
            reader.refuse(sheet.place(line, cells, at), fields.at("column"), error.what, error.fix)
            break  # the next rows most likely have the same fault
    if len(reader.problems) != before:
        return None
    return {
        "value": math.fsum(values) / len(values), "low": min(values), "high": max(values),
        "shape": TABLE, "unit": units.pop(), "numbers": tuple(values),
        "addresses": (f"{TABLE} of {node.text}",),
    }  # fmt: skip


def by_choice(fields: Fields, kind: Kind, readers: Readers) -> dict[str, Any] | None:
    """`one of: [...]`, with or without `weights`."""
    reader, before = fields.reader, len(fields.reader.problems)
    listed = fields.get(ONE_OF, reader.parts) or []
    choices = [readers.quantity(reader, node, path, kind) for node, path in listed]
    found = [choice for choice in choices if choice is not None]
    weights = _key(fields, "weights", lambda n, p: _weights(reader, n, p))
    if len(reader.problems) != before or len(found) != len(listed):
        return None
    if len(found) < 2:
        fields.refuse(ONE_OF, "one choice is no choice", "write at least two")
    elif len({choice.unit for choice in found}) > 1:
        fields.refuse(ONE_OF, "the choices have different units", "give all the same unit")
    elif weights is not None and len(weights) != len(found):
        what = f"{len(weights)} weights are written for {len(found)} choices"
        fields.refuse("weights", what, "write one for each")
    else:
        shares = weights or [1.0] * len(found)
        sums = [math.fsum(shares[: n + 1]) / math.fsum(shares) for n in range(len(shares))]
        likely = found[shares.index(max(shares))]
        return {
            "value": likely.value, "unit": likely.unit, "shape": ONE_OF,
            "numbers": (*sums[:-1], 1.0),
            "low": min(c.value if c.low is None else c.low for c in found),
            "high": max(c.value if c.high is None else c.high for c in found),
            "parts": tuple((str(n), choice) for n, choice in enumerate(found, 1)),
        }  # fmt: skip
    return None


def _weights(reader: Reader, node: Node, path: str) -> list[float] | None:
    def read(text: str) -> float:
        value, unit = read_words(text)
        if unit not in ("", "share") or value <= 0:
            raise WordsError(f"`{text}` is not a weight", "write a number above 0, as `2`")
        return value

    found = [reader.words(part, place, read) for part, place in reader.parts(node, path)]
    known = [weight for weight in found if weight is not None]
    return known if len(known) == len(found) else None


def written(fields: Fields, key: str) -> bool:
    """Whether something is written under a key that not every shape has."""
    return key in NAMES[fields.shape] and fields.has(key)


def _key(fields: Fields, key: str, read: Callable[[Node, str], Any]) -> Any:  # noqa: ANN401 -- what is read
    return fields.get(key, read) if written(fields, key) else None


WAYS: dict[str, Callable[[Fields, Kind, Readers], dict[str, Any] | None]] = {
    BETWEEN: by_range,
    LIKELY: by_interval,
    COUNTED: by_count,
    TABLE: by_table,
    ONE_OF: by_choice,
    DERIVED: by_formula,
}
"""Ways to write an uncertain number, by the key that is needed."""
UNCORRELATED = (TABLE, TOGETHER, DERIVED)
"""Shapes without a random number of their own alone."""
COMPANIONS = {
    "best": (BETWEEN,),
    "as": (BETWEEN, LIKELY),
    "fit": (BETWEEN,),
    "mean": (LIKELY,),
    "column": (TABLE,),
    "unit": (TABLE,),
    "weights": (ONE_OF,),
}
"""Keys that belong to others."""
