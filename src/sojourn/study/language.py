"""The study language as a page, made from the table of keys that the loader and the schema read."""

from __future__ import annotations

from sojourn.study.keys import CITED, SHAPES, Key
from sojourn.study.payment_bases import BASES

_HEAD = """\
# The study language

A study is a folder; its entry is `study.yaml`, a YAML 1.2 file. Words stay words (`NO` is Norway),
`→` is as good as `->`, and any top-level section may instead be the name of a `.yaml` file of the
folder that holds it. This page is made from `study/keys.py`, the table that the loader and
`sojourn schema` read; `sojourn check STUDY` says what is wrong, with file, line and remedy.
[The tutorial](tutorial.md) builds a study step by step.

## Values

| value | written | meaning |
|---|---|---|
"""

_VALUES: tuple[tuple[str, str, str, str], ...] = (
    ("text", "text", "`CECOT`", "Any words; in quotes if they hold `: `, `#` or begin with a sign"),
    ("whole", "whole number", "`12`", "A whole number without a unit"),
    ("number", "number", "`1.5`", "A bare number; may be uncertain"),
    ("date", "date", "`2025-02-04`", "Year, month, day"),
    ("flag", "yes or no", "`yes`", "Also `true` or `false`"),
    ("duration", "duration", "`90 days`",
     "Days, weeks, months (30.4375 days) or years (365.25 days); may be uncertain. As a fixed "
     "stay, `1 month` is 30 or 31 days at random in a study by days (30.4375 on average), and "
     "exactly one step in a study by months"),
    ("share", "share", "`30 %`", "From 0 % to 100 %; may be uncertain"),
    ("factor", "factor", "`120 %`", "A percentage from 0 %; may be uncertain"),
    ("people", "people", "`250 people`", "Also `places`; may be uncertain"),
    ("amount", "amount of money", "`20000 USD`", "A number and a currency code; may be uncertain"),
    ("rate", "rate", "`2 % per year`", "A relative change a year; may be uncertain"),
    ("limit", "limit", "`250 people per week`", "People in a day, week, month or year"),
    ("value", "value of a fact", "`US`, `3`, `yes`", "`unknown` where it is not documented"),
    ("names", "names", "`held` or `[held, home]`", "One name or several"),
    ("condition", "condition", "`age >= 18 years and not citizen`",
     "Over facts, terms and certain parameters: `=` `!=` `<` `<=` `>` `>=`, `in ('a', 'b')`, "
     "`known(fact)`, `years(from, to)`, `age(birth, on)`, `today`, `not`, `and`, `or` (brackets "
     "where both stand), `+` `-` `*`; texts in single "
     "quotes. In `when` of a transition also `eligible`, `barred` and `referred`; in `holds if` "
     "measures. Numbers have their unit, without commas: `12000000 USD`; only 0, and numbers "
     "beside what has no unit or is a share, may be bare"),
    ("conditions", "conditions", "`any of: [citizenship = 'SV', known(consent) and consent]`",
     "A condition, or `any of` or `all of` several, each a condition or such a group; "
     "[the agreement language](rules.md) says what conditions mean"),
    ("clock", "clock", "`60 days after 2025-02-05`",
     "A date, a duration after a date, or a [stay](#stay)"),
    ("served", "served", "`equilibrium`",
     "`new`, `equilibrium` (as after a long time of the same), or a [stay](#stay) already spent"),
    ("branches", "targets", "`{home: 40 %, held: {after: 9 days}}`",
     "State -> share, or a [branch](#branch); `out` leaves the system. States alone, as "
     "`[home, held]`, where a [file](#files-of-stays) of observed stays tells the shares"),
    ("shares", "shares", "`{US: 85 %, SV: 15 %}`", "Value of the fact -> share; they make 100 %"),
    ("weights", "weights", "`{0: 10, 30: 90}`",
     "Whole days -> weight, or a [file](#files-of-stays)"),
    ("quantiles", "quantiles", "`{0 %: 1 day, 90 %: 30 days, 100 %: 1 year}`",
     "Share of stays -> their days, from 0 % to 100 %, or a [file](#files-of-stays)"),
    ("survival", "shares left", "`{0 days: 100 %, 30 days: 80 %, 1 year: 0 %}`",
     "Time -> share that is left then, from 0 days, or a [file](#files-of-stays)"),
    ("hazard", "rates of leaving", "`{0 days: 5 % per month, 1 year: 0}`",
     "Time -> rate from then on, from 0 days, each per day, week, month or year; may be uncertain; "
     "or a [file](#files-of-stays)"),
    ("stays file", "file of stays", "`stays.csv`", "A [file](#files-of-stays) of observed stays"),
)  # fmt: skip
"""Kinds that are no shape: (kind, its word, how it is written, what it means)."""

_AFTER_VALUES = """
A number that **may be uncertain** is also written as a [quantity](#quantity), `{between: [15 %,
70 %], best: 40 %}`, or as `{parameter: NAME}`, the same draw wherever it stands. **Dated** values
are one value, or `{date: value, …}`, each from its date on. A bare number where a unit is needed is
refused. **Where a number or a rule comes from** stands beside it; these keys belong to every shape
marked *cited*:
"""

_ABOUT: dict[str, str] = {
    "study": "The sections of `study.yaml`.",
    "period": (
        "The days simulated, and how results are cut. With `step: month` or `step: year` time goes "
        "by calendar months or years: both dates are first days of one, as is every date on which "
        "something changes; `6 months` are 6 steps; results stay in days."
    ),
    "run": "Defaults that the command line may override.",
    "source": "A text or table that the study rests on; quotes are looked up in its text.",
    "statement": "Something a source says, tied to places of the study.",
    "quantity": "A number with its doubt. `value` or `between` is needed.",
    "parameter use": "Stands wherever a number can stand.",
    "fact": "A documented attribute of people. Without a type it is a text.",
    "agreement": (
        "Who may be moved: terms are named conditions, rules require or bar. In a file of its own "
        "it is an agreement file, which `sojourn screen`, `explain`, `prove` and `diff` take too. "
        "`{library: NAME}` takes one that ships (`sojourn agreements`)."
    ),
    "agreed value": (
        "A number or a date that conditions name: `180 days`, or one from each date on, "
        "`{1985-01-01: 180 days, 2025-01-01: 120 days}`, which is unknown before the first. With "
        "its source, it stands under `dated`."
    ),
    "rule": "`require` or `bar`, one of the two.",
    "provision": (
        "What an agreement says beyond who is eligible: `says`, with `source` or `cite`. Its name "
        "is free; `who`, `consent`, `excluded`, `places`, `price`, `minimum`, `escalator`, `term`, "
        "`exit`, `return` and `law` are compared. `form` to `payments` belong to a price, `signed` "
        "to `status` to a term."
    ),
    "agreed payment": (
        "One price of an agreement. Money of a study is written as [payments](#payment) of its own."
    ),
    "worked case": "What an agreement file expects of its rules; run by `sojourn agreements`.",
    "facility": "A pool of places; `40000 people` alone is its capacity.",
    "state": "Where a person can be.",
    "transition": (
        "A way out of states. Its key is `source -> target`, with several sources as `a, b -> "
        "target`, and a name in brackets where two would be alike: `a -> b (by court)`. The target "
        "`out` leaves the system. Ways out race: the least delay wins. Without `at` and `after` it "
        "happens at once. Where it needs an open gate, a place or a limit, people wait in a line, "
        "or go `otherwise` to another state on the same day."
    ),
    "branch": "One of several targets of a transition.",
    "quota": "A limit that transitions share; `135 people per day` alone is enough.",
    "gate": (
        "Open and closed by dates (`open`, `closed`) or at random (`opens after`, `closes after`)."
    ),
    "span": "Days from one date to another; either may be left out.",
    "population": (
        "A stream of people: a stock, admissions or both; alike by `facts`, told apart by `split` "
        "or by a `table`."
    ),
    "stock": (
        "People on the evening before day 0: a `count`, split by the population's shares, or a "
        "`file` (.csv or .parquet) with the columns `people` (each row is one person without it), "
        "the facts that tell the population apart, and maybe `served`, the days already spent."
    ),
    "admissions": (
        "People who enter: one of the rates, or a `file` (.csv or .parquet) with the columns "
        "`date`, maybe `people` (each row is one person without it), and maybe facts that tell the "
        "population apart; what the file does not tell is drawn by the population's shares."
    ),
    "season": (
        "Factors of months relative to each other, so that a year has the people that its rate "
        "says; a month that is not named has 100 %."
    ),
    "weekdays": (
        "Factors of days of the week relative to each other, so that a week has the people that "
        "its rate says; a day that is not named has 100 %."
    ),
    "share of a clock": (
        "`50 % of sentence` alone is enough; this is for shares that are uncertain or cited, and "
        "for bands of lengths. It is due a share of the length, to the nearest day, after the day "
        "on which the clock was set."
    ),
    "change": (
        "What a transition is from a date on, after the first day; what is not written stays as it "
        "was. It holds for those who enter the state from then on, or for those who are in it too: "
        "`for: everyone by own stay`, each stay becomes that of the new law, and ends at once if "
        "it is over; `for: everyone by pace`, people leave at the new law's rate from then on. "
        "[Changes on a date](model.md#changes-on-a-date) says what both come to."
    ),
    "money": "Prices. [How a payment is settled](money.md) says what they come to.",
    "prices": (
        "A table of a price index, a file of the study's folder: `year,index`, every year of it, "
        "or `date,index`, each from its date on. It must cover the study, `year`, and the price "
        "years of payments."
    ),
    "payment": (
        "Who pays whom, how much, for what. `per` is "
        + "; ".join(f"`{basis.form}`, {basis.meaning}" for basis in BASES)
        + ". For `year` or `month` there may be `day`, `month` or `year`. `place-month` needs "
        "`places`, `wing-year` a `wing`, and `once` a day, `on`."
    ),
    "tier": "Another amount above a number of places or moves.",
    "wing": (
        "Places that are opened together when people on average in a settlement need them, and "
        "closed once `kept` has passed without need."
    ),
    "measure": (
        "A number computed from results in each run: exactly one of `people` to `product`, or "
        "`value` or `between` for a number to compare with."
    ),
    "bill": "Payments that a measure sums; a name or names alone are payments.",
    "claim": "A sentence that somebody said: `holds if`, or `cannot be determined`.",
    "scenario": (
        "Its other keys are paths: `facilities.cecot.capacity: 20000 people` replaces what is "
        "there, `gates.in_force: off` removes it, and a new name in a section adds to it. The "
        "first scenario is the baseline."
    ),
    "stay": (
        "How long people remain, in whole days. `90 days` alone is a fixed stay, and `between` an "
        "uncertain one; else one of the families. `by: fact` with `of` gives each value of a fact "
        "its own stay, and so does a file with columns that are facts. A hazard that ends at 0, "
        "and `rest: never`, leave some who never go this way."
    ),
    "mixture part": "One of the stays of a mixture; their shares make 100 %.",
}
_TITLES = {"parameter use": "parameter", "mixture part": "part of a mixture"}
_FAMILY = "parameters of "
_FILES = """\
## files of stays

A `.csv` or `.parquet` file of the study's folder, with a header; its columns:

| key | columns |
|---|---|
| `table` | `days` (whole), and `weight`, `people` or `count` |
| `quantiles` | `share`, and `days`, `weeks`, `months` or `years` |
| `survival` | `days`, `weeks`, `months` or `years`, and `remaining` |
| `hazard` | `days`, `weeks`, `months` or `years`, and `rate per day` (`week`, `month`, `year`) |
| `observed` | `days` (whole), `ended` or `way out`; maybe `entered`, `weight`, `people`, `count` |

Shares and rates are fractions or percentages. Every other column must be a declared fact; then each
combination of facts has a stay of its own, and one that is missing is refused, unless a row with
`*` stands for all other values. Where several rows with `*` fit, the first column in which they
differ decides: its own value comes before `*`. An empty cell is an undocumented fact, as in the
table of a population.

**Observed stays.** `ended` is `no` for a stay that had not ended when it was last seen, after that
many days. `entered` is how many days a stay had lasted when it was first seen, 0 if it was seen
from its beginning. `way out` says how it ended, and is empty where it had not:

```csv
days,way out
1,bond
2,transfer
9,
```

- All ways out at once: one transition with a target for each, `held -> leaves: {to: [bond,
  transfer], after: {observed: stays.csv}}`. Shares and delays are those of the file. Where it calls
  a way out something else than the target, the target says what: `to: {bond: {way out: [Bail, Bond
  posted]}, transfer: }`. Such a file has no columns of facts.
- One way out: `held -> bond: {after: {observed: stays.csv, way out: bond}}`. A stay that ended by
  another way had not ended by this one. With `fit`, a family is fitted to each way out like this.
- A file for each way out, in which the stays that ended by another have not ended: a transition for
  each. They are read together, in whatever order they stand.

[The model](model.md#stays) says what the numbers are.

## files of tables

Every file of a study (of stays, of a population, of a stock or of arrivals) may be written in these
ways. Columns are separated by commas, semicolons or tabs, and a byte order mark is passed over. In
the header, capitals, spaces and underscores make no difference: `Way Out` is `way out`. Yes and no
are also `true` and `false`, `y` and `n`, `1` and `0`, in capitals or not. A whole number may be
`185.0` or `1e+05`; `1.000`, which may be a thousand, is refused. Where semicolons or tabs separate
columns, numbers may have a decimal comma, and one that may be thousands or decimals, as `1,500`, is
refused. Of a date with a time of day (`2026-01-01T10:30`, `2026-01-01 10:30:00+02:00`) the day is
used as it is written. In Parquet, dates may be timestamps.
"""
_WORDS = {kind: word for kind, word, _, _ in _VALUES}


def markdown() -> str:
    """The whole page."""
    values = [f"| {word} | {example} | {about} |" for _, word, example, about in _VALUES]
    parts = [_HEAD + "\n".join(values) + "\n" + _AFTER_VALUES, _table(CITED)]
    parts += [_section(shape) for shape in SHAPES if not shape.startswith(_FAMILY)]
    families = [
        f"| `{shape.removeprefix(_FAMILY)}` | "
        + ", ".join(f"`{key.name}`: {_kind(key.kind)}" for key in keys)
        + " |"
        for shape, keys in SHAPES.items()
        if shape.startswith(_FAMILY)
    ]
    head = ["## families of stays", "", "| family | parameters |", "|---|---|"]
    parts += ["\n".join([*head, *families, ""]), _FILES]
    return "\n".join(parts)


def _section(shape: str) -> str:
    """A heading, what the shape is, and its keys."""
    title = _TITLES.get(shape, shape)
    cited = " *Cited.*" if set(CITED) <= set(SHAPES[shape]) else ""
    keys = tuple(key for key in SHAPES[shape] if not cited or key not in CITED)
    return f"## {title}\n\n{_ABOUT[shape]}{cited}\n\n{_table(keys)}"


def _table(keys: tuple[Key, ...]) -> str:
    lines = ["| key | value | meaning | example |", "|---|---|---|---|"]
    for key in keys:
        name = f"`{key.name}`" + (" (needed)" if key.required else "")
        example = key.example.replace("|", "\\|")
        lines.append(f"| {name} | {_kind(key.kind)} | {key.about} | `{example}` |")
    return "\n".join(lines) + "\n"


def _kind(kind: str) -> str:
    """A kind of value in words, with a link where it has a section."""
    if kind.startswith("one of: "):
        return ", ".join(f"`{word}`" for word in kind.removeprefix("one of: ").split(", "))
    for head, word in (("map of ", "name -> "), ("list of ", "list of "), ("dated ", "dated ")):
        if kind.startswith(head):
            return word + _kind(kind.removeprefix(head))
    if " or " in kind and kind not in _WORDS:
        return " or ".join(_kind(each) for each in kind.split(" or "))
    if kind.startswith(_FAMILY):
        return "[family](#families-of-stays)"
    if kind in _WORDS:
        return _WORDS[kind]
    title = _TITLES.get(kind, kind)
    return f"[{title}](#{title.replace(' ', '-')})"
