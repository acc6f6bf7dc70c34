"""Names, conditions, quantities and overrides of a study, in words."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sojourn.report.wording import numbers
from sojourn.study.model.sources import Source
from sojourn.study.model.study import StudyModel
from sojourn.study.model.values import Quantity
from sojourn.study.uncertain_shapes import (
    BETWEEN,
    DERIVED,
    ONE_OF,
    TABLE,
    TOGETHER,
    UNCERTAIN_SHAPES,
    middle_ninety,
)

_UNIT = r"(?:person|place)-(?:day|month|year)s?\b"
_TOKEN = re.compile(_UNIT + r"|'[^']*'|\"[^\"]*\"|[A-Za-z_][\w.]*|\d[\d_,.]*|<=|>=|==|!=|<>|[^\s]")
_LONG = re.compile(r"(?<![\w.,-])(?:\d{5,}|\d{4}(?= (?:[A-Z]{3}\b|people\b)))(?![\w.,-])")
"""A whole number that needs separators; four digits alone may be a year."""
_SIGNS = {
    "<": "is below",
    "<=": "is at most",
    ">": "is above",
    ">=": "is at least",
    "=": "is",
    "==": "is",
    "!=": "is not",
    "<>": "is not",
    "*": "×",
    "-": "−",
    "in": "is one of",
}
_OF_ARROW = re.compile(r"(?P<name>.*→.*?)(?:\.(?P<part>[a-z ]+))?")
"""A transition, and a key of it."""
_SECTIONS = {
    "agreement.rules": "the rule",
    "agreement.terms": "the term",
    "agreement.bars": "the bar",
    "transitions": "the transition",
    "gates": "the gate",
    "facilities": "the facility",
    "populations": "the population",
    "parameters": "the parameter",
    "money.payments": "the payment",
    "quotas": "the quota",
    "states": "the state",
    "measures": "the measure",
    "claims": "the claim",
    "facts": "the fact",
}
_ASIDE = {"label", "note", "source", "quote", "by", "cite", "confidence", "about"}
"""What an override says about itself, not about the model."""


def plain(name: str) -> str:
    """A name of the study as words: `held_at_end` reads "held at end"."""
    return name.replace("_", " ")


def measure_name(study: StudyModel, name: str) -> str:
    """The label of a measure, or its name as words."""
    for scenario in study.scenarios.values():
        if name in scenario.measures:
            return scenario.measures[name].label or plain(name)
    return plain(name)


def state_name(study: StudyModel, name: str) -> str:
    """The label of a state, or its name as words."""
    for scenario in study.scenarios.values():
        if name in scenario.states:
            return scenario.states[name].label or plain(name)
    return plain(name)


def facility_name(study: StudyModel, name: str) -> str:
    """The label of a facility, or its name as words."""
    for scenario in study.scenarios.values():
        if name in scenario.facilities:
            return scenario.facilities[name].label or plain(name)
    return plain(name)


def any_name(study: StudyModel, name: str) -> str:
    """The label of the state, facility or gate with this name, or the name as words."""
    for find in (state_name, facility_name, gate_name):
        label = find(study, name)
        if label != plain(name):
            return label
    return plain(name)


def gate_name(study: StudyModel, name: str) -> str:
    """The label of a gate, or its name as words."""
    for scenario in study.scenarios.values():
        if name in scenario.gates:
            return scenario.gates[name].label or plain(name)
    return plain(name)


def transition_name(study: StudyModel, name: str) -> str:
    """The label of a transition, or its name with states by their labels and a true arrow."""
    for scenario in study.scenarios.values():
        for transition in scenario.transitions:
            if transition.name == name and transition.label:
                return transition.label
    name = name.replace("->", "→")
    if "→" not in name:
        return plain(name)
    return " → ".join(state_name(study, part.strip()) for part in name.split("→"))


def condition(text: str, names: Mapping[str, str] | None = None) -> str:
    """A condition of the rule language as a sentence; `names` maps names to labels."""
    words: list[str] = []
    for token in _TOKEN.findall(text):
        if token[0] in "'\"":
            words.append(f"“{token[1:-1]}”")
        elif names and token in names:
            words.append(names[token])
        elif token.isdecimal() and len(token) > 4:
            words.append(f"{int(token):,}")
        elif token == "%" and words:
            words[-1] += f"{numbers.NARROW}%"
        elif re.fullmatch(_UNIT, token):
            words.append(token)
        else:
            words.append(_SIGNS.get(token, plain(token) if token[0].isalpha() else token))
    joined = " ".join(words).replace("( ", "(").replace(" )", ")").replace(" ,", ",")
    return re.sub(r"\bknown \(([^()]*)\)", r"\1 is known", joined)


def amount(value: float, unit: str) -> str:
    """A number with its unit: shares as percentages, long durations in years beside days."""
    if unit.split(" ", maxsplit=1)[0] == "share":
        return numbers.exact(value * 100) + f"{numbers.NARROW}%" + unit.removeprefix("share")
    if unit == "day":
        years = f" ({numbers.rounded(value / 365.25, 2)} years)" if value >= 730 else ""
        return f"{numbers.exact(value)} {'day' if value == 1 else 'days'}{years}"
    if re.fullmatch(r"[A-Z]{3}", unit):
        return f"{unit} {numbers.exact(value)}"
    return f"{numbers.exact(value)} {unit}".strip()


def quantity(value: Quantity) -> str:
    """A quantity with its range if it is uncertain."""
    if value.shape == "given":
        return f"{amount(value.value, value.unit)} in the study, set by the caller for each draw"
    if not value.uncertain or value.low is None or value.high is None:
        return amount(value.value, value.unit)
    if value.shape == ONE_OF:
        return " or ".join(quantity(choice) for _, choice in value.parts)
    if value.shape == DERIVED:
        return f"{value.formula} ({amount(value.value, value.unit)})"
    if value.shape == TOGETHER or UNCERTAIN_SHAPES[value.shape].by != BETWEEN:
        ends = f"{amount(value.low, value.unit)} to {amount(value.high, value.unit)}"
        if value.shape != TABLE:
            likely = (rounded(end) for end in middle_ninety(value))
            ends = " to ".join(amount(end, value.unit) for end in likely) + " with 90 %"
        return f"{ends}, centre {amount(rounded(value.value), value.unit)}"
    text = f"{amount(value.low, value.unit)} to {amount(value.high, value.unit)}"
    return text if value.shape == "uniform" else f"{text}, best {amount(value.value, value.unit)}"


def rounded(value: float) -> float:
    """A number that was computed, to three digits."""
    return float(f"{value:.3g}")


def override(path: str, value: object) -> str:
    """An override as a sentence."""
    place = _place(path)
    if removed(value):
        return f"Without {place}."
    if path == "agreement" and isinstance(value, Mapping) and "title" in value:
        return f"The agreement is “{value['title']}”."
    if path.startswith(("agreement.terms.", "agreement.rules.")) and isinstance(value, str):
        return f"{place[:1].upper()}{place[1:]} reads: {condition(value)}."
    joint = ":" if isinstance(value, Mapping) else " is"
    return f"{place[:1].upper()}{place[1:]}{joint} {_value(value).rstrip('.')}."


def removed(value: object) -> bool:
    """Whether an override takes something away."""
    return value is None or value is False or value == "off"


def address(path: str) -> str:
    """A path of the study for people: `parameters.litigation_share` reads "litigation share"."""
    for section in (*_SECTIONS, "parameters"):
        path = path.removeprefix(section + ".")
    return plain(path.replace(".", " › ").replace("->", "→"))


def source(study: StudyModel, name: str | None) -> Source | None:
    """The source with this name, if the study has it."""
    return study.sources.get(name) if name else None


def _place(path: str) -> str:
    for section, word in _SECTIONS.items():
        if path.startswith(section + "."):
            name, _, rest = path[len(section) + 1 :].partition(".")
            arrow = _OF_ARROW.fullmatch(path[len(section) + 1 :].replace("->", "→"))
            if arrow is not None:
                part = f"{plain(arrow['part'])} of " if arrow["part"] else ""
                return f"{part}{word} “{arrow['name']}”"
            inner = plain(rest.replace(".", ", "))
            return f"{inner} of {word} “{plain(name)}”" if rest else f"{word} “{plain(name)}”"
    return f"“{plain(path.replace('.', ' › '))}”"


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return _mapping(value)
    if isinstance(value, list | tuple):
        return ", ".join(map(_value, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return numbers.exact(value)
    text = str(value).replace(" %", f"{numbers.NARROW}%").replace("->", "→")
    return _LONG.sub(lambda match: f"{int(match[0]):,}", text)


def _mapping(value: Mapping[object, object]) -> str:
    mark = value.get("confidence")
    end = f" ({mark})" if mark in ("assumed", "remembered") else ""
    between = value.get("between")
    if isinstance(between, list | tuple):
        best = f", best {_value(value['best'])}" if "best" in value else ""
        return " to ".join(map(_value, between)) + best + end
    if "value" in value:
        return _value(value["value"]) + end
    told = {key: item for key, item in value.items() if key not in _ASIDE}
    text = "; ".join(f"{plain(str(key))} {_inner(item)}" for key, item in told.items())
    return text.removesuffix(end) + end


def _inner(value: object) -> str:
    text = _value(value)
    return f"({text})" if isinstance(value, Mapping) and ";" in text else text
