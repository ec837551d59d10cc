"""Stage 10: a page that a person can read, and an event that others can act on."""

from __future__ import annotations

from prefect.events import emit_event

from tasks.evidence.night_record import NightRecord
from tasks.report.pages import write_page
from tasks.stage import stage
from tasks.workspace import Workspace


@stage("report", retries=1)
def report(workspace: Workspace, record: NightRecord) -> NightRecord:
    """Draw the night's page; one that is there already stays only if it is the same."""
    with workspace.progress.step("report") as step:
        page = write_page(workspace.paths, record)
        step.says(str(page.relative_to(workspace.paths.root)))
        return record


def announce(workspace: Workspace, record: NightRecord) -> None:
    """Emit `assay.night.decided` to the Prefect server of the run, with the decision and where its page is."""
    emit_event(
        event="assay.night.decided",
        resource={"prefect.resource.id": f"assay.project.{record.project}", "prefect.resource.name": record.title},
        payload={
            "as_of": str(record.as_of),
            "run": record.run,
            "decision": record.action,
            "exit_code": int(record.exit_code),
            "report": str(workspace.paths.report(record.as_of, record.run)),
        },
    )
