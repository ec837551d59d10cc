"""Serving: a registered model together with what it is, and the rows it scored."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.evidence.ages import FeatureAges
from tasks.evidence.case import FeatureLag
from tasks.evidence.frame import Frame
from tasks.evidence.night_record import ModelIdentity
from tasks.evidence.schema import FeatureSchema
from tasks.models.trained_model import TrainedModel


@dataclass(frozen=True, slots=True)
class ModelSignature:
    """The signature on a model's files, as it was found beside them; nothing of it was checked.

    Attributes:
        bundle: content of the signature's file.
        public: content of the public key's file, PEM.
    """

    bundle: bytes
    public: bytes


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A model and its identity in the registry.

    Attributes:
        identity: name, version, digest and windows, as the record shows them.
        model: the model, loaded after its digest was verified.
        signature: the signature on its files; None where it has none.
    """

    identity: ModelIdentity
    model: TrainedModel
    signature: ModelSignature | None = None


@dataclass(frozen=True, slots=True)
class FeatureRows:
    """Rows with their point-in-time features, in one order.

    Attributes:
        rows: canonical rows; with a column `label` (float, NaN while unknown) where labels were joined.
        features: one column a feature, in the order of the schema.
        ages: age of the served features of each row; None when nothing is known of it.
    """

    rows: Frame
    features: Frame
    ages: FeatureAges | None = None

    @property
    def lags(self) -> tuple[FeatureLag, ...]:
        """Age of the served features over exactly these rows, a view each; empty when nothing is known of it."""
        return self.ages.lags if self.ages else ()

    def take(self, chosen: NDArray[np.bool_] | NDArray[np.intp]) -> FeatureRows:
        """The chosen rows, renumbered from 0, with their own ages."""
        rows = self.rows[chosen] if chosen.dtype == bool else self.rows.iloc[chosen]
        features = self.features[chosen] if chosen.dtype == bool else self.features.iloc[chosen]
        ages = self.ages.take(chosen) if self.ages else None
        return FeatureRows(rows.reset_index(drop=True), features.reset_index(drop=True), ages)


@dataclass(frozen=True, slots=True)
class NightRows:
    """What a night's models see.

    Attributes:
        batch: tonight's rows.
        matured: the newest rows that are old enough for their label, labelled or not (then `label` is NaN), none of
            which the champion was trained on; may be empty.
    """

    batch: FeatureRows
    matured: FeatureRows


@dataclass(frozen=True, slots=True)
class NightScores:
    """Scores of the night's rows under the champion, in their order."""

    batch: NDArray[np.float64]
    matured: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TrainingRows:
    """Rows of the training and test windows.

    Attributes:
        schema: inputs of the model to be trained.
        own: the labelled rows of both windows, with those inputs.
        reference: all rows of the test window, labelled or not: what a night looks like before anybody knows outcomes.
            Where only some rows ever get a label (approved loans), the labelled ones are no picture of a night.
        champions: the same rows, in the same order, with the champion's inputs; `own` itself when its feature service
            is the same; None when there is no champion.
        population: the rows of the newest batch, with the inputs of the model to be trained.
        anchors: as `champions`, for the model of the last human sign-off; None when that is the champion, or nobody
            signed yet.
    """

    schema: FeatureSchema
    own: FeatureRows
    reference: FeatureRows
    champions: FeatureRows | None
    population: FeatureRows
    anchors: FeatureRows | None = None
