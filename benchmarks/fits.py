"""What a fit costs: exact means of one draw after another, and the federal prisons fitted.

`python benchmarks/fits.py` prints milliseconds of CPU for the draws of a study with eight groups,
120 months, stays of up to 120 months and returns from parole, and seconds for `sojourn fit` of the
study `federal-prisons` by 1,000 evaluations. The first draw loads what is compiled.
"""

from __future__ import annotations

import platform
import time
from statistics import median

import sojourn as sj
from sojourn.engine.compile.scenario import compile_program
from sojourn.engine.expected.solver import expected
from sojourn.uncertainty.draws import Draw

GROUPS = tuple(f"g{number}" for number in range(8))
DRAWS = 40


def study() -> str:
    """The study, as text."""
    prison = ", ".join(
        f"{group}: {{quantiles: {{0 %: 1 day, 50 %: {300 + 40 * n} days, 100 %: 3650 days}}}}"
        for n, group in enumerate(GROUPS)
    )
    back = ", ".join(
        f"{group}: {{lognormal: {{mean: {200 + 20 * n} days, sd: 300 days}}}}"
        for n, group in enumerate(GROUPS)
    )
    shares = ", ".join(f"{group}: 12.5 %" for group in GROUPS)
    return f"""\
study: Eight groups
period: {{from: 2020-01-01, to: 2030-01-01, step: month, report: year, by: [group]}}
parameters: {{back: {{between: [20 %, 40 %]}}}}
facts: {{group: {{values: [{", ".join(GROUPS)}]}}}}
states: {{prison: {{}}, parole: {{}}, done: {{end: yes}}}}
transitions:
  prison -> parole: {{after: {{by: group, of: {{{prison}}}}}}}
  parole -> prison: {{chance: {{parameter: back}}, after: {{by: group, of: {{{back}}}}}}}
  parole -> done: {{after: 2 years}}
populations:
  all:
    split: {{group: {{{shares}}}}}
    stock: {{count: 10000 people, state: prison}}
    admissions: {{per month: 500 people, into: prison}}
measures: {{held: {{people: prison, at: end}}}}
scenarios: {{as it is: {{}}}}
"""


def main() -> None:
    print(f"Python {platform.python_version()}, {platform.machine()}; CPU time")
    checked = sj.load(study())._checked
    inputs = checked.inputs["as it is"]
    times = []
    for number in range(DRAWS):
        start = time.process_time()
        draw = Draw(1, number)
        cells = inputs.cells_under(draw)
        expected(
            compile_program(checked.study, inputs.scenario, cells, inputs.outcomes, draw.value)
        )
        times.append(1000 * (time.process_time() - start))
    first, others = times[0], times[1:]
    print(f"{len(GROUPS)} groups, 120 months, returns: first draw {first:,.0f} ms, others", end=" ")
    print(f"{min(others):.1f} ms at best, {median(others):.1f} ms in the middle")
    start = time.process_time()
    fit = sj.example("federal-prisons").fit()
    seconds = time.process_time() - start
    print(f"federal-prisons: {fit.record['evaluations']:,} evaluations in {seconds:.0f} s")


if __name__ == "__main__":
    main()
