"""What sweeps cost beside the kernel: pieces, the store, and two workers against one.

A machine that does other things too disturbs seconds on the wall; CPU seconds hardly.
Usage: python benchmarks/sweeps.py [--people N] [--settings N] [--workers]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import sojourn as sj
from sojourn.engine.kernel import day_loop
from sojourn.run.histories import look_away
from sojourn.run.run import Options, SettledRun
from sojourn.sweeps.job import compute, job_of

STOCK = "populations.all.stock.count"


def made(people: int) -> str:
    return f"""
study: Many people
period: {{from: 2026-01-01, to: 2028-01-01}}
states: {{held: {{}}}}
transitions: {{held -> out: {{after: {{mean: {{between: [300 days, 500 days]}}}}}}}}
populations:
  all:
    stock: {{count: {people} people, state: held, served: equilibrium}}
    admissions: {{per year: {{between: [{people} people, {2 * people} people]}}, into: held}}
money: {{currency: EUR, payments: {{bed: {{payer: A, payee: B, per: person-day in held,
  amount: 90 EUR}}}}}}
measures: {{held: {{people: held, at: end}}, cost: {{money: bed}}}}
scenarios: {{as it is: {{}}}}
"""


class Kernel:
    """Adds up the CPU seconds of the kernel."""

    def __init__(self):
        self.seconds, self._genuine = 0.0, day_loop.run_days
        day_loop.run_days = self

    def __call__(self, *arguments):
        begun = time.thread_time()
        try:
            return self._genuine(*arguments)
        finally:
            self.seconds += time.thread_time() - begun


def piece(study, kernel, place: Path) -> None:
    """One piece after another, as a worker computes them; the first one compiles."""
    run = SettledRun(study._checked, Options(threads=1), None, look_away)
    job = job_of(run)
    compute(job.of_draws(0, 1), str(place))
    kernel.seconds, cpu, pieces = 0.0, time.process_time(), 3
    for number in range(1, 1 + pieces):
        compute(job.of_draws(number, 1), str(place))
    cpu = time.process_time() - cpu
    each = kernel.seconds / pieces
    told(f"outside the kernel, pieces of {each:.2f} s", f"{cpu / kernel.seconds - 1:.1%}")


def store(study, settings: int, place: Path) -> None:
    """A sweep, the same again, and with one price more."""
    counts = f"1000000 people..1200000 people/{settings}"
    seconds = []
    for vary in (
        {STOCK: counts},
        {STOCK: counts},
        {STOCK: counts, "money.payments.bed.amount": "90 EUR; 91 EUR"},
    ):
        begun, cpu = time.perf_counter(), time.process_time()
        sj.sweep(study, vary, draws=2, out=place, progress=False)
        seconds.append((time.perf_counter() - begun, time.process_time() - cpu))
    for what, (wall, cpu) in zip(("a sweep", "the same again", "another price"), seconds,
                                 strict=True):  # fmt: skip
        told(f"{what}, {settings} settings", f"{wall:.2f} s ({cpu:.2f} s CPU)")
    told("the same again is faster", f"{seconds[0][1] / seconds[1][1]:.0f} times, by CPU")


def workers(study, place: Path) -> None:
    """One worker of Dask, then two."""
    seconds = {}
    for count in (1, 2):
        begun = time.perf_counter()
        sj.sweep(study, {STOCK: "1000000 people; 1100000 people"}, draws=16,
                 out=place / str(count), on=f"local:{count}", progress=False)  # fmt: skip
        seconds[count] = time.perf_counter() - begun
    told("two workers are faster than one", f"{seconds[1] / seconds[2]:.2f} times, by the clock")


def told(what: str, value: str) -> None:
    print(f"{what:<44}{value}", flush=True)


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--people", type=int, default=3_000_000)
    options.add_argument("--settings", type=int, default=5)
    options.add_argument("--workers", action="store_true", help="needs sojourn[dask], two cores")
    asked = options.parse_args()
    study, kernel = sj.load(made(asked.people)), Kernel()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        piece(study, kernel, folder)
        store(study, asked.settings, folder / "sweep")
        if asked.workers:
            workers(study, folder)


if __name__ == "__main__":
    main()
