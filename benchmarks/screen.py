"""How long a cohort of made people takes to the full funnel, and OpenFisca-core on the same rows.

`python benchmarks/screen.py [ROWS …]` (default 1e6 1e7; `1e8` needs 1.4 GB of disk): 16 rules over
21 facts, each value missing with probability 5 %. Every figure is taken in a process of its own.
The ratios are of medians of one run, on the rows that OpenFisca can hold in memory.
`--keep DIR` leaves the cohorts there.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPEATS = int(os.environ.get("REPEATS", "5"))
MOST_FOR_PEER = 10_000_000
"""Rows that OpenFisca holds in 4 GB."""
MISSING = 0.05

TEXTS = {
    "nationality": "NL SV VE MX GT HN BR TR MA SY RO PL",
    "sex": "male female",
    "class": "1 2 3 4",
    "offence": "theft assault drugs fraud murder traffic arson other",
    "status": "sentenced remand appeal administrative",
    "health": "fit chronic acute psychiatric",
    "speaks": "no en es nl ar",
}
NUMBERS = {"age": (18, 80), "arrests": (0, 30), "convictions": (0, 12), "dependants": (0, 6)}
YES = {"citizen": 0.1, "pregnant": 0.02, "asylum": 0.1, "consents": 0.6, "victim": 0.05}
DATES = {"entered": "2015-01-01", "sentenced_on": "2016-01-01", "release": "2026-06-01"}
DAYS = {"sentence": (30, 7300), "served": (0, 3650)}

RULES = (
    "sex = 'male'",
    "age >= 18",
    "not citizen",
    "nationality not in ('NL', 'TR')",
    "class in ('2', '3')",
    "status = 'sentenced'",
    "not pregnant",
    "health in ('fit', 'chronic')",
    "not asylum or offence in ('murder', 'arson')",
    "consents or convictions >= 3",
    "not victim",
    "release - 2026-09-01 >= 180 days",
    "sentence - served >= 120 days",
    "sentenced_on + 30 days <= 2026-09-01",
    "arrests <= 20 and dependants < 4",
    "speaks in ('no', 'en', 'nl') or entered < 2020-01-01",
)

OF_SETS = {
    "nationality not in ('NL', 'TR')": "not any(nationality) in ('NL', 'TR')",
    "sentence - served >= 120 days": "served <= 0.55 * sentence",
}
"""Rules of the agreement in which people have several nationalities, and parts of a sentence."""


def agreement_text(*, sets: bool = False) -> str:
    """The agreement as a file."""
    facts = {name: "{values: [" + ", ".join(map(repr, values.split())) + "]}"
             for name, values in TEXTS.items()}  # fmt: skip
    facts |= {
        name: f"{{type: number, range: [0, {2 * high}]}}" for name, (_, high) in NUMBERS.items()
    }
    facts |= dict.fromkeys(YES, "{type: yes-no}") | dict.fromkeys(DATES, "{type: date}")
    facts |= dict.fromkeys(DAYS, "{type: duration, range: [0 days, 40000 days]}")
    if sets:
        facts["nationality"] = facts["nationality"].replace("{", "{type: set, ")
    lines = ["title: A made agreement", "sending: A", "receiving: B", "facts:"]
    lines += [f"  {name}: {words}" for name, words in facts.items()]
    lines += ["rules:"]
    lines += [
        f'  rule {place}: {{require: "{OF_SETS.get(rule, rule) if sets else rule}", '
        f"cite: Article {place}}}"
        for place, rule in enumerate(RULES, 1)
    ]
    return "\n".join(lines) + "\n"


def make_cohort(rows: int, file: Path) -> None:
    """Made people: every value is a function of the row's number, so they can be made anew."""
    import duckdb

    seeds = iter(range(1, 1000))

    def uniform() -> str:
        return f"(hash(i * 1024 + {next(seeds)}) / 18446744073709551616.0)"

    def maybe(name: str, value: str) -> str:
        return f"CASE WHEN {uniform()} >= {MISSING} THEN {value} END AS {name}"

    columns = []
    for name, values in TEXTS.items():
        options = values.split()
        columns.append(
            maybe(
                name,
                f"list_extract({options}, 1 + CAST(floor({uniform()} * {len(options)}) AS INT))",
            )
        )
    for name, (low, high) in (NUMBERS | DAYS).items():
        columns.append(maybe(name, f"CAST(floor({low} + {uniform()} * {high - low}) AS DOUBLE)"))
    columns += [maybe(name, f"{uniform()} < {share}") for name, share in YES.items()]
    columns += [
        maybe(name, f"DATE '{first}' + CAST(floor({uniform()} * 3650) AS INT)")
        for name, first in DATES.items()
    ]
    with duckdb.connect(config={"memory_limit": "1GB"}) as connection:
        connection.execute(
            f"COPY (SELECT {', '.join(columns)} FROM range({rows}) AS made(i)) TO '{file}' "
            "(FORMAT parquet, COMPRESSION zstd)"
        )


def ours(agreement_file: Path, file: Path) -> dict[str, float]:
    """One screening, in this process: seconds with the reading of the agreement, and memory."""
    from sojourn.rules.agreement.file import read_agreement
    from sojourn.screening.screen import ScreenOptions, screen_cohort

    wall, cpu = time.perf_counter(), time.process_time()
    agreement = read_agreement(agreement_file)
    done = screen_cohort(agreement, str(file), ScreenOptions(smallest=0, threads=2))
    return {
        "wall": time.perf_counter() - wall,
        "cpu": time.process_time() - cpu,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "eligible": done.published.statuses[1]["people"],
        "rows": done.published.people or 0,
    }


def alone(what: str, *words: object, python: str = sys.executable) -> dict[str, float]:
    """What a process of its own found."""
    command = [python, __file__, "--alone", what, *map(str, words)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def times(what: str, *words: object) -> list[dict[str, float]]:
    return [alone(what, *words) for _ in range(REPEATS)]


def shown(name: str, rows: int, runs: list[dict[str, float]]) -> None:
    wall, cpu = ([run[kind] for run in runs] for kind in ("wall", "cpu"))
    print(
        f"{name:<16}{rows:>12,}{min(wall):>9.2f}{statistics.median(wall):>9.2f}{min(cpu):>9.2f}"
        f"{statistics.median(cpu):>9.2f}{max(run['memory'] for run in runs):>9.0f} MB"
        f"   load {os.getloadavg()[0]:.1f}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="*", type=float, default=[1e6, 1e7])
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--alone", nargs="+")
    options = parser.parse_args()
    if options.alone:
        what, agreement_file, file = options.alone[0], *map(Path, options.alone[1:])
        if what == "ours":
            print(json.dumps(ours(agreement_file, file)))
        else:
            from peers.with_openfisca import screen

            print(json.dumps(screen(file, RULES, coded=what == "coded")))
        return
    folder = options.keep or Path(tempfile.mkdtemp(prefix="sojourn-screen-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        measure(folder, [int(rows) for rows in options.rows])
    finally:
        if options.keep is None:
            shutil.rmtree(folder)


def measure(folder: Path, sizes: list[int]) -> None:
    plain, of_sets = folder / "agreement.yaml", folder / "sets.yaml"
    plain.write_text(agreement_text(), encoding="utf-8")
    of_sets.write_text(agreement_text(sets=True), encoding="utf-8")
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}")
    print(f"{len(RULES)} rules; seconds: least and median of {REPEATS}; memory: most of a process")
    print(f"{'':<16}{'rows':>12}{'wall':>9}{'':>9}{'cpu':>9}")
    for rows in sizes:
        file = folder / f"cohort-{rows}.parquet"
        if not file.exists():
            make_cohort(rows, file)
        runs = times("ours", plain, file)
        shown("Sojourn", rows, runs)
        shown("sets, decimals", rows, times("ours", of_sets, file))
        if rows <= MOST_FOR_PEER:
            for what, name in (("texts", "OpenFisca"), ("coded", "with our codes")):
                peers = times(what, plain, file)
                shown(name, rows, peers)
                ratios = [
                    statistics.median(run[kind] for run in peers)
                    / statistics.median(run[kind] for run in runs)
                    for kind in ("wall", "cpu")
                ]
                print(f"{name} / Sojourn: wall {ratios[0]:.1f}, cpu {ratios[1]:.1f}")


if __name__ == "__main__":
    main()
