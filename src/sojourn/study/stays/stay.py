"""Stays: how long people remain, and the clocks that stays set."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import partial
from typing import Any

from sojourn.stays.families import FAMILIES, FITTED
from sojourn.study.fact_types import fact_text
from sojourn.study.files.suggest import listed
from sojourn.study.files.yaml import Node
from sojourn.study.model.stays import ClockRule, Stay
from sojourn.study.model.values import Quantity
from sojourn.study.stays.observed import Asked, read_observed, read_ways
from sojourn.study.stays.points import MAKERS, inline
from sojourn.study.stays.stay_files import from_file, is_file
from sojourn.study.uncertain_shapes import LIKELY
from sojourn.study.units import (
    DAYS,
    DURATION,
    LASTING,
    POSITIVE,
    SHARE,
    WordsError,
    looks_like_date,
    read_date,
    read_words,
)
from sojourn.study.words.as_counted import read_as_counted
from sojourn.study.words.keys.key import CITED_NAMES
from sojourn.study.words.quantities import (
    make_one,
    quantity_key,
    quantity_of,
    read_quantity,
)
from sojourn.study.words.reader import Fields, Reader

_FORMS = (
    "mean", *FAMILIES, "table", "quantiles", "survival", "hazard", "observed", "mixture", "of",
    "as counted", "value", "between", LIKELY,
)  # fmt: skip
_ONLY_WITH = {
    "best": ("between",),
    "as": ("between", LIKELY),
    "otherwise": ("of",),
    "fit": ("observed",),
    "rest": ("observed", "survival"),
    "way out": ("observed",),
    "times": ("as counted",),
}
"""Keys that have a meaning with some forms alone."""
RESTS = ("never", "ends")
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
    for key in (key for key, to in _ONLY_WITH.items() if fields.has(key) and form not in to):
        fields.refuse(key, f"`{key}` has no meaning with `{form}`", "remove it")
    parts = _READERS.get(form, _family)(fields, form)
    if parts is None or len(reader.problems) != before:
        return None
    cited = {} if form in ("value", "between", LIKELY) else fields.cited()
    if parts.get("note") and cited.get("note"):
        cited["note"] = f"{cited['note']} ({parts['note']})"
    cited = {key: value for key, value in cited.items() if value is not None}
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
    record = FAMILIES[family]
    if len(record.parameters) == 1 and node.text is not None:
        name = record.parameters[0].name
        node = Node(node.position, items={name: node}, keys={name: node.position})
    inner = reader.fields(node, path, f"parameters of {family}")
    found: dict[str, Quantity] = {}
    for each in record.parameters:
        kind = POSITIVE if each.kind == "number" else DURATION if each.zero else LASTING
        value = quantity_key(inner, each.name, kind)
        if value is not None:
            found[each.name] = value
    if len(found) != len(record.parameters):
        return None
    low, high = record.least, record.most
    if low and high and most(found[low]) >= least(found[high]):
        inner.refuse(high, f"`{high}` is not above `{low}`", "write the shorter stay first")
        return None
    return {"family": family, "parameters": found}


def most(quantity: Quantity) -> float:
    """The greatest value that it can take."""
    return quantity.value if quantity.high is None else quantity.high


def least(quantity: Quantity) -> float:
    """The least value that it can take."""
    return quantity.value if quantity.low is None else quantity.low


def _points(fields: Fields, form: str) -> dict[str, Any] | None:
    """A family by its points, here or in a file."""
    node = fields.node(form)
    assert node is not None
    reader, path = fields.reader, fields.at(form)
    rest = fields.choice("rest", RESTS)
    if rest == "ends" and form == "survival":
        fields.refuse("rest", "`rest: ends` has no meaning here", "add a time with 0 %")
    if is_file(node):
        made, note = from_file(reader, node, path, form, rest)
        return None if made is None else {**made, "note": note}
    if node.text is not None:
        what = f"{node.kind} is neither a mapping nor the name of a table"
        fix = "write a mapping, or a .csv, .parquet or .xlsx file of the study"
        reader.refuse(node, path, what, fix)
        return None
    given = inline(reader, node, path, form, rest)
    return MAKERS[form](given)


def _observed(fields: Fields, form: str) -> dict[str, Any] | None:
    """The table or the fit of observed stays."""
    node = fields.node(form)
    assert node is not None
    reader, path = fields.reader, fields.at(form)
    family, rest = fields.choice("fit", FITTED), fields.choice("rest", RESTS)
    if fields.has("fit") and fields.has("rest"):
        fields.refuse("rest", "`rest` has no meaning with `fit`", "remove it")
        return None
    if not _names_file(reader, node, path):
        return None
    if (fields.has("fit") and family is None) or (fields.has("rest") and rest is None):
        return None
    ways = fields.names("way out")
    made, note = read_observed(reader, node, path, Asked(family, rest, ways))
    return None if made is None else {**made, "note": note}


def _names_file(reader: Reader, node: Node, path: str) -> bool:
    if not is_file(node):
        what = f"{node.kind} is not the name of a table"
        reader.refuse(node, path, what, "name a .csv, .parquet or .xlsx file of the study")
    return is_file(node)


def tells_ways(node: Node) -> bool:
    """Whether it is written as a file of observed stays that are used as they are."""
    items = node.items or {}
    return "observed" in items and "fit" not in items


def read_stays_by_way(
    reader: Reader, node: Node, path: str, named: dict[str, tuple[str, ...]]
) -> dict[str, tuple[Quantity, Stay]] | None:
    """The share and stay of each way out from one file of observed stays; None with a problem.

    `named`: what the file calls each of them.
    """
    before = len(reader.problems)
    fields = reader.fields(node, path, "stay")
    for key in (key for key in fields.items if key not in ("observed", "rest", *CITED_NAMES)):
        what = f"`{key}` has no meaning if the file has the ways out of several targets"
        fields.refuse(key, what, "remove it" if key != "way out" else "write it at each target")
    cited, rest, file = fields.cited(), fields.choice("rest", RESTS), fields.node("observed")
    if file is None or not _names_file(reader, file, fields.at("observed")):
        return None
    if len(reader.problems) != before:
        return None
    found = read_ways(reader, file, fields.at("observed"), named, rest)
    if found is None:
        return None
    ways, note = found
    note = f"{cited['note']} ({note})" if cited.get("note") else note
    return {
        way: (
            Quantity(value=share, unit="share", path=f"{path}.share of {way}"),
            Stay.model_validate({**parts, **cited, "note": note}),
        )
        for way, (share, parts) in ways.items()
    }


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
        shares = make_one(reader, node, fields.at(form), [share for share, _ in parts])
        parts = list(zip(shares, (stay for _, stay in parts), strict=True))
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
    misspelt = False  # what is missing follows from it
    for key, part in reader.mapping(node, fields.at("of"), "10 days").items():
        path = f"{fields.at('of')}.{key}"
        stay = read_stay(reader, part, path)
        if fact is not None and fact in reader.facts:
            before = len(reader.problems)
            name = fact_text(reader.fact_words(key, node.keys[key], path, fact))
            misspelt |= len(reader.problems) != before
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
        if (missing or not wanted) and not misspelt:
            named = listed(missing) or "other values"
            fields.refuse("of", f"no stay is given for {named}", "add `otherwise: … days`")
    return {"family": "by fact", "fact": fact, "cases": cases, "otherwise": otherwise}


def _as_counted(fields: Fields, form: str) -> dict[str, Any] | None:
    counted = read_as_counted(fields)
    if counted is None:
        return None
    pace = Quantity(value=DAYS["year"], unit="day", path=fields.at(form))  # until it is known
    return {"family": "exponential", "parameters": {"mean": pace}, "as_counted": counted}


_READERS = {
    "value": _fixed,
    "as counted": _as_counted,
    "between": _fixed,
    "mean": _mean,
    "table": _points,
    "quantiles": _points,
    "survival": _points,
    "hazard": _points,
    "observed": _observed,
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
            try:
                return ClockRule(on=read_date(match["date"]) + timedelta(days=round(value)))
            except OverflowError:
                what = f"`{text}` lies after the year 9999"
                raise WordsError(what, "write a shorter duration") from None

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
            f"the first day, {reader.shared.start}, has no value",
            f"add one, such as `{reader.shared.start}: 1 year`",
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
