"""Rows for training and judging a challenger, and models in service, as the gate gets them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from tasks.evidence.ages import FeatureAges
from tasks.evidence.night_record import ModelIdentity
from tasks.models.serving import FeatureRows, ServedModel, TrainingRows
from tasks.models.trained_model import TrainedModel
from tasks.project.settings import AssaySettings, ColumnsSection
from tests.tasks.explain.samples import frame
from tests.tasks.models.samples import INPUTS, TEST_FIRST, labelled, settings


def ages(rows: int, seed: int = 0) -> FeatureAges:
    """One view of two, an hour to a day old, a tenth of it not served."""
    rng = np.random.default_rng(seed + 3)
    hours = np.where(rng.random((rows, 1)) < 0.1, np.nan, rng.uniform(1, 24, (rows, 1)))
    return FeatureAges(("v",), hours, np.zeros((rows, 1), dtype=bool))


def gate_settings(**sections: Any) -> AssaySettings:
    """The settings of `samples`, with a protected attribute."""
    columns = ColumnsSection(entities=("key",), protected=("sex",))
    return settings(**sections).model_copy(update={"columns": columns})


def feature_rows(rows: int, seed: int = 0, unlabelled: float = 0.0) -> FeatureRows:
    """Rows over half a year in order of time, with features; a share is without a label."""
    features = frame(INPUTS, rows, seed)
    rng = np.random.default_rng(seed + 2)
    known = labelled(features, seed)
    label = np.where(rng.random(rows) < unlabelled, np.nan, known["label"].astype(float))
    sex = rng.choice(np.array(["female", "male", None], dtype=object), rows)
    arrived = known["event_timestamp"]
    return FeatureRows(known.assign(label=label, arrived_timestamp=arrived, sex=sex), features, ages(rows, seed))


def training_rows(everything: FeatureRows, champions: FeatureRows | None = None) -> TrainingRows:
    """What the gate gets of all rows: the labelled ones, and all of the test window."""
    own = everything.take(everything.rows["label"].notna().to_numpy())
    tested = everything.rows["event_timestamp"] >= pd.Timestamp(TEST_FIRST, tz="UTC")
    newest = everything.take(np.arange(len(everything.rows) - 50, len(everything.rows)))
    return TrainingRows(INPUTS, own, everything.take(tested.to_numpy()), champions, newest)


def served(model: TrainedModel, version: int = 1) -> ServedModel:
    """A model in service."""
    identity = ModelIdentity(
        name="a", version=version, digest="ab" * 32, estimator=model.estimator, threshold=model.threshold,
        inputs=model.schema, protected_inputs=(), windows=model.windows, seed=model.seed, mlflow_run="r",
    )  # fmt: skip
    return ServedModel(identity, model)
