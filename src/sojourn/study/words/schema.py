"""The JSON Schema of what an analyst writes, for editors; made from the table of keys."""

from __future__ import annotations

from typing import Any

from sojourn.languages.phrases import LANGUAGES
from sojourn.stays.families import FAMILIES
from sojourn.study.files.joined_agreements import BESIDE
from sojourn.study.files.yaml import parse_yaml, plain
from sojourn.study.uncertain_shapes import BETWEEN, COUNTED, DERIVED, LIKELY, ONE_OF, TABLE
from sojourn.study.words.keys.key import AT_LEAST, Key
from sojourn.study.words.keys.shapes import SECTIONS, SHAPES

Schema = dict[str, Any]

_NUMBER = r"[-+−]?[0-9][0-9,]*(\.[0-9]+)?([eE][-+]?[0-9]+)?( (thousand|million|billion))?"
_TIME = r"(day|week|month|year)s?"
_PERSON = r"(people|persons?|inmates?|prisoners|moves|places?|beds?)"

_PATTERNS = {
    "date": r"^\d{4}-\d{2}-\d{2}$",
    "duration": rf"^{_NUMBER} ?{_TIME}$",
    "share": rf"^{_NUMBER} ?(%|percent|per cent)$",
    "factor": rf"^{_NUMBER} ?(%|percent|per cent)$",
    "people": rf"^{_NUMBER} ?{_PERSON}$",
    "amount": rf"^{_NUMBER} ?[A-Z]{{3}}$",
    "rate": rf"^{_NUMBER} ?% per year$",
    "leaving": rf"^{_NUMBER} ?(% )?per (day|week|month|year)$",
    "limit": rf"^{_NUMBER} ?{_PERSON} per (day|week|month|year)$",
}
_WORDS: dict[str, Schema] = {
    "text": {"type": ["string", "number", "boolean"]},
    "words": {
        "anyOf": [
            {"type": ["string", "number", "boolean"]},
            {
                "type": "object",
                "properties": {code: {"type": "string"} for code in LANGUAGES},
                "additionalProperties": False,
                "minProperties": 1,
            },
        ]
    },
    "condition": {"type": ["string", "boolean"], "description": "A condition over facts"},
    "date": {"type": "string", "pattern": _PATTERNS["date"], "examples": ["2025-02-04"]},
    "flag": {"enum": ["yes", "no", True, False]},
    "whole": {"type": "integer"},
    "value": {"type": ["string", "number", "boolean"]},
    "names": {
        "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
    },
}
_QUANTITIES = {
    "duration": "90 days",
    "share": "30 %",
    "factor": "120 %",
    "people": "250 people",
    "amount": "20000 USD",
    "rate": "2 % per year",
    "limit": "250 people per week",
}
"""Kinds of numbers with a unit, each with an example."""


def json_schema() -> Schema:
    """A JSON Schema (draft 2020-12) of `study.yaml`."""
    definitions = {name: _shape(name) for name in SHAPES if name != "study"}
    definitions.update({_slug(kind): schema for kind, schema in _kinds().items()})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Sojourn study",
        "description": "What an analyst writes in study.yaml",
        **_shape("study"),
        "$defs": {_slug(name): schema for name, schema in sorted(definitions.items())},
    }


def _slug(name: str) -> str:
    """A definition's name without spaces, which a reference could not hold."""
    return name.replace(" ", "-")


def _reference(name: str) -> Schema:
    return {"$ref": f"#/$defs/{_slug(name)}"}


def _shape(name: str) -> Schema:
    """The schema of a mapping with known keys."""
    keys = SHAPES[name]
    shape: Schema = {
        "type": "object",
        "properties": {key.name: _property(key, name) for key in keys},
        "additionalProperties": False,
    }
    required = [key.name for key in keys if key.required]
    if required:
        shape["required"] = required
    if name == "scenario":
        # A scenario's other keys are paths of the study.
        shape["additionalProperties"] = {"description": "A value for this path, or `off`"}
    if name == "stay":
        shape["properties"]["by"]["description"] = "With `of`: the fact that chooses the stay"
    return shape


def _property(key: Key, shape: str) -> Schema:
    schema = _kind(key.kind)
    if shape == "study" and key.name in SECTIONS:
        schema = {"anyOf": [{"type": "string", "pattern": r"\.ya?ml$"}, schema]}
    return {"description": key.about, "examples": [_example(key)], **schema}


def _example(key: Key) -> object:
    return plain(parse_yaml(key.example, key.name))


def _kind(kind: str) -> Schema:
    """The schema of a kind of value, as the table of keys names it."""
    if kind.startswith("one of: "):
        return {"enum": kind.removeprefix("one of: ").split(", ")}
    if kind.startswith("map of "):
        inner = _kind(kind.removeprefix("map of "))
        free = {"anyOf": [inner, {"type": "null"}]}
        return {"type": ["object", "null"], "additionalProperties": free}
    if kind.startswith("list of "):
        inner = _kind(kind.removeprefix("list of "))
        one_or_more: list[Schema] = [{"type": "array", "items": inner}]
        # One alone stands for a list of one, but for the pair of `between` and of `range`.
        if kind not in ("list of quantity", "list of number"):
            one_or_more.append(inner)
        return {"anyOf": one_or_more}
    if kind.startswith("dated "):
        inner = _kind(kind.removeprefix("dated "))
        dated = {
            "type": "object",
            "patternProperties": {_PATTERNS["date"]: inner},
            "additionalProperties": False,
        }
        return {"anyOf": [inner, dated]}
    if " or " in kind and kind not in _WORDS:
        return {"anyOf": [_kind(each) for each in kind.split(" or ")]}
    if kind in _WORDS:
        return dict(_WORDS[kind])
    return _reference(kind)


def _kinds() -> dict[str, Schema]:
    """Definitions of values that are more than a mapping with known keys."""
    found: dict[str, Schema] = {}
    for name, example in _QUANTITIES.items():
        words = {"type": "string", "pattern": _PATTERNS[name], "examples": [example]}
        found[name] = _quantity(words)
    found["number"] = _quantity({"type": "number"})
    # A parameter or a measure may have any unit, or none.
    found["quantity"] = _quantity(
        {
            "anyOf": [
                {"type": "number"},
                {"type": "string", "pattern": rf"^{_NUMBER}( ?\S.*)?$", "examples": ["50 %"]},
            ]
        }
    )
    found["stay"] = {"anyOf": [_reference("duration"), _shape("stay")]}
    found["clock"] = {
        "anyOf": [
            _kind("date"),
            {"type": "string", "pattern": r" after \d{4}-\d{2}-\d{2}$"},
            _reference("stay"),
            {
                "type": "object",
                "patternProperties": {_PATTERNS["date"]: _reference("clock")},
                "additionalProperties": False,
            },
        ]
    }
    found["served"] = {"anyOf": [{"enum": ["new", "equilibrium"]}, _reference("stay")]}
    branch = {"anyOf": [_reference("share"), _shape("branch"), {"type": "null"}]}
    found["branches"] = {
        "anyOf": [_kind("names"), {"type": "object", "additionalProperties": branch}]
    }
    found["shares"] = {"type": "object", "additionalProperties": _reference("share")}
    file = {"type": "string", "pattern": r"\.(csv|parquet|xlsx)$", "examples": ["stays.csv"]}
    found["stays file"] = file
    for name, pattern, value in (
        ("weights", r"^\d+( days?)?$", {"type": ["number", "string"]}),
        ("quantiles", _PATTERNS["share"], _reference("duration")),
        ("survival", _PATTERNS["duration"], _reference("share")),
        ("hazard", _PATTERNS["duration"], _reference("leaving")),
    ):
        points = {
            "type": "object",
            "patternProperties": {pattern: value},
            "additionalProperties": False,
        }
        found[name] = {"anyOf": [file, points]}
    leaving = {"type": "string", "pattern": _PATTERNS["leaving"], "examples": ["5 % per month"]}
    found["leaving"] = _quantity({"anyOf": [leaving, {"const": 0}]})
    for family in FAMILIES.values():
        if len(family.parameters) == 1:
            alone, shape = _kind(family.parameters[0].kind), f"parameters of {family.name}"
            found[shape] = {"anyOf": [alone, _shape(shape)]}
    listed = {"type": "array", "items": _reference("conditions"), "minItems": 1}
    group = {
        "type": "object",
        "properties": dict.fromkeys(("any of", "all of"), listed),
        "patternProperties": {f"^{AT_LEAST}$": listed},
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }
    found["conditions"] = {"anyOf": [_WORDS["condition"], group]}
    found["agreed value"] = {"anyOf": [_kind("dated quantity or date"), _shape("agreed value")]}
    own = _shape("agreement")
    beside = {key: own["properties"][key] for key in BESIDE}
    library = {
        "type": "object",
        "properties": {"library": {"type": "string", "examples": ["sweden-estonia"]}, **beside},
        "required": ["library"],
        "additionalProperties": False,
    }
    found["agreement"] = {"anyOf": [own, library]}
    found["bill"] = {"anyOf": [_kind("names"), _shape("bill")]}
    found["facility"] = {"anyOf": [_reference("people"), _shape("facility")]}
    found["quota"] = {"anyOf": [_reference("limit"), _shape("quota")]}
    return found


def _quantity(words: Schema) -> Schema:
    """A number as words, as an uncertain quantity, or a parameter."""
    mapping = _shape("quantity")
    properties = dict(mapping["properties"])
    for name in ("value", "best", "mean"):
        properties[name] = {**words, "description": properties[name]["description"]}
    properties["value"] = {"anyOf": [words, _reference("parameter use")]}
    for name in (BETWEEN, LIKELY):
        ends = {"type": "array", "items": words, "minItems": 2, "maxItems": 2}
        properties[name] = {**ends, "description": properties[name]["description"]}
    ways = ("value", BETWEEN, LIKELY, COUNTED, TABLE, ONE_OF, DERIVED)
    either = [{"required": [way]} for way in ways]
    return {
        "anyOf": [
            words,
            {**mapping, "properties": properties, "anyOf": either},
            _reference("parameter use"),
        ]
    }
