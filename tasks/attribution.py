"""Stage 4, second half: the attribution and the top reasons of every row, and the prediction log."""

from __future__ import annotations

from tasks.models.explaining import ExplainedRows, explain_rows
from tasks.models.serving import NightRows, NightScores, ServedModel
from tasks.sources.predictions import write_prediction_log
from tasks.stage import stage
from tasks.workspace import Workspace


@stage("explain")
def explain(workspace: Workspace, champion: ServedModel, data: NightRows, scores: NightScores) -> ExplainedRows:
    """Exact attributions of tonight's rows, put into words, and appended to the prediction log."""
    with workspace.progress.step("explain") as step:
        phrases = workspace.phrases(champion.model.schema.service)
        explained = explain_rows(champion.model, data.batch, scores.batch, phrases, workspace.settings)
        write_prediction_log(workspace.warehouse, workspace.as_of, champion, explained, workspace.settings)
        step.says(f"{len(explained.score):,} rows attributed, {explained.reasons.shape[1] // 2} reasons each")
        return explained
