"""Two scenarios compared: what differs between their studies, and how the answers differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import pyarrow as pa
from pydantic import BaseModel

from sojourn.api.tables import Table, from_rows
from sojourn.results.run_folder.folder import STUDY
from sojourn.study.model.people import Admissions
from sojourn.study.model.study import StudyModel
from sojourn.study.model.values import Quantity
from sojourn.study.uncertain_shapes import DERIVED
from sojourn.uncertainty.uncertain_quantities import walk

if TYPE_CHECKING:
    from sojourn.results.run_folder.folder import RunFolder
    from sojourn.study.model.study import Scenario

_OPTIONS = ("version", "solver", "seed", "replicates", "draws", "first_draw")
"""What run.json says of how a run was made, as far as answers depend on it."""
_WORDS = frozenset({"name", "about", "overrides", "path", "quote", "quotes", "note", "label"})
"""Parts of a model that change no number."""
_KINDS = {name: pa.string() for name in ("path", "this", "other")}


def differences(run: RunFolder, scenario: str, other: RunFolder, against: str) -> Table:
    """What differs: one row for each address, with the value in this run and in the other."""
    rows = [
        {"path": f"run.{name}", "this": str(run.record[name]), "other": str(other.record[name])}
        for name in _OPTIONS
        if run.record[name] != other.record[name]
    ]
    (study, one), (other_study, two) = (_read(run, scenario), _read(other, against))
    same = study.title == other_study.title
    rows += [] if same else [{"path": "study", "this": study.title, "other": other_study.title}]
    rows += _between(study.period, other_study.period, "period")
    rows += _between(one, two, "")
    found = {(row["path"], row["this"], row["other"]): row for row in rows}
    return from_rows("differences", list(found.values()), _KINDS)


def not_shared(run: RunFolder, scenario: str, other: RunFolder, against: str) -> list[str]:
    """Addresses of random numbers that only one of two scenarios has."""
    one, two = (
        {
            address
            for number in walk(_read(*each)[1])
            if number.uncertain and number.shape != DERIVED  # what it is made of is walked too
            for address in number.addresses or (number.path,)
        }
        for each in ((run, scenario), (other, against))
    )
    return sorted(one ^ two)


def paired(run: RunFolder, other: RunFolder) -> bool:
    """Whether histories of the same draw and replicate have the same random numbers."""
    return all(run.record[key] == other.record[key] for key in ("seed", "replicates"))


def _read(run: RunFolder, scenario: str) -> tuple[StudyModel, Scenario]:
    text = (run.path / STUDY).read_text(encoding="utf-8")
    study = StudyModel.model_validate_json(text)
    return study, study.scenarios[scenario]


def _between(one: object, two: object, path: str) -> Iterator[dict[str, str]]:
    """The smallest parts in which two values differ, with their addresses."""
    if one == two:
        return
    if isinstance(one, Quantity) and isinstance(two, Quantity):
        if _told(one) != _told(two):
            yield {"path": one.path or path, "this": _told(one), "other": _told(two)}
        return
    parts = _parts(one), _parts(two)
    if parts[0] is None or parts[1] is None or type(one) is not type(two):
        yield {"path": path, "this": _told(one), "other": _told(two)}
        return
    for key in dict.fromkeys([*parts[0], *parts[1]]):
        if key not in _WORDS:
            inner = f"{path}.{key}" if path else key
            yield from _between(parts[0].get(key), parts[1].get(key), inner)


def _parts(value: object) -> Mapping[str, object] | None:
    if isinstance(value, Admissions):
        value = value.told
    if isinstance(value, BaseModel):
        return {name: getattr(value, name) for name in type(value).model_fields}
    if isinstance(value, Mapping):
        return value
    if isinstance(value, tuple) and value:
        return {str(getattr(part, "name", n)): part for n, part in enumerate(value, 1)}
    return None


def _told(value: object) -> str:
    """A value in a few words; nothing where there is none."""
    from sojourn.report.wording import study_words

    if value is None or value in ((), {}):
        return ""
    if isinstance(value, Quantity):
        return study_words.quantity(value)
    return "there" if isinstance(value, BaseModel | Mapping | tuple) else str(value)


def how_sure(run: RunFolder, scenario: str, other: RunFolder, against: str) -> str:
    """What the range of a difference rests on: how histories are paired, and what is not shared."""
    draws = sorted(set(run.draws) & set(other.draws))
    size = "1 draw" if len(draws) == 1 else f"{len(draws):,} draws"
    size += f", {run.record['replicates']:,} of each"
    if not paired(run, other):
        told = f"{size}, not paired: the runs differ in seed or replicates, so ranges are wider"
    else:
        told = f"{size}, paired by draw and replicate"
    alone = not_shared(run, scenario, other, against)
    if alone:
        some = ", ".join(f"`{path}`" for path in alone[:MOST_NAMED])
        more = f" and {len(alone) - MOST_NAMED} more" if len(alone) > MOST_NAMED else ""
        told += f"; {NOT_SHARED}: {some}{more}"
    return told


NOT_SHARED = "uncertain in one of the two alone"
MOST_NAMED = 5
"""Numbers that are named in a sentence."""
