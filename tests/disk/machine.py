"""A state machine of the command line: a run folder under kills, errors of the disk and damage.

After every step the folder is what it was before or what it should be after: its tables are, byte
for byte, those of a run that nothing disturbed; or there is no run yet; or what was damaged on
purpose is named. Every command ends with a documented exit status, and files of others stay.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from unittest.mock import patch

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

import sojourn as sj
from called import called
from disk.shim import ERRORS, Killed, Shim
from sojourn.report.page import make_document, open_context
from sojourn.report.run_data import RunData

STUDY = """\
study: Small
period: {from: 2026-01-01, to: 2026-02-01}
states: {held: {}, free: {end: yes}}
transitions: {held -> free: {after: {exponential: {mean: 30 days}}}}
populations: {all: {stock: {count: {between: [10 people, 20 people]}, state: held}}}
money:
  currency: EUR
  payments: {fee: {payer: A, payee: B, per: person-day in held, amount: 3 EUR}}
scenarios: {base: {}}
"""
CONFIGURATIONS = (
    ("--seed", "1"),
    ("--seed", "2"),
    ("--seed", "1", "--set", "money.payments.fee.amount=4 EUR"),
)
"""The third has the histories of the first."""
QUERY = "select draw, sum(amount) as a, sum(amount) as a from money group by 1 order by 1"
SHIM = Shim()


def faults(most: int) -> st.SearchStrategy[tuple[int, str | int]]:
    """No fault, or one at an operation of a command that has so many; the last decide most."""
    return st.one_of(
        st.just((-1, 0)),
        st.tuples(
            st.one_of(st.integers(0, most), st.integers(3 * most // 4, most)),
            st.sampled_from(["kill", "kill", *ERRORS, *(-error for error in ERRORS)]),
        ),
    )


class Reference:
    """What undisturbed runs give, made once."""

    def __init__(self) -> None:
        self.folder = Path(mkdtemp(prefix="sojourn-faults-"))
        self.study = self.folder / "study"
        self.study.mkdir()
        (self.study / "study.yaml").write_text(STUDY, encoding="utf-8")
        self.load = cache(sj.load)
        self.files, self.answers, self.digests = [], [], []
        for number, configuration in enumerate(CONFIGURATIONS):
            out = self.folder / f"run{number}"
            status, _, told = called(*self.command(out, configuration))
            assert status == 0, told
            self.files.append(tables(out))
            self.answers.append(called("query", out, QUERY, "--format", "csv")[1])
            self.digests.append(json.loads((out / "run.json").read_text())["digest"])
        assert len(set(self.answers)) == len(CONFIGURATIONS)
        self.documents, self.pages = {}, []
        for number, digest in enumerate(self.digests):
            with RunData(self.folder / f"run{number}") as data:
                self.documents[digest] = make_document(open_context(data))
            to = self.folder / "report.html"
            with self.rendered():
                assert called("report", self.folder / f"run{number}", "--out", to)[0] == 0
            self.pages.append(to.read_bytes())
            assert self.pages[-1].rstrip().endswith(b"</html>")
            to.unlink()

    @contextmanager
    def rendered(self) -> Iterator[None]:
        """What a report says was worked out before: the run is opened, the page is written."""
        with (
            patch("sojourn.report.page.open_context", lambda data, **_: data),
            patch("sojourn.report.page.make_document",
                  lambda data, **_: self.documents[data.run["digest"]]),
            patch("sojourn.report.summary_text.print_answer", lambda *_: None),
        ):  # fmt: skip
            yield

    def command(self, out: Path, configuration: tuple[str, ...]) -> list[object]:
        """The command of a run."""
        return ["run", self.study, "--expected", "--draws", 2, "--threads", 2, "-q", "--out", out,
                *configuration]  # fmt: skip


def tables(folder: Path) -> dict[str, bytes]:
    """The tables of a run, as they lie on disk."""
    return {file.name: file.read_bytes() for file in folder.glob("*.parquet")}


class RunFolderMachine(RuleBasedStateMachine):
    """One folder, used by one command after the other."""

    reference: Reference | None = None
    steps = 0

    @initialize(holds=st.sampled_from([None, 0, 1, 2]))
    def begin(self, holds: int | None) -> None:
        if RunFolderMachine.reference is None:
            RunFolderMachine.reference = Reference()
        self.right = RunFolderMachine.reference
        self.place = Path(mkdtemp(prefix="machine-", dir=self.right.folder))
        self.out = self.place / "run"
        self.holds = holds
        """Which configuration the folder holds; None: none yet."""
        if holds is not None:
            shutil.copytree(self.right.folder / f"run{holds}", self.out)
        self.damaged: set[str] = set()
        self.notes = self.reported = False

    def command(self, fault: tuple[int, object], *arguments: object) -> tuple[int, str] | None:
        """Status and output under a fault; None if the process was killed."""
        RunFolderMachine.steps += 1
        try:
            # The study lies elsewhere and does not change: it is read and checked once.
            with patch("sojourn.load", self.right.load), SHIM.faults(self.place, *fault):
                status, out, err = called(*arguments)
        except Killed:
            return None
        assert status in ({0} if fault[0] < 0 and not self.damaged else {0, 2}), err
        assert "internal error" not in err
        # What it is about to replace is said before.
        assert status == 0 or any(line.startswith("error: ") for line in err.splitlines()), err
        return status, out

    @rule(which=st.integers(0, 2), fault=faults(225))
    def run(self, which: int, fault: tuple[int, object]) -> None:
        ended = self.command(fault, *self.right.command(self.out, CONFIGURATIONS[which]))
        if ended and ended[0] == 0:
            self.holds, self.damaged = which, set()
        else:
            self.look(before=self.holds, after=which)

    def look(self, before: int | None, after: int) -> None:
        """Find out which of two runs the folder holds after a run that did not end."""
        status, out, _ = called("verify", self.out, "--json")
        record = self.out / "run.json"
        if status == 0:
            digest = json.loads(record.read_text())["digest"]
            self.holds = next(n for n in (before, after) if n is not None
                              and self.right.digests[n] == digest)  # fmt: skip
            if self.holds == after:
                self.damaged = set()
            assert not self.damaged
        elif self.damaged:
            found = json.loads(out)["files"] if out else []
            wrong = {one["file"] for one in found if one["problem"]}
            assert wrong <= self.damaged and (wrong or "run.json" in self.damaged)
        else:
            assert before is None

    @rule(fault=faults(50))
    def query(self, fault: tuple[int, object]) -> None:
        if self.holds is None:
            assert called("query", self.out, QUERY)[0] == 2
            return
        ended = self.command(fault, "query", self.out, QUERY, "--format", "csv")
        if ended and ended[0] == 0:
            assert not self.damaged
            assert ended[1] == self.right.answers[self.holds]

    @precondition(lambda self: not getattr(self, "reported", False))
    @rule(fault=faults(90))
    def report(self, fault: tuple[int, object]) -> None:
        if self.holds is None:
            return
        self.reported = True  # once from each beginning: it takes longer than all else
        to = self.place / "report.html"
        before = to.read_bytes() if to.exists() else None
        with self.right.rendered():
            ended = self.command(fault, "report", self.out, "--out", to)
        after = to.read_bytes() if to.exists() else None
        if ended and ended[0] == 0:
            assert not self.damaged and after == self.right.pages[self.holds]
        else:
            assert after in (before, self.right.pages[self.holds])

    @rule(fault=faults(155))
    def export(self, fault: tuple[int, object]) -> None:
        if self.holds is None or self.damaged:
            return
        to = self.place / "tables"
        ended = self.command(fault, "export", self.out, "--to", to)
        if ended and ended[0] == 0:
            names = {file.name for file in to.iterdir() if not file.name.startswith(".tables.")}
            assert fault[0] >= 0 or len(names) == len(list(to.iterdir()))
            expected = {name.replace("parquet", "csv") for name in self.right.files[0]}
            assert names == {*expected, "datapackage.json"}
            assert (to / "money.csv").read_text().count("\n") == 3

    @rule(fault=faults(15))
    def new(self, fault: tuple[int, object]) -> None:
        to = self.place / "copy"
        ended = self.command(fault, "new", to)
        assert not to.exists() or (to / "study.yaml").read_text().endswith("\n")
        if ended and fault[0] < 0:
            assert not list(self.place.glob(".copy.*"))
        shutil.rmtree(to, ignore_errors=True)

    @rule(luck=st.integers(0, 10**6), how=st.sampled_from(["flip", "cut", "remove"]))
    def damage(self, luck: int, how: str) -> None:
        if self.holds is None:
            return
        RunFolderMachine.steps += 1
        names = [*sorted(self.right.files[0]), "run.json", "study.json"]
        file = self.out / names[luck % len(names)]
        if file.name in self.damaged:
            return
        content = file.read_bytes()
        place = luck % len(content)
        if how == "remove":
            file.unlink()
        elif how == "cut":
            file.write_bytes(content[:place])
        else:
            file.write_bytes(content[:place] + bytes([content[place] ^ 4]) + content[place + 1 :])
        self.damaged.add(file.name)

    @rule()
    def note(self) -> None:
        if self.out.is_dir() and self.holds is not None:
            (self.out / "notes.txt").write_text("mine")
            self.notes = True

    @invariant()
    def notes_stay(self) -> None:
        if getattr(self, "notes", False):
            assert (self.out / "notes.txt").read_text() == "mine"

    @invariant()
    def tables_are_those_of_an_undisturbed_run(self) -> None:
        if getattr(self, "holds", None) is not None and not (self.out / ".sojourn-ready").exists():
            found, right = tables(self.out), self.right.files[self.holds]
            assert {n for n in right if found.get(n) != right[n]} <= self.damaged

    def teardown(self) -> None:
        if hasattr(self, "place"):
            shutil.rmtree(self.place, ignore_errors=True)


def explored(examples: int, steps: int, *, seed: int | None = None) -> int:
    """Run the machine from that many beginnings, those of a seed; how many commands were given."""
    RunFolderMachine.steps = 0
    RunFolderMachine._hypothesis_internal_use_seed = seed
    run_state_machine_as_test(
        RunFolderMachine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=seed is None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
    return RunFolderMachine.steps


if __name__ == "__main__":
    # Seeds, from the first; each is told before it is run.
    first, seeds = map(int, sys.argv[1:])
    given = 0
    for number in range(first, first + seeds):
        print(f"seed {number}, after {given} commands", flush=True)
        given += explored(10, 50, seed=number)
    print(f"{given} commands")
