"""How long the parts of the demo take, each in a process of its own, as a user meets them."""

from __future__ import annotations

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

STUDY = Path(__file__).parents[1] / "src" / "sojourn" / "examples" / "us-el-salvador"
SOJOURN = [sys.executable, "-c", "from sojourn.cli.app import main; main()"]
DRAWS = int(sys.argv[1]) if len(sys.argv) > 1 else 4
"""`python benchmarks/demo.py 100` is the whole demo."""


KERNEL = """
import sys, time
from pathlib import Path
from threading import Lock
import sojourn as sj
from sojourn.engine.kernel import day_loop
from sojourn.run.run import cores

study, out, draws = sj.load(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
study.run(draws=1, out=out / "first")
compiled, spent, adding = day_loop.run_days, [], Lock()

def timed(*arguments):
    start = time.thread_time()
    try:
        return compiled(*arguments)
    finally:
        with adding:
            spent.append(time.thread_time() - start)

day_loop.run_days = timed
start, began = time.perf_counter(), time.process_time()
study.run(draws=draws, out=out / "again")
wall, whole, kernel = time.perf_counter() - start, time.process_time() - began, sum(spent)
print(wall / (kernel / min(cores(), draws)), whole / kernel - 1)
"""
"""Wall time of a run, over the time that the kernel alone needs on all cores; and the CPU time of
all else, over the kernel's, which other programs on the machine hardly change."""


def seconds(command: list[str], repeat: int = 1) -> float:
    """Median wall time of the command."""
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run = [*SOJOURN, "run", str(STUDY), "--draws", str(DRAWS), "--quiet"]
        rows = {
            "import sojourn": seconds([sys.executable, "-c", "import sojourn"], 5),
            "sojourn --help": seconds([*SOJOURN, "--help"], 5),
            "sojourn check": seconds([*SOJOURN, "check", str(STUDY)], 3),
            f"sojourn run, {DRAWS} draws": seconds([*run, "--out", str(folder / "run")]),
            "  the same again": seconds([*run, "--out", str(folder / "run")]),
            "  on one thread": seconds([*run, "--out", str(folder / "one"), "--threads", "1"]),
            "sojourn report": seconds([*SOJOURN, "report", str(folder / "run")]),
        }
        told = [sys.executable, "-c", KERNEL, str(STUDY), str(folder / "kernel"), str(DRAWS)]
        done = subprocess.run(told, check=True, capture_output=True, text=True)
        ratio, outside = map(float, done.stdout.split())
        phases = json.loads((folder / "run" / "run.json").read_text(encoding="utf-8"))["seconds"]
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}")
    for what, value in rows.items():
        print(f"{what:<28}{value:8.2f} s")
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / (1 << 10)
    print(f"{'most memory of a process':<28}{most:8.0f} MB")
    for what, value in phases.items():
        print(f"  run: {what:<21}{value:8.2f} s")
    print(f"outside the kernel: {outside:.1%} of its CPU time")
    print(f"run / kernel: {ratio:.2f}")


if __name__ == "__main__":
    main()
