"""What a reader must know before the numbers, and reasons to trust the answer less."""

from __future__ import annotations

import re
from datetime import date

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

FAIR = 0.25
"""An input that explains less of the variance is not said to decide."""

_MOVED = {
    "number": {
        "what": later("the average number of people {label} over {days}"),
        "share": later(
            "As this input goes from its 5th to its 95th percentile, that number goes from {low} "
            "to {high} people under “{scenario}”; alone it explains {variance} of the "
            "variance there."
        ),
        "of varied": later("in {cases} of the {of} scenarios in which the number varies"),
        "one": later("in the one scenario in which the number varies"),
    },
    "change": {
        "what": later("the change in the average number of people {label} over {days}"),
        "share": later(
            "As this input goes from its 5th to its 95th percentile, that change goes from {low} "
            "to {high} people under “{scenario}”; alone it explains {variance} of the "
            "variance there."
        ),
        "of varied": later("in {cases} of the {of} scenarios in which the change varies"),
        "one": later("in the one scenario in which the change varies"),
    },
}
"""Words for an average number of people, and for its change against the baseline."""
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


def caveats(context: Context, *scenarios: str, since: date | None = None) -> list[str]:
    """Up to three reasons to trust the answer less, taken from the run.

    What moves the number most is said of these scenarios; without any, of all but the baseline.
    The number is an average from the day `since` on; by default from the first day of the run.
    """
    found = [
        _strongest(context, scenarios, since or context.data.periods[0].start),
        _attested(context),
        _undetermined(context),
        _runs(context),
    ]
    told = [text for text in found if text]
    if len(told) < 3 and context.data.study.limits:
        told.append(phrase("Left out: {limits}.", limits=context.data.study.limits[0].rstrip(".")))
    return told[:3]


def _strongest(context: Context, only: tuple[str, ...], since: date) -> str:
    """The input that moves the number most in most scenarios, if it is told from 0."""
    data = context.data
    scenarios = only or data.variants or data.scenarios
    varied = [name for name in scenarios if not _steady(context, name, since)]
    tops: dict[str, list[tuple[str, Effect]]] = {}
    for scenario in varied:
        moved = context.people_moved_since(scenario, since)
        if moved is not None and moved.strongest is not None:
            path, effect = moved.strongest
            tops.setdefault(path, []).append((scenario, effect))
    if not tops:
        return ""
    path, cases = max(tops.items(), key=lambda item: len(item[1]))
    # Of the lead scenario, which the page is about, if the input moves it most there too.
    lead = [case for case in cases if case[0] == data.lead]
    scenario, effect = max(lead or cases, key=lambda case: case[1].first.value)
    words, write = (
        (_MOVED["change"], numbers.signed_people)
        if data.variants
        else (_MOVED["number"], numbers.people)
    )
    where = ""
    if len(context.uncertain) > 1 and len(scenarios) > 1:
        told = later("in {cases} of {of} scenarios")
        if len(varied) < len(scenarios):
            told = words["of varied" if len(varied) > 1 else "one"]
        where = f" {phrase(told, cases=len(cases), of=len(varied))}"
    share = phrase(
        words["share"],
        low=write(effect.at_low),
        high=write(effect.at_high),
        scenario=scenario,
        variance=numbers.percent(effect.first.value),
    )
    what = phrase(words["what"], label=context.subject.label, days=context.days_since(since))
    name = f"{study_words.address(data.study, path)}{_mark(context, path)}"
    return f"{_decides(what, name, where, effect)} {share}"


def _decides(what: str, name: str, where: str, effect: Effect) -> str:
    """Whether the input decides the number, or only moves it more than others do."""
    if effect.first.value < FAIR:
        return phrase(
            "No single input decides {what}; the one that moves it most{where} is {name}.",
            what=what,
            where=where,
            name=name,
        )
    what = what[:1].upper() + what[1:]
    if not where:
        return phrase("{what} depends most on {name}.", what=what, name=name)
    return phrase(
        "{what} depends most on {name}, the uncertain input that moves it most{where}.",
        what=what,
        where=where,
        name=name,
    )


def _mark(context: Context, path: str) -> str:
    """What an input may be, and that no source says so; empty for what is not in the study."""
    quantity = next((each.quantity for each in context.uncertain if each.path == path), None)
    if quantity is None:
        return ""
    weak = f"; {phrase(quantity.confidence)}" if quantity.confidence in WEAK else ""
    return f" ({study_words.quantity(quantity)}{weak})"


def _steady(context: Context, scenario: str, since: date) -> bool:
    """Whether runs agree so closely that nothing is said to move them."""
    value = context.average_since(scenario, since)
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
