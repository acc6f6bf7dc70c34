"""A whole small study, and the ways to break it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import chdir
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from hypothesis.internal.conjecture import providers

from called import called

# Hypothesis would also try constants of whatever modules are loaded: the same test would then see
# other examples when another file of tests has run before it, or when code elsewhere changes.
providers._get_local_constants = lambda: providers._local_constants

LONGEST = (
    "disk/test_machine.py", "engine/expected/test_expected_simulated.py", "e2e/test_docs.py",
    "engine/test_covering.py", "engine/expected/test_expected.py", "screening/test_spark.py",
    "baseline/test_examples.py", "e2e/test_matters_page.py", "e2e/test_site.py",
)  # fmt: skip
"""Files that take longest: they begin first, so that no process is left alone with one of them."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.path.as_posix().endswith(LONGEST))


STUDY = """\
study: Two places
about: A small study that uses most of the language.
period: {from: 2026-01-01, to: 2027-01-01, report: month, by: [citizenship]}
run: {seed: 7, draws: 3, replicates: 1}
sources:
  memo: {title: A memorandum, date: 2025-12-01, file: memo.txt}
facts:
  citizenship: {values: [home, other]}
  offence: {values: [theft, assault]}
  convicted: {type: yes-no}
parameters:
  lawsuit_share: {between: [20 %, 60 %], best: 40 %, confidence: assumed, note: no record}
agreement:
  title: Transfer
  sending: A
  receiving: B
  terms: {violent: "offence = 'assault'"}
  rules:
    sentenced: {require: convicted, source: memo, quote: "only those convicted"}
    citizen: {bar: citizenship = 'home', cite: "Statute 1"}
facilities:
  north: {capacity: 400 people}
  abroad: {capacity: {value: 40 people, source: memo, quote: "forty places"}, limit: hard}
clocks: {sentence_end: end of the sentence}
states:
  prison: {place: north}
  suing: {place: north}
  held: {place: abroad}
  released: {end: yes}
transitions:
  prison -> released: {at: sentence_end}
  prison -> suing: {when: eligible, chance: {parameter: lawsuit_share}, after: {mean: 30 days}}
  prison -> held: {when: eligible, after: 20 days, while: in_force, at most: 5 people per week}
  suing -> prison: {after: {gamma: {mean: 60 days, sd: 30 days}}}
  suing -> released: {at: sentence_end}
  held -> released: {at: sentence_end}
gates:
  in_force: {open: [{from: 2026-02-01, to: 2026-11-01}]}
populations:
  prisoners:
    table: cells.csv
    stock: {count: 200 people, state: prison, served: equilibrium}
    admissions: {per year: {between: [150 people, 250 people]}, into: prison}
    clocks: {sentence_end: {lognormal: {mean: 300 days, sd: 200 days}}}
money:
  currency: USD
  payments:
    fee: {payer: A, payee: B, per: person-year in held, amount: 20000 USD, minimum: 10 places}
    home: {payer: A, payee: Prisons, per: person-day in prison, amount: 100 USD, category: custody}
measures:
  held_at_end: {people: held, at: end}
  fee_total: {money: fee}
  held_years: {person-years: held}
  fee_per_year: {ratio: [fee_total, held_years]}
  home_per_year: {value: 36525 USD, confidence: assumed}
claims:
  cheap: {says: cheaper than at home, source: memo, holds if: fee_per_year < home_per_year}
  safe: {says: safer, cannot be determined: no measure of safety is in the model}
scenarios:
  no agreement: {transitions.prison -> held: off}
  as agreed: {}
"""

CELLS = """\
citizenship,offence,convicted,share
home,theft,yes,0.6
other,theft,yes,0.25
other,assault,,0.15
"""

MEMO = "Transfers take only those convicted. There are forty places in the new building.\n"

Write = Callable[..., Path]
Sojourn = Callable[..., CompletedProcess[str]]


@pytest.fixture(scope="session")
def whole_study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study as it stands, one folder for all tests that do not change it."""
    folder = tmp_path_factory.mktemp("studies") / "trial"
    folder.mkdir()
    for name, text in (("study.yaml", STUDY), ("cells.csv", CELLS), ("memo.txt", MEMO)):
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def write_study(tmp_path: Path) -> Write:
    """Write the study, with (old, new) replacements in `study.yaml`; every old must be there."""

    def write(
        *replacements: tuple[str, str], name: str = "trial", cells: str = CELLS, memo: str = MEMO
    ) -> Path:
        text = STUDY
        for old, new in replacements:
            assert text.count(old) == 1, f"{old!r} should stand once in the study"
            text = text.replace(old, new)
        folder = tmp_path / name
        folder.mkdir()
        (folder / "study.yaml").write_text(text, encoding="utf-8")
        (folder / "cells.csv").write_text(cells, encoding="utf-8")
        (folder / "memo.txt").write_text(memo, encoding="utf-8")
        return folder

    return write


@pytest.fixture
def sojourn() -> Sojourn:
    """Run the command line, in this process, and in a folder if one is given."""

    def run(*arguments: object, cwd: Path | None = None) -> CompletedProcess[str]:
        with chdir(cwd or "."):
            return CompletedProcess(arguments, *called(*arguments))

    return run
