"""The top of the page: the answer in a sentence for each scenario, and what it depends on."""

from __future__ import annotations

import re

from sojourn.analysis.effects import Effect
from sojourn.report.context import Context
from sojourn.report.figures import charts
from sojourn.report.figures.blocks import (
    Block,
    BulletList,
    Callout,
    Column,
    Figure,
    Heading,
    Panel,
    Prose,
    ReportTable,
    Section,
)
from sojourn.report.headline import headings, sentence
from sojourn.report.sections import series
from sojourn.report.sections.capacity import fillings, fills_in
from sojourn.report.sections.inputs import WEAK, uncertain_inputs
from sojourn.report.sections.money import balances, costed
from sojourn.report.sections.outcomes import TITLE as OUTCOMES_TITLE
from sojourn.report.sections.outcomes import outcome_table, record
from sojourn.report.wording import numbers, study_words
from sojourn.report.wording.ranges import ZERO, Spread
from sojourn.rules.agreement.conditions import OUTCOMES
from sojourn.study.model.study import Scenario

FEW = 40
"""Below this many runs, one or two of them determine the 5th and 95th percentile."""

STEADY = 0.05
"""If a range is narrower than this, relative to its mean, no input is said to move it."""

_OUTCOME = re.compile(rf"\b({'|'.join(OUTCOMES)})\b")


RECOMMENDS_NOTHING = (
    "A projection under stated assumptions. It describes; it makes no recommendation."
)


def answer(context: Context) -> Section:
    """The lead scenario in a sentence, all scenarios in one picture, and how far to trust it."""
    data = context.data
    told = dict(sentences(context))
    lead = data.lead + (" (baseline)" if data.lead == data.baseline else "")
    blocks: list[Block] = [Callout(lead, told[data.lead])]
    blocks += [Callout("Note", text, notice=True) for text in notices(context)]
    blocks += _picture(context)
    if len(told) > 1:
        rows = [{"scenario": name, "answer": text} for name, text in told.items()]
        columns = (
            Column("Scenario", lambda row: row["scenario"]),
            Column("Answer", lambda row: row["answer"]),
        )
        every = "Each scenario in a sentence"
        blocks.append(ReportTable(every, columns, rows, "answers", folded=every))
    for title, texts in (
        (OUTCOMES_TITLE, record(context)),
        ("How far to trust this", caveats(context)),
    ):
        if texts:
            blocks += [Heading(title), BulletList(tuple(texts))]
    blocks.append(Prose(RECOMMENDS_NOTHING, small=True))
    return Section("answer", "The answer", tuple(blocks))


def _picture(context: Context) -> list[Block]:
    """The change of each scenario on the last day, with its range; none where nothing changes."""
    data = context.data
    if all(context.answers[name].change == ZERO for name in data.variants):
        return []
    order = sorted(data.variants, key=lambda name: name != data.lead)
    rows = [
        {
            "label": name,
            "mean": change.mean,
            "low": change.low,
            "high": change.high,
            "text": numbers.signed_people(change.mean),
        }
        for name in order
        for change in (context.answers[name].change,)
    ]
    last = numbers.day(data.last_day)
    title = f"Change in people {context.subject.label} on {last}, against “{data.baseline}”"
    about = "; ".join(f"{row['label']}: {row['text']}" for row in rows)
    panel = Panel(
        context.press.draw(charts.intervals(rows, width=charts.WIDE), title, about),
        narrow=context.press.draw(charts.intervals(rows, width=charts.NARROW), title, about),
    )
    table = ReportTable(
        title,
        (
            Column("Scenario", lambda row: row["label"]),
            Column("Change", lambda row: Spread.of(row | {"median": 0}).cell(numbers.signed_exact),
                   number=True),
        ),
        rows,
        "change-by-scenario",
        context.spreads,
        data=[{key: row[key] for key in ("label", "mean", "low", "high")} for row in rows],
    )  # fmt: skip
    note = "Point: mean. Line: 5th to 95th percentile of the histories."
    return [Figure(title, note, (panel,), table, "table census")]


def sentences(context: Context) -> list[tuple[str, str]]:
    """Each scenario with its answer, the lead first and the baseline last."""
    variants = sorted(context.data.variants, key=lambda name: name != context.data.lead)
    order = (*variants, context.data.baseline)
    return [
        (name, sentence(context.data, context.subject, context.answers[name])) for name in order
    ]


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


def overview(context: Context) -> Section:
    """The headline of all scenarios in one chart and one table."""
    data = context.data
    found = series.gather(
        data.spreads(
            "SELECT scenario, 'headline' AS name, period, draw, replicate, people AS value "
            "FROM headline",
            ["scenario", "name", "period"],
        ),
        "name",
    )
    shown = [n for n in data.scenarios if not series.empty(found.get((n, "headline"), {}))]
    if shown and data.baseline not in shown:
        shown.insert(0, data.baseline)  # its line at zero is the reference for the others
    record = outcome_table(context)
    tables: tuple[Block, ...] = (_table(context), *((record,) if record else ()))
    if not shown:
        blocks: tuple[Block, ...] = (
            Prose(f"Nobody is {context.subject.label} in any history of any scenario."), *tables,
        )  # fmt: skip
        return Section("overview", "At a glance", blocks)
    rows = [row for name in shown for row in series.points(context, name, found[name, "headline"])]
    positions = [context.position(name) for name in shown]
    title = f"People {context.subject.label}, by scenario"
    if context.subject.already:
        title += f" (without the {context.subject.already} already held)"
    about = "; ".join(
        f"{name}: {numbers.exact(context.answers[name].end.mean)} at the end" for name in shown
    )
    panel = Panel(
        context.press.draw(
            charts.band_lines(rows, positions, width=charts.WIDE, height=280), title, about
        ),
        narrow=context.press.draw(
            charts.band_lines(rows, positions, width=charts.NARROW - 30, height=220), title, about
        ),
    )
    missing = [name for name in data.scenarios if name not in shown]
    told = context.ranges
    if len(shown) > charts.MOST_BANDS:
        told = "Lines: means over histories; their ranges are in the table."
    note = f"At the end of each period; {context.subject.why}. {context.subject.uncounted} {told}"
    if missing:
        note += f" Nobody in any history: {', '.join(missing)}."
    told_spans, remark = series.told_periods(context)
    monthly = ReportTable(
        title,
        (
            Column("At the end of", lambda row: numbers.short_day(row["last"])),
            *(
                Column(name, lambda row, key=f"of {name}": row[key], number=True)  # type: ignore[misc] # bound now
                for name in shown
            ),
        ),
        [
            {
                "last": span.last,
                **{f"of {n}": found[n, "headline"][span.start].cell() for n in shown},
            }
            for span in told_spans
        ],
        "headline",
        context.spreads + remark,
        data=[
            {"scenario": n, "period": span.start, "last_day": span.last, **_flat(spread)}
            for n in shown
            for span in data.periods
            for spread in (found[n, "headline"][span.start],)
        ],
    )  # fmt: skip
    figure = Figure(title, note, (panel,), monthly, "table census", context.keys(*shown))
    return Section("overview", "At a glance", (figure, *tables))


def _table(context: Context) -> ReportTable:
    data = context.data
    last = numbers.day(data.last_day)
    sending = next(
        (s.agreement.sending for s in data.study.scenarios.values() if s.agreement), None
    )
    costs = {
        row["scenario"]: row for row in balances(context) if row["party"] == sending
    }  # fmt: skip
    full = {
        row["scenario"]: row
        for row in fillings(context)
        if len(context.subject.facilities) == 1 and row["facility"] == context.subject.facilities[0]
    }
    rows = headings(context.answers)
    columns = [
        Column("Scenario", lambda row: row["scenario"]),
        Column(f"On {last}", lambda row: context.answers[row["scenario"]].end.cell(), number=True),
        Column(
            "Change against the baseline",
            lambda row: "–"
            if row["scenario"] == data.baseline
            else context.answers[row["scenario"]].change.cell(numbers.signed_exact),
            number=True,
        ),
        Column("Average", lambda row: context.answers[row["scenario"]].average.cell(),
               number=True),
        Column("Peak of all days", lambda row: context.answers[row["scenario"]].peak.cell(),
               number=True),
        Column("Peak in", lambda row: data.period_name(row["peak_day"]) if row["peak_day"] else "–",
               number=True),
        Column("Moved in", lambda row: context.answers[row["scenario"]].moved.cell(),
               number=True),
    ]  # fmt: skip
    if full:
        columns.append(
            Column("Histories in which it fills",
                   lambda row: fills_in(context, full[row["scenario"]])
                   if row["scenario"] in full else "–", number=True)
        )  # fmt: skip
    if costs:
        columns.append(
            Column(
                f"Net cost to {sending}{costed(context)}, "
                f"{next(iter(costs.values()))['currency']} million",
                lambda row: costs[row["scenario"]]["net"].cell(_millions),
                number=True,
            )
        )
        rows = [
            {
                **row,
                "net_cost_mean": costs[row["scenario"]]["net"].mean,
                "net_cost_low": costs[row["scenario"]]["net"].low,
                "net_cost_high": costs[row["scenario"]]["net"].high,
            }
            for row in rows
        ]
    return ReportTable(
        f"People {context.subject.label}: scenarios side by side",
        tuple(columns),
        rows,
        "scenarios",
        f"{context.spreads} {context.subject.uncounted} Moves are counted, not people: one person "
        "may move more than once.",
    )


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
    scenario, effect = max(cases, key=lambda case: case[1].first.value)
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


def _millions(value: float | None) -> str:
    return numbers.exact(None if value is None else value / 1e6)


def _flat(spread: Spread) -> dict[str, float]:
    return {"mean": spread.mean, "low": spread.low, "median": spread.median, "high": spread.high}
