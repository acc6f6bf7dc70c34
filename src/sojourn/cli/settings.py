"""What `--set` changes in a study."""

from __future__ import annotations

import sojourn as sj


def changes_of(settings: list[str]) -> dict[str, str]:
    """The values of `--set PATH=VALUE`, by path. Raises SojournError for anything else."""
    found = {}
    for setting in settings:
        path, equals, value = setting.partition("=")
        if not (path.strip() and equals and value.strip()):
            raise sj.SojournError(
                sj.Problem(
                    f"--set: `{setting}` is not PATH=VALUE",
                    "write it as 'money.payments.fee.amount=25000 USD'",
                )
            )
        found[path.strip()] = value.strip()
    return found
