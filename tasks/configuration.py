"""Configuration: what people wrote in a project's files, read and judged together before anything is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tasks.decide.binding import BoundCheck, bind
from tasks.evidence.decision import Moment
from tasks.project.errors import ConfigurationError
from tasks.project.paths import Paths
from tasks.project.policy import Policy, draft_policy
from tasks.project.settings import AssaySettings, load_settings
from tasks.project.statements import Statements, claim_faults, load_statements

Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class Configuration:
    """A project's files without a fault.

    Attributes:
        settings: `assay.toml`.
        settings_content: the file's bytes, as they were read.
        policy: `expectations/policy.toml`.
        checks: the checks under the policy, by moment: of the night, before a retraining, of the gate.
        statements: `governance.toml`.
        statements_content: the file's bytes, as they were read; empty where there is none.
    """

    settings: AssaySettings
    settings_content: bytes
    policy: Policy
    checks: dict[Moment, tuple[BoundCheck, ...]]
    statements: Statements
    statements_content: bytes


def read_configuration(root: Path) -> Configuration:
    """Read the files of a project and join the policy with the checks.

    Args:
        root: the project directory.

    Raises:
        ConfigurationError: a file is missing or has faults; every fault of all files is in it.
        CouldNotRun: a file of `tasks/checks` is broken.
    """
    refused: list[ConfigurationError] = []
    settings = _kept(lambda: (load_settings(root), Paths(root).settings.read_bytes()), refused)
    policy = _kept(lambda: _judged_policy(root), refused)
    said = _kept(lambda: _statements(root, settings[0] if settings else None), refused)
    if settings is None or policy is None or said is None:
        if len(refused) == 1:
            raise refused[0]
        faults = [f"{Path(error.where).name}: {fault}" for error in refused for fault in error.faults]
        raise ConfigurationError(str(root), faults)
    return Configuration(*settings, *policy, *said)


def _kept(read: Callable[[], Read], refused: list[ConfigurationError]) -> Read | None:
    try:
        return read()
    except ConfigurationError as error:
        refused.append(error)
        return None


def _statements(root: Path, settings: AssaySettings | None) -> tuple[Statements, bytes]:
    """`governance.toml` and its bytes.

    Raises:
        ConfigurationError: it has faults of form, or claims about an attribute that the project has not.
    """
    from tasks.governance.ml_test_score import manual_faults

    path = Paths(root).governance
    statements = load_statements(path)
    faults = (*(claim_faults(statements, settings.columns.protected) if settings else ()), *manual_faults(statements))
    if faults:
        raise ConfigurationError(str(path), faults)
    return statements, path.read_bytes() if path.exists() else b""


def _judged_policy(root: Path) -> tuple[Policy, dict[Moment, tuple[BoundCheck, ...]]]:
    """The policy and its checks, with the faults of its form and those of its meaning in one error.

    Raises:
        ConfigurationError: what the file's form got wrong, then what does not fit the checks at any moment.
    """
    from tasks.checks.discovery import discover

    found = discover()
    draft = draft_policy(Paths(root).policy)
    faults, checks = list(draft.faults), {}
    for moment in Moment:
        try:
            checks[moment] = bind(draft.policy, found, moment)
        except ConfigurationError as error:
            # A line whose form is wrong was left out of the draft in part: what that seems to mean is no second fault.
            faults += [fault for fault in error.faults if not draft.concerns(fault)]
    if faults:
        raise ConfigurationError(str(draft.policy.path), faults)
    return draft.policy, checks
