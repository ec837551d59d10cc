"""Labelled rows in time, settings, and models trained on them."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from tasks.evidence.schema import FeatureSchema
from tasks.models.splits import time_ordered_split
from tasks.models.trained_model import TrainedModel
from tasks.models.training import train
from tasks.project.settings import AssaySettings
from tests.tasks.explain.samples import frame, labels, schema

INPUTS = schema(4, 2)
TEST_FIRST = date(2024, 5, 1)


def settings(minimum_events: int = 20, **sections: Any) -> AssaySettings:
    """A project; sections `model` and `action` as given."""
    action = {"at_or_above": "refuse", "below": "approve", "favourable": "below"}
    return AssaySettings.model_validate(
        {
            "project": {"name": "a", "title": "t", "outcome": "o"},
            "source": {"kind": "simulated"},
            "columns": {"entities": ["key"]},
            "features": {"service": "s_v1"},
            "training": {"minimum_events": minimum_events},
            "model": sections.get("model", {}),
            "action": {**action, **sections.get("action", {"threshold": 0.5})},
        }
    )


def labelled(features: pd.DataFrame, seed: int = 0, rare: float = 0.0) -> pd.DataFrame:
    """Rows of the features, evenly over the first half of 2024; a share of the labels of 1 is dropped to 0."""
    kept = np.random.default_rng(seed).random(len(features)) >= rare
    days = pd.to_timedelta(np.arange(len(features)) * 182 / len(features), unit="D")
    return pd.DataFrame(
        {
            "row_key": [f"k{i}" for i in range(len(features))],
            "key": [f"k{i}" for i in range(len(features))],
            "event_timestamp": (pd.Timestamp("2024-01-01", tz="UTC") + days).astype("datetime64[us, UTC]"),
            "label": labels(features, seed) * kept,
        }
    )


def trained(
    inputs: FeatureSchema = INPUTS, rows: int = 2400, rare: float = 0.0, seed: int = 0, **sections: Any
) -> tuple[TrainedModel, pd.DataFrame, pd.DataFrame]:
    """A trained model, and the features and labels of its test window."""
    features = frame(inputs, rows, seed)
    known = labelled(features, seed, rare)
    split = time_ordered_split(known, TEST_FIRST, 0.3)
    model = train(features, known, split, settings(**sections), inputs, ())
    return model, features.iloc[split.test], known.iloc[split.test]
