"""The `decisions` section: who chooses between which options, and by which measure."""

from __future__ import annotations

from collections.abc import Mapping

from sojourn.study.files.addresses import nearest
from sojourn.study.files.suggest import did_you_mean
from sojourn.study.files.yaml import Node
from sojourn.study.model.decisions import Decision, Sample
from sojourn.study.model.study import Scenario
from sojourn.study.sections.period_and_sources import read_map
from sojourn.study.units import ANYTHING
from sojourn.study.words.quantities import quantity_key
from sojourn.study.words.reader import Reader

FEWEST_OPTIONS = 2


def read_decision(reader: Reader, node: Node, path: str, name: str) -> Decision | None:
    """One decision, or None with a problem."""
    before = len(reader.problems)
    fields = reader.fields(node, path, "decision")
    who, options, cited = fields.text("who"), fields.names("options"), fields.cited()
    wanted = [key for key in ("least", "greatest") if fields.has(key)]
    if len(wanted) != 1 and node.items is not None:
        what = "both `least` and `greatest` are given" if wanted else "no measure is wanted"
        reader.refuse(node, path, what, "write `least: MEASURE` or `greatest: MEASURE`")
    if fields.has("options") and len(set(options)) < FEWEST_OPTIONS:
        fields.refuse("options", "there is nothing to choose", "name two scenarios or more")
    settings = fields.node("settings")
    for option, setting in ((settings and settings.items) or {}).items():
        if option not in options:
            at = f"{path}.settings.{option}"
            reader.refuse(setting, at, "nobody can choose this setting", "name it in `options`")
    groups = read_map(
        reader, fields.node("groups"), fields.at("groups"), lambda r, n, p, _: r.names(n, p)
    )
    samples = read_map(reader, fields.node("samples"), fields.at("samples"), _read_sample)
    if len(reader.problems) != before or who is None:
        return None
    return Decision(
        who=who,
        options=tuple(dict.fromkeys(options)),
        measure=fields.text(wanted[0]) or "",
        wants="least" if wanted == ["least"] else "greatest",
        turns_at=fields.names("turns at"),
        groups=groups,
        samples=samples,
        **cited,
    )


def _read_sample(reader: Reader, node: Node, path: str, name: str) -> Sample | None:
    before = len(reader.problems)
    fields = reader.fields(node, path, "sample")
    of, people, observations = (
        fields.text("of"),
        fields.whole("people"),
        fields.whole("observations"),
    )
    deviation, cited = quantity_key(fields, "deviation", ANYTHING), fields.cited()
    if (people is None) == (observations is None) and node.items is not None:
        reader.refuse(
            node,
            path,
            "a sample is of people, or of observations",
            "write `people: 200` for a share, or `observations: 50` and `deviation: 30 days`",
        )
    for key, size in (("people", people), ("observations", observations)):
        if size is not None and size < 1:
            fields.refuse(key, f"a sample of {size} tells nothing", f"write `{key}: 200`")
    if (observations is None) != (deviation is None) and len(reader.problems) == before:
        fields.refuse(
            "deviation",
            "`observations` and `deviation` belong together",
            "write `observations: 50, deviation: 30 days`",
        )
    if deviation is not None and (deviation.uncertain or deviation.value <= 0):
        fields.refuse("deviation", "it must be one number above 0", "write `deviation: 30 days`")
    if of is None or len(reader.problems) != before:
        return None
    return Sample(of=of, people=people, observations=observations, deviation=deviation, **cited)


def named_paths(decisions: Mapping[str, Decision]) -> dict[str, tuple[str, ...]]:
    """The paths that decisions name, by the address of their list."""
    found = {}
    for name, decision in decisions.items():
        if decision.turns_at:
            found[f"decisions.{name}.turns at"] = decision.turns_at
        for group, paths in decision.groups.items():
            found[f"decisions.{name}.groups.{group}"] = paths
        for sample, one in decision.samples.items():
            found[f"decisions.{name}.samples.{sample}.of"] = (one.of,)
    return found


def check_decisions(
    reader: Reader, decisions: Mapping[str, Decision], tree: Node, scenarios: Mapping[str, Scenario]
) -> None:
    """Refuse options and measures that do not exist; `scenarios` has the settings too."""
    for name, decision in decisions.items():
        for option in decision.options:
            scenario = scenarios.get(option)
            if scenario is None:
                key, what = "options", f"the study has no scenario or setting `{option}`"
                fix = did_you_mean(option, list(scenarios), "scenario")
            elif decision.measure not in scenario.measures:
                key, what = decision.wants, f"the measure `{decision.measure}` is not declared"
                fix = did_you_mean(decision.measure, list(scenario.measures), "measure")
            else:
                continue
            address = f"decisions.{name}.{key}"
            position, _ = nearest(tree, address)
            reader.refuse(position, address, what, fix)
            break
