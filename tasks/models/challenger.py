"""A challenger in the making: split, trained, not yet judged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tasks.models.serving import TrainingRows
from tasks.models.splits import Split, time_ordered_split
from tasks.models.trained_model import TrainedModel
from tasks.models.training import train
from tasks.project.settings import AssaySettings


@dataclass(frozen=True, slots=True)
class TrainedChallenger:
    """A trained model and which rows it was made from.

    Attributes:
        model: the model, without edges.
        split: positions of the train, calibration and test rows.
    """

    model: TrainedModel
    split: Split


def challenger_again(
    model: TrainedModel, data: TrainingRows, test_first: date, settings: AssaySettings
) -> TrainedChallenger:
    """A challenger that was trained before, with the rows that are new to it since.

    Args:
        model: the model.
        data: the labelled rows of its windows, up to now.
        test_first: first day of its test window: no row from then on was used to make it.
        settings: the project's settings.
    """
    return TrainedChallenger(model, time_ordered_split(data.own.rows, test_first, settings.training.calibration_share))


def train_challenger(data: TrainingRows, test_first: date, settings: AssaySettings) -> TrainedChallenger:
    """Split the rows in order of time, fit on the oldest, calibrate on the next, leave the newest alone.

    Raises:
        DataUnfit: too few rows or events for one of the windows.
    """
    split = time_ordered_split(data.own.rows, test_first, settings.training.calibration_share)
    model = train(data.own.features, data.own.rows, split, settings, data.schema, settings.model.protected_inputs)
    return TrainedChallenger(model, split)
