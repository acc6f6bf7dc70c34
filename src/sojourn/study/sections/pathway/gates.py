"""Gates: open/closed calendars, fixed or random."""

from __future__ import annotations

from typing import Any

from sojourn.study.files.yaml import Node
from sojourn.study.model.pathway import Gate
from sojourn.study.model.values import Span
from sojourn.study.stays.stay import stay_key
from sojourn.study.units import SHARE
from sojourn.study.words.quantities import quantity_key
from sojourn.study.words.reader import Fields, Reader

_RANDOM = ("opens after", "closes after", "for", "again", "from", "chance")


def read_gate(reader: Reader, node: Node, path: str, name: str) -> Gate | None:
    """A gate, or None with a problem."""
    before = len(reader.problems)
    fields = reader.fields(node, path, "gate")
    cited = fields.cited()
    _check_forms(fields)
    chance = quantity_key(fields, "chance", SHARE)
    gate: dict[str, Any] = {
        "open": _read_spans(fields, "open"),
        "closed": _read_spans(fields, "closed"),
        "from": fields.date("from"),
        "opens_after": stay_key(fields, "opens after"),
        "closes_after": stay_key(fields, "closes after"),
        "closed_for": stay_key(fields, "for"),
        "again": fields.flag("again"),
        "chance": chance,
        "label": fields.text("label"),
        **cited,
    }
    return Gate.model_validate(gate) if len(reader.problems) == before else None


def _check_forms(fields: Fields) -> None:
    forms = [key for key in ("open", "closed", "opens after", "closes after") if fields.has(key)]
    both = {"opens after", "closes after"}
    if not forms:
        fields.reader.refuse(
            fields.whole_node,
            fields.path,
            "the gate never opens or closes",
            "write `open: [{from: …, to: …}]`, `opens after: …` or `closes after: …`",
        )
    elif len(forms) > 1 and set(forms) != both:
        names = " and ".join(f"`{form}`" for form in forms)
        fields.refuse(forms[1], f"{names} are given together", "keep one of them")
    elif forms[0] in ("open", "closed"):
        for key in _RANDOM:
            if fields.has(key):
                fields.refuse(
                    key, f"`{key}` has no meaning with fixed spans", "remove it, or the spans"
                )
    if "closes after" not in forms:
        for key in ("for", "again"):
            if fields.has(key) and forms and forms[0] == "opens after":
                fields.refuse(key, f"`{key}` needs `closes after`", "add `closes after: …`")
    elif fields.flag("again") and not fields.has("for"):
        fields.refuse("again", "`again` needs to know how long it is closed", "add `for: … days`")


def _read_spans(fields: Fields, key: str) -> tuple[Span, ...]:
    node = fields.node(key)
    spans: list[Span] = []
    for part, path in fields.reader.parts(node, fields.at(key)) if node is not None else ():
        inner = fields.reader.fields(part, path, "span")
        inner.dates_in_order()
        spans.append(Span.model_validate({"from": inner.date("from"), "to": inner.date("to")}))
    return tuple(spans)
