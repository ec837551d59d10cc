"""TrainedModel: a fitted, calibrated model with everything that scoring, explaining and profiling need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.binning import Binning
from tasks.evidence.frame import Frame
from tasks.evidence.night_record import Window
from tasks.evidence.schema import FeatureSchema
from tasks.explain.attribution import attribute
from tasks.explain.margin import margin
from tasks.explain.matrix import model_matrix

if TYPE_CHECKING:
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.pipeline import Pipeline

Reals = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """A model that scores.

    Attributes:
        classifier: the fitted pipeline inside its calibration.
        schema: its inputs.
        threshold: operating point on the calibrated score.
        estimator: `gradient_boosting` and the like, as `[model]` names it.
        seed: seed of its training.
        windows: the rows it was made from, and those it was tested on.
        protected_inputs: protected attributes that the project named as inputs.
        binning: edges of its profiles; None until it was evaluated.
    """

    classifier: CalibratedClassifierCV
    schema: FeatureSchema
    threshold: float
    estimator: str
    seed: int
    windows: tuple[Window, ...]
    protected_inputs: tuple[str, ...]
    binning: Binning | None = None

    @property
    def pipeline(self) -> Pipeline:
        """The fitted pipeline, before calibration: what attributions explain."""
        return self.classifier.calibrated_classifiers_[0].estimator.estimator

    def score(self, features: Frame) -> Reals:
        """Calibrated probability of label 1.

        Args:
            features: columns exactly `schema.names`, in their order; n rows, n may be 0.

        Returns:
            Shape (n,), in [0, 1].

        Raises:
            DataUnfit: the columns are not the model's, or a number is none.
        """
        matrix = model_matrix(features, self.schema)
        if matrix.empty:
            return np.empty(0)
        return np.asarray(self.classifier.predict_proba(matrix)[:, 1], dtype=np.float64)

    def margin(self, features: Frame) -> Reals:
        """Raw margin of each row, which its attributions add up to; see `explain.margin`.

        Arguments and errors as of `score`.
        """
        return margin(self.pipeline, self.schema, features)

    def attribute(self, features: Frame) -> Reals:
        """What each feature contributed to the raw margin of each row, shape (n, features); see `explain.attribution`.

        Arguments and errors as of `score`.

        Raises:
            AttributionMismatch: they do not add up to the margin.
        """
        return attribute(self.pipeline, self.schema, features, seed=self.seed).values
