"""Several nights in order of time, one after the other: those that were missed, or those of a span."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

from prefect import flow

from flows.nightly import one_night
from flows.run import WAIT_SECONDS
from tasks.evidence.decision import ExitCode
from tasks.evidence.night_record import NightRecord
from tasks.governance.backlog import due_night, pending_nights
from tasks.project.calendar import Span
from tasks.project.disclosure import guarded
from tasks.project.errors import ConfigurationError
from tasks.report.progress import Progress
from tasks.workspace import Workspace


@flow(name="assay-catch-up", validate_parameters=False, persist_result=False)
@guarded
def catch_up(
    project: str,
    as_of: date | None = None,
    wait_seconds: float = WAIT_SECONDS,
    progress: Progress | None = None,
) -> tuple[NightRecord, ...]:
    """Run a night, and before it those that were missed since the last decided one, oldest first.

    Args:
        project: the project directory.
        as_of: the night; None means the source's last complete day.
        wait_seconds: how long each night waits for another run of the project.
        progress: where the steps are told; None tells nothing.
    """
    return run_nights(project, missed(project, as_of), wait_seconds, progress)


@flow(name="assay-backfill", validate_parameters=False, persist_result=False)
@guarded
def backfill(
    project: str,
    first: date,
    last: date,
    wait_seconds: float = WAIT_SECONDS,
    progress: Progress | None = None,
) -> tuple[NightRecord, ...]:
    """Run the nights of a span that were not decided, and those that halted, in order of time.

    Args:
        project: the project directory.
        first: first day of the span.
        last: last day of the span.
        wait_seconds: how long each night waits for another run of the project.
        progress: where the steps are told; None tells nothing.

    Raises:
        ConfigurationError: the span ends before it begins, or holds no whole batch.
    """
    return run_nights(project, of_span(project, first, last), wait_seconds, progress)


def run_nights(
    project: str, nights: Iterable[date], wait_seconds: float, progress: Progress | None
) -> tuple[NightRecord, ...]:
    """Run nights one after the other.

    One that halts, blocks or asks does not keep the later ones from their turn, as it does not when each runs by
    itself; one that could not run does, since the later ones build on what it leaves.
    """
    return tuple(one_night(project, night, wait_seconds, progress) for night in nights)


def missed(project: str, as_of: date | None = None, due_at: datetime | None = None) -> tuple[date, ...]:
    """The nights to run, oldest first; see `pending_nights`.

    Args:
        project: the project directory.
        as_of: the night; None means the one that the schedule means.
        due_at: when the run was scheduled; None for a run by hand, which means the source's last complete day.
    """
    workspace = Workspace(Path(project), as_of, Progress(quiet=True))
    calendar, schedule = workspace.settings.batch.calendar, workspace.settings.schedule
    target = workspace.as_of
    if as_of is None and due_at is not None and schedule.night == "due":
        target = due_night(calendar, due_at, workspace.source.last())
    return pending_nights(workspace.ledger.entries(), calendar, target, schedule.catch_up)


def of_span(project: str, first: date, last: date) -> tuple[date, ...]:
    """The nights whose batches lie in a span, oldest first."""
    if last < first:
        fault = f"expected a last day not before the first, received {first} to {last}; exchange them"
        raise ConfigurationError("--from, --to", [fault])
    calendar = Workspace(Path(project), None, Progress(quiet=True)).settings.batch.calendar
    span = Span(first, calendar.last_night(last)) if calendar.last_night(last) >= first else None
    nights = [night for night in calendar.nights(span) if calendar.batch(night).first >= first] if span else []
    if not nights:
        fault = f"expected a whole {calendar.every} between {first} and {last}, found none; name a longer span"
        raise ConfigurationError("--from, --to", [fault])
    return tuple(nights)


def worst(records: Iterable[NightRecord]) -> ExitCode:
    """The exit code of several nights: that of the newest one that did not pass; 0 when all of them did."""
    return next((one.exit_code for one in reversed(tuple(records)) if one.exit_code), ExitCode.PASS)
