"""Stage 2: validate what was landed, and set aside what breaks the expectations."""

from __future__ import annotations

from tasks.evidence.validation import Validation
from tasks.sources.admission import admit
from tasks.sources.declared_types import require_declared_types
from tasks.stage import stage
from tasks.workspace import Workspace


@stage("validate")
def validate(workspace: Workspace) -> Validation:
    """Validate tonight's batch, and whatever else was landed, and admit it unless it is not as it was declared."""
    with workspace.progress.step("validate") as step:
        declared = workspace.features.declared(workspace.settings.features.service)
        require_declared_types(workspace.paths, workspace.warehouse, declared, workspace.windows.history)
        validation = admit(workspace.warehouse, workspace.suites, workspace.windows)
        rows = validation.tables[0]
        step.says(f"{rows.rows:,} rows in = {rows.valid:,} valid + {rows.quarantined:,} quarantined")
        return validation
