"""A plausible run folder made without a simulation, for tests of the report."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from results.made import reseal
from sojourn.results.claims import interval
from sojourn.results.columns import SPECS
from sojourn.results.periods import periods_table, reporting_periods
from sojourn.results.run_folder import provenance
from sojourn.results.subject import joint_peaks
from sojourn.results.tables import empty, from_rows
from sojourn.study.model.study import StudyModel
from sojourn.study.sections.pathway.facilities_and_states import TOGETHER

STATES = (
    "us_prison", "nominated", "litigating", "held", "returning", "returned", "released",
    "waiting outside",
)  # fmt: skip
GROUPS = ("US", "SV", "other")
NAMES = ("law as it stands", "as offered", "injunction never")


def number(value, unit="", path="", **more):
    return {"value": value, "unit": unit, "path": path, **more}


def study_dict(title="United States – El Salvador custody offer", names=NAMES, end="2028-02-04"):
    scenarios = {name: scenario_dict(name, place) for place, name in enumerate(names)}
    return {
        "title": title,
        "about": "Who would be held abroad, for how long and at whose cost, if the offer of "
        "February 2025 were taken up.",
        "path": "trial",
        "period": {"from": "2025-02-04", "to": end, "by": ["citizenship"]},
        "run": {"seed": 7, "draws": 20},
        "sources": {
            "r004": {"title": "El Salvador offers its prison", "publisher": "A newspaper",
                     "date": "2025-02-04", "url": "https://example.org/a", "confidence": "read"},
            "r007": {"title": "Letter of 22 March", "date": "2025-03-22",
                     "confidence": "secondary", "url": "javascript:alert(1)"},
        },
        "statements": {
            "any nationality": {"source": "r004", "by": "Nayib Bukele", "quote": "any nationality",
                                "says": "Nobody is left out for their citizenship.",
                                "models": ["agreement.terms.criminal"]},
            "low fee": {"source": "r004", "by": "Nayib Bukele", "quote": "relatively low",
                        "models": ["money.payments.fee"]},
        },
        "assumptions": ["Those nominated stay where they are until they are moved.",
                        "Courts treat all of a class alike."],
        "limits": ["What happens to people after their return is not modelled.",
                   "Effects on crime are not modelled."],
        "scenarios": scenarios,
    }  # fmt: skip


def scenario_dict(name, place):
    litigation = number(
        0.5,
        "share",
        "parameters.litigation_share",
        low=0.3,
        high=0.8,
        shape="pert",
        confidence="assumed",
        note="no record of such cases",
    )
    fee = number(
        20000,
        "USD",
        "money.payments.fee.amount",
        low=15000,
        high=25000,
        shape="uniform",
        source="r007",
        confidence="secondary",
    )
    chance = number(
        0.8,
        "share",
        "gates.no_injunction.chance",
        low=0.5,
        high=1.0,
        shape="uniform",
        confidence="remembered",
    )
    rules = {
        "offered": {"kind": "require", "condition": "own_national or arrests >= 3",
                    "source": "r004", "confidence": "read"},
        "citizen": {"kind": "bar", "condition": "citizenship = 'US'", "cite": "8 USC 1231",
                    "from": "2025-02-04", "confidence": "read"},
        "documented": {"kind": "require", "condition": "known(citizenship)",
                       "cite": "8 USC 1229a"},
    }  # fmt: skip
    overrides = {}
    if place >= 1:
        rules.pop("citizen")
        overrides["agreement.rules.citizen"] = "off"
    if place >= 2:
        overrides["gates.no_injunction.chance"] = "0 %"
    return {
        "name": name,
        "about": None if place == 0 else "The offer as it was made, citizens not left out.",
        "overrides": overrides,
        "parameters": {"litigation_share": litigation},
        "facts": {"citizenship": {"values": list(GROUPS)}},
        "agreement": {"title": "Offer of February 2025", "sending": "US", "receiving": "SV",
                      "rules": rules},
        "facilities": {
            "federal_prisons": {"capacity": [{"start": "2025-02-04",
                                              "quantity": number(190000, "people")}],
                                "limit": "soft", "country": "US", "label": "federal prisons"},
            "cecot": {"capacity": [{"start": "2025-02-04", "quantity": number(40000, "people")},
                                   {"start": "2027-01-01", "quantity": number(80000, "people")}],
                      "already_held": [{"start": "2025-02-04",
                                        "quantity": number(14532, "people")}],
                      "country": "SV", "label": "CECOT"},
        },
        "states": {
            "us_prison": {"place": "federal_prisons", "label": "In federal prison"},
            "nominated": {"place": "federal_prisons"},
            "litigating": {"place": "federal_prisons"},
            "held": {"place": "cecot", "label": "Held in CECOT"},
            "returning": {},
            "returned": {"end": True},
            "released": {"end": True},
        },
        "transitions": [
            {"name": "us_prison -> nominated", "state": "us_prison",
             "branches": [{"to": "nominated"}], "starts": "2025-03-15"},
            {"name": "nominated -> held", "state": "nominated", "branches": [{"to": "held"}],
             "gates": ["in_force", "no_injunction"], "chance": litigation},
        ],
        "gates": {
            "in_force": {"open": [{"from": "2025-03-15", "to": "2027-03-15"}],
                         "label": "agreement in force"},
            "no_injunction": {"from": "2025-03-15", "chance": chance,
                              "label": "no injunction in force"},
        },
        "populations": {"federal prisoners": {"stock": {"count": number(159309, "people"),
                                                        "state": "us_prison"}}},
        "money": {
            "currency": "USD", "price_year": 2025, "discount_rate": number(0.03, "share"),
            "payments": {
                "fee": {"payer": "US", "payee": "SV", "basis": "person-time", "per": "year",
                        "amount": fee, "currency": "USD", "category": "fee",
                        "label": "Fee for places", "from": "2025-03-15"},
                "domestic": {"payer": "US", "payee": "federal prisons", "basis": "person-time",
                             "per": "year", "amount": number(47162, "USD"), "currency": "USD",
                             "category": "custody"},
            },
        },
        "measures": {
            "fee_per_person_year": {"kind": "ratio", "unit": "USD per person-year"},
            "home_cost": {"kind": "value", "unit": "USD", "source": "r007",
                          "quantity": number(47162, "USD")},
            "held_at_end": {"kind": "people", "states": ["held"], "at": "end", "unit": "people",
                            "label": "people held at the end"},
        },
        "claims": {
            "low fee": {"says": "The fee would be relatively low",
                        "holds_if": "fee_per_person_year < home_cost", "source": "r004"},
            "safer": {"says": "Both countries would be safer", "cannot": "no measure of safety"},
        },
    }  # fmt: skip


def make_run(folder: Path, study=None, *, draws=20, replicates=1, without: Iterable[str] = ()):
    """Write a run of `study` to `folder`; tables named in `without` hold no rows."""
    folder.mkdir(parents=True, exist_ok=True)
    study = StudyModel.model_validate(study_dict() if study is None else study)
    tables = {name: [] for name in SPECS if name != "periods"}
    rng = np.random.default_rng(1)
    inputs = rng.random((draws, 3))
    for place, name in enumerate(study.scenarios):
        for draw in range(draws):
            for replicate in range(replicates):
                _history(tables, study, name, place, draw, replicate, inputs[draw], rng)
        _rules(tables, name, place)
    for draw in range(draws):
        for path, unit, low, high, column in (
            ("parameters.litigation_share", "share", 0.3, 0.8, 0),
            ("money.payments.fee.amount", "USD", 15000, 25000, 1),
            ("gates.no_injunction.chance", "share", 0.5, 1.0, 2),
        ):
            value = low + (high - low) * inputs[draw, column]
            tables["draws"].append({"draw": draw, "path": path, "value": value, "unit": unit})
    tables["groups"] = [{"group": g, "fact": "citizenship", "value": g} for g in GROUPS]
    tables["quotes"] = [
        {"path": f"statements.{key}.quote", "source": "r004", "quote": words, "status": status}
        for key, words, status in (
            ("any nationality", "any nationality", "found"),
            ("low fee", "relatively low", "not checked, text not at hand"),
        )
    ]
    for name in SPECS:
        if name == "periods":
            table = periods_table(study.period)
        else:
            table = empty(name) if name in without else from_rows(name, tables[name])
        pq.write_table(table, folder / f"{name}.parquet")
    (folder / "study.json").write_text(study.model_dump_json(by_alias=True), encoding="utf-8")
    record = provenance.run_record(
        study, seed=7, draws=draws, replicates=replicates, digest="0123456789abcdef" * 2,
        histories="fedcba9876543210" * 2, started=datetime(2025, 6, 1, tzinfo=UTC),
        seconds={"simulate": 12.3, "money": 0.4},
    )  # fmt: skip
    (folder / "run.json").write_text(json.dumps(record), encoding="utf-8")
    reseal(folder)
    return folder


def _history(tables, study, name, place, draw, replicate, inputs, rng):  # noqa: PLR0912 a list
    head = {"scenario": name, "draw": draw, "replicate": replicate}
    periods = reporting_periods(study.period)
    tables["histories"].append({**head, "days": study.period.days})
    scale = (
        0 if place == 0 else (1 + 0.6 * (place - 1)) * (0.4 + inputs[0]) * (0.9 + rng.random() / 5)
    )
    shares = {"US": 0.7, "SV": 0.2998, "other": 0.0002}
    filled = None
    for month, (start, days) in enumerate(zip(periods.starts, periods.days, strict=True)):
        now = {**head, "period": start}
        held = scale * 30000 * (1 - np.exp(-month / 14))
        census = {
            "us_prison": 150000 - 400 * month - held * 0.7,
            "nominated": 0 if place == 0 else 900 + 20 * month,
            "litigating": scale * 700 * np.exp(-month / 20),
            "held": held,
            "returning": scale * 40 if month > 10 else 0,
            "returned": max(0, held * 0.1 * (month - 10)) if month > 10 else 0,
            "released": 3500 * (month + 1),
            "waiting outside": 0,
        }
        totals = {}
        for state, people in census.items():
            total = 0
            for group, share in shares.items():
                count = int(people * share)
                if count:
                    total += count
                    tables["census"].append(
                        {**now, "state": state, "group": group, "people": count,
                         "person_days": count * int(days), "peak": count + 3}
                    )  # fmt: skip
            if total:
                tables["peaks"].append({**now, "state": state, "peak": total + 3})
            totals[state] = total
        for states in joint_peaks(study):
            together = sum(totals.get(state, 0) for state in states)
            tables["peaks"].append({**now, "state": TOGETHER.join(states), "peak": together + 3})
        moved = int(scale * 1500 * np.exp(-month / 14))
        for transition, source, target, people in (
            ("admission", "outside", "us_prison", 3700),
            ("us_prison -> nominated", "us_prison", "nominated", moved + 10 if place else 0),
            ("nominated -> held", "nominated", "held", moved),
            ("held -> returning", "held", "returning", int(moved / 3)),
        ):
            if people:
                tables["flows"].append(
                    {**now, "transition": transition, "source": source, "target": target,
                     "group": "SV" if month % 2 else "US", "people": people}
                )  # fmt: skip
        waiting = int(census["nominated"] * 0.6)
        tables["waits"].append(
            {**now, "transition": "nominated -> held", "waiting": waiting,
             "person_days": waiting * int(days), "joined": moved, "served": moved, "left": 2,
             "days_served": moved * 44}
        )  # fmt: skip
        capacity = 40000 if start < date(2027, 1, 1) else 80000
        occupied = min(14532 + int(held), capacity)
        if occupied == capacity and filled is None:
            filled = start
        for facility, places, taken in (
            ("cecot", capacity, occupied),
            ("federal_prisons", 190000, int(census["us_prison"] + census["nominated"])),
        ):
            tables["facilities"].append(
                {**now, "facility": facility, "capacity": places, "occupied": taken,
                 "person_days": taken * int(days), "peak": taken,
                 "days_full": int(days) if taken >= places else 0}
            )  # fmt: skip
        in_force = int(days) if date(2025, 3, 1) < start < date(2027, 3, 1) else 0
        free = (
            int(days * (1 - 0.6 * inputs[2] * np.sin(month / 6) ** 2)) if place < 2 else int(days)
        )
        for gate, open_days in (("in_force", in_force), ("no_injunction", free)):
            tables["gates"].append({**now, "gate": gate, "days": int(days), "days_open": open_days})
        for payment, payee, category, people, price in (
            ("fee", "SV", "fee", held, 15000 + 10000 * inputs[1]),
            ("domestic", "federal prisons", "custody", census["us_prison"], 47162),
        ):
            years = people * days / 365.25
            if years:
                amount = float(years * price)
                tables["money"].append(
                    {**now, "payment": payment, "payer": "US", "payee": payee,
                     "category": category, "costing": "any", "currency": "USD",
                     "quantity": float(years), "real": amount,
                     "unit": "person-year", "amount": amount,
                     "discounted": amount * 0.97 ** (month / 12)}
                )  # fmt: skip
    for days, served, left, waits in ((44, 60, 2, 0), (90, 30, 0, 8)):
        tables["wait_days"].append(
            {**head, "transition": "nominated -> held", "days": days, "served": served,
             "left": left, "waiting": waits}
        )  # fmt: skip
    for facility in ("cecot", "federal_prisons"):
        tables["firsts"].append(
            {**head, "facility": facility, "first_full": filled if facility == "cecot" else None}
        )
    for measure, value in (
        ("fee_per_person_year", float(15000 + 10000 * inputs[1]) if place else None),
        ("home_cost", 47162.0),
        ("held_at_end", float(int(held))),
    ):
        tables["measures"].append({**head, "measure": measure, "value": value})


def _rules(tables, name, place):
    rules = [
        ("offered", "require", "own_national or arrests >= 3", None, "r004", 159309, 60000, 3000,
         96309, 21000, 2000, "arrests"),
        ("citizen", "bar", "citizenship = 'US'", "8 USC 1231", None, 159309, 135000, 900, 8200,
         80000, 400, "citizenship"),
        ("documented", "require", "known(citizenship)", "8 USC 1229a", None, 159309, 900, 0, 8100,
         100, 0, None),
    ]  # fmt: skip
    position = 0
    for rule in rules:
        if place and rule[0] == "citizen":
            continue
        position += 1
        keys = ("rule", "kind", "condition", "cite", "source", "people", "fails", "unknown",
                "remaining", "only_this", "undetermined_only", "facts_missing")  # fmt: skip
        row = dict(zip(keys, rule, strict=True))
        numbers = {k: float(v) for k, v in row.items() if isinstance(v, int)}
        numbers |= {"passes_unknown": 0.0, "fails_unknown": 0.0}
        tables["funnel"].append({"scenario": name, "position": position, **row, **numbers})
    for cell, (outcome, stock) in enumerate(
        (("eligible", 8100.0), ("barred", 148000.0), ("referred", 3209.0))
    ):
        tables["cells"].append(
            {"scenario": name, "cell": cell, "group": "US", "population": "federal prisoners",
             "facts": "{}", "stock": stock, "admissions_per_year": stock / 4, "outcome": outcome}
        )  # fmt: skip
    if not place:
        return
    for claim, verdict, condition, share, reason in (
        ("low fee", "holds", "fee_per_person_year < home_cost", 1.0,
         "fee per person-year is below home cost in every history"),
        ("safer", "cannot be determined", None, None, "no measure of safety is in the model"),
    ):  # fmt: skip
        if place == 1:
            tables["claims"].append(
                {"scenario": name, "claim": claim, "says": {
                    "low fee": "The fee would be low for the U.S. but significant for us",
                    "safer": "Both countries would be safer"}[claim],
                 "by": "Nayib Bukele", "source": "r004", "quote": "relatively low",
                 "condition": condition, "verdict": verdict, "share_holds": share,
                 "share_low": None if share is None else interval(share, 100)[0],
                 "share_high": None if share is None else interval(share, 100)[1],
                 "determined": 0.0 if share is None else 1.0, "reason": reason}
            )  # fmt: skip
