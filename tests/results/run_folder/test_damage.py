"""Damage of a run folder is noticed, named and mended; one process at a time writes."""

from __future__ import annotations

import json
import os
import random

import pyarrow.parquet as pq
import pytest

from results.made import history_tables, make_study, record_in, write_run
from sojourn.disk.digests import SMALL, damage, seal
from sojourn.errors import ResultsError
from sojourn.results.run_folder.folder import READY, read_run, verified
from sojourn.results.run_folder.provenance import FORMAT_VERSION, histories_digest, run_digest
from sojourn.results.run_folder.store import RunStore


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """The bytes of a finished run."""
    out = write_run(tmp_path_factory.mktemp("good") / "run")
    return {file.name: file.read_bytes() for file in out.iterdir()}


@pytest.fixture
def folder(tmp_path, good):
    out = tmp_path / "run"
    out.mkdir()
    for name, content in good.items():
        (out / name).write_bytes(content)
    return out


def flipped(content: bytes, place: int) -> bytes:
    """The content with one bit turned over."""
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def test_every_flipped_bit_is_noticed(folder, good):
    luck = random.Random(1)
    for name, content in good.items():
        for place in (0, len(content) - 1, *luck.sample(range(len(content)), 8)):
            (folder / name).write_bytes(flipped(content, place))
            with pytest.raises(ResultsError) as caught:
                read_run(folder)
            assert (
                any(name in problem.file for problem in caught.value.problems) or name == "run.json"
            )
        (folder / name).write_bytes(content)
    assert read_run(folder).record["seed"] == 1


@pytest.mark.parametrize("name", ["measures.parquet", "census.parquet", "study.json", "run.json"])
def test_what_is_missing_or_cut_is_named_with_the_remedy(folder, good, name):
    for left in (None, b"", good[name][: len(good[name]) // 2]):
        if left is None:
            (folder / name).unlink()
        else:
            (folder / name).write_bytes(left)
        with pytest.raises(ResultsError, match="sojourn run` with the same study") as caught:
            read_run(folder)
        assert [problem.file for problem in caught.value.problems] == [str(folder / name)]


def test_a_large_file_is_read_only_if_its_time_has_changed_or_wholly(tmp_path):
    file = tmp_path / "table"
    file.write_bytes(bytes(SMALL + 1))
    known = seal(file)
    file.write_bytes(flipped(bytes(SMALL + 1), 7))
    assert damage(file, known) == "its content is not what was written"
    os.utime(file, ns=(known["changed"], known["changed"]))
    assert damage(file, known) == ""
    assert damage(file, known, wholly=True) == "its content is not what was written"


def test_a_copied_run_is_as_good(folder, good):
    """Its files have other times; their content tells."""
    assert all(one["problem"] is None for one in verified(folder))


def test_verify_lists_every_file_with_what_is_wrong(folder, good):
    (folder / "waits.parquet").write_bytes(flipped(good["waits.parquet"], 99))
    (folder / "gates.parquet").unlink()
    wrong = {one["file"]: one["problem"] for one in verified(folder) if one["problem"]}
    assert wrong == {
        "waits.parquet": "its content is not what was written",
        "gates.parquet": "it is missing",
    }
    assert len(verified(folder)) == len(good) - 1


def test_a_damaged_later_table_needs_no_history_again(folder):
    (folder / "measures.parquet").write_bytes(b"")
    study = make_study()
    digest = run_digest(study, seed=1, draws=3, replicates=2)
    with RunStore.open(folder, digest, histories_digest(study, seed=1)) as store:
        assert not store.finished
        assert store.mended == {
            "measures.parquet": f"it has 0 bytes and was written with "
            f"{record_in(folder)['files']['measures.parquet']['bytes']:,}"
        }
        assert store.kept_draws(scenarios=["base", "offer"], replicates=2) == range(3)


def test_a_damaged_history_table_is_never_taken_for_the_next_run(folder, good):
    (folder / "census.parquet").write_bytes(flipped(good["census.parquet"], 500))
    study = make_study()
    with RunStore.open(folder, "new price", histories_digest(study, seed=1)) as store:
        assert not store.kept_draws(scenarios=["base", "offer"], replicates=2)


def test_a_damaged_part_alone_is_computed_again(tmp_path):
    out, study = tmp_path / "run", make_study()
    for key in "abc":
        with RunStore.open(out, "d") as store:
            store.put(key, history_tables(study, draw=ord(key)))
    for number, file in enumerate(("census.arrow", "keys.json")):
        broken = out / ".parts" / "d" / f"00000{number}" / file
        broken.write_bytes(flipped(broken.read_bytes(), 40))
    with RunStore.open(out, "d") as store:
        assert [key for key in "abc" if store.has(key)] == ["c"]
        assert list(store.mended) == [
            "part 000000 of the kept histories", "part 000001 of the kept histories",
        ]  # fmt: skip


def test_a_second_writer_is_refused_and_told_who_writes(tmp_path):
    out = tmp_path / "run"
    with (
        RunStore.open(out, "d"),
        pytest.raises(ResultsError, match="another run writes into this folder: process"),
    ):
        RunStore.open(out, "d")
    with RunStore.open(out, "d"):
        pass


def test_a_folder_killed_before_its_marker_is_ours(tmp_path):
    (tmp_path / "run" / ".parts").mkdir(parents=True)
    with RunStore.open(tmp_path / "run", "d"):
        pass


def test_a_run_killed_while_put_in_place_is_completed_on_opening(folder, good):
    """By whoever comes first: here a reader."""
    (folder / "notes.txt").write_text("mine")
    (folder / READY).mkdir()
    for name in ("run.json", "census.parquet", "waits.parquet"):
        (folder / name).rename(folder / READY / name)
    (folder / "waits.parquet").write_bytes(b"an older table")
    assert read_run(folder).record["seed"] == 1
    assert {file.name for file in folder.iterdir()} == {*good, "notes.txt"}


def test_other_formats_are_refused_with_the_way_out(folder):
    whole = record_in(folder)
    for version, told in (
        (FORMAT_VERSION - 1, "older format"),
        (FORMAT_VERSION + 1, "newer format"),
    ):
        (folder / "run.json").write_text(json.dumps({**whole, "format_version": version}))
        with pytest.raises(ResultsError, match=told):
            read_run(folder)
    with pytest.raises(ResultsError, match="newer format"):
        RunStore.open(folder, "d")
    (folder / "run.json").write_text(json.dumps({**whole, "format_version": 1}))
    with RunStore.open(folder, "d") as store:
        assert not store.finished  # an older run is replaced


def older_run(folder):
    """A run folder as format 2 had it: without digests."""
    write_run(folder)
    record = {
        name: value for name, value in record_in(folder).items() if name not in {"files", "sum"}
    }
    (folder / "run.json").write_text(
        json.dumps({**record, "format_version": 2, "version": "0.0.9"})
    )
    return folder


def test_the_ways_out_of_an_older_format_are_open(tmp_path):
    folder = older_run(tmp_path / "run")
    (folder / "notes.txt").write_text("mine")
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    for read in (read_run, verified):
        with pytest.raises(ResultsError, match="older format") as caught:
            read(folder)
        (problem,) = caught.value.problems
        assert "Run the study again into this folder" in problem.fix
        assert "with Sojourn 0.0.9" in problem.fix
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    # Any program reads its tables, …
    assert pq.read_table(folder / "census.parquet").num_rows
    # … and the same command makes a run of this format of it.
    write_run(folder)
    assert read_run(folder).record["format_version"] == FORMAT_VERSION
    assert (folder / "notes.txt").read_text() == "mine"


def test_files_of_others_keep_their_place_and_their_node(folder):
    (folder / "notes.txt").write_text("mine")
    node = (folder / "notes.txt").stat().st_ino
    write_run(folder, seed=2)
    assert (folder / "notes.txt").stat().st_ino == node
    assert record_in(folder)["seed"] == 2


def test_the_same_histories_give_the_same_bytes_in_any_order(tmp_path):
    """Threads finish in any order, and parts have dictionaries of their own."""
    study, keys, found = make_study(), [str(n) for n in range(70)], []
    for name, order in (("a", keys), ("b", keys[::-1])):
        with RunStore.open(tmp_path / name, "d") as store:
            for key in order:
                scenario = "base" if int(key) % 3 else "offer"
                store.put(key, history_tables(study, scenario, draw=int(key)))
            stage = store.assemble(keys)
            found.append({file.name: file.read_bytes() for file in stage.iterdir()})
            rows = pq.read_table(stage / "census.parquet")
    assert found[0] == found[1]
    assert rows["scenario"].to_pylist()[0] == "offer"
