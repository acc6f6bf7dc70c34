"""What is drawn stands where its numbers say, and its words stay words."""

from __future__ import annotations

import math
import re
from datetime import date, timedelta
from itertools import combinations, pairwise

import numpy as np
import pytest

from report.reader import Page, path_points
from sojourn.report.figures import charts
from sojourn.report.figures.drawing import (
    UNSEEN_SHIFT,
    date_ticks,
    round_numbers,
    simplified,
    stairs,
    tick_texts,
    wrapped,
)
from sojourn.report.figures.flow import Arrow, StateBox, _rising, flow
from sojourn.report.figures.svg import Press, standalone


@pytest.mark.parametrize(
    ("low", "high", "wanted"),
    [
        (0, 100, [0, 25, 50, 75, 100]),
        (0, 7, [0, 2, 4, 6, 8]),
        (-3.3e3, 17.5e3, [-10e3, 0, 10e3, 20e3]),
        (0, 0, [0, 0.25]),
        (5, 5, [4, 6]),
    ],
)
def test_ticks_are_round_and_hold_every_number(low, high, wanted):
    ticks = round_numbers(low, high)
    assert ticks == pytest.approx(wanted)
    assert ticks[0] <= low <= high <= ticks[-1]


def test_all_ticks_of_an_axis_are_written_in_one_size():
    assert tick_texts([0, 5e5, 1e6]) == ["0", "0.5 m", "1 m"]
    assert tick_texts([-2e9, 0]) == ["−2 bn", "0"]
    assert tick_texts([0, 250, 500]) == ["0", "250", "500"]


def test_dates_under_a_plot_are_firsts_of_months_or_years_and_few_enough():
    first, last = date(2025, 2, 4), date(2030, 2, 3)
    assert [name for _, name in date_ticks(first, last, 232)] == ["2026", "2028", "2030"]
    months = date_ticks(first, date(2025, 9, 30), 760)
    assert months[0] == (date(2025, 3, 1), "Mar 2025") and len(months) == 7
    assert date_ticks(first, date(2025, 2, 20), 232)[0] == (first, "4 Feb 2025")


def test_a_simplified_line_is_nowhere_farther_than_told():
    random = np.random.default_rng(3)
    points = [complex(x, y) for x, y in enumerate(np.cumsum(random.normal(0, 0.4, 300)))]
    kept = simplified(points, UNSEEN_SHIFT)
    assert kept[0] == points[0] and kept[-1] == points[-1] and 2 < len(kept) < len(points)
    for start, end in pairwise(kept):
        for p in points:
            if start.real < p.real < end.real:
                along = end - start
                assert abs(((p - start) * along.conjugate()).imag) / abs(along) <= UNSEEN_SHIFT


def test_stairs_keep_each_height_until_the_next_point():
    assert stairs([(0, 5), (2, 7)], end=3) == [(0, 5), (2, 5), (2, 7), (3, 7)]


def test_a_line_passes_through_its_numbers():
    """The path is read back from the SVG, and its scale from the axis."""
    days = [date(2026, 1, 1) + timedelta(days=30 * place) for place in range(5)]
    rows = [{"day": day, "position": 1, "low": v - 20, "mean": v, "high": v + 20}
            for day, v in zip(days, (20, 80, 50, 90, 30), strict=True)]  # fmt: skip
    chart = charts.band_lines(rows, [1], width=400, height=200)
    lines = re.search(r'd="([^"]+)" stroke="#e4e8ec"', chart.body)[1]
    heights = [float(y) for y in re.findall(r"M[\d.]+,([\d.]+)H", lines)]
    labels = [float(each) for each in re.findall(r">(\d+)</text>", chart.body)[: len(heights)]]
    scale = np.polyfit(heights, labels, 1)
    path = re.search(rf'd="M([^"Z]+)"[^>]*stroke="{charts.COLORS[0]}"', chart.body)[1]
    drawn = path_points(f"M{path}")
    assert np.polyval(scale, [y for _, y in drawn]) == pytest.approx([20, 80, 50, 90, 30], abs=0.1)
    steps = np.diff([x for x, _ in drawn])
    assert steps == pytest.approx([100, 100, 100, 100], abs=0.2)
    assert chart.body.count("Z") == 1  # one band


def test_stacked_amounts_stand_on_each_other_and_negative_ones_hang():
    rows = [
        {"year": 2026, "category": "fee", "amount": 30.0},
        {"year": 2026, "category": "custody", "amount": 50.0},
        {"year": 2026, "category": "other", "amount": -20.0},
    ]
    body = charts.stacked_years(rows, ["custody", "fee", "other"], width=232).body
    bars = re.findall(r"M[\d.]+,([\d.]+)h[\d.]+V([\d.]+)h", body)
    (c1, c0), (f1, f0), (o1, o0) = [tuple(map(float, bar)) for bar in bars]
    assert f0 == c1 and o0 == c0  # the fee stands on custody; what is negative hangs from zero
    assert (c0 - c1) / (f0 - f1) == pytest.approx(5 / 3, rel=0.01)
    assert (c0 - c1) / (o1 - o0) == pytest.approx(5 / 2, rel=0.01)


def test_svgs_of_one_page_share_no_identifiers_and_words_stay_words():
    press, evil = Press(), "<script>alert(1)</script>\"'&"
    rows = [{"label": evil, "mean": 2.0, "low": 1.0, "high": 3.0, "text": evil}]
    drawn = [press.draw(charts.intervals(rows, width=width), evil, evil) for width in (330, 760)]
    page = Page("".join(drawn))
    assert page.open == [] and not page.all("script") and "<script>alert(1)" in page.text
    found = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(found) == len(set(found)) == 4
    assert standalone(drawn[0]).startswith('<svg xmlns="http://www.w3.org/2000/svg" font-family=')


def test_every_kind_of_chart_stays_on_its_paper():
    days = [date(2026, 1, 1) + timedelta(days=31 * place) for place in range(24)]
    row = {"position": 0, "low": -5e6, "mean": 1e6, "high": 3e9, "quarter": 0, "median": 5,
           "three_quarters": 7, "share": 0.5, "value": 2e9}  # fmt: skip
    rows = [{"day": day, **row} for day in days]
    bars = [{"label": "a long name of a rule of the agreement", "cite": "8 USC 1231(b)(2)(E)(vii)",
             "remaining": 7e6, "taken": 1e6, "at_low": -5.0, "at_high": 90.0, "error": 30.0,
             "told": False, "text": "+95 people", "mean": 3, "low": -1, "high": 4}] * 3  # fmt: skip
    boxes = [StateBox(str(k), f"State number {k}", ("a place", "12 at the end")) for k in range(9)]
    arrows = [Arrow(str(a), str(b), a * b + 1.0, "1,200") for a, b in combinations(range(9), 2)]
    arrows.append(Arrow("8", "0", 2.0, "2"))
    for width in (charts.NARROW, charts.WIDE):
        for chart in (
            charts.band_lines(rows, [0], width=width - 70, steps=rows),
            charts.fan(rows, width=width - 70, height=200, past=rows, baseline=rows),
            charts.open_share(rows, width=width - 70),
            charts.funnel(bars, width=width),
            charts.tornado(bars, 10.0, width=width),
            charts.intervals(bars, width=width),
            charts.bars(
                [{"label": "from a place → to another", "value": 4.0, "text": "4"}] * 3, width=width
            ),
            *([flow(boxes, arrows, width=width)] if width == charts.WIDE else []),
        ):
            assert chart.width <= width + 20
            numbers = re.findall(r"(?<=[ML ])(-?[\d.]+),(-?[\d.]+)", chart.body)
            for path in re.findall(r' d="([^"C]+)"', chart.body):
                numbers += path_points(path)
            numbers += re.findall(r' c?x="(-?[\d.]+)" c?y="(-?[\d.]+)"', chart.body)
            assert len(numbers) > 5
            for x, y in numbers:
                assert -1 <= float(x) <= chart.width + 1 and -1 <= float(y) <= chart.height + 1
            assert "nan" not in chart.body


def test_boxes_of_a_flow_do_not_overlap_and_moves_lead_down_but_for_circles():
    boxes = [StateBox(name, name) for name in "abcdefgh"]
    pairs = ["ab", "ac", "ad", "ae", "bf", "cf", "df", "eg", "fh", "gh", "ah", "ha"]
    arrows = [Arrow(p[0], p[1], 1.0 if p == "ha" else 10.0, p) for p in pairs]
    body = flow(boxes, arrows, width=760).body
    size = r'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)" rx'
    frames = [tuple(map(float, found)) for found in re.findall(size, body)]
    assert len(frames) == len(boxes)
    for (x0, y0, w0, h0), (x1, y1, w1, h1) in combinations(frames, 2):
        assert x0 + w0 <= x1 or x1 + w1 <= x0 or y0 + h0 <= y1 or y1 + h1 <= y0
    assert body.count('stroke-dasharray="5 3"') == 1  # only the move back to the first box


def test_numbers_of_a_flow_stand_off_each_other_where_there_is_room():
    boxes = [StateBox(name, name) for name in "abcd"]
    arrows = [Arrow(a, b, 10.0, "1,070,000") for a in "ab" for b in "cd"]
    body = flow(boxes, arrows, width=330).body
    size = r'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="14"'
    backs = [tuple(map(float, found)) for found in re.findall(size, body)]
    assert len(backs) == 4
    for (x0, y0, w0), (x1, y1, w1) in combinations(backs, 2):
        assert x0 + w0 <= x1 or x1 + w1 <= x0 or abs(y0 - y1) >= 14


def test_rising_numbers_are_the_nearest():
    """Against the closed form of isotonic regression: the greatest of least means."""
    values = list(np.random.default_rng(5).normal(0, 1, 12))
    sums = np.concatenate([[0.0], np.cumsum(values)])
    wanted = [
        max(min((sums[t + 1] - sums[s]) / (t + 1 - s) for t in range(k, 12)) for s in range(k + 1))
        for k in range(12)
    ]
    assert _rising(values) == pytest.approx(wanted)
    assert math.isclose(sum(_rising(values)), sum(values))


def test_long_names_are_cut_with_an_ellipsis():
    assert wrapped("one two", 20) == ["one two"]
    assert wrapped("in a state of great and lasting need of room", 18) == [
        "in a state of", "great and lasting…",
    ]  # fmt: skip
