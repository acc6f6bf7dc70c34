"""A small study with a history, of which much is known in closed form."""

from __future__ import annotations

from pathlib import Path

import sojourn as sj

STUDY = """\
study: One prison
period: {from: 2010-01-01, to: 2020-01-01, step: year}
run: {seed: 3, draws: 50}
history:
  prisons:
    file: prisons.csv
    date: year
    states: [prison]
    stock: {column: held, error: 20 people}
    admissions: came
    releases: left
parameters:
  a_year: {between: [300 people, 900 people], fit: yes}
states: {prison: {}, out_again: {end: yes}}
transitions: {prison -> out_again: {after: 2 years}}
populations:
  sentenced: {admissions: {per year: {parameter: a_year}, into: prison}}
measures: {held: {people: prison, at: end}}
scenarios:
  as it is: {}
  more:
    populations.sentenced.admissions.per year:
      2010-01-01: {parameter: a_year}
      2019-01-01: {parameter: a_year, times: 120 %}
"""
TABLE = """\
year,held,came,left
2010,610,600,0
2011,1190,600,0
2012,1215,600,600
2013,,600,600
2014,1180,600,600
"""


def prison(folder: Path, *replacements: tuple[str, str], table: str = TABLE) -> sj.Study:
    """The study in a folder, with replacements (old, new); every old must be there."""
    text = STUDY
    for old, new in replacements:
        assert old in text, old
        text = text.replace(old, new)
    (folder / "study.yaml").write_text(text, encoding="utf-8")
    (folder / "prisons.csv").write_text(table, encoding="utf-8")
    return sj.load(folder)
