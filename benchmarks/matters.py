"""Time all analyses of a finished run of 1,000 draws and 60 inputs, on draws that are made up.

The model is a sum of ten inputs, products of three pairs of them, and noise; four options of a
decision weigh them differently. Each analysis is done once, after start.
Usage: python benchmarks/matters.py [--draws N] [--inputs N]
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from sojourn.analysis.break_even import break_even
from sojourn.analysis.discovery import discover
from sojourn.analysis.effects import effects_of
from sojourn.analysis.value_of_information import DrawnDecision, binomial

OPTIONS = 4


def made(draws, inputs, seed=0):
    """Inputs, and the gain of each option."""
    random = np.random.default_rng(seed)
    values = random.random((draws, inputs))
    weights = random.normal(size=(10, OPTIONS))
    pairs = values[:, [0, 2, 4]] * values[:, [1, 3, 5]]
    gains = values[:, :10] @ weights + pairs @ random.normal(size=(3, OPTIONS))
    return values, gains + 0.3 * random.normal(size=(draws, OPTIONS))


def information(inputs, gains):
    decision = DrawnDecision(inputs, gains)
    decision.everything()
    decision.inputs_alone(range(inputs.shape[1]))
    decision.inputs_alone(range(5))
    decision.sample(0, binomial(200))
    for place in range(inputs.shape[1]):
        decision.inputs_alone([place])


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--draws", type=int, default=1000)
    options.add_argument("--inputs", type=int, default=60)
    asked = options.parse_args()
    inputs, gains = made(asked.draws, asked.inputs)
    slopes = 1.0 + inputs[:, 0]
    work = {
        "tornado and Sobol indices, in people": lambda: effects_of(inputs, gains[:, 0]),
        "tornado and Sobol indices, in money": lambda: effects_of(inputs, gains[:, 1]),
        "break-even": lambda: break_even(
            lambda price: price * slopes - gains[:, 0], asked.draws, -50.0, 50.0, within=0.01
        ),
        "value of information, four options": lambda: information(inputs, gains),
        "ranges in which a claim fails": lambda: discover(inputs, gains[:, 0] < gains[:, 1]),
    }
    print(f"{asked.draws:,} draws, {asked.inputs} inputs")
    whole = 0.0
    for name, call in work.items():
        begun, cpu = time.perf_counter(), time.process_time()
        call()
        seconds = time.perf_counter() - begun
        whole += seconds
        print(f"{name:<40}{seconds:7.2f} s  ({time.process_time() - cpu:.2f} s CPU)", flush=True)
    print(f"{'all':<40}{whole:7.2f} s")


if __name__ == "__main__":
    main()
