"""The parts of a study that no scenario changes: period, run, sources and statements."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sojourn.study.files.yaml import Node, canonical_key
from sojourn.study.model.sources import Source, Statement
from sojourn.study.model.study import Period, RunDefaults
from sojourn.study.time_steps import Step, Steps, read_year_start
from sojourn.study.uncertain_shapes import MOST_TOGETHER
from sojourn.study.words.reader import CONFIDENCES, Reader

LAST_YEAR = 9998
"""The year after it is the last of the calendar."""
MOST_HISTORIES = 1_000_000
"""The most draws, and the most replicates."""

T = TypeVar("T")


def read_map(
    reader: Reader, node: Node | None, path: str, read: Callable[[Reader, Node, str, str], T | None]
) -> dict[str, T]:
    """Every named item of a section that `read(reader, node, path, name)` accepts."""
    if node is None:
        return {}
    found: dict[str, T] = {}
    for name, part in reader.mapping(node, path, "{…}").items():
        item = read(reader, part, f"{path}.{name}", name)
        if item is not None:
            found[name] = item
    return found


def read_period(reader: Reader, node: Node, path: str) -> Period | None:
    """The days of a study."""
    fields = reader.fields(node, path, "period")
    fields.dates_in_order()
    start, end = fields.date("from"), fields.date("to")
    step: Step = fields.choice("step", ("day", "month", "year")) or "day"
    # A reporting period is whole steps.
    usual = "year" if step == "year" else "month"
    report = fields.choice("report", ("month", "year")) or usual
    by = fields.names("by")
    starts = fields.get("year starts", lambda n, p: reader.words(n, p, read_year_start)) or 1
    if step == "year" and starts != 1:
        fields.refuse(
            "year starts",
            "the steps are calendar years, which no fiscal year can be put together from",
            "write `step: month`, or leave `year starts` out",
        )
    if start is None or end is None or start >= end:
        return None
    if step == "year" and report == "month":
        fields.refuse("report", "a year cannot be reported by months", "write `report: year`")
    if end.year > LAST_YEAR:
        fields.refuse("to", f"{end} lies after {LAST_YEAR}", "shorten the period")
        return None
    steps = Steps(start, end, step)
    for key, day in (("from", start), ("to", end)):
        if not steps.begins(day):
            first = steps.first_day(steps.step_of(day))
            fields.refuse(key, f"{day} lies within a {step}", f"write its first day, {first}")
            return None
    found = {"from": start, "to": end, "step": step, "report": report, "by": by,
             "year_starts": starts}  # fmt: skip
    return Period.model_validate(found)


def read_run(reader: Reader, node: Node, path: str) -> RunDefaults | None:
    """Defaults of a run; draws and replicates are at least one."""
    fields = reader.fields(node, path, "run")
    found = {key: fields.whole(key) for key in ("seed", "draws", "replicates")}
    for key, least in (("seed", 0), ("draws", 1), ("replicates", 1)):
        value = found[key]
        if value is not None and value < least:
            fields.refuse(key, f"`{value}` is too small", f"write {least} or more")
            return None
        if key != "seed" and value is not None and value > MOST_HISTORIES:
            fields.refuse(key, f"`{value}` is too large", f"write at most {MOST_HISTORIES:,}")
            return None
    together = tuple(map(canonical_key, fields.names("spread together")))
    if len(set(together)) != len(together) or len(together) > MOST_TOGETHER:
        what = (
            "an address is there twice" if len(together) <= MOST_TOGETHER else "there are too many"
        )
        fix = f"name each number once, {MOST_TOGETHER} at most: those that matter most"
        fields.refuse("spread together", what, fix)
        return None
    known = {key: value for key, value in found.items() if value is not None}
    return RunDefaults(**known, spread_together=together)


def read_source(reader: Reader, node: Node, path: str, name: str) -> Source | None:
    """A text or table."""
    fields = reader.fields(node, path, "source")
    title = fields.text("title")
    if title is None:
        return None
    return Source(
        title=title,
        publisher=fields.text("publisher"),
        date=fields.text("date"),
        url=fields.text("url"),
        file=fields.text("file"),
        confidence=fields.choice("confidence", CONFIDENCES),
        note=fields.text("note"),
    )


def read_statement(reader: Reader, node: Node, path: str, name: str) -> Statement | None:
    """Something a source says."""
    fields = reader.fields(node, path, "statement")
    cited = fields.cited()
    if cited.get("source") is None and "source" not in fields.items:
        fields.refuse("source", "the statement has no source", "add `source: NAME`")
        return None
    return Statement(says=fields.text("says"), models=fields.names("models"), **cited)
