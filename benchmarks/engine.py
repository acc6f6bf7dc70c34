"""How fast the engine is, beside others at the same work.

    python benchmarks/engine.py [flow|capacity|national|all] [--quick] [--json FILE]

Every figure is taken in a process of its own. Rates are per core, from CPU time; the same work done
by others is compared with ours, and a difference that chance does not explain ends the program.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Any

from works import DAYS, Work

HERE = Path(__file__).parent
OURS = "Sojourn"
BY_HAND = "C by hand"
COUNTING = "C, counting"
"""The same, but whoever leaves next is counted and has no record, as Sojourn does it."""
PEERS = {
    "Python loop": "loop.py",
    "SimPy": "with_simpy.py",
    "Ciw": "with_ciw.py",
    "salabim": "with_salabim.py",
}
SLOW = ("Ciw", "salabim")
"""Their time for an event grows with the people alive, so they get fewer."""
ALIVE_PER_DAILY = 473.4
"""*flow*: people alive in the end for each one admitted a day."""
MOST_DEVIATIONS = 4.5
REPLICATES = 40


@dataclass(slots=True)
class Row:
    """One line of the table."""

    work: str
    who: str
    daily: float
    alive: int
    events: int
    seconds: float
    megabytes: float
    bytes_per_person: float | None = None
    ratio: float | None = None
    """Our events per second over theirs."""
    deviations: float | None = None
    """Greatest difference from our mean census and flows, in standard errors."""

    @property
    def rate(self) -> float:
        """Million events per second."""
        return self.events / self.seconds / 1e6


def child(command: Sequence[str]) -> tuple[dict[str, Any], float]:
    """What the command prints as JSON, and the most memory it had in megabytes."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    text = process.stdout.read()
    process.stdout.close()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed")
    return json.loads(text or b"null"), used.ru_maxrss / 1024


def ours(what: str, work: Work, amount: float) -> tuple[dict[str, Any], float]:
    """A task of ours.py."""
    numbers = (work.daily, work.load, work.days, amount)
    words = [f"{number:g}" for number in numbers]
    return child([sys.executable, str(HERE / "ours.py"), what, work.name, *words])


def build(folder: Path) -> dict[str, Path]:
    """The kernels by hand, compiled for this machine; none without a compiler."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        return {}
    source = str(HERE / "peers" / "kernel.c")
    made = {}
    for who, more in {BY_HAND: [], COUNTING: ["-DCOUNTING"]}.items():
        made[who] = folder / who
        options = ["-O3", "-march=native", *more, "-o", str(made[who]), source, "-lm"]
        subprocess.run([compiler, *options], check=True)
    return made


class Bench:
    """The rows so far, and what they are compared with."""

    def __init__(self, quick: bool, kernels: dict[str, Path]) -> None:
        self.quick = quick
        self.kernels = kernels
        self.rows: list[Row] = []
        self.other: dict[str, Any] = {}
        self._spread: dict[Work, dict[str, Any]] = {}
        self._empty: dict[tuple[str, str], float] = {}

    def ours(self, work: Work) -> Row:
        """Time Sojourn."""
        found, most = ours("speed", work, 0.5 if self.quick else 3.0)
        return self._add(self._row(work, OURS, found, most))

    def peer(self, work: Work, who: str, beside: Row | None = None) -> Row:
        """Time another; `beside` is our row that the ratio is taken to."""
        words = [work.name, f"{work.daily:g}", str(work.days)]
        places = [str(work.places)] if work.load else []
        if who in self.kernels:
            command = [str(self.kernels[who]), *words]
        else:
            command = [sys.executable, str(HERE / "peers" / PEERS[who]), *words]
        found, most = child([*command, "1", *places])
        times = [found["seconds"]]
        while sum(times) < (0.5 if self.quick else 3.0):
            times.append(child([*command, str(len(times) + 1), *places])[0]["seconds"])
        found["seconds"] = min(times)
        row = self._row(work, who, found, most)
        row.deviations = self._deviations(work, found)
        if beside is not None:
            row.ratio = beside.rate / row.rate
        if row.deviations > MOST_DEVIATIONS:
            print(line(row))
            raise SystemExit(
                f"{who} does not do the same work as {OURS}: {row.deviations:.1f} standard errors"
            )
        return self._add(row)

    def _row(self, work: Work, who: str, found: dict[str, Any], most: float) -> Row:
        row = Row(
            work.title, who, work.daily, found["alive"], found["events"], found["seconds"], most
        )
        if who in (OURS, *self.kernels) and row.alive >= 900_000:
            row.bytes_per_person = (most - self._without_people(work, who)) * 2**20 / row.alive
        return row

    def _add(self, row: Row) -> Row:
        self.rows.append(row)
        print(line(row), flush=True)
        return row

    def _without_people(self, work: Work, who: str) -> float:
        """Megabytes of the process when next to nobody is alive."""
        if (who, work.name) not in self._empty:
            few = Work(work.name, 1.0, work.load, work.days)
            if who == OURS:
                most = ours("speed", few, 0.0)[1]
            else:
                words = [work.name, "1", str(work.days), "1", str(few.places if work.load else 0)]
                most = child([str(self.kernels[who]), *words])[1]
            self._empty[who, work.name] = most
        return self._empty[who, work.name]

    def _deviations(self, work: Work, found: dict[str, Any]) -> float:
        """Greatest difference from the mean of many of our own histories of such a work.

        Means grow with the admissions and variances too, so many admitted are held against the
        spread of fewer; their places are of the same load.
        """
        base = Work(work.name, min(work.daily, 100.0), work.load, work.days)
        times = work.daily / base.daily
        if base not in self._spread:
            self._spread[base] = ours("spread", base, REPLICATES)[0]
        worst = 0.0
        for kind in ("census", "flows"):
            for name, (mean, deviation) in self._spread[base][kind].items():
                theirs = found[kind].get(name, 0.0)
                error = deviation * sqrt(times + times * times / REPLICATES)
                if error > 0.0:
                    worst = max(worst, abs(theirs - times * mean) / error)
                elif theirs != times * mean:
                    worst = float("inf")
        return worst


HEAD = (
    f"{'work':<14}{'who':<13}{'per day':>9}{'alive':>12}{'events':>13}{'seconds':>10}"
    f"{'M/s':>9}{'ours/theirs':>13}{'B/person':>10}{'MB':>7}{'differs by':>12}"
)


def line(row: Row) -> str:
    """The row as text."""
    ratio = "" if row.ratio is None else f"{row.ratio:,.2f}"
    each = "" if row.bytes_per_person is None else f"{row.bytes_per_person:.1f}"
    differs = "" if row.deviations is None else f"{row.deviations:.1f} s.e."
    rate = f"{row.rate:.4f}" if row.rate < 1 else f"{row.rate:.1f}"
    return (
        f"{row.work:<14}{row.who:<13}{row.daily:>9g}{row.alive:>12,}{row.events:>13,}"
        f"{row.seconds:>10.3f}{rate:>9}{ratio:>13}{each:>10}{row.megabytes:>7.0f}{differs:>12}"
    )


def flow(bench: Bench) -> None:
    """From 10 thousand to 10 million people alive."""
    sizes = [1e4, 1e5, 1e6] if bench.quick else [1e4, 1e5, 1e6, 1e7]
    rates = []
    for alive in sizes:
        work = Work("flow", round(alive / ALIVE_PER_DAILY, 1))
        row = bench.ours(work)
        rates.append(row.rate)
        for who in bench.kernels:
            bench.peer(work, who, row)
        if alive <= (1e4 if bench.quick else 1e5):
            for who in PEERS:
                if who not in SLOW:
                    bench.peer(work, who, row)
    _slow(bench, "flow", 0.0)
    bench.other["flow, slowest size over fastest"] = min(rates) / max(rates)


def capacity(bench: Bench) -> None:
    """A line that never ends, and one that stays empty."""
    for load in (1.25, 0.95):
        for daily in [1_000] if bench.quick else [100, 1_000, 10_000]:
            work = Work("capacity", daily, load)
            row = bench.ours(work)
            for who in bench.kernels:
                bench.peer(work, who, row)
        work = Work("capacity", 20 if bench.quick else 100, load)
        row = bench.ours(work)
        for who in PEERS:
            if who not in SLOW:
                bench.peer(work, who, row)
        _slow(bench, "capacity", load)


def _slow(bench: Bench, name: str, load: float) -> None:
    work = Work(name, 1.0, load, DAYS // 2 if bench.quick else DAYS)
    row = bench.ours(work)
    for who in SLOW:
        bench.peer(work, who, row)


def national(bench: Bench) -> None:
    """One history, two at once, and a whole run with its bands."""
    work = Work("national")
    bench.ours(work)
    both = ours("threads", work, 1 if bench.quick else 5)[0]
    bench.other["national, two threads over one"] = both["times"]
    draws = 6 if bench.quick else 200
    with tempfile.TemporaryDirectory() as name:
        study, out = work.write(Path(name) / "study"), Path(name) / "run"
        command = [
            sys.executable,
            "-c",
            "from sojourn.cli.app import main; main()",
            "run",
            str(study),
        ]
        command += ["--draws", str(draws), "--out", str(out), "--progress"]
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit("sojourn run failed")
        bench.other[f"national, sojourn run of {draws} draws, seconds"] = (
            time.perf_counter() - start
        )
        bench.other[f"national, sojourn run of {draws} draws, megabytes"] = used.ru_maxrss / 1024
        record = json.loads((out / "run.json").read_text(encoding="utf-8"))
        for phase, seconds in record["seconds"].items():
            bench.other[f"national, seconds in {phase}"] = seconds


WORKS: dict[str, Callable[[Bench], None]] = {
    "flow": flow,
    "capacity": capacity,
    "national": national,
}


def machine() -> dict[str, Any]:
    """What it was measured on."""
    model = platform.machine()
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
        model = next(t.partition(":")[2].strip() for t in text.splitlines() if "model name" in t)
    except (OSError, StopIteration):
        pass
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load before": os.getloadavg()[0],
    }


def main() -> None:
    """Run the works asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("work", nargs="?", default="all", choices=[*WORKS, "all"])
    parser.add_argument("--quick", action="store_true", help="smaller sizes, fewer repeats")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    options = parser.parse_args()
    about = machine()
    print(", ".join(f"{name} {value}" for name, value in about.items()))
    print(HEAD)
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(options.quick, build(Path(name)))
        for work in WORKS if options.work == "all" else [options.work]:
            WORKS[work](bench)
    for what, value in bench.other.items():
        print(f"{what:<50}{value:10.2f}")
    if options.json:
        rows = [
            {**{name: getattr(row, name) for name in row.__slots__}, "rate": row.rate}
            for row in bench.rows
        ]
        text = json.dumps({"machine": about, "rows": rows, "other": bench.other}, indent=1)
        options.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
