"""Numbers that follow from others by a formula."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sojourn.study.files.suggest import did_you_mean
from sojourn.study.formulas import bounds, derived_value, dimension, parse_formula, unit_of
from sojourn.study.model.values import Quantity
from sojourn.study.uncertain_shapes import DERIVED
from sojourn.study.units import ANYTHING, Kind, WordsError, read_words, show

if TYPE_CHECKING:
    from sojourn.study.words.reader import Fields
    from sojourn.study.words.uncertain import Readers


def by_formula(fields: Fields, kind: Kind, readers: Readers) -> dict[str, Any] | None:
    """`derived: FORMULA` over parameters and numbers."""
    reader, node = fields.reader, fields.node(DERIVED)
    assert node is not None
    text = reader.text(node, fields.at(DERIVED))
    if text is None:
        return None
    if fields.path in reader.deriving:
        chain = " → ".join((*reader.deriving, fields.path))
        fields.refuse(DERIVED, f"it is derived from itself: {chain}", "break the circle")
        return None
    reader.deriving.append(fields.path)
    try:
        formula = parse_formula(text)
        parts = {name: _part(fields, name, readers) for name in formula.names()}
        known = {name: part for name, part in parts.items() if part is not None}
        if len(known) != len(parts):
            return None
        found = formula.dimension(lambda name: dimension(known[name].unit)[0])
        unit = unit_of(found, known, kind.units)
        scale = dimension(unit)[1]
        low, high = (end / scale for end in bounds(formula, known))
        central = Quantity(value=0, unit=unit, parts=tuple(known.items()), formula=text)
        value = derived_value(central, lambda part: part.value)
        for end in (low, high):
            kind.check(end, unit, f"{show(end)} {unit}".strip())
    except WordsError as error:
        fields.refuse(DERIVED, error.what, error.fix)
        return None
    finally:
        reader.deriving.pop()
    if not any(part.uncertain for part in known.values()):
        return {"value": value, "unit": unit}
    return {
        "value": value, "unit": unit, "low": low, "high": high, "shape": DERIVED,
        "parts": tuple(known.items()), "formula": text,
    }  # fmt: skip


def _part(fields: Fields, name: str, readers: Readers) -> Quantity | None:
    """A parameter of this name, else a number. Raises WordsError."""
    reader = fields.reader
    raw = reader.parameters.get(name)
    if raw is not None:
        return readers.quantity(reader, raw, f"parameters.{name}", ANYTHING)
    if not name[:1].isdigit():
        fix = did_you_mean(name, reader.parameters, "parameter")
        raise WordsError(f"the parameter `{name}` is not declared", fix)
    value, unit = read_words(name, reader.units)
    return Quantity(value=value, unit=unit)
