"""What an override changes: the value before and the value after, in words."""

from __future__ import annotations

import re

from sojourn.languages import dates
from sojourn.languages.phrases import later, phrase
from sojourn.languages.units import unit_words
from sojourn.report.wording import study_words
from sojourn.study.model.stays import Stay
from sojourn.study.model.study import Scenario, StudyModel
from sojourn.study.model.values import Dated, Quantity

_IDENTIFIER = re.compile(r"\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b")
"""A name of the study that no reader would take for a word."""


def change(study: StudyModel, before: Scenario, after: Scenario, path: str, value: object) -> str:
    """An override as a sentence, with the old and the new value if both can be written."""
    old, new = told(before, path), told(after, path)
    if study_words.removed(value) or not old or not new or old == new:
        return labelled(study, path, study_words.override(path, value))
    return phrase("{name}: from {old} to {new}.", name=_name(study, path), old=old, new=new)


def told(scenario: Scenario, path: str) -> str:
    """A value of a scenario in words; empty if it is not a single value."""
    section, _, rest = path.partition(".")
    if section == "parameters" and rest in scenario.parameters:
        return _marked(scenario.parameters[rest])
    if section == "quotas" and rest in scenario.quotas:
        quota = scenario.quotas[rest]
        return phrase(
            "at most {count} per {time}",
            count=_dated(quota.count),
            time=unit_words(quota.per),
        )
    if path == "agreement" and scenario.agreement:
        return f"“{scenario.agreement.title}”"
    if path.startswith("agreement.terms.") and scenario.agreement:
        term = scenario.agreement.terms.get(path.removeprefix("agreement.terms."))
        return f"({study_words.condition(term)})" if term else ""
    name, _, part = rest.rpartition(".")
    if section == "gates" and part == "chance" and name in scenario.gates:
        chance = scenario.gates[name].chance
        return _marked(chance) if chance else phrase("certain")
    if section == "facilities" and part == "capacity" and name in scenario.facilities:
        return _dated(scenario.facilities[name].capacity)
    if path.startswith("money.payments.") and part == "amount":
        payment = scenario.money.payments.get(name.removeprefix("payments."))
        return _marked(payment.amount) if payment else ""
    if section == "transitions" and part in ("chance", "after"):
        return _transition(scenario, name, part)
    return ""


def place_told(study: StudyModel, path: str) -> str:
    """A path of the study in words, with labels: `the payment “Fee for places”`."""
    return labelled(study, path, study_words.place(path))


def labelled(study: StudyModel, path: str, text: str) -> str:
    """The sentence with labels in place of the study's names: quoted, or as a value."""
    text = _IDENTIFIER.sub(lambda match: study_words.any_name(study, match[0]), text)
    if path.endswith(".place"):
        what, joint, place = text.rstrip(".").rpartition(phrase(" is "))
        text = f"{what}{joint}“{study_words.facility_name(study, place)}”."
    return _quoted(study, path, text)


def _quoted(study: StudyModel, path: str, text: str) -> str:
    section, _, rest = path.partition(".")
    name = rest.partition(".")[0]
    if section == "transitions":
        for transition in {t.name for s in study.scenarios.values() for t in s.transitions}:
            written = f"“{transition.replace('->', '→')}”"
            text = text.replace(written, f"“{study_words.transition_name(study, transition)}”")
        return text
    finders = {"gates": study_words.gate_name, "facilities": study_words.facility_name,
               "states": study_words.state_name}  # fmt: skip
    if section not in finders:
        return text
    return text.replace(f"“{study_words.plain(name)}”", f"“{finders[section](study, name)}”")


def _transition(scenario: Scenario, name: str, part: str) -> str:
    for transition in scenario.transitions:
        if transition.name.replace("→", "->") != name.replace("→", "->"):
            continue
        if part == "chance":
            return _marked(transition.chance) if transition.chance else ""
        stay = transition.branches[0].after if len(transition.branches) == 1 else None
        return _stay(stay) if stay else ""
    return ""


def _stay(stay: Stay) -> str:
    if not stay.parameters or stay.parts or stay.cases:
        return ""
    if stay.family == "fixed":
        return ", ".join(study_words.quantity(value) for value in stay.parameters.values())
    parts = ", ".join(
        f"{key} {study_words.quantity(value)}" for key, value in stay.parameters.items()
    )
    return f"{stay.family} ({parts})"


def _dated(values: tuple[Dated, ...]) -> str:
    first, *others = values
    text = _marked(first.quantity)
    for dated in others:
        day, value = dates.day(dated.start), _marked(dated.quantity)
        text += phrase(", from {day} {value}", day=day, value=value)
    return text


def _marked(value: Quantity) -> str:
    mark = f" ({phrase(value.confidence)})" if value.confidence in ("assumed", "remembered") else ""
    return study_words.quantity(value) + mark


def _name(study: StudyModel, path: str) -> str:
    """What is changed, by its label where it has one."""
    section, _, rest = path.partition(".")
    if path == "agreement":
        return phrase("The agreement")
    name, _, part = rest.rpartition(".")
    if section == "transitions":
        transition = study_words.transition_name(study, name)
        if part == "after":
            return phrase("Time until “{transition}”", transition=transition)
        return phrase("Chance of “{transition}”", transition=transition)
    if section == "gates":
        return phrase("Chance of the gate “{gate}”", gate=study_words.gate_name(study, name))
    if section == "facilities":
        facility = study_words.facility_name(study, name)
        return phrase("Capacity of {facility}", facility=facility)
    if path.startswith("money.payments."):
        key = name.removeprefix("payments.")
        labels = (s.money.payments[key].label for s in study.scenarios.values()
                  if key in s.money.payments)  # fmt: skip
        return phrase("Amount of “{payment}”", payment=next(labels, None) or study_words.plain(key))
    kinds = {
        "parameters": later("Parameter “{name}”"),
        "quotas": later("Quota “{name}”"),
    }
    kind = kinds.get(section, later("Term “{name}”"))
    return phrase(kind, name=study_words.plain(rest.removeprefix("terms.")))
