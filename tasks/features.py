"""Stage 3: retrieve features, correct as of each row's own time."""

from __future__ import annotations

from tasks.evidence.schema import FeatureSchema
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
    workspace: Workspace,
    windows: Windows,
    champion: ServedModel | None,
    anchor: ServedModel | None,
    schema: FeatureSchema | None = None,
) -> TrainingRows:
    """Labelled rows of the training and test windows, with the inputs of the challenger.

    Args:
        workspace: the run.
        windows: the windows.
        champion: the serving model; None at bootstrap.
        anchor: the model of the last human sign-off; None at bootstrap.
        schema: inputs of a challenger that is there already; None means those of the project's current service.
    """
    with workspace.progress.step("gather") as step:
        data = point_in_time.training_rows(
            workspace.warehouse,
            workspace.features,
            windows,
            schema or workspace.features.schema(workspace.settings.features.service),
            champion,
            None if anchor is champion else anchor,
            left_out=workspace.left_out,
        )
        step.says(f"{len(data.own.rows):,} labelled rows, features by {data.schema.service}")
        return data
