"""Blocks: how many places would be enough, in half and in nearly all histories."""

from __future__ import annotations

from sojourn.languages.phrases import phrase
from sojourn.languages.units import unit_words
from sojourn.report.context import Context
from sojourn.report.figures.blocks import Block, Column, Heading, Prose, ReportTable
from sojourn.report.sections.places.capacity import fillings
from sojourn.report.wording import numbers, study_words
from sojourn.report.wording.ranges import Row

HALF, MOST = 0.5, 0.95
"""Shares of histories in which so many places are to be enough."""


def places_enough(context: Context) -> list[Block]:
    """A table of facilities, if any has a limit that somebody could meet.

    In a history in which a facility never fills, the greatest number held on a day would have been
    enough places. So the share of histories that so many places suffice for is known up to the
    share in which it does not fill; a soft limit keeps nobody out, and hides nothing.
    """
    rows = [_enough(context, row) for row in fillings(context)]
    if not rows:
        return []

    def write(row: Row, key: str) -> str:
        if row[key] is None:
            return phrase("more than {places}", places=numbers.exact(row["places_end"]))
        return numbers.exact(row[key])

    return [
        Heading(phrase("How many places are enough")),
        Prose(
            phrase(
                "With everything else as it is. Where a facility fills and more would come, the "
                "run shows that more places are needed, not how many: `sojourn matters` finds that "
                "by runs of its own, with the share of people served as the measure."
            )
        ),
        ReportTable(
            phrase("Places that are enough on every day"),
            (
                Column(phrase("Scenario"), lambda r: r["scenario"]),
                Column(
                    phrase("Facility"),
                    lambda r: study_words.facility_name(context.data.study, r["facility"]),
                ),
                Column(
                    phrase("Places at the end"), lambda r: numbers.exact(r["places_end"]),
                    number=True, value=lambda r: r["places_end"], unit=unit_words("places"),
                ),
                Column(phrase("In half of the histories"), lambda r: write(r, "half"), number=True,
                       value=lambda r: r["half"] or write(r, "half"), unit=unit_words("places")),
                Column(phrase("In 95\u202f% of the histories"), lambda r: write(r, "most"),
                       number=True, value=lambda r: r["most"] or write(r, "most"),
                       unit=unit_words("places")),
            ),
            rows,
            "places-enough",
            data=rows,
        ),
    ]  # fmt: skip


def _enough(context: Context, row: Row) -> Row:
    """The places that are enough; None where the run does not show them."""
    facility = context.data.scenario(row["scenario"]).facilities[row["facility"]]
    shown = 1.0 if facility.limit == "soft" else 1.0 - row["probability"]
    peak = row["peak"].allowed
    return {
        "scenario": row["scenario"],
        "facility": row["facility"],
        "places_end": row["places_end"],
        "half": peak.median if shown >= HALF else None,
        "most": peak.high if shown >= MOST else None,
    }
