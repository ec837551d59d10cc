"""Answer a decision that asks: by the command, or by a form in the Prefect UI. Both come through `answer_question`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from prefect import flow
from prefect.flow_runs import suspend_flow_run
from prefect.input import RunInput
from prefect.states import Completed
from pydantic import Field

from tasks.adapters.tracking import open_tracking
from tasks.configuration import read_configuration
from tasks.evidence.answer import Answer, Answered, Reply
from tasks.governance.approval import Desk, carry_out, office_of
from tasks.governance.bundle import read_record
from tasks.governance.ledger_opening import open_ledger
from tasks.governance.questions import answered
from tasks.project.disclosure import guarded
from tasks.project.environment import settle
from tasks.project.lock import project_lock
from tasks.project.scratch import scratch
from tasks.report.pages import write_page
from tasks.sources.warehouse import Warehouse


class Form(RunInput):
    """What the Prefect UI asks a person."""

    answer: Literal["approve", "reject"]
    by: str = Field(pattern=r"\S", description="Who decides; it is recorded.")
    reason: str = Field(pattern=r"\S", description="Why; it is recorded.")
    override: bool = Field(default=False, description="Let through what the gate stopped; marked for ever.")


def answer_question(project: Path, decision: str, reply: Reply, wait_seconds: float) -> Answered:
    """Take an answer, or say why not. Safe to repeat.

    Args:
        project: the project directory.
        decision: id of the run that asks, or the number of its entry in the ledger.
        reply: what the person says.
        wait_seconds: how long to wait for another run of the project.

    Raises:
        ConfigurationError: there is no such question, or it was answered otherwise.
        NotApproved: the answer is not taken; that is recorded.
        ChampionMoved: another model serves by now; nothing is recorded.
    """
    read = read_configuration(project)
    paths = settle(project)
    with project_lock(paths, wait_seconds), scratch(paths) as directory:
        office = office_of(open_ledger(paths, read.settings), read.policy, read.settings_content, datetime.now(UTC))
        desk = Desk(paths, office, open_tracking(paths, read.settings), Warehouse(paths))
        sealed = carry_out(desk, decision, reply, directory)
        record = read_record(paths.evidence(sealed.entry.bundle), sealed.entry.bundle_digest)
        write_page(paths, record, office.ledger)
    return answered(sealed.entry)


@flow(name="assay-approval", validate_parameters=False, persist_result=False)
@guarded
def approval(project: str, decision: str, timeout_seconds: int = 7 * 24 * 3600, wait_seconds: float = 600.0) -> Any:  # noqa: ANN401
    """Wait for a person, without a process that waits with him; then answer. It runs as a deployment.

    Args:
        project: the project directory.
        decision: id of the run that asks, or the number of its entry in the ledger.
        timeout_seconds: after which nobody can answer here any more; the policy's `expires_days` holds all the same.
        wait_seconds: how long to wait for another run of the project.

    Returns:
        Completed, named for the answer.
    """
    form = suspend_flow_run(wait_for_input=Form, timeout=timeout_seconds)
    answer = Answer.APPROVED if form.answer == "approve" else Answer.REJECTED
    reply = Reply(answer, form.by.strip(), form.reason.strip(), form.override)
    said = answer_question(Path(project), decision, reply, wait_seconds)
    return Completed(name=str(said.answer).capitalize(), message=f"{decision}: {said.answer} by {said.by}")
