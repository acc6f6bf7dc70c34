"""The `history` section: what was counted in the past, in tables of the study's folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import get_args

from sojourn.study.files.addresses import nearest
from sojourn.study.files.suggest import did_you_mean
from sojourn.study.files.text_positions import Position
from sojourn.study.files.yaml import Node, shorten
from sojourn.study.model.history import Account, CountedColumn, CountKind
from sojourn.study.model.study import Period, Scenario
from sojourn.study.model.values import Quantity
from sojourn.study.sections.history_groups import AccountRows, Group
from sojourn.study.sections.history_of_stays import CountedPeriods, Counts, read_stays
from sojourn.study.units import DAYS, Kind, WordsError
from sojourn.study.words.file_tables import Sheet, column_of, open_sheet
from sojourn.study.words.periods import MONTHS, Calendar, calendar_of, last_month, remedy
from sojourn.study.words.quantities import quantity_key
from sojourn.study.words.reader import Fields, Reader
from sojourn.study.words.table_cells import known_as, number_fault

KINDS: tuple[CountKind, ...] = get_args(CountKind)
ERROR = Kind("a measurement error", ("share", "people"), "%", "1 %", 0, above=True)
ERROR_OF_TIME = Kind("a measurement error", ("share", "day"), "%", "2 %", 0, above=True)
_UNKNOWN = ("", "na", "nan")
_IN = {"days": 1.0, "months": DAYS["month"], "years": DAYS["year"]}


@dataclass(frozen=True, slots=True)
class _Mapping:
    """Which column holds what, as the account says it."""

    column: str
    error: Quantity | None
    days: float
    """Days of its unit; 1 of a number of people."""


def read_account(reader: Reader, node: Node, path: str, name: str) -> Account | None:
    """One account, or None with a problem."""
    before = len(reader.problems)
    fields = reader.fields(node, path, "account")
    of_stays = fields.has("stays")
    mapped = {
        kind: each for kind in KINDS if (each := _mapping(fields, kind, of_stays)) is not None
    }
    where = fields.get("where", lambda n, p: _where(reader, n, p)) or {}
    groups, states, cited = fields.names("groups"), fields.names("states"), fields.cited()
    for column in groups:
        if (fact := known_as(column, reader.facts)) != column:
            what = f"`{column}` is not the name of a fact"
            fields.refuse("groups", what, f"did you mean `{fact}`?")
    if of_stays:
        for key in ("file", "date"):
            if fields.has(key):
                fields.refuse(key, f"both `stays` and `{key}` are given", "keep one of them")
        found = fields.get("stays", lambda n, p: read_stays(reader, n, p, where, groups))
    else:
        if not mapped and len(reader.problems) == before:
            fix = f"write `stock: COLUMN`, or {_listed()}"
            reader.refuse(node, path, "no column is named", fix)
        found = _from_table(fields, where, groups, mapped)
    if len(reader.problems) != before or found is None:
        return None
    breaks = _breaks(fields, found.calendar)
    if breaks is None:
        return None
    return Account(
        months=MONTHS[found.calendar.step],
        ends=found.ends,
        columns=groups,
        groups=found.groups,
        states=states,
        counted={
            kind: CountedColumn(
                values=tuple(counts[kind] for counts in found.counts),
                error=mapped[kind].error if kind in mapped else None,
            )
            for kind in found.counts[0]
        },
        breaks=breaks,
        **cited,
    )


def _from_table(
    fields: Fields,
    where: Mapping[str, str],
    groups: tuple[str, ...],
    mapped: Mapping[CountKind, _Mapping],
) -> CountedPeriods | None:
    """What a table of periods counts; None with a problem."""
    reader, path = fields.reader, fields.path
    before = len(reader.problems)
    date_column = fields.text("date")
    for key, example in (("file", "prisons.csv"), ("date", "year")):
        if not fields.has(key):
            fix = f"write, for example, `{key}: {example}`"
            reader.refuse(fields.whole_node, path, f"the key `{key}` is missing", fix)
    columns = [each.column for each in mapped.values()]
    header = f"write a header, as `{date_column},{','.join(columns)}`"
    names = (*where, *groups, *columns, *([date_column] if date_column else ()))
    sheet = fields.get(
        "file",
        lambda n, p: open_sheet(reader, n, p, reader.shared.folder, header, names),
    )
    if len(reader.problems) != before or sheet is None or date_column is None:
        return None
    rows = _Rows(reader, path, sheet, date_column, where, groups, mapped)
    if not rows.read():
        return None
    first, last = rows.span
    by_kind = {kind: rows.values(kind) for kind in mapped}
    counts: tuple[Counts, ...] = tuple(
        {kind: values[number] for kind, values in by_kind.items()}
        for number in range(len(rows.groups))
    )
    ends = tuple(rows.calendar.last_day(number) for number in range(first, last + 1))
    return CountedPeriods(rows.calendar, ends, rows.groups, counts)


def check_history(
    reader: Reader,
    history: Mapping[str, Account],
    tree: Node,
    scenarios: Mapping[str, Scenario],
    period: Period,
) -> None:
    """Refuse targets that the model does not count: unknown states and groups."""

    def refuse(name: str, key: str, what: str, fix: str) -> None:
        address = f"history.{name}.{key}"
        position, _ = nearest(tree, address)
        reader.refuse(position, address, what, fix)

    for name, account in history.items():
        known = {state for scenario in scenarios.values() for state in scenario.states}
        for state in account.states:
            if state not in known:
                what = f"the state `{state}` is not declared"
                refuse(name, "states", what, did_you_mean(state, known, "state"))
        if not any(counted.error for counted in account.counted.values()):
            continue
        if not account.states:
            what = "it is a target of the fit, but does not say who is counted"
            refuse(name, "states", what, "add `states: [prison]`, the states of these people")
        for fact in account.columns:
            if fact not in period.by:
                what = f"`{fact}` is not a fact by which the study reports"
                fix = f"add it to `period.by`, or leave out `error` in `{name}`"
                refuse(name, "groups", what, fix)


def _listed() -> str:
    return ", ".join(f"`{kind}: COLUMN`" for kind in KINDS[1:])


def _mapping(fields: Fields, kind: CountKind, of_stays: bool) -> _Mapping | None:
    node = fields.node(kind)
    if node is None:
        return None
    reader, path = fields.reader, fields.at(kind)
    if node.items is None:
        if of_stays:
            what = "a file of stays has no column of counts"
            reader.refuse(node, path, what, f"write `{kind}: {{error: 2 %}}`, or remove it")
        column = reader.text(node, path)
        return None if column is None else _Mapping(column, None, 1.0)
    inner = reader.fields(node, path, "counted column")
    column, unit = inner.text("column"), inner.choice("in", tuple(_IN))
    if of_stays and inner.has("column"):
        inner.refuse("column", "a file of stays has no column of counts", "remove it")
    elif not of_stays and not inner.has("column"):
        fix = "write, for example, `column: prisoners`"
        reader.refuse(node, path, "the key `column` is missing", fix)
    of_time = kind == "time served"
    error = quantity_key(inner, "error", ERROR_OF_TIME if of_time else ERROR)
    if error is not None and error.uncertain:
        inner.refuse("error", "the error is one number", "write `error: 1 %`")
    if not of_time and inner.has("in"):
        inner.refuse("in", f"`{kind}` is a number of people", "remove it")
    if column is None and not of_stays:
        return None
    return _Mapping(column or "", error, _IN[unit or "days"])


def _where(reader: Reader, node: Node, path: str) -> dict[str, str] | None:
    found = {
        column: reader.text(part, f"{path}.{column}")
        for column, part in reader.mapping(node, path, "word").items()
    }
    return {column: word for column, word in found.items() if word is not None}


def _breaks(fields: Fields, calendar: Calendar) -> dict[date, str] | None:
    node = fields.node("breaks")
    reader, path = fields.reader, fields.at("breaks")
    found: dict[date, str] = {}
    before = len(reader.problems)
    for words, part in reader.mapping(node, path, "what changed").items() if node else ():
        about = reader.text(part, f"{path}.{words}")
        try:
            found[calendar.last_day(calendar.number(words, reader.shared.year_starts))] = (
                about or ""
            )
        except ValueError:
            reader.refuse(part, f"{path}.{words}", f"`{words}` is not a period", remedy(words))
    return found if len(reader.problems) == before else None


class _Rows:
    """The rows of a table that belong to an account."""

    def __init__(
        self,
        reader: Reader,
        path: str,
        sheet: Sheet,
        date_column: str,
        where: Mapping[str, str],
        by: tuple[str, ...],
        mapped: Mapping[CountKind, _Mapping],
    ) -> None:
        self.reader, self.path, self.sheet = reader, path, sheet
        self.date_column, self.where, self.by, self.mapped = date_column, where, by, mapped
        self._found: dict[tuple[Group, int], dict[CountKind, float | None]] = {}
        self.calendar = Calendar("year", 11)
        self._empty: list[tuple[int, int]] = []
        """Line and column of cells without a period."""

    def read(self) -> bool:
        """Whether every row could be used; what could not is a problem."""
        wanted = (
            self.date_column, *self.where, *self.by, *(each.column for each in self.mapped.values())
        )  # fmt: skip
        missing = [name for name in wanted if name not in self.sheet.header]
        for name in missing:
            fix = did_you_mean(name, self.sheet.header, "column")
            self._refuse(1, 1, f"there is no column `{name}`", fix)
        if missing:
            return False
        place = {name: self.sheet.header.index(name) for name in wanted}
        before = len(self.reader.problems)
        rows = AccountRows(self.reader, self.path, self.sheet, self.where, self.by)
        for line, cells in self.sheet.rows:
            group = rows.group(line, cells)
            if group is not None:
                self._row(line, cells, place, group)
        if self._empty:
            what = "no period is written here" + (
                f", nor in {len(self._empty) - 1} more rows" if len(self._empty) > 1 else ""
            )
            fix = "write it in every row: merged cells of a spreadsheet hold it in the first alone"
            self._refuse(*self._empty[0], what, fix)
        if len(self.reader.problems) == before and not self._found:
            self._refuse(1, 1, "no row is left", "check `where`")
        if len(self.reader.problems) != before:
            return False
        self.calendar = calendar_of(month for _, month in self._found)
        return True

    @property
    def span(self) -> tuple[int, int]:
        """The first and the last period."""
        numbers = [self._number(month) for _, month in self._found]
        return min(numbers), max(numbers)

    @property
    def groups(self) -> tuple[Group, ...]:
        """Values of the columns that tell groups apart, in the order of the file."""
        return tuple(dict.fromkeys(group for group, _ in self._found))

    def values(self, kind: CountKind) -> tuple[tuple[float | None, ...], ...]:
        """The numbers of a column [group][period]."""
        by_period = {
            (group, self._number(month)): counts[kind]
            for (group, month), counts in self._found.items()
        }
        first, last = self.span
        return tuple(
            tuple(by_period.get((group, number)) for number in range(first, last + 1))
            for group in self.groups
        )

    def _number(self, month: int) -> int:
        return (month - self.calendar.remainder) // MONTHS[self.calendar.step]

    def _row(
        self, line: int, cells: tuple[str, ...], place: Mapping[str, int], group: Group
    ) -> None:
        words = cells[place[self.date_column]].strip()
        try:
            month = last_month(words, self.reader.shared.year_starts)
        except ValueError:
            at = column_of(cells, place[self.date_column])
            if words:
                self._refuse(line, at, f"`{shorten(words)}` is not a period", remedy(words))
            else:
                self._empty.append((line, at))
            return
        key = (group, month)
        if key in self._found:
            fix = "keep one, or name in `where` or `groups` the columns that tell the rows apart"
            self._refuse(line, 1, f"a second row for {words}", fix)
            return
        self._found[key] = {
            kind: self._count(line, cells, place[each.column], each)
            for kind, each in self.mapped.items()
        }

    def _count(
        self, line: int, cells: tuple[str, ...], number: int, mapped: _Mapping
    ) -> float | None:
        text = cells[number].strip()
        if text.casefold() in _UNKNOWN:
            return None
        fix = "write a number from 0, or leave the cell empty if it is unknown"
        try:
            value = float(self.sheet.number(text))
        except WordsError as error:
            self._refuse(line, column_of(cells, number), error.what, error.fix)
            return None
        except ValueError:
            value = -1.0
        if not 0 <= value < float("inf"):
            at, why = column_of(cells, number), number_fault(text)
            self._refuse(line, at, *(why or (f"`{shorten(text)}` cannot be counted", fix)))
            return None
        return value * mapped.days

    def _refuse(self, line: int, column: int, what: str, fix: str) -> None:
        self.reader.refuse(Position(self.sheet.shown, line, column), self.path, what, fix)
