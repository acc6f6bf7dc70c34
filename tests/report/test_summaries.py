from __future__ import annotations

import json

from rich.console import Console

from report.made_run import make_run, study_dict
from sojourn.report.summary_json import summary_dict
from sojourn.report.summary_text import terminal_summary


def test_summary_is_plain_json(run_folder):
    found = json.loads(json.dumps(summary_dict(run_folder), allow_nan=False))
    offered = next(s for s in found["scenarios"] if s["scenario"] == "as offered")
    head = offered["headline"]
    assert found["people"] == "held in CECOT" and found["draws"] == 20
    assert head["at_end"]["low"] < head["at_end"]["mean"] < head["at_end"]["high"]
    assert {row["party"] for row in offered["money"]} == {"US", "SV", "federal prisons"}
    assert offered["claims"][0]["verdict"] in ("holds", "cannot be determined")
    cecot = next(row for row in offered["facilities"] if row["facility"] == "cecot")
    assert 0 < cecot["probability"] < 1 and cecot["middle"].startswith("202")


def test_what_one_party_pays_another_receives(run_folder):
    for scenario in summary_dict(run_folder)["scenarios"]:
        net = sum(row["net"]["mean"] for row in scenario["money"])
        assert abs(net) < 1e-3


def test_terminal_prints_texts_as_they_stand(tmp_path):
    study = study_dict(title="[red]not a colour[/red]", end="2025-08-04")
    console = Console(width=110, record=True, file=open("/dev/null", "w"))  # noqa: SIM115, PTH123
    terminal_summary(make_run(tmp_path / "run", study, draws=9), console)
    console.file.close()
    text = console.export_text()
    assert "[red]not a colour[/red]" in text
    assert "than under “law as it stands”" in text
    assert "Net cost over the whole period" in text
    assert "cannot be determined: Both countries would be safer" in text
