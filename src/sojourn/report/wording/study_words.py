"""Names, conditions, quantities and overrides of a study, in words."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sojourn.languages import dates
from sojourn.languages.phrases import later, own, phrase, plural
from sojourn.languages.units import unit_words
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
    "<": later("is below"),
    "<=": later("is at most"),
    ">": later("is above"),
    ">=": later("is at least"),
    "=": later("is"),
    "==": later("is"),
    "!=": later("is not"),
    "<>": later("is not"),
    "*": "×",
    "-": "−",
    "in": later("is one of"),
    "when": later("when"),
    "unless": later("unless"),
    "and": later("and"),
    "or": later("or"),
    "not": later("not"),
}
AMONG = later("is among")
"""Of a value, among the several that a fact has."""
_KEYWORDS = (
    later("read"), later("secondary"), later("computed"), later("remembered"), later("assumed"),
    later("marginal"), later("average"), later("step costs"), later("least"), later("greatest"),
    later("uniform"), later("triangular"), later("pert"), later("loguniform"), later("normal"),
    later("lognormal"), later("beta"), later("counted"), later("draws"), later("given"),
    later("counted together"), later("one of"), later("derived"),
)  # fmt: skip
"""Words of the study language that a report shows, and `phrase` says."""
_OF_OVERRIDES = (
    later("open"), later("closed"), later("from"), later("to"), later("opens after"),
    later("closes after"), later("for"), later("chance"), later("place"), later("amount"),
    later("payer"), later("payee"), later("category"), later("mean"), later("sd"),
    later("count"), later("capacity"), later("after"), later("until"), later("sets"),
    later("clocks"), later("start"), later("facility"), later("stay"), later("limit"),
    later("by"), later("of"),
    later("split"), later("stock"), later("admissions"), later("per year"), later("served"),
    later("already held"), later("mixture"), later("gamma"), later("share"), later("weight"),
    later("discount rate"), later("at most"), later("as counted"), later("times"),
    later("changes"),
)  # fmt: skip
"""Keys of the study language in what a scenario changes."""
_FOR_WHOM = (
    later("new entrants"), later("everyone by own stay"), later("everyone by pace"),
)  # fmt: skip
"""Whom a dated change is for, as the study language says it."""
_OF_ARROW = re.compile(r"(?P<name>.*→.*?)(?:\.(?P<part>[a-z ]+))?")
"""A transition, and a key of it."""
_SECTIONS = {
    "agreement.rules": later("the rule"),
    "agreement.terms": later("the term"),
    "agreement.bars": later("the bar"),
    "transitions": later("the transition"),
    "gates": later("the gate"),
    "facilities": later("the facility"),
    "populations": later("the population"),
    "parameters": later("the parameter"),
    "money.payments": later("the payment"),
    "quotas": later("the quota"),
    "states": later("the state"),
    "measures": later("the measure"),
    "claims": later("the claim"),
    "facts": later("the fact"),
    "clocks": later("the clock"),
    "scenarios": later("the scenario"),
    "statements": later("the statement"),
    "outcomes": later("the outcome"),
}
_PARTS = {"place": later("facility"), "sets": later("due dates"), "clocks": later("due dates")}
"""Keys of a section that another word says better, where no number stands before them."""
_ASIDE = {"label", "note", "source", "quote", "by", "cite", "confidence", "about"}
"""What an override says about itself, not about the model."""


def plain(name: str) -> str:
    """A name of the study as words: `held_at_end` reads "held at end"."""
    said = own(name)
    return said if said != name else own(name.replace("_", " "))


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


def payment_name(study: StudyModel, name: str) -> str:
    """The label of a payment, or its name as words."""
    for scenario in study.scenarios.values():
        if name in scenario.money.payments:
            return scenario.money.payments[name].label or plain(name)
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


_LABELS = {
    "gates": gate_name,
    "facilities": facility_name,
    "states": state_name,
    "measures": measure_name,
    "money.payments": payment_name,
}
"""How a name of a section is said."""


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
    tokens = _TOKEN.findall(text)
    for place, token in enumerate(tokens):
        if token[0] in "'\"":
            words.append(f"“{own(token[1:-1])}”")
        elif names and token in names:
            words.append(names[token])
        elif token.isdecimal() and len(token) > 4:
            words.append(numbers.whole(int(token)))
        elif token == "%" and words:
            words[-1] += f"{numbers.NARROW}%"
        elif re.fullmatch(_UNIT, token):
            words.append(unit_words(token))
        elif token in _SIGNS:
            among = token == "in" and tokens[place + 1 : place + 2] != ["("]
            words.append(phrase(AMONG if among else _SIGNS[token]))
        else:
            words.append(unit_words(plain(token)) if token[0].isalpha() else token)
    joined = " ".join(words).replace("( ", "(").replace(" )", ")").replace(" ,", ",")
    return re.sub(
        r"\bknown \(([^()]*)\)", lambda known: phrase("{fact} is known", fact=known[1]), joined
    )


def amount(value: float, of: str) -> str:
    """A number with its unit `of`: shares as percentages, long durations in years beside days."""
    if of.split(" ", maxsplit=1)[0] == "share":
        rest = unit_words(of.removeprefix("share"))
        return f"{numbers.exact(value * 100)}{numbers.NARROW}%{rest}"
    number = numbers.exact(value)
    if of == "day":
        if value >= 730:
            years = numbers.rounded(value / 365.25, 2)
            return phrase("{days} days ({years} years)", days=number, years=years)
        return plural("{days} day", "{days} days", value, days=number)
    if re.fullmatch(r"[A-Z]{3}", of):
        return f"{of} {number}"
    return f"{number} {unit_words(of)}".strip()


def quantity(value: Quantity) -> str:
    """A quantity with its range if it is uncertain."""
    if value.shape == "given":
        return phrase(
            "{value} in the study, set by the caller for each draw",
            value=amount(value.value, value.unit),
        )
    if not value.uncertain or value.low is None or value.high is None:
        return amount(value.value, value.unit)
    if value.shape == ONE_OF:
        return phrase(" or ").join(quantity(choice) for _, choice in value.parts)
    if value.shape == DERIVED:
        return f"{value.formula} ({amount(value.value, value.unit)})"
    ends = [amount(end, value.unit) for end in (value.low, value.high)]
    if value.shape == TOGETHER or UNCERTAIN_SHAPES[value.shape].by != BETWEEN:
        centre = amount(rounded(value.value), value.unit)
        if value.shape == TABLE:
            text = later("{low} to {high}, centre {centre}")
        else:
            text = later("{low} to {high} with 90 %, centre {centre}")
            ends = [amount(rounded(end), value.unit) for end in middle_ninety(value)]
        return phrase(text, low=ends[0], high=ends[1], centre=centre)
    if value.shape == "uniform":
        return phrase("{low} to {high}", low=ends[0], high=ends[1])
    best = amount(value.value, value.unit)
    return phrase("{low} to {high}, best {best}", low=ends[0], high=ends[1], best=best)


def rounded(value: float) -> float:
    """A number that was computed, to three digits."""
    return float(f"{value:.3g}")


def override(path: str, value: object) -> str:
    """An override as a sentence."""
    where = place(path)
    if removed(value):
        return phrase("Without {place}.", place=where)
    if path == "agreement" and isinstance(value, Mapping) and "title" in value:
        return phrase("The agreement is “{title}”.", title=own(str(value["title"])))
    where = where[:1].upper() + where[1:]
    if path.startswith(("agreement.terms.", "agreement.rules.")) and isinstance(value, str):
        return phrase("{place} reads: {condition}.", place=where, condition=condition(value))
    if path.endswith(".changes") and isinstance(value, Mapping):
        return " ".join(_dated_change(path, day, item) for day, item in value.items())
    told = _value(value).rstrip(".")
    if isinstance(value, Mapping):
        return f"{where}: {told}."
    return phrase("{place} is {value}.", place=where, value=told)


def _dated_change(path: str, day: object, value: object) -> str:
    """What a transition is from a day on: `The transition “x”, from 1 July 2026: stay 30 days.`"""
    whole = place(path.removesuffix(".changes"))
    told = dict(value) if isinstance(value, Mapping) else {}
    whom, stay = told.pop("for", None), told.pop("after", None)
    parts = [phrase("stay {stay}", stay=_value(stay))] if stay is not None else []
    if told or not isinstance(value, Mapping):
        parts.append(_value(told or value))
    return phrase(
        "{place}, from {day}{whom}: {told}.",
        place=whole[:1].upper() + whole[1:],
        day=dates.in_text(str(day)),
        whom=phrase(" for {whom}", whom=phrase(str(whom))) if whom else "",
        told="; ".join(parts),
    )


def removed(value: object) -> bool:
    """Whether an override takes something away."""
    return value is None or value is False or value == "off"


def address(study: StudyModel, path: str) -> str:
    """A path of the study for people: `gates.approval.chance` reads "Approval › chance"."""
    section = next((each for each in _SECTIONS if path.startswith(f"{each}.")), "")
    name, *rest = path.removeprefix(f"{section}.").split(".")
    if rest[-1:] == ["value"]:
        rest = rest[:-1]
    if section == "transitions":
        sides = name.replace("->", "→").split("→")
        name = " → ".join(
            ", ".join(state_name(study, state.strip()) for state in side.split(","))
            for side in sides
        )
    elif section in _LABELS:
        name = _LABELS[section](study, name)
    else:
        name = plain(name)
    return " › ".join([name, *(phrase(any_name(study, part)) for part in rest)])


def source(study: StudyModel, name: str | None) -> Source | None:
    """The source with this name, if the study has it."""
    return study.sources.get(name) if name else None


def place(path: str) -> str:
    """A path of the study in words: `gates.approval.chance` reads chance of the gate “approval”."""
    for section, word in _SECTIONS.items():
        if path.startswith(section + "."):
            name, _, rest = path[len(section) + 1 :].partition(".")
            arrow = _OF_ARROW.fullmatch(path[len(section) + 1 :].replace("->", "→"))
            if arrow is not None:
                name, rest = arrow["name"], arrow["part"] or ""
            whole = f"{phrase(word)} “{name if arrow else plain(name)}”"
            part = ", ".join(phrase(_PARTS.get(each) or plain(each)) for each in rest.split("."))
            return phrase("{part} of {whole}", part=part, whole=whole) if rest else whole
    return f"“{plain(path.replace('.', ' › '))}”"


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return _mapping(value)
    if isinstance(value, list | tuple):
        return ", ".join(map(_value, value))
    if isinstance(value, bool):
        return phrase("yes") if value else phrase("no")
    if isinstance(value, int | float):
        return numbers.exact(value)
    text = own(str(value)).replace(" %", f"{numbers.NARROW}%").replace("->", "→")
    told = _LONG.sub(lambda match: numbers.whole(int(match[0])), unit_words(text))
    return dates.in_text(told)


def _mapping(value: Mapping[object, object]) -> str:
    mark = value.get("confidence")
    end = f" ({phrase(mark)})" if mark in ("assumed", "remembered") else ""
    between = value.get("between")
    if isinstance(between, list | tuple):
        low, high = map(_value, between)
        if "best" not in value:
            return phrase("{low} to {high}", low=low, high=high) + end
        best = _value(value["best"])
        return phrase("{low} to {high}, best {best}", low=low, high=high, best=best) + end
    if "parameter" in value:
        name = f"“{plain(str(value['parameter']))}”"
        if "times" not in value:
            return name
        return phrase("{times} of {name}", times=_value(value["times"]), name=name)
    of = value.get("of")
    if isinstance(of, Mapping) and "by" in value:
        cases = "; ".join(f"{plain(str(key))}: {_value(item)}" for key, item in of.items())
        return phrase("by {fact} ({cases})", fact=plain(str(value["by"])), cases=cases)
    if "value" in value:
        return _value(value["value"]) + end
    told = {key: item for key, item in value.items() if key not in _ASIDE}
    text = "; ".join(_entry(str(key), item) for key, item in told.items())
    return text.removesuffix(end) + end


def _entry(key: str, item: object) -> str:
    """A key with its value: `mean 400 days`, `from 14 February 2025`."""
    day = dates.day_of_file(item)
    if day and key in ("from", "to"):
        return phrase("from {start}", start=day) if key == "from" else phrase("to {end}", end=day)
    since = dates.day_of_file(key)
    if since:
        return phrase("from {day} {value}", day=since, value=_inner(item))
    return f"{phrase(plain(key))} {_inner(item)}"


def _inner(value: object) -> str:
    text = _value(value)
    return f"({text})" if isinstance(value, Mapping) and ";" in text else text
