"""The rules of benchmarks/screen.py in OpenFisca-core: a variable for each fact and each rule.

OpenFisca knows no missing value: each becomes its variable's default, so a case that lacks a fact
passes or fails by it. What is timed is the same as ours: reading the Parquet file, building the
simulation, and every rule's outcome down to the counts of the funnel (alone and in order).

Texts are handed over in two ways: as texts, which OpenFisca encodes, as its guide shows it; or as
codes that we take from the file's dictionaries ourselves, which its users do not do.
"""

from __future__ import annotations

import resource
import time
from pathlib import Path

import numpy as np

PERIOD = "2026-09"
DAY = np.datetime64("2026-09-01")


def system():
    """The tax and benefit system, as OpenFisca calls it."""
    from openfisca_core.entities import build_entity
    from openfisca_core.indexed_enums import Enum
    from openfisca_core.periods import DateUnit
    from openfisca_core.taxbenefitsystems import TaxBenefitSystem
    from openfisca_core.variables import Variable
    from screen import DATES, DAYS, NUMBERS, TEXTS, YES

    person = build_entity(key="person", plural="people", label="", is_person=True)
    made = TaxBenefitSystem([person])

    def variable(name, kind, formula=None, **more):
        body = {"value_type": kind, "entity": person, "definition_period": DateUnit.MONTH,
                "label": name, **more}  # fmt: skip
        if formula is not None:
            body["formula"] = formula
        made.add_variable(type(name, (Variable,), body))

    enums = {}
    for name, values in TEXTS.items():
        options = Enum(name, {value: value for value in ("missing", *values.split())})
        enums[name] = options
        variable(name, Enum, possible_values=options, default_value=options["missing"])
    for name in (*NUMBERS, *DAYS):
        variable(name, float)
    for name in YES:
        variable(name, bool)
    from datetime import date

    for name in DATES:
        variable(name, date)

    def one_of(name, *values):
        def formula(p, period):
            held = p(name, period)
            found = held == enums[name][values[0]]
            for value in values[1:]:
                found = found | (held == enums[name][value])
            return found

        return formula

    male, two_or_three = one_of("sex", "male"), one_of("class", "2", "3")
    near, sentenced = one_of("nationality", "NL", "TR"), one_of("status", "sentenced")
    fit, grave = one_of("health", "fit", "chronic"), one_of("offence", "murder", "arson")
    spoken = one_of("speaks", "no", "en", "nl")
    days = np.timedelta64(1, "D")
    formulas = [
        male,
        lambda p, t: p("age", t) >= 18,
        lambda p, t: np.logical_not(p("citizen", t)),
        lambda p, t: np.logical_not(near(p, t)),
        two_or_three,
        sentenced,
        lambda p, t: np.logical_not(p("pregnant", t)),
        fit,
        lambda p, t: np.logical_not(p("asylum", t)) | grave(p, t),
        lambda p, t: p("consents", t) | (p("convictions", t) >= 3),
        lambda p, t: np.logical_not(p("victim", t)),
        lambda p, t: (p("release", t) - DAY) >= 180 * days,
        lambda p, t: p("sentence", t) - p("served", t) >= 120,
        lambda p, t: p("sentenced_on", t) + 30 * days <= DAY,
        lambda p, t: (p("arrests", t) <= 20) & (p("dependants", t) < 4),
        lambda p, t: spoken(p, t) | (p("entered", t) < np.datetime64("2020-01-01")),
    ]
    for place, formula in enumerate(formulas):
        variable(
            f"rule_{place}", bool,
            lambda p, period, _parameters=None, formula=formula: formula(p, period),
        )  # fmt: skip
    return made, enums, len(formulas)


def screen(file: Path, rules, coded: bool) -> dict[str, float]:
    """Seconds and memory from the file to the counts; `coded` if the codes of texts are ours."""
    import pyarrow.parquet as pq
    from openfisca_core.simulations import SimulationBuilder
    from screen import DATES, TEXTS

    wall, cpu = time.perf_counter(), time.process_time()
    made, enums, count = system()
    assert count == len(rules)
    table = pq.read_table(file, read_dictionary=list(TEXTS))
    simulation = SimulationBuilder().build_default_simulation(made, count=table.num_rows)
    for name in table.column_names:
        column = table[name].combine_chunks()
        if name in TEXTS and not coded:
            texts = column.cast("string").fill_null("missing")
            values = texts.to_numpy(zero_copy_only=False).astype(str)
        elif name in TEXTS:
            names = [option.value for option in enums[name]]
            codes = column.indices.fill_null(-1).to_numpy(zero_copy_only=False)
            order = [names.index(value) for value in column.dictionary.to_pylist()]
            values = np.array([*order, 0], np.uint8)[codes]
            from openfisca_core.indexed_enums import EnumArray

            values = EnumArray(values, enums[name])
        elif name in DATES:
            values = column.to_numpy(zero_copy_only=False).astype("datetime64[D]")
            values[np.isnat(values)] = np.datetime64("1970-01-01")
        else:
            values = column.fill_null(False if str(column.type) == "bool" else 0.0)
            values = values.to_numpy(zero_copy_only=False)
        simulation.set_input(name, PERIOD, values)
    left = np.ones(table.num_rows, bool)
    failing = np.zeros(table.num_rows, np.uint8)
    funnel, failed = [], []
    for place in range(count):
        met = simulation.calculate(f"rule_{place}", PERIOD)
        failed.append(~met)
        failing += ~met
        left &= met
        funnel.append((int((~met).sum()), int(left.sum())))
    alone = [int((one & (failing == 1)).sum()) for one in failed]
    return {
        "wall": time.perf_counter() - wall,
        "cpu": time.process_time() - cpu,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "eligible": int(left.sum()),
        "rows": table.num_rows,
        "alone": sum(alone),
        "excluded": funnel[-1][0],
    }
