"""A cohort model as a study: compartments are states, its laws ways out with whole steps."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from json import dumps
from pathlib import Path

from sojourn.disk.faults import problem_of
from sojourn.disk.whole import put_folder, staged, write_text
from sojourn.errors import Problem, SojournError
from sojourn.importing.cohort_tables import CohortLaw, CohortModel, Group, Outflow
from sojourn.study.files.shipped import ENTRY
from sojourn.study.time_steps import Step, Steps


def write_cohort_study(
    model: CohortModel, out: Path, *, title: str, start: date, step: Step, steps: int
) -> Path:
    """Write the model as a study into a new folder, and return the folder.

    `start` is the first day of step 0, and must begin a step. Raises SojournError if it does not,
    or if the folder exists or cannot be written.
    """
    calendar = Steps(start, date.max, step)
    if not calendar.begins(start):
        what, fix = f"{start} lies within a {step}", f"write the first day of a {step}"
        raise SojournError(Problem(f"--from: {what}", fix))
    if out.exists() or out.is_symlink():
        what, fix = f"{out} exists already", "give a new name: nothing is overwritten"
        raise SojournError(Problem(what, fix))
    text = "\n".join(_Writer(model, calendar, steps).lines(title)) + "\n"
    try:
        with staged(out) as stage:
            made = stage / "study"
            made.mkdir()
            write_text(made / ENTRY, text)
            put_folder(made, out, ENTRY)
    except OSError as error:
        raise SojournError(problem_of(error, f"cannot write {out}")) from error
    return out


NEVER = 120_000
"""Steps after which no study runs any more."""
ROUNDING = 1e-12
"""Share of people that is a rounding error of sums of weights."""


class _Writer:
    """The lines of study.yaml."""

    def __init__(self, model: CohortModel, calendar: Steps, steps: int) -> None:
        self.model, self.calendar, self.steps = model, calendar, steps

    def lines(self, title: str) -> Iterator[str]:
        """The whole file."""
        model = self.model
        end = self.calendar.first_day(self.steps)
        by = f", by: {_listed(model.groups_by)}" if model.groups_by else ""
        unit = self.calendar.unit
        report = "year" if unit == "year" else "month"
        yield "# Written by `sojourn import` from the tables of a cohort model."
        yield f"study: {dumps(title, ensure_ascii=False)}"
        yield (
            f"period: {{from: {self.calendar.start}, to: {end}, step: {unit}, "
            f"report: {report}{by}}}"
        )
        yield "run: {draws: 1}"
        if model.groups_by:
            yield "facts:"
            for place, fact in enumerate(model.groups_by):
                values = tuple(dict.fromkeys(group[place] for group in model.groups))
                yield f"  {_key(fact)}: {{values: {_listed(values)}}}"
        yield "states:"
        leaving = {name for name, _ in model.laws}
        for name in model.compartments:
            yield f"  {_key(name)}: {{{'' if name in leaving else 'end: yes'}}}"
        for name, _ in self._passages():
            yield f"  {_key(name)}: {{}}"
        yield "transitions:"
        yield from self._transitions()
        yield "populations:"
        yield from self._populations()
        yield "measures:"
        for name in model.compartments:
            yield f"  {_key(f'{name} at the end')}: {{people: {_listed((name,))}, at: end}}"
        yield from self._scenarios()

    def _passages(self) -> dict[tuple[str, Outflow], str]:
        """States of no time that people pass who come back to their compartment or change group.

        By its name and where it leads: the name of the way through it.
        """
        found: dict[tuple[str, Outflow], str] = {}
        for (source, _), laws in self.model.laws.items():
            for law in laws:
                for outflow in law.weights:
                    name = self._target(source, outflow)
                    if name != outflow.to:
                        found[name, outflow] = f"{name} -> {outflow.to}"
        return found

    def _target(self, source: str, outflow: Outflow) -> str:
        """The state to which an outflow goes at first."""
        if outflow.group is None and outflow.to != source:
            return outflow.to
        group = f" as {' & '.join(outflow.group)}" if outflow.group is not None else " again"
        return f"{outflow.to}{group}"

    def _transitions(self) -> Iterator[str]:
        for (source, group), laws in self.model.laws.items():
            for name, told in self._ways(source, group, laws, laws[0]):
                yield f"  {_key(name)}:"
                if group:
                    yield f"    when: {dumps(self._condition(group), ensure_ascii=False)}"
                yield f"    {told}"
        for (_, outflow), way in self._passages().items():
            becomes = ""
            if outflow.group is not None:
                pairs = zip(self.model.groups_by, outflow.group, strict=True)
                facts = ", ".join(f"{_key(fact)}: {_key(value)}" for fact, value in pairs)
                becomes = f"becomes: {{{facts}}}"
            yield f"  {_key(way)}: {{{becomes}}}"

    def _ways(
        self, source: str, group: Group, laws: list[CohortLaw], law: CohortLaw
    ) -> Iterator[tuple[str, str]]:
        """Names of transitions out of a compartment, and what each is under one of its laws.

        One transition with a branch for each outflow; or, if a law applies to people who are
        there, a transition for each: then they leave at the new law's rate, whatever they drew.
        """
        outflows = tuple(dict.fromkeys(o for each in laws for o in each.weights))
        named = f" ({' & '.join(group)})" if group else ""
        if all(each.applies_to == "new" for each in laws):
            yield f"{source} -> leaves{named}", f"to: {self._branches(source, law, outflows)}"
            return
        for outflow, delays in zip(outflows, in_turn(law, outflows), strict=True):
            yield (
                f"{source} -> {self._target(source, outflow)}{named}",
                f"after: {self._delay(delays)}",
            )

    def _condition(self, group: Group) -> str:
        pairs = zip(self.model.groups_by, group, strict=True)
        return " and ".join(f"{fact} = '{value}'" for fact, value in pairs)

    def _branches(self, source: str, law: CohortLaw, targets: tuple[Outflow, ...]) -> str:
        """Shares and delays; the last branch has what the others leave."""
        total = sum(sum(steps.values()) for steps in law.weights.values())
        parts = []
        for place, outflow in enumerate(targets):
            weights = law.weights.get(outflow) or {1: 0.0}
            share = sum(weights.values()) / total
            last = place == len(targets) - 1
            delay = self._delay({after: w for after, w in weights.items() if w > 0} or {1: 1.0})
            head = "" if last else f"share: {100 * share!r} %, "
            target = _key(self._target(source, outflow))
            parts.append(f"{target}: {{{head}after: {delay}}}")
        return f"{{{', '.join(parts)}}}"

    def _delay(self, weights: dict[int, float]) -> str:
        """A mixture of whole numbers of steps."""
        unit, total = self.calendar.unit, sum(weights.values())
        parts = [
            (100 * weight / total, f"{after} {unit}s") for after, weight in sorted(weights.items())
        ]
        if len(parts) == 1:
            return parts[0][1]
        mixed = ", ".join(f"{{share: {share!r} %, after: {after}}}" for share, after in parts)
        return f"{{mixture: [{mixed}]}}"

    def _populations(self) -> Iterator[str]:
        for (name, group), steps in self.model.admissions.items():
            yield f"  {_key(' & '.join((name, *group)))}:"
            if group:
                pairs = zip(self.model.groups_by, group, strict=True)
                facts = ", ".join(f"{_key(fact)}: {_key(value)}" for fact, value in pairs)
                yield f"    facts: {{{facts}}}"
            yield f"    admissions: {{into: {_key(name)}, per {self.calendar.unit}: {{"
            before = None
            for step in range(self.steps):
                people = steps.get(step, 0.0)
                if people != before:
                    yield f"      {self.calendar.first_day(step)}: {people!r} people,"
                before = people
            yield "    }}"

    def _scenarios(self) -> Iterator[str]:
        yield "scenarios:"
        yield "  as it is: {}"
        changed = {key: laws for key, laws in self.model.laws.items() if len(laws) > 1}
        if not changed:
            return
        yield "  with its policies:"
        for (source, group), laws in changed.items():
            for place, (name, _) in enumerate(self._ways(source, group, laws, laws[0])):
                yield f"    {_key(f'transitions.{name}.changes')}:"
                for law in laws[1:]:
                    scope = "everyone by pace" if law.applies_to == "all" else "new entrants"
                    told = list(self._ways(source, group, laws, law))[place][1]
                    yield f"      {self.calendar.first_day(law.since)}: {{for: {scope}, {told}}}"


def in_turn(law: CohortLaw, outflows: tuple[Outflow, ...]) -> list[dict[int, float]]:
    """For each outflow the chances of delays that, side by side, give the law.

    Of people there after so many steps, a share takes each outflow. Asked in turn, each takes its
    share of those whom none before it has taken; so the delays are independent of each other, and
    the first in order takes those who have two on one day. What is left never comes: `NEVER`.
    """
    weights = [law.weights.get(outflow, {}) for outflow in outflows]
    there = sum(sum(steps.values()) for steps in weights)
    chances: list[dict[int, float]] = [{} for _ in outflows]
    waiting = [1.0] * len(outflows)
    for after in sorted({after for steps in weights for after, w in steps.items() if w > 0}):
        asked = there
        for place, steps in enumerate(weights):
            taken = steps.get(after, 0.0)
            last = asked - taken <= there * ROUNDING
            rate = (1.0 if last else taken / asked) if taken else 0.0
            if rate:
                chances[place][after] = waiting[place] * rate
                waiting[place] *= 1.0 - rate
            asked -= taken
        there = asked
        if there <= 0:
            break
    for place, rest in enumerate(waiting):
        if rest > 0:
            chances[place][NEVER] = rest
    return chances


def _key(name: str) -> str:
    return dumps(name, ensure_ascii=False)


def _listed(names: tuple[str, ...]) -> str:
    return f"[{', '.join(map(_key, names))}]"
