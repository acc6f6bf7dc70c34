"""Sojourn at one of the works, as a user gets it: study folder, check, program, histories."""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from works import Work

from sojourn.engine.compile.scenario import compile_program
from sojourn.engine.kernel.simulate import simulate
from sojourn.engine.program import History, Program
from sojourn.run.check import check_study
from sojourn.uncertainty.draws import Draw


def program_of(work: Work) -> Program:
    """The work's program, from its study folder."""
    with tempfile.TemporaryDirectory() as folder:
        checked = check_study(work.write(Path(folder)), None)
    study = checked.study
    scenario = study.scenarios[study.baseline]
    draw = Draw(1, 0)
    inputs = checked.inputs[study.baseline]
    return compile_program(study, scenario, inputs.cells_under(draw), inputs.outcomes, draw.value)


def counted(program: Program, history: History) -> dict[str, Any]:
    """Events (admissions and moves), people alive, mean census and flows."""
    flows = history.flows.sum(axis=(0, 2)).tolist()
    states = (*program.state_names, "outside")
    flow: dict[str, float] = {"admitted": int(history.admitted.sum())}
    for number, (source, target) in enumerate(
        zip(program.branch_source.tolist(), program.branch_target.tolist(), strict=True)
    ):
        name = f"{states[source]} > {states[target] if target >= 0 else 'out'}"
        flow[name] = flow.get(name, 0) + flows[number]
    census = history.census.sum(axis=2)
    return {
        "events": int(history.flows.sum() + history.admitted.sum()),
        "alive": int(census.sum(axis=1).max()),
        "census": dict(zip(states, census.mean(axis=0).tolist(), strict=True)),
        "flows": flow,
    }


def warm(work: Work) -> Program:
    """The work's program, with the compiled code ready."""
    if work.name == "national":
        program = program_of(work)
        simulate(program, seed=1, replicate=0)
        return program
    simulate(program_of(Work(work.name, 1.0, work.load, 40)), seed=1, replicate=0)
    return program_of(work)


def speed(work: Work, least: float) -> dict[str, Any]:
    """Counts of one history, and the least CPU seconds of several: as many as fit into `least`."""
    program = warm(work)
    seconds: list[float] = []
    while not seconds or sum(seconds) < least:
        start = time.process_time()
        history = simulate(program, seed=1, replicate=len(seconds))
        seconds.append(time.process_time() - start)
        found = counted(program, history)
    return {**found, "seconds": min(seconds)}


def spread(work: Work, replicates: int) -> dict[str, Any]:
    """Mean and standard deviation over replicates of every mean census and flow."""
    program = warm(work)
    runs = [counted(program, simulate(program, seed=2, replicate=i)) for i in range(replicates)]
    return {
        kind: {
            name: (
                statistics.fmean(run[kind][name] for run in runs),
                statistics.stdev(run[kind][name] for run in runs),
            )
            for name in runs[0][kind]
        }
        for kind in ("census", "flows")
    }


def threads(work: Work, pairs: int) -> dict[str, Any]:
    """Histories per second of wall time on two threads over those on one, best of several."""
    program = warm(work)
    one, two = [], []
    with ThreadPoolExecutor(2) as pool:
        for pair in range(pairs):
            start = time.perf_counter()
            alone = simulate(program, seed=1, replicate=pair)
            one.append(time.perf_counter() - start)
            start = time.perf_counter()
            both = list(
                pool.map(lambda n: simulate(program, seed=1, replicate=n), (pair, pairs + pair))
            )
            two.append(time.perf_counter() - start)
            if not np.array_equal(alone.census, both[0].census):
                raise SystemExit("two threads do not count what one counts")
    return {"one": min(one), "two": min(two), "times": 2 * min(one) / min(two)}


if __name__ == "__main__":
    what, name, daily, load, days, amount = sys.argv[1:]
    given = Work(name, float(daily), float(load), int(days))
    task = {
        "speed": lambda: speed(given, float(amount)),
        "spread": lambda: spread(given, int(amount)),
        "threads": lambda: threads(given, int(amount)),
    }[what]
    print(json.dumps(task()))
