"""Time all analyses of a finished run of 1,000 draws and 60 uncertain inputs, and a new price.

The study is made here: six prisons, whose stocks, admissions and stays nobody knows, and 42 prices;
a programme that shortens stays is bought for a sum a year, or paid by the head, or not bought. It
is run with its histories, by months; then each analysis is asked once, after start.
Usage: python benchmarks/matters.py [--draws N] [--run FOLDER]
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

import sojourn as sj

PRISONS, PRICES = 6, 42
AGAINST, BY_HEAD = "as it is", "programme, paid by the head"
PRICE, OTHER_PRICE = (f"money.payments.service {n}.amount" for n in range(2))


def made() -> dict:
    """The study."""
    prisons = range(PRISONS)
    between = {n: [f"{80 + n} EUR", f"{110 + 2 * n} EUR"] for n in range(PRICES)}
    payments = {
        f"service {n}": {
            "payer": "State", "payee": "Prisons", "per": f"person-month in prison_{n % PRISONS}",
            "amount": {"between": ends},
        }
        for n, ends in between.items()
    }  # fmt: skip
    programme = {"payer": "State", "payee": "Clinic", "per": "year"}
    shorter = {
        f"transitions.prison_{n} -> released.after": {"mean": f"{14 + n} months"} for n in prisons
    }
    bought = {**shorter, "money.payments.programme": {**programme, "amount": "1400000 EUR"}}
    everywhere = ", ".join(f"prison_{n}" for n in prisons)
    payment = {**programme, "per": f"person-month in {everywhere}", "amount": "120 EUR"}
    by_head = {**shorter, "money.payments.programme": payment}
    return {
        "study": "Sixty unknowns",
        "period": {"from": "2026-01-01", "to": "2029-01-01", "report": "year", "step": "month"},
        "states": {f"prison_{n}": {} for n in prisons} | {"released": {"end": True}},
        "transitions": {
            f"prison_{n} -> released": {
                "after": {"mean": {"between": [f"{14 + n} months", f"{22 + n} months"]}}
            }
            for n in prisons
        },
        "populations": {
            f"people of {n}": {
                "stock": {
                    "count": {"between": ["150 people", "250 people"]},
                    "state": f"prison_{n}", "served": "equilibrium",
                },
                "admissions": {
                    "per year": {"between": ["80 people", "140 people"]}, "into": f"prison_{n}",
                },
            }
            for n in prisons
        },
        "money": {"currency": "EUR", "payments": payments},
        "measures": {
            "held": {"people": [f"prison_{n}" for n in prisons], "at": "end"},
            "cost": {"money": {"payer": "State"}},
        },
        "claims": {
            "affordable": {
                "says": "It costs less than 36 million.", "holds if": "cost < 36000000 EUR",
                "scenario": "programme",
            }
        },
        "scenarios": {AGAINST: {}, "programme": bought, BY_HEAD: by_head},
        "decisions": {
            "the programme": {
                "who": "The state", "least": "cost",
                "options": [AGAINST, "programme", BY_HEAD],
                "groups": {
                    "stays": [f"transitions.prison_{n} -> released.after.mean" for n in prisons]
                },
                "samples": {
                    "twenty books": {"of": PRICE, "observations": 20, "deviation": "30 EUR"}
                },
            }
        },
    }  # fmt: skip


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--draws", type=int, default=1000)
    options.add_argument("--run", type=Path, help="keep the run in this folder, or use it again")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "study"
        folder.mkdir()
        (folder / "study.yaml").write_text(json.dumps(made()), encoding="utf-8")
        study = sj.load(folder)
        out = asked.run or Path(name) / "run"
        run = timed("the run", lambda: study.run(draws=asked.draws, out=out))
        print(f"{asked.draws:,} draws, {run.record['uncertain']} inputs", flush=True)
        work = {
            "tornado, in people": lambda: run.tornado("held"),
            "tornado, in money": lambda: run.tornado("cost", against=AGAINST),
            "Sobol indices, in people": lambda: run.sensitivity("held"),
            "Sobol indices, in money": lambda: run.sensitivity("cost", against=AGAINST),
            "break-even price": lambda: run.break_even(PRICE, "cost", against=AGAINST),
            "value of information, three options": run.value_of_information,
            "ranges in which a claim fails": lambda: run.discover("affordable"),
            "summary of all measures": run.summary,
            "comparison, by measure": lambda: run.compare("programme"),
            "comparison, by year and payer": lambda: run.compare(
                "programme", table="money", by=["year", "payer", "currency", "costing"]
            ),
        }
        begun, cpu = time.perf_counter(), time.process_time()
        for what, call in work.items():
            timed(what, call)
        told("all analyses", begun, cpu)
        dearer = study.change({OTHER_PRICE: "100 EUR"})
        timed("another price", lambda: dearer.run(draws=asked.draws, out=out))


def timed(what, call):
    begun, cpu = time.perf_counter(), time.process_time()
    found = call()
    told(what, begun, cpu)
    return found


def told(what, begun, cpu):
    seconds, used = time.perf_counter() - begun, time.process_time() - cpu
    print(f"{what:<40}{seconds:7.2f} s  ({used:.2f} s CPU)", flush=True)


if __name__ == "__main__":
    main()
