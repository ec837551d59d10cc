"""Stage 11: tell the Prefect server what was decided, so that others can act on it.

A name is promised to whoever listens: see `docs/operations.md`. The payload holds no value of any row.
"""

from __future__ import annotations

from enum import StrEnum

from prefect.events import emit_event

from tasks.evidence.decision import Action
from tasks.evidence.night_record import NightRecord
from tasks.governance.questions import waiting
from tasks.governance.recording import answered
from tasks.showing import show_decision
from tasks.stage import stage
from tasks.workspace import Workspace


class Event(StrEnum):
    """The events of Assay."""

    DECIDED = "assay.night.decided"
    RETRAIN = "assay.retrain.requested"
    BLOCKED = "assay.promotion.blocked"


#: Label of a requested retraining: `due` when another run is to do it, `held` when a guard keeps it back.
RETRAIN_LABEL = "assay.retrain"
DUE, HELD = "due", "held"

#: Label of a decision that waits for a person; every other decision goes without it.
QUESTION_LABEL, OPEN = "assay.question", "open"


@stage("announce", retries=2)
def announce(workspace: Workspace, record: NightRecord, *, recalled: bool) -> None:
    """Emit the events of a run and put its decision on the server's pages.

    A decision is told once. A retraining that is still waited for is asked for again whenever its night is run again,
    since a run may be killed between its record and its events; whoever answers recalls what it answered before.

    Args:
        workspace: the run.
        record: what it decided.
        recalled: whether it was decided by an earlier run.
    """
    if not recalled:
        # First: should it fail, the stage is tried again, and no event is emitted twice.
        show_decision(workspace, record)
    retraining = _retraining(record)
    if retraining == HELD and not recalled:
        _emit(workspace, record, Event.RETRAIN, {RETRAIN_LABEL: HELD})
    elif retraining == DUE and not answered(record, workspace.ledger):
        _emit(workspace, record, Event.RETRAIN, {RETRAIN_LABEL: DUE})
    if recalled:
        return
    waits = any(asked.entry.run == record.run for asked in waiting(workspace.ledger.entries()))
    _emit(workspace, record, Event.DECIDED, {QUESTION_LABEL: OPEN} if waits else {})
    if record.gate_decision is not None and record.gate_decision.action is Action.BLOCK:
        _emit(workspace, record, Event.BLOCKED, {})


def request(record: NightRecord) -> str:
    """Why a retraining runs that a night asked for; always the same for one night, so that it is done once."""
    return f"The night of {record.as_of} asked for it (run {record.run})."


def _retraining(record: NightRecord) -> str | None:
    if record.action is Action.RETRAIN:
        return DUE
    guards = record.guard_decision
    return HELD if guards is not None and guards.action is not Action.RETRAIN else None


def _emit(workspace: Workspace, record: NightRecord, event: Event, labels: dict[str, str]) -> None:
    emit_event(
        event=event,
        resource={
            "prefect.resource.id": f"assay.project.{record.project}",
            "prefect.resource.name": record.title,
            **labels,
        },
        payload={
            "as_of": str(record.as_of),
            "run": record.run,
            "decision": record.action,
            "exit_code": int(record.exit_code),
            "checks": _stopping(record),
            "champion": record.champion.version if record.champion else None,
            "challenger": record.challenger.version if record.challenger else None,
            "reason": request(record) if event is Event.RETRAIN else "",
            "report": str(workspace.paths.report(record.as_of, record.run)),
        },
    )


def _stopping(record: NightRecord) -> list[str]:
    """The checks that asked for anything, as `moment.code`."""
    decisions = record.decisions
    return [f"{one.moment}.{verdict.code}" for one in decisions for verdict in one.verdicts if verdict.consequence]
