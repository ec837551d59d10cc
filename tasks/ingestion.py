"""Stage 1: land the rows of the night, and the history it needs."""

from __future__ import annotations

from tasks.sources.admission import land
from tasks.stage import stage
from tasks.workspace import Workspace


@stage("ingest", retries=2)
def ingest(workspace: Workspace) -> None:
    """Land what the night needs and the warehouse does not have. Safe to repeat: landing is atomic."""
    with workspace.progress.step("ingest") as step:
        landed = land(workspace.source, workspace.warehouse, workspace.windows)
        days = sum(span.days for span in landed)
        step.says(f"{days:,} days landed" if landed else "everything was landed before")
