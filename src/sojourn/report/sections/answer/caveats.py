"""What a reader must know before the numbers, and reasons to trust the answer less."""

from __future__ import annotations

import re

from sojourn.analysis.effects import Effect
from sojourn.languages.phrases import later, phrase, plural
from sojourn.report.context import Context
from sojourn.report.study_inputs import WEAK
from sojourn.report.wording import numbers, study_words
from sojourn.report.wording.own_words import untold_note
from sojourn.rules.agreement.conditions import OUTCOMES
from sojourn.study.model.study import Scenario

FEW = 40
"""Below this many runs, one or two of them determine the 5th and 95th percentile."""

STEADY = 0.05
"""If a range is narrower than this, relative to its mean, no input is said to move it."""

_STRONGEST = {
    "number": {
        "alone": later("The number depends most on {input}{mark}: {share}."),
        "most": later(
            "The number depends most on {input}{mark}, the uncertain input that moves it most "
            "{where} ({share})."
        ),
        "share": later(
            "from its 5th to its 95th percentile the number goes from {low} to {high} people "
            "under “{scenario}”, {variance} of the variance there"
        ),
        "of all": later("in {cases} of {of} scenarios"),
        "of varied": later("in {cases} of the {of} scenarios in which the number varies"),
        "one": later("in the one scenario in which the number varies"),
    },
    "change": {
        "alone": later("The change depends most on {input}{mark}: {share}."),
        "most": later(
            "The change depends most on {input}{mark}, the uncertain input that moves it most "
            "{where} ({share})."
        ),
        "share": later(
            "from its 5th to its 95th percentile the change goes from {low} to {high} people "
            "under “{scenario}”, {variance} of the variance there"
        ),
        "of all": later("in {cases} of {of} scenarios"),
        "of varied": later("in {cases} of the {of} scenarios in which the change varies"),
        "one": later("in the one scenario in which the change varies"),
    },
}
_OUTCOME = re.compile(rf"\b({'|'.join(OUTCOMES)})\b")


def notices(context: Context) -> list[str]:
    """What a reader must know before the numbers: few runs, and what the baseline holds."""
    data = context.data
    found = []
    if data.expected:
        found.append(
            phrase(
                "Exact expectation: means over all possible histories, without simulation "
                "error. {ranges_of_means}. Peaks and filling dates are those of the means.",
                ranges_of_means=_ranges_of_means(context),
            )
        )
    if 1 < data.histories < FEW:
        found.append(phrase("Only {runs} histories: the ranges are rough.", runs=data.histories))
    found += [baseline_note(context), untold_note(data.folder.study)]
    return [text for text in found if text]


def _ranges_of_means(context: Context) -> str:
    """Which ranges exact means have, and why they may have none."""
    if context.data.draws > 1:
        return phrase("Ranges show uncertain inputs only")
    if context.uncertain:
        return phrase("With one draw of the uncertain inputs there are no ranges")
    return phrase("No input is uncertain, so one draw is enough and no number has a range")


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
    about = baseline.about or phrase("It has the agreement in it, under the law as read.")
    note = phrase(
        "The baseline, “{baseline}”, is not a world without the agreement. {about}",
        baseline=data.baseline,
        about=about,
    )
    without = [
        f"“{name}”"
        for name in data.variants
        if context.answers[name].average_change.mean < 0 and _only_removes(data.scenario(name))
    ]
    if without:
        *first, last = without
        names = phrase("{first} and {last}", first=", ".join(first), last=last) if first else last
        note += plural(
            " For that reason {names} has fewer people there than “{baseline}”.",
            " For that reason {names} have fewer people there than “{baseline}”.",
            len(without),
            names=names,
            baseline=data.baseline,
        )
    return note


def _asks_the_rules(scenario: Scenario) -> bool:
    return any(_OUTCOME.search(transition.when or "") for transition in scenario.transitions)


def _only_removes(scenario: Scenario) -> bool:
    if scenario.agreement is None:
        return True
    return bool(scenario.overrides) and all(map(study_words.removed, scenario.overrides.values()))


def caveats(context: Context, *scenarios: str) -> list[str]:
    """Up to three reasons to trust the answer less, taken from the run.

    What moves the number most is said of these scenarios; without any, of all but the baseline.
    """
    found = [
        _strongest(context, *scenarios),
        _attested(context),
        _undetermined(context),
        _runs(context),
    ]
    told = [text for text in found if text]
    if len(told) < 3 and context.data.study.limits:
        told.append(phrase("Left out: {limits}.", limits=context.data.study.limits[0].rstrip(".")))
    return told[:3]


def _strongest(context: Context, *only: str) -> str:
    """The input that moves the number most in most scenarios, if it is told from 0."""
    data = context.data
    scenarios = only or data.variants or data.scenarios
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
    quantity = next((i.quantity for i in context.uncertain if i.path == path), None)
    mark = ""
    if quantity is not None:
        mark = f" ({study_words.quantity(quantity)}"
        mark += f"; {phrase(quantity.confidence)})" if quantity.confidence in WEAK else ")"
    # Of the lead scenario, which the page is about, if the input moves it most there too.
    lead = [case for case in cases if case[0] == data.lead]
    scenario, effect = max(lead or cases, key=lambda case: case[1].first.value)
    one, write = ("number", numbers.people)
    if data.variants:
        one, write = "change", numbers.signed_people
    words = _STRONGEST[one]
    share = phrase(
        words["share"],
        low=write(effect.at_low),
        high=write(effect.at_high),
        scenario=scenario,
        variance=numbers.percent(effect.first.value),
    )
    start = {"input": study_words.address(data.study, path), "mark": mark, "share": share}
    if len(context.uncertain) < 2 or len(scenarios) < 2:
        return phrase(words["alone"], **start)
    where = "of all" if len(varied) == len(scenarios) else "of varied" if len(varied) > 1 else "one"
    return phrase(
        words["most"], where=phrase(words[where], cases=len(cases), of=len(varied)), **start
    )


def _steady(context: Context, scenario: str) -> bool:
    """Whether runs agree so closely that nothing is said to move them."""
    answer = context.answers[scenario]
    value = answer.average_change if context.data.variants else answer.average
    return value.high - value.low < STEADY * abs(value.mean)


def _attested(context: Context) -> str:
    found = context.uncertain
    weak = sum(item.quantity.confidence in WEAK for item in found)
    if not weak:
        return ""
    if len(found) == 1:
        return phrase(
            "The only uncertain input is assumed or remembered, not read in a source; the "
            "range depends on it."
        )
    return plural(
        "Of {count} uncertain inputs, {weak} is assumed or remembered, not read in a source; the "
        "range depends on it.",
        "Of {count} uncertain inputs, {weak} are assumed or remembered, not read in a source; the "
        "range depends on them.",
        weak,
        count=len(found),
        weak=weak,
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
    return phrase(
        "Under “{name}”, documented facts do not suffice to decide the eligibility of "
        "{shares} of the people considered.",
        name=name,
        shares=numbers.percent(shares[name]),
    )


def _runs(context: Context) -> str:
    if context.data.histories == 1 and not context.data.expected:
        return phrase(
            "One history only: the numbers have no range; another seed would give other numbers."
        )
    return ""
