"""The README's picture, drawn from what `make demo` computed: `python docs/picture.py [RUN]`."""

from __future__ import annotations

import sys
from pathlib import Path

import altair as alt
import vl_convert

from sojourn.results.run_folder.query import query

RUN = Path("out/demo/run")
PICTURE = Path(__file__).parent / "images" / "held.svg"
SCENARIOS = ("as offered", "law as it stands", "no agreement")
HELD = f"""
    with held as (
        select scenario, draw, replicate, period, sum(people) as people
        from census where state like 'held_%' and scenario in {SCENARIOS} group by all
    )
    select scenario, strftime(period, '%Y-%m-%d') as month, avg(people) as mean,
        quantile_cont(people, 0.05) as low, quantile_cont(people, 0.95) as high
    from held group by all order by all
"""
COUNT = "select count(distinct (draw, replicate)) as count from histories"
COLOURS = ("#d55e00", "#0072b2", "#555555")  # Okabe and Ito: told apart by colour-blind readers


def picture(run: Path) -> str:
    """People held in El Salvador by month under three scenarios, as SVG: mean and range."""
    rows = query(run, HELD).to_pylist()
    ((count,),) = (row.values() for row in query(run, COUNT).to_pylist())
    title = alt.Title(
        "People held in El Salvador",
        subtitle=f"Mean and 5th to 95th percentile of {count} histories",
        anchor="start",
    )
    colour = alt.Color(
        "scenario:N", sort=SCENARIOS, scale=alt.Scale(range=COLOURS), title=None
    ).legend(
        orient="top", labelFontSize=13, symbolOpacity=1, symbolType="stroke", symbolStrokeWidth=3
    )
    month = alt.X("month:T", title=None, axis=alt.Axis(format="%Y", tickCount="year"))
    base = alt.Chart(alt.Data(values=rows)).encode(x=month, color=colour)
    band = base.mark_area(opacity=0.18).encode(
        y=alt.Y("low:Q", title=None, axis=alt.Axis(format=",d", tickCount=5)), y2="high:Q"
    )
    line = base.mark_line(strokeWidth=2.5).encode(y="mean:Q")
    chart = (
        (band + line)
        .properties(width=640, height=260, background="white", title=title)
        .configure_axis(labelFontSize=12, titleFontSize=12, gridColor="#e4e4e4")
        .configure_view(stroke=None)
    )
    return vl_convert.vegalite_to_svg(chart.to_dict())


if __name__ == "__main__":
    PICTURE.write_text(picture(Path(sys.argv[1]) if sys.argv[1:] else RUN), encoding="utf-8")
