"""Features of time, of how people come in, and of places."""

from __future__ import annotations

from sojourn.study.model.stays import Stay

from engine.generated.draft import NAMES, Draft
from engine.generated.registry import PUT, feature
from engine.studies import number
from sojourn.study.time_steps import Step

# The step of time; that of most studies is a day.
BY_STEP: dict[str, Step] = {"by days": "day", "by months": "month", "by years": "year"}
for _name in BY_STEP:
    PUT[_name] = lambda draft: None  # see `drafted`


# How people come in.
@feature("stock: new")
def _(draft: Draft) -> None:
    draft.stock()


@feature("stock: in equilibrium")
def _(draft: Draft) -> None:
    draft.stock(served="equilibrium")


@feature("stock: served so long")
def _(draft: Draft) -> None:
    draft.stock(served=draft.fixed(draft.draw.randint(1, 3)))


@feature("stock: served by a table")
def _(draft: Draft) -> None:
    one = round(draft.length)
    draft.stock(served=Stay(family="table", points=((one, 1.0), (3 * one, 2.0))))


@feature("stock: people of a file")
def _(draft: Draft) -> None:
    draft.held()


@feature("admissions: Poisson")
def _(draft: Draft) -> None:
    draft.admit("poisson")


@feature("admissions: fixed")
def _(draft: Draft) -> None:
    draft.admit("fixed")


@feature("admissions: over-dispersed")
def _(draft: Draft) -> None:
    draft.admit("over-dispersed")


@feature("admissions: listed")
def _(draft: Draft) -> None:
    draft.listed()


@feature("admissions: at a rate that changes")
def _(draft: Draft) -> None:
    rated = [i for i, p in enumerate(draft.populations) if p.admissions and p.admissions.rate]
    if not rated:
        draft.admit(draft.draw.choice(["poisson", "fixed", "over-dispersed"]))
        rated = [len(draft.populations) - 1]
    for i in rated:
        population = draft.populations[i]
        rate = population.admissions.rate[0].quantity.value
        changed = population.admissions.model_copy(
            update={
                "rate": draft.dates(1.5 * rate, 0.5 * rate, step=10),
                "trend": number(draft.draw.choice([-0.03, 0.03])),
                "season": {"february": number(0.2)},
                "weekdays": {"sunday": number(2.0)},
            }
        )
        draft.populations[i] = population.model_copy(update={"admissions": changed})


def _come_into(draft: Draft, limit: str) -> None:
    """Let admissions come into a facility of this limit."""
    into = draft.put(NAMES[:2], limit)
    coming = [i for i, p in enumerate(draft.populations) if p.admissions is not None]
    hard = draft.of_limit("hard") if limit == "soft" else []
    kept = [i for i in coming if draft.populations[i].admissions.into in hard]
    if len(kept) == len(coming):  # where two limits are asked for, some come into each
        draft.admit(draft.draw.choice(["poisson", "fixed"]), into=into)
    for i in set(coming) - set(kept):
        population = draft.populations[i]
        moved = population.admissions.model_copy(update={"into": into})
        draft.populations[i] = population.model_copy(update={"admissions": moved})


@feature("admitted into a hard facility")
def _(draft: Draft) -> None:
    _come_into(draft, "hard")


@feature("admitted into a soft facility")
def _(draft: Draft) -> None:
    _come_into(draft, "soft")


@feature("stock in a hard facility")
def _(draft: Draft) -> None:
    state = draft.put(NAMES[:2], "hard")
    stocks = [i for i, p in enumerate(draft.populations) if p.stock is not None]
    if not stocks:
        draft.stock(into=state, served="new")
    for i in stocks:
        population = draft.populations[i]
        stock = population.stock.model_copy(update={"state": state})
        draft.populations[i] = population.model_copy(update={"stock": stock})


# Places.
@feature("moves into a hard facility")
def _(draft: Draft) -> None:
    draft.put(NAMES[1:], "hard")


@feature("moves within a hard facility")
def _(draft: Draft) -> None:
    first = draft.draw.choice([0, 1])
    if draft.focus is not None:
        first = min(1, NAMES.index(draft.focus.state))
    hard = [n for n in NAMES[first : first + 2] if n in draft.of_limit("hard")]
    place = draft.place[hard[0]] if hard else draft.facility("hard")
    for name in NAMES[first : first + 2]:
        draft.place[name] = place


@feature("in a soft facility")
def _(draft: Draft) -> None:
    draft.put(NAMES, "soft")


def _change_places(draft: Draft, **update: object) -> None:
    free = tuple(name for name in NAMES[1:] if draft.place[name] is None)
    if free:
        draft.put(free, "hard")
    for name in {draft.place[state] for state in draft.of_limit("hard")}:
        draft.facilities[name] = draft.facilities[name].model_copy(update=update)


@feature("a capacity that changes")
def _(draft: Draft) -> None:
    _change_places(draft, capacity=draft.dates(draft.amount(), 4, draft.amount()))


@feature("places that others hold")
def _(draft: Draft) -> None:
    _change_places(draft, already_held=draft.dates(1))
