"""The study language as a page, made from the table of keys that the loader and the schema read."""

from __future__ import annotations

from sojourn.study.payment_bases import BASES
from sojourn.study.uncertain_shapes import UNCERTAIN_SHAPES
from sojourn.study.words.keys.key import CITED, Key
from sojourn.study.words.keys.shapes import SHAPES

_HEAD = """\
# The study language

A study is a folder with a file `study.yaml`, in YAML. Words stay words (`NO` is Norway, not
false), and `→` may be written for `->`. Instead of a top-level section you may write the name of a
`.yaml` file in the folder that holds the section. This page is made from the same table that the
loader and `sojourn schema` read. `sojourn check STUDY` says what is wrong, with file, line and
remedy. [The tutorial](tutorial.md) builds a study step by step.

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
    ("rate", "rate", "`2 % per year`", "A relative change per year; may be uncertain"),
    ("limit", "limit", "`250 people per week`", "People per day, week, month or year"),
    ("value", "value of a fact", "`US`, `3`, `yes`", "`unknown` if it is not documented"),
    ("names", "names", "`held` or `[held, home]`", "One name or several"),
    ("condition", "condition", "`age >= 18 years and not citizen`",
     "Over facts, terms and certain parameters: `=` `!=` `<` `<=` `>` `>=`, `in ('a', 'b')`, "
     "`known(fact)`, `years(from, to)`, `age(birth, on)`, `today`, `not`, `and`, `or` (with "
     "brackets where both are used), `+` `-` `*`; texts in single quotes. In `when` of a "
     "transition also `eligible`, `barred` and `referred`; in `holds if` also measures. Numbers "
     "have a unit and no commas: `12000000 USD`. Only 0, and numbers compared with shares or "
     "with what has no unit, may be bare"),
    ("conditions", "conditions", "`any of: [citizenship = 'SV', known(consent) and consent]`",
     "A condition, or `any of`, `all of` or `at least 2 of` a list of conditions or such groups; "
     "[the agreement language](rules.md) defines what conditions mean"),
    ("clock", "clock", "`60 days after 2025-02-05`",
     "A date, a duration after a date, or a [stay](#stay)"),
    ("served", "served", "`equilibrium`",
     "`new`, `equilibrium` (as if the same had held for a long time), or a [stay](#stay): the time "
     "already served"),
    ("branches", "targets", "`{home: 40 %, held: {after: 9 days}}`",
     "State -> share, or a [branch](#branch); `out` leaves the system. Only states, as "
     "`[home, held]`, if a [file](#files-of-stays) of observed stays gives the shares"),
    ("shares", "shares", "`{US: 85 %, SV: 15 %}`", "Value of the fact -> share; they sum to 100 %"),
    ("weights", "weights", "`{0: 10, 30: 90}`",
     "Whole days -> weight, or a [file](#files-of-stays)"),
    ("quantiles", "quantiles", "`{0 %: 1 day, 90 %: 30 days, 100 %: 1 year}`",
     "Share of stays -> days that they do not exceed, from 0 % to 100 %, or a "
     "[file](#files-of-stays)"),
    ("survival", "shares left", "`{0 days: 100 %, 30 days: 80 %, 1 year: 0 %}`",
     "Time -> share still there, from 0 days on, or a [file](#files-of-stays)"),
    ("hazard", "rates of leaving", "`{0 days: 5 % per month, 1 year: 0}`",
     "Time -> rate from then on, beginning at 0 days, each per day, week, month or year; may be "
     "uncertain; or a [file](#files-of-stays)"),
    ("words", "text or texts", "`Fee`, `{en: Fee, es: Tarifa}`",
     "A text for readers, which may be written [in several languages](#in-several-languages)"),
    ("stays file", "file of stays", "`stays.csv`", "A [file](#files-of-stays) of observed stays"),
)  # fmt: skip
"""Kinds that are no shape: (kind, its word, how it is written, what it means)."""

_AFTER_VALUES = """
A number that **may be uncertain** can also be written as a [quantity](#quantity), `{between: [15 %,
70 %], best: 40 %}`, `{90 % between: [15 %, 70 %], as: beta}` or `{counted: 12 of 40}` for example,
or as `{parameter: NAME}`, which has the same draw wherever it is used. A
**dated** value is one value, or `{date: value, …}`, where each value holds from its date on. A
number without a unit is refused where a unit is needed. Sections marked *cited* also take these
keys, which say **where a number or a rule comes from**:
"""

_ABOUT: dict[str, str] = {
    "study": "The sections of `study.yaml`.",
    "period": (
        "The days simulated, and how results are grouped. With `step: month` or `step: year`, time "
        "runs in calendar months or years: `from`, `to` and every date on which something changes "
        "must be the first day of one; `6 months` are 6 steps; results are still in days."
    ),
    "run": "Defaults, which the command line can override.",
    "source": "A text or table on which the study rests; quotes are looked up in its text.",
    "statement": "Something that a source says, linked to the places where it is modelled.",
    "outcome": (
        "Something that has happened since: an observed value of a measure. The report and the "
        "summary hold every scenario against it."
    ),
    "decision": (
        "A choice between scenarios, by the mean of one measure; either `least` or `greatest`. "
        "`sojourn matters RUN information` says what it is worth to find out each uncertain number "
        "before."
    ),
    "sample": (
        "What could be observed of an uncertain number before a decision: `people`, if it is a "
        "share, or `observations` with their `deviation`."
    ),
    "account": (
        "Counts of the same people over periods of one length, in a [file](#files-of-tables). At "
        "least one of `stock`, `admissions`, `releases`, `average` and `time served` names its "
        "column; an empty cell is unknown, and periods may be missing. `sojourn history` lists the "
        "account and says which periods do not add up; a column with an `error` is fitted by "
        "`sojourn fit`. [Fit a study to its past](fit.md) shows how."
    ),
    "history of stays": (
        "Who entered and who left when, of which stock, admissions, releases, average and time "
        "served of each period are counted. A person is there at the end of each day from that of "
        "entering to the day before they leave; who entered before `from` is in the first stock."
    ),
    "counted column": "A column alone may be written as its name.",
    "quantity": (
        "A number with its uncertainty: one of `value`, `between`, `90 % between`, `counted`, "
        "`draws`, `one of` and `derived`; what they mean: [how doubt is "
        "written](uncertainty.md#how-doubt-is-written). A formula has names of parameters and "
        "numbers with units, brackets, and `+ - * /` between spaces."
    ),
    "correlation": (
        "A group of uncertain numbers that tend to be high together, or one high where another is "
        "low. A number stands in one group at most."
    ),
    "parameter use": "May be used in place of any number.",
    "fact": "A documented attribute of people. The default type is text.",
    "agreement": (
        "Who may be moved: terms are named conditions; rules require or bar. In a file of its own "
        "it is an agreement file, which `sojourn screen`, `explain`, `prove` and `diff` read too. "
        "`{library: NAME}` uses one that ships (`sojourn agreements` lists them); `today`, "
        "`title`, `sending`, `receiving` and `about` may stand beside it, in place of its own."
    ),
    "agreed value": (
        "A number or a date for use in conditions: `180 days`, or one that changes on dates, "
        "`{1985-01-01: 180 days, 2025-01-01: 120 days}`, which is unknown before the first. If it "
        "is cited, write it under `dated`."
    ),
    "rule": "Either `require` or `bar`.",
    "provision": (
        "What an agreement says beyond who is eligible: `says`, with `source` or `cite`. You "
        "choose the name; `sojourn agreements --compare` shows `who`, `consent`, `excluded`, "
        "`places`, `price`, `minimum`, `escalator`, `term`, `exit`, `return` and `law`. The keys "
        "`form` to `payments` belong to a price, `signed` to `status` to a term."
    ),
    "agreed payment": (
        "One price of an agreement. It is information only: a study has its own "
        "[payments](#payment)."
    ),
    "worked case": "A test of the agreement's rules, run by `sojourn agreements FILE --cases`.",
    "facility": "A pool of places; `40000 people` alone is its capacity.",
    "state": "Where a person can be.",
    "transition": (
        "A way out of a state. Its key is `source -> target`; several sources are written `a, b -> "
        "target`, and a name in brackets distinguishes two with the same key: `a -> b (by court)`. "
        "The target `out` leaves the system. Ways out compete: the smallest delay wins. Without "
        "`at` and `after` it happens at once. If it needs an open gate, a free place or a limit, "
        "people wait in a line, or go `otherwise` to another state on the same day."
    ),
    "branch": "One of several targets of a transition.",
    "quota": "A limit that transitions share. `135 people per day` alone is enough.",
    "gate": (
        "Days on which transitions are possible: by dates (`open`, `closed`) or at random (`opens "
        "after`, `closes after`)."
    ),
    "span": "Days from one date to another; either may be left out.",
    "population": (
        "A stream of people: a stock, admissions or both. They share `facts`, and differ by a "
        "`split` or a `table`."
    ),
    "stock": (
        "People on the evening before day 0: a `count`, split by the population's shares, or a "
        "`file` (.csv or .parquet). The file's columns are `people` (without it, each row is one "
        "person), the facts by which the population differs, and optionally `served`, the days "
        "already served."
    ),
    "admissions": (
        "People who enter: one of the rates, or a `file` (.csv or .parquet). The file's columns "
        "are `date`, optionally `people` (without it, each row is one person), and optionally "
        "facts by which the population differs; other facts are drawn from the population's shares."
    ),
    "season": (
        "Factors of months relative to each other: the year still has the number of people that "
        "its rate says. A month left out has 100 %."
    ),
    "weekdays": (
        "Factors of days of the week relative to each other: the week still has the number of "
        "people that its rate says. A day left out has 100 %."
    ),
    "share of a clock": (
        "`50 % of sentence` alone is enough. Use these keys for shares that are uncertain or "
        "cited, and for bands of lengths. It is due that share of the length (to the nearest day) "
        "after the day on which the clock was set."
    ),
    "change": (
        "What changes about a transition on a date after the first day; anything left out stays as "
        "it was. The change holds for people who enter the state from then on, or also for people "
        "in it: with `for: everyone by own stay` each stay becomes that of the new law, and ends "
        "at once if it is over; with `for: everyone by pace` people leave at the new law's rate "
        "from then on. [Changes on a date](model.md#changes-on-a-date) defines both."
    ),
    "money": "Prices and payments. [How a payment is settled](money.md) explains the bill.",
    "prices": (
        "A price index, as a file in the study's folder: `year,index` with every year, or "
        "`date,index` with each index from its date on. It must cover the study's period, `year`, "
        "and the price years of payments."
    ),
    "payment": (
        "Who pays whom, how much, for what. The forms of `per`: "
        + "; ".join(f"`{basis.form}`, {basis.meaning}" for basis in BASES)
        + ". `day`, `month` and `year` can be used in all forms with a time. "
        + "; ".join(f"`{basis.form}` needs `{key}`" for basis in BASES for key, _ in basis.needs)
        + "; `once` needs a day, `on`."
    ),
    "tier": "A different amount above a number of places or moves.",
    "wing": (
        "Places that open together when the average number of people in a settlement needs them, "
        "and close once they have not been needed for the time `kept`."
    ),
    "measure": (
        "A number computed from the results of each history: exactly one of the keys `people` to "
        "`product`, or `value` or `between` for a number to compare with."
    ),
    "bill": "Payments that a measure adds up. Names alone are names of payments.",
    "claim": "A sentence that somebody said, with `holds if` or `cannot be determined`.",
    "scenario": (
        "All other keys are paths into the study: `facilities.cecot.capacity: 20000 people` "
        "replaces a value, `gates.in_force: off` removes an entry, and a new name in a section "
        "adds one. The first scenario is the baseline."
    ),
    "stay": (
        "How long people stay, in whole days. `90 days` alone is a fixed stay, `between` an "
        "uncertain one; otherwise use one of the families. `by: fact` with `of` gives each value "
        "of a fact its own stay, and so does a file with columns that are facts. With a hazard "
        "that ends at 0, or `rest: never`, some people never take this way out."
    ),
    "mixture part": "One of the stays of a mixture; the shares sum to 100 %.",
}
_TITLES = {"parameter use": "parameter", "mixture part": "part of a mixture"}
_FAMILY = "parameters of "
_FILES = """\
## files of stays

A `.csv` or `.parquet` file in the study's folder, with a header. Its columns:

| key | columns |
|---|---|
| `table` | `days` (whole), and `weight`, `people` or `count` |
| `quantiles` | `share`, and `days`, `weeks`, `months` or `years` |
| `survival` | `days`, `weeks`, `months` or `years`, and `remaining` |
| `hazard` | `days`, `weeks`, `months` or `years`, and `rate per day` (`week`, `month`, `year`) |
| `observed` | `days` (whole), `ended` or `way out`; also `entered`, `weight`, `people`, `count` |

Shares and rates are fractions or percentages. Every other column must be a declared fact. Each
combination of facts then has its own stay. A missing combination is refused, unless a row with `*`
covers all other values. If several rows with `*` match, the first column in which they differ
decides: a value comes before `*`. An empty cell is an undocumented fact, as in the table of a
population.

**Observed stays.** `ended` is `no` for a censored stay: one that had not ended when it was last
seen, after that many days. `entered` is the number of days that a stay had lasted when it was first
seen, 0 if it was seen from its beginning. `way out` says how the stay ended, and is empty if it had
not:

```csv
days,way out
1,bond
2,transfer
9,
```

- All ways out together: one transition with a target for each, `held -> leaves: {to: [bond,
  transfer], after: {observed: stays.csv}}`. The file gives the shares and delays. If its name for a
  way out differs from the target, say so: `to: {bond: {way out: [Bail, Bond posted]}, transfer: }`.
  Such a file has no columns of facts.
- One way out: `held -> bond: {after: {observed: stays.csv, way out: bond}}`. A stay that ended by
  another way is censored for this one. With `fit`, a family is fitted to each way out like this.
- A file for each way out, in which the stays that ended by another way are censored, and one
  transition for each file. The files are read together, and their order does not matter.

[The model](model.md#stays) defines the estimators.

## files of tables

All files of a study (of stays, populations, stocks and arrivals) follow these rules. Columns are
separated by commas, semicolons or tabs; a byte order mark is ignored. In the header, capitals,
spaces and underscores make no difference: `Way Out` is `way out`. Yes and no are also `true` and
`false`, `y` and `n`, `1` and `0`, in upper or lower case. A whole number may be written `185.0` or
`1e+05`; `1.000` is refused, because it could mean a thousand. If semicolons or tabs separate the
columns, numbers may have a decimal comma; `1,500` is refused, because it could be thousands or
decimals. Of a date with a time of day (`2026-01-01T10:30`, `2026-01-01 10:30:00+02:00`), the day is
used as written. In Parquet, dates may be timestamps.
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
    parts += ["\n".join([*head, *families, ""]), _distributions(), _FILES, _LANGUAGES]
    return "\n".join(parts)


_LANGUAGES = """\
## in several languages

Reports are written in English or Spanish. A *text or texts* may be one text, or one for each
language:

```yaml
language: en              # of texts that stand alone, and of reports; default: en
facilities:
  north: {label: {en: The north prison, es: La prisión del norte}, capacity: 1200 people}
scenarios:
  as it is: {label: {es: como es hoy}}
translations:             # for names that have no label: rules, parameters, parties, values
  es: {fee: tarifa, litigation_share: proporción de litigios, US: EE. UU.}
```

`sojourn report RUN --language es` takes the Spanish texts. What has none stands as written, and the
report says how many texts that are. A text that stands in several places is the same in all of
them. Names keep their place in the files, in commands and in the tables of a run; quotations stay
in their own language.
"""


def _distributions() -> str:
    """The distributions of uncertain numbers."""
    head = ["## distributions", "", "| distribution | written with | meaning |", "|---|---|---|"]
    rows = (
        f"| {shape.name} | " + (f"`{shape.by}`, `as: {shape.name}`" if shape.by else
        f"`{shape.name}`") + f" | {shape.about} |"
        for shape in UNCERTAIN_SHAPES.values()
    )  # fmt: skip
    return "\n".join([*head, *rows, ""])


def _section(shape: str) -> str:
    """A heading, what the shape is, and its keys."""
    title = _TITLES.get(shape, shape)
    cited = " *Cited.*" if set(CITED) <= set(SHAPES[shape]) else ""
    keys = tuple(key for key in SHAPES[shape] if not cited or key not in CITED)
    return f"## {title}\n\n{_ABOUT[shape]}{cited}\n\n{_table(keys)}"


def _table(keys: tuple[Key, ...]) -> str:
    lines = ["| key | value | meaning | example |", "|---|---|---|---|"]
    for key in keys:
        name = f"`{key.name}`" + (" (required)" if key.required else "")
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
