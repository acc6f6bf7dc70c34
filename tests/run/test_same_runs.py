"""The same results, to the last digit, whatever does not determine them.

Threads, a run that was stopped and goes on, more draws after fewer, and the order in which the
study's sections and their entries are written.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

import sojourn.run.histories as room
from sojourn.run.run import Options, run_study

RANDOM_GATE = (
    "  in_force: {open: [{from: 2026-02-01, to: 2026-11-01}]}\n",
    "  in_force: {open: [{from: 2026-02-01, to: 2026-11-01}]}\n"
    "  no_order: {closes after: {mean: 30 days}, for: {mean: 20 days}, again: yes}\n",
)
NEEDS_IT = ("while: in_force", "while: [in_force, no_order]")
TWO = Options(draws=10, replicates=2, threads=2)


def digests(out: Path) -> dict[str, str]:
    """For each table the digest of its rows, in whatever order they stand."""
    found = {}
    for file in sorted(out.glob("*.parquet")):
        rows = sorted(
            json.dumps(
                # The facts of a cell are JSON in a text, in the order of the study.
                {k: sorted(json.loads(v).items()) if k == "facts" else v for k, v in row.items()},
                default=str,
            )
            for row in pq.read_table(file).to_pylist()
        )
        found[file.stem] = blake2b("\n".join(rows).encode(), digest_size=16).hexdigest()
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory, whole_study) -> Path:
    """The whole study with a random gate besides, so that lines, gates and draws all matter."""
    made = tmp_path_factory.mktemp("same") / "trial"
    made.mkdir()
    for file in whole_study.iterdir():
        text = file.read_text(encoding="utf-8")
        for old, new in (RANDOM_GATE, NEEDS_IT):
            text = text.replace(old, new)
        (made / file.name).write_text(text, encoding="utf-8")
    assert "no_order]" in (made / "study.yaml").read_text(encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def at_once(tmp_path_factory, folder) -> dict[str, str]:
    out = tmp_path_factory.mktemp("runs") / "at once"
    return digests(run_study(folder, out=out, options=Options(draws=10, replicates=2, threads=1)))


def test_two_threads_give_the_same(folder, at_once, tmp_path):
    assert digests(run_study(folder, out=tmp_path / "two", options=TWO)) == at_once


def test_five_draws_and_then_ten_are_ten_at_once(folder, at_once, tmp_path):
    out = tmp_path / "more"
    five = digests(run_study(folder, out=out, options=Options(draws=5, replicates=2)))
    assert five["census"] != at_once["census"]
    assert digests(run_study(folder, out=out, options=TWO)) == at_once


@pytest.mark.parametrize("stop", [1, 21])
def test_stopped_anywhere_and_gone_on(folder, at_once, tmp_path, monkeypatch, stop):
    genuine: Callable[..., object] = room.simulate_in_parts
    calls: list[int] = []

    def breaking(*arguments, **named):
        calls.append(1)
        if len(calls) > stop:
            raise KeyboardInterrupt
        return genuine(*arguments, **named)

    out = tmp_path / "stopped"
    with monkeypatch.context() as patch:
        patch.setattr(room, "simulate_in_parts", breaking)
        with pytest.raises(KeyboardInterrupt):
            run_study(folder, out=out, options=TWO)
    assert not (out / "run.json").exists()
    assert digests(run_study(folder, out=out, options=TWO)) == at_once


# Not the transitions, the earlier of which wins a tie; the scenarios, the first of which is the
# baseline; and the rules, which the funnel takes one after the other.
MAPPINGS = (
    "sources",
    "facts",
    "parameters",
    "facilities",
    "clocks",
    "states",
    "gates",
    "populations",
    "measures",
    "claims",
)


def reordered(folder: Path, to: Path, luck: random.Random) -> Path:
    """The study with its sections, and the entries of each that has no order, shuffled."""
    to.mkdir()
    for file in folder.iterdir():
        (to / file.name).write_bytes(file.read_bytes())
    # As texts: `off` and dates stay as they are written.
    study = yaml.load((folder / "study.yaml").read_text(encoding="utf-8"), yaml.BaseLoader)

    def shuffled(mapping: dict) -> dict:
        keys = list(mapping)
        luck.shuffle(keys)
        return {key: mapping[key] for key in keys}

    for name in MAPPINGS:
        study[name] = shuffled(study[name])
    study["money"]["payments"] = shuffled(study["money"]["payments"])
    text = yaml.safe_dump(shuffled(study), sort_keys=False, allow_unicode=True)
    (to / "study.yaml").write_text(text.replace("'off'", "off"), encoding="utf-8")
    return to


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_sections_and_entries_says_nothing(folder, at_once, tmp_path, seed):
    study = reordered(folder, tmp_path / "trial", random.Random(seed))
    texts = [(f / "study.yaml").read_text(encoding="utf-8") for f in (folder, study)]
    orders = [list(yaml.safe_load(text)) for text in texts]
    assert orders[0] != orders[1]
    assert sorted(orders[0]) == sorted(orders[1])
    assert digests(run_study(study, out=tmp_path / "out", options=TWO)) == at_once


TIED = """\
study: Ties
period: {{from: 2026-01-01, to: 2026-03-01, by: [a, b]}}
facts: {{a: {{values: [x, y]}}, b: {{values: [v, w]}}}}
states: {{s: {{}}}}
transitions:
  s -> out: {{after: {{mean: 30 days}}}}
populations:
  p:
    split: {split}
    stock: {{count: 7 people, state: s}}
scenarios: {{base: {{}}}}
"""


def test_rounding_to_whole_people_does_not_depend_on_the_order_of_facts(tmp_path):
    """Seven people in four cells: which of them have the odd ones is not a matter of writing."""
    found = []
    for number, split in enumerate(
        (
            "{a: {x: 30 %, y: 70 %}, b: {v: 50 %, w: 50 %}}",
            "{a: {y: 70 %, x: 30 %}, b: {w: 50 %, v: 50 %}}",
            "{b: {v: 50 %, w: 50 %}, a: {x: 30 %, y: 70 %}}",
        )
    ):
        study = tmp_path / f"{number}" / "ties"
        study.mkdir(parents=True)
        (study / "study.yaml").write_text(TIED.format(split=split), encoding="utf-8")
        out = run_study(study, out=study.parent / "out", options=Options(seed=3, draws=2))
        found.append(digests(out)["census"])
    assert found[0] == found[1] == found[2]


def test_another_baseline_is_another_run(folder, tmp_path):
    out = tmp_path / "out"
    run_study(folder, out=out, options=Options(draws=1))
    other = tmp_path / "trial"
    other.mkdir()
    for file in folder.iterdir():
        text = file.read_text(encoding="utf-8")
        text = text.replace("  no agreement: {transitions.prison -> held: off}\n", "")
        text = text.replace(
            "  as agreed: {}\n",
            "  as agreed: {}\n  no agreement: {transitions.prison -> held: off}\n",
        )
        (other / file.name).write_text(text, encoding="utf-8")
    run_study(other, out=out, options=Options(draws=1))
    assert json.loads((out / "run.json").read_text(encoding="utf-8"))["baseline"] == "as agreed"


def drawn(monkeypatch) -> list[int]:
    """Numbers of the draws that are simulated from now on."""
    found: list[int] = []
    original = room.RunHistories._one_draw

    def told(self, store, inputs, number, counter):
        found.append(number)
        return original(self, store, inputs, number, counter)

    monkeypatch.setattr(room.RunHistories, "_one_draw", told)
    return found


@pytest.mark.parametrize(
    ("before", "after", "new"),
    [
        ((0, 2), (0, 5), [2, 3, 4]),
        ((0, 5), (0, 2), []),
        ((2, 2), (1, 4), [1, 4]),
        ((0, 2), (3, 2), [3, 4]),
    ],
    ids=["grown", "cut", "on both sides", "elsewhere"],
)
def test_only_draws_that_are_not_there_are_simulated(
    folder, tmp_path, monkeypatch, before, after, new
):
    """`before`, `after`: the first draw, and how many."""
    options = [
        Options(first_draw=first, draws=draws, threads=1) for first, draws in (before, after)
    ]
    run_study(folder, out=tmp_path / "once", options=options[1])
    run_study(folder, out=tmp_path / "run", options=options[0])
    numbers = drawn(monkeypatch)
    run_study(folder, out=tmp_path / "run", options=options[1])
    assert sorted(numbers) == new
    for file in sorted((tmp_path / "once").glob("*.parquet")):
        assert file.read_bytes() == (tmp_path / "run" / file.name).read_bytes(), file.name
    assert not (tmp_path / "run" / ".parts").exists()


def test_draws_of_another_study_or_seed_are_not_taken_over(folder, tmp_path, monkeypatch):
    run_study(folder, out=tmp_path / "run", options=Options(draws=2, threads=1))
    numbers = drawn(monkeypatch)
    run_study(folder, out=tmp_path / "run", options=Options(draws=3, threads=1, seed=11))
    assert sorted(numbers) == [0, 1, 2]
