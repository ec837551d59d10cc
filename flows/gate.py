"""Judge one given candidate: the gate as a step of CI/CD."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

from prefect import flow

from flows.retrain import look
from flows.run import WAIT_SECONDS, run
from tasks.evidence.gate_outcome import GateOutcome
from tasks.governance.candidates import version_of
from tasks.governance.night_evidence import NightEvidence
from tasks.governance.questions import answer_to
from tasks.ingestion import ingest
from tasks.models.serving import ServedModel
from tasks.project.disclosure import guarded
from tasks.project.errors import ConfigurationError, DataUnfit
from tasks.project.settings import RunMode, load_settings
from tasks.promotion import fetch_candidate, fetch_champion
from tasks.report.progress import Progress
from tasks.validation import validate
from tasks.workspace import Workspace


class ServesAlready(Exception):
    """The candidate is the champion: there is nothing to judge."""


@flow(name="assay-gate", validate_parameters=False, persist_result=False)
@guarded
def gate(
    project: str,
    challenger: str,
    champion: str | None = None,
    as_of: date | None = None,
    wait_seconds: float = WAIT_SECONDS,
    progress: Progress | None = None,
    *,
    run_mode: RunMode | None = None,
    by: str | None = None,
) -> GateOutcome:
    """Judge a registered version against the champion; promote it if it passes and the run mode says so.

    Args:
        project: the project directory.
        challenger: `models:/NAME/VERSION`.
        champion: the same of the model to compare with; None means the one that serves. In earnest it must be that one.
        as_of: the night whose out-of-time rows are used; None means the source's last complete day.
        wait_seconds: how long to wait for another run of the project.
        progress: where the steps are told; None tells nothing.
        run_mode: disabled, dry_run or enabled; None means what `[gate] run_mode` of the settings says.
        by: who has it judged; None means `ASSAY_USER`, or the login name.
    """
    return one_gate(project, challenger, champion, as_of, wait_seconds, progress, run_mode=run_mode, by=by)


def one_gate(
    project: str,
    challenger: str,
    champion: str | None,
    as_of: date | None,
    wait_seconds: float,
    progress: Progress | None,
    *,
    run_mode: RunMode | None = None,
    by: str | None = None,
) -> GateOutcome:
    """Judge a registered version inside of a flow that is already running; see `gate`."""
    settings = load_settings(Path(project))
    mode = run_mode or settings.gate.run_mode
    name = settings.project.name
    candidate = version_of(challenger, name, "--challenger")
    against = version_of(champion, name, "--champion") if champion else None
    if mode is RunMode.DISABLED:
        return GateOutcome(mode, note="The gate is disabled ([gate] run_mode, or --run-mode): nothing was judged.")
    workspace = Workspace(
        Path(project),
        as_of,
        progress or Progress(quiet=True),
        trigger=f"gate {challenger.strip()}" + (f" against {champion.strip()}" if champion else ""),
        dry_run=mode is RunMode.DRY_RUN,
        by=by,
    )
    try:
        record = run(workspace, partial(judge, version=candidate, against=against), wait_seconds)
    except ServesAlready:
        return GateOutcome(mode, note=f"Version {candidate} is the champion already: nothing was judged.")
    return GateOutcome(mode, record, answer_to(workspace.ledger.entries(), record.run))


def judge(workspace: Workspace, version: int, against: int | None) -> NightEvidence:
    """Order the steps from a version's number to the gate's decision on it.

    Args:
        workspace: the run.
        version: the candidate.
        against: the version to compare it with; None means the champion.

    Raises:
        ServesAlready: the candidate is the champion.
    """
    champion = fetch_champion(workspace)
    candidate = fetch_candidate(workspace, version)
    if champion is not None and champion.identity.digest == candidate.identity.digest:
        raise ServesAlready
    require_rows(workspace, candidate)
    other = champion if against is None else compared_with(workspace, champion, against)
    evidence = NightEvidence(bootstrap=other is None, champion=other)
    try:
        ingest(workspace)
        evidence = replace(evidence, validation=validate(workspace))
        return evidence if evidence.halts else replace(evidence, challenge=look(workspace, other, candidate))
    except DataUnfit as unfit:
        return replace(evidence, unfit=str(unfit))


def require_rows(workspace: Workspace, candidate: ServedModel) -> None:
    """See that the night knows the outcomes of the candidate's whole test window: only from then on is it judged again.

    Raises:
        ConfigurationError: the night lies before that on which the candidate was trained.
    """
    newest = workspace.windows.test.last
    if newest < candidate.identity.test_last:
        fault = f"expected a night by which the labels of {candidate.identity.test_last} are known"
        raise ConfigurationError(
            "--as-of",
            [f"{fault}, received {workspace.as_of}; the candidate was trained later: name that night or a later one"],
        )


def compared_with(workspace: Workspace, champion: ServedModel | None, version: int) -> ServedModel:
    """The model that was named to compare with. In earnest only the champion can be: its place is what is at stake.

    Raises:
        ConfigurationError: another one is named, and this is no dry run.
    """
    if champion is not None and champion.identity.version == version:
        return champion
    if not workspace.dry_run:
        serves = f"version {champion.identity.version}" if champion else "none"
        fault = f"expected the version that serves ({serves}), received {version}"
        raise ConfigurationError(
            "--champion",
            [f"{fault}; a challenger replaces the model that it was judged against; compare with --run-mode dry_run"],
        )
    return fetch_candidate(workspace, version)
