"""One night, from rows to decision."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from prefect import flow

from flows.retrain import challenge, look
from flows.run import WAIT_SECONDS, run
from tasks.attribution import explain
from tasks.evidence.night_record import NightRecord
from tasks.evidence.validation import Validation
from tasks.features import retrieve
from tasks.governance.night_evidence import Challenge, JudgedNight, NightEvidence
from tasks.ingestion import ingest
from tasks.models.serving import ServedModel
from tasks.monitoring import monitor, profile
from tasks.project.disclosure import guarded
from tasks.project.errors import DataUnfit
from tasks.promotion import fetch_champion, fetch_shadow, promoted
from tasks.report.progress import Progress
from tasks.scoring import score
from tasks.validation import validate
from tasks.workspace import Workspace


@flow(name="assay-nightly", validate_parameters=False, persist_result=False)
@guarded
def nightly(
    project: str,
    as_of: date | None = None,
    wait_seconds: float = WAIT_SECONDS,
    progress: Progress | None = None,
    *,
    by: str | None = None,
) -> NightRecord:
    """Run one night of a project. A night that was decided before is recalled, not judged again.

    Args:
        project: the project directory.
        as_of: the night; None means the source's last complete day.
        wait_seconds: how long to wait for another run of the project.
        progress: where the steps are told; None tells nothing.
        by: who has it run; None means `ASSAY_USER`, or the login name.
    """
    return one_night(project, as_of, wait_seconds, progress, by)


def one_night(
    project: str, as_of: date | None, wait_seconds: float, progress: Progress | None, by: str | None = None
) -> NightRecord:
    """Run one night inside of a flow that is already running; see `nightly`."""
    return run(Workspace(Path(project), as_of, progress or Progress(quiet=True), by=by), judge, wait_seconds)


def judge(workspace: Workspace) -> NightEvidence:
    """Order the steps of a night up to its decisions. Data that is not fit ends it where it was found out."""
    champion = fetch_champion(workspace)
    evidence = NightEvidence(bootstrap=champion is None, champion=champion)
    try:
        ingest(workspace)
        validation = validate(workspace)
        evidence = replace(evidence, validation=validation)
        if evidence.halts:
            return evidence
        if champion is None:
            evidence = replace(evidence, challenge=challenge(workspace, None))
            champion = promoted(evidence.challenge)
        if champion is None:
            return evidence
        night = judge_champion(workspace, champion, evidence.challenge, validation)
        evidence = replace(evidence, champion=champion, night=night)
        if night.retrains and workspace.settings.schedule.retrain == "event":
            return evidence
        if night.retrains:
            return replace(evidence, challenge=challenge(workspace, champion, night.decision))
        shadow = fetch_shadow(workspace) if night.looks else None
        if shadow is not None:
            evidence = replace(evidence, challenge=look(workspace, champion, shadow))
    except DataUnfit as unfit:
        return replace(evidence, unfit=str(unfit))
    return evidence


def judge_champion(
    workspace: Workspace, champion: ServedModel, first: Challenge | None, validation: Validation
) -> JudgedNight:
    """Order the steps from tonight's rows to the nightly decision."""
    data = retrieve(workspace, champion)
    scores = score(workspace, champion, data)
    explained = explain(workspace, champion, data, scores)
    profiles = profile(workspace, champion, data, scores, explained)
    return monitor(workspace, champion, explained, profiles, first, validation)
