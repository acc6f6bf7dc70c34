"""Small studies, histories and runs for the tests of results."""

import datetime as dt
import json

import numpy as np

from sojourn.results.history_counts import HistoryCounts, Names
from sojourn.results.history_tables import tables_of
from sojourn.results.periods import reporting_periods
from sojourn.results.run_folder.folder import sealed
from sojourn.results.run_folder.provenance import histories_digest, run_digest, run_record
from sojourn.results.run_folder.store import RunStore
from sojourn.results.tables import from_rows
from sojourn.study.contract_days import custody_starts
from sojourn.study.model.study import Period, Scenario, StudyModel

STARTED = dt.datetime(2025, 1, 1, 12, tzinfo=dt.UTC)


def date(text):
    return dt.date.fromisoformat(text)


class Central:
    """Every quantity at its central value, plus what the draw adds to uncertain ones."""

    def __init__(self, add=0.0):
        self.add = add

    def value(self, quantity):
        return quantity.value + (self.add if quantity.uncertain else 0.0)


def make_study(start="2025-02-04", end="2025-05-01", names=("base", "offer"), **parts):
    """Scenarios alike in all `parts`."""
    scenarios = {
        name: Scenario(
            name=name,
            **{"facts": {}, "states": {}, "transitions": (), "populations": {}} | parts,
        )
        for name in names
    }
    period = Period(**{"from": date(start), "to": date(end)})
    return StudyModel(
        title="Trial", path="/home/somebody/trial", period=period, scenarios=scenarios
    )


def names_of(study, together=()):
    return Names(
        day_0=study.period.start,
        periods=reporting_periods(study.period).starts,
        custody=custody_starts(study),
        moves=reporting_periods(study.period).starts,
        states=("prison", "held"),
        groups=("home", "other"),
        branches=(("send", "prison", "held"), ("send", "prison", "out")),
        lines=("send",),
        facilities=("abroad",),
        gates=("in_force",),
        together=together,
    )


def make_history(study, seed=0):
    """Random counts in the shape that the simulation hands over."""
    rng = np.random.default_rng(seed)
    days, periods = study.period.days, len(reporting_periods(study.period).starts)
    census = rng.integers(0, 20, (days, 2, 2))
    return HistoryCounts(
        period=reporting_periods(study.period).index,
        census=census,
        before=np.zeros((2, 2), dtype=np.int64),
        moves=rng.integers(0, 3, (periods, 2, 2)),
        waiting=rng.integers(0, 5, (days, 1)),
        joined=rng.integers(0, 9, (periods, 1)),
        served=rng.integers(0, 9, (periods, 1)),
        left=rng.integers(0, 9, (periods, 1)),
        days_served=rng.integers(0, 90, (periods, 1)),
        occupied=census[:, 1].sum(axis=1)[:, None],
        occupied_before=np.zeros(1, dtype=np.int64),
        already_held=np.zeros((days, 1), dtype=np.int64),
        capacity=np.full((days, 1), 30),
        gate_open=rng.random((days, 1)) < 0.5,
    )


def history_tables(study, scenario="base", draw=0, replicate=0, together=()):
    """The tables of one history; the same numbers for the same draw and replicate."""
    history = make_history(study, seed=hash((draw, replicate, scenario == "base")) % 2**32)
    return tables_of(
        history, names_of(study, together), scenario=scenario, draw=draw, replicate=replicate
    )


def write_run(out, study=None, draws=3, replicates=2, seed=1):
    """A finished run folder."""
    study = study or make_study()
    digest = run_digest(study, seed=seed, draws=draws, replicates=replicates)
    histories = histories_digest(study, seed=seed)
    with RunStore.open(out, digest, histories) as store:
        keys = []
        for scenario in study.scenarios:
            for draw in range(draws):
                for replicate in range(replicates):
                    keys.append(f"{scenario}/{draw}/{replicate}")
                    store.put(keys[-1], history_tables(study, scenario, draw, replicate))
        store.assemble(keys)
        record = run_record(
            study, seed=seed, draws=draws, replicates=replicates, digest=digest,
            histories=histories, started=STARTED, seconds={"histories": 1.23456},
        )  # fmt: skip
        store.finish({}, record, study.model_dump_json(by_alias=True))
    return out


def measured(values):
    """The table `measures` from {scenario: {measure: [value of each draw]}}."""
    return from_rows(
        "measures",
        [
            {"scenario": s, "draw": draw, "replicate": 0, "measure": name, "value": value}
            for s, measures in values.items()
            for name, given in measures.items()
            for draw, value in enumerate(given)
        ],
    )


def reseal(folder):
    """Take the files of a run folder as they now are for what was written."""
    record = {k: v for k, v in record_in(folder).items() if k not in ("files", "sum")}
    (folder / "run.json").write_text(json.dumps(sealed(record, folder)), encoding="utf-8")


def record_in(folder):
    return json.loads((folder / "run.json").read_text())
