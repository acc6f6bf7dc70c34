"""What can be asked of a run about its inputs: which of them matters, what knowing it is worth."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from sojourn.api.public import public

if TYPE_CHECKING:
    from sojourn.api.progress import Progress
    from sojourn.api.tables import Table
    from sojourn.results.run_folder.folder import RunFolder


@public
class RunQuestions:
    """The part of `Run` that answers from its draws, or by runs of its own."""

    _found: RunFolder

    def tornado(
        self,
        measure: str,
        *,
        scenario: str | None = None,
        against: str | None = None,
        exact: bool = False,
        inputs: Collection[str] = (),
        progress: Progress = None,
    ) -> Table:
        """What each uncertain input does to a measure, in the measure's own unit.

        Each is moved from its 5th to its 95th percentile while all others are as they are. By
        default this is estimated from the run's draws by regression, without a simulation.

        Args:
            measure: name of a measure of the study.
            scenario: by default the first that is not the baseline.
            against: another scenario, whose measure is subtracted, draw by draw.
            exact: compute each bar by two runs of its own.
            inputs: only these; by default all, with `exact` those told from 0.
            progress: as in `Study.run`.

        The columns: input, low, high (the percentiles, in `unit`), at_low, at_high (mean of the
        measure there), change (their difference), error (its standard error), told (whether any
        effect is told from 0). `about` says how much all of them explain. Raises SojournError for
        unknown names, and for a run with too few draws or nothing uncertain.
        """
        from sojourn.api.which_number.matters import tornado

        return tornado(self._found, measure, scenario, against, exact, inputs, progress)

    def sensitivity(
        self,
        measure: str,
        *,
        scenario: str | None = None,
        against: str | None = None,
        exact: int = 0,
        progress: Progress = None,
    ) -> Table:
        """Sobol indices: which share of a measure's variance comes from which input.

        Args:
            measure: as in `tornado`, as are `scenario` and `against`.
            scenario: see there.
            against: see there.
            exact: rows of a sample of its own, a power of 2 such as 256; exact means are then
                computed for (inputs + 2) times as many rows. By default they are estimated from
                the run's draws by regression.
            progress: as in `Study.run`.

        The columns: input, first (alone), total (with what it does together with others), each
        with the ends of its 95 % interval, and told. Raises SojournError as `tornado` does.
        """
        from sojourn.api.which_number.matters import sensitivity

        return sensitivity(self._found, measure, scenario, against, exact, progress)

    def break_even(
        self,
        path: str,
        measure: str,
        *,
        equals: str | float | None = None,
        against: str | None = None,
        scenario: str | None = None,
        between: Sequence[str | float] | None = None,
        along: Mapping[str, str | Sequence[str | float]] | None = None,
        progress: Progress = None,
    ) -> Table:
        """The value of a number of the study at which a measure reaches a mark.

        A number that moves nobody, such as a price, is answered from the finished run; any other
        by runs of its own, with the same draws and random numbers.

        Args:
            path: of the number, as `money.payments.fee.amount`; it need not be uncertain.
            measure: name of a measure.
            equals: the mark: another measure, or a number as `"47162 USD"`; a bare one, no text, is
                in the measure's unit.
            against: the mark: the same measure under another scenario.
            scenario: by default the first that is not the baseline.
            between: where to look, two values; needed where runs are, unless the number is
                uncertain.
            along: values of another number, by its path: a row for each, a map of thresholds. A
                text is read as a sweep reads it: `"18 months..30 months/5"`.
            progress: as in `Study.run`.

        The columns: input, value (where the means are equal), unit, error (standard error), p5,
        p50, p95 (over draws that have such a value), draws (their share), low, high (where it was
        looked for), at_low, at_high (measure less mark there). Raises SojournError for unknown
        names and units.
        """
        from sojourn.api.which_number.break_even import break_even

        return break_even(
            self._found, path, measure, equals, against, scenario, between, along, progress
        )

    @property
    def decisions(self) -> tuple[str, ...]:
        """Names of the study's decisions all of whose options were run."""
        from sojourn.analysis.information import decision_names

        return tuple(decision_names(self._found))

    def value_of_information(
        self, decision: str | None = None, *, exact: bool = False, progress: Progress = None
    ) -> Table:
        """What it is worth to a decision of the study to find something out before.

        Args:
            decision: its name under `decisions`; by default the first.
            exact: also compute each input's by runs of its own.
            progress: as in `Study.run`.

        The columns: kind (everything, inputs, group, sample or input), what, value (in the unit of
        the decision's measure), error (standard error), by_chance (what values in random order
        would show), told (whether it is told from 0). `about` says what is decided now. Raises
        SojournError if the study states no such decision.
        """
        from sojourn.api.which_number.matters import information

        return information(self._found, decision, exact, progress)

    def discover(self, condition: str, *, scenario: str | None = None, fails: bool = True) -> Table:
        """The ranges of inputs in which a condition fails in most draws (PRIM).

        Args:
            condition: name of a claim, or a condition over measures as claims have it.
            scenario: by default that of the claim, or the first that is not the baseline.
            fails: False asks for the ranges in which it holds.

        The columns: input, from, to (empty: no such end), unit, chance (probability of as good a
        range by chance). `about` says how many of the draws are meant, and how many they hold.
        Raises SojournError for an unknown name, and where too few draws are of either kind.
        """
        from sojourn.api.which_number.matters import discover

        return discover(self._found, condition, scenario, fails)
