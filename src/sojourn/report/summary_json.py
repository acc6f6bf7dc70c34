"""The answer for programs: plain values, ready for JSON."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from sojourn.report.headline import sentence
from sojourn.report.page import open_context
from sojourn.report.run_data import RunData
from sojourn.report.sections.answer.caveats import caveats, notices
from sojourn.report.sections.money.balances import balances
from sojourn.report.sections.money.costings import costings
from sojourn.report.sections.places.capacity import fillings
from sojourn.report.sections.trust.measures import measure_rows
from sojourn.report.sections.trust.outcomes import outcome_rows
from sojourn.report.wording.ranges import Row, Spread


def summary_dict(folder: Path) -> dict[str, Any]:
    """A run's answer without charts: headline, places, money, measures, claims by scenario.

    A spread is {mean, low, median, high}, low and high being the 5th and 95th percentile over
    runs; dates are ISO text. Raises ResultsError if the folder is not a finished run.
    """
    with RunData(Path(folder)) as data:
        context = open_context(data)
        places, parties, measures = fillings(context), balances(context), measure_rows(context)
        claims, outcomes = data.rows("SELECT * FROM claims"), outcome_rows(context)
        scenarios = []
        for name in data.scenarios:
            answer = context.answers[name]
            scenarios.append(
                {
                    "scenario": name,
                    "baseline": name == data.baseline,
                    "sentence": sentence(data, context.subject, answer),
                    "headline": {
                        "at_end": asdict(answer.end),
                        "change_at_end": asdict(answer.change),
                        "average": asdict(answer.average),
                        "average_change": asdict(answer.average_change),
                        "peak": asdict(answer.peak),
                        "peak_day": _plain(answer.peak_day),
                        "moved_in": asdict(answer.moved),
                    },
                    "facilities": [_plain_row(r) for r in _of(places, name)],
                    "money": [_plain_row(r) for r in _of(parties, name)],
                    "measures": [
                        {
                            "measure": row["measure"],
                            "unit": row["unit"],
                            "basis": row["basis"],
                            **{key: row[key] for key in ("mean", "low", "median", "high")},
                            "determined": row["determined"],
                        }
                        for row in _of(measures, name)
                    ],
                    "claims": [_plain_row(r) for r in _of(claims, name)],
                    "outcomes": [
                        {
                            "outcome": row["outcome"],
                            "measure": row["measure"],
                            "unit": row["unit"],
                            "on": row["on"].isoformat(),
                            "observed": row["observed"],
                            "place": row["place"],
                            **{key: row[key] for key in ("mean", "low", "median", "high")},
                        }
                        for row in _of(outcomes, name)
                    ],
                }
            )
        return {
            "title": data.study.title,
            "digest": data.run.get("digest"),
            "seed": data.run.get("seed"),
            "draws": data.draws,
            "replicates": data.replicates,
            "first_day": data.study.period.start.isoformat(),
            "last_day": data.last_day.isoformat(),
            "people": context.subject.label,
            "states": list(context.subject.states),
            "costing": costings(context)[0],
            "notices": notices(context),
            "caveats": caveats(context),
            "scenarios": scenarios,
        }


def _of(rows: list[Row], scenario: str) -> list[Row]:
    return [row for row in rows if row["scenario"] == scenario]


def _plain_row(row: Row, *without: str) -> dict[str, Any]:
    return {k: _plain(v) for k, v in row.items() if k not in ("scenario", *without)}


def _plain(value: object) -> object:
    if isinstance(value, Spread):
        return asdict(value)
    return value.isoformat() if isinstance(value, date) else value
