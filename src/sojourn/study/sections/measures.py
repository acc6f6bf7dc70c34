"""Measures computed from results, and claims tested against them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Literal

from sojourn.study.files.yaml import Node
from sojourn.study.model.measures import BillAsked, Claim, Measure
from sojourn.study.sections.payments import CATEGORIES, COSTINGS, read_where, transition_names
from sojourn.study.units import ANYTHING, is_currency, one_unit
from sojourn.study.words.quantities import quantity_of
from sojourn.study.words.reader import Fields, Reader

_STATES = ("people", "average", "peak", "person-days", "person-years")
_WAITS = ("wait", "median wait", "share served")
_COMBINED = ("ratio", "sum", "difference", "product")
_MOVES = ("moves", "turned away")
FORMS = (*_STATES, *_MOVES, *_WAITS, *_COMBINED, "money", "first full", "value", "between")
_UNITS = {
    "people": "people",
    "average": "people",
    "peak": "people",
    "person-days": "person-days",
    "person-years": "person-years",
    "moves": "people",
    "turned away": "people",
    "wait": "days",
    "median wait": "days",
    "share served": "share",
    "first full": "days",
}


def read_measure(
    reader: Reader, node: Node, path: str, name: str, facilities: frozenset[str], currency: str
) -> Measure | None:
    """One measure; a name that is a facility and no state measures the facility."""
    before = len(reader.problems)
    fields = reader.fields(node, path, "measure")
    cited = fields.cited()
    forms = [form for form in FORMS if fields.has(form)]
    if len(forms) != 1:
        together = "`" + "` and `".join(forms) + "` are given together"
        what = together if forms else "the measure measures nothing"
        reader.refuse(node, path, what, "write one, as `people: STATE` or `ratio: [a, b]`")
        return None
    form = forms[0]
    found: dict[str, Any] = {
        "kind": "value" if form == "between" else form,
        "where": read_where(fields),
        "from": fields.date("from"),
        "to": fields.date("to"),
        "at": _read_at(fields),
        "scenario": fields.text("scenario"),
        "label": fields.text("label"),
        "unit": _UNITS.get(form, ""),
        "prices": fields.choice("prices", ("nominal", "real")) or "nominal",
        "discounted": fields.flag("discounted"),
        "happened": fields.flag("happened"),
        "only_under": fields.names("only under"),
        **cited,
    }
    fields.dates_in_order()
    _check_days(fields)
    if fields.has("at") and form != "people":
        fields.refuse("at", f"`at` has no meaning with `{form}`", "write `from` and `to`")
    if form == "people" and (fields.has("from") or fields.has("to")):
        fields.refuse(
            "from" if fields.has("from") else "to",
            "people are counted on a day",
            "write `at: DATE`",
        )
    if fields.has("where") and form not in (*_STATES, *_MOVES):
        fields.refuse("where", f"`where` has no meaning with `{form}`", "remove it")
    for key in ("from", "to"):
        if form == "median wait" and fields.has(key):
            what = "the lengths of waits are known for the whole period only"
            fields.refuse(key, what, "remove it, or measure the `wait` of those served")
    for key in ("prices", "discounted"):
        if fields.has(key) and form != "money":
            fields.refuse(key, f"`{key}` belongs to `money`", "remove it")
    if fields.has("happened") and form != "value":
        fields.refuse("happened", "`happened` belongs to a certain `value`", "remove it")
    if fields.has("prices") and fields.has("discounted"):
        fields.refuse("prices", "discounted money is of real amounts", "remove one of the two")
    found.update(_operands(fields, form, facilities, currency))
    unit = fields.text("unit")
    if unit is not None:
        _check_unit(fields, form, found["unit"], unit)
        found["unit"] = unit
    return Measure.model_validate(found) if len(reader.problems) == before else None


def _check_unit(fields: Fields, form: str, own: str, unit: str) -> None:
    """Refuse a unit that the measure cannot have; `own` is the unit that it has by itself."""
    if form in ("value", "between"):
        # `47162 USD` may be meant per person-year; a bare number may be of any unit.
        fits = (
            not own or one_unit(unit).partition(" per ")[0] == one_unit(own).partition(" per ")[0]
        )
    elif form == "money":
        fits = is_currency(unit)
    else:
        fits = form in _COMBINED or one_unit(unit) == one_unit(own)
    if not fits:
        plural = f"{own}s" if own == "day" else own
        what = f"`{unit}` is not the unit of `{form}`"
        fields.refuse("unit", what, f"write `unit: {plural}`, or leave it out")


def _check_days(fields: Fields) -> None:
    """Refuse days that are not simulated."""
    start, end = fields.reader.shared.start, fields.reader.shared.end
    days = {key: fields.date(key) for key in ("from", "to")}
    at = _read_at(fields)
    days["at"] = at if isinstance(at, date) else None
    for key, day in days.items():
        last = end if key == "to" else end - timedelta(days=1)
        if day is not None and not start <= day <= last:
            fix = "write `at: end`, or a day of it" if key == "at" else "write a day of it"
            what = f"{day} is outside the period, {start} to {end}"
            fields.refuse(key, what, f"{fix}, or leave `{key}` out")


def _operands(
    fields: Fields, form: str, facilities: frozenset[str], currency: str
) -> dict[str, Any]:
    if form in _STATES:
        names = fields.names(form)
        if form in ("average", "peak") and len(names) == 1 and names[0] in facilities:
            return {"facility": names[0]}
        return {"states": names}
    if form in (*_MOVES, *_WAITS):
        return {"transitions": transition_names(fields.names(form))}
    if form in _COMBINED:
        names = fields.names(form)
        if len(names) < 2 or (form in ("ratio", "difference") and len(names) != 2):
            count = "two" if form in ("ratio", "difference") else "two or more"
            fields.refuse(form, f"`{form}` needs {count} measures", f"write `{form}: [a, b]`")
        return {"measures": names}
    if form == "first full":
        return {"facility": fields.text(form)}
    if form == "money":
        return {"unit": currency, "bill": _read_bill(fields)}
    quantity = quantity_of(fields, ANYTHING)
    return {"quantity": quantity, "unit": quantity.unit if quantity is not None else ""}


def _read_bill(fields: Fields) -> BillAsked:
    node = fields.node("money")
    assert node is not None
    if node.items is None:
        return BillAsked(payments=fields.names("money"))
    inner = fields.reader.fields(node, fields.at("money"), "bill")
    return BillAsked(
        payments=inner.names("payments"),
        payer=inner.text("payer"),
        payee=inner.text("payee"),
        category=inner.choice("category", CATEGORIES),
        costing=inner.choice("costing", COSTINGS),
    )


def _read_at(fields: Fields) -> date | Literal["end"] | None:
    node = fields.node("at")
    if node is None:
        return None
    return "end" if node.text == "end" else fields.date("at")


def read_claim(reader: Reader, node: Node, path: str, name: str) -> Claim | None:
    """One claim, or None with a problem."""
    before = len(reader.problems)
    fields = reader.fields(node, path, "claim")
    says, holds, cannot = (fields.text(key) for key in ("says", "holds if", "cannot be determined"))
    scenario, cited = fields.text("scenario"), fields.cited()
    follows = fields.names("follows from")
    if follows and not fields.has("holds if"):
        fields.refuse(
            "follows from", "nothing follows without a condition", "write `holds if`, or remove it"
        )
    if fields.has("holds if") == fields.has("cannot be determined"):
        reader.refuse(
            node,
            path,
            "a claim needs either `holds if` or `cannot be determined`",
            "write `holds if: measure < other`, or `cannot be determined: reason`",
        )
    if says is None or len(reader.problems) != before:
        return None
    return Claim(
        says=says,
        holds_if=holds,
        cannot=cannot,
        scenario=scenario,
        follows_from=follows,
        **cited,
    )
