"""Training: fit on the oldest rows, calibrate on the next, set the operating point; the test rows are not touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.frame import Frame
from tasks.evidence.schema import FeatureSchema
from tasks.explain.margin import ESTIMATOR
from tasks.explain.matrix import model_matrix
from tasks.models.estimators import build_pipeline
from tasks.models.splits import Split, check_events
from tasks.models.trained_model import TrainedModel
from tasks.project.errors import DataUnfit
from tasks.project.settings import ActionSection, AssaySettings

if TYPE_CHECKING:
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.pipeline import Pipeline

Reals = NDArray[np.float64]

#: scikit-learn asks for folds even where the model is fitted already and they change nothing; the fewest it takes.
_FOLDS = 2


def train(
    features: Frame,
    rows: Frame,
    split: Split,
    settings: AssaySettings,
    schema: FeatureSchema,
    protected_inputs: tuple[str, ...],
) -> TrainedModel:
    """Train, calibrate, and set the operating point.

    Calibration is Platt's (1999): a logistic curve through the margins of the calibration window. It also makes
    probabilities right again after balanced class weights, which shift every margin.

    The same rows, settings and package versions give the same model, byte for byte, whatever the number of processors.

    Args:
        features: columns exactly `schema.names`, one row for each of `rows`, in the same order.
        rows: `label` (0 or 1); only rows of the train and calibration windows are looked at.
        split: the windows.
        settings: the project's settings.
        schema: the model's inputs.
        protected_inputs: protected attributes among them, by the project's wish.

    Raises:
        DataUnfit: fewer labels of 1 than training.minimum_events, fewer than two rows of a label to calibrate on, a
            feature without any value to train on, or columns that are not those of the schema.
        ConfigurationError: an estimator or parameters that do not exist.
    """
    check_events(split, settings.training.minimum_events)
    matrix = model_matrix(features, schema)
    label = rows["label"].to_numpy(np.int8)
    _check_values(matrix.iloc[split.train])
    pipeline = build_pipeline(settings.model, schema)
    pipeline.fit(matrix.iloc[split.train], label[split.train])
    _forget_machine(pipeline)
    classifier = _calibrate(pipeline, matrix.iloc[split.calibration], label[split.calibration])
    scores = np.asarray(classifier.predict_proba(matrix.iloc[split.calibration])[:, 1], dtype=np.float64)
    return TrainedModel(
        classifier=classifier,
        schema=schema,
        threshold=operating_point(scores, settings.action),
        estimator=settings.model.estimator,
        seed=settings.model.seed,
        windows=split.windows,
        protected_inputs=protected_inputs,
    )


def operating_point(scores: Reals, action: ActionSection) -> float:
    """The threshold: fixed, or the highest score that at least the declared share of the scores is at or above.

    Args:
        scores: calibrated scores of the calibration window, shape (n,), n at least 1.
        action: the settings.
    """
    if action.threshold is not None:
        return action.threshold
    if action.selection_rate is None:
        raise ValueError("expected exactly one of action.threshold and action.selection_rate, received neither")
    selected = max(1, int(np.ceil(action.selection_rate * len(scores))))
    return float(np.sort(scores)[-selected])


def _check_values(training: Frame) -> None:
    """A feature that was never there cannot be learned from; once it comes, the model would not know what to do."""
    empty = [str(name) for name in training.columns if training[name].isna().all()]
    if empty:
        raise DataUnfit(
            f"expected values of every feature in the training window, received none of {', '.join(empty)} in "
            f"{len(training)} rows; mend the feed, or train with a feature service that leaves them out"
        )


def _forget_machine(pipeline: Pipeline) -> None:
    """Histogram boosting keeps how many threads it was fitted with, needs it no more, and would differ by it alone."""
    mapper = getattr(pipeline[ESTIMATOR], "_bin_mapper", None)
    if mapper is not None:
        mapper.n_threads = 1


def _calibrate(pipeline: Pipeline, matrix: Frame, label: NDArray[np.int8]) -> CalibratedClassifierCV:
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.frozen import FrozenEstimator

    events = int(label.sum())
    if min(events, len(label) - events) < _FOLDS:
        raise DataUnfit(
            f"expected at least {_FOLDS} rows of each label in the calibration window, received {events} of 1 and "
            f"{len(label) - events} of 0; raise training.calibration_share or training.train_batches"
        )
    calibrated: CalibratedClassifierCV = CalibratedClassifierCV(
        FrozenEstimator(pipeline), method="sigmoid", cv=_FOLDS, ensemble=False
    )
    return calibrated.fit(matrix, label)
