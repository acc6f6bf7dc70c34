"""Scenarios that differ in money or in what is measured alone share their histories."""

import sojourn as sj
from sojourn.run import histories

STUDY = """
study: Two fees
period: {from: 2025-01-01, to: 2025-03-01}
states: {held: {}}
transitions:
  held -> out: {after: {mean: 20 days}}
populations:
  p: {stock: {count: 500 people, state: held}}
money:
  payments:
    fee: {per: person-day in held, amount: 10 USD, payer: A, payee: B}
measures: {left: {people: held, at: 2025-02-28}, bill: {money: {payer: A}}}
scenarios:
  base: {}
  dearer: {money.payments.fee.amount: 20 USD}
  slower: {transitions.held -> out.after.mean: 40 days}
"""


def test_a_scenario_of_another_fee_is_not_simulated_again(monkeypatch):
    simulated = []
    whole = histories.simulate_in_parts

    def counted(program, **options):
        simulated.append(options["replicate"])
        return whole(program, **options)

    monkeypatch.setattr(histories, "simulate_in_parts", counted)
    run = sj.load(STUDY).run(draws=2, replicates=2, threads=1, progress=False)
    assert sorted(simulated) == sorted(2 * [0, 1, 2, 3])  # in place of three times each
    values = {}
    for row in run.measures.to_dicts():
        history = values.setdefault((row["draw"], row["replicate"]), {})
        history[row["scenario"], row["measure"]] = row["value"]
    assert len(values) == 4
    for found in values.values():
        assert found["dearer", "left"] == found["base", "left"] < found["slower", "left"]
        assert found["dearer", "bill"] == 2 * found["base", "bill"] > 0
