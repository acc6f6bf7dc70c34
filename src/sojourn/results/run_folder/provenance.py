"""Where a result comes from: versions, seed, options, and digests of what determines it."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, version
from pathlib import PurePath
from typing import Any

from sojourn import __version__
from sojourn.results.subject import joint_peaks
from sojourn.study.contract_days import custody_starts, daily_label, daily_sets, move_starts
from sojourn.study.model.study import StudyModel
from sojourn.uncertainty.uncertain_quantities import uncertain_quantities

FORMAT = "sojourn run"
"""Marks a folder as one of ours."""
FORMAT_VERSION = 4
"""3: run.json has a digest of each file. 4: the funnel says for want of which facts people pass."""

PACKAGES = ("numpy", "numba", "scipy", "duckdb", "pyarrow", "pydantic")

_AFTER_HISTORIES = {"money", "measures", "claims"}
"""Parts of a scenario that only read histories, so that a new price needs no new simulation."""
_WORDS = {"about", "overrides"}


def canonical(value: object) -> str:
    """JSON that is the same text for the same value: keys sorted, no spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest_of(value: object) -> str:
    """BLAKE2b of the canonical JSON, 32 hexadecimal digits."""
    return blake2b(canonical(value).encode(), digest_size=16).hexdigest()


def run_digest(study: StudyModel, *, seed: int, draws: int, replicates: int) -> str:
    """Digest of everything that determines a whole run folder; the study's place does not.

    The list of quotations is left out: its words stand at their places, its lines do not matter.
    """
    content = study.model_dump(mode="json", by_alias=True, exclude={"path", "run", "quotes"})
    return digest_of(
        {
            "study": content,
            "order": list(study.scenarios),  # the first is the baseline
            "seed": seed,
            "spread together": study.run.spread_together,
            "draws": draws,
            "replicates": replicates,
            "sojourn": __version__,
            "format": FORMAT_VERSION,
        }
    )


def histories_digest(study: StudyModel, *, seed: int) -> str:
    """Digest of what determines each history: not prices, measures or the number of draws.

    The days on which contracts cut the study are part of it, since tables are cut there.
    """
    scenarios = {
        name: scenario.model_dump(mode="json", by_alias=True, exclude=_AFTER_HISTORIES | _WORDS)
        for name, scenario in study.scenarios.items()
    }
    kept = {  # what contracts need to be kept apart
        "custody": custody_starts(study),
        "moves": move_starts(study),
        "daily": {name: sorted(map(daily_label, daily_sets(study, name))) for name in scenarios},
    }
    return digest_of(
        {
            "scenarios": scenarios,
            "order": list(scenarios),
            "together": joint_peaks(study),  # they are kept with the histories
            "contracts": kept,
            "period": study.period.model_dump(mode="json", by_alias=True),
            "seed": seed,
            "spread together": study.run.spread_together,
            "sojourn": __version__,
            "format": FORMAT_VERSION,
        }
    )


def run_record(
    study: StudyModel,
    *,
    seed: int,
    draws: int,
    replicates: int,
    digest: str,
    histories: str,
    started: datetime,
    seconds: Mapping[str, float],
    threads: int = 1,
    scenarios: Iterable[str] | None = None,
    options: Mapping[str, object] | None = None,
    solver: str = "simulated",
    first_draw: int = 0,
    given: Mapping[str, object] | None = None,
    example: str | None = None,
    repeats: str = "",
) -> dict[str, Any]:
    """Content of run.json; names no host and no path.

    `histories`: see `histories_digest`. `given` tells of the values that the caller gave: their
    paths, a digest, and the name of their file. `example`: the study that ships, if this is one
    unchanged. `repeats`: digest of the run of repeated draws that lies in this run's folder, if
    there is one.
    """
    if started.tzinfo is None:
        raise ValueError("`started` needs a time zone")
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "version": __version__,
        "python": platform.python_version(),
        "platform": f"{sys.platform}-{platform.machine()}",
        "packages": {name: _version(name) for name in PACKAGES},
        "title": study.title,
        "study": PurePath(study.path).name,
        "example": example,
        "period": study.period.model_dump(mode="json", by_alias=True),
        "baseline": study.baseline,
        "scenarios": list(scenarios if scenarios is not None else study.scenarios),
        "sources": {
            name: source.model_dump(mode="json", exclude_none=True, exclude={"file"})
            for name, source in study.sources.items()
        },
        "solver": solver,
        "uncertain": len(uncertain_quantities(study)),
        "seed": seed,
        "draws": draws,
        "first_draw": first_draw,
        "given": dict(given or {"paths": [], "digest": ""}),
        "replicates": replicates,
        "threads": threads,
        "digest": digest,
        "histories": histories,
        "repeats": repeats,
        "options": dict(options or {}),
        "started": started.astimezone(UTC).isoformat(timespec="seconds"),
        "seconds": {phase: round(taken, 3) for phase, taken in seconds.items()},
    }


@cache
def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
