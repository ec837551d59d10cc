"""Small labelled samples with numbers, categories and missing values, and fitted pipelines on them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from tasks.evidence.schema import Feature, FeatureSchema, Kind
from tasks.explain.matrix import model_matrix
from tasks.models.estimators import build_pipeline
from tasks.project.settings import ModelSection


def schema(numbers: int, categories: int) -> FeatureSchema:
    """Numbers and categories in turn, so that neither kind comes first."""
    kinds = [(f"n{i}", Kind.NUMERIC) for i in range(numbers)] + [(f"c{i}", Kind.CATEGORICAL) for i in range(categories)]
    ordered = sorted(kinds, key=lambda pair: pair[0][1:])
    return FeatureSchema(service="s_v1", features=tuple(Feature(name=n, kind=k, view="v") for n, k in ordered))


def frame(inputs: FeatureSchema, rows: int, seed: int, levels: int = 6, missing: float = 0.1) -> pd.DataFrame:
    """Random features; a share of each column is missing."""
    rng = np.random.default_rng(seed)
    columns: dict[str, Any] = {}
    for feature in inputs.features:
        gone = rng.random(rows) < missing
        if feature.kind is Kind.NUMERIC:
            columns[feature.name] = np.where(gone, np.nan, np.round(rng.normal(size=rows), 1))
        else:
            columns[feature.name] = np.where(
                gone, None, np.array([f"v{k}" for k in rng.integers(0, levels, rows)], dtype=object)
            )
    return pd.DataFrame(columns)


def labels(features: pd.DataFrame, seed: int) -> np.ndarray:
    """Labels that depend on every column, and on pairs of them; missing values matter."""
    rng = np.random.default_rng(seed + 1)
    effects = [
        column.map(lambda level: int(level[1:]), na_action="ignore").astype(float).fillna(-1).to_numpy()
        if name.startswith("c")
        else column.fillna(0.7).to_numpy()
        for name, column in features.items()
    ]
    codes = [np.sin(2.3 * effect + place) for place, effect in enumerate(effects)]
    logit = sum(codes) + sum(2 * a * b for a, b in pairwise(codes))
    return (rng.random(len(features)) < 1 / (1 + np.exp(-logit))).astype(np.int8)


def fitted(inputs: FeatureSchema, features: pd.DataFrame, seed: int = 0, **model: Any) -> Any:
    """A fitted pipeline."""
    return build_pipeline(ModelSection(seed=seed, **model), inputs).fit(
        model_matrix(features, inputs), labels(features, seed)
    )
