"""What every run has in common: one at a time, decided once, recorded before anything moves."""

from __future__ import annotations

from collections.abc import Callable

from tasks.announcing import announce
from tasks.evidence.night_record import NightRecord
from tasks.governance.night_evidence import NightEvidence
from tasks.project.errors import ChampionMoved
from tasks.recording import complete, finish, recall, record
from tasks.reporting import report
from tasks.workspace import Workspace

#: How long a second run of one project waits for the first, in seconds.
WAIT_SECONDS = 600.0


def run(workspace: Workspace, judge: Callable[[Workspace], NightEvidence], wait_seconds: float) -> NightRecord:
    """Judge and record, unless it was decided before; then what follows: the registry moves, the page is drawn.

    Args:
        workspace: the run.
        judge: the steps up to the decisions.
        wait_seconds: how long to wait for another run of the project.
    """
    with workspace.locked(wait_seconds):
        known = recall(workspace)
        if known is None:
            complete(workspace)
        decided = known or _decide(workspace, judge)
        finish(workspace, decided)
        report(workspace, decided)
        announce(workspace, decided, recalled=known is not None)
        return decided


def _decide(workspace: Workspace, judge: Callable[[Workspace], NightEvidence]) -> NightRecord:
    """Judge and record; once again where another run, on another machine, promoted a model meanwhile."""
    try:
        return record(workspace, judge(workspace))
    except ChampionMoved:
        return record(workspace, judge(workspace))
