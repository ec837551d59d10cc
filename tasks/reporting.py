"""Stage 10: a page that a person can read."""

from __future__ import annotations

from tasks.evidence.night_record import NightRecord
from tasks.report.pages import write_page
from tasks.stage import stage
from tasks.workspace import Workspace


@stage("report", retries=1)
def report(workspace: Workspace, record: NightRecord) -> NightRecord:
    """Draw the night's page; one that is there already stays only if it is the same."""
    with workspace.progress.step("report") as step:
        page = write_page(workspace.paths, record, workspace.ledger)
        step.says(str(page.relative_to(workspace.paths.root)))
        return record
