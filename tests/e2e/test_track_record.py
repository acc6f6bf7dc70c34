"""The page of the track record says what the forecasters score today."""

from __future__ import annotations

import pytest

import track_record
from sojourn import Backtest


@pytest.fixture(scope="module")
def done() -> Backtest:
    return track_record._backtest("1990-2021", track_record.OURS)


def rows(page: str, heading: str) -> dict[str, list[str]]:
    """The first table below a heading, by forecaster, without what marks the best."""
    table = page.split(f"## {heading}\n")[1].split("\n\n| ")[1].split("\n\n", maxsplit=1)[0]
    lines = (line.strip("| ").replace("*", "").split(" | ") for line in table.splitlines()[2:])
    return {cells[0]: cells[1:] for cells in lines}


def test_errors_on_the_page_are_those_of_the_code(done):
    """`python docs/track_record.py` makes the page anew."""
    page = (track_record.DOCS / "track-record.md").read_text(encoding="utf-8")
    told = rows(page, "Error of the median")
    for row in done.by_horizon("mape"):
        name, *values = row.values()
        assert told[name] == [f"{value:.1f}" for value in values], name


def test_sojourn_beats_no_change_as_the_page_says(done):
    """Ranges score at most three quarters of those of *no change*, and hold what they say."""
    for score in ("mape", "relative_wis", "relative_wis_log"):
        ours, still = (
            next(row for row in done.by_horizon(score) if row["forecaster"] == name)
            for name in ("sojourn", "no change")
        )
        assert all(ours[name] < still[name] for name in ours if name != "forecaster"), score
        assert score == "mape" or ours["all"] < 0.75
    for percent, low, high in ((80, 75, 86), (95, 91, 98)):
        covered = done.by_horizon(f"coverage_{percent}")
        ours = next(row for row in covered if row["forecaster"] == "sojourn")
        assert low < ours["5"] < high


def test_the_page_names_every_source():
    assert "National Prisoner Statistics" in " ".join(track_record.TEXT.split())
    for name in ("prisoners", "ice-detention", "official-projections"):
        assert (track_record.SERIES / f"{name}.csv").is_file()
        assert f"docs/series/{name}.csv" in track_record.TEXT
