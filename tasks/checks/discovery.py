"""Discovery: every module of this folder that has a `CHECK`. Adding a check is adding a file."""

from __future__ import annotations

import importlib
import pkgutil

import tasks.checks
from tasks.evidence.check import Check
from tasks.project.errors import CouldNotRun


def discover() -> tuple[Check, ...]:
    """All checks, in order of their codes.

    Raises:
        CouldNotRun: a file cannot be imported, or its check has another name than the file: a check that is silently
            left out would pass by not being there.
    """
    return tuple(
        _check_of(module.name) for module in sorted(pkgutil.iter_modules(tasks.checks.__path__), key=lambda m: m.name)
        if module.name != "discovery"
    )  # fmt: skip


def _check_of(name: str) -> Check:
    try:
        check = getattr(importlib.import_module(f"tasks.checks.{name}"), "CHECK", None)
    except ImportError as error:
        raise CouldNotRun(
            f"expected tasks/checks/{name}.py to be importable, but: {error}; mend or remove it"
        ) from error
    if not isinstance(check, Check) or check.code != name:
        found = f"a check named '{check.code}'" if isinstance(check, Check) else "no CHECK"
        raise CouldNotRun(
            f"expected tasks/checks/{name}.py to define CHECK = Check('{name}', ...), found {found}; "
            "name the check after its file, or move helpers out of tasks/checks"
        )
    return check
