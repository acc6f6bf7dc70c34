"""The three works, each a study as a user would write it.

*flow*: people come, stay, and some return. *capacity*: a notice period that races a petition, a
line before a full facility, people who leave the line. *national*: a whole prison system.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

START = date(2025, 1, 1)
DAYS = 3650
RETURNS = 0.35
PETITIONS = 0.2
REVIEW_DAYS = 14
PATIENCE_DAYS = 180
STAY_IN_PLACE = 180.0


@dataclass(frozen=True, slots=True)
class Work:
    """What is simulated: `daily` people admitted a day, `load` offered to the places."""

    name: str
    daily: float = 0.0
    load: float = 0.0
    days: int = DAYS

    @property
    def places(self) -> int:
        """Places of the hard facility, so that the load offered to it is `load`."""
        return max(1, round(self.daily * joining() * STAY_IN_PLACE / self.load))

    @property
    def title(self) -> str:
        return f"{self.name} {self.load:g}" if self.load else self.name

    def write(self, folder: Path) -> Path:
        """Write the study into the folder, and return it."""
        text = {"flow": _flow, "capacity": _capacity, "national": _national}[self.name](self)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "study.yaml").write_text(text, encoding="utf-8")
        return folder


def joining() -> float:
    """Share of those admitted who come to stand in the line.

    Of those who petition, exp(-14 / 7) have not been heard when the review ends after 14 days.
    """
    in_time = PETITIONS * (1.0 - math.exp(-REVIEW_DAYS / 7.0))
    return 1.0 - in_time / 2


def _period(work: Work) -> str:
    return f"{{from: {START}, to: {START + timedelta(days=work.days)}, report: month}}"


def _flow(work: Work) -> str:
    return f"""\
study: Flow
period: {_period(work)}
states:
  held: {{}}
  free: {{}}
transitions:
  held -> release:
    to:
      free: {{share: {RETURNS:.0%}, after: {{lognormal: {{mean: 180 days, sd: 180 days}}}}}}
      out: {{after: {{lognormal: {{mean: 180 days, sd: 180 days}}}}}}
  free -> held: {{after: {{mean: 365 days}}}}
populations:
  people: {{admissions: {{per day: {work.daily:g} people, into: held}}}}
scenarios: {{base: {{}}}}
"""


def _capacity(work: Work) -> str:
    return f"""\
study: Capacity
period: {_period(work)}
facilities:
  places: {{capacity: {work.places} people, limit: hard}}
states:
  review: {{}}
  stayed: {{}}
  waiting: {{}}
  held: {{place: places}}
transitions:
  review -> stayed: {{chance: {PETITIONS:.0%}, after: {{mean: 7 days}}}}
  review -> waiting: {{after: {REVIEW_DAYS} days}}
  stayed -> decided:
    to:
      waiting: {{share: 50 %, after: {{lognormal: {{mean: 60 days, sd: 60 days}}}}}}
      out: {{after: {{lognormal: {{mean: 60 days, sd: 60 days}}}}}}
  waiting -> held: {{}}
  waiting -> out: {{after: {PATIENCE_DAYS} days}}
  held -> out: {{after: {{lognormal: {{mean: 180 days, sd: 180 days}}}}}}
populations:
  people: {{admissions: {{per day: {work.daily:g} people, into: review}}}}
scenarios: {{base: {{}}}}
"""


_SPLIT = """\
      sex: {male: 92 %, female: 8 %}
      age: {under 25: 14 %, 25 to 39: 44 %, 40 to 54: 28 %, 55 or more: 14 %}
      history: {first: 40 %, repeat: 60 %}
"""
_OFFENCES = "      offence: {violent: 45 %, property: 20 %, drugs: 20 %, other: 15 %}\n"
_PRISONERS = {"violent": (450, 72), "property": (130, 24), "drugs": (150, 36), "other": (70, 18)}
"""Thousands in prison by offence, and the mean of their sentences in months."""
_OTHERS = {"parole": 230_000, "probation": 150_000, "jail": 60_000, "awaiting_trial": 60_000}


def _people() -> str:
    text = ""
    for offence, (thousands, months) in _PRISONERS.items():
        text += (
            f"  prisoners, {offence}:\n    facts: {{offence: {offence}}}\n    split:\n{_SPLIT}"
            f"    stock: {{count: {thousands}000 people, state: prison, served: equilibrium}}\n"
            f"    clocks: {{sentence_end: {{gamma: {{mean: {months} months, "
            f"sd: {months * 0.8:g} months}}}}}}\n"
        )
    for state, count in _OTHERS.items():
        text += (
            f"  in {state}:\n    split:\n{_SPLIT}{_OFFENCES}"
            f"    stock: {{count: {count} people, state: {state}, served: equilibrium}}\n"
        )
    return text + (
        f"  charged:\n    split:\n{_SPLIT}{_OFFENCES}"
        "    admissions: {per year: {between: [380000 people, 460000 people], "
        "best: 420000 people}, into: awaiting_trial}\n"
    )


def _national(_: Work) -> str:
    return f"""\
study: A national prison system
period: {{from: {START}, to: {START.replace(year=START.year + 10)}, report: month, by: [offence]}}
run: {{seed: 1, draws: 200}}
parameters:
  revoked: {{between: [25 %, 45 %], best: 35 %}}
  returns: {{between: [25 %, 45 %], best: 35 %}}
facts:
  sex: {{values: [male, female]}}
  age: {{values: [under 25, 25 to 39, 40 to 54, 55 or more]}}
  offence: {{values: [violent, property, drugs, other]}}
  history: {{values: [first, repeat]}}
facilities:
  prisons: {{capacity: 900000 people, limit: soft}}
  jails: {{capacity: 200000 people, limit: soft}}
  halfway_houses: {{capacity: 20000 people, limit: hard}}
clocks:
  sentence_end: day on which the sentence ends
states:
  awaiting_trial: {{place: jails}}
  jail: {{place: jails}}
  reception: {{place: prisons, sets: {{sentence_end: {{gamma: {{mean: 3 years, sd: 3 years}}}}}}}}
  prison: {{place: prisons}}
  appeal: {{place: prisons}}
  halfway: {{place: halfway_houses}}
  parole: {{}}
  breach: {{place: jails}}
  probation: {{}}
  treatment: {{}}
  at_liberty: {{}}
  acquitted: {{end: yes}}
transitions:
  awaiting_trial -> trial:
    to:
      reception: {{share: 45 %, after: {{lognormal: {{mean: 150 days, sd: 120 days}}}}}}
      probation: {{share: 25 %, after: {{lognormal: {{mean: 90 days, sd: 80 days}}}}}}
      jail: {{share: 20 %, after: {{lognormal: {{mean: 60 days, sd: 60 days}}}}}}
      acquitted: {{after: {{lognormal: {{mean: 60 days, sd: 60 days}}}}}}
  jail -> at_liberty: {{after: {{lognormal: {{mean: 90 days, sd: 90 days}}}}}}
  reception -> prison: {{after: 14 days}}
  prison -> parole: {{at: sentence_end}}
  prison -> appeal: {{chance: 8 %, after: {{mean: 120 days}}}}
  prison -> halfway:
    at: sentence_end - 180 days
    when: offence != 'violent' or history = 'first'
  appeal -> parole: {{at: sentence_end}}
  appeal -> judgment:
    to:
      prison: {{share: 85 %, after: {{lognormal: {{mean: 200 days, sd: 150 days}}}}}}
      at_liberty: {{after: {{lognormal: {{mean: 250 days, sd: 150 days}}}}}}
  halfway -> parole: {{at: sentence_end}}
  parole -> end of parole:
    to:
      breach: {{share: {{parameter: revoked}}, after: {{mean: 300 days}}}}
      at_liberty: {{after: {{gamma: {{mean: 1.5 years, sd: 1 year}}}}}}
  breach -> hearing:
    to:
      reception: {{share: 60 %, after: {{lognormal: {{mean: 30 days, sd: 20 days}}}}}}
      parole: {{after: {{lognormal: {{mean: 20 days, sd: 15 days}}}}}}
  probation -> treatment: {{chance: 20 %, after: {{mean: 200 days}}}}
  probation -> end of probation:
    to:
      at_liberty: {{share: 75 %, after: {{gamma: {{mean: 1.5 years, sd: 1 year}}}}}}
      breach: {{after: {{mean: 250 days}}}}
  treatment -> probation: {{after: {{gamma: {{mean: 90 days, sd: 30 days}}}}}}
  at_liberty -> awaiting_trial:
    {{chance: {{parameter: returns}}, after: {{lognormal: {{mean: 3 years, sd: 3 years}}}}}}
populations:
{_people()}\
money:
  currency: USD
  price year: 2025
  discount rate: 3 % per year
  payments:
    prison_cost:
      payer: state
      payee: prisons
      per: person-year in prison
      amount: {{between: [30000 USD, 60000 USD], best: 45000 USD}}
    jail_cost: {{payer: county, payee: jails, per: person-day in jail, amount: 120 USD}}
    halfway_cost: {{payer: state, payee: providers, per: person-day in halfway, amount: 90 USD}}
measures:
  in_prison_at_the_end: {{people: [reception, prison, appeal], at: end}}
  peak_in_prison: {{peak: [reception, prison, appeal]}}
  halfway_average: {{average: halfway}}
  wait_for_halfway: {{wait: prison -> halfway}}
  revocations: {{moves: breach -> hearing}}
  cost: {{money: {{payer: state}}}}
scenarios: {{as it is: {{}}}}
"""
