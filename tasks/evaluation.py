"""Stage 8, second half: challenger and champion on the same out-of-time rows."""

from __future__ import annotations

from datetime import date

from tasks.governance.trials import trials
from tasks.models.challenger import TrainedChallenger
from tasks.models.evaluation import Evaluation, GateInputs, evaluate_challenger
from tasks.models.serving import ServedModel, TrainingRows
from tasks.project.windows import Windows
from tasks.stage import stage
from tasks.workspace import Workspace


@stage("evaluate")
def evaluate(
    workspace: Workspace,
    windows: Windows,
    challenger: TrainedChallenger,
    data: TrainingRows,
    champion: ServedModel | None,
    anchor: ServedModel | None,
    broken: date | None = None,
    digest: str | None = None,
) -> Evaluation:
    """Score and attribute the test rows under all models, and lay out the case for the gate.

    Args:
        workspace: the run.
        windows: the windows that the challenger was made from and is judged on.
        challenger: the trained model and its split.
        data: the labelled rows.
        champion: the serving model; None at bootstrap.
        anchor: the model of the last human sign-off; None at bootstrap.
        broken: first day of the rows whose outcomes left the scores; None where they did not.
        digest: of the challenger, where this is another look at it.
    """
    with workspace.progress.step("evaluate") as step:
        tried = trials(workspace.ledger, workspace.as_of, windows.test, broken, digest)
        rules = workspace.phrases(challenger.model.schema.service).rules(workspace.settings.columns.protected)
        inputs = GateInputs(
            workspace.as_of, windows.test, workspace.settings, workspace.run.seed, tried, rules,
            workspace.statements.claims,
        )  # fmt: skip
        evaluation = evaluate_challenger(challenger, data, champion, inputs, anchor)
        step.says(f"{evaluation.tested.rows:,} out-of-time rows, {evaluation.tested.events:,} events")
        return evaluation
