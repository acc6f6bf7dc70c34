"""An agreement in Python: explain a case, prove, compare drafts, screen a cohort."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from html import escape
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from sojourn.api.public import public
from sojourn.errors import Problem, SojournError, install
from sojourn.rules.agreement.file import AgreementFile, read_agreement
from sojourn.study.files.joined_agreements import library_names
from sojourn.study.units import WordsError, read_date

if TYPE_CHECKING:
    from sojourn.api.agreements.findings import Difference, Explanation, Proof
    from sojourn.api.agreements.screening import Screening
    from sojourn.api.tables import Table
    from sojourn.library.worked_cases import CaseResult
    from sojourn.rules.meaning.reference import Documented
    from sojourn.screening.screen import Shown


@public
def agreement(place: str | Path, *, today: date | str | None = None) -> Agreement:
    """Read an agreement.

    Args:
        place: a name in the library (`sojourn.library` lists them), or an agreement file.
        today: the day on which every case is decided, in place of each case's own.

    Raises SojournError with everything that is wrong with the file.
    """
    return Agreement(read_agreement(place, today=_day(today)))


@public
def agreements() -> Table:
    """The agreements that ship with Sojourn, one row each.

    Columns: name, title, parties, dates, price form, confidence (how well rules and provisions
    are known, in words).
    """
    from sojourn.api.tables import of_texts

    read = map(agreement, agreement_names())
    rows = [{**each.summary(), "confidence": each.known} for each in read]
    names = ("name", "title", "parties", "dates", "price form", "confidence")
    return of_texts("agreements", rows, names)


@public
def agreement_names() -> tuple[str, ...]:
    """The names of the agreements that ship, in alphabetical order."""
    return library_names()


@public
def compare_agreements(laws: Iterable[Agreement]) -> list[Table]:
    """These `laws` compared: who may be sent, price, time and way out, minimums.

    One table each, named after its subject, with a row for each agreement that says something.
    """
    from sojourn.api.tables import of_texts
    from sojourn.library.compare import comparisons, minimums

    files = [law._file for law in laws]
    return [
        of_texts(
            table.title, (dict(zip(table.names, row, strict=True)) for row in table.rows),
            table.names,
        )
        for table in (*comparisons(files), minimums(files))
    ]  # fmt: skip


class Case(dict[str, Any]):
    """The facts of one case, read and checked; what is missing is undocumented."""

    name = "case"


@public
class Agreement:
    """An agreement between states: its rules, facts, price and sources.

    `sojourn.agreement` reads one. Entries that nobody checked against a text are marked.
    """

    def __init__(self, file: AgreementFile) -> None:
        self._file = file

    @property
    def name(self) -> str:
        """Its name in the library, or of its file."""
        return self._file.name

    @property
    def title(self) -> str:
        """What it is."""
        return self._file.title

    @property
    def rules(self) -> Table:
        """One row a rule, in the file's order.

        Columns: rule, kind (`require` or `bar`), condition, cite, source, confidence.
        """
        from sojourn.api.tables import of_texts
        from sojourn.rules.agreement.funnel import condition_of

        rows = [
            {"rule": checked.name, "kind": checked.rule.kind, "condition": condition_of(checked),
             "cite": checked.rule.cite, "source": checked.rule.source,
             "confidence": checked.rule.confidence}
            for checked in self._file.rules
        ]  # fmt: skip
        names = ("rule", "kind", "condition", "cite", "source", "confidence")
        return of_texts("rules", rows, names)

    @property
    def facts(self) -> Table:
        """One row for each fact that a case may document.

        Columns: fact, type (text, yes-no, number, duration or date), unit, values, about.
        """
        from sojourn.api.tables import of_texts

        rows = [
            {"fact": name, "type": fact.type, "unit": fact.unit, "about": fact.about,
             "values": ", ".join(fact.values)}
            for name, fact in self._file.facts.items()
        ]  # fmt: skip
        names = ("fact", "type", "unit", "values", "about")
        return of_texts("facts", rows, names)

    def explain(
        self, case: Mapping[str, Any] | str | Path, *, name: str | None = None
    ) -> Explanation:
        """Why a case is eligible, barred or referred, and what would change that.

        Args:
            case: facts by name, durations with their unit (`{"remaining": "730 days"}`), or a YAML
                or JSON file of one case. What is missing is undocumented.
            name: how the case is called; of a file with several cases, the one that is wanted.

        Raises SojournError for facts or values that the agreement does not know, and for facts
        that could identify a person.
        """
        from sojourn.api.agreements.findings import Explanation
        from sojourn.rules.agreement.case_files import cases_in
        from sojourn.rules.explain.explain import explain
        from sojourn.study.scenarios.change import as_node

        if isinstance(case, Case):
            read: Case = case
        elif isinstance(case, Mapping):
            called = name or Case.name
            read = _case(called, cases_in(as_node({called: case}), self._file.facts)[called])
        else:
            read = self._only_case(Path(case), name)
        file = self._file
        found = explain(file.rules, file.facts, read, file.terms)
        return Explanation(read.name, found, read, file.facts, file.eligible)

    def _only_case(self, path: Path, name: str | None) -> Case:
        cases = self.read_cases(path, only=name)
        if len(cases) > 1:
            what = f"the file holds {len(cases)} cases"
            fix = f"choose one with name=: {', '.join(cases)}"
            raise SojournError(Problem(what, fix, str(path)))
        return next(iter(cases.values()))

    def read_cases(self, path: str | Path, *, only: str | None = None) -> dict[str, Case]:
        """The cases of the YAML or JSON file `path` by name, each for `explain`; `only` this one.

        Raises SojournError as `explain` does.
        """
        from sojourn.rules.agreement.case_files import read_cases

        found = read_cases(Path(path), self._file.facts, only)
        return {name: _case(name, facts) for name, facts in found.items()}

    def prove(
        self, *,
        never: str | Iterable[str] = (), always: str | Iterable[str] = (), seconds: float = 10.0,
    ) -> Proof:  # fmt: skip
        """Prove who can be eligible, which rules conflict and which are idle, or show a case.

        Args:
            never: conditions to prove false in every case, whatever facts are missing; they may
                use `eligible`, `barred` and `referred`.
            always: conditions to prove true in every case.
            seconds: time limit for all proofs together; the rest are answered `not proven`.

        Raises SojournError for a condition that cannot be read, or if Z3 is not installed.
        """
        _needs_proofs()
        from sojourn.api.agreements.findings import Proof
        from sojourn.rules.prove.encoding import read_question
        from sojourn.rules.prove.prove import prove

        asked = {
            option: [read_question(text, option, self._file) for text in _several(texts)]
            for option, texts in (("--never", never), ("--always", always))
        }
        proof = prove(
            self._file.rules, self._file.facts,
            never=asked["--never"], always=asked["--always"], seconds=seconds,
        )  # fmt: skip
        day = None if isinstance(self._file.today, str) else self._file.today
        return Proof(proof, self._file.rules, self._file.facts, self._file.eligible, day)

    def diff(self, other: Agreement | str | Path, *, seconds: float = 10.0) -> Difference:
        """Which cases only one of two drafts accepts, and the rule responsible.

        This one is the old draft, the `other` the new one; `seconds` is the time for all proofs
        together. Raises SojournError if the other cannot be read, or if Z3 is not installed.
        """
        new = other if isinstance(other, Agreement) else agreement(other)
        _needs_proofs()
        from sojourn.api.agreements.findings import Difference
        from sojourn.rules.prove.compare_drafts import Draft, compare

        old, other_draft = (Draft(each._file.rules, each._file.facts) for each in (self, new))
        found = compare(old, other_draft, seconds=seconds)
        means = (self._file.eligible, new._file.eligible)
        return Difference(found, {**self._file.facts, **new._file.facts}, means)

    def screen(
        self,
        cohort: object,
        *,
        by: str | None = None,
        weights: str | None = None,
        undocumented: Sequence[str] = (),
        drop: Sequence[str] = (),
        identifier: str | None = None,
        smallest: int | None = None,
        ledger: str | Path | None = None,
        rows: str | Path | None = None,
        out: str | Path | None = None,
        on: str | None = None,
        threads: int | None = None,
        memory: str | None = None,
        progress: Shown | None = None,
    ) -> Screening:
        """Screen a cohort by the agreement: how many are eligible, barred or referred.

        Args:
            cohort: Parquet or CSV: a file, a folder or a pattern, which may be larger than memory;
                or a data frame, or anything with the PyCapsule interface. Columns are named as
                the agreement's facts; empty is undocumented.
            by: a fact; each of its values is also counted separately.
            weights: a column of whole numbers: how many people each row stands for.
            undocumented: facts for which no case has a value.
            drop: columns to ignore.
            identifier: a column to copy unchanged into `rows`.
            smallest: counts below this are held back, and all have noise of half of it; by default
                20, and 0 shows all exactly.
            ledger: the file that holds what the cohort was asked; by default beside the cohort. A
                data frame needs one, unless counts are exact.
            rows: a file for the outcome of each row, as Parquet.
            out: a folder for the tables as CSV and Parquet, and run.json.
            on: the master of a Spark cluster that reads the files.
            threads: by default one for each core.
            memory: memory limit of the reader, for example "500MB".
            progress: a function called with the current step and the share of it that is done.

        Raises SojournError for columns that could identify a person, and for values that a fact
        cannot have.
        """
        from sojourn.api.agreements.screening import ScreenArguments, as_parquet, screened

        arguments = ScreenArguments(
            by=by, weights=weights, undocumented=tuple(undocumented), drop=tuple(drop),
            identifier=identifier, smallest=smallest, ledger=ledger, rows=rows, out=out,
            on=on, threads=threads, memory=memory,
        )  # fmt: skip
        if isinstance(cohort, str | Path):
            return screened(self._file, str(cohort), arguments, progress)
        with TemporaryDirectory(prefix="sojourn-") as folder:
            file = as_parquet(cohort, arguments, Path(folder) / "cohort.parquet")
            return screened(self._file, str(file), arguments, progress)

    @cached_property
    def _results(self) -> tuple[CaseResult, ...]:
        from sojourn.library.worked_cases import run_cases

        return run_cases(self._file)

    @property
    def cases(self) -> Table:
        """Its worked cases, run, one row each.

        Columns: case, says (in words), expected, because (the rules that the file says decide),
        found, deciding (the rules that do), passed.
        """
        import pyarrow as pa

        from sojourn.api.tables import from_rows
        from sojourn.library.as_json import case_result

        names = pa.list_(pa.string())
        kinds = {"because": names, "deciding": names, "passed": pa.bool_()}
        columns = ("case", "says", "expected", "because", "found", "deciding", "passed")
        return from_rows(
            "cases",
            map(case_result, self._results),
            {name: kinds.get(name, pa.string()) for name in columns},
        )

    def case_lines(self) -> Iterator[str]:
        """Its worked cases, run, line by line."""
        from sojourn.library.as_text import case_lines

        return case_lines(self._file, self._results)

    @property
    def known(self) -> str:
        """How well its rules and provisions are known, in words."""
        from sojourn.library.agreement_words import confidence_in_words

        return confidence_in_words(self._file)

    def summary(self) -> dict[str, Any]:
        """Name, title, parties, dates, form of the price, and how well it is known."""
        from sojourn.library.as_json import summary

        return summary(self._file)

    def write(self, file: str | Path) -> Path:
        """Write the agreement's own file to a new `file`, to draft from; returns its path.

        Raises SojournError for other endings than .yaml and .yml, and if it cannot be written.
        """
        from sojourn.disk.whole import write_text
        from sojourn.results.endings import refuse_other_ending

        file = Path(file)
        refuse_other_ending(file, "an agreement", ".yaml", ".yml")
        try:
            write_text(file, self._file.path.read_text(encoding="utf-8"))
        except OSError as error:
            there = isinstance(error, FileExistsError)
            what = "is there already" if there else f"cannot be written: {error.strerror}"
            raise SojournError(Problem(f"the file {what}", "give another", str(file))) from error
        return file

    def to_dict(self) -> dict[str, Any]:
        """The whole agreement as plain values, without empty parts."""
        from sojourn.library.as_json import described

        return described(self._file)

    def __str__(self) -> str:
        from sojourn.library.as_text import agreement_lines

        return "\n".join(agreement_lines(self._file))

    def __repr__(self) -> str:
        count = len(self._file.rules)
        rules = "1 rule" if count == 1 else f"{count} rules"
        return f"{self.title} ({self._file.sending} to {self._file.receiving}, {rules})"

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>{self.rules._repr_html_()}"


def _case(name: str, facts: Mapping[str, Documented]) -> Case:
    made = Case(facts)
    made.name = name
    return made


def _several(texts: str | Iterable[str]) -> list[str]:
    return [texts] if isinstance(texts, str) else list(texts)


def _day(today: date | str | None) -> date | None:
    if today is None or isinstance(today, date):
        return today
    try:
        return read_date(today)
    except WordsError as error:
        raise SojournError(Problem(f"--today: {error.what}", error.fix)) from error


def _needs_proofs() -> None:
    """Refuse if Z3 is missing: Sojourn installs it, but an older installation may lack it."""
    if find_spec("z3") is None:
        what = "proofs need the Z3 solver, which is not installed here"
        raise SojournError(Problem(what, install("z3-solver>=4.13")))
