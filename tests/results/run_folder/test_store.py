"""The run folder: whole or not there, resumed, replaced, refused."""

import json
import os
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from sojourn.study.model.measures import Measure
from sojourn.study.model.money import Money
from sojourn.study.model.sources import Source

from results.made import STARTED, history_tables, make_study, record_in, write_run
from sojourn.errors import ResultsError
from sojourn.results.columns import SPECS
from sojourn.results.run_folder.folder import read_run
from sojourn.results.run_folder.kept_draws import BATCH_HISTORIES
from sojourn.results.run_folder.provenance import histories_digest, run_digest, run_record
from sojourn.results.run_folder.store import RunStore
from sojourn.results.tables import schema


def contents(folder):
    return {file.stem: pq.read_table(file).to_pylist() for file in folder.glob("*.parquet")}


def test_a_finished_folder_holds_every_table_and_nothing_else(tmp_path):
    out = write_run(tmp_path / "run")
    names = {f"{name}.parquet" for name in SPECS} | {"run.json", "study.json"}
    assert {file.name for file in out.iterdir()} == names
    assert [file.name for file in tmp_path.iterdir()] == ["run"]
    for name in SPECS:
        assert pq.read_schema(out / f"{name}.parquet").equals(schema(name), check_metadata=True)


def test_tables_come_in_the_order_of_the_keys_whatever_the_order_put(tmp_path):
    study = make_study()
    keys = [f"{draw}" for draw in range(2 * BATCH_HISTORIES + 3)]
    found = []
    for name, order in (("forward", keys), ("backward", keys[::-1])):
        with RunStore.open(tmp_path / name, "d") as store:
            for key in order:
                store.put(key, history_tables(study, draw=int(key)))
            found.append(contents(store.assemble(keys)))
    assert found[0] == found[1]
    draws = [row["draw"] for row in found[0]["histories"]]
    assert draws == sorted(draws)
    assert len(draws) == len(keys)


def test_histories_without_rows_are_kept(tmp_path):
    study = make_study()
    with_rows = history_tables(study)
    without = {name: table.slice(0, 0) for name, table in with_rows.items()}
    with RunStore.open(tmp_path / "run", "d") as store:
        store.put("a", without)
        store.put("b", with_rows)
        store.put("c", without)
        stage = store.assemble(["a", "b", "c"])
    assert contents(stage)["census"] == with_rows["census"].to_pylist()


def test_a_stopped_run_goes_on_where_it_was(tmp_path):
    out, study = tmp_path / "run", make_study()
    with pytest.raises(KeyboardInterrupt), RunStore.open(out, "d") as store:
        store.put("a", history_tables(study))
        raise KeyboardInterrupt
    with pytest.raises(ResultsError, match="not finished"):
        read_run(out)
    with RunStore.open(out, "d") as store:
        assert store.has("a")
        assert not store.has("b")
        store.put("b", history_tables(study, draw=1))
        assert len(contents(store.assemble(["a", "b"]))["histories"]) == 2


def test_another_study_does_not_take_up_the_parts(tmp_path):
    with RunStore.open(tmp_path / "run", "d") as store:
        store.put("a", history_tables(make_study()))
    with RunStore.open(tmp_path / "run", "e") as store:
        assert not store.has("a")


def test_a_part_that_was_being_written_is_dropped(tmp_path):
    broken = tmp_path / "run" / ".parts" / "d" / "000000.new"
    with RunStore.open(tmp_path / "run", "d"):
        broken.mkdir()
    with RunStore.open(tmp_path / "run", "d") as store:
        assert not broken.exists()
        assert not store.has("a")


def test_the_same_run_again_is_there_already(tmp_path):
    out, study = write_run(tmp_path / "run"), make_study()
    digest = run_digest(study, seed=1, draws=3, replicates=2)
    with RunStore.open(out, digest) as store:
        assert store.finished
    assert not (out / ".parts").exists()


def test_a_new_price_needs_no_new_histories(tmp_path):
    out, study = write_run(tmp_path / "run"), make_study()
    histories = histories_digest(study, seed=1)
    before = contents(out)
    with RunStore.open(out, "another", histories) as store:
        assert not store.finished
        assert store.simulated(scenarios=["base", "offer"], draws=3, replicates=2)
        assert not store.simulated(scenarios=["base", "offer"], draws=4, replicates=2)
        store.assemble(None)
        store.finish({}, record_in(out) | {"digest": "another"}, "{}")
    assert contents(out) == before
    assert record_in(out)["digest"] == "another"


def test_an_older_run_is_replaced_and_notes_beside_it_are_kept(tmp_path):
    out = write_run(tmp_path / "run")
    (out / "notes.txt").write_text("mine")
    write_run(out, seed=2)
    assert record_in(out)["seed"] == 2
    assert (out / "notes.txt").read_text() == "mine"
    assert [file.name for file in tmp_path.iterdir()] == ["run"]


def test_the_older_run_stays_readable_while_the_next_is_made(tmp_path):
    out = write_run(tmp_path / "run")
    with RunStore.open(out, "next") as store:
        store.put("a", history_tables(make_study()))
    assert read_run(out).record["seed"] == 1


def test_a_folder_that_cannot_be_renamed_is_filled_in_place(tmp_path, monkeypatch):
    out = write_run(tmp_path / "run")
    rename = Path.rename

    def refuse(self, target):
        if self == out:
            raise OSError(16, "Device or resource busy")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse)
    write_run(out, seed=2)
    assert record_in(out)["seed"] == 2
    assert not (out / ".parts").exists()
    assert len(list(out.iterdir())) == len(SPECS) + 2
    assert [file.name for file in tmp_path.iterdir()] == ["run"]


def test_a_foreign_folder_is_refused_and_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(ResultsError, match="holds something else"):
        RunStore.open(tmp_path, "d")
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.txt"]
    with pytest.raises(ResultsError, match="a file, not a folder"):
        RunStore.open(tmp_path / "thesis.txt", "d")


def test_a_foreign_run_json_does_not_make_it_ours(tmp_path):
    (tmp_path / "run.json").write_text(json.dumps({"format": "other"}))
    with pytest.raises(ResultsError, match="holds something else"):
        RunStore.open(tmp_path, "d")


def test_an_unwritable_folder_is_refused_at_once(tmp_path):
    if os.geteuid() == 0:
        place = Path("/proc/nowhere")
    else:
        tmp_path.chmod(0o500)
        place = tmp_path / "run"
    with pytest.raises(ResultsError, match="cannot be written"):
        RunStore.open(place, "d")


def test_tables_are_checked(tmp_path):
    study = make_study()
    with RunStore.open(tmp_path / "run", "d") as store:
        with pytest.raises(ValueError, match="a history has the tables"):
            store.put("a", {})
        store.put("a", history_tables(study))
        with pytest.raises(ValueError, match="assemble"):
            store.finish({}, {}, "{}")
        store.assemble(["a"])
        record = run_record(
            study, seed=1, draws=1, replicates=1, digest="d", histories="d",
            started=STARTED, seconds={},
        )  # fmt: skip
        with pytest.raises(ValueError, match="not tables of a run folder"):
            store.finish({"mony": None}, record, "{}")


@pytest.mark.parametrize(
    ("name", "message"), [("nowhere", "no such folder"), ("empty", "not a run folder")]
)
def test_what_is_not_a_run_is_not_read(tmp_path, name, message):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ResultsError, match=message):
        read_run(tmp_path / name)


def test_the_record_names_no_place(tmp_path):
    out = write_run(tmp_path / "run")
    text = (out / "run.json").read_text()
    record = record_in(out)
    assert "somebody" not in text
    assert os.uname().nodename not in text or len(os.uname().nodename) < 4
    assert record["study"] == "trial"
    assert record["seconds"] == {"histories": 1.235}
    assert record["started"] == "2025-01-01T12:00:00+00:00"
    assert record["packages"]["numpy"]


def test_digests_follow_what_determines_them():
    study = make_study()
    moved = study.model_copy(update={"path": "/elsewhere/trial"})
    cited = study.model_copy(update={"sources": {"memo": Source(title="A memorandum")}})
    priced = make_study(money=Money(currency="EUR"))
    peaked = make_study(measures={"top": Measure(kind="peak", states=("a", "b"))})
    longer = make_study(end="2025-06-01")

    def whole(of, seed=1):
        return run_digest(of, seed=seed, draws=1, replicates=1)

    def histories(of, seed=1):
        return histories_digest(of, seed=seed)

    assert whole(study) == whole(moved)
    assert len({whole(s) for s in (study, cited, priced, peaked, longer)} | {whole(study, 2)}) == 6
    assert histories(study) == histories(cited) == histories(priced)
    assert len({histories(s) for s in (study, peaked, longer)} | {histories(study, 2)}) == 4
