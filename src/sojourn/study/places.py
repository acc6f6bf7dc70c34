"""Facilities, and the states that people are in."""

from __future__ import annotations

from sojourn.study.model import Facility, State
from sojourn.study.quantity import dated_key
from sojourn.study.reader import Reader
from sojourn.study.stay import clock_rules
from sojourn.study.values import PEOPLE
from sojourn.study.yaml import Node


def read_facility(reader: Reader, node: Node, path: str, name: str) -> Facility | None:
    """A named pool of places; `40000 people` alone is its capacity."""
    before = len(reader.problems)
    if node.text is not None and not node.empty:
        node = Node(node.position, items={"capacity": node}, keys={"capacity": node.position})
    fields = reader.fields(node, path, "facility")
    facility = {
        "capacity": dated_key(fields, "capacity", PEOPLE),
        "already_held": dated_key(fields, "already held", PEOPLE),
        "limit": fields.choice("limit", ("hard", "soft")) or "hard",
        "label": fields.text("label"),
        "country": fields.text("country"),
        **fields.cited(),
    }
    return Facility.model_validate(facility) if len(reader.problems) == before else None


def read_state(reader: Reader, node: Node, path: str, name: str) -> State | None:
    """Where a person is."""
    before = len(reader.problems)
    fields = reader.fields(node, path, "state")
    state = State(
        place=fields.text("place"),
        end=fields.flag("end"),
        sets=clock_rules(fields, "sets"),
        label=fields.text("label"),
        **fields.cited(),
    )
    return state if len(reader.problems) == before else None
