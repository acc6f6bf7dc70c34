"""Facilities, and the states that people are in."""

from __future__ import annotations

from sojourn.study.files.yaml import Node
from sojourn.study.model.pathway import Facility, State
from sojourn.study.stays.stay import clock_rules
from sojourn.study.units import PEOPLE
from sojourn.study.words.quantities import dated_key
from sojourn.study.words.reader import Reader

TABLE_WORDS = {
    "out": "the way out of the system",
    "outside": "where those come from who are admitted",
    "admission": "how those come who are admitted",
    "waiting outside": "people admitted who wait for a place",
    "stock": "people there on day 0",
}
"""What result tables have where the name of a state or transition may stand."""
TOGETHER = " + "
"""Joins the names of states whose peak is taken together."""


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
