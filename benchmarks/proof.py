"""Time `explain`, `prove` and `diff` on an agreement of sixteen rules and on those that ship.

Each figure is the least CPU time of several rounds in one process, after start and reading.
Usage: python benchmarks/proof.py [--rounds N]
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

from sojourn.rules.agreement.file import read_agreement
from sojourn.rules.explain.explain import explain
from sojourn.rules.explain.explain_text import explanation_lines
from sojourn.rules.meaning.turning_points import Turning
from sojourn.rules.prove.compare_drafts import Draft, compare
from sojourn.rules.prove.encoding import read_question
from sojourn.rules.prove.prove import prove

SIXTEEN = Path(__file__).parent / "sixteen.yaml"


def timed(work, rounds):
    """CPU milliseconds of each of several rounds."""
    found = []
    for _ in range(rounds):
        begun = time.process_time()
        work()
        found.append(1000 * (time.process_time() - begun))
    return found


def cases(agreement, count=60):
    """Cases from the values at which conditions turn, with every third fact missing in some."""
    turning = Turning((rule.met for rule in agreement.rules), agreement.facts)
    made = []
    for number in range(count):
        row = {}
        for place, name in enumerate(agreement.facts):
            values = turning.values(name, row)
            if (number + place) % 3 or number % 2:
                row[name] = values[(number * 7 + place) % len(values)]
        made.append(row)
    return made


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    agreement = read_agreement(SIXTEEN)
    print(f"{len(agreement.rules)} rules, {len(agreement.facts)} facts")

    def explained(row):
        found = explain(agreement.rules, agreement.facts, row, agreement.terms)
        return list(explanation_lines("case", found, row, agreement.facts))

    per_case = [min(timed(lambda row=row: explained(row), 3)) for row in cases(agreement)]
    quantiles = statistics.quantiles(per_case, n=20)
    print(
        f"explain, {len(per_case)} cases: median {statistics.median(per_case):.1f} ms, "
        f"95th percentile {quantiles[-1]:.1f} ms, greatest {max(per_case):.1f} ms"
    )
    question = read_question("eligible and citizenship = 'A'", "--never", agreement)

    def proven():
        return prove(agreement.rules, agreement.facts, never=[question])

    print(f"prove, all findings and one question: {min(timed(proven, rounds)):.0f} ms")
    draft = Draft(agreement.rules, agreement.facts)

    def compared():
        return compare(draft, Draft(agreement.rules[:-1], agreement.facts))

    print(f"diff, one rule left out: {min(timed(compared, rounds)):.0f} ms")


if __name__ == "__main__":
    main()
