"""The flows that a Prefect server starts: what it hands over is JSON, and nobody watches a terminal.

Each is the flow of the command with another door: the same steps, locks and records. None is retried as a whole. The
stages that are safe to repeat are (`tasks.stage`); a night that could not run is caught up by the next one.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.runtime import flow_run
from prefect.states import Completed

from flows.approval import approval
from flows.backlog import missed, of_span, run_nights
from flows.gate import one_gate
from flows.retrain import one_retraining
from flows.run import WAIT_SECONDS
from tasks.evidence.night_record import NightRecord
from tasks.project.disclosure import guarded
from tasks.project.errors import ConfigurationError
from tasks.project.run import SCHEDULE
from tasks.project.settings import load_settings
from tasks.showing import ServerProgress

__all__ = ["approval", "backfill", "gate", "nightly", "retrain"]

_HOUR = 3600

#: A run that takes longer has hung: a night with those that it catches up, a retraining, a backlog of years.
_NIGHTS_SECONDS, _RETRAIN_SECONDS, _BACKFILL_SECONDS = 12 * _HOUR, 6 * _HOUR, 7 * 24 * _HOUR


@flow(name="assay-nightly", timeout_seconds=_NIGHTS_SECONDS, persist_result=False)
@guarded
def nightly(project: Path, as_of: date | None = None, wait_seconds: float = WAIT_SECONDS) -> Any:  # noqa: ANN401
    """Run the night that is due, and before it those that were missed; or one night that is named.

    Args:
        project: the project directory.
        as_of: the night; None means the one that `[schedule]` of assay.toml means at the scheduled time.
        wait_seconds: how long each night waits for another run of the project.
    """
    root = str(project)
    nights = (as_of,) if as_of else missed(root, due_at=_scheduled())
    return _said(run_nights(root, nights, wait_seconds, _progress(project)))


@flow(name="assay-retrain", timeout_seconds=_RETRAIN_SECONDS, persist_result=False)
@guarded
def retrain(project: Path, reason: str, as_of: date | None = None, wait_seconds: float = WAIT_SECONDS) -> Any:  # noqa: ANN401
    """Train and judge a challenger that a night asked for, or a person.

    Args:
        project: the project directory.
        reason: why; it is recorded. Asked again for the same reason, the night's answer is recalled.
        as_of: the night whose data is used; None means the source's last complete day.
        wait_seconds: how long to wait for another run of the project.

    Raises:
        ConfigurationError: the reason says nothing.
    """
    if reason.strip() in ("", SCHEDULE):
        raise ConfigurationError("reason", ["expected a reason in words, received none; it is kept in the ledger"])
    return _said([one_retraining(str(project), reason, as_of, wait_seconds, _progress(project))])


@flow(name="assay-backfill", timeout_seconds=_BACKFILL_SECONDS, persist_result=False)
@guarded
def backfill(project: Path, first: date, last: date, wait_seconds: float = WAIT_SECONDS) -> Any:  # noqa: ANN401
    """Run the nights of a span that were not decided, and those that halted, in order of time.

    Args:
        project: the project directory.
        first: first day of the span.
        last: last day of the span.
        wait_seconds: how long each night waits for another run of the project.
    """
    root = str(project)
    return _said(run_nights(root, of_span(root, first, last), wait_seconds, _progress(project)))


@flow(name="assay-gate", timeout_seconds=_RETRAIN_SECONDS, persist_result=False)
@guarded
def gate(project: Path, challenger: str, as_of: date | None = None, wait_seconds: float = WAIT_SECONDS) -> Any:  # noqa: ANN401
    """Judge a registered version against the champion, as `[gate] run_mode` of the settings says.

    Args:
        project: the project directory.
        challenger: `models:/NAME/VERSION`.
        as_of: the night whose out-of-time rows are used; None means the source's last complete day.
        wait_seconds: how long to wait for another run of the project.
    """
    outcome = one_gate(str(project), challenger, None, as_of, wait_seconds, _progress(project))
    return _said([outcome.record]) if outcome.record else Completed(name="Not judged", message=outcome.note)


def _scheduled() -> datetime:
    # A run that starts late still means the night it was scheduled for.
    return datetime.fromisoformat(str(flow_run.scheduled_start_time))


def _progress(project: Path) -> ServerProgress:
    return ServerProgress(load_settings(project).project.name)


def _said(records: Iterable[NightRecord]) -> Any:  # noqa: ANN401  Prefect's states are generic over anything
    """The run did its work, whatever was decided: its state is named for the newest decision."""
    told = [(record, f"{record.as_of}: {record.action} (exit code {int(record.exit_code)})") for record in records]
    return Completed(name=str(told[-1][0].action).capitalize(), message="; ".join(text for _, text in told))
