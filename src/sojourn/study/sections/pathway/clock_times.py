"""When a transition at a clock is due: the clock, or a share of its length, and an offset."""

from __future__ import annotations

import re
from itertools import pairwise

from sojourn.study.files.suggest import did_you_mean
from sojourn.study.files.yaml import Node
from sojourn.study.model.pathway import Band, ClockReference
from sojourn.study.model.values import Quantity
from sojourn.study.stays.stay import least, whole_days
from sojourn.study.units import SHARE, show
from sojourn.study.words.quantities import read_quantity
from sojourn.study.words.reader import Fields, Reader

_CLOCK = re.compile(
    r"(?:(?P<share>\d\S*(?: ?%| per ?cent)) of )?(?P<clock>.+?)"
    r"(?:\s+(?P<sign>[+−-])\s*(?P<offset>\d.*))?"
)
_UP_TO, _ABOVE = "up to ", "above"


def read_at(fields: Fields) -> ClockReference | None:
    """`sentence - 30 days`, `50 % of sentence`, or `{share: …, of: sentence, credit: 30 days}`."""
    node, path, reader = fields.node("at"), fields.at("at"), fields.reader
    if node is None:
        return None
    if node.items is not None:
        return _read_share(reader.fields(node, path, "share of a clock"))
    text = reader.text(node, path)
    if text is None:
        return None
    match = _CLOCK.fullmatch(text)
    assert match is not None  # the pattern takes any text that is not empty
    offset = 0
    if match["offset"]:
        days = reader.words(node, path, lambda _: whole_days(match["offset"]))
        offset = (days or 0) * (1 if match["sign"] == "+" else -1)
    shares: tuple[Band, ...] = ()
    if match["share"]:
        share = _share(reader, Node(node.position, text=match["share"]), path)
        shares = () if share is None else (Band(share=share),)
    return ClockReference(clock=match["clock"], offset=offset, shares=shares)


def _read_share(fields: Fields) -> ClockReference | None:
    reader, before = fields.reader, len(fields.reader.problems)
    clock = fields.text("of")
    credit = fields.get("credit", lambda n, p: reader.words(n, p, whole_days))
    node, path = fields.node("share"), fields.at("share")
    bands = node is not None and any(_is_band(key) for key in node.items or ())
    if node is None:
        found: tuple[Band, ...] = ()
    elif bands:
        found = _bands(reader, node, path)
    else:
        share = _share(reader, node, path)
        found = () if share is None else (Band(share=share),)
    if clock is None or len(reader.problems) != before:
        return None
    return ClockReference(clock=clock, offset=-(credit or 0), shares=found)


def _is_band(key: str) -> bool:
    return key.startswith(_UP_TO) or key == _ABOVE


def _bands(reader: Reader, node: Node, path: str) -> tuple[Band, ...]:
    """`{up to 12 months: 25 %, above: 40 %}`: rising, so that no longer length ends earlier."""
    found: list[tuple[float, Band]] = []
    for key, part in (node.items or {}).items():
        place, at = f"{path}.{key}", node.keys[key]
        share = _share(reader, part, place)
        upto = None
        if key.startswith(_UP_TO):
            words = key.removeprefix(_UP_TO)
            upto = reader.words(Node(at, text=words), place, whole_days)
        elif key != _ABOVE:
            fix = did_you_mean(key, ("up to 12 months", _ABOVE), "band")
            reader.refuse(at, place, f"`{key}` is not a band of lengths", fix)
        if share is not None and (upto is not None or key == _ABOVE):
            end = float("inf") if upto is None else float(upto)
            found.append((end, Band(share=share, upto=upto)))
    found.sort(key=lambda item: item[0])
    if all(_is_band(key) and key != _ABOVE for key in node.items or ()):
        reader.refuse(node, path, "longer lengths have no share", "add `above: … %`")
    for (end, band), (_, after) in pairwise(found):
        if band.share.value > after.share.value:
            reader.refuse(
                node,
                path,
                f"lengths above {show(end)} days have a smaller share than shorter ones, so that a "
                "longer one would be over earlier",
                "let the shares rise, or divide people into populations with their own clocks",
            )
            break
    return tuple(band for _, band in found)


def _share(reader: Reader, node: Node, path: str) -> Quantity | None:
    share = read_quantity(reader, node, path, SHARE)
    if share is not None and least(share) <= 0:
        reader.refuse(node, path, "a share of 0 % leaves nothing to stay", "write `after: 0 days`")
        return None
    return share
