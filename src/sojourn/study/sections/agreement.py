"""The agreement: parties, named conditions and rules, each with its citation."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise
from typing import Any, Literal

from sojourn.study.files.yaml import Node, shorten
from sojourn.study.model.agreement import AgreementModel, DatedValue, Group, Rule
from sojourn.study.model.values import Quantity, Span
from sojourn.study.sections.period_and_sources import read_map
from sojourn.study.sections.provisions import read_provisions
from sojourn.study.sections.worked_cases import read_worked_case
from sojourn.study.units import ANYTHING, looks_like_date, read_date
from sojourn.study.words.keys.key import AT_LEAST
from sojourn.study.words.quantities import read_quantity
from sojourn.study.words.reader import Fields, Reader

JOINS: dict[str, Literal["and", "or"]] = {"any of": "or", "all of": "and"}
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,99}")
RESERVED = frozenset({"and", "or", "not", "in", "yes", "no", "true", "false"})
NEVER = "never"
"""Written in a table for a day that does not come."""
DEEPEST = 20
"""Levels of `any of` and `all of` within each other."""


def refuse_names(reader: Reader, node: Node | None, path: str) -> None:
    """Refuse names that no condition can use."""
    for name, position in (node.keys if node is not None else {}).items():
        if not _NAME.fullmatch(name):
            what, fix = f"`{shorten(name)}` is not a name", "names are a–z, 0–9 and _, as left_days"
        elif name in RESERVED:
            what, fix = f"`{name}` is a word of the rule language", "give it another name"
        else:
            continue
        reader.refuse(position, f"{path}.{shorten(name)}", what, fix)


def read_agreement(reader: Reader, node: Node, path: str) -> AgreementModel | None:
    """The terms between two states."""
    fields = reader.fields(node, path, "agreement")
    title, sending, receiving = (fields.text(key) for key in ("title", "sending", "receiving"))
    written: dict[str, str | Group] = read_map(
        reader, fields.node("terms"), fields.at("terms"), _read_term
    )
    groups = {name: found for name, found in written.items() if isinstance(found, Group)}
    terms = {name: _text_of(found) for name, found in written.items()}
    rules = read_map(reader, fields.node("rules"), fields.at("rules"), read_rule)
    values = read_map(reader, fields.node("values"), fields.at("values"), read_value)
    today = _read_today(fields)
    # Read for their mistakes: a study has no use for them.
    read_provisions(reader, fields.node("provisions"), fields.at("provisions"))
    read_map(reader, fields.node("cases"), fields.at("cases"), read_worked_case)
    fields.texts("not established")
    for section in ("terms", "values"):
        refuse_names(reader, fields.node(section), fields.at(section))
    if title is None or sending is None or receiving is None:
        return None
    return AgreementModel(
        title=title,
        sending=sending,
        receiving=receiving,
        terms=terms,
        term_groups=groups,
        rules=rules,
        values=values,
        today=today,
        eligible=fields.text("eligible means"),
        about=fields.text("about"),
    )


def _read_today(fields: Fields) -> date | str | None:
    """A date, or the name of a fact that is one."""
    text = fields.text("today")
    if text is None:
        return None
    return fields.date("today") if looks_like_date(text) else text


def _read_term(reader: Reader, node: Node, path: str, name: str) -> str | Group | None:
    return read_condition(reader, node, path)


def read_condition(reader: Reader, node: Node, path: str, depth: int = 1) -> str | Group | None:
    """A condition: one text, or `any of` or `all of` several, each a text or such a group."""
    if node.items is None:
        return reader.text(node, path)
    key = next(iter(node.items), "")
    counted = re.fullmatch(AT_LEAST, key)
    if len(node.items) != 1 or (key not in JOINS and counted is None):
        reader.refuse(
            node,
            path,
            "a condition is needed here, not a mapping",
            "write a text, or one of `any of: [CONDITION, …]`, `all of: [CONDITION, …]` and "
            "`at least 2 of: [CONDITION, …]`",
        )
        return None
    parts = node.items[key].parts
    if not parts:
        reader.refuse(
            node.items[key],
            f"{path}.{key}",
            f"{shorten(node.items[key].kind)} is not a list of conditions",
            "write each condition on a line of its own, after `- `",
        )
        return None
    if depth > DEEPEST:
        reader.refuse(node, path, f"conditions are nested more than {DEEPEST} deep", "use terms")
        return None
    found = [
        read_condition(reader, part, f"{path}.{key}.{number}", depth + 1)
        for number, part in enumerate(parts, 1)
    ]
    kept = tuple(part for part in found if part is not None)
    if len(kept) < len(found):
        return None
    if counted is None:
        return Group(operator=JOINS[key], parts=kept)
    count = int(counted[1])
    if not 0 < count <= len(kept):
        reader.refuse(
            node, path, f"at least {count} of {len(kept)} conditions",
            f"write a number from 1 to {len(kept)}",
        )  # fmt: skip
        return None
    return Group(operator="at least", parts=kept, count=count)


def _text_of(condition: str | Group) -> str:
    return condition if isinstance(condition, str) else condition.text()


def read_value(reader: Reader, node: Node, path: str, name: str) -> DatedValue | None:
    """A value that conditions name: one, or one from each date on, maybe with its source."""
    before = len(reader.problems)
    cited: dict[str, Any] = {}
    dated = node
    if node.items is not None and {"table", "chosen by"} & set(node.items):
        return _read_table(reader, node, path)
    if node.items is not None and "dated" in node.items:
        fields = reader.fields(node, path, "agreed value")
        cited = fields.cited()
        dated, path = node.items["dated"], f"{path}.dated"
    items = dated.items or {}
    steps: list[tuple[date | None, Quantity | date | None]] = []
    if items and all(looks_like_date(key) for key in items):
        for key, value in items.items():
            day = reader.words(Node(dated.keys[key], text=key), path, read_date)
            steps.append((day, _read_amount(reader, value, f"{path}.{key}")))
        days = [day for day, _ in steps if day is not None]
        if days != sorted(set(days)):
            reader.refuse(dated, path, "the dates do not rise", "write the earliest first")
    else:
        steps.append((None, _read_amount(reader, dated, path)))
    found = tuple((day, amount) for day, amount in steps if amount is not None)
    if any(isinstance(amount, Quantity) and amount.uncertain for _, amount in found):
        reader.refuse(
            dated,
            path,
            "a value of the agreement is uncertain",
            "give one number; scenarios may vary it",
        )
    if len(reader.problems) != before or not found:
        return None
    return DatedValue.model_validate({"steps": found, **cited})


def _read_table(reader: Reader, node: Node, path: str) -> DatedValue | None:
    """A value for each value of a fact: numbers of one unit, or dates."""
    before = len(reader.problems)
    fields = reader.fields(node, path, "agreed value")
    by, table = fields.text("chosen by"), fields.node("table")
    if fields.has("dated"):
        fields.refuse("dated", "a value is dated or a table, not both", "remove one")
    if table is None or not table.items:
        reader.refuse(
            table or node, f"{path}.table", "a table names a value for each value of the fact",
            "write `table: {SV: 2007-12-18, US: never}`",
        )  # fmt: skip
        return None
    found: list[tuple[str, Quantity | date]] = []
    for text, value in table.items.items():
        never = value.text is not None and value.text.strip().lower() == NEVER
        amount = date.max if never else _read_amount(reader, value, f"{path}.table.{text}")
        if amount is not None:
            found.append((text, amount))
    kinds = {each.unit if isinstance(each, Quantity) else "date" for _, each in found}
    if len(kinds) > 1:
        reader.refuse(
            table, f"{path}.table", "its values are of several kinds",
            "give numbers of one unit, or dates",
        )  # fmt: skip
    if any(isinstance(each, Quantity) and each.uncertain for _, each in found):
        reader.refuse(
            table, f"{path}.table", "a value of the agreement is uncertain", "give one number"
        )
    if by is None:
        fields.refuse(
            "chosen by", "no fact is named that chooses from the table", "add `chosen by: FACT`"
        )
    if len(reader.problems) != before:
        return None
    return DatedValue.model_validate({"chosen_by": by, "table": found, **fields.cited()})


def _read_amount(reader: Reader, node: Node, path: str) -> Quantity | date | None:
    if node.text is not None and looks_like_date(node.text):
        return reader.date(node, path)
    return read_quantity(reader, node, path, ANYTHING)


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
    condition = _condition_of(reader, fields, kinds[0])
    when = _condition_of(reader, fields, "when")
    unless = _condition_of(reader, fields, "unless")
    found: dict[str, Any] = {
        "kind": kinds[0],
        "condition": None if condition is None else _text_of(condition),
        "when": None if when is None else _text_of(when),
        "condition_group": condition if isinstance(condition, Group) else None,
        "when_group": when if isinstance(when, Group) else None,
        "unless": None if unless is None else _text_of(unless),
        "unless_group": unless if isinstance(unless, Group) else None,
        "if_unknown": fields.choice("if unknown", ("refer", "fail", "pass")) or "refer",
        "from": fields.date("from"),
        "to": fields.date("to"),
        "in force": _read_spans(fields) or None,
        "about": fields.text("about"),
        **cited,
    }
    return Rule.model_validate(found) if len(reader.problems) == before else None


def _read_spans(fields: Fields) -> tuple[Span, ...]:
    """The spans in which a rule is in force, in order, with days between them."""
    node = fields.node("in force")
    if node is None:
        return ()
    reader, found = fields.reader, []
    for part, path in reader.parts(node, fields.at("in force")):
        span = reader.fields(part, path, "span")
        span.dates_in_order()
        found.append(Span(start=span.date("from"), end=span.date("to")))
    if fields.has("from") or fields.has("to"):
        fields.refuse("in force", "`in force` is given beside `from` or `to`", "write one of them")
    for one, other in pairwise(found):
        if one.end is None or other.start is None or one.end >= other.start:
            fields.refuse(
                "in force", "a span does not end before the next begins",
                "write the earliest first, as: [{to: 2017-03-06}, {from: 2025-01-20}]",
            )  # fmt: skip
    return tuple(found)


def _condition_of(reader: Reader, fields: Fields, key: str) -> str | Group | None:
    node = fields.node(key)
    return None if node is None else read_condition(reader, node, fields.at(key))
