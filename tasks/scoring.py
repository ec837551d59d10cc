"""Stage 4: score with the champion."""

from __future__ import annotations

from tasks.models.serving import NightRows, NightScores, ServedModel
from tasks.stage import stage
from tasks.workspace import Workspace


@stage("score")
def score(workspace: Workspace, champion: ServedModel, data: NightRows) -> NightScores:
    """Calibrated scores of tonight's rows and of the newest matured ones."""
    with workspace.progress.step("score") as step:
        model = champion.model
        scores = NightScores(model.score(data.batch.features), model.score(data.matured.features))
        acted = int((scores.batch >= model.threshold).sum())
        step.says(f"{acted:,} of {len(scores.batch):,} rows: {workspace.settings.action.at_or_above}")
        return scores
