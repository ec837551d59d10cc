"""Stage 3: retrieve features, correct as of each row's own time."""

from __future__ import annotations

from tasks.models.serving import NightRows, ServedModel, TrainingRows
from tasks.project.windows import Windows
from tasks.sources import point_in_time
from tasks.stage import stage
from tasks.workspace import Workspace


@stage("retrieve")
def retrieve(workspace: Workspace, champion: ServedModel) -> NightRows:
    """Features of tonight's rows, and of the newest that are old enough for their label, by the champion's service."""
    with workspace.progress.step("retrieve") as step:
        data = point_in_time.night_rows(workspace.warehouse, workspace.features, workspace.windows, champion)
        labelled = int(data.matured.rows["label"].notna().sum())
        step.says(f"{len(data.batch.rows):,} rows of the night, {labelled:,} with matured labels")
        return data


@stage("gather")
def gather(
    workspace: Workspace, windows: Windows, champion: ServedModel | None, anchor: ServedModel | None
) -> TrainingRows:
    """Labelled rows of the training and test windows with the features of the project's current service."""
    with workspace.progress.step("gather") as step:
        data = point_in_time.training_rows(
            workspace.warehouse,
            workspace.features,
            windows,
            workspace.settings,
            champion,
            None if anchor is champion else anchor,
            left_out=workspace.left_out,
        )
        step.says(f"{len(data.own.rows):,} labelled rows, features by {data.schema.service}")
        return data
