"""Stays: how long people remain, and the clocks that stays set."""

from __future__ import annotations

import itertools
import re
from datetime import date, timedelta
from functools import partial
from typing import Any

from sojourn.study.keys import CITED_NAMES
from sojourn.study.model import ClockRule, Quantity, Stay
from sojourn.study.quantity import quantity_key, quantity_of, read_quantity, sum_to_one
from sojourn.study.reader import Fields, Reader, fact_text
from sojourn.study.values import (
    DURATION,
    LASTING,
    POSITIVE,
    SHARE,
    WordsError,
    looks_like_date,
    read_date,
    read_words,
    show,
)
from sojourn.study.yaml import Node

FAMILIES: dict[str, tuple[tuple[str, bool], ...]] = {
    "exponential": (("mean", True),),
    "gamma": (("mean", True), ("sd", True)),
    "lognormal": (("mean", True), ("sd", True)),
    "weibull": (("scale", True), ("shape", False)),
    "log-logistic": (("median", True), ("shape", False)),
    "uniform": (("from", True), ("to", True)),
}
"""Parameters of each family; True: a duration, False: a bare number."""

_FORMS = ("mean", *FAMILIES, "table", "quantiles", "mixture", "of", "value", "between")
_AFTER_DATE = re.compile(r"(?P<delay>.+?)\s+after\s+(?P<date>\d{4}-\d\d?-\d\d?)")


def read_stay(reader: Reader, node: Node, path: str) -> Stay | None:
    """A distribution of a duration, or None with a problem."""
    if node.items is None or "parameter" in node.items:
        value = read_quantity(reader, node, path, DURATION)
        return None if value is None else Stay(family="fixed", parameters={"value": value})
    before = len(reader.problems)
    fields = reader.fields(node, path, "stay")
    forms = [form for form in _FORMS if fields.has(form)]
    if len(forms) != 1:
        if len(reader.problems) == before:
            what = (
                "`" + "` and `".join(forms) + "` are given together"
                if forms
                else "no distribution is given"
            )
            reader.refuse(
                node,
                path,
                what,
                "write one, as `90 days`, `{mean: 90 days}` or "
                "`{lognormal: {mean: 90 days, sd: 60 days}}`",
            )
        return None
    form = forms[0]
    stray = [key for key in ("best", "as") if fields.has(key) and form != "between"]
    stray += [key for key in ("otherwise",) if fields.has(key) and form != "of"]
    for key in stray:
        fields.refuse(key, f"`{key}` has no meaning with `{form}`", "remove it")
    parts = _READERS.get(form, _family)(fields, form)
    if parts is None or len(reader.problems) != before:
        return None
    cited = {} if form in ("value", "between") else fields.cited()
    return Stay.model_validate({**parts, **cited}) if len(reader.problems) == before else None


def _fixed(fields: Fields, form: str) -> dict[str, Any] | None:
    value = quantity_of(fields, DURATION)
    if value is None:
        return None
    cited = {name: getattr(value, name) for name in CITED_NAMES}
    return {"family": "fixed", "parameters": {"value": value}, **cited}


def _mean(fields: Fields, form: str) -> dict[str, Any] | None:
    mean = quantity_key(fields, "mean", LASTING)
    return None if mean is None else {"family": "exponential", "parameters": {"mean": mean}}


def _family(fields: Fields, family: str) -> dict[str, Any] | None:
    node = fields.node(family)
    assert node is not None
    reader, path = fields.reader, fields.at(family)
    if family == "exponential" and node.text is not None:
        node = Node(node.position, items={"mean": node}, keys={"mean": node.position})
    inner = reader.fields(node, path, f"parameters of {family}")
    found: dict[str, Quantity] = {}
    for name, duration in FAMILIES[family]:
        kind = (DURATION if family == "uniform" else LASTING) if duration else POSITIVE
        value = quantity_key(inner, name, kind)
        if value is not None:
            found[name] = value
    if len(found) != len(FAMILIES[family]):
        return None
    if family == "uniform":
        start, end = found["from"], found["to"]
        if most(start) >= least(end):
            inner.refuse("to", "`to` is not above `from`", "write the shorter stay first")
            return None
    return {"family": family, "parameters": found}


def most(quantity: Quantity) -> float:
    """The greatest value that it can take."""
    return quantity.value if quantity.high is None else quantity.high


def least(quantity: Quantity) -> float:
    """The least value that it can take."""
    return quantity.value if quantity.low is None else quantity.low


def _table(fields: Fields, form: str) -> dict[str, Any] | None:
    node = fields.node(form)
    assert node is not None
    reader, path = fields.reader, fields.at(form)
    points: list[tuple[float, float]] = []
    for key, part in reader.mapping(node, path, "10").items():
        place = f"{path}.{key}"
        day = reader.words(Node(node.keys[key], text=key), place, _whole_days)
        weight = reader.words(part, place, _weight)
        if day is not None and weight is not None:
            points.append((day, weight))
    if points and sum(weight for _, weight in points) <= 0:
        reader.refuse(node, path, "no weight is above zero", "give some days a weight")
    if not points:
        reader.refuse(node, path, "the table is empty", "write `{0: 10, 30: 90}`")
    return {"family": "table", "points": tuple(sorted(points))}


def _whole_days(text: str) -> float:
    value, unit = read_words(text)
    if unit not in ("", "day") or value < 0 or value != int(value):
        raise WordsError(f"`{text}` is not a number of whole days", "write it as `30`")
    return value


def _weight(text: str) -> float:
    value, unit = read_words(text)
    if unit not in ("", "share", "people") or value < 0:
        raise WordsError(f"`{text}` is not a weight", "write a bare number that is not negative")
    return value


def _quantiles(fields: Fields, form: str) -> dict[str, Any] | None:
    node = fields.node(form)
    assert node is not None
    reader, path = fields.reader, fields.at(form)
    points: list[tuple[float, float]] = []
    for key, part in reader.mapping(node, path, "30 days").items():
        place = f"{path}.{key}"
        share = read_quantity(reader, Node(node.keys[key], text=key), place, SHARE)
        days = read_quantity(reader, part, place, DURATION)
        if days is not None and days.uncertain:
            reader.refuse(part, place, "a quantile must be certain", "write one duration")
        elif share is not None and days is not None:
            points.append((share.value, days.value))
    points.sort()
    if len(points) < 2:
        reader.refuse(node, path, "two quantiles at least are needed", "add `90 %: … days`")
    for (low, shorter), (high, longer) in itertools.pairwise(points):
        if high == low or longer < shorter:
            reader.refuse(
                node,
                path,
                f"the quantile of {show(100 * high)} % is not above that of {show(100 * low)} %",
                "quantiles must rise",
            )
    return {"family": "quantiles", "points": tuple(points)}


def _mixture(fields: Fields, form: str) -> dict[str, Any] | None:
    node = fields.node(form)
    assert node is not None
    reader = fields.reader
    parts: list[tuple[Quantity, Stay]] = []
    before = len(reader.problems)
    for part, path in reader.parts(node, fields.at(form)):
        inner = reader.fields(part, path, "mixture part")
        share = quantity_key(inner, "share", SHARE)
        stay = inner.get("after", partial(read_stay, reader))
        if share is not None and stay is not None:
            parts.append((share, stay))
    if len(reader.problems) == before:
        sum_to_one(reader, node, fields.at(form), [share for share, _ in parts])
    return {"family": "mixture", "parts": tuple(parts)}


def _by_fact(fields: Fields, form: str) -> dict[str, Any] | None:
    reader = fields.reader
    by = fields.items.get("by")
    if by is None:
        fields.refuse("of", "`of` needs the fact that chooses", "add `by: FACT`")
        return None
    fact = reader.text(by, fields.at("by"))
    node = fields.node("of")
    assert node is not None
    cases: dict[str, Stay] = {}
    for key, part in reader.mapping(node, fields.at("of"), "10 days").items():
        path = f"{fields.at('of')}.{key}"
        stay = read_stay(reader, part, path)
        if fact is not None and fact in reader.facts:
            name = fact_text(reader.fact_words(key, node.keys[key], path, fact))
        else:
            name = key
        if stay is not None:
            cases[name] = stay
    otherwise = fields.get("otherwise", partial(read_stay, reader))
    if fact is not None and fact not in reader.facts:
        reader.fact_words("", by, fields.at("by"), fact)
    elif fact is not None and otherwise is None and not fields.has("otherwise"):
        declared = reader.facts[fact]
        wanted = ("yes", "no") if declared.type == "yes-no" else declared.values
        missing = [value for value in wanted if value not in (node.items or {})]
        if missing or not wanted:
            named = ", ".join(f"`{value}`" for value in missing[:5]) or "other values"
            fields.refuse("of", f"no stay is given for {named}", "add `otherwise: … days`")
    return {"family": "by fact", "fact": fact, "cases": cases, "otherwise": otherwise}


_READERS = {
    "value": _fixed,
    "between": _fixed,
    "mean": _mean,
    "table": _table,
    "quantiles": _quantiles,
    "mixture": _mixture,
    "of": _by_fact,
}


def stay_key(fields: Fields, key: str) -> Stay | None:
    """The stay under a key, None if absent or refused."""
    return fields.get(key, partial(read_stay, fields.reader))


def read_clock(reader: Reader, node: Node, path: str) -> ClockRule | None:
    """How a clock is set: a stay, a date, or `60 days after 2025-02-05`; or each by date."""
    if node.items is not None and any(looks_like_date(key) for key in node.items):
        return _dated_clock(reader, node, path)
    text = node.text
    if text is not None and looks_like_date(text):
        day = reader.date(node, path)
        return None if day is None else ClockRule(on=day)
    match = _AFTER_DATE.fullmatch(text) if text is not None else None
    if match is not None:

        def read(_: str) -> ClockRule:
            value, unit = read_words(match["delay"])
            DURATION.check(value, unit, match["delay"])
            return ClockRule(on=read_date(match["date"]) + timedelta(days=round(value)))

        return reader.words(node, path, read)
    stay = read_stay(reader, node, path)
    return None if stay is None else ClockRule(stay=stay)


def _dated_clock(reader: Reader, node: Node, path: str) -> ClockRule | None:
    """`{2025-01-01: 5 years, 2027-01-01: 4 years}`: by the day on which the clock is set."""
    found: list[tuple[date, ClockRule]] = []
    for key, part in (node.items or {}).items():
        place = f"{path}.{key}"
        day = reader.date(Node(node.keys[key], text=key), place)
        rule = read_clock(reader, part, place)
        if day is not None and rule is not None:
            found.append((day, rule))
    found.sort(key=lambda item: item[0])
    first = [item for item in found if item[0] <= reader.shared.start]
    if not first:
        reader.refuse(
            node,
            path,
            f"nothing is said of the first day, {reader.shared.start}",
            f"add what holds on it, as `{reader.shared.start}: 1 year`",
        )
        return None
    return first[-1][1].model_copy(update={"later": tuple(found[len(first) :])})


def clock_rules(fields: Fields, key: str) -> dict[str, ClockRule]:
    """The clocks set under a key, by name."""
    node = fields.node(key)
    found: dict[str, ClockRule] = {}
    for name, part in fields.reader.mapping(node, fields.at(key), "1 year").items() if node else ():
        rule = read_clock(fields.reader, part, f"{fields.at(key)}.{name}")
        if rule is not None:
            found[name] = rule
    return found


def whole_days(text: str) -> int:
    """A certain duration in whole days, as of `60 days`. Raises WordsError."""
    value, unit = read_words(text)
    DURATION.check(value, unit, text)
    return round(value)
