"""What a reader must know before the numbers, and reasons to trust the answer less."""

from __future__ import annotations

import re

from sojourn.analysis.effects import Effect
from sojourn.report.context import Context
from sojourn.report.sections.inputs import WEAK, uncertain_inputs
from sojourn.report.wording import numbers, study_words
from sojourn.rules.agreement.conditions import OUTCOMES
from sojourn.study.model.study import Scenario

FEW = 40
"""Below this many runs, one or two of them determine the 5th and 95th percentile."""

STEADY = 0.05
"""If a range is narrower than this, relative to its mean, no input is said to move it."""

_OUTCOME = re.compile(rf"\b({'|'.join(OUTCOMES)})\b")


def notices(context: Context) -> list[str]:
    """What a reader must know before the numbers: few runs, and what the baseline holds."""
    data = context.data
    found = []
    runs = data.draws * data.replicates
    if data.expected:
        found.append(
            "Exact expectation: means over all possible histories, without simulation error. "
            f"{_ranges_of_means(context)}. Peaks and filling dates are those of the means."
        )
    if 1 < runs < FEW:
        found.append(f"Only {runs} histories: the ranges are rough.")
    found.append(baseline_note(context))
    return [text for text in found if text]


def _ranges_of_means(context: Context) -> str:
    """Which ranges exact means have, and why they may have none."""
    if context.data.draws > 1:
        return "Ranges show uncertain inputs only"
    if uncertain_inputs(context.data.study):
        return "With one draw of the uncertain inputs there are no ranges"
    return "No input is uncertain, so one draw is enough and no number has a range"


def baseline_note(context: Context) -> str:
    """The note that the baseline contains the agreement, and which scenarios have fewer people.

    Empty if the baseline is a world without the agreement: nobody is held under it there, and
    no transition uses the outcome of its rules.
    """
    data = context.data
    baseline = data.scenario(data.baseline)
    if baseline.agreement is None or not data.variants:
        return ""
    if context.answers[data.baseline].empty and not _asks_the_rules(baseline):
        return ""
    about = baseline.about or "It has the agreement in it, under the law as read."
    note = f"The baseline, “{data.baseline}”, is not a world without the agreement. {about}"
    without = [
        f"“{name}”"
        for name in data.variants
        if context.answers[name].average_change.mean < 0 and _only_removes(data.scenario(name))
    ]
    if without:
        have = "has" if len(without) == 1 else "have"
        note += (
            f" For that reason {' and '.join(without)} {have} fewer people there than "
            f"“{data.baseline}”."
        )
    return note


def _asks_the_rules(scenario: Scenario) -> bool:
    return any(_OUTCOME.search(transition.when or "") for transition in scenario.transitions)


def _only_removes(scenario: Scenario) -> bool:
    if scenario.agreement is None:
        return True
    return bool(scenario.overrides) and all(map(study_words.removed, scenario.overrides.values()))


def caveats(context: Context) -> list[str]:
    """Up to three reasons to trust the answer less, taken from the run."""
    found = [_strongest(context), _attested(context), _undetermined(context), _runs(context)]
    told = [text for text in found if text]
    if len(told) < 3 and context.data.study.limits:
        told.append(f"Left out: {context.data.study.limits[0].rstrip('.')}.")
    return told[:3]


def _strongest(context: Context) -> str:
    """The input that moves the number most in most scenarios, if it is told from 0."""
    data = context.data
    scenarios = data.variants or data.scenarios
    varied = [name for name in scenarios if not _steady(context, name)]
    tops: dict[str, list[tuple[str, Effect]]] = {}
    for scenario in varied:
        moved = context.people_moved[scenario]
        if moved is not None and moved.strongest is not None:
            path, effect = moved.strongest
            tops.setdefault(path, []).append((scenario, effect))
    if not tops:
        return ""
    path, cases = max(tops.items(), key=lambda item: len(item[1]))
    quantity = next((i.quantity for i in uncertain_inputs(data.study) if i.path == path), None)
    mark = ""
    if quantity is not None:
        mark = f" ({study_words.quantity(quantity)}"
        mark += f"; {quantity.confidence})" if quantity.confidence in WEAK else ")"
    # Of the lead scenario, which the page is about, if the input moves it most there too.
    lead = [case for case in cases if case[0] == data.lead]
    scenario, effect = max(lead or cases, key=lambda case: case[1].first.value)
    what, write = ("number", numbers.people)
    if data.variants:
        what, write = "change", numbers.signed_people
    text = f"The {what} depends most on {study_words.address(path)}{mark}"
    share = (
        f"from its 5th to its 95th percentile the {what} goes from "
        f"{write(effect.at_low)} to {write(effect.at_high)} people under "
        f"“{scenario}”, {numbers.percent(effect.first.value)} of the variance there"
    )
    if len(uncertain_inputs(data.study)) < 2 or len(data.variants) < 2:
        return f"{text}: {share}."
    where = f"in {len(cases)} of {len(scenarios)} scenarios"
    if len(varied) < len(scenarios):
        where = f"in {len(cases)} of the {len(varied)} scenarios in which the {what} varies"
        if len(varied) == 1:
            where = f"in the one scenario in which the {what} varies"
    return f"{text}, the uncertain input that moves it most {where} ({share})."


def _steady(context: Context, scenario: str) -> bool:
    """Whether runs agree so closely that nothing is said to move them."""
    answer = context.answers[scenario]
    value = answer.average_change if context.data.variants else answer.average
    return value.high - value.low < STEADY * abs(value.mean)


def _attested(context: Context) -> str:
    found = uncertain_inputs(context.data.study)
    weak = sum(item.quantity.confidence in WEAK for item in found)
    if not weak:
        return ""
    if len(found) == 1:
        return (
            "The only uncertain input is assumed or remembered, not read in a source; the "
            "range depends on it."
        )
    return (
        f"Of {len(found)} uncertain inputs, {weak} {'is' if weak == 1 else 'are'} assumed or "
        f"remembered, not read in a source; the range depends on {'it' if weak == 1 else 'them'}."
    )


def _undetermined(context: Context) -> str:
    rows = context.data.rows(
        "SELECT scenario, sum(stock + admissions_per_year) FILTER (outcome = 'referred') AS open, "
        "sum(stock + admissions_per_year) FILTER (outcome <> 'none') AS n FROM cells "
        "GROUP BY ALL"
    )
    shares = {row["scenario"]: (row["open"] or 0) / row["n"] for row in rows if row["n"]}
    compared = [name for name in context.data.variants if name in shares] or list(shares)
    name = max(compared, key=lambda key: shares[key], default=None)
    if name is None or shares[name] < 0.05:
        return ""
    return (
        f"Under “{name}”, documented facts do not suffice to decide the eligibility of "
        f"{numbers.percent(shares[name])} of the people considered."
    )


def _runs(context: Context) -> str:
    if context.data.draws * context.data.replicates == 1 and not context.data.expected:
        return "One history only: the numbers have no range; another seed would give other numbers."
    return ""
