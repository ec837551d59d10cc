"""Stage 9: record the night: bundle, ledger, registry; or recall the record of a night that was decided before."""

from __future__ import annotations

from datetime import UTC, datetime

from tasks.evidence.decision import Decision
from tasks.evidence.night_record import NightRecord
from tasks.governance import answering, questions, recording
from tasks.governance.composing import compose
from tasks.governance.night_evidence import NightEvidence
from tasks.report.pages import write_page
from tasks.stage import stage
from tasks.workspace import Workspace


@stage("recall")
def recall(workspace: Workspace) -> NightRecord | None:
    """The record of a night that was decided before, its bundle verified; None when it is to be judged."""
    with workspace.progress.step("recall") as step:
        known = recording.recall(workspace.run, workspace.ledger)
        step.says(f"decided before: {known.action}, nothing is judged again" if known else "not decided yet")
        return known


@stage("complete", retries=1)
def complete(workspace: Workspace) -> None:
    """Finish what a run decided that was killed before its page was drawn. Safe to repeat."""
    for left in recording.unfinished(workspace.paths, workspace.ledger):
        with workspace.progress.step("complete") as step:
            recording.finish(workspace.paths, left, workspace.ledger, workspace.tracking, datetime.now(UTC))
            write_page(workspace.paths, left, workspace.ledger)
            step.says(f"what run {left.run} of {left.as_of} had decided: {left.action}")


@stage("fetch request")
def fetch_request(workspace: Workspace) -> Decision | None:
    """The decision of a recorded night that asked for a retraining; None when it did not ask for one.

    A retraining that answers it learns and is tested on the rows that it would have been on that night.
    """
    record = recording.requested(workspace.run, workspace.ledger)
    return record.night_decision if record else None


@stage("record")
def record(workspace: Workspace, evidence: NightEvidence) -> NightRecord:
    """Seal what was decided: the bundle, then the ledger in one transaction."""
    with workspace.progress.step("record") as step:
        champion = evidence.champion.identity.digest if evidence.champion else ""
        let_in = questions.let_in(workspace.ledger.entries(), champion)
        composed = compose(workspace.run, workspace.run_id(evidence.before), evidence, workspace.digests, let_in)
        definition = workspace.features.definition(workspace.settings.features.service)
        tables = workspace.trained_on(composed.challenger)
        recording.seal(workspace.run, composed, evidence, definition, workspace.ledger, datetime.now(UTC), tables)
        step.says(f"{composed.action}, in {workspace.paths.bundle(composed.as_of, composed.run).name}")
        return composed


@stage("register decision", retries=1)
def finish(workspace: Workspace, record: NightRecord) -> None:
    """Bring MLflow in line with the ledger, and close the questions that nobody answered in time. Safe to repeat."""
    with workspace.progress.step("follow") as step:
        answering.expire(workspace.office)
        recording.finish(workspace.paths, record, workspace.ledger, workspace.tracking, datetime.now(UTC))
        champion = workspace.ledger.latest_champion()
        step.says(f"champion is version {champion.version}" if champion else "no champion")
