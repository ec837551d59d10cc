"""Train a challenger, judge it against the champion, promote or block: the second half of a night, or a run by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from prefect import flow

from flows.run import WAIT_SECONDS, run
from tasks.evaluation import evaluate
from tasks.evidence.decision import Decision
from tasks.evidence.night_record import NightRecord
from tasks.features import gather
from tasks.governance.night_evidence import Challenge, NightEvidence
from tasks.ingestion import ingest
from tasks.models.challenger import challenger_again
from tasks.models.serving import ServedModel
from tasks.project.disclosure import guarded
from tasks.project.errors import DataUnfit
from tasks.promotion import fetch_anchor, fetch_champion, judge_challenger, look_again, register
from tasks.recording import fetch_request
from tasks.report.progress import Progress
from tasks.training import train
from tasks.validation import validate
from tasks.workspace import Workspace


@flow(name="assay-retrain", validate_parameters=False, persist_result=False)
@guarded
def retrain(
    project: str,
    reason: str,
    as_of: date | None = None,
    wait_seconds: float = WAIT_SECONDS,
    progress: Progress | None = None,
    *,
    with_halted: bool = False,
    dry_run: bool = False,
    by: str | None = None,
) -> NightRecord:
    """Train and judge a challenger by hand.

    Args:
        project: the project directory.
        reason: why; it is recorded.
        as_of: the night whose data is used; None means the source's last complete day.
        wait_seconds: how long to wait for another run of the project.
        progress: where the steps are told; None tells nothing.
        with_halted: learn from nights that were halted too; the recorded reason says so.
        dry_run: judge the challenger, record what was found, and promote nothing.
        by: who has it trained; None means `ASSAY_USER`, or the login name. With four eyes it may not be who approves.
    """
    return one_retraining(
        project, reason, as_of, wait_seconds, progress, with_halted=with_halted, dry_run=dry_run, by=by
    )


def one_retraining(
    project: str,
    reason: str,
    as_of: date | None,
    wait_seconds: float,
    progress: Progress | None,
    *,
    with_halted: bool = False,
    dry_run: bool = False,
    by: str | None = None,
) -> NightRecord:
    """Train and judge a challenger inside of a flow that is already running; see `retrain`."""
    trigger = f"{reason} [halted nights included]" if with_halted else reason
    workspace = Workspace(
        Path(project),
        as_of,
        progress or Progress(quiet=True),
        trigger=trigger,
        with_halted=with_halted,
        dry_run=dry_run,
        by=by,
    )
    return run(workspace, judge, wait_seconds)


def judge(workspace: Workspace) -> NightEvidence:
    """Order the steps of a retraining by hand."""
    champion = fetch_champion(workspace)
    evidence = NightEvidence(bootstrap=champion is None, champion=champion)
    try:
        ingest(workspace)
        evidence = replace(evidence, validation=validate(workspace))
        wanted = fetch_request(workspace)
        return evidence if evidence.halts else replace(evidence, challenge=challenge(workspace, champion, wanted))
    except DataUnfit as unfit:
        return replace(evidence, unfit=str(unfit))


def challenge(workspace: Workspace, champion: ServedModel | None, night: Decision | None = None) -> Challenge:
    """Order the steps from labelled rows to a judged, registered challenger.

    Args:
        workspace: the run.
        champion: the serving model; None at bootstrap.
        night: the night's decision that asked for it; None by hand, and at bootstrap.
    """
    anchor = fetch_anchor(workspace, champion)
    broken = workspace.broken(night)
    windows = workspace.training_windows(broken, (champion, anchor))
    data = gather(workspace, windows, champion, anchor)
    challenger = train(workspace, windows, data)
    evaluation = evaluate(workspace, windows, challenger, data, champion, anchor, broken)
    decision = judge_challenger(workspace, evaluation)
    return register(workspace, champion, evaluation, decision)


def look(workspace: Workspace, champion: ServedModel | None, shadow: ServedModel) -> Challenge:
    """Order the steps of another look at a challenger that is registered already.

    Args:
        workspace: the run.
        champion: the model that it is compared with; None where nothing serves yet.
        shadow: the challenger.
    """
    anchor = fetch_anchor(workspace, champion)
    windows = workspace.windows_from(shadow.identity.test_first, (champion, anchor))
    data = gather(workspace, windows, champion, anchor, shadow.model.schema)
    challenger = challenger_again(shadow.model, data, windows.test.first, workspace.settings)
    evaluation = evaluate(workspace, windows, challenger, data, champion, anchor, digest=shadow.identity.digest)
    return look_again(workspace, shadow, evaluation, judge_challenger(workspace, evaluation))
