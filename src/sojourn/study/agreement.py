"""The agreement: parties, named conditions and rules, each with its citation."""

from __future__ import annotations

from typing import Any

from sojourn.study.basics import read_map
from sojourn.study.model import Agreement, Rule
from sojourn.study.reader import Reader
from sojourn.study.yaml import Node


def read_agreement(reader: Reader, node: Node, path: str) -> Agreement | None:
    """The terms between two states."""
    fields = reader.fields(node, path, "agreement")
    title, sending, receiving = (fields.text(key) for key in ("title", "sending", "receiving"))
    terms = read_map(reader, fields.node("terms"), fields.at("terms"), _read_term)
    rules = read_map(reader, fields.node("rules"), fields.at("rules"), read_rule)
    if title is None or sending is None or receiving is None:
        return None
    return Agreement(
        title=title,
        sending=sending,
        receiving=receiving,
        terms=terms,
        rules=rules,
        about=fields.text("about"),
    )


def _read_term(reader: Reader, node: Node, path: str, name: str) -> str | None:
    return reader.text(node, path)


def read_rule(reader: Reader, node: Node, path: str, name: str) -> Rule | None:
    """One condition, required or a bar."""
    before = len(reader.problems)
    fields = reader.fields(node, path, "rule")
    cited = fields.cited()
    kinds = [kind for kind in ("require", "bar") if fields.has(kind)]
    if len(kinds) != 1:
        what = "both `require` and `bar` are given" if kinds else "the rule has no condition"
        reader.refuse(node, path, what, "write one, as `bar: citizenship = 'US'`")
        return None
    if cited.get("cite") is None and cited.get("source") is None:
        reader.refuse(node, path, "the rule has no citation", "add `cite: …` or `source: NAME`")
    fields.dates_in_order()
    found: dict[str, Any] = {
        "kind": kinds[0],
        "condition": fields.text(kinds[0]),
        "when": fields.text("when"),
        "if_unknown": fields.choice("if unknown", ("refer", "fail", "pass")) or "refer",
        "from": fields.date("from"),
        "to": fields.date("to"),
        "about": fields.text("about"),
        **cited,
    }
    return Rule.model_validate(found) if len(reader.problems) == before else None
