"""Stage 8, first half: train a challenger."""

from __future__ import annotations

from tasks.models.challenger import TrainedChallenger, train_challenger
from tasks.models.serving import TrainingRows
from tasks.project.windows import Windows
from tasks.stage import stage
from tasks.workspace import Workspace


@stage("train")
def train(workspace: Workspace, windows: Windows, data: TrainingRows) -> TrainedChallenger:
    """Fit and calibrate on the older rows; the newest ones are left for the test."""
    with workspace.progress.step("train") as step:
        challenger = train_challenger(data, windows.test.first, workspace.settings)
        train, calibration = len(challenger.split.train), len(challenger.split.calibration)
        step.says(f"{challenger.model.estimator} on {train:,} rows, calibrated on {calibration:,}")
        return challenger
