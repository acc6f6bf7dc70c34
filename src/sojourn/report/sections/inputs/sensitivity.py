"""Section: which uncertain number matters, in people and in money, and what it is worth to know."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sojourn.analysis.effects import FEWEST
from sojourn.analysis.information import Information, Turn, decision_names, information, turns
from sojourn.languages.phrases import later, phrase, plural
from sojourn.languages.units import unit_words
from sojourn.report.context import Context, tabs
from sojourn.report.figures import charts
from sojourn.report.figures.blocks import (
    Block,
    Column,
    Figure,
    Heading,
    Panel,
    Prose,
    ReportTable,
    Section,
)
from sojourn.report.moved import WhatMoves, payer_of
from sojourn.report.sections.places.places_enough import places_enough
from sojourn.report.wording import numbers, study_words
from sojourn.report.wording.ranges import RANGE, Row
from sojourn.study.model.study import StudyModel

SHOWN = 8
"""Bars of a tornado."""
_KINDS = {
    "everything": later("Everything, chance too"),
    "inputs": later("All uncertain inputs"),
    "group": later("Together"),
    "sample": later("A sample"),
    "input": later("One input"),
}


def matters(context: Context) -> Section:
    """A tornado in people and one in money for each scenario, and the value of information."""
    return Section("matters", phrase("Which number matters"), tuple(_blocks(context)))


def _blocks(context: Context) -> list[Block]:
    data = context.data
    if not data.folder.record["uncertain"]:
        return []
    if data.draws < FEWEST:
        return [
            Prose(
                plural(
                    "1 draw cannot show which inputs matter; at least {least} are needed.",
                    "{draws} draws cannot show which inputs matter; at least {least} are needed.",
                    data.draws,
                    draws=data.draws,
                    least=FEWEST,
                )
            )
        ]
    panels: dict[str, list[Block]] = {}
    for scenario in (*data.variants, data.baseline):
        people = context.people_moved[scenario]
        what = _what(context, scenario)
        panels[scenario] = [
            Prose(
                phrase(
                    "{what} is the same in every draw, or no input that moves people is uncertain.",
                    what=what,
                )
            )
            if people is None
            else _tornado(context, scenario, people, what, "people", numbers.exact)
        ]
        money = context.money_moved[scenario]
        payer = payer_of(data)
        if money is not None and payer is not None:
            party, currency, _ = payer
            cost = (
                later("What {party} pays on balance")
                if scenario == data.baseline
                else later("The change, against the baseline, in what {party} pays on balance")
            )
            cost = phrase(cost, party=party)
            panels[scenario].append(
                _tornado(context, scenario, money, cost, currency,
                         lambda value, own=currency: numbers.money(value, own))  # type: ignore[misc]
            )  # fmt: skip
    told = [
        _information(context, information(data.folder, name))
        for name in decision_names(data.folder)
    ]
    informed = [block for blocks in told for block in blocks]
    return [*tabs(panels), *informed, *places_enough(context)]


def _what(context: Context, scenario: str) -> str:
    """The number that the inputs move."""
    label = context.subject.label
    if scenario == context.data.baseline:
        return phrase("The average number of people {label}", label=label)
    return phrase(
        "The change, against the baseline, in the average number of people {label}", label=label
    )


def _tornado(
    context: Context, scenario: str, moved: WhatMoves, what: str, unit: str,
    write: Callable[[float | None], str],
) -> Figure:  # fmt: skip
    effects = moved.effects
    shown: list[Row] = [
        {
            "label": study_words.address(context.data.study, path),
            "at_low": effect.at_low,
            "at_high": effect.at_high,
            "error": effect.error,
            "told": effect.told,
            "text": _signed(numbers.to_error(effect.change, effect.error), write),
        }
        for path, effect in moved.rows[:SHOWN]
    ]
    title = f"{what}: {scenario}"
    strongest = moved.strongest
    about = phrase("No input is told from 0.")
    if strongest is not None:
        name, effect = strongest
        about = phrase(
            "Greatest: {name}, {signed}.",
            name=study_words.address(context.data.study, name),
            signed=_signed(numbers.to_error(effect.change, effect.error), write),
        )
    panel = Panel(
        context.press.draw(charts.tornado(shown, effects.mean, width=charts.WIDE), title, about),
        narrow=context.press.draw(
            charts.tornado(shown, effects.mean, width=charts.NARROW), title, about
        ),
    )
    note = phrase(
        "{what} (mean {mean}, the line) as each input goes from its 5th to its 95th "
        "percentile and all others stay as they are: by regression over the draws. "
        "Blue: it rises with the input. Orange: it falls. No fill: not told from 0. Point: the "
        "input is high; the thin line is the 95 % interval of the change. The inputs one by one "
        "foretell {explained} of the variance of other draws",
        what=what,
        mean=write(numbers.to_error(effects.mean, max(row["error"] for row in shown))),
        explained=numbers.percent(effects.explained),
    )
    note += (
        phrase("; chance is {chance}.", chance=numbers.percent(moved.chance))
        if np.isfinite(moved.chance)
        else "."
    )
    units = {found.path: found.quantity.unit for found in context.quantities}
    rows: list[Row] = [
        {
            "input": path,
            "low": effect.low,
            "high": effect.high,
            "unit": units.get(path, ""),
            "at_low": effect.at_low,
            "at_high": effect.at_high,
            "change": effect.change,
            "error": effect.error,
            "told": effect.told,
            **{
                f"{kind}{end}": getattr(share, end.strip("_") or "value")
                for kind, share in (("first", effect.first), ("total", effect.total))
                for end in ("", "_low", "_high")
            },
        }
        for path, effect in moved.rows
    ]
    seen = phrase("Which number matters, in {unit}", unit=unit_words(unit))
    return Figure(
        f"{seen}: {study_words.address(context.data.study, strongest[0])}" if strongest else seen,
        note,
        (panel,),
        ReportTable(
            phrase("{what}, by input: {scenario}", what=what, scenario=scenario),
            (
                Column(
                    phrase("Input"),
                    lambda row: study_words.address(context.data.study, row["input"]),
                ),
                *(
                    Column(
                        label,
                        lambda row, key=key: study_words.amount(row[key], row["unit"]),  # type: ignore[misc] # bound now
                        number=True,
                    )
                    for key, label in (("low", phrase("From")), ("high", phrase("To")))
                ),
                Column(
                    phrase("At the first"), lambda row: write(_near(row, "at_low")), number=True
                ),
                Column(
                    phrase("At the second"), lambda row: write(_near(row, "at_high")), number=True
                ),
                Column(
                    phrase("Change"), lambda row: _signed(_near(row, "change"), write), number=True
                ),
                Column(
                    phrase("Standard error"), lambda row: write(_near(row, "error")), number=True
                ),
                Column(
                    phrase("Told from 0"),
                    lambda row: phrase("yes") if row["told"] else phrase("no"),
                ),
                Column(
                    phrase("Share of variance, alone"),
                    lambda row: _share(row, "first"),
                    number=True,
                ),
                Column(phrase("With others"), lambda row: _share(row, "total"), number=True),
            ),
            rows[:SHOWN],
            f"tornado-{unit}-{scenario}",
            phrase(
                "The first {shown} of {count} inputs; the CSV has all.",
                shown=SHOWN,
                count=len(rows),
            )
            if len(rows) > SHOWN
            else "",
            data=rows,
        ),
        phrase("tables draws, census and money")
        if unit != "people"
        else phrase("tables draws and census"),
    )


def _near(row: Row, key: str) -> float:
    """A number of the regression to two digits of its standard error."""
    return numbers.to_error(row[key], row["error"])


def _signed(value: float, write: Callable[[float | None], str]) -> str:
    text = write(abs(value))
    return f"{'+' if value > 0 else '−'}{text}" if value and text != "0" else text


def _share(row: Row, kind: str) -> str:
    low, high = numbers.percent(row[f"{kind}_low"]), numbers.percent(row[f"{kind}_high"])
    return f"{numbers.percent(row[kind])} ({low}–{high})"


def _turn(study: StudyModel, turn: Turn, best: str) -> str:
    """At which price another option is as good, on average and over draws."""

    def write(value: float) -> str:
        return numbers.money(value, turn.unit) if turn.unit.isupper() else numbers.exact(value)

    price, found = study_words.address(study, turn.path), turn.found
    known = found.by_draw[np.isfinite(found.by_draw)]
    told = phrase(
        "“{option}” is as good as “{best}” if {price} is {value}",
        option=turn.option,
        best=best,
        price=price,
        value=write(found.of_mean),
    )
    if not np.isfinite(found.of_mean):
        told = phrase(
            "At no {price} between {low} and {high} is “{option}” as good as “{best}” on average",
            price=price,
            low=write(turn.low),
            high=write(turn.high),
            option=turn.option,
            best=best,
        )
    if not len(known):
        return (
            phrase("{told}, nor in any draw.", told=told) if np.isnan(found.of_mean) else f"{told}."
        )
    low, high = (write(float(value)) for value in np.quantile(known, [0.05, 0.95]))
    share = numbers.percent(found.crossing)
    return phrase(
        "{told}; over the {share} of draws that have such a value, {band}: {low} to {high}.",
        told=told,
        share=share,
        band=RANGE,
        low=low,
        high=high,
    )


def _information(context: Context, found: Information) -> list[Block]:
    """What it is worth to a decision to know something before."""
    stated = found.stated

    def write(value: float | None) -> str:
        if found.unit.isupper() and len(found.unit) == 3:
            return numbers.money(value, found.unit)
        return f"{numbers.exact(value)} {unit_words(found.unit)}".strip()

    measure = study_words.measure_name(context.data.study, stated.measure)
    options = "; ".join(
        phrase(
            "“{option}” {value}, best in {share} of draws",
            option=option,
            value=write(mean),
            share=numbers.percent(share),
        )
        for option, mean, share in zip(stated.options, found.means, found.shares, strict=True)
    )
    everything = found.rows[0]
    worth = (
        phrase("Nothing that could be found out would change that: it is the best in every draw.")
        if not everything["value"]
        else phrase(
            "To know everything before would be worth {value} on average.",
            value=write(everything["value"]),
        )
    )
    rows = [row for row in found.rows if row["kind"] != "input" or row["told"]]
    blocks: list[Block] = [
        Heading(phrase("Worth finding out: {name}", name=found.name)),
        Prose(
            phrase(
                "{who} is taken to want the {wants} of “{measure}”, and nothing else. Means: "
                "{options}. By these it takes “{best}”. {worth}",
                who=stated.who,
                wants=phrase(stated.wants),
                measure=measure,
                options=options,
                best=found.best,
                worth=worth,
            )
        ),
    ]
    blocks += [
        Prose(_turn(context.data.study, turn, found.best))
        for turn in turns(context.data.folder, found)
    ]
    if stated.note:
        blocks.append(Prose(stated.note, small=True))
    if everything["value"]:
        blocks.append(
            ReportTable(
                phrase("Value of information: {name}", name=found.name),
                (
                    Column(phrase("Known before"), lambda row: phrase(_KINDS[row["kind"]])),
                    Column(
                        phrase("What"),
                        lambda row: (
                            study_words.address(context.data.study, row["what"])
                            if row["kind"] == "input"
                            else row["what"]
                        ),
                    ),
                    Column(phrase("Worth"), lambda row: write(row["value"]), number=True),
                    Column(
                        phrase("Standard error"),
                        lambda row: write(_near(row, "error")),
                        number=True,
                    ),
                    Column(
                        phrase("Told from 0"),
                        lambda row: phrase("yes") if row["told"] else phrase("no"),
                    ),
                ),
                rows,
                f"information-{found.name}",
                phrase("Single inputs that are not told from 0 are left out; the CSV has them."),
                data=list(found.rows),
            )
        )
    return blocks
