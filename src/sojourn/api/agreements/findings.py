"""What an agreement's rules say of a case, of all cases, and of two drafts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from sojourn.api.public import public
from sojourn.rules.explain.case_words import listed

if TYPE_CHECKING:
    from datetime import date

    from sojourn.rules.agreement.conditions import CheckedRule
    from sojourn.rules.explain.explain import CaseExplanation
    from sojourn.rules.meaning.reference import Documented
    from sojourn.rules.prove.compare_drafts import DraftDifference
    from sojourn.rules.prove.prove import AgreementProof
    from sojourn.study.model.facts import Fact


def _meant(means: str | None, begin: str = "eligible means") -> Iterator[str]:
    from sojourn.rules.explain.case_words import wrapped

    if means is not None:
        yield from wrapped(f"{begin}: {means}", 0)


@public
class Explanation:
    """One case, explained; `print` gives each rule and the fewest changes to another outcome."""

    def __init__(
        self,
        name: str,
        found: CaseExplanation,
        facts: Mapping[str, Documented],
        declared: Mapping[str, Fact],
        means: str | None = None,
    ) -> None:
        self.name = name
        """What the case is called."""
        self.eligible_means = means
        """What the agreement says that eligible means, or None."""
        self._found, self._facts, self._declared = found, facts, declared

    @property
    def outcome(self) -> str:
        """`eligible`, `barred` or `referred`."""
        return self._found.verdict.status

    @property
    def because(self) -> tuple[str, ...]:
        """The rules that decide: those that fail if barred, those undetermined if referred."""
        mask = self._found.verdict.failed or self._found.verdict.unknown
        return tuple(each.rule.name for at, each in enumerate(self._found.rules) if mask >> at & 1)

    def lines(self, *, everything: bool = False) -> Iterator[str]:
        """The explanation line by line; `everything` shows every part of every condition."""
        from sojourn.rules.explain.explain_text import explanation_lines

        lines = explanation_lines(self.name, self._found, self._facts, self._declared, everything)
        yield next(lines)
        yield from _meant(self.eligible_means)
        yield from lines

    def to_dict(self) -> dict[str, Any]:
        """The explanation as plain values: rules, what decided them, documents and changes."""
        from sojourn.rules.explain.explain_text import explanation_json

        found = explanation_json(self.name, self._found, self._facts)
        return {**found, "eligible means": self.eligible_means}

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def __repr__(self) -> str:
        why = f", because of {listed(list(self.because))}" if self.because else ""
        return f"{self.name}: {self.outcome}{why}"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(each.rule.name)}</td><td>{escape(each.finding)}</td>"
            f"<td>{escape('; '.join(part.text for part in each.deciding))}</td></tr>"
            for each in self._found.rules
        )
        heads = "<th>rule</th><th>finding</th><th>decided by</th>"
        return (
            f"<p>{escape(repr(self))}</p>"
            f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        )


@public
class Proof:
    """What was proven of an agreement; `print` gives all of it."""

    def __init__(
        self,
        found: AgreementProof,
        rules: Sequence[CheckedRule],
        facts: Mapping[str, Fact],
        means: str | None = None,
        day: date | None = None,
    ) -> None:
        self.eligible_means = means
        """What the agreement says that eligible means, or None."""
        self._found, self._rules, self._facts, self._day = found, rules, facts, day

    @property
    def possible(self) -> str:
        """Whether anybody can be eligible: `yes`, `no` or `not proven`."""
        return self._found.possible.answer

    @property
    def asked(self) -> tuple[str, ...]:
        """The answer to each question, those of `never` first: `yes`, `no` or `not proven`."""
        return tuple(each.answer for each in self._found.asked)

    @property
    def holds(self) -> bool:
        """Whether somebody can be eligible and the answer to every question is yes."""
        return all(answer == "yes" for answer in (self.possible, *self.asked))

    def lines(self) -> Iterator[str]:
        """The proof line by line."""
        from sojourn.rules.prove.proof_text import proof_lines

        yield from _meant(self.eligible_means)
        yield from proof_lines(self._found, self._rules, self._facts, self._day)

    def to_dict(self) -> dict[str, Any]:
        """The answers as plain values, with the cases that show them."""
        from sojourn.rules.prove.proof_text import proof_json

        return {**proof_json(self._found), "eligible means": self.eligible_means}

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def __repr__(self) -> str:
        eligible = {"yes": "somebody can be eligible", "no": "nobody can be eligible"}
        said = [eligible.get(self.possible, "whether anybody can be eligible is not proven")]
        words = {"yes": "proven", "no": "not so"}
        said += [
            f"{each.kind} {each.condition}: {words.get(each.answer, each.answer)}"
            for each in self._found.asked
        ]
        return "; ".join(said)

    def _repr_html_(self) -> str:
        return f"<pre>{escape(str(self))}</pre>"


@public
class Difference:
    """How two drafts differ; `print` gives the cases and the rules."""

    def __init__(
        self,
        found: DraftDifference,
        facts: Mapping[str, Fact],
        means: tuple[str | None, str | None] = (None, None),
    ) -> None:
        self.eligible_means = means
        """What the old and the new draft say that eligible means."""
        self._found, self._facts = found, facts

    @property
    def equal(self) -> bool | None:
        """Whether every case has the same outcome under both; None if that is not proven."""
        return self._found.equal

    def lines(self) -> Iterator[str]:
        """The comparison line by line."""
        from sojourn.rules.prove.proof_text import difference_lines

        old, new = self.eligible_means
        lines = difference_lines(self._found, self._facts)
        if old == new:
            yield next(lines)
            yield from _meant(old)
        else:
            yield from _meant(old or "not said", "eligible in the old draft means")
            yield from _meant(new or "not said", "eligible in the new draft means")
        yield from lines

    def to_dict(self) -> dict[str, Any]:
        """The comparison as plain values, with a case for each difference."""
        from sojourn.rules.prove.proof_text import difference_json

        old, new = self.eligible_means
        return {**difference_json(self._found), "eligible means": {"old": old, "new": new}}

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def __repr__(self) -> str:
        from sojourn.rules.prove.proof_text import difference_lines

        return next(difference_lines(self._found, self._facts))

    def _repr_html_(self) -> str:
        return f"<pre>{escape(str(self))}</pre>"
