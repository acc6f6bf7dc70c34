"""Features of clocks, of needs, and of ways out."""

from __future__ import annotations

from collections.abc import Iterable

from sojourn.study.model.pathway import Band, ClockReference, Gate
from sojourn.study.model.stays import ClockRule, Stay
from sojourn.study.model.values import Span

from engine.generated.draft import NAMES, Draft
from engine.generated.registry import PUT, feature
from engine.studies import KINDS, number, stay

# Clocks: who sets them, and who reads them.
CLOCKS = (
    "a clock set by the population",
    "a clock set by a state",
    "a clock read at once",
    "a clock read later",
    "a clock carried past a state that is plain",
    "a clock with an offset",
    "a clock read at a share",
    "a clock of a date",
    "a clock that is set otherwise from a date on",
    "several clocks",
)


def put_clocks(draft: Draft) -> None:
    """Put all features of clocks: what one is set by and where it is read are found together."""
    if draft.own_clocks or any(draft.sets.values()):
        return
    wanted = draft.wanted
    setters = [by for by in ("the population", "a state") if f"a clock set by {by}" in wanted]
    readers = [when for when in ("read at once", "read later", "carried past a state that is plain")
               if f"a clock {when}" in wanted]  # fmt: skip
    setters = setters or [draft.draw.choice(["the population", "a state"])]
    readers = readers or [draft.draw.choice(["read at once", "read later"])]
    pairs = [(by, when) for by in setters for when in readers]
    if "several clocks" in wanted and len(pairs) == 1:
        pairs *= 2
    # The stock sets clocks on day 0, and others only where it comes to later.
    dated = "a clock that is set otherwise from a date on" in wanted
    late = dated and any(p.stock is not None for p in draft.populations)
    if late and "a state" not in setters:
        pairs.append(("a state", "read at once"))
    for number_, (by, when) in enumerate(pairs):
        clock = f"c{number_}"
        at = 0
        if by == "a state":
            at = draft.draw.randint(int(late), 2 if when == "read at once" else 1)
        read_at = at if when == "read at once" else draft.draw.randint(at + 1, 2)
        rule = _rule(draft)
        if by == "the population":
            draft.own_clocks[clock] = rule
        else:
            draft.sets[NAMES[at]][clock] = rule
        offset = 0
        if "a clock with an offset" in wanted:
            offset = round(draft.draw.choice([-2, -1, 1, 2]) * draft.length)
        way = draft.focus
        if way is None or way.state != NAMES[read_at] or way.at is not None:
            way = draft.side_way(NAMES[read_at])
        shares: tuple[Band, ...] = ()
        if "a clock read at a share" in wanted:
            low = Band(share=number(0.5), upto=5 * draft.length)
            shares = (*draft.draw.choice([(), (low,)]), Band(share=number(0.75)))
        way.at = ClockReference(clock=clock, offset=offset, shares=shares)
        way.branches = [b.model_copy(update={"after": None}) for b in way.branches]


for _name in CLOCKS:
    PUT[_name] = put_clocks


def _rule(draft: Draft) -> ClockRule:
    wanted, draw = draft.wanted, draft.draw
    soon = draft.family(draw.choice(["exponential", "fixed", "lognormal"]))
    rule = ClockRule(stay=draw.choice([soon, draft.fixed(draw.randint(1, 12))]))
    if "a clock of a date" in wanted:
        rule = ClockRule(on=draft.day(draw.randint(2, 12)))
    if "a clock that is set otherwise from a date on" in wanted:
        later = ClockRule(stay=draft.family("fixed"))
        if rule.on and draw.random() < 0.7:
            later = ClockRule(on=draft.day(draw.randint(2, 12)))
        day = draft.day(draw.randint(1, 4))
        rule = rule.model_copy(update={"later": ((day, later),)})
    return rule


# What a way out may need.
@feature("a quota")
def _(draft: Draft) -> None:
    draft.quota(draft.way())


def _gate(draft: Draft, gate: Gate) -> None:
    name = f"g{len(draft.gates)}"
    draft.gates[name] = gate
    way = draft.way()
    way.rest["gates"] = (*way.rest.get("gates", ()), name)


@feature("a gate by dates")
def _(draft: Draft) -> None:
    first = draft.draw.randint(1, 6)
    span = Span(**{"from": draft.day(first), "to": draft.day(first + draft.draw.randint(2, 9))})
    _gate(draft, Gate(open=(span,)) if draft.draw.random() < 0.5 else Gate(closed=(span,)))


@feature("a gate by chance")
def _(draft: Draft) -> None:
    soon, later = draft.family("exponential"), draft.fixed(draft.draw.randint(1, 4))
    _gate(
        draft,
        draft.draw.choice(
            [
                Gate(opens_after=soon, chance=number(0.8)),
                Gate(closes_after=later),
                Gate(closes_after=soon, closed_for=later, again=True),
            ]
        ),
    )


@feature("a priority")
def _(draft: Draft) -> None:
    draft.a_need().rest["priority"] = 1
    # It says something where there is another line.
    if draft.draw.random() < 0.5:
        draft.quota(draft.side_way(draft.draw.choice(NAMES), after=draft.some_stay()))


@feature("several lines of a state")
def _(draft: Draft) -> None:
    way = draft.a_need()
    draft.quota(draft.side_way(way.state, after=draft.some_stay()))


@feature("somebody goes elsewhere at once")
def _(draft: Draft) -> None:
    # Who waits before does so for another way out.
    calm = [w for w in draft.ways if not {"quota", "gates"} & set(w.rest) and w.at is None]
    apart = "somebody waits" in draft.wanted and calm and draft.draw.random() < 0.5
    way = draft.draw.choice(calm) if apart else draft.a_need()
    if apart:
        draft.quota(way)
    way.rest["otherwise"] = "out"
    if "quota" in way.rest:
        quota = draft.quotas[way.rest["quota"]]
        draft.quotas[way.rest["quota"]] = quota.model_copy(update={"count": draft.dates(1)})


@feature("somebody gives up waiting")
def _(draft: Draft) -> None:
    state = draft.draw.choice(NAMES)
    way = draft.side_way(state, after=draft.fixed(0))
    draft.quota(way, places=1)
    if all(w.rest for w in draft.ways if w.state == state):
        draft.side_way(state, after=draft.fixed(draft.draw.randint(1, 5)))


@feature("somebody waits")
def _(draft: Draft) -> None:
    way = draft.a_need()
    if "quota" in way.rest:
        quota = draft.quotas[way.rest["quota"]]
        draft.quotas[way.rest["quota"]] = quota.model_copy(update={"count": draft.dates(1)})


# Ways out.
@feature("a chance")
def _(draft: Draft) -> None:
    way = draft.way()
    way.rest["chance"] = number(draft.draw.uniform(0.4, 0.9))
    if draft.draw.random() < 0.5:
        draft.side_way(way.state, after=draft.some_stay())


@feature("several branches")
def _(draft: Draft) -> None:
    way = draft.way()
    other = way.branches[0].model_copy(
        update={
            "to": draft.onward(way.state),
            "share": number(0.4),
            "after": None if way.at else draft.some_stay(),
        }
    )
    way.branches = [way.branches[0].model_copy(update={"share": number(0.6)}), other]


@feature("several ways out")
def _(draft: Draft) -> None:
    draft.side_way(draft.draw.choice(NAMES), after=draft.some_stay())


@feature("a way back")
def _(draft: Draft) -> None:
    source, target = draft.draw.choice(
        [("second", "first"), ("third", "first"), ("third", "second")]
    )
    # It takes time for sure, so that nobody goes round within a day.
    draft.side_way(source, target, draft.fixed(draft.draw.randint(1, 3)))


def _stay(draft: Draft, stay: Stay) -> None:
    onward = [w for w in draft.ways if _is_onward(w.state, [b.to for b in w.branches])]
    way = draft.draw.choice([w for w in onward if not w.at])
    if draft.focus is not None and not draft.focus.at:
        way = draft.focus
    way.branches = [b.model_copy(update={"after": stay}) for b in way.branches]


def _is_onward(source: str, targets: Iterable[str]) -> bool:
    return all(to == "out" or NAMES.index(to) > NAMES.index(source) for to in targets)


@feature("a stay of no time")
def _(draft: Draft) -> None:
    _stay(draft, stay("fixed", 0))


@feature("stays that differ by fact")
def _(draft: Draft) -> None:
    cases = dict(zip(KINDS, (draft.some_stay(), draft.family("exponential")), strict=True))
    _stay(draft, Stay(family="by fact", fact="kind", cases=cases))


FAMILIES = {
    "a stay of whole steps": ("fixed",),
    "a stay of a family": ("exponential", "uniform", "gamma", "lognormal", "weibull",
                           "log-logistic", "part of a step"),
    "a stay of a table": ("table",),
    "a random stay that may be of no time": ("table from 0",),
    "a stay of quantiles": ("quantiles",),
    "a stay of a survival function": ("survival",),
    "a stay of a hazard": ("hazard",),
    "a stay of a mixture": ("mixture",),
}  # fmt: skip
for _name, _families in FAMILIES.items():
    PUT[_name] = lambda draft, families=_families: _stay(
        draft, draft.family(draft.draw.choice(families))
    )


@feature("facts that change")
def _(draft: Draft) -> None:
    draft.way().rest["becomes"] = {"kind": "b"}


@feature("a condition")
def _(draft: Draft) -> None:
    way = draft.way()
    way.when = draft.draw.choice([[True, False], [False, True]])
    if draft.draw.random() < 0.5:
        draft.side_way(way.state, after=draft.some_stay())


@feature("an end state")
def _(draft: Draft) -> None:
    draft.ends = True


@feature("groups")
def _(draft: Draft) -> None:
    draft.by_kind = True


# Dates at which something about a way out changes.
@feature("a way out that starts")
def _(draft: Draft) -> None:
    draft.way().rest["starts"] = draft.day(draft.draw.randint(2, 10))


@feature("a policy that changes for those who come")
def _(draft: Draft) -> None:
    draft.change(draft.way(), "no")


@feature("a policy that changes everybody's own stay")
def _(draft: Draft) -> None:
    draft.change(draft.way(), "own stay")


@feature("a policy that changes everybody's pace")
def _(draft: Draft) -> None:
    draft.change(draft.way(), "pace")
